/* SPDX-License-Identifier: MIT */
/* gannet/gan.h - two networks, one game (Goodfellow et al. 2014; conditional: Mirza & Osindero 2014).
 *
 * A gn_gan wires a generator G and a discriminator D and runs the adversarial loop. It borrows both modules and owns
 * what exists only because they are trained together: two optimizers, the stream of noise and labels, the running
 * average of the generator, the pool of old fakes, the count of steps. Saving it therefore saves a run, not just
 * weights.
 *
 *     noise z [N,latent], conditions [N,K] -> generator     -> image [N,H,W,C] in [-1,1]
 *     image [N,H,W,C],    conditions [N,K] -> discriminator -> logit [N,1], large for "real"
 *
 * Conditions are one-hot rows made of labels (K = classes), or rows of numbers that describe a picture, such as the
 * embedding of a text (K = condition_size). Both networks then take two inputs; only a discriminator with
 * classifier_weight may take one, so that it is not shown the label that it is to name. With classes and condition_size
 * 0 the game is unconditional. docs/gan-guide.md says which option helps against what. */
#ifndef GANNET_GAN_H
#define GANNET_GAN_H

#include <gannet/augment.h>
#include <gannet/data.h>
#include <gannet/optimizer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A game of two networks: a generator and a discriminator, which the caller keeps. */
typedef struct gn_gan gn_gan;

/* --- the noise ---------------------------------------------------------------------------------------------------- */

/* How the numbers of a noise vector are distributed. */
typedef enum gn_latent_distribution {
    GN_LATENT_NORMAL = 0, /* N(0, scale^2) */
    GN_LATENT_UNIFORM,    /* U(-scale, scale) */
    GN_LATENT_SPHERICAL,  /* uniform on the sphere of radius scale sqrt(size) */
    GN_LATENT_TRUNCATED,  /* N(0, scale^2), numbers beyond 2 scale drawn again (TensorFlow's truncated_normal) */
} gn_latent_distribution;

/* The noise that the generator grows pictures from. */
typedef struct gn_latent {
    int64_t size; /* numbers per picture, 1 to 2^20 */
    gn_latent_distribution distribution;
    float scale; /* above 0; default 1 */
} gn_latent;

/* Noise for count pictures [count,size], the same as gn_sample_options with this seed and truncation draws: row i
 * depends on the seed and i alone. The caller frees it. NULL on failure: GN_ERROR_ARGUMENT for a NULL, a latent out of
 * range, or a truncation that gn_sample_options would refuse; GN_ERROR_SHAPE for a count below 1; GN_ERROR_MEMORY. */
GN_API gn_tensor *gn_latent_draw(gn_context *context, const gn_latent *latent, int64_t count, uint64_t seed,
                                 float truncation);

/* The point at share t (0: a, 1: b) of the way between two noise vectors: on the straight line, or on the great circle
 * with the lengths changing evenly, which stays where normal noise lives (White 2016). Vectors that point the same way
 * or opposite ways have no single great circle: the straight line then. out may be a or b. */
GN_API void gn_latent_linear(const gn_real *a, const gn_real *b, int64_t size, gn_real t, gn_real *out);
GN_API void gn_latent_great_circle(const gn_real *a, const gn_real *b, int64_t size, gn_real t, gn_real *out);

/* --- losses ------------------------------------------------------------------------------------------------------- */

/* Losses on logits x, with targets r for real and f for fake pictures, which are D's alone; means over the batch. */
typedef enum gn_gan_loss {
    /* D: bce(x_real, r) + bce(x_fake, f); G: bce(x_fake, 1). Goodfellow et al. 2014, section 3 */
    GN_GAN_NON_SATURATING = 0,
    /* D: the same; G: -bce(x_fake, 0), the minimax game itself */
    GN_GAN_SATURATING,
    /* D: (x_real - r)^2 + (x_fake - f)^2; G: (x_fake - 1)^2. Mao et al. 2017 */
    GN_GAN_LEAST_SQUARES,
    /* D: max(0, 1 - x_real) + max(0, 1 + x_fake); G: -x_fake. Lim & Ye 2017. Takes no targets */
    GN_GAN_HINGE,
    /* D: -x_real + x_fake; G: -x_fake. Arjovsky et al. 2017; wants clip_weights, a penalty or spectral norm. Takes no
     * targets */
    GN_GAN_WASSERSTEIN,
    /* D: bce(x_real - mean x_fake, r) + bce(x_fake - mean x_real, f);
     * G: bce(x_fake - mean x_real, 1) + bce(x_real - mean x_fake, 0).
     * Relativistic average, Jolicoeur-Martineau 2019 */
    GN_GAN_RELATIVISTIC,
} gn_gan_loss;

/* What the two players minimise; the rows of gn_gan_loss are of this form, and so is a loss of one's own. Each function
 * gives one number, a mean over logits [N,1]. */
typedef struct gn_gan_loss_functions {
    const char *name; /* written into checkpoints */

    /* What D pays for logits that should have come near target (a number, or [N,1]). Called for each kind of pair. */
    gn_var *(*discriminator)(void *user, gn_var *logits, gn_var *target);

    /* What G pays for the logits of its fakes. NULL: discriminator with target 1. */
    gn_var *(*generator)(void *user, gn_var *logits);

    void *user;
    bool takes_targets; /* other targets than 1 and 0 are meaningful */
    bool relative; /* logits are seen from the mean of the other kind, and G also pays for real ones with target 0 */

    /* The logit between "fake" and "real", for the reported accuracy; NaN: midway between the two means. */
    float boundary;
} gn_gan_loss_functions;

/* Weights of the pairs that D is shown, in its loss, up to 1000. All zero: (1, 1, 0), as Mirza & Osindero; the first
 * two cannot be zero. With (1, 1/2, 1/2), Reed et al. 2016's GAN-CLS, D also learns to reject real pictures with a
 * wrong label: another class drawn evenly, or with condition_size the condition of another picture of the batch. The
 * Wasserstein loss needs real_right = fake_right + real_wrong. */
typedef struct gn_gan_pairs {
    float real_right, fake_right, real_wrong;
} gn_gan_pairs;

/* --- penalties ---------------------------------------------------------------------------------------------------- */

/* What a penalty sees of a discriminator step: pictures as D sees them (after noise, augmentation and packing). */
typedef struct gn_gan_view {
    gn_gan *gan;
    gn_var *real, *fake;               /* [N,H,W,C] */
    gn_var *conditions;                /* [N,K] of the real ones (one-hot or given), NULL in an unconditional game */
    gn_var *real_logits, *fake_logits; /* [N,1] */
    gn_random random;                  /* a stream of this penalty and step */
} gn_gan_view;

/* D's logits [N,1] for images with the conditions of the view; batch norm's averages stand still. */
GN_API gn_var *gn_gan_judge(const gn_gan_view *view, gn_var *images);

/* With g = d logit / d image, one for each picture (with packing, each pack) by itself, |g| its length over all pixels;
 * means over the batch. */
typedef enum gn_gan_penalty_kind {
    GN_GAN_NO_PENALTY = 0,
    GN_GAN_GRADIENT_PENALTY, /* (|g| - 1)^2 at e real + (1-e) fake, e ~ U(0,1) for each picture; Gulrajani 2017 */
    GN_GAN_GRADIENT_PENALTY_ONE_SIDED, /* max(0, |g| - 1)^2 there; Petzka et al. 2018 */
    GN_GAN_DRAGAN,      /* (|g| - 1)^2 at real + U(0,1) std(real)/2 noise, noise ~ U(0,1); Kodali et al. 2017 */
    GN_GAN_R1,          /* |g|^2 / 2 at real; Mescheder et al. 2018 */
    GN_GAN_R2,          /* |g|^2 / 2 at fake */
    GN_GAN_CONSISTENCY, /* (D(real) - D(augmented real))^2; Zhang et al. 2020 */
    GN_GAN_OWN_PENALTY, /* `function` */
} gn_gan_penalty_kind;

/* One term that D pays beside its loss. Zero in a field means its default. */
typedef struct gn_gan_penalty {
    gn_gan_penalty_kind kind;
    float weight; /* above 0; default 10 */
    /* on every so many of D's steps only, with so many times the weight (lazy regularisation, Karras 2020): at least 1,
     * the default */
    int interval;
    gn_augment_options augment;                               /* of the consistency penalty */
    gn_var *(*function)(void *user, const gn_gan_view *view); /* a penalty of one's own: one number */
    void *user;
} gn_gan_penalty;

/* --- the game ----------------------------------------------------------------------------------------------------- */

/* Which statistics the generator's batch norms use for the fakes that D is shown. Only with GN_GAN_FAKES_INFERENCE does
 * their momentum affect training: with GN_GAN_FAKES_TRAINING the weights are the same bits for any. (For D's batch
 * norms see frozen_norms.) */
typedef enum gn_gan_fakes {
    GN_GAN_FAKES_TRAINING = 0, /* with the batch's own statistics, as PyTorch's loops do */
    /* with the running averages from before this batch and without dropout, as by Keras's predict(); costs a second
     * pass through G */
    GN_GAN_FAKES_INFERENCE,
} gn_gan_fakes;

enum { GN_GAN_PENALTIES = 3 };

/* Zero means the default everywhere; for a float whose zero is meant write GN_ZERO. A number out of its range, and what
 * does not go together, is refused by gn_gan_new; what is unwise is logged as a warning. */
typedef struct gn_gan_options {
    /* Borrowed; their names must differ. D judges real pictures and fakes in one pass if all its modules work
     * row_by_row (gn_module_class: no batch norm, spectral norm, minibatch stddev or minibatch discrimination) and R1
     * and R2 are off. */
    gn_module *generator, *discriminator;
    int64_t classes; /* up to 2^24; 0: no class labels */
    /* numbers in a row of gn_batch.conditions, which then describe the pictures, up to 2^24; 0: one-hot rows */
    int64_t condition_size;
    gn_latent latent;

    /* --- the loss --- */

    gn_gan_loss loss;
    const gn_gan_loss_functions *own_loss; /* in place of `loss`; must outlive the gan */

    /* What D should answer to real pictures: default 1 (0.9 is one-sided label smoothing), or drawn for each from
     * U(real_target, real_target_high); larger than the same for fakes, default 0. All four are 0 to 2, a `high` not
     * below its low end. For losses of cross-entropy real targets, flips included, are at most 1 on average. */
    float real_target, real_target_high;
    float fake_target, fake_target_high;
    float flip_probability; /* of a picture's target being that of the other kind: 0 to 0.49 */

    gn_gan_pairs pairs;

    /* The share of fakes, 0 to 1, whose condition is the mean of two of the batch (GAN-INT, Reed et al. 2016): G learns
     * what lies between the conditions that there are pictures for. Not with classifier_weight. */
    float interpolation;

    /* Of an auxiliary classifier (Odena et al. 2017): D gives [N,1+classes], a logit and class logits, and both players
     * also pay this many times, 0 to 1000, the cross-entropy of the class. */
    float classifier_weight;

    gn_gan_penalty penalties[GN_GAN_PENALTIES];
    float clip_weights; /* D's parameters are kept in +-clip_weights, up to 1000 (Wasserstein; the paper has 0.01) */

    /* --- what D sees --- */

    /* N(0, s^2) is added to real and fake (Sonderby et al. 2017): s = instance_noise at the first step, falling evenly
     * to 0 at step instance_noise_steps (0: it stays; at most 10^15). s is 0 to 100. */
    float instance_noise;
    int64_t instance_noise_steps;

    gn_augment_options augment; /* of real and fake pictures, also while G learns */

    /* Pictures that D judges together, channels and labels concatenated (Lin et al. 2018): 1 to 64, default 1; divides
     * the batch. */
    int packing;

    /* Old fakes kept, 0 to 2^24; half of those shown to D come from there (Shrivastava et al. 2017). */
    int64_t replay;

    /* --- how it is played --- */

    gn_gan_fakes fakes;

    /* D's batch norms work with their running averages while G learns, as TensorFlow 2 has it for layers that are not
     * trainable; else with the batch's own statistics. */
    bool frozen_norms;

    int discriminator_steps; /* steps of D, each on its own batch, to one of G: 1 to 1000, default 1 */
    int generator_steps;     /* steps of G, each with its own noise, after that: the same; one of the two is 1 */

    /* Steps of D that G looks ahead, its gradient passing through them (Metz et al. 2017): 0 to 100. D's optimizer
     * must be Adam or SGD without momentum. The steps are on the pictures of this step, without old fakes (replay), and
     * the balance rule holds none back. */
    int unrolled_steps;

    int accumulation; /* parts that a batch is cut into, gradients added: 1 to 1024, default 1; divides the batch */
    /* D does not move on a step where it judged more than this share of pictures rightly: 0 to 0.9999; 0: it always
     * moves. */
    float balance;
    gn_optimizer_options generator_optimizer, discriminator_optimizer; /* default Adam with rate 2e-4, beta1 0.5 */
    /* Of the running average of the generator (EMA), buffers included: average = decay average + (1 - decay) generator
     * after each step of G, from the weights that it has when the game is made. 0 to 0.9999999; 0: no average. */
    float average_decay;
    uint64_t seed; /* of noise and labels; default the context's */

    /* --- watching --- */

    int watch_interval; /* steps between looks at a fixed batch of samples, up to 2^30; 0: never */

    /* The alarm is raised when the samples of any one class differ by less than this share of the greatest diversity
     * that has been seen, which is the mean over the classes: 0 to 1, default 0.25. Refused without watch_interval. */
    float collapse_threshold;
} gn_gan_options;

/* Makes a game; NULL with a message when an option is out of range, or does not go with another. The caller frees
 * it. */
GN_API gn_gan *gn_gan_new(gn_context *context, const gn_gan_options *options);
GN_API void gn_gan_free(gn_gan *gan); /* NULL is fine; the modules are the caller's. Refused from within its step */

/* What a step did. Numbers of a player that did not move are those of its last step. */
typedef struct gn_gan_report {
    double d_loss, g_loss;                     /* with all terms */
    double d_penalty;                          /* the penalties' part of d_loss; 0 on a step without */
    double d_real, d_fake;                     /* mean of sigmoid(logit) on the real and on the fake pictures */
    double d_gradient_norm, g_gradient_norm;   /* over all parameters, before clipping */
    double real_right, fake_right, real_wrong; /* share of each kind of pair that D judged rightly; NaN if not shown */
    double classifier_accuracy;                /* of the auxiliary classifier on real pictures; NaN without one */
    double g_batch_norm_gap, d_batch_norm_gap; /* gn_batch_norm_gap */
    double diversity; /* of the samples last looked at: gn_diversity within a class, mean; NaN before the first look */
    bool d_moved;     /* false when the balance rule held D back */
    bool collapsed;   /* the collapse alarm */
} gn_gan_report;

/* One step of the loop: a discriminator step on this batch, and after every discriminator_steps of them generator_steps
 * generator steps. Both use the same fakes, made with the conditions of the batch (Radford et al.'s loop as PyTorch's
 * dcgan example has it). report may be NULL. The batch may have any size that packing and accumulation divide.
 *
 * On failure the parameters are as after the last optimizer step of either player, which may be what made a number that
 * is not finite; running statistics and the pool of old fakes may have moved, and gn_gan_load of the last checkpoint
 * puts back all.
 * - GN_ERROR_ARGUMENT: the batch is NULL (if the context knows why, its status instead), or a label is no class number;
 * - GN_ERROR_SHAPE: the batch, or what a network gives, has another shape than the game needs;
 * - GN_ERROR_NUMBER: a picture or condition is not finite, or a loss or gradient, or what an optimizer step makes of a
 *   network. The message then names the first op whose result is not, or the tensor that is not though the loss is (an
 *   infinite bias before a tanh) as the player's step left it;
 * - GN_ERROR_STATE: called from within a function that the gan has called (a loss, a penalty, a module's forward).
 *
 * When only the look at samples (watch_interval) fails, the step has been made and counts. */
GN_API gn_status gn_gan_step(gn_gan *gan, const gn_batch *batch, gn_gan_report *report);

GN_API int64_t gn_gan_steps(const gn_gan *gan); /* steps made, also before it was saved */

/* Copies the running average of the generator into another module of the same tensors, to draw with, to save or to ship
 * it. GN_ERROR_STATE when the gan keeps none, or the generator was changed after gn_gan_new; GN_ERROR_ARGUMENT for NULL
 * and for the generator itself; GN_ERROR_SHAPE unless the trees hold the same shapes in the same order. On failure
 * target is as it was. What batch norms have averaged is not quite what the average of the weights gives: see
 * gn_generator_standing_statistics. */
GN_API gn_status gn_gan_copy_average(gn_gan *gan, gn_module *target);

/* Standing statistics (Brock et al. 2019): the generator's batch norms are re-estimated for the weights as they are
 * now. The running averages become the means of the statistics of `batches` batches of `size` pictures, made in
 * training mode with noise and labels from seed. Weights and modes stay. A gan with condition_size needs labels.
 *
 * GN_ERROR_ARGUMENT for a number out of range, and for labels to a generator that takes none; GN_ERROR_SHAPE for labels
 * of another shape; GN_ERROR_UNSUPPORTED for a gan with condition_size without labels; GN_ERROR_STATE for `average`
 * when there is none. These change nothing; on any other failure some of the averages may be of fewer batches. */
typedef struct gn_standing_options {
    int batches;  /* at least 1; default 16 */
    int64_t size; /* 2 to 2^20; default 64 */
    uint64_t seed;
    const gn_tensor *labels; /* [M,K]: rows to draw the labels from; NULL: classes, evenly */
    bool average;            /* those of the gan's running average instead */
} gn_standing_options;
GN_API gn_status gn_gan_standing_statistics(gn_gan *gan, const gn_standing_options *options);

/* The same for a generator that stands alone; condition_size is the size of a row of labels, the number of classes most
 * often, and 0 if it takes none. GN_ERROR_STATE with `average`. */
GN_API gn_status gn_generator_standing_statistics(gn_module *generator, int64_t condition_size, const gn_latent *latent,
                                                  const gn_standing_options *options);

/* --- pictures ----------------------------------------------------------------------------------------------------- */

/* Pictures from the generator in inference mode (running statistics). */
typedef struct gn_sample_options {
    uint64_t seed;
    int64_t per_class; /* pictures of each class, in rows; for an unconditional gan just their number; to 2^24 in all */
    const gn_tensor *labels; /* or, per_class being 0: [N] class numbers, or rows [N,K] (soft labels, conditions) */
    const gn_tensor *noise;  /* [N,latent] in place of noise drawn from seed */

    /* Numbers of normal noise beyond truncation * scale are drawn again (Brock et al. 2019), at least 1/16; 0: not.
     * Refused for other noise. */
    float truncation;

    bool average; /* from the running average of the generator; GN_ERROR_STATE when there is none */
} gn_sample_options;

/* Draws pictures [N,H,W,C], in the order of the classes or of the labels; a function of the weights and the options
 * alone. The caller frees them. NULL on failure, with GN_ERROR_ARGUMENT for options out of range or that do not go
 * together, GN_ERROR_SHAPE for labels or noise of another shape, GN_ERROR_STATE for `average` when there is none, or
 * GN_ERROR_MEMORY. Nothing in the gan changes. */
GN_API gn_tensor *gn_gan_sample(gn_gan *gan, const gn_sample_options *options);

/* The same for a generator that stands alone, as one loaded from a file: without a running average. condition_size as
 * above. */
GN_API gn_tensor *gn_generator_sample(gn_module *generator, int64_t condition_size, const gn_latent *latent,
                                      const gn_sample_options *options);

/* --- files -------------------------------------------------------------------------------------------------------- */

/* Saves the whole run: every parameter, moment, running statistic, the average, step and stream positions, and
 * `config`, the caller's text (JSON, say; UTF-8; NULL: none). On failure the file of before stays: GN_ERROR_IO names
 * file and cause, GN_ERROR_NUMBER the tensor with a number that is not finite. From within a function that the gan has
 * called it is GN_ERROR_STATE, here and for gn_gan_load. */
GN_API gn_status gn_gan_save(const gn_gan *gan, const char *path, const char *config);

/* Puts a saved run back into a gan made with the same networks and options. The next step on the batch that would have
 * come next is then, bit for bit, what it would have been; the batches are the caller's, who puts them there
 * (gn_batches_set_position: as many as steps were made, most often). It changes nothing unless all of it fits.
 * GN_ERROR_IO for a file that cannot be read; GN_ERROR_FORMAT for one that is damaged, holds no run, or is of other
 * networks or options or another seed (the optimizers' rates and the options of watching may differ); GN_ERROR_NUMBER
 * for a number that is not finite. The message names the file and what does not fit. */
GN_API gn_status gn_gan_load(gn_gan *gan, const char *path);

/* Saves the run when `metric` is better than at every call before (larger, or with lower_is_better smaller); the best
 * value is part of the run and of every checkpoint. saved (may be NULL) tells whether it did. A metric that is NaN is
 * never better. Errors as gn_gan_save; the best value is then what it was before. */
GN_API gn_status gn_gan_save_best(gn_gan *gan, const char *path, const char *config, double metric,
                                  bool lower_is_better, bool *saved);

#ifdef __cplusplus
}
#endif
#endif
