/* SPDX-License-Identifier: MIT */
/* tests/io/test_tensorboard.c - files of events, read back record by record. With a folder as argument the program
 * writes one there, for test_tensorboard_reader.sh to read with TensorBoard's own reader. */
#include "faults.h"
#include "io/crc32c.h"
#include "io/element.h"
#include "memory.h"
#include "messages.h"
#include "pictures.h"

#include <gannet/image.h>
#include <gannet/tensorboard.h>
#include <math.h>
#include <time.h>

/* --- reading ------------------------------------------------------------------------------------------------------ */

enum { MAX_EVENTS = 16 };

typedef struct events {
    unsigned char *bytes;
    size_t size;
    message items[MAX_EVENTS];
    int count;
} events;

static uint32_t masked_sum(const unsigned char *bytes, size_t size)
{
    const uint32_t sum = gn__crc32c(bytes, size);
    return (uint32_t)((sum >> 15 | sum << 17) + 0xA282EAD8);
}

static events read_events(const char *path)
{
    events e = {0};
    e.bytes = get_file(path, &e.size);
    for (size_t at = 0; at < e.size; e.count++) {
        assert_true(e.size - at >= 16 && e.count < MAX_EVENTS);
        const unsigned char *record = e.bytes + at;
        const size_t length = (size_t)gn__load_little_endian(record, 8);
        assert_true(length <= e.size - at - 16);
        assert_int_equal(gn__load_little_endian(record + 8, 4), masked_sum(record, 8));
        assert_int_equal(gn__load_little_endian(record + 12 + length, 4), masked_sum(record + 12, length));
        e.items[e.count] = (message){record + 12, record + 12 + length};
        at += 16 + length;
    }
    return e;
}

static double double_of(message bytes)
{
    double number;
    assert_int_equal(bytes.end - bytes.next, 8);
    const uint64_t bits = gn__load_little_endian(bytes.next, 8);
    memcpy(&number, &bits, sizeof number);
    return number;
}

static float float_of(message bytes)
{
    float number;
    assert_int_equal(bytes.end - bytes.next, 4);
    const uint32_t bits = (uint32_t)gn__load_little_endian(bytes.next, 4);
    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint64_t number_in(message m, unsigned number)
{
    field f = {0};
    while (f.number != number)
        assert_true(next_field(&m, &f));
    return f.value;
}

static bool is_text(message m, const char *text)
{
    return (size_t)(m.end - m.next) == strlen(text) && memcmp(m.next, text, strlen(text)) == 0;
}

/* The value of a summary, of this step and tag. */
static message value_of(message event, int64_t step, const char *tag)
{
    assert_int_equal(number_in(event, 2), step);
    const message value = inside(inside(event, 5), 1);
    assert_true(is_text(inside(value, 1), tag));
    return value;
}

static gn_tensorboard *open_board(gn_context *context, int64_t first_step)
{
    gn_tensorboard *board = gn_tensorboard_open(context, test_directory, first_step);
    assert_non_null(board);
    return board;
}

/* --- what is written ---------------------------------------------------------------------------------------------- */

static void a_file_begins_with_its_version(void **state)
{
    gn_tensorboard *board = open_board(*state, 0);
    assert_non_null(strstr(gn_tensorboard_path(board), "/events.out.tfevents."));
    events e = read_events(gn_tensorboard_path(board));
    assert_int_equal(e.count, 1);
    assert_memory_equal(e.bytes, "\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09", 13); /* as TensorBoard's writer has it */
    assert_true(is_text(inside(e.items[0], 3), "brain.Event:2"));
    assert_true(fabs(double_of(inside(e.items[0], 1)) - (double)time(NULL)) < 60);
    free(e.bytes);
    assert_int_equal(gn_tensorboard_close(board), GN_OK);
    assert_int_equal(gn_tensorboard_close(NULL), GN_OK);
    assert_null(gn_tensorboard_path(NULL));
}

static void scalars_are_there_at_once(void **state)
{
    gn_tensorboard *board = open_board(*state, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gn_tensorboard_scalar(board, "loss/d", 1000 * i, 0.5 + i), GN_OK);
        events e = read_events(gn_tensorboard_path(board));
        assert_int_equal(e.count, i + 2);
        const message value = value_of(e.items[i + 1], 1000 * i, "loss/d");
        assert_true(float_of(inside(value, 2)) == 0.5f + (float)i);
        free(e.bytes);
    }
    assert_int_equal(gn_tensorboard_scalar(board, "none", 0, NAN), GN_OK);
    gn_tensorboard_close(board);
}

static void pictures_are_those_of_a_grid(void **state)
{
    gn_tensorboard *board = open_board(*state, 0);
    for (int64_t channels = 1; channels <= 3; channels += 2) {
        gn_tensor *images = new_pictures(*state, GN_SHAPE(5, 4, 3, channels), 1);
        assert_int_equal(gn_tensorboard_images(board, "samples", channels, images, 3), GN_OK);
        assert_int_equal(gn_image_grid_write(path_of("grid.png"), images, 3, 1), GN_OK);
        gn_tensor_free(images);
        events e = read_events(gn_tensorboard_path(board));
        const message image = inside(value_of(e.items[e.count - 1], channels, "samples"), 4), png = inside(image, 4);
        assert_int_equal(number_in(image, 1), 2 * 4 + 3 * 2);
        assert_int_equal(number_in(image, 2), 3 * 3 + 4 * 2);
        assert_int_equal(number_in(image, 3), channels);
        assert_true(file_holds(path_of("grid.png"), png.next, (size_t)(png.end - png.next)));
        free(e.bytes);
    }
    gn_tensorboard_close(board);
}

/* The histogram of some numbers, as the last event of a file. */
static events histogram_of(gn_context *context, const float *numbers, int64_t count, message *h)
{
    gn_tensorboard *board = open_board(context, 0);
    gn_tensor *values = gn_tensor_new(context, GN_SHAPE(count));
    for (int64_t i = 0; i < count; i++)
        gn_tensor_data(values)[i] = numbers[i];
    assert_int_equal(gn_tensorboard_histogram(board, "weights", 7, values), GN_OK);
    events e = read_events(gn_tensorboard_path(board));
    *h = inside(value_of(e.items[1], 7, "weights"), 5);
    gn_tensor_free(values);
    gn_tensorboard_close(board);
    return e;
}

static void histograms_count_every_value(void **state)
{
    float numbers[301];
    message h;
    for (int i = 0; i <= 300; i++)
        numbers[i] = (float)i / 100 - 1;
    events e = histogram_of(*state, numbers, 301, &h);
    assert_true(double_of(inside(h, 1)) == -1 && double_of(inside(h, 2)) == 2);
    assert_true(double_of(inside(h, 3)) == 301);
    assert_true(fabs(double_of(inside(h, 4)) - 150.5) < 1e-4);
    assert_true(fabs(double_of(inside(h, 5)) - 302.505) < 1e-3);
    message limits = inside(h, 6), counts = inside(h, 7);
    assert_int_equal(limits.end - limits.next, 30 * 8);
    assert_int_equal(counts.end - counts.next, 30 * 8);
    double sum = 0;
    for (int i = 0; i < 30; i++) {
        const double count = double_of((message){counts.next + 8 * i, counts.next + 8 * i + 8});
        assert_true(fabs(double_of((message){limits.next + 8 * i, limits.next + 8 * i + 8}) - (-0.9 + 0.1 * i)) < 1e-6);
        assert_true(count >= 9 && count <= 11);
        sum += count;
    }
    assert_true(sum == 301);
    free(e.bytes);
}

static void equal_values_are_one_bucket(void **state)
{
    const float numbers[] = {0.5f, 0.5f};
    message h;
    events e = histogram_of(*state, numbers, 2, &h);
    assert_true(double_of(inside(h, 6)) == 0.5 && double_of(inside(h, 7)) == 2);
    free(e.bytes);
}

static void a_run_that_goes_on_says_from_where(void **state)
{
    gn_tensorboard *first = open_board(*state, 0), *second = open_board(*state, 400);
    assert_string_not_equal(gn_tensorboard_path(first), gn_tensorboard_path(second));
    events e = read_events(gn_tensorboard_path(second));
    assert_int_equal(e.count, 2);
    assert_int_equal(number_in(e.items[1], 2), 400);
    assert_int_equal(number_in(inside(e.items[1], 7), 1), 1);
    free(e.bytes);
    gn_tensorboard_close(first);
    gn_tensorboard_close(second);
}

/* --- what goes wrong ---------------------------------------------------------------------------------------------- */

static void wrong_arguments(void **state)
{
    gn_context *context = *state;
    gn_tensorboard *board = open_board(context, 0);
    gn_tensor *values = new_pictures(context, GN_SHAPE(2, 2), 1);
    assert_null(gn_tensorboard_open(NULL, test_directory, 0));
    assert_null(gn_tensorboard_open(context, NULL, 0));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "tensorboard: the folder is NULL and the first step 0, expected a path and a step of 0 or more");
    assert_null(gn_tensorboard_open(context, "", 0));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "tensorboard: the folder is '' and the first step 0, expected a path and a step of 0 or more");
    assert_null(gn_tensorboard_open(context, "here", -1));
    assert_message(context, GN_ERROR_ARGUMENT,
                   "tensorboard: the folder is here and the first step -1, expected a path and a step of 0 or more");
    assert_int_equal(gn_tensorboard_scalar(NULL, "a", 0, 0), GN_ERROR_ARGUMENT);
    gn_tensorboard_scalar(board, NULL, 0, 0);
    assert_message(context, GN_ERROR_ARGUMENT, "tensorboard: the tag is NULL");
    gn_tensorboard_histogram(board, "", 0, values);
    assert_message(context, GN_ERROR_ARGUMENT, "tensorboard: the tag is empty");
    assert_int_equal(gn_tensorboard_scalar(board, "l\xE4nge", 0, 1), GN_ERROR_ARGUMENT);
    assert_message_has(context, GN_ERROR_ARGUMENT, "is not UTF-8");
    gn_tensorboard_images(board, "a", -2, values, 1);
    assert_message(context, GN_ERROR_ARGUMENT, "tensorboard: the step of 'a' is -2, expected 0 or more");
    gn_tensorboard_images(board, "a", 0, NULL, 1);
    assert_message(context, GN_ERROR_ARGUMENT, "tensorboard: the pictures of 'a' are NULL");
    gn_tensorboard_images(board, "a", 0, values, 1);
    assert_message(context, GN_ERROR_SHAPE, "pictures of shape [2,2], expected [N,H,W,1] or [N,H,W,3]");
    gn_tensorboard_histogram(board, "a", 0, NULL);
    assert_message(context, GN_ERROR_ARGUMENT, "tensorboard: the values of 'a' are NULL");
    gn_tensor_data(values)[3] = (gn_real)INFINITY;
    gn_tensorboard_histogram(board, "a", 0, values);
    assert_message(context, GN_ERROR_NUMBER, "tensorboard: a value of 'a' is not finite");
    assert_int_equal(gn_tensorboard_scalar(board, "a", 0, 0), GN_OK); /* none of these is for ever */
    gn_tensor_free(values);
    gn_tensorboard_close(board);
}

static int files_in_folder(void)
{
    int count = 0;
    DIR *directory = opendir(test_directory);
    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void what_cannot_be_begun_leaves_nothing(void **state)
{
    gn_context *context = *state;
    assert_null(gn_tensorboard_open(context, path_of("nowhere"), 0));
    assert_message_has(context, GN_ERROR_IO, "cannot write: No such file or directory");
    const int files = files_in_folder();
    context->files = &faulty_files;
    for (int at = 1; at <= 2; at++) {
        disk = (faults){.call = WRITE, .at = at, .error = ENOSPC};
        assert_null(gn_tensorboard_open(context, test_directory, 5));
        assert_message_has(context, GN_ERROR_IO, "cannot write: No space left on device");
        assert_int_equal(disk.open_files, 0);
    }
    context->files = NULL;
    assert_int_equal(files_in_folder(), files);
}

static void a_full_disk_is_the_end(void **state)
{
    gn_context *context = *state;
    context->files = &faulty_files;
    disk = (faults){.call = WRITE, .at = 3, .error = ENOSPC};
    gn_tensorboard *board = open_board(context, 0);
    assert_int_equal(gn_tensorboard_scalar(board, "a", 1, 0), GN_OK);
    assert_int_equal(gn_tensorboard_scalar(board, "a", 2, 0), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "cannot write: No space left on device");
    assert_int_equal(gn_tensorboard_scalar(board, "a", 3, 0), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "nothing is written after a failure");
    events e = read_events(gn_tensorboard_path(board));
    assert_int_equal(e.count, 2);
    free(e.bytes);
    assert_int_equal(gn_tensorboard_close(board), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "cannot write: No space left on device");
    context->files = NULL;
}

static void other_faults(void **state)
{
    gn_context *context = *state;
    context->files = &faulty_files;
    const faults healed[] = {{.call = OPEN, .at = 1, .error = EINTR},
                             {.call = OPEN, .at = 1, .error = EEXIST},
                             {.call = WRITE, .at = 1, .error = EINTR},
                             {.call = CLOSE, .at = 1, .error = EINTR},
                             {.max_at_once = 3}};
    for (size_t i = 0; i < sizeof healed / sizeof *healed; i++) {
        disk = healed[i];
        gn_tensorboard *board = open_board(context, 0);
        events e = read_events(gn_tensorboard_path(board));
        assert_int_equal(e.count, 1);
        free(e.bytes);
        assert_int_equal(gn_tensorboard_close(board), GN_OK);
    }
    disk = (faults){.call = CLOSE, .at = 1, .error = EIO};
    assert_int_equal(gn_tensorboard_close(open_board(context, 0)), GN_ERROR_IO);
    assert_message_has(context, GN_ERROR_IO, "cannot write: Input/output error");
    disk = (faults){.call = WRITE, .at = 1}; /* writes nothing, and says no more */
    assert_null(gn_tensorboard_open(context, test_directory, 0));
    assert_message_has(context, GN_ERROR_IO, "cannot write: No space left on device");
    context->files = NULL;
}

static int find_name_taken(const char *path, int flags, mode_t mode)
{
    static int calls;
    (void)path, (void)flags, (void)mode;
    assert_true(++calls < 5000);
    errno = EEXIST;
    return -1;
}

static void names_are_not_tried_for_ever(void **state)
{
    gn_context *context = *state;
    gn__file_operations files = faulty_files;
    files.open = find_name_taken;
    context->files = &files;
    assert_null(gn_tensorboard_open(context, test_directory, 0));
    context->files = NULL;
    assert_message_has(context, GN_ERROR_IO, "cannot write: File exists");
}

static bool write_all(gn_context *context, void *argument)
{
    (void)argument;
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(1, 2, 2, 1));
    gn_tensorboard *board = images == NULL ? NULL : gn_tensorboard_open(context, test_directory, 1);
    bool done = board != NULL && gn_tensorboard_scalar(board, "a", 1, 1) == GN_OK;
    done = done && gn_tensorboard_images(board, "b", 1, images, 1) == GN_OK;
    done = done && gn_tensorboard_histogram(board, "c", 1, images) == GN_OK;
    const char *path = gn_tensorboard_path(board);
    if (path != NULL)
        remove(path);
    gn_tensorboard_close(board);
    gn_tensor_free(images);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(memory_fail_each(write_all, NULL) >= 20);
}

/* --- for TensorBoard's own reader --------------------------------------------------------------------------------- */

/* A run that was interrupted after step 3 and went on from its checkpoint of step 2. */
static int write_example(const char *directory)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *images = new_pictures(context, GN_SHAPE(6, 4, 3, 3), 1);
    for (int part = 0; part < 2; part++) {
        gn_tensorboard *board = gn_tensorboard_open(context, directory, part == 0 ? 0 : 3);
        for (int64_t step = part == 0 ? 1 : 3; step <= 3 + part; step++)
            gn_tensorboard_scalar(board, "loss/d", step, 10 * part + 0.25 * (double)step);
        if (part == 1) {
            gn_tensorboard_images(board, "samples", 4, images, 3);
            gn_tensorboard_histogram(board, "weights/g.d\xc3\xa9nse", 4, images);
        }
        gn_tensorboard_close(board);
    }
    gn_tensor_free(images);
    const int failed = gn_context_status(context) != GN_OK;
    gn_context_free(context);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return write_example(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_begins_with_its_version),
        cmocka_unit_test(scalars_are_there_at_once),
        cmocka_unit_test(pictures_are_those_of_a_grid),
        cmocka_unit_test(histograms_count_every_value),
        cmocka_unit_test(equal_values_are_one_bucket),
        cmocka_unit_test(a_run_that_goes_on_says_from_where),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(what_cannot_be_begun_leaves_nothing),
        cmocka_unit_test(a_full_disk_is_the_end),
        cmocka_unit_test(other_faults),
        cmocka_unit_test(names_are_not_tried_for_ever),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context_and_directory, close_context_and_directory);
}
