/* SPDX-License-Identifier: MIT */
/* tests/gan/test_augment.c - each change by itself against plain loops, its range, and the gradient through all of
 * them. */
#include "gan/gan.h"
#include "test.h"

#include <gannet/gannet.h>
#include <math.h>
#include <stdlib.h>

typedef struct bench {
    gn_context *context;
    gn_tape *tape;
} bench;

static bench bench_new(void)
{
    bench b = {.context = gn_context_new(&(gn_context_options){.threads = 1})};
    b.tape = gn_tape_new(b.context);
    return b;
}

static void bench_free(bench *b)
{
    gn_tape_free(b->tape);
    gn_context_free(b->context);
}

static const gn_random random_one = {.seed = 1}, random_two = {.seed = 2};

/* [n,h,w,c] of numbers that all differ. */
static gn_var *pictures(const bench *b, gn_shape shape)
{
    gn_var *images = gn_full(b->tape, shape, 0);
    gn_random random = {.seed = 77};
    gn_random_fill_uniform(&random, gn_op_output(images), gn_shape_count(shape), -1, 1);
    return images;
}

static void test_nothing(void **state)
{
    (void)state;
    bench b = bench_new();
    gn_var *images = pictures(&b, GN_SHAPE(2, 3, 5, 1));
    assert_ptr_equal(gn_augment(images, &(gn_augment_options){0}, random_one), images);
    bench_free(&b);
}

/* How far a picture has been moved: the only place where all pixels that stay are the old ones and the others are
 * -1. */
static bool moved_by(const gn_real *before, const gn_real *after, int h, int w, int down, int right)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int row = y - down, column = x - right;
            const bool inside = row >= 0 && row < h && column >= 0 && column < w;
            const double wanted = inside ? (double)before[row * w + column] : -1;
            if (fabs((double)after[y * w + x] - wanted) > 1e-6)
                return false;
        }
    return true;
}

/* Up to a quarter of 8 rows and 5 columns: each of the 5 x 3 moves comes, and no other. */
static void test_translation(void **state)
{
    (void)state;
    enum { N = 400, H = 8, W = 5 };
    bench b = bench_new();
    gn_var *images = pictures(&b, GN_SHAPE(N, H, W, 1));
    gn_var *out = gn_augment(images, &(gn_augment_options){.translation = 0.25f}, random_one);
    int seen[5][3] = {{0}};
    for (int n = 0; n < N; n++) {
        int found = 0;
        for (int down = -H; down <= H; down++)
            for (int right = -W; right <= W; right++)
                if (moved_by(gn_var_data(images) + n * H * W, gn_var_data(out) + n * H * W, H, W, down, right)) {
                    assert_true(abs(down) <= 2 && abs(right) <= 1);
                    seen[down + 2][right + 1]++;
                    found++;
                }
        assert_int_equal(found, 1);
    }
    for (int i = 0; i < 15; i++)
        assert_true(seen[i / 3][i % 3] > 0);
    bench_free(&b);
}

/* A rectangle of half of 8 x 6 becomes 0 where it is not over the edge, the rest stays. */
static void test_cutout(void **state)
{
    (void)state;
    enum { N = 300, H = 8, W = 6, C = 2 };
    bench b = bench_new();
    gn_var *images = pictures(&b, GN_SHAPE(N, H, W, C));
    gn_var *out = gn_augment(images, &(gn_augment_options){.cutout = 0.5f}, random_one);
    int largest = 0, smallest = H * W;
    for (int n = 0; n < N; n++) {
        int top = H, bottom = -1, left = W, right = -1, zeros = 0;
        for (int p = 0; p < H * W; p++) {
            const gn_real *before = gn_var_data(images) + (n * H * W + p) * C,
                          *after = gn_var_data(out) + (n * H * W + p) * C;
            const bool cut = after[0] == 0 && after[1] == 0;
            assert_true(cut || (after[0] == before[0] && after[1] == before[1]));
            if (!cut)
                continue;
            zeros++;
            top = p / W < top ? p / W : top;
            bottom = p / W > bottom ? p / W : bottom;
            left = p % W < left ? p % W : left;
            right = p % W > right ? p % W : right;
        }
        assert_int_equal(zeros, (bottom - top + 1) * (right - left + 1));
        assert_true(bottom - top < 4 && right - left < 3);
        largest = zeros > largest ? zeros : largest;
        smallest = zeros < smallest ? zeros : smallest;
    }
    assert_true(largest == 12 && smallest < 8);
    bench_free(&b);
}

/* In which share of 4,000 white columns of 8 pixels the first and the last row, and those in the middle, are black:
 * beyond the edge, or cut out. */
static void shares_of_black(const gn_augment_options *options, double share[8])
{
    enum { COUNT = 4000 };
    bench b = bench_new();
    gn_var *changed = gn_augment(gn_full(b.tape, GN_SHAPE(COUNT, 8, 1, 1), 1), options, random_one);
    for (int y = 0; y < 8; y++) {
        int black = 0;
        for (int i = 0; i < COUNT; i++)
            black += gn_var_data(changed)[i * 8 + y] < 0.5f;
        share[y] = (double)black / COUNT;
    }
    bench_free(&b);
}

/* Of the places -2 to 2 one in five each, of those from -2 to 6 of a rectangle of four one in nine. */
static void test_places_are_as_likely_as_each_other(void **state)
{
    (void)state;
    static const double moved[] = {0.4, 0.2, 0, 0, 0, 0, 0.2, 0.4},
                        cut[] = {3. / 9, 4. / 9, 4. / 9, 4. / 9, 4. / 9, 4. / 9, 4. / 9, 3. / 9};
    double share[8];
    shares_of_black(&(gn_augment_options){.translation = 0.25f}, share);
    for (int y = 0; y < 8; y++)
        assert_true(fabs(share[y] - moved[y]) < 0.03);
    shares_of_black(&(gn_augment_options){.cutout = 0.5f}, share);
    for (int y = 0; y < 8; y++)
        assert_true(fabs(share[y] - cut[y]) < 0.03);
}

/* Two pixels of two channels: all rise by the same, evenly within the bounds. */
static void test_brightness(void **state)
{
    (void)state;
    enum { N = 2000 };
    bench b = bench_new();
    gn_var *images = pictures(&b, GN_SHAPE(N, 1, 2, 2));
    const gn_real *x = gn_var_data(images);
    const gn_real *y = gn_var_data(gn_augment(images, &(gn_augment_options){.brightness = 0.5f}, random_one));
    double sum = 0, squares = 0;
    for (int n = 0; n < N; n++) {
        const double risen = (double)y[4 * n] - (double)x[4 * n];
        for (int i = 1; i < 4; i++)
            assert_true(fabs((double)y[4 * n + i] - (double)x[4 * n + i] - risen) < 1e-6);
        assert_true(fabs(risen) <= 0.5 + 1e-6);
        sum += risen;
        squares += risen * risen;
    }
    assert_true(fabs(sum / N) < 0.03 && fabs(squares / N - 0.25 / 3) < 0.006); /* deviations: 0.0065, 0.0017 */
    bench_free(&b);
}

/* About the mean of all pixels and channels. */
static void test_contrast(void **state)
{
    (void)state;
    enum { N = 500 };
    bench b = bench_new();
    gn_var *images = pictures(&b, GN_SHAPE(N, 1, 2, 2));
    const gn_real *x = gn_var_data(images);
    const gn_real *y = gn_var_data(gn_augment(images, &(gn_augment_options){.contrast = 0.5f}, random_one));
    double least = 9, most = 0;
    for (int n = 0; n < N; n++, x += 4, y += 4) {
        const double mean = ((double)x[0] + (double)x[1] + (double)x[2] + (double)x[3]) / 4;
        const double factor = ((double)y[0] - (double)y[1]) / ((double)x[0] - (double)x[1]);
        for (int i = 0; i < 4; i++)
            assert_true(fabs((double)y[i] - (mean + factor * ((double)x[i] - mean))) < 1e-4);
        least = fmin(least, factor);
        most = fmax(most, factor);
    }
    assert_true(least > 0.499 && least < 0.52 && most < 1.501 && most > 1.48);
    bench_free(&b);
}

/* Pictures draw far enough apart: what is one's contrast is not the next one's brightness. */
static void test_pictures_change_independently(void **state)
{
    (void)state;
    enum { N = 400 };
    bench b = bench_new();
    gn_var *images = gn_full(b.tape, GN_SHAPE(N, 1, 2, 1), 1);
    for (int n = 0; n < N; n++)
        gn_op_output(images)[2 * n + 1] = -1;
    const gn_augment_options options = {.brightness = 1, .contrast = 1};
    const gn_real *y = gn_var_data(gn_augment(images, &options, random_one));
    int alike = 0;
    for (int n = 1; n < N; n++, y += 2) {
        const double brightness = ((double)y[2] + (double)y[3]) / 2, contrast = ((double)y[0] - (double)y[1]) / 2;
        alike += fabs(brightness - (contrast - 1)) < 1e-5;
    }
    assert_true(alike < 10);
    bench_free(&b);
}

/* A bright disc in the middle has its area times the square of the scale, and stays in the middle when turned. */
static void test_scale_and_rotation(void **state)
{
    (void)state;
    enum { N = 60, S = 33 };
    bench b = bench_new();
    gn_var *images = gn_full(b.tape, GN_SHAPE(N, S, S, 1), -1);
    double area = 0;
    for (int p = 0; p < N * S * S; p++) {
        const double y = p / S % S - 16, x = p % S - 16;
        if (y * y + x * x < 49)
            gn_op_output(images)[p] = 1;
        area += p < S * S && y * y + x * x < 49;
    }
    const gn_real *scaled = gn_var_data(gn_augment(images, &(gn_augment_options){.scale = 1}, random_one));
    const gn_real *turned = gn_var_data(gn_augment(images, &(gn_augment_options){.rotation = 180}, random_one));
    double least = 9, most = 0, off = 0;
    for (int n = 0; n < N; n++) {
        double sum = 0;
        for (int p = n * S * S; p < (n + 1) * S * S; p++) {
            sum += ((double)scaled[p] + 1) / 2;
            off = fmax(off, fabs((double)turned[p] - (double)gn_var_data(images)[p]) *
                                ((p / S % S - 16) * (p / S % S - 16) + (p % S - 16) * (p % S - 16) < 25));
        }
        least = fmin(least, sqrt(sum / area));
        most = fmax(most, sqrt(sum / area));
    }
    assert_true(least > 0.48 && least < 0.6 && most < 2.05 && most > 1.7);
    assert_true(off < 1e-5); /* well inside the disc nothing changes */
    bench_free(&b);
}

/* A quarter turn takes the pixel on the right of the middle above it or below it: by the options a turn of up to 90
 * degrees, and for the largest drawn nearly that. */
static void test_rotation_turns(void **state)
{
    (void)state;
    enum { N = 200 };
    bench b = bench_new();
    gn_var *images = gn_full(b.tape, GN_SHAPE(N, 5, 5, 1), -1);
    for (int n = 0; n < N; n++)
        gn_op_output(images)[n * 25 + 2 * 5 + 4] = 1;
    const gn_real *y = gn_var_data(gn_augment(images, &(gn_augment_options){.rotation = 90}, random_one));
    double above = -1, below = -1;
    for (int n = 0; n < N; n++) {
        above = fmax(above, (double)y[n * 25 + 2]);
        below = fmax(below, (double)y[n * 25 + 22]);
        assert_true(y[n * 25 + 10] < -0.99f); /* never on the left */
    }
    assert_true(above > 0.8 && below > 0.8);
    bench_free(&b);
}

static const gn_augment_options all = {
    .translation = 0.3f, .cutout = 0.4f, .rotation = 30, .scale = 0.3f, .brightness = 0.3f, .contrast = 0.4f};

static void test_same_random_same_change(void **state)
{
    (void)state;
    bench b = bench_new();
    gn_var *images = pictures(&b, GN_SHAPE(3, 7, 6, 3));
    const size_t size = 3 * 7 * 6 * 3 * sizeof(gn_real);
    gn_var *first = gn_augment(images, &all, random_one);
    assert_memory_equal(gn_var_data(first), gn_var_data(gn_augment(images, &all, random_one)), size);
    assert_int_not_equal(memcmp(gn_var_data(first), gn_var_data(gn_augment(images, &all, random_two)), size), 0);
    /* a picture's change does not depend on how many there are */
    gn_var *two = gn_augment(gn_slice(images, 0, 0, 2), &all, random_one);
    assert_memory_equal(gn_var_data(first), gn_var_data(two), size / 3 * 2);
    bench_free(&b);
}

static gn_var *augmented(void *user, gn_tape *tape, gn_var *const *inputs, int count)
{
    (void)user;
    (void)tape;
    (void)count;
    return gn_augment(inputs[0], &all, random_one);
}

static void test_gradient(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(2, 5, 7, 3));
    gn_random random = {.seed = 4};
    gn_random_fill_uniform(&random, gn_tensor_data(images), gn_tensor_count(images), -1, 1);
    gn_gradcheck_report report;
    if (gn_gradcheck(context, augmented, NULL, &images, 1, NULL, &report) != GN_OK)
        fail_msg("%s", gn_context_message(context));
    gn_tensor_free(images);
    gn_context_free(context);
}

static void expect_refused(gn_augment_options options, const char *message)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    assert_int_equal(gn__augment_check(context, &options), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, message);
    gn_context_free(context);
}

static void test_refusals(void **state)
{
    (void)state;
    expect_refused((gn_augment_options){.translation = 1.5f}, "augment: translation is 1.5, expected 0 to 1");
    expect_refused((gn_augment_options){.cutout = -1}, "augment: cutout is -1, expected 0 to 1");
    expect_refused((gn_augment_options){.rotation = 200}, "augment: rotation is 200, expected 0 to 180");
    expect_refused((gn_augment_options){.contrast = 2}, "augment: contrast is 2, expected 0 to 1");
    bench b = bench_new();
    gn_augment(gn_full(b.tape, GN_SHAPE(2, 3), 0), &all, random_one);
    assert_message(b.context, GN_ERROR_SHAPE, "augment: images [2,3], expected [N,H,W,C]");
    gn_tape_reset(b.tape);
    gn_augment(pictures(&b, GN_SHAPE(1, 2, 2, 1)), &(gn_augment_options){.scale = 11}, random_one);
    assert_int_equal(gn_tape_status(b.tape), GN_ERROR_ARGUMENT);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_translation),
        cmocka_unit_test(test_cutout),
        cmocka_unit_test(test_places_are_as_likely_as_each_other),
        cmocka_unit_test(test_brightness),
        cmocka_unit_test(test_contrast),
        cmocka_unit_test(test_pictures_change_independently),
        cmocka_unit_test(test_scale_and_rotation),
        cmocka_unit_test(test_rotation_turns),
        cmocka_unit_test(test_same_random_same_change),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
