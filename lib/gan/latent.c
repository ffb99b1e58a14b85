/* SPDX-License-Identifier: MIT */
/* lib/gan/latent.c - the noise that pictures are grown from. */
#include "gan/gan.h"

#include <math.h>

gn_status gn__latent_check(gn_context *context, gn_latent *latent)
{
    if (latent->size < 1 || latent->size > 1 << 20)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "latent: size is %lld, expected 1 to %d",
                               (long long)latent->size, 1 << 20);
    if (latent->distribution < GN_LATENT_NORMAL || latent->distribution > GN_LATENT_SPHERICAL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT,
                               "latent: distribution is %d, expected one of gn_latent_distribution",
                               (int)latent->distribution);
    if (latent->scale == 0)
        latent->scale = 1;
    if (!(latent->scale > 0) || !isfinite(latent->scale))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "latent: scale is %g, expected more than 0",
                               (double)latent->scale);
    return GN_OK;
}

/* Puts a vector onto the sphere of the given radius. */
static void project(gn_real *z, int64_t size, float radius)
{
    double squares = 0;
    for (int64_t i = 0; i < size; i++)
        squares += (double)z[i] * (double)z[i];
    const gn_real factor = squares > 0 ? (gn_real)((double)radius / sqrt(squares)) : 0;
    for (int64_t i = 0; i < size; i++)
        z[i] *= factor;
}

void gn__latent_fill(const gn_latent *latent, gn_random *random, int64_t count, gn_real *z)
{
    const int64_t size = latent->size;
    if (latent->distribution == GN_LATENT_UNIFORM) {
        gn_random_fill_uniform(random, z, count * size, -latent->scale, latent->scale);
        return;
    }
    gn_random_fill_normal(random, z, count * size, 0, latent->scale);
    for (int64_t i = 0; i < count && latent->distribution == GN_LATENT_SPHERICAL; i++)
        project(z + i * size, size, latent->scale * sqrtf((float)size));
}
