/* SPDX-License-Identifier: MIT */
/* examples/common/text_network.c - the networks of text2image. */
#include "common/text_network.h"

#include "common/small_gan.h"

static const gn_init weights = {.kind = GN_INIT_NORMAL, .scale = 0.02f};

enum { WORD_SIZE = 32, WIDTH = 32, FIRST = 4, CONDITION = 64 };

/* --- captions ----------------------------------------------------------------------------------------------------- */

/* words [N,T] -> [N,T,WORD_SIZE], by the embedding that it holds. */
static gn_var *embed(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    const gn_shape shape = gn_var_shape(inputs[0]);
    const int64_t n = shape.size[0], words = shape.rank == 2 ? shape.size[1] : 1;
    gn_var *rows = gn_apply(gn_module_child(module, 0), gn_reshape(inputs[0], GN_SHAPE(n * words)));
    return gn_reshape(rows, GN_SHAPE(n, words, WORD_SIZE));
}

static const gn_module_class words_class = {.name = "words", .forward = embed, .inputs = 1, .row_by_row = true};

static gn_module *words_layer(gn_context *context)
{
    gn_module *module = gn_module_new(context, &words_class, NULL, 0);
    gn_module_add_child(module, gn_embedding_layer(context, &(gn_embedding_options){.classes = caption_vocabulary() + 1,
                                                                                    .size = WORD_SIZE}));
    return gn_module_complete(module);
}

static gn_module *norm(gn_context *context, int64_t size)
{
    return gn_batch_norm_layer(context, &(gn_batch_norm_options){.size = size, .momentum = 0.9f});
}

/* Matching looks at directions only; the norm gives the vectors the size that the players' noise has. */
gn_module *text_encoder(gn_context *context)
{
    return gn_sequential(context, "text_encoder", words_layer(context),
                         gn_gru_layer(context, &(gn_gru_options){.in = WORD_SIZE, .size = TEXT_SIZE}),
                         gn_dense_layer(context, &(gn_dense_options){.in = TEXT_SIZE, .out = TEXT_SIZE}),
                         norm(context, TEXT_SIZE));
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

/* [N,32,32,3] -> [N,4,4,128]. */
static gn_module *look(gn_context *context)
{
    return gn_sequential(
        context, "look", small_down(context, SCENE_CHANNELS, WIDTH), gn_leaky_relu_layer(context, 0.2f),
        small_down(context, WIDTH, 2 * WIDTH), norm(context, 2 * WIDTH), gn_leaky_relu_layer(context, 0.2f),
        small_down(context, 2 * WIDTH, 4 * WIDTH), norm(context, 4 * WIDTH), gn_leaky_relu_layer(context, 0.2f));
}

static gn_module *reader(gn_context *context, const char *name, int64_t out)
{
    return gn_sequential(context, name, look(context), gn_flatten_layer(context),
                         gn_dense_layer(context, &(gn_dense_options){.in = FIRST * FIRST * 4 * WIDTH, .out = out}));
}

gn_module *picture_encoder(gn_context *context)
{
    return reader(context, "picture_encoder", TEXT_SIZE);
}

gn_module *scene_judge(gn_context *context)
{
    return reader(context, "scene_judge", JUDGED_LOGITS);
}

/* --- players ------------------------------------------------------------------------------------------------------ */

static gn_module *condition(gn_context *context)
{
    return gn_sequential(context, "text",
                         gn_dense_layer(context, &(gn_dense_options){.in = TEXT_SIZE, .out = CONDITION}),
                         gn_leaky_relu_layer(context, 0.2f));
}

gn_module *text_generator(gn_context *context)
{
    const gn_dense_options first = {
        .in = TEXT_LATENT + CONDITION, .out = FIRST * FIRST * 8 * WIDTH, .weight_init = weights};
    const gn_conv2d_options last = {
        .in = WIDTH, .out = SCENE_CHANNELS, .kernel = 3, .padding = 1, .weight_init = weights};
    return gn_sequential(
        context, "generator", gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), condition(context)),
        gn_dense_layer(context, &first), norm(context, first.out), gn_relu_layer(context),
        gn_reshape_layer(context, GN_SHAPE(FIRST, FIRST, 8 * WIDTH)), small_up(context, 8 * WIDTH, 4 * WIDTH),
        norm(context, 4 * WIDTH), gn_relu_layer(context), small_up(context, 4 * WIDTH, 2 * WIDTH),
        norm(context, 2 * WIDTH), gn_relu_layer(context), small_up(context, 2 * WIDTH, WIDTH), norm(context, WIDTH),
        gn_relu_layer(context), gn_conv2d_layer(context, &last), gn_tanh_layer(context));
}

static gn_module *bounded_down(gn_context *context, int64_t in, int64_t out)
{
    return gn_spectral_norm_layer(context, small_down(context, in, out), 1);
}

/* Reed et al. concatenate the text where the picture is 4x4. A projection (Miyato & Koyama 2018) of the whole picture's
 * features learns which digit is meant in a fifth of the steps: docs/studies.md. */
gn_module *text_discriminator(gn_context *context)
{
    const gn_projection_options projection = {
        .in = FIRST * FIRST * 4 * WIDTH, .classes = TEXT_SIZE, .weight_init = weights, .embedding_init = weights};
    return gn_conditional(context, "discriminator", bounded_down(context, SCENE_CHANNELS, WIDTH),
                          gn_leaky_relu_layer(context, 0.2f), bounded_down(context, WIDTH, 2 * WIDTH),
                          gn_leaky_relu_layer(context, 0.2f), bounded_down(context, 2 * WIDTH, 4 * WIDTH),
                          gn_leaky_relu_layer(context, 0.2f), gn_flatten_layer(context),
                          gn_projection_layer(context, &projection));
}
