/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_idx.h - gn_idx_load of a pair of files: two bytes have the length of the labels, which come before
 * the pictures. */
#ifndef GN_TESTS_FUZZ_FUZZ_IDX_H
#define GN_TESTS_FUZZ_FUZZ_IDX_H

#include "fuzz.h"

#include <gannet/data.h>

static inline void fuzz_idx(const uint8_t *data, size_t size, size_t times)
{
    if (size < 2)
        return;
    const size_t stated = (size_t)data[0] << 8 | data[1], labels = stated < size - 2 ? stated : size - 2;
    const char *labels_path = fuzz_put("labels", data + 2, labels);
    const char *images_path = fuzz_put("images", data + 2 + labels, size - 2 - labels);
    gn_context *context = fuzz_begin(size, times, (1 << 20) + (1 << 18));
    gn_dataset *dataset = gn_idx_load(context, images_path, labels_path);
    const gn_shape image = gn_dataset_image_shape(dataset);
    if (dataset != NULL && gn_shape_count(image) <= 4096) {
        gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, image.size[0], image.size[1], 1));
        fuzz_require(gn_dataset_gather(dataset, NULL, gn_dataset_count(dataset) - 1, images, NULL) == GN_OK,
                     "the last picture cannot be had");
        gn_tensor_free(images);
    }
    gn_dataset_free(dataset);
    fuzz_end(context, dataset != NULL);
}

#endif
