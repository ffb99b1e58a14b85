/* SPDX-License-Identifier: MIT */
/* tests/data/test_arrays.c - pictures and labels in .npy files: whole ones, and what is refused. */
#include "files.h"
#include "memory.h"

#include <gannet/data.h>
#include <gannet/npy.h>
#include <math.h>

/* A .npy file of version 1, by hand. */
static void put_npy(const char *name, const char *type, const char *shape, const void *bytes, size_t size)
{
    unsigned char file[1024] = "\x93NUMPY\x01";
    const int length = snprintf((char *)file + 10, 200, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n",
                                type, shape);
    file[8] = (unsigned char)length;
    memcpy(file + 10 + length, bytes, size);
    put_file(path_of(name), file, 10 + (size_t)length + size);
}

static gn_dataset *load(gn_context *context, bool labelled)
{
    return gn_arrays_load(context, path_of("images.npy"), labelled ? path_of("labels.npy") : NULL);
}

static void put_whole(void)
{
    put_npy("images.npy", "|u1", "(3, 2, 1)", "\x00\x33\xff\x66\x99\xcc", 6);
    put_npy("labels.npy", "<i8", "(3,)", "\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 24);
}

static void bytes_are_scaled(void **state)
{
    static const int bytes[] = {0x00, 0x33, 0xff, 0x66, 0x99, 0xcc}, classes[] = {4, 0, 1};
    gn_context *context = *state;
    put_whole();
    gn_dataset *dataset = load(context, true);
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_count(dataset), 3);
    assert_int_equal(gn_dataset_classes(dataset), 5);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(2, 1, 1)));
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(3, 2, 1, 1)), *labels = gn_tensor_new(context, GN_SHAPE(3));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    for (int i = 0; i < 6; i++)
        assert_true(gn_tensor_values(images)[i] == (gn_real)bytes[i] / (gn_real)127.5 - 1);
    for (int i = 0; i < 3; i++)
        assert_true(gn_tensor_values(labels)[i] == (gn_real)classes[i]);
    gn_tensor_free(labels);
    gn_tensor_free(images);
    gn_dataset_free(dataset);
}

static void other_numbers_stay(void **state)
{
    gn_context *context = *state;
    gn_tensor *pictures = gn_tensor_new(context, GN_SHAPE(2, 1, 1, 3)),
              *images = gn_tensor_new(context, GN_SHAPE(2, 1, 1, 3));
    for (int i = 0; i < 6; i++)
        gn_tensor_data(pictures)[i] = (gn_real)(0.4 * i - 1);
    assert_int_equal(gn_npy_save(pictures, path_of("images.npy")), GN_OK);
    gn_dataset *dataset = load(context, false);
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_classes(dataset), 1);
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, NULL), GN_OK);
    assert_memory_equal(gn_tensor_values(images), gn_tensor_values(pictures), 6 * sizeof(gn_real));
    gn_dataset_free(dataset);
    for (int i = 0; i < 2; i++) { /* below, above, and what compares with nothing */
        gn_tensor_data(pictures)[4] = (gn_real)(i == 0 ? 1.5 : NAN);
        assert_int_equal(gn_npy_save(pictures, path_of("images.npy")), GN_OK);
        assert_null(load(context, false));
        assert_message_has(context, GN_ERROR_FORMAT,
                           i == 0 ? "/images.npy: a pixel of picture 1 is 1.5, expected -1 to 1, or bytes (u1)"
                                  : "nan, expected -1 to 1");
    }
    gn_tensor_free(images);
    gn_tensor_free(pictures);
}

static void count_warning(void *user, gn_log_level level, const char *message)
{
    *(int *)user += level == GN_LOG_WARNING && strstr(message, "no pixel is below 0") != NULL;
}

/* Pictures from 0 to 1, as other libraries have them, are grey to white here. */
static void pictures_without_black_are_told(void **state)
{
    static const float from_zero[] = {0, 0.5f, 1}, from_below[] = {0, -0.5f, 1};
    (void)state;
    int warnings = 0;
    gn_context *context = gn_context_new(&(gn_context_options){.log = count_warning, .log_user = &warnings});
    put_npy("images.npy", "<f4", "(3, 1, 1)", from_zero, sizeof from_zero);
    gn_dataset_free(load(context, false));
    assert_int_equal(warnings, 1);
    put_npy("images.npy", "<f4", "(3, 1, 1)", from_below, sizeof from_below);
    gn_dataset_free(load(context, false));
    put_npy("images.npy", "|u1", "(3, 1, 1)", "\x80\xff\xff", 3);
    gn_dataset_free(load(context, false));
    assert_int_equal(warnings, 1);
    gn_context_free(context);
}

static void what_is_refused(void **state)
{
    gn_context *context = *state;
    assert_null(gn_arrays_load(NULL, "images", "labels"));
    assert_null(gn_arrays_load(context, NULL, NULL));
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to read is NULL");
    assert_null(gn_arrays_load(context, path_of("absent.npy"), NULL));
    assert_message_has(context, GN_ERROR_IO, "absent.npy: cannot read: No such file or directory");
    put_file(path_of("images.npy"), "no array", 8);
    assert_null(load(context, false));
    assert_message_has(context, GN_ERROR_FORMAT,
                       "images.npy: cannot be read as .npy: it does not begin with \\x93NUMPY");
    put_npy("images.npy", "|u1", "(2, 3)", "123456", 6);
    assert_null(load(context, false));
    assert_message_has(context, GN_ERROR_FORMAT,
                       "images.npy: has the shape [2,3], expected [N,H,W] or [N,H,W,C], sides of 1 to 65536");
    put_npy("images.npy", "|u1", "(2, 0, 3)", "", 0);
    assert_null(load(context, false));
    assert_message_has(context, GN_ERROR_FORMAT, "images.npy: has the shape [2,0,3], expected [N,H,W]");

    put_whole();
    put_npy("labels.npy", "|u1", "(2,)", "\0\1", 2);
    assert_null(load(context, true));
    assert_message_has(context, GN_ERROR_FORMAT,
                       "labels.npy: has the shape [2], expected [3], a label for each picture");
    put_npy("labels.npy", "|i1", "(3,)", "\0\xff\1", 3);
    assert_null(load(context, true));
    assert_message_has(context, GN_ERROR_FORMAT, "labels.npy: label 1 is -1, expected a whole number from 0 to 65535");
    put_npy("labels.npy", "<f4", "(3,)", "\0\0\0\0\0\0\0\0\0\0\x20\x40", 12);
    assert_null(load(context, true));
    assert_message_has(context, GN_ERROR_FORMAT, "labels.npy: label 2 is 2.5, expected a whole number from 0 to 65535");
    put_npy("labels.npy", "<u4", "(3,)", "\xff\xff\0\0\0\0\1\0\0\0\0\0", 12);
    assert_null(load(context, true));
    assert_message_has(context, GN_ERROR_FORMAT, "labels.npy: label 1 is 65536, expected a whole number");
    put_npy("labels.npy", "<f4", "(3,)", "\0\0\0\0\1\0\x80\x3f\0\0\0\0", 12);
    assert_null(load(context, true));
    assert_message_has(context, GN_ERROR_FORMAT, "labels.npy: label 1 is 1.00000012, expected a whole number");
    unlink(path_of("labels.npy"));
    assert_null(load(context, true));
    assert_message_has(context, GN_ERROR_IO, "labels.npy: cannot read: No such file or directory");
}

static bool load_once(gn_context *context, void *argument)
{
    (void)argument;
    gn_dataset *dataset = load(context, true);
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    put_whole();
    assert_true(memory_fail_each(load_once, NULL) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_scaled),
        cmocka_unit_test(other_numbers_stay),
        cmocka_unit_test(pictures_without_black_are_told),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
