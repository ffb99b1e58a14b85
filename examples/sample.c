/* SPDX-License-Identifier: MIT */
/* examples/sample.c - draws pictures with a generator that dcgan has trained, or hands it on to other programs. */
#include "common/dcgan_network.h"
#include "common/event.h"
#include "common/latent_grid.h"
#include "common/option_rows.h"
#include "common/trained.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sample_settings {
    const char *checkpoint, *out, *onnx, *emit_c;
    int64_t label, count, seed;
    int grid;
    bool json;
} sample_settings;

static gn_status draw(gn_context *context, gn_module *generator, int64_t classes, const sample_settings *settings)
{
    if (settings->label >= classes)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "option '--label' is '%d', expected 0 to %d",
                               (int)settings->label, (int)classes - 1);
    const gn_latent latent = {.size = DCGAN_LATENT};
    latent_grid grid;
    gn_status status = latent_grid_open(&grid, context, &latent, classes, (grid_kind)settings->grid, settings->label,
                                        settings->count, (uint64_t)settings->seed);
    gn_tensor *pictures = NULL;
    if (status == GN_OK)
        pictures = gn_generator_sample(generator, classes, &latent,
                                       &(gn_sample_options){.labels = grid.labels, .noise = grid.noise});
    if (pictures != NULL)
        status = gn_image_grid_write(settings->out, pictures, grid.columns, 2);
    else
        status = gn_context_status(context);
    gn_tensor_free(pictures);
    latent_grid_close(&grid);
    return status;
}

static gn_status export(gn_module *generator, int64_t classes, const char *path)
{
    const gn_shape inputs[] = {GN_SHAPE(1, DCGAN_LATENT), GN_SHAPE(1, classes)};
    const char *const names[] = {"noise", "label"};
    return gn_onnx_export(
        generator, path,
        &(gn_onnx_options){.inputs = inputs, .input_names = names, .count = 2, .output_name = "picture"});
}

/* "run/my-digits.c" -> "my_digits"; what C would not take for a name is "generator". */
static void name_after(const char *path, char *name, size_t size)
{
    const char *slash = strrchr(path, '/');
    snprintf(name, size, "%s", slash == NULL ? path : slash + 1);
    name[strcspn(name, ".")] = '\0';
    for (char *letter = name; *letter != '\0'; letter++)
        if (!isalnum((unsigned char)*letter))
            *letter = '_';
    if (name[0] == '\0' || isdigit((unsigned char)name[0]))
        snprintf(name, size, "generator");
}

static gn_status emit(gn_module *generator, int64_t classes, const char *path)
{
    static const char *const inputs[] = {"latent", "label"};
    const gn_shape shapes[] = {GN_SHAPE(1, DCGAN_LATENT), GN_SHAPE(1, classes)};
    char name[40];
    name_after(path, name, sizeof name);
    return gn_module_emit_c(generator, path, shapes, 2, &(gn_emit_c_options){name, "draw", inputs, "pixels"});
}

static gn_status write_files(gn_context *context, gn_module *generator, int64_t classes,
                             const sample_settings *settings)
{
    gn_status status = GN_OK;
    if (settings->out != NULL)
        status = draw(context, generator, classes, settings);
    if (status == GN_OK && settings->onnx != NULL)
        status = export(generator, classes, settings->onnx);
    if (status == GN_OK && settings->emit_c != NULL)
        status = emit(generator, classes, settings->emit_c);
    return status;
}

static int execute(gn_context *context, const command_line *program, const sample_settings *settings)
{
    dcgan_pictures pictures;
    gn_module *generator = trained_generator(context, settings->checkpoint, &pictures);
    const gn_status status = generator == NULL ? gn_context_status(context)
                                               : write_files(context, generator, pictures.classes, settings);
    gn_module_free(generator);
    if (status != GN_OK)
        return program_fail_by(program, context);
    const char *const files[] = {settings->out, settings->onnx, settings->emit_c};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i] != NULL && settings->json)
            event_print("wrote", json_pack("{s:s}", "file", files[i]));
        else if (files[i] != NULL)
            printf("wrote %s\n", files[i]);
    return EXIT_SUCCESS;
}

/* NULL, or the name of an option that is given in vain: it says what is drawn, and nothing is. */
static const char *given_in_vain(const command_line *program, const sample_settings *settings)
{
    static const char *const drawing[] = {"grid", "label", "count", "seed"};
    for (size_t i = 0; settings->out == NULL && i < program->count; i++)
        for (size_t j = 0; j < sizeof drawing / sizeof *drawing; j++)
            if (program->options[i].given && strcmp(program->options[i].name, drawing[j]) == 0)
                return drawing[j];
    return NULL;
}

/* Whether the options go together. */
static int check(const command_line *program, const sample_settings *settings)
{
    const char *vain = given_in_vain(program, settings);
    const grid_kind grid = (grid_kind)settings->grid;
    if (settings->out == NULL && settings->onnx == NULL && settings->emit_c == NULL)
        return program_fail(program, EXIT_USAGE,
                            "one of '--out FILE.png', '--onnx FILE.onnx' and '--emit-c FILE.c' is required");
    if (vain != NULL)
        return program_fail(program, EXIT_USAGE, "option '--%s' is of pictures, expected '--out FILE.png' beside it",
                            vain);
    if (settings->count == 1 && (grid == GRID_LINEAR || grid == GRID_CIRCLE || grid == GRID_MORPH))
        return program_fail(program, EXIT_USAGE,
                            "option '--count' is '1', expected at least 2 pictures to a way from one to another");
    return options_check_png(program, "out", settings->out);
}

int main(int argc, char **argv)
{
    sample_settings s = {.label = -1};
    /* clang-format off */
    option options[] = {
        option_checkpoint(&s.checkpoint),
        {.name = "out", .kind = OPTION_TEXT, .where = &s.out, .value = "FILE.png", .file = FILE_WRITTEN,
         .help = "the pictures, as one PNG"},
        {.name = "onnx", .kind = OPTION_TEXT, .where = &s.onnx, .value = "FILE.onnx", .file = FILE_WRITTEN,
         .help = "the generator, for programs that run ONNX models"},
        {.name = "emit-c", .kind = OPTION_TEXT, .where = &s.emit_c, .value = "FILE.c", .file = FILE_WRITTEN,
         .help = "the generator itself, as one C99 file that needs no library"},
        {.name = "grid", .kind = OPTION_CHOICE, .where = &s.grid,
         .value = "classes|styles|linear|circle|morph|truncation", .preset = "classes", .group = "What is drawn",
         .help = "one of those listed above"},
        {.name = "label", .kind = OPTION_NUMBER, .where = &s.label, .value = "K", .high = DCGAN_MAX_CLASSES - 1,
         .help = "one class only, instead of a row of each"},
        {.name = "count", .kind = OPTION_NUMBER, .where = &s.count, .value = "N", .preset = "10", .low = 1, .high = 1000,
         .help = "pictures in a row"},
        option_seed_of_noise(&s.seed),
        option_lines_of_json(&s.json, "Output"),
    };
    /* clang-format on */
    const command_line sample = {
        .name = "sample",
        .summary = "draws pictures with a generator that dcgan has trained.",
        .examples =
            "  sample --checkpoint dcgan-out/checkpoint.safetensors --out all.png\n"
            "  sample --checkpoint dcgan-out/checkpoint.safetensors --label 3 --count 50 --out threes.png\n"
            "  sample --checkpoint dcgan-out/checkpoint.safetensors --grid circle --out ways.png\n"
            "  sample --checkpoint dcgan-out/checkpoint.safetensors --onnx generator.onnx\n"
            "  sample --checkpoint dcgan-out/checkpoint.safetensors --emit-c digits.c\n"
            "\nGrids, a row for each class:\n"
            "  classes     every picture from noise of its own\n"
            "  styles      every column from one noise\n"
            "  linear      from one noise to another in a straight line\n"
            "  circle      the same on the great circle, where normal noise lives\n"
            "  morph       one noise, while the label changes to the next class\n"
            "  truncation  (a row for each of six truncations) noise kept within 2, 1.5, 1, 0.7, 0.4 deviations\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    int code = options_parse(&sample, argc, argv);
    if (code == OPTIONS_GO_ON)
        code = check(&sample, &s);
    if (code != OPTIONS_GO_ON)
        return code;
    gn_context *context = program_context(&sample, NULL);
    if (context == NULL)
        return EXIT_FAILURE;
    const int result = execute(context, &sample, &s);
    gn_context_free(context);
    return result;
}
