/* SPDX-License-Identifier: MIT */
/* tests/io/test_safetensors_writer.c - the bytes of a saved archive, and saving on a disk that fails. With a
 * path as argument the program writes the file that `make_safetensors.py check` reads (test_safetensors.sh). */
#include "faults.h"
#include "memory.h"
#include "safetensors.h"

#include <zlib.h>

static uint64_t length_of(const unsigned char *bytes)
{
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--)
        length = length << 8 | bytes[i];
    return length;
}

static void the_bytes_are_as_documented(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_from(context, GN_SHAPE(1, 2), (const gn_real[]){1, -2});
    const uint64_t numbers[] = {UINT64_C(0x0807060504030201)};
    gn_archive_add(archive, "w", tensor);
    gn_archive_add_numbers(archive, "x", numbers, 1);
    gn_archive_add_text(archive, "who", "\"me\"\n");
    assert_int_equal(gn_archive_save(archive, path_of("bytes")), GN_OK);

    static const unsigned char data[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0};
    char header[400];
    snprintf(header, sizeof header,
             "{\"__metadata__\":{\"who\":\"\\\"me\\\"\\n\",\"gannet.crc32\":\"%08lx\",\"gannet.format\":\"1\"},"
             "\"x\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]},"
             "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]}}",
             crc32(crc32(0, NULL, 0), data, sizeof data));
    size_t size;
    unsigned char *bytes = get_file(path_of("bytes"), &size);
    const uint64_t length = length_of(bytes);
    assert_int_equal(size, 8 + length + sizeof data);
    assert_int_equal((8 + length) % 64, 0);
    assert_true(length >= strlen(header) && length < strlen(header) + 64);
    assert_memory_equal(bytes + 8, header, strlen(header));
    for (size_t i = 8 + strlen(header); i < 8 + length; i++)
        assert_int_equal(bytes[i], ' ');
    assert_memory_equal(bytes + 8 + length, data, sizeof data);
    free(bytes);
    gn_archive_free(archive);
    gn_tensor_free(tensor);
}

static void data_begins_at_a_multiple_of_64_whatever_the_header(void **state)
{
    gn_context *context = *state;
    char text[200] = "";
    for (size_t length = 0; length < 130; length++) {
        gn_archive *archive = gn_archive_new(context);
        gn_archive_add_text(archive, "t", text);
        assert_int_equal(gn_archive_save(archive, path_of("aligned")), GN_OK);
        gn_archive_free(archive);
        size_t size;
        unsigned char *bytes = get_file(path_of("aligned"), &size);
        assert_int_equal(size % 64, 0);
        assert_int_equal(length_of(bytes), size - 8);
        free(bytes);
        text[length] = 'x';
    }
}

/* --- round trips -------------------------------------------------------------------------------------------------- */

enum { SIZES = 8 };
static const int64_t sizes[SIZES] = {1, 2, 511, 1023, 1024, 1025, 2048, 5003}; /* a piece holds 1024 numbers */

/* Tensors of bit patterns of all kinds (also those that are not numbers), counters, texts. */
static void fill_tensors(gn_context *context, gn_tensor *tensors[SIZES])
{
    uint32_t bits = 1;
    for (int i = 0; i < SIZES; i++) {
        tensors[i] = gn_tensor_new(context, i % 2 == 0 ? GN_SHAPE(sizes[i]) : GN_SHAPE(1, sizes[i], 1));
        assert_non_null(tensors[i]);
        for (int64_t j = 0; j < sizes[i]; j++) {
            bits = bits * 1664525u + 1013904223u;
            float value;
            memcpy(&value, &bits, sizeof value);
            gn_tensor_data(tensors[i])[j] = value;
        }
    }
}

static gn_archive *fill_archive(gn_context *context, gn_tensor *tensors[SIZES], bool backwards)
{
    static const uint64_t numbers[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 53};
    gn_archive *archive = gn_archive_new(context);
    bool done = archive != NULL;
    for (int i = 0; i < SIZES; i++) {
        const int index = backwards ? SIZES - 1 - i : i;
        char name[40];
        snprintf(name, sizeof name, "layer%d.weight", index);
        done = gn_archive_add(archive, name, tensors[index]) == GN_OK && done;
        snprintf(name, sizeof name, "counters%d", index % 2);
        done = (index < 2 ? gn_archive_add_numbers(archive, name, numbers, 5) : GN_OK) == GN_OK && done;
    }
    done = gn_archive_add_text(archive, "config", "{\"a\": \"\xC3\xA9\\\t\"}") == GN_OK && done;
    if (done)
        return archive;
    gn_archive_free(archive);
    return NULL;
}

static void what_is_saved_is_loaded(void **state)
{
    gn_context *context = *state;
    gn_tensor *tensors[SIZES];
    fill_tensors(context, tensors);
    gn_archive *archive = fill_archive(context, tensors, false);
    assert_int_equal(gn_archive_save(archive, path_of("trip")), GN_OK);
    gn_archive_free(archive);
    archive = load(context, path_of("trip"));
    assert_int_equal(gn_archive_count(archive), SIZES + 2);
    assert_string_equal(gn_archive_name(archive, 0), "counters0");
    assert_string_equal(gn_archive_name(archive, 2), "layer0.weight");
    assert_string_equal(gn_archive_text(archive, "config"), "{\"a\": \"\xC3\xA9\\\t\"}");
    assert_string_equal(gn_archive_text(archive, "gannet.format"), "1");
    uint64_t numbers[5];
    assert_int_equal(gn_archive_get_numbers(archive, "counters1", numbers, 5), GN_OK);
    assert_true(numbers[2] == UINT64_MAX && numbers[3] == UINT64_C(1) << 63 && numbers[4] == UINT64_C(1) << 53);
    for (int i = 0; i < SIZES; i++) {
        char name[40];
        gn_shape shape;
        snprintf(name, sizeof name, "layer%d.weight", i);
        assert_int_equal(gn_archive_shape(archive, name, &shape), GN_OK);
        assert_true(gn_shape_equal(shape, gn_tensor_shape(tensors[i])));
        gn_tensor *found = gn_tensor_new(context, shape);
        assert_int_equal(gn_archive_get(archive, name, found), GN_OK);
        assert_memory_equal(gn_tensor_values(found), gn_tensor_values(tensors[i]), (size_t)sizes[i] * sizeof(gn_real));
        gn_tensor_free(found);
        gn_tensor_free(tensors[i]);
    }
    gn_archive_free(archive);
}

static void equal_contents_give_equal_bytes(void **state)
{
    gn_context *context = *state;
    gn_tensor *tensors[SIZES];
    fill_tensors(context, tensors);
    for (int i = 0; i < 2; i++) {
        gn_archive *archive = fill_archive(context, tensors, i == 1);
        assert_int_equal(gn_archive_save(archive, path_of(i == 0 ? "one" : "two")), GN_OK);
        gn_archive_free(archive);
    }
    size_t size;
    unsigned char *bytes = get_file(path_of("one"), &size);
    assert_true(file_holds(path_of("two"), bytes, size));
    free(bytes);
    for (int i = 0; i < SIZES; i++)
        gn_tensor_free(tensors[i]);
}

static void scalars_and_nothing_can_be_saved(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    assert_int_equal(gn_archive_save(archive, path_of("empty")), GN_OK);
    gn_tensor *scalar = gn_tensor_from(context, (gn_shape){.rank = 0}, (const gn_real[]){2.5f});
    assert_int_equal(gn_archive_add(archive, "s", scalar), GN_OK);
    assert_int_equal(gn_archive_save(archive, path_of("scalar")), GN_OK);
    gn_archive_free(archive);
    archive = load(context, path_of("empty"));
    assert_int_equal(gn_archive_count(archive), 0);
    gn_archive_free(archive);
    archive = load(context, path_of("scalar"));
    gn_tensor_data(scalar)[0] = 0;
    assert_int_equal(gn_archive_get(archive, "s", scalar), GN_OK);
    assert_true(gn_tensor_values(scalar)[0] == 2.5f);
    gn_archive_free(archive);
    gn_tensor_free(scalar);
}

/* Tensors are borrowed: what counts is what they hold when the archive is saved. */
static void tensors_are_read_when_saving(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1));
    gn_archive_add(archive, "t", tensor);
    gn_tensor_data(tensor)[0] = 8;
    assert_int_equal(gn_archive_save(archive, path_of("late")), GN_OK);
    gn_archive_free(archive);
    gn_tensor_data(tensor)[0] = 0;
    archive = load(context, path_of("late"));
    assert_int_equal(gn_archive_get(archive, "t", tensor), GN_OK);
    assert_true(gn_tensor_values(tensor)[0] == 8);
    gn_archive_free(archive);
    gn_tensor_free(tensor);
}

/* --- what cannot be saved ----------------------------------------------------------------------------------------- */

static void arguments_are_checked(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    assert_int_equal(gn_archive_save(NULL, path_of("x")), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_archive_save(archive, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: the path to save to is NULL");
    gn_archive_free(archive);
}

/* What the reader would refuse must not take the place of a file that can be read. */
static void what_is_too_long_to_be_read_is_not_written(void **state)
{
    static const char rest[] =
        "{\"__metadata__\":{\"config\":\"\",\"gannet.crc32\":\"00000000\",\"gannet.format\":\"1\"}}";
    enum { NAME = 1025, TEXT = (16 << 20) - (sizeof rest - 1) }; /* too long with the spaces behind */
    gn_context *context = *state;
    const char *path = path_of("long");
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1));
    char *text = malloc(TEXT + 1);
    memset(text, 'x', TEXT);
    text[TEXT] = '\0';
    for (int i = 0; i < 2; i++) {
        gn_archive *archive = gn_archive_new(context);
        if (i == 0) {
            gn_archive_add_text(archive, "config", text);
        } else {
            text[NAME] = '\0';
            gn_archive_add(archive, text, tensor);
        }
        assert_int_equal(gn_archive_save(archive, path), GN_ERROR_ARGUMENT);
        assert_message_has(context, GN_ERROR_ARGUMENT,
                           i == 0 ? ": names and texts make a header of 16777216 bytes"
                                  : "...' has 1025 bytes, expected at most 1024");
        assert_false(is_there(path));
        gn_archive_free(archive);
    }
    free(text);
    gn_tensor_free(tensor);
}

static void what_was_read_is_not_for_saving(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("again"), *source = path_of("source");
    put_safetensors(source, "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "\0\0\0\0", 4);
    gn_archive *archive = load(context, source);
    char message[700];
    snprintf(message, sizeof message, "%s: an archive that was read from a file cannot be saved", path);
    assert_int_equal(gn_archive_save(archive, path), GN_ERROR_STATE);
    assert_message(context, GN_ERROR_STATE, message);
    gn_archive_free(archive);
}

static gn_status save_archive(gn_context *context, const char *path, void *argument)
{
    gn_archive *archive = fill_archive(context, argument, false);
    if (archive == NULL)
        return gn_context_status(context);
    const gn_status status = gn_archive_save(archive, path);
    gn_archive_free(archive);
    return status;
}

static void every_call_may_fail(void **state)
{
    gn_tensor *tensors[SIZES];
    fill_tensors(*state, tensors);
    fail_every_call(*state, path_of("faults"), save_archive, tensors, true);
    for (int i = 0; i < SIZES; i++)
        gn_tensor_free(tensors[i]);
}

static bool save_in_memory(gn_context *context, void *argument)
{
    return save_archive(context, path_of("memory"), argument) == GN_OK;
}

static void every_allocation_may_fail(void **state)
{
    gn_tensor *tensors[SIZES];
    fill_tensors(*state, tensors);
    assert_true(memory_fail_each(save_in_memory, tensors) > 15);
    assert_false(is_there(temporary_of("memory")));
    gn_archive_free(load(*state, path_of("memory")));
    for (int i = 0; i < SIZES; i++)
        gn_tensor_free(tensors[i]);
}

static int write_file(const char *path)
{
    static const uint64_t steps[] = {7, UINT64_MAX};
    gn_context *context = gn_context_new(NULL);
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *weight = gn_tensor_from(context, GN_SHAPE(1, 3), (const gn_real[]){1, -2, 0.5});
    const bool done = gn_archive_add(archive, "net.weight", weight) == GN_OK &&
                      gn_archive_add_numbers(archive, "steps", steps, 2) == GN_OK &&
                      gn_archive_add_text(archive, "who", "me") == GN_OK && gn_archive_save(archive, path) == GN_OK;
    gn_archive_free(archive);
    gn_tensor_free(weight);
    gn_context_free(context);
    return done ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_as_documented),
        cmocka_unit_test(data_begins_at_a_multiple_of_64_whatever_the_header),
        cmocka_unit_test(what_is_saved_is_loaded),
        cmocka_unit_test(equal_contents_give_equal_bytes),
        cmocka_unit_test(scalars_and_nothing_can_be_saved),
        cmocka_unit_test(tensors_are_read_when_saving),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(what_is_too_long_to_be_read_is_not_written),
        cmocka_unit_test(what_was_read_is_not_for_saving),
        cmocka_unit_test(every_call_may_fail),
        cmocka_unit_test(every_allocation_may_fail),
    };
    if (argc == 2)
        return write_file(argv[1]);
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
