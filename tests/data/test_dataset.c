/* SPDX-License-Identifier: MIT */
/* tests/data/test_dataset.c - sources, and gathering images from them. */
#include "numbered.h"

#include <stdio.h>

static void a_data_set_is_what_its_source_says(void **state)
{
    numbered n = {0};
    gn_dataset *dataset = new_numbered(*state, &n, 11);
    assert_ptr_equal(gn_dataset_context(dataset), *state);
    assert_int_equal(gn_dataset_count(dataset), 11);
    assert_int_equal(gn_dataset_classes(dataset), CLASSES);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(HEIGHT, WIDTH, CHANNELS)));
    assert_null(gn_dataset_class_name(dataset, 0));
    assert_int_equal(n.freed, 0);
    gn_dataset_free(dataset);
    assert_int_equal(n.freed, 1);
}

static void no_data_set_has_answers_too(void **state)
{
    (void)state;
    assert_null(gn_dataset_context(NULL));
    assert_int_equal(gn_dataset_count(NULL), 0);
    assert_int_equal(gn_dataset_classes(NULL), 0);
    assert_null(gn_dataset_class_name(NULL, 0));
    assert_int_equal(gn_dataset_image_shape(NULL).rank, 0);
    assert_int_equal(gn_dataset_gather(NULL, NULL, 0, NULL, NULL), GN_ERROR_ARGUMENT);
    gn_dataset_free(NULL);
}

/* The user's data is freed also when there is no data set to free it later. */
static void sources_that_cannot_be_are_refused_in_words(void **state)
{
    gn_context *context = *state;
    static const struct {
        int64_t count, height, width, channels;
        int classes;
        gn_status status;
        const char *message;
    } cases[] = {
        {0, 2, 2, 1, 1, GN_ERROR_ARGUMENT, "data set: 0 images of 1 classes, expected 1 to 2^31-1 and at least 1"},
        {-5, 2, 2, 1, 1, GN_ERROR_ARGUMENT, "data set: -5 images of 1 classes, expected 1 to 2^31-1 and at least 1"},
        {INT64_C(1) << 31, 2, 2, 1, 1, GN_ERROR_ARGUMENT,
         "data set: 2147483648 images of 1 classes, expected 1 to 2^31-1 and at least 1"},
        {1, 2, 2, 1, 0, GN_ERROR_ARGUMENT, "data set: 1 images of 0 classes, expected 1 to 2^31-1 and at least 1"},
        {1, 0, 2, 1, 1, GN_ERROR_SHAPE, "data set: images of 0x2x1, expected at least 1 each and at most 2^40 numbers"},
        {1, 2, -1, 1, 1, GN_ERROR_SHAPE,
         "data set: images of 2x-1x1, expected at least 1 each and at most 2^40 numbers"},
        {1, 1 << 20, 1 << 20, 2, 1, GN_ERROR_SHAPE,
         "data set: images of 1048576x1048576x2, expected at least 1 each and at most 2^40 numbers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        numbered n = {0};
        gn_dataset_source source = numbered_source(&n, cases[i].count);
        source.height = cases[i].height;
        source.width = cases[i].width;
        source.channels = cases[i].channels;
        source.classes = cases[i].classes;
        assert_null(gn_dataset_new(context, &source));
        assert_message(context, cases[i].status, cases[i].message);
        assert_int_equal(n.freed, 1);
        assert_null(gn_dataset_new(NULL, &source));
        assert_int_equal(n.freed, 2);
        source.free_user = NULL;
        assert_null(gn_dataset_new(context, &source));
    }
    numbered n = {0};
    gn_dataset_source source = numbered_source(&n, 1);
    source.item = NULL;
    assert_null(gn_dataset_new(context, &source));
    assert_message(context, GN_ERROR_ARGUMENT, "data set: the source has no item function");
    assert_null(gn_dataset_new(context, NULL));
    assert_null(gn_dataset_new(NULL, &source));
}

static void images_are_gathered_as_they_stand_or_by_an_order(void **state)
{
    gn_context *context = *state;
    numbered n = {0};
    gn_dataset *dataset = new_numbered(context, &n, 23);
    static const uint32_t order[] = {22, 0, 5, 5, 1, 21, 7, 3, 2, 11, 13};
    for (int64_t count = 1; count <= 11; count++)
        for (int64_t start = 0; start <= 11 - count; start++) {
            gn_tensor *images = gn_tensor_new(context, GN_SHAPE(count, HEIGHT, WIDTH, CHANNELS));
            gn_tensor *labels = gn_tensor_new(context, GN_SHAPE(count));
            assert_int_equal(gn_dataset_gather(dataset, order, start, images, labels), GN_OK);
            for (int64_t i = 0; i < count; i++) {
                assert_image(images, i, order[start + i]);
                assert_true(gn_tensor_values(labels)[i] == (gn_real)(order[start + i] % CLASSES));
            }
            assert_int_equal(gn_dataset_gather(dataset, NULL, start + 12, images, NULL), GN_OK);
            for (int64_t i = 0; i < count; i++)
                assert_image(images, i, start + 12 + i);
            gn_tensor_free(images);
            gn_tensor_free(labels);
        }
    gn_dataset_free(dataset);
}

static void tensors_of_other_shapes_are_refused(void **state)
{
    gn_context *context = *state;
    numbered n = {0};
    gn_dataset *dataset = new_numbered(context, &n, 10);
    const gn_shape wrong[] = {{.rank = 0}, GN_SHAPE(2, 3, 1), GN_SHAPE(4, 3, 2, 1), GN_SHAPE(4, 2, 3, 1, 1)};
    for (int i = 0; i < 4; i++) {
        gn_tensor *images = gn_tensor_new(context, wrong[i]);
        assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, NULL), GN_ERROR_SHAPE);
        assert_message_has(context, GN_ERROR_SHAPE, ", expected [N,2,3,1]");
        gn_tensor_free(images);
    }
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, NULL, NULL), GN_ERROR_SHAPE);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(4, 2, 3, 1)), *labels = gn_tensor_new(context, GN_SHAPE(3));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_ERROR_SHAPE);
    assert_message(context, GN_ERROR_SHAPE, "data set: the labels' tensor is [3], expected [4]");
    gn_tensor_free(images);
    gn_tensor_free(labels);
    gn_dataset_free(dataset);
}

static void images_that_are_not_there_are_refused(void **state)
{
    gn_context *context = *state;
    numbered n = {0};
    gn_dataset *dataset = new_numbered(context, &n, 10);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(4, 2, 3, 1));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 6, images, NULL), GN_OK);
    assert_int_equal(gn_dataset_gather(dataset, NULL, 7, images, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "data set: 4 images from 7 on, of 10");
    assert_int_equal(gn_dataset_gather(dataset, NULL, -1, images, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "data set: 4 images from -1 on, of 10");
    assert_int_equal(gn_dataset_gather(dataset, NULL, INT64_MAX, images, NULL), GN_ERROR_ARGUMENT);
    static const uint32_t order[10] = {0, 1, 10, 3, UINT32_MAX};
    assert_int_equal(gn_dataset_gather(dataset, order, 0, images, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "data set: image 10 of 10 was asked for");
    assert_int_equal(gn_dataset_gather(dataset, order, 3, images, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "data set: image 4294967295 of 10 was asked for");
    gn_tensor_free(images);
    gn_dataset_free(dataset);
}

/* Asks for the images of an order (NULL: as they stand) of which several fail; the first must be named each time. */
static void assert_first_failure(gn_dataset *dataset, const uint32_t *order, int64_t first, bool bad_labels)
{
    gn_context *context = gn_dataset_context(dataset);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(200, HEIGHT, WIDTH, CHANNELS));
    const gn_status status = bad_labels ? GN_ERROR_FORMAT : GN_ERROR_IO;
    char message[200];
    snprintf(message, sizeof message, "data set: image %lld%s", (long long)first,
             bad_labels ? " has label -1, expected 0 to 6" : ": the operating system refused to read or write");
    for (int round = 0; round < 20; round++) {
        gn_context_clear(context);
        assert_int_equal(gn_dataset_gather(dataset, order, 0, images, NULL), status);
        assert_message(context, status, message);
    }
    gn_tensor_free(images);
}

static gn_status answer_no_status(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)image;
    *label = 0;
    return index == 3 ? (gn_status) * (const int *)user : GN_OK;
}

/* Many a C function answers -1. */
static void an_item_may_answer_any_number(void **state)
{
    static const int answers[] = {-1, 100, INT32_MAX, INT32_MIN};
    gn_tensor *images = gn_tensor_new(*state, GN_SHAPE(6, 1, 1, 1));
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        int answer = answers[i];
        gn_dataset *dataset = gn_dataset_new(*state, &(gn_dataset_source){.count = 6,
                                                                          .height = 1,
                                                                          .width = 1,
                                                                          .channels = 1,
                                                                          .classes = 1,
                                                                          .item = answer_no_status,
                                                                          .user = &answer});
        assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, NULL), GN_ERROR_STATE);
        char message[100];
        snprintf(message, sizeof message, "data set: image 3: the item function answered %d, which is no gn_status",
                 answer);
        assert_message(*state, GN_ERROR_STATE, message);
        gn_dataset_free(dataset);
    }
    gn_tensor_free(images);
}

static void the_first_bad_image_is_reported_at_any_number_of_threads(void **state)
{
    (void)state;
    static const int threads[] = {1, 2, 3, 7, 64};
    uint32_t backwards[200];
    for (uint32_t i = 0; i < 200; i++)
        backwards[i] = 199 - i;
    for (int t = 0; t < 5; t++) {
        gn_context *context = gn_context_new(&(gn_context_options){.threads = threads[t]});
        for (int labels = 0; labels < 2; labels++) {
            numbered n = {.bad_from = 61, .bad_step = 3, .bad_labels = labels == 1};
            gn_dataset *dataset = new_numbered(context, &n, 200);
            assert_first_failure(dataset, NULL, 61, n.bad_labels);
            assert_first_failure(dataset, backwards, 199, n.bad_labels);
            gn_dataset_free(dataset);
        }
        gn_context_free(context);
    }
}

static bool make_and_gather(gn_context *context, void *argument)
{
    numbered *n = argument;
    const gn_dataset_source source = numbered_source(n, 9);
    const int freed = n->freed;
    gn_dataset *dataset = gn_dataset_new(context, &source);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(9, HEIGHT, WIDTH, CHANNELS));
    const bool done = dataset != NULL && images != NULL && gn_dataset_gather(dataset, NULL, 0, images, NULL) == GN_OK;
    gn_tensor_free(images);
    gn_dataset_free(dataset);
    assert_int_equal(n->freed, freed + 1);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    numbered n = {0};
    assert_int_equal(memory_fail_each(make_and_gather, &n), 3); /* gathering takes none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_data_set_is_what_its_source_says),
        cmocka_unit_test(no_data_set_has_answers_too),
        cmocka_unit_test(sources_that_cannot_be_are_refused_in_words),
        cmocka_unit_test(images_are_gathered_as_they_stand_or_by_an_order),
        cmocka_unit_test(tensors_of_other_shapes_are_refused),
        cmocka_unit_test(images_that_are_not_there_are_refused),
        cmocka_unit_test(the_first_bad_image_is_reported_at_any_number_of_threads),
        cmocka_unit_test(an_item_may_answer_any_number),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
