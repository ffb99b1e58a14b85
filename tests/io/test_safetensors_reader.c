/* SPDX-License-Identifier: MIT */
/* tests/io/test_safetensors_reader.c - files from strangers: what is accepted, what is refused and with which words. */
#include "memory.h"
#include "safetensors.h"

#include <math.h>

/* --- the vectors of the reference implementation (safetensors/src/tensor.rs) -------------------------------------- */

#define ZEROS_16  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define LENGTH(n) n "\0\0\0\0\0\0\0"
#define I32_2X2   "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}"

/* Bytes of a whole file; why NULL: it is accepted, with this many tensors. */
typedef struct vector {
    const char *bytes;
    size_t size;
    const char *why;
    size_t tensors;
} vector;

#define FILE_OF(text) text, sizeof text - 1

static const vector vectors[] = {
    {FILE_OF(LENGTH("<") I32_2X2 ZEROS_16), NULL, 1},
    {FILE_OF(LENGTH("<") I32_2X2 ZEROS_16 "extra_bogus_data_for_polyglot_file"), "the file is longer than its tensors",
     0},
    {FILE_OF(LENGTH("<") I32_2X2 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "tensor 'test': data_offsets lie outside the file",
     0},
    {FILE_OF(""), "it is shorter than 8 bytes", 0},
    {FILE_OF("<\0\0\0\0\xff\xff\xff"), "it ends before its header does", 0},
    {FILE_OF(LENGTH("<")), "it ends before its header does", 0},
    {FILE_OF(LENGTH("\x01") "\xff"), "its header does not begin with '{'", 0},
    {FILE_OF(LENGTH("\x01") "{"), "not a valid safetensors file: ", 0},
    {FILE_OF(LENGTH("\x06") "{}\r \t\n"), NULL, 0},
    {FILE_OF(LENGTH("\x06") "\t\n {}\r"), "its header does not begin with '{'", 0}, /* the reference takes this one */
    {FILE_OF(LENGTH("\x08") "{}      "), NULL, 0},
    {FILE_OF(LENGTH("\x3c") "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0, 4]}}"
                            "\0\0\0\0"),
     "tensor 'test': data_offsets and shape do not agree", 0},
    {FILE_OF(LENGTH("\x3b") "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,0],\"data_offsets\":[0,0]}}"), NULL, 1},
    {FILE_OF(LENGTH("\x38") "{\"test\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}"
                            "\0\0\0\0"),
     NULL, 1},
    {FILE_OF(LENGTH(
         "\x4f") "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,18446744073709551614],\"data_offsets\":[0,16]}}" ZEROS_16),
     "not a valid safetensors file: ", 0},
    {FILE_OF(LENGTH(
         "\x4e") "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,9223372036854775807],\"data_offsets\":[0,16]}}" ZEROS_16),
     "tensor 'test': its shape multiplies to more than memory can hold", 0},
};

static void the_vectors_of_the_reference(void **state)
{
    gn_context *context = *state;
    const char *path = path_of("vector");
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const vector *v = &vectors[i];
        put_file(path, v->bytes, v->size);
        if (v->why != NULL) {
            assert_not_loaded(context, path, v->why);
            continue;
        }
        gn_archive *archive = load(context, path);
        assert_int_equal(gn_archive_count(archive), v->tensors);
        gn_archive_free(archive);
    }
}

/* --- headers that are refused ------------------------------------------------------------------------------------- */

#define F32_1(name, offsets)       "\"" name "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets) "{\"t\":{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

typedef struct refusal {
    const char *header;
    size_t data;
    const char *why;
} refusal;

static const refusal refusals[] = {
    /* not one JSON object */
    {"[]", 0, "its header does not begin with '{'"},
    {"null", 0, "its header does not begin with '{'"},
    {"", 0, "its header does not begin with '{'"},
    {" {}", 0, "its header does not begin with '{'"},
    {"{}x", 0, "something follows its end"},
    {"{} {}", 0, "something follows its end"},
    {"{'t':1}", 0, "expected a text"},
    {"{\"t\":", 0, "tensor 't': expected an object"},
    {"{\"\xff\":1}", 0, "a text is not valid UTF-8"},
    {"{\"\xc0\x80\":1}", 0, "a text is not valid UTF-8"},
    {"{\"a\\u0000b\":1}", 0, "an escape in a text is not valid"},
    {"{\"\\ud800\":1}", 0, "an escape in a text is not valid"},
    /* two of a name */
    {"{" F32_1("t", "[0,4]") "," F32_1("t", "[4,8]") "}", 8, "tensor 't': there are two of this name"},
    {"{\"t\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "each once"},
    {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "two texts of __metadata__ have one key"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, "there are two of '__metadata__'"},
    /* texts */
    {"{\"__metadata__\":[]}", 0, "expected an object"},
    {"{\"__metadata__\":null}", 0, "expected an object"},
    {"{\"__metadata__\":{\"a\":\"b\\u0000\"}}", 0, "an escape in a text is not valid"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "expected a text"},
    {"{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "expected a text"},
    /* what a tensor has */
    {"{\"t\":3}", 0, "tensor 't': expected an object"},
    {"{\"t\":{}}", 0, "tensor 't': it must have dtype, shape and data_offsets, each once, and nothing else"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4,
     "it must have dtype, shape and data_offsets, each once, and nothing else"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "and nothing else"},
    {"{\"t\":{\"dtypo\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "and nothing else"},
    {"{\"t\":{\"dtype\":\"F32\",\"shope\":[1],\"data_offsets\":[0,4]}}", 4, "and nothing else"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offset\":[0,4]}}", 4, "and nothing else"},
    /* types and shapes */
    {ONE("\"F31\"", "[1]", "[0,4]"), 4, "tensor 't': dtype is not known"},
    {ONE("\"f32\"", "[1]", "[0,4]"), 4, "tensor 't': dtype is not known"},
    {ONE("32", "[1]", "[0,4]"), 4, "tensor 't': expected a text"},
    {ONE("\"F32\"", "1", "[0,4]"), 4, "expected a list"},
    {ONE("\"F32\"", "[1,1,1,1,1,1,1]", "[0,4]"), 4, "shape has more than 6 sizes"},
    {ONE("\"F32\"", "[-1]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[1.0]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[1e0]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[\"1\"]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[true]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[01]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[+1]", "[0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[99999999999999999999]", "[0,4]"), 4, "a number is larger than 2^64-1"},
    {ONE("\"F32\"", "[9223372036854775807,4,0]", "[0,0]"), 0, "its shape multiplies to more than memory can hold"},
    {ONE("\"F32\"", "[0,9223372036854775808]", "[0,0]"), 0, "its shape multiplies to more than memory can hold"},
    {ONE("\"F32\"", "[4294967296,4294967296]", "[0,4]"), 4, "its shape multiplies to more than memory can hold"},
    {ONE("\"F32\"", "[2]", "[0,4]"), 4, "data_offsets and shape do not agree"},
    {ONE("\"F32\"", "[0]", "[0,4]"), 4, "data_offsets and shape do not agree"},
    {ONE("\"U64\"", "[1]", "[0,4]"), 4, "data_offsets and shape do not agree"},
    {ONE("\"F4\"", "[1]", "[0,1]"), 1, "data_offsets and shape do not agree"}, /* half a byte */
    {ONE("\"F6_E2M3\"", "[3]", "[0,2]"), 2, "data_offsets and shape do not agree"},
    /* places */
    {ONE("\"F32\"", "[1]", "[0]"), 4, "data_offsets is not two whole numbers"},
    {ONE("\"F32\"", "[1]", "[0,4,8]"), 4, "data_offsets is not two whole numbers"},
    {ONE("\"F32\"", "[1]", "[0.0,4]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[1]", "[-4,0]"), 4, "expected a whole number"},
    {ONE("\"F32\"", "[1]", "{\"0\":4}"), 4, "expected a list"},
    {ONE("\"F32\"", "[1]", "[4,0]"), 4, "data_offsets lie outside the file"},
    {ONE("\"F32\"", "[1]", "[0,5]"), 4, "data_offsets lie outside the file"},
    {ONE("\"F32\"", "[1]", "[9223372036854775803,9223372036854775807]"), 4, "data_offsets lie outside the file"},
    {ONE("\"F32\"", "[1]", "[4,8]"), 8, "tensor 't': its data overlaps another's or leaves a hole"},
    {"{" F32_1("a", "[0,4]") "," F32_1("b", "[0,4]") "}", 4,
     "tensor 'b': its data overlaps another's or leaves a hole"},
    {"{" F32_1("a", "[0,4]") "," F32_1("b", "[2,6]") "}", 6,
     "tensor 'b': its data overlaps another's or leaves a hole"},
    {"{" F32_1("a", "[0,4]") "," F32_1("b", "[5,9]") "}", 9,
     "tensor 'b': its data overlaps another's or leaves a hole"},
    {ONE("\"F32\"", "[1]", "[0,4]"), 5, "the file is longer than its tensors"},
    {"{}", 1, "the file is longer than its tensors"},
    /* names, checksums */
    {"{" F32_1("", "[0,4]") "}", 4, "its name is empty or longer than 1024 bytes"},
    {"{\"__metadata__\":{\"gannet.crc32\":\"00000001\"}," F32_1("t", "[0,4]") "}", 4, "its checksum does not match"},
    {"{\"__metadata__\":{\"gannet.crc32\":\"no number\"}," F32_1("t", "[0,4]") "}", 4, "its checksum does not match"},
};

static void what_is_not_valid_is_refused_in_words(void **state)
{
    static const unsigned char data[16];
    const char *path = path_of("refused");
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        put_safetensors(path, refusals[i].header, data, refusals[i].data);
        char why[200];
        assert_not_loaded(*state, path, "not a valid safetensors file: ");
        snprintf(why, sizeof why, "%s", refusals[i].why);
        assert_not_loaded(*state, path, why);
    }
}

static void names_have_a_longest(void **state)
{
    const char *path = path_of("name");
    for (int length = 1023; length <= 1026; length++) {
        char header[1200];
        snprintf(header, sizeof header, "{\"%0*d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", length,
                 0);
        put_safetensors(path, header, "\0\0\0\0", 4);
        if (length > 1024)
            assert_not_loaded(*state, path, "its name is empty or longer than 1024 bytes");
        else
            gn_archive_free(load(*state, path));
    }
}

static void deep_nesting_is_refused(void **state)
{
    enum { DEPTH = 100000 };
    char *header = malloc(2 * DEPTH + 10);
    assert_non_null(header);
    memcpy(header, "{\"t\":", 5);
    memset(header + 5, '[', DEPTH);
    memset(header + 5 + DEPTH, ']', DEPTH);
    memcpy(header + 5 + 2 * DEPTH, "}", 2);
    put_safetensors(path_of("deep"), header, NULL, 0);
    assert_not_loaded(*state, path_of("deep"), "tensor 't': expected an object");
    free(header);
}

static void headers_have_a_longest(void **state)
{
    static const unsigned char length[] = {1, 0, 0, 1, 0, 0, 0, 0}; /* 16 MiB and one */
    const char *path = path_of("large");
    put_file(path, length, sizeof length);
    assert_int_equal(truncate(path, 8 + (16 << 20) + 1), 0);
    assert_not_loaded(*state, path, "its header is larger than 16 MiB");
}

/* 50,000 tensors on one slice: each is valid alone. */
static void many_tensors_on_one_place_are_refused(void **state)
{
    enum { TENSORS = 50000, LINE = 80 };
    char *header = malloc(TENSORS * LINE);
    assert_non_null(header);
    size_t used = 0;
    for (int i = 0; i < TENSORS; i++)
        used += (size_t)snprintf(header + used, LINE,
                                 "%c\"t%d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}",
                                 i == 0 ? '{' : ',', i);
    memcpy(header + used, "}", 2);
    put_safetensors(path_of("many"), header, "\0\0\0\0", 4);
    assert_not_loaded(*state, path_of("many"), "its data overlaps another's or leaves a hole");
    free(header);
}

/* A header of 8,000 empty tensors, or of as many texts, whose entries are as short as they can be; the caller frees
 * it. */
static char *make_crowded(const char *before, const char *entry, const char *after)
{
    enum { ENTRIES = 8000, LINE = 80 };
    char *header = malloc(ENTRIES * LINE);
    assert_non_null(header);
    size_t used = (size_t)snprintf(header, LINE, "%s", before);
    for (int i = 0; i < ENTRIES; i++)
        used += (size_t)snprintf(header + used, LINE, "%s\"%x\":%s", i == 0 ? "" : ",", (unsigned)i, entry);
    snprintf(header + used, LINE, "%s", after);
    return header;
}

static void a_crowded_header_costs_less_than_nine_times_its_size(void **state)
{
    (void)state;
    char *const headers[] = {
        make_crowded("{", "{\"dtype\":\"F4\",\"shape\":[],\"data_offsets\":[0,0]}", "}"),
        make_crowded("{", "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}", "}"),
        make_crowded("{\"__metadata__\":{", "\"\"", "}}"),
    };
    for (int i = 0; i < 3; i++) {
        memory m = {0};
        gn_context *context = memory_context(&m, 1);
        const size_t before = m.bytes;
        put_safetensors(path_of("crowded"), headers[i], NULL, 0);
        gn_archive_free(gn_archive_load(context, path_of("crowded")));
        assert_int_equal(gn_context_status(context), i == 0 ? GN_ERROR_FORMAT : GN_OK);
        assert_true(gn_context_memory(context).peak_bytes - before < 9 * strlen(headers[i]));
        assert_int_equal(m.bytes, before);
        gn_context_free(context);
        free(headers[i]);
    }
}

static void a_lie_about_sizes_costs_no_memory(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes;
    put_safetensors(path_of("lie"), ONE("\"F32\"", "[1000000,1000000]", "[0,4000000000000]"), NULL, 0);
    assert_not_loaded(context, path_of("lie"), "data_offsets lie outside the file");
    assert_true(gn_context_memory(context).peak_bytes < before + 10000);
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

/* --- headers that are accepted ------------------------------------------------------------------------------------ */

static void unusual_but_valid_files_are_loaded(void **state)
{
    gn_context *context = *state;
    static const unsigned char data[24];
    static const refusal accepted[] = {
        {"{ \"t\" : {\"data_offsets\":[0,4], \"shape\":[1,1,1,1,1,1], \"dtype\":\"F32\"} }  \n", 4, NULL},
        {"{" F32_1("b", "[4,8]") "," F32_1("a", "[0,4]") "}", 8, NULL}, /* in any order */
        {ONE("\"F32\"", "[0,9223372036854775807]", "[0,0]"), 0, NULL},
        {ONE("\"F4\"", "[2]", "[0,1]"), 1, NULL},
        {ONE("\"F6_E2M3\"", "[4]", "[0,3]"), 3, NULL},
        {ONE("\"BOOL\"", "[3]", "[0,3]"), 3, NULL},
        {ONE("\"F64\"", "[3]", "[0,24]"), 24, NULL},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," F32_1("b", "[0,4]") "}", 4, NULL},
        {"{" F32_1("b", "[0,4]") ",\"c\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 4, NULL},
        {"{\"\\u00e9\xC3\xA9\\ud83d\\ude00\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, NULL},
        {"{\"__metadata__\":{\"gannet.crc32\":\"2144df1c\"}," F32_1("t", "[0,4]") "}", 4, NULL}, /* of four zeros */
    };
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        put_safetensors(path_of("accepted"), accepted[i].header, data, accepted[i].data);
        gn_archive_free(load(context, path_of("accepted")));
    }
}

static void names_come_in_the_order_of_the_data(void **state)
{
    put_safetensors(path_of("order"), "{" F32_1("b", "[4,8]") "," F32_1("c", "[0,4]") "," F32_1("a", "[8,12]") "}",
                    "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    gn_archive *archive = load(*state, path_of("order"));
    assert_string_equal(gn_archive_name(archive, 0), "c");
    assert_string_equal(gn_archive_name(archive, 1), "b");
    assert_string_equal(gn_archive_name(archive, 2), "a");
    gn_archive_free(archive);
}

/* --- a file that Python's safetensors package has written (make_safetensors.py) ----------------------------------- */

static const struct {
    const char *name;
    double values[4];
} typed[] = {
    {"i1", {0, 1, -2, 100}},
    {"i2", {0, 1, -2, 100}},
    {"i4", {0, 1, -2, 100}},
    {"i8", {0, 1, -2, 100}},
    {"u1", {0, 1, 2, 100}},
    {"u2", {0, 1, 2, 100}},
    {"u4", {0, 1, 2, 100}},
    {"u8", {0, 1, 2, 100}},
    {"bool", {0, 1, 1, 0}},
    {"f2", {0.0999755859375, -2, 65504, (double)INFINITY}},
    {"bf16", {0.10009765625, -2, 0x1.c4p127, -(double)INFINITY}},
    {"f4", {(double)0.1f, -2, (double)3e38f, (double)INFINITY}},
    {"f8", {(double)0.1f, -2, 0, (double)INFINITY}},
};

static void every_type_of_pythons_package_is_read(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = load(context, GN_TESTS_DIR "/io/types.safetensors");
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 2));
    const size_t types = sizeof typed / sizeof typed[0];
    assert_int_equal(gn_archive_count(archive), types + 1);
    for (size_t t = 0; t < types; t++) {
        assert_int_equal(gn_archive_get(archive, typed[t].name, tensor), GN_OK);
        for (int i = 0; i < 4; i++)
            assert_true((double)gn_tensor_values(tensor)[i] == typed[t].values[i]);
    }
    assert_int_equal(gn_archive_get(archive, "c8", tensor), GN_ERROR_FORMAT);
    assert_message(context, GN_ERROR_FORMAT, "tensor 'c8' is of type C64, F8, F6 or F4, which are not converted");
    assert_string_equal(gn_archive_text(archive, "made by"), "make_safetensors.py");
    gn_tensor_free(tensor);
    gn_archive_free(archive);
}

/* --- damaged files ------------------------------------------------------------------------------------------------ */

/* A small file of every kind of content. Its data fills the last DATA bytes. */
enum { DATA = 16 + 24 };

static unsigned char *save_small(gn_context *context, size_t *size)
{
    gn_archive *archive = gn_archive_new(context);
    gn_tensor *tensor = gn_tensor_from(context, GN_SHAPE(2, 3), (const gn_real[]){1, 2, 3, 4, 5, 6});
    const uint64_t numbers[] = {7, 8};
    gn_archive_add(archive, "weight", tensor);
    gn_archive_add_numbers(archive, "steps", numbers, 2);
    gn_archive_add_text(archive, "config", "text");
    assert_int_equal(gn_archive_save(archive, path_of("small")), GN_OK);
    gn_archive_free(archive);
    gn_tensor_free(tensor);
    return get_file(path_of("small"), size);
}

static void every_truncation_is_refused(void **state)
{
    gn_context *context = *state;
    size_t size;
    unsigned char *bytes = save_small(context, &size);
    for (size_t length = 0; length < size; length++) {
        put_file(path_of("cut"), bytes, length);
        assert_not_loaded(context, path_of("cut"), length < 8 ? "it is shorter than 8 bytes" : "");
    }
    free(bytes);
}

/* Whatever a damaged header makes of the names, the tensors must be those that were saved. */
static void assert_same_tensors(gn_context *context, const gn_archive *archive)
{
    assert_int_equal(gn_archive_count(archive), 2);
    uint64_t numbers[2];
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 3));
    assert_int_equal(gn_archive_get_numbers(archive, gn_archive_name(archive, 0), numbers, 2), GN_OK);
    assert_true(numbers[0] == 7 && numbers[1] == 8);
    assert_int_equal(gn_archive_get(archive, gn_archive_name(archive, 1), tensor), GN_OK);
    for (int i = 0; i < 6; i++)
        assert_true(gn_tensor_values(tensor)[i] == (gn_real)(i + 1));
    gn_tensor_free(tensor);
}

static void every_flipped_bit_is_refused_or_harmless(void **state)
{
    gn_context *context = *state;
    size_t size;
    unsigned char *bytes = save_small(context, &size);
    size_t loaded = 0;
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            put_file(path_of("flipped"), bytes, size);
            bytes[i] ^= (unsigned char)(1 << bit);
            gn_archive *archive = i < size - DATA ? gn_archive_load(context, path_of("flipped")) : NULL;
            if (archive == NULL)
                assert_not_loaded(context, path_of("flipped"), i < size - DATA ? "" : "its checksum does not match");
            else
                assert_same_tensors(context, archive);
            loaded += archive != NULL;
            gn_archive_free(archive);
        }
    assert_in_range(loaded, 1, 8 * 64); /* letters of names and texts */
    free(bytes);
}

/* --- files that cannot be read ------------------------------------------------------------------------------------ */

static void files_that_cannot_be_read_are_io_errors(void **state)
{
    gn_context *context = *state;
    char message[700];
    assert_null(gn_archive_load(context, path_of("missing")));
    snprintf(message, sizeof message, "%s: cannot read: No such file or directory", path_of("missing"));
    assert_message(context, GN_ERROR_IO, message);
    assert_null(gn_archive_load(context, test_directory));
    snprintf(message, sizeof message, "%s: not a regular file", test_directory);
    assert_message(context, GN_ERROR_IO, message);
    assert_null(gn_archive_load(context, NULL));
    assert_message(context, GN_ERROR_ARGUMENT, "the path of a file to read is NULL");
    assert_null(gn_archive_load(NULL, path_of("missing")));
}

static bool load_small(gn_context *context, void *argument)
{
    gn_archive *archive = gn_archive_load(context, argument);
    gn_archive_free(archive);
    return archive != NULL;
}

static void every_allocation_may_fail(void **state)
{
    size_t size;
    free(save_small(*state, &size));
    char path[700];
    snprintf(path, sizeof path, "%s", path_of("small"));
    assert_int_equal(memory_fail_each(load_small, path), 2 + 3 + 7); /* archive, file; tensors; three texts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_reference),
        cmocka_unit_test(what_is_not_valid_is_refused_in_words),
        cmocka_unit_test(names_have_a_longest),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(headers_have_a_longest),
        cmocka_unit_test(many_tensors_on_one_place_are_refused),
        cmocka_unit_test(a_crowded_header_costs_less_than_nine_times_its_size),
        cmocka_unit_test(a_lie_about_sizes_costs_no_memory),
        cmocka_unit_test(unusual_but_valid_files_are_loaded),
        cmocka_unit_test(names_come_in_the_order_of_the_data),
        cmocka_unit_test(every_type_of_pythons_package_is_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused_or_harmless),
        cmocka_unit_test(files_that_cannot_be_read_are_io_errors),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
