/* SPDX-License-Identifier: MIT */
/* lib/nn/modes.c - what a tree of modules is set to: frozen or not, training, and by which statistics. */
#include "nn/module.h"

void gn_module_set_frozen(gn_module *module, bool frozen)
{
    const gn_parameter_list parameters = gn_parameters(module);
    for (size_t i = 0; i < parameters.count; i++)
        gn_parameter_set_frozen(parameters.items[i], frozen);
}

static void set_statistics(gn_module *module, gn_statistics statistics)
{
    module->statistics = statistics;
    for (size_t i = 0; i < module->child_count; i++)
        set_statistics(module->children[i], statistics);
}

void gn_module_set_statistics(gn_module *module, gn_statistics statistics)
{
    if (module == NULL)
        return;
    if (statistics >= GN_STATISTICS_BATCH_UPDATE && statistics <= GN_STATISTICS_RUNNING)
        set_statistics(module, statistics);
    else
        gn_context_fail(module->context, GN_ERROR_ARGUMENT, "%s '%s': statistics is %d, expected one of gn_statistics",
                        module->module_class->name, module->path, (int)statistics);
}

gn_statistics gn_module_statistics(const gn_module *module)
{
    return module == NULL ? GN_STATISTICS_BATCH_UPDATE : module->statistics;
}

static void set_dropping(gn_module *module, bool training)
{
    module->training = training;
    for (size_t i = 0; i < module->child_count; i++)
        set_dropping(module->children[i], training);
}

void gn_module_set_training(gn_module *module, bool training)
{
    if (module == NULL)
        return;
    set_dropping(module, training);
    gn_module_set_statistics(module, training ? GN_STATISTICS_BATCH_UPDATE : GN_STATISTICS_RUNNING);
}

bool gn_module_training(const gn_module *module)
{
    return module != NULL && module->training;
}

void gn__module_keep_modes(gn_module *module)
{
    if (module->keepers++ == 0) {
        module->kept_training = module->training;
        module->kept_statistics = module->statistics;
    }
    for (size_t i = 0; i < module->child_count; i++)
        gn__module_keep_modes(module->children[i]);
}

void gn__module_restore_modes(gn_module *module)
{
    if (module->keepers > 0 && --module->keepers == 0) {
        module->training = module->kept_training;
        module->statistics = module->kept_statistics;
    }
    for (size_t i = 0; i < module->child_count; i++)
        gn__module_restore_modes(module->children[i]);
}
