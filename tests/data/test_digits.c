/* SPDX-License-Identifier: MIT */
/* tests/data/test_digits.c - the built-in digits: always the same bits, and told apart by a simple classifier. */
#include "memory.h"

#include <gannet/data.h>
#include <math.h>

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

/* Some images of a seed, with their labels. */
typedef struct sample {
    gn_context *context;
    gn_dataset *dataset;
    gn_tensor *images, *labels;
    int64_t count;
} sample;

static sample draw_ordered(int threads, uint64_t seed, int64_t count, const uint32_t *order)
{
    sample s = {.context = gn_context_new(&(gn_context_options){.threads = threads}), .count = count};
    s.dataset = gn_digits_new(s.context, &(gn_digits_options){.seed = seed});
    s.images = gn_tensor_new(s.context, GN_SHAPE(count, SIDE, SIDE, 1));
    s.labels = gn_tensor_new(s.context, GN_SHAPE(count));
    assert_int_equal(gn_dataset_gather(s.dataset, order, 0, s.images, s.labels), GN_OK);
    return s;
}

static sample draw(int threads, uint64_t seed, int64_t count)
{
    return draw_ordered(threads, seed, count, NULL);
}

static void drop(sample *s)
{
    gn_tensor_free(s->images);
    gn_tensor_free(s->labels);
    gn_dataset_free(s->dataset);
    gn_context_free(s->context);
}

static const gn_real *image_of(const sample *s, int64_t i)
{
    return gn_tensor_values(s->images) + i * PIXELS;
}

static int label_of(const sample *s, int64_t i)
{
    return (int)gn_tensor_values(s->labels)[i];
}

/* How black a pixel is, 0 to 1. */
static double ink_at(const sample *s, int64_t i, int pixel)
{
    return ((double)image_of(s, i)[pixel] + 1) / 2;
}

/* --- the same bits ------------------------------------------------------------------------------------------------ */

/* FNV-1a over the bits of all pixels and labels. */
static uint64_t hash_of(const sample *s)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (int64_t i = 0; i < s->count * (PIXELS + 1); i++) {
        const gn_real value = i < s->count * PIXELS ? image_of(s, 0)[i]
                                                    : gn_tensor_values(s->labels)[i - s->count * PIXELS];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        for (int byte = 0; byte < 4; byte++)
            hash = (hash ^ (bits >> 8 * byte & 0xFF)) * UINT64_C(0x100000001B3);
    }
    return hash;
}

/* Whoever changes how digits are drawn changes every run trained on them: say so, and write the new numbers here. */
static void images_are_the_same_everywhere_and_for_ever(void **state)
{
    (void)state;
    const uint64_t expected[] = {UINT64_C(0xD0F198C325C0D301), UINT64_C(0x1BD946CE07BBB06B)};
    const uint64_t seeds[] = {1, UINT64_MAX};
    for (int i = 0; i < 2; i++)
        for (int threads = 1; threads <= 3; threads++) {
            sample s = draw(threads, seeds[i], 100);
            if (hash_of(&s) != expected[i])
                fail_msg("seed %llu, %d threads: hash 0x%016llX", (unsigned long long)seeds[i], threads,
                         (unsigned long long)hash_of(&s));
            drop(&s);
        }
}

static void an_image_does_not_depend_on_those_before_it(void **state)
{
    (void)state;
    const uint32_t order[] = {77, 3, 3, 0, 41};
    sample all = draw(2, 9, 100), some = draw_ordered(2, 9, 5, order);
    for (int i = 0; i < 5; i++) {
        assert_memory_equal(image_of(&some, i), image_of(&all, order[i]), PIXELS * sizeof(gn_real));
        assert_int_equal(label_of(&some, i), label_of(&all, order[i]));
    }
    drop(&all);
    drop(&some);
}

static void seeds_and_images_differ(void **state)
{
    (void)state;
    sample one = draw(1, 1, 50), two = draw(1, 2, 50);
    int same_labels = 0;
    for (int64_t i = 0; i < 50; i++) {
        same_labels += label_of(&one, i) == label_of(&two, i);
        assert_memory_not_equal(image_of(&one, i), image_of(&two, i), PIXELS * sizeof(gn_real));
        for (int64_t j = 0; j < i; j++)
            assert_memory_not_equal(image_of(&one, i), image_of(&one, j), PIXELS * sizeof(gn_real));
    }
    assert_in_range(same_labels, 0, 15);
    drop(&one);
    drop(&two);
}

/* --- what they look like ------------------------------------------------------------------------------------------ */

static void every_class_comes_as_often(void **state)
{
    (void)state;
    int64_t counts[CLASSES] = {0};
    sample s = draw(2, 1, 20000);
    for (int64_t i = 0; i < s.count; i++) {
        assert_in_range(label_of(&s, i), 0, CLASSES - 1);
        counts[label_of(&s, i)]++;
    }
    for (int digit = 0; digit < CLASSES; digit++)
        assert_in_range(counts[digit], 1800, 2200); /* 2000, give or take 4.7 deviations */
    drop(&s);
}

/* Background everywhere near the edge, full ink somewhere, the middle of the ink in the middle. */
static void check_image(const sample *s, int64_t i)
{
    double total = 0, x = 0, y = 0, most = 0, edge = 0;
    for (int pixel = 0; pixel < PIXELS; pixel++) {
        const int row = pixel / SIDE, column = pixel % SIDE;
        const double ink = ink_at(s, i, pixel);
        assert_true(ink >= 0 && ink <= 1);
        total += ink;
        x += ink * column;
        y += ink * row;
        most = fmax(most, ink);
        if (row == 0 || column == 0 || row == SIDE - 1 || column == SIDE - 1)
            edge = fmax(edge, ink);
    }
    assert_true(most > 0.5);
    assert_true(edge < 1e-4);
    assert_true(total > 15 && total < 250);
    assert_true(fabs(x / total - 13.5) < 1.5 && fabs(y / total - 13.5) < 1.5);
}

static void ink_lies_where_mnist_has_it(void **state)
{
    (void)state;
    sample s = draw(2, 3, 5000);
    double total = 0;
    for (int64_t i = 0; i < s.count; i++) {
        check_image(&s, i);
        for (int pixel = 0; pixel < PIXELS; pixel++)
            total += ink_at(&s, i, pixel);
    }
    const double mean = total / (double)(s.count * PIXELS);
    assert_true(mean > 0.11 && mean < 0.15); /* MNIST: 0.131 */
    drop(&s);
}

typedef struct class_means {
    double mean[CLASSES][PIXELS];
} class_means;

static void learn(class_means *means, const sample *s)
{
    int64_t counts[CLASSES] = {0};
    memset(means, 0, sizeof *means);
    for (int64_t i = 0; i < s->count; i++) {
        counts[label_of(s, i)]++;
        for (int pixel = 0; pixel < PIXELS; pixel++)
            means->mean[label_of(s, i)][pixel] += ink_at(s, i, pixel);
    }
    for (int digit = 0; digit < CLASSES; digit++)
        for (int pixel = 0; pixel < PIXELS; pixel++)
            means->mean[digit][pixel] /= (double)counts[digit];
}

static int nearest(const class_means *means, const sample *s, int64_t i)
{
    int best = -1;
    double least = INFINITY;
    for (int digit = 0; digit < CLASSES; digit++) {
        double distance = 0;
        for (int pixel = 0; pixel < PIXELS; pixel++) {
            const double difference = ink_at(s, i, pixel) - means->mean[digit][pixel];
            distance += difference * difference;
        }
        if (distance < least) {
            least = distance;
            best = digit;
        }
    }
    return best;
}

/* Unseen digits of another seed are told apart by the nearest mean of a class: 92 of 100, as measured; MNIST's 81. So
 * they are legible, and yet not copies of ten pictures. */
static void classes_can_be_told_apart(void **state)
{
    (void)state;
    static class_means means;
    sample known = draw(2, 1, 5000), unseen = draw(2, 2, 2000);
    int64_t right[CLASSES] = {0}, all = 0;
    learn(&means, &known);
    for (int64_t i = 0; i < unseen.count; i++)
        if (nearest(&means, &unseen, i) == label_of(&unseen, i)) {
            right[label_of(&unseen, i)]++;
            all++;
        }
    assert_in_range(all, 1760, 1960);
    for (int digit = 0; digit < CLASSES; digit++)
        assert_true(right[digit] > 140); /* of about 200 */
    drop(&known);
    drop(&unseen);
}

/* --- options ------------------------------------------------------------------------------------------------------ */

static void options_have_defaults(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    gn_dataset *plain = gn_digits_new(context, NULL), *few = gn_digits_new(context, &(gn_digits_options){.count = 7});
    assert_int_equal(gn_dataset_count(plain), 60000);
    assert_int_equal(gn_dataset_count(few), 7);
    assert_int_equal(gn_dataset_classes(plain), CLASSES);
    assert_true(gn_shape_equal(gn_dataset_image_shape(plain), GN_SHAPE(SIDE, SIDE, 1)));
    gn_dataset_free(plain);
    gn_dataset_free(few);
    assert_null(gn_digits_new(NULL, NULL));
    gn_context_free(context);
}

static void impossible_counts_are_refused(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    assert_null(gn_digits_new(context, &(gn_digits_options){.count = -1}));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "data set: -1 images of 10 classes, expected 1 to 2^31-1 and at least 1");
    assert_null(gn_digits_new(context, &(gn_digits_options){.count = INT64_C(1) << 31}));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "data set: 2147483648 images of 10 classes, expected 1 to 2^31-1 and at least 1");
    gn_context_free(context);
}

static void the_last_of_very_many_can_be_drawn(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(NULL);
    gn_dataset *dataset = gn_digits_new(context, &(gn_digits_options){.count = INT32_MAX});
    gn_tensor *image = gn_tensor_new(context, GN_SHAPE(1, SIDE, SIDE, 1));
    assert_int_equal(gn_dataset_gather(dataset, NULL, INT32_MAX - 1, image, NULL), GN_OK);
    gn_tensor_free(image);
    gn_dataset_free(dataset);
    gn_context_free(context);
}

static bool make_and_free(gn_context *context, void *argument)
{
    (void)argument;
    gn_dataset *dataset = gn_digits_new(context, NULL);
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void survives_memory_running_out(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(make_and_free, NULL), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_the_same_everywhere_and_for_ever),
        cmocka_unit_test(an_image_does_not_depend_on_those_before_it),
        cmocka_unit_test(seeds_and_images_differ),
        cmocka_unit_test(every_class_comes_as_often),
        cmocka_unit_test(ink_lies_where_mnist_has_it),
        cmocka_unit_test(classes_can_be_told_apart),
        cmocka_unit_test(options_have_defaults),
        cmocka_unit_test(impossible_counts_are_refused),
        cmocka_unit_test(the_last_of_very_many_can_be_drawn),
        cmocka_unit_test(survives_memory_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
