/* SPDX-License-Identifier: MIT */
/* tests/io/test_archive.c - what can be put into an archive and taken out of one. */
#include "memory.h"
#include "safetensors.h"

#include <math.h>
#include <stdio.h>

/* --- putting in --------------------------------------------------------------------------------------------------- */

static void an_archive_knows_what_was_added(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 3));
    const uint64_t numbers[] = {1, 2, 3};
    gn_shape shape;
    assert_int_equal(gn_archive_count(archive), 0);
    assert_int_equal(gn_archive_add(archive, "b", tensor), GN_OK);
    assert_int_equal(gn_archive_add_numbers(archive, "a", numbers, 3), GN_OK);
    assert_int_equal(gn_archive_add_text(archive, "key", "text"), GN_OK);
    assert_int_equal(gn_archive_add_text(archive, "", ""), GN_OK);
    assert_int_equal(gn_archive_count(archive), 2);
    assert_string_equal(gn_archive_name(archive, 0), "b");
    assert_string_equal(gn_archive_name(archive, 1), "a");
    assert_null(gn_archive_name(archive, 2));
    assert_true(gn_archive_has(archive, "a"));
    assert_false(gn_archive_has(archive, "c"));
    assert_int_equal(gn_archive_shape(archive, "b", &shape), GN_OK);
    assert_true(gn_shape_equal(shape, GN_SHAPE(2, 3)));
    assert_int_equal(gn_archive_shape(archive, "a", &shape), GN_OK);
    assert_true(gn_shape_equal(shape, GN_SHAPE(3)));
    assert_string_equal(gn_archive_text(archive, "key"), "text");
    assert_string_equal(gn_archive_text(archive, ""), "");
    assert_null(gn_archive_text(archive, "other"));
    gn_archive_free(archive);
    gn_tensor_free(tensor);
}

static void names_must_be_new_and_of_use(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1));
    const uint64_t number = 5;
    assert_int_equal(gn_archive_add(archive, "x", tensor), GN_OK);
    assert_int_equal(gn_archive_add(archive, "x", tensor), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: there are two tensors 'x'");
    assert_int_equal(gn_archive_add_numbers(archive, "x", &number, 1), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: there are two tensors 'x'");
    assert_int_equal(gn_archive_add(archive, "", tensor), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: '' cannot be the name of a tensor");
    assert_int_equal(gn_archive_add(archive, "__metadata__", tensor), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: '__metadata__' cannot be the name of a tensor");
    assert_int_equal(gn_archive_add(archive, NULL, tensor), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: 'NULL' cannot be the name of a tensor");
    assert_int_equal(gn_archive_add_text(archive, "x", "1"), GN_OK);
    assert_int_equal(gn_archive_add_text(archive, "x", "2"), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: there are two texts 'x'");
    const char *const own[] = {"gannet.format", "gannet.crc32"};
    for (int i = 0; i < 2; i++) {
        char message[100];
        snprintf(message, sizeof message, "archive: the key '%s' is the file's own, expected another", own[i]);
        assert_int_equal(gn_archive_add_text(archive, own[i], "1"), GN_ERROR_ARGUMENT);
        assert_message(context, GN_ERROR_ARGUMENT, message);
    }
    assert_int_equal(gn_archive_count(archive), 1);
    gn_archive_free(archive);
    gn_tensor_free(tensor);
}

/* Readers of both kinds of files want it, and a save would come too late to tell. */
static void names_and_texts_are_utf8(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1));
    const uint64_t number = 5;
    assert_int_equal(gn_archive_add(archive, "caf\xE9", tensor), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: the name 'caf\xE9' is not UTF-8");
    assert_int_equal(gn_archive_add_numbers(archive, "\xFF", &number, 1), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: the name '\xFF' is not UTF-8");
    assert_int_equal(gn_archive_add_text(archive, "caf\xE9", "text"), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: the text 'caf\xE9' is not UTF-8");
    assert_int_equal(gn_archive_add_text(archive, "key", "caf\xE9"), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: the text 'key' is not UTF-8");
    assert_int_equal(gn_archive_add(archive, "caf\xC3\xA9", tensor), GN_OK);
    assert_int_equal(gn_archive_count(archive), 1);
    gn_archive_free(archive);
    gn_tensor_free(tensor);
}

static void null_and_nothing_are_refused(void **state)
{
    gn_archive *archive = gn_archive_new(*state);
    const uint64_t number = 5;
    uint64_t found;
    gn_shape shape;
    assert_int_equal(gn_archive_add(NULL, "x", NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add(archive, "x", NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_numbers(NULL, "x", &number, 1), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_numbers(archive, "x", NULL, 1), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_numbers(archive, "x", &number, 0), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_numbers(archive, "x", &number, SIZE_MAX), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_text(NULL, "x", "y"), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_text(archive, NULL, "y"), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_add_text(archive, "x", NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_get(NULL, "x", NULL), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_get_numbers(NULL, "x", &found, 1), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_shape(NULL, "x", &shape), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_count(NULL), 0);
    assert_null(gn_archive_name(NULL, 0));
    assert_false(gn_archive_has(NULL, "x"));
    assert_false(gn_archive_has(archive, NULL));
    assert_null(gn_archive_text(NULL, "x"));
    assert_null(gn_archive_text(archive, NULL));
    assert_null(gn_archive_new(NULL));
    gn_archive_free(NULL);
    gn_archive_free(archive);
}

/* More of both than the tables hold at first. */
static bool fill_an_archive(gn_context *context, void *argument)
{
    (void)argument;
    gn_archive *archive = gn_archive_new(context);
    bool done = archive != NULL;
    const uint64_t numbers[] = {1, 2};
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "name %d", i);
        done = gn_archive_add_numbers(archive, name, numbers, 2) == GN_OK && done;
        done = gn_archive_add_text(archive, name, name) == GN_OK && done;
    }
    const size_t count = gn_archive_count(archive);
    for (size_t i = 0; i < count; i++)
        assert_non_null(gn_archive_name(archive, i));
    assert_true(!done || count == 20);
    gn_archive_free(archive);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(fill_an_archive, NULL), 1 + 20 * 4 + 2 * 2);
}

static void an_archive_that_could_not_grow_can_be_used(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const uint64_t numbers[] = {7, UINT64_MAX};
    for (size_t n = 1; n <= 3; n++) { /* the table, the name, the numbers; then the table, the key, the text */
        gn_archive *archive = gn_archive_new(context);
        m.fail_at = m.calls + n;
        assert_int_equal(gn_archive_add_numbers(archive, "n", numbers, 2), GN_ERROR_MEMORY);
        assert_int_equal(gn_archive_count(archive), 0);
        m.fail_at = m.calls + n;
        assert_int_equal(gn_archive_add_text(archive, "k", "v"), GN_ERROR_MEMORY);
        assert_null(gn_archive_text(archive, "k"));
        assert_int_equal(gn_archive_add_numbers(archive, "n", numbers, 2), GN_OK);
        assert_int_equal(gn_archive_add_text(archive, "k", "v"), GN_OK);
        assert_int_equal(gn_archive_save(archive, path_of("grown")), GN_OK);
        gn_archive_free(archive);
    }
    uint64_t found[2];
    gn_archive *archive = load(context, path_of("grown"));
    assert_int_equal(gn_archive_get_numbers(archive, "n", found, 2), GN_OK);
    assert_memory_equal(found, numbers, sizeof found);
    gn_archive_free(archive);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
    assert_int_equal(m.wrong_sizes, 0);
}

/* --- taking out --------------------------------------------------------------------------------------------------- */

static const char mixed_header[] = "{\"__metadata__\":{\"who\":\"me\"},"
                                   "\"n\":{\"dtype\":\"U64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                                   "\"f\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[16,24]},"
                                   "\"i\":{\"dtype\":\"I32\",\"shape\":[2,1],\"data_offsets\":[24,32]},"
                                   "\"c\":{\"dtype\":\"F8_E4M3\",\"shape\":[2,1],\"data_offsets\":[48,50]},"
                                   "\"z\":{\"dtype\":\"F32\",\"shape\":[2,0],\"data_offsets\":[32,32]},"
                                   "\"m\":{\"dtype\":\"U64\",\"shape\":[1,2],\"data_offsets\":[32,48]}}";

static gn_archive *load_mixed(gn_context *context)
{
    static const unsigned char data[50] = {[0] = 1, [1] = 2, [15] = 0x80, [18] = 0x80, [19] = 0x3F, [23] = 0xC0};
    const char *path = path_of("mixed");
    put_safetensors(path, mixed_header, data, sizeof data);
    return load(context, path);
}

static void elements_are_little_endian(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = load_mixed(context);
    uint64_t numbers[2];
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 1));
    assert_int_equal(gn_archive_get_numbers(archive, "n", numbers, 2), GN_OK);
    assert_true(numbers[0] == 0x201 && numbers[1] == UINT64_C(1) << 63);
    assert_int_equal(gn_archive_get(archive, "f", tensor), GN_OK);
    assert_true(gn_tensor_values(tensor)[0] == 1 && gn_tensor_values(tensor)[1] == -2);
    gn_tensor_free(tensor);
    gn_archive_free(archive);
}

static void what_is_not_as_asked_for_is_told(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = load_mixed(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 1)), *other = gn_tensor_new(context, GN_SHAPE(1, 2));
    uint64_t numbers[3];
    gn_shape shape = GN_SHAPE(9);
    assert_int_equal(gn_archive_get(archive, "q", tensor), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "the file has no tensor 'q'");
    assert_int_equal(gn_archive_get(archive, NULL, tensor), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "the file has no tensor 'NULL'");
    assert_int_equal(gn_archive_get(archive, "f", other), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'f' has shape [2,1] in the file, expected [1,2]");
    assert_int_equal(gn_archive_get(archive, "c", tensor), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'c' is of type C64, F8, F6 or F4, which are not converted");
    assert_int_equal(gn_archive_get(archive, "z", tensor), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'z' has shape [2,0] in the file, expected [2,1]");
    assert_int_equal(gn_archive_get_numbers(archive, "q", numbers, 2), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "the file has no tensor 'q'");
    assert_int_equal(gn_archive_get_numbers(archive, "n", numbers, 3), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'n' of shape [2] is not 3 numbers of type U64");
    assert_int_equal(gn_archive_get_numbers(archive, "f", numbers, 2), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'f' of shape [2,1] is not 2 numbers of type U64");
    assert_int_equal(gn_archive_get_numbers(archive, "m", numbers, 2), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'm' of shape [1,2] is not 2 numbers of type U64");
    assert_int_equal(gn_archive_shape(archive, "q", &shape), GN_ERROR_FORMAT);
    assert_true(gn_shape_equal(shape, GN_SHAPE(9)));
    for (int i = 0; i < 2; i++)
        assert_true(gn_tensor_values(tensor)[i] == 0 && gn_tensor_values(other)[i] == 0);
    gn_tensor_free(tensor);
    gn_tensor_free(other);
    gn_archive_free(archive);
}

/* They would be read beyond the file, or for others. */
static void numbers_are_of_no_other_type(void **state)
{
    static const char *const header = "{\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
                                      "\"i\":{\"dtype\":\"I64\",\"shape\":[2],\"data_offsets\":[0,16]}}";
    gn_context *context = *state;
    uint64_t numbers[2];
    put_safetensors(path_of("types"), header, (const unsigned char[24]){0}, 24);
    gn_archive *archive = load(context, path_of("types"));
    assert_int_equal(gn_archive_get_numbers(archive, "f", numbers, 2), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'f' of shape [2] is not 2 numbers of type U64");
    assert_int_equal(gn_archive_get_numbers(archive, "i", numbers, 2), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'i' of shape [2] is not 2 numbers of type U64");
    gn_archive_free(archive);
}

static void an_archive_that_is_being_made_holds_no_data(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1));
    uint64_t number = 1;
    gn_archive_add(archive, "t", tensor);
    gn_archive_add_numbers(archive, "n", &number, 1);
    assert_int_equal(gn_archive_get(archive, "t", tensor), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 't' was not read from a file");
    assert_int_equal(gn_archive_get_numbers(archive, "n", &number, 1), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'n' was not read from a file");
    gn_archive_free(archive);
    gn_tensor_free(tensor);
}

/* --- half precision: all 65,536 of each kind ---------------------------------------------------------------------- */

enum { HALVES = 1 << 16 };

static double value_of_half(unsigned half)
{
    const double sign = half >> 15 != 0 ? -1 : 1, fraction = half & 0x3FF;
    const int exponent = (int)(half >> 10 & 31);
    if (exponent == 31)
        return fraction != 0 ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25));
}

static gn_tensor *load_halves(gn_context *context, const char *type)
{
    static unsigned char data[2 * HALVES];
    for (unsigned i = 0; i < HALVES; i++) {
        data[2 * i] = (unsigned char)i;
        data[2 * i + 1] = (unsigned char)(i >> 8);
    }
    char header[200];
    snprintf(header, sizeof header, "{\"h\":{\"dtype\":\"%s\",\"shape\":[256,256],\"data_offsets\":[0,131072]}}", type);
    put_safetensors(path_of("halves"), header, data, sizeof data);
    gn_archive *archive = load(context, path_of("halves"));
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(256, 256));
    assert_int_equal(gn_archive_get(archive, "h", tensor), GN_OK);
    gn_archive_free(archive);
    return tensor;
}

static void f16_is_converted_exactly(void **state)
{
    gn_tensor *tensor = load_halves(*state, "F16");
    for (unsigned i = 0; i < HALVES; i++) {
        const double found = (double)gn_tensor_values(tensor)[i], expected = value_of_half(i);
        assert_true(isnan(expected) ? isnan(found) : found == expected && signbit(found) == signbit(expected));
    }
    assert_true(gn_tensor_values(tensor)[0x3C00] == 1);
    assert_true(gn_tensor_values(tensor)[0x7BFF] == 65504);
    assert_true(gn_tensor_values(tensor)[1] == 0x1p-24f);
    gn_tensor_free(tensor);
}

static void bf16_is_the_upper_half_of_f32(void **state)
{
    gn_tensor *tensor = load_halves(*state, "BF16");
    for (uint32_t i = 0; i < HALVES; i++) {
        const uint32_t bits = i << 16;
        float expected;
        memcpy(&expected, &bits, sizeof expected);
        const gn_real found = gn_tensor_values(tensor)[i];
        assert_true(isnan(expected) ? isnan(found) : found == expected && signbit(found) == signbit(expected));
    }
    gn_tensor_free(tensor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_knows_what_was_added),
        cmocka_unit_test(names_must_be_new_and_of_use),
        cmocka_unit_test(names_and_texts_are_utf8),
        cmocka_unit_test(null_and_nothing_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(an_archive_that_could_not_grow_can_be_used),
        cmocka_unit_test(elements_are_little_endian),
        cmocka_unit_test(what_is_not_as_asked_for_is_told),
        cmocka_unit_test(numbers_are_of_no_other_type),
        cmocka_unit_test(an_archive_that_is_being_made_holds_no_data),
        cmocka_unit_test(f16_is_converted_exactly),
        cmocka_unit_test(bf16_is_the_upper_half_of_f32),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
