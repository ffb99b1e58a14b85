/* SPDX-License-Identifier: MIT */
/* tests/autodiff/test_tape.c - recording: values, the first error, and memory that stays. */
#include "autodiff/ops.h"
#include "autodiff/tape.h"
#include "memory.h"

static void test_values_that_no_op_made(void **state)
{
    const bench *b = *state;
    gn_tensor *tensor = gn_tensor_from(b->context, GN_SHAPE(2), (gn_real[]){3, 4});
    gn_var *shared = gn_input(b->tape, tensor);
    assert_ptr_equal(gn_var_data(shared), gn_tensor_values(tensor));
    assert_var(gn_full(b->tape, GN_SHAPE(1, 3), 7), GN_SHAPE(1, 3), (gn_real[]){7, 7, 7});
    assert_true(gn_var_number(gn_constant(b->tape, 2.5f)) == 2.5f);
    assert_true(isnan(gn_var_number(shared)));
    assert_string_equal(gn_var_op_name(shared), "input");
    assert_string_equal(gn_var_op_name(gn_exp(shared)), "exp");
    assert_ptr_equal(gn_var_tape(shared), b->tape);
    gn_tensor_free(tensor);
}

static void test_the_first_error_is_kept_and_the_rest_does_nothing(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 3), 1);
    gn_var *poison = gn_relu(gn_matmul(x, x, false, false));
    assert_non_null(poison);
    gn_add(gn_full(b->tape, GN_SHAPE(2), 1), gn_full(b->tape, GN_SHAPE(3), 1));
    assert_failed(b, gn_tanh(poison), GN_ERROR_SHAPE, "matmul: inputs [2,3] and [2,3] do not fit");
    assert_int_equal(gn_tape_status(b->tape), GN_OK);
}

static void test_wrong_inputs(void **state)
{
    const bench *b = *state;
    gn_tape *other = gn_tape_new(b->context);
    gn_var *x = gn_constant(b->tape, 1), *y = gn_constant(other, 1);
    assert_failed(b, gn_add(x, y), GN_ERROR_ARGUMENT, "add: inputs 0 and 1 are on different tapes");
    x = gn_constant(b->tape, 1);
    assert_failed(b, gn_mul(x, NULL), GN_ERROR_ARGUMENT, "mul: input 1 is NULL");
    assert_failed(b, gn_input(b->tape, NULL), GN_ERROR_ARGUMENT, "tensor is NULL");
    assert_null(gn_tensor_new(b->context, GN_SHAPE(-1)));
    assert_failed(b, gn_input(b->tape, NULL), GN_ERROR_SHAPE, "gn_input: tensor is NULL: tensor: ");
    assert_failed(b, gn_values(b->tape, GN_SHAPE(1), NULL), GN_ERROR_ARGUMENT, "values is NULL");
    assert_failed(b, gn_full(b->tape, GN_SHAPE(0), 1), GN_ERROR_SHAPE,
                  "gn_full: the shape is [0] of rank 1, expected rank 0 to 6, sizes of at least 1");
    assert_failed(b, gn_values(b->tape, (gn_shape){.rank = 7}, (const gn_real[]){1}), GN_ERROR_SHAPE,
                  "gn_values: the shape is [0,0,0,0,0,0] of rank 7, expected rank 0 to 6");
    assert_null(gn_exp(NULL));
    assert_null(gn_constant(NULL, 1));
    gn_tape_free(other);
}

static void test_messages_name_the_layer(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_full(b->tape, GN_SHAPE(2, 4, 4, 3), 1), *kernel = gn_full(b->tape, GN_SHAPE(3, 3, 5, 2), 1);
    const char *before = gn__tape_enter(b->tape, "d.conv2");
    assert_null(before);
    assert_failed(b, gn_conv2d(x, kernel, NULL, NULL), GN_ERROR_SHAPE,
                  "conv2d 'd.conv2': input [2,4,4,3] has 3 channels, kernel [3,3,5,2] wants 5");
}

static void test_an_error_of_ones_own(void **state)
{
    const bench *b = *state;
    assert_int_equal(gn_tape_fail(b->tape, GN_ERROR_UNSUPPORTED, "layer %d", 7), GN_ERROR_UNSUPPORTED);
    assert_int_equal(gn_tape_fail(b->tape, GN_ERROR_SHAPE, "later"), GN_ERROR_UNSUPPORTED);
    assert_failed(b, gn_constant(b->tape, 1), GN_ERROR_UNSUPPORTED, "layer 7");
}

/* --- ops of one's own that are wrong ------------------------------------------------------------------------------ */

static gn_status answer = GN_OK;
static const char *words; /* NULL: it leaves none */

static gn_status forward_that_answers(gn_var *out)
{
    if (words != NULL)
        gn_context_fail(gn_tape_context(gn_var_tape(out)), GN_ERROR_IO, "%s", words);
    return answer;
}

static const gn_op answers = {.name = "answers", .forward = forward_that_answers};

/* An op that fails is not blamed for what failed before it. */
static void test_an_op_that_fails_says_why(void **state)
{
    const bench *b = *state;
    const struct {
        int answer;
        const char *words;
        gn_status status;
        const char *message;
    } cases[] = {{GN_ERROR_NUMBER, NULL, GN_ERROR_NUMBER, "answers: "},
                 {GN_ERROR_NUMBER, "what I say", GN_ERROR_NUMBER, "answers: what I say"},
                 {55, NULL, GN_ERROR_STATE, "answers: forward answered 55, which is no gn_status"},
                 {-1, "what I say", GN_ERROR_STATE, "answers: forward answered -1, which is no gn_status"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer = (gn_status)cases[i].answer;
        words = cases[i].words;
        gn_context_fail(b->context, GN_ERROR_IO, "an old story");
        gn_var *x = gn_constant(b->tape, 1), *y = gn_record(&answers, &x, 1, (gn_shape){.rank = 0}, NULL, 0);
        assert_null(strstr(gn_context_message(b->context), "old story"));
        assert_failed(b, y, cases[i].status, cases[i].message);
    }
    answer = GN_ERROR_NUMBER;
    words = NULL;
    gn_var *x = gn_constant(b->tape, 1);
    gn_record(&answers, &x, 1, (gn_shape){.rank = 0}, NULL, 0);
    assert_non_null(strstr(gn_context_message(b->context), gn_status_text(GN_ERROR_NUMBER)));
}

static void refuse_record(const bench *b, const gn_op *op, int count, gn_shape shape, size_t attribute_size,
                          const char *text)
{
    gn_var *inputs[GN_MAX_INPUTS + 1];
    for (int i = 0; i <= GN_MAX_INPUTS; i++)
        inputs[i] = gn_constant(b->tape, 1);
    const gn_status status = gn_shape_count(shape) == 0 ? GN_ERROR_SHAPE : GN_ERROR_ARGUMENT;
    assert_failed(b, gn_record(op, inputs, count, shape, NULL, attribute_size), status, text);
}

static void test_what_cannot_be_recorded(void **state)
{
    const bench *b = *state;
    const gn_op nameless = {.forward = forward_that_answers}, empty = {.name = "empty"};
    gn_var *x = gn_constant(b->tape, 1);
    refuse_record(b, NULL, 1, GN_SHAPE(2), 0, "gn_record: the op is NULL");
    refuse_record(b, &nameless, 1, GN_SHAPE(2), 0, "gn_record: the op has no name");
    refuse_record(b, &empty, 1, GN_SHAPE(2), 0, "empty: the op has no forward function");
    refuse_record(b, &answers, 1, GN_SHAPE(2), 4, "answers: the attributes are NULL, expected 4 bytes");
    refuse_record(b, &answers, 9, GN_SHAPE(2), 0, "answers: 9 inputs, expected 1 to 8");
    refuse_record(b, &answers, 1, GN_SHAPE(2, -3), 0,
                  "answers: the result's shape is [2,-3] of rank 2, expected rank 0 to 6");
    assert_null(gn_record(&answers, &x, 0, GN_SHAPE(2), NULL, 0)); /* no input says which tape */
    assert_null(gn_record(&answers, NULL, 1, GN_SHAPE(2), NULL, 0));
    assert_int_equal(gn_tape_status(b->tape), GN_OK);
}

static void test_without_recording_nothing_is_remembered(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_constant(b->tape, 3), *gradient;
    assert_true(gn_tape_set_recording(b->tape, false));
    gn_var *y = gn_square(x);
    assert_false(gn_tape_set_recording(b->tape, true));
    assert_true(gn_var_number(y) == 9);
    assert_int_equal(gn_gradients(y, &x, 1, false, &gradient), GN_OK);
    assert_true(gn_var_number(gradient) == 0);
}

static void work(const bench *b)
{
    gn_tape_reset(b->tape);
    gn_var *x = gn_full(b->tape, GN_SHAPE(64, 33), 0.5f), *w = gn_full(b->tape, GN_SHAPE(33, 17), 0.1f), *gradient;
    gn_var *loss = gn_sum(gn_tanh(gn_matmul(x, w, false, false)), GN_ALL_AXES, false);
    assert_int_equal(gn_gradients(loss, &w, 1, false, &gradient), GN_OK);
}

static void test_a_warm_loop_allocates_nothing(void **state)
{
    const bench *b = *state;
    work(b);
    work(b);
    const uint64_t before = gn_context_memory(b->context).allocations;
    for (int i = 0; i < 50; i++)
        work(b);
    assert_int_equal(gn_context_memory(b->context).allocations, before);
}

/* What is recorded after a mark is forgotten by a rewind; what was before it stays. */
static void test_mark_and_rewind(void **state)
{
    const bench *b = *state;
    gn_var *x = gn_constant(b->tape, 2), *y = gn_square(x), *gradient;
    gn__tape_mark(b->tape);
    gn_full(b->tape, GN_SHAPE(1000), 1);
    gn__tape_rewind(b->tape);
    gn_full(b->tape, GN_SHAPE(1000), 5);
    assert_int_equal(gn_gradients(gn_exp(y), &x, 1, false, &gradient), GN_OK);
    assert_true(fabsf(gn_var_number(gradient) - 4 * expf(4)) < 1e-3f);
}

static void test_resets_move_on_to_the_next_stream(void **state)
{
    const bench *b = *state;
    const uint64_t stream = gn_tape_random(b->tape)->stream;
    gn_tape_random(b->tape)->index = 6;
    gn_tape_reset(b->tape);
    assert_int_equal(gn_tape_random(b->tape)->seed, gn_context_seed(b->context));
    assert_int_equal(gn_tape_random(b->tape)->stream, stream + 1);
    assert_int_equal(gn_tape_random(b->tape)->index, 0);
    gn_tape_set_random(b->tape, (gn_random){.seed = 4, .stream = 5, .index = 6});
    assert_int_equal(gn_tape_random(b->tape)->seed, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_that_no_op_made, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_the_first_error_is_kept_and_the_rest_does_nothing, bench_open,
                                        bench_close),
        cmocka_unit_test_setup_teardown(test_wrong_inputs, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_messages_name_the_layer, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_an_error_of_ones_own, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_an_op_that_fails_says_why, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_recorded, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_without_recording_nothing_is_remembered, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_a_warm_loop_allocates_nothing, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_mark_and_rewind, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(test_resets_move_on_to_the_next_stream, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
