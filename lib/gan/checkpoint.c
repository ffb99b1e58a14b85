/* SPDX-License-Identifier: MIT */
/* lib/gan/checkpoint.c - a run as one file: docs/checkpoint-format.md says what is in it.
 *
 * Nothing in the file differs between equal runs: no times, paths or thread counts. Loading checks everything first and changes
 * something only when all of it fits. */
#include "gan/gan.h"

#include <gannet/safetensors.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 1024 };

/* Visits every tensor of the run under its name in the file. */
typedef gn_status (*visitor)(gn_archive *archive, const char *name, gn_tensor *tensor);

static gn_status visit_module(const gn_module *module, gn_archive *archive, visitor visit)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < gn_module_tensor_count(module) && status == GN_OK; i++) {
        const gn_named_tensor named = gn_module_tensor(module, i);
        status = visit(archive, named.name, named.tensor);
    }
    return status;
}

static gn_status visit_optimizer(const gn_optimizer *optimizer, gn_archive *archive, visitor visit)
{
    gn_status status = GN_OK;
    char name[NAME_SIZE];
    for (size_t i = 0; i < gn_optimizer_tensor_count(optimizer) && status == GN_OK; i++) {
        const gn_named_tensor named = gn_optimizer_tensor(optimizer, i);
        snprintf(name, sizeof name, "optimizer.%s", named.name);
        status = visit(archive, name, named.tensor);
    }
    return status;
}

static gn_status visit_average(const gn_gan *gan, gn_archive *archive, visitor visit)
{
    gn_status status = GN_OK;
    char name[NAME_SIZE];
    for (size_t i = 0; i < gan->average_count && status == GN_OK; i++) {
        snprintf(name, sizeof name, "average.%s", gn_module_tensor(gan->options.generator, i).name);
        status = visit(archive, name, gan->average[i]);
    }
    return status;
}

static gn_status visit_all(const gn_gan *gan, gn_archive *archive, visitor visit)
{
    gn_status status = visit_module(gan->options.generator, archive, visit);
    if (status == GN_OK)
        status = visit_module(gan->options.discriminator, archive, visit);
    if (status == GN_OK)
        status = visit_optimizer(gan->generator_optimizer, archive, visit);
    if (status == GN_OK)
        status = visit_optimizer(gan->discriminator_optimizer, archive, visit);
    return status == GN_OK ? visit_average(gan, archive, visit) : status;
}

/* The counters of a run; the streams of noise and dropout are addressed by seed and step, so these say where they are. */
enum { COUNTERS = 4 };

static void counters_of(const gn_gan *gan, uint64_t *counters)
{
    counters[0] = (uint64_t)gan->steps;
    counters[1] = (uint64_t)gn_optimizer_steps(gan->generator_optimizer);
    counters[2] = (uint64_t)gn_optimizer_steps(gan->discriminator_optimizer);
    counters[3] = gan->options.seed;
}

/* The choices that change what the next step does; a file made under others is refused. */
static void describe_options(const gn_gan *gan, char *text, size_t size)
{
    const gn_gan_options *o = &gan->options;
    snprintf(
        text, size,
        "classes %lld, latent %lld %d %.9g, loss %s, targets %.9g %.9g, discriminator steps %d, average %.9g, fakes %d",
        (long long)o->classes, (long long)o->latent.size, (int)o->latent.distribution, (double)o->latent.scale,
        gn__gan_loss_find(o->loss)->name, (double)o->real_target, (double)o->fake_target, o->discriminator_steps,
        (double)o->average_decay, (int)o->fakes);
}

/* --- saving ----------------------------------------------------------------------------------------------------------------- */

static gn_status add_tensor(gn_archive *archive, const char *name, gn_tensor *tensor)
{
    return gn_archive_add(archive, name, tensor);
}

static gn_status add_gan(const gn_gan *gan, gn_archive *archive, const char *config)
{
    uint64_t counters[COUNTERS];
    char options[NAME_SIZE];
    counters_of(gan, counters);
    describe_options(gan, options, sizeof options);
    const double last[2] = {gan->g_loss, gan->g_gradient_norm};
    uint64_t last_bits[2];
    memcpy(last_bits, last, sizeof last_bits);
    gn_status status = visit_all(gan, archive, add_tensor);
    if (status == GN_OK)
        status = gn_archive_add_numbers(archive, "gan.counters", counters, COUNTERS);
    if (status == GN_OK)
        status = gn_archive_add_numbers(archive, "gan.last_generator_step", last_bits, 2);
    if (status == GN_OK)
        status = gn_archive_add_text(archive, "gannet.gan", options);
    return status == GN_OK && config != NULL ? gn_archive_add_text(archive, "gannet.config", config) : status;
}

gn_status gn_gan_save(const gn_gan *gan, const char *path, const char *config)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_archive *archive = gn_archive_new(gan->context);
    if (archive == NULL)
        return gn_context_status(gan->context);
    gn_status status = add_gan(gan, archive, config);
    if (status == GN_OK)
        status = gn_archive_save(archive, path);
    gn_archive_free(archive);
    return status;
}

gn_status gn_module_save(gn_module *module, const char *path, const char *config)
{
    gn_archive *archive = gn_archive_new(gn_module_context(module));
    if (archive == NULL)
        return gn_context_status(gn_module_context(module));
    gn_status status = visit_module(module, archive, add_tensor);
    if (status == GN_OK && config != NULL)
        status = gn_archive_add_text(archive, "gannet.config", config);
    if (status == GN_OK)
        status = gn_archive_save(archive, path);
    gn_archive_free(archive);
    return status;
}

/* --- loading ---------------------------------------------------------------------------------------------------------------- */

/* Is the tensor in the file, under its name and with its shape? */
static gn_status check_tensor(gn_archive *archive, const char *name, gn_tensor *tensor)
{
    gn_context *context = gn_tensor_context(tensor);
    gn_shape shape;
    if (!gn_archive_has(archive, name))
        return gn_context_fail(context, GN_ERROR_FORMAT,
                               "the file has no tensor '%s': it was saved from another network", name);
    const gn_status status = gn_archive_shape(archive, name, &shape);
    if (status != GN_OK || gn_shape_equal(shape, gn_tensor_shape(tensor)))
        return status;
    char found[64], wanted[64];
    return gn_context_fail(context, GN_ERROR_FORMAT, "tensor '%s' has shape %s in the file and %s in the network", name,
                           gn_shape_text(shape, found, sizeof found),
                           gn_shape_text(gn_tensor_shape(tensor), wanted, sizeof wanted));
}

static gn_status get_tensor(gn_archive *archive, const char *name, gn_tensor *tensor)
{
    return gn_archive_get(archive, name, tensor);
}

static gn_status check_options(const gn_gan *gan, const gn_archive *archive)
{
    char options[NAME_SIZE];
    describe_options(gan, options, sizeof options);
    const char *saved = gn_archive_text(archive, "gannet.gan");
    if (saved == NULL)
        return gn_context_fail(gan->context, GN_ERROR_FORMAT, "the file holds no gan's run");
    if (strcmp(saved, options) != 0)
        return gn_context_fail(gan->context, GN_ERROR_FORMAT, "the run was saved with other options: '%s', now '%s'",
                               saved, options);
    return GN_OK;
}

static gn_status check_counters(const gn_gan *gan, const uint64_t *counters)
{
    for (int i = 0; i < 3; i++)
        if (counters[i] > INT64_MAX / 2)
            return gn_context_fail(gan->context, GN_ERROR_FORMAT, "a counter of the run is %llu",
                                   (unsigned long long)counters[i]);
    if (counters[3] != gan->options.seed)
        return gn_context_fail(gan->context, GN_ERROR_FORMAT, "the run was saved with seed %llu, now it is %llu",
                               (unsigned long long)counters[3], (unsigned long long)gan->options.seed);
    return GN_OK;
}

static gn_status load_gan(gn_gan *gan, gn_archive *archive)
{
    uint64_t counters[COUNTERS], last[2];
    gn_status status = check_options(gan, archive);
    if (status == GN_OK)
        status = visit_all(gan, archive, check_tensor);
    if (status == GN_OK)
        status = gn_archive_get_numbers(archive, "gan.counters", counters, COUNTERS);
    if (status == GN_OK)
        status = gn_archive_get_numbers(archive, "gan.last_generator_step", last, 2);
    if (status == GN_OK)
        status = check_counters(gan, counters);
    if (status == GN_OK)
        status = visit_all(gan, archive, get_tensor);
    if (status != GN_OK)
        return status;
    gan->steps = (int64_t)counters[0];
    gn_optimizer_set_steps(gan->generator_optimizer, (int64_t)counters[1]);
    gn_optimizer_set_steps(gan->discriminator_optimizer, (int64_t)counters[2]);
    memcpy(&gan->g_loss, &last[0], sizeof gan->g_loss);
    memcpy(&gan->g_gradient_norm, &last[1], sizeof gan->g_gradient_norm);
    return GN_OK;
}

/* Puts the file's name before the message of a failure. */
static gn_status named(gn_context *context, const char *path, gn_status status)
{
    if (status == GN_OK || strstr(gn_context_message(context), path) != NULL)
        return status;
    char message[GN__MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", gn_context_message(context));
    return gn_context_fail(context, status, "%s: %s", path, message);
}

gn_status gn_gan_load(gn_gan *gan, const char *path)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_archive *archive = gn_archive_load(gan->context, path);
    if (archive == NULL)
        return gn_context_status(gan->context);
    const gn_status status = load_gan(gan, archive);
    gn_archive_free(archive);
    return named(gan->context, path, status);
}

gn_status gn_module_load(gn_module *module, const char *path)
{
    gn_context *context = gn_module_context(module);
    gn_archive *archive = gn_archive_load(context, path);
    if (archive == NULL)
        return gn_context_status(context);
    gn_status status = visit_module(module, archive, check_tensor);
    if (status == GN_OK)
        status = visit_module(module, archive, get_tensor);
    gn_archive_free(archive);
    return named(context, path, status);
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

void gn_text_free(gn_context *context, char *text)
{
    gn__delete_text(context, text);
}
