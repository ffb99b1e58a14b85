/* SPDX-License-Identifier: MIT */
/* tests/gan/test_standing.c - batch norm's averages re-estimated for the weights as they are. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static void averaged(gn_gan_options *o)
{
    o->average_decay = 0.5f;
}

static const gn_tensor *buffer_of(const gn_module *module, const char *part)
{
    for (size_t i = 0; i < gn_module_tensor_count(module); i++)
        if (strstr(gn_module_tensor(module, i).name, part) != NULL)
            return gn_module_tensor(module, i).tensor;
    return NULL;
}

/* The mean over 3 batches of what batch norm sees, worked out beside it from the weights before the norm. */
static void test_mean_over_batches(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, NULL);
    play(&g, 3, NULL);
    const uint64_t weights = bits_of(g.options.generator, "weight");
    const gn_standing_options options = {.batches = 3, .size = 5, .seed = 9};
    assert_int_equal(gn_gan_standing_statistics(g.gan, &options), GN_OK);
    const gn_real *w = gn_tensor_values(buffer_of(g.options.generator, "project.weight"));
    double mean[2] = {0}, variance[2] = {0};
    for (int b = 0; b < 3; b++) {
        gn_random random = {.seed = 9, .stream = (uint64_t)b};
        gn_real z[5 * TINY_LATENT];
        gn__latent_fill(&g.gan->options.latent, &random, 5, z);
        double sum[2] = {0}, squares[2] = {0};
        for (int i = 0; i < 5; i++) {
            const int label = (int)gn_random_integer(&random, TINY_CLASSES);
            for (int o = 0; o < 8; o++) {
                double x = (double)w[(TINY_LATENT + label) * 8 + o];
                for (int j = 0; j < TINY_LATENT; j++)
                    x += (double)z[i * TINY_LATENT + j] * (double)w[j * 8 + o];
                sum[o % 2] += x;
                squares[o % 2] += x * x;
            }
        }
        for (int c = 0; c < 2; c++) {
            mean[c] += sum[c] / 20 / 3;
            variance[c] += (squares[c] / 20 - sum[c] / 20 * sum[c] / 20) / 3;
        }
    }
    for (int c = 0; c < 2; c++) {
        assert_true(fabs((double)gn_tensor_values(buffer_of(g.options.generator, "running_mean"))[c] - mean[c]) < 1e-5);
        assert_true(
            fabs((double)gn_tensor_values(buffer_of(g.options.generator, "running_variance"))[c] - variance[c]) < 1e-5);
    }
    assert_true(bits_of(g.options.generator, "weight") == weights);
    game_free(&g);
}

/* For the running average the generator itself stays as it is. */
static void test_of_the_average(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, averaged);
    play(&g, 3, NULL);
    const uint64_t generator = bits_of(g.options.generator, NULL);
    gn_tensor *before = gn_gan_sample(g.gan, &(gn_sample_options){.per_class = 2, .average = true});
    assert_int_equal(gn_gan_standing_statistics(g.gan, &(gn_standing_options){.average = true}), GN_OK);
    gn_tensor *after = gn_gan_sample(g.gan, &(gn_sample_options){.per_class = 2, .average = true});
    assert_true(bits_of(g.options.generator, NULL) == generator);
    assert_true(gn_tensor_values(before)[0] != gn_tensor_values(after)[0]);
    gn_tensor_free(before);
    gn_tensor_free(after);
    game_free(&g);
}

static void test_refusals(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, NULL);
    assert_int_equal(gn_gan_standing_statistics(NULL, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_gan_standing_statistics(g.gan, NULL), GN_OK);
    gn_gan_standing_statistics(g.gan, &(gn_standing_options){.average = true});
    assert_message(g.context, GN_ERROR_STATE,
                   "standing statistics: the gan keeps no running average (average_decay is 0)");
    gn_gan_standing_statistics(g.gan, &(gn_standing_options){.size = 1});
    assert_message_has(g.context, GN_ERROR_ARGUMENT, "batches is 16 and size 1, expected at least 1 and 2 to");
    g.gan->options.condition_size = 4;
    gn_gan_standing_statistics(g.gan, NULL);
    assert_message_has(g.context, GN_ERROR_UNSUPPORTED, "conditions cannot be drawn (condition_size is 4)");
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_over_batches),
        cmocka_unit_test(test_of_the_average),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
