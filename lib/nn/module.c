/* SPDX-License-Identifier: MIT */
/* lib/nn/module.c - modules: the tree, its names and lists. */
#include "nn/module.h"

#include "autodiff/parameter.h"
#include "core/context.h"
#include "core/tensor.h"

#include <stdio.h>
#include <string.h>

/* Initialisers draw from streams of their own, far from those that count steps or pictures. */
static const uint64_t init_streams = UINT64_C(1) << 63;

/* --- names -------------------------------------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot == NULL ? path : dot + 1;
}

static const char *member_path(const gn__member *m)
{
    return m->parameter != NULL ? gn_parameter_name(m->parameter) : m->path;
}

/* Puts a new path, which may be NULL for lack of memory, in place of an old one. */
static gn_status replace_path(gn_context *context, char **path, char *replacement)
{
    if (replacement == NULL)
        return GN_ERROR_MEMORY;
    gn_text_free(context, *path);
    *path = replacement;
    return GN_OK;
}

static gn_status rename_member(const gn_module *module, gn__member *m)
{
    char *path = gn__join_path(module->context, module->path, last_part(member_path(m)));
    if (path == NULL || m->parameter == NULL)
        return replace_path(module->context, &m->path, path);
    const gn_status status = gn__parameter_rename(m->parameter, path);
    gn_text_free(module->context, path);
    return status;
}

/* Gives module and everything below it the paths that follow from its place in parent. */
static gn_status rename_tree(gn_module *module, const gn_module *parent)
{
    gn_status status = replace_path(module->context, &module->path,
                                    gn__join_path(module->context, parent->path, last_part(module->path)));
    for (size_t i = 0; i < module->member_count && status == GN_OK; i++)
        status = rename_member(module, &module->members[i]);
    for (size_t i = 0; i < module->child_count && status == GN_OK; i++)
        status = rename_tree(module->children[i], module);
    return status;
}

static gn_status name_after_class(gn_module *child, size_t index)
{
    char name[128];
    snprintf(name, sizeof name, "%s%zu", child->module_class->name, index);
    return replace_path(child->context, &child->path, gn__copy_text(child->context, name));
}

static gn_status check_name(gn_context *context, const char *name)
{
    if (name != NULL && *name != '\0' && strchr(name, '.') == NULL)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT,
                           "module: a name is '%s', expected at least one character and no '.'",
                           name == NULL ? "" : name);
}

static gn_module *find_child(const gn_module *module, const char *name, size_t length)
{
    for (size_t i = 0; i < module->child_count; i++) {
        const char *own = last_part(module->children[i]->path);
        if (strlen(own) == length && memcmp(own, name, length) == 0)
            return module->children[i];
    }
    return NULL;
}

gn_module *gn_module_find(gn_module *module, const char *path)
{
    if (path == NULL)
        return NULL;
    while (module != NULL && path != NULL) {
        const size_t length = strcspn(path, ".");
        module = find_child(module, path, length);
        path = path[length] == '.' ? path + length + 1 : NULL;
    }
    return module;
}

/* --- making and freeing ------------------------------------------------------------------------------------------- */

gn_module *gn_module_new(gn_context *context, const gn_module_class *module_class, const char *name, size_t state_size)
{
    if (context == NULL || module_class == NULL || module_class->name == NULL || module_class->forward == NULL)
        return gn__fail(context, GN_ERROR_ARGUMENT, "module: a class needs a name and a forward function");
    if (check_name(context, name == NULL ? module_class->name : name) != GN_OK)
        return NULL;
    gn_module *module = gn__new(context, sizeof *module);
    if (module == NULL)
        return NULL;
    module->context = context;
    module->module_class = module_class;
    module->named = name != NULL;
    module->training = true;
    module->path = gn__copy_text(context, name == NULL ? module_class->name : name);
    module->state_size = state_size;
    module->state = state_size == 0 ? NULL : gn__new(context, state_size);
    module->failed = module->path == NULL || (module->state == NULL && state_size > 0);
    return gn_module_complete(module);
}

static void free_members(gn_module *module)
{
    for (size_t i = 0; i < module->member_count; i++) {
        gn__member *m = &module->members[i];
        if (m->parameter == NULL)
            gn__tensor_delete(m->tensor);
        gn__parameter_delete(m->parameter);
        gn_text_free(module->context, m->path);
    }
    gn__delete(module->context, module->members, module->member_capacity * sizeof *module->members);
    gn__delete(module->context, module->parameters, module->parameter_capacity * sizeof(gn_parameter *));
}

static void free_tree(gn_module *module)
{
    gn_context *context = module->context;
    for (size_t i = 0; i < module->child_count; i++)
        free_tree(module->children[i]);
    gn__delete(context, module->children, module->child_capacity * sizeof(gn_module *));
    if (module->module_class->free_state != NULL && module->state != NULL)
        module->module_class->free_state(module);
    free_members(module);
    gn__delete(context, module->state, module->state_size);
    gn_text_free(context, module->path);
    gn__delete(context, module, sizeof *module);
}

static bool is_at_work(const gn_module *module)
{
    bool held = module->held > 0;
    for (size_t i = 0; i < module->child_count; i++)
        held = held || is_at_work(module->children[i]);
    return held;
}

void gn_module_free(gn_module *module)
{
    if (module == NULL)
        return;
    if (module->parent != NULL)
        gn_context_fail(module->context, GN_ERROR_STATE, "module: '%s' belongs to '%s', which frees it", module->path,
                        module->parent->path);
    else if (is_at_work(module))
        gn_context_fail(module->context, GN_ERROR_STATE, "module: '%s' is freed by a function that it waits for",
                        module->path);
    else
        free_tree(module);
}

gn_module *gn_module_complete(gn_module *module)
{
    if (module == NULL || !module->failed)
        return module;
    gn_module_free(module);
    return NULL;
}

/* --- adding ------------------------------------------------------------------------------------------------------- */

/* Room for more parameters in the lists of module and of those above it. */
static gn_status reserve_parameters(gn_module *module, size_t more)
{
    for (; more > 0 && module != NULL; module = module->parent) {
        gn_parameter **list = gn__grow(module->context, module->parameters, sizeof *list, &module->parameter_capacity,
                                       module->parameter_count + more);
        if (list == NULL)
            return GN_ERROR_MEMORY;
        module->parameters = list;
    }
    return GN_OK;
}

static size_t collect_parameters(const gn_module *module, gn_parameter **list, size_t count)
{
    for (size_t i = 0; i < module->member_count; i++)
        if (module->members[i].parameter != NULL)
            list[count++] = module->members[i].parameter;
    for (size_t i = 0; i < module->child_count; i++)
        count = collect_parameters(module->children[i], list, count);
    return count;
}

/* Lists the parameters anew, in module and above; the room is there. */
static void list_parameters(gn_module *module)
{
    for (; module != NULL; module = module->parent)
        module->parameter_count = collect_parameters(module, module->parameters, 0);
}

/* Checks the name of a new member and makes room for it. */
static gn_status reserve_member(gn_module *module, const char *name)
{
    const gn_status status = check_name(module->context, name);
    if (status != GN_OK)
        return status;
    for (size_t i = 0; i < module->member_count; i++)
        if (strcmp(last_part(member_path(&module->members[i])), name) == 0)
            return gn_context_fail(module->context, GN_ERROR_ARGUMENT, "%s '%s': two tensors are named '%s'",
                                   module->module_class->name, module->path, name);
    gn__member *members = gn__grow(module->context, module->members, sizeof *members, &module->member_capacity,
                                   module->member_count + 1);
    if (members == NULL)
        return GN_ERROR_MEMORY;
    module->members = members;
    return reserve_parameters(module, 1);
}

static gn_parameter *parameter_new(gn_module *module, const char *name, gn_shape shape, gn_init init, int64_t fan_in,
                                   int64_t fan_out)
{
    char *path = gn__join_path(module->context, module->path, name);
    gn_parameter *parameter = path == NULL ? NULL : gn_parameter_new(module->context, path, shape);
    gn_text_free(module->context, path);
    gn_random random = {.seed = module->context->seed, .stream = init_streams + module->context->init_stream++};
    if (parameter == NULL || gn_init_fill(parameter->value, init, fan_in, fan_out, &random) != GN_OK) {
        gn_parameter_free(parameter);
        return NULL;
    }
    parameter->owned = true;
    return parameter;
}

gn_parameter *gn_module_add_parameter(gn_module *module, const char *name, gn_shape shape, gn_init init, int64_t fan_in,
                                      int64_t fan_out)
{
    if (module == NULL)
        return NULL;
    gn_parameter *parameter = reserve_member(module, name) == GN_OK
                                  ? parameter_new(module, name, shape, init, fan_in, fan_out)
                                  : NULL;
    module->failed |= parameter == NULL;
    if (parameter == NULL)
        return NULL;
    module->members[module->member_count++] = (gn__member){parameter, gn_parameter_value(parameter), NULL};
    list_parameters(module);
    return parameter;
}

gn_tensor *gn_module_add_buffer(gn_module *module, const char *name, gn_shape shape, gn_real fill)
{
    if (module == NULL)
        return NULL;
    gn__member buffer = {NULL, NULL, NULL};
    if (reserve_member(module, name) == GN_OK) {
        buffer.tensor = gn__tensor_new_owned(module->context, shape);
        buffer.path = gn__join_path(module->context, module->path, name);
    }
    if (buffer.tensor == NULL || buffer.path == NULL) {
        gn__tensor_delete(buffer.tensor);
        gn_text_free(module->context, buffer.path);
        module->failed = true;
        return NULL;
    }
    for (int64_t i = 0; i < gn_tensor_count(buffer.tensor); i++)
        gn_tensor_data(buffer.tensor)[i] = fill;
    module->members[module->member_count++] = buffer;
    return buffer.tensor;
}

bool gn__module_is_above(const gn_module *candidate, const gn_module *module)
{
    while (module != NULL && module != candidate)
        module = module->parent;
    return module != NULL;
}

static gn_status check_child(const gn_module *module, const gn_module *child)
{
    gn_context *context = module->context;
    const char *kind = module->module_class->name;
    if (child == NULL)
        return gn__context_fail_null(context, "%s '%s': child %zu", kind, module->path, module->child_count);
    if (child->parent != NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s '%s': '%s' has a parent already", kind, module->path,
                               child->path);
    if (gn__module_is_above(child, module))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s '%s': a module cannot be its own child", kind,
                               module->path);
    if (child->context != context)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s '%s': '%s' was made from another context", kind,
                               module->path, child->path);
    return GN_OK;
}

static gn_status check_unique(const gn_module *module, const gn_module *child)
{
    const char *name = last_part(child->path);
    if (find_child(module, name, strlen(name)) == NULL)
        return GN_OK;
    return gn_context_fail(module->context, GN_ERROR_ARGUMENT, "%s '%s': two children are named '%s'",
                           module->module_class->name, module->path, name);
}

static gn_status adopt(gn_module *module, gn_module *child)
{
    gn_status status = check_child(module, child);
    if (status == GN_OK && !child->named)
        status = name_after_class(child, module->child_count);
    if (status == GN_OK)
        status = check_unique(module, child);
    if (status == GN_OK)
        status = rename_tree(child, module);
    if (status == GN_OK)
        status = reserve_parameters(module, child->parameter_count);
    if (status != GN_OK)
        return status;
    gn_module **children = gn__grow(module->context, module->children, sizeof(gn_module *), &module->child_capacity,
                                    module->child_count + 1);
    if (children == NULL)
        return GN_ERROR_MEMORY;
    module->children = children;
    module->children[module->child_count++] = child;
    child->parent = module;
    list_parameters(module);
    return GN_OK;
}

gn_status gn_module_add_child(gn_module *module, gn_module *child)
{
    const gn_status status = module == NULL ? GN_ERROR_ARGUMENT : adopt(module, child);
    if (status == GN_OK)
        return GN_OK;
    if (module != NULL)
        module->failed = true;
    if (child != NULL && child->parent == NULL && !gn__module_is_above(child, module))
        gn_module_free(child);
    return status;
}

/* A module that is listed twice must not be freed twice. */
static bool listed_before(gn_module *const *children, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (children[i] == children[index])
            return true;
    return false;
}

gn_status gn_module_add_children(gn_module *module, gn_module *const *children, size_t count)
{
    gn_status first = module == NULL ? GN_ERROR_ARGUMENT : GN_OK;
    if (module != NULL && children == NULL && count > 0) {
        module->failed = true;
        return gn_context_fail(module->context, GN_ERROR_ARGUMENT, "%s '%s': the list of children is NULL",
                               module->module_class->name, module->path);
    }
    for (size_t i = 0; i < count && children != NULL; i++) {
        if (first == GN_OK)
            first = gn_module_add_child(module, children[i]);
        else if (children[i] != NULL && !listed_before(children, i) && children[i]->parent == NULL)
            gn_module_free(children[i]);
    }
    return first;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

gn_context *gn_module_context(const gn_module *module)
{
    return module == NULL ? NULL : module->context;
}

const gn_module_class *gn_module_get_class(const gn_module *module)
{
    return module == NULL ? NULL : module->module_class;
}

const char *gn_module_name(const gn_module *module)
{
    return module == NULL ? "" : module->path;
}

bool gn__module_is_row_by_row(const gn_module *module)
{
    bool all = module->module_class->row_by_row;
    for (size_t i = 0; i < gn_module_child_count(module); i++)
        all = all && gn__module_is_row_by_row(gn_module_child(module, i));
    return all;
}

int64_t gn__module_own_numbers(const gn_module *module)
{
    int64_t numbers = 0;
    for (size_t i = 0; i < module->member_count; i++)
        if (module->members[i].parameter != NULL)
            numbers += gn_tensor_count(gn_parameter_value(module->members[i].parameter));
    return numbers;
}

const char *gn__module_short_name(const gn_module *module)
{
    return last_part(module->path);
}

void *gn_module_state(const gn_module *module)
{
    return module == NULL ? NULL : module->state;
}

size_t gn_module_child_count(const gn_module *module)
{
    return module == NULL ? 0 : module->child_count;
}

gn_module *gn_module_child(const gn_module *module, size_t index)
{
    return index < gn_module_child_count(module) ? module->children[index] : NULL;
}

int gn_module_inputs(const gn_module *module)
{
    if (module == NULL)
        return 0;
    const gn_module_class *kind = module->module_class;
    return kind->count_inputs == NULL ? kind->inputs : kind->count_inputs(module);
}

gn_parameter_list gn_parameters(gn_module *module)
{
    return module == NULL ? (gn_parameter_list){NULL, 0}
                          : (gn_parameter_list){module->parameters, module->parameter_count};
}

size_t gn_module_tensor_count(const gn_module *module)
{
    if (module == NULL)
        return 0;
    size_t count = module->member_count;
    for (size_t i = 0; i < module->child_count; i++)
        count += gn_module_tensor_count(module->children[i]);
    return count;
}

gn_named_tensor gn_module_tensor(const gn_module *module, size_t index)
{
    if (module == NULL)
        return (gn_named_tensor){NULL, NULL};
    if (index < module->member_count)
        return (gn_named_tensor){member_path(&module->members[index]), module->members[index].tensor};
    index -= module->member_count;
    for (size_t i = 0; i < module->child_count; i++) {
        const size_t count = gn_module_tensor_count(module->children[i]);
        if (index < count)
            return gn_module_tensor(module->children[i], index);
        index -= count;
    }
    return (gn_named_tensor){NULL, NULL};
}
