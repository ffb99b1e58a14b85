/* SPDX-License-Identifier: MIT */
/* lib/io/protobuf.c - messages in Protocol Buffers' wire format. */
#include "io/protobuf.h"

#include "core/allocator.h"
#include "io/element.h"

#include <string.h>

/* Kinds of fields on the wire. */
enum { VARINT = 0, FIXED_64 = 1, LENGTH_DELIMITED = 2, FIXED_32 = 5 };

enum { MAX_VARINT = 10 };
static const size_t max_size = INT32_MAX; /* of any message, by the format's rules */

void gn__protobuf_open(gn__protobuf *message, gn_context *context)
{
    *message = (gn__protobuf){.context = context};
}

void gn__protobuf_close(gn__protobuf *message)
{
    gn__delete(message->context, message->bytes, message->capacity);
    *message = (gn__protobuf){.context = message->context, .status = message->status};
}

/* Room for so many more bytes, which count as written; NULL on failure. */
static unsigned char *extend(gn__protobuf *message, size_t size)
{
    if (message->status == GN_OK && size > max_size - message->size)
        message->status = gn_context_fail(message->context, GN_ERROR_UNSUPPORTED,
                                          "protobuf: a message would be larger than 2 GiB");
    if (message->status != GN_OK)
        return NULL;
    if (size == 0)
        return message->bytes;
    unsigned char *bytes = gn__grow(message->context, message->bytes, 1, &message->capacity, message->size + size);
    if (bytes == NULL) {
        message->status = GN_ERROR_MEMORY;
        return NULL;
    }
    message->bytes = bytes;
    message->size += size;
    return bytes + message->size - size;
}

gn_status gn__protobuf_append(gn__protobuf *message, const void *bytes, size_t size)
{
    unsigned char *target = extend(message, size);
    if (target != NULL && size > 0)
        memcpy(target, bytes, size);
    return message->status;
}

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static void append_varint(gn__protobuf *message, uint64_t number)
{
    unsigned char bytes[MAX_VARINT];
    size_t size = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[size++] = (unsigned char)(0x80 | (number & 0x7F));
    bytes[size++] = (unsigned char)number;
    gn__protobuf_append(message, bytes, size);
}

static void append_tag(gn__protobuf *message, unsigned field, unsigned kind)
{
    append_varint(message, (uint64_t)field << 3 | kind);
}

void gn__protobuf_number(gn__protobuf *message, unsigned field, int64_t number)
{
    append_tag(message, field, VARINT);
    append_varint(message, (uint64_t)number);
}

void gn__protobuf_float(gn__protobuf *message, unsigned field, float number)
{
    unsigned char bytes[sizeof number];
    gn__store_float(bytes, number);
    append_tag(message, field, FIXED_32);
    gn__protobuf_append(message, bytes, sizeof bytes);
}

static void append_double(gn__protobuf *message, double number)
{
    uint64_t bits;
    unsigned char bytes[sizeof bits];
    memcpy(&bits, &number, sizeof bits);
    gn__store_little_endian(bytes, bits, sizeof bits);
    gn__protobuf_append(message, bytes, sizeof bytes);
}

void gn__protobuf_double(gn__protobuf *message, unsigned field, double number)
{
    append_tag(message, field, FIXED_64);
    append_double(message, number);
}

void gn__protobuf_doubles(gn__protobuf *message, unsigned field, const double *numbers, size_t count)
{
    append_tag(message, field, LENGTH_DELIMITED);
    append_varint(message, count * sizeof *numbers);
    for (size_t i = 0; i < count; i++)
        append_double(message, numbers[i]);
}

unsigned char *gn__protobuf_bytes(gn__protobuf *message, unsigned field, size_t size)
{
    append_tag(message, field, LENGTH_DELIMITED);
    append_varint(message, size);
    return extend(message, size);
}

void gn__protobuf_text(gn__protobuf *message, unsigned field, const char *text)
{
    append_tag(message, field, LENGTH_DELIMITED);
    append_varint(message, strlen(text));
    gn__protobuf_append(message, text, strlen(text));
}

void gn__protobuf_message(gn__protobuf *message, unsigned field, const gn__protobuf *inner)
{
    if (message->status == GN_OK)
        message->status = inner->status;
    append_tag(message, field, LENGTH_DELIMITED);
    append_varint(message, inner->size);
    gn__protobuf_append(message, inner->bytes, inner->size);
}
