/* SPDX-License-Identifier: MIT */
/* tests/gan/test_batch.c - batches that do not fit the game are refused, in words. */
#include "gan/game.h"
#include "gan/gan.h"

#include <math.h>

static void refuse_batch(game *g, const gn_batch *batch, gn_status status, const char *message)
{
    assert_int_equal(gn_gan_step(g->gan, batch, NULL), status);
    assert_message(g->context, status, message);
    gn_context_clear(g->context);
}

static void test_bad_batches_are_refused(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, NULL);
    gn_tensor *three = gn_tensor_new(g.context, GN_SHAPE(3));
    refuse_batch(&g, NULL, GN_ERROR_ARGUMENT, "gan: the batch is NULL");
    gn_context_fail(g.context, GN_ERROR_IO, "no file");
    refuse_batch(&g, NULL, GN_ERROR_IO, "gan: the batch is NULL: no file");
    refuse_batch(&g, &(gn_batch){.labels = g.data.labels}, GN_ERROR_ARGUMENT, "gan: the batch's images are NULL");
    refuse_batch(&g, &(gn_batch){.images = g.data.images, .labels = three, .size = 8}, GN_ERROR_SHAPE,
                 "gan: the batch's labels are [3], expected [8]");
    refuse_batch(&g, &(gn_batch){.images = g.data.images}, GN_ERROR_SHAPE,
                 "gan: the batch's labels are NULL, expected [8]");
    refuse_batch(&g, &(gn_batch){.images = g.data.images, .labels = g.data.labels, .size = 5}, GN_ERROR_SHAPE,
                 "gan: the batch's size is 5, but it has 8 images");
    gn_tensor_data(g.data.labels)[2] = 7;
    refuse_batch(&g, &g.data.batch, GN_ERROR_ARGUMENT,
                 "gan: label 2 of the batch is 7, expected a whole number from 0 to 1");
    gn_tensor_data(g.data.labels)[2] = 0.5f;
    refuse_batch(&g, &g.data.batch, GN_ERROR_ARGUMENT,
                 "gan: label 2 of the batch is 0.5, expected a whole number from 0 to 1");
    gn_tensor_data(g.data.labels)[2] = NAN;
    refuse_batch(&g, &g.data.batch, GN_ERROR_ARGUMENT,
                 "gan: label 2 of the batch is nan, expected a whole number from 0 to 1");
    gn_tensor_data(g.data.labels)[2] = 0;
    play(&g, 1, NULL);
    assert_int_equal(gn_gan_step(g.gan, &(gn_batch){.images = g.data.images, .labels = g.data.labels}, NULL), GN_OK);
    gn_tensor_free(three);
    game_free(&g);
}

static void packed_in_parts(gn_gan_options *options)
{
    options->accumulation = 2;
    options->packing = 2;
}

static void with_conditions(gn_gan_options *options)
{
    options->classes = 0;
    options->condition_size = TINY_CLASSES;
}

static void with_wrong_pairs(gn_gan_options *options)
{
    with_conditions(options);
    options->pairs = (gn_gan_pairs){.real_right = 1, .fake_right = 0.5f, .real_wrong = 0.5f};
}

/* The wrong condition of a row is that of another row of its part. */
static void test_a_single_condition_has_no_wrong_one(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, with_wrong_pairs);
    tiny_data one = tiny_data_new(g.context, 1, 1);
    gn_tensor *row = gn_tensor_new(g.context, GN_SHAPE(1, TINY_CLASSES));
    one.batch.conditions = row;
    gn_gan_step(g.gan, &one.batch, NULL);
    assert_message(
        g.context, GN_ERROR_SHAPE,
        "gan: a batch of 1 images has no other condition for each in its part (pairs.real_wrong, interpolation), "
        "expected at least 2");
    gn_tensor_free(row);
    tiny_data_free(&one);
    game_free(&g);
}

static void test_batches_that_do_not_fit(void **state)
{
    (void)state;
    game g = game_new(1, 0.8f, packed_in_parts);
    tiny_data six = tiny_data_new(g.context, 6, 1);
    gn_gan_step(g.gan, &six.batch, NULL);
    assert_message(g.context, GN_ERROR_SHAPE,
                   "gan: a batch of 6 images, expected a multiple of packing x accumulation = 4");
    tiny_data_free(&six);
    game_free(&g);

    g = game_new(1, 0.8f, with_conditions);
    gn_gan_step(g.gan, &g.data.batch, NULL);
    assert_message(g.context, GN_ERROR_SHAPE, "gan: the batch's conditions are NULL, expected [8,2]");
    gn_batch batch = g.data.batch;
    batch.conditions = g.data.images;
    gn_gan_step(g.gan, &batch, NULL);
    assert_message(g.context, GN_ERROR_SHAPE, "gan: the batch's conditions are [8,4,4,1], expected [8,2]");
    gn_tensor *rows = gn_tensor_new(g.context, GN_SHAPE(8, 2));
    batch.conditions = rows;
    assert_int_equal(gn_gan_step(g.gan, &batch, NULL), GN_OK);
    gn_tensor_data(rows)[3] = INFINITY;
    gn_gan_step(g.gan, &batch, NULL);
    assert_message(g.context, GN_ERROR_NUMBER, "gan: element 3 of the batch's conditions is inf");
    batch.images = rows;
    gn_tensor *line = gn_tensor_new(g.context, GN_SHAPE(8));
    batch.images = line;
    gn_gan_step(g.gan, &batch, NULL);
    assert_message(g.context, GN_ERROR_SHAPE, "gan: the batch's images have rank 1, expected at least 2");
    gn_tensor_free(line);
    gn_tensor_free(rows);
    game_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_batches_are_refused),
        cmocka_unit_test(test_a_single_condition_has_no_wrong_one),
        cmocka_unit_test(test_batches_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
