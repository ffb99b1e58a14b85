/* SPDX-License-Identifier: MIT */
/* lib/io/json.h - reads JSON (RFC 8259) from memory piece by piece. There is no tree, so what a text holds costs
 * nothing.
 *
 * The caller asks for what it expects, and what else stands there is wrong. Numbers are whole, texts UTF-8 without
 * NUL. */
#ifndef GN_IO_JSON_H
#define GN_IO_JSON_H

#include <stdbool.h>
#include <stdint.h>

typedef struct gn__json {
    unsigned char *next, *end; /* texts are decoded where they stand */
    const char *wrong;         /* the first thing that was; from then on nothing is found */
} gn__json;

/* for (int i = 0; gn__json_item(json, "[]", i); i++): walks over the items of a list, or "{}" of an object. Each turn
 * must read one item. */
bool gn__json_item(gn__json *json, const char brackets[2], int i);

/* A text, ended by a NUL; NULL when something is wrong. The key of an item of an object also takes the colon. */
char *gn__json_text(gn__json *json);
char *gn__json_key(gn__json *json);

/* A whole number from 0 to 2^64-1; 0 when something is wrong. */
uint64_t gn__json_number(gn__json *json);

/* Is nothing wrong, and nothing left but spaces? */
bool gn__json_ends(gn__json *json);

/* Is a text well-formed UTF-8 (RFC 3629)? */
bool gn__is_utf8(const char *text);

#endif
