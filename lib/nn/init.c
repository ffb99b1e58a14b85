/* SPDX-License-Identifier: MIT */
/* lib/nn/init.c - how parameters start. */
#include "nn/init.h"

#include "core/context.h"
#include "kernels/inner_product.h"

#include <tgmath.h>

static void fill(gn_tensor *tensor, gn_real number)
{
    gn_real *data = gn_tensor_data(tensor);
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++)
        data[i] = number;
}

enum { STRETCH = 1 << 14 };

/* Numbers that are uniform in [-size, size], or normal with that deviation. */
typedef struct draw {
    bool normal;
    float size;
    gn_random random;
    gn_real *values;
    int64_t count;
} draw;

static uint64_t words_of(const draw *d, int64_t count)
{
    return (d->normal ? 2 : 1) * (uint64_t)count;
}

/* Random numbers are addressed by their words, so that each stretch finds its own. */
static void draw_stretch(void *argument, int64_t index, int worker)
{
    const draw *d = argument;
    const gn__stretch at = gn__stretch_at(d->count, STRETCH, index);
    gn_random random = d->random;
    (void)worker;
    random.index += words_of(d, at.first);
    if (d->normal)
        gn_random_fill_normal(&random, d->values + at.first, at.count, 0, d->size);
    else
        gn_random_fill_uniform(&random, d->values + at.first, at.count, -d->size, d->size);
}

static void fill_by_draw(gn_tensor *tensor, bool normal, float size, gn_random *random)
{
    draw d = {normal, size, *random, gn_tensor_data(tensor), gn_tensor_count(tensor)};
    gn__parallel_for(gn_tensor_context(tensor)->pool, gn__stretches(d.count, STRETCH), draw_stretch, &d);
    random->index += words_of(&d, d.count);
}

/* Takes the parts along earlier vectors out of vector; twice, since once leaves rounding errors ("twice is enough",
 * Kahan and Parlett). Returns the length of what is left. */
static double make_orthogonal(const gn_real *earlier, int64_t count, gn_real *vector, int64_t length)
{
    for (int round = 0; round < 2; round++)
        for (int64_t i = 0; i < count; i++) {
            const gn_real *other = earlier + i * length;
            const gn_real part = (gn_real)gn__inner_product(other, vector, length);
            for (int64_t j = 0; j < length; j++)
                vector[j] -= part * other[j];
        }
    return sqrt(gn__inner_product(vector, vector, length));
}

/* Orthonormal rows [count,length] by Gram-Schmidt; a draw that nearly depends on earlier rows is drawn again. */
static void fill_orthonormal(gn_real *rows, int64_t count, int64_t length, gn_random *random)
{
    for (int64_t i = 0; i < count; i++) {
        gn_real *row = rows + i * length;
        double norm;
        do {
            gn_random_fill_normal(random, row, length, 0, 1);
            norm = make_orthogonal(rows, i, row, length);
        } while (norm < 1e-3);
        for (int64_t j = 0; j < length; j++)
            row[j] = (gn_real)((double)row[j] / norm);
    }
}

/* The tensor as a matrix [count / last, last] gets orthonormal rows or columns, whichever are fewer. */
static gn_status fill_orthogonal(gn_tensor *tensor, float scale, gn_random *random)
{
    const gn_shape shape = gn_tensor_shape(tensor);
    char text[64];
    if (shape.rank < 2)
        return gn_context_fail(gn_tensor_context(tensor), GN_ERROR_ARGUMENT,
                               "init: an orthogonal tensor has shape %s, expected rank 2 or more",
                               gn_shape_text(shape, text, sizeof text));
    const int64_t columns = shape.size[shape.rank - 1], rows = gn_tensor_count(tensor) / columns;
    const int64_t count = rows < columns ? rows : columns, length = rows < columns ? columns : rows;
    gn_tensor *vectors = gn_tensor_new(gn_tensor_context(tensor), GN_SHAPE(count, length));
    if (vectors == NULL)
        return gn_context_status(gn_tensor_context(tensor));
    fill_orthonormal(gn_tensor_data(vectors), count, length, random);
    const gn_real *from = gn_tensor_values(vectors);
    gn_real *to = gn_tensor_data(tensor);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            to[i * columns + j] = (gn_real)scale * (rows < columns ? from[i * length + j] : from[j * length + i]);
    gn_tensor_free(vectors);
    return GN_OK;
}

static gn_status check(const gn_tensor *tensor, gn_init init, int64_t fan_in, int64_t fan_out, const gn_random *random)
{
    gn_context *context = gn_tensor_context(tensor);
    if (random == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "init: random is NULL");
    if (init.kind < GN_INIT_DEFAULT || init.kind > GN_INIT_CONSTANT)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "init: kind is %d, expected one of gn_init_kind",
                               (int)init.kind);
    if (init.kind == GN_INIT_DEFAULT && init.scale != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "init: scale is %g, but no kind is given",
                               (double)init.scale);
    if (!isfinite(init.scale) || (init.scale < 0 && init.kind != GN_INIT_CONSTANT))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "init: scale is %g, expected a finite number%s",
                               (double)init.scale, init.kind == GN_INIT_CONSTANT ? "" : ", 0 or more");
    if (fan_in < 1 || fan_out < 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "init: fan_in is %lld and fan_out %lld, expected at least 1",
                               (long long)fan_in, (long long)fan_out);
    return GN_OK;
}

static bool is_given(gn_init init)
{
    return init.kind != GN_INIT_DEFAULT || init.scale != 0;
}

gn_init gn__init_or(gn_init given, gn_init preset)
{
    return is_given(given) ? given : preset;
}

gn_status gn__init_check_bias(gn_context *context, const char *kind, bool no_bias, gn_init bias_init)
{
    if (!no_bias || !is_given(bias_init))
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT,
                           "%s: bias_init has kind %d and scale %g, expected none with no_bias", kind,
                           (int)bias_init.kind, (double)bias_init.scale);
}

gn_status gn_init_fill(gn_tensor *tensor, gn_init init, int64_t fan_in, int64_t fan_out, gn_random *random)
{
    if (tensor == NULL)
        return GN_ERROR_ARGUMENT;
    const gn_status status = check(tensor, init, fan_in, fan_out, random);
    if (status != GN_OK)
        return status;
    if (init.kind == GN_INIT_DEFAULT)
        init.kind = gn_tensor_shape(tensor).rank < 2 ? GN_INIT_CONSTANT : GN_INIT_GLOROT_UNIFORM;
    const float scale = init.scale == 0 ? 1 : init.scale;
    const float in = (float)fan_in, both = (float)fan_in + (float)fan_out;
    switch (init.kind) {
    case GN_INIT_GLOROT_UNIFORM:
        fill_by_draw(tensor, false, scale * sqrtf(6 / both), random);
        break;
    case GN_INIT_GLOROT_NORMAL:
        fill_by_draw(tensor, true, scale * sqrtf(2 / both), random);
        break;
    case GN_INIT_HE_UNIFORM:
        fill_by_draw(tensor, false, scale * sqrtf(6 / in), random);
        break;
    case GN_INIT_HE_NORMAL:
        fill_by_draw(tensor, true, scale * sqrtf(2 / in), random);
        break;
    case GN_INIT_NORMAL:
        fill_by_draw(tensor, true, scale, random);
        break;
    case GN_INIT_UNIFORM:
        fill_by_draw(tensor, false, scale, random);
        break;
    case GN_INIT_ORTHOGONAL:
        return fill_orthogonal(tensor, scale, random);
    case GN_INIT_CONSTANT:
    case GN_INIT_DEFAULT:
        fill(tensor, init.scale);
        break;
    }
    return GN_OK;
}
