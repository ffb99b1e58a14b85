/* SPDX-License-Identifier: MIT */
/* lib/data/bytes.h - pictures held as bytes, as a data set. */
#ifndef GN_DATA_BYTES_H
#define GN_DATA_BYTES_H

#include <gannet/data.h>

/* count pictures of height x width x channels bytes each, b for the pixel b/127.5 - 1, and a byte each for their
 * labels. */
typedef struct gn__bytes {
    int64_t count, height, width, channels;
    int classes;
    unsigned char *pixels, *labels;
    char **names; /* of the classes */
} gn__bytes;

/* 4 GiB, or half of what can be addressed: no more bytes of pictures are held. */
extern const uint64_t gn__max_bytes;

/* Takes memory for what the sizes say. GN_ERROR_FORMAT when that is more than gn__max_bytes. */
gn_status gn__bytes_open(gn_context *context, gn__bytes *bytes, const char *what);

/* Gives back the memory of all pictures after the first count, of which there must be one. */
gn_status gn__bytes_shrink(gn_context *context, gn__bytes *bytes, int64_t count);

/* Takes copies of the names of the classes. */
gn_status gn__bytes_name_classes(gn_context *context, gn__bytes *bytes, const char *const *names);

void gn__bytes_close(gn_context *context, gn__bytes *bytes);

/* The data set, which takes over the memory, also when this fails. */
gn_dataset *gn__bytes_dataset(gn_context *context, const gn__bytes *bytes);

#endif
