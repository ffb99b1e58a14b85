/* SPDX-License-Identifier: MIT */
/* tests/examples/test_onnx_networks.c - the networks of the examples as ONNX models: all of them can be exported. With
 * a directory as argument the program writes models and numbers there for check_onnx.py (test_onnxruntime.sh). */
#include "common/dcgan_network.h"
#include "common/dense_gan.h"
#include "common/lenet_network.h"
#include "common/maxout_gan.h"
#include "common/mixture_game.h"
#include "common/stacked_digits.h"
#include "common/text_network.h"
#include "export/onnx.h"

static int open_all(void **state)
{
    *state = gn_context_new(&(gn_context_options){.seed = 4});
    return *state == NULL || open_directory(state) != 0;
}

static int close_all(void **state)
{
    gn_context_free(*state);
    return close_directory(state);
}

/* Takes a case and its name; the module is freed after it. */
typedef void (*visitor)(const onnx_case *c, void *argument);

static void visit(const onnx_case *c, visitor each, void *argument)
{
    assert_non_null(c->module);
    stirred(c->module);
    each(c, argument);
    gn_module_free(c->module);
}

static void visit_dcgan(gn_context *context, visitor each, void *argument)
{
    static const dcgan_pictures kinds[] = {{28, 1, 10}, {32, 3, 10}, {64, 3, 2}};
    static const char *const generators[] = {"dcgan_generator_28", "dcgan_generator_32", "dcgan_generator_64"};
    static const char *const judges[] = {"dcgan_discriminator_28", "dcgan_discriminator_32", "dcgan_discriminator_64"};
    static const char *const critics[] = {"dcgan_critic_28", "dcgan_critic_32", "dcgan_critic_64"};
    for (int i = 0; i < 3; i++) {
        const dcgan_pictures *p = &kinds[i];
        const gn_shape picture = GN_SHAPE(1, p->size, p->size, p->channels), label = GN_SHAPE(1, p->classes);
        visit(
            &(onnx_case){generators[i], dcgan_generator(context, p, 0.8f), {GN_SHAPE(1, DCGAN_LATENT), label}, 2, 2, 0},
            each, argument);
        visit(&(onnx_case){judges[i], dcgan_discriminator(context, p, DCGAN_MOMENTUM), {picture, label}, 2, 2, 0}, each,
              argument);
        visit(&(onnx_case){critics[i], dcgan_discriminator(context, p, DCGAN_WGAN_GP), {picture, label}, 2, 2, 0}, each,
              argument);
    }
}

static void visit_small(gn_context *context, visitor each, void *argument)
{
    const small_gan plain = {.residual = true}, labelled = {.classes = 10, .bias_correction = true};
    const small_gan stddev = {.classes = 10, .batch_layer = SMALL_STDDEV, .packing = 2};
    const small_gan discrimination = {.batch_layer = SMALL_DISCRIMINATION};
    visit(&(onnx_case){"small_generator_residual", small_generator(context, &plain), {GN_SHAPE(1, 100)}, 1, 3, 0}, each,
          argument);
    visit(
        &(onnx_case){
            "small_generator", small_generator(context, &labelled), {GN_SHAPE(1, 100), GN_SHAPE(1, 10)}, 2, 3, 0},
        each, argument);
    visit(&(onnx_case){"small_discriminator", small_discriminator(context, &plain), {GN_SHAPE(1, 28, 28, 1)}, 1, 3, 0},
          each, argument);
    visit(&(onnx_case){"small_discriminator_stddev",
                       small_discriminator(context, &stddev),
                       {GN_SHAPE(4, 28, 28, 2), GN_SHAPE(4, 20)},
                       2,
                       0,
                       0},
          each, argument);
    visit(&(onnx_case){"small_discriminator_minibatch",
                       small_discriminator(context, &discrimination),
                       {GN_SHAPE(4, 28, 28, 1)},
                       1,
                       3,
                       0},
          each, argument);
    visit(&(onnx_case){"stacked_generator", stacked_generator(context, &plain), {GN_SHAPE(1, STACKED_LATENT)}, 1, 3, 0},
          each, argument);
    visit(
        &(onnx_case){
            "stacked_discriminator", stacked_discriminator(context, &plain), {GN_SHAPE(1, 28, 28, 3)}, 1, 3, 0},
        each, argument);
}

static void visit_published(gn_context *context, visitor each, void *argument)
{
    const gn_shape picture = GN_SHAPE(1, 28, 28, 1), label = GN_SHAPE(1, MAXOUT_GAN_CLASSES);
    const gn_shape dense_noise = GN_SHAPE(1, DENSE_GAN_LATENT), noise = GN_SHAPE(1, MAXOUT_GAN_LATENT);
    visit(&(onnx_case){"dense_generator", dense_generator(context, NULL), {dense_noise}, 1, 3, 0}, each, argument);
    visit(&(onnx_case){"dense_discriminator", dense_discriminator(context, NULL), {picture}, 1, 3, 0}, each, argument);
    visit(&(onnx_case){"maxout_generator", maxout_generator(context, NULL), {noise, label}, 2, 3, 0}, each, argument);
    visit(&(onnx_case){"maxout_discriminator", maxout_discriminator(context, NULL), {picture, label}, 2, 3, 0}, each,
          argument);
}

static void visit_others(gn_context *context, visitor each, void *argument)
{
    const gn_shape image = GN_SHAPE(1, 32, 32, 3), text = GN_SHAPE(1, TEXT_SIZE);
    visit(&(onnx_case){"lenet", lenet_new(context), {GN_SHAPE(1, 28, 28, 1)}, 1, 3, 0}, each, argument);
    visit(&(onnx_case){"mixture_generator", mixture_generator(context, MIXTURE_RING), {GN_SHAPE(1, 2)}, 1, 5, 0}, each,
          argument);
    visit(&(onnx_case){"mixture_discriminator",
                       mixture_discriminator(context, MIXTURE_RING, MIXTURE_PLAIN),
                       {GN_SHAPE(1, 1, 1, 2)},
                       1,
                       5,
                       0},
          each, argument);
    visit(&(onnx_case){"text_encoder", text_encoder(context), {GN_SHAPE(2, CAPTION_WORDS)}, 1, 0, 40}, each, argument);
    visit(&(onnx_case){"picture_encoder", picture_encoder(context), {image}, 1, 3, 0}, each, argument);
    visit(&(onnx_case){"scene_judge", scene_judge(context), {image}, 1, 3, 0}, each, argument);
    visit(&(onnx_case){"text_generator", text_generator(context), {GN_SHAPE(1, TEXT_LATENT), text}, 2, 3, 0}, each,
          argument);
    visit(&(onnx_case){"text_discriminator", text_discriminator(context), {image, text}, 2, 3, 0}, each, argument);
}

static void visit_all(gn_context *context, visitor each, void *argument)
{
    visit_dcgan(context, each, argument);
    visit_small(context, each, argument);
    visit_published(context, each, argument);
    visit_others(context, each, argument);
}

static void export_one(const onnx_case *c, void *argument)
{
    (void)argument;
    const gn_onnx_options options = {.inputs = c->inputs, .count = c->count};
    if (gn_onnx_export(c->module, path_of("model.onnx"), &options) != GN_OK)
        fail_msg("%s: %s", c->name, gn_context_message(gn_module_context(c->module)));
    const onnx_model model = read_model(path_of("model.onnx"));
    const bool any_batch = strncmp(model.inputs, "input0[N,", 9) == 0;
    if (any_batch != (c->batch > 0) ||
        strncmp(model.outputs, any_batch ? "output[N," : "output[", any_batch ? 9 : 7) != 0)
        fail_msg("%s: takes %s, gives %s", c->name, model.inputs, model.outputs);
}

static void every_network_can_be_exported(void **state)
{
    visit_all(*state, export_one, NULL);
}

static void write_one(const onnx_case *c, void *argument)
{
    write_case(argument, c);
}

static int write_cases(char *directory)
{
    gn_context *context = gn_context_new(&(gn_context_options){.seed = 4});
    visit_all(context, write_one, directory);
    gn_context_free(context);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_network_can_be_exported)};
    if (argc == 2)
        return write_cases(argv[1]);
    return cmocka_run_group_tests(tests, open_all, close_all);
}
