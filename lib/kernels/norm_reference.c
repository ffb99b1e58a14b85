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

void gn__norm_apply_reference(gn_context *context, int64_t rows, int64_t channels, const gn_real *x,
                              const gn_real *mean, const gn_real *inverse, const gn_real *gamma, const gn_real *beta,
                              gn_real slope, gn_real *y)
{
    (void)context;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < channels; j++) {
            const gn_real u = gamma[j] * ((x[i * channels + j] - mean[j]) * inverse[j]) + beta[j];
            y[i * channels + j] = u > 0 || u != u ? u : slope == 0 ? 0 : slope * u;
        }
}

gn_status gn__norm_gradient_sums_reference(gn_context *context, int64_t rows, int64_t channels, const gn_real *x,
                                           const gn_real *mean, const gn_real *inverse, const gn_real *gamma,
                                           const gn_real *beta, gn_real slope, const gn_real *out_gradient,
                                           gn_real *gamma_gradient, gn_real *beta_gradient)
{
    (void)context;
    for (int64_t j = 0; j < channels; j++) {
        double gamma_sum = 0, beta_sum = 0;
        for (int64_t i = 0; i < rows; i++) {
            const gn_real xhat = (x[i * channels + j] - mean[j]) * inverse[j];
            const gn_real g = out_gradient[i * channels + j], u = gamma[j] * xhat + beta[j];
            const gn_real d = u > 0 ? g : slope == 0 ? 0 : slope * g;
            gamma_sum += (double)(d * xhat);
            beta_sum += (double)d;
        }
        gamma_gradient[j] = (gn_real)gamma_sum;
        beta_gradient[j] = (gn_real)beta_sum;
    }
    return GN_OK;
}

void gn__norm_gradient_reference(gn_context *context, int64_t rows, int64_t channels, const gn_real *x,
                                 const gn_real *mean, const gn_real *inverse, const gn_real *gamma, const gn_real *beta,
                                 gn_real slope, const gn_real *out_gradient, const gn_real *gamma_gradient,
                                 const gn_real *beta_gradient, gn_real *x_gradient)
{
    (void)context;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < channels; j++) {
            const gn_real xhat = (x[i * channels + j] - mean[j]) * inverse[j];
            const gn_real g = out_gradient[i * channels + j], u = gamma[j] * xhat + beta[j];
            const gn_real d = u > 0 ? g : slope == 0 ? 0 : slope * g;
            const gn_real average = (beta_gradient[j] + xhat * gamma_gradient[j]) * (1 / (gn_real)rows);
            x_gradient[i * channels + j] = gamma[j] * inverse[j] * (d - average);
        }
}
