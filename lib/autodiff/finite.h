/* SPDX-License-Identifier: MIT */
/* lib/autodiff/finite.h - where numbers are not finite. */
#ifndef GN_AUTODIFF_FINITE_H
#define GN_AUTODIFF_FINITE_H

#include <gannet/tape.h>

/* The oldest recorded value with an element that is not finite; NULL: all are finite. */
const gn_var *gn__tape_first_not_finite(const gn_tape *tape);

/* Are these numbers all finite? */
bool gn__all_finite(const gn_real *x, int64_t count);

/* Where the first number of a tensor is that is not finite; -1: nowhere. */
int64_t gn__first_not_finite(const gn_tensor *tensor);

/* GN_OK if all numbers of a tensor are finite. Otherwise GN_ERROR_NUMBER in this context, which may be another than the
 * tensor's, with "<who>: element 3 of <what> is nan" of the first that is not. */
gn_status gn__check_finite(gn_context *context, const gn_tensor *tensor, const char *who, const char *what);

#endif
