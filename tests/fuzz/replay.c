/* SPDX-License-Identifier: MIT */
/* tests/fuzz/replay.c - a main for a fuzz target with any compiler: runs files, and folders of them, through it.
 *
 * replay_<reader> [-m COUNT] PATH... With -m each file is also changed COUNT times, by the target's own mutator if it
 * has one: always the same changes. A fuzzer that needs a program and not a function (afl-fuzz) takes it as it is. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#pragma weak LLVMFuzzerCustomMutator

enum { MAX_SIZE = 1 << 20 };

static uint32_t state = 1;
static long files, changes;

static uint8_t any_byte(void)
{
    static const uint8_t telling[] = {0, 1, 0x7F, 0x80, 0xFF, '"', '[', '{', '9', '-'};
    return fuzz_random(&state, 2) == 0 ? telling[fuzz_random(&state, sizeof telling)]
                                       : (uint8_t)fuzz_random(&state, 256);
}

/* One small change: a byte replaced, put in or taken out, a bit turned, a piece cut off the end. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most)
{
    const size_t at = size == 0 ? 0 : fuzz_random(&state, (uint32_t)size);
    const uint32_t way = size == 0 ? 0 : fuzz_random(&state, 5);
    if (way == 0 && size < most) {
        memmove(data + at + 1, data + at, size - at);
        data[at] = any_byte();
        return size + 1;
    }
    if (size == 0)
        return 0;
    if (way == 1 && size > 1) {
        memmove(data + at, data + at + 1, size - at - 1);
        return size - 1;
    }
    if (way == 2)
        return at;
    if (way == 3)
        data[at] = (uint8_t)(data[at] ^ 1u << fuzz_random(&state, 8));
    else
        data[at] = any_byte();
    return size;
}

/* The target sees a copy of the exact size, so that a sanitizer sees a read past its end. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    fuzz_require(copy != NULL, "no memory");
    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_changed(const uint8_t *data, size_t size, long count)
{
    static uint8_t changed[MAX_SIZE];
    size_t now = 0;
    for (long i = 0; i < count; i++) {
        if (i % 8 == 0) { /* a few changes on top of each other */
            memcpy(changed, data, size);
            now = size;
        }
        now = LLVMFuzzerCustomMutator != NULL
                  ? LLVMFuzzerCustomMutator(changed, now, MAX_SIZE, fuzz_random(&state, UINT32_MAX))
                  : LLVMFuzzerMutate(changed, now, MAX_SIZE);
        run(changed, now);
        changes++;
    }
}

static void run_file(const char *path, long count)
{
    static uint8_t data[MAX_SIZE];
    FILE *file = fopen(path, "rb");
    fuzz_require(file != NULL, path);
    const size_t size = fread(data, 1, MAX_SIZE, file);
    fclose(file);
    run(data, size);
    run_changed(data, size, count);
    files++;
}

static void run_path(const char *path, long count)
{
    struct stat about;
    fuzz_require(stat(path, &about) == 0, path);
    if (!S_ISDIR(about.st_mode)) {
        run_file(path, count);
        return;
    }
    struct dirent **entries;
    const int found = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        char inner[1000];
        snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            run_path(inner, count);
        free(entries[i]);
    }
    fuzz_require(found >= 0, path);
    free(entries);
}

int main(int argc, char **argv)
{
    const bool with_changes = argc > 2 && strcmp(argv[1], "-m") == 0;
    const long count = with_changes ? strtol(argv[2], NULL, 10) : 0;
    for (int i = with_changes ? 3 : 1; i < argc; i++)
        run_path(argv[i], count);
    printf("%ld files and %ld changed ones were read\n", files, changes);
    return files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
