/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_run.c - a run of dcgan: what it is made of, where it is written, and how it goes on after an
 * interruption. */
#include "common/dcgan_run.h"

#include "common/board.h"
#include "common/config.h"
#include "common/dcgan_network.h"
#include "common/event.h"
#include "common/pictures.h"
#include "common/plain_file.h"
#include "common/plural.h"
#include "common/preview.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAMPLE_SEED = 42, SAMPLES_PER_CLASS = 10, FRAME_HUNDREDTHS = 15 };

/* How many frames the animation has after a step: many at first, when the pictures change fast. It does not depend on
 * how long the run is to be, so that a run made in parts has the frames of one made at once. */
static int64_t frames_until(int64_t step)
{
    static const struct {
        int64_t end, every;
    } stretches[] = {{50, 5}, {300, 25}, {5000, 100}, {INT64_MAX, 1000}};
    int64_t frames = 1, begin = 0;
    for (int i = 0; step > begin; begin = stretches[i++].end)
        frames += ((step < stretches[i].end ? step : stretches[i].end) - begin) / stretches[i].every;
    return frames;
}

/* --- going on with an earlier run --------------------------------------------------------------------------------- */

static bool given(const dcgan_run *run, const char *name)
{
    return options_find(run->program, name)->given;
}

static bool is_in_place(const dcgan_settings *settings)
{
    struct stat out, resume;
    return settings->resume != NULL && stat(settings->out, &out) == 0 && stat(settings->resume, &resume) == 0 &&
           out.st_dev == resume.st_dev && out.st_ino == resume.st_ino;
}

/* Of pictures from folders, from the place of the option among its choices. */
static int64_t size_of(const dcgan_settings *settings)
{
    return settings->size == 0 ? 32 : 64;
}

/* A checkpoint says of its pictures only whether they were the built-in ones; config.json knows the folder. */
static gn_status adopt_data(dcgan_run *run)
{
    dcgan_settings *settings = run->settings;
    const char *kind = json_string_value(json_object_get(run->earlier_config, "data"));
    const bool built_in = kind != NULL && pictures_built_in(kind);
    if (given(run, "data") && pictures_built_in(settings->data) != built_in)
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "option '--data' is '%s', but the run in %s was trained on %s", settings->data,
                               settings->resume, built_in ? "the built-in digits" : "files");
    if (!given(run, "data") && !built_in)
        settings->data = json_string_value(json_object_get(run->earlier_settings, "data"));
    if (settings->data == NULL || (!built_in && pictures_built_in(settings->data)))
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "%s does not say where its pictures are; add --data DIR", run->earlier.config);
    return GN_OK;
}

/* The size of pictures is no option of the run, since most have one of their own: the run says what its pictures
 * are. */
static gn_status adopt_size(dcgan_run *run)
{
    dcgan_settings *settings = run->settings;
    const char *kind = json_string_value(json_object_get(run->earlier_config, "data"));
    const int64_t side = (int64_t)json_integer_value(json_array_get(json_object_get(run->earlier_config, "image"), 0));
    if (kind == NULL || strcmp(kind, "folder") != 0)
        return GN_OK;
    if (given(run, "size") && size_of(settings) != side)
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "option '--size' is '%" PRId64 "', but the run in %s has '%" PRId64 "'",
                               size_of(settings), settings->resume, side);
    settings->size = side == 64;
    return GN_OK;
}

/* The run itself is in the folder of the file that one may have meant. */
static gn_status check_is_folder(const dcgan_run *run)
{
    const char *resume = run->settings->resume, *slash = strrchr(resume, '/');
    struct stat about;
    if (stat(resume, &about) != 0 || !S_ISREG(about.st_mode))
        return GN_OK;
    return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                           "option '--resume' is '%s', a file, expected the folder of a run, such as '%.*s'", resume,
                           slash == NULL ? 1 : (int)(slash - resume), slash == NULL ? "." : resume);
}

/* A run that was killed where a file has one name only, or whose checkpoint was removed, has left the one before. */
static gn_status check_has_checkpoint(const dcgan_run *run)
{
    const run_folder *earlier = &run->earlier;
    const char *left = access(earlier->held, F_OK) == 0 ? earlier->held : earlier->before;
    if (access(earlier->checkpoint, F_OK) == 0 || access(left, F_OK) != 0)
        return GN_OK;
    return gn_context_fail(run->context, GN_ERROR_IO,
                           "%s: cannot read: %s; there is %s, of the run before: rename it to go on with that",
                           earlier->checkpoint, strerror(ENOENT), left);
}

/* Takes over what the command line leaves open from the run that is to go on. */
static gn_status adopt_run(dcgan_run *run)
{
    dcgan_settings *settings = run->settings;
    gn_status status = check_is_folder(run);
    if (status == GN_OK)
        status = run_folder_name(run->context, settings->resume, &run->earlier);
    if (!given(run, "out"))
        settings->out = settings->resume;
    if (status == GN_OK && is_in_place(settings)) /* before it is read: another run may be about to save */
        status = run_folder_lock(run->context, settings->out);
    if (status == GN_OK)
        status = check_has_checkpoint(run);
    if (status != GN_OK)
        return status;
    run->earlier_config = config_read(run->context, run->earlier.checkpoint, run->program->name);
    if (run->earlier_config == NULL)
        return gn_context_status(run->context);
    char problem[PATH_SIZE + 256];
    run->earlier_settings = plain_file_json(run->earlier.config, problem, sizeof problem);
    if (problem[0] != '\0')
        return gn_context_fail(run->context, GN_ERROR_FORMAT, "%s", problem);
    const option *row = options_find(run->program, "steps");
    const json_int_t steps = json_integer_value(json_object_get(run->earlier_settings, row->name));
    if (!row->given && steps >= row->low && steps <= row->high)
        settings->steps = steps;
    status = config_adopt(run->context, run->program, run->earlier_config, settings->resume);
    if (status == GN_OK)
        status = adopt_data(run);
    return status == GN_OK ? adopt_size(run) : status;
}

/* Puts everything back to where the checkpoint left it. A missing animation is no reason not to train; one that was
 * saved when the program was killed before it could save the checkpoint has frames of later steps. */
static gn_status restore(dcgan_run *run)
{
    const gn_status status = gn_gan_load(run->gan, run->earlier.checkpoint);
    if (status != GN_OK)
        return status;
    gn_batches_set_position(run->batches, gn_gan_steps(run->gan));
    if (gn_animation_load(run->animation, run->earlier.animation) != GN_OK && !run->settings->quiet &&
        !run->settings->json)
        printf("the animation begins anew: %s\n", gn_context_message(run->context));
    gn_animation_keep(run->animation, (size_t)frames_until(gn_gan_steps(run->gan)));
    if (is_in_place(run->settings))
        run->saved = gn_gan_steps(run->gan); /* pictures may be of an earlier step */
    if (run->settings->steps < gn_gan_steps(run->gan))
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "%" PRId64 " step%s in all, but the run in %s has made %" PRId64, run->settings->steps,
                               plural(run->settings->steps), run->settings->resume, gn_gan_steps(run->gan));
    return run_folder_check_log(run->context, &run->earlier, gn_gan_steps(run->gan));
}

/* --- from settings to networks ------------------------------------------------------------------------------------ */

static gn_status choose_network(dcgan_run *run)
{
    const gn_shape shape = gn_dataset_image_shape(run->pictures);
    const bool digits = shape.size[0] == dcgan_digits.size;
    run->drawn = (dcgan_pictures){shape.size[0], shape.size[2],
                                  digits ? DCGAN_CLASSES : gn_dataset_classes(run->pictures)};
    if (given(run, "size") && strcmp(run->kind, "folder") != 0)
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "option '--size' is for folders of pictures, but those of %s have a size",
                               run->settings->data);
    if (dcgan_has_network(&run->drawn))
        return GN_OK;
    char text[64];
    return gn_context_fail(
        run->context, GN_ERROR_ARGUMENT,
        "%s: there is no network for pictures of %s in %d class%s, expected 28, 32 or 64 for both sides",
        run->settings->data, gn_shape_text(shape, text, sizeof text), gn_dataset_classes(run->pictures),
        plural_es(gn_dataset_classes(run->pictures)));
}

static gn_status open_pictures(dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    const uint64_t seed = (uint64_t)settings->seed;
    run->pictures = pictures_open_any(run->context, settings->data, size_of(settings), GN_SPLIT_TRAIN, seed,
                                      &run->kind);
    gn_status status = run->pictures == NULL ? gn_context_status(run->context) : choose_network(run);
    if (status == GN_OK)
        status = pictures_fill_batch(run->pictures, settings->data, settings->batch);
    if (status != GN_OK)
        return status;
    run->batches = gn_batches_new(run->pictures, &(gn_batches_options){.size = settings->batch, .seed = seed});
    return run->batches == NULL ? gn_context_status(run->context) : GN_OK;
}

/* What the command line changes of a variant's game. Only what was given is passed on, so that the library can refuse
 * what does not go with the loss. */
static gn_gan_options game_of(const dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    gn_gan_options options = dcgan_options((dcgan_variant)settings->variant, run->drawn.classes, run->generator,
                                           run->discriminator, (uint64_t)settings->seed);
    if (settings->loss != GN_GAN_NON_SATURATING) {
        options.loss = (gn_gan_loss)settings->loss;
        options.real_target = 0;
    }
    if (settings->real_target > 0)
        options.real_target = (float)settings->real_target;
    options.average_decay = (float)settings->average_decay;
    options.instance_noise = (float)settings->instance_noise;
    if (settings->augment)
        options.augment = (gn_augment_options){.translation = 0.125f, .cutout = 0.25f, .contrast = 0.25f};
    options.watch_interval = (int)settings->watch;
    if (settings->wrong_labels)
        options.pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
    return options;
}

static gn_status build_networks(dcgan_run *run)
{
    const dcgan_variant variant = (dcgan_variant)run->settings->variant;
    run->generator = dcgan_generator(run->context, &run->drawn, dcgan_momentum(variant));
    run->discriminator = dcgan_discriminator(run->context, &run->drawn, variant);
    const gn_gan_options options = game_of(run);
    run->gan = gn_gan_new(run->context, &options);
    run->animation = gn_animation_new(run->context, SAMPLES_PER_CLASS, 1);
    if (run->gan == NULL || run->animation == NULL)
        return gn_context_status(run->context);
    if (run->settings->average_decay > 0)
        run->average = dcgan_generator(run->context, &run->drawn, dcgan_momentum(variant));
    return run->settings->average_decay > 0 && run->average == NULL ? gn_context_status(run->context) : GN_OK;
}

/* The configuration that goes into the checkpoint: the options of the run, and what its pictures are. */
static gn_status describe(dcgan_run *run)
{
    run->config = config_new(run->context, run->program, true);
    const dcgan_pictures *drawn = &run->drawn;
    json_t *pictures = json_pack("{s:s, s:I, s:[III], s:I}", "data", run->kind, "images",
                                 (json_int_t)gn_dataset_count(run->pictures), "image", (json_int_t)drawn->size,
                                 (json_int_t)drawn->size, (json_int_t)drawn->channels, "classes",
                                 (json_int_t)drawn->classes);
    if (json_object_update_new(run->config, pictures) != 0)
        return gn_context_fail(run->context, GN_ERROR_MEMORY, "the configuration cannot be written as JSON");
    if (run->earlier_config != NULL && !json_equal(run->config, run->earlier_config))
        return gn_context_fail(run->context, GN_ERROR_ARGUMENT,
                               "%s: not the pictures that the run in %s was trained on", run->settings->data,
                               run->settings->resume);
    return GN_OK;
}

static gn_status prepare(dcgan_run *run)
{
    const bool resumed = run->settings->resume != NULL;
    gn_status status = resumed ? adopt_run(run) : GN_OK;
    if (status == GN_OK)
        status = run_folder_name(run->context, run->settings->out, &run->folder);
    if (status == GN_OK)
        status = open_pictures(run);
    if (status == GN_OK)
        status = build_networks(run);
    if (status == GN_OK && run->settings->epochs > 0)
        run->settings->steps = run->settings->epochs * gn_batches_per_epoch(run->batches);
    if (status == GN_OK)
        status = describe(run);
    return status == GN_OK && resumed ? restore(run) : status;
}

/* config.json: all that was set, the folder of the pictures such that it is found from anywhere. */
static gn_status write_settings(const dcgan_run *run)
{
    json_t *settings = config_new(run->context, run->program, false);
    char *folder = pictures_folder(run->settings->data);
    if (folder != NULL)
        json_object_set_new(settings, "data", json_string(folder));
    const gn_status status = settings == NULL ? GN_ERROR_MEMORY
                                              : run_folder_write_config(run->context, &run->folder, settings);
    free(folder);
    json_decref(settings);
    return status;
}

/* There may be room on the disk at the next save. Said once between saves, not after every step. */
gn_status dcgan_run_go_on_without(dcgan_run *run, gn_status status)
{
    const int64_t step = gn_gan_steps(run->gan);
    if (status != GN_ERROR_IO || !run->settings->keep_going)
        return status;
    if (run->complained < 0 || step >= run->complained + DCGAN_STEPS_BETWEEN_SAVES) {
        program_warn(run->program, "%s; going on", gn_context_message(run->context));
        run->complained = step;
    }
    gn_context_clear(run->context);
    return GN_OK;
}

static gn_status first_failure(gn_status a, gn_status b)
{
    return a != GN_OK ? a : b;
}

/* For one who forgot --resume: the checkpoint gets a second name, so that there is one at every moment. Where a file
 * has one name only, it is moved. */
static gn_status hold_checkpoint(const dcgan_run *run)
{
    const run_folder *folder = &run->folder;
    unlink(folder->held);
    if (linkat(AT_FDCWD, folder->checkpoint, AT_FDCWD, folder->held, AT_SYMLINK_FOLLOW) == 0 ||
        rename(folder->checkpoint, folder->held) == 0)
        return GN_OK;
    return gn_context_fail(run->context, GN_ERROR_IO, "%s: cannot rename it to %s: %s", folder->checkpoint,
                           folder->held, strerror(errno));
}

/* No GN_ERROR_IO, which --keep-going would go on without. */
static gn_status keep_held(dcgan_run *run)
{
    const run_folder *folder = &run->folder;
    if (rename(folder->held, folder->before) != 0)
        return gn_context_fail(run->context, GN_ERROR_STATE, "%s: cannot rename it to %s: %s", folder->checkpoint,
                               folder->before, strerror(errno));
    run->replaced = true;
    run->replaces = false;
    return GN_OK;
}

static void put_back(const run_folder *folder)
{
    if (plain_file_same(folder->held, folder->checkpoint))
        unlink(folder->held);
    else
        rename(folder->held, folder->checkpoint);
}

static gn_status write_checkpoint(dcgan_run *run)
{
    char *config = json_dumps(run->config, JSON_COMPACT);
    const gn_status status = gn_gan_save(run->gan, run->folder.checkpoint, config);
    free(config);
    return status;
}

static gn_status replace_checkpoint(dcgan_run *run)
{
    gn_status status = hold_checkpoint(run);
    if (status != GN_OK)
        return status;
    status = write_checkpoint(run);
    if (status == GN_OK)
        status = keep_held(run);
    if (status != GN_OK)
        put_back(&run->folder);
    return status;
}

static gn_status save_checkpoint(dcgan_run *run)
{
    if (run->saved == gn_gan_steps(run->gan))
        return GN_OK;
    const gn_status status = run->replaces ? replace_checkpoint(run) : write_checkpoint(run);
    if (status == GN_OK)
        run->saved = gn_gan_steps(run->gan);
    return status;
}

static gn_status save_animation(const dcgan_run *run)
{
    if (gn_animation_frames(run->animation) > 0)
        return gn_animation_write(run->animation, run->folder.animation, FRAME_HUNDREDTHS);
    remove(run->folder.animation);
    return GN_OK;
}

/* What a resumed run goes on from. The animation comes first: one that is older than the checkpoint would lack frames,
 * one that is newer is cut. */
static gn_status save_state(dcgan_run *run)
{
    const gn_status animation = save_animation(run);
    return first_failure(save_checkpoint(run), animation);
}

/* From its first checkpoint on the folder holds this run, killed or not; until then, that which was there. (Killed in
 * the moment before its log and settings are there, it still has another's; pictures of another's stay until the first
 * save.) */
static gn_status claim_folder(dcgan_run *run)
{
    if (is_in_place(run->settings))
        return GN_OK;
    run->replaces = access(run->folder.checkpoint, F_OK) == 0 &&
                    (run->settings->resume == NULL ||
                     !plain_file_same(run->earlier.checkpoint, run->folder.checkpoint));
    const gn_status status = run->replaces ? save_checkpoint(run) : GN_OK; /* its animation is lost only then */
    return dcgan_run_go_on_without(run, status == GN_OK ? save_state(run) : status);
}

static gn_status open_folder(dcgan_run *run)
{
    const dcgan_settings *settings = run->settings;
    const run_folder *earlier = settings->resume == NULL ? NULL : &run->earlier;
    gn_status status = is_in_place(settings) ? GN_OK : run_folder_take(run->context, settings->out);
    if (status == GN_OK)
        status = board_open(run->context, settings->tensorboard, gn_gan_steps(run->gan), &run->board);
    if (status == GN_OK)
        status = claim_folder(run);
    if (status == GN_OK)
        status = run_folder_begin_log(run->context, &run->folder, earlier, gn_gan_steps(run->gan));
    return status == GN_OK ? write_settings(run) : status;
}

static void warn(void *user, gn_log_level level, const char *message)
{
    if (level != GN_LOG_INFO)
        program_warn(((const dcgan_run *)user)->program, "%s", message);
}

gn_status dcgan_run_open(dcgan_run *run, const command_line *program, dcgan_settings *settings)
{
    *run = (dcgan_run){.program = program, .settings = settings, .saved = -1, .shown = -1, .complained = -1};
    run->context = gn_context_new(&(gn_context_options){
        .seed = (uint64_t)settings->seed, .threads = (int)settings->threads, .log = warn, .log_user = run});
    if (run->context == NULL)
        return GN_ERROR_MEMORY;
    const gn_status status = prepare(run);
    return status == GN_OK ? open_folder(run) : status;
}

/* --- output ------------------------------------------------------------------------------------------------------- */

/* Of the running average, if there is one; what batch norms have averaged lags behind it. */
static gn_tensor *draw_samples(const dcgan_run *run)
{
    const gn_sample_options options = {.seed = SAMPLE_SEED, .per_class = SAMPLES_PER_CLASS};
    if (run->average == NULL)
        return gn_gan_sample(run->gan, &options);
    const gn_latent latent = {.size = DCGAN_LATENT};
    gn_status status = gn_gan_copy_average(run->gan, run->average);
    if (status == GN_OK)
        status = gn_generator_standing_statistics(run->average, run->drawn.classes, &latent, NULL);
    return status == GN_OK ? gn_generator_sample(run->average, run->drawn.classes, &latent, &options) : NULL;
}

gn_status dcgan_run_add_frame(dcgan_run *run)
{
    const int64_t step = gn_gan_steps(run->gan), frames = frames_until(step);
    const bool due = step == 0 || frames > frames_until(step - 1);
    if (!due || (int64_t)gn_animation_frames(run->animation) >= frames)
        return GN_OK;
    gn_tensor *samples = draw_samples(run);
    const gn_status status = samples == NULL ? gn_context_status(run->context)
                                             : gn_animation_add(run->animation, samples);
    if (status == GN_OK && run->settings->preview)
        run->preview_lines = preview_show(samples, SAMPLES_PER_CLASS, run->preview_lines);
    gn_tensor_free(samples);
    return status;
}

static gn_status show_on_board(const dcgan_run *run, const gn_tensor *samples)
{
    const int64_t step = gn_gan_steps(run->gan);
    gn_status status = board_pictures(run->board, "samples", step, samples, SAMPLES_PER_CLASS);
    if (status == GN_OK)
        status = board_parameters(run->board, step, run->generator);
    return status == GN_OK ? board_parameters(run->board, step, run->discriminator) : status;
}

/* What people look at; one that cannot be written does not cost the others. */
static gn_status save_pictures(dcgan_run *run)
{
    if (run->shown == gn_gan_steps(run->gan))
        return GN_OK;
    gn_tensor *samples = draw_samples(run);
    if (samples == NULL)
        return gn_context_status(run->context);
    gn_status status = gn_image_grid_write(run->folder.samples, samples, SAMPLES_PER_CLASS, 2);
    status = first_failure(status, show_on_board(run, samples));
    gn_tensor_free(samples);
    status = first_failure(status, save_animation(run));
    if (status == GN_OK)
        run->shown = gn_gan_steps(run->gan);
    return status;
}

gn_status dcgan_run_keep(dcgan_run *run)
{
    return run->folder.log == NULL ? GN_ERROR_STATE : save_state(run);
}

/* The checkpoint comes last: killed before it, the run goes on from the one that was there. Pictures that cannot be
 * written do not cost what was learned. */
gn_status dcgan_run_save(dcgan_run *run)
{
    const int64_t step = gn_gan_steps(run->gan);
    if (run->saved == step && run->shown == step)
        return GN_OK;
    const gn_status pictures = save_pictures(run), status = first_failure(save_checkpoint(run), pictures);
    if (status == GN_OK && run->settings->json)
        event_print("saved", json_pack("{s:I, s:s, s:s}", "step", (json_int_t)step, "checkpoint",
                                       run->folder.checkpoint, "samples", run->folder.samples));
    return status;
}

void dcgan_run_close(dcgan_run *run)
{
    board_close(&run->board);
    run_folder_close(&run->folder);
    json_decref(run->config);
    json_decref(run->earlier_config);
    json_decref(run->earlier_settings);
    gn_animation_free(run->animation);
    gn_gan_free(run->gan);
    gn_module_free(run->discriminator);
    gn_module_free(run->average);
    gn_module_free(run->generator);
    gn_batches_free(run->batches);
    gn_dataset_free(run->pictures);
    gn_context_free(run->context);
}
