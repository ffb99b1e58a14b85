/* SPDX-License-Identifier: MIT */
/* tests/io/messages.h - messages of Protocol Buffers, read by hand. */
#ifndef GN_TESTS_IO_MESSAGES_H
#define GN_TESTS_IO_MESSAGES_H

#include "test.h"

#include <stdbool.h>

typedef struct message {
    const unsigned char *next, *end;
} message;

typedef struct field {
    unsigned number;
    uint64_t value;  /* of a varint */
    message content; /* of a field with a length, or of fixed length */
} field;

static inline uint64_t read_varint(message *m)
{
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        assert_true(m->next < m->end && shift < 64);
        value |= (uint64_t)(*m->next & 0x7F) << shift;
        if (*m->next++ < 0x80)
            return value;
    }
}

static inline bool next_field(message *m, field *f)
{
    if (m->next == m->end)
        return false;
    const uint64_t tag = read_varint(m);
    *f = (field){.number = (unsigned)(tag >> 3)};
    size_t size = (tag & 7) == 1 ? 8 : 4;
    if ((tag & 7) == 0) {
        f->value = read_varint(m);
        return true;
    }
    if ((tag & 7) == 2)
        size = (size_t)read_varint(m);
    else
        assert_true((tag & 7) == 1 || (tag & 7) == 5);
    assert_true(size <= (size_t)(m->end - m->next));
    f->content = (message){m->next, m->next + size};
    m->next += size;
    return true;
}

/* The content of the first field of this number. */
static inline message inside(message m, unsigned number)
{
    field f = {0};
    while (f.number != number)
        assert_true(next_field(&m, &f));
    return f.content;
}

#endif
