/* SPDX-License-Identifier: MIT */
/* tests/nn/test_module.c - the tree: names, lists, ownership, and what happens when memory is out. */
#include "layers.h"

static gn_module *dense(gn_context *context, const char *name)
{
    return gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 3, .name = name});
}

static gn_var *forward(gn_module *module, gn_var *const *inputs, int count)
{
    (void)module, (void)count;
    return inputs[0];
}

static const gn_module_class plain = {.name = "plain", .forward = forward};

/* --- names -------------------------------------------------------------------------------------------------------- */

static void test_paths_follow_the_tree(void **state)
{
    const fixture *f = *state;
    gn_module *inner = gn_sequential(f->context, "block", dense(f->context, "first"), dense(f->context, NULL));
    assert_string_equal(gn_module_name(inner), "block");
    assert_string_equal(gn_parameter_name(gn_parameters(inner).items[2]), "block.dense1.weight");
    gn_module *root = gn_sequential(f->context, "generator", gn_relu_layer(f->context), inner,
                                    gn_batch_norm_layer(f->context, &(gn_batch_norm_options){.size = 3}));
    static const char *const names[] = {
        "generator.block.first.weight",       "generator.block.first.bias",
        "generator.block.dense1.weight",      "generator.block.dense1.bias",
        "generator.batch_norm2.weight",       "generator.batch_norm2.bias",
        "generator.batch_norm2.running_mean", "generator.batch_norm2.running_variance",
    };
    assert_int_equal(gn_module_tensor_count(root), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(gn_module_tensor(root, i).name, names[i]);
    assert_null(gn_module_tensor(root, 8).tensor);
    assert_true(gn_module_tensor(NULL, 0).tensor == NULL && gn_module_tensor_count(NULL) == 0);
    assert_int_equal(gn_parameters(root).count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(gn_parameter_name(gn_parameters(root).items[i]), names[i]);
        assert_ptr_equal(gn_parameter_value(gn_parameters(root).items[i]), gn_module_tensor(root, i).tensor);
    }
    assert_string_equal(gn_module_name(inner), "generator.block");
    gn_module_free(root);
}

static void test_a_root_without_a_name(void **state)
{
    const fixture *f = *state;
    gn_module *module = dense(f->context, NULL);
    assert_string_equal(gn_module_name(module), "dense");
    assert_string_equal(gn_parameter_name(gn_parameters(module).items[0]), "dense.weight");
    gn_module_free(module);
}

static void test_find(void **state)
{
    const fixture *f = *state;
    gn_module *first = dense(f->context, "first");
    gn_module *block = gn_sequential(f->context, "block", gn_relu_layer(f->context), first);
    gn_module *root = gn_sequential(f->context, "g", block, dense(f->context, "block2"));
    assert_ptr_equal(gn_module_find(root, "block"), block);
    assert_ptr_equal(gn_module_find(root, "block.first"), first);
    assert_ptr_equal(gn_module_find(root, "block2"), gn_module_child(root, 1));
    assert_null(gn_module_find(root, "blo"));
    assert_null(gn_module_find(root, "block.first.weight"));
    assert_null(gn_module_find(root, "block."));
    assert_null(gn_module_find(root, ""));
    assert_null(gn_module_find(root, NULL));
    assert_null(gn_module_child(root, 2));
    gn_module_free(root);
}

static void test_names_must_differ(void **state)
{
    const fixture *f = *state;
    assert_null(gn_sequential(f->context, "d", dense(f->context, "a"), dense(f->context, "a")));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'd': two children are named 'a'");
    assert_null(gn_sequential(f->context, "d", dense(f->context, "dense1"), dense(f->context, NULL)));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'd': two children are named 'dense1'");

    gn_module *module = gn_module_new(f->context, &plain, "p", 0);
    assert_non_null(gn_module_add_buffer(module, "x", GN_SHAPE(2), 3));
    assert_null(gn_module_add_parameter(module, "x", GN_SHAPE(2), (gn_init){0}, 1, 1));
    assert_message(f->context, GN_ERROR_ARGUMENT, "plain 'p': two tensors are named 'x'");
    assert_int_equal(gn_module_tensor_count(module), 1);
    assert_null(gn_module_complete(module));
}

static void test_names_hold_no_dot(void **state)
{
    const fixture *f = *state;
    assert_null(dense(f->context, "a.b"));
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "module: a name is 'a.b', expected at least one character and no '.'");
    assert_null(dense(f->context, ""));
    gn_module *module = gn_module_new(f->context, &plain, NULL, 0);
    assert_null(gn_module_add_buffer(module, NULL, GN_SHAPE(1), 0));
    assert_message(f->context, GN_ERROR_ARGUMENT, "module: a name is '', expected at least one character and no '.'");
    gn_module_free(module);
}

/* --- adding ------------------------------------------------------------------------------------------------------- */

/* Lists of all ancestors must follow when something is added deep in the tree. */
static void test_adding_late(void **state)
{
    const fixture *f = *state;
    gn_module *inner = gn_sequential_layer(f->context, "inner", NULL, 0);
    gn_module *root = gn_sequential(f->context, "root", inner, dense(f->context, "last"));
    assert_int_equal(gn_parameters(root).count, 2);
    for (int i = 0; i < 20; i++)
        assert_int_equal(gn_module_add_child(inner, dense(f->context, NULL)), GN_OK);
    assert_int_equal(gn_parameters(root).count, 42);
    assert_int_equal(gn_parameters(inner).count, 40);
    assert_string_equal(gn_parameter_name(gn_parameters(root).items[39]), "root.inner.dense19.bias");
    assert_string_equal(gn_parameter_name(gn_parameters(root).items[41]), "root.last.bias");
    gn_module_free(root);
}

static void test_a_failed_child_fails_its_parents(void **state)
{
    const fixture *f = *state;
    gn_module *root = gn_sequential(f->context, "g", dense(f->context, "a"),
                                    gn_sequential(f->context, "block",
                                                  gn_dense_layer(f->context, &(gn_dense_options){.in = 2}),
                                                  dense(f->context, "b")),
                                    dense(f->context, "c"));
    assert_null(root);
    assert_message(f->context, GN_ERROR_ARGUMENT,
                   "sequential 'g': child 1 is NULL: sequential 'block': child 0 is NULL: dense: in is 2 and out 0, "
                   "expected at least 1 and at most 2^40 weights");
    gn_context_clear(f->context);
    assert_null(gn_sequential(f->context, "g", NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'g': child 0 is NULL");
}

static void test_a_child_has_one_parent(void **state)
{
    const fixture *f = *state;
    gn_module *shared = dense(f->context, "shared");
    gn_module *first = gn_sequential(f->context, "first", shared);
    assert_null(gn_sequential(f->context, "second", dense(f->context, "a"), shared, dense(f->context, "b")));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'second': 'first.shared' has a parent already");
    assert_string_equal(gn_module_name(shared), "first.shared");
    gn_module_free(shared);
    assert_message(f->context, GN_ERROR_STATE, "module: 'first.shared' belongs to 'first', which frees it");
    assert_int_equal(gn_module_add_child(shared, first), GN_ERROR_ARGUMENT);
    assert_message(f->context, GN_ERROR_ARGUMENT, "dense 'first.shared': a module cannot be its own child");
    assert_int_equal(gn_parameters(first).count, 2);
    gn_module_free(first);
}

static gn_var *free_root(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    gn_module_free(*(gn_module **)gn_module_state(module));
    return inputs[0];
}

static void test_a_child_at_work_keeps_its_root(void **state)
{
    static const gn_module_class frees_root = {.name = "frees_root", .forward = free_root};
    const fixture *f = *state;
    gn_module *child = gn_module_new(f->context, &frees_root, "child", sizeof child);
    gn_module *root = gn_sequential(f->context, "root", child);
    *(gn_module **)gn_module_state(child) = root;
    gn_apply(child, gn_constant(f->tape, 1));
    assert_message(f->context, GN_ERROR_STATE, "module: 'root' is freed by a function that it waits for");
    gn_module_free(root);
}

static void test_the_same_child_twice(void **state)
{
    const fixture *f = *state;
    gn_module *twice = dense(f->context, "twice");
    assert_null(gn_sequential(f->context, "d", twice, twice));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'd': 'd.twice' has a parent already");
    twice = dense(f->context, "twice");
    assert_null(gn_sequential(f->context, "no.name", twice, twice));
}

static void test_children_of_another_context(void **state)
{
    const fixture *f = *state;
    gn_context *other = gn_context_new(&(gn_context_options){.threads = 1});
    assert_null(gn_sequential(f->context, "d", dense(other, "a")));
    assert_message(f->context, GN_ERROR_ARGUMENT, "sequential 'd': 'a' was made from another context");
    gn_context_free(other);
}

static void test_parameters_that_cannot_be(void **state)
{
    const fixture *f = *state;
    gn_module *module = gn_module_new(f->context, &plain, NULL, 0);
    assert_null(gn_module_add_parameter(module, "w", GN_SHAPE(0), (gn_init){0}, 1, 1));
    assert_int_equal(gn_context_status(f->context), GN_ERROR_SHAPE);
    assert_null(gn_module_add_buffer(module, "b", GN_SHAPE(-1), 0));
    assert_null(gn_module_add_parameter(module, "w", GN_SHAPE(2), (gn_init){.scale = 1}, 1, 1));
    assert_message(f->context, GN_ERROR_ARGUMENT, "init: scale is 1, but no kind is given");
    assert_int_equal(gn_module_tensor_count(module), 0);
    assert_null(gn_module_complete(module));
    assert_null(gn_module_new(f->context, &(gn_module_class){.name = "empty"}, NULL, 0));
    assert_message(f->context, GN_ERROR_ARGUMENT, "module: a class needs a name and a forward function");
}

/* Seed and order of construction alone decide how weights start. */
static void test_weights_are_reproducible(void **state)
{
    (void)state;
    gn_real first[2][6], second[2][6];
    for (int run = 0; run < 2; run++) {
        gn_context *context = gn_context_new(&(gn_context_options){.seed = 9, .threads = run + 1});
        gn_module *a = dense(context, "a"), *b = dense(context, "b");
        memcpy(first[run], gn_tensor_values(tensor_of(a, "weight")), sizeof first[run]);
        memcpy(second[run], gn_tensor_values(tensor_of(b, "weight")), sizeof second[run]);
        gn_module_free(a);
        gn_module_free(b);
        gn_context_free(context);
    }
    assert_memory_equal(first[0], first[1], sizeof first[0]);
    assert_memory_equal(second[0], second[1], sizeof second[0]);
    assert_memory_not_equal(first[0], second[0], sizeof first[0]);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static int takes_two(const gn_module *module)
{
    (void)module;
    return 2;
}

static void test_inputs(void **state)
{
    const fixture *f = *state;
    static const gn_module_class three = {.name = "three", .forward = forward, .inputs = 3};
    static const gn_module_class asked = {.name = "asked", .forward = forward, .inputs = 3, .count_inputs = takes_two};
    gn_module *empty = gn_sequential_layer(f->context, "empty", NULL, 0);
    gn_module *outer = gn_sequential(f->context, "outer", gn_module_new(f->context, &three, NULL, 0), empty);
    gn_module *other = gn_module_new(f->context, &asked, NULL, 0);
    assert_int_equal(gn_module_inputs(gn_module_child(outer, 0)), 3);
    assert_int_equal(gn_module_inputs(outer), 3);
    assert_int_equal(gn_module_inputs(empty), 0);
    assert_int_equal(gn_module_inputs(other), 2);
    gn_module_add_child(empty, other);
    assert_int_equal(gn_module_inputs(empty), 2);
    gn_module *any = gn_module_new(f->context, &plain, NULL, 0);
    assert_int_equal(gn_module_inputs(any), 0);
    assert_int_equal(gn_module_inputs(NULL), 0);
    gn_module_free(any);
    gn_module_free(outer);
}

static void test_null_is_fine(void **state)
{
    (void)state;
    gn_module_free(NULL);
    assert_int_equal(gn_module_tensor_count(NULL), 0);
    assert_int_equal(gn_parameters(NULL).count, 0);
    assert_null(gn_module_state(NULL));
    assert_null(gn_module_context(NULL));
    assert_string_equal(gn_module_name(NULL), "");
    assert_int_equal(gn_module_add_child(NULL, NULL), GN_ERROR_ARGUMENT);
    assert_null(gn_module_complete(NULL));
    assert_null(gn_dense_layer(NULL, &(gn_dense_options){.in = 1, .out = 1}));
}

/* --- memory ------------------------------------------------------------------------------------------------------- */

typedef struct budget {
    int left; /* allocations that succeed; then one fails */
    int used;
} budget;

static void *allocate(void *user, void *pointer, size_t old_size, size_t new_size)
{
    (void)old_size;
    budget *b = user;
    if (new_size == 0) {
        free(pointer);
        return NULL;
    }
    b->used++;
    return b->left-- == 0 ? NULL : realloc(pointer, new_size);
}

static gn_module *every_layer(gn_context *c)
{
    return gn_sequential(
        c, "net",
        gn_join(c, NULL, GN_JOIN_CONCAT, gn_identity_layer(c),
                gn_embedding_layer(c, &(gn_embedding_options){.classes = 3, .size = 2})),
        gn_maxout_layer(c, &(gn_maxout_options){.in = 4, .units = 4, .pieces = 2}),
        gn_reshape_layer(c, GN_SHAPE(2, 2, 1)),
        gn_conv_transpose2d_layer(c, &(gn_conv2d_options){.in = 1, .out = 2, .kernel = 2, .stride = 2}),
        gn_residual_layer(c, "around", gn_conv2d_layer(c, &(gn_conv2d_options){.in = 2, .out = 2, .kernel = 1}),
                          gn_identity_layer(c)),
        gn_batch_norm_layer(c, &(gn_batch_norm_options){.size = 2}), gn_leaky_relu_layer(c, 0.1f),
        gn_upsample_layer(c, 2), gn_max_pool2d_layer(c, 2, 0), gn_dropout_layer(c, 0.5f), gn_flatten_layer(c),
        gn_dense_layer(c, &(gn_dense_options){.in = 32, .out = 1, .weight_init = {.kind = GN_INIT_ORTHOGONAL}}));
}

/* Each allocation of a construction fails once: NULL, the right status, and not a byte is left. */
static void test_every_allocation_fails(void **state)
{
    (void)state;
    budget b = {.left = -1};
    gn_context *context = gn_context_new(
        &(gn_context_options){.threads = 1, .allocate = allocate, .allocate_user = &b});
    const size_t before = gn_context_memory(context).bytes;
    b = (budget){.left = -1};
    gn_module *module = every_layer(context);
    assert_non_null(module);
    gn_module_free(module);
    assert_int_equal(gn_context_memory(context).bytes, before);
    const int total = b.used;
    assert_true(total > 50);
    for (int n = 0; n < total; n++) {
        b.left = n;
        gn_context_clear(context);
        assert_null(every_layer(context));
        assert_int_equal(gn_context_status(context), GN_ERROR_MEMORY);
        assert_int_equal(gn_context_memory(context).bytes, before);
    }
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_paths_follow_the_tree),
        WITH_FIXTURE(test_a_root_without_a_name),
        WITH_FIXTURE(test_find),
        WITH_FIXTURE(test_names_must_differ),
        WITH_FIXTURE(test_names_hold_no_dot),
        WITH_FIXTURE(test_adding_late),
        WITH_FIXTURE(test_a_failed_child_fails_its_parents),
        WITH_FIXTURE(test_a_child_has_one_parent),
        WITH_FIXTURE(test_a_child_at_work_keeps_its_root),
        WITH_FIXTURE(test_the_same_child_twice),
        WITH_FIXTURE(test_children_of_another_context),
        WITH_FIXTURE(test_parameters_that_cannot_be),
        cmocka_unit_test(test_weights_are_reproducible),
        WITH_FIXTURE(test_inputs),
        cmocka_unit_test(test_null_is_fine),
        cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
