/* SPDX-License-Identifier: MIT */
/* tests/fuzz/fuzz_game.h - the smallest game whose checkpoint has moments, batch norms, a running average, and old
 * fakes with their labels. */
#ifndef GN_TESTS_FUZZ_FUZZ_GAME_H
#define GN_TESTS_FUZZ_FUZZ_GAME_H

#include <gannet/gan.h>
#include <gannet/layers.h>

typedef struct fuzz_game {
    gn_gan_options options;
    gn_gan *gan;
    gn_tensor *images, *labels;
} fuzz_game;

/* gan is NULL when memory is out. */
static inline fuzz_game fuzz_game_open(gn_context *context)
{
    fuzz_game game = {.images = gn_tensor_new(context, GN_SHAPE(4, 1, 1, 2)),
                      .labels = gn_tensor_new(context, GN_SHAPE(4))};
    game.options = (gn_gan_options){
        .generator = gn_conditional(context, "g", gn_label_concat_layer(context),
                                    gn_dense_layer(context, &(gn_dense_options){.in = 3, .out = 2}),
                                    gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = 2}),
                                    gn_reshape_layer(context, GN_SHAPE(1, 1, 2))),
        .discriminator = gn_conditional(
            context, "d", gn_flatten_layer(context), gn_label_concat_layer(context),
            gn_spectral_norm_layer(context, gn_dense_layer(context, &(gn_dense_options){.in = 4, .out = 1}), 1)),
        .classes = 2,
        .latent = {.size = 1},
        .replay = 4,
        .average_decay = 0.9f,
    };
    game.gan = game.images == NULL || game.labels == NULL ? NULL : gn_gan_new(context, &game.options);
    return game;
}

static inline gn_status fuzz_game_step(const fuzz_game *game)
{
    return gn_gan_step(game->gan, &(gn_batch){.images = game->images, .labels = game->labels, .size = 4}, NULL);
}

static inline void fuzz_game_close(const fuzz_game *game)
{
    gn_gan_free(game->gan);
    gn_module_free(game->options.generator);
    gn_module_free(game->options.discriminator);
    gn_tensor_free(game->images);
    gn_tensor_free(game->labels);
}

#endif
