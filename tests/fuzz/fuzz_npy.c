/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_npy.c - gn_npy_load, with a mutator that states the header's length truly. */
#include "fuzz.h"

#include <gannet/npy.h>
#include <string.h>

/* An element of one byte becomes one of four. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_put("a.npy", data, size);
    gn_context *context = fuzz_begin(size, 5, 1 << 16);
    gn_tensor *tensor = gn_npy_load(context, path);
    gn_tensor_free(tensor);
    fuzz_end(context, tensor != NULL);
    return 0;
}

enum { FRAME = 10, LONGEST = 1 << 14 }; /* version 1: magic, version, two bytes of length */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static uint8_t header[LONGEST], elements[LONGEST];
    uint32_t random = seed;
    const size_t length = size < FRAME ? 0 : (size_t)data[9] << 8 | data[8];
    if (size < FRAME || size > LONGEST || length > size - FRAME || fuzz_random(&random, 4) == 0)
        return LLVMFuzzerMutate(data, size, most);
    const size_t rest = size - FRAME - length;
    memcpy(header, data + FRAME, length);
    memcpy(elements, data + FRAME + length, rest);
    const size_t changed = LLVMFuzzerMutate(header, length, LONGEST);
    if (FRAME + changed + rest > most)
        return LLVMFuzzerMutate(data, size, most);
    data[8] = (uint8_t)changed;
    data[9] = (uint8_t)(changed >> 8);
    memcpy(data + FRAME, header, changed);
    memcpy(data + FRAME + changed, elements, rest);
    return FRAME + changed + rest;
}
