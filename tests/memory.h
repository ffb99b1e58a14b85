/* SPDX-License-Identifier: MIT */
/* tests/memory.h - an allocator that keeps books, checks the sizes it is told, and fails when a test wants it to. */
#ifndef GN_TESTS_MEMORY_H
#define GN_TESTS_MEMORY_H

#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct memory {
    size_t bytes, blocks;   /* now allocated */
    size_t wrong_sizes;     /* calls whose old_size was not the size that was asked for */
    size_t calls, failures; /* requests for memory, and those that were refused */
    size_t fail_at;         /* the request to refuse, counted from 1; 0: none */
    bool from_then_on;      /* refuse all later ones, too */
} memory;

enum { MEMORY_HEADER = 16 }; /* holds a block's size and keeps malloc's alignment */

static inline bool memory_refuses(memory *m)
{
    m->calls++;
    const bool refused = m->fail_at != 0 && (m->from_then_on ? m->calls >= m->fail_at : m->calls == m->fail_at);
    m->failures += refused;
    return refused;
}

static inline void memory_release(memory *m, unsigned char *block, size_t old_size)
{
    size_t size;
    memcpy(&size, block - MEMORY_HEADER, sizeof size);
    m->wrong_sizes += size != old_size;
    m->bytes -= size;
    m->blocks--;
    free(block - MEMORY_HEADER);
}

static inline void *memory_obtain(memory *m, size_t size)
{
    unsigned char *block = size > SIZE_MAX / 2 || memory_refuses(m) ? NULL : malloc(size + MEMORY_HEADER);
    if (block == NULL)
        return NULL;
    memcpy(block, &size, sizeof size);
    memset(block + MEMORY_HEADER, 0xA5, size);
    m->bytes += size;
    m->blocks++;
    return block + MEMORY_HEADER;
}

/* A gn_allocate_function; user is a memory. */
static inline void *memory_allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    memory *m = user;
    void *block = new_size > 0 ? memory_obtain(m, new_size) : NULL;
    if (new_size > 0 && block == NULL)
        return NULL;
    if (pointer != NULL) {
        if (block != NULL)
            memcpy(block, pointer, old_size < new_size ? old_size : new_size);
        memory_release(m, pointer, old_size);
    }
    return block;
}

static inline gn_context *memory_context(memory *m, int threads)
{
    gn_context *context = gn_context_new(
        &(gn_context_options){.threads = threads, .allocate = memory_allocate, .allocate_user = m});
    assert_non_null(context);
    return context;
}

/* Something that allocates: does it, undoes it, and says whether it could be done. */
typedef bool (*memory_attempt)(gn_context *context, void *argument);

/* Refuses the first request for memory, then the second, and so on until an attempt needs no more, once each alone and
 * once with all that follow. An attempt that fails must say that memory is out, and none may keep a byte. Returns how
 * many requests there were. */
static inline size_t memory_fail_each(memory_attempt attempt, void *argument)
{
    size_t requests = 0;
    for (int mode = 0; mode < 2; mode++) {
        memory m = {.from_then_on = mode == 1};
        gn_context *context = memory_context(&m, 1);
        const size_t bytes = m.bytes, blocks = m.blocks;
        for (size_t n = 1, failures = 1; failures > 0; n++) {
            gn_context_clear(context);
            m.failures = 0;
            m.fail_at = m.calls + n;
            const bool done = attempt(context, argument);
            failures = m.failures;
            m.fail_at = 0;
            if (!done)
                assert_message_has(context, GN_ERROR_MEMORY, "out of memory: ");
            assert_true(done || failures > 0);
            assert_int_equal(m.bytes, bytes);
            assert_int_equal(m.blocks, blocks);
            requests = n - 1;
        }
        gn_context_free(context);
        assert_int_equal(m.blocks, 0);
        assert_int_equal(m.wrong_sizes, 0);
    }
    return requests;
}

#endif
