/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_gif.c - gn_animation_load. */
#include "fuzz.h"

#include <gannet/image.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_put("a.gif", data, size);
    gn_context *context = fuzz_begin(size, 4096, 1 << 18);
    gn_animation *animation = gn_animation_new(context, 1, 1);
    const bool loaded = gn_animation_load(animation, path) == GN_OK;
    fuzz_require(loaded || gn_animation_frames(animation) == 0, "frames of a file that was refused");
    gn_animation_free(animation);
    fuzz_end(context, loaded);
    return 0;
}
