/* SPDX-License-Identifier: MIT */
/* tests/gan/test_average.c - the running average of the generator, buffers included. */
#include "gan/gan.h"
#include "gan/networks.h"
#include "test.h"

#include <math.h>
#include <string.h>

typedef struct fixture {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
    tiny_data data;
} fixture;

static int open_game(void **state)
{
    static fixture f;
    f.context = gn_context_new(&(gn_context_options){.seed = 2, .threads = 1});
    f.options = tiny_options(f.context, 0.8f);
    f.options.average_decay = 0.75f;
    f.gan = gn_gan_new(f.context, &f.options);
    f.data = tiny_data_new(f.context, 6, 1);
    *state = &f;
    return f.gan == NULL;
}

static int close_game(void **state)
{
    fixture *f = *state;
    tiny_data_free(&f->data);
    gn_gan_free(f->gan);
    gn_module_free(f->options.generator);
    gn_module_free(f->options.discriminator);
    gn_context_free(f->context);
    return 0;
}

static void test_average_follows_its_formula(void **state)
{
    const fixture *f = *state;
    enum { TENSORS = 16 };
    gn_real expected[TENSORS];
    const size_t count = gn_module_tensor_count(f->options.generator);
    assert_true(count > 5 && count <= TENSORS);
    for (size_t i = 0; i < count; i++)
        expected[i] = gn_tensor_values(gn_module_tensor(f->options.generator, i).tensor)[0];
    for (int step = 0; step < 4; step++) {
        assert_int_equal(gn_gan_step(f->gan, &f->data.batch, NULL), GN_OK);
        for (size_t i = 0; i < count; i++) {
            const gn_named_tensor now = gn_module_tensor(f->options.generator, i);
            expected[i] = 0.75f * expected[i] + 0.25f * gn_tensor_values(now.tensor)[0];
            assert_true(fabsf(gn_tensor_values(f->gan->average[i])[0] - expected[i]) < 1e-6f);
        }
    }
    /* Batch norm's running mean, a buffer, has moved with the weights. */
    bool buffer = false;
    for (size_t i = 0; i < count; i++)
        if (strstr(gn_module_tensor(f->options.generator, i).name, "running_mean") != NULL)
            buffer = gn_tensor_values(f->gan->average[i])[0] != 0;
    assert_true(buffer);
}

/* The average has a tensor for each of the generator's: one that comes later has none, even behind all others. */
static void test_a_generator_that_was_changed_is_refused(void **state)
{
    const fixture *f = *state;
    assert_int_equal(gn_gan_step(f->gan, &f->data.batch, NULL), GN_OK);
    gn_module *generator = f->options.generator;
    gn_module *last = gn_module_child(generator, gn_module_child_count(generator) - 1);
    assert_non_null(gn_module_add_buffer(last, "late", GN_SHAPE(1000), 0));
    static const char text[] =
        ": the tensors of 'generator' are not those of its running average: it was changed after "
        "gn_gan_new";
    assert_int_equal(gn_gan_step(f->gan, &f->data.batch, NULL), GN_ERROR_STATE);
    assert_message_has(f->context, GN_ERROR_STATE, text);
    assert_null(gn_gan_sample(f->gan, &(gn_sample_options){.per_class = 1, .average = true}));
    assert_message_has(f->context, GN_ERROR_STATE, text);
    assert_int_equal(gn_gan_copy_average(f->gan, f->options.discriminator), GN_ERROR_STATE);
    assert_int_equal(gn_gan_save(f->gan, "never.safetensors", NULL), GN_ERROR_STATE);
    assert_int_equal(gn_gan_standing_statistics(f->gan, &(gn_standing_options){.average = true}), GN_ERROR_STATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_average_follows_its_formula, open_game, close_game),
        cmocka_unit_test_setup_teardown(test_a_generator_that_was_changed_is_refused, open_game, close_game),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
