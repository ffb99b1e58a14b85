/* SPDX-License-Identifier: MIT */
/* examples/common/mixture_run.c - one game for the points of a mixture. */
#include "common/mixture_run.h"

#include "common/play.h"

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

/* Adds 1 to the pixels beside a point of the picture: a mode may be smaller than one. */
static void dot(gn_real *pixels, int64_t side, double x, double y)
{
    if (!(x >= 0.5 && x < (double)side - 0.5 && y >= 0.5 && y < (double)side - 0.5))
        return;
    for (int64_t row = (int64_t)(y - 0.5); row <= (int64_t)(y + 0.5); row++)
        for (int64_t column = (int64_t)(x - 0.5); column <= (int64_t)(x + 0.5); column++)
            pixels[row * side + column] += 1;
}

void mixture_draw(mixture_shape shape, const gn_tensor *points, gn_tensor *pictures, int64_t index)
{
    const double reach = shape == MIXTURE_RING ? 1.4 : 5.0;
    const int64_t side = gn_tensor_shape(pictures).size[1], count = gn_tensor_shape(points).size[0];
    gn_real *pixels = gn_tensor_data(pictures) + index * side * side;
    for (int64_t i = 0; i < side * side; i++)
        pixels[i] = 0;
    for (int64_t i = 0; i < count; i++) {
        const gn_real *point = gn_tensor_values(points) + 2 * i;
        dot(pixels, side, ((double)point[0] / reach + 1) / 2 * (double)side,
            (1 - (double)point[1] / reach) / 2 * (double)side);
    }
    for (int64_t i = 0; i < side * side; i++)
        pixels[i] = 2 * pixels[i] / (pixels[i] + 3) - 1;
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
