/* SPDX-License-Identifier: MIT */
/* lib/gan/gan.h - the inside of a gan, for the files of this folder. */
#ifndef GN_GAN_GAN_H
#define GN_GAN_GAN_H

#include "core/context.h"

#include <gannet/gan.h>

struct gn_gan {
    gn_context *context;
    gn_gan_options options; /* with all defaults filled in */
    gn_tape *tape;
    gn_optimizer *generator_optimizer, *discriminator_optimizer;
    gn_tensor **average; /* of each tensor of the generator; NULL without a running average */
    size_t average_count;
    int64_t steps;
    double g_loss, g_gradient_norm; /* of the last generator step, for the reports of the steps between */
};

/* --- latent.c -------------------------------------------------------------------------------------------------------------- */

/* Checks a latent and fills in its defaults. */
gn_status gn__latent_check(gn_context *context, gn_latent *latent);

/* Draws noise for count pictures, one after another, into z [count, size]. Takes 2 ceil(size / 2) or fewer words a picture. */
void gn__latent_fill(const gn_latent *latent, gn_random *random, int64_t count, gn_real *z);

/* --- loss.c ---------------------------------------------------------------------------------------------------------------- */

/* What the two players minimise; all arguments are logits [N,1]. */
typedef struct gn__gan_loss {
    const char *name;
    gn_var *(*discriminator)(gn_var *real, gn_var *fake, float real_target, float fake_target);
    gn_var *(*generator)(gn_var *fake);
} gn__gan_loss;

/* The row of a loss; NULL when there is none. */
const gn__gan_loss *gn__gan_loss_find(gn_gan_loss loss);

/* --- sample.c -------------------------------------------------------------------------------------------------------------- */

/* Draws pictures on a tape, which is reset. */
gn_tensor *gn__sample(gn_tape *tape, gn_module *generator, int64_t classes, const gn_latent *latent,
                      const gn_sample_options *options);

/* --- average.c ------------------------------------------------------------------------------------------------------------- */

/* The running average of the generator's tensors: made as a copy, moved after each generator step. */
gn_status gn__average_open(gn_gan *gan);
void gn__average_close(gn_gan *gan);
void gn__average_update(gn_gan *gan);

/* Exchanges the generator's tensors with the average; twice puts everything back. */
void gn__average_swap(gn_gan *gan);

#endif
