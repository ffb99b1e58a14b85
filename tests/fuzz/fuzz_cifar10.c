/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_cifar10.c - gn_cifar10_load of a test batch. */
#include "fuzz.h"

#include <gannet/data.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = fuzz_folder("cifar10");
    fuzz_put("cifar10/test_batch.bin", data, size);
    gn_context *context = fuzz_begin(size, 1, 1 << 16);
    gn_dataset *dataset = gn_cifar10_load(context, folder, GN_SPLIT_TEST);
    if (dataset != NULL) {
        gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, 32, 32, 3));
        fuzz_require(gn_dataset_gather(dataset, NULL, gn_dataset_count(dataset) - 1, images, NULL) == GN_OK,
                     "the last picture cannot be had");
        gn_tensor_free(images);
    }
    gn_dataset_free(dataset);
    fuzz_end(context, dataset != NULL);
    return 0;
}
