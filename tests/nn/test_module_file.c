/* SPDX-License-Identifier: MIT */
/* tests/nn/test_module_file.c - a module in a file: it comes back as it was, and what does not fit changes nothing. */
#include "files.h"

#include <gannet/archive.h>
#include <gannet/layers.h>
#include <math.h>

static gn_module *line(gn_context *context, const char *name, gn_real weight)
{
    const gn_init init = {GN_INIT_CONSTANT, weight};
    return gn_dense_layer(context, &(gn_dense_options){.in = 1, .out = 1, .name = name, .weight_init = init});
}

static gn_real weight_of(gn_module *module)
{
    return gn_tensor_values(gn_parameter_value(gn_parameters(module).items[0]))[0];
}

static void test_a_module_comes_back(void **state)
{
    gn_module *net = line(*state, "net", 3), *again = line(*state, "net", 0);
    assert_int_equal(gn_module_save(net, path_of("net"), "{\"program\":\"test\"}"), GN_OK);
    assert_int_equal(gn_module_load(again, path_of("net")), GN_OK);
    assert_true(weight_of(again) == 3);
    char *config = gn_config_read(*state, path_of("net"));
    assert_string_equal(config, "{\"program\":\"test\"}");
    gn_text_free(*state, config);
    gn_module_free(net);
    gn_module_free(again);
}

static void test_what_a_file_lacks(void **state)
{
    gn_module *net = line(*state, "net", 3), *other = line(*state, "other", 1);
    assert_int_equal(gn_module_save(net, path_of("net"), NULL), GN_OK);
    assert_int_equal(gn_module_load(other, path_of("net")), GN_ERROR_FORMAT);
    assert_message_has(*state, GN_ERROR_FORMAT,
                       "net: the file has no tensor 'other.weight': it was saved from another network");
    assert_int_equal(gn_module_load_average(net, path_of("net")), GN_ERROR_FORMAT);
    assert_message_has(*state, GN_ERROR_FORMAT,
                       "the file has no tensor 'average.net.weight': it was saved without a running average");
    assert_null(gn_config_read(*state, path_of("net")));
    assert_message_has(*state, GN_ERROR_FORMAT, "net: the file holds no configuration");
    assert_int_equal(gn_module_load(net, path_of("missing")), GN_ERROR_IO);
    assert_null(gn_config_read(*state, path_of("missing")));
    assert_int_equal(gn_module_load(NULL, path_of("net")), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_module_save(NULL, path_of("net"), NULL), GN_ERROR_ARGUMENT);
    gn_module_free(net);
    gn_module_free(other);
}

static void test_other_shapes_are_refused(void **state)
{
    gn_module *net = line(*state, "net", 3);
    gn_module *wide = gn_dense_layer(*state, &(gn_dense_options){.in = 1, .out = 2, .name = "net"});
    assert_int_equal(gn_module_save(net, path_of("net"), NULL), GN_OK);
    assert_int_equal(gn_module_load(wide, path_of("net")), GN_ERROR_FORMAT);
    assert_message_has(*state, GN_ERROR_FORMAT,
                       "tensor 'net.weight' has shape [1,1] in the file and [1,2] in the network");
    gn_module_free(net);
    gn_module_free(wide);
}

static void test_an_average_has_names_of_its_own(void **state)
{
    const gn_real five[] = {5};
    gn_module *net = line(*state, "net", 3);
    gn_tensor *weight = gn_tensor_from(*state, GN_SHAPE(1, 1), five), *bias = gn_tensor_new(*state, GN_SHAPE(1));
    gn_archive *archive = gn_archive_new(*state);
    gn_archive_add(archive, "average.net.weight", weight);
    gn_archive_add(archive, "average.net.bias", bias);
    assert_int_equal(gn_archive_save(archive, path_of("average")), GN_OK);
    assert_int_equal(gn_module_load_average(net, path_of("average")), GN_OK);
    assert_true(weight_of(net) == 5);
    gn_archive_free(archive);
    gn_tensor_free(weight);
    gn_tensor_free(bias);
    gn_module_free(net);
}

/* The file of before stays. */
static void test_what_is_not_finite_is_not_saved(void **state)
{
    gn_module *net = line(*state, "net", 3), *broken = line(*state, "net", 0);
    gn_tensor_data(gn_parameter_value(gn_parameters(broken).items[0]))[0] = INFINITY;
    assert_int_equal(gn_module_save(net, path_of("net"), NULL), GN_OK);
    assert_int_equal(gn_module_save(broken, path_of("net"), NULL), GN_ERROR_NUMBER);
    assert_message(*state, GN_ERROR_NUMBER, "not saved: element 0 of 'net.weight' is inf");
    assert_int_equal(gn_module_load(broken, path_of("net")), GN_OK);
    assert_true(weight_of(broken) == 3);
    gn_module_free(net);
    gn_module_free(broken);
}

/* A name that no file may hold is not cut to one that it may. */
static void test_long_names(void **state)
{
    static const size_t lengths[] = {1017, 1018, 3000}; /* without ".weight" */
    for (size_t i = 0; i < 3; i++) {
        char name[3001] = "", text[64];
        memset(name, 'n', lengths[i]);
        gn_module *net = line(*state, name, 3);
        assert_int_equal(gn_module_save(net, path_of("long"), NULL), i == 0 ? GN_OK : GN_ERROR_ARGUMENT);
        snprintf(text, sizeof text, "nnn...' has %zu bytes, expected at most 1024", lengths[i] + strlen(".weight"));
        if (i > 0)
            assert_message_has(*state, GN_ERROR_ARGUMENT, text);
        gn_module_free(net);
    }
}

/* The second of two tensors is of a type that cannot be read: the first has not been, either. */
static void test_nothing_is_half_loaded(void **state)
{
    const char header[] = "{\"net.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                          "\"net.bias\":{\"dtype\":\"F8_E5M2\",\"shape\":[1],\"data_offsets\":[4,5]}}";
    FILE *file = fopen(path_of("half"), "wb");
    const unsigned char length[8] = {sizeof header - 1};
    fwrite(length, 1, sizeof length, file);
    fwrite(header, 1, sizeof header - 1, file);
    fwrite("\0\0\0\0\0", 1, 5, file);
    fclose(file);
    gn_module *net = line(*state, "net", 7);
    assert_int_equal(gn_module_load(net, path_of("half")), GN_ERROR_FORMAT);
    assert_message_has(*state, GN_ERROR_FORMAT, "'net.bias' is of type C64, F8, F6 or F4");
    assert_true(weight_of(net) == 7);
    gn_module_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_module_comes_back),
        cmocka_unit_test(test_what_a_file_lacks),
        cmocka_unit_test(test_other_shapes_are_refused),
        cmocka_unit_test(test_an_average_has_names_of_its_own),
        cmocka_unit_test(test_what_is_not_finite_is_not_saved),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_nothing_is_half_loaded),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
