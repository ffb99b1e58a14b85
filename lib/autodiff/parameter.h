/* SPDX-License-Identifier: MIT */
/* lib/autodiff/parameter.h - the inside of parameters. */
#ifndef GN_AUTODIFF_PARAMETER_H
#define GN_AUTODIFF_PARAMETER_H

#include <gannet/tape.h>

enum { GN__UNMEASURED = -1 };

struct gn_parameter {
    gn_context *context;
    char *name;
    gn_tensor *value;
    gn_tensor *gradient; /* NULL until the first backward pass */
    bool frozen;
    bool owned;              /* by a module, which alone may free it */
    double gradient_squares; /* the sum over the gradient, when it was last measured, or GN__UNMEASURED */
    bool values_finite;      /* were all finite when an optimizer wrote them? false before */
    uint64_t serial;         /* tells it from another one that was made later at the same address */
};

/* The end of a parameter, owned or not; NULL is fine. */
void gn__parameter_delete(gn_parameter *parameter);

/* Gives the parameter another name (a copy is kept). */
gn_status gn__parameter_rename(gn_parameter *parameter, const char *name);

/* The gradient's tensor, made when there is none yet. NULL when memory is out. */
gn_tensor *gn__parameter_need_gradient(gn_parameter *parameter);

/* Sums the squares of the gradient. */
void gn__parameter_measure(gn_parameter *parameter);

/* The value that stands for the parameter on a tape since the last reset; NULL when it has not been asked for. */
gn_var *gn__parameter_leaf(const gn_tape *tape, const gn_parameter *parameter);

#endif
