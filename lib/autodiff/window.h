/* SPDX-License-Identifier: MIT */
/* lib/autodiff/window.h - from a gn_window and shapes to the geometry that the kernels take. */
#ifndef GN_AUTODIFF_WINDOW_H
#define GN_AUTODIFF_WINDOW_H

#include "autodiff/tape.h"

/* Geometry of a conv2d or pooling over a large image x with a kernel [kh,kw,_,k]. False, with the tape failed in the
 * name of op, when the window does not fit. */
bool gn__window_conv(gn_var *x, const char *op, const gn_window *window, gn_shape kernel, gn__conv_shape *s);

/* Geometry of a conv_transpose2d from a small image x to a large one with a kernel [kh,kw,c,_]. */
bool gn__window_transpose(gn_var *x, const char *op, const gn_window *window, gn_shape kernel, gn__conv_shape *s);

gn_shape gn__large_shape(const gn__conv_shape *s);
gn_shape gn__small_shape(const gn__conv_shape *s);

#endif
