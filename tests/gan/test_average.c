/* SPDX-License-Identifier: MIT */
/* tests/gan/test_average.c - the running average of the generator, buffers included. */
#include "gan/gan.h"
#include "gan/networks.h"
#include "test.h"

#include <math.h>
#include <string.h>

static void test_average_follows_its_formula(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.seed = 2, .threads = 1});
    gn_gan_options options = tiny_options(context, 0.8f);
    options.average_decay = 0.75f;
    gn_gan *gan = gn_gan_new(context, &options);
    tiny_data data = tiny_data_new(context, 6, 1);
    enum { TENSORS = 16 };
    gn_real expected[TENSORS];
    const size_t count = gn_module_tensor_count(options.generator);
    assert_true(count > 5 && count <= TENSORS);
    for (size_t i = 0; i < count; i++)
        expected[i] = gn_tensor_values(gn_module_tensor(options.generator, i).tensor)[0];
    for (int step = 0; step < 4; step++) {
        assert_int_equal(gn_gan_step(gan, &data.batch, NULL), GN_OK);
        for (size_t i = 0; i < count; i++) {
            const gn_named_tensor now = gn_module_tensor(options.generator, i);
            expected[i] = 0.75f * expected[i] + 0.25f * gn_tensor_values(now.tensor)[0];
            assert_true(fabsf(gn_tensor_values(gan->average[i])[0] - expected[i]) < 1e-6f);
        }
    }
    /* Batch norm's running mean, a buffer, has moved with the weights. */
    bool buffer = false;
    for (size_t i = 0; i < count; i++)
        if (strstr(gn_module_tensor(options.generator, i).name, "running_mean") != NULL)
            buffer = gn_tensor_values(gan->average[i])[0] != 0;
    assert_true(buffer);
    tiny_data_free(&data);
    gn_gan_free(gan);
    gn_module_free(options.generator);
    gn_module_free(options.discriminator);
    gn_context_free(context);
}

/* The average has a tensor for each of the generator's: one that comes later has none. */
static void test_a_generator_that_was_changed_is_refused(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.seed = 2, .threads = 1});
    gn_gan_options options = tiny_options(context, 0.8f);
    options.average_decay = 0.75f;
    gn_gan *gan = gn_gan_new(context, &options);
    tiny_data data = tiny_data_new(context, 6, 1);
    assert_int_equal(gn_gan_step(gan, &data.batch, NULL), GN_OK);
    assert_non_null(gn_module_add_buffer(options.generator, "late", GN_SHAPE(1000), 0));
    static const char text[] =
        ": the tensors of 'generator' are not those of its running average: it was changed after "
        "gn_gan_new";
    assert_int_equal(gn_gan_step(gan, &data.batch, NULL), GN_ERROR_STATE);
    assert_message_has(context, GN_ERROR_STATE, text);
    assert_null(gn_gan_sample(gan, &(gn_sample_options){.per_class = 1, .average = true}));
    assert_message_has(context, GN_ERROR_STATE, text);
    assert_int_equal(gn_gan_copy_average(gan, options.discriminator), GN_ERROR_STATE);
    assert_int_equal(gn_gan_save(gan, "never.safetensors", NULL), GN_ERROR_STATE);
    assert_int_equal(gn_gan_standing_statistics(gan, &(gn_standing_options){.average = true}), GN_ERROR_STATE);
    tiny_data_free(&data);
    gn_gan_free(gan);
    gn_module_free(options.generator);
    gn_module_free(options.discriminator);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_average_follows_its_formula),
        cmocka_unit_test(test_a_generator_that_was_changed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
