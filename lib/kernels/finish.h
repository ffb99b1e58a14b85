/* SPDX-License-Identifier: MIT */
/* lib/kernels/finish.h - the norm and the leaky ReLU of what has just been computed, while it is in the nearest
 * caches. */
#ifndef GN_KERNELS_FINISH_H
#define GN_KERNELS_FINISH_H

#include "kernels/kernels.h"

/* The one that does nothing, which kernels take as NULL. */
extern const gn__finish gn__unfinished;
const gn__finish *gn__finish_or_null(const gn__finish *finish);

/* y[i][0 .. channels-1], the channels from `channel` on, become what gn__finish says, for i < rows; finish NULL:
 * nothing. */
void gn__finish_rows(const gn__finish *finish, int64_t channel, int64_t channels, int64_t rows, float *const *y);

/* The same for rows that are `stride` numbers apart. */
void gn__finish_block(const gn__finish *finish, int64_t channel, int64_t channels, int64_t rows, float *y,
                      int64_t stride);

/* y [rows,channels], all channels, as plain loops. */
void gn__finish_reference(const gn__finish *finish, int64_t rows, int64_t channels, gn_real *y);

#endif
