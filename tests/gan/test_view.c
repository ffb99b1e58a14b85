/* SPDX-License-Identifier: MIT */
/* tests/gan/test_view.c - what the discriminator is shown: noise, packing, and labels that are wrong. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>
#include <stdlib.h>

static void noisy(gn_gan_options *o)
{
    o->instance_noise = 0.5f;
    o->instance_noise_steps = 4;
}

/* The deviation of what is added to pictures at a step. */
static double noise_at(game *g, int64_t step)
{
    enum { PICTURES = 500 };
    g->gan->steps = step;
    gn_tape_reset(g->gan->tape);
    gn_var *images = gn_full(g->gan->tape, GN_SHAPE(PICTURES, 4, 4, 1), 0.25f);
    const gn_real *seen = gn_var_data(gn__gan_show(g->gan, images, GN__REAL_VIEW, 0));
    double squares = 0;
    for (int i = 0; i < PICTURES * 16; i++)
        squares += ((double)seen[i] - 0.25) * ((double)seen[i] - 0.25);
    return sqrt(squares / (PICTURES * 16));
}

static void test_instance_noise_falls_to_nothing(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, noisy);
    assert_true(fabs(noise_at(&g, 0) - 0.5) < 0.02);
    assert_true(fabs(noise_at(&g, 1) - 0.375) < 0.015);
    assert_true(fabs(noise_at(&g, 3) - 0.125) < 0.005);
    assert_true(noise_at(&g, 4) == 0 && noise_at(&g, 400) == 0);
    g.gan->options.instance_noise_steps = 0;
    assert_true(fabs(noise_at(&g, 400) - 0.5) < 0.02);
    game_free(&g);
}

/* Real and fake pictures are changed by the same policy, but not by the same noise. */
static void test_views_have_noise_of_their_own(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, noisy);
    gn_var *images = gn_full(g.gan->tape, GN_SHAPE(2, 1, 1, 1), 0);
    const gn_real *real = gn_var_data(gn__gan_show(g.gan, images, GN__REAL_VIEW, 0));
    const gn_real *fake = gn_var_data(gn__gan_show(g.gan, images, GN__FAKE_VIEW, 0));
    const gn_real *later = gn_var_data(gn__gan_show(g.gan, images, GN__REAL_VIEW, 1));
    const gn_real *again = gn_var_data(gn__gan_show(g.gan, images, GN__REAL_VIEW, 0));
    assert_true(real[0] != fake[0] && real[0] != later[0] && real[0] == again[0] && real[0] != real[1]);
    game_free(&g);
}

/* [4,1,2,2] in twos: pixel p of a packed picture has the channels of both pictures there. */
static void test_packing(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    g.gan->options.packing = 2;
    gn_real numbers[16];
    for (int i = 0; i < 16; i++)
        numbers[i] = (gn_real)i;
    gn_var *seen = gn__gan_show(g.gan, gn_values(g.gan->tape, GN_SHAPE(4, 1, 2, 2), numbers), GN__REAL_VIEW, 0);
    assert_true(gn_shape_equal(gn_var_shape(seen), GN_SHAPE(2, 1, 2, 4)));
    const gn_real packed[16] = {0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15};
    assert_memory_equal(gn_var_data(seen), packed, sizeof packed);
    gn_var *label = gn__gan_show_conditions(g.gan, gn_values(g.gan->tape, GN_SHAPE(4, 2), numbers));
    assert_true(gn_shape_equal(gn_var_shape(label), GN_SHAPE(2, 4)));
    assert_memory_equal(gn_var_data(label), numbers, 8 * sizeof(gn_real));
    assert_null(gn__gan_show_conditions(g.gan, NULL));
    game_free(&g);
}

static void test_nothing_to_do_is_no_copy(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_var *images = gn_full(g.gan->tape, GN_SHAPE(2, 4, 4, 1), 0);
    assert_ptr_equal(gn__gan_show(g.gan, images, GN__REAL_VIEW, 0), images);
    game_free(&g);
}

/* Of 5 classes each of the 4 wrong ones comes as often, the right one never. */
static void test_wrong_classes(void **state)
{
    (void)state;
    enum { COUNT = 4000, CLASSES = 5 };
    game g = game_new(1, 0.8f, NULL);
    g.gan->options.classes = CLASSES;
    gn__gan_turn turn = {.labels = gn_full(g.gan->tape, GN_SHAPE(COUNT), 3)};
    const gn_real *rows = gn_var_data(gn__gan_wrong_conditions(g.gan, &turn));
    int seen[CLASSES] = {0};
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; k < CLASSES; k++)
            seen[k] += rows[i * CLASSES + k] == 1;
    for (int k = 0; k < CLASSES; k++)
        assert_true(k == 3 ? seen[k] == 0 : abs(seen[k] - COUNT / 4) < 120);
    game_free(&g);
}

/* A condition that is not a picture's own is that of another picture of the batch. */
static void test_wrong_conditions(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    g.gan->options.condition_size = 2;
    const gn_real rows[] = {0, 10, 1, 11, 2, 12};
    bool turned[3] = {false};
    for (uint64_t number = 0; number < 20; number++) {
        gn__gan_turn turn = {.number = number, .conditions = gn_values(g.gan->tape, GN_SHAPE(3, 2), rows)};
        const gn_real *wrong = gn_var_data(gn__gan_wrong_conditions(g.gan, &turn));
        const int by = (int)wrong[0];
        turned[by] = true;
        for (int i = 0; i < 3; i++)
            assert_true(wrong[2 * i] == (gn_real)((i + by) % 3) && wrong[2 * i + 1] == wrong[2 * i] + 10);
    }
    assert_true(!turned[0] && turned[1] && turned[2]);
    game_free(&g);
}

/* Every condition is a row of the batch, or the mean of it and the row as many places on as was drawn. */
static void test_conditions_between_others(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    game g = game_new(1, 0.8f, NULL);
    gn_var *rows = gn_full(g.gan->tape, GN_SHAPE(COUNT, 1), 0);
    for (int i = 0; i < COUNT; i++)
        gn_op_output(rows)[i] = (gn_real)(i * i);
    assert_ptr_equal(gn__gan_interpolate(g.gan, rows, 0), rows);
    g.gan->options.interpolation = 0.25f;
    assert_null(gn__gan_interpolate(g.gan, NULL, 0));
    const gn_real *mixed = gn_var_data(gn__gan_interpolate(g.gan, rows, 0));
    int between = 0, apart = 0;
    for (int i = 0; i < COUNT; i++)
        for (int k = 0; mixed[i] != (gn_real)(i * i) && k < COUNT; k++)
            if (2 * mixed[i] == (gn_real)(i * i + k * k)) {
                apart = between++ == 0 ? (k - i + COUNT) % COUNT : apart;
                assert_int_equal((k - i + COUNT) % COUNT, apart);
            }
    assert_in_range(between, 70, 130);
    assert_int_not_equal(apart, 1);
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instance_noise_falls_to_nothing),
        cmocka_unit_test(test_views_have_noise_of_their_own),
        cmocka_unit_test(test_packing),
        cmocka_unit_test(test_nothing_to_do_is_no_copy),
        cmocka_unit_test(test_wrong_classes),
        cmocka_unit_test(test_conditions_between_others),
        cmocka_unit_test(test_wrong_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
