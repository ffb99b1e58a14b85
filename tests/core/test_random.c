/* SPDX-License-Identifier: MIT */
/* tests/core/test_random.c - known answers, and whether the numbers are distributed as they should be. */
#include "core/random.h"
#include "test.h"

#include <gannet/random.h>
#include <math.h>
#include <stdlib.h>

/* Random123, tests/kat_vectors: counter, key, answer. */
static void philox_gives_the_published_answers(void **state)
{
    (void)state;
    static const uint32_t vectors[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
         0x24126ea1},
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        gn__philox(vectors[i], vectors[i] + 4, out);
        assert_memory_equal(out, vectors[i] + 6, sizeof out);
    }
}

/* Where seed, stream and index go: key, upper and lower half of the counter. */
static void bits_are_philox_of_seed_stream_and_index(void **state)
{
    (void)state;
    const uint64_t pi_counter = UINT64_C(0x85a308d3243f6a88), pi_stream = UINT64_C(0x0370734413198a2e);
    gn_random random = {.seed = UINT64_C(0x299f31d0a4093822), .stream = pi_stream};
    random.index = (pi_counter & (UINT64_MAX >> 2)) * 4;
    const uint32_t counter[4] = {(uint32_t)pi_counter, (uint32_t)(pi_counter >> 32) & 0x3fffffff, 0x13198a2e,
                                 0x03707344};
    const uint32_t key[2] = {0xa4093822, 0x299f31d0};
    uint32_t words[4];
    gn__philox(counter, key, words);
    const uint64_t first = random.index;
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(gn_random_bits(&random), words[i]);
    assert_true(random.index == first + 4);
    gn_random zero = {0};
    assert_int_equal(gn_random_bits(&zero), 0x6627e8d5);
    assert_int_equal(gn_random_bits(&zero), 0xe169c58d);
}

static void a_place_can_be_kept_and_taken_up(void **state)
{
    (void)state;
    gn_random random = {.seed = 3, .stream = 1};
    uint32_t bits[40];
    for (int i = 0; i < 40; i++)
        bits[i] = gn_random_bits(&random);
    for (uint64_t i = 40; i-- > 0;) {
        gn_random there = {.seed = 3, .stream = 1, .index = i};
        assert_int_equal(gn_random_bits(&there), bits[i]);
    }
}

static void seeds_and_streams_differ(void **state)
{
    (void)state;
    const gn_random starts[] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {UINT64_C(1) << 32, 0, 0}, {0, UINT64_C(1) << 32, 0}};
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++) {
            gn_random a = starts[i], b = starts[j];
            int equal = 0;
            for (int k = 0; k < 100; k++)
                equal += gn_random_bits(&a) == gn_random_bits(&b);
            assert_int_equal(equal, 0);
        }
}

static void uniform_numbers_are_multiples_in_range(void **state)
{
    (void)state;
    gn_random random = {.seed = 5}, bits = {.seed = 5};
    for (int i = 0; i < 100000; i++) {
        const float u = gn_random_uniform(&random);
        assert_true(u >= 0 && u < 1);
        assert_true(u * 0x1p24f == (float)(gn_random_bits(&bits) >> 8));
    }
}

/* --- fills are what one by one gives, from any place -------------------------------------------------------------- */

static const int64_t counts[] = {0, 1, 2, 3, 4, 5, 7, 8, 63, 1001};

static void filling_uniform_is_drawing_one_by_one(void **state)
{
    (void)state;
    for (uint64_t index = 0; index < 9; index++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            gn_random one = {.seed = 11, .stream = 2, .index = index}, many = one;
            static gn_real out[1002];
            out[counts[c]] = 77;
            gn_random_fill_uniform(&many, out, counts[c], -1, 1);
            for (int64_t i = 0; i < counts[c]; i++)
                assert_true(out[i] == -1 + 2 * gn_random_uniform(&one));
            assert_true(out[counts[c]] == 77);
            assert_true(many.index == one.index);
        }
}

static void filling_normal_is_drawing_one_by_one(void **state)
{
    (void)state;
    for (uint64_t index = 0; index < 9; index++)
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            gn_random one = {.seed = 12, .stream = 3, .index = index}, many = one;
            static gn_real out[1002];
            out[counts[c]] = 77;
            gn_random_fill_normal(&many, out, counts[c], 0.5f, 2);
            for (int64_t i = 0; i < counts[c]; i++)
                assert_true(out[i] == 0.5f + 2 * gn_random_normal(&one));
            assert_true(out[counts[c]] == 77);
            assert_true(many.index == one.index);
        }
}

static void a_fill_can_be_cut_anywhere(void **state)
{
    (void)state;
    static gn_real whole[100], parts[100];
    for (int64_t cut = 0; cut <= 100; cut++) {
        gn_random a = {.seed = 9, .index = 1}, b = a;
        gn_random_fill_uniform(&a, whole, 100, 0, 1);
        gn_random_fill_uniform(&b, parts, cut, 0, 1);
        gn_random_fill_uniform(&b, parts + cut, 100 - cut, 0, 1);
        assert_memory_equal(whole, parts, sizeof whole);
        gn_random_fill_normal(&a, whole, 100, 0, 1);
        gn_random_fill_normal(&b, parts, cut, 0, 1);
        gn_random_fill_normal(&b, parts + cut, 100 - cut, 0, 1);
        assert_memory_equal(whole, parts, sizeof whole);
    }
}

/* --- the same bits everywhere ------------------------------------------------------------------------------------- */

/* FNV-1a over the numbers' bits. */
static uint32_t hash(const gn_real *x, int count)
{
    uint32_t sum = 2166136261u;
    for (int i = 0; i < count; i++) {
        const float number = (float)x[i];
        uint32_t bits;
        memcpy(&bits, &number, sizeof bits);
        sum = (sum ^ bits) * 16777619u;
    }
    return sum;
}

/* Runs can only be repeated while these stay: any compiler, flag or machine must give them. Recorded from gcc 12 and
 * clang 14. */
static void bits_are_those_of_earlier_versions(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static gn_real x[COUNT];
    gn_random random = {.seed = 1, .stream = 2};
    gn_random_fill_normal(&random, x, COUNT, 0, 1);
    assert_true(x[0] == -0x1.b727cep-2f);
    assert_true(x[1] == 0x1.9fa8fcp+0f);
    assert_int_equal(hash(x, COUNT), 0x93201737);
    gn_random_fill_uniform(&random, x, COUNT, -1, 1);
    assert_int_equal(hash(x, COUNT), 0x52aa1cd5);
}

/* --- distributions ------------------------------------------------------------------------------------------------ */

enum { SAMPLES = 200000 };

static int by_size(const void *a, const void *b)
{
    const gn_real x = *(const gn_real *)a, y = *(const gn_real *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: the largest distance between the samples' distribution and the true one, times sqrt(n). Sorts
 * x. */
static double distance(gn_real *x, int n, double (*distribution)(double))
{
    qsort(x, (size_t)n, sizeof *x, by_size);
    double largest = 0;
    for (int i = 0; i < n; i++) {
        const double f = distribution((double)x[i]);
        largest = fmax(largest, fmax(f - (double)i / n, (double)(i + 1) / n - f));
    }
    return largest * sqrt(n);
}

static double moment(const gn_real *x, int n, double mean, int power)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += pow((double)x[i] - mean, power);
    return sum / n;
}

static double uniform_distribution(double x)
{
    return (x + 1) / 2;
}

static double normal_distribution(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

/* 2.0 is exceeded by chance once in 1500 times; the seeds are fixed, so here never. */
static void uniform_numbers_are_uniform(void **state)
{
    (void)state;
    static gn_real x[SAMPLES];
    for (uint64_t seed = 0; seed < 3; seed++) {
        gn_random random = {.seed = seed, .stream = 4};
        gn_random_fill_uniform(&random, x, SAMPLES, -1, 1);
        assert_true(fabs(moment(x, SAMPLES, 0, 1)) < 4 / sqrt(3.0 * SAMPLES));
        assert_true(fabs(moment(x, SAMPLES, 0, 2) - 1 / 3.0) < 4 * sqrt(4 / 45.0 / SAMPLES));
        assert_true(distance(x, SAMPLES, uniform_distribution) < 2);
    }
}

static void normal_numbers_are_normal(void **state)
{
    (void)state;
    static gn_real x[SAMPLES];
    for (uint64_t seed = 0; seed < 3; seed++) {
        gn_random random = {.seed = seed, .stream = 5};
        gn_random_fill_normal(&random, x, SAMPLES, 0, 1);
        assert_true(fabs(moment(x, SAMPLES, 0, 1)) < 4 / sqrt(SAMPLES));
        assert_true(fabs(moment(x, SAMPLES, 0, 2) - 1) < 4 * sqrt(2.0 / SAMPLES));
        assert_true(fabs(moment(x, SAMPLES, 0, 3)) < 4 * sqrt(15.0 / SAMPLES));
        assert_true(fabs(moment(x, SAMPLES, 0, 4) - 3) < 4 * sqrt(96.0 / SAMPLES));
        assert_true(distance(x, SAMPLES, normal_distribution) < 2);
    }
}

static void means_and_deviations_are_those_asked_for(void **state)
{
    (void)state;
    static gn_real x[SAMPLES];
    gn_random random = {.seed = 8};
    gn_random_fill_normal(&random, x, SAMPLES, 3, 0.02f);
    assert_true(fabs(moment(x, SAMPLES, 0, 1) - 3) < 4 * 0.02 / sqrt(SAMPLES));
    assert_true(fabs(sqrt(moment(x, SAMPLES, 3, 2)) - 0.02) < 4 * 0.02 / sqrt(2.0 * SAMPLES));
    gn_random_fill_uniform(&random, x, SAMPLES, 10, 14);
    assert_true(fabs(moment(x, SAMPLES, 0, 1) - 12) < 4 * 4 / sqrt(12.0 * SAMPLES));
    for (int i = 0; i < SAMPLES; i++)
        assert_true(x[i] >= 10 && x[i] <= 14);
}

static double box_muller(uint32_t radius_bits, uint32_t angle_bits)
{
    const double u = ((radius_bits >> 8) + 1) * 0x1p-24, v = (angle_bits >> 8) * 0x1p-24;
    return sqrt(-2 * log(u)) * cos(8 * atan(1) * v);
}

/* The library's own logarithm and cosine, against those of the C library in double. */
static void normal_numbers_are_box_and_mullers(void **state)
{
    (void)state;
    gn_random random = {.seed = 21}, bits = random;
    for (int i = 0; i < SAMPLES; i++) {
        const uint32_t radius_bits = gn_random_bits(&bits);
        const double expected = box_muller(radius_bits, gn_random_bits(&bits)),
                     found = (double)gn_random_normal(&random);
        assert_true(isfinite(found));
        assert_true(fabs(found - expected) < 2e-6 * (1 + fabs(expected)));
    }
}

/* --- integers and permutations ------------------------------------------------------------------------------------ */

/* Pearson's: (sum of squared deviations / expectation - degrees) / sqrt(2 degrees), about normal. */
static double chi_square(const int *seen, int cells, int total)
{
    const double expected = (double)total / cells;
    double sum = 0;
    for (int i = 0; i < cells; i++)
        sum += (seen[i] - expected) * (seen[i] - expected) / expected;
    return (sum - (cells - 1)) / sqrt(2.0 * (cells - 1));
}

static void small_integers_are_equally_likely(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {2, 3, 7, 10, 64, 101};
    for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++) {
        gn_random random = {.seed = 30, .stream = b};
        int seen[101] = {0};
        for (int i = 0; i < SAMPLES; i++) {
            const uint32_t number = gn_random_integer(&random, bounds[b]);
            assert_true(number < bounds[b]);
            seen[number]++;
        }
        assert_true(fabs(chi_square(seen, (int)bounds[b], SAMPLES)) < 4);
    }
}

/* 3 * 2^30: without rejection the lowest third would come up twice as often as the others. */
static void large_integers_are_not_biased(void **state)
{
    (void)state;
    gn_random random = {.seed = 31};
    int seen[3] = {0};
    for (int i = 0; i < SAMPLES; i++)
        seen[gn_random_integer(&random, UINT32_C(3) << 30) >> 30]++;
    assert_true(fabs(chi_square(seen, 3, SAMPLES)) < 4);
    assert_true(random.index > SAMPLES + SAMPLES / 4); /* a quarter of the words is thrown away */
}

static void bounds_of_one_and_of_all(void **state)
{
    (void)state;
    gn_random random = {.seed = 32}, bits = random;
    assert_int_equal(gn_random_integer(&random, 1), 0);
    assert_int_equal(gn_random_integer(&random, 0), 0);
    for (int i = 0; i < 1000; i++)
        assert_true(gn_random_integer(&random, UINT32_MAX) < UINT32_MAX);
    random = bits;
    for (int i = 0; i < 100; i++)
        assert_int_equal(gn_random_integer(&random, UINT32_C(1) << 31), gn_random_bits(&bits) % (UINT32_C(1) << 31));
}

static void permutations_have_each_number_once(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 3, 17, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        gn_random random = {.seed = 40, .stream = s};
        uint32_t order[1001];
        order[sizes[s]] = 12345;
        int seen[1000] = {0};
        gn_random_permutation(&random, order, sizes[s]);
        for (uint32_t i = 0; i < sizes[s]; i++) {
            assert_true(order[i] < sizes[s]);
            seen[order[i]]++;
        }
        for (uint32_t i = 0; i < sizes[s]; i++)
            assert_int_equal(seen[i], 1);
        assert_int_equal(order[sizes[s]], 12345);
    }
}

static void the_24_permutations_of_four_are_equally_likely(void **state)
{
    (void)state;
    gn_random random = {.seed = 41};
    int seen[256] = {0}, found[24] = {0}, count = 0;
    for (int i = 0; i < SAMPLES; i++) {
        uint32_t order[4];
        gn_random_permutation(&random, order, 4);
        seen[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    for (int i = 0; i < 256; i++)
        if (seen[i] > 0 && count < 24)
            found[count++] = seen[i];
    assert_int_equal(count, 24);
    assert_true(fabs(chi_square(found, 24, SAMPLES)) < 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(bits_are_philox_of_seed_stream_and_index),
        cmocka_unit_test(a_place_can_be_kept_and_taken_up),
        cmocka_unit_test(seeds_and_streams_differ),
        cmocka_unit_test(uniform_numbers_are_multiples_in_range),
        cmocka_unit_test(filling_uniform_is_drawing_one_by_one),
        cmocka_unit_test(filling_normal_is_drawing_one_by_one),
        cmocka_unit_test(a_fill_can_be_cut_anywhere),
        cmocka_unit_test(bits_are_those_of_earlier_versions),
        cmocka_unit_test(uniform_numbers_are_uniform),
        cmocka_unit_test(normal_numbers_are_normal),
        cmocka_unit_test(means_and_deviations_are_those_asked_for),
        cmocka_unit_test(normal_numbers_are_box_and_mullers),
        cmocka_unit_test(small_integers_are_equally_likely),
        cmocka_unit_test(large_integers_are_not_biased),
        cmocka_unit_test(bounds_of_one_and_of_all),
        cmocka_unit_test(permutations_have_each_number_once),
        cmocka_unit_test(the_24_permutations_of_four_are_equally_likely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
