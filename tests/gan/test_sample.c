/* SPDX-License-Identifier: MIT */
/* tests/gan/test_sample.c - drawing pictures: repeatable, independent of company, without side effects. */
#include "gan/gan.h"
#include "gan/networks.h"
#include "test.h"

#include <string.h>

typedef struct studio {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
} studio;

static studio studio_new(float average_decay)
{
    studio s = {.context = gn_context_new(&(gn_context_options){.seed = 2, .threads = 2})};
    s.options = tiny_options(s.context, 0.8f);
    s.options.average_decay = average_decay;
    s.gan = gn_gan_new(s.context, &s.options);
    tiny_data data = tiny_data_new(s.context, 8, 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gn_gan_step(s.gan, &data.batch, NULL), GN_OK);
    tiny_data_free(&data);
    return s;
}

static void studio_free(studio *s)
{
    gn_gan_free(s->gan);
    gn_module_free(s->options.generator);
    gn_module_free(s->options.discriminator);
    gn_context_free(s->context);
}

static gn_tensor *draw(studio *s, const gn_sample_options *options)
{
    gn_tensor *images = gn_gan_sample(s->gan, options);
    if (images == NULL)
        fail_msg("%s", gn_context_message(s->context));
    return images;
}

static bool equal(const gn_tensor *a, const gn_tensor *b)
{
    return gn_shape_equal(gn_tensor_shape(a), gn_tensor_shape(b)) &&
           memcmp(gn_tensor_values(a), gn_tensor_values(b), (size_t)gn_tensor_count(a) * sizeof(gn_real)) == 0;
}

static void test_repeatable_and_seeded(void **state)
{
    (void)state;
    studio s = studio_new(0);
    gn_tensor *first = draw(&s, &(gn_sample_options){.seed = 9, .per_class = 4});
    gn_tensor *again = draw(&s, &(gn_sample_options){.seed = 9, .per_class = 4});
    gn_tensor *other = draw(&s, &(gn_sample_options){.seed = 10, .per_class = 4});
    assert_true(gn_shape_equal(gn_tensor_shape(first), GN_SHAPE(8, 4, 4, 1)));
    assert_true(equal(first, again));
    assert_false(equal(first, other));
    gn_tensor_free(first);
    gn_tensor_free(again);
    gn_tensor_free(other);
    studio_free(&s);
}

/* The fault of samplers that normalise with the batch: a picture that changes with the others drawn with it. */
static void test_a_picture_does_not_depend_on_its_company(void **state)
{
    (void)state;
    studio s = studio_new(0);
    gn_tensor *labels = gn_tensor_new(s.context, GN_SHAPE(70)), *one = gn_tensor_new(s.context, GN_SHAPE(1));
    for (int i = 0; i < 70; i++)
        gn_tensor_data(labels)[i] = (gn_real)(i % 2);
    gn_tensor *many = draw(&s, &(gn_sample_options){.seed = 9, .labels = labels});
    gn_tensor *single = draw(&s, &(gn_sample_options){.seed = 9, .labels = one});
    assert_memory_equal(gn_tensor_values(many), gn_tensor_values(single), 16 * sizeof(gn_real));
    gn_tensor_free(labels);
    gn_tensor_free(one);
    gn_tensor_free(many);
    gn_tensor_free(single);
    studio_free(&s);
}

static void test_sampling_changes_nothing(void **state)
{
    (void)state;
    studio s = studio_new(0.5f), plain = studio_new(0.5f);
    gn_tensor_free(draw(&s, &(gn_sample_options){.seed = 1, .per_class = 5}));
    gn_tensor_free(draw(&s, &(gn_sample_options){.seed = 1, .per_class = 5, .average = true}));
    assert_true(gn_module_training(s.options.generator));
    tiny_data data = tiny_data_new(s.context, 8, 1), plain_data = tiny_data_new(plain.context, 8, 1);
    assert_int_equal(gn_gan_step(s.gan, &data.batch, NULL), GN_OK);
    assert_int_equal(gn_gan_step(plain.gan, &plain_data.batch, NULL), GN_OK);
    for (size_t i = 0; i < gn_module_tensor_count(s.options.generator); i++)
        assert_true(equal(gn_module_tensor(s.options.generator, i).tensor,
                          gn_module_tensor(plain.options.generator, i).tensor));
    tiny_data_free(&data);
    tiny_data_free(&plain_data);
    studio_free(&s);
    studio_free(&plain);
}

static void test_a_generator_alone_draws_the_same(void **state)
{
    (void)state;
    studio s = studio_new(0);
    const gn_sample_options options = {.seed = 3, .per_class = 2};
    gn_tensor *with = draw(&s, &options);
    gn_tensor *alone = gn_generator_sample(s.options.generator, TINY_CLASSES, &s.options.latent, &options);
    assert_non_null(alone);
    assert_true(equal(with, alone));
    gn_tensor_free(with);
    gn_tensor_free(alone);
    studio_free(&s);
}

static void expect_refused(studio *s, const gn_sample_options *options, const char *text)
{
    assert_null(gn_gan_sample(s->gan, options));
    if (strstr(gn_context_message(s->context), text) == NULL)
        fail_msg("'%s' does not say '%s'", gn_context_message(s->context), text);
}

static void test_wrong_calls_are_refused(void **state)
{
    (void)state;
    studio s = studio_new(0);
    gn_tensor *labels = gn_tensor_new(s.context, GN_SHAPE(3));
    gn_tensor_data(labels)[1] = 2;
    expect_refused(&s, NULL, "the options are NULL");
    expect_refused(&s, &(gn_sample_options){.per_class = 0}, "per_class is 0, expected at least 1");
    expect_refused(&s, &(gn_sample_options){.per_class = 1, .labels = labels}, "both given");
    expect_refused(&s, &(gn_sample_options){.labels = labels}, "index 1 is 2, expected a whole number from 0 to 1");
    expect_refused(&s, &(gn_sample_options){.per_class = 1, .average = true}, "keeps no running average");
    assert_null(gn_generator_sample(s.options.generator, TINY_CLASSES, &s.options.latent,
                                    &(gn_sample_options){.per_class = 1, .average = true}));
    assert_message(s.context, GN_ERROR_STATE, "sample: 'generator' stands alone, without a running average");
    assert_null(gn_generator_sample(s.options.generator, -3, &s.options.latent, &(gn_sample_options){.per_class = 1}));
    assert_message(s.context, GN_ERROR_ARGUMENT, "sample: condition_size is -3, expected at least 0");
    gn_tensor_free(labels);
    studio_free(&s);
}

static void expect_no_sample(gn_gan *gan, const gn_sample_options *options, const char *message)
{
    gn_context *context = gan->context;
    assert_null(gn_gan_sample(gan, options));
    assert_message_has(context, gn_context_status(context), message);
}

/* Rows in place of class numbers are the same labels when they are one-hot, and others between; noise that was drawn
 * before is the noise that would have been drawn. */
static void test_given_noise_and_rows(void **state)
{
    (void)state;
    studio s = studio_new(0);
    const gn_real numbers[] = {0, 1, 1}, rows[] = {1, 0, 0, 1, 0, 1}, halves[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    gn_tensor *by_number = gn_tensor_from(s.context, GN_SHAPE(3), numbers);
    gn_tensor *by_row = gn_tensor_from(s.context, GN_SHAPE(3, 2), rows);
    gn_tensor *mixed = gn_tensor_from(s.context, GN_SHAPE(3, 2), halves);
    gn_tensor *noise = gn_latent_draw(s.context, &(gn_latent){.size = TINY_LATENT}, 3, 9, 0);
    gn_tensor *first = draw(&s, &(gn_sample_options){.seed = 9, .labels = by_number});
    gn_tensor *second = draw(&s, &(gn_sample_options){.labels = by_row, .noise = noise});
    gn_tensor *third = draw(&s, &(gn_sample_options){.labels = mixed, .noise = noise});
    gn_tensor *narrow = draw(&s, &(gn_sample_options){.seed = 9, .labels = by_number, .truncation = 0.5f});
    assert_true(equal(first, second) && !equal(first, third) && !equal(first, narrow));
    expect_no_sample(s.gan, &(gn_sample_options){.labels = noise}, "sample: labels are [3,3], expected [N] or [N,2]");
    expect_no_sample(s.gan, &(gn_sample_options){.labels = by_row, .noise = by_row},
                     "sample: noise is [3,2], expected [3,3]");
    expect_no_sample(s.gan, &(gn_sample_options){.labels = by_row, .noise = noise, .truncation = 1},
                     "sample: noise and truncation were both given");
    expect_no_sample(s.gan, &(gn_sample_options){.per_class = 1, .truncation = 0.01f},
                     "latent: truncation is 0.01, expected 0 or at least 1/16");
    assert_null(gn_generator_sample(s.options.generator, 0, &(gn_latent){.size = TINY_LATENT},
                                    &(gn_sample_options){.labels = by_number}));
    assert_message(s.context, GN_ERROR_ARGUMENT, "sample: labels were given, but the generator is unconditional");
    expect_no_sample(s.gan, NULL, "sample: the options are NULL");
    s.gan->options.condition_size = 2; /* as if rows were conditions */
    expect_no_sample(s.gan, &(gn_sample_options){.per_class = 1},
                     "sample: labels are NULL, expected rows of conditions [N,2]");
    expect_no_sample(s.gan, &(gn_sample_options){.labels = by_number},
                     "sample: labels are [3], expected rows of conditions [N,2]");
    expect_no_sample(s.gan, &(gn_sample_options){.labels = noise},
                     "sample: labels are [3,3], expected rows of conditions [N,2]");
    gn_tensor *conditions = draw(&s, &(gn_sample_options){.labels = by_row, .noise = noise});
    assert_true(equal(first, conditions));
    gn_tensor *all[] = {by_number, by_row, mixed, noise, first, second, third, narrow, conditions};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gn_tensor_free(all[i]);
    studio_free(&s);
}

/* Pictures pass through the network 32 at once: those of the second pass and the third have noise and labels of their
 * own. */
static void test_more_pictures_than_pass_at_once(void **state)
{
    (void)state;
    enum { COUNT = 70 };
    studio s = studio_new(0);
    gn_real numbers[COUNT], rows[2 * COUNT] = {0};
    for (int i = 0; i < COUNT; i++) {
        numbers[i] = i >= 33;
        rows[2 * i + (i >= 33)] = 1;
    }
    gn_tensor *by_number = gn_tensor_from(s.context, GN_SHAPE(COUNT), numbers);
    gn_tensor *by_row = gn_tensor_from(s.context, GN_SHAPE(COUNT, 2), rows);
    gn_tensor *noise = gn_latent_draw(s.context, &(gn_latent){.size = TINY_LATENT}, COUNT, 9, 0);
    gn_tensor *first = draw(&s, &(gn_sample_options){.seed = 9, .labels = by_number});
    gn_tensor *second = draw(&s, &(gn_sample_options){.labels = by_row, .noise = noise});
    assert_true(equal(first, second));
    assert_memory_not_equal(gn_tensor_values(first), gn_tensor_values(first) + 32 * 16, 16 * sizeof(gn_real));
    gn_tensor *all[] = {by_number, by_row, noise, first, second};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        gn_tensor_free(all[i]);
    studio_free(&s);
}

static gn_var *all_in_one(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    return count == 2 ? gn_mean(inputs[0], GN_ALL_AXES, false) : NULL;
}

static gn_var *twice_as_many(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    return count == 2 ? gn_reshape(inputs[0], GN_SHAPE(2 * gn_var_shape(inputs[0]).size[0], 1)) : NULL;
}

static gn_var *larger_for_a_few(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    return gn_slice(inputs[0], 1, 0, gn_var_shape(inputs[0]).size[0] < 32 ? 2 : 1);
}

/* A generator of one's own that gives another number of pictures than it was asked for, or of another size later. */
static void test_as_many_pictures_as_asked_for(void **state)
{
    (void)state;
    static const gn_module_class kinds[] = {{.name = "one", .forward = all_in_one, .inputs = 2},
                                            {.name = "twice", .forward = twice_as_many, .inputs = 2},
                                            {.name = "larger", .forward = larger_for_a_few, .inputs = 2}};
    static const int64_t per_class[] = {1, 1, 11};
    static const char *const messages[] = {
        "sample: the generator gives [] for 3 pictures, expected [3,...]",
        "sample: the generator gives [6,1] for 3 pictures, expected [3,...]",
        "sample: the generator gives [1,2] for 1 pictures, expected [1,...] as large as those before"};
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    for (int i = 0; i < 3; i++) {
        gn_module *generator = gn_module_new(context, &kinds[i], NULL, 0);
        assert_null(gn_generator_sample(generator, 3, &(gn_latent){.size = 2},
                                        &(gn_sample_options){.per_class = per_class[i]}));
        assert_message(context, GN_ERROR_SHAPE, messages[i]);
        gn_module_free(generator);
    }
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeatable_and_seeded),
        cmocka_unit_test(test_a_picture_does_not_depend_on_its_company),
        cmocka_unit_test(test_sampling_changes_nothing),
        cmocka_unit_test(test_a_generator_alone_draws_the_same),
        cmocka_unit_test(test_wrong_calls_are_refused),
        cmocka_unit_test(test_given_noise_and_rows),
        cmocka_unit_test(test_more_pictures_than_pass_at_once),
        cmocka_unit_test(test_as_many_pictures_as_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
