/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_picture.h - gn_folder_load of a folder with one picture, coloured and grey. */
#ifndef GN_TESTS_FUZZ_FUZZ_PICTURE_H
#define GN_TESTS_FUZZ_FUZZ_PICTURE_H

#include "fuzz.h"

#include <gannet/data.h>

static inline void fuzz_picture(const uint8_t *data, size_t size, size_t times, size_t more)
{
    const char *folder = fuzz_folder("pictures");
    fuzz_folder("pictures/class");
    fuzz_put("pictures/class/a.png", data, size);
    for (int channels = 1; channels <= 3; channels += 2) {
        gn_context *context = fuzz_begin(size, times, more);
        gn_dataset *dataset = gn_folder_load(context, folder, &(gn_folder_options){.size = 5, .channels = channels});
        gn_dataset_free(dataset);
        fuzz_end(context, dataset != NULL);
    }
}

#endif
