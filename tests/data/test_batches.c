/* SPDX-License-Identifier: MIT */
/* tests/data/test_batches.c - each image once an epoch, in an order that can be found again. */
#include "numbered.h"

#include <stdio.h>

enum { MOST = 64 };

static gn_batches *new_batches(gn_dataset *dataset, gn_batches_options options)
{
    gn_batches *batches = gn_batches_new(dataset, &options);
    assert_non_null(batches);
    return batches;
}

/* The next batch's images, by number, after checking that each is whole and has its label. */
static int64_t next_images(gn_batches *batches, int64_t *images)
{
    const int64_t position = gn_batches_position(batches);
    const gn_batch *batch = gn_batches_next(batches);
    assert_non_null(batch);
    assert_int_equal(gn_batches_position(batches), position + 1);
    assert_true(gn_shape_equal(gn_tensor_shape(batch->images), GN_SHAPE(batch->size, HEIGHT, WIDTH, CHANNELS)));
    assert_true(gn_shape_equal(gn_tensor_shape(batch->labels), GN_SHAPE(batch->size)));
    for (int64_t i = 0; i < batch->size; i++) {
        images[i] = (int64_t)gn_tensor_values(batch->images)[i * PIXELS] / 10;
        assert_image(batch->images, i, images[i]);
        assert_true(gn_tensor_values(batch->labels)[i] == (gn_real)(images[i] % CLASSES));
    }
    return batch->size;
}

/* One epoch's images; returns how many. */
static int64_t next_epoch(gn_batches *batches, int64_t *images)
{
    int64_t count = 0;
    for (int64_t i = 0; i < gn_batches_per_epoch(batches); i++)
        count += next_images(batches, images + count);
    return count;
}

static void each_image_comes_once_an_epoch(void **state)
{
    for (int64_t count = 1; count <= 24; count += count < 6 ? 1 : 6)
        for (int64_t size = 1; size <= count; size++)
            for (int keep_last = 0; keep_last < 2; keep_last++) {
                numbered n = {0};
                gn_dataset *dataset = new_numbered(*state, &n, count);
                gn_batches *batches = new_batches(dataset,
                                                  (gn_batches_options){.size = size, .keep_last = keep_last == 1});
                const int64_t expected = keep_last == 1 ? count : count / size * size;
                assert_int_equal(gn_batches_per_epoch(batches), (expected + size - 1) / size);
                for (int epoch = 0; epoch < 3; epoch++) {
                    int64_t images[MOST];
                    int seen[MOST] = {0};
                    assert_int_equal(next_epoch(batches, images), expected);
                    for (int64_t i = 0; i < expected; i++)
                        assert_int_equal(seen[images[i]]++, 0);
                }
                gn_batches_free(batches);
                gn_dataset_free(dataset);
            }
}

static void a_last_batch_is_smaller_if_it_is_kept(void **state)
{
    numbered n = {0};
    gn_dataset *dataset = new_numbered(*state, &n, 10);
    gn_batches *batches = new_batches(dataset, (gn_batches_options){.size = 4, .keep_last = true});
    int64_t images[MOST];
    for (int epoch = 0; epoch < 3; epoch++) {
        assert_int_equal(next_images(batches, images), 4);
        assert_int_equal(next_images(batches, images), 4);
        assert_int_equal(next_images(batches, images), 2);
    }
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

static void in_order_means_as_they_stand(void **state)
{
    numbered n = {0};
    gn_dataset *dataset = new_numbered(*state, &n, 10);
    gn_batches *batches = new_batches(dataset,
                                      (gn_batches_options){.size = 3, .keep_last = true, .in_order = true, .seed = 5});
    for (int epoch = 0; epoch < 3; epoch++) {
        int64_t images[MOST];
        assert_int_equal(next_epoch(batches, images), 10);
        for (int64_t i = 0; i < 10; i++)
            assert_int_equal(images[i], i);
    }
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

static void get_order(gn_context *context, gn_batches_options options, int64_t epoch, int64_t *images)
{
    numbered n = {0};
    gn_dataset *dataset = new_numbered(context, &n, 50);
    gn_batches *batches = new_batches(dataset, options);
    gn_batches_set_position(batches, epoch * gn_batches_per_epoch(batches));
    assert_int_equal(next_epoch(batches, images), 50);
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

static void the_order_is_a_function_of_seed_and_epoch(void **state)
{
    gn_context *context = *state, *other = gn_context_new(&(gn_context_options){.threads = 3, .seed = 99});
    int64_t first[MOST], second[MOST], orders[4][MOST];
    for (int64_t epoch = 0; epoch < 3; epoch++) {
        get_order(context, (gn_batches_options){.size = 5, .seed = 7}, epoch, first);
        get_order(other, (gn_batches_options){.size = 25, .seed = 7, .keep_last = true}, epoch, second);
        assert_memory_equal(first, second, 50 * sizeof first[0]);
    }
    get_order(context, (gn_batches_options){.size = 5, .seed = 7}, 0, orders[0]);
    get_order(context, (gn_batches_options){.size = 5, .seed = 7}, 1, orders[1]);
    get_order(context, (gn_batches_options){.size = 5, .seed = 8}, 0, orders[2]);
    get_order(context, (gn_batches_options){.size = 5, .in_order = true}, 0, orders[3]);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(orders[i], orders[j], 50 * sizeof first[0]);
    gn_random random = {.seed = 7, .stream = UINT64_C(0xBA7C) << 48}; /* kept, or a checkpoint goes on differently */
    uint32_t order[50];
    gn_random_permutation(&random, order, 50);
    for (int i = 0; i < 50; i++)
        assert_int_equal(orders[0][i], order[i]);
    gn_context_free(other);
}

static void setting_the_position_is_going_on(void **state)
{
    enum { BATCHES = 12 };
    numbered n = {0};
    gn_dataset *dataset = new_numbered(*state, &n, 10);
    const gn_batches_options options = {.size = 3, .seed = 4, .keep_last = true};
    gn_batches *whole = new_batches(dataset, options), *jumping = new_batches(dataset, options);
    int64_t images[BATCHES][MOST], sizes[BATCHES], found[MOST];
    for (int i = 0; i < BATCHES; i++)
        sizes[i] = next_images(whole, images[i]);
    for (int step = 1; step < BATCHES; step++)
        for (int i = 0, place = 0; i < BATCHES; i++, place = (place + step) % BATCHES) {
            gn_batches_set_position(jumping, place);
            assert_int_equal(gn_batches_position(jumping), place);
            assert_int_equal(next_images(jumping, found), sizes[place]);
            assert_memory_equal(found, images[place], (size_t)sizes[place] * sizeof found[0]);
        }
    gn_batches_set_position(jumping, 5);
    gn_batches_set_position(jumping, -1); /* no such place: nothing happens */
    gn_batches_set_position(jumping, INT64_MAX);
    assert_int_equal(gn_batches_position(jumping), 5);
    gn_batches_set_position(jumping, INT64_C(1) << 60);
    next_images(jumping, found);
    gn_batches_free(whole);
    gn_batches_free(jumping);
    gn_dataset_free(dataset);
}

static void a_batch_that_fails_is_tried_again(void **state)
{
    gn_context *context = *state;
    numbered n = {.bad_from = 4, .bad_step = 1000};
    gn_dataset *dataset = new_numbered(context, &n, 9);
    gn_batches *batches = new_batches(dataset, (gn_batches_options){.size = 3, .in_order = true});
    int64_t images[MOST];
    next_images(batches, images);
    for (int i = 0; i < 2; i++) {
        assert_null(gn_batches_next(batches));
        assert_message(context, GN_ERROR_IO, "data set: image 4: the operating system refused to read or write");
        assert_int_equal(gn_batches_position(batches), 1);
    }
    n.bad_step = 0;
    assert_int_equal(next_images(batches, images), 3);
    assert_int_equal(images[1], 4);
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

static void a_count_leaves_the_rest_out(void **state)
{
    numbered n = {0};
    gn_dataset *dataset = new_numbered(*state, &n, 10);
    gn_batches *batches = new_batches(dataset, (gn_batches_options){.size = 3, .count = 7, .keep_last = true});
    int64_t images[MOST];
    int seen[7] = {0};
    assert_int_equal(gn_batches_per_epoch(batches), 3);
    assert_int_equal(next_epoch(batches, images), 7);
    for (int i = 0; i < 7; i++) {
        assert_true(images[i] < 7);
        assert_int_equal(seen[images[i]]++, 0);
    }
    gn_batches_free(batches);
    assert_null(gn_batches_new(dataset, &(gn_batches_options){.size = 8, .count = 7}));
    assert_message(*state, GN_ERROR_ARGUMENT, "batches: size is 8, expected 1 to the 7 images of an epoch");
    assert_null(gn_batches_new(dataset, &(gn_batches_options){.size = 1, .count = 11}));
    assert_message(*state, GN_ERROR_ARGUMENT, "batches: count is 11, expected 1 to the data set's 10");
    gn_dataset_free(dataset);
}

static void sizes_are_checked(void **state)
{
    gn_context *context = *state;
    numbered n = {0};
    gn_dataset *dataset = new_numbered(context, &n, 10);
    static const int64_t sizes[] = {0, -1, 11, INT64_MAX};
    for (int i = 0; i < 4; i++) {
        char message[200];
        snprintf(message, sizeof message, "batches: size is %lld, expected 1 to the 10 images of an epoch",
                 (long long)sizes[i]);
        assert_null(gn_batches_new(dataset, &(gn_batches_options){.size = sizes[i]}));
        assert_message(context, GN_ERROR_ARGUMENT, message);
    }
    assert_null(gn_batches_new(dataset, NULL));
    assert_message(context, GN_ERROR_ARGUMENT, "batches: options are NULL, expected at least a size");
    assert_null(gn_batches_new(NULL, &(gn_batches_options){.size = 1}));
    assert_null(gn_batches_next(NULL));
    assert_int_equal(gn_batches_per_epoch(NULL), 0);
    assert_int_equal(gn_batches_position(NULL), 0);
    gn_batches_set_position(NULL, 1);
    gn_batches_free(NULL);
    gn_dataset_free(dataset);
}

static void going_on_takes_no_memory(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 2);
    numbered n = {0};
    gn_dataset *dataset = new_numbered(context, &n, 20);
    gn_batches *batches = new_batches(dataset, (gn_batches_options){.size = 6, .keep_last = true});
    m.fail_at = m.calls + 1;
    for (int i = 0; i < 20; i++)
        assert_non_null(gn_batches_next(batches));
    assert_int_equal(m.failures, 0);
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
}

static bool make_batches(gn_context *context, void *argument)
{
    const gn_dataset_source source = numbered_source(argument, 10);
    gn_dataset *dataset = gn_dataset_new(context, &source);
    gn_batches *batches = gn_batches_new(dataset, &(gn_batches_options){.size = 4, .keep_last = true});
    const bool done = batches != NULL;
    for (int i = 0; i < 4 && done; i++)
        assert_non_null(gn_batches_next(batches));
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    numbered n = {0};
    assert_int_equal(memory_fail_each(make_batches, &n), 3 + 4 * 2); /* set, iterator, order; four tensors */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_image_comes_once_an_epoch),   cmocka_unit_test(a_last_batch_is_smaller_if_it_is_kept),
        cmocka_unit_test(in_order_means_as_they_stand),     cmocka_unit_test(the_order_is_a_function_of_seed_and_epoch),
        cmocka_unit_test(setting_the_position_is_going_on), cmocka_unit_test(a_batch_that_fails_is_tried_again),
        cmocka_unit_test(a_count_leaves_the_rest_out),      cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(going_on_takes_no_memory),         cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
