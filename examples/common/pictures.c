/* SPDX-License-Identifier: MIT */
/* examples/common/pictures.c - the pictures that --data names. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "common/pictures.h"

#include <stdlib.h>
#include <string.h>

bool pictures_built_in(const char *data)
{
    return strcmp(data, "digits") == 0;
}

char *pictures_folder(const char *data)
{
    return pictures_built_in(data) ? NULL : realpath(data, NULL);
}

static gn_dataset *digits(gn_context *context, gn_split split, uint64_t seed)
{
    const bool test = split == GN_SPLIT_TEST;
    return gn_digits_new(context, &(gn_digits_options){.seed = test ? ~seed : seed, .count = test ? 10000 : 60000});
}

gn_dataset *pictures_open(gn_context *context, const char *data, gn_split split, uint64_t seed)
{
    gn_dataset *pictures = pictures_built_in(data) ? digits(context, split, seed) : gn_mnist_load(context, data, split);
    if (pictures == NULL)
        return NULL;
    const gn_shape shape = gn_dataset_image_shape(pictures);
    if (gn_shape_equal(shape, GN_SHAPE(28, 28, 1)) && gn_dataset_classes(pictures) <= 10)
        return pictures;
    char text[64];
    gn_context_fail(context, GN_ERROR_FORMAT, "%s: pictures of %s in %d classes, expected [28,28,1] in at most 10",
                    data, gn_shape_text(shape, text, sizeof text), gn_dataset_classes(pictures));
    gn_dataset_free(pictures);
    return NULL;
}
