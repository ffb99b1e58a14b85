/* SPDX-License-Identifier: MIT */
/* tests/gan/test_penalty.c - each penalty's value for discriminators whose gradient is known, its gradient against
 * differences. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>
#include <stdlib.h>

enum { COUNT = 3, PIXELS = 2 };

/* A discriminator that is sum(x^2) / 2, so that its gradient at a picture is the picture. */
static gn_var *bowl_forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    gn_var *rows = gn_reshape(gn_square(inputs[0]), GN_SHAPE(gn_var_shape(inputs[0]).size[0], -1));
    return gn_scale(gn_sum(rows, GN_AXIS(1), true), 0.5f);
}

static const gn_module_class bowl_class = {.name = "bowl", .forward = bowl_forward, .inputs = 1};

static gn_module *bowl(gn_context *context)
{
    return gn_module_complete(gn_module_new(context, &bowl_class, "discriminator", 0));
}

static gn_module *dense(gn_context *context, int64_t in, int64_t out)
{
    return gn_dense_layer(
        context, &(gn_dense_options){.in = in, .out = out, .weight_init = {.kind = GN_INIT_NORMAL, .scale = 1.2f}});
}

/* Another that is smooth, steep (longer gradients than 1, which a one-sided penalty wants) and has parameters. */
static gn_module *smooth(gn_context *context)
{
    return gn_sequential(context, "discriminator", gn_flatten_layer(context), dense(context, PIXELS, 5),
                         gn_tanh_layer(context), dense(context, 5, 4), gn_softplus_layer(context),
                         dense(context, 4, 1));
}

typedef struct setting {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
} setting;

static setting setting_new(gn_module *(*discriminator)(gn_context *), gn_gan_penalty penalty)
{
    setting s = {.context = gn_context_new(&(gn_context_options){.threads = 1, .seed = 3})};
    s.options = (gn_gan_options){
        .generator = gn_sequential(s.context, "generator",
                                   gn_dense_layer(s.context, &(gn_dense_options){.in = 1, .out = PIXELS}),
                                   gn_reshape_layer(s.context, GN_SHAPE(1, 1, PIXELS))),
        .discriminator = discriminator(s.context),
        .latent = {.size = 1},
        .penalties = {penalty},
    };
    s.gan = gn_gan_new(s.context, &s.options);
    if (s.gan == NULL)
        fail_msg("%s", gn_context_message(s.context));
    return s;
}

static void setting_free(setting *s)
{
    gn_gan_free(s->gan);
    gn_module_free(s->options.generator);
    gn_module_free(s->options.discriminator);
    gn_context_free(s->context);
}

static const gn_real real_pixels[COUNT * PIXELS] = {0.6f, 0.8f, -3, 4, 0.3f, 0.4f}; /* lengths 1, 5, 0.5 */
static const gn_real fake_pixels[COUNT * PIXELS] = {0.6f, 0.8f, -6, 8, 0, 2};       /* lengths 1, 10, 2 */

static double penalty_of(setting *s, gn_status *status)
{
    gn_tape *tape = s->gan->tape;
    gn_tape_reset(tape);
    const gn_shape shape = GN_SHAPE(COUNT, 1, 1, PIXELS);
    gn_var *real = gn_values(tape, shape, real_pixels), *fake = gn_values(tape, shape, fake_pixels);
    gn_gan_view view = {.gan = s->gan, .real = real, .fake = fake};
    view.real_logits = gn_gan_judge(&view, real);
    view.fake_logits = gn_gan_judge(&view, fake);
    gn_var *penalty = gn__gan_penalties(s->gan, &view, 0);
    *status = gn_tape_status(tape);
    if (*status == GN_OK && penalty != NULL && gn_parameters(s->options.discriminator).count > 0)
        *status = gn_backward(penalty, gn_parameters(s->options.discriminator));
    return penalty == NULL ? 0 : (double)gn_var_number(penalty);
}

static double value_for_bowl(gn_gan_penalty penalty)
{
    setting s = setting_new(bowl, penalty);
    gn_status status;
    const double value = penalty_of(&s, &status);
    assert_int_equal(status, GN_OK);
    setting_free(&s);
    return value;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) < 1e-5 * (1 + fabs(b))))
        fail_msg("%.9g is not %.9g", a, b);
}

/* With the weight 2: |g|^2 / 2 is 1/2, 25/2, 1/8 at the real pictures and 1/2, 100/2, 4/2 at the fakes. */
static void test_r1_and_r2(void **state)
{
    (void)state;
    assert_near(value_for_bowl((gn_gan_penalty){.kind = GN_GAN_R1, .weight = 2}), 2 * (0.5 + 12.5 + 0.125) / 3);
    assert_near(value_for_bowl((gn_gan_penalty){.kind = GN_GAN_R2, .weight = 2}), 2 * (0.5 + 50 + 2) / 3);
}

/* A cut as large as the picture leaves nothing of it, and the bowl's logit for that is 0: the squares of 1/2, 25/2 and
 * 1/8. */
static void test_consistency(void **state)
{
    (void)state;
    const gn_gan_penalty penalty = {.kind = GN_GAN_CONSISTENCY, .weight = 2, .augment = {.cutout = 1}};
    assert_near(value_for_bowl(penalty), 2 * (0.25 + 156.25 + 0.015625) / 3);
}

/* A lazy penalty weighs as many times more as there are steps between. */
static void test_interval(void **state)
{
    (void)state;
    setting s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_R1, .weight = 2, .interval = 4});
    gn_status status;
    assert_near(penalty_of(&s, &status), 8 * (0.5 + 12.5 + 0.125) / 3);
    for (int64_t step = 1; step < 4; step++) {
        gn_optimizer_set_steps(s.gan->discriminator_optimizer, step);
        assert_near(penalty_of(&s, &status), 0);
    }
    gn_optimizer_set_steps(s.gan->discriminator_optimizer, 4);
    assert_near(penalty_of(&s, &status), 8 * (0.5 + 12.5 + 0.125) / 3);
    setting_free(&s);
}

/* The length at e real + (1-e) fake, with the e that the penalty draws: one for each picture, in [0,1). Not over the
 * whole batch, not one e for all, not from N(0,1) (the faults a, c and d of reference/gan-toolkits.md). */
static void test_gradient_penalty_is_of_each_picture(void **state)
{
    (void)state;
    setting s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_GRADIENT_PENALTY, .weight = 1});
    gn_random random = gn__gan_random(s.gan, GN__PENALTY, 0);
    gn_real e[COUNT];
    gn_random_fill_uniform(&random, e, COUNT, 0, 1);
    double two_sided = 0, one_sided = 0;
    for (int i = 0; i < COUNT; i++) {
        double squares = 0;
        for (int j = 0; j < PIXELS; j++) {
            const double x = (double)e[i] * (double)real_pixels[i * PIXELS + j] +
                             (1 - (double)e[i]) * (double)fake_pixels[i * PIXELS + j];
            squares += x * x;
        }
        const double excess = sqrt(squares) - 1;
        two_sided += excess * excess / COUNT;
        one_sided += fmax(excess, 0) * fmax(excess, 0) / COUNT;
    }
    assert_true(e[0] != e[1] && e[1] != e[2]);
    gn_status status;
    assert_near(penalty_of(&s, &status), two_sided);
    setting_free(&s);
    assert_near(value_for_bowl((gn_gan_penalty){.kind = GN_GAN_GRADIENT_PENALTY_ONE_SIDED, .weight = 1}), one_sided);
}

/* (|x| - 1)^2 at x = real + e std(real) / 2 noise: e and the noise as the penalty draws them, the deviation over all
 * numbers. */
static void test_dragan(void **state)
{
    (void)state;
    setting s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_DRAGAN, .weight = 1});
    gn_random random = gn__gan_random(s.gan, GN__PENALTY, 0);
    gn_real e[COUNT], noise[COUNT * PIXELS];
    gn_random_fill_uniform(&random, e, COUNT, 0, 1);
    gn_random_fill_uniform(&random, noise, COUNT * PIXELS, 0, 1);
    double mean = 0, variance = 0, wanted = 0;
    for (int i = 0; i < COUNT * PIXELS; i++)
        mean += (double)real_pixels[i] / (COUNT * PIXELS);
    for (int i = 0; i < COUNT * PIXELS; i++)
        variance += ((double)real_pixels[i] - mean) * ((double)real_pixels[i] - mean) / (COUNT * PIXELS);
    for (int i = 0; i < COUNT; i++) {
        double squares = 0;
        for (int j = i * PIXELS; j < (i + 1) * PIXELS; j++) {
            const double x = (double)real_pixels[j] + (double)e[i] * sqrt(variance) / 2 * (double)noise[j];
            squares += x * x;
        }
        wanted += (sqrt(squares) - 1) * (sqrt(squares) - 1) / COUNT;
    }
    gn_status status;
    assert_near(penalty_of(&s, &status), wanted);
    setting_free(&s);
}

/* The critic of a linear discriminator has the gradient w everywhere. */
static gn_module *linear(gn_context *context)
{
    gn_module *d = gn_sequential(context, "discriminator", gn_flatten_layer(context),
                                 gn_dense_layer(context, &(gn_dense_options){.in = PIXELS, .out = 1, .no_bias = true}));
    gn_real *w = gn_tensor_data(gn_parameter_value(gn_parameters(d).items[0]));
    w[0] = 3;
    w[1] = -4;
    return d;
}

/* (|w| - 1)^2 = 16 and its gradient 2 (|w| - 1) w / |w| = (4.8, -6.4). */
static void test_gradient_of_a_linear_critic(void **state)
{
    (void)state;
    const gn_gan_penalty_kind kinds[] = {GN_GAN_GRADIENT_PENALTY, GN_GAN_GRADIENT_PENALTY_ONE_SIDED, GN_GAN_DRAGAN};
    for (int i = 0; i < 3; i++) {
        setting s = setting_new(linear, (gn_gan_penalty){.kind = kinds[i], .weight = 1});
        gn_status status;
        assert_near(penalty_of(&s, &status), 16);
        const gn_real *g = gn_tensor_values(gn_parameter_gradient(gn_parameters(s.options.discriminator).items[0]));
        assert_near((double)g[0], 4.8);
        assert_near((double)g[1], -6.4);
        setting_free(&s);
    }
}

/* A critic without slope pays the whole weight, 10 where none is given, and the root at zero has a gradient of zero. */
static void test_flat_critic(void **state)
{
    (void)state;
    setting s = setting_new(linear, (gn_gan_penalty){.kind = GN_GAN_GRADIENT_PENALTY});
    gn_parameter *weight = gn_parameters(s.options.discriminator).items[0];
    gn_tensor_data(gn_parameter_value(weight))[0] = gn_tensor_data(gn_parameter_value(weight))[1] = 0;
    gn_status status;
    assert_near(penalty_of(&s, &status), 10);
    assert_near((double)gn_tensor_values(gn_parameter_gradient(weight))[0], 0);
    setting_free(&s);
}

static gn_var *bends(void *user, const gn_gan_view *view)
{
    (void)user;
    return gn_mean(gn_square(gn_sub(gn_gan_judge(view, gn_scale(view->real, 2)), view->real_logits)), GN_ALL_AXES,
                   false);
}

static gn_gan_penalty every_penalty(int kind)
{
    gn_gan_penalty penalty = {.kind = (gn_gan_penalty_kind)kind, .weight = 1};
    if (kind == GN_GAN_CONSISTENCY)
        penalty.augment.brightness = 0.5f;
    if (kind == GN_GAN_OWN_PENALTY)
        penalty.function = bends;
    return penalty;
}

/* d penalty / d parameter against central differences, in float. */
static void compare_gradients(setting *s, double (*penalty)(setting *, gn_status *), int kind)
{
    const gn_parameter_list parameters = gn_parameters(s->options.discriminator);
    gn_status status;
    double largest = 0, error = 0;
    for (size_t i = 0; i < parameters.count; i++)
        for (int64_t j = 0; j < gn_tensor_count(gn_parameter_value(parameters.items[i])); j++) {
            gn_real *p = gn_tensor_data(gn_parameter_value(parameters.items[i])) + j;
            const gn_real kept = *p, step = 4e-3f;
            *p = kept + step;
            const double above = penalty(s, &status);
            *p = kept - step;
            const double below = penalty(s, &status);
            *p = kept;
            penalty(s, &status);
            assert_int_equal(status, GN_OK);
            const double g = (double)gn_tensor_values(gn_parameter_gradient(parameters.items[i]))[j];
            largest = fmax(largest, fabs(g));
            error = fmax(error, fabs(g - (above - below) / (2 * (double)step)));
        }
    if (!(largest > 1e-3 && error < 3e-3 * fmax(largest, 0.1)))
        fail_msg("%s: error %g, largest gradient %g", gn__gan_penalty_name((gn_gan_penalty_kind)kind), error, largest);
}

static void test_parameter_gradients(void **state)
{
    (void)state;
    for (int kind = GN_GAN_GRADIENT_PENALTY; kind <= GN_GAN_OWN_PENALTY; kind++) {
        setting s = setting_new(smooth, every_penalty(kind));
        compare_gradients(&s, penalty_of, kind);
        setting_free(&s);
    }
}

enum { SIDE = 3, PACKED = 2, PACKED_LABEL = 4 };

/* A critic with convolutions that is shown packs of two pictures with their labels as planes. */
static gn_module *smooth_convolution(gn_context *context)
{
    const gn_init steep = {.kind = GN_INIT_NORMAL, .scale = 0.5f};
    return gn_conditional(
        context, "discriminator", gn_label_concat_layer(context),
        gn_conv2d_layer(context,
                        &(gn_conv2d_options){
                            .in = PACKED + PACKED_LABEL, .out = 2, .kernel = 3, .padding = 1, .weight_init = steep}),
        gn_tanh_layer(context), gn_flatten_layer(context), dense(context, 2 * SIDE * SIDE, 1));
}

static double packed_penalty_of(setting *s, gn_status *status)
{
    gn_tape *tape = s->gan->tape;
    gn_real pixels[2][COUNT * SIDE * SIDE * PACKED], labels[COUNT * PACKED_LABEL] = {0};
    gn_random random = {.seed = 8};
    for (int i = 0; i < 2; i++)
        gn_random_fill_uniform(&random, pixels[i], COUNT * SIDE * SIDE * PACKED, -1, 1);
    for (int i = 0; i < COUNT; i++)
        labels[i * PACKED_LABEL + i % 2] = labels[i * PACKED_LABEL + 2 + i / 2] = 1;
    gn_tape_reset(tape);
    const gn_shape shape = GN_SHAPE(COUNT, SIDE, SIDE, PACKED);
    gn_gan_view view = {.gan = s->gan,
                        .real = gn_values(tape, shape, pixels[0]),
                        .fake = gn_values(tape, shape, pixels[1]),
                        .conditions = gn_values(tape, GN_SHAPE(COUNT, PACKED_LABEL), labels)};
    view.real_logits = gn_gan_judge(&view, view.real);
    view.fake_logits = gn_gan_judge(&view, view.fake);
    gn_var *penalty = gn__gan_penalties(s->gan, &view, 0);
    *status = gn_tape_status(tape) == GN_OK ? gn_backward(penalty, gn_parameters(s->options.discriminator))
                                            : gn_tape_status(tape);
    return (double)gn_var_number(penalty);
}

static void test_parameter_gradients_of_a_packed_critic(void **state)
{
    (void)state;
    for (int kind = GN_GAN_GRADIENT_PENALTY; kind <= GN_GAN_OWN_PENALTY; kind++) {
        setting s = setting_new(smooth, every_penalty(kind));
        gn_module_free(s.options.discriminator);
        s.options.discriminator = s.gan->options.discriminator = smooth_convolution(s.context);
        compare_gradients(&s, packed_penalty_of, kind);
        setting_free(&s);
    }
}

/* Two penalties add up. */
static void test_sum(void **state)
{
    (void)state;
    setting s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_R1, .weight = 2});
    s.gan->options.penalties[2] = (gn_gan_penalty){.kind = GN_GAN_R2, .weight = 2, .interval = 1};
    gn_status status;
    assert_near(penalty_of(&s, &status), 2 * (0.5 + 12.5 + 0.125) / 3 + 2 * (0.5 + 50 + 2) / 3);
    setting_free(&s);
}

static gn_var *many_numbers(void *user, const gn_gan_view *view)
{
    (void)user;
    return view->real_logits;
}

static gn_var *no_value(void *user, const gn_gan_view *view)
{
    (void)user;
    (void)view;
    return NULL;
}

static gn_var *elsewhere;

static gn_var *of_another_tape(void *user, const gn_gan_view *view)
{
    (void)user;
    (void)view;
    return elsewhere;
}

static gn_var *recording_off(void *user, const gn_gan_view *view)
{
    (void)user;
    gn_tape_set_recording(gn_var_tape(view->real), false);
    return gn_mean(view->real_logits, GN_ALL_AXES, false);
}

static void test_own_penalty_must_be_of_the_step(void **state)
{
    (void)state;
    gn_status status;
    setting s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = of_another_tape});
    gn_tape *other = gn_tape_new(s.context);
    elsewhere = gn_constant(other, 1);
    penalty_of(&s, &status);
    assert_int_equal(status, GN_ERROR_ARGUMENT);
    assert_message(s.context, GN_ERROR_ARGUMENT,
                   "gan: penalty 'own' gave a value that is not of this step, expected one made of what it was given");
    gn_tape_free(other);
    setting_free(&s);
    s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = recording_off});
    penalty_of(&s, &status);
    assert_int_equal(status, GN_ERROR_STATE);
    assert_message(s.context, GN_ERROR_STATE,
                   "gn_tape_set_recording: a function that this tape's recording waits for did not put it back");
    setting_free(&s);
}

static void test_own_penalty_must_be_one_number(void **state)
{
    (void)state;
    gn_var *(*const functions[])(void *, const gn_gan_view *) = {many_numbers, no_value};
    const char *const messages[] = {"gan: penalty 'own' gave [3,1], expected one number",
                                    "gan: penalty 'own' gave nothing, expected one number"};
    for (int i = 0; i < 2; i++) {
        setting s = setting_new(bowl, (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = functions[i]});
        gn_status status;
        penalty_of(&s, &status);
        assert_int_equal(status, GN_ERROR_SHAPE);
        assert_message(s.context, GN_ERROR_SHAPE, messages[i]);
        setting_free(&s);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_null(gn__gan_penalty_name(GN_GAN_NO_PENALTY));
    assert_null(gn__gan_penalty_name((gn_gan_penalty_kind)99));
    assert_string_equal(gn__gan_penalty_name(GN_GAN_R1), "r1");
    assert_true(gn__gan_penalty_takes_gradient(GN_GAN_DRAGAN) && !gn__gan_penalty_takes_gradient(GN_GAN_CONSISTENCY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r1_and_r2),
        cmocka_unit_test(test_consistency),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_gradient_penalty_is_of_each_picture),
        cmocka_unit_test(test_dragan),
        cmocka_unit_test(test_gradient_of_a_linear_critic),
        cmocka_unit_test(test_flat_critic),
        cmocka_unit_test(test_parameter_gradients),
        cmocka_unit_test(test_parameter_gradients_of_a_packed_critic),
        cmocka_unit_test(test_sum),
        cmocka_unit_test(test_own_penalty_must_be_one_number),
        cmocka_unit_test(test_own_penalty_must_be_of_the_step),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
