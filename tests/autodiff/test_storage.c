/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_storage.c - what is forgotten and computed again, and what moves, lest the heap grow. */
#include "autodiff/ops.h"
#include "autodiff/storage.h"
#include "autodiff/tape.h"
#include "memory.h"

enum { ROWS = 4096, COLUMNS = 128, SIZE = ROWS * COLUMNS * (int)sizeof(gn_real), LAYERS = 8 };

/* Each layer's scaled and normalised values, the second of which are cheap to compute again. */
static void deep_network(const bench *b, gn_var *layers[LAYERS])
{
    gn_var *gamma = gn_full(b->tape, GN_SHAPE(COLUMNS), 1.25f), *beta = gn_full(b->tape, GN_SHAPE(COLUMNS), 0.25f);
    gn_var *x = gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 0);
    gn_random random = {.seed = 2};
    gn_random_fill_normal(&random, gn_op_output(x), (int64_t)ROWS * COLUMNS, 0, 1);
    for (int i = 0; i < LAYERS; i++)
        layers[i] = x = i % 2 == 0 ? gn_batch_norm(gn_scale(x, 1.5f), gamma, beta, 1e-3f, 0.2f, NULL, NULL)
                                   : gn_leaky_relu(gn_scale(x, 0.75f), 0.1f);
}

static double sum_of(const gn_real *x)
{
    double sum = 0;
    for (int64_t i = 0; i < (int64_t)ROWS * COLUMNS; i++)
        sum += (double)(i % 7 + 1) * (double)x[i];
    return sum;
}

static void test_cheap_values_make_room(void **state)
{
    const bench *b = *state;
    gn_var *layers[LAYERS];
    const size_t before = gn_context_memory(b->context).bytes;
    deep_network(b, layers);
    assert_true(gn_context_memory(b->context).bytes - before < (1 + LAYERS + 2) * (size_t)SIZE);
    double sums[LAYERS];
    for (int i = 0; i < LAYERS; i++)
        sums[i] = sum_of(gn_var_data(layers[i])); /* computed again where they are gone */
    gn_tape_reset(b->tape);
    deep_network(b, layers);
    for (int i = LAYERS - 1; i >= 0; i--)
        assert_true(sums[i] == sum_of(gn_var_data(layers[i])));
}

/* Who has asked where the elements are may look there until the reset. */
static void test_what_somebody_looks_at_stays(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 2), 2), *y = gn_relu(x);
    gn_var *view = gn_reshape(y, GN_SHAPE(COLUMNS, ROWS));
    const gn_real *data = gn_var_data(view);
    for (int i = 0; i < 8; i++)
        gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 1), 3);
    assert_ptr_equal(y->storage->data, data);
    assert_ptr_equal(gn_var_data(y), data);
    assert_ptr_equal(gn_var_data(view), data);
    assert_true(data[0] == 4 && data[ROWS * COLUMNS - 1] == 4);
}

/* A view of a value that is gone brings it back. */
static void test_views_of_forgotten_values(void **state)
{
    const bench *b = *state;
    gn_var *y = gn_relu(gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 2), 2));
    gn_var *view = gn_reshape(y, GN_SHAPE(ROWS * COLUMNS)), *last = NULL;
    for (int i = 0; i < 8; i++)
        last = gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 1), 1);
    assert_null(y->storage->data);
    gn_var *twice = gn_scale(view, 2);
    assert_true(gn_var_data(twice)[ROWS * COLUMNS - 1] == 8 && gn_var_data(last)[0] == 1);
}

/* Training moves gamma and beta; a value that was normalised before is what it was. */
static void test_forgotten_values_do_not_follow_parameters(void **state)
{
    const bench *b = *state;
    gn_tensor *gamma = gn_tensor_new(b->context, GN_SHAPE(COLUMNS)),
              *beta = gn_tensor_new(b->context, GN_SHAPE(COLUMNS));
    gn_var *x = gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 2), 2);
    gn_tensor_data(beta)[0] = 5;
    gn_var *y = gn_batch_norm(x, gn_input(b->tape, gamma), gn_input(b->tape, beta), 1e-3f, 1, NULL, NULL);
    gn__var_forget(y);
    assert_null(y->storage->data);
    gn_tensor_data(beta)[0] = 6;
    assert_true(gn_var_data(y)[0] == 5 && gn_var_data(y)[1] == 0);
    gn_tensor_free(gamma);
    gn_tensor_free(beta);
}

/* Without recording, the inputs of a value may be given back before it. */
static void test_only_recorded_values_are_forgotten(void **state)
{
    const bench *b = *state;
    gn_tape_set_recording(b->tape, false);
    gn_var *y = gn_relu(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 2));
    gn_tape_set_recording(b->tape, true);
    gn__var_forget(y);
    assert_non_null(y->storage->data);
}

/* What would be computed from a parameter that may have moved, or from a chain of values that are gone, stays. */
static void test_only_what_values_that_stay_give_makes_room(void **state)
{
    const bench *b = *state;
    gn_tensor *tensor = gn_tensor_new(b->context, GN_SHAPE(ROWS, COLUMNS));
    gn_var *of_tensor = gn_relu(gn_input(b->tape, tensor));
    gn_var *first = gn_relu(gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 2), 2)), *second = gn_relu(first);
    for (int i = 0; i < 8; i++)
        gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 1), 1);
    assert_non_null(of_tensor->storage->data);
    assert_null(first->storage->data);
    assert_non_null(second->storage->data);
    gn_tensor_free(tensor);
}

/* Rather than letting the heap grow, a value that stands between holes gives way. */
static void test_values_move_out_of_the_way(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 2), *values[4];
    gn__storage_release(b->tape, gn_full(b->tape, GN_SHAPE(3 * ROWS + 1, COLUMNS), 0)->storage);
    for (int i = 0; i < 4; i++)
        values[i] = gn_scale(x, 1.5f + (gn_real)i);
    gn_var *view = gn_reshape(values[1], GN_SHAPE(ROWS * COLUMNS));
    for (int i = 0; i < 4; i++)
        if (i != 1)
            gn__var_forget(values[i]);
    const gn_real *before = values[1]->storage->data;
    const size_t bytes = gn_context_memory(b->context).bytes;
    gn_full(b->tape, GN_SHAPE(3 * ROWS, COLUMNS), 0);
    assert_int_equal(gn_context_memory(b->context).bytes, bytes);
    assert_ptr_not_equal(values[1]->storage->data, before);
    assert_true(gn_var_data(values[1])[0] == 5 && gn_var_data(view)[ROWS * COLUMNS - 1] == 5);
}

/* A generator's images, each of twice the size before, made of what a ReLU leaves of that. */
static void growing_network(const bench *b, gn_var *images[3])
{
    gn_var *x = images[0] = gn_scale(gn_full(b->tape, GN_SHAPE(ROWS, COLUMNS), 1), 2);
    for (int i = 1; i < 3; i++) {
        gn_var *twice[] = {gn_relu(x), NULL};
        twice[1] = twice[0];
        x = images[i] = gn_concat(twice, 2, 0);
    }
    gn_relu(x);
}

/* What may be forgotten is out of the way of what stays: in the second round nothing has to move. */
static void test_values_that_stay_need_not_move(void **state)
{
    const bench *b = *state;
    gn_var *images[3];
    growing_network(b, images);
    gn_tape_reset(b->tape);
    const size_t bytes = gn_context_memory(b->context).bytes;
    growing_network(b, images);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(images[i]->storage->data, images[i]->data); /* the latter is where it was at first */
    assert_true(gn_context_memory(b->context).bytes < bytes + SIZE);
}

/* Without a recording nothing is forgotten, and all values find the places that they had. */
static void test_unrecorded_values_are_kept(void **state)
{
    const bench *b = *state;
    gn_var *images[3];
    gn_tape_set_recording(b->tape, false);
    growing_network(b, images);
    gn_tape_reset(b->tape);
    const size_t bytes = gn_context_memory(b->context).bytes;
    growing_network(b, images);
    assert_true(gn_context_memory(b->context).bytes < bytes + SIZE);
}

static bool lacks_memory;

static gn_status fill_or_fail(gn_var *out)
{
    out->data[0] = lacks_memory ? -777 : 5;
    return lacks_memory ? GN_ERROR_MEMORY : GN_OK;
}

/* What was half computed is not taken for the value later. */
static void test_a_failed_computation_leaves_nothing(void **state)
{
    static const gn_op op = {.name = "fill", .forward = fill_or_fail};
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(1), 1), *y = gn_record(&op, &x, 1, GN_SHAPE(1), NULL, 0);
    gn__var_forget(y);
    lacks_memory = true;
    assert_null(gn_var_data(y));
    assert_int_equal(gn_tape_status(b->tape), GN_ERROR_MEMORY);
    assert_string_equal(gn_context_message(b->context), "fill: out of memory for a value of shape [1]");
    assert_null(gn_var_data(y));
    lacks_memory = false;
    assert_true(gn_var_data(y)[0] == 5);
    gn_context_clear(b->context);
}

static bool compute_again(gn_context *context)
{
    gn_tape *tape = gn_tape_new(context);
    gn_var *x = tape == NULL ? NULL : gn_scale(gn_full(tape, GN_SHAPE(ROWS, COLUMNS), 2), 2), *y = gn_relu(x);
    for (int i = 0; i < 3; i++)
        x = gn_scale(gn_relu(x), 1);
    gn_scale(y, 2); /* needs y again, and memory for it */
    const bool done = tape != NULL && gn_tape_status(tape) == GN_OK && gn_var_data(y) != NULL;
    gn_tape_free(tape);
    return done;
}

static void test_computing_again_may_fail(void **state)
{
    (void)state;
    bool done = false;
    for (size_t n = 1; !done; n++) {
        memory m = {0};
        gn_context *context = memory_context(&m, 1);
        m.fail_at = m.calls + n;
        done = compute_again(context);
        assert_true(done == (m.failures == 0));
        assert_int_equal(gn_context_status(context), done ? GN_OK : GN_ERROR_MEMORY);
        m.fail_at = 0;
        gn_context_free(context);
        assert_int_equal(m.blocks, 0);
        assert_true(!done || n > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cheap_values_make_room, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_what_somebody_looks_at_stays, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_views_of_forgotten_values, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_forgotten_values_do_not_follow_parameters, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_only_recorded_values_are_forgotten, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_only_what_values_that_stay_give_makes_room, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_values_move_out_of_the_way, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_values_that_stay_need_not_move, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_unrecorded_values_are_kept, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_failed_computation_leaves_nothing, bench_open, bench_close),
        cmocka_unit_test(test_computing_again_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
