/* SPDX-License-Identifier: MIT */
/* lib/io/protobuf.h - messages in Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding), written
 * into memory. */
#ifndef GN_IO_PROTOBUF_H
#define GN_IO_PROTOBUF_H

#include <gannet/context.h>

/* A message that grows. The first failure stays: later calls do nothing. */
typedef struct gn__protobuf {
    gn_context *context;
    unsigned char *bytes;
    size_t size, capacity;
    gn_status status;
} gn__protobuf;

void gn__protobuf_open(gn__protobuf *message, gn_context *context);
void gn__protobuf_close(gn__protobuf *message);

void gn__protobuf_number(gn__protobuf *message, unsigned field, int64_t number);
void gn__protobuf_float(gn__protobuf *message, unsigned field, float number);
void gn__protobuf_double(gn__protobuf *message, unsigned field, double number);
void gn__protobuf_doubles(gn__protobuf *message, unsigned field, const double *numbers, size_t count); /* packed */
void gn__protobuf_text(gn__protobuf *message, unsigned field, const char *text);

/* Adds bytes that are no field: a message can be a plain buffer, for a field of bytes whose length is not known
 * before. */
gn_status gn__protobuf_append(gn__protobuf *message, const void *bytes, size_t size);

/* A message within, or such a buffer; a failure of it is one of the outer message too. */
void gn__protobuf_message(gn__protobuf *message, unsigned field, const gn__protobuf *inner);

/* Begins a field of size bytes: where they are to be written, before the next call; NULL on failure. */
unsigned char *gn__protobuf_bytes(gn__protobuf *message, unsigned field, size_t size);

#endif
