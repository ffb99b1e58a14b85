/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_arrays.c - gn_arrays_load of pictures, and the same bytes as one array of gn_npy_load. */
#include "fuzz.h"

#include <gannet/data.h>
#include <gannet/npy.h>

static bool has_pictures(gn_context *context, const char *path)
{
    gn_dataset *dataset = gn_arrays_load(context, path, NULL);
    if (dataset == NULL)
        return false;
    const gn_shape shape = gn_dataset_image_shape(dataset);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, shape.size[0], shape.size[1], shape.size[2]));
    if (images != NULL)
        fuzz_require(gn_dataset_gather(dataset, NULL, gn_dataset_count(dataset) - 1, images, NULL) == GN_OK,
                     "the last picture cannot be had");
    gn_tensor_free(images);
    gn_dataset_free(dataset);
    return images != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_put("images.npy", data, size);
    gn_context *context = fuzz_begin(size, 6, 1 << 16);
    const bool found = has_pictures(context, path);
    gn_tensor *array = gn_npy_load(context, path);
    gn_tensor_free(array);
    fuzz_end(context, found && array != NULL);
    return 0;
}
