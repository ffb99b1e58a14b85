/* SPDX-License-Identifier: MIT */
/* lib/kernels/optimizer_reference.c - Adam's loop. */
#include "kernels/kernels.h"

#include <tgmath.h>

void gn__adam_reference(gn_context *context, const gn__adam *step, int64_t count, gn_real *p, const gn_real *g,
                        gn_real *m, gn_real *v)
{
    (void)context;
    for (int64_t i = 0; i < count; i++) {
        const gn_real gradient = step->gradient_scale * g[i] + step->weight_decay * p[i];
        m[i] = step->beta1 * m[i] + (1 - step->beta1) * gradient;
        v[i] = step->beta2 * v[i] + (1 - step->beta2) * (gradient * gradient);
        p[i] -= step->corrected_rate * m[i] / (sqrt(v[i]) * step->root_correction + step->epsilon);
    }
}
