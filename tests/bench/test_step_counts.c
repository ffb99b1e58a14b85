/* SPDX-License-Identifier: MIT */
/* tests/bench/test_step_counts.c - what a training step does, counted: a second computation of a gradient, or one more
 * pass over memory, fails here on any machine, however noisy.
 *
 * Calls, operations and bytes of each kernel are compared exactly with step_counts.txt, memory within 3 %. After a
 * change that is meant:
 *     test_bench_step_counts --print > tests/bench/step_counts.txt     and the difference belongs into the commit */
#include "common/counting.h"
#include "common/work.h"
#include "core/context.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef double work_call(work *w);

static const struct {
    const char *name, *work;
    int64_t batch;
    work_call *call;
} steps[] = {{"dcgan", "dcgan", 8, work_step},
             {"critic_gp", "critic_gp", 4, work_step},
             {"mlp_cgan", "mlp_cgan", 8, work_step},
             {"mnist_cnn", "mnist_cnn", 4, work_step},
             {"dcgan_inference", "dcgan", 1, work_infer}};

enum { STEPS = sizeof steps / sizeof *steps };

/* Runs a step, or an inference, when memory is warm, and counts it. What kernels hold as scratch differs with the
 * processor and is left out; so does what the address sanitizer adds, which is not asked for then. */
static gn_memory_use count_call(const char *kind, int64_t batch, work_call *call)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    work *w = work_new(context, kind, batch, true);
    assert_non_null(w);
    assert_true(work_rounds(w, 2) >= 0);
    for (int i = 0; i < 2 && call != work_step; i++) /* a tape has two memories, in turn */
        assert_true(call(w) >= 0);
    const gn_memory_use before = gn_context_memory(context);
    const gn__kernels *kernels = context->kernels;
    context->kernels = counting_start();
    assert_true(call(w) >= 0);
    context->kernels = kernels;
    gn_memory_use use = gn_context_memory(context);
    use.allocations -= before.allocations;
    use.bytes -= context->scratch.size + context->worker_scratch.size;
    work_free(w);
    gn_context_free(context);
    return use;
}

static gn_memory_use count_step(const char *kind, int64_t batch)
{
    return count_call(kind, batch, work_step);
}

/* The line that a count is kept as. */
static const char *line_of(const char *kind, const kernel_count *c, char line[160])
{
    snprintf(line, 160, "%s %s: %lld calls, %lld operations, %lld bytes\n", kind, c->name, (long long)c->calls,
             (long long)c->operations, (long long)c->bytes);
    return line;
}

static void print_all(void)
{
    char line[160];
    for (int i = 0; i < STEPS; i++) {
        const gn_memory_use use = count_call(steps[i].work, steps[i].batch, steps[i].call);
        for (int k = 0; k < counting_kernels; k++)
            if (counting_of(k)->calls > 0)
                fputs(line_of(steps[i].name, counting_of(k), line), stdout);
        const kernel_count total = counting_total();
        fputs(line_of(steps[i].name, &total, line), stdout);
        printf("%s memory: %zu bytes\n", steps[i].name, use.bytes);
    }
}

/* The committed line that begins so; fails when there is none. */
static void find_line(const char *beginning, char line[160])
{
    FILE *file = fopen(GN_TESTS_DIR "/bench/step_counts.txt", "r");
    bool found = false;
    assert_non_null(file);
    while (!found && fgets(line, 160, file) != NULL)
        found = strncmp(line, beginning, strlen(beginning)) == 0;
    fclose(file);
    if (!found)
        fail_msg("step_counts.txt has no line for %s", beginning);
}

static void compare_kernels(const char *kind)
{
    char expected[160], counted[160], beginning[64];
    for (int k = 0; k < counting_kernels; k++) {
        if (counting_of(k)->calls == 0)
            continue;
        snprintf(beginning, sizeof beginning, "%s %s:", kind, counting_of(k)->name);
        find_line(beginning, expected);
        assert_string_equal(line_of(kind, counting_of(k), counted), expected);
    }
    snprintf(beginning, sizeof beginning, "%s total:", kind);
    find_line(beginning, expected);
    const kernel_count total = counting_total();
    assert_string_equal(line_of(kind, &total, counted), expected);
}

static void compare_memory(const char *kind, gn_memory_use use)
{
    (void)kind;
#if !defined(__SANITIZE_ADDRESS__)
    char expected[160], beginning[64];
    snprintf(beginning, sizeof beginning, "%s memory:", kind);
    find_line(beginning, expected);
    const double ratio = (double)use.bytes / atof(expected + strlen(beginning));
    if (!(fabs(ratio - 1) < 0.03))
        fail_msg("%s holds %zu bytes, expected %s", kind, use.bytes, expected + strlen(beginning));
#endif
    assert_int_equal(use.allocations, 0);
}

static void test_steps_do_what_they_did(void **state)
{
    (void)state;
    for (int i = 0; i < STEPS; i++) {
        const gn_memory_use use = count_call(steps[i].work, steps[i].batch, steps[i].call);
        compare_kernels(steps[i].name);
        compare_memory(steps[i].name, use);
    }
}

/* The hand-made sum of docs/performance.md: what a step of dcgan needs for a picture, layer by layer. */
static void test_dcgan_multiplies_no_more_than_it_needs(void **state)
{
    (void)state;
    const int64_t project = 110 * 12544, up1 = 49 * 256 * 128 * 16, up2 = 196 * 128 * 64 * 16, picture = 784 * 64 * 9;
    const int64_t label = 10 * 784, down1 = 196 * 2 * 64 * 16, down2 = 49 * 64 * 128 * 16, logit = 6272;
    const int64_t generator = 2 * project + 3 * (up1 + up2 + picture); /* noise and labels get no gradient */
    const int64_t forward = label + down1 + down2 + logit;
    const int64_t weights = forward,
                  inputs = down1 + down2 + logit; /* gradients; that of down1's input is for the label's plane */
    count_step("dcgan", 1);
    const int64_t needed = 2 * (generator + 3 * forward + 2 * (weights + inputs) + inputs);
    assert_int_equal(counting_total().operations, needed);
}

/* A gradient penalty costs a critic's step at most 1.8 times what it does without, in arithmetic and in memory
 * traffic. */
static void test_the_penalty_is_cheap(void **state)
{
    (void)state;
    count_step("critic", 4);
    const kernel_count plain = counting_total();
    count_step("critic_gp", 4);
    const kernel_count penalised = counting_total();
    const double arithmetic = (double)penalised.operations / (double)plain.operations;
    const double traffic = (double)penalised.bytes / (double)plain.bytes;
    print_message("operations x %.2f, bytes x %.2f\n", arithmetic, traffic);
    assert_true(arithmetic > 1 && arithmetic <= 1.8);
    assert_true(traffic > 1 && traffic <= 1.8);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_do_what_they_did),
        cmocka_unit_test(test_dcgan_multiplies_no_more_than_it_needs),
        cmocka_unit_test(test_the_penalty_is_cheap),
    };
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        print_all();
        return EXIT_SUCCESS;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
