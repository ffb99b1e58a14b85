/* SPDX-License-Identifier: MIT */
/* tests/gan/test_inference.c - a generator at work, and everything as it was when it is done. */
#include "gan/gan.h"
#include "gan/networks.h"
#include "test.h"

typedef struct fixture {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
} fixture;

static int open_game(void **state)
{
    static fixture f;
    f.context = gn_context_new(&(gn_context_options){.seed = 2, .threads = 1});
    f.options = tiny_options(f.context, 0.8f);
    f.options.average_decay = 0.5f;
    f.gan = gn_gan_new(f.context, &f.options);
    tiny_data data = tiny_data_new(f.context, 8, 1);
    assert_int_equal(gn_gan_step(f.gan, &data.batch, NULL), GN_OK);
    tiny_data_free(&data);
    *state = &f;
    return 0;
}

static int close_game(void **state)
{
    fixture *f = *state;
    gn_gan_free(f->gan);
    gn_module_free(f->options.generator);
    gn_module_free(f->options.discriminator);
    gn_context_free(f->context);
    return 0;
}

static gn_real first_weight(const fixture *f)
{
    return gn_tensor_values(gn_module_tensor(f->options.generator, 0).tensor)[0];
}

static void test_the_average_stands_in_for_the_weights(void **state)
{
    fixture *f = *state;
    gn__inference inference;
    const gn_real weight = first_weight(f), average = gn_tensor_values(f->gan->average[0])[0];
    assert_true(weight < average || weight > average);
    assert_int_equal(gn__inference_of_game(&inference, f->gan, true, "test"), GN_OK);
    assert_true(first_weight(f) <= average && first_weight(f) >= average);
    assert_int_equal(inference.condition_size, TINY_CLASSES);
    assert_int_equal(inference.latent.size, TINY_LATENT);
    gn__inference_close(&inference);
    assert_true(first_weight(f) <= weight && first_weight(f) >= weight);
}

static void test_modes_and_recording_are_put_back(void **state)
{
    fixture *f = *state;
    gn__inference inference;
    gn_module *generator = f->options.generator, *child = gn_module_child(generator, 0);
    gn_module_set_training(generator, true);
    gn_module_set_training(child, false);
    assert_int_equal(gn__inference_of_game(&inference, f->gan, false, "test"), GN_OK);
    assert_ptr_equal(inference.tape, f->gan->tape);
    assert_false(gn_tape_set_recording(inference.tape, true));
    gn_module_set_training(generator, false);
    gn__inference_close(&inference);
    assert_true(gn_tape_set_recording(f->gan->tape, true));
    assert_true(gn_module_training(generator));
    assert_false(gn_module_training(child));
}

static void test_one_that_stands_alone(void **state)
{
    fixture *f = *state;
    gn__inference inference;
    gn_module *generator = f->options.generator;
    const gn_latent latent = {.size = TINY_LATENT};
    assert_int_equal(gn__inference_alone(&inference, generator, TINY_CLASSES, &latent, false, "test"), GN_OK);
    assert_ptr_not_equal(inference.tape, f->gan->tape);
    assert_int_equal(inference.latent.distribution, GN_LATENT_NORMAL);
    gn__inference_close(&inference);
    assert_int_equal(gn__inference_alone(&inference, generator, 0, NULL, false, "test"), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "test: the latent is NULL");
    assert_int_equal(gn__inference_alone(&inference, generator, -1, &latent, false, "test"), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "test: condition_size is -1, expected at least 0");
    gn_module *blind = gn_relu_layer(f->context);
    assert_int_equal(gn__inference_alone(&inference, blind, 2, &latent, false, "test"), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "test: 'relu' does not take two inputs: the label would not reach it");
    gn_module_free(blind);
    assert_int_equal(gn__inference_alone(&inference, generator, 0, &latent, true, "test"), GN_ERROR_STATE);
    assert_message_has(f->context, GN_ERROR_STATE, "stands alone, without a running average");
    assert_int_equal(gn__inference_alone(&inference, NULL, 0, &latent, false, "test"), GN_ERROR_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_average_stands_in_for_the_weights, open_game, close_game),
        cmocka_unit_test_setup_teardown(test_modes_and_recording_are_put_back, open_game, close_game),
        cmocka_unit_test_setup_teardown(test_one_that_stands_alone, open_game, close_game),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
