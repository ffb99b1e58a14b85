/* SPDX-License-Identifier: MIT */
/* tests/data/test_batches.c - the order of batches, and continuing from any place in it. */
#include "memory.h"

#include <gannet/data.h>

enum { COUNT = 103 };

/* Image i is one pixel that holds i. */
static gn_status item(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)user;
    *image = (gn_real)index;
    *label = (int)(index % 10);
    return GN_OK;
}

static gn_dataset *numbers(gn_context *context, int64_t count)
{
    return gn_dataset_new(
        context,
        &(gn_dataset_source){.count = count, .height = 1, .width = 1, .channels = 1, .classes = 10, .item = item});
}

typedef struct fixture {
    gn_context *context;
    gn_dataset *dataset;
} fixture;

static int open_fixture(void **state)
{
    static fixture f;
    f.context = gn_context_new(&(gn_context_options){.threads = 2});
    f.dataset = numbers(f.context, COUNT);
    *state = &f;
    return f.dataset == NULL;
}

static int close_fixture(void **state)
{
    const fixture *f = *state;
    gn_dataset_free(f->dataset);
    gn_context_free(f->context);
    return 0;
}

/* Reads batches into indices (those of the images in them); returns how many images that were. */
static int64_t read_batches(gn_batches *batches, int64_t count, int64_t *indices)
{
    int64_t images = 0;
    for (int64_t b = 0; b < count; b++) {
        const gn_batch *batch = gn_batches_next(batches);
        assert_non_null(batch);
        assert_true(gn_shape_equal(gn_tensor_shape(batch->images), GN_SHAPE(batch->size, 1, 1, 1)));
        assert_true(gn_shape_equal(gn_tensor_shape(batch->labels), GN_SHAPE(batch->size)));
        for (int64_t i = 0; i < batch->size; i++) {
            indices[images] = (int64_t)gn_tensor_values(batch->images)[i];
            assert_int_equal(gn_tensor_values(batch->labels)[i], indices[images] % 10);
            images++;
        }
    }
    return images;
}

/* The images of an epoch with batches of a size, the last one kept. */
static void read_epoch(gn_dataset *dataset, uint64_t seed, int64_t size, int64_t epoch, int64_t indices[COUNT])
{
    gn_batches *batches = gn_batches_new(dataset, &(gn_batches_options){.size = size, .seed = seed, .keep_last = true});
    gn_batches_set_position(batches, epoch * gn_batches_per_epoch(batches));
    assert_int_equal(read_batches(batches, gn_batches_per_epoch(batches), indices), COUNT);
    gn_batches_free(batches);
}

static void every_image_comes_once_in_an_epoch(void **state)
{
    const fixture *f = *state;
    const int64_t sizes[] = {1, 2, 10, 51, 52, 102, COUNT};
    for (int s = 0; s < 7; s++)
        for (int64_t epoch = 0; epoch < 3; epoch++) {
            int64_t indices[COUNT];
            bool seen[COUNT] = {false};
            read_epoch(f->dataset, 5, sizes[s], epoch, indices);
            for (int i = 0; i < COUNT; i++) {
                assert_false(seen[indices[i]]);
                seen[indices[i]] = true;
            }
        }
}

static int same_places(const int64_t *a, const int64_t *b)
{
    int same = 0;
    for (int i = 0; i < COUNT; i++)
        same += a[i] == b[i];
    return same;
}

static void the_order_is_a_function_of_seed_and_epoch(void **state)
{
    const fixture *f = *state;
    int64_t first[COUNT], again[COUNT], other_seed[COUNT], other_epoch[COUNT], other_size[COUNT];
    read_epoch(f->dataset, 5, 10, 3, first);
    read_epoch(f->dataset, 5, 10, 3, again);
    read_epoch(f->dataset, 6, 10, 3, other_seed);
    read_epoch(f->dataset, 5, 10, 4, other_epoch);
    read_epoch(f->dataset, 5, 7, 3, other_size);
    assert_int_equal(same_places(first, again), COUNT);
    assert_int_equal(same_places(first, other_size), COUNT);
    /* About one image keeps its place in a random permutation. */
    assert_in_range(same_places(first, other_seed), 0, 8);
    assert_in_range(same_places(first, other_epoch), 0, 8);
}

static void in_order_means_as_they_stand(void **state)
{
    const fixture *f = *state;
    int64_t indices[2 * COUNT];
    gn_batches *batches = gn_batches_new(f->dataset,
                                         &(gn_batches_options){.size = 10, .in_order = true, .keep_last = true});
    assert_int_equal(read_batches(batches, 22, indices), 2 * COUNT);
    for (int64_t i = 0; i < 2 * COUNT; i++)
        assert_int_equal(indices[i], i % COUNT);
    gn_batches_free(batches);
}

static void the_ragged_batch_is_left_out_or_kept(void **state)
{
    const fixture *f = *state;
    for (int keep = 0; keep < 2; keep++) {
        gn_batches *batches = gn_batches_new(f->dataset, &(gn_batches_options){.size = 10, .keep_last = keep == 1});
        assert_int_equal(gn_batches_per_epoch(batches), 10 + keep);
        for (int64_t b = 0; b < 33; b++) {
            const bool ragged = keep == 1 && b % 11 == 10;
            assert_int_equal(gn_batches_next(batches)->size, ragged ? 3 : 10);
            assert_int_equal(gn_batches_position(batches), b + 1);
        }
        gn_batches_free(batches);
    }
}

static void a_set_position_continues_from_there(void **state)
{
    const fixture *f = *state;
    for (int keep = 0; keep < 2; keep++) {
        const gn_batches_options options = {.size = 10, .seed = 9, .keep_last = keep == 1};
        gn_batches *whole = gn_batches_new(f->dataset, &options), *parts = gn_batches_new(f->dataset, &options);
        int64_t all[40 * 10], one[10];
        int64_t start[41] = {0};
        for (int b = 0; b < 40; b++)
            start[b + 1] = start[b] + read_batches(whole, 1, all + start[b]);
        for (int i = 0; i < 40; i++) {
            const int b = i * 23 % 40; /* back and forth, across epochs */
            gn_batches_set_position(parts, b);
            assert_int_equal(gn_batches_position(parts), b);
            assert_int_equal(read_batches(parts, 1, one), start[b + 1] - start[b]);
            assert_memory_equal(one, all + start[b], (size_t)(start[b + 1] - start[b]) * sizeof *one);
        }
        gn_batches_set_position(parts, 7);
        gn_batches_set_position(parts, -1); /* not a place: ignored */
        assert_int_equal(gn_batches_position(parts), 7);
        gn_batches_free(whole);
        gn_batches_free(parts);
    }
}

static void a_late_epoch_is_as_near_as_the_first(void **state)
{
    const fixture *f = *state;
    int64_t indices[COUNT];
    gn_batches *batches = gn_batches_new(f->dataset, &(gn_batches_options){.size = 10});
    gn_batches_set_position(batches, INT64_MAX - 5);
    assert_int_equal(read_batches(batches, 2, indices), 20);
    assert_true(gn_batches_position(batches) == INT64_MAX - 3);
    gn_batches_free(batches);
}

static void epochs_cost_no_allocation(void **state)
{
    const fixture *f = *state;
    gn_batches *batches = gn_batches_new(f->dataset, &(gn_batches_options){.size = 10, .keep_last = true});
    gn_batches_next(batches);
    gn_batches_next(batches);
    const uint64_t before = gn_context_memory(f->context).allocations;
    for (int i = 0; i < 50; i++)
        assert_non_null(gn_batches_next(batches));
    assert_int_equal(gn_context_memory(f->context).allocations, before);
    gn_batches_free(batches);
}

static void wrong_options_are_refused_in_words(void **state)
{
    const fixture *f = *state;
    assert_null(gn_batches_new(f->dataset, NULL));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batches: options are NULL, expected at least a size");
    assert_null(gn_batches_new(f->dataset, &(gn_batches_options){.size = 0}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batches: size is 0, expected 1 to the data set's 103");
    assert_null(gn_batches_new(f->dataset, &(gn_batches_options){.size = 104}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batches: size is 104, expected 1 to the data set's 103");
    assert_null(gn_batches_new(f->dataset, &(gn_batches_options){.size = -1}));
    assert_message(f->context, GN_ERROR_ARGUMENT, "batches: size is -1, expected 1 to the data set's 103");
    gn_context_clear(f->context);
}

static void null_is_answered(void **state)
{
    (void)state;
    assert_null(gn_batches_new(NULL, &(gn_batches_options){.size = 1}));
    assert_null(gn_batches_next(NULL));
    assert_int_equal(gn_batches_per_epoch(NULL), 0);
    assert_int_equal(gn_batches_position(NULL), 0);
    gn_batches_set_position(NULL, 3);
    gn_batches_free(NULL);
}

static gn_status fail_at_15(const void *user, int64_t index, gn_real *image, int *label)
{
    return index == 15 ? GN_ERROR_IO : item(user, index, image, label);
}

/* A batch that fails is not counted, so that it can be tried again. */
static void a_failing_source_fails_the_batch(void **state)
{
    const fixture *f = *state;
    gn_dataset *dataset = gn_dataset_new(
        f->context, &(gn_dataset_source){
                        .count = COUNT, .height = 1, .width = 1, .channels = 1, .classes = 10, .item = fail_at_15});
    gn_batches *batches = gn_batches_new(dataset, &(gn_batches_options){.size = 10, .in_order = true});
    assert_non_null(gn_batches_next(batches));
    assert_null(gn_batches_next(batches));
    assert_message(f->context, GN_ERROR_IO, "data set: image 15: the operating system refused to read or write");
    assert_int_equal(gn_batches_position(batches), 1);
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

static bool make_and_run(gn_context *context, void *argument)
{
    (void)argument;
    gn_dataset *dataset = numbers(context, COUNT);
    gn_batches *batches = dataset == NULL
                              ? NULL
                              : gn_batches_new(dataset, &(gn_batches_options){.size = 10, .keep_last = true});
    const bool made = batches != NULL;
    for (int i = 0; made && i < 12; i++)
        assert_non_null(gn_batches_next(batches));
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    return made;
}

/* A data set, the iterator, its order, and four tensors of two blocks each. */
static void survives_memory_running_out(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(make_and_run, NULL), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_image_comes_once_in_an_epoch),
        cmocka_unit_test(the_order_is_a_function_of_seed_and_epoch),
        cmocka_unit_test(in_order_means_as_they_stand),
        cmocka_unit_test(the_ragged_batch_is_left_out_or_kept),
        cmocka_unit_test(a_set_position_continues_from_there),
        cmocka_unit_test(a_late_epoch_is_as_near_as_the_first),
        cmocka_unit_test(epochs_cost_no_allocation),
        cmocka_unit_test(wrong_options_are_refused_in_words),
        cmocka_unit_test(null_is_answered),
        cmocka_unit_test(a_failing_source_fails_the_batch),
        cmocka_unit_test(survives_memory_running_out),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
