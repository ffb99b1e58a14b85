/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_growth.c - how the cost of training grows with width, picture size, batch and threads: forward and
 * backward of a pair of convolutions with batch norm, down by two and up again, beside the time that its operations
 * would take in large sgemms. A ratio that stays the same says that cost grows as the operations do.
 *
 * Each row is measured with all threads; run it with --threads 1 too. */
#include "common/counting.h"
#include "common/measure.h"
#include "core/context.h"

#include <gannet/layers.h>
#include <stdio.h>
#include <stdlib.h>

/* Pictures [batch,size,size,width]. */
typedef struct growth {
    const char *with;
    int64_t batch, size, width;
} growth;

static const growth rows[] = {
    {"width", 16, 16, 8},    {"width", 16, 16, 16},  {"width", 16, 16, 32}, {"width", 16, 16, 64},
    {"width", 16, 16, 128},  {"width", 16, 16, 256}, {"size", 16, 8, 64},   {"size", 16, 16, 64},
    {"size", 16, 32, 64},    {"size", 16, 64, 64},   {"size", 16, 128, 64}, {"batch", 1, 16, 64},
    {"batch", 4, 16, 64},    {"batch", 16, 16, 64},  {"batch", 64, 16, 64}, {"batch", 256, 16, 64},
    {"batch", 1024, 16, 64},
};

static gn_module *down_and_up(gn_context *context, int64_t width)
{
    const gn_conv2d_options down = {
        .in = width, .out = 2 * width, .kernel = 4, .stride = 2, .padding = 1, .name = "down"};
    const gn_conv2d_options up = {.in = 2 * width, .out = width, .kernel = 4, .stride = 2, .padding = 1, .name = "up"};
    return gn_sequential(context, "network", gn_conv2d_layer(context, &down),
                         gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 2 * width}),
                         gn_relu_layer(context), gn_conv_transpose2d_layer(context, &up));
}

/* The time of one forward and backward pass; negative when it failed. */
static double pass(gn_module *network, gn_tape *tape, const gn_tensor *pictures)
{
    const double start = bench_now();
    gn_tape_reset(tape);
    gn_var *out = gn_apply(network, gn_input(tape, pictures));
    const gn_status status = gn_backward(gn_mean(out, GN_ALL_AXES, false), gn_parameters(network));
    return status == GN_OK ? bench_now() - start : -1;
}

static double operations_of(gn_context *context, gn_module *network, gn_tape *tape, const gn_tensor *pictures)
{
    const gn__kernels *kernels = context->kernels;
    context->kernels = counting_start();
    const double seconds = pass(network, tape, pictures);
    context->kernels = kernels;
    return seconds < 0 ? -1 : (double)counting_total().operations;
}

static bool measure(bench *b, const char *name, gn_module *network, gn_tape *tape, const gn_tensor *pictures)
{
    double times[BENCH_MOST], limits[BENCH_MOST], ratios[BENCH_MOST];
    const double operations = operations_of(b->context, network, tape, pictures);
    for (int i = 0; i < b->repetitions && operations >= 0; i++) {
        limits[i] = operations / bench_sgemm_speed(b);
        pass(network, tape, pictures); /* warms up */
        times[i] = pass(network, tape, pictures);
        ratios[i] = times[i] / limits[i];
    }
    if (operations >= 0)
        bench_print(b, &(figure){.name = name,
                                 .unit = "ms",
                                 .value = 1e3 * bench_median(times, b->repetitions),
                                 .limit = 1e3 * bench_median(limits, b->repetitions),
                                 .ratio = bench_median(ratios, b->repetitions)});
    return operations >= 0;
}

static bool bench_row(bench *b, const growth *g)
{
    char name[64];
    snprintf(name, sizeof name, "%s: %d pictures %dx%dx%d", g->with, (int)g->batch, (int)g->size, (int)g->size,
             (int)g->width);
    if (!bench_wants(b, name))
        return true;
    gn_module *network = down_and_up(b->context, g->width);
    gn_tape *tape = gn_tape_new(b->context);
    gn_tensor *pictures = gn_tensor_new(b->context, GN_SHAPE(g->batch, g->size, g->size, g->width));
    const bool made = network != NULL && tape != NULL && pictures != NULL;
    gn_random random = {.seed = 1};
    if (made)
        gn_random_fill_normal(&random, gn_tensor_data(pictures), gn_tensor_count(pictures), 0, 1);
    const bool done = made && measure(b, name, network, tape, pictures);
    gn_tape_free(tape);
    gn_tensor_free(pictures);
    gn_module_free(network);
    return done;
}

int main(int argc, char **argv)
{
    bench b;
    if (!bench_open(&b, argc, argv, 5))
        return bench_close(&b, 2);
    bool done = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && done; i++)
        done = bench_row(&b, &rows[i]);
    return bench_close(&b, done ? EXIT_SUCCESS : EXIT_FAILURE);
}
