/* SPDX-License-Identifier: MIT */
/* lib/gan/replay.c - a pool of old fakes: what the generator has unlearned stays in the discriminator's memory
 * (Shrivastava et al. 2017). While there is room every fake goes in and is shown. Then each is, with probability 1/2,
 * exchanged for a random old one. */
#include "gan/gan.h"

#include <string.h>

static gn_tensor *pool_tensor(const gn_gan *gan, gn_shape shape)
{
    shape.size[0] = gan->options.replay;
    return gn_tensor_new(gan->context, shape);
}

gn_status gn__replay_open(gn_gan *gan, gn_shape images)
{
    gn__replay_pool *pool = &gan->pool;
    const gn_gan_options *options = &gan->options;
    const int64_t size = gn__gan_condition_size(options);
    if (pool->images == NULL)
        pool->images = pool_tensor(gan, images);
    if (pool->conditions == NULL && size > 0)
        pool->conditions = pool_tensor(gan, GN_SHAPE(1, size));
    if (pool->labels == NULL && options->classes > 0)
        pool->labels = pool_tensor(gan, GN_SHAPE(1));
    const bool made = pool->images != NULL && (pool->conditions != NULL || size == 0) &&
                      (pool->labels != NULL || options->classes == 0);
    return made ? GN_OK : gn_context_status(gan->context);
}

void gn__replay_close(const gn__replay_pool *pool)
{
    gn_tensor_free(pool->images);
    gn_tensor_free(pool->conditions);
    gn_tensor_free(pool->labels);
}

/* A value of the tape with a copy of x's elements, which an exchange may change. */
static gn_var *copy(gn_var *x)
{
    return x == NULL || gn_var_data(x) == NULL ? x : gn_values(gn_var_tape(x), gn_var_shape(x), gn_var_data(x));
}

/* Row i of value and row `place` of the pool change places, or (keep) the row is only copied into the pool. */
static void exchange(gn_tensor *stored, int64_t place, gn_var *value, int64_t i, bool keep)
{
    if (stored == NULL || value == NULL)
        return;
    const int64_t size = gn_tensor_count(stored) / gn_tensor_shape(stored).size[0];
    gn_real *old = gn_tensor_data(stored) + place * size, *fresh = gn_op_output(value) + i * size;
    for (int64_t j = 0; j < size; j++) {
        const gn_real kept = old[j];
        old[j] = fresh[j];
        fresh[j] = keep ? fresh[j] : kept;
    }
}

static void exchange_all(gn__replay_pool *pool, int64_t place, const gn__gan_turn *turn, int64_t i, bool keep)
{
    exchange(pool->images, place, turn->fake, i, keep);
    exchange(pool->conditions, place, turn->fake_conditions, i, keep);
    exchange(pool->labels, place, turn->fake_labels, i, keep);
}

static gn_status check_shape(const gn_gan *gan, gn_shape fake)
{
    fake.size[0] = gan->options.replay;
    char found[64], wanted[64];
    if (gn_shape_equal(gn_tensor_shape(gan->pool.images), fake))
        return GN_OK;
    return gn_tape_fail(gan->tape, GN_ERROR_SHAPE, "gan: the replay pool holds %s, the fakes now need %s",
                        gn_shape_text(gn_tensor_shape(gan->pool.images), found, sizeof found),
                        gn_shape_text(fake, wanted, sizeof wanted));
}

gn_status gn__replay_exchange(gn_gan *gan, gn__gan_turn *turn)
{
    gn__replay_pool *pool = &gan->pool;
    gn_status status = gn_tape_status(gan->tape);
    if (gan->options.replay == 0 || status != GN_OK)
        return status;
    const gn_shape shape = gn_var_shape(turn->fake);
    status = gn__replay_open(gan, shape);
    if (status == GN_OK)
        status = check_shape(gan, shape);
    turn->fake = copy(turn->fake);
    turn->fake_conditions = copy(turn->fake_conditions);
    turn->fake_labels = copy(turn->fake_labels);
    gn_random random = gn__gan_random(gan, GN__REPLAY, turn->number);
    if (status == GN_OK)
        status = gn_tape_status(gan->tape);
    for (int64_t i = 0; i < shape.size[0] && status == GN_OK; i++) {
        if (pool->count < gan->options.replay)
            exchange_all(pool, pool->count++, turn, i, true);
        else if (gn_random_bits(&random) & 1)
            exchange_all(pool, (int64_t)gn_random_integer(&random, (uint32_t)gan->options.replay), turn, i, false);
    }
    return status;
}
