/* SPDX-License-Identifier: MIT */
/* tests/io/test_element.c - bytes to numbers, by hand for each type. */
#include "io/element.h"
#include "test.h"

#include <math.h>

typedef struct expected {
    gn__element element;
    uint64_t bits;
    double value;
} expected;

static const expected numbers[] = {
    {GN__U64, 0, 0},
    {GN__U64, UINT64_MAX, 0x1p64},
    {GN__I64, UINT64_MAX, -1},
    {GN__I64, UINT64_C(1) << 63, -0x1p63},
    {GN__I64, INT64_MAX, 0x1p63},
    {GN__F64, UINT64_C(0xC004000000000000), -2.5},
    {GN__F64, UINT64_C(0x3FF0000010000000), 0x1.000000p0},     /* a tie: to even */
    {GN__F64, UINT64_C(0x3FF0000010000001), 0x1.000002p0},     /* a little more */
    {GN__F64, UINT64_C(0x3690000000000000), 0},                /* 2^-150, the tie below the smallest float */
    {GN__F64, UINT64_C(0x36A0000000000000), 0x1p-149},         /* the smallest one */
    {GN__F64, UINT64_C(0x7E37E43C8800759C), (double)INFINITY}, /* 1e300 */
    {GN__F64, UINT64_C(0xFFF0000000000000), -(double)INFINITY},
    {GN__F32, 0x40200000, 2.5},
    {GN__I32, 0xFFFFFFFE, -2},
    {GN__I32, 0x80000000, -0x1p31},
    {GN__U32, 0xFFFFFF00, 4294967040.0},
    {GN__F16, 0x3C00, 1},
    {GN__F16, 0xFBFF, -65504},
    {GN__F16, 0x0001, 0x1p-24},
    {GN__F16, 0x7C00, (double)INFINITY},
    {GN__BF16, 0xC020, -2.5},
    {GN__BF16, 0x7F80, (double)INFINITY},
    {GN__BF16, 0x0001, 0x1p-133},
    {GN__I16, 0x8000, -32768},
    {GN__I16, 0x7FFF, 32767},
    {GN__U16, 0x8000, 32768},
    {GN__I8, 0x80, -128},
    {GN__I8, 0x7F, 127},
    {GN__I8, 0xFF, -1},
    {GN__U8, 0xFF, 255},
};

static void each_type_has_its_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const expected *e = &numbers[i];
        unsigned char bytes[8] = {0};
        gn__store_little_endian(bytes, e->bits, gn__element_size(e->element));
        const double found = (double)gn__element_value(e->element, bytes);
        if (found != e->value)
            print_error("row %zu: %.9g, expected %.9g\n", i, found, e->value);
        assert_true(found == e->value);
    }
}

static void what_is_no_number_stays_none(void **state)
{
    (void)state;
    assert_true(isnan(gn__element_value(GN__F64, (const unsigned char[]){1, 0, 0, 0, 0, 0, 0xF8, 0x7F})));
    assert_true(isnan(gn__element_value(GN__F32, (const unsigned char[]){0, 0, 0xC0, 0xFF})));
    assert_true(isnan(gn__element_value(GN__F16, (const unsigned char[]){1, 0x7C})));
    assert_true(isnan(gn__element_value(GN__BF16, (const unsigned char[]){0xC0, 0x7F})));
}

static void the_lowest_byte_stands_first(void **state)
{
    (void)state;
    unsigned char bytes[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    gn__store_little_endian(bytes, UINT64_C(0x0807060504030201), 3);
    assert_memory_equal(bytes, ((const unsigned char[]){1, 2, 3, 9, 9, 9, 9, 9}), 8);
    assert_int_equal(gn__load_little_endian(bytes, 2), 0x201);
    assert_int_equal(gn__load_little_endian(bytes, 0), 0);
    assert_true(gn__load_little_endian((const unsigned char[]){1, 0, 0, 0, 0, 0, 0, 0x80}, 8) ==
                (UINT64_C(1) << 63 | 1));
}

static void a_float_takes_four_bytes(void **state)
{
    (void)state;
    unsigned char bytes[5] = {9, 9, 9, 9, 9};
    gn__store_float(bytes, -2.5f);
    assert_memory_equal(bytes, ((const unsigned char[]){0, 0, 0x20, 0xC0, 9}), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_numbers),
        cmocka_unit_test(what_is_no_number_stays_none),
        cmocka_unit_test(the_lowest_byte_stands_first),
        cmocka_unit_test(a_float_takes_four_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
