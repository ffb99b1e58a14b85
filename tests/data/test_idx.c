/* SPDX-License-Identifier: MIT */
/* tests/data/test_idx.c - IDX files, plain and gzipped: whole ones, damaged ones, and MNIST where it is at hand. */
#include "files.h"
#include "memory.h"

#include <gannet/data.h>
#include <zlib.h>

/* --- files made by hand ------------------------------------------------------------------------------------------- */

enum {
    COUNT = 5,
    HEIGHT = 3,
    WIDTH = 4,
    PIXELS = COUNT * HEIGHT * WIDTH,
    IMAGES_SIZE = 16 + PIXELS,
    LABELS_SIZE = 8 + COUNT
};

static void put_number(unsigned char *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

static unsigned char pixel_at(int64_t i)
{
    return (unsigned char)(i * 37);
}

static unsigned char label_at(int64_t i)
{
    return (unsigned char)(i * 3 % 8);
}

static void fill_images(unsigned char *bytes, uint32_t count, uint32_t height, uint32_t width, int64_t pixels)
{
    put_number(bytes, 0x803);
    put_number(bytes + 4, count);
    put_number(bytes + 8, height);
    put_number(bytes + 12, width);
    for (int64_t i = 0; i < pixels; i++)
        bytes[16 + i] = pixel_at(i);
}

static void fill_labels(unsigned char *bytes, uint32_t count, int64_t labels)
{
    put_number(bytes, 0x801);
    put_number(bytes + 4, count);
    for (int64_t i = 0; i < labels; i++)
        bytes[8 + i] = label_at(i);
}

static void put_gzip(const char *path, const void *bytes, unsigned size)
{
    unlink(path);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, bytes, size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

/* The pair that most tests begin with: images, images.gz, labels, labels.gz. */
static void put_pair(unsigned char images[IMAGES_SIZE], unsigned char labels[LABELS_SIZE])
{
    fill_images(images, COUNT, HEIGHT, WIDTH, PIXELS);
    fill_labels(labels, COUNT, COUNT);
    put_file(path_of("images"), images, IMAGES_SIZE);
    put_file(path_of("labels"), labels, LABELS_SIZE);
    put_gzip(path_of("images.gz"), images, IMAGES_SIZE);
    put_gzip(path_of("labels.gz"), labels, LABELS_SIZE);
}

static void assert_pair(gn_dataset *dataset)
{
    gn_context *context = gn_dataset_context(dataset);
    assert_int_equal(gn_dataset_count(dataset), COUNT);
    assert_int_equal(gn_dataset_classes(dataset), 7); /* labels 0 3 6 1 4 */
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(HEIGHT, WIDTH, 1)));
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(COUNT, HEIGHT, WIDTH, 1));
    gn_tensor *labels = gn_tensor_new(context, GN_SHAPE(COUNT));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    for (int64_t i = 0; i < PIXELS; i++)
        assert_true(gn_tensor_values(images)[i] == (gn_real)pixel_at(i) / (gn_real)127.5 - 1);
    for (int64_t i = 0; i < COUNT; i++)
        assert_true(gn_tensor_values(labels)[i] == (gn_real)label_at(i));
    gn_tensor_free(images);
    gn_tensor_free(labels);
}

static void assert_not_loaded(gn_context *context, const char *images, const char *labels, gn_status status,
                              const char *path, const char *why)
{
    char message[700];
    const size_t before = gn_context_memory(context).bytes;
    snprintf(message, sizeof message, "%s%s", path, why);
    gn_context_clear(context);
    assert_null(gn_idx_load(context, images, labels));
    assert_message_has(context, status, message);
    assert_int_equal(gn_context_memory(context).bytes, before);
}

/* --- whole files -------------------------------------------------------------------------------------------------- */

static void plain_and_gzipped_files_are_read(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    for (int i = 0; i < 4; i++) {
        gn_dataset *dataset = gn_idx_load(*state, path_of(i % 2 == 0 ? "images" : "images.gz"),
                                          path_of(i < 2 ? "labels" : "labels.gz"));
        assert_non_null(dataset);
        assert_pair(dataset);
        gn_dataset_free(dataset);
    }
}

static void bytes_become_minus_one_to_one(void **state)
{
    static unsigned char images[16 + 256];
    unsigned char labels[9];
    fill_images(images, 1, 1, 256, 0);
    for (int i = 0; i < 256; i++)
        images[16 + i] = (unsigned char)i;
    fill_labels(labels, 1, 1);
    put_file(path_of("all"), images, sizeof images);
    put_file(path_of("one"), labels, sizeof labels);
    gn_dataset *dataset = gn_idx_load(*state, path_of("all"), path_of("one"));
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_classes(dataset), 1);
    gn_tensor *tensor = gn_tensor_new(*state, GN_SHAPE(1, 1, 256, 1));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, tensor, NULL), GN_OK);
    assert_true(gn_tensor_values(tensor)[0] == -1 && gn_tensor_values(tensor)[255] == 1);
    for (int i = 1; i < 256; i++)
        assert_true(gn_tensor_values(tensor)[i] > gn_tensor_values(tensor)[i - 1]);
    gn_tensor_free(tensor);
    gn_dataset_free(dataset);
}

/* More than the piece of a megabyte by which memory grows. */
static void large_gzipped_files_are_read(void **state)
{
    enum { LARGE = 5003, SIDE = 28, SIZE = 16 + LARGE * SIDE * SIDE };
    unsigned char *images = malloc(SIZE), *labels = malloc(8 + LARGE);
    assert_true(images != NULL && labels != NULL);
    fill_images(images, LARGE, SIDE, SIDE, LARGE * SIDE * SIDE);
    fill_labels(labels, LARGE, LARGE);
    put_gzip(path_of("large"), images, SIZE);
    put_gzip(path_of("large_labels"), labels, 8 + LARGE);
    gn_dataset *dataset = gn_idx_load(*state, path_of("large"), path_of("large_labels"));
    assert_non_null(dataset);
    gn_tensor *tensor = gn_tensor_new(*state, GN_SHAPE(LARGE, SIDE, SIDE, 1));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, tensor, NULL), GN_OK);
    for (int64_t i = 0; i < gn_tensor_count(tensor); i++)
        assert_true(gn_tensor_values(tensor)[i] == (gn_real)pixel_at(i) / (gn_real)127.5 - 1);
    gn_tensor_free(tensor);
    gn_dataset_free(dataset);
    free(images);
    free(labels);
}

/* --- damaged files ------------------------------------------------------------------------------------------------ */

static void every_truncation_is_refused(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    static const char *const names[] = {"images", "images.gz", "labels", "labels.gz"};
    for (int n = 0; n < 4; n++) {
        size_t size;
        unsigned char *bytes = get_file(path_of(names[n]), &size);
        for (size_t length = 0; length < size; length++) {
            const char *cut = path_of("cut");
            put_file(cut, bytes, length);
            assert_not_loaded(*state, n < 2 ? cut : path_of("images"), n < 2 ? path_of("labels") : cut, GN_ERROR_FORMAT,
                              cut, ": ");
        }
        free(bytes);
    }
}

static void what_is_cut_is_counted(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    const char *cut = path_of("cut"), *other = path_of("labels");
    put_file(cut, images, 3);
    assert_not_loaded(*state, cut, other, GN_ERROR_FORMAT, cut, ": ends after 3 bytes, expected 16");
    put_file(cut, images, 15);
    assert_not_loaded(*state, cut, other, GN_ERROR_FORMAT, cut, ": ends after 15 bytes, expected 16");
    put_file(cut, images, IMAGES_SIZE - 1);
    assert_not_loaded(*state, cut, other, GN_ERROR_FORMAT, cut, ": is 75 bytes long, expected 76");
    put_gzip(cut, images, IMAGES_SIZE - 1);
    assert_not_loaded(*state, cut, other, GN_ERROR_FORMAT, cut, ": ends after 75 bytes, expected 76");
}

static void more_than_the_header_says_is_refused(void **state)
{
    unsigned char images[IMAGES_SIZE + 1] = {0}, labels[LABELS_SIZE + 1] = {0};
    put_pair(images, labels);
    const char *more = path_of("more"), *good = path_of("images");
    put_file(more, images, sizeof images);
    assert_not_loaded(*state, more, path_of("labels"), GN_ERROR_FORMAT, more, ": is 77 bytes long, expected 76");
    put_gzip(more, images, sizeof images);
    assert_not_loaded(*state, more, path_of("labels"), GN_ERROR_FORMAT, more,
                      ": goes on after the 76 bytes that its header says");
    put_file(more, labels, sizeof labels);
    assert_not_loaded(*state, good, more, GN_ERROR_FORMAT, more, ": is 14 bytes long, expected 13");
}

static void flipped_bits_of_gzip_are_refused_or_harmless(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    size_t size;
    unsigned char *bytes = get_file(path_of("images.gz"), &size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (unsigned char)(1 << bit);
            put_file(path_of("flipped"), bytes, size);
            bytes[i] ^= (unsigned char)(1 << bit);
            gn_dataset *dataset = gn_idx_load(*state, path_of("flipped"), path_of("labels"));
            if (dataset != NULL) /* a bit that gzip does not use, such as the time */
                assert_pair(dataset);
            else
                assert_not_loaded(*state, path_of("flipped"), path_of("labels"), GN_ERROR_FORMAT, path_of("flipped"),
                                  ": ");
            gn_dataset_free(dataset);
        }
    free(bytes);
}

static void damaged_gzip_is_named(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    size_t size;
    unsigned char *bytes = get_file(path_of("images.gz"), &size);
    bytes[size - 8] ^= 1; /* the checksum */
    put_file(path_of("flipped"), bytes, size);
    assert_not_loaded(*state, path_of("flipped"), path_of("labels"), GN_ERROR_FORMAT, path_of("flipped"),
                      ": its gzip data is damaged or cut short");
    free(bytes);
}

static void what_follows_gzip_data_is_refused(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE], longer[4096] = {0};
    put_pair(images, labels);
    size_t size;
    unsigned char *bytes = get_file(path_of("images.gz"), &size);
    memcpy(longer, bytes, size);
    for (size_t more = 1; more < 100; more += 33) {
        put_file(path_of("followed"), longer, size + more);
        assert_not_loaded(*state, path_of("followed"), path_of("labels"), GN_ERROR_FORMAT, path_of("followed"),
                          ": goes on after its gzip data, expected one member and nothing else");
    }
    for (size_t at = 0; at < 8; at += 4) { /* what looks like the end but for the checksum, or for the length */
        memcpy(longer + size, bytes + size - 8, 8);
        longer[size + at] ^= 1;
        put_file(path_of("followed"), longer, size + 8);
        assert_not_loaded(*state, path_of("followed"), path_of("labels"), GN_ERROR_FORMAT, path_of("followed"),
                          ": goes on after its gzip data, expected one member and nothing else");
    }
    free(bytes);
}

static void headers_that_are_damaged_are_refused(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    for (int i = 0; i < 16 + 8; i++)
        for (int bit = 0; bit < 8; bit++) {
            unsigned char *byte = i < 16 ? &images[i] : &labels[i - 16];
            *byte ^= (unsigned char)(1 << bit);
            put_file(path_of("images"), images, IMAGES_SIZE);
            put_file(path_of("labels"), labels, LABELS_SIZE);
            *byte ^= (unsigned char)(1 << bit);
            assert_not_loaded(*state, path_of("images"), path_of("labels"), GN_ERROR_FORMAT, test_directory,
                              i < 16 ? "/images: " : "/labels: ");
        }
}

static void other_beginnings_are_refused_with_a_hint(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    const char *i = path_of("images"), *l = path_of("labels"), *text = path_of("text");
    assert_not_loaded(*state, l, i, GN_ERROR_FORMAT, l,
                      ": begins with 0x00000801, expected 0x00000803 (these are labels: are the files swapped?)");
    assert_not_loaded(*state, i, i, GN_ERROR_FORMAT, i,
                      ": begins with 0x00000803, expected 0x00000801 (these are images: are the files swapped?)");
    put_file(text, "<!DOCTYPE html><html>", 21);
    assert_not_loaded(*state, text, l, GN_ERROR_FORMAT, text, ": begins with 0x3c21444f, expected 0x00000803");
    put_number(images, 0xD03); /* floats */
    put_file(text, images, IMAGES_SIZE);
    assert_not_loaded(*state, text, l, GN_ERROR_FORMAT, text, ": begins with 0x00000d03, expected 0x00000803");
}

static void sizes_out_of_range_are_refused(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    static const struct {
        uint32_t sizes[3];
        const char *why;
    } cases[] = {
        {{0, 3, 4}, ": axis 0 has size 0, expected 1 to 2147483647"},
        {{5, 0, 4}, ": axis 1 has size 0, expected 1 to 65536"},
        {{5, 3, 0}, ": axis 2 has size 0, expected 1 to 65536"},
        {{UINT32_C(1) << 31, 1, 1}, ": axis 0 has size 2147483648, expected 1 to 2147483647"},
        {{1, 65537, 1}, ": axis 1 has size 65537, expected 1 to 65536"},
        {{1, 1, UINT32_MAX}, ": axis 2 has size 4294967295, expected 1 to 65536"},
        {{1, 65536, 65536}, ": is 76 bytes long, expected 4294967312"},
        {{2, 65536, 65536}, ": its header says 8589934592 bytes, at most 4294967296 are read"},
        {{INT32_MAX, 65536, 65536}, ": its header says 140737488289792 bytes, at most 4294967296 are read"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *wrong = path_of("wrong");
        fill_images(images, cases[i].sizes[0], cases[i].sizes[1], cases[i].sizes[2], PIXELS);
        put_file(wrong, images, IMAGES_SIZE);
        assert_not_loaded(*state, wrong, path_of("labels"), GN_ERROR_FORMAT, wrong, cases[i].why);
    }
}

/* A few bytes that claim to be 4 GiB. */
static void a_header_that_lies_costs_little_memory(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes;
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    fill_images(images, 1, 65536, 65536, PIXELS);
    const char *lie = path_of("lie");
    put_file(lie, images, IMAGES_SIZE);
    assert_not_loaded(context, lie, path_of("labels"), GN_ERROR_FORMAT, lie, ": is 76 bytes long, expected 4294967312");
    assert_true(gn_context_memory(context).peak_bytes < before + 10000);
    put_gzip(lie, images, IMAGES_SIZE);
    assert_not_loaded(context, lie, path_of("labels"), GN_ERROR_FORMAT, lie,
                      ": ends after 76 bytes, expected 4294967312");
    assert_true(gn_context_memory(context).peak_bytes < before + (4 << 20));
    gn_context_free(context);
    assert_int_equal(m.blocks, 0);
}

static void counts_must_agree(void **state)
{
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    fill_labels(labels, COUNT - 1, COUNT - 1);
    put_file(path_of("few"), labels, LABELS_SIZE - 1);
    char why[700];
    snprintf(why, sizeof why, " has 5 images, but %s has 4 labels", path_of("few"));
    assert_not_loaded(*state, path_of("images"), path_of("few"), GN_ERROR_FORMAT, path_of("images"), why);
}

static void files_that_cannot_be_read_are_io_errors(void **state)
{
    gn_context *context = *state;
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    const char *i = path_of("images"), *l = path_of("labels"), *missing = path_of("missing"), *pipe = path_of("pipe");
    assert_not_loaded(context, missing, l, GN_ERROR_IO, missing, ": cannot read: No such file or directory");
    assert_not_loaded(context, i, missing, GN_ERROR_IO, missing, ": cannot read: No such file or directory");
    assert_not_loaded(context, test_directory, l, GN_ERROR_IO, test_directory, ": not a regular file");
    assert_int_equal(mkfifo(pipe, 0666), 0);
    alarm(20);
    assert_not_loaded(context, i, pipe, GN_ERROR_IO, pipe, ": not a regular file");
    alarm(0);
    assert_not_loaded(context, NULL, l, GN_ERROR_ARGUMENT, "", "idx: a path is NULL");
    assert_not_loaded(context, i, NULL, GN_ERROR_ARGUMENT, "", "idx: a path is NULL");
    assert_not_loaded(context, "", l, GN_ERROR_ARGUMENT, "", "idx: a path is empty");
    assert_null(gn_idx_load(NULL, i, l));
}

static bool load_pair(gn_context *context, void *argument)
{
    const char *const *paths = argument;
    gn_dataset *dataset = gn_idx_load(context, paths[0], paths[1]);
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    const char *plain[] = {path_of("images"), path_of("labels")},
               *gzipped[] = {path_of("images.gz"), path_of("labels.gz")};
    assert_int_equal(memory_fail_each(load_pair, plain), 4);
    assert_int_equal(memory_fail_each(load_pair, gzipped), 4);
}

/* --- directories with MNIST's names ------------------------------------------------------------------------------- */

static void assert_no_mnist(gn_context *context, const char *directory, gn_split split, gn_status status,
                            const char *why)
{
    char message[700];
    snprintf(message, sizeof message, "%s%s", status == GN_ERROR_IO ? directory : "", why);
    gn_context_clear(context);
    assert_null(gn_mnist_load(context, directory, split));
    assert_message(context, status, message);
}

static void files_are_found_by_their_names(void **state)
{
    gn_context *context = *state;
    unsigned char images[IMAGES_SIZE], labels[LABELS_SIZE];
    put_pair(images, labels);
    assert_no_mnist(
        context, test_directory, GN_SPLIT_TRAIN, GN_ERROR_IO,
        ": cannot read train-images-idx3-ubyte or train-images-idx3-ubyte.gz there: No such file or directory");
    put_gzip(path_of("train-images-idx3-ubyte.gz"), images, IMAGES_SIZE);
    assert_no_mnist(
        context, test_directory, GN_SPLIT_TRAIN, GN_ERROR_IO,
        ": cannot read train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz there: No such file or directory");
    put_file(path_of("train-labels-idx1-ubyte"), labels, LABELS_SIZE);
    gn_dataset *dataset = gn_mnist_load(context, test_directory, GN_SPLIT_TRAIN);
    assert_non_null(dataset);
    assert_pair(dataset);
    gn_dataset_free(dataset);
    assert_no_mnist(
        context, test_directory, GN_SPLIT_TEST, GN_ERROR_IO,
        ": cannot read t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz there: No such file or directory");
    put_file(path_of("t10k-images-idx3-ubyte"), images, IMAGES_SIZE);
    put_file(path_of("t10k-images-idx3-ubyte.gz"), "not looked at", 13);
    put_gzip(path_of("t10k-labels-idx1-ubyte.gz"), labels, LABELS_SIZE);
    dataset = gn_mnist_load(context, test_directory, GN_SPLIT_TEST);
    assert_non_null(dataset);
    assert_pair(dataset);
    gn_dataset_free(dataset);
}

static void directories_that_cannot_be_are_refused(void **state)
{
    gn_context *context = *state;
    assert_no_mnist(
        context, path_of("nowhere"), GN_SPLIT_TRAIN, GN_ERROR_IO,
        ": cannot read train-images-idx3-ubyte or train-images-idx3-ubyte.gz there: No such file or directory");
    assert_no_mnist(context, NULL, GN_SPLIT_TEST, GN_ERROR_ARGUMENT,
                    "mnist: directory NULL, split 1; expected a directory and a split");
    assert_no_mnist(context, "here", (gn_split)7, GN_ERROR_ARGUMENT,
                    "mnist: directory here, split 7; expected a directory and a split");
    static char long_path[6000];
    memset(long_path, 'x', sizeof long_path - 1);
    assert_null(gn_mnist_load(context, long_path, GN_SPLIT_TRAIN));
    assert_int_equal(gn_context_status(context), GN_ERROR_IO);
    assert_null(gn_mnist_load(NULL, "here", GN_SPLIT_TRAIN));
}

/* --- the real ones ------------------------------------------------------------------------------------------------ */

static const char *const mnist = GN_TESTS_DIR "/../../shared/data/mnist";

static gn_dataset *load_mnist(gn_context *context, gn_split split)
{
    if (!is_there(mnist)) {
        print_message("skipped: there is no MNIST in %s\n", mnist);
        skip();
    }
    gn_dataset *dataset = gn_mnist_load(context, mnist, split);
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_classes(dataset), 10);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(28, 28, 1)));
    return dataset;
}

/* What zlib alone finds in a file behind its header; the caller frees it. */
static unsigned char *inflate_file(const char *name, size_t header, size_t size)
{
    char path[1000];
    snprintf(path, sizeof path, "%s/%s", mnist, name);
    unsigned char *bytes = malloc(header + size);
    assert_non_null(bytes);
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(gzread(file, bytes, (unsigned)(header + size)), header + size);
    assert_int_equal(gzclose(file), Z_OK);
    memmove(bytes, bytes + header, size);
    return bytes;
}

/* Each pixel and label is that of the file. The first labels and how many there are of each class are in many a
 * publication. So is the mean pixel: another one is said, not failed for, since it is the file that differs and not
 * what was made of it. */
static void assert_mnist(gn_dataset *dataset, const char *images_name, const int *first_labels, const int *counts,
                         double mean)
{
    gn_context *context = gn_dataset_context(dataset);
    const int64_t count = gn_dataset_count(dataset), pixels = count * 28 * 28;
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(count, 28, 28, 1)),
              *labels = gn_tensor_new(context, GN_SHAPE(count));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    unsigned char *bytes = inflate_file(images_name, 16, (size_t)pixels);
    int64_t wrong = 0;
    double sum = 0;
    for (int64_t i = 0; i < pixels; i++) {
        wrong += gn_tensor_values(images)[i] != (gn_real)bytes[i] / (gn_real)127.5 - 1;
        sum += bytes[i];
    }
    free(bytes);
    assert_int_equal(wrong, 0);
    if (sum / (double)pixels < mean - 1e-5 || sum / (double)pixels > mean + 1e-5)
        print_message("note: %s is not the published file: its mean pixel is %.6f, expected %.6f\n", images_name,
                      sum / (double)pixels, mean);
    int found[10] = {0};
    for (int64_t i = 0; i < count; i++)
        found[(int)gn_tensor_values(labels)[i]]++;
    assert_memory_equal(found, counts, sizeof found);
    for (int i = 0; i < 10; i++)
        assert_int_equal((int)gn_tensor_values(labels)[i], first_labels[i]);
    gn_tensor_free(images);
    gn_tensor_free(labels);
    gn_dataset_free(dataset);
}

static void mnist_training_images_are_those_of_the_file(void **state)
{
    gn_dataset *dataset = load_mnist(*state, GN_SPLIT_TRAIN);
    assert_int_equal(gn_dataset_count(dataset), 60000);
    assert_mnist(dataset, "train-images-idx3-ubyte.gz", (const int[]){5, 0, 4, 1, 9, 2, 1, 3, 1, 4},
                 (const int[]){5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}, 33.318421);
}

static void mnist_test_images_are_those_of_the_file(void **state)
{
    gn_dataset *dataset = load_mnist(*state, GN_SPLIT_TEST);
    assert_int_equal(gn_dataset_count(dataset), 10000);
    assert_mnist(dataset, "t10k-images-idx3-ubyte.gz", (const int[]){7, 2, 1, 0, 4, 1, 4, 9, 5, 9},
                 (const int[]){980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}, 33.791224);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_gzipped_files_are_read),
        cmocka_unit_test(bytes_become_minus_one_to_one),
        cmocka_unit_test(large_gzipped_files_are_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(what_is_cut_is_counted),
        cmocka_unit_test(more_than_the_header_says_is_refused),
        cmocka_unit_test(flipped_bits_of_gzip_are_refused_or_harmless),
        cmocka_unit_test(damaged_gzip_is_named),
        cmocka_unit_test(what_follows_gzip_data_is_refused),
        cmocka_unit_test(headers_that_are_damaged_are_refused),
        cmocka_unit_test(other_beginnings_are_refused_with_a_hint),
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(a_header_that_lies_costs_little_memory),
        cmocka_unit_test(counts_must_agree),
        cmocka_unit_test(files_that_cannot_be_read_are_io_errors),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(files_are_found_by_their_names),
        cmocka_unit_test(directories_that_cannot_be_are_refused),
        cmocka_unit_test(mnist_training_images_are_those_of_the_file),
        cmocka_unit_test(mnist_test_images_are_those_of_the_file),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
