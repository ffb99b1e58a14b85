/* SPDX-License-Identifier: MIT */
/* examples/common/gan_figures.h - the figures of a step by their names: in logs, as JSON, for TensorBoard. */
#ifndef EXAMPLES_GAN_FIGURES_H
#define EXAMPLES_GAN_FIGURES_H

#include <gannet/gan.h>
#include <jansson.h>

enum { GAN_FIGURES = 11 };

typedef struct gan_figure {
    const char *name;
    double value; /* NaN: there is none */
} gan_figure;

void gan_figures(const gn_gan_report *report, gan_figure figures[GAN_FIGURES]);

/* {"step": ..., "seconds": ..., and the figures, null where there is none}. */
json_t *gan_figures_json(const gn_gan_report *report, int64_t step, double seconds);

#endif
