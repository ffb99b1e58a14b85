/* SPDX-License-Identifier: MIT */
/* examples/common/gan_figures.c - the figures of a step by their names. */
#include "common/gan_figures.h"

#include "common/event.h"

#include <math.h>
#include <string.h>

void gan_figures(const gn_gan_report *report, gan_figure figures[GAN_FIGURES])
{
    const bool moved = report->g_gradient_norm > 0; /* a critic may make several steps before G's first */
    const gan_figure all[GAN_FIGURES] = {
        {"d_loss", report->d_loss},
        {"g_loss", moved ? report->g_loss : NAN},
        {"d_penalty", report->d_penalty},
        {"d_real", report->d_real},
        {"d_fake", report->d_fake},
        {"real_right", report->real_right},
        {"fake_right", report->fake_right},
        {"real_wrong", report->real_wrong},
        {"d_gradient_norm", report->d_gradient_norm},
        {"g_gradient_norm", moved ? report->g_gradient_norm : NAN},
        {"g_batch_norm_gap", report->g_batch_norm_gap},
    };
    memcpy(figures, all, sizeof all);
}

json_t *gan_figures_json(const gn_gan_report *report, int64_t step, double seconds)
{
    gan_figure figures[GAN_FIGURES];
    json_t *members = json_pack("{s:I, s:f}", "step", (json_int_t)step, "seconds", seconds);
    gan_figures(report, figures);
    for (int i = 0; i < GAN_FIGURES; i++)
        json_object_set_new(members, figures[i].name, event_number(figures[i].value));
    return members;
}
