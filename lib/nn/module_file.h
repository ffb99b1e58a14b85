/* SPDX-License-Identifier: MIT */
/* lib/nn/module_file.h - tensors on their way to a file and back: of a module, and of a run that holds modules. */
#ifndef GN_NN_MODULE_FILE_H
#define GN_NN_MODULE_FILE_H

#include <gannet/archive.h>
#include <gannet/module.h>

/* Does something with a tensor and its name in the file. */
typedef gn_status gn__visitor(gn_archive *archive, const char *name, gn_tensor *tensor);

/* Visits a tensor under its name, or all of a module in order until one fails; their names in the file begin with
 * prefix. */
gn_status gn__tensor_visit(const char *prefix, gn_named_tensor named, gn_archive *archive, gn__visitor *visit);
gn_status gn__module_visit(const char *prefix, const gn_module *module, gn_archive *archive, gn__visitor *visit);

/* Adds a tensor to the file; GN_ERROR_NUMBER if one of its numbers is not finite. */
gn__visitor gn__add_finite;

/* Is the tensor in the file, under its name, with its shape, and of a type that can be read? */
gn__visitor gn__check_tensor;

/* Reads the tensor from the file. */
gn__visitor gn__get_tensor;

/* Puts the file's name before the message of a failure. Returns status. */
gn_status gn__name_file(gn_context *context, const char *path, gn_status status);

#endif
