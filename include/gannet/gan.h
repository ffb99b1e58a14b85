/* SPDX-License-Identifier: MIT */
/* gannet/gan.h - two networks, one game (Goodfellow et al. 2014; conditional: Mirza & Osindero 2014).
 *
 * A gn_gan wires a generator and a discriminator and runs the adversarial loop. It borrows both modules and owns what exists only
 * because they are trained together: two optimizers, the stream of noise and labels, the running average of the generator,
 * the count of steps. Saving it therefore saves a run, not just weights.
 *
 *     noise z [N,latent], label [N,classes] -> generator      -> image [N,H,W,C] in [-1,1]
 *     image [N,H,W,C],    label [N,classes] -> discriminator  -> logit [N,1], large for "real"
 *
 * Labels reach the networks as one-hot rows; with classes 0 both networks take one input. */
#ifndef GANNET_GAN_H
#define GANNET_GAN_H

#include <gannet/data.h>
#include <gannet/optimizer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gn_latent_distribution {
    GN_LATENT_NORMAL = 0, /* N(0, scale^2) */
    GN_LATENT_UNIFORM,    /* U(-scale, scale) */
    GN_LATENT_SPHERICAL,  /* uniform on the sphere of radius scale sqrt(size) */
} gn_latent_distribution;

/* The noise that the generator grows pictures from. */
typedef struct gn_latent {
    int64_t size; /* numbers per picture, at least 1 */
    gn_latent_distribution distribution;
    float scale; /* default 1 */
} gn_latent;

/* Losses, on logits x (D's output) with targets r for real and f for fake; means over the batch. */
typedef enum gn_gan_loss {
    /* D: bce(x_real, r) + bce(x_fake, f); G: bce(x_fake, 1). Goodfellow et al. 2014, section 3 */
    GN_GAN_NON_SATURATING = 0,
    /* D: the same; G: -bce(x_fake, 0), the minimax game itself */
    GN_GAN_SATURATING,
    /* D: (x_real - r)^2 + (x_fake - f)^2; G: (x_fake - 1)^2. Mao et al. 2017 */
    GN_GAN_LEAST_SQUARES,
} gn_gan_loss;

/* How the batch norms of the generator work while it makes the fakes that D is shown. The only way in which their momentum can
 * influence training: with GN_GAN_FAKES_TRAINING weights are the same bits for any momentum. */
typedef enum gn_gan_fakes {
    GN_GAN_FAKES_TRAINING = 0, /* with the batch's own statistics, as PyTorch's loops do */
    GN_GAN_FAKES_INFERENCE,    /* with the running averages, as Keras's predict() does; costs a second pass through G */
} gn_gan_fakes;

/* Zero means the default everywhere; for a number whose zero is meant write GN_ZERO. */
typedef struct gn_gan_options {
    gn_module *generator, *discriminator; /* borrowed; their names must differ */
    int64_t classes;                      /* 0: unconditional */
    gn_latent latent;
    gn_gan_loss loss;
    float real_target;       /* what D should answer to real pictures: default 1; 0.9 is one-sided label smoothing */
    float fake_target;       /* and to fakes: default 0 */
    int discriminator_steps; /* steps of D, each on its own batch, to one of G: default 1 */
    gn_optimizer_options generator_optimizer, discriminator_optimizer; /* default Adam with rate 2e-4, beta1 0.5 */
    float average_decay; /* of the running average of the generator (EMA), buffers included; 0: no average */
    gn_gan_fakes fakes;
    uint64_t seed; /* of noise and labels; default the context's */
} gn_gan_options;

typedef struct gn_gan gn_gan;

GN_API gn_gan *gn_gan_new(gn_context *context, const gn_gan_options *options);
GN_API void gn_gan_free(gn_gan *gan); /* NULL is fine; the modules are the caller's */

/* What a step did. */
typedef struct gn_gan_report {
    double d_loss, g_loss;                   /* g_loss: of the last generator step */
    double d_real, d_fake;                   /* mean of sigmoid(logit) on the real and on the fake pictures */
    double d_gradient_norm, g_gradient_norm; /* over all parameters, before clipping */
} gn_gan_report;

/* One step of the loop: a discriminator step on this batch, and after every discriminator_steps of them a generator step. Both
 * use the same fakes, made with the labels of the batch (Radford et al.'s loop as PyTorch's dcgan example has it). report may be
 * NULL. The batch may have any size. On failure the networks are as after the last complete optimizer step. */
GN_API gn_status gn_gan_step(gn_gan *gan, const gn_batch *batch, gn_gan_report *report);

GN_API int64_t gn_gan_steps(const gn_gan *gan); /* steps made, also before it was saved */

/* Pictures from the generator in inference mode (running statistics). */
typedef struct gn_sample_options {
    uint64_t seed;
    int64_t per_class;       /* pictures of each class, in rows; for an unconditional gan just the number of pictures */
    const gn_tensor *labels; /* or: [N] class numbers, per_class being 0 */
    bool average;            /* from the running average of the generator; GN_ERROR_STATE when there is none */
} gn_sample_options;

/* Draws pictures [N,H,W,C]; a function of the weights and the options alone. The caller frees them. NULL on failure. */
GN_API gn_tensor *gn_gan_sample(gn_gan *gan, const gn_sample_options *options);

/* The same for a generator that stands alone, as one loaded from a file. */
GN_API gn_tensor *gn_generator_sample(gn_module *generator, int64_t classes, const gn_latent *latent,
                                      const gn_sample_options *options);

/* Saves the whole run: every parameter, moment, running statistic, the average, step and stream positions, and `config`, a text
 * of the caller's (JSON, say). gn_gan_load puts it back into a gan made with the same networks and options; it changes nothing
 * unless all of it fits. The next step is then, bit for bit, what it would have been. */
GN_API gn_status gn_gan_save(const gn_gan *gan, const char *path, const char *config);
GN_API gn_status gn_gan_load(gn_gan *gan, const char *path);

/* Reads just the tensors of one module from a file, by their names: a trained generator, a classifier. */
GN_API gn_status gn_module_load(gn_module *module, const char *path);
GN_API gn_status gn_module_save(gn_module *module, const char *path, const char *config);

/* The config text of a saved file: the caller frees it with gn_text_free. NULL on failure. */
GN_API char *gn_config_read(gn_context *context, const char *path);
GN_API void gn_text_free(gn_context *context, char *text);

#ifdef __cplusplus
}
#endif
#endif
