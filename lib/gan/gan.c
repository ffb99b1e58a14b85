/* SPDX-License-Identifier: MIT */
/* lib/gan/gan.c - the wiring of generator and discriminator, and the adversarial loop.
 *
 *     generate:  noise z, label   -> generator     -> image
 *     judge:     image,   label   -> discriminator -> logit
 *     discriminator_step: judge real images, judge fakes, move D
 *     generator_step:     judge(generate(z, label), label), the two in series, move G while D stands still
 */
#include "gan/gan.h"

#include "autodiff/tape.h"

#include <math.h>
#include <string.h>

/* What the random numbers of a step are for; each purpose of each step has its own stream. */
typedef enum purpose_kind { NOISE, DROPOUT } purpose_kind;

static gn_random stream_of(const gn_gan *gan, purpose_kind purpose)
{
    return (gn_random){.seed = gan->options.seed, .stream = (uint64_t)purpose << 56 | (uint64_t)gan->steps};
}

/* --- making a gan ---------------------------------------------------------------------------------------------------------- */

static float default_to(float value, float fallback)
{
    return value == 0 ? fallback : value == GN_ZERO ? 0 : value;
}

static void fill_in_optimizer(gn_optimizer_options *options)
{
    if (options->rate == 0)
        options->rate = 2e-4f;
    if (options->beta1 == 0 && (options->kind == GN_ADAM || options->kind == GN_ADAM_KERAS))
        options->beta1 = 0.5f;
}

static void fill_in(gn_context *context, gn_gan_options *options)
{
    options->real_target = default_to(options->real_target, 1);
    options->fake_target = default_to(options->fake_target, 0);
    if (options->discriminator_steps == 0)
        options->discriminator_steps = 1;
    if (options->seed == 0)
        options->seed = gn_context_seed(context);
    fill_in_optimizer(&options->generator_optimizer);
    fill_in_optimizer(&options->discriminator_optimizer);
}

static gn_status check(gn_context *context, const gn_gan_options *options)
{
    if (options->generator == NULL || options->discriminator == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: %s is NULL (%s)",
                               options->generator == NULL ? "generator" : "discriminator", gn_context_message(context));
    if (strcmp(gn_module_name(options->generator), gn_module_name(options->discriminator)) == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: both networks are named '%s', expected two names",
                               gn_module_name(options->generator));
    if (options->classes < 0 || options->classes > 1 << 24)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: classes is %lld, expected 0 to %d",
                               (long long)options->classes, 1 << 24);
    if (gn__gan_loss_find(options->loss) == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: loss is %d, expected one of gn_gan_loss",
                               (int)options->loss);
    if (!(options->real_target >= 0 && options->real_target <= 2) ||
        !(options->fake_target >= 0 && options->fake_target <= 2))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: real_target is %g and fake_target %g, expected 0 to 2",
                               (double)options->real_target, (double)options->fake_target);
    if (options->discriminator_steps < 1)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: discriminator_steps is %d, expected at least 1",
                               options->discriminator_steps);
    if (!(options->average_decay >= 0 && options->average_decay < 1))
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: average_decay is %g, expected 0 <= average_decay < 1",
                               (double)options->average_decay);
    if (options->fakes != GN_GAN_FAKES_TRAINING && options->fakes != GN_GAN_FAKES_INFERENCE)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: fakes is %d, expected one of gn_gan_fakes",
                               (int)options->fakes);
    return GN_OK;
}

gn_gan *gn_gan_new(gn_context *context, const gn_gan_options *options)
{
    if (context == NULL || options == NULL) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "gan: options is NULL");
        return NULL;
    }
    gn_gan_options filled = *options;
    fill_in(context, &filled);
    if (check(context, &filled) != GN_OK || gn__latent_check(context, &filled.latent) != GN_OK)
        return NULL;
    gn_gan *gan = gn__new(context, sizeof *gan);
    if (gan == NULL)
        return NULL;
    gan->context = context;
    gan->options = filled;
    gan->tape = gn_tape_new(context);
    gan->generator_optimizer = gn_optimizer_new(filled.generator, &filled.generator_optimizer);
    gan->discriminator_optimizer = gn_optimizer_new(filled.discriminator, &filled.discriminator_optimizer);
    if (gan->tape == NULL || gan->generator_optimizer == NULL || gan->discriminator_optimizer == NULL ||
        (filled.average_decay > 0 && gn__average_open(gan) != GN_OK)) {
        gn_gan_free(gan);
        return NULL;
    }
    return gan;
}

void gn_gan_free(gn_gan *gan)
{
    if (gan == NULL)
        return;
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

/* --- the two networks as functions -------------------------------------------------------------------------------------------- */

/* Applies a network to its input and, in a conditional gan, the label. */
static gn_var *apply(const gn_gan *gan, gn_module *network, gn_var *input, gn_var *label)
{
    gn_var *inputs[] = {input, label};
    return gn_apply_all(network, inputs, gan->options.classes > 0 ? 2 : 1);
}

/* noise z [N,latent], label [N,classes] -> generator -> image [N,H,W,C] */
static gn_var *generate(const gn_gan *gan, gn_var *z, gn_var *label, gn_statistics statistics)
{
    gn_module_set_statistics(gan->options.generator, statistics);
    return apply(gan, gan->options.generator, z, label);
}

/* image [N,H,W,C], label [N,classes] -> discriminator -> logit [N,1] */
static gn_var *judge(const gn_gan *gan, gn_var *image, gn_var *label, gn_statistics statistics)
{
    gn_module_set_statistics(gan->options.discriminator, statistics);
    return apply(gan, gan->options.discriminator, image, label);
}

static gn_var *draw_noise(const gn_gan *gan, int64_t count)
{
    gn_var *z = gn_full(gan->tape, GN_SHAPE(count, gan->options.latent.size), 0);
    gn_random random = stream_of(gan, NOISE);
    if (gn_tape_status(gan->tape) == GN_OK)
        gn__latent_fill(&gan->options.latent, &random, count, gn_op_output(z));
    return z;
}

/* --- the loop ------------------------------------------------------------------------------------------------------------------- */

static double mean_probability(const gn_var *logits)
{
    const gn_real *x = gn_var_data(logits);
    const int64_t count = gn_shape_count(gn_var_shape(logits));
    double sum = 0;
    for (int64_t i = 0; x != NULL && i < count; i++)
        sum += 1 / (1 + exp(-(double)x[i]));
    return sum / (double)count;
}

/* Gradients of loss for one player's parameters, and a step of its optimizer; the loss and the gradients must be finite. */
static gn_status move(gn_gan *gan, const char *player, gn_module *network, gn_optimizer *optimizer, gn_var *loss,
                      double *value, double *norm)
{
    const gn_status status = gn_backward(loss, gn_parameters(network));
    if (status != GN_OK)
        return status;
    *value = (double)gn_var_number(loss);
    *norm = (double)gn_gradient_norm(gn_parameters(network));
    if (!isfinite(*value) || !isfinite(*norm))
        return gn_context_fail(gan->context, GN_ERROR_NUMBER,
                               "gan: at step %lld the %s's loss is %g and its gradient norm %g",
                               (long long)gan->steps + 1, player, *value, *norm);
    return gn_optimizer_step(optimizer);
}

static gn_status discriminator_step(gn_gan *gan, const gn_batch *batch, gn_var *fake, gn_var *label,
                                    gn_gan_report *report)
{
    const gn_gan_options *options = &gan->options;
    gn_var *real_logits = judge(gan, gn_input(gan->tape, batch->images), label, GN_STATISTICS_BATCH_UPDATE);
    gn_var *fake_logits = judge(gan, gn_stop_gradient(fake), label, GN_STATISTICS_BATCH_UPDATE);
    gn_var *loss = gn__gan_loss_find(options->loss)
                       ->discriminator(real_logits, fake_logits, options->real_target, options->fake_target);
    report->d_real = mean_probability(real_logits);
    report->d_fake = mean_probability(fake_logits);
    return move(gan, "discriminator", options->discriminator, gan->discriminator_optimizer, loss, &report->d_loss,
                &report->d_gradient_norm);
}

/* D judges, but neither its weights nor its averages move: only the generator's parameters are asked for. */
static gn_status generator_step(gn_gan *gan, gn_var *fake, gn_var *label)
{
    gn_var *logits = judge(gan, fake, label, GN_STATISTICS_BATCH);
    gn_var *loss = gn__gan_loss_find(gan->options.loss)->generator(logits);
    const gn_status status = move(gan, "generator", gan->options.generator, gan->generator_optimizer, loss,
                                  &gan->g_loss, &gan->g_gradient_norm);
    if (status == GN_OK)
        gn__average_update(gan);
    return status;
}

/* One NaN in the data would reach every weight, and the running averages before any loss is looked at. */
static gn_status check_finite(const gn_gan *gan, const gn_tensor *images)
{
    const gn_real *x = gn_tensor_values(images);
    const int64_t count = gn_tensor_count(images);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(x[i]))
            return gn_context_fail(gan->context, GN_ERROR_NUMBER, "gan: element %lld of the batch's images is %g",
                                   (long long)i, (double)x[i]);
    return GN_OK;
}

static gn_status check_batch(const gn_gan *gan, const gn_batch *batch)
{
    if (batch == NULL || batch->images == NULL)
        return gn_context_fail(gan->context, GN_ERROR_ARGUMENT, "gan: the batch is NULL (%s)",
                               gn_context_message(gan->context));
    const gn_shape images = gn_tensor_shape(batch->images);
    if (images.rank < 2)
        return gn_context_fail(gan->context, GN_ERROR_SHAPE,
                               "gan: the batch's images have rank %d, expected at least 2", images.rank);
    if (gan->options.classes > 0 && (batch->labels == NULL || gn_tensor_count(batch->labels) != images.size[0]))
        return gn_context_fail(gan->context, GN_ERROR_SHAPE, "gan: %lld images but %lld labels in the batch",
                               (long long)images.size[0],
                               (long long)(batch->labels == NULL ? 0 : gn_tensor_count(batch->labels)));
    return check_finite(gan, batch->images);
}

static gn_status play(gn_gan *gan, const gn_batch *batch, bool generator_moves, gn_gan_report *report)
{
    gn_tape *tape = gan->tape;
    gn_tape_reset(tape);
    gn_tape_set_random(tape, stream_of(gan, DROPOUT));
    const bool inference = gan->options.fakes == GN_GAN_FAKES_INFERENCE;
    gn_var *label = gan->options.classes > 0 ? gn_one_hot(gn_input(tape, batch->labels), gan->options.classes) : NULL;
    gn_var *z = draw_noise(gan, gn_tensor_shape(batch->images).size[0]);
    gn_var *fake = NULL, *shown = NULL;
    if (generator_moves)
        shown = fake = generate(gan, z, label, GN_STATISTICS_BATCH_UPDATE);
    if (!generator_moves || inference) {
        const bool recording = gn_tape_set_recording(tape, false);
        shown = generate(gan, z, label, inference ? GN_STATISTICS_RUNNING : GN_STATISTICS_BATCH);
        gn_tape_set_recording(tape, recording);
    }
    gn__tape_mark(tape);
    gn_status status = discriminator_step(gan, batch, shown, label, report);
    gn__tape_rewind(tape);
    if (status == GN_OK && generator_moves)
        status = generator_step(gan, fake, label);
    return status;
}

gn_status gn_gan_step(gn_gan *gan, const gn_batch *batch, gn_gan_report *report)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    gn_status status = check_batch(gan, batch);
    if (status != GN_OK)
        return status;
    gn_gan_report own;
    if (report == NULL)
        report = &own;
    *report = (gn_gan_report){0};
    const bool generator_moves = (gan->steps + 1) % gan->options.discriminator_steps == 0;
    gn_module_set_training(gan->options.generator, true);
    gn_module_set_training(gan->options.discriminator, true);
    status = play(gan, batch, generator_moves, report);
    report->g_loss = gan->g_loss;
    report->g_gradient_norm = gan->g_gradient_norm;
    if (status == GN_OK)
        gan->steps++;
    return status;
}
