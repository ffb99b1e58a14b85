/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_jpeg.c - JPEG files in a folder of pictures. */
#include "fuzz_picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_picture(data, size, 9 * 1024, 1 << 20);
    return 0;
}
