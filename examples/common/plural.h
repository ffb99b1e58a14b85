/* SPDX-License-Identifier: MIT */
/* examples/common/plural.h - the ending of a counted word. */
#ifndef EXAMPLES_PLURAL_H
#define EXAMPLES_PLURAL_H

#include <stdint.h>

/* "s", or "" for one. */
const char *plural(int64_t count);

/* "es", or "" for one: of classes. */
const char *plural_es(int64_t count);

/* The first of a number that is printed without decimals. */
const char *plural_rounded(double number);

#endif
