/* SPDX-License-Identifier: MIT */
/* tests/gan/test_standing.c - batch norm's averages re-estimated for the weights as they are. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static void averaged(gn_gan_options *o)
{
    o->average_decay = 0.5f;
}

static gn_tensor *buffer_of(const gn_module *module, const char *part)
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
        gn__latent_fill(&g.gan->options.latent, 0, &random, 5, z);
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

/* What the averages were before does not matter, be it no number. */
static void test_averages_that_are_no_numbers_heal(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, NULL);
    gn_tensor *mean = buffer_of(g.options.generator, "running_mean");
    gn_tensor *variance = buffer_of(g.options.generator, "running_variance");
    assert_int_equal(gn_gan_standing_statistics(g.gan, NULL), GN_OK);
    const gn_real right[] = {gn_tensor_values(mean)[1], gn_tensor_values(variance)[0]};
    gn_tensor_data(mean)[1] = NAN;
    gn_tensor_data(variance)[0] = INFINITY;
    assert_int_equal(gn_gan_standing_statistics(g.gan, NULL), GN_OK);
    assert_true(gn_tensor_values(mean)[1] == right[0] && gn_tensor_values(variance)[0] == right[1]);
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

/* Alone the generator gets the same numbers, and rows that are all classes do what drawn classes do on average. */
static void test_of_a_generator_alone(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, NULL);
    play(&g, 3, NULL);
    gn_module *generator = g.options.generator;
    const gn_latent latent = {.size = TINY_LATENT};
    const gn_standing_options options = {.batches = 4, .size = 8, .seed = 3};
    assert_int_equal(gn_gan_standing_statistics(g.gan, &options), GN_OK);
    const uint64_t in_the_game = bits_of(generator, NULL);
    play(&g, 0, NULL);
    assert_int_equal(gn_generator_standing_statistics(generator, TINY_CLASSES, &latent, &options), GN_OK);
    assert_true(bits_of(generator, NULL) == in_the_game);

    static const gn_real rows[] = {0, 1, 1, 0};
    uint64_t of_rows[2];
    for (int i = 0; i < 2; i++) { /* class 1 alone, then both */
        gn_tensor *labels = gn_tensor_from(g.context, GN_SHAPE(1 + i, TINY_CLASSES), rows);
        const gn_standing_options given = {.batches = 4, .size = 8, .seed = 3, .labels = labels};
        assert_int_equal(gn_generator_standing_statistics(generator, TINY_CLASSES, &latent, &given), GN_OK);
        of_rows[i] = bits_of(generator, NULL);
        gn_tensor_free(labels);
    }
    assert_true(of_rows[0] != in_the_game && of_rows[1] != of_rows[0]);
    game_free(&g);
}

/* The average in a module of its own draws what the gan draws with it. */
static void test_copy_of_the_average(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, averaged), plain = game_new(1, 0.99f, NULL);
    play(&g, 3, NULL);
    const gn_latent latent = {.size = TINY_LATENT};
    assert_int_equal(gn_gan_copy_average(g.gan, plain.options.generator), GN_OK);
    gn_tensor *own = gn_gan_sample(g.gan, &(gn_sample_options){.per_class = 2, .average = true});
    gn_tensor *copied = gn_generator_sample(plain.options.generator, TINY_CLASSES, &latent,
                                            &(gn_sample_options){.per_class = 2});
    assert_memory_equal(gn_tensor_values(own), gn_tensor_values(copied),
                        (size_t)gn_tensor_count(own) * sizeof(gn_real));
    gn_tensor_free(own);
    gn_tensor_free(copied);
    assert_int_equal(gn_gan_copy_average(NULL, NULL), GN_ERROR_ARGUMENT);
    gn_gan_copy_average(plain.gan, g.options.generator);
    assert_message(plain.context, GN_ERROR_STATE,
                   "copy average: the gan keeps no running average (average_decay is 0)");
    assert_int_equal(gn_gan_copy_average(g.gan, g.options.discriminator), GN_ERROR_SHAPE);
    gn_gan_copy_average(g.gan, g.options.generator);
    assert_message(g.context, GN_ERROR_ARGUMENT,
                   "copy average: 'generator' is the generator that is being trained, expected another module");
    game_free(&plain);
    game_free(&g);
}

/* Noise that does not fit fails, and the averages stay. */
static void test_a_failure_changes_nothing(void **state)
{
    (void)state;
    game g = game_new(1, 0.99f, NULL);
    play(&g, 3, NULL);
    const uint64_t before = bits_of(g.options.generator, NULL);
    const gn_latent wide = {.size = TINY_LATENT + 1};
    assert_int_equal(gn_generator_standing_statistics(g.options.generator, TINY_CLASSES, &wide, NULL), GN_ERROR_SHAPE);
    assert_true(bits_of(g.options.generator, NULL) == before);
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
    const gn_latent latent = {.size = TINY_LATENT};
    gn_real row[7] = {0};
    gn_tensor *labels = gn_tensor_from(g.context, GN_SHAPE(1, 7), row);
    gn_generator_standing_statistics(g.options.generator, TINY_CLASSES, &latent,
                                     &(gn_standing_options){.labels = labels});
    assert_message_has(g.context, GN_ERROR_SHAPE, "labels are [1,7], expected rows [N,");
    gn_generator_standing_statistics(g.options.generator, 0, &latent, &(gn_standing_options){.labels = labels});
    assert_message_has(g.context, GN_ERROR_ARGUMENT, "labels are [1,7], but 'generator' takes none, expected NULL");
    gn_tensor_free(labels);
    gn_generator_standing_statistics(g.options.generator, -1, &latent, NULL);
    assert_message(g.context, GN_ERROR_ARGUMENT, "standing statistics: condition_size is -1, expected at least 0");
    gn_generator_standing_statistics(g.options.generator, TINY_CLASSES, &latent,
                                     &(gn_standing_options){.average = true});
    assert_message_has(g.context, GN_ERROR_STATE, "'generator' stands alone, without a running average");
    assert_int_equal(gn_generator_standing_statistics(NULL, 0, &latent, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_generator_standing_statistics(g.options.generator, 0, NULL, NULL), GN_ERROR_ARGUMENT);
    g.gan->options.condition_size = 4;
    gn_gan_standing_statistics(g.gan, NULL);
    assert_message_has(g.context, GN_ERROR_UNSUPPORTED,
                       "conditions cannot be drawn (condition_size is 4), expected some as labels");
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_over_batches),
        cmocka_unit_test(test_averages_that_are_no_numbers_heal),
        cmocka_unit_test(test_of_the_average),
        cmocka_unit_test(test_of_a_generator_alone),
        cmocka_unit_test(test_copy_of_the_average),
        cmocka_unit_test(test_a_failure_changes_nothing),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
