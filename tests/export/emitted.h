/* SPDX-License-Identifier: MIT */
/* tests/export/emitted.h - an emitted network, compiled and held against the library. */
#ifndef GN_TESTS_EXPORT_EMITTED_H
#define GN_TESTS_EXPORT_EMITTED_H

#include "files.h"
#include "nn/layers.h"

#include <gannet/emit_c.h>

#if defined(__SANITIZE_ADDRESS__)
#define EMITTED_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EMITTED_SANITIZED 1
#endif
#endif

/* What the file is compiled with; a test that runs under a sanitizer runs the network under it, too. */
#ifdef EMITTED_SANITIZED
#define EMITTED_FLAGS "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
#else
#define EMITTED_FLAGS "-O1"
#endif

enum { EMITTED_INPUTS = 4 };

/* A programme that calls the function `TIMES` times, with what was never written in scratch between, and writes the
 * last result. */
static inline void emitted_write_program(const char *path, int count)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("#define NETWORK_DECLARATIONS_ONLY\n#include \"network.c\"\n#include \"network.c\"\n"
          "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
          "static float *numbers(size_t count)\n{\n    float *x = malloc(count * sizeof *x);\n"
          "    if (x == NULL)\n        exit(3);\n    memset(x, 255, count * sizeof *x);\n    return x;\n}\n"
          "static float *read_numbers(FILE *file, size_t count)\n{\n    float *x = numbers(count);\n"
          "    if (fread(x, sizeof *x, count, file) != count)\n        exit(4);\n    return x;\n}\n"
          "int main(int argc, char **argv)\n{\n    FILE *in = fopen(argv[argc - 2], \"rb\"), *out = fopen(argv[argc - "
          "1], \"wb\");\n"
          "    float *y = numbers(NETWORK_OUTPUT);\n    int i;\n",
          file);
    for (int i = 0; i < count; i++)
        fprintf(file, "    float *x%d = read_numbers(in, NETWORK_INPUT%d);\n", i, i);
    fputs("    for (i = 0; i < 2; i++) {\n        float *scratch = numbers(NETWORK_SCRATCH);\n        network_apply(",
          file);
    for (int i = 0; i < count; i++)
        fprintf(file, "x%d, ", i);
    fputs(
        "y, scratch);\n        free(scratch);\n    }\n"
        "    if (fwrite(y, sizeof *y, NETWORK_OUTPUT, out) != NETWORK_OUTPUT || fclose(out) != 0)\n        return 5;\n"
        "    fclose(in);\n    free(y);\n",
        file);
    for (int i = 0; i < count; i++)
        fprintf(file, "    free(x%d);\n", i);
    fputs("    return 0;\n}\n", file);
    assert_int_equal(fclose(file), 0);
}

static inline void emitted_compile(void)
{
    char command[2000];
    const char *compiler = getenv("CC");
    snprintf(command, sizeof command,
             "cd '%s' && %s -std=c99 -Wall -Wextra -pedantic -Wconversion -Wshadow -Wmissing-prototypes -Werror %s -o "
             "network network.c "
             "program.c -lm",
             test_directory, compiler == NULL ? "cc" : compiler, EMITTED_FLAGS);
    assert_int_equal(system(command), 0);
}

static inline void emitted_run(const gn_shape *shapes, gn_tensor *const *inputs, int count, float *output,
                               size_t outputs)
{
    char command[2000];
    FILE *file = fopen(path_of("in"), "wb");
    assert_non_null(file);
    for (int i = 0; i < count; i++)
        for (int64_t k = 0; k < gn_shape_count(shapes[i]); k++) {
            const float number = (float)gn_tensor_values(inputs[i])[k];
            assert_int_equal(fwrite(&number, sizeof number, 1, file), 1);
        }
    fclose(file);
    snprintf(command, sizeof command, "cd '%s' && ./network in out", test_directory);
    assert_int_equal(system(command), 0);
    file = fopen(path_of("out"), "rb");
    assert_non_null(file);
    assert_int_equal(fread(output, sizeof *output, outputs, file), outputs);
    assert_int_equal(fgetc(file), EOF);
    fclose(file);
}

/* The module on these inputs, in inference mode, by the library and by the compiled file: equal within the
 * tolerance. */
static inline void emitted_compare(const fixture *f, gn_module *module, gn_tensor *const *inputs, int count,
                                   double tolerance)
{
    gn_shape shapes[EMITTED_INPUTS];
    gn_var *values[EMITTED_INPUTS];
    assert_non_null(module);
    assert_true(count <= EMITTED_INPUTS);
    gn_module_set_training(module, false);
    gn_tape_reset(f->tape);
    for (int i = 0; i < count; i++) {
        shapes[i] = gn_tensor_shape(inputs[i]);
        values[i] = gn_input(f->tape, inputs[i]);
    }
    const gn_var *expected = gn_apply_all(module, values, count);
    if (gn_tape_status(f->tape) != GN_OK ||
        gn_module_emit_c(module, path_of("network.c"), shapes, count, NULL) != GN_OK)
        fail_msg("%s", gn_context_message(f->context));
    const size_t outputs = (size_t)gn_shape_count(gn_var_shape(expected));
    float *output = calloc(outputs, sizeof *output);
    assert_non_null(output);
    emitted_write_program(path_of("program.c"), count);
    emitted_compile();
    emitted_run(shapes, inputs, count, output, outputs);
    for (size_t i = 0; i < outputs; i++)
        assert_near((double)output[i], (double)gn_var_data(expected)[i], tolerance);
    free(output);
    gn_tape_reset(f->tape);
}

/* The same for inputs of these shapes, filled with numbers between -1 and 1. */
static inline void emitted_compare_shapes(const fixture *f, gn_module *module, const gn_shape *shapes, int count,
                                          double tolerance)
{
    gn_tensor *inputs[EMITTED_INPUTS];
    for (int i = 0; i < count; i++)
        inputs[i] = numbers(f->context, shapes[i]);
    emitted_compare(f, module, inputs, count, tolerance);
    for (int i = 0; i < count; i++)
        gn_tensor_free(inputs[i]);
    gn_module_free(module);
}

/* Gives batch norms statistics, scales and shifts as after a training. */
static inline void emitted_train_norms(const gn_module *module)
{
    for (size_t i = 0; i < gn_module_tensor_count(module); i++) {
        const gn_named_tensor named = gn_module_tensor(module, i);
        const bool variance = strstr(named.name, "running_variance") != NULL;
        if (strstr(named.name, "norm") == NULL && !variance)
            continue;
        for (int64_t k = 0; k < gn_tensor_count(named.tensor); k++)
            gn_tensor_data(named.tensor)[k] = (variance ? 0.3f : -0.4f) + 0.1f * (gn_real)(k % 11);
    }
}

#endif
