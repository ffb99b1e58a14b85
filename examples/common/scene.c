/* SPDX-License-Identifier: MIT */
/* examples/common/scene.c - small coloured scenes of one or two digits. */
#include "common/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_SIDE = 28, DIGIT_PIXELS = DIGIT_SIDE * DIGIT_SIDE, PER_CLASS = 200, DRAWN = 4096 };

struct scene_maker {
    gn_context *context;
    gn_tensor *digits;                    /* [DRAWN,28,28,1] */
    int numbers[SCENE_DIGITS][PER_CLASS]; /* which of them show a class */
    int counts[SCENE_DIGITS];
};

/* Red, green and blue in [0,1]. */
static const float colours[SCENE_COLOURS][3] = {{0.9f, 0.1f, 0.1f},  {0.1f, 0.65f, 0.15f}, {0.15f, 0.3f, 0.95f},
                                                {0.85f, 0.8f, 0.1f}, {0.55f, 0.1f, 0.75f}, {0.95f, 0.5f, 0.05f},
                                                {0.1f, 0.75f, 0.8f}, {0.95f, 0.45f, 0.75f}};

const char *scene_colour_name(int colour)
{
    static const char *const names[SCENE_COLOURS] = {"red",    "green",  "blue",      "yellow",
                                                     "purple", "orange", "turquoise", "pink"};
    return names[colour];
}

/* --- digits ------------------------------------------------------------------------------------------------------- */

static gn_status sort_digits(scene_maker *maker, gn_dataset *digits)
{
    gn_tensor *labels = gn_tensor_new(maker->context, GN_SHAPE(DRAWN));
    maker->digits = gn_tensor_new(maker->context, GN_SHAPE(DRAWN, DIGIT_SIDE, DIGIT_SIDE, 1));
    gn_status status = labels == NULL || maker->digits == NULL
                           ? gn_context_status(maker->context)
                           : gn_dataset_gather(digits, NULL, 0, maker->digits, labels);
    for (int i = 0; i < DRAWN && status == GN_OK; i++) {
        const int label = (int)gn_tensor_values(labels)[i];
        if (maker->counts[label] < PER_CLASS)
            maker->numbers[label][maker->counts[label]++] = i;
    }
    gn_tensor_free(labels);
    return status;
}

scene_maker *scene_maker_new(gn_context *context, uint64_t seed)
{
    scene_maker *maker = calloc(1, sizeof *maker);
    gn_dataset *digits = gn_digits_new(context, &(gn_digits_options){.seed = seed, .count = DRAWN});
    gn_status status = maker == NULL ? GN_ERROR_MEMORY : digits == NULL ? gn_context_status(context) : GN_OK;
    if (status == GN_OK) {
        maker->context = context;
        status = sort_digits(maker, digits);
    }
    gn_dataset_free(digits);
    if (status == GN_OK)
        return maker;
    scene_maker_free(maker);
    return NULL;
}

void scene_maker_free(scene_maker *maker)
{
    if (maker != NULL)
        gn_tensor_free(maker->digits);
    free(maker);
}

/* --- what a scene shows ------------------------------------------------------------------------------------------- */

bool scene_held_out(int digit, int colour)
{
    return (digit * SCENE_COLOURS + colour) % 7 == 3;
}

static int choose(gn_random *random, int count)
{
    return (int)gn_random_integer(random, (uint32_t)count);
}

static figure random_figure(gn_random *random, bool held_out)
{
    figure f;
    do {
        f.digit = choose(random, SCENE_DIGITS);
        f.colour = choose(random, SCENE_COLOURS);
    } while (scene_held_out(f.digit, f.colour) != held_out);
    f.size = choose(random, SCENE_SIZES);
    f.slant = choose(random, SCENE_SLANTS);
    f.bold = choose(random, 2) == 1;
    return f;
}

scene scene_random(gn_random *random, bool held_out, int pairs_in)
{
    const bool pair = pairs_in > 0 && choose(random, pairs_in) == 0;
    return (scene){.figures = {random_figure(random, held_out), random_figure(random, held_out)},
                   .count = pair ? 2 : 1,
                   .where = (place)choose(random, PLACES),
                   .light = choose(random, 2) == 1};
}

/* --- drawing ------------------------------------------------------------------------------------------------------ */

/* Ink in [0,1] at a whole place; the paper around is empty. */
static float ink_at(const gn_real *digit, int x, int y)
{
    if (x < 0 || y < 0 || x >= DIGIT_SIDE || y >= DIGIT_SIDE)
        return 0;
    return (float)(digit[y * DIGIT_SIDE + x] + 1) / 2;
}

/* Bold ink spreads by one place. */
static float bold_ink_at(const gn_real *digit, int x, int y, bool bold)
{
    float most = ink_at(digit, x, y);
    for (int i = 0; i < 4 && bold; i++)
        most = fmaxf(most, ink_at(digit, x + (i == 0) - (i == 1), y + (i == 2) - (i == 3)));
    return most;
}

static float ink_between(const gn_real *digit, float x, float y, bool bold)
{
    const int left = (int)floorf(x), top = (int)floorf(y);
    const float right_share = x - (float)left, bottom_share = y - (float)top;
    const float upper = (1 - right_share) * bold_ink_at(digit, left, top, bold) +
                        right_share * bold_ink_at(digit, left + 1, top, bold);
    const float lower = (1 - right_share) * bold_ink_at(digit, left, top + 1, bold) +
                        right_share * bold_ink_at(digit, left + 1, top + 1, bold);
    return (1 - bottom_share) * upper + bottom_share * lower;
}

/* How a figure lies in the picture. */
typedef struct pose {
    float x, y, scale, shear; /* its middle, picture pixels to a digit's pixel, and how far a row leans to the next */
} pose;

static void draw_figure(const gn_real *digit, const figure *f, const pose *p, gn_real *picture)
{
    for (int y = 0; y < SCENE_SIDE; y++)
        for (int x = 0; x < SCENE_SIDE; x++) {
            const float down = ((float)y + 0.5f - p->y) / p->scale, across = ((float)x + 0.5f - p->x) / p->scale;
            const float ink = ink_between(digit, across + p->shear * down + 13.5f, down + 13.5f, f->bold);
            for (int channel = 0; channel < SCENE_CHANNELS; channel++) {
                gn_real *pixel = picture + (y * SCENE_SIDE + x) * SCENE_CHANNELS + channel;
                *pixel += (gn_real)ink * ((gn_real)(2 * colours[f->colour][channel] - 1) - *pixel);
            }
        }
}

/* The middle of the first or second figure: alone in the middle, or in its half. */
static void place_figure(const scene *s, int number, gn_random *random, pose *p)
{
    const float middle = SCENE_SIDE / 2.0f, jitter = s->count == 1 && s->figures[0].size == 0 ? 4 : 1;
    p->x = middle + jitter * (2 * gn_random_uniform(random) - 1);
    p->y = middle + jitter * (2 * gn_random_uniform(random) - 1);
    if (s->count == 1)
        return;
    const bool first_is_before = s->where == PLACE_ABOVE || s->where == PLACE_LEFT;
    const float shift = (number == 0) == first_is_before ? -8 : 8;
    if (s->where == PLACE_ABOVE || s->where == PLACE_BELOW)
        p->y += shift;
    else
        p->x += shift;
}

void scene_draw(const scene_maker *maker, const scene *s, gn_random *random, gn_real *picture)
{
    static const float scales[2][SCENE_SIZES] = {{0.6f, 1.05f}, {0.42f, 0.62f}}; /* alone, and of two */
    for (int i = 0; i < SCENE_PIXELS; i++)
        picture[i] = s->light ? 1 : -1; /* where a tanh is flat: else drawings would be known by their rough paper */
    for (int i = 0; i < s->count; i++) {
        const figure *f = &s->figures[i];
        const int number = maker->numbers[f->digit][choose(random, maker->counts[f->digit])];
        pose p = {.scale = scales[s->count - 1][f->size] * (0.95f + 0.1f * gn_random_uniform(random)),
                  .shear = 0.5f * (float)(f->slant - 1)};
        place_figure(s, i, random, &p);
        draw_figure(gn_tensor_values(maker->digits) + (int64_t)number * DIGIT_PIXELS, f, &p, picture);
    }
}
