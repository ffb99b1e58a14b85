/* SPDX-License-Identifier: MIT */
/* examples/common/spelling.h - how far two words are apart, for "did you mean". */
#ifndef EXAMPLES_SPELLING_H
#define EXAMPLES_SPELLING_H

#include <stddef.h>

/* Letters to insert, delete or replace to turn one word into the other (Levenshtein 1966); SIZE_MAX when b has more
 * than 63. */
size_t spelling_distance(const char *a, const char *b);

#endif
