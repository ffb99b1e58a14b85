/* SPDX-License-Identifier: MIT */
/* tests/export/test_onnx.c - which nodes layers become, what an exported model takes and gives, and what cannot be
 * exported. With a directory as argument the program writes models and numbers there for check_onnx.py
 * (test_onnxruntime.sh). */
#include "export/onnx.h"
#include "memory.h"

/* --- modules ------------------------------------------------------------------------------------------------------ */

/* A module of one function of ops. */
typedef gn_var *(*function)(gn_var *const *inputs);

static gn_var *call(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    return (*(const function *)gn_module_state(module))(inputs);
}

static const gn_module_class function_class = {.name = "function", .forward = call};

static gn_module *of_function(gn_context *context, function f)
{
    gn_module *module = gn_module_new(context, &function_class, "f", sizeof f);
    if (module != NULL)
        *(function *)gn_module_state(module) = f;
    return module;
}

static gn_module *norm(gn_context *c, int64_t size)
{
    return gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = size});
}

static gn_module *make_dense(gn_context *c)
{
    return gn_dense_layer(c, &(gn_dense_options){.in = 3, .out = 4, .name = "dense"});
}

static gn_module *make_dense_without_bias(gn_context *c)
{
    return gn_dense_layer(c, &(gn_dense_options){.in = 3, .out = 4, .no_bias = true});
}

static gn_module *make_conv(gn_context *c)
{
    return gn_sequential(
        c, "net",
        gn_conv2d_layer(c, &(gn_conv2d_options){.in = 3, .out = 2, .kernel = 3, .padding = 1, .name = "conv"}),
        norm(c, 2), gn_leaky_relu_layer(c, 0.2f));
}

static gn_module *make_convs_of_all_kinds(gn_context *c)
{
    return gn_sequential(
        c, "net",
        gn_conv2d_layer(
            c, &(gn_conv2d_options){.in = 3, .out = 4, .kernel = 3, .stride = 2, .padding_mode = GN_PADDING_SAME}),
        gn_tanh_layer(c),
        gn_conv2d_layer(c, &(gn_conv2d_options){.in = 4, .out = 5, .kernel = 2, .dilation = 2, .no_bias = true}),
        gn_sigmoid_layer(c),
        gn_conv2d_layer(c, &(gn_conv2d_options){.in = 5, .out = 2, .kernel = 2, .stride = 3, .padding = 1}));
}

static gn_module *make_transposed(gn_context *c)
{
    return gn_sequential(
        c, "net",
        gn_conv_transpose2d_layer(c, &(gn_conv2d_options){.in = 3, .out = 4, .kernel = 4, .stride = 2, .padding = 1}),
        norm(c, 4), gn_relu_layer(c),
        gn_conv_transpose2d_layer(
            c, &(gn_conv2d_options){.in = 4, .out = 2, .kernel = 3, .stride = 2, .padding_mode = GN_PADDING_SAME}),
        gn_softplus_layer(c),
        gn_conv_transpose2d_layer(
            c, &(gn_conv2d_options){.in = 2, .out = 1, .kernel = 2, .stride = 3, .output_padding = 2, .no_bias = true}),
        gn_conv_transpose2d_layer(
            c, &(gn_conv2d_options){
                   .in = 1, .out = 2, .kernel = 3, .stride = 2, .padding = 1, .output_padding = 1, .dilation = 2}));
}

static gn_module *make_pools(gn_context *c)
{
    return gn_sequential(c, "net", gn_max_pool2d_layer(c, 2, 0), gn_upsample_layer(c, 3), gn_avg_pool2d_layer(c, 3, 2),
                         gn_flatten_layer(c));
}

static gn_module *make_generator(gn_context *c)
{
    return gn_sequential(
        c, "g",
        gn_join(c, "in", GN_JOIN_CONCAT, gn_identity_layer(c),
                gn_dense_layer(c, &(gn_dense_options){.in = 3, .out = 2})),
        gn_dense_layer(c, &(gn_dense_options){.in = 6, .out = 2 * 3 * 4}), gn_reshape_layer(c, GN_SHAPE(2, 3, 4)),
        norm(c, 4), gn_relu_layer(c), gn_dropout_layer(c, 0.5f),
        gn_residual_layer(
            c, "block",
            gn_sequential(c, "body",
                          gn_conv2d_layer(c, &(gn_conv2d_options){.in = 4, .out = 4, .kernel = 3, .padding = 1}),
                          norm(c, 4), gn_relu_layer(c)),
            gn_identity_layer(c)),
        gn_conv_transpose2d_layer(c, &(gn_conv2d_options){.in = 4, .out = 1, .kernel = 4, .stride = 2, .padding = 1}),
        gn_tanh_layer(c));
}

static gn_module *make_conditional(gn_context *c)
{
    return gn_conditional(
        c, "d", gn_label_concat_layer(c),
        gn_conv2d_layer(c, &(gn_conv2d_options){.in = 2 + 3, .out = 4, .kernel = 3, .stride = 2}),
        gn_conditional_batch_norm_layer(c, &(gn_conditional_batch_norm_options){.size = 4, .classes = 3}),
        gn_relu_layer(c), gn_label_concat_layer(c), gn_flatten_layer(c),
        gn_projection_layer(c, &(gn_projection_options){.in = 2 * 3 * 7, .classes = 3}));
}

static gn_module *make_maxout(gn_context *c)
{
    return gn_join(c, "join", GN_JOIN_MULTIPLY,
                   gn_maxout_layer(c, &(gn_maxout_options){.in = 3, .units = 4, .pieces = 5}),
                   gn_embedding_layer(c, &(gn_embedding_options){.classes = 6, .size = 4}));
}

static gn_module *make_spectral(gn_context *c)
{
    return gn_sequential(
        c, "net",
        gn_spectral_norm_layer(c, gn_conv2d_layer(c, &(gn_conv2d_options){.in = 2, .out = 3, .kernel = 3}), 1),
        gn_flatten_layer(c),
        gn_spectral_norm_layer(c, gn_dense_layer(c, &(gn_dense_options){.in = 2 * 3 * 3, .out = 2}), 1));
}

static gn_module *make_gru(gn_context *c)
{
    return gn_gru_layer(c, &(gn_gru_options){.in = 3, .size = 4});
}

static gn_module *make_minibatch(gn_context *c)
{
    return gn_sequential(c, "net",
                         gn_minibatch_discrimination_layer(
                             c, &(gn_minibatch_discrimination_options){.in = 3, .kernels = 4, .dimensions = 2}),
                         gn_minibatch_stddev_layer(c, 0));
}

static gn_module *make_identity(gn_context *c)
{
    return gn_identity_layer(c);
}

static gn_var *functions_of_one(gn_var *const *x)
{
    gn_var *positive = gn_offset(gn_abs(x[0]), (gn_real)0.5);
    gn_var *sum = gn_add(gn_log(positive), gn_sqrt(gn_power(positive, (gn_real)1.5)));
    sum = gn_sub(sum, gn_mul(gn_sign(x[0]), gn_clamp(gn_exp(x[0]), (gn_real)0.25, 2)));
    return gn_stop_gradient(gn_neg(gn_scale(gn_add(sum, gn_square(x[0])), (gn_real)0.75)));
}

static gn_var *functions_of_two(gn_var *const *x)
{
    gn_var *larger = gn_maximum(x[0], x[1]), *smaller = gn_minimum(x[0], gn_scale(x[1], 2));
    return gn_div(larger, gn_offset(gn_square(smaller), 1));
}

static gn_var *softmaxes(gn_var *const *x)
{
    return gn_mul(gn_softmax(x[0]), gn_log_softmax(gn_leaky_relu(x[0], (gn_real)0.1)));
}

static gn_var *reductions(gn_var *const *x) /* [N,2,3,4] */
{
    gn_var *sum = gn_sum(x[0], GN_AXIS(1) | GN_AXIS(3), false);
    return gn_add(sum, gn_mean(gn_max(x[0], GN_AXIS(1), true), GN_AXIS(1) | GN_AXIS(3), false));
}

static gn_var *shapes_of_all_kinds(gn_var *const *x) /* [N,2,3,4] */
{
    gn_var *turned = gn_transpose(x[0], (const int[]){0, 3, 1, 2});
    gn_var *wide = gn_pad(gn_slice(turned, 3, 1, 2), 2, 1, 3);
    gn_var *one = gn_reshape(gn_slice(gn_slice(wide, 1, 0, 1), 3, 0, 1), GN_SHAPE(-1, 1, 6, 1));
    return gn_concat((gn_var *[]){wide, gn_broadcast(one, gn_var_shape(wide)), wide}, 3, 1);
}

/* Of two matrices, one of which is a network's input in both places. */
static gn_var *products(gn_var *const *x) /* [4,3], [4,5] */
{
    gn_var *product = gn_matmul(x[0], x[1], true, false);
    return gn_add(gn_matmul(product, product, false, true),
                  gn_matmul(product, gn_matmul(x[1], x[0], true, false), false, false));
}

/* A kernel that is no constant. */
static gn_var *kernel_of_input(gn_var *const *x) /* [N,4,5,2], [3,3,2,3] */
{
    gn_var *y = gn_conv2d(x[0], x[1], NULL, NULL);
    return gn_add(y, gn_full(gn_var_tape(y), gn_var_shape(y), 1));
}

/* Its width alone has output padding. */
static gn_var *padded_to_the_right(gn_var *const *x) /* [N,3,2,2] */
{
    const gn_window window = {.stride_height = 2, .stride_width = 2, .output_padding_width = 1};
    gn_tape *tape = gn_var_tape(x[0]);
    gn_var *kernel = gn_full(tape, GN_SHAPE(3, 3, 1, 2), (gn_real)0.5);
    return gn_conv_transpose2d(x[0], kernel, gn_full(tape, GN_SHAPE(1), 1), &window);
}

/* An image and a row, which has no channels to be put first. */
static gn_var *row_on_image(gn_var *const *x) /* [1,4,5,2], [2] */
{
    return gn_add(gn_conv2d(x[0], gn_full(gn_var_tape(x[0]), GN_SHAPE(1, 1, 2, 2), (gn_real)0.5), NULL, NULL), x[1]);
}

static gn_var *one_hot(gn_var *const *x)
{
    return gn_concat((gn_var *[]){gn_one_hot(x[0], 5), gn_scale(gn_one_hot(x[0], 7), 3)}, 2, 1);
}

/* An image that is used in both layouts, and added to what a convolution gave. */
static gn_var *both_layouts(gn_var *const *x) /* [N,4,5,2] */
{
    gn_var *kernel = gn_full(gn_var_tape(x[0]), GN_SHAPE(1, 1, 2, 2), (gn_real)0.5);
    gn_var *y = gn_conv2d(gn_tanh(x[0]), kernel, NULL, NULL);
    gn_var *product = gn_mul(y, gn_tanh(x[0]));
    return gn_concat((gn_var *[]){gn_reshape(product, GN_SHAPE(-1, 40)), gn_reshape(gn_add(x[0], y), GN_SHAPE(-1, 40))},
                     2, 1);
}

static gn_var *padded_pools(gn_var *const *x) /* [N,7,6,3] */
{
    const gn_window window = {
        .stride_height = 2, .stride_width = 3, .padding_top = 1, .padding_left = 1, .padding_right = 1};
    gn_var *most = gn_max_pool2d(x[0], 3, 2, &window), *mean = gn_avg_pool2d(x[0], 3, 2, &window);
    return gn_add(most, gn_mul(mean, gn_avg_pool2d(most, 2, 2, &(gn_window){.padding = GN_PADDING_SAME})));
}

/* Nothing depends on the input. */
static gn_var *constant(gn_var *const *x)
{
    return gn_full(gn_var_tape(x[0]), GN_SHAPE(2, 3), 2);
}

/* --- what they become --------------------------------------------------------------------------------------------- */

/* A module or a function, and the model that it is to become. */
typedef struct expectation {
    const char *name;
    gn_module *(*make)(gn_context *);
    function function;
    gn_shape inputs[2];
    int64_t batch; /* of what onnxruntime is compared on; 0: the model has no free batch */
    int classes;
    const char *nodes, *takes, *gives;
} expectation;

/* clang-format off */
static const expectation expectations[] = {
    {"dense", make_dense, NULL, {{2, {1, 3}}}, 5, 0,
     "Gemm",
     "input0[N,3]", "output[N,4]"},
    {"dense_without_bias", make_dense_without_bias, NULL, {{2, {1, 3}}}, 5, 0,
     "Gemm",
     "input0[N,3]", "output[N,4]"},
    {"conv", make_conv, NULL, {{4, {1, 5, 4, 3}}}, 3, 0,
     "Transpose Conv Mul Add LeakyRelu Transpose",
     "input0[N,5,4,3]", "output[N,5,4,2]"},
    {"convs_of_all_kinds", make_convs_of_all_kinds, NULL, {{4, {1, 9, 12, 3}}}, 2, 0,
     "Transpose Conv Tanh Conv Sigmoid Conv Transpose",
     "input0[N,9,12,3]", "output[N,2,2,2]"},
    {"transposed", make_transposed, NULL, {{4, {1, 3, 2, 3}}}, 2, 0,
     "Transpose ConvTranspose Mul Add Relu ConvTranspose Softplus ConvTranspose ConvTranspose Transpose",
     "input0[N,3,2,3]", "output[N,76,52,2]"},
    {"pools", make_pools, NULL, {{4, {1, 6, 5, 2}}}, 2, 0,
     "Transpose MaxPool Resize AveragePool Transpose Reshape",
     "input0[N,6,5,2]", "output[N,16]"},
    {"generator", make_generator, NULL, {{2, {1, 4}}, {2, {1, 3}}}, 3, 0,
     "Gemm Concat Gemm Reshape Mul Add Relu Transpose Conv Mul Add Relu Add ConvTranspose Tanh Transpose",
     "input0[N,4] input1[N,3]", "output[N,4,6,1]"},
    {"conditional", make_conditional, NULL, {{4, {1, 5, 7, 2}}, {2, {1, 3}}}, 4, 0,
     "Reshape Expand Concat Transpose Conv Gemm Reshape Gemm Reshape Div Mul Sub Expand Transpose Mul Expand "
     "Transpose Add Relu Reshape Expand Transpose Concat Transpose Reshape Gemm Gemm Mul ReduceSum Add",
     "input0[N,5,7,2] input1[N,3]", "output[N,1]"},
    {"maxout", make_maxout, NULL, {{2, {1, 3}}, {1, {1}}}, 4, 6,
     "Gemm Reshape ReduceMax Reshape Cast Gather Mul",
     "input0[N,3] input1[N]", "output[N,4]"},
    {"spectral", make_spectral, NULL, {{4, {1, 4, 5, 2}}}, 3, 0,
     "Transpose Conv Transpose Reshape Gemm",
     "input0[N,4,5,2]", "output[N,2]"},
    {"gru", make_gru, NULL, {{3, {2, 2, 3}}}, 0, 0,
     "Reshape Gemm Reshape Slice Reshape Slice Add Sigmoid Slice Add Sigmoid Mul Slice Add Tanh Sub Mul Add Slice "
     "Reshape Gemm Slice Slice Add Sigmoid Slice Slice Add Sigmoid Slice Mul Slice Add Tanh Sub Mul Add",
     "input0[2,2,3]", "output[2,4]"},
    {"minibatch", make_minibatch, NULL, {{2, {4, 3}}}, 0, 0,
     "Gemm Reshape Transpose Unsqueeze Unsqueeze Sub ReduceL1 Neg Exp ReduceSum "
     "Reshape Add Concat Reshape ReduceSum Mul Sub Mul ReduceSum Mul Add Sqrt ReduceSum Mul Expand Reshape Concat",
     "input0[4,3]", "output[4,8]"},
    {"identity", make_identity, NULL, {{3, {1, 2, 3}}}, 2, 0,
     "Identity",
     "input0[N,2,3]", "output[N,2,3]"},
    {"functions_of_one", NULL, functions_of_one, {{2, {1, 50}}}, 3, 0,
     "Abs Add Pow Sqrt Log Add Exp Clip Sign Mul Sub Mul Add Mul Neg Identity",
     "input0[N,50]", "output[N,50]"},
    {"functions_of_two", NULL, functions_of_two, {{2, {1, 7}}, {2, {1, 7}}}, 3, 0,
     "Max Mul Min Mul Add Div",
     "input0[N,7] input1[N,7]", "output[N,7]"},
    {"one_row_for_all", NULL, functions_of_two, {{2, {4, 7}}, {2, {1, 7}}}, 0, 0,
     "Max Mul Min Mul Add Div",
     "input0[4,7] input1[1,7]", "output[4,7]"},
    {"softmaxes", NULL, softmaxes, {{2, {1, 7}}}, 3, 0,
     "LeakyRelu LogSoftmax Softmax Mul",
     "input0[N,7]", "output[N,7]"},
    {"reductions", NULL, reductions, {{4, {1, 2, 3, 4}}}, 3, 0,
     "ReduceSum ReduceSum Reshape ReduceMax ReduceSum Identity Reshape Mul Add",
     "input0[N,2,3,4]", "output[N,3]"},
    {"shapes_of_all_kinds", NULL, shapes_of_all_kinds, {{4, {1, 2, 3, 4}}}, 3, 0,
     "Transpose Slice Pad Slice Slice Expand Concat",
     "input0[N,2,3,4]", "output[N,12,6,2]"},
    {"products", NULL, products, {{2, {4, 3}}, {2, {4, 5}}}, 0, 0,
     "Gemm Gemm Gemm Gemm Add",
     "input0[4,3] input1[4,5]", "output[3,3]"},
    {"kernel_of_input", NULL, kernel_of_input, {{4, {1, 4, 5, 2}}, {4, {3, 3, 2, 3}}}, 0, 0,
     "Transpose Transpose Conv Add Transpose",
     "input0[1,4,5,2] input1[3,3,2,3]", "output[1,2,3,3]"},
    {"padded_to_the_right", NULL, padded_to_the_right, {{4, {1, 3, 2, 2}}}, 2, 0,
     "Transpose ConvTranspose Transpose",
     "input0[N,3,2,2]", "output[N,7,6,1]"},
    {"row_on_image", NULL, row_on_image, {{4, {1, 4, 5, 2}}, {1, {2}}}, 0, 0,
     "Transpose Conv Transpose Add",
     "input0[1,4,5,2] input1[2]", "output[1,4,5,2]"},
    {"one_hot", NULL, one_hot, {{1, {1}}}, 4, 5,
     "Cast OneHot Cast OneHot Mul Concat",
     "input0[N]", "output[N,12]"},
    {"both_layouts", NULL, both_layouts, {{4, {1, 4, 5, 2}}}, 3, 0,
     "Tanh Transpose Conv Tanh Transpose Mul Transpose Reshape Transpose Add Transpose Reshape Concat",
     "input0[N,4,5,2]", "output[N,80]"},
    {"padded_pools", NULL, padded_pools, {{4, {1, 7, 6, 3}}}, 2, 0,
     "Transpose MaxPool AveragePool AveragePool Mul Add Transpose",
     "input0[N,7,6,3]", "output[N,3,3,3]"},
    {"constant", NULL, constant, {{2, {1, 3}}}, 0, 0,
     "Identity",
     "input0[1,3]", "output[2,3]"},
};
/* clang-format on */
enum { EXPECTATIONS = sizeof expectations / sizeof expectations[0] };

static gn_module *module_of(gn_context *context, const expectation *e)
{
    gn_module *module = e->make != NULL ? stirred(e->make(context)) : of_function(context, e->function);
    if (module == NULL)
        print_error("%s: %s\n", e->name, gn_context_message(context));
    assert_non_null(module);
    return module;
}

static int inputs_of(const expectation *e)
{
    return e->inputs[1].rank > 0 ? 2 : 1;
}

static void every_op_becomes_its_nodes(void **state)
{
    for (size_t i = 0; i < EXPECTATIONS; i++) {
        const expectation *e = &expectations[i];
        gn_module *module = module_of(*state, e);
        const gn_onnx_options options = {.inputs = e->inputs, .count = inputs_of(e)};
        if (gn_onnx_export(module, path_of("model.onnx"), &options) != GN_OK)
            fail_msg("%s: %s", e->name, gn_context_message(*state));
        const onnx_model model = read_model(path_of("model.onnx"));
        assert_string_equal(model.nodes, e->nodes);
        assert_string_equal(model.inputs, e->takes);
        assert_string_equal(model.outputs, e->gives);
        gn_module_free(module);
    }
}

/* --- options ------------------------------------------------------------------------------------------------------ */

static const gn_shape rows_of_three[] = {{2, {1, 3}}, {2, {1, 3}}};

static gn_module *make_two_branches(gn_context *c)
{
    return gn_join(c, "net", GN_JOIN_ADD, gn_tanh_layer(c), gn_dense_layer(c, &(gn_dense_options){.in = 3, .out = 3}));
}

static void names_are_those_that_were_given(void **state)
{
    static const char *const input_names[] = {"noise", "label"};
    gn_module *module = make_two_branches(*state);
    gn_onnx_options options = {rows_of_three, input_names, 2, "picture", false};
    assert_int_equal(gn_onnx_export(module, path_of("names.onnx"), &options), GN_OK);
    onnx_model model = read_model(path_of("names.onnx"));
    assert_string_equal(model.inputs, "noise[N,3] label[N,3]");
    assert_string_equal(model.outputs, "picture[N,3]");
    assert_string_equal(model.initializers, "net.dense1.weight net.dense1.bias");
    options.fixed_batch = true;
    assert_int_equal(gn_onnx_export(module, path_of("names.onnx"), &options), GN_OK);
    model = read_model(path_of("names.onnx"));
    assert_string_equal(model.inputs, "noise[1,3] label[1,3]");
    assert_string_equal(model.outputs, "picture[1,3]");
    gn_module_free(module);
}

/* Modules that are no children of the network may be called alike, and the caller may choose a parameter's name. */
static gn_module *inner[2];

static gn_var *apply_both(gn_var *const *inputs)
{
    return gn_apply(inner[1], gn_apply(inner[0], inputs[0]));
}

static void every_parameter_has_a_name_of_its_own(void **state)
{
    static const char *const input_names[] = {"dense.bias"};
    for (int i = 0; i < 2; i++)
        inner[i] = gn_dense_layer(*state, &(gn_dense_options){.in = 3, .out = 3, .no_bias = i == 1});
    gn_module *module = gn_sequential(*state, "net", of_function(*state, apply_both));
    const gn_onnx_options options = {rows_of_three, input_names, 1, "picture", false};
    assert_int_equal(gn_onnx_export(module, path_of("alike.onnx"), &options), GN_OK);
    const onnx_model model = read_model(path_of("alike.onnx"));
    char first[100], second[100], third[100];
    assert_int_equal(sscanf(model.initializers, "%99s %99s %99s", first, second, third), 3);
    assert_string_not_equal(first, third);
    assert_string_not_equal(second, "dense.bias");
    assert_string_equal(model.inputs, "dense.bias[N,3]");
    gn_module_free(module);
    for (int i = 0; i < 2; i++)
        gn_module_free(inner[i]);
}

/* Names that are cut off would be alike. */
static void long_names_stay_apart(void **state)
{
    char name[450] = "", first[450], second[450];
    memset(name, 'n', sizeof name - 1);
    gn_module *module = gn_dense_layer(*state, &(gn_dense_options){.in = 3, .out = 3, .name = name});
    const gn_onnx_options options = {.inputs = rows_of_three, .count = 1};
    assert_int_equal(gn_onnx_export(module, path_of("long.onnx"), &options), GN_OK);
    const onnx_model model = read_model(path_of("long.onnx"));
    assert_int_equal(sscanf(model.initializers, "%449s %449s", first, second), 2);
    assert_string_not_equal(first, second);
    gn_module_free(module);
}

static void an_output_that_is_an_input_keeps_both_names(void **state)
{
    gn_module *module = gn_identity_layer(*state);
    assert_int_equal(
        gn_onnx_export(module, path_of("same.onnx"), &(gn_onnx_options){.inputs = rows_of_three, .count = 1}), GN_OK);
    const onnx_model model = read_model(path_of("same.onnx"));
    assert_string_equal(model.nodes, "Identity");
    gn_module_free(module);
}

static void nothing_in_the_module_changes(void **state)
{
    const gn_shape picture = {4, {2, 5, 4, 3}};
    const gn_onnx_options options = {.inputs = &picture, .count = 1};
    gn_module *module = make_conv(*state), *copy = make_conv(*state);
    gn_module_copy(copy, module);
    assert_int_equal(gn_onnx_export(module, path_of("one.onnx"), &options), GN_OK);
    assert_true(gn_module_training(module));
    assert_int_equal(gn_module_statistics(module), GN_STATISTICS_BATCH_UPDATE);
    for (size_t i = 0; i < gn_module_tensor_count(module); i++) {
        const gn_tensor *a = gn_module_tensor(module, i).tensor, *b = gn_module_tensor(copy, i).tensor;
        assert_memory_equal(gn_tensor_values(a), gn_tensor_values(b), (size_t)gn_tensor_count(a) * sizeof(gn_real));
    }
    size_t size;
    assert_int_equal(gn_onnx_export(copy, path_of("two.onnx"), &options), GN_OK);
    unsigned char *bytes = get_file(path_of("one.onnx"), &size);
    assert_true(file_holds(path_of("two.onnx"), bytes, size));
    free(bytes);
    gn_module_free(module);
    gn_module_free(copy);
}

/* --- what is refused ---------------------------------------------------------------------------------------------- */

static gn_status copy_elements(gn_var *out)
{
    memcpy(gn_op_output(out), gn_var_data(gn_op_input(out, 0)),
           (size_t)gn_shape_count(gn_var_shape(out)) * sizeof(gn_real));
    return GN_OK;
}

static const gn_op own_op = {"own", copy_elements, NULL, false};

static gn_var *own(gn_var *const *x)
{
    return gn_record(&own_op, x, 1, gn_var_shape(x[0]), NULL, 0);
}

static void ops_of_ones_own_are_refused_by_name(void **state)
{
    const gn_onnx_options options = {.inputs = rows_of_three, .count = 1};
    gn_module *module = gn_sequential(*state, "net", gn_tanh_layer(*state), of_function(*state, own));
    assert_int_equal(gn_onnx_export(module, path_of("own.onnx"), &options), GN_ERROR_UNSUPPORTED);
    assert_message(*state, GN_ERROR_UNSUPPORTED, "onnx: 'net.f' works with the op 'own', which cannot be exported");
    assert_false(is_there(path_of("own.onnx")));
    gn_module_free(module);
}

static void arguments_are_checked(void **state)
{
    static const char *const twice[] = {"x", "x"}, *const nothing[] = {"x", ""}, *const null[] = {NULL, "x"};
    gn_context *context = *state;
    const char *path = path_of("x.onnx");
    gn_module *module = make_two_branches(context);
    assert_int_equal(gn_onnx_export(NULL, path, &(gn_onnx_options){0}), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_onnx_export(module, path, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "onnx: options, its inputs or the path is NULL");
    assert_int_equal(gn_onnx_export(module, path, &(gn_onnx_options){.count = 1}), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_onnx_export(module, NULL, &(gn_onnx_options){.inputs = rows_of_three, .count = 2}),
                     GN_ERROR_ARGUMENT);
    assert_int_equal(gn_onnx_export(module, path, &(gn_onnx_options){.inputs = rows_of_three}), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "onnx: 0 input shapes, expected 1 to 8");
    assert_int_equal(gn_onnx_export(module, path, &(gn_onnx_options){rows_of_three, twice, 2, NULL, false}),
                     GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "onnx: two inputs or outputs have the name 'x'");
    assert_int_equal(gn_onnx_export(module, path, &(gn_onnx_options){rows_of_three, nothing, 2, NULL, false}),
                     GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT,
                   "onnx: the name of an input or output is empty, expected 1 to 200 bytes");
    assert_int_equal(
        gn_onnx_export(module, path, &(gn_onnx_options){.inputs = rows_of_three, .count = 2, .output_name = "\xFF"}),
        GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "onnx: the name '\xFF' is not UTF-8");
    assert_int_equal(gn_onnx_export(module, path, &(gn_onnx_options){rows_of_three, null, 2, NULL, false}),
                     GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "onnx: the name of an input or output is NULL, expected 1 to 200 bytes");
    assert_int_equal(
        gn_onnx_export(module, path, &(gn_onnx_options){.inputs = rows_of_three, .count = 2, .output_name = "input1"}),
        GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "onnx: two inputs or outputs have the name 'input1'");
    char longer[202] = "";
    memset(longer, 'n', 201);
    assert_int_equal(
        gn_onnx_export(module, path, &(gn_onnx_options){.inputs = rows_of_three, .count = 2, .output_name = longer}),
        GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT,
                   "onnx: the name of an input or output is longer, expected 1 to 200 bytes");
    gn_module_free(module);
}

static void shapes_that_do_not_fit_are_told(void **state)
{
    gn_context *context = *state;
    const gn_shape wrong = {2, {1, 4}}, invalid = {2, {0, 3}};
    gn_module *dense = make_dense(context), *two = make_two_branches(context);
    assert_int_equal(gn_onnx_export(dense, path_of("x.onnx"), &(gn_onnx_options){.inputs = &wrong, .count = 1}),
                     GN_ERROR_SHAPE);
    assert_message(context, GN_ERROR_SHAPE, "linear 'dense': input [1,4] has 4 columns, weight [3,4] wants 3");
    assert_int_equal(gn_onnx_export(dense, path_of("x.onnx"), &(gn_onnx_options){.inputs = &invalid, .count = 1}),
                     GN_ERROR_SHAPE);
    assert_message(context, GN_ERROR_SHAPE,
                   "onnx: the shape of input 0 is [0,3], expected rank 0 to 6 and sizes of at least 1");
    assert_int_equal(gn_onnx_export(two, path_of("x.onnx"), &(gn_onnx_options){.inputs = rows_of_three, .count = 1}),
                     GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "join 'net': 1 inputs, expected 2");
    assert_int_equal(
        gn_onnx_export(dense, path_of("no/x.onnx"), &(gn_onnx_options){.inputs = rows_of_three, .count = 1}),
        GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "no/x.onnx: cannot write: No such file");
    gn_module_free(dense);
    gn_module_free(two);
}

/* For four rows alone. */
static gn_var *four_rows(gn_var *const *x)
{
    return gn_reshape(x[0], GN_SHAPE(2, 6));
}

static void a_network_for_one_batch_leaves_no_message(void **state)
{
    const gn_shape four = {2, {4, 3}};
    gn_module *module = of_function(*state, four_rows);
    gn_context_clear(*state);
    assert_int_equal(gn_onnx_export(module, path_of("four.onnx"), &(gn_onnx_options){.inputs = &four, .count = 1}),
                     GN_OK);
    assert_message(*state, GN_OK, "");
    const onnx_model model = read_model(path_of("four.onnx"));
    assert_string_equal(model.inputs, "input0[4,3]");
    assert_string_equal(model.outputs, "output[2,6]");
    gn_module_free(module);
}

/* A tape words it in its own way, so the status alone is looked at. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    const gn_shape shapes[] = {{2, {1, 4}}, {2, {1, 3}}};
    const gn_onnx_options options = {.inputs = shapes, .count = 2};
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    gn_module *module = make_generator(context);
    gn_status status = GN_ERROR_MEMORY;
    size_t requests = 0;
    assert_int_equal(gn_onnx_export(module, path_of("m.onnx"), &options),
                     GN_OK); /* the kernels' scratch memory stays */
    const size_t bytes = m.bytes;
    for (; status != GN_OK; requests++) {
        put_file(path_of("m.onnx"), "old", 3);
        m.fail_at = m.calls + requests + 1;
        status = gn_onnx_export(module, path_of("m.onnx"), &options);
        assert_int_equal(m.bytes, bytes);
        assert_true(status == GN_OK || (status == GN_ERROR_MEMORY && file_holds(path_of("m.onnx"), "old", 3)));
    }
    assert_true(requests > 100);
    gn_module_free(module);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
}

/* --- for onnxruntime ---------------------------------------------------------------------------------------------- */

static int write_cases(const char *directory)
{
    gn_context *context = gn_context_new(NULL);
    for (size_t i = 0; i < EXPECTATIONS; i++) {
        const expectation *e = &expectations[i];
        const onnx_case c = {e->name,   module_of(context, e), {e->inputs[0], e->inputs[1]}, inputs_of(e), e->batch,
                             e->classes};
        write_case(directory, &c);
        gn_module_free(c.module);
    }
    gn_context_free(context);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_becomes_its_nodes),
        cmocka_unit_test(every_parameter_has_a_name_of_its_own),
        cmocka_unit_test(names_are_those_that_were_given),
        cmocka_unit_test(long_names_stay_apart),
        cmocka_unit_test(an_output_that_is_an_input_keeps_both_names),
        cmocka_unit_test(nothing_in_the_module_changes),
        cmocka_unit_test(ops_of_ones_own_are_refused_by_name),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(shapes_that_do_not_fit_are_told),
        cmocka_unit_test(a_network_for_one_batch_leaves_no_message),
        cmocka_unit_test(every_allocation_may_fail),
    };
    if (argc == 2)
        return write_cases(argv[1]);
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
