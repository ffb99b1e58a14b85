/* SPDX-License-Identifier: MIT */
/* lib/gan/checkpoint.c - a run as one file: docs/checkpoint-format.md says what is in it.
 *
 * Nothing in the file differs between equal runs: no times, paths or thread counts. Loading checks everything first and
 * changes something only when all of it fits. */
#include "gan/gan.h"
#include "nn/module_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OPTIONS_SIZE = 4096 };

static gn_status visit_optimizer(const gn_optimizer *optimizer, gn_archive *archive, gn__visitor *visit)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < gn_optimizer_tensor_count(optimizer) && status == GN_OK; i++)
        status = gn__tensor_visit("optimizer.", gn_optimizer_tensor(optimizer, i), archive, visit);
    return status;
}

static gn_status visit_average(const gn_gan *gan, gn_archive *archive, gn__visitor *visit)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < gan->average_count && status == GN_OK; i++) {
        const gn_named_tensor average = {gn_module_tensor(gan->options.generator, i).name, gan->average[i]};
        status = gn__tensor_visit("average.", average, archive, visit);
    }
    return status;
}

static gn_status visit_pool(const gn_gan *gan, gn_archive *archive, gn__visitor *visit)
{
    const gn_named_tensor parts[] = {{"replay.images", gan->pool.images},
                                     {"replay.conditions", gan->pool.conditions},
                                     {"replay.labels", gan->pool.labels}};
    gn_status status = GN_OK;
    for (int i = 0; i < 3 && status == GN_OK; i++)
        if (parts[i].tensor != NULL)
            status = gn__tensor_visit("", parts[i], archive, visit);
    return status;
}

/* Visits every tensor of the run under its name in the file. */
static gn_status visit_all(const gn_gan *gan, gn_archive *archive, gn__visitor *visit)
{
    gn_status status = gn__module_visit("", gan->options.generator, archive, visit);
    if (status == GN_OK)
        status = gn__module_visit("", gan->options.discriminator, archive, visit);
    if (status == GN_OK)
        status = visit_optimizer(gan->generator_optimizer, archive, visit);
    if (status == GN_OK)
        status = visit_optimizer(gan->discriminator_optimizer, archive, visit);
    if (status == GN_OK)
        status = visit_pool(gan, archive, visit);
    return status == GN_OK ? visit_average(gan, archive, visit) : status;
}

/* The counters of a run; the streams of random numbers are addressed by seed and step, so these say where they are. */
enum { COUNTERS = 5 };

static void counters_of(const gn_gan *gan, uint64_t *counters)
{
    counters[0] = (uint64_t)gan->steps;
    counters[1] = (uint64_t)gn_optimizer_steps(gan->generator_optimizer);
    counters[2] = (uint64_t)gn_optimizer_steps(gan->discriminator_optimizer);
    counters[3] = gan->options.seed;
    counters[4] = (uint64_t)gan->pool.count;
}

/* What later reports and decisions go back to. */
enum { MEMORIES = 7 };

static void memories_of(const gn_gan *gan, double *memories)
{
    memories[0] = gan->last.g_loss;
    memories[1] = gan->last.g_gradient_norm;
    memories[2] = gan->last.diversity;
    memories[3] = gan->last.collapsed;
    memories[4] = gan->greatest_diversity;
    memories[5] = gan->best;
    memories[6] = gan->last.g_batch_norm_gap;
}

static void remember(gn_gan *gan, const double *memories)
{
    gan->last.g_loss = memories[0];
    gan->last.g_gradient_norm = memories[1];
    gan->last.diversity = memories[2];
    gan->last.collapsed = memories[3] != 0;
    gan->greatest_diversity = memories[4];
    gan->best = memories[5];
    gan->last.g_batch_norm_gap = memories[6];
}

/* --- saving ------------------------------------------------------------------------------------------------------- */

static gn_status add_gan(const gn_gan *gan, gn_archive *archive, const char *config)
{
    uint64_t counters[COUNTERS];
    char options[OPTIONS_SIZE];
    double memories[MEMORIES];
    uint64_t memory_bits[MEMORIES];
    counters_of(gan, counters);
    gn__gan_options_describe(gan, options, sizeof options);
    memories_of(gan, memories);
    memcpy(memory_bits, memories, sizeof memory_bits);
    gn_status status = visit_all(gan, archive, gn__add_finite);
    if (status == GN_OK)
        status = gn_archive_add_numbers(archive, "gan.counters", counters, COUNTERS);
    if (status == GN_OK)
        status = gn_archive_add_numbers(archive, "gan.memories", memory_bits, MEMORIES);
    if (status == GN_OK)
        status = gn_archive_add_text(archive, "gannet.gan", options);
    return status == GN_OK && config != NULL ? gn_archive_add_text(archive, "gannet.config", config) : status;
}

gn_status gn_gan_save(const gn_gan *gan, const char *path, const char *config)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_status status = gn__gan_refuse_from_within(gan, "gn_gan_save");
    if (status == GN_OK && gan->average != NULL)
        status = gn__average_check(gan, "gn_gan_save");
    if (status != GN_OK)
        return status;
    gn_archive *archive = gn_archive_new(gan->context);
    if (archive == NULL)
        return gn_context_status(gan->context);
    status = add_gan(gan, archive, config);
    if (status == GN_OK)
        status = gn_archive_save(archive, path);
    gn_archive_free(archive);
    return status;
}

gn_status gn_gan_save_best(gn_gan *gan, const char *path, const char *config, double metric, bool lower_is_better,
                           bool *saved)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    const double before = gan->best;
    const bool better = !isnan(metric) && (isnan(before) || (lower_is_better ? metric < before : metric > before));
    gan->best = better ? metric : before;
    const gn_status status = better ? gn_gan_save(gan, path, config) : GN_OK;
    if (status != GN_OK)
        gan->best = before;
    if (saved != NULL)
        *saved = better && status == GN_OK;
    return status;
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

/* The first of the items of a that is not the same in b: "packing 2". */
static void different_item(const char *a, const char *b, char *item, size_t size)
{
    size_t same = 0;
    while (a[same] != '\0' && a[same] == b[same])
        same++;
    while (same > 0 && !(same >= 2 && a[same - 1] == ' ' && a[same - 2] == ','))
        same--;
    snprintf(item, size, "%.*s", (int)strcspn(a + same, ","), a + same);
}

static gn_status check_options(const gn_gan *gan, const gn_archive *archive)
{
    char options[OPTIONS_SIZE];
    gn__gan_options_describe(gan, options, sizeof options);
    const char *saved = gn_archive_text(archive, "gannet.gan");
    if (saved == NULL)
        return gn_context_fail(gan->context, GN_ERROR_FORMAT, "the file holds no gan's run");
    if (strcmp(saved, options) == 0)
        return GN_OK;
    char then[64], now[64];
    different_item(saved, options, then, sizeof then);
    different_item(options, saved, now, sizeof now);
    return gn_context_fail(gan->context, GN_ERROR_FORMAT, "the run was saved with other options: '%s', now '%s'", then,
                           now);
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
    const uint64_t most = gan->pool.images == NULL ? 0 : (uint64_t)gan->options.replay;
    if (counters[4] > most)
        return gn_context_fail(gan->context, GN_ERROR_FORMAT,
                               "the replay pool holds %llu pictures, expected at most %llu",
                               (unsigned long long)counters[4], (unsigned long long)most);
    return GN_OK;
}

/* The pool is made when the first fakes come, so a file may have one for a gan that has none, and the other way round:
 * an empty one that fits the file takes the place of the gan's. */
static gn_status meet_pool(gn_gan *gan, const gn_archive *archive)
{
    gn_shape shape;
    gan->pool = (gn__replay_pool){0};
    if (gan->options.replay == 0 || !gn_archive_has(archive, "replay.images"))
        return GN_OK;
    gn_status status = gn_archive_shape(archive, "replay.images", &shape);
    char text[128];
    if (status == GN_OK && (shape.rank < 2 || shape.size[0] != gan->options.replay))
        status = gn_context_fail(gan->context, GN_ERROR_FORMAT, "replay.images has shape %s, expected %lld pictures",
                                 gn_shape_text(shape, text, sizeof text), (long long)gan->options.replay);
    return status == GN_OK ? gn__replay_open(gan, shape) : status;
}

static gn_status read_gan(gn_gan *gan, gn_archive *archive)
{
    uint64_t counters[COUNTERS], memory_bits[MEMORIES];
    double memories[MEMORIES];
    gn_status status = meet_pool(gan, archive);
    if (status == GN_OK)
        status = visit_all(gan, archive, gn__check_tensor);
    if (status == GN_OK)
        status = gn_archive_get_numbers(archive, "gan.counters", counters, COUNTERS);
    if (status == GN_OK)
        status = gn_archive_get_numbers(archive, "gan.memories", memory_bits, MEMORIES);
    if (status == GN_OK)
        status = check_counters(gan, counters);
    if (status == GN_OK)
        status = visit_all(gan, archive, gn__get_tensor);
    if (status != GN_OK)
        return status;
    gan->steps = (int64_t)counters[0];
    gn_optimizer_set_steps(gan->generator_optimizer, (int64_t)counters[1]);
    gn_optimizer_set_steps(gan->discriminator_optimizer, (int64_t)counters[2]);
    gan->pool.count = (int64_t)counters[4];
    memcpy(memories, memory_bits, sizeof memories);
    remember(gan, memories);
    return GN_OK;
}

static gn_status load_gan(gn_gan *gan, gn_archive *archive)
{
    gn_status status = check_options(gan, archive);
    if (status != GN_OK)
        return status;
    gn__replay_pool kept = gan->pool;
    status = read_gan(gan, archive);
    if (status != GN_OK) {
        const gn__replay_pool failed = gan->pool;
        gan->pool = kept;
        kept = failed;
    }
    gn__replay_close(&kept);
    return status;
}

gn_status gn_gan_load(gn_gan *gan, const char *path)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_status status = gn__gan_refuse_from_within(gan, "gn_gan_load");
    if (status != GN_OK)
        return status;
    gn_archive *archive = gn_archive_load(gan->context, path);
    if (archive == NULL)
        return gn_context_status(gan->context);
    status = load_gan(gan, archive);
    gn_archive_free(archive);
    return gn__name_file(gan->context, path, status);
}
