/* SPDX-License-Identifier: MIT */
/* examples/common/config.c - what a checkpoint says of the program that wrote it, as JSON. */
#include "common/config.h"

#include "common/option_json.h"

#include <gannet/module.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 256 };

json_t *config_new(gn_context *context, const command_line *program, bool of_run_only)
{
    json_t *config = json_object();
    int failed = json_object_set_new(config, "program", json_string(program->name));
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        if (row->of_run || (!of_run_only && row->preset != NULL))
            failed |= json_object_set_new(config, row->name, option_json(row));
    }
    if (!failed)
        return config;
    json_decref(config);
    gn_context_fail(context, GN_ERROR_MEMORY, "the configuration cannot be written as JSON");
    return NULL;
}

static json_t *parse(gn_context *context, const char *text, const char *checkpoint, const char *writer)
{
    json_t *config = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *found = json_string_value(json_object_get(config, "program"));
    if (found != NULL && strcmp(found, writer) == 0)
        return config;
    gn_context_fail(context, GN_ERROR_FORMAT, "%s: saved by %s%s%s, expected a checkpoint of '%s'", checkpoint,
                    found == NULL ? "another program" : "'", found == NULL ? "" : found, found == NULL ? "" : "'",
                    writer);
    json_decref(config);
    return NULL;
}

json_t *config_read(gn_context *context, const char *checkpoint, const char *writer)
{
    char *text = gn_config_read(context, checkpoint);
    json_t *config = text == NULL ? NULL : parse(context, text, checkpoint, writer);
    gn_text_free(context, text);
    return config;
}

gn_status config_adopt(gn_context *context, const command_line *program, const json_t *config, const char *checkpoint)
{
    for (size_t i = 0; i < program->count; i++) {
        const option *row = &program->options[i];
        char number[TEXT_SIZE], number_given[TEXT_SIZE], problem[TEXT_SIZE];
        if (!row->of_run)
            continue;
        const char *saved = option_json_text(json_object_get(config, row->name), number, sizeof number);
        const char *given = option_text(row, number_given, sizeof number_given);
        if (row->given && strcmp(saved, given) != 0)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "option '--%s' is '%s', but the run in %s has '%s'",
                                   row->name, given, checkpoint, saved);
        if (!option_set(row, saved, problem, sizeof problem))
            return gn_context_fail(context, GN_ERROR_FORMAT, "%s: '%s' is '%s', expected %s", checkpoint, row->name,
                                   saved, problem);
    }
    return GN_OK;
}
