/* SPDX-License-Identifier: MIT */
/* lib/gan/latent.c - the noise that pictures are grown from, and ways between two points of it. */
#include "gan/gan.h"

#include <math.h>

/* Beyond it a number of GN_LATENT_TRUNCATED is drawn again, in deviations. */
static const float truncated_at = 2;

gn_status gn__latent_check(gn_context *context, gn_latent *latent)
{
    if (latent->size < 1 || latent->size > 1 << 20)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "latent: size is %lld, expected 1 to %d",
                               (long long)latent->size, 1 << 20);
    if (latent->distribution < GN_LATENT_NORMAL || latent->distribution > GN_LATENT_TRUNCATED)
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

/* Below 1/16 nearly every number would have to be drawn again, and again. */
gn_status gn__latent_check_truncation(gn_context *context, const gn_latent *latent, float truncation)
{
    if (truncation == 0)
        return GN_OK;
    if (!(truncation >= 0.0625f && isfinite(truncation)))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "latent: truncation is %g, expected 0 or at least 1/16",
                               (double)truncation);
    if (latent->distribution != GN_LATENT_NORMAL && latent->distribution != GN_LATENT_TRUNCATED)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "latent: truncation is %g, expected 0 for noise not normal",
                               (double)truncation);
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

static void fill_truncated(gn_random *random, gn_real *z, int64_t count, float scale, float most)
{
    for (int64_t i = 0; i < count; i++) {
        float number = gn_random_normal(random);
        while (fabsf(number) > most)
            number = gn_random_normal(random);
        z[i] = scale * number;
    }
}

void gn__latent_fill(const gn_latent *latent, float truncation, gn_random *random, int64_t count, gn_real *z)
{
    const int64_t size = latent->size;
    const bool always = latent->distribution == GN_LATENT_TRUNCATED;
    if (latent->distribution == GN_LATENT_UNIFORM) {
        gn_random_fill_uniform(random, z, count * size, -latent->scale, latent->scale);
    } else if (always || truncation > 0) {
        const bool tighter = truncation > 0 && (truncation < truncated_at || !always);
        fill_truncated(random, z, count * size, latent->scale, tighter ? truncation : truncated_at);
    } else {
        gn_random_fill_normal(random, z, count * size, 0, latent->scale);
        for (int64_t i = 0; i < count && latent->distribution == GN_LATENT_SPHERICAL; i++)
            project(z + i * size, size, latent->scale * sqrtf((float)size));
    }
}

void gn__latent_fill_each(const gn_latent *latent, float truncation, uint64_t seed, int64_t first, int64_t count,
                          gn_real *z)
{
    for (int64_t i = 0; i < count; i++) {
        gn_random random = {.seed = seed, .stream = (uint64_t)(first + i)};
        gn__latent_fill(latent, truncation, &random, 1, z + i * latent->size);
    }
}

gn_tensor *gn_latent_draw(gn_context *context, const gn_latent *latent, int64_t count, uint64_t seed, float truncation)
{
    if (context == NULL || latent == NULL)
        return gn__fail(context, GN_ERROR_ARGUMENT, "latent draw: the latent is NULL");
    gn_latent filled = *latent;
    if (gn__latent_check(context, &filled) != GN_OK ||
        gn__latent_check_truncation(context, &filled, truncation) != GN_OK)
        return NULL;
    gn_tensor *noise = gn_tensor_new(context, GN_SHAPE(count, filled.size));
    if (noise != NULL)
        gn__latent_fill_each(&filled, truncation, seed, 0, count, gn_tensor_data(noise));
    return noise;
}

/* --- ways --------------------------------------------------------------------------------------------------------- */

void gn_latent_linear(const gn_real *a, const gn_real *b, int64_t size, gn_real t, gn_real *out)
{
    const bool given = a != NULL && b != NULL && out != NULL;
    for (int64_t i = 0; i < size && given; i++)
        out[i] = (1 - t) * a[i] + t * b[i];
}

static double product(const gn_real *a, const gn_real *b, int64_t size)
{
    double sum = 0;
    for (int64_t i = 0; i < size; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* Of the directions first, and then stretched to a length that changes evenly too. */
void gn_latent_great_circle(const gn_real *a, const gn_real *b, int64_t size, gn_real t, gn_real *out)
{
    if (a == NULL || b == NULL || out == NULL)
        return;
    const double length_a = sqrt(product(a, a, size)), length_b = sqrt(product(b, b, size));
    const double cosine = product(a, b, size) / (length_a * length_b);
    if (!(fabs(cosine) < 1 - 1e-9)) { /* also where a length is zero */
        gn_latent_linear(a, b, size, t, out);
        return;
    }
    const double angle = acos(cosine), length = length_a + (double)t * (length_b - length_a);
    const double of_a = length * sin((1 - (double)t) * angle) / (sin(angle) * length_a);
    const double of_b = length * sin((double)t * angle) / (sin(angle) * length_b);
    for (int64_t i = 0; i < size; i++)
        out[i] = (gn_real)(of_a * (double)a[i] + of_b * (double)b[i]);
}
