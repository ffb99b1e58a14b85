/* SPDX-License-Identifier: MIT */
/* tests/data/numbered.h - a data set whose image i holds the number i, so that one sees which ones came. */
#ifndef GN_TESTS_DATA_NUMBERED_H
#define GN_TESTS_DATA_NUMBERED_H

#include "memory.h"

#include <gannet/data.h>

enum { HEIGHT = 2, WIDTH = 3, CHANNELS = 1, PIXELS = HEIGHT * WIDTH * CHANNELS, CLASSES = 7 };

/* From bad_from on, every bad_step-th image fails or has no label; bad_step 0: none does. */
typedef struct numbered {
    int64_t bad_from, bad_step;
    bool bad_labels;
    int freed;
} numbered;

static inline gn_status numbered_item(const void *user, int64_t index, gn_real *image, int *label)
{
    const numbered *n = user;
    const bool bad = n->bad_step > 0 && index >= n->bad_from && (index - n->bad_from) % n->bad_step == 0;
    for (int i = 0; i < PIXELS; i++)
        image[i] = (gn_real)(10 * index + i);
    *label = bad && n->bad_labels ? (index % 2 == 0 ? CLASSES : -1) : (int)(index % CLASSES);
    return bad && !n->bad_labels ? GN_ERROR_IO : GN_OK;
}

static inline void numbered_free(gn_context *context, void *user)
{
    numbered *n = user;
    (void)context;
    n->freed++;
}

static inline gn_dataset_source numbered_source(numbered *n, int64_t count)
{
    return (gn_dataset_source){.count = count,
                               .height = HEIGHT,
                               .width = WIDTH,
                               .channels = CHANNELS,
                               .classes = CLASSES,
                               .item = numbered_item,
                               .free_user = numbered_free,
                               .user = n};
}

static inline gn_dataset *new_numbered(gn_context *context, numbered *n, int64_t count)
{
    const gn_dataset_source source = numbered_source(n, count);
    gn_dataset *dataset = gn_dataset_new(context, &source);
    assert_non_null(dataset);
    return dataset;
}

/* The place in a tensor of images holds image index, whole. */
static inline void assert_image(const gn_tensor *images, int64_t place, int64_t index)
{
    for (int i = 0; i < PIXELS; i++)
        assert_true(gn_tensor_values(images)[place * PIXELS + i] == (gn_real)(10 * index + i));
}

#endif
