/* SPDX-License-Identifier: MIT */
/* examples/common/plural.c - the ending of a counted word. */
#include "common/plural.h"

#include <math.h>

const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

const char *plural_es(int64_t count)
{
    return count == 1 ? "" : "es";
}

const char *plural_rounded(double number)
{
    return plural(llrint(number));
}
