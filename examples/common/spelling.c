/* SPDX-License-Identifier: MIT */
/* examples/common/spelling.c - how far two words are apart. */
#include "common/spelling.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 63 };

size_t spelling_distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1];
    const size_t length = strlen(b);
    if (length > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            const size_t shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];
            diagonal = row[j];
            row[j] = replaced < shorter + 1 ? replaced : shorter + 1;
        }
    }
    return row[length];
}
