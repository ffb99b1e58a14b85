/* SPDX-License-Identifier: MIT */
/* tests/data/test_bytes.c - pictures held as bytes, and how many of them. */
#include "data/bytes.h"
#include "test.h"

static void bytes_become_pixels(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    gn__bytes bytes = {.count = 2, .height = 1, .width = 3, .channels = 1, .classes = 4};
    assert_int_equal(gn__bytes_open(context, &bytes, "test"), GN_OK);
    for (int i = 0; i < 6; i++)
        bytes.pixels[i] = (unsigned char)(51 * i);
    bytes.labels[0] = 3;
    bytes.labels[1] = 0;
    assert_int_equal(gn__bytes_name_classes(context, &bytes, (const char *const[]){"a", "b", "c", "d"}), GN_OK);
    gn_dataset *dataset = gn__bytes_dataset(context, &bytes);
    assert_string_equal(gn_dataset_class_name(dataset, 0), "a");
    assert_string_equal(gn_dataset_class_name(dataset, 3), "d");
    assert_null(gn_dataset_class_name(dataset, 4));
    assert_null(gn_dataset_class_name(dataset, -1));
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(2, 1, 3, 1)), *labels = gn_tensor_new(context, GN_SHAPE(2));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    for (int i = 0; i < 6; i++)
        assert_true(gn_tensor_values(images)[i] == (gn_real)(51 * i) / (gn_real)127.5 - 1);
    assert_true(gn_tensor_values(labels)[0] == 3 && gn_tensor_values(labels)[1] == 0);
    gn_tensor_free(labels);
    gn_tensor_free(images);
    gn_dataset_free(dataset);
    gn_context_free(context);
}

static void too_many_are_refused(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    gn__bytes bytes = {.count = INT32_MAX, .height = 1024, .width = 1024, .channels = 3};
    assert_int_equal(gn__bytes_open(context, &bytes, "x"), GN_ERROR_FORMAT);
    assert_message_has(context, GN_ERROR_FORMAT, "x: 2147483647 pictures of 1024x1024x3 bytes, expected at least one");
    bytes.count = 0;
    assert_int_equal(gn__bytes_open(context, &bytes, "x"), GN_ERROR_FORMAT);
    gn__bytes_close(context, &bytes);
    gn_context_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_become_pixels), cmocka_unit_test(too_many_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
