/* SPDX-License-Identifier: MIT */
/* tests/data/test_bytes.c - pictures held as bytes, and how many of them. */
#include "data/bytes.h"
#include "memory.h"

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

/* A damaged one was left out. */
static void fewer_pictures_take_less(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    gn__bytes bytes = {.count = 3, .height = 1, .width = 2, .channels = 1, .classes = 1};
    const size_t before = m.bytes;
    assert_int_equal(gn__bytes_open(context, &bytes, "test"), GN_OK);
    bytes.pixels[3] = 7;
    assert_int_equal(gn__bytes_shrink(context, &bytes, 2), GN_OK);
    assert_int_equal(bytes.count, 2);
    assert_int_equal(m.bytes - before, 2 + 4);
    assert_int_equal(bytes.pixels[3], 7);
    for (size_t at = 1; at <= 2; at++) {
        m.fail_at = m.calls + at;
        assert_int_equal(gn__bytes_shrink(context, &bytes, 1), GN_ERROR_MEMORY);
    }
    gn__bytes_close(context, &bytes);
    assert_int_equal(m.bytes, before);
    gn_context_free(context);
    assert_int_equal(m.wrong_sizes, 0);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes_become_pixels),
                                       cmocka_unit_test(fewer_pictures_take_less),
                                       cmocka_unit_test(too_many_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
