/* SPDX-License-Identifier: MIT */
/* examples/common/preview.h - pictures in a terminal. */
#ifndef EXAMPLES_PREVIEW_H
#define EXAMPLES_PREVIEW_H

#include <gannet/gannet.h>
#include <stdio.h>

/* Prints pictures 0, step, 2 step, ... of [N,H,W,C] in [-1,1], C 1 or 3, side by side as far as `width` columns reach.
 * With colour every character is two pixels, one above the other (U+2580 in 24-bit colours); else it is one of ten that
 * grow darker. Returns the number of lines. */
int preview_print(FILE *stream, const gn_tensor *pictures, int64_t step, int width, bool colour);

/* Prints to stderr, in colour if that is a terminal of UTF-8 and the environment has no NO_COLOR (no-color.org); a
 * terminal's earlier preview, `lines` high, is written over. Returns the number of lines for the next time. */
int preview_show(const gn_tensor *pictures, int64_t step, int lines);

#endif
