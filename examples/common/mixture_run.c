/* SPDX-License-Identifier: MIT */
/* examples/common/mixture_run.c - one game for the points of a mixture. */
#include "common/mixture_run.h"

#include "common/play.h"

#include <math.h>
#include <string.h>

enum { SAMPLES = 2500, SAMPLE_SEED = 77 };

gn_status mixture_run_open(mixture_run *run, mixture_shape shape, mixture_remedy remedy, int64_t steps, int64_t batch,
                           uint64_t seed, int threads)
{
    *run = (mixture_run){.shape = shape,
                         .context = gn_context_new(&(gn_context_options){.seed = seed, .threads = threads})};
    run->points = mixture_points(run->context, shape, seed);
    run->generator = mixture_generator(run->context, shape);
    run->discriminator = mixture_discriminator(run->context, shape, remedy);
    const gn_gan_options options = mixture_options(run->generator, run->discriminator, shape, remedy, steps);
    run->batches = gn_batches_new(run->points, &(gn_batches_options){.size = batch, .seed = seed});
    run->gan = gn_gan_new(run->context, &options);
    return run->gan == NULL || run->batches == NULL ? gn_context_status(run->context) : GN_OK;
}

void mixture_run_close(mixture_run *run)
{
    gn_gan_free(run->gan);
    gn_module_free(run->discriminator);
    gn_module_free(run->generator);
    gn_batches_free(run->batches);
    gn_dataset_free(run->points);
    gn_context_free(run->context);
}

gn_status mixture_run_play(mixture_run *run, int64_t steps)
{
    return play_until(run->context, run->gan, run->batches, steps, NULL);
}

gn_tensor *mixture_run_sample(mixture_run *run)
{
    const gn_standing_options standing = {.size = 256, .seed = SAMPLE_SEED, .average = true};
    if (gn_gan_standing_statistics(run->gan, &standing) != GN_OK)
        return NULL;
    gn_tensor *images = gn_gan_sample(run->gan,
                                      &(gn_sample_options){.seed = SAMPLE_SEED, .per_class = SAMPLES, .average = true});
    gn_tensor *points = images == NULL ? NULL
                                       : gn_tensor_from(run->context, GN_SHAPE(SAMPLES, 2), gn_tensor_values(images));
    gn_tensor_free(images);
    return points;
}

/* A square picture [S,S,C] of the plane around 0. */
typedef struct plane {
    gn_real *pixels;
    int64_t side, channels;
    double reach; /* from 0 to an edge */
} plane;

/* Adds 1 to the first channel of the pixels beside a point of the picture: a mode may be smaller than one. */
static void dot(const plane *p, double x, double y)
{
    const double limit = (double)p->side - 0.5;
    if (!(x >= 0.5 && x < limit && y >= 0.5 && y < limit))
        return;
    for (int64_t row = (int64_t)(y - 0.5); row <= (int64_t)(y + 0.5); row++)
        for (int64_t column = (int64_t)(x - 0.5); column <= (int64_t)(x + 0.5); column++)
            p->pixels[p->channels * (row * p->side + column)] += 1;
}

/* A circle of 5 pixels around a mode, under the points. */
static void mark(const plane *p, double x, double y)
{
    enum { RADIUS = 5, PARTS = 64 };
    static const gn_real orange[] = {0.6f, -0.1f, -0.9f};
    for (int part = 0; part < PARTS; part++) {
        const double angle = 2 * acos(-1.0) * part / PARTS;
        const int64_t column = (int64_t)(x + RADIUS * cos(angle)), row = (int64_t)(y + RADIUS * sin(angle));
        gn_real *pixel = p->pixels + 3 * (row * p->side + column);
        for (int c = 0; c < 3; c++)
            pixel[c] = pixel[c] < orange[c] ? orange[c] : pixel[c];
    }
}

static void place(const plane *p, const gn_tensor *points, void (*draw)(const plane *p, double x, double y))
{
    for (int64_t i = 0; i < gn_tensor_shape(points).size[0]; i++) {
        const gn_real *point = gn_tensor_values(points) + 2 * i;
        draw(p, ((double)point[0] / p->reach + 1) / 2 * (double)p->side,
             (1 - (double)point[1] / p->reach) / 2 * (double)p->side);
    }
}

/* From counts in the first channel to shades of grey. */
static void shade(const plane *p)
{
    for (int64_t i = 0; i < p->side * p->side; i++) {
        gn_real *pixel = p->pixels + i * p->channels;
        const gn_real count = pixel[0];
        for (int64_t c = 0; c < p->channels; c++)
            pixel[c] = 2 * count / (count + 3) - 1;
    }
}

gn_status mixture_draw(const mixture_run *run, const gn_tensor *points, gn_tensor *pictures, int64_t index)
{
    const gn_shape shape = gn_tensor_shape(pictures);
    const int64_t size = shape.size[1] * shape.size[2] * shape.size[3];
    const plane p = {gn_tensor_data(pictures) + index * size, shape.size[1], shape.size[3],
                     run->shape == MIXTURE_RING ? 1.4 : 5.0};
    gn_tensor *centres = mixture_centres(run->context, run->shape);
    if (centres == NULL)
        return gn_context_status(run->context);
    memset(p.pixels, 0, (size_t)size * sizeof *p.pixels);
    place(&p, points, dot);
    shade(&p);
    if (p.channels == 3)
        place(&p, centres, mark);
    gn_tensor_free(centres);
    return GN_OK;
}

gn_status mixture_run_score(mixture_run *run, gn_mode_report *report)
{
    gn_tensor *centres = mixture_centres(run->context, run->shape), *points = mixture_run_sample(run);
    const gn_status status = centres == NULL || points == NULL
                                 ? gn_context_status(run->context)
                                 : gn_mixture_modes(points, centres, mixture_deviation(run->shape), report);
    gn_tensor_free(points);
    gn_tensor_free(centres);
    return status;
}
