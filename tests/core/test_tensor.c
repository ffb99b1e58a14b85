/* SPDX-License-Identifier: MIT */
/* tests/core/test_tensor.c - shapes and the arrays that have them. */
#include "core/tensor.h"
#include "memory.h"

#include <math.h>

/* --- shapes ------------------------------------------------------------------------------------------------------- */

static void shapes_in_place_know_their_rank(void **state)
{
    (void)state;
    const gn_shape shape = GN_SHAPE(64, 28, 27, 1);
    assert_int_equal(shape.rank, 4);
    assert_int_equal(shape.size[0], 64);
    assert_int_equal(shape.size[3], 1);
    assert_int_equal(GN_SHAPE(5).rank, 1);
    assert_int_equal(GN_SHAPE(1, 2, 3, 4, 5, 6).rank, 6);
}

static void counts_are_products(void **state)
{
    (void)state;
    assert_int_equal(gn_shape_count((gn_shape){.rank = 0}), 1);
    assert_int_equal(gn_shape_count((gn_shape){.rank = 0, .size = {-1, 0}}), 1); /* sizes past the rank do not count */
    assert_int_equal(gn_shape_count(GN_SHAPE(1)), 1);
    assert_int_equal(gn_shape_count(GN_SHAPE(7, 11, 13)), 1001);
    assert_int_equal(gn_shape_count(GN_SHAPE(2, 2, 2, 2, 2, 3)), 96);
}

static void shapes_that_are_not_valid_count_nothing(void **state)
{
    (void)state;
    assert_int_equal(gn_shape_count((gn_shape){.rank = -1}), 0);
    assert_int_equal(gn_shape_count((gn_shape){.rank = 7, .size = {1, 1, 1, 1, 1, 1}}), 0);
    assert_int_equal(gn_shape_count((gn_shape){.rank = INT32_MAX}), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(0)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(3, 0, 3)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(-2, -2)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(3, INT64_MIN)), 0);
}

static void products_stop_at_two_to_the_fortieth(void **state)
{
    (void)state;
    const int64_t most = INT64_C(1) << 40;
    assert_int_equal(gn_shape_count(GN_SHAPE(most)), most);
    assert_int_equal(gn_shape_count(GN_SHAPE(1 << 20, 1, 1 << 20)), most);
    assert_int_equal(gn_shape_count(GN_SHAPE(most + 1)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(1 << 20, (1 << 20) + 1)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(2, INT64_MAX)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(INT64_MAX, INT64_MAX, INT64_MAX)), 0);
    assert_int_equal(gn_shape_count(GN_SHAPE(INT64_C(1) << 32, INT64_C(1) << 32)), 0);
}

static void equal_shapes_have_equal_ranks_and_sizes(void **state)
{
    (void)state;
    assert_true(gn_shape_equal(GN_SHAPE(2, 3), GN_SHAPE(2, 3)));
    assert_true(gn_shape_equal((gn_shape){.rank = 0}, (gn_shape){.rank = 0, .size = {9}}));
    assert_true(gn_shape_equal((gn_shape){.rank = 1, .size = {4, 1}}, (gn_shape){.rank = 1, .size = {4, 2}}));
    assert_false(gn_shape_equal(GN_SHAPE(2, 3), GN_SHAPE(3, 2)));
    assert_false(gn_shape_equal(GN_SHAPE(2, 3), GN_SHAPE(2, 3, 1)));
    assert_false(gn_shape_equal(GN_SHAPE(1, 1, 1, 1, 1, 5), GN_SHAPE(1, 1, 1, 1, 1, 6)));
    assert_false(gn_shape_equal((gn_shape){.rank = 9}, (gn_shape){.rank = 9}));
    assert_false(gn_shape_equal((gn_shape){.rank = -1}, (gn_shape){.rank = -1}));
}

static void texts_are_as_documented(void **state)
{
    (void)state;
    char text[128];
    assert_string_equal(gn_shape_text(GN_SHAPE(64, 28, 28, 1), text, sizeof text), "[64,28,28,1]");
    assert_string_equal(gn_shape_text(GN_SHAPE(5), text, sizeof text), "[5]");
    assert_string_equal(gn_shape_text((gn_shape){.rank = 0}, text, sizeof text), "[]");
    assert_string_equal(gn_shape_text(GN_SHAPE(-1, 0), text, sizeof text), "[-1,0]");
    assert_ptr_equal(gn_shape_text(GN_SHAPE(1), text, sizeof text), text);
}

static void texts_are_cut_to_any_size(void **state)
{
    (void)state;
    static const char whole[] = "[64,-28,9223372036854775807,1]";
    const gn_shape shape = GN_SHAPE(64, -28, INT64_MAX, 1);
    for (size_t size = 1; size <= sizeof whole + 2; size++) {
        char text[64];
        memset(text, '#', sizeof text);
        gn_shape_text(shape, text, size);
        const size_t length = size - 1 < strlen(whole) ? size - 1 : strlen(whole);
        assert_int_equal(strlen(text), length);
        assert_memory_equal(text, whole, length);
        for (size_t i = size; i < sizeof text; i++)
            assert_int_equal(text[i], '#');
    }
    char untouched = '#';
    assert_ptr_equal(gn_shape_text(shape, &untouched, 0), &untouched);
    assert_int_equal(untouched, '#');
}

/* The largest text of all fits the buffers that messages are made with. */
static void ranks_out_of_range_have_a_text_too(void **state)
{
    (void)state;
    char text[128];
    assert_string_equal(gn_shape_text((gn_shape){.rank = -3, .size = {1}}, text, sizeof text), "[]");
    assert_string_equal(gn_shape_text((gn_shape){.rank = 99, .size = {1, 2, 3, 4, 5, 6}}, text, sizeof text),
                        "[1,2,3,4,5,6]");
    const gn_shape longest = GN_SHAPE(INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN);
    assert_int_equal(strlen(gn_shape_text(longest, text, sizeof text)), 6 * 20 + 7);
}

/* --- tensors ------------------------------------------------------------------------------------------------------ */

static void a_new_tensor_is_zero_and_aligned(void **state)
{
    (void)state;
    memory m = {0}; /* its blocks are not zero */
    gn_context *context = memory_context(&m, 1);
    const gn_shape shapes[] = {{.rank = 0}, GN_SHAPE(1), GN_SHAPE(17), GN_SHAPE(3, 5, 7), GN_SHAPE(1, 2, 1, 3, 1, 5)};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        gn_tensor *tensor = gn_tensor_new(context, shapes[i]);
        assert_non_null(tensor);
        assert_true(gn_shape_equal(gn_tensor_shape(tensor), shapes[i]));
        assert_int_equal(gn_tensor_count(tensor), gn_shape_count(shapes[i]));
        assert_int_equal((uintptr_t)gn_tensor_data(tensor) % 64, 0);
        assert_ptr_equal(gn_tensor_values(tensor), gn_tensor_data(tensor));
        assert_ptr_equal(gn_tensor_context(tensor), context);
        for (int64_t j = 0; j < gn_tensor_count(tensor); j++)
            assert_true(gn_tensor_values(tensor)[j] == 0);
        gn_tensor_free(tensor);
    }
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

static void values_are_copied(void **state)
{
    gn_real values[] = {1, -2, 3.5f, 4, 5, 6};
    gn_tensor *tensor = gn_tensor_from(*state, GN_SHAPE(2, 3), values);
    assert_non_null(tensor);
    assert_memory_equal(gn_tensor_values(tensor), values, sizeof values);
    values[0] = 9;
    assert_true(gn_tensor_values(tensor)[0] == 1);
    gn_tensor_free(tensor);
}

static void shapes_that_are_not_valid_make_no_tensor(void **state)
{
    gn_context *context = *state;
    assert_null(gn_tensor_new(context, GN_SHAPE(3, 0)));
    assert_message(context, GN_ERROR_SHAPE,
                   "tensor: shape [3,0] of rank 2, expected rank 0 to 6 and sizes of at least 1, "
                   "1099511627776 elements at most");
    assert_null(gn_tensor_new(context, (gn_shape){.rank = 7, .size = {1, 1, 1, 1, 1, 1}}));
    assert_message(context, GN_ERROR_SHAPE,
                   "tensor: shape [1,1,1,1,1,1] of rank 7, expected rank 0 to 6 and sizes of at least 1, "
                   "1099511627776 elements at most");
    assert_null(gn_tensor_from(context, GN_SHAPE(-1), NULL));
    assert_message_has(context, GN_ERROR_SHAPE, "shape [-1] of rank 1");
    assert_null(gn_tensor_new(context, GN_SHAPE(1 << 21, 1 << 20)));
    assert_message_has(context, GN_ERROR_SHAPE, "shape [2097152,1048576]");
}

static void a_tensor_larger_than_memory_is_refused(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes;
    m.fail_at = m.calls + 2; /* the numbers, not the tensor itself */
    assert_null(gn_tensor_new(context, GN_SHAPE(INT64_C(1) << 40)));
    assert_message(context, GN_ERROR_MEMORY, "out of memory: 4398046511104 bytes could not be had");
    assert_int_equal(m.bytes, before);
    gn_context_free(context);
}

static void copying_needs_equal_shapes(void **state)
{
    gn_context *context = *state;
    gn_tensor *a = gn_tensor_from(context, GN_SHAPE(2, 3), (const gn_real[]){1, 2, 3, 4, 5, 6});
    gn_tensor *b = gn_tensor_new(context, GN_SHAPE(2, 3)), *c = gn_tensor_new(context, GN_SHAPE(3, 2));
    assert_int_equal(gn_tensor_copy(b, a), GN_OK);
    assert_memory_equal(gn_tensor_values(b), gn_tensor_values(a), 6 * sizeof(gn_real));
    assert_int_equal(gn_tensor_copy(a, a), GN_OK);
    assert_true(gn_tensor_values(a)[5] == 6);
    assert_int_equal(gn_tensor_copy(c, a), GN_ERROR_SHAPE);
    assert_message(context, GN_ERROR_SHAPE, "tensor copy: target [3,2], source [2,3]");
    assert_true(gn_tensor_values(c)[0] == 0);
    assert_int_equal(gn_tensor_copy(NULL, a), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_tensor_copy(a, NULL), GN_ERROR_ARGUMENT);
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_tensor_free(c);
}

static void an_average_moves_towards_its_source(void **state)
{
    const gn_real start[] = {1, INFINITY}, next[] = {NAN, 3};
    gn_tensor *average = gn_tensor_from(*state, GN_SHAPE(2), start),
              *source = gn_tensor_from(*state, GN_SHAPE(2), next);
    gn__tensor_move(average, source, 1);
    assert_memory_equal(gn_tensor_values(average), start, sizeof start);
    gn__tensor_move(average, source, 0);
    assert_memory_equal(gn_tensor_values(average), next, sizeof next);
    gn_tensor_data(source)[1] = 7;
    gn__tensor_move(average, source, 0.75f);
    assert_true(gn_tensor_values(average)[1] == 4);
    gn_tensor_free(average);
    gn_tensor_free(source);
}

static void indices_are_whole_and_in_range(void **state)
{
    (void)state;
    static const gn_real wrong[] = {-1, 3, 0.5f, NAN, INFINITY, -0.25f};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(gn__first_not_index((const gn_real[]){0, 2, 1, wrong[i], wrong[i]}, 5, 3), 3);
    assert_int_equal(gn__first_not_index((const gn_real[]){0, 2, 1}, 3, 3), -1);
    assert_int_equal(gn__first_not_index(NULL, 0, 3), -1);
}

static void no_tensor_has_answers_too(void **state)
{
    (void)state;
    assert_null(gn_tensor_new(NULL, GN_SHAPE(1)));
    assert_int_equal(gn_tensor_count(NULL), 0);
    assert_int_equal(gn_tensor_shape(NULL).rank, 0);
    assert_null(gn_tensor_data(NULL));
    assert_null(gn_tensor_values(NULL));
    assert_null(gn_tensor_context(NULL));
    gn_tensor_free(NULL);
}

static bool make_tensors(gn_context *context, void *argument)
{
    (void)argument;
    gn_tensor *a = gn_tensor_new(context, GN_SHAPE(3, 5));
    gn_tensor *b = gn_tensor_from(context, GN_SHAPE(2), (const gn_real[]){1, 2});
    const bool done = a != NULL && b != NULL;
    gn_tensor_free(a);
    gn_tensor_free(b);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(make_tensors, NULL), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_in_place_know_their_rank),
        cmocka_unit_test(counts_are_products),
        cmocka_unit_test(shapes_that_are_not_valid_count_nothing),
        cmocka_unit_test(products_stop_at_two_to_the_fortieth),
        cmocka_unit_test(equal_shapes_have_equal_ranks_and_sizes),
        cmocka_unit_test(texts_are_as_documented),
        cmocka_unit_test(texts_are_cut_to_any_size),
        cmocka_unit_test(ranks_out_of_range_have_a_text_too),
        cmocka_unit_test(a_new_tensor_is_zero_and_aligned),
        cmocka_unit_test(values_are_copied),
        cmocka_unit_test(shapes_that_are_not_valid_make_no_tensor),
        cmocka_unit_test(a_tensor_larger_than_memory_is_refused),
        cmocka_unit_test(copying_needs_equal_shapes),
        cmocka_unit_test(an_average_moves_towards_its_source),
        cmocka_unit_test(indices_are_whole_and_in_range),
        cmocka_unit_test(no_tensor_has_answers_too),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
