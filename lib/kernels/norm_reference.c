/* SPDX-License-Identifier: MIT */
/* lib/kernels/norm_reference.c - batch norm over x [rows,channels] as plain loops. */
#include "kernels/kernels.h"

gn_status gn__norm_statistics_reference(gn_context *context, int64_t rows, int64_t channels, const gn_real *x,
                                        gn_real *mean, gn_real *variance)
{
    (void)context;
    for (int64_t j = 0; j < channels; j++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < rows; i++)
            sum += (double)x[i * channels + j];
        const double centre = sum / (double)rows;
        for (int64_t i = 0; i < rows; i++) {
            const double distance = (double)x[i * channels + j] - centre;
            squares += distance * distance;
        }
        mean[j] = (gn_real)centre;
        variance[j] = (gn_real)(squares / (double)rows);
    }
    return GN_OK;
}

static gn_real xhat_of(const gn__norm *norm, int64_t i, int64_t j)
{
    return (norm->x[i * norm->channels + j] - norm->mean[j]) * norm->inverse[j];
}

void gn__norm_apply_reference(gn_context *context, const gn__norm *norm, gn_real *y)
{
    (void)context;
    for (int64_t i = 0; i < norm->rows; i++)
        for (int64_t j = 0; j < norm->channels; j++) {
            const gn_real u = norm->gamma[j] * xhat_of(norm, i, j) + norm->beta[j];
            y[i * norm->channels + j] = u > 0 || u != u ? u : norm->slope == 0 ? 0 : norm->slope * u;
        }
}

/* The gradient of u = gamma xhat + beta. */
static gn_real before_slope(const gn__norm *norm, gn_real xhat, int64_t j, gn_real out_gradient)
{
    const gn_real u = norm->gamma[j] * xhat + norm->beta[j];
    return u > 0 ? out_gradient : norm->slope == 0 ? 0 : norm->slope * out_gradient;
}

gn_status gn__norm_gradient_sums_reference(gn_context *context, const gn__norm *norm, const gn_real *out_gradient,
                                           gn_real *gamma_gradient, gn_real *beta_gradient)
{
    (void)context;
    for (int64_t j = 0; j < norm->channels; j++) {
        double gamma_sum = 0, beta_sum = 0;
        for (int64_t i = 0; i < norm->rows; i++) {
            const gn_real xhat = xhat_of(norm, i, j);
            const gn_real d = before_slope(norm, xhat, j, out_gradient[i * norm->channels + j]);
            gamma_sum += (double)(d * xhat);
            beta_sum += (double)d;
        }
        gamma_gradient[j] = (gn_real)gamma_sum;
        beta_gradient[j] = (gn_real)beta_sum;
    }
    return GN_OK;
}

void gn__norm_gradient_reference(gn_context *context, const gn__norm *norm, const gn_real *out_gradient,
                                 const gn_real *gamma_gradient, const gn_real *beta_gradient, gn_real *x_gradient)
{
    (void)context;
    for (int64_t i = 0; i < norm->rows; i++)
        for (int64_t j = 0; j < norm->channels; j++) {
            const int64_t place = i * norm->channels + j;
            const gn_real xhat = xhat_of(norm, i, j), d = before_slope(norm, xhat, j, out_gradient[place]);
            const gn_real average = (beta_gradient[j] + xhat * gamma_gradient[j]) * (1 / (gn_real)norm->rows);
            x_gradient[place] = norm->gamma[j] * norm->inverse[j] * (d - average);
        }
}
