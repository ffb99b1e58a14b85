/* SPDX-License-Identifier: MIT */
/* lib/kernels/optimizer_reference.c - the optimizers' loops. */
#include "kernels/kernels.h"

#include <tgmath.h>

bool gn__adam_reference(gn_context *context, const gn__adam *step, int64_t count, gn_real *p, const gn_real *g,
                        gn_real *m, gn_real *v)
{
    bool finite = true;
    (void)context;
    for (int64_t i = 0; i < count; i++) {
        const gn_real gradient = step->gradient_scale * g[i] + step->weight_decay * p[i];
        m[i] = step->beta1 * m[i] + (1 - step->beta1) * gradient;
        v[i] = step->beta2 * v[i] + (1 - step->beta2) * (gradient * gradient);
        p[i] -= step->corrected_rate * m[i] / (sqrt(v[i]) * step->root_correction + step->epsilon);
        finite &= isfinite(p[i]);
    }
    return finite;
}

bool gn__sgd_reference(gn_context *context, const gn__sgd *step, int64_t count, gn_real *p, const gn_real *g,
                       gn_real *v)
{
    bool finite = true;
    (void)context;
    for (int64_t i = 0; i < count; i++) {
        const gn_real gradient = step->gradient_scale * g[i] + step->weight_decay * p[i];
        gn_real move = gradient;
        if (v != NULL) {
            v[i] = step->momentum * v[i] + gradient;
            move = step->nesterov ? gradient + step->momentum * v[i] : v[i];
        }
        p[i] -= step->rate * move;
        finite &= isfinite(p[i]);
    }
    return finite;
}

bool gn__rmsprop_reference(gn_context *context, const gn__rmsprop *step, int64_t count, gn_real *p, const gn_real *g,
                           gn_real *v, gn_real *b)
{
    bool finite = true;
    (void)context;
    for (int64_t i = 0; i < count; i++) {
        const gn_real gradient = step->gradient_scale * g[i] + step->weight_decay * p[i];
        v[i] = step->alpha * v[i] + (1 - step->alpha) * gradient * gradient;
        gn_real move = gradient / (sqrt(v[i]) + step->epsilon);
        if (b != NULL)
            move = b[i] = step->momentum * b[i] + move;
        p[i] -= step->rate * move;
        finite &= isfinite(p[i]);
    }
    return finite;
}
