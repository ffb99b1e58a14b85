/* SPDX-License-Identifier: MIT */
/* lib/kernels/optimizer_reference.c - Adam's loop. */
#include "kernels/kernels.h"

#include <tgmath.h>

void gn__adam_reference(gn_context *context, int64_t count, gn_real *p, const gn_real *g, gn_real *m, gn_real *v,
                        gn_real gradient_scale, gn_real weight_decay, gn_real beta1, gn_real beta2,
                        gn_real corrected_rate, gn_real root_correction, gn_real epsilon)
{
    (void)context;
    for (int64_t i = 0; i < count; i++) {
        const gn_real gradient = gradient_scale * g[i] + weight_decay * p[i];
        m[i] = beta1 * m[i] + (1 - beta1) * gradient;
        v[i] = beta2 * v[i] + (1 - beta2) * (gradient * gradient);
        p[i] -= corrected_rate * m[i] / (sqrt(v[i]) * root_correction + epsilon);
    }
}
