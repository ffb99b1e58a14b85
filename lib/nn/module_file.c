/* SPDX-License-Identifier: MIT */
/* lib/nn/module_file.c - the tensors of a module in a file, alone or among those of a run. */
#include "nn/module_file.h"

#include "autodiff/finite.h"
#include "core/context.h"
#include "io/archive.h"

#include <stdio.h>
#include <string.h>

gn_status gn__tensor_visit(const char *prefix, gn_named_tensor named, gn_archive *archive, gn__visitor *visit)
{
    char name[GN__MAX_NAME + 1];
    const int length = snprintf(name, sizeof name, "%s%s", prefix, named.name);
    if (length > GN__MAX_NAME)
        return gn_context_fail(gn_tensor_context(named.tensor), GN_ERROR_ARGUMENT,
                               "the name '%.40s...' has %d bytes, expected at most %d", name, length, GN__MAX_NAME);
    return visit(archive, name, named.tensor);
}

gn_status gn__module_visit(const char *prefix, const gn_module *module, gn_archive *archive, gn__visitor *visit)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < gn_module_tensor_count(module) && status == GN_OK; i++)
        status = gn__tensor_visit(prefix, gn_module_tensor(module, i), archive, visit);
    return status;
}

/* --- saving ------------------------------------------------------------------------------------------------------- */

/* The file of before is worth more than one from which nobody can go on. */
gn_status gn__add_finite(gn_archive *archive, const char *name, gn_tensor *tensor)
{
    const int64_t bad = gn__first_not_finite(tensor);
    if (bad >= 0)
        return gn_context_fail(gn_tensor_context(tensor), GN_ERROR_NUMBER, "not saved: element %lld of '%s' is %g",
                               (long long)bad, name, (double)gn_tensor_values(tensor)[bad]);
    return gn_archive_add(archive, name, tensor);
}

gn_status gn_module_save(gn_module *module, const char *path, const char *config)
{
    if (module == NULL)
        return GN_ERROR_ARGUMENT;
    gn_archive *archive = gn_archive_new(gn_module_context(module));
    if (archive == NULL)
        return gn_context_status(gn_module_context(module));
    gn_status status = gn__module_visit("", module, archive, gn__add_finite);
    if (status == GN_OK && config != NULL)
        status = gn_archive_add_text(archive, "gannet.config", config);
    if (status == GN_OK)
        status = gn_archive_save(archive, path);
    gn_archive_free(archive);
    return status;
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

gn_status gn__check_tensor(gn_archive *archive, const char *name, gn_tensor *tensor)
{
    gn_context *context = gn_tensor_context(tensor);
    gn_shape shape;
    if (!gn_archive_has(archive, name))
        return gn_context_fail(context, GN_ERROR_FORMAT, "the file has no tensor '%s': it was saved %s", name,
                               strncmp(name, "average.", 8) == 0 ? "without a running average"
                                                                 : "from another network");
    const gn_status status = gn_archive_shape(archive, name, &shape);
    if (status != GN_OK || gn_shape_equal(shape, gn_tensor_shape(tensor)))
        return status != GN_OK ? status : gn__archive_check(archive, name, shape);
    char found[64], wanted[64];
    return gn_context_fail(context, GN_ERROR_FORMAT, "tensor '%s' has shape %s in the file and %s in the network", name,
                           gn_shape_text(shape, found, sizeof found),
                           gn_shape_text(gn_tensor_shape(tensor), wanted, sizeof wanted));
}

gn_status gn__get_tensor(gn_archive *archive, const char *name, gn_tensor *tensor)
{
    return gn_archive_get(archive, name, tensor);
}

gn_status gn__name_file(gn_context *context, const char *path, gn_status status)
{
    const size_t length = strlen(path);
    const char *now = gn_context_message(context);
    if (status == GN_OK || (strncmp(now, path, length) == 0 && now[length] == ':'))
        return status;
    char message[GN__MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", gn_context_message(context));
    return gn_context_fail(context, status, "%s: %s", path, message);
}

static gn_status load_module(gn_module *module, const char *path, const char *prefix)
{
    gn_context *context = gn_module_context(module);
    if (context == NULL)
        return GN_ERROR_ARGUMENT;
    gn_archive *archive = gn_archive_load(context, path);
    if (archive == NULL)
        return gn_context_status(context);
    gn_status status = gn__module_visit(prefix, module, archive, gn__check_tensor);
    if (status == GN_OK)
        status = gn__module_visit(prefix, module, archive, gn__get_tensor);
    gn_archive_free(archive);
    return gn__name_file(context, path, status);
}

gn_status gn_module_load(gn_module *module, const char *path)
{
    return load_module(module, path, "");
}

gn_status gn_module_load_average(gn_module *module, const char *path)
{
    return load_module(module, path, "average.");
}

char *gn_config_read(gn_context *context, const char *path)
{
    gn_archive *archive = gn_archive_load(context, path);
    if (archive == NULL)
        return NULL;
    const char *text = gn_archive_text(archive, "gannet.config");
    char *copy = gn__copy_text(context, text);
    if (text == NULL)
        gn_context_fail(context, GN_ERROR_FORMAT, "%s: the file holds no configuration", path);
    gn_archive_free(archive);
    return copy;
}
