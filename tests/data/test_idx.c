/* SPDX-License-Identifier: MIT */
/* tests/data/test_idx.c - IDX files: good ones, and every way of being bad. Fixtures are written by the test. */
#include "memory.h"

#include <gannet/data.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { COUNT = 5, HEIGHT = 3, WIDTH = 2, IMAGES_SIZE = 16 + COUNT * HEIGHT * WIDTH, LABELS_SIZE = 8 + COUNT };

static char directory[] = "/tmp/gannet-test-idx-XXXXXX";
static char images_path[64], labels_path[64];
static const unsigned char label_values[COUNT] = {3, 0, 7, 7, 1};

/* --- writing fixtures --------------------------------------------------------------------------------------------- */

static void put_number(unsigned char *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

static unsigned char pixel(int64_t i)
{
    return (unsigned char)(i * 37 % 256);
}

static void make_images(unsigned char bytes[IMAGES_SIZE])
{
    const uint32_t header[4] = {0x803, COUNT, HEIGHT, WIDTH};
    for (int i = 0; i < 4; i++)
        put_number(bytes + 4 * i, header[i]);
    for (int i = 16; i < IMAGES_SIZE; i++)
        bytes[i] = pixel(i - 16);
}

static void make_labels(unsigned char bytes[LABELS_SIZE])
{
    put_number(bytes, 0x801);
    put_number(bytes + 4, COUNT);
    memcpy(bytes + 8, label_values, COUNT);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_gzip(const char *path, const void *bytes, size_t size)
{
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t most)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, most, file);
    fclose(file);
    return size;
}

typedef void (*writer)(const char *path, const void *bytes, size_t size);
static const writer writers[] = {write_file, write_gzip};

/* Both files as they should be. */
static void write_pair(writer write)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    make_images(images);
    make_labels(labels);
    write(images_path, images, sizeof images);
    write(labels_path, labels, sizeof labels);
}

/* --- the tests ---------------------------------------------------------------------------------------------------- */

static gn_context *context;

static int open_directory(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(images_path, sizeof images_path, "%s/images", directory);
    snprintf(labels_path, sizeof labels_path, "%s/labels", directory);
    context = gn_context_new(&(gn_context_options){.threads = 2});
    return context == NULL;
}

static int remove_directory(void **state)
{
    (void)state;
    gn_context_free(context);
    remove(images_path);
    remove(labels_path);
    return rmdir(directory);
}

/* The pair cannot be loaded; the message is that of the path, with this text in it. */
static void check_refused(gn_status status, const char *path, const char *text)
{
    gn_context_clear(context);
    assert_null(gn_idx_load(context, images_path, labels_path));
    assert_message_has(context, status, path);
    assert_message_has(context, status, text);
}

static void check_fixture(gn_dataset *dataset)
{
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_count(dataset), COUNT);
    assert_int_equal(gn_dataset_classes(dataset), 8);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(HEIGHT, WIDTH, 1)));
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(COUNT, HEIGHT, WIDTH, 1));
    gn_tensor *labels = gn_tensor_new(context, GN_SHAPE(COUNT));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(gn_tensor_values(labels)[i], label_values[i]);
    for (int64_t i = 0; i < gn_tensor_count(images); i++)
        assert_true(gn_tensor_values(images)[i] == (gn_real)pixel(i) / (gn_real)127.5 - 1);
    gn_tensor_free(images);
    gn_tensor_free(labels);
    gn_dataset_free(dataset);
}

static void good_files_are_read(void **state)
{
    (void)state;
    for (int images = 0; images < 2; images++)
        for (int labels = 0; labels < 2; labels++) {
            unsigned char bytes[IMAGES_SIZE];
            write_pair(writers[labels]);
            make_images(bytes);
            writers[images](images_path, bytes, sizeof bytes);
            check_fixture(gn_idx_load(context, images_path, labels_path));
        }
}

static void files_that_end_early_are_refused(void **state)
{
    (void)state;
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    char expected[64];
    make_images(images);
    make_labels(labels);
    for (size_t w = 0; w < 2; w++) {
        write_pair(writers[w]);
        for (size_t size = 0; size < IMAGES_SIZE; size++) {
            writers[w](images_path, images, size);
            snprintf(expected, sizeof expected,
                     size < 16 || w == 1 ? "ends after %zu bytes, expected %d" : "is %zu bytes long, expected %d", size,
                     size < 16 ? 16 : IMAGES_SIZE);
            check_refused(GN_ERROR_FORMAT, images_path, expected);
        }
        write_pair(writers[w]);
        for (size_t size = 0; size < LABELS_SIZE; size++) {
            writers[w](labels_path, labels, size);
            check_refused(GN_ERROR_FORMAT, labels_path, size < 8 ? "expected 8" : "expected 13");
        }
    }
}

static void files_that_go_on_are_refused(void **state)
{
    (void)state;
    unsigned char images[IMAGES_SIZE + 1] = {0}, labels[LABELS_SIZE + 1] = {0};
    make_images(images);
    make_labels(labels);
    for (int w = 0; w < 2; w++) {
        write_pair(writers[w]);
        writers[w](images_path, images, sizeof images);
        check_refused(GN_ERROR_FORMAT, images_path,
                      w == 0 ? "is 47 bytes long, expected 46" : "goes on after the 46 bytes that its header says");
        write_pair(writers[w]);
        writers[w](labels_path, labels, sizeof labels);
        check_refused(GN_ERROR_FORMAT, labels_path,
                      w == 0 ? "is 14 bytes long, expected 13" : "goes on after the 13 bytes that its header says");
    }
}

/* A gzip file cut anywhere, also within the sums at its end. */
static void cut_gzip_is_refused(void **state)
{
    (void)state;
    unsigned char bytes[256];
    write_pair(write_gzip);
    const size_t size = read_file(images_path, bytes, sizeof bytes);
    assert_in_range(size, 30, sizeof bytes - 1);
    for (size_t cut = 0; cut < size; cut++) {
        write_file(images_path, bytes, cut);
        check_refused(GN_ERROR_FORMAT, images_path, ": ");
    }
    write_file(images_path, bytes, size - 1);
    check_refused(GN_ERROR_FORMAT, images_path, "its gzip data is damaged or cut short");
    write_file(images_path, bytes, size);
    check_fixture(gn_idx_load(context, images_path, labels_path));
}

/* Each bit after the header's ten bytes changed once. Only the padding before the sums may do so unnoticed. */
static void damaged_gzip_is_refused(void **state)
{
    (void)state;
    unsigned char bytes[256];
    int unnoticed = 0;
    write_pair(write_gzip);
    const size_t size = read_file(images_path, bytes, sizeof bytes);
    for (size_t bit = 80; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        write_file(images_path, bytes, size);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        gn_dataset *dataset = gn_idx_load(context, images_path, labels_path);
        if (dataset != NULL) {
            assert_in_range(bit, 8 * (size - 9), 8 * (size - 8) - 1);
            check_fixture(dataset);
            unnoticed++;
        }
    }
    assert_in_range(unnoticed, 0, 7);
    bytes[size - 8] ^= 1;
    write_file(images_path, bytes, size);
    check_refused(GN_ERROR_FORMAT, images_path, "its gzip data is damaged or cut short");
}

static void other_files_are_refused(void **state)
{
    (void)state;
    const unsigned char text[] = "P5 28 28 255 and so on and on";
    write_pair(write_file);
    write_file(images_path, text, sizeof text);
    check_refused(GN_ERROR_FORMAT, images_path, "begins with 0x50352032, expected 0x00000803");
    assert_null(strstr(gn_context_message(context), "swapped"));
    write_pair(write_file);
    gn_context_clear(context);
    assert_null(gn_idx_load(context, labels_path, images_path));
    assert_message_has(context, GN_ERROR_FORMAT, labels_path);
    assert_message_has(context, GN_ERROR_FORMAT,
                       "begins with 0x00000801, expected 0x00000803 (these are labels: are the files swapped?)");
    assert_null(gn_idx_load(context, images_path, images_path));
    assert_message_has(context, GN_ERROR_FORMAT,
                       "begins with 0x00000803, expected 0x00000801 (these are images: are the files swapped?)");
}

static void counts_that_differ_are_refused(void **state)
{
    (void)state;
    unsigned char labels[LABELS_SIZE];
    char expected[192];
    write_pair(write_file);
    make_labels(labels);
    put_number(labels + 4, COUNT - 1);
    write_file(labels_path, labels, sizeof labels - 1);
    snprintf(expected, sizeof expected, "%s has 5 images, but %s has 4 labels", images_path, labels_path);
    check_refused(GN_ERROR_FORMAT, images_path, expected);
}

/* Writes an images file of a header and size bytes, and says what loading it says and takes as memory. */
static void check_header(writer write, const uint32_t sizes[3], const char *text)
{
    memory m = {0};
    gn_context *own = memory_context(&m, 1);
    unsigned char bytes[IMAGES_SIZE];
    make_images(bytes);
    for (int i = 0; i < 3; i++)
        put_number(bytes + 4 + 4 * i, sizes[i]);
    write_pair(write);
    write(images_path, bytes, sizeof bytes);
    const size_t before = gn_context_memory(own).bytes;
    assert_null(gn_idx_load(own, images_path, labels_path));
    assert_message_has(own, GN_ERROR_FORMAT, text);
    assert_in_range(gn_context_memory(own).peak_bytes, before, before + 2 * 1024 * 1024);
    gn_context_free(own);
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    for (int w = 0; w < 2; w++) {
        check_header(writers[w], (const uint32_t[]){0, 3, 2}, "axis 0 has size 0, expected 1 to 2147483647");
        check_header(writers[w], (const uint32_t[]){5, 0, 2}, "axis 1 has size 0, expected 1 to 65536");
        check_header(writers[w], (const uint32_t[]){5, 3, 65537}, "axis 2 has size 65537, expected 1 to 65536");
        check_header(writers[w], (const uint32_t[]){0x80000000u, 1, 1}, "axis 0 has size 2147483648");
        check_header(writers[w], (const uint32_t[]){65536, 65536, 2},
                     "its header says 8589934592 bytes, at most 4294967296 are read");
        check_header(writers[w], (const uint32_t[]){0x7FFFFFFF, 65536, 65536}, "at most 4294967296 are read");
        check_header(writers[w], (const uint32_t[]){65536, 65536, 1}, "expected 4294967312"); /* 4 GiB of 30 bytes */
    }
}

static void missing_files_are_named(void **state)
{
    (void)state;
    write_pair(write_file);
    remove(labels_path);
    check_refused(GN_ERROR_IO, labels_path, "cannot read: No such file or directory");
    remove(images_path);
    check_refused(GN_ERROR_IO, images_path, "cannot read: No such file or directory");
    assert_null(gn_idx_load(context, directory, labels_path));
    assert_message_has(context, GN_ERROR_IO, "not a regular file");
    assert_null(gn_idx_load(context, NULL, labels_path));
    assert_message(context, GN_ERROR_ARGUMENT, "idx: a path is NULL");
    assert_null(gn_idx_load(NULL, images_path, labels_path));
}

static bool load_and_free(gn_context *other, void *argument)
{
    (void)argument;
    gn_dataset *dataset = gn_idx_load(other, images_path, labels_path);
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void survives_memory_running_out(void **state)
{
    (void)state;
    for (int w = 0; w < 2; w++) {
        write_pair(writers[w]);
        assert_int_equal(memory_fail_each(load_and_free, NULL), 4);
    }
}

/* More than one piece, so that memory grows while a gzipped file is read. */
static void large_files_are_read(void **state)
{
    (void)state;
    enum { BYTES = 5 * 1000 * 1000, HEADER = 16 };
    unsigned char *bytes = malloc(HEADER + BYTES), labels[8 + 5] = {0};
    assert_non_null(bytes);
    make_images(bytes);
    make_labels(labels);
    put_number(bytes + 8, 1000);
    put_number(bytes + 12, 1000);
    for (int64_t i = 0; i < BYTES; i++)
        bytes[HEADER + i] = pixel(i / 1000 + i);
    for (int w = 0; w < 2; w++) {
        writers[w](images_path, bytes, HEADER + BYTES);
        writers[w](labels_path, labels, sizeof labels);
        gn_dataset *dataset = gn_idx_load(context, images_path, labels_path);
        gn_tensor *images = gn_tensor_new(context, GN_SHAPE(5, 1000, 1000, 1));
        assert_non_null(dataset);
        assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, NULL), GN_OK);
        for (int64_t i = 0; i < BYTES; i++)
            if (gn_tensor_values(images)[i] != (gn_real)pixel(i / 1000 + i) / (gn_real)127.5 - 1)
                fail_msg("pixel %lld differs", (long long)i);
        gn_tensor_free(images);
        gn_dataset_free(dataset);
    }
    free(bytes);
}

/* --- directories -------------------------------------------------------------------------------------------------- */

static void rename_pair(const char *images, const char *labels)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, images);
    assert_int_equal(rename(images_path, path), 0);
    snprintf(path, sizeof path, "%s/%s", directory, labels);
    assert_int_equal(rename(labels_path, path), 0);
}

static void remove_named(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(remove(path), 0);
}

static void a_directory_s_files_are_found(void **state)
{
    (void)state;
    write_pair(write_file);
    rename_pair("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    write_pair(write_gzip);
    rename_pair("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
    check_fixture(gn_mnist_load(context, directory, GN_SPLIT_TRAIN));
    check_fixture(gn_mnist_load(context, directory, GN_SPLIT_TEST));
    remove_named("train-labels-idx1-ubyte");
    assert_null(gn_mnist_load(context, directory, GN_SPLIT_TRAIN));
    assert_message_has(
        context, GN_ERROR_IO,
        ": cannot read train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz there: No such file or directory");
    remove_named("train-images-idx3-ubyte");
    remove_named("t10k-images-idx3-ubyte.gz");
    assert_null(gn_mnist_load(context, directory, GN_SPLIT_TEST));
    assert_message_has(
        context, GN_ERROR_IO,
        ": cannot read t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz there: No such file or directory");
    remove_named("t10k-labels-idx1-ubyte.gz");
}

static void directories_that_cannot_be_are_refused(void **state)
{
    (void)state;
    assert_null(gn_mnist_load(NULL, directory, GN_SPLIT_TRAIN));
    assert_null(gn_mnist_load(context, NULL, GN_SPLIT_TRAIN));
    assert_message(context, GN_ERROR_ARGUMENT, "mnist: directory NULL, split 0; expected a directory and a split");
    assert_null(gn_mnist_load(context, "/tmp", (gn_split)2));
    assert_message(context, GN_ERROR_ARGUMENT, "mnist: directory /tmp, split 2; expected a directory and a split");
    char *far = malloc(10001);
    assert_non_null(far);
    memset(far, 'x', 10000);
    far[10000] = '\0';
    assert_null(gn_mnist_load(context, far, GN_SPLIT_TRAIN));
    assert_int_equal(gn_context_status(context), GN_ERROR_IO);
    free(far);
}

/* Known from MNIST's own description: 60,000 and 10,000 images, the first of them a 5 and a 7. */
static void mnist_is_read_when_it_is_there(void **state)
{
    (void)state;
    const char *path = GN_TESTS_DIR "/../../shared/data/mnist";
    if (access(path, R_OK) != 0) {
        print_message("skipped: no MNIST at %s\n", path);
        skip();
    }
    const int64_t counts[] = {60000, 10000};
    const int first[] = {5, 7};
    gn_tensor *image = gn_tensor_new(context, GN_SHAPE(1, 28, 28, 1)), *label = gn_tensor_new(context, GN_SHAPE(1));
    for (int split = 0; split < 2; split++) {
        gn_dataset *dataset = gn_mnist_load(context, path, (gn_split)split);
        assert_int_equal(gn_dataset_count(dataset), counts[split]);
        assert_int_equal(gn_dataset_classes(dataset), 10);
        assert_int_equal(gn_dataset_gather(dataset, NULL, 0, image, label), GN_OK);
        assert_int_equal(*gn_tensor_values(label), first[split]);
        gn_dataset_free(dataset);
    }
    gn_tensor_free(image);
    gn_tensor_free(label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_are_read),
        cmocka_unit_test(files_that_end_early_are_refused),
        cmocka_unit_test(files_that_go_on_are_refused),
        cmocka_unit_test(cut_gzip_is_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(counts_that_differ_are_refused),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(missing_files_are_named),
        cmocka_unit_test(survives_memory_running_out),
        cmocka_unit_test(large_files_are_read),
        cmocka_unit_test(a_directory_s_files_are_found),
        cmocka_unit_test(directories_that_cannot_be_are_refused),
        cmocka_unit_test(mnist_is_read_when_it_is_there),
    };
    return cmocka_run_group_tests(tests, open_directory, remove_directory);
}
