/* SPDX-License-Identifier: MIT */
/* tests/io/test_npz.c - several arrays in one file; numpy/ holds what NumPy has written (make_numpy.py). With two paths
 * as arguments the program writes the files that `make_numpy.py check` reads (test_numpy.sh). */
#include "faults.h"
#include "memory.h"

#include <gannet/npy.h>

static const char *fixture(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, GN_TESTS_DIR "/io/numpy/%s.npz", name);
    return path;
}

static gn_archive *load(gn_context *context, const char *path)
{
    gn_archive *archive = gn_npz_load(context, path);
    if (archive == NULL)
        print_error("%s\n", gn_context_message(context));
    assert_non_null(archive);
    return archive;
}

/* --- NumPy's own files -------------------------------------------------------------------------------------------- */

static void assert_six(gn_context *context, const gn_archive *archive, const char *name)
{
    static const gn_real values[] = {0, 1, -2, 3, -4, 100};
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 3));
    assert_int_equal(gn_archive_get(archive, name, tensor), GN_OK);
    for (int i = 0; i < 6; i++)
        assert_true(gn_tensor_values(tensor)[i] == values[i]);
    gn_tensor_free(tensor);
}

static void arrays_of_numpy_are_read(void **state)
{
    static const char *const files[] = {"stored", "compressed"};
    gn_context *context = *state;
    for (int f = 0; f < 2; f++) {
        gn_archive *archive = load(context, fixture(files[f]));
        uint64_t numbers[3];
        gn_shape shape;
        assert_int_equal(gn_archive_count(archive), 4);
        assert_string_equal(gn_archive_name(archive, 0), "a");
        assert_string_equal(gn_archive_name(archive, 1), "layer.weight");
        assert_six(context, archive, "a");
        assert_six(context, archive, "layer.weight");
        assert_int_equal(gn_archive_get_numbers(archive, "n", numbers, 3), GN_OK);
        assert_true(numbers[0] == 0 && numbers[1] == 1 && numbers[2] == 2);
        assert_int_equal(gn_archive_shape(archive, "none", &shape), GN_OK);
        assert_true(shape.rank == 2 && shape.size[0] == 0 && shape.size[1] == 4);
        assert_int_equal(gn_archive_save(archive, path_of("x")), GN_ERROR_STATE);
        assert_int_equal(gn_npz_save(archive, path_of("x")), GN_ERROR_STATE);
        assert_message_has(context, GN_ERROR_STATE, "x: an archive that was read from a file cannot be saved");
        gn_archive_free(archive);
    }
}

/* --- what is written ---------------------------------------------------------------------------------------------- */

typedef struct arrays {
    gn_archive *archive;
    gn_tensor *weight, *zeros, *scalar;
} arrays;

static bool open_arrays(gn_context *context, arrays *a)
{
    static const uint64_t counters[] = {1, UINT64_MAX};
    *a = (arrays){gn_archive_new(context),
                  gn_tensor_from(context, GN_SHAPE(2, 3), (const gn_real[]){1, -2, 0.5, 3, 1e30F, -0.0F}),
                  gn_tensor_new(context, GN_SHAPE(100, 30)),
                  gn_tensor_from(context, (gn_shape){.rank = 0}, (const gn_real[]){2.5})};
    return a->archive != NULL && a->weight != NULL && a->zeros != NULL && a->scalar != NULL &&
           gn_archive_add(a->archive, "weight", a->weight) == GN_OK &&
           gn_archive_add(a->archive, "a.b", a->zeros) == GN_OK &&
           gn_archive_add_numbers(a->archive, "counters", counters, 2) == GN_OK &&
           gn_archive_add(a->archive, "scalar", a->scalar) == GN_OK &&
           gn_archive_add_text(a->archive, "left", "out") == GN_OK;
}

static void close_arrays(arrays *a)
{
    gn_archive_free(a->archive);
    gn_tensor_free(a->weight);
    gn_tensor_free(a->zeros);
    gn_tensor_free(a->scalar);
}

static void what_is_written_is_read(void **state)
{
    gn_context *context = *state;
    arrays a;
    assert_true(open_arrays(context, &a));
    assert_int_equal(gn_npz_save(a.archive, path_of("round.npz")), GN_OK);
    gn_archive *archive = load(context, path_of("round.npz"));
    gn_tensor *weight = gn_tensor_new(context, GN_SHAPE(2, 3)), *scalar = gn_tensor_new(context, (gn_shape){.rank = 0});
    uint64_t counters[2];
    assert_int_equal(gn_archive_count(archive), 4);
    assert_string_equal(gn_archive_name(archive, 0), "weight");
    assert_string_equal(gn_archive_name(archive, 3), "scalar");
    assert_int_equal(gn_archive_get(archive, "weight", weight), GN_OK);
    assert_memory_equal(gn_tensor_values(weight), gn_tensor_values(a.weight), 6 * sizeof(gn_real));
    assert_int_equal(gn_archive_get(archive, "a.b", a.zeros), GN_OK);
    assert_int_equal(gn_archive_get(archive, "scalar", scalar), GN_OK);
    assert_true(gn_tensor_values(scalar)[0] == 2.5f);
    assert_int_equal(gn_archive_get_numbers(archive, "counters", counters, 2), GN_OK);
    assert_true(counters[0] == 1 && counters[1] == UINT64_MAX);
    assert_null(gn_archive_text(archive, "left"));
    gn_archive_free(archive);
    gn_tensor_free(weight);
    gn_tensor_free(scalar);
    close_arrays(&a);
}

static void zeros_are_compressed_and_bytes_repeat(void **state)
{
    arrays a;
    assert_true(open_arrays(*state, &a));
    assert_int_equal(gn_npz_save(a.archive, path_of("one.npz")), GN_OK);
    assert_int_equal(gn_npz_save(a.archive, path_of("two.npz")), GN_OK);
    size_t size;
    unsigned char *bytes = get_file(path_of("one.npz"), &size);
    assert_true(size < 1500); /* 12,000 bytes of zeros are among them */
    assert_true(file_holds(path_of("two.npz"), bytes, size));
    free(bytes);
    close_arrays(&a);
}

static void an_archive_of_nothing_is_a_file(void **state)
{
    gn_archive *empty = gn_archive_new(*state);
    assert_int_equal(gn_npz_save(empty, path_of("empty.npz")), GN_OK);
    gn_archive *read = load(*state, path_of("empty.npz"));
    assert_int_equal(gn_archive_count(read), 0);
    gn_archive_free(read);
    gn_archive_free(empty);
}

static void what_cannot_be_saved_is_told(void **state)
{
    gn_context *context = *state;
    gn_archive *archive = gn_archive_new(context);
    const uint64_t number = 1;
    char name[1100];
    assert_int_equal(gn_npz_save(NULL, "x"), GN_ERROR_ARGUMENT);
    assert_int_equal(gn_npz_save(archive, NULL), GN_ERROR_ARGUMENT);
    assert_message(context, GN_ERROR_ARGUMENT, "archive: the path to save to is NULL");
    assert_int_equal(gn_npz_save(archive, path_of("no/such.npz")), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "no/such.npz: cannot write: No such file");
    memset(name, 'n', sizeof name);
    name[1021] = '\0';
    gn_archive_add_numbers(archive, name, &number, 1);
    assert_int_equal(gn_npz_save(archive, path_of("name.npz")), GN_ERROR_UNSUPPORTED);
    assert_message_has(context, GN_ERROR_UNSUPPORTED, "has more than 4080 MiB, or a name over 1020 bytes");
    assert_false(is_there(path_of("name.npz")));
    assert_false(is_there(temporary_of("name.npz")));
    gn_archive_free(archive);
}

static void too_many_arrays_are_refused(void **state)
{
    gn_archive *archive = gn_archive_new(*state);
    const uint64_t number = 1;
    for (int i = 0; i <= 10000; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        if (i == 10000)
            assert_int_equal(gn_npz_save(archive, path_of("many.npz")), GN_OK);
        gn_archive_add_numbers(archive, name, &number, 1);
    }
    assert_int_equal(gn_npz_save(archive, path_of("more.npz")), GN_ERROR_UNSUPPORTED);
    assert_message_has(*state, GN_ERROR_UNSUPPORTED, "more.npz: 10001 arrays, a .npz file holds at most 10000");
    gn_archive_free(archive);
    archive = load(*state, path_of("many.npz"));
    assert_int_equal(gn_archive_count(archive), 10000);
    gn_archive_free(archive);
}

static gn_status save(gn_context *context, const char *path, void *argument)
{
    (void)context;
    return gn_npz_save(argument, path);
}

static void a_disk_that_fails_leaves_the_old_file(void **state)
{
    gn_archive *archive = gn_archive_new(*state);
    const uint64_t number = 1;
    gn_archive_add_numbers(archive, "n", &number, 1);
    fail_every_call(*state, path_of("old.npz"), save, archive, false);
    gn_archive_free(archive);
}

static bool save_and_load(gn_context *context, void *argument)
{
    (void)argument;
    arrays a;
    bool done = open_arrays(context, &a) && gn_npz_save(a.archive, path_of("memory.npz")) == GN_OK;
    gn_archive *read = done ? gn_npz_load(context, path_of("memory.npz")) : NULL;
    done = done && read != NULL;
    gn_archive_free(read);
    close_arrays(&a);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(memory_fail_each(save_and_load, NULL) >= 20);
}

/* --- files that are refused --------------------------------------------------------------------------------------- */

static void assert_refused(gn_context *context, const char *path, const char *why)
{
    const size_t before = gn_context_memory(context).bytes;
    char message[800];
    snprintf(message, sizeof message, "%s: cannot be read as .npz: %s", path, why);
    gn_context_clear(context);
    gn_archive *archive = gn_npz_load(context, path);
    if (archive != NULL)
        print_error("loaded, expected \"%s\"\n", why);
    assert_null(archive);
    assert_message(context, GN_ERROR_FORMAT, message);
    assert_int_equal(gn_context_memory(context).bytes, before);
}

/* A change to a file of one member, "n.npy", of 136 bytes; places are counted from the part's beginning. */
typedef enum part { LOCAL, DATA, CENTRAL, END } part;
typedef struct change {
    part where;
    size_t at, size;
    uint64_t value;
    const char *why;
} change;

static const change changes[] = {
    {LOCAL, 0, 4, 0, "array 'n': its header does not agree with the list of members"},
    {LOCAL, 8, 2, 0, "array 'n': its header does not agree with the list of members"},
    {LOCAL, 26, 2, 6, "array 'n': its header does not agree with the list of members"},
    {LOCAL, 30, 1, 'm', "array 'n': its header does not agree with the list of members"},
    {LOCAL, 28, 2, 9, "array 'n': it lies outside the file"},
    {DATA, 0, 1, 0xFF, "array 'n': its compressed data is damaged"},
    {CENTRAL, 0, 4, 0, "its list of members is damaged"},
    {CENTRAL, 8, 2, 1, "array 'n': it is encrypted"},
    {CENTRAL, 10, 2, 12, "array 'n': it is compressed in another way than by deflate"},
    {CENTRAL, 10, 2, 0, "array 'n': its sizes do not fit each other"},
    {CENTRAL, 16, 4, 7, "array 'n': its checksum does not match: it is damaged"},
    {CENTRAL, 20, 4, 1, "array 'n': its compressed data is damaged"},
    {CENTRAL, 20, 4, 1000, "array 'n': it lies outside the file"},
    {CENTRAL, 20, 4, UINT32_MAX, "array 'n': it is larger than 4 GiB (ZIP64)"},
    {CENTRAL, 24, 4, 135, "array 'n': its compressed data is damaged"},
    {CENTRAL, 24, 4, 137, "array 'n': its compressed data is damaged"},
    {CENTRAL, 24, 4, UINT32_MAX - 1, "array 'n': its sizes do not fit each other"},
    {CENTRAL, 28, 2, 4, "it holds something else than .npy files with names of 1 to 1020 bytes"},
    {CENTRAL, 28, 2, 0, "it holds something else than .npy files with names of 1 to 1020 bytes"},
    {CENTRAL, 28, 2, 1025, "its list of members is damaged"},
    {CENTRAL, 30, 2, 1, "its list of members is damaged"},
    {CENTRAL, 32, 2, 1, "its list of members is damaged"},
    {CENTRAL, 42, 4, 1, "array 'n': its header does not agree with the list of members"},
    {CENTRAL, 42, 4, 5000, "array 'n': it lies outside the file"},
    {CENTRAL, 42, 4, UINT32_MAX, "array 'n': it is larger than 4 GiB (ZIP64)"},
    {CENTRAL, 46, 1, 0, "it holds something else than .npy files with names of 1 to 1020 bytes"},
    {CENTRAL, 48, 1, 'x', "it holds something else than .npy files with names of 1 to 1020 bytes"},
    {END, 0, 1, 0, "it is not a ZIP file, or it is cut short"},
    {END, 4, 2, 1, "it is a part of several files"},
    {END, 8, 2, 2, "it is a part of several files"},
    {END, 8, 4, 0x00000000, "its list of members is damaged"},
    {END, 8, 4, 0x00020002, "its list of members is damaged"},
    {END, 8, 4, 0xFFFFFFFF, "it holds more than 10,000 arrays"},
    {END, 12, 4, 1, "its list of members is damaged"},
    {END, 12, 4, UINT32_MAX, "it is larger than 4 GiB (ZIP64)"},
    {END, 16, 4, UINT32_MAX, "it is larger than 4 GiB (ZIP64)"},
    {END, 20, 2, 1, "it is not a ZIP file, or it is cut short"},
};

static unsigned char *one_member(gn_context *context, size_t *size)
{
    gn_archive *archive = gn_archive_new(context);
    const uint64_t number = 1;
    gn_archive_add_numbers(archive, "n", &number, 1);
    assert_int_equal(gn_npz_save(archive, path_of("one.npz")), GN_OK);
    gn_archive_free(archive);
    return get_file(path_of("one.npz"), size);
}

static size_t begin_of(part where, size_t size)
{
    const size_t end = size - 22, central = end - 46 - 5;
    return where == LOCAL ? 0 : where == DATA ? 35 : where == CENTRAL ? central : end;
}

static void damage_is_found(void **state)
{
    size_t size;
    unsigned char *bytes = one_member(*state, &size);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const change *c = &changes[i];
        unsigned char *copy = malloc(size);
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        for (size_t b = 0; b < c->size; b++)
            copy[begin_of(c->where, size) + c->at + b] = (unsigned char)(c->value >> (8 * b));
        put_file(path_of("changed.npz"), copy, size);
        assert_refused(*state, path_of("changed.npz"), c->why);
        free(copy);
    }
    free(bytes);
}

static void no_beginning_of_a_file_is_one(void **state)
{
    size_t size;
    unsigned char *bytes = one_member(*state, &size);
    for (size_t length = 0; length < size; length++) {
        put_file(path_of("cut.npz"), bytes, length);
        assert_refused(*state, path_of("cut.npz"), "it is not a ZIP file, or it is cut short");
    }
    free(bytes);
}

/* A comment at the end belongs to the format. */
static void a_comment_is_passed_over(void **state)
{
    size_t size;
    unsigned char *bytes = one_member(*state, &size), *longer = calloc(1, size + 300);
    assert_non_null(longer);
    memcpy(longer, bytes, size);
    longer[size - 2] = 300 & 255;
    longer[size - 1] = 300 >> 8;
    put_file(path_of("comment.npz"), longer, size + 300);
    gn_archive_free(load(*state, path_of("comment.npz")));
    free(longer);
    free(bytes);
}

/* Appends a list that repeats one header, under the names a, b, ..., and its end. */
static size_t put_list(unsigned char *bytes, size_t used, const unsigned char *central, size_t central_size, int times)
{
    const size_t begin = used;
    for (int i = 0; i < times; i++, used += central_size) {
        memcpy(bytes + used, central, central_size);
        bytes[used + 46] = (unsigned char)('a' + i);
    }
    unsigned char end[22] = {'P', 'K', 5, 6};
    end[8] = end[10] = (unsigned char)times;
    end[12] = (unsigned char)(used - begin), end[13] = (unsigned char)((used - begin) >> 8);
    end[16] = (unsigned char)begin, end[17] = (unsigned char)(begin >> 8);
    memcpy(bytes + used, end, sizeof end);
    return used + sizeof end;
}

/* Bytes behind the end of the compressed data, which its size counts. */
static void more_than_compressed_data_is_damage(void **state)
{
    enum { MORE = 3 };
    size_t size;
    unsigned char *bytes = one_member(*state, &size), *longer = calloc(1, size + MORE);
    assert_non_null(longer);
    const size_t central = begin_of(CENTRAL, size);
    memcpy(longer, bytes, central);
    bytes[central + 20] = (unsigned char)(bytes[central + 20] + MORE);
    const size_t length = put_list(longer, central + MORE, bytes + central, 51, 1);
    longer[central + MORE + 46] = 'n';
    put_file(path_of("followed.npz"), longer, length);
    assert_refused(*state, path_of("followed.npz"), "array 'n': its compressed data is damaged");
    free(longer);
    free(bytes);
}

static void members_on_one_place_are_refused(void **state)
{
    size_t size;
    unsigned char *bytes = one_member(*state, &size), *many = calloc(1, size + 4000);
    assert_non_null(many);
    const size_t central = begin_of(CENTRAL, size);
    memcpy(many, bytes, central);
    /* Under one name it is one array twice, under others the headers do not agree. */
    size_t length = put_list(many, central, bytes + central, 51, 2);
    put_file(path_of("names.npz"), many, length);
    assert_refused(*state, path_of("names.npz"), "array 'a': its header does not agree with the list of members");
    length = put_list(many, central, bytes + central, 51, 20);
    for (size_t i = 0; i < 20; i++)
        many[central + 51 * i + 46] = 'n';
    put_file(path_of("overlap.npz"), many, length);
    assert_refused(*state, path_of("overlap.npz"), "array 'n': it overlaps the one before");
    free(many);
    free(bytes);
}

static void two_of_one_name_are_refused(void **state)
{
    size_t size;
    unsigned char *bytes = one_member(*state, &size), *two = calloc(1, 2 * size);
    assert_non_null(two);
    const size_t central = begin_of(CENTRAL, size);
    memcpy(two, bytes, central);
    memcpy(two + central, bytes, central);
    const size_t length = put_list(two, 2 * central, bytes + central, 51, 2);
    two[2 * central + 46] = two[2 * central + 51 + 46] = 'n';
    two[2 * central + 51 + 42] = (unsigned char)central;
    put_file(path_of("two.npz"), two, length);
    assert_refused(*state, path_of("two.npz"), "array 'n': there are two of this name");
    free(two);
    free(bytes);
}

static void what_is_no_array_is_refused(void **state)
{
    assert_refused(*state, fixture("object"), "array 'o': it holds Python objects, which are never read");
    put_file(path_of("text.npz"), "not a ZIP file, but longer than one is", 38);
    assert_refused(*state, path_of("text.npz"), "it is not a ZIP file, or it is cut short");
    assert_null(gn_npz_load(*state, path_of("none.npz")));
    assert_message_has(*state, GN_ERROR_IO, "none.npz: cannot read: No such file");
    assert_null(gn_npz_load(NULL, "x"));
    assert_null(gn_npz_load(*state, NULL));
    assert_message(*state, GN_ERROR_ARGUMENT, "the path of a file to read is NULL");
}

/* --- for NumPy to read -------------------------------------------------------------------------------------------- */

static int write_files(const char *npy, const char *npz)
{
    gn_context *context = gn_context_new(NULL);
    arrays a;
    const bool done = context != NULL && open_arrays(context, &a) && gn_npy_save(a.weight, npy) == GN_OK &&
                      gn_npz_save(a.archive, npz) == GN_OK;
    close_arrays(&a);
    gn_context_free(context);
    return done ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_of_numpy_are_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(zeros_are_compressed_and_bytes_repeat),
        cmocka_unit_test(an_archive_of_nothing_is_a_file),
        cmocka_unit_test(what_cannot_be_saved_is_told),
        cmocka_unit_test(too_many_arrays_are_refused),
        cmocka_unit_test(a_disk_that_fails_leaves_the_old_file),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(no_beginning_of_a_file_is_one),
        cmocka_unit_test(a_comment_is_passed_over),
        cmocka_unit_test(more_than_compressed_data_is_damage),
        cmocka_unit_test(members_on_one_place_are_refused),
        cmocka_unit_test(two_of_one_name_are_refused),
        cmocka_unit_test(what_is_no_array_is_refused),
    };
    if (argc == 3)
        return write_files(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
