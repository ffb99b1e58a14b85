/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_checkpoint.c - gn_gan_load, and a step of what it has put back. The seeds have no checksum, or no
 * change would get past it. */
#include "fuzz.h"
#include "fuzz_game.h"

#include <stdlib.h>

/* A game costs some memory of its own. */
enum { OF_A_GAME = 4 << 20 };

/* The context's scratch memory grows once and stays. */
static void warm_up(void)
{
    static bool warm;
    if (warm)
        return;
    const fuzz_game game = fuzz_game_open(fuzz_begin(0, 0, OF_A_GAME));
    fuzz_require(game.gan != NULL && fuzz_game_step(&game) == GN_OK, "no game");
    fuzz_game_close(&game);
    warm = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    warm_up();
    const char *path = fuzz_put("a.safetensors", data, size);
    gn_context *context = fuzz_begin(size, 12, OF_A_GAME);
    const fuzz_game game = fuzz_game_open(context);
    fuzz_require(game.gan != NULL, "no game");
    const bool loaded = gn_gan_load(game.gan, path) == GN_OK;
    const gn_status status = fuzz_game_step(&game);
    fuzz_require(status == GN_OK || loaded, "a load that failed has left a game that cannot go on");
    fuzz_game_close(&game);
    fuzz_end(context, loaded && status == GN_OK);
    return 0;
}

/* Where the data begins: behind 8 bytes of length and the header. */
static size_t data_begins(const uint8_t *data, size_t size)
{
    const size_t length = size < 8 ? 0 : (size_t)data[0] | (size_t)data[1] << 8;
    return length + 8 < size ? length + 8 : size;
}

/* Mostly numbers of the data, and digits of the header: anything else is turned away before it is a checkpoint. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static const uint8_t telling[] = {0, 1, 2, 4, 0x3F, 0x7F, 0x80, 0xFF};
    uint32_t random = seed;
    const size_t begin = data_begins(data, size);
    if (begin == size || fuzz_random(&random, 8) == 0)
        return LLVMFuzzerMutate(data, size, most);
    for (uint32_t changes = 1 + fuzz_random(&random, 4); changes > 0; changes--) {
        const size_t in_header = fuzz_random(&random, (uint32_t)begin);
        const size_t in_data = begin + fuzz_random(&random, (uint32_t)(size - begin));
        if (fuzz_random(&random, 4) > 0)
            data[in_data] = telling[fuzz_random(&random, sizeof telling)];
        else if (data[in_header] >= '0' && data[in_header] <= '9')
            data[in_header] = (uint8_t)('0' + fuzz_random(&random, 10));
    }
    return size;
}
