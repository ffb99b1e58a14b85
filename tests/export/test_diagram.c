/* SPDX-License-Identifier: MIT */
/* tests/export/test_diagram.c - a network as a picture. */
#include "files.h"
#include "io/json.h"
#include "nn/layers.h"

static const char *const names[] = {"noise", "label"};

static gn_module *hidden(gn_context *context)
{
    return gn_sequential(context, "block",
                         gn_dense_layer(context, &(gn_dense_options){.in = 5, .out = 5, .name = "a<b"}),
                         gn_relu_layer(context));
}

/* Two inputs that meet, a residual block, and a layer in a wrapper. */
static gn_module *generator(gn_context *context)
{
    return gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_residual_layer(context, "skip", hidden(context), gn_identity_layer(context)),
        gn_spectral_norm_layer(context, gn_dense_layer(context, &(gn_dense_options){.in = 5, .out = 4}), 1));
}

static void test_every_layer_has_a_box(void **state)
{
    const fixture *f = *state;
    gn_module *g = generator(f->context),
              *d = gn_dense_layer(f->context, &(gn_dense_options){.in = 4, .out = 1, .name = "d"});
    const gn_shape noise[] = {GN_SHAPE(1, 3), GN_SHAPE(1, 2)}, picture[] = {GN_SHAPE(1, 4)};
    const gn_diagram_part parts[] = {{g, noise, names, 2, "picture"}, {d, picture, names, 1, "logit"}};
    assert_int_equal(gn_diagram_write(f->context, path_of("g.svg"), parts, 2), GN_OK);
    char *text = read_text(path_of("g.svg"));
    assert_int_equal(count_of(text, "<g>"),
                     9); /* join, 2 identities, residual, its identity, dense, relu; dense of the wrapper; d */
    assert_int_equal(count_of(text, "<rect class='f'"), 1);
    assert_int_equal(count_of(text, "30 parameters"), 1);
    assert_int_equal(count_of(text, "[1,5]"), 5);
    assert_non_null(strstr(text, "generator.skip.block.a&lt;b"));
    assert_null(strstr(text, "a<b"));
    assert_non_null(strstr(text, ">noise<"));
    assert_non_null(strstr(text, ">logit<"));
    assert_string_equal(text + strlen(text) - 7, "</svg>\n");
    free(text);
    gn_module_free(d);
    gn_module_free(g);
}

static void test_names_are_filled_in(void **state)
{
    const fixture *f = *state;
    gn_module *g = generator(f->context);
    const gn_shape noise[] = {GN_SHAPE(1, 3), GN_SHAPE(1, 2)};
    const gn_diagram_part part = {g, noise, NULL, 2, NULL};
    assert_int_equal(gn_diagram_write(f->context, path_of("g.svg"), &part, 1), GN_OK);
    char *text = read_text(path_of("g.svg"));
    assert_non_null(strstr(text, ">input0<"));
    assert_non_null(strstr(text, ">input1<"));
    assert_non_null(strstr(text, ">output<"));
    free(text);
    gn_module_free(g);
}

static gn_var *same(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module;
    (void)count;
    return inputs[0];
}

/* Whatever a name holds, a parser of XML reads the file. */
static void test_odd_names(void **state)
{
    static const gn_module_class odd = {.name = "a<b&c", .forward = same, .inputs = 1};
    const fixture *f = *state;
    gn_module *module = gn_module_complete(gn_module_new(f->context, &odd, "x\x01y", 0));
    char long_name[300] = "";
    for (int i = 0; i < 140; i++)
        strcat(long_name, "\xC3\xA9");
    const gn_shape shape = GN_SHAPE(1, 2);
    const gn_diagram_part part = {module, &shape, (const char *const[]){"caf\xE9"}, 1, long_name};
    assert_int_equal(gn_diagram_write(f->context, path_of("odd.svg"), &part, 1), GN_OK);
    char *text = read_text(path_of("odd.svg"));
    assert_non_null(strstr(text, "a&lt;b&amp;c"));
    assert_non_null(strstr(text, "x?y"));
    assert_non_null(strstr(text, "caf?"));
    assert_true(gn__is_utf8(text));
    free(text);
    gn_module_free(module);
}

static void test_what_cannot_be_drawn(void **state)
{
    const fixture *f = *state;
    gn_module *g = generator(f->context);
    const gn_shape noise[] = {GN_SHAPE(1, 3), GN_SHAPE(1, 9)};
    gn_diagram_part part = {g, noise, names, 2, "picture"};
    assert_int_equal(gn_diagram_write(f->context, path_of("g.svg"), &part, 1), GN_ERROR_SHAPE);
    assert_false(is_there(path_of("bad.svg")));
    part.module = gn_dropout_layer(f->context, 2);
    gn_diagram_write(f->context, path_of("g.svg"), &part, 1);
    assert_message_has(f->context, GN_ERROR_ARGUMENT, "diagram: part 0: module is NULL: dropout: rate is 2");
    const gn_shape right[] = {GN_SHAPE(1, 3), GN_SHAPE(1, 2)};
    const gn_diagram_part lacking[] = {{g, right, names, 2, "picture"}, {g, NULL, names, 2, "picture"}};
    gn_diagram_write(f->context, path_of("g.svg"), lacking, 2);
    assert_message(f->context, GN_ERROR_ARGUMENT, "diagram: part 1: inputs is NULL");
    gn_diagram_write(f->context, NULL, &part, 1);
    assert_message(f->context, GN_ERROR_ARGUMENT, "diagram: the path is NULL, expected a path and at least one part");
    gn_diagram_write(f->context, path_of("g.svg"), &part, 0);
    assert_message(f->context, GN_ERROR_ARGUMENT, "diagram: there are no parts, expected a path and at least one part");
    part = (gn_diagram_part){g, (const gn_shape[]){GN_SHAPE(1, 3), GN_SHAPE(1, 2)},
                             (const char *const[]){"noise", NULL}, 2, "picture"};
    gn_diagram_write(f->context, path_of("g.svg"), &part, 1);
    assert_message_has(f->context, GN_ERROR_ARGUMENT, "diagram: the name of input 1 of '");
    part = (gn_diagram_part){g, (const gn_shape[]){GN_SHAPE(1, 3), GN_SHAPE(1, 2)}, names, 2, "picture"};
    assert_int_equal(gn_diagram_write(f->context, "/nowhere/g.svg", &part, 1), GN_ERROR_IO);
    gn_module_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_every_layer_has_a_box),
        WITH_FIXTURE(test_names_are_filled_in),
        WITH_FIXTURE(test_odd_names),
        WITH_FIXTURE(test_what_cannot_be_drawn),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
