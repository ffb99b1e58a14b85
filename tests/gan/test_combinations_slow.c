/* SPDX-License-Identifier: MIT */
/* tests/gan/test_combinations_slow.c - every loss with every conditioning and every remedy: a few steps of each on tiny
 * networks are finite, repeat bit for bit, and go on from a file as if they had not been interrupted. What does not go
 * together is refused. */
#include "core/context.h"
#include "files.h"
#include "io/file.h"
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { LATENT = 3, CLASSES = 3, CONDITION = 5, SIDE = 4, BATCH = 8, FEATURES = 6, BEFORE = 2, AFTER = 3 };

/* --- conditioning ------------------------------------------------------------------------------------------------- */

typedef enum conditioning {
    UNCONDITIONAL,
    CONCAT,             /* one-hot rows joined to noise and to flat pictures */
    PLANES,             /* as planes beside the picture */
    EVERY_LAYER,        /* as planes at every layer */
    EMBEDDING_CONCAT,   /* an embedding joined */
    EMBEDDING_MULTIPLY, /* an embedding multiplied */
    DENSE_PLANE,        /* a dense layer makes a plane */
    CONDITIONAL_NORM,   /* in G; D as PROJECTION */
    PROJECTION,
    CLASSIFIER, /* D is not shown the label, but names it */
    MAXOUT,     /* branches for picture and label, and one for both */
    CONDITIONS, /* rows of numbers that are not classes */
    CONDITIONINGS
} conditioning;

/* --- remedies ----------------------------------------------------------------------------------------------------- */

typedef enum remedy {
    NOTHING,
    SMOOTHING,
    INSTANCE_NOISE,
    AUGMENTATION,
    PACKING,
    REPLAY,
    MINIBATCH_DISCRIMINATION,
    MINIBATCH_STDDEV,
    UNROLLING,
    GRADIENT_PENALTY,
    LAZY_R1,
    CONSISTENCY,
    SPECTRAL_NORM,
    WRONG_LABELS,
    AVERAGE_AND_PARTS,
    TWO_GENERATOR_STEPS,
    TWO_DISCRIMINATOR_STEPS,
    BALANCE,
    RESIDUAL_GENERATOR,
    BIAS_CORRECTION,
    INFERENCE_FAKES,
    FROZEN_NORMS,
    TRUNCATED_LATENT,
    UNIFORM_LATENT,
    SPHERICAL_LATENT,
    OTHER_OPTIMIZERS,
    OWN_TERMS,
    CLIPPED_WEIGHTS,
    CLIPPED_GRADIENTS,
    ONE_SIDED_PENALTY,
    DRAGAN_AND_R2,
    NOISY_UNROLLING,
    SPECTRAL_UNROLLING,
    MANY_AT_ONCE,
    REMEDIES
} remedy;

static gn_var *distance(void *user, gn_var *logits, gn_var *target)
{
    (void)user;
    return gn_mse(logits, target);
}

static gn_var *small_logits(void *user, const gn_gan_view *view)
{
    (void)user;
    return gn_mean(gn_square(gn_gan_judge(view, view->real)), GN_ALL_AXES, false);
}

static const gn_gan_loss_functions own_loss = {.name = "distance", .discriminator = distance, .takes_targets = true};

static void apply_remedy(gn_gan_options *o, remedy r)
{
    const bool targets = o->loss != GN_GAN_HINGE && o->loss != GN_GAN_WASSERSTEIN;
    switch (r) {
    case SMOOTHING:
        o->flip_probability = 0.1f;
        o->real_target = targets ? 0.8f : 0;
        o->real_target_high = targets ? 1.1f : 0;
        o->fake_target_high = targets ? 0.2f : 0;
        break;
    case INSTANCE_NOISE:
        o->instance_noise = 0.2f;
        o->instance_noise_steps = 2;
        break;
    case AUGMENTATION:
        o->augment = (gn_augment_options){.translation = 0.25f, .cutout = 0.5f, .rotation = 20, .contrast = 0.5f};
        break;
    case PACKING:
        o->packing = 2;
        break;
    case REPLAY:
        o->replay = 10;
        break;
    case UNROLLING:
    case SPECTRAL_UNROLLING:
        o->unrolled_steps = 2;
        break;
    case GRADIENT_PENALTY:
        o->penalties[0].kind = GN_GAN_GRADIENT_PENALTY;
        break;
    case LAZY_R1:
        o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_R1, .interval = 2};
        break;
    case CONSISTENCY:
        o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_CONSISTENCY, .augment = {.translation = 0.25f}};
        break;
    case WRONG_LABELS:
        o->pairs = (gn_gan_pairs){1, 0.5f, 0.5f};
        break;
    case AVERAGE_AND_PARTS:
        o->average_decay = 0.5f;
        o->accumulation = 2;
        break;
    case TWO_GENERATOR_STEPS:
        o->generator_steps = 2;
        break;
    case TWO_DISCRIMINATOR_STEPS:
        o->discriminator_steps = 2;
        break;
    case BALANCE:
        o->balance = 0.6f;
        break;
    case INFERENCE_FAKES:
        o->fakes = GN_GAN_FAKES_INFERENCE;
        break;
    case FROZEN_NORMS:
        o->frozen_norms = true;
        break;
    case TRUNCATED_LATENT:
        o->latent.distribution = GN_LATENT_TRUNCATED;
        break;
    case UNIFORM_LATENT:
        o->latent.distribution = GN_LATENT_UNIFORM;
        break;
    case SPHERICAL_LATENT:
        o->latent.distribution = GN_LATENT_SPHERICAL;
        break;
    case OTHER_OPTIMIZERS:
        o->generator_optimizer.kind = GN_RMSPROP;
        o->discriminator_optimizer = (gn_optimizer_options){.kind = GN_SGD, .momentum = 0.5f, .rate = 0.01f};
        o->discriminator_optimizer.schedule.warmup = 4;
        break;
    case OWN_TERMS:
        o->own_loss = &own_loss;
        o->penalties[0] = (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = small_logits, .interval = 2};
        break;
    case CLIPPED_WEIGHTS:
        o->clip_weights = 0.05f;
        break;
    case CLIPPED_GRADIENTS:
        o->generator_optimizer.clip_norm = o->discriminator_optimizer.clip_norm = 0.1f;
        break;
    case ONE_SIDED_PENALTY:
        o->penalties[0].kind = GN_GAN_GRADIENT_PENALTY_ONE_SIDED;
        break;
    case DRAGAN_AND_R2:
        o->penalties[0].kind = GN_GAN_DRAGAN;
        o->penalties[2] = (gn_gan_penalty){.kind = GN_GAN_R2, .weight = 1};
        break;
    case NOISY_UNROLLING:
        o->unrolled_steps = 2;
        o->instance_noise = 0.3f;
        o->penalties[0].kind = GN_GAN_R1;
        break;
    case MANY_AT_ONCE:
        o->replay = 10;
        o->instance_noise = 0.1f;
        o->augment = (gn_augment_options){.brightness = 0.2f};
        o->average_decay = 0.9f;
        o->accumulation = 2;
        o->flip_probability = 0.05f;
        o->discriminator_steps = 2;
        o->penalties[1].kind = GN_GAN_R1;
        break;
    default:
        break;
    }
}

/* --- networks ----------------------------------------------------------------------------------------------------- */

static bool has_spectral_norm(remedy r)
{
    return r == SPECTRAL_NORM || r == SPECTRAL_UNROLLING;
}

/* What the constructors below need to know. m pictures and labels come packed together. */
typedef struct plan {
    gn_context *context;
    remedy remedy;
    int64_t m, label;
} plan;

static gn_module *dense(const plan *p, int64_t in, int64_t out)
{
    gn_module *layer = gn_dense_layer(p->context, &(gn_dense_options){.in = in, .out = out});
    return has_spectral_norm(p->remedy) ? gn_spectral_norm_layer(p->context, layer, 1) : layer;
}

static gn_module *conv(const plan *p, int64_t in, int64_t out)
{
    gn_module *layer = gn_conv2d_layer(
        p->context, &(gn_conv2d_options){.in = in, .out = out, .kernel = 4, .stride = 2, .padding = 1});
    return has_spectral_norm(p->remedy) ? gn_spectral_norm_layer(p->context, layer, 1) : layer;
}

/* Features of the whole batch, or nothing; from FEATURES to seen_features() numbers. */
static gn_module *look_at_batch(const plan *p)
{
    if (p->remedy == MINIBATCH_DISCRIMINATION)
        return gn_minibatch_discrimination_layer(
            p->context, &(gn_minibatch_discrimination_options){.in = FEATURES, .kernels = 2, .dimensions = 3});
    if (p->remedy == FROZEN_NORMS)
        return gn_batch_norm_layer(p->context, &(gn_batch_norm_options){.size = FEATURES});
    return p->remedy == MINIBATCH_STDDEV ? gn_minibatch_stddev_layer(p->context, 4) : gn_identity_layer(p->context);
}

static int64_t seen_features(const plan *p)
{
    return FEATURES + (p->remedy == MINIBATCH_DISCRIMINATION ? 2 : p->remedy == MINIBATCH_STDDEV ? 1 : 0);
}

/* A block around a convolution, or nothing. */
static gn_module *block_of(gn_context *context, remedy r)
{
    if (r != RESIDUAL_GENERATOR)
        return gn_identity_layer(context);
    gn_module *conv = gn_conv2d_layer(context, &(gn_conv2d_options){.in = 2, .out = 2, .kernel = 3, .padding = 1});
    return gn_residual_layer(context, "block", gn_sequential(context, "body", conv, gn_relu_layer(context)),
                             gn_identity_layer(context));
}

static gn_module *generator_for(gn_context *context, conditioning c, remedy r)
{
    const int64_t label = c == CONDITIONS ? CONDITION : CLASSES;
    gn_module *identity = c == UNCONDITIONAL ? NULL : gn_identity_layer(context), *input = NULL;
    int64_t in = LATENT + label;
    if (c == UNCONDITIONAL || c == CONDITIONAL_NORM) {
        gn_module_free(identity);
        input = gn_identity_layer(context);
        in = LATENT;
    } else if (c == EMBEDDING_CONCAT || c == EMBEDDING_MULTIPLY) {
        const gn_join_kind kind = c == EMBEDDING_CONCAT ? GN_JOIN_CONCAT : GN_JOIN_MULTIPLY;
        input = gn_join(context, "input", kind, identity,
                        gn_embedding_layer(context, &(gn_embedding_options){.classes = CLASSES, .size = LATENT}));
        in = c == EMBEDDING_CONCAT ? 2 * LATENT : LATENT;
    } else {
        input = gn_join(context, "input", GN_JOIN_CONCAT, identity, gn_identity_layer(context));
    }
    gn_module *project = gn_dense_layer(context, &(gn_dense_options){.in = in, .out = 8});
    gn_module *shape = gn_sequential(context, "grow", gn_reshape_layer(context, GN_SHAPE(2, 2, 2)),
                                     block_of(context, r));
    gn_module *up = gn_conv_transpose2d_layer(
        context, &(gn_conv2d_options){.in = 2, .out = 1, .kernel = 4, .stride = 2, .padding = 1});
    if (c == CONDITIONAL_NORM)
        return gn_conditional(context, "generator", input, project, shape,
                              gn_conditional_batch_norm_layer(
                                  context,
                                  &(gn_conditional_batch_norm_options){
                                      .size = 2, .classes = CLASSES, .bias_correction = r == BIAS_CORRECTION}),
                              gn_relu_layer(context), up, gn_tanh_layer(context));
    return gn_sequential(
        context, "generator", input, project, shape,
        gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 2, .bias_correction = r == BIAS_CORRECTION}),
        gn_relu_layer(context), up, gn_tanh_layer(context));
}

static gn_module *join_flat(const plan *p, gn_join_kind kind, gn_module *branch)
{
    return gn_join(p->context, "input", kind, gn_flatten_layer(p->context), branch);
}

/* From flat features on: a hidden layer, the batch, and the logit. */
static gn_module *discriminator_of(const plan *p, gn_module *input, int64_t in, int64_t out)
{
    return gn_sequential(p->context, "discriminator", input, dense(p, in, FEATURES),
                         gn_leaky_relu_layer(p->context, 0.2f), look_at_batch(p), dense(p, seen_features(p), out));
}

static gn_module *embedding(const plan *p, int64_t size)
{
    return gn_embedding_layer(p->context, &(gn_embedding_options){.classes = p->label, .size = size});
}

static gn_module *maxout_discriminator(const plan *p)
{
    gn_context *context = p->context;
    gn_module *picture = gn_sequential(
        context, "picture", gn_flatten_layer(context),
        gn_maxout_layer(context, &(gn_maxout_options){.in = SIDE * SIDE * p->m, .units = 5, .pieces = 3}));
    gn_module *label = gn_maxout_layer(context, &(gn_maxout_options){.in = p->label, .units = 3, .pieces = 2});
    return gn_sequential(context, "discriminator", gn_join(context, "input", GN_JOIN_CONCAT, picture, label),
                         gn_maxout_layer(context, &(gn_maxout_options){.in = 8, .units = FEATURES, .pieces = 2}),
                         look_at_batch(p), dense(p, seen_features(p), 1));
}

static gn_module *plane_discriminator(const plan *p, bool every_layer)
{
    gn_context *context = p->context;
    return gn_conditional(context, "discriminator", gn_label_concat_layer(context), conv(p, p->m + p->label, 2),
                          gn_leaky_relu_layer(context, 0.2f),
                          every_layer ? gn_label_concat_layer(context) : gn_identity_layer(context),
                          gn_flatten_layer(context), dense(p, 4 * (2 + (every_layer ? p->label : 0)), FEATURES),
                          look_at_batch(p), dense(p, seen_features(p), 1));
}

static gn_module *dense_plane(const plan *p)
{
    gn_module *plane = gn_sequential(p->context, "plane", dense(p, p->label, SIDE * SIDE),
                                     gn_reshape_layer(p->context, GN_SHAPE(SIDE, SIDE, 1)));
    gn_module *joined = gn_join(p->context, "join", GN_JOIN_CONCAT, gn_identity_layer(p->context), plane);
    return gn_sequential(p->context, "input", joined, gn_flatten_layer(p->context));
}

static gn_module *discriminator_for(gn_context *context, conditioning c, remedy r)
{
    const int64_t m = r == PACKING ? 2 : 1, pixels = SIDE * SIDE * m;
    const plan p = {context, r, m, m * (c == CONDITIONS ? CONDITION : CLASSES)};
    switch (c) {
    case CONCAT:
    case CONDITIONS:
        return discriminator_of(&p, join_flat(&p, GN_JOIN_CONCAT, gn_identity_layer(context)), pixels + p.label, 1);
    case PLANES:
        return plane_discriminator(&p, false);
    case EVERY_LAYER:
        return plane_discriminator(&p, true);
    case EMBEDDING_CONCAT:
        return discriminator_of(&p, join_flat(&p, GN_JOIN_CONCAT, embedding(&p, 4)), pixels + 4, 1);
    case EMBEDDING_MULTIPLY:
        return discriminator_of(&p, join_flat(&p, GN_JOIN_MULTIPLY, embedding(&p, pixels)), pixels, 1);
    case DENSE_PLANE:
        return discriminator_of(&p, dense_plane(&p), pixels + SIDE * SIDE, 1);
    case CONDITIONAL_NORM:
    case PROJECTION:
        return gn_conditional(
            context, "discriminator", gn_flatten_layer(context), dense(&p, pixels, FEATURES),
            gn_leaky_relu_layer(context, 0.2f), look_at_batch(&p),
            gn_projection_layer(context, &(gn_projection_options){.in = seen_features(&p), .classes = p.label}));
    case CLASSIFIER:
        return discriminator_of(&p, gn_flatten_layer(context), pixels, 1 + CLASSES);
    case MAXOUT:
        return maxout_discriminator(&p);
    default:
        return discriminator_of(&p, gn_flatten_layer(context), pixels, 1);
    }
}

/* --- games -------------------------------------------------------------------------------------------------------- */

typedef struct combination {
    gn_gan_loss loss;
    conditioning conditioning;
    remedy remedy;
} combination;

typedef struct game {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
    gn_tensor *images, *labels, *conditions;
    gn_batch batch;
} game;

static void make_data(game *g)
{
    gn_random random = {.seed = 4};
    g->images = gn_tensor_new(g->context, GN_SHAPE(BATCH, SIDE, SIDE, 1));
    g->labels = gn_tensor_new(g->context, GN_SHAPE(BATCH));
    g->conditions = gn_tensor_new(g->context, GN_SHAPE(BATCH, CONDITION));
    gn_random_fill_uniform(&random, gn_tensor_data(g->images), gn_tensor_count(g->images), -1, 1);
    gn_random_fill_normal(&random, gn_tensor_data(g->conditions), gn_tensor_count(g->conditions), 0, 1);
    for (int i = 0; i < BATCH; i++)
        gn_tensor_data(g->labels)[i] = (gn_real)(i % CLASSES);
    g->batch = (gn_batch){g->images, g->labels, BATCH, g->conditions};
}

static int leave_to_the_system(int file)
{
    (void)file;
    return 0;
}

/* Thousands of files need not outlive a loss of power. */
static void save_without_waiting(gn_context *context)
{
    static gn__file_operations files;
    files = gn__system_files;
    files.fsync = leave_to_the_system;
    context->files = &files;
}

static game game_new(combination c)
{
    game g = {.context = gn_context_new(&(gn_context_options){.seed = 11, .threads = 1})};
    save_without_waiting(g.context);
    g.options = (gn_gan_options){
        .generator = generator_for(g.context, c.conditioning, c.remedy),
        .discriminator = discriminator_for(g.context, c.conditioning, c.remedy),
        .classes = c.conditioning == UNCONDITIONAL || c.conditioning == CONDITIONS ? 0 : CLASSES,
        .condition_size = c.conditioning == CONDITIONS ? CONDITION : 0,
        .latent = {.size = LATENT},
        .loss = c.loss,
        .classifier_weight = c.conditioning == CLASSIFIER ? 1 : 0,
    };
    apply_remedy(&g.options, c.remedy);
    g.gan = gn_gan_new(g.context, &g.options);
    make_data(&g);
    return g;
}

static void game_free(game *g)
{
    gn_tensor_free(g->conditions);
    gn_tensor_free(g->labels);
    gn_tensor_free(g->images);
    gn_gan_free(g->gan);
    gn_module_free(g->options.generator);
    gn_module_free(g->options.discriminator);
    gn_context_free(g->context);
}

static void play(game *g, combination c, int steps)
{
    gn_gan_report report;
    for (int i = 0; i < steps; i++) {
        if (gn_gan_step(g->gan, &g->batch, &report) != GN_OK)
            fail_msg("loss %d, conditioning %d, remedy %d: %s", (int)c.loss, (int)c.conditioning, (int)c.remedy,
                     gn_context_message(g->context));
        assert_true(isfinite(report.d_loss) && isfinite(report.g_loss) && isfinite(report.d_gradient_norm));
    }
}

/* Where a run is saved: all that it is, moments, averages and old fakes too. */
typedef struct files {
    char first[64], again[64];
} files;

static void save(const game *g, const char *path)
{
    if (gn_gan_save(g->gan, path, NULL) != GN_OK)
        fail_msg("%s", gn_context_message(g->context));
}

static void expect_equal_runs(const game *a, const game *b, const files *f, combination c, const char *when)
{
    size_t size;
    save(a, f->first);
    save(b, f->again);
    unsigned char *bytes = get_file(f->first, &size);
    if (!file_holds(f->again, bytes, size))
        fail_msg("loss %d, conditioning %d, remedy %d: other bits when %s", (int)c.loss, (int)c.conditioning,
                 (int)c.remedy, when);
    free(bytes);
}

/* A game is played twice; the one goes on, and what the other saved goes on in a third. False when it is refused. */
static bool check(combination c, const files *f)
{
    game whole = game_new(c);
    if (whole.gan == NULL) {
        assert_int_equal(gn_context_status(whole.context), GN_ERROR_ARGUMENT);
        game_free(&whole);
        return false;
    }
    game again = game_new(c), resumed = game_new(c);
    play(&whole, c, BEFORE);
    play(&again, c, BEFORE);
    expect_equal_runs(&whole, &again, f, c, "repeated");
    if (gn_gan_load(resumed.gan, f->again) != GN_OK)
        fail_msg("loss %d, conditioning %d, remedy %d: %s", (int)c.loss, (int)c.conditioning, (int)c.remedy,
                 gn_context_message(resumed.context));
    play(&whole, c, AFTER);
    play(&resumed, c, AFTER);
    expect_equal_runs(&whole, &resumed, f, c, "resumed");
    game_free(&whole);
    game_free(&again);
    game_free(&resumed);
    return true;
}

/* Refused must be just these: wrong labels with a relative loss, without labels, or for a D that is not shown them; a
 * packed classifier; clipped weights without the Wasserstein loss; two losses. */
static bool makes_sense(combination c)
{
    if (c.remedy == WRONG_LABELS &&
        (c.loss == GN_GAN_RELATIVISTIC || c.conditioning == UNCONDITIONAL || c.conditioning == CLASSIFIER))
        return false;
    if (c.remedy == OWN_TERMS && c.loss != GN_GAN_NON_SATURATING)
        return false;
    if (c.remedy == CLIPPED_WEIGHTS && c.loss != GN_GAN_WASSERSTEIN)
        return false;
    return !(c.remedy == PACKING && c.conditioning == CLASSIFIER);
}

static void test_all(void **state)
{
    (void)state;
    files f;
    int played = 0, refused = 0;
    snprintf(f.first, sizeof f.first, "/tmp/gannet-combinations-%ld", (long)getpid());
    snprintf(f.again, sizeof f.again, "%.40s-again", f.first);
    for (int loss = 0; loss <= GN_GAN_RELATIVISTIC; loss++)
        for (int c = 0; c < CONDITIONINGS; c++)
            for (int r = 0; r < REMEDIES; r++) {
                const combination now = {(gn_gan_loss)loss, (conditioning)c, (remedy)r};
                const bool done = check(now, &f);
                if (done != makes_sense(now))
                    fail_msg("loss %d, conditioning %d, remedy %d was %s", loss, c, r, done ? "played" : "refused");
                played += done;
                refused += !done;
            }
    remove(f.first);
    remove(f.again);
    printf("%d combinations played, %d refused\n", played, refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
