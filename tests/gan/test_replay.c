/* SPDX-License-Identifier: MIT */
/* tests/gan/test_replay.c - the pool of old fakes. */
#include "gan/game.h"
#include "gan/gan.h"

enum { CAPACITY = 6, SHOWN = 4 };

static void replayed(gn_gan_options *o)
{
    o->replay = CAPACITY;
}

/* Shows SHOWN fakes whose only pixel, class and label row all tell the number of the fake. What G is to learn from is
 * not exchanged with them. */
static gn__gan_turn show(game *g, uint64_t number, int first)
{
    gn_real pixels[SHOWN], classes[SHOWN], rows[2 * SHOWN];
    for (int i = 0; i < SHOWN; i++)
        pixels[i] = classes[i] = rows[2 * i] = rows[2 * i + 1] = (gn_real)(first + i);
    gn_tape *tape = g->gan->tape;
    gn_tape_reset(tape);
    gn_var *fake = gn_values(tape, GN_SHAPE(SHOWN, 1, 1, 1), pixels),
           *label = gn_values(tape, GN_SHAPE(SHOWN), classes);
    gn_var *condition = gn_values(tape, GN_SHAPE(SHOWN, 2), rows);
    gn__gan_turn turn = {
        .number = number, .fake = gn_stop_gradient(fake), .fake_conditions = condition, .fake_labels = label};
    assert_int_equal(gn__replay_exchange(g->gan, &turn), GN_OK);
    assert_memory_equal(gn_var_data(fake), pixels, sizeof pixels);
    assert_memory_equal(gn_var_data(condition), rows, sizeof rows);
    assert_memory_equal(gn_var_data(label), classes, sizeof classes);
    for (int i = 0; i < SHOWN; i++) { /* a picture keeps its label */
        assert_true(gn_var_data(turn.fake)[i] == gn_var_data(turn.fake_labels)[i]);
        assert_true(gn_var_data(turn.fake)[i] == gn_var_data(turn.fake_conditions)[2 * i + 1]);
    }
    return turn;
}

static void test_fills_then_exchanges(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, replayed);
    for (int round = 0; round < 2; round++) { /* room for 6: 4 go in and are shown, then 2 more */
        const gn__gan_turn turn = show(&g, (uint64_t)round, round * SHOWN);
        for (int i = 0; i < 2; i++)
            assert_true(gn_var_data(turn.fake)[i] == (gn_real)(round * SHOWN + i));
    }
    assert_int_equal(g.gan->pool.count, CAPACITY);
    int old = 0, shown = 0;
    for (int round = 2; round < 202; round++) {
        const gn__gan_turn turn = show(&g, (uint64_t)round, round * SHOWN);
        for (int i = 0; i < SHOWN; i++, shown++)
            old += gn_var_data(turn.fake)[i] < (gn_real)(round * SHOWN);
    }
    /* Half of 800, with a deviation of 14; a little less, since a picture can come back in the round that stored it. */
    assert_true(old > 330 && old < 450);
    game_free(&g);
}

/* No picture is lost or doubled by an exchange: what is in the pool and what was shown are all different. */
static void test_nothing_is_lost(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, replayed);
    bool given[400] = {false};
    for (int round = 0; round < 100; round++) {
        const bool full = g.gan->pool.count == CAPACITY;
        const gn__gan_turn turn = show(&g, (uint64_t)round, round * SHOWN);
        for (int i = 0; i < SHOWN && full; i++) {
            const int number = (int)gn_var_data(turn.fake)[i];
            assert_false(given[number] && number >= SHOWN + 2);
            given[number] = true;
        }
    }
    game_free(&g);
}

static void test_training_with_a_pool_repeats(void **state)
{
    (void)state;
    assert_true(weights_after(6, 1, 0.8f, replayed) == weights_after(6, 2, 0.8f, replayed));
    assert_true(weights_after(6, 1, 0.8f, replayed) != weights_after(6, 1, 0.8f, NULL));
}

static void test_other_shape_is_refused(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, replayed);
    show(&g, 0, 0);
    gn__gan_turn turn = {.fake = gn_full(g.gan->tape, GN_SHAPE(2, 3, 1, 1), 0)};
    assert_int_equal(gn__replay_exchange(g.gan, &turn), GN_ERROR_SHAPE);
    assert_message(g.context, GN_ERROR_SHAPE, "gan: the replay pool holds [6,1,1,1], the fakes now need [6,3,1,1]");
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills_then_exchanges),
        cmocka_unit_test(test_nothing_is_lost),
        cmocka_unit_test(test_training_with_a_pool_repeats),
        cmocka_unit_test(test_other_shape_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
