/* SPDX-License-Identifier: MIT */
/* examples/common/mixture_game.h - points of a mixture of normal distributions, and two networks that play for them, as
 * in PacGAN (Lin et al. 2018, section 4.1): the smallest game in which a generator loses modes. */
#ifndef EXAMPLES_MIXTURE_GAME_H
#define EXAMPLES_MIXTURE_GAME_H

#include <gannet/gannet.h>

typedef enum mixture_shape {
    MIXTURE_RING, /* 8 modes on the circle of radius 1, deviation 0.01 */
    MIXTURE_GRID, /* 25 modes at {-4,-2,0,2,4}^2, deviation 0.05 */
    MIXTURE_SHAPES
} mixture_shape;

/* What is done against the loss of modes. */
typedef enum mixture_remedy {
    MIXTURE_PLAIN,
    MIXTURE_PACKING2,       /* D judges 2 points at once */
    MIXTURE_DISCRIMINATION, /* minibatch discrimination after D's second layer */
    MIXTURE_STDDEV,         /* minibatch standard deviation there */
    MIXTURE_UNROLLED,       /* G looks 3 steps of D ahead */
    MIXTURE_REMEDIES,       /* how many there are */
} mixture_remedy;

const char *mixture_remedy_name(mixture_remedy remedy);

/* 100,000 points as images [1,1,2]; their label is the mode. */
gn_dataset *mixture_points(gn_context *context, mixture_shape shape, uint64_t seed);

/* [modes,2]; the caller frees it. */
gn_tensor *mixture_centres(gn_context *context, mixture_shape shape);
double mixture_deviation(mixture_shape shape);

/* How many steps of how many points a run has where nothing else is said. */
int64_t mixture_steps(mixture_shape shape, mixture_remedy remedy);
int64_t mixture_batch(mixture_shape shape);

/* noise [N,2] -> point [N,1,1,2]: four hidden layers of 400, batch norm, ReLU. */
gn_module *mixture_generator(gn_context *context, mixture_shape shape);

/* points [N,1,1,2 m] -> logit [N,1]: three maxout layers of 200 units, 5 pieces. */
gn_module *mixture_discriminator(gn_context *context, mixture_shape shape, mixture_remedy remedy);

/* PacGAN's game in an eighth of its steps or less; of the remedies only the noise differs, on the grid. */
gn_gan_options mixture_options(gn_module *generator, gn_module *discriminator, mixture_shape shape,
                               mixture_remedy remedy, int64_t steps);

#endif
