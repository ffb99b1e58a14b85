/* SPDX-License-Identifier: MIT */
/* lib/gan/augment.c - differentiable augmentation: pictures changed at random, so that gradients flow through (Zhao et
 * al. 2020). */
#include "autodiff/tape.h"
#include "gan/gan.h"

#include <gannet/augment.h>
#include <math.h>

/* --- options ------------------------------------------------------------------------------------------------------ */

bool gn__augment_changes(const gn_augment_options *options)
{
    return options->translation != 0 || options->cutout != 0 || options->rotation != 0 || options->scale != 0 ||
           options->brightness != 0 || options->contrast != 0;
}

gn_status gn__augment_check(gn_context *context, const gn_augment_options *options)
{
    if (options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "augment: the options are NULL");
    const struct {
        const char *name;
        float value, high;
    } numbers[] = {
        {"translation", options->translation, 1}, {"cutout", options->cutout, 1},
        {"rotation", options->rotation, 180},     {"scale", options->scale, 10},
        {"brightness", options->brightness, 10},  {"contrast", options->contrast, 1},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!(numbers[i].value >= 0 && numbers[i].value <= numbers[i].high))
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "augment: %s is %g, expected 0 to %g", numbers[i].name,
                                   (double)numbers[i].value, (double)numbers[i].high);
    return GN_OK;
}

/* --- one picture's numbers ---------------------------------------------------------------------------------------- */

/* What happens to a picture. Every number is drawn, whether it is needed or not, at a place of its own: so a picture's
 * changes do not depend on which options are on or on how many pictures there are. */
typedef struct change {
    int64_t down, right;          /* pixels */
    int64_t cut_top, cut_left;    /* of the rectangle, which may stand over the edge */
    gn_real cosine, sine, scale;  /* of the turn; the scale enlarges */
    gn_real brightness, contrast; /* added; factor */
} change;

enum { WORDS_EACH = 16 };

static int64_t part_of(float share, int64_t size)
{
    return (int64_t)lround((double)share * (double)size);
}

/* U(-most, most). */
static double between(gn_random *random, double most)
{
    return (2 * (double)gn_random_uniform(random) - 1) * most;
}

/* 0 to count - 1, each as likely as the others. */
static int64_t below(gn_random *random, int64_t count)
{
    return (int64_t)((double)gn_random_uniform(random) * (double)count);
}

/* -most to most pixels, each as likely as the others. */
static int64_t pixels(gn_random *random, float share, int64_t size)
{
    const int64_t most = part_of(share, size);
    return below(random, 2 * most + 1) - most;
}

/* Where a rectangle begins that cuts each pixel off as often as that at the same distance from the other edge. */
static int64_t cut_at(gn_random *random, float share, int64_t size)
{
    const int64_t cut = part_of(share, size);
    return below(random, size + 1 - cut % 2) - cut / 2;
}

static change draw(const gn_augment_options *o, gn_random random, int64_t picture, int64_t height, int64_t width)
{
    random.index += (uint64_t)picture * WORDS_EACH;
    const int64_t down = pixels(&random, o->translation, height), right = pixels(&random, o->translation, width);
    const int64_t cut_top = cut_at(&random, o->cutout, height), cut_left = cut_at(&random, o->cutout, width);
    const float turn = (float)(between(&random, (double)o->rotation) * 3.14159265358979323846 / 180);
    const float larger = expf((float)between(&random, 1) * logf(1 + o->scale));
    const double brightness = between(&random, (double)o->brightness);
    const double contrast = 1 + between(&random, (double)o->contrast);
    return (change){.down = down,
                    .right = right,
                    .cut_top = cut_top,
                    .cut_left = cut_left,
                    .cosine = cosf(turn),
                    .sine = sinf(turn),
                    .scale = larger,
                    .brightness = (gn_real)brightness,
                    .contrast = (gn_real)contrast};
}

/* --- colours ------------------------------------------------------------------------------------------------------ */

/* [N,1,1,1], a number for each picture. */
static gn_var *each(gn_var *images, const gn_augment_options *o, gn_random random, bool contrast)
{
    const gn_shape shape = gn_var_shape(images);
    gn_var *numbers = gn_full(gn_var_tape(images), GN_SHAPE(shape.size[0], 1, 1, 1), 0);
    for (int64_t i = 0; gn_var_data(numbers) != NULL && i < shape.size[0]; i++) {
        const change c = draw(o, random, i, shape.size[1], shape.size[2]);
        gn_op_output(numbers)[i] = contrast ? c.contrast : c.brightness;
    }
    return numbers;
}

static gn_var *change_contrast(gn_var *images, const gn_augment_options *o, gn_random random)
{
    gn_var *mean = gn_mean(images, GN_AXIS(1) | GN_AXIS(2) | GN_AXIS(3), true);
    return gn_add(mean, gn_mul(gn_sub(images, mean), each(images, o, random, true)));
}

/* --- places ------------------------------------------------------------------------------------------------------- */

/* One of the (up to four) pixels that a pixel of the result is mixed from: where they are, and with which weights. */
typedef struct tap {
    int64_t *where;
    gn_var *weights;
} tap;

/* Where pixel (y, x) of the result lies in the picture: moved back, turned back about the middle, and made smaller
 * again. */
static void source_of(const change *c, gn_shape shape, int64_t y, int64_t x, double *from_y, double *from_x)
{
    const double middle_y = (double)(shape.size[1] - 1) / 2, middle_x = (double)(shape.size[2] - 1) / 2;
    const double dy = (double)(y - c->down) - middle_y, dx = (double)(x - c->right) - middle_x;
    *from_y = middle_y + ((double)c->cosine * dy - (double)c->sine * dx) / (double)c->scale;
    *from_x = middle_x + ((double)c->sine * dy + (double)c->cosine * dx) / (double)c->scale;
}

/* The weight of pixel (row, column) for a place; 0 outside the picture. */
static gn_real weight_of(gn_shape shape, int64_t row, int64_t column, double from_y, double from_x)
{
    if (row < 0 || row >= shape.size[1] || column < 0 || column >= shape.size[2])
        return 0;
    return (gn_real)((1 - fabs(from_y - (double)row)) * (1 - fabs(from_x - (double)column)));
}

static void fill_pixel(const tap *taps, int count, gn_shape shape, const change *c, int64_t n, int64_t y, int64_t x)
{
    const int64_t channels = shape.size[3], place = ((n * shape.size[1] + y) * shape.size[2] + x) * channels;
    double from_y, from_x;
    source_of(c, shape, y, x, &from_y, &from_x);
    for (int k = 0; k < count; k++) {
        const int64_t row = (int64_t)floor(from_y) + k / 2, column = (int64_t)floor(from_x) + k % 2;
        const gn_real weight = weight_of(shape, row, column, from_y, from_x);
        const int64_t from = weight == 0 ? place : ((n * shape.size[1] + row) * shape.size[2] + column) * channels;
        for (int64_t channel = 0; channel < channels; channel++) {
            taps[k].where[place + channel] = from + channel;
            gn_op_output(taps[k].weights)[place + channel] = weight;
        }
    }
}

static bool make_taps(gn_var *images, tap *taps, int count)
{
    gn_tape *tape = gn_var_tape(images);
    const gn_shape shape = gn_var_shape(images);
    for (int k = 0; k < count; k++) {
        taps[k].where = gn__arena_take(&tape->data, (size_t)gn_shape_count(shape) * sizeof(int64_t));
        taps[k].weights = gn_full(tape, shape, 0);
        if (taps[k].where == NULL)
            gn_tape_fail(tape, GN_ERROR_MEMORY, "augment: out of memory for the places of pixels");
    }
    return gn_tape_status(tape) == GN_OK;
}

/* Scale, rotation and translation at once. Whole pixels need one tap, places between pixels four. Black (-1) comes in
 * from outside: pictures are lifted to 0 and lowered again. */
static gn_var *move(gn_var *images, const gn_augment_options *o, gn_random random)
{
    const gn_shape shape = gn_var_shape(images);
    const int count = o->rotation == 0 && o->scale == 0 ? 1 : 4;
    tap taps[4];
    if (!make_taps(images, taps, count))
        return images;
    for (int64_t n = 0; n < shape.size[0]; n++) {
        const change c = draw(o, random, n, shape.size[1], shape.size[2]);
        for (int64_t y = 0; y < shape.size[1]; y++)
            for (int64_t x = 0; x < shape.size[2]; x++)
                fill_pixel(taps, count, shape, &c, n, y, x);
    }
    gn_var *lifted = gn_offset(images, 1), *sum = NULL;
    for (int k = 0; k < count; k++) {
        gn_var *part = gn_mul(gn__take(lifted, taps[k].where, 1, shape), taps[k].weights);
        sum = sum == NULL ? part : gn_add(sum, part);
    }
    return gn_offset(sum, -1);
}

static void clear_rectangle(gn_real *mask, const change *c, const gn_augment_options *o, int64_t height, int64_t width)
{
    for (int64_t y = 0; y < part_of(o->cutout, height); y++)
        for (int64_t x = 0; x < part_of(o->cutout, width); x++) {
            const int64_t row = c->cut_top + y, column = c->cut_left + x;
            if (row >= 0 && row < height && column >= 0 && column < width)
                mask[row * width + column] = 0;
        }
}

static gn_var *cut(gn_var *images, const gn_augment_options *o, gn_random random)
{
    const gn_shape shape = gn_var_shape(images);
    const int64_t height = shape.size[1], width = shape.size[2];
    gn_var *mask = gn_full(gn_var_tape(images), GN_SHAPE(shape.size[0], height, width, 1), 1);
    for (int64_t n = 0; gn_var_data(mask) != NULL && n < shape.size[0]; n++) {
        const change c = draw(o, random, n, height, width);
        clear_rectangle(gn_op_output(mask) + n * height * width, &c, o, height, width);
    }
    return gn_mul(images, mask);
}

gn_var *gn_augment(gn_var *images, const gn_augment_options *options, gn_random random)
{
    gn_tape *tape = gn_var_tape(images);
    const gn_shape shape = gn_var_shape(images);
    char text[64];
    if (gn_tape_status(tape) != GN_OK)
        return images;
    if (shape.rank != 4)
        gn_tape_fail(tape, GN_ERROR_SHAPE, "augment: images %s, expected [N,H,W,C]",
                     gn_shape_text(shape, text, sizeof text));
    else if (gn__augment_check(gn_tape_context(tape), options) != GN_OK)
        gn_tape_fail(tape, GN_ERROR_ARGUMENT, "%s", gn_context_message(gn_tape_context(tape)));
    if (gn_tape_status(tape) != GN_OK)
        return &tape->poison;
    if (options->brightness > 0)
        images = gn_add(images, each(images, options, random, false));
    if (options->contrast > 0)
        images = change_contrast(images, options, random);
    if (options->translation > 0 || options->rotation > 0 || options->scale > 0)
        images = move(images, options, random);
    return options->cutout > 0 ? cut(images, options, random) : images;
}
