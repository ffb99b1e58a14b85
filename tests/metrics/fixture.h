/* SPDX-License-Identifier: MIT */
/* tests/metrics/fixture.h - the sets of metrics.safetensors, and what NumPy says of them. */
#ifndef GN_TESTS_METRICS_FIXTURE_H
#define GN_TESTS_METRICS_FIXTURE_H

#include "test.h"

#include <gannet/gannet.h>
#include <math.h>

typedef struct fixture {
    gn_context *context;
    gn_tensor *a, *b, *labels_a, *labels_b, *logits;
} fixture;

/* A tensor of the file under any context. */
static inline gn_tensor *stored(gn_context *context, const char *name)
{
    gn_archive *archive = gn_archive_load(context, GN_TESTS_DIR "/metrics/metrics.safetensors");
    gn_shape shape = {0};
    if (archive == NULL || gn_archive_shape(archive, name, &shape) != GN_OK)
        fail_msg("%s", gn_context_message(context));
    gn_tensor *tensor = gn_tensor_new(context, shape);
    assert_int_equal(gn_archive_get(archive, name, tensor), GN_OK);
    gn_archive_free(archive);
    return tensor;
}

static inline fixture fixture_new(int threads)
{
    gn_context *c = gn_context_new(&(gn_context_options){.threads = threads});
    return (fixture){
        c, stored(c, "a"), stored(c, "b"), stored(c, "labels_a"), stored(c, "labels_b"), stored(c, "logits")};
}

static inline void fixture_free(fixture *f)
{
    gn_tensor_free(f->a);
    gn_tensor_free(f->b);
    gn_tensor_free(f->labels_a);
    gn_tensor_free(f->labels_b);
    gn_tensor_free(f->logits);
    gn_context_free(f->context);
}

static inline void assert_close(double value, double wanted, double tolerance)
{
    if (!(fabs(value - wanted) <= tolerance * fmax(1, fabs(wanted))))
        fail_msg("%.9g is not %.9g within %g", value, wanted, tolerance);
}

/* Number i of what NumPy says; float rounds it to 6e-8, and sums of float products add as much again and again. */
static inline void assert_expected(const fixture *f, const char *name, int i, double value)
{
    gn_tensor *wanted = stored(f->context, name);
    assert_close(value, (double)gn_tensor_values(wanted)[i], 2e-6);
    gn_tensor_free(wanted);
}

static inline gn_tensor *tensor_of(gn_context *context, int64_t rows, int64_t size, const gn_real *values)
{
    return gn_tensor_from(context, GN_SHAPE(rows, size), values);
}

#endif
