/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_index.c - ops that pick and place elements by number. */
#include "autodiff/tape.h"
#include "core/tensor.h"

#include <string.h>

/* --- single elements, by places that another op has saved --------------------------------------------------------- */

typedef struct place_attributes {
    const int64_t *where;
    int64_t groups;
} place_attributes;

static const int64_t *where_of(const gn_var *out)
{
    return ((const place_attributes *)out->attributes)->where;
}

static int64_t groups_of(const gn_var *out)
{
    return ((const place_attributes *)out->attributes)->groups;
}

static gn_status take_forward(gn_var *out)
{
    const int64_t *where = where_of(out), count = gn_shape_count(out->shape);
    const gn_real *x = out->inputs[0]->data;
    for (int64_t i = 0; i < count; i++)
        out->data[i] = x[where[i]];
    return GN_OK;
}

static void take_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn__put(out_gradient, where_of(out), groups_of(out), out->inputs[0]->shape);
}

const gn_op gn__op_take = {"take", take_forward, take_gradient, false};

gn_var *gn__take(gn_var *x, const int64_t *where, int64_t groups, gn_shape shape)
{
    const place_attributes attributes = {where, groups};
    return gn_record(&gn__op_take, &x, 1, shape, &attributes, sizeof attributes);
}

enum { TILE = 1 << 14 }; /* elements of the output, or the group that they are in */

static int64_t groups_in_tile(const gn_var *out)
{
    return TILE * groups_of(out) / gn_shape_count(out->shape) + 1;
}

static void put_tile(void *argument, int64_t index, int worker)
{
    const gn_var *out = argument;
    const int64_t *const where = where_of(out), groups = groups_of(out);
    const int64_t first = index * groups_in_tile(out), left = groups - first,
                  count = left < groups_in_tile(out) ? left : groups_in_tile(out);
    const int64_t from = gn_shape_count(out->inputs[0]->shape) / groups, to = gn_shape_count(out->shape) / groups;
    const gn_real *const x = out->inputs[0]->data;
    (void)worker;
    memset(out->data + first * to, 0, (size_t)(count * to) * sizeof *out->data);
    for (int64_t i = first * from; i < (first + count) * from; i++)
        out->data[where[i]] += x[i];
}

static gn_status put_forward(gn_var *out)
{
    const int64_t tiles = (groups_of(out) + groups_in_tile(out) - 1) / groups_in_tile(out);
    gn__parallel_for(gn__context_of(out)->pool, tiles, put_tile, out);
    return GN_OK;
}

static void put_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    (void)wanted;
    gradients[0] = gn__take(out_gradient, where_of(out), groups_of(out), out->inputs[0]->shape);
}

const gn_op gn__op_put = {"put", put_forward, put_gradient, false};

gn_var *gn__put(gn_var *x, const int64_t *where, int64_t groups, gn_shape shape)
{
    const place_attributes attributes = {where, groups};
    return gn_record(&gn__op_put, &x, 1, shape, &attributes, sizeof attributes);
}

/* --- rows, by numbers that are values themselves ------------------------------------------------------------------ */

/* Are all elements of indices whole numbers in [0, bound)? Says which is not. */
static bool check_indices(const char *op, gn_var *indices, int64_t bound)
{
    if (indices->shape.rank != 1) {
        char text[64];
        gn__op_fail(indices, op, GN_ERROR_SHAPE, "indices have shape %s, expected rank 1",
                    gn_shape_text(indices->shape, text, sizeof text));
        return false;
    }
    if (!gn__var_wake(indices))
        return false;
    const int64_t bad = gn__first_not_index(indices->data, indices->shape.size[0], bound);
    if (bad >= 0)
        gn__op_fail(indices, op, GN_ERROR_ARGUMENT, "index %lld is %.9g, expected a whole number from 0 to %lld",
                    (long long)bad, (double)indices->data[bad], (long long)bound - 1);
    return bad < 0;
}

static int64_t row_size(gn_shape shape)
{
    return gn_shape_count(shape) / shape.size[0];
}

static gn_status gather_rows_forward(gn_var *out)
{
    const gn_real *x = out->inputs[0]->data, *indices = out->inputs[1]->data;
    const int64_t size = row_size(out->shape);
    for (int64_t i = 0; i < out->shape.size[0]; i++)
        memcpy(out->data + i * size, x + (int64_t)indices[i] * size, (size_t)size * sizeof *x);
    return GN_OK;
}

static void gather_rows_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    if (wanted[0])
        gradients[0] = gn_scatter_rows(out_gradient, out->inputs[1], out->inputs[0]->shape.size[0]);
}

const gn_op gn__op_gather_rows = {"gather_rows", gather_rows_forward, gather_rows_gradient, false};

gn_var *gn_gather_rows(gn_var *x, gn_var *indices)
{
    gn_var *inputs[] = {x, indices};
    if (!gn__check_inputs("gather_rows", inputs, 2))
        return gn__poison_of(inputs, 2);
    if (x->shape.rank == 0)
        return gn__op_fail(x, "gather_rows", GN_ERROR_SHAPE, "the input has rank 0 and so no rows");
    if (!check_indices("gather_rows", indices, x->shape.size[0]))
        return &x->tape->poison;
    gn_shape shape = x->shape;
    shape.size[0] = indices->shape.size[0];
    return gn_record(&gn__op_gather_rows, inputs, 2, shape, NULL, 0);
}

static gn_status scatter_rows_forward(gn_var *out)
{
    const gn_real *x = out->inputs[0]->data, *indices = out->inputs[1]->data;
    const int64_t size = row_size(out->shape), rows = out->inputs[0]->shape.size[0];
    memset(out->data, 0, (size_t)gn_shape_count(out->shape) * sizeof *out->data);
    for (int64_t i = 0; i < rows; i++) {
        gn_real *target = out->data + (int64_t)indices[i] * size;
        for (int64_t j = 0; j < size; j++)
            target[j] += x[i * size + j];
    }
    return GN_OK;
}

static void scatter_rows_gradient(gn_var *out, gn_var *out_gradient, const bool *wanted, gn_var **gradients)
{
    if (wanted[0])
        gradients[0] = gn_gather_rows(out_gradient, out->inputs[1]);
}

const gn_op gn__op_scatter_rows = {"scatter_rows", scatter_rows_forward, scatter_rows_gradient, false};

gn_var *gn_scatter_rows(gn_var *x, gn_var *indices, int64_t rows)
{
    gn_var *inputs[] = {x, indices};
    if (!gn__check_inputs("scatter_rows", inputs, 2))
        return gn__poison_of(inputs, 2);
    if (rows < 1)
        return gn__op_fail(x, "scatter_rows", GN_ERROR_ARGUMENT, "rows is %lld, expected at least 1", (long long)rows);
    if (x->shape.rank == 0 || x->shape.size[0] != gn_shape_count(indices->shape)) {
        char text_x[64], text_indices[64];
        return gn__op_fail(x, "scatter_rows", GN_ERROR_SHAPE, "input %s and indices %s differ in their number of rows",
                           gn_shape_text(x->shape, text_x, sizeof text_x),
                           gn_shape_text(indices->shape, text_indices, sizeof text_indices));
    }
    if (!check_indices("scatter_rows", indices, rows))
        return &x->tape->poison;
    gn_shape shape = x->shape;
    shape.size[0] = rows;
    return gn_record(&gn__op_scatter_rows, inputs, 2, shape, NULL, 0);
}

static gn_status one_hot_forward(gn_var *out)
{
    const int64_t classes = out->shape.size[1];
    memset(out->data, 0, (size_t)gn_shape_count(out->shape) * sizeof *out->data);
    for (int64_t i = 0; i < out->shape.size[0]; i++)
        out->data[i * classes + (int64_t)out->inputs[0]->data[i]] = 1;
    return GN_OK;
}

const gn_op gn__op_one_hot = {"one_hot", one_hot_forward, NULL, false};

gn_var *gn_one_hot(gn_var *labels, int64_t classes)
{
    if (!gn__check_inputs("one_hot", &labels, 1))
        return gn__poison_of(&labels, 1);
    if (classes < 1)
        return gn__op_fail(labels, "one_hot", GN_ERROR_ARGUMENT, "classes is %lld, expected at least 1",
                           (long long)classes);
    if (!check_indices("one_hot", labels, classes))
        return &labels->tape->poison;
    return gn_record(&gn__op_one_hot, &labels, 1, GN_SHAPE(labels->shape.size[0], classes), NULL, 0);
}
