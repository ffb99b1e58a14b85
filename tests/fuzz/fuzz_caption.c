/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_caption.c - the examples' reader of captions. */
#include "common/scene.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gn_real words[CAPTION_WORDS];
    char *text = malloc(size + 1);
    fuzz_require(text != NULL, "no memory");
    memcpy(text, data, size);
    text[size] = '\0';
    gn_context *context = fuzz_begin(size, 0, 0);
    const bool read = caption_words(context, text, words) == GN_OK;
    fuzz_end(context, read);
    for (int i = 0; read && i < CAPTION_WORDS; i++)
        fuzz_require(words[i] >= 0 && words[i] <= (gn_real)caption_vocabulary(), "a word that is none");
    free(text);
    return 0;
}
