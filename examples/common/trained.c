/* SPDX-License-Identifier: MIT */
/* examples/common/trained.c - networks from the files that dcgan and classify have written. */
#include "common/trained.h"

#include "common/config.h"
#include "common/dcgan_network.h"
#include "common/lenet_network.h"

static gn_module *unless(gn_status status, gn_module *network)
{
    if (status == GN_OK)
        return network;
    gn_module_free(network);
    return NULL;
}

/* The running statistics come with the weights, so batch norm's momentum no longer matters. */
gn_module *trained_generator(gn_context *context, const char *checkpoint)
{
    json_t *config = config_read(context, checkpoint, "dcgan");
    if (config == NULL)
        return NULL;
    const bool average = json_number_value(json_object_get(config, "average")) > 0;
    json_decref(config);
    gn_module *generator = dcgan_generator(context, 0.8f);
    if (generator == NULL)
        return NULL;
    return unless(average ? gn_module_load_average(generator, checkpoint) : gn_module_load(generator, checkpoint),
                  generator);
}

gn_module *trained_classifier(gn_context *context, const char *file)
{
    json_t *config = config_read(context, file, "classify");
    if (config == NULL)
        return NULL;
    json_decref(config);
    gn_module *lenet = lenet_new(context);
    return lenet == NULL ? NULL : unless(gn_module_load(lenet, file), lenet);
}
