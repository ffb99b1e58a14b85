/* SPDX-License-Identifier: MIT */
/* tests/data/test_cifar10.c - CIFAR-10's binary files: whole ones and damaged ones. */
#include "files.h"
#include "memory.h"

#include <gannet/data.h>

enum { RECORD = 3073, PIXELS = 3072 };

static unsigned char byte_at(int64_t picture, int channel, int64_t pixel)
{
    return (unsigned char)(picture * 31 + channel * 7 + pixel);
}

/* A file of count pictures, the first of them having number `first`. */
static void put_records(const char *name, int64_t first, int64_t count)
{
    unsigned char *bytes = malloc((size_t)(count * RECORD));
    assert_non_null(bytes);
    for (int64_t i = 0; i < count; i++) {
        bytes[i * RECORD] = (unsigned char)((first + i) % 10);
        for (int channel = 0; channel < 3; channel++)
            for (int64_t j = 0; j < 1024; j++)
                bytes[i * RECORD + 1 + channel * 1024 + j] = byte_at(first + i, channel, j);
    }
    put_file(path_of(name), bytes, (size_t)(count * RECORD));
    free(bytes);
}

static void put_training(void)
{
    put_records("data_batch_1.bin", 0, 3);
    put_records("data_batch_2.bin", 3, 1);
    put_records("data_batch_3.bin", 4, 2);
    put_records("data_batch_4.bin", 6, 1);
    put_records("data_batch_5.bin", 7, 4);
}

static void planes_become_pixels(void **state)
{
    gn_context *context = *state;
    put_training();
    gn_dataset *dataset = gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN);
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_count(dataset), 11);
    assert_int_equal(gn_dataset_classes(dataset), 10);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(32, 32, 3)));
    assert_string_equal(gn_dataset_class_name(dataset, 0), "airplane");
    assert_string_equal(gn_dataset_class_name(dataset, 9), "truck");
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(11, 32, 32, 3)), *labels = gn_tensor_new(context, GN_SHAPE(11));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    for (int64_t i = 0; i < 11; i++) {
        assert_true(gn_tensor_values(labels)[i] == (gn_real)(i % 10));
        for (int64_t j = 0; j < PIXELS; j++)
            assert_true(gn_tensor_values(images)[i * PIXELS + j] ==
                        (gn_real)byte_at(i, (int)(j % 3), j / 3) / (gn_real)127.5 - 1);
    }
    gn_tensor_free(labels);
    gn_tensor_free(images);
    gn_dataset_free(dataset);
    put_records("test_batch.bin", 5, 2);
    dataset = gn_cifar10_load(context, test_directory, GN_SPLIT_TEST);
    assert_int_equal(gn_dataset_count(dataset), 2);
    gn_dataset_free(dataset);
}

static void damaged_files_are_refused(void **state)
{
    gn_context *context = *state;
    char message[900];
    put_training();
    unlink(path_of("data_batch_4.bin"));
    assert_null(gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN));
    snprintf(message, sizeof message, "%s: cannot read: No such file or directory", path_of("data_batch_4.bin"));
    assert_message(context, GN_ERROR_IO, message);
    mkdir(path_of("data_batch_4.bin"), 0777);
    assert_null(gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN));
    assert_message_has(context, GN_ERROR_IO, "data_batch_4.bin: not a regular file");
    rmdir(path_of("data_batch_4.bin"));
    put_file(path_of("data_batch_4.bin"), "", 0);
    assert_int_equal(truncate(path_of("data_batch_4.bin"), (off_t)RECORD * 50001), 0);
    assert_null(gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN));
    assert_message_has(context, GN_ERROR_FORMAT, "153653073 bytes, at most 153650000 are read");
    put_file(path_of("data_batch_4.bin"), "too short", 9);
    assert_null(gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN));
    snprintf(message, sizeof message, "%s: is 9 bytes long, expected a multiple of 3073", path_of("data_batch_4.bin"));
    assert_message(context, GN_ERROR_FORMAT, message);
    put_file(path_of("data_batch_4.bin"), "", 0);
    assert_null(gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN));
    assert_message_has(context, GN_ERROR_FORMAT, "is 0 bytes long");
    unsigned char wrong[2 * RECORD] = {0};
    wrong[RECORD] = 10;
    put_file(path_of("data_batch_4.bin"), wrong, sizeof wrong);
    assert_null(gn_cifar10_load(context, test_directory, GN_SPLIT_TRAIN));
    snprintf(message, sizeof message, "%s: picture 1 has label 10, expected 0 to 9", path_of("data_batch_4.bin"));
    assert_message(context, GN_ERROR_FORMAT, message);
    assert_null(gn_cifar10_load(context, NULL, GN_SPLIT_TRAIN));
    assert_message(context, GN_ERROR_ARGUMENT, "cifar10: folder NULL, split 0; expected a folder and a split");
    assert_null(gn_cifar10_load(context, "", GN_SPLIT_TRAIN));
    assert_message(context, GN_ERROR_ARGUMENT, "cifar10: folder '', split 0; expected a folder and a split");
    assert_null(gn_cifar10_load(context, "here", (gn_split)2));
    assert_message(context, GN_ERROR_ARGUMENT, "cifar10: folder here, split 2; expected a folder and a split");
    assert_null(gn_cifar10_load(NULL, test_directory, GN_SPLIT_TRAIN));
}

static bool load(gn_context *context, void *argument)
{
    (void)argument;
    gn_dataset *dataset = gn_cifar10_load(context, test_directory, GN_SPLIT_TEST);
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    put_records("test_batch.bin", 5, 2);
    assert_int_equal(memory_fail_each(load, NULL), 3); /* the owner, its file, the data set */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes_become_pixels),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
