/* SPDX-License-Identifier: MIT */
/* tests/io/test_npy.c - arrays to and from NumPy's files; numpy/ holds what NumPy has written (make_numpy.py). */
#include "faults.h"
#include "memory.h"

#include <gannet/npy.h>

static const char *fixture(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, GN_TESTS_DIR "/io/numpy/%s.npy", name);
    return path;
}

static void assert_holds(const gn_tensor *tensor, gn_shape shape, const gn_real *values)
{
    assert_non_null(tensor);
    assert_true(gn_shape_equal(gn_tensor_shape(tensor), shape));
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++)
        assert_true(gn_tensor_values(tensor)[i] == values[i]);
}

/* --- NumPy's own files -------------------------------------------------------------------------------------------- */

static void every_type_of_numbers_is_read(void **state)
{
    static const char *const names[] = {"f2", "f4", "f8", "i1", "i2", "i4",      "i8",
                                        "u1", "u2", "u4", "u8", "b1", "version2"};
    static const gn_real with_signs[] = {0, 1, -2, 3, -4, 100}, without[] = {0, 1, 2, 3, 4, 100},
                         flags[] = {0, 1, 1, 1, 1, 1};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        gn_tensor *tensor = gn_npy_load(*state, fixture(names[i]));
        assert_holds(tensor, GN_SHAPE(2, 3), names[i][0] == 'b' ? flags : names[i][0] == 'u' ? without : with_signs);
        gn_tensor_free(tensor);
    }
}

static void one_axis_and_none_are_read(void **state)
{
    gn_tensor *row = gn_npy_load(*state, fixture("row")), *scalar = gn_npy_load(*state, fixture("scalar"));
    assert_holds(row, GN_SHAPE(5), (const gn_real[]){0, 1, 2, 3, 4});
    assert_holds(scalar, (gn_shape){.rank = 0}, (const gn_real[]){2.5});
    gn_tensor_free(row);
    gn_tensor_free(scalar);
}

static void assert_refused(gn_context *context, const char *path, const char *why)
{
    const size_t before = gn_context_memory(context).bytes;
    char message[800];
    snprintf(message, sizeof message, "%s: cannot be read as .npy: %s", path, why);
    gn_context_clear(context);
    assert_null(gn_npy_load(context, path));
    assert_message(context, GN_ERROR_FORMAT, message);
    assert_int_equal(gn_context_memory(context).bytes, before);
}

static void other_arrays_are_refused_in_words(void **state)
{
    assert_refused(*state, fixture("fortran"), "it is in Fortran order; save numpy.ascontiguousarray(array) instead");
    assert_refused(*state, fixture("big"), "it is big-endian; save array.astype('<f4') instead");
    assert_refused(*state, fixture("complex"), "its dtype is not one of f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1");
    assert_refused(*state, fixture("text"), "its dtype is not one of f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1");
    assert_refused(*state, fixture("object"), "it holds Python objects, which are never read");
    assert_refused(*state, fixture("empty"), "it has an axis of size 0, or too many elements");
}

/* --- headers by hand ---------------------------------------------------------------------------------------------- */

typedef struct header {
    const char *text;
    size_t data;     /* bytes that follow */
    const char *why; /* NULL: it is accepted */
} header;

#define DICTIONARY(descr, order, shape) "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape ", }"
#define F4(shape)                       DICTIONARY("'<f4'", "False", shape)

static const char not_a_dictionary[] = "its header is not a dictionary";
static const char other_key[] = "its header has another key than descr, fortran_order and shape, or one twice";
static const char no_shape[] = "its shape is not a tuple of whole numbers";

static const header headers[] = {
    {F4("(1,)"), 4, NULL},
    {F4("(1,)") "  \n", 4, NULL},
    {"{\"shape\":(2),\"descr\":\"<f4\",\"fortran_order\":False}", 8, no_shape},
    {"{\"shape\":(2,),\"descr\":\"<f4\",\"fortran_order\":False}", 8, NULL},
    {F4("(1, 1, 1, 1, 1, 1)"), 4, NULL},
    {F4("(1, 1, 1, 1, 1, 1,)"), 4, NULL},
    {F4("(1, 1, 1, 1, 1, 1, 1)"), 4, "it has more than 6 axes"},
    {F4("()"), 4, NULL},
    {F4("(,)"), 4, no_shape},
    {F4("(1 1)"), 4, no_shape},
    {F4("(1,,1)"), 4, no_shape},
    {F4("(-1,)"), 4, no_shape},
    {F4("(1.0,)"), 4, no_shape},
    {F4("(1L,)"), 4, no_shape},
    {F4("[1,]"), 4, no_shape},
    {F4("1"), 4, no_shape},
    {F4("(1,"), 4, no_shape},
    {F4("(9223372036854775808,)"), 4, no_shape},
    {F4("(9223372036854775807,)"), 4, "its shape multiplies to more than memory can hold"},
    {F4("(4294967296, 4294967296)"), 4, "its shape multiplies to more than memory can hold"},
    {F4("(0, 9223372036854775807, 9)"), 0, "it has an axis of size 0, or too many elements"},
    {F4("(1000000000000,)"), 4, "it is shorter than its shape says"},
    {F4("(2,)"), 7, "it is shorter than its shape says"},
    {F4("(2,)"), 9, "it is longer than its shape says"},
    {DICTIONARY("'<f4'", "false", "(1,)"), 4, "fortran_order is neither True nor False"},
    {DICTIONARY("'<f4'", "0", "(1,)"), 4, "fortran_order is neither True nor False"},
    {DICTIONARY("'<f3'", "False", "(1,)"), 4, "its dtype is not one of f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1"},
    {DICTIONARY("''", "False", "(1,)"), 4, "its dtype is not one of f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1"},
    {DICTIONARY("[('a', '<f4')]", "False", "(1,)"), 4, "its dtype is not one of numbers"},
    {DICTIONARY("'\\x3cf4'", "False", "(1,)"), 4, "its dtype is not one of numbers"},
    {"{'descr': '<f4", 4, "its dtype is not one of numbers"},
    {"{'descr': '<f4', 'shape': (1,), }", 4, "its header lacks descr, fortran_order or shape"},
    {"{}", 4, "its header lacks descr, fortran_order or shape"},
    {"", 4, not_a_dictionary},
    {"[]", 4, not_a_dictionary},
    {"{", 4, not_a_dictionary},
    {"{'descr' '<f4'}", 4, not_a_dictionary},
    {"{'descr': '<f4' 'shape': (1,)}", 4, not_a_dictionary},
    {"{'descr': '<f4', 'descr': '<f4'}", 4, other_key},
    {"{'other': 1}", 4, other_key},
    {"{'a_key_that_is_too_long': 1}", 4, not_a_dictionary},
    {F4("(1,)") " x", 4, "something follows the dictionary in its header"},
};

static void put_npy(const char *path, int version, const char *text, size_t data)
{
    unsigned char bytes[400] = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0, (unsigned char)strlen(text)};
    const size_t before = version == 1 ? 10 : 12;
    memcpy(bytes + before, text, strlen(text));
    put_file(path, bytes, before + strlen(text) + data);
}

static void headers_are_recognised_or_refused(void **state)
{
    const char *path = path_of("header.npy");
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const header *h = &headers[i];
        for (int version = 1; version <= 3; version++) {
            put_npy(path, version, h->text, h->data);
            if (h->why != NULL) {
                assert_refused(*state, path, h->why);
                continue;
            }
            gn_tensor *tensor = gn_npy_load(*state, path);
            if (tensor == NULL)
                print_error("%s\n%s\n", h->text, gn_context_message(*state));
            assert_non_null(tensor);
            gn_tensor_free(tensor);
        }
    }
}

static void frames_are_checked(void **state)
{
    const char *path = path_of("frame.npy");
    static const unsigned char begin[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 11, 0};
    for (size_t size = 0; size < 8; size++) {
        put_file(path, begin, size);
        assert_refused(*state, path, "it does not begin with \\x93NUMPY");
    }
    for (size_t size = 8; size <= 10; size++) {
        put_file(path, begin, size);
        assert_refused(*state, path, "it ends before its header does");
    }
    put_npy(path, 4, "{}", 0);
    assert_refused(*state, path, "its version is not 1.0, 2.0 or 3.0");
    put_npy(path, 0, "{}", 0);
    assert_refused(*state, path, "its version is not 1.0, 2.0 or 3.0");
    put_file(path, "\x93NUMPY\x01\x01\0\0", 10);
    assert_refused(*state, path, "its version is not 1.0, 2.0 or 3.0");
    put_file(path, "\x93NUMPY\x01\0\x11\x27", 10); /* 10,001 */
    assert_refused(*state, path, "its header is longer than 10,000 bytes");
    put_file(path, "\x93NUMPY\x02\0\xff\xff\xff\xff", 12);
    assert_refused(*state, path, "its header is longer than 10,000 bytes");
}

/* --- what is written ---------------------------------------------------------------------------------------------- */

static void the_bytes_are_those_of_numpy(void **state)
{
    size_t size;
    unsigned char *expected = get_file(fixture("f4"), &size);
    gn_tensor *tensor = gn_npy_load(*state, fixture("f4"));
    assert_int_equal(gn_npy_save(tensor, path_of("f4.npy")), GN_OK);
    assert_true(file_holds(path_of("f4.npy"), expected, size));
    gn_tensor_free(tensor);
    free(expected);
}

static void what_is_written_is_read(void **state)
{
    static const gn_shape shapes[] = {{.rank = 0}, {1, {1}}, {1, {2000}}, {2, {3, 7}}, {6, {1, 2, 1, 3, 5, 1}}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        gn_tensor *tensor = gn_tensor_new(*state, shapes[s]);
        for (int64_t i = 0; i < gn_tensor_count(tensor); i++)
            gn_tensor_data(tensor)[i] = (gn_real)(0.25 * (double)i - 3);
        assert_int_equal(gn_npy_save(tensor, path_of("round.npy")), GN_OK);
        gn_tensor *read = gn_npy_load(*state, path_of("round.npy"));
        assert_holds(read, shapes[s], gn_tensor_values(tensor));
        gn_tensor_free(read);
        gn_tensor_free(tensor);
    }
}

static void files_that_cannot_be_had_are_told(void **state)
{
    gn_context *context = *state;
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(1));
    assert_int_equal(gn_npy_save(NULL, "x"), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_npy_save(tensor, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to write is NULL");
    assert_int_equal(gn_npy_save(tensor, path_of("no/such.npy")), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "no/such.npy: cannot write: No such file");
    assert_null(gn_npy_load(context, path_of("none.npy")));
    assert_message_has(context, GN_ERROR_IO, "none.npy: cannot read: No such file");
    assert_null(gn_npy_load(context, NULL));
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to read is NULL");
    assert_null(gn_npy_load(NULL, "x"));
    gn_tensor_free(tensor);
}

static gn_status save(gn_context *context, const char *path, void *argument)
{
    (void)context;
    return gn_npy_save(argument, path);
}

static void a_disk_that_fails_leaves_the_old_file(void **state)
{
    gn_tensor *tensor = gn_tensor_new(*state, GN_SHAPE(3000));
    fail_every_call(*state, path_of("old.npy"), save, tensor, false);
    gn_tensor_free(tensor);
}

static bool save_and_load(gn_context *context, void *argument)
{
    (void)argument;
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(4, 5));
    const bool saved = tensor != NULL && gn_npy_save(tensor, path_of("memory.npy")) == GN_OK;
    gn_tensor *read = saved ? gn_npy_load(context, path_of("memory.npy")) : NULL;
    const bool done = read != NULL;
    gn_tensor_free(tensor);
    gn_tensor_free(read);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(memory_fail_each(save_and_load, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_numbers_is_read),
        cmocka_unit_test(one_axis_and_none_are_read),
        cmocka_unit_test(other_arrays_are_refused_in_words),
        cmocka_unit_test(headers_are_recognised_or_refused),
        cmocka_unit_test(frames_are_checked),
        cmocka_unit_test(the_bytes_are_those_of_numpy),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(files_that_cannot_be_had_are_told),
        cmocka_unit_test(a_disk_that_fails_leaves_the_old_file),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
