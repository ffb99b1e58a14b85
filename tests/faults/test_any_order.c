/* SPDX-License-Identifier: MIT */
/* tests/faults/test_any_order.c - a game's objects are freed in every kind of order, the context not last: no block is
 * left, and under the address sanitizer none is touched after its end. */
#include "gan/networks.h"
#include "memory.h"

#include <gannet/gannet.h>

enum { OBJECTS = 13, ORDERS = 500 };

/* An object, and what frees it. */
typedef struct object {
    void *pointer;
    void (*free)(void *pointer);
} object;

/* clang-format off */
static void free_context(void *p) { gn_context_free(p); }
static void free_tape(void *p) { gn_tape_free(p); }
static void free_tensor(void *p) { gn_tensor_free(p); }
static void free_module(void *p) { gn_module_free(p); }
static void free_optimizer(void *p) { gn_optimizer_free(p); }
static void free_dataset(void *p) { gn_dataset_free(p); }
static void free_batches(void *p) { gn_batches_free(p); }
static void free_gan(void *p) { gn_gan_free(p); }
static void free_archive(void *p) { gn_archive_free(p); }
static void free_animation(void *p) { gn_animation_free(p); }
/* clang-format on */

static gn_status give_item(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)user;
    for (int i = 0; i < 16; i++)
        image[i] = (gn_real)(index % 3) / 2;
    *label = (int)(index % 2);
    return GN_OK;
}

/* One of each kind, all of which have worked: the game has played a step with a pool of old fakes and a running
 * average, the batches fetch ahead. */
static void make_objects(gn_context *context, object *objects)
{
    gn_gan_options options = tiny_options(context, 0.9f);
    options.replay = 8;
    options.average_decay = 0.9f;
    gn_gan *gan = gn_gan_new(context, &options);
    gn_tape *tape = gn_tape_new(context);
    gn_module *module = gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 1});
    gn_optimizer *optimizer = gn_optimizer_new(module, NULL);
    gn_dataset *dataset = gn_dataset_new(
        context,
        &(gn_dataset_source){.count = 20, .height = 4, .width = 4, .channels = 1, .classes = 2, .item = give_item});
    gn_batches *ordered = gn_batches_new(dataset, &(gn_batches_options){.size = 4});
    gn_batches *ahead = gn_batches_new(dataset, &(gn_batches_options){.size = 4, .prefetch = true});
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2));
    assert_int_equal(gn_archive_add(archive, "t", tensor), GN_OK);
    assert_int_equal(gn_backward(gn_sum(gn_apply(module, gn_full(tape, GN_SHAPE(3, 2), 1)), GN_ALL_AXES, false),
                                 gn_parameters(module)),
                     GN_OK);
    assert_int_equal(gn_optimizer_step(optimizer), GN_OK);
    assert_non_null(gn_batches_next(ordered));
    assert_non_null(gn_batches_next(ahead));
    tiny_data data = tiny_data_new(context, 8, 1);
    assert_int_equal(gn_gan_step(gan, &data.batch, NULL), GN_OK);
    tiny_data_free(&data);
    const object all[OBJECTS] = {
        {context, free_context},
        {options.generator, free_module},
        {options.discriminator, free_module},
        {gan, free_gan},
        {tape, free_tape},
        {module, free_module},
        {optimizer, free_optimizer},
        {dataset, free_dataset},
        {ordered, free_batches},
        {ahead, free_batches},
        {archive, free_archive},
        {tensor, free_tensor},
        {gn_animation_new(context, 4, 2), free_animation},
    };
    memcpy(objects, all, sizeof all);
}

static void objects_are_freed_in_any_order(void **state)
{
    (void)state;
    for (uint32_t order = 0; order < ORDERS; order++) {
        memory m = {0};
        object objects[OBJECTS];
        uint32_t places[OBJECTS];
        make_objects(memory_context(&m, 1 + (int)(order % 2)), objects);
        gn_random random = {.seed = order};
        gn_random_permutation(&random, places, OBJECTS);
        for (int i = 0; i < OBJECTS; i++) {
            assert_non_null(objects[places[i]].pointer);
            objects[places[i]].free(objects[places[i]].pointer);
        }
        assert_int_equal(m.blocks, 0);
        assert_int_equal(m.wrong_sizes, 0);
    }
    print_message("%d of %d orders of freeing %d objects\n", ORDERS, ORDERS, OBJECTS);
}

/* --- two contexts: what is booked under one must not be given back to the other ----------------------------------- */

typedef struct pair {
    memory memory[2];
    gn_context *contexts[2];
    gn_tensor *rows[2], *labels[2];
} pair;

static void pair_open(pair *p, gn_shape shape)
{
    *p = (pair){0};
    for (int i = 0; i < 2; i++) {
        gn_random random = {.seed = (uint64_t)i};
        p->contexts[i] = memory_context(&p->memory[i], 1);
        p->rows[i] = gn_tensor_new(p->contexts[i], shape);
        p->labels[i] = gn_tensor_new(p->contexts[i], GN_SHAPE(shape.size[0]));
        gn_random_fill_normal(&random, gn_tensor_data(p->rows[i]), gn_tensor_count(p->rows[i]), 0, 1);
    }
}

/* The contexts first: they live on until their tensors are gone. */
static void pair_close(pair *p)
{
    for (int i = 0; i < 2; i++) {
        gn_context_free(p->contexts[i]);
        gn_tensor_free(p->rows[i]);
        gn_tensor_free(p->labels[i]);
        assert_int_equal(p->memory[i].blocks, 0);
        assert_int_equal(p->memory[i].wrong_sizes, 0);
    }
}

static void an_animation_takes_pictures_of_another_context(void **state)
{
    (void)state;
    pair p;
    pair_open(&p, GN_SHAPE(12, 2, 2, 1));
    gn_animation *animation = gn_animation_new(p.contexts[0], 4, 1);
    const size_t blocks = p.memory[1].blocks;
    assert_int_equal(gn_animation_add(animation, p.rows[1]), GN_OK);
    assert_int_equal(p.memory[1].blocks, blocks);
    gn_animation_free(animation);
    pair_close(&p);
}

static void metrics_take_rows_of_two_contexts(void **state)
{
    (void)state;
    pair p;
    gn_neighbourhood_report report;
    double value;
    pair_open(&p, GN_SHAPE(12, 4));
    assert_int_equal(gn_neighbourhood_metrics(p.rows[0], p.rows[1], 3, &report), GN_OK);
    assert_int_equal(gn_nearest_neighbour_error(p.rows[0], p.labels[0], p.rows[1], p.labels[1], &value), GN_OK);
    assert_int_equal(gn_kernel_distance(p.rows[0], p.rows[1], &value), GN_OK);
    assert_int_equal(gn_sliced_wasserstein(p.rows[0], p.rows[1], 4, 1, &value), GN_OK);
    (void)gn_frechet_distance(p.rows[0], p.rows[1], &value); /* needs LAPACK */
    pair_close(&p);
}

static void nothing_is_made_under_a_context_that_was_freed(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 2);
    gn_tape *tape = gn_tape_new(context);
    gn_context_free(context);
    gn_context_free(context);
    assert_null(gn_tensor_new(context, GN_SHAPE(2)));
    assert_message(context, GN_ERROR_STATE, "the context has been freed");
    assert_null(gn_var_data(gn_full(tape, GN_SHAPE(1000, 1000), 1)));
    assert_int_equal(gn_context_threads(context), 1);
    gn_tape_free(tape);
    assert_int_equal(m.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_freed_in_any_order),
        cmocka_unit_test(an_animation_takes_pictures_of_another_context),
        cmocka_unit_test(metrics_take_rows_of_two_contexts),
        cmocka_unit_test(nothing_is_made_under_a_context_that_was_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
