/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz.c - what the fuzz targets share. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

/* Of the thread that reads: CBLAS's own threads may still be starting, and take memory for themselves. */
static _Thread_local size_t held, max_held;
static _Thread_local bool counting;

static void take(size_t size)
{
    held += size;
    if (held <= max_held)
        return;
    counting = false;
    fprintf(stderr, "fuzz: %zu bytes are held, at most %zu may be\n", held, max_held);
    abort();
}

static void give_back(size_t size)
{
    held -= size < held ? size : held;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER
#endif

#ifdef WITH_SANITIZER
/* All that the thread takes: also what zlib, libpng, libjpeg, giflib and jansson take. gcc does not install the
 * header. */
int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t), void (*)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);

static void on_malloc(const volatile void *pointer, size_t size)
{
    if (counting && pointer != NULL)
        take(size);
}

static void on_free(const volatile void *pointer)
{
    if (counting && pointer != NULL)
        give_back(__sanitizer_get_allocated_size(pointer));
}

static void watch_memory(void)
{
    static bool watching;
    if (!watching)
        __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    watching = true;
}
#endif

/* A gn_allocate_function. */
static void *allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)user;
#ifndef WITH_SANITIZER
    if (counting && new_size > old_size)
        take(new_size - old_size);
    else if (counting)
        give_back(old_size - new_size);
#else
    (void)old_size;
#endif
    if (new_size > 0)
        return realloc(pointer, new_size);
    free(pointer);
    return NULL;
}

static size_t bytes_before;

gn_context *fuzz_begin(size_t size, size_t times, size_t more)
{
    static gn_context *context;
#ifdef WITH_SANITIZER
    watch_memory();
#endif
    counting = false;
    if (context == NULL)
        context = gn_context_new(&(gn_context_options){.threads = 1, .allocate = allocate});
    fuzz_require(context != NULL, "no context");
    gn_context_clear(context);
    bytes_before = gn_context_memory(context).bytes;
    held = 0;
    max_held = times * size + more;
    counting = true;
    return context;
}

void fuzz_end(gn_context *context, bool succeeded)
{
    counting = false;
    fuzz_require(gn_context_memory(context).bytes == bytes_before, "memory has not come back");
    if (succeeded)
        return;
    fuzz_require(gn_context_status(context) != GN_OK, "a failure without a status");
    fuzz_require(gn_context_message(context)[0] != '\0', "a failure without a message");
}

/* --- files -------------------------------------------------------------------------------------------------------- */

enum { PATH = 600 };
static char scratch[200];

static void remove_scratch(void)
{
    char command[PATH];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    if (system(command) != 0)
        fprintf(stderr, "fuzz: %s stays\n", scratch);
}

/* In memory where that is possible: a target writes a file for each input. */
static void make_scratch(void)
{
    struct stat about;
    const char *base = getenv("TMPDIR");
    if (base == NULL)
        base = stat("/dev/shm", &about) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch, sizeof scratch, "%.150s/gannet_fuzz_XXXXXX", base);
    fuzz_require(mkdtemp(scratch) != NULL, "no scratch folder");
    atexit(remove_scratch);
}

static char *path_of(const char *name)
{
    static char paths[4][PATH];
    static unsigned next;
    if (scratch[0] == '\0')
        make_scratch();
    char *path = paths[next++ % 4];
    snprintf(path, PATH, "%s/%s", scratch, name);
    return path;
}

const char *fuzz_folder(const char *name)
{
    const char *path = path_of(name);
    mkdir(path, 0777);
    return path;
}

const char *fuzz_put(const char *name, const uint8_t *data, size_t size)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    fuzz_require(file != NULL && (size == 0 || fwrite(data, 1, size, file) == size),
                 "a scratch file cannot be written");
    fclose(file);
    return path;
}

uint32_t fuzz_random(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(*state ^ *state >> 16) * limit >> 32);
}
