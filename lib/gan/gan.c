/* SPDX-License-Identifier: MIT */
/* lib/gan/gan.c - the adversarial loop: D moves on a batch of real pictures and fakes, then G moves while D stands
 * still.
 *
 * A step is made of turns, one for each part of the batch; players.c says what the players pay in a turn. */
#include "gan/gan.h"

#include "autodiff/backward.h"
#include "autodiff/tape.h"
#include "nn/module.h"
#include "nn/optimizer.h"

#include <gannet/layers.h>
#include <math.h>

gn_random gn__gan_random(const gn_gan *gan, int purpose, uint64_t turn)
{
    return (gn_random){
        .seed = gan->options.seed, .stream = (uint64_t)purpose << 56 | (uint64_t)gan->steps, .index = turn << 32};
}

gn_status gn__gan_refuse_from_within(const gn_gan *gan, const char *what)
{
    if (!gan->playing && (gan->tape == NULL || gan->tape->running == 0))
        return GN_OK;
    return gn_context_fail(gan->context, GN_ERROR_STATE, "%s: called by a function that this gan waits for", what);
}

/* --- making a gan ------------------------------------------------------------------------------------------------- */

static gn_status open_parts(gn_gan *gan)
{
    const gn_gan_options *options = &gan->options;
    gan->tape = gn_tape_new(gan->context);
    gan->generator_optimizer = gn_optimizer_new(options->generator, &options->generator_optimizer);
    gan->discriminator_optimizer = gn_optimizer_new(options->discriminator, &options->discriminator_optimizer);
    if (gan->tape == NULL || gan->generator_optimizer == NULL || gan->discriminator_optimizer == NULL)
        return gn_context_status(gan->context);
    return options->average_decay > 0 ? gn__average_open(gan) : GN_OK;
}

gn_gan *gn_gan_new(gn_context *context, const gn_gan_options *options)
{
    if (context == NULL || options == NULL)
        return gn__fail(context, GN_ERROR_ARGUMENT, "gan: options is NULL");
    gn_gan_options filled = *options;
    if (gn__gan_options_check(context, &filled) != GN_OK)
        return NULL;
    gn_gan *gan = gn__new(context, sizeof *gan);
    if (gan == NULL)
        return NULL;
    gan->context = context;
    gan->options = filled;
    gan->loss = gn__gan_loss_of(&filled);
    gan->best = NAN;
    gan->last.diversity = NAN;
    if (open_parts(gan) == GN_OK)
        return gan;
    gn_gan_free(gan);
    return NULL;
}

void gn_gan_free(gn_gan *gan)
{
    if (gan == NULL || gn__gan_refuse_from_within(gan, "gn_gan_free") != GN_OK)
        return;
    gn__replay_close(&gan->pool);
    gn__average_close(gan);
    gn_optimizer_free(gan->generator_optimizer);
    gn_optimizer_free(gan->discriminator_optimizer);
    gn_tape_free(gan->tape);
    gn__delete(gan->context, gan, sizeof *gan);
}

int64_t gn_gan_steps(const gn_gan *gan)
{
    return gan == NULL ? 0 : gan->steps;
}

/* --- turns -------------------------------------------------------------------------------------------------------- */

/* Rows first .. first+count-1 of a tensor, as a value that shares its memory when that is all of it. */
static gn_var *rows(gn_tape *tape, const gn_tensor *tensor, int64_t first, int64_t count)
{
    gn_var *all = gn_input(tape, tensor);
    return gn_tensor_shape(tensor).size[0] == count ? all : gn_slice(all, 0, first, count);
}

/* Starts the tape anew with a part of the batch: real pictures and their labels, which the fakes are to have too. */
static gn__gan_turn begin_turn(const gn_gan *gan, const gn_batch *batch, int part, uint64_t number)
{
    const gn_gan_options *o = &gan->options;
    const int64_t count = gn_tensor_shape(batch->images).size[0] / o->accumulation, first = part * count;
    gn_tape_reset(gan->tape);
    gn_tape_set_random(gan->tape, gn__gan_random(gan, GN__DROPOUT, number));
    gn__gan_turn turn = {.number = number, .real = rows(gan->tape, batch->images, first, count)};
    if (o->classes > 0)
        turn.labels = rows(gan->tape, batch->labels, first, count);
    if (o->condition_size > 0)
        turn.conditions = rows(gan->tape, batch->conditions, first, count);
    else if (o->classes > 0)
        turn.conditions = gn_one_hot(turn.labels, o->classes);
    turn.fake_conditions = gn__gan_interpolate(gan, turn.conditions, number);
    turn.fake_labels = turn.labels;
    return turn;
}

static gn_var *draw_noise(const gn_gan *gan, const gn__gan_turn *turn)
{
    const int64_t count = gn_var_shape(turn->real).size[0];
    gn_var *z = gn_full(gan->tape, GN_SHAPE(count, gan->options.latent.size), 0);
    gn_random random = gn__gan_random(gan, GN__NOISE, turn->number);
    if (gn_tape_status(gan->tape) == GN_OK)
        gn__latent_fill(&gan->options.latent, 0, &random, count, gn_op_output(z));
    return z;
}

/* Fakes that nothing is to be learned from. */
static gn_var *generate_unrecorded(const gn_gan *gan, gn_var *z, gn_var *conditions, gn_statistics statistics)
{
    const bool recording = gn_tape_set_recording(gan->tape, false);
    gn_module_set_training(gan->options.generator, statistics != GN_STATISTICS_RUNNING);
    gn_var *fake = gn__gan_generate(gan, z, conditions, statistics);
    gn_module_set_training(gan->options.generator, true);
    gn_tape_set_recording(gan->tape, recording);
    return fake;
}

/* A D that takes pictures of any size would tell fakes of another by that alone. */
static gn_status check_fake(const gn_gan *gan, const gn__gan_turn *turn, gn_var *fake)
{
    char found[64], wanted[64];
    if (gn_tape_status(gan->tape) != GN_OK || gn_shape_equal(gn_var_shape(fake), gn_var_shape(turn->real)))
        return gn_tape_status(gan->tape);
    gn_shape_text(gn_var_shape(fake), found, sizeof found);
    gn_shape_text(gn_var_shape(turn->real), wanted, sizeof wanted);
    return gn_context_fail(gan->context, GN_ERROR_SHAPE, "gan: '%s' gives %s, expected %s as the real pictures",
                           gn_module_name(gan->options.generator), found, wanted);
}

/* --- a player moves ----------------------------------------------------------------------------------------------- */

/* One of the two, and what it is to do in this step. */
typedef struct player {
    const char *name;
    gn_module *network;
    gn_optimizer *optimizer;
    double *loss, *norm; /* where they are reported */
} player;

static player discriminator_of(gn_gan *gan)
{
    return (player){"discriminator", gan->options.discriminator, gan->discriminator_optimizer, &gan->last.d_loss,
                    &gan->last.d_gradient_norm};
}

static player generator_of(gn_gan *gan)
{
    return (player){"generator", gan->options.generator, gan->generator_optimizer, &gan->last.g_loss,
                    &gan->last.g_gradient_norm};
}

/* Gradients of a turn's loss for one player's parameters, added over the parts of the batch. The last part ends with
 * the norm. */
static gn_status learn(gn_gan *gan, const player *p, gn_var *loss, int part)
{
    const int parts = gan->options.accumulation;
    gn_status status = gn__gan_check_loss(gan, p->name, loss);
    if (status != GN_OK)
        return status;
    *p->loss = (part == 0 ? 0 : *p->loss) + (double)gn_var_number(loss) / parts;
    if (parts > 1)
        loss = gn_scale(loss, 1.0f / (float)parts);
    const gn_parameter_list parameters = gn_parameters(p->network);
    status = gn__backward(loss, parameters, part > 0, true);
    if (status != GN_OK || part < parts - 1)
        return status;
    *p->norm = (double)gn__gradient_norm_measured(parameters);
    return gn__gan_check_gradient(gan, p->name, p->network, loss, *p->norm);
}

static void clip(gn_module *network, gn_real most)
{
    const gn_parameter_list parameters = gn_parameters(network);
    for (size_t i = 0; i < parameters.count; i++) {
        gn_tensor *value = gn_parameter_value(parameters.items[i]);
        gn_real *p = gn_parameter_frozen(parameters.items[i]) ? NULL : gn_tensor_data(value);
        for (int64_t j = 0; p != NULL && j < gn_tensor_count(value); j++)
            p[j] = p[j] > most ? most : p[j] < -most ? -most : p[j];
    }
}

/* The balance rule holds D back while it wins. */
static gn_status move_discriminator(gn_gan *gan)
{
    const gn_gan_options *o = &gan->options;
    const double right = (gan->last.real_right + gan->last.fake_right) / 2;
    gan->last.d_moved = o->balance == 0 || right <= (double)o->balance;
    if (!gan->last.d_moved)
        return gn__gan_check_network(gan, o->discriminator, false);
    gn_status status = gn__optimizer_step_measured(gan->discriminator_optimizer);
    if (status == GN_OK)
        status = gn__gan_check_network(gan, o->discriminator, true);
    if (status == GN_OK && o->clip_weights > 0)
        clip(o->discriminator, o->clip_weights);
    return status;
}

/* --- a step ------------------------------------------------------------------------------------------------------- */

/* D on one part of the batch. When `turn` is also G's first, its fakes are made only once: shown here, and kept for G
 * to learn from. */
static gn_status discriminator_part(gn_gan *gan, gn__gan_turn *turn, bool generator_follows, int part)
{
    const bool inference = gan->options.fakes == GN_GAN_FAKES_INFERENCE;
    gn_var *z = draw_noise(gan, turn), *shown = NULL;
    if (inference) /* before this batch reaches the averages */
        shown = generate_unrecorded(gan, z, turn->fake_conditions, GN_STATISTICS_RUNNING);
    if (generator_follows)
        turn->fake = gn__gan_generate(gan, z, turn->fake_conditions, GN_STATISTICS_BATCH_UPDATE);
    else if (!inference)
        shown = generate_unrecorded(gan, z, turn->fake_conditions, GN_STATISTICS_BATCH);
    if (shown == NULL)
        shown = turn->fake;
    gn__tape_mark(gan->tape);
    gn__gan_turn seen = *turn;
    seen.fake = gn_stop_gradient(shown);
    gn_status status = check_fake(gan, turn, shown);
    if (status == GN_OK)
        status = gn__replay_exchange(gan, &seen);
    if (status == GN_OK) {
        const player d = discriminator_of(gan);
        gn_var *loss = gn__gan_discriminator_turn(gan, &seen, GN_STATISTICS_BATCH_UPDATE, &gan->last);
        status = learn(gan, &d, loss, part);
    }
    gn__tape_rewind(gan->tape);
    return status;
}

/* G on one part of the batch, its fakes being on the tape. D judges, but neither its weights nor its averages move:
 * only the generator's parameters are asked for. */
static gn_status generator_part(gn_gan *gan, const gn__gan_turn *turn, int part)
{
    const gn_status status = gn__gan_unroll(gan, turn);
    const player g = generator_of(gan);
    return status == GN_OK ? learn(gan, &g, gn__gan_generator_turn(gan, turn), part) : status;
}

static gn_status move_generator(gn_gan *gan)
{
    gn_status status = gn__optimizer_step_measured(gan->generator_optimizer);
    if (status == GN_OK)
        status = gn__gan_check_network(gan, gan->options.generator, true);
    if (status == GN_OK)
        gn__average_update(gan);
    return status;
}

/* A generator step with fakes of its own: the first has the noise that D saw, further ones other noise. */
static gn_status generator_step(gn_gan *gan, const gn_batch *batch, int step)
{
    const int parts = gan->options.accumulation;
    gn_status status = GN_OK;
    for (int part = 0; part < parts && status == GN_OK; part++) {
        gn__gan_turn turn = begin_turn(gan, batch, part, (uint64_t)(step * parts + part) << 8);
        turn.fake = gn__gan_generate(gan, draw_noise(gan, &turn), turn.fake_conditions, GN_STATISTICS_BATCH_UPDATE);
        status = generator_part(gan, &turn, part);
    }
    return status == GN_OK ? move_generator(gan) : status;
}

/* What is collected over the parts of a step starts from nothing. */
static void clear_report(gn_gan_report *report)
{
    report->d_penalty = report->d_real = report->d_fake = 0;
    report->real_right = report->fake_right = report->real_wrong = report->classifier_accuracy = 0;
}

static gn_status play(gn_gan *gan, const gn_batch *batch)
{
    const gn_gan_options *o = &gan->options;
    const bool generator_moves = (gan->steps + 1) % o->discriminator_steps == 0, at_once = o->accumulation == 1;
    gn__gan_turn turn = {0};
    gn_status status = GN_OK;
    clear_report(&gan->last);
    for (int part = 0; part < o->accumulation && status == GN_OK; part++) {
        turn = begin_turn(gan, batch, part, (uint64_t)part << 8);
        status = discriminator_part(gan, &turn, generator_moves && at_once, part);
    }
    if (status == GN_OK)
        status = move_discriminator(gan);
    if (status == GN_OK && generator_moves && at_once) {
        status = generator_part(gan, &turn, 0);
        if (status == GN_OK)
            status = move_generator(gan);
    }
    for (int i = at_once; i < o->generator_steps && generator_moves && status == GN_OK; i++)
        status = generator_step(gan, batch, i);
    return status;
}

/* Between its own steps a generator that makes its fakes in inference mode normalises by no batch. */
static bool generator_saw_batch(const gn_gan *gan)
{
    return gan->options.fakes == GN_GAN_FAKES_TRAINING || (gan->steps + 1) % gan->options.discriminator_steps == 0;
}

static gn_status play_held(gn_gan *gan, const gn_batch *batch)
{
    gn_module_set_training(gan->options.generator, true);
    gn_module_set_training(gan->options.discriminator, true);
    gan->playing = true;
    gan->options.generator->held++;
    gan->options.discriminator->held++;
    gn_status status = play(gan, batch);
    if (status == GN_OK) {
        if (generator_saw_batch(gan))
            gan->last.g_batch_norm_gap = gn_batch_norm_gap(gan->options.generator);
        gan->last.d_batch_norm_gap = gn_batch_norm_gap(gan->options.discriminator);
        gan->steps++;
        status = gn__gan_watch(gan);
    }
    gan->options.generator->held--;
    gan->options.discriminator->held--;
    gan->playing = false;
    return status;
}

gn_status gn_gan_step(gn_gan *gan, const gn_batch *batch, gn_gan_report *report)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_status status = gn__gan_refuse_from_within(gan, "gn_gan_step");
    if (status == GN_OK)
        status = gn__gan_check_batch(gan, batch);
    if (status == GN_OK && gan->average != NULL)
        status = gn__average_check(gan, "gan");
    if (status != GN_OK)
        return status;
    status = play_held(gan, batch);
    if (report != NULL)
        *report = gan->last;
    return status;
}
