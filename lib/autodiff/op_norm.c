/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_norm.c - batch normalisation with the batch's own statistics, or given ones.
 *
 * Two gradients, tested to agree: a fused one in two passes over the data, and one made of ordinary ops for when the
 * gradient is to be differentiated again. With given statistics there is none: ordinary ops do for what is recorded. */
#include "autodiff/tape.h"

#include <string.h>
#include <tgmath.h>

enum { STRETCH = 1 << 11 };

typedef struct norm_attributes {
    gn_real epsilon, slope;
} norm_attributes;

/* [5, channels]: mean, biased variance, 1 / sqrt(variance + epsilon); gamma and beta as they were, since training may
 * have moved them when the value is computed again. */
static const gn_real *saved_row(const gn_var *out, int row)
{
    return (const gn_real *)out->saved + row * out->inputs[1]->shape.size[0];
}

typedef struct deviations {
    int64_t channels;
    const gn_real *variance;
    gn_real epsilon, *inverse;
} deviations;

static void invert_stretch(void *argument, int64_t index, int worker)
{
    const deviations *d = argument;
    const gn__stretch at = gn__stretch_at(d->channels, STRETCH, index);
    (void)worker;
    for (int64_t c = at.first; c < at.first + at.count; c++)
        d->inverse[c] = 1 / sqrt(d->variance[c] + d->epsilon);
}

static void find_inverse(const gn_var *out, int64_t channels, const gn_real *variance, gn_real epsilon,
                         gn_real *inverse)
{
    deviations d = {channels, variance, epsilon, inverse};
    gn__parallel_for(gn__context_of(out)->pool, gn__stretches(channels, STRETCH), invert_stretch, &d);
}

/* Leaves the statistics of x, unless it has been here before. */
static gn_status save_statistics(gn_var *out, int64_t rows, int64_t channels)
{
    const norm_attributes *attributes = out->attributes;
    const size_t size = (size_t)channels * sizeof(gn_real);
    if (out->saved != NULL)
        return GN_OK;
    gn_real *mean = gn__op_save(out, 5 * size);
    if (mean == NULL)
        return GN_ERROR_MEMORY;
    gn_real *variance = mean + channels, *inverse = variance + channels;
    const gn_status status = gn__kernels_of(out)->norm_statistics(gn__context_of(out), rows, channels,
                                                                  out->inputs[0]->data, mean, variance);
    if (status == GN_OK)
        find_inverse(out, channels, variance, attributes->epsilon, inverse);
    memcpy(inverse + channels, out->inputs[1]->data, size);
    memcpy(inverse + 2 * channels, out->inputs[2]->data, size);
    return status;
}

static gn_status norm_forward(gn_var *out)
{
    const norm_attributes *attributes = out->attributes;
    const gn__axes a = gn__split_last_axis(out->shape);
    gn__norm norm = {.rows = a.outer, .channels = a.middle, .x = out->inputs[0]->data, .slope = attributes->slope};
    const gn_status status = save_statistics(out, norm.rows, norm.channels);
    if (status != GN_OK)
        return status;
    norm.mean = saved_row(out, 0);
    norm.inverse = saved_row(out, 2);
    norm.gamma = saved_row(out, 3);
    norm.beta = saved_row(out, 4);
    gn__kernels_of(out)->norm_apply(gn__context_of(out), &norm, out->data);
    return GN_OK;
}

/* --- the fused gradient ------------------------------------------------------------------------------------------- */

/* Both fused ops take (out_gradient, x, gamma, beta, ...) and look at the forward's statistics. */
typedef struct fused_attributes {
    const gn_real *mean, *inverse;
    gn_real slope;
} fused_attributes;

static gn__norm norm_of(const gn_var *out)
{
    const fused_attributes *a = out->attributes;
    gn_var *const *in = out->inputs;
    const gn__axes axes = gn__split_last_axis(in[1]->shape);
    return (gn__norm){.rows = axes.outer,
                      .channels = axes.middle,
                      .x = in[1]->data,
                      .mean = a->mean,
                      .inverse = a->inverse,
                      .gamma = in[2]->data,
                      .beta = in[3]->data,
                      .slope = a->slope};
}

/* [2, channels]: the gradients of gamma and beta. */
static gn_status sums_forward(gn_var *out)
{
    const gn__norm norm = norm_of(out);
    return gn__kernels_of(out)->norm_gradient_sums(gn__context_of(out), &norm, out->inputs[0]->data, out->data,
                                                   out->data + norm.channels);
}

const gn_op gn__op_batch_norm_sums = {"batch_norm_sums", sums_forward, NULL, true};

static gn_status input_forward(gn_var *out)
{
    const gn__norm norm = norm_of(out);
    const gn_real *sums = out->inputs[4]->data;
    gn__kernels_of(out)->norm_gradient(gn__context_of(out), &norm, out->inputs[0]->data, sums, sums + norm.channels,
                                       out->data);
    return GN_OK;
}

const gn_op gn__op_batch_norm_gradient = {"batch_norm_gradient", input_forward, NULL, true};

static void fused_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    gn_var *x = out->inputs[0], *gamma = out->inputs[1], *beta = out->inputs[2];
    const int64_t channels = gamma->shape.size[0];
    const fused_attributes attributes = {saved_row(out, 0), saved_row(out, 2),
                                         ((const norm_attributes *)out->attributes)->slope};
    gn_var *inputs[] = {out_gradient, x, gamma, beta, NULL};
    gn_var *sums = gn_record(&gn__op_batch_norm_sums, inputs, 4, GN_SHAPE(2, channels), &attributes, sizeof attributes);
    inputs[4] = sums;
    if (wanted[0])
        gradients[0] = gn__record_over(&gn__op_batch_norm_gradient, inputs, 5, x->shape, &attributes,
                                       sizeof attributes);
    for (int i = 1; i < 3; i++)
        if (wanted[i])
            gradients[i] = gn_reshape(gn_slice(sums, 0, i - 1, 1), gamma->shape);
}

/* --- the gradient made of ops ------------------------------------------------------------------------------------- */

static void composed_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    const norm_attributes *attributes = out->attributes;
    gn_var *x = out->inputs[0], *gamma = out->inputs[1], *beta = out->inputs[2];
    const unsigned axes = GN_AXIS(x->shape.rank - 1) - 1;
    gn_var *centred = gn_sub(x, gn_mean(x, axes, false));
    gn_var *variance = gn_mean(gn_square(centred), axes, false);
    gn_var *inverse = gn_power(gn_offset(variance, attributes->epsilon), (gn_real)-0.5);
    gn_var *normal = gn_mul(centred, inverse);
    if (attributes->slope != 1)
        out_gradient = gn__leaky_relu_gradient(out_gradient, gn_add(gn_mul(normal, gamma), beta), attributes->slope);
    if (wanted[0]) {
        gn_var *along = gn_mul(normal, gn_mean(gn_mul(out_gradient, normal), axes, false));
        gn_var *rest = gn_sub(gn_sub(out_gradient, gn_mean(out_gradient, axes, false)), along);
        gradients[0] = gn_mul(rest, gn_mul(gamma, inverse));
    }
    if (wanted[1])
        gradients[1] = gn_sum(gn_mul(out_gradient, normal), axes, false);
    if (wanted[2])
        gradients[2] = gn_sum(out_gradient, axes, false);
}

static void norm_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    if (out->tape->recording)
        composed_gradient(out, out_gradient, wanted, gradients);
    else
        fused_gradient(out, out_gradient, wanted, gradients);
}

const gn_op gn__op_batch_norm = {"batch_norm", norm_forward, norm_gradient, false};

static bool check_norm(gn_var *x, const gn_var *gamma, const gn_var *beta, gn_real epsilon, gn_real slope)
{
    char text_x[64], text_gamma[64], text_beta[64];
    const int64_t channels = x->shape.rank == 0 ? 0 : x->shape.size[x->shape.rank - 1];
    if (x->shape.rank < 2)
        gn__op_fail(x, "batch_norm", GN_ERROR_SHAPE, "input %s, expected rank 2 or more",
                    gn_shape_text(x->shape, text_x, sizeof text_x));
    else if (gamma->shape.rank != 1 || beta->shape.rank != 1 || gamma->shape.size[0] != channels ||
             beta->shape.size[0] != channels)
        gn__op_fail(x, "batch_norm", GN_ERROR_SHAPE, "input %s has %lld channels, gamma is %s and beta %s",
                    gn_shape_text(x->shape, text_x, sizeof text_x), (long long)channels,
                    gn_shape_text(gamma->shape, text_gamma, sizeof text_gamma),
                    gn_shape_text(beta->shape, text_beta, sizeof text_beta));
    else if (!(epsilon > 0) || !(slope >= 0))
        gn__op_fail(x, "batch_norm", GN_ERROR_ARGUMENT,
                    "epsilon is %g and slope %g, expected epsilon > 0 and slope >= 0", (double)epsilon, (double)slope);
    return x->tape->status == GN_OK;
}

gn_var *gn_batch_norm(gn_var *x, gn_var *gamma, gn_var *beta, gn_real epsilon, gn_real slope, gn_real *mean,
                      gn_real *variance)
{
    gn_var *inputs[] = {x, gamma, beta};
    if (!gn__check_inputs("batch_norm", inputs, 3))
        return gn__poison_of(inputs, 3);
    if (!check_norm(x, gamma, beta, epsilon, slope))
        return &x->tape->poison;
    const norm_attributes attributes = {epsilon, slope};
    gn_var *out = gn_record(&gn__op_batch_norm, inputs, 3, x->shape, &attributes, sizeof attributes);
    const size_t size = (size_t)gamma->shape.size[0] * sizeof *mean;
    if (out->data != NULL && mean != NULL)
        memcpy(mean, saved_row(out, 0), size);
    if (out->data != NULL && variance != NULL)
        memcpy(variance, saved_row(out, 1), size);
    return out;
}

/* --- with given statistics ---------------------------------------------------------------------------------------- */

typedef struct given_attributes {
    const gn_real *mean, *variance;
    gn_real epsilon, slope;
} given_attributes;

static gn_status given_forward(gn_var *out)
{
    const given_attributes *a = out->attributes;
    gn_var *const *in = out->inputs;
    const gn__axes axes = gn__split_last_axis(out->shape);
    gn_real *inverse = gn__op_save(out, (size_t)axes.middle * sizeof *inverse);
    if (inverse == NULL)
        return GN_ERROR_MEMORY;
    find_inverse(out, axes.middle, a->variance, a->epsilon, inverse);
    const gn__norm norm = {.rows = axes.outer,
                           .channels = axes.middle,
                           .x = in[0]->data,
                           .mean = a->mean,
                           .inverse = inverse,
                           .gamma = in[1]->data,
                           .beta = in[2]->data,
                           .slope = a->slope};
    gn__kernels_of(out)->norm_apply(gn__context_of(out), &norm, out->data);
    return GN_OK;
}

const gn_op gn__op_batch_norm_given = {"batch_norm_given", given_forward, NULL, true};

gn_var *gn__batch_norm_given(gn_var *x, gn_var *gamma, gn_var *beta, const gn_real *mean, const gn_real *variance,
                             gn_real epsilon, gn_real slope)
{
    gn_var *inputs[] = {x, gamma, beta};
    if (!gn__check_inputs("batch_norm", inputs, 3))
        return gn__poison_of(inputs, 3);
    if (!check_norm(x, gamma, beta, epsilon, slope))
        return &x->tape->poison;
    const given_attributes attributes = {mean, variance, epsilon, slope};
    return gn_record(&gn__op_batch_norm_given, inputs, 3, x->shape, &attributes, sizeof attributes);
}
