/* SPDX-License-Identifier: MIT */
/* tests/golden/test_layers.c - the ops, and the layers and losses that are one op or a few, held against PyTorch's;
 * layers.safetensors is made by make_layers.py. */
#include "golden/golden_case.h"

static gn_var *dense(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_linear(x[0], x[1], x[2]);
}

static const gn_window convolutions[] = {
    {.stride_height = 2,
     .stride_width = 2,
     .padding_top = 1,
     .padding_bottom = 1,
     .padding_left = 1,
     .padding_right = 1},
    {.stride_width = 2, .padding_top = 1, .padding_bottom = 1},
    {.dilation_height = 2,
     .dilation_width = 2,
     .padding_top = 2,
     .padding_bottom = 2,
     .padding_left = 2,
     .padding_right = 2},
    {0},
};

static gn_var *conv2d(gn_var *const *x, int configuration)
{
    return gn_conv2d(x[0], x[1], x[2], &convolutions[configuration]);
}

static const gn_window transposed[] = {
    {.stride_height = 2,
     .stride_width = 2,
     .padding_top = 1,
     .padding_bottom = 1,
     .padding_left = 1,
     .padding_right = 1},
    {.stride_height = 2,
     .stride_width = 2,
     .padding_top = 1,
     .padding_bottom = 1,
     .padding_left = 1,
     .padding_right = 1,
     .output_padding_height = 1,
     .output_padding_width = 1},
    {.stride_width = 3, .padding_top = 2, .padding_bottom = 2, .dilation_height = 2},
    {0},
};

static gn_var *conv_transpose2d(gn_var *const *x, int configuration)
{
    return gn_conv_transpose2d(x[0], x[1], x[2], &transposed[configuration]);
}

static gn_var *conv2d_same(gn_var *const *x, int configuration)
{
    const int64_t stride = configuration == 2 ? 3 : 2;
    return gn_conv2d(x[0], x[1], x[2],
                     &(gn_window){.stride_height = stride, .stride_width = stride, .padding = GN_PADDING_SAME});
}

static gn_var *batch_norm(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_batch_norm(x[0], x[1], x[2], 1e-3f, 1, NULL, NULL);
}

static gn_var *maxout(gn_var *const *x, int configuration)
{
    const int64_t pieces[] = {5, 2, 1};
    gn_var *maps = gn_linear(x[0], x[1], x[2]);
    const gn_shape shape = gn_var_shape(maps);
    return gn_max(gn_reshape(maps, GN_SHAPE(shape.size[0], -1, pieces[configuration])), GN_AXIS(2), false);
}

static gn_var *embedding(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_gather_rows(x[0], x[1]);
}

static const gn_window pools[] = {
    {.stride_height = 2, .stride_width = 2},
    {.stride_height = 2,
     .stride_width = 2,
     .padding_top = 1,
     .padding_bottom = 1,
     .padding_left = 1,
     .padding_right = 1},
    {0},
};
static const int64_t pool_kernels[] = {2, 3, 2};

static gn_var *max_pool2d(gn_var *const *x, int configuration)
{
    return gn_max_pool2d(x[0], pool_kernels[configuration], pool_kernels[configuration], &pools[configuration]);
}

static gn_var *avg_pool2d(gn_var *const *x, int configuration)
{
    return gn_avg_pool2d(x[0], pool_kernels[configuration], pool_kernels[configuration], &pools[configuration]);
}

static gn_var *upsample(gn_var *const *x, int configuration)
{
    const int64_t factors[] = {2, 3, 1};
    return gn_upsample_nearest2d(x[0], factors[configuration]);
}

static gn_var *relu(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_relu(x[0]);
}

static gn_var *leaky_relu(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_leaky_relu(x[0], 0.2f);
}

static gn_var *tanh_of(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_tanh(x[0]);
}

static gn_var *sigmoid(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_sigmoid(x[0]);
}

static gn_var *softplus(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_softplus(x[0]);
}

static gn_var *softmax(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_softmax(x[0]);
}

static gn_var *log_softmax(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_log_softmax(x[0]);
}

static gn_var *bce(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_bce_with_logits(x[0], x[1]);
}

static gn_var *mse(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_mse(x[0], x[1]);
}

static gn_var *hinge(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_hinge(x[0], 1);
}

static gn_var *cross_entropy(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_cross_entropy_with_logits(x[0], x[1]);
}

/* --- elementary ops ----------------------------------------------------------------------------------------------- */

static gn_var *add(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_add(x[0], x[1]);
}

static gn_var *sub(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_sub(x[0], x[1]);
}

static gn_var *mul(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_mul(x[0], x[1]);
}

static gn_var *divide(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_div(x[0], x[1]);
}

static gn_var *maximum(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_maximum(x[0], x[1]);
}

static gn_var *minimum(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_minimum(x[0], x[1]);
}

static gn_var *neg(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_neg(x[0]);
}

static gn_var *scale(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_scale(x[0], -2.5f);
}

static gn_var *offset(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_offset(x[0], 0.75f);
}

static gn_var *power(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_power(gn_offset(gn_abs(x[0]), 0.5f), 2.5f);
}

static gn_var *exp_of(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_exp(x[0]);
}

static gn_var *log_of(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_log(gn_offset(gn_square(x[0]), 0.5f));
}

static gn_var *sqrt_of(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_sqrt(gn_offset(gn_square(x[0]), 0.5f));
}

static gn_var *abs_of(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_abs(x[0]);
}

static gn_var *square(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(x[0]);
}

static gn_var *clamp(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_mul(gn_clamp(x[0], -0.6f, 0.4f), x[0]);
}

static gn_var *sign(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_mul(gn_sign(x[0]), x[0]);
}

static gn_var *stop_gradient(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_mul(gn_stop_gradient(x[0]), x[0]);
}

static const unsigned reduced_axes[] = {GN_AXIS(0), GN_AXIS(1) | GN_AXIS(2), GN_AXIS(0) | GN_AXIS(2)};

static gn_var *sum(gn_var *const *x, int configuration)
{
    return gn_sum(gn_square(x[0]), reduced_axes[configuration], false);
}

static gn_var *mean(gn_var *const *x, int configuration)
{
    return gn_mean(gn_square(x[0]), reduced_axes[configuration], false);
}

static gn_var *max(gn_var *const *x, int configuration)
{
    return gn_square(gn_max(x[0], reduced_axes[configuration], false));
}

static gn_var *reshape(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_reshape(x[0], GN_SHAPE(4, 6)));
}

static gn_var *broadcast(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_broadcast(x[0], GN_SHAPE(2, 3, 4)));
}

static gn_var *transpose(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_transpose(x[0], (const int[]){2, 0, 1}));
}

static gn_var *concat(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_concat(x, 2, 1));
}

static gn_var *slice(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_slice(x[0], 1, 1, 2));
}

static gn_var *pad(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_pad(x[0], 1, 2, 1));
}

static gn_var *rows_202(const gn_var *x)
{
    return gn_values(gn_var_tape(x), GN_SHAPE(3), (const gn_real[]){2, 0, 2});
}

static gn_var *gather_rows(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_gather_rows(x[0], rows_202(x[0])));
}

static gn_var *scatter_rows(gn_var *const *x, int configuration)
{
    (void)configuration;
    return gn_square(gn_scatter_rows(x[0], rows_202(x[0]), 4));
}

static gn_var *matmul(gn_var *const *x, int configuration)
{
    return gn_matmul(x[0], x[1], configuration & 1, configuration & 2);
}

static const golden_case cases[] = {
    {"add", 3, add},
    {"sub", 3, sub},
    {"mul", 3, mul},
    {"div", 3, divide},
    {"maximum", 3, maximum},
    {"minimum", 3, minimum},
    {"neg", 3, neg},
    {"scale", 3, scale},
    {"offset", 3, offset},
    {"power", 3, power},
    {"exp", 3, exp_of},
    {"log", 3, log_of},
    {"sqrt", 3, sqrt_of},
    {"abs", 3, abs_of},
    {"square", 3, square},
    {"sign", 1, sign},
    {"clamp", 3, clamp},
    {"stop_gradient", 1, stop_gradient},
    {"sum", 3, sum},
    {"mean", 3, mean},
    {"max", 3, max},
    {"reshape", 1, reshape},
    {"broadcast", 1, broadcast},
    {"transpose", 1, transpose},
    {"concat", 1, concat},
    {"slice", 1, slice},
    {"pad", 1, pad},
    {"gather_rows", 1, gather_rows},
    {"scatter_rows", 1, scatter_rows},
    {"matmul", 4, matmul},
    {"dense", 3, dense},
    {"conv2d", 4, conv2d},
    {"conv_transpose2d", 4, conv_transpose2d},
    {"conv2d_same", 3, conv2d_same},
    {"batch_norm", 3, batch_norm},
    {"maxout", 3, maxout},
    {"embedding", 3, embedding},
    {"max_pool2d", 3, max_pool2d},
    {"avg_pool2d", 3, avg_pool2d},
    {"upsample", 3, upsample},
    {"relu", 3, relu},
    {"leaky_relu", 3, leaky_relu},
    {"tanh", 3, tanh_of},
    {"sigmoid", 3, sigmoid},
    {"softplus", 3, softplus},
    {"softmax", 3, softmax},
    {"log_softmax", 3, log_softmax},
    {"bce", 3, bce},
    {"mse", 3, mse},
    {"hinge", 3, hinge},
    {"cross_entropy", 3, cross_entropy},
};

static void test_layers_and_losses(void **state)
{
    (void)state;
    check_cases(GN_TESTS_DIR "/golden/layers.safetensors", cases, sizeof cases / sizeof *cases, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layers_and_losses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
