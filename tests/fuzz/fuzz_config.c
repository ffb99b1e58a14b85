/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_config.c - the examples' readers of JSON: of the configuration in a checkpoint, and of a file given
 * with --config. */
#include "common/config.h"
#include "common/plain_file.h"
#include "fuzz.h"

#include <gannet/archive.h>
#include <stdlib.h>
#include <string.h>

static struct values {
    bool flag;
    int64_t number;
    double real;
    const char *text;
    int choice;
} values;

static option rows[] = {
    {"number", OPTION_NUMBER, &values.number, "N", "4", 0, 100, .of_run = true},
    {"real", OPTION_REAL, &values.real, "X", "0.5", -1, 1, .of_run = true},
    {"choice", OPTION_CHOICE, &values.choice, "one|two|three", "two", .of_run = true},
    {"flag", OPTION_FLAG, &values.flag, .of_run = true},
};
static const command_line program = {"fuzz", "reads a configuration.", "", rows, sizeof rows / sizeof *rows};

/* A checkpoint that holds the text; NULL when a file cannot hold it. */
static const char *put_checkpoint(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    fuzz_require(text != NULL, "no memory");
    memcpy(text, data, size);
    text[size] = '\0';
    gn_context *context = fuzz_begin(0, 0, SIZE_MAX);
    gn_archive *archive = gn_archive_new(context);
    const char *path = fuzz_put("config.safetensors", data, 0);
    const bool saved = gn_archive_add_text(archive, "gannet.config", text) == GN_OK &&
                       gn_archive_save(archive, path) == GN_OK;
    gn_archive_free(archive);
    fuzz_end(context, saved);
    free(text);
    return saved ? path : NULL;
}

static void read_file(const uint8_t *data, size_t size)
{
    char problem[512];
    const char *path = fuzz_put("config.json", data, size);
    gn_context *context = fuzz_begin(size, 80, 1 << 16);
    json_t *file = plain_file_json(path, problem, sizeof problem);
    fuzz_require((file == NULL) == (problem[0] != '\0'), "a failure without a message, or the other way");
    const bool adopted = file != NULL && config_adopt(context, &program, file, path) == GN_OK;
    json_decref(file);
    fuzz_end(context, adopted || file == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_file(data, size);
    const char *path = put_checkpoint(data, size);
    if (path == NULL)
        return 0;
    gn_context *context = fuzz_begin(size, 80, 1 << 16);
    json_t *config = config_read(context, path, "fuzz");
    const bool adopted = config != NULL && config_adopt(context, &program, config, path) == GN_OK;
    json_decref(config);
    fuzz_end(context, adopted);
    fuzz_require(values.number >= 0 && values.number <= 100, "a number out of range");
    fuzz_require(values.real >= -1 && values.real <= 1, "a real number out of range");
    return 0;
}
