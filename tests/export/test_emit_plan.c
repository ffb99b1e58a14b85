/* SPDX-License-Identifier: MIT */
/* tests/export/test_emit_plan.c - what is computed when a network is applied, and where the values stand. */
#include "export/emit_plan.h"
#include "nn/layers.h"

static gn_var *numbered(gn_tape *tape, gn_shape shape)
{
    gn_var *var = gn_full(tape, shape, 0);
    for (int64_t i = 0; i < gn_shape_count(shape); i++)
        var->data[i] = (gn_real)i;
    return var;
}

static int64_t steps_of(const gn__plan *plan)
{
    int64_t steps = 0;
    for (int64_t i = 0; i < plan->count; i++)
        steps += gn__plan_is_step(plan, i);
    return steps;
}

/* No step may write over what is read then or later. */
static void assert_nothing_is_overwritten(const gn__plan *plan)
{
    for (int64_t i = 0; i < plan->count; i++) {
        const gn__planned *written = &plan->values[i];
        if (!gn__plan_is_step(plan, i) || written->home != GN__IN_SCRATCH)
            continue;
        assert_true(written->offset >= 0);
        assert_true(written->offset + gn_shape_count(written->var->shape) <= plan->scratch);
        for (int64_t k = 0; k < i; k++) {
            const gn__planned *kept = &plan->values[k];
            const bool apart = written->offset + gn_shape_count(written->var->shape) <= kept->offset ||
                               kept->offset + gn_shape_count(kept->var->shape) <= written->offset;
            const bool in_place = kept->last_use == i && kept->offset == written->offset &&
                                  plan->values[written->var->inputs[0]->index].source == k;
            assert_true(kept->home != GN__IN_SCRATCH || kept->last_use < i || apart || in_place);
        }
    }
}

/* relu(x) is in place, y stands beside it until both are added over the first; the last goes to the output. */
static void test_scratch_is_used_again(void **state)
{
    const fixture *f = *state;
    gn_var *x = numbered(f->tape, GN_SHAPE(1, 4)), *weight = numbered(f->tape, GN_SHAPE(4, 4));
    gn_var *a = gn_linear(x, weight, NULL), *b = gn_relu(a), *c = gn_linear(b, weight, NULL), *d = gn_add(b, c);
    gn_var *e = gn_linear(d, weight, NULL), *output = gn_tanh(e);
    gn__plan plan;
    assert_int_equal(gn__plan_open(&plan, f->tape, &x, 1, output), GN_OK);
    assert_int_equal(gn__plan_value(&plan, x)->home, GN__IN_INPUT);
    assert_int_equal(gn__plan_value(&plan, a)->offset, 0);
    assert_int_equal(gn__plan_value(&plan, b)->offset, 0);
    assert_int_equal(gn__plan_value(&plan, c)->offset, 4);
    assert_int_equal(gn__plan_value(&plan, d)->offset, 0);
    assert_int_equal(gn__plan_value(&plan, e)->offset, 4);
    assert_int_equal(gn__plan_value(&plan, output)->home, GN__IN_OUTPUT);
    assert_int_equal(plan.scratch, 8);
    assert_int_equal(plan.weights, 3 * 16);
    assert_int_equal(steps_of(&plan), 6);
    assert_nothing_is_overwritten(&plan);
    gn__plan_close(&plan);
}

static void test_what_is_not_needed(void **state)
{
    const fixture *f = *state;
    gn_var *x = numbered(f->tape, GN_SHAPE(2, 2)), *constant = gn_exp(numbered(f->tape, GN_SHAPE(2)));
    gn_var *unused = gn_tanh(x), *output = gn_reshape(gn_mul(gn_reshape(x, GN_SHAPE(1, 2, 2)), constant), GN_SHAPE(4));
    gn__plan plan;
    assert_int_equal(gn__plan_open(&plan, f->tape, &x, 1, output), GN_OK);
    assert_false(gn__plan_value(&plan, unused)->needed);
    assert_int_equal(steps_of(&plan), 1);
    assert_int_equal(gn__plan_value(&plan, constant)->home, GN__IN_WEIGHTS);
    assert_int_equal(plan.weights, 2); /* e^x, and not x too */
    assert_int_equal(plan.scratch, 0);
    gn__plan_close(&plan);
}

static void test_scale_and_shift_are_folded(void **state)
{
    const fixture *f = *state;
    gn_var *x = numbered(f->tape, GN_SHAPE(1, 3)), *weight = numbered(f->tape, GN_SHAPE(3, 2));
    gn_var *scale = numbered(f->tape, GN_SHAPE(2)), *shift = gn_constant(f->tape, 5);
    gn_var *y = gn_linear(x, weight, NULL), *output = gn_tanh(gn_add(gn_mul(y, scale), shift));
    gn__plan plan;
    assert_int_equal(gn__plan_open(&plan, f->tape, &x, 1, output), GN_OK);
    assert_ptr_equal(gn__plan_value(&plan, y)->scale, scale);
    assert_ptr_equal(gn__plan_value(&plan, y)->shift, shift);
    assert_int_equal(gn__plan_value(&plan, y)->bias, 6);
    assert_int_equal(plan.weights, 6 + 2);
    assert_int_equal(steps_of(&plan), 2);
    gn__plan_close(&plan);
}

/* A value that something else reads must be there as it is; and a scale for each pixel or row is none for each
 * channel. */
static void test_what_is_not_folded(void **state)
{
    const fixture *f = *state;
    gn_var *x = numbered(f->tape, GN_SHAPE(1, 2, 2, 1)), *weight = numbered(f->tape, GN_SHAPE(1, 1, 1, 2));
    gn_var *twice = gn_conv2d(x, weight, NULL, NULL), *pixels = gn_conv2d(x, weight, NULL, NULL);
    gn_var *rows = gn_conv2d(x, weight, NULL, NULL), *tripled = gn_scale(twice, 3);
    gn_var *output = gn_add(gn_add(tripled, gn_mul(twice, numbered(f->tape, GN_SHAPE(2)))),
                            gn_add(gn_mul(pixels, numbered(f->tape, GN_SHAPE(1, 2, 2, 1))),
                                   gn_mul(rows, numbered(f->tape, GN_SHAPE(1, 2, 1, 1)))));
    gn__plan plan;
    assert_int_equal(gn_tape_status(f->tape), GN_OK);
    assert_int_equal(gn__plan_open(&plan, f->tape, &x, 1, output), GN_OK);
    assert_null(gn__plan_value(&plan, twice)->scale);
    assert_null(gn__plan_value(&plan, pixels)->scale);
    assert_int_equal(gn__plan_value(&plan, pixels)->bias, -1);
    assert_null(gn__plan_value(&plan, rows)->scale);
    assert_nothing_is_overwritten(&plan);
    gn__plan_close(&plan);
}

static void assert_repetition(gn_shape whole, gn_shape repeated, int64_t inner, int64_t count)
{
    const gn__repetition found = gn__repetition_of(whole, repeated);
    assert_int_equal(found.inner, inner);
    assert_int_equal(found.count, count);
}

static void test_repetition(void **state)
{
    (void)state;
    assert_repetition(GN_SHAPE(2, 3, 4), GN_SHAPE(2, 3, 4), 1, 24);
    assert_repetition(GN_SHAPE(2, 3, 4), GN_SHAPE(4), 1, 4);
    assert_repetition(GN_SHAPE(2, 3, 4), GN_SHAPE(2, 1, 1), 12, 2);
    assert_repetition(GN_SHAPE(2, 3, 1), GN_SHAPE(3, 1), 1, 3);
    assert_repetition(GN_SHAPE(2, 3, 4), (gn_shape){.rank = 0}, 1, 1);
}

/* Nothing is computed of such a size here: only its shape is looked at. */
static void test_too_large(void **state)
{
    const fixture *f = *state;
    gn_var *x = numbered(f->tape, GN_SHAPE(1, 1)), *y = gn_exp(x), *output = gn_neg(gn_exp(y));
    y->shape = GN_SHAPE(1, INT64_C(1) << 31);
    gn__plan plan;
    assert_int_equal(gn__plan_open(&plan, f->tape, &x, 1, output), GN_ERROR_UNSUPPORTED);
    assert_message(
        f->context, GN_ERROR_UNSUPPORTED,
        "emit_c: the network has 0 weights and needs 2147483648 numbers of scratch, at most 2^31 - 1 can be written");
    gn__plan_close(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_scratch_is_used_again),
        WITH_FIXTURE(test_what_is_not_needed),
        WITH_FIXTURE(test_scale_and_shift_are_folded),
        WITH_FIXTURE(test_what_is_not_folded),
        WITH_FIXTURE(test_repetition),
        WITH_FIXTURE(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
