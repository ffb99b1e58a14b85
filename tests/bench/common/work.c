/* SPDX-License-Identifier: MIT */
/* tests/bench/common/work.c - the trainings that are measured. */
#include "common/work.h"

#include "common/counting.h"
#include "common/dcgan_network.h"
#include "common/measure.h"
#include "common/networks.h"
#include "core/context.h"
#include "gan/gan.h"

#include <gannet/archive.h>
#include <gannet/loss.h>
#include <stdlib.h>
#include <string.h>

enum { NEVER = 1000 /* critic steps to one of a generator that is not to move */ };

struct work {
    gn_context *context;
    gn_dataset *digits;
    gn_batches *batches;
    const gn_batch *batch;
    int round;                                         /* steps until they repeat */
    gn_module *generator, *discriminator, *classifier; /* a game has the first two, other training the third */
    gn_gan *gan;
    gn_optimizer *optimizer;
    gn_tape *tape;
    gn_tensor *noise, *label; /* what the generator draws from in inference */
    double losses[2];
};

/* --- making ------------------------------------------------------------------------------------------------------- */

static void play(work *w, const gn_gan_options *options)
{
    w->gan = gn_gan_new(w->context, options);
    w->round = options->discriminator_steps > 1 ? options->discriminator_steps : 1;
}

static void make_dcgan(work *w, dcgan_variant variant, gn_gan_penalty_kind penalty, int critic_steps)
{
    w->generator = dcgan_generator(w->context, &dcgan_digits, dcgan_momentum(variant));
    w->discriminator = dcgan_discriminator(w->context, &dcgan_digits, variant);
    gn_gan_options options = dcgan_options(variant, DCGAN_CLASSES, w->generator, w->discriminator, 1);
    options.penalties[0].kind = penalty;
    options.discriminator_steps = critic_steps;
    play(w, &options);
}

static void make_momentum(work *w, bool dropout)
{
    (void)dropout; /* it has none */
    make_dcgan(w, DCGAN_MOMENTUM, GN_GAN_NO_PENALTY, 1);
}

static void make_wgan_gp(work *w, bool dropout)
{
    (void)dropout;
    make_dcgan(w, DCGAN_WGAN_GP, GN_GAN_GRADIENT_PENALTY, 5);
}

/* The generator never moves. */
static void make_critic(work *w, bool dropout)
{
    (void)dropout;
    make_dcgan(w, DCGAN_WGAN_GP, GN_GAN_NO_PENALTY, NEVER);
    w->round = 1;
}

static void make_critic_gp(work *w, bool dropout)
{
    (void)dropout;
    make_dcgan(w, DCGAN_WGAN_GP, GN_GAN_GRADIENT_PENALTY, NEVER);
    w->round = 1;
}

static void make_mlp(work *w, bool dropout)
{
    w->generator = mlp_generator(w->context);
    w->discriminator = mlp_discriminator(w->context, dropout ? 0.4f : 0);
    const gn_optimizer_options adam = {.rate = 2e-4f, .beta1 = 0.5f};
    play(w, &(gn_gan_options){.generator = w->generator,
                              .discriminator = w->discriminator,
                              .classes = NETWORK_CLASSES,
                              .latent = {.size = NETWORK_LATENT},
                              .generator_optimizer = adam,
                              .discriminator_optimizer = adam,
                              .seed = 1});
}

static void make_cnn(work *w, bool dropout)
{
    w->classifier = mnist_cnn(w->context, dropout ? 0.2f : 0);
    w->optimizer = gn_optimizer_new(w->classifier, &(gn_optimizer_options){.kind = GN_RMSPROP, .alpha = 0.9f});
    w->round = 1;
}

static const struct {
    const char *name;
    void (*make)(work *w, bool dropout);
} kinds[] = {
    {"dcgan", make_momentum},      {"wgan_gp", make_wgan_gp}, {"critic", make_critic},
    {"critic_gp", make_critic_gp}, {"mlp_cgan", make_mlp},    {"mnist_cnn", make_cnn},
};

static bool make_inputs(work *w, int64_t batch)
{
    w->noise = gn_latent_draw(w->context, &(gn_latent){.size = NETWORK_LATENT}, batch, 1, 0);
    w->label = gn_tensor_new(w->context, GN_SHAPE(batch, NETWORK_CLASSES));
    for (int64_t i = 0; w->label != NULL && i < batch; i++)
        gn_tensor_data(w->label)[i * NETWORK_CLASSES + i % NETWORK_CLASSES] = 1;
    w->tape = gn_tape_new(w->context);
    w->digits = gn_digits_new(w->context, NULL);
    w->batches = w->digits != NULL ? gn_batches_new(w->digits, &(gn_batches_options){.size = batch}) : NULL;
    return w->noise != NULL && w->label != NULL && w->tape != NULL && w->batches != NULL;
}

work *work_new(gn_context *context, const char *name, int64_t batch, bool dropout)
{
    work *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->context = context;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            kinds[i].make(w, dropout);
    if (w->round == 0)
        gn_context_fail(context, GN_ERROR_ARGUMENT, "there is no work '%s'", name);
    if ((w->gan != NULL || w->optimizer != NULL) && make_inputs(w, batch))
        return w;
    work_free(w);
    return NULL;
}

void work_free(work *w)
{
    if (w == NULL)
        return;
    gn_batches_free(w->batches);
    gn_dataset_free(w->digits);
    gn_gan_free(w->gan);
    gn_optimizer_free(w->optimizer);
    gn_tape_free(w->tape);
    gn_module_free(w->generator);
    gn_module_free(w->discriminator);
    gn_module_free(w->classifier);
    gn_tensor_free(w->noise);
    gn_tensor_free(w->label);
    free(w);
}

/* --- doing -------------------------------------------------------------------------------------------------------- */

static gn_status play_step(work *w)
{
    gn_gan_report report;
    const gn_status status = gn_gan_step(w->gan, w->batch, &report);
    w->losses[0] = report.d_loss;
    w->losses[1] = report.g_loss;
    return status;
}

/* KANN's loss: binary cross-entropy of each class. */
static gn_status classifier_step(work *w)
{
    gn_module_set_training(w->classifier, true);
    gn_tape_reset(w->tape);
    gn_var *labels = gn_one_hot(gn_input(w->tape, w->batch->labels), NETWORK_CLASSES);
    gn_var *loss = gn_bce_with_logits(gn_apply(w->classifier, gn_input(w->tape, w->batch->images)), labels);
    w->losses[0] = (double)gn_var_number(loss);
    const gn_status status = gn_backward(loss, gn_parameters(w->classifier));
    return status == GN_OK ? gn_optimizer_step(w->optimizer) : status;
}

/* The same one again and again, as PyTorch gets it: while it draws another, the pool's threads fall asleep. */
static bool has_batch(work *w)
{
    if (w->batch == NULL)
        w->batch = gn_batches_next(w->batches);
    return w->batch != NULL;
}

double work_step(work *w)
{
    if (!has_batch(w))
        return -1;
    const double start = bench_now();
    const gn_status status = w->gan != NULL ? play_step(w) : classifier_step(w);
    return status == GN_OK ? bench_now() - start : -1;
}

double work_rounds(work *w, int rounds)
{
    double seconds = 0;
    for (int i = 0; i < rounds * w->round; i++) {
        const double step = work_step(w);
        if (step < 0)
            return -1;
        seconds += step;
    }
    return seconds / (rounds * w->round);
}

static gn_var *infer(const work *w)
{
    if (w->classifier != NULL)
        return gn_apply(w->classifier, gn_input(w->tape, w->batch->images));
    gn_var *inputs[] = {gn_input(w->tape, w->noise), gn_input(w->tape, w->label)};
    return gn_apply_all(w->generator, inputs, 2);
}

double work_infer(work *w)
{
    if (!has_batch(w))
        return -1;
    const double start = bench_now();
    gn_module_set_training(w->classifier != NULL ? w->classifier : w->generator, false);
    gn_tape_reset(w->tape);
    const bool recording = gn_tape_set_recording(w->tape, false);
    const bool done = gn_var_data(infer(w)) != NULL;
    gn_tape_set_recording(w->tape, recording);
    return done ? bench_now() - start : -1;
}

/* --- telling ------------------------------------------------------------------------------------------------------ */

void work_losses(const work *w, double losses[2])
{
    memcpy(losses, w->losses, sizeof w->losses);
}

static int64_t parameters_of(gn_module *module)
{
    int64_t count = 0;
    const gn_parameter_list list = gn_parameters(module);
    for (size_t i = 0; i < list.count; i++)
        count += gn_tensor_count(gn_parameter_value(list.items[i]));
    return count;
}

int64_t work_parameters(const work *w)
{
    if (w->classifier != NULL)
        return parameters_of(w->classifier);
    return parameters_of(w->generator) + parameters_of(w->discriminator);
}

double work_inference_weights(const work *w)
{
    return (double)sizeof(gn_real) * (double)parameters_of(w->classifier != NULL ? w->classifier : w->generator);
}

/* Operations of a call, by kernels that count. */
static double operations_of(work *w, double (*call)(work *), int times)
{
    const gn__kernels *kernels = w->context->kernels;
    w->context->kernels = counting_start();
    bool done = true;
    for (int i = 0; i < times && done; i++)
        done = call(w) >= 0;
    w->context->kernels = kernels;
    return done ? (double)counting_total().operations / times : 0;
}

double work_operations(work *w)
{
    return operations_of(w, work_step, w->round);
}

double work_inference_operations(work *w)
{
    return operations_of(w, work_infer, 1);
}

static gn_status add_module(gn_archive *archive, const gn_module *module)
{
    gn_status status = GN_OK;
    for (size_t i = 0; module != NULL && i < gn_module_tensor_count(module) && status == GN_OK; i++) {
        const gn_named_tensor t = gn_module_tensor(module, i);
        status = gn_archive_add(archive, t.name, t.tensor);
    }
    return status;
}

/* The batch, and the noise that the gan will draw for its first step. */
static gn_status add_batch(work *w, gn_archive *archive)
{
    if (!has_batch(w))
        return gn_context_status(w->context);
    const gn_batch *batch = w->batch;
    if (w->gan != NULL) {
        gn_random random = gn__gan_random(w->gan, GN__NOISE, 0);
        gn__latent_fill(&w->gan->options.latent, 0, &random, batch->size, gn_tensor_data(w->noise));
    }
    gn_status status = gn_archive_add(archive, "images", batch->images);
    if (status == GN_OK)
        status = gn_archive_add(archive, "labels", batch->labels);
    return status == GN_OK ? gn_archive_add(archive, "noise", w->noise) : status;
}

gn_status work_export(work *w, const char *path)
{
    gn_archive *archive = gn_archive_new(w->context);
    if (archive == NULL)
        return gn_context_status(w->context);
    gn_status status = add_batch(w, archive);
    gn_module *const modules[] = {w->generator, w->discriminator, w->classifier};
    for (int i = 0; i < 3 && status == GN_OK; i++)
        status = add_module(archive, modules[i]);
    if (status == GN_OK)
        status = gn_archive_save(archive, path);
    gn_archive_free(archive);
    return status;
}
