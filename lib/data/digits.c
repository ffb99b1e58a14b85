/* SPDX-License-Identifier: MIT */
/* lib/data/digits.c - grey pictures of handwritten-looking digits, drawn from stroke models.
 *
 * Image i of a seed is a function of (seed, i): its numbers are those of stream i. The control points of a style are
 * moved about, bent, slanted, turned and fitted into a box of 20 x 20 pixels whose ink is centred in 28 x 28, as
 * MNIST's are; then a pen of changing width follows the curves. The ranges are chosen so that the amount of ink, the
 * width of the strokes, their slant and the grey of their edges are spread as MNIST's. Only float arithmetic and
 * square roots are used, so that the bits are the same everywhere. */
#include "core/allocator.h"
#include "data/dataset.h"
#include "data/digit_styles.h"

#include <math.h>

enum { SIDE = 28, PIECES = 7, MAX_DOTS = GN__DIGIT_STROKES * GN__STROKE_POINTS * PIECES };

/* MNIST's 20 pixels from centre to centre, and what of a soft edge is too faint to be seen. */
static const float box_side = 20.6f;

typedef struct dot {
    float x, y, radius;
    bool begins; /* a stroke: no line leads here */
} dot;

/* A digit on its way to the paper: its strokes as dots that lines connect. */
typedef struct drawing {
    dot dots[MAX_DOTS];
    int count;
    float softness; /* half the width of a line's soft edge */
    gn_random random;
} drawing;

typedef struct digits {
    uint64_t seed;
} digits;

static float between(gn_random *random, float low, float high)
{
    return low + (high - low) * gn_random_uniform(random);
}

/* A normal number that never strays beyond two deviations: handwriting varies, but stays legible. */
static float around(gn_random *random, float mean, float deviation)
{
    const float z = gn_random_normal(random);
    return mean + deviation * (z < -2 ? -2 : z > 2 ? 2 : z);
}

/* --- from control points to curves -------------------------------------------------------------------------------- */

/* Catmull & Rom's spline between b and c at t in [0,1]. */
static float spline(float a, float b, float c, float d, float t)
{
    return 0.5f * (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
}

static const float *point_of(const gn__stroke *stroke, int i)
{
    return stroke->point[i < 0 ? 0 : i >= stroke->count ? stroke->count - 1 : i];
}

static void add_curve(drawing *d, const gn__stroke *stroke)
{
    for (int i = 0; i + 1 < stroke->count; i++) {
        const float *a = point_of(stroke, i - 1), *b = point_of(stroke, i), *c = point_of(stroke, i + 1),
                    *e = point_of(stroke, i + 2);
        for (int piece = 0; piece < PIECES + (i + 2 == stroke->count); piece++) {
            const float t = (float)piece / PIECES;
            d->dots[d->count++] = (dot){.x = spline(a[0], b[0], c[0], e[0], t),
                                        .y = spline(a[1], b[1], c[1], e[1], t),
                                        .begins = i == 0 && piece == 0};
        }
    }
}

/* Every point misses its place a little; neighbours miss it together, and where strokes join they stay joined. */
static void wobble(drawing *d, gn__digit_style *style)
{
    const float size = between(&d->random, 0.01f, 0.042f);
    float last[2] = {0, 0};
    for (int s = 0; s < GN__DIGIT_STROKES; s++)
        for (int i = 0; i < style->stroke[s].count; i++)
            for (int axis = 0; axis < 2; axis++) {
                const bool joined = i == 0 && s > 0;
                last[axis] = joined ? last[axis] : 0.75f * last[axis] + around(&d->random, 0, size);
                style->stroke[s].point[i][axis] += last[axis];
            }
}

/* The first styles are the usual ones. */
static int pick_style(gn_random *random, int digit)
{
    int styles = 0;
    while (styles < GN__DIGIT_STYLES && gn__digit_styles[digit][styles].width > 0)
        styles++;
    const float u = gn_random_uniform(random);
    return (int)(u * u * (float)styles);
}

/* The hand: proportions of top to bottom, a bend, and then width, slant and turn, about the middle of the box. The turn
 * is three shears (Paeth 1986): where there is FMA, gcc 12 fuses the usual form in spite of -ffp-contract=off. */
static void shape(drawing *d, float width)
{
    const float wide = width * between(&d->random, 0.85f, 1.4f), slant = around(&d->random, 0.14f, 0.25f);
    const float taper = around(&d->random, 0, 0.12f), bend = around(&d->random, 0, 0.14f);
    const float middle = around(&d->random, 0, 0.16f);
    const float half = around(&d->random, 0, 0.04f), sine = 2 * half / (1 + half * half); /* half: tan(angle / 2) */
    for (int i = 0; i < d->count; i++) {
        const float v = d->dots[i].y - 0.5f, hollow = 0.25f - v * v;
        float y = v + middle * hollow;
        float x = wide * (d->dots[i].x - 0.5f) * (1 + 2 * taper * v) + bend * hollow - slant * y;
        x -= half * y;
        y += sine * x;
        x -= half * y;
        d->dots[i].x = x;
        d->dots[i].y = y;
    }
}

/* --- the pen ------------------------------------------------------------------------------------------------------ */

/* Chooses the pen: its radius drifts slowly along the way and is a little less where a stroke begins. */
static void press(drawing *d)
{
    const float u = gn_random_uniform(&d->random), radius = between(&d->random, 0.75f, 1.4f) + 0.65f * u * u * u;
    float drift = 0;
    d->softness = between(&d->random, 0.4f, 0.6f);
    for (int i = 0; i < d->count; i++) {
        drift = 0.9f * drift + 0.05f * around(&d->random, 0, 1);
        d->dots[i].radius = radius * (1 + drift) * (d->dots[i].begins ? 0.85f : 1);
    }
}

/* How far to move ink whose middle is given so that it comes into the picture's middle, or nearly: what reaches from
 * low to high must not touch the outermost pixels. */
static float way_to_middle(gn_random *random, float middle, float low, float high)
{
    const float way = around(random, (SIDE - 1) / 2.0f, 0.3f) - middle;
    return fmaxf(-low, fminf(way, SIDE - 1 - high));
}

/* Fits the digit, its ink included, into 20 pixels, and puts the middle of its ink into the middle of the picture. */
static void place(drawing *d)
{
    float left = 9, right = -9, top = 9, bottom = -9, reach = 0;
    for (int i = 0; i < d->count; i++) {
        left = fminf(left, d->dots[i].x), right = fmaxf(right, d->dots[i].x);
        top = fminf(top, d->dots[i].y), bottom = fmaxf(bottom, d->dots[i].y);
        reach = fmaxf(reach, d->dots[i].radius + d->softness);
    }
    const float scale = (box_side - 2 * reach) / fmaxf(right - left, bottom - top);
    float weight = 0, x = 0, y = 0;
    for (int i = 0; i < d->count; i++) {
        d->dots[i].x *= scale, d->dots[i].y *= scale;
        if (d->dots[i].begins)
            continue;
        const float dx = d->dots[i].x - d->dots[i - 1].x, dy = d->dots[i].y - d->dots[i - 1].y;
        const float ink = sqrtf(dx * dx + dy * dy) * d->dots[i].radius;
        weight += ink, x += ink * d->dots[i].x, y += ink * d->dots[i].y;
    }
    const float right_way = way_to_middle(&d->random, x / weight, scale * left - reach, scale * right + reach);
    const float down_way = way_to_middle(&d->random, y / weight, scale * top - reach, scale * bottom + reach);
    for (int i = 0; i < d->count; i++)
        d->dots[i].x += right_way, d->dots[i].y += down_way;
}

static int clamp_pixel(float place)
{
    return place < 0 ? 0 : place > SIDE - 1 ? SIDE - 1 : (int)place;
}

/* Darkens the pixels near the line from a to b: full inside the pen, none a pixel or so outside. */
static void draw_line(const dot *a, const dot *b, float softness, float *ink)
{
    const float dx = b->x - a->x, dy = b->y - a->y, length = dx * dx + dy * dy + 1e-12f;
    const float reach = fmaxf(a->radius, b->radius) + softness;
    const int top = clamp_pixel(fminf(a->y, b->y) - reach), bottom = clamp_pixel(fmaxf(a->y, b->y) + reach + 1);
    const int left = clamp_pixel(fminf(a->x, b->x) - reach), right = clamp_pixel(fmaxf(a->x, b->x) + reach + 1);
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            const float along = ((float)x - a->x) * dx + ((float)y - a->y) * dy;
            const float t = along <= 0 ? 0 : along >= length ? 1 : along / length;
            const float away_x = (float)x - a->x - t * dx, away_y = (float)y - a->y - t * dy;
            const float radius = a->radius + t * (b->radius - a->radius);
            const float dark = (radius + softness - sqrtf(away_x * away_x + away_y * away_y)) / (2 * softness);
            if (dark > ink[y * SIDE + x])
                ink[y * SIDE + x] = dark > 1 ? 1 : dark;
        }
}

static void draw(const drawing *d, float *ink)
{
    for (int i = 1; i < d->count; i++)
        if (!d->dots[i].begins)
            draw_line(&d->dots[i - 1], &d->dots[i], d->softness, ink);
}

/* --- the data set ------------------------------------------------------------------------------------------------- */

static gn_status digit_item(const void *user, int64_t index, gn_real *image, int *label)
{
    drawing d = {.random = {.seed = ((const digits *)user)->seed, .stream = (uint64_t)index}};
    float ink[SIDE * SIDE] = {0};
    *label = (int)gn_random_integer(&d.random, 10);
    gn__digit_style style = gn__digit_styles[*label][pick_style(&d.random, *label)];
    wobble(&d, &style);
    for (int s = 0; s < GN__DIGIT_STROKES; s++)
        add_curve(&d, &style.stroke[s]);
    shape(&d, style.width);
    press(&d);
    place(&d);
    draw(&d, ink);
    const float strength = between(&d.random, 0.97f, 1);
    for (int i = 0; i < SIDE * SIDE; i++)
        image[i] = 2 * strength * ink[i] - 1;
    return GN_OK;
}

static void free_digits(gn_context *context, void *user)
{
    gn__delete(context, user, sizeof(digits));
}

gn_dataset *gn_digits_new(gn_context *context, const gn_digits_options *options)
{
    const gn_digits_options given = options != NULL ? *options : (gn_digits_options){0};
    if (context == NULL)
        return NULL;
    digits *user = gn__new(context, sizeof *user);
    if (user == NULL)
        return NULL;
    user->seed = given.seed;
    return gn_dataset_new(context, &(gn_dataset_source){.count = given.count != 0 ? given.count : 60000,
                                                        .height = SIDE,
                                                        .width = SIDE,
                                                        .channels = 1,
                                                        .classes = 10,
                                                        .item = digit_item,
                                                        .free_user = free_digits,
                                                        .user = user});
}
