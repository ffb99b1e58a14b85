/* SPDX-License-Identifier: MIT */
/* tests/gan/game.h - a whole tiny game with its data, for the tests of this folder. */
#ifndef GN_TESTS_GAN_GAME_H
#define GN_TESTS_GAN_GAME_H

#include "gan/networks.h"
#include "test.h"

#include <string.h>

typedef struct game {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
    tiny_data data;
} game;

typedef void (*game_change)(gn_gan_options *options);

/* The game of networks.h with what change makes of its options (NULL: nothing). 8 pictures. */
static inline game game_new(int threads, float momentum, game_change change)
{
    game g = {.context = gn_context_new(&(gn_context_options){.seed = 5, .threads = threads})};
    g.options = tiny_options(g.context, momentum);
    if (change != NULL)
        change(&g.options);
    g.gan = gn_gan_new(g.context, &g.options);
    if (g.gan == NULL)
        fail_msg("%s", gn_context_message(g.context));
    g.data = tiny_data_new(g.context, 8, 1);
    return g;
}

static inline void game_free(game *g)
{
    tiny_data_free(&g->data);
    gn_gan_free(g->gan);
    gn_module_free(g->options.generator);
    gn_module_free(g->options.discriminator);
    gn_context_free(g->context);
}

static inline void play(game *g, int steps, gn_gan_report *report)
{
    for (int i = 0; i < steps; i++)
        if (gn_gan_step(g->gan, &g->data.batch, report) != GN_OK)
            fail_msg("step %d: %s", i, gn_context_message(g->context));
}

/* A number that changes with any bit of a module's tensors (those whose name contains part, or all). */
static inline uint64_t bits_of(const gn_module *module, const char *part)
{
    uint64_t hash = 1469598103934665603u;
    for (size_t i = 0; i < gn_module_tensor_count(module); i++) {
        const gn_named_tensor named = gn_module_tensor(module, i);
        if (part != NULL && strstr(named.name, part) == NULL)
            continue;
        const unsigned char *bytes = (const unsigned char *)gn_tensor_values(named.tensor);
        for (size_t j = 0; j < (size_t)gn_tensor_count(named.tensor) * sizeof(gn_real); j++)
            hash = (hash ^ bytes[j]) * 1099511628211u;
    }
    return hash;
}

static inline uint64_t weights_after(int steps, int threads, float momentum, game_change change)
{
    game g = game_new(threads, momentum, change);
    play(&g, steps, NULL);
    const uint64_t hash = bits_of(g.options.generator, "weight") ^ 3 * bits_of(g.options.discriminator, "weight");
    game_free(&g);
    return hash;
}

/* The game is refused with a message that contains text. */
static inline void expect_refused(game_change change, const char *text)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_gan_options options = tiny_options(context, 0.8f), changed = options;
    change(&changed);
    assert_null(gn_gan_new(context, &changed));
    if (strstr(gn_context_message(context), text) == NULL)
        fail_msg("'%s' does not say '%s'", gn_context_message(context), text);
    const gn_module *now = changed.discriminator; /* another one has taken the place of the first, which is freed */
    const bool replaced = now != NULL && now != options.discriminator && now != options.generator;
    gn_module_free(options.generator);
    gn_module_free(replaced ? changed.discriminator : options.discriminator);
    gn_context_free(context);
}

/* In place of the options' discriminator: one without batch norm and dropout, as gradient penalties want it. */
static inline void use_plain_discriminator(gn_gan_options *options)
{
    gn_context *context = gn_module_context(options->discriminator);
    gn_module_free(options->discriminator);
    options->discriminator = tiny_critic(context);
}

#endif
