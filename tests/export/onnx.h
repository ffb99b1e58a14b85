/* SPDX-License-Identifier: MIT */
/* tests/export/onnx.h - what is in an ONNX file, read without a library; and cases for check_onnx.py to compare with
 * onnxruntime. */
#ifndef GN_TESTS_EXPORT_ONNX_H
#define GN_TESTS_EXPORT_ONNX_H

#include "files.h"
#include "io/messages.h"

#include <gannet/gannet.h>

static inline void add_word(char *text, size_t size, message word)
{
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%.*s", used > 0 ? " " : "", (int)(word.end - word.next),
             (const char *)word.next);
}

/* --- a model ------------------------------------------------------------------------------------------------------ */

typedef struct onnx_model {
    char nodes[2000];               /* types of the nodes in order, with spaces between */
    char initializers[4000];        /* their names */
    char inputs[400], outputs[400]; /* names and sizes, as "noise[N,100] label[N,10]" */
} onnx_model;

/* ValueInfo: name 1, type 2; type: tensor 1; tensor: shape 2; shape: dimension 1; dimension: value 1, parameter 2. */
static inline void add_info(char *text, size_t size, message info)
{
    field dimension, d = {0};
    message shape = inside(inside(inside(info, 2), 1), 2);
    const char *before = "[";
    add_word(text, size, inside(info, 1));
    for (; next_field(&shape, &dimension); before = ",") {
        const size_t used = strlen(text);
        assert_true(next_field(&dimension.content, &d));
        if (d.number == 1)
            snprintf(text + used, size - used, "%s%d", before, (int)d.value);
        else
            snprintf(text + used, size - used, "%s%.*s", before, (int)(d.content.end - d.content.next),
                     (const char *)d.content.next);
    }
    strncat(text, before[0] == '[' ? "[]" : "]", size - strlen(text) - 1);
}

static inline onnx_model read_model(const char *path)
{
    size_t size;
    unsigned char *bytes = get_file(path, &size);
    message graph = inside((message){bytes, bytes + size}, 7);
    onnx_model model = {.nodes = ""};
    field f = {0};
    while (next_field(&graph, &f))
        if (f.number == 1)
            add_word(model.nodes, sizeof model.nodes, inside(f.content, 4));
        else if (f.number == 5)
            add_word(model.initializers, sizeof model.initializers, inside(f.content, 8));
        else if (f.number == 11)
            add_info(model.inputs, sizeof model.inputs, f.content);
        else if (f.number == 12)
            add_info(model.outputs, sizeof model.outputs, f.content);
    free(bytes);
    return model;
}

/* --- cases: a model, and what the library makes of some inputs ---------------------------------------------------- */

typedef struct onnx_case {
    const char *name;
    gn_module *module;
    gn_shape inputs[3];
    int count;
    int64_t batch; /* of the inputs that are compared; 0: as in the shapes */
    int classes;   /* of the last input, whose numbers are classes; 0: it holds any numbers */
} onnx_case;

static inline gn_tensor *case_input(gn_context *context, const onnx_case *c, int index)
{
    gn_shape shape = c->inputs[index];
    if (c->batch > 0)
        shape.size[0] = c->batch;
    gn_tensor *tensor = gn_tensor_new(context, shape);
    gn_random random = {.seed = 3, .stream = (uint64_t)index};
    gn_random_fill_normal(&random, gn_tensor_data(tensor), gn_tensor_count(tensor), 0, 1);
    for (int64_t i = 0; i < gn_tensor_count(tensor) && c->classes > 0 && index == c->count - 1; i++)
        gn_tensor_data(tensor)[i] = (gn_real)(gn_random_bits(&random) % (unsigned)c->classes);
    return tensor;
}

static inline void save_case(const onnx_case *c, const char *path)
{
    static const char *const names[] = {"input0", "input1", "input2"};
    gn_context *context = gn_module_context(c->module);
    gn_tape *tape = gn_tape_new(context);
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensors[4];
    gn_var *inputs[3];
    for (int i = 0; i < c->count; i++) {
        tensors[i] = case_input(context, c, i);
        inputs[i] = gn_input(tape, tensors[i]);
        assert_int_equal(gn_archive_add(archive, names[i], tensors[i]), GN_OK);
    }
    gn_module_set_training(c->module, false);
    const gn_var *output = gn_apply_all(c->module, inputs, c->count);
    assert_int_equal(gn_tape_status(tape), GN_OK);
    tensors[c->count] = gn_tensor_from(context, gn_var_shape(output), gn_var_data(output));
    assert_int_equal(gn_archive_add(archive, "output", tensors[c->count]), GN_OK);
    assert_int_equal(gn_npz_save(archive, path), GN_OK);
    gn_archive_free(archive);
    for (int i = 0; i <= c->count; i++)
        gn_tensor_free(tensors[i]);
    gn_tape_free(tape);
}

/* Numbers other than those that a network starts with: batch norm's averages, and biases. */
static inline gn_module *stirred(gn_module *module)
{
    gn_random random = {.seed = 8};
    for (size_t i = 0; i < gn_module_tensor_count(module); i++) {
        const gn_named_tensor named = gn_module_tensor(module, i);
        gn_real *x = gn_tensor_data(named.tensor);
        for (int64_t k = 0; k < gn_tensor_count(named.tensor); k++)
            if (strstr(named.name, "running_variance") != NULL)
                x[k] = (gn_real)(0.5 + (double)gn_random_uniform(&random));
            else if (strstr(named.name, "weight") == NULL || strstr(named.name, "norm") != NULL)
                x[k] += (gn_real)(0.5 * (double)gn_random_normal(&random));
    }
    return module;
}

/* Writes <directory>/<name>.onnx and .npz. */
static inline void write_case(const char *directory, const onnx_case *c)
{
    char model[600], numbers[600];
    snprintf(model, sizeof model, "%s/%s.onnx", directory, c->name);
    snprintf(numbers, sizeof numbers, "%s/%s.npz", directory, c->name);
    const gn_status status = gn_onnx_export(c->module, model,
                                            &(gn_onnx_options){.inputs = c->inputs, .count = c->count});
    if (status != GN_OK)
        fail_msg("%s: %s", c->name, gn_context_message(gn_module_context(c->module)));
    save_case(c, numbers);
}

#endif
