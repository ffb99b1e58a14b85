/* SPDX-License-Identifier: MIT */
/* examples/common/config.h - what a checkpoint says of the program that wrote it, as JSON. */
#ifndef EXAMPLES_CONFIG_H
#define EXAMPLES_CONFIG_H

#include "common/options.h"

#include <gannet/context.h>
#include <jansson.h>

/* {"program":..., and the options by their names}: all that have a default, or only those that make the run what it is.
 * NULL with GN_ERROR_MEMORY. The caller frees it with json_decref. */
json_t *config_new(gn_context *context, const command_line *program, bool of_run_only);

/* Reads the configuration of a checkpoint that the program called `writer` saved; GN_ERROR_FORMAT for any other
 * file. */
json_t *config_read(gn_context *context, const char *checkpoint, const char *writer);

/* Takes the options that make the run what it is from the configuration of a checkpoint. GN_ERROR_ARGUMENT when one of
 * them was given and differs. */
gn_status config_adopt(gn_context *context, const command_line *program, const json_t *config, const char *checkpoint);

#endif
