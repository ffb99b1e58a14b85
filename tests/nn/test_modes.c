/* SPDX-License-Identifier: MIT */
/* tests/nn/test_modes.c - frozen, training and statistics of a tree, each for itself, and what is put back. */
#include "layers.h"
#include "nn/module.h"

static gn_module *dense(gn_context *context, const char *name)
{
    return gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 3, .name = name});
}

static void test_settings_are_independent(void **state)
{
    const fixture *f = *state;
    gn_module *leaf = dense(f->context, "leaf");
    gn_module *root = gn_sequential(f->context, "root", gn_sequential(f->context, "block", leaf));
    assert_true(gn_module_training(leaf));
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_BATCH_UPDATE);
    assert_false(gn_parameter_frozen(gn_parameters(leaf).items[0]));

    gn_module_set_frozen(root, true);
    assert_true(gn_parameter_frozen(gn_parameters(leaf).items[0]) && gn_parameter_frozen(gn_parameters(leaf).items[1]));
    assert_true(gn_module_training(leaf));
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_BATCH_UPDATE);

    gn_module_set_training(root, false);
    assert_false(gn_module_training(leaf));
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_RUNNING);
    gn_module_set_statistics(root, (gn_statistics)9);
    assert_message_has(f->context, GN_ERROR_ARGUMENT, "': statistics is 9, expected one of gn_statistics");
    assert_int_equal(gn_module_statistics(root), GN_STATISTICS_RUNNING);
    gn_module_set_statistics(root, GN_STATISTICS_BATCH);
    assert_false(gn_module_training(leaf));
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_BATCH);

    gn_module_set_training(leaf, true);
    assert_true(gn_module_training(leaf));
    assert_false(gn_module_training(root));
    gn_module_set_frozen(root, false);
    assert_false(gn_parameter_frozen(gn_parameters(leaf).items[1]));
    gn_module_free(root);
}

/* The inner pair is that of a call within a call: the modes are those from before the outer one. */
static void test_modes_are_put_back(void **state)
{
    const fixture *f = *state;
    gn_module *leaf = dense(f->context, "leaf");
    gn_module *root = gn_sequential(f->context, "root", leaf);
    gn_module_set_statistics(leaf, GN_STATISTICS_BATCH);
    gn__module_keep_modes(root);
    gn_module_set_training(root, false);
    gn__module_keep_modes(leaf);
    gn_module_set_training(leaf, true);
    gn__module_restore_modes(leaf);
    assert_true(gn_module_training(leaf));
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_BATCH_UPDATE);
    gn_module_set_training(leaf, false);
    gn__module_restore_modes(root);
    assert_true(gn_module_training(leaf) && gn_module_training(root));
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_BATCH);
    assert_int_equal(gn_module_statistics(root), GN_STATISTICS_BATCH_UPDATE);
    gn__module_restore_modes(root);
    assert_int_equal(gn_module_statistics(leaf), GN_STATISTICS_BATCH);
    gn_module_free(root);
}

static void test_null_is_fine(void **state)
{
    (void)state;
    gn_module_set_frozen(NULL, true);
    gn_module_set_training(NULL, true);
    gn_module_set_statistics(NULL, GN_STATISTICS_BATCH);
    assert_false(gn_module_training(NULL));
    assert_int_equal(gn_module_statistics(NULL), GN_STATISTICS_BATCH_UPDATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_settings_are_independent),
        WITH_FIXTURE(test_modes_are_put_back),
        cmocka_unit_test(test_null_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
