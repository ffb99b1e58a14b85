/* SPDX-License-Identifier: MIT */
/* examples/common/trained.c - networks from the files that dcgan and classify have written. */
#include "common/trained.h"

#include "common/config.h"
#include "common/lenet_network.h"
#include "common/plural.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static gn_module *unless(gn_status status, gn_module *network)
{
    if (status == GN_OK)
        return network;
    gn_module_free(network);
    return NULL;
}

static int64_t size_at(const json_t *image, size_t axis)
{
    return (int64_t)json_integer_value(json_array_get(image, axis));
}

/* What batch norms have averaged lags behind the average of the weights. */
static gn_status load_average(gn_module *generator, const char *checkpoint, int64_t classes)
{
    const gn_status status = gn_module_load_average(generator, checkpoint);
    return status == GN_OK
               ? gn_generator_standing_statistics(generator, classes, &(gn_latent){.size = DCGAN_LATENT}, NULL)
               : status;
}

/* The file is in the folder that one may have meant, and is mostly called as its option. */
static gn_status check_is_file(gn_context *context, const char *name, const char *path)
{
    struct stat about;
    const size_t length = strlen(path);
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode))
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT,
                           "option '--%s' is '%s', a folder, expected a file, such as '%s%s%s.safetensors'", name, path,
                           path, path[length - 1] == '/' ? "" : "/", name);
}

/* The configuration in the file that an option names. */
static json_t *read_config(gn_context *context, const char *name, const char *path, const char *program)
{
    return check_is_file(context, name, path) == GN_OK ? config_read(context, path, program) : NULL;
}

/* The running statistics come with the weights, so batch norm's momentum no longer matters. */
gn_module *trained_generator(gn_context *context, const char *checkpoint, dcgan_pictures *pictures)
{
    json_t *config = read_config(context, "checkpoint", checkpoint, "dcgan");
    if (config == NULL)
        return NULL;
    const bool average = json_number_value(json_object_get(config, "average")) > 0;
    const json_t *image = json_object_get(config, "image");
    *pictures = (dcgan_pictures){size_at(image, 0), size_at(image, 2),
                                 (int64_t)json_integer_value(json_object_get(config, "classes"))};
    json_decref(config);
    if (!dcgan_has_network(pictures)) {
        gn_context_fail(context, GN_ERROR_FORMAT,
                        "%s: there is no network for pictures of [%" PRId64 ",%" PRId64 ",%" PRId64 "] in %" PRId64
                        " class%s",
                        checkpoint, pictures->size, pictures->size, pictures->channels, pictures->classes,
                        plural_es(pictures->classes));
        return NULL;
    }
    gn_module *generator = dcgan_generator(context, pictures, 0.8f);
    if (generator == NULL)
        return NULL;
    return unless(average ? load_average(generator, checkpoint, pictures->classes)
                          : gn_module_load(generator, checkpoint),
                  generator);
}

gn_module *trained_digits_generator(gn_context *context, const char *checkpoint)
{
    dcgan_pictures pictures;
    gn_module *generator = trained_generator(context, checkpoint, &pictures);
    if (generator == NULL || pictures.size == dcgan_digits.size)
        return generator;
    gn_context_fail(context, GN_ERROR_FORMAT, "%s: draws pictures of [%d,%d,%d], expected digits of [28,28,1]",
                    checkpoint, (int)pictures.size, (int)pictures.size, (int)pictures.channels);
    gn_module_free(generator);
    return NULL;
}

gn_module *trained_classifier(gn_context *context, const char *file)
{
    json_t *config = read_config(context, "classifier", file, "classify");
    if (config == NULL)
        return NULL;
    json_decref(config);
    gn_module *lenet = lenet_new(context);
    return lenet == NULL ? NULL : unless(gn_module_load(lenet, file), lenet);
}
