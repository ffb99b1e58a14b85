/* SPDX-License-Identifier: MIT */
/* lib/gan/view.c - what the discriminator is shown: pictures with noise, augmented and packed, and conditions
 * right and wrong. */
#include "gan/gan.h"

/* --- pictures ----------------------------------------------------------------------------------------------------- */

/* The deviation of the instance noise falls evenly to nothing. */
static float noise_now(const gn_gan *gan)
{
    const int64_t end = gan->options.instance_noise_steps;
    if (end == 0)
        return gan->options.instance_noise;
    return gan->steps >= end ? 0 : gan->options.instance_noise * (1 - (float)gan->steps / (float)end);
}

static gn_var *add_noise(gn_var *images, float deviation, gn_random *random)
{
    gn_var *noise = gn_full(gn_var_tape(images), gn_var_shape(images), 0);
    if (gn_var_data(noise) == NULL)
        return noise;
    gn_random_fill_normal(random, gn_op_output(noise), gn_shape_count(gn_var_shape(noise)), 0, deviation);
    return gn_add(images, noise);
}

/* [n,...,C] -> [n/m,...,m C]: m pictures in a row become the channels of one. */
static gn_var *pack(gn_var *images, int m)
{
    if (gn_var_data(images) == NULL)
        return images;
    const gn_shape shape = gn_var_shape(images);
    const int64_t channels = shape.size[shape.rank - 1];
    const int64_t pixels = gn_shape_count(shape) / (shape.size[0] * channels);
    gn_shape packed = shape;
    packed.size[0] /= m;
    packed.size[shape.rank - 1] *= m;
    images = gn_reshape(images, GN_SHAPE(packed.size[0], m, pixels, channels));
    return gn_reshape(gn_transpose(images, (const int[]){0, 2, 1, 3}), packed);
}

gn_var *gn__gan_show(const gn_gan *gan, gn_var *images, gn__gan_purpose purpose, uint64_t turn)
{
    gn_random random = gn__gan_random(gan, (int)purpose, turn);
    const float deviation = noise_now(gan);
    if (deviation > 0)
        images = add_noise(images, deviation, &random);
    if (gn__augment_changes(&gan->options.augment))
        images = gn_augment(images, &gan->options.augment, random);
    return gan->options.packing > 1 ? pack(images, gan->options.packing) : images;
}

/* --- conditions --------------------------------------------------------------------------------------------------- */

gn_var *gn__gan_show_conditions(const gn_gan *gan, gn_var *conditions)
{
    const int m = gan->options.packing;
    if (conditions == NULL || m == 1)
        return conditions;
    const gn_shape shape = gn_var_shape(conditions);
    return gn_reshape(conditions, GN_SHAPE(shape.size[0] / m, m * shape.size[1]));
}

/* How many places further another one of so many is: each is as likely. */
static int64_t places_apart(int64_t count, gn_random *random)
{
    return 1 + (int64_t)gn_random_integer(random, (uint32_t)(count - 1));
}

/* Every other class is drawn as often. */
static gn_var *other_classes(const gn_gan *gan, gn_var *labels, gn_random *random)
{
    const int64_t count = gn_shape_count(gn_var_shape(labels)), most = gan->options.classes;
    gn_var *others = gn_full(gn_var_tape(labels), GN_SHAPE(count), 0);
    for (int64_t i = 0; gn_var_data(others) != NULL && i < count; i++) {
        const int64_t further = (int64_t)gn_var_data(labels)[i] + places_apart(most, random);
        gn_op_output(others)[i] = (gn_real)(further % most);
    }
    return gn_one_hot(others, most);
}

/* The rows of the batch turned round. */
static gn_var *other_rows(gn_var *rows, gn_random *random)
{
    const int64_t count = gn_var_shape(rows).size[0], first = places_apart(count, random);
    gn_var *parts[] = {gn_slice(rows, 0, first, count - first), gn_slice(rows, 0, 0, first)};
    return gn_concat(parts, 2, 0);
}

static void mix_rows(const gn_real *a, const gn_real *b, int64_t size, gn_real *out)
{
    for (int64_t j = 0; j < size; j++)
        out[j] = (a[j] + b[j]) / 2;
}

gn_var *gn__gan_interpolate(const gn_gan *gan, gn_var *conditions, uint64_t turn)
{
    const float share = gan->options.interpolation;
    if (share == 0 || conditions == NULL || gn_var_data(conditions) == NULL)
        return conditions;
    const gn_shape shape = gn_var_shape(conditions);
    const int64_t count = shape.size[0], size = shape.size[1];
    const gn_real *rows = gn_var_data(conditions);
    gn_random random = gn__gan_random(gan, GN__INTERPOLATION, turn);
    const int64_t apart = places_apart(count, &random);
    gn_var *mixed = gn_values(gan->tape, shape, rows);
    for (int64_t i = 0; i < count && gn_var_data(mixed) != NULL; i++)
        if (gn_random_uniform(&random) < share)
            mix_rows(rows + i * size, rows + (i + apart) % count * size, size, gn_op_output(mixed) + i * size);
    return mixed;
}

gn_var *gn__gan_wrong_conditions(const gn_gan *gan, const gn__gan_turn *turn)
{
    gn_random random = gn__gan_random(gan, GN__WRONG_CONDITIONS, turn->number);
    if (gan->options.condition_size > 0)
        return other_rows(turn->conditions, &random);
    return other_classes(gan, turn->labels, &random);
}
