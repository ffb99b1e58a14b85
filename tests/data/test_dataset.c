/* SPDX-License-Identifier: MIT */
/* tests/data/test_dataset.c - data sets of one's own source, and gathering from them. */
#include "memory.h"

#include <gannet/data.h>

enum { COUNT = 101, HEIGHT = 2, WIDTH = 3, CHANNELS = 2, NUMBERS = HEIGHT * WIDTH * CHANNELS, CLASSES = 7 };

/* What the source is to do wrong, and how often it was freed. */
typedef struct plan {
    int64_t fail_from; /* items from here on fail */
    int64_t bad_label; /* the item whose label is wrong_label */
    int wrong_label, freed;
} plan;

static const plan no_faults = {.fail_from = COUNT, .bad_label = -1};

static gn_status item(const void *user, int64_t index, gn_real *image, int *label)
{
    const plan *p = user;
    for (int i = 0; i < NUMBERS; i++)
        image[i] = (gn_real)(index * NUMBERS + i);
    *label = index == p->bad_label ? p->wrong_label : (int)(index % CLASSES);
    if (index >= p->fail_from)
        return index % 2 == 0 ? GN_ERROR_IO : GN_ERROR_NUMBER;
    return GN_OK;
}

static void count_free(gn_context *context, void *user)
{
    assert_non_null(context);
    ((plan *)user)->freed++;
}

static gn_dataset_source source_of(plan *p)
{
    return (gn_dataset_source){.count = COUNT,
                               .height = HEIGHT,
                               .width = WIDTH,
                               .channels = CHANNELS,
                               .classes = CLASSES,
                               .item = item,
                               .free_user = count_free,
                               .user = p};
}

static void answers_what_its_source_says(void **state)
{
    (void)state;
    plan p = no_faults;
    gn_context *context = gn_context_new(NULL);
    const gn_dataset_source source = source_of(&p);
    gn_dataset *dataset = gn_dataset_new(context, &source);
    assert_ptr_equal(gn_dataset_context(dataset), context);
    assert_int_equal(gn_dataset_count(dataset), COUNT);
    assert_int_equal(gn_dataset_classes(dataset), CLASSES);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(HEIGHT, WIDTH, CHANNELS)));
    assert_int_equal(p.freed, 0);
    gn_dataset_free(dataset);
    assert_int_equal(p.freed, 1);
    gn_context_free(context);
}

static void null_is_answered(void **state)
{
    (void)state;
    assert_null(gn_dataset_context(NULL));
    assert_int_equal(gn_dataset_count(NULL), 0);
    assert_int_equal(gn_dataset_classes(NULL), 0);
    assert_int_equal(gn_dataset_image_shape(NULL).rank, 0);
    assert_int_equal(gn_dataset_gather(NULL, NULL, 0, NULL, NULL), GN_ERROR_ARGUMENT);
    assert_null(gn_dataset_new(NULL, NULL));
    gn_dataset_free(NULL);
}

static void check_refused(gn_context *context, gn_dataset_source source, gn_status status, const char *message)
{
    plan *p = source.user;
    const int before = p->freed;
    assert_null(gn_dataset_new(context, &source));
    assert_message(context, status, message);
    assert_int_equal(p->freed, before + 1);
}

static void refuses_impossible_sources_and_frees_them(void **state)
{
    (void)state;
    plan p = no_faults;
    gn_context *context = gn_context_new(NULL);
    gn_dataset_source source = source_of(&p);
    source.item = NULL;
    check_refused(context, source, GN_ERROR_ARGUMENT, "data set: the source has no item function");
    source = source_of(&p);
    source.count = 0;
    check_refused(context, source, GN_ERROR_ARGUMENT,
                  "data set: 0 images of 7 classes, expected 1 to 2^31-1 and at least 1");
    source.count = INT64_C(1) << 31;
    check_refused(context, source, GN_ERROR_ARGUMENT,
                  "data set: 2147483648 images of 7 classes, expected 1 to 2^31-1 and at least 1");
    source = source_of(&p);
    source.classes = 0;
    check_refused(context, source, GN_ERROR_ARGUMENT,
                  "data set: 101 images of 0 classes, expected 1 to 2^31-1 and at least 1");
    source = source_of(&p);
    source.width = -4;
    check_refused(context, source, GN_ERROR_SHAPE, "data set: images of 2x-4x2");
    gn_context_free(context);
}

/* Gathers count images, and checks every number of them. */
static void check_gathered(gn_dataset *dataset, const uint32_t *order, int64_t start, int64_t count)
{
    gn_context *context = gn_dataset_context(dataset);
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(count, HEIGHT, WIDTH, CHANNELS));
    gn_tensor *labels = gn_tensor_new(context, GN_SHAPE(count));
    assert_int_equal(gn_dataset_gather(dataset, order, start, images, labels), GN_OK);
    for (int64_t i = 0; i < count; i++) {
        const int64_t index = order != NULL ? (int64_t)order[start + i] : start + i;
        assert_true(gn_tensor_values(labels)[i] == (gn_real)(index % CLASSES));
        for (int64_t j = 0; j < NUMBERS; j++)
            assert_true(gn_tensor_values(images)[i * NUMBERS + j] == (gn_real)(index * NUMBERS + j));
    }
    assert_int_equal(gn_dataset_gather(dataset, order, start, images, NULL), GN_OK);
    gn_tensor_free(images);
    gn_tensor_free(labels);
}

static void gathers_any_part_in_any_order(void **state)
{
    (void)state;
    uint32_t backwards[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        backwards[i] = COUNT - 1 - i;
    for (int threads = 1; threads <= 3; threads++) {
        plan p = no_faults;
        gn_context *context = gn_context_new(&(gn_context_options){.threads = threads});
        const gn_dataset_source source = source_of(&p);
        gn_dataset *dataset = gn_dataset_new(context, &source);
        for (int64_t count = 1; count <= COUNT; count += 10) {
            check_gathered(dataset, NULL, 0, count);
            check_gathered(dataset, NULL, COUNT - count, count);
            check_gathered(dataset, backwards, COUNT - count, count);
        }
        gn_dataset_free(dataset);
        gn_context_free(context);
    }
}

typedef struct gathering {
    gn_context *context;
    gn_dataset *dataset;
    gn_tensor *images, *labels;
} gathering;

static gathering open_gathering(plan *p, int threads)
{
    gathering g = {.context = gn_context_new(&(gn_context_options){.threads = threads})};
    const gn_dataset_source source = source_of(p);
    g.dataset = gn_dataset_new(g.context, &source);
    g.images = gn_tensor_new(g.context, GN_SHAPE(COUNT, HEIGHT, WIDTH, CHANNELS));
    g.labels = gn_tensor_new(g.context, GN_SHAPE(COUNT));
    return g;
}

static void close_gathering(gathering *g)
{
    gn_tensor_free(g->images);
    gn_tensor_free(g->labels);
    gn_dataset_free(g->dataset);
    gn_context_free(g->context);
}

/* Many images fail, of several tiles; the first of them is named, however the threads ran. */
static void the_first_failure_is_reported(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 3; threads++)
        for (int round = 0; round < 20; round++) {
            plan p = {.fail_from = 6, .bad_label = 90, .wrong_label = -1};
            gathering g = open_gathering(&p, threads);
            assert_int_equal(gn_dataset_gather(g.dataset, NULL, 0, g.images, g.labels), GN_ERROR_IO);
            assert_message(g.context, GN_ERROR_IO, "data set: image 6: the operating system refused to read or write");
            p.fail_from = 7;
            assert_int_equal(gn_dataset_gather(g.dataset, NULL, 0, g.images, NULL), GN_ERROR_NUMBER);
            assert_message(g.context, GN_ERROR_NUMBER, "data set: image 7: a number is not finite");
            close_gathering(&g);
        }
}

static void labels_out_of_range_are_reported(void **state)
{
    (void)state;
    const int wrong[] = {-1, CLASSES, INT32_MAX, INT32_MIN};
    for (int i = 0; i < 4; i++) {
        plan p = {.fail_from = 50, .bad_label = 33, .wrong_label = wrong[i]};
        gathering g = open_gathering(&p, 2);
        assert_int_equal(gn_dataset_gather(g.dataset, NULL, 0, g.images, g.labels), GN_ERROR_FORMAT);
        assert_message(g.context, GN_ERROR_FORMAT, "data set: image 33 has a label outside 0 to 6");
        close_gathering(&g);
    }
}

static void gathering_checks_shapes_and_range(void **state)
{
    (void)state;
    plan p = no_faults;
    gathering g = open_gathering(&p, 1);
    const uint32_t order[COUNT] = {[COUNT - 1] = COUNT};
    gn_tensor *flat = gn_tensor_new(g.context, GN_SHAPE(COUNT, NUMBERS)), *few = gn_tensor_new(g.context, GN_SHAPE(3));
    assert_int_equal(gn_dataset_gather(g.dataset, NULL, 0, flat, NULL), GN_ERROR_SHAPE);
    assert_message(g.context, GN_ERROR_SHAPE, "data set: the images' tensor is not of shape [N,2,3,2]");
    assert_int_equal(gn_dataset_gather(g.dataset, NULL, 0, NULL, NULL), GN_ERROR_SHAPE);
    assert_int_equal(gn_dataset_gather(g.dataset, NULL, 0, g.images, few), GN_ERROR_SHAPE);
    assert_message(g.context, GN_ERROR_SHAPE, "data set: the labels' tensor is not of shape [101]");
    assert_int_equal(gn_dataset_gather(g.dataset, NULL, 1, g.images, NULL), GN_ERROR_ARGUMENT);
    assert_message(g.context, GN_ERROR_ARGUMENT, "data set: images 1 to 101 of 101 were asked for");
    assert_int_equal(gn_dataset_gather(g.dataset, NULL, -1, g.images, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_dataset_gather(g.dataset, NULL, INT64_MAX, g.images, NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_dataset_gather(g.dataset, order, 0, g.images, NULL), GN_ERROR_ARGUMENT);
    assert_message(g.context, GN_ERROR_ARGUMENT, "data set: image 101 of 101 was asked for");
    gn_tensor_free(flat);
    gn_tensor_free(few);
    close_gathering(&g);
}

static bool make_and_free(gn_context *context, void *argument)
{
    const gn_dataset_source source = source_of(argument);
    gn_dataset *dataset = gn_dataset_new(context, &source);
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void survives_memory_running_out(void **state)
{
    (void)state;
    plan p = no_faults;
    assert_int_equal(memory_fail_each(make_and_free, &p), 1);
    assert_int_equal(p.freed, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_its_source_says),
        cmocka_unit_test(null_is_answered),
        cmocka_unit_test(refuses_impossible_sources_and_frees_them),
        cmocka_unit_test(gathers_any_part_in_any_order),
        cmocka_unit_test(the_first_failure_is_reported),
        cmocka_unit_test(labels_out_of_range_are_reported),
        cmocka_unit_test(gathering_checks_shapes_and_range),
        cmocka_unit_test(survives_memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
