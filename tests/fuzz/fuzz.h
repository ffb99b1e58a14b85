/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz.h - what the fuzz targets share: a scratch folder, and a context that holds an input to what it may
 * cost.
 *
 * A target is a fuzz_<reader>.c with LLVMFuzzerTestOneInput. It is linked with clang's libFuzzer (or AFL++'s driver),
 * and with replay.c, which runs files through it with any compiler. */
#ifndef GN_TESTS_FUZZ_FUZZ_H
#define GN_TESTS_FUZZ_FUZZ_H

#include <gannet/context.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls, and what it offers to a mutator. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

/* A context for an input of so many bytes. Until fuzz_end the process may hold at most times * size + more bytes of
 * heap beyond what it held before; without the address sanitizer the library's own are counted alone. One byte above
 * that ends the run. SECURITY.md has the numbers. */
gn_context *fuzz_begin(size_t size, size_t times, size_t more);

/* Ends the run unless all memory came back, and unless a failure has left a status and a message. */
void fuzz_end(gn_context *context, bool succeeded);

/* Ends the run with a message when something does not hold. */
void fuzz_require(bool holds, const char *what);

/* Writes a file into the scratch folder ("name" or "folder/name"); returns its path, which stays valid until the next
 * four calls. */
const char *fuzz_put(const char *name, const uint8_t *data, size_t size);

/* The scratch folder, or one in it; as above. */
const char *fuzz_folder(const char *name);

/* For mutators: a small generator of random numbers below `limit`. */
uint32_t fuzz_random(uint32_t *state, uint32_t limit);

#endif
