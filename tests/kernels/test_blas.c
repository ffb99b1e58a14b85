/* SPDX-License-Identifier: MIT */
/* tests/kernels/test_blas.c - the seam to the BLAS: its name, its preparation, and calls from several threads at
 * once. */
#include "kernels/blas.h"
#include "kernels/fixture.h"

#include <limits.h>

static void test_name(void **state)
{
    (void)state;
    assert_non_null(gn__blas_name());
    assert_true(strlen(gn__blas_name()) > 0);
}

static void test_prepare_again(void **state)
{
    const contexts *all = *state;
    for (int i = 0; i < THREAD_COUNTS; i++)
        assert_int_equal(gn__blas_prepare(all->fast[i]), GN_OK);
}

static bool takes(int64_t k, int64_t a_stride, int64_t b_stride, int64_t c_stride)
{
    return gn__blas_takes(&(gn__product){.k = k, .a.stride = a_stride, .b.stride = b_stride, .c_stride = c_stride});
}

/* A BLAS is made to map its buffers by a product of every thread. Without one not even the context is looked at. */
static void test_prepare_without_blas(void **state)
{
    (void)state;
    if (takes(1, 1, 1, 1))
        skip();
    assert_int_equal(gn__blas_prepare(NULL), GN_OK);
}

static void test_sizes_beyond_its_integers(void **state)
{
    (void)state;
    const int64_t large = (int64_t)INT_MAX + 1;
    assert_false(takes(large, 1, 1, 1));
    assert_false(takes(1, large, 1, 1));
    assert_false(takes(1, 1, large, 1));
    assert_false(takes(1, 1, 1, large));
}

enum { SIDE = 130, CALLS = 24 };

typedef struct calls {
    const float *a, *b;
    float *c; /* [CALLS, SIDE, SIDE] */
} calls;

static void call(void *argument, int64_t tile, int worker)
{
    const calls *t = argument;
    (void)worker;
    gn__blas_gemm(&(gn__product){
        .m = SIDE,
        .n = SIDE,
        .k = SIDE,
        .a = {t->a, SIDE, false},
        .b = {t->b, SIDE, true},
        .c = t->c + tile * SIDE * SIDE,
        .c_stride = SIDE,
    });
}

/* What each thread computes has the bits of a call that was alone. */
static void test_concurrent_calls(void **state)
{
    const contexts *all = *state;
    if (!takes(SIDE, SIDE, SIDE, SIDE))
        skip();
    uint64_t random = 1;
    float *a = new_values(&random, SIDE * SIDE, REALS), *b = new_values(&random, SIDE * SIDE, REALS);
    float *c = new_output(CALLS * SIDE * SIDE), *alone = new_output(SIDE * SIDE);
    gn__blas_begin();
    call(&(calls){a, b, alone}, 0, 0);
    calls t = {a, b, c};
    gn__parallel_for(all->fast[2]->pool, CALLS, call, &t);
    gn__blas_end();
    for (int i = 0; i < CALLS; i++)
        assert_same_bits("concurrent sgemm", SIDE * SIDE, c + i * SIDE * SIDE, alone);
    free(a);
    free(b);
    free(c);
    free(alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_prepare_again),
        cmocka_unit_test(test_prepare_without_blas),
        cmocka_unit_test(test_sizes_beyond_its_integers),
        cmocka_unit_test(test_concurrent_calls),
    };
    return cmocka_run_group_tests(tests, contexts_open, contexts_close);
}
