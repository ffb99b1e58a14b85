/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_idx.c - gn_idx_load of plain files. */
#include "fuzz_idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_idx(data, size, 1);
    return 0;
}
