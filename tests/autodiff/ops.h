/* SPDX-License-Identifier: MIT */
/* tests/autodiff/ops.h - what the tests of ops share: a tape, and assertions on values and messages. */
#ifndef GN_TESTS_AUTODIFF_OPS_H
#define GN_TESTS_AUTODIFF_OPS_H

#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <string.h>

typedef struct bench {
    gn_context *context;
    gn_tape *tape;
} bench;

static inline int bench_open(void **state)
{
    static bench b;
    b.context = gn_context_new(&(gn_context_options){.seed = 1, .threads = 2});
    b.tape = gn_tape_new(b.context);
    *state = &b;
    return 0;
}

static inline int bench_close(void **state)
{
    const bench *b = *state;
    gn_tape_free(b->tape);
    gn_context_free(b->context);
    return 0;
}

/* The value has this shape and these elements, within 1e-5. */
static inline void assert_var(const gn_var *var, gn_shape shape, const gn_real *expected)
{
    char found[64], wanted[64];
    if (gn_var_data(var) == NULL)
        fail_msg("poison: %s", gn_context_message(gn_tape_context(gn_var_tape(var))));
    if (!gn_shape_equal(gn_var_shape(var), shape))
        fail_msg("shape %s, expected %s", gn_shape_text(gn_var_shape(var), found, sizeof found),
                 gn_shape_text(shape, wanted, sizeof wanted));
    for (int64_t i = 0; i < gn_shape_count(shape); i++)
        if (!(fabs((double)gn_var_data(var)[i] - (double)expected[i]) <= 1e-5 * fmax(1, fabs((double)expected[i]))))
            fail_msg("element %lld is %.9g, expected %.9g", (long long)i, (double)gn_var_data(var)[i],
                     (double)expected[i]);
}

/* The op has failed with this text; the tape is reset for the next. */
static inline void assert_failed(const bench *b, const gn_var *var, gn_status status, const char *text)
{
    assert_non_null(var);
    assert_null(gn_var_data(var));
    assert_int_equal(gn_tape_status(b->tape), status);
    if (strstr(gn_context_message(b->context), text) == NULL)
        fail_msg("'%s' does not say '%s'", gn_context_message(b->context), text);
    gn_tape_reset(b->tape);
}

/* GN_VALUES(tape, shape, numbers...) */
#define GN_VALUES(tape, shape, ...) gn_values(tape, shape, (const gn_real[]){__VA_ARGS__})

#endif
