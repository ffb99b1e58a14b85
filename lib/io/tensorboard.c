/* SPDX-License-Identifier: MIT */
/* lib/io/tensorboard.c - files of events for TensorBoard (formats: event.proto and summary.proto in
 * tensorboard/compat/proto, the framing of records in tensorboard/summary/writer/record_writer.py). */
#include "core/context.h"
#include "core/tensor.h"
#include "io/crc32c.h"
#include "io/element.h"
#include "io/file.h"
#include "io/grid.h"
#include "io/json.h"
#include "io/protobuf.h"

#include <errno.h>
#include <fcntl.h>
#include <gannet/tensorboard.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Numbers of fields. */
enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION = 7 };
enum { SESSION_STATUS = 1, SESSION_START = 1 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_NUMBER = 2, VALUE_IMAGE = 4, VALUE_HISTOGRAM = 5 };
enum { IMAGE_HEIGHT = 1, IMAGE_WIDTH = 2, IMAGE_CHANNELS = 3, IMAGE_PNG = 4 };
enum {
    HISTOGRAM_LEAST = 1,
    HISTOGRAM_MOST = 2,
    HISTOGRAM_COUNT = 3,
    HISTOGRAM_SUM = 4,
    HISTOGRAM_SQUARES = 5,
    HISTOGRAM_LIMITS = 6,
    HISTOGRAM_BUCKETS = 7
};

enum { BUCKETS = 30, MAX_NAMES = 1000, NAME_SIZE = 96 };

struct gn_tensorboard {
    gn_context *context;
    const gn__file_operations *files;
    char *path;
    size_t path_size;
    int file;
    gn_status status; /* of the file: the first failure stays */
    int error;        /* what the system said then */
};

/* --- records ------------------------------------------------------------------------------------------------------ */

static gn_status fail(gn_tensorboard *board, int error)
{
    board->error = error;
    return board->status = gn_context_fail(board->context, GN_ERROR_IO, "%s: cannot write: %s", board->path,
                                           strerror(error));
}

/* Masked, so that a sum over bytes with sums in them is no special case. */
static void append_sum(gn__protobuf *record, const unsigned char *bytes, size_t size)
{
    const uint32_t sum = gn__crc32c(bytes, size);
    unsigned char masked[sizeof sum];
    gn__store_little_endian(masked, (uint32_t)((sum >> 15 | sum << 17) + 0xA282EAD8), sizeof masked);
    gn__protobuf_append(record, masked, sizeof masked);
}

/* Length, its sum, the event, its sum: in one piece, so that a reader seldom meets half of it. */
static gn_status write_event(gn_tensorboard *board, const gn__protobuf *event)
{
    unsigned char length[8];
    gn__protobuf record;
    gn__store_little_endian(length, event->size, sizeof length);
    gn__protobuf_open(&record, board->context);
    gn__protobuf_append(&record, length, sizeof length);
    append_sum(&record, length, sizeof length);
    gn__protobuf_append(&record, event->bytes, event->size);
    append_sum(&record, event->bytes, event->size);
    gn_status status = event->status == GN_OK ? record.status : event->status;
    const int error = status == GN_OK ? gn__file_write_all(board->files, board->file, record.bytes, record.size) : 0;
    if (error != 0)
        status = fail(board, error);
    gn__protobuf_close(&record);
    return status;
}

static void open_event(gn__protobuf *event, const gn_tensorboard *board)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    gn__protobuf_open(event, board->context);
    gn__protobuf_double(event, EVENT_TIME, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
}

static gn_status write_version(gn_tensorboard *board)
{
    gn__protobuf event;
    open_event(&event, board);
    gn__protobuf_text(&event, EVENT_VERSION, "brain.Event:2");
    const gn_status status = write_event(board, &event);
    gn__protobuf_close(&event);
    return status;
}

static gn_status write_start(gn_tensorboard *board, int64_t step)
{
    gn__protobuf event, session;
    open_event(&event, board);
    gn__protobuf_open(&session, board->context);
    gn__protobuf_number(&session, SESSION_STATUS, SESSION_START);
    gn__protobuf_number(&event, EVENT_STEP, step);
    gn__protobuf_message(&event, EVENT_SESSION, &session);
    const gn_status status = write_event(board, &event);
    gn__protobuf_close(&session);
    gn__protobuf_close(&event);
    return status;
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

/* Time comes first, as TensorBoard reads the files of a folder in the order of their names. */
static void make_name(const gn_tensorboard *board, const char *directory, int number)
{
    snprintf(board->path, board->path_size, "%s/events.out.tfevents.%010" PRId64 ".%ld.%d", directory,
             (int64_t)time(NULL), (long)getpid(), number);
}

static gn_status open_new(gn_tensorboard *board, const char *directory)
{
    for (int number = 0; board->file < 0; number++) {
        make_name(board, directory, number);
        board->file = gn__file_open(board->files, board->path, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (board->file < 0 && (errno != EEXIST || number == MAX_NAMES))
            return fail(board, errno);
    }
    return GN_OK;
}

static gn_status begin(gn_tensorboard *board, const char *directory, int64_t first_step)
{
    gn_status status = open_new(board, directory);
    if (status == GN_OK)
        status = write_version(board);
    return status == GN_OK && first_step > 0 ? write_start(board, first_step) : status;
}

static void release(gn_tensorboard *board)
{
    gn_context *context = board->context;
    gn__delete(context, board->path, board->path_size);
    gn__delete(context, board, sizeof *board);
}

gn_tensorboard *gn_tensorboard_open(gn_context *context, const char *directory, int64_t first_step)
{
    if (context == NULL)
        return NULL;
    if (directory == NULL || *directory == '\0' || first_step < 0)
        return gn__fail(context, GN_ERROR_ARGUMENT,
                        "tensorboard: the folder is %s and the first step %" PRId64
                        ", expected a path and a step of 0 or more",
                        directory == NULL    ? "NULL"
                        : *directory == '\0' ? "''"
                                             : directory,
                        first_step);
    gn_tensorboard *board = gn__new(context, sizeof *board);
    if (board == NULL)
        return NULL;
    *board = (gn_tensorboard){.context = context, .file = -1, .path_size = strlen(directory) + NAME_SIZE};
    board->files = gn__files_of(context);
    board->path = gn__new(context, board->path_size);
    if (board->path != NULL && begin(board, directory, first_step) == GN_OK)
        return board;
    if (board->file >= 0) {
        board->files->close(board->file);
        board->files->unlink(board->path);
    }
    release(board);
    return NULL;
}

gn_status gn_tensorboard_close(gn_tensorboard *board)
{
    if (board == NULL)
        return GN_OK;
    gn_status status = board->status;
    if (board->files->close(board->file) != 0 && errno != EINTR)
        status = fail(board, errno);
    else if (status != GN_OK)
        fail(board, board->error);
    release(board);
    return status;
}

const char *gn_tensorboard_path(const gn_tensorboard *board)
{
    return board == NULL ? NULL : board->path;
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static gn_status check(const gn_tensorboard *board, const char *tag, int64_t step)
{
    if (board == NULL)
        return GN_ERROR_ARGUMENT;
    if (board->status != GN_OK)
        return gn_context_fail(board->context, board->status, "%s: nothing is written after a failure", board->path);
    if (tag == NULL || tag[0] == '\0')
        return gn_context_fail(board->context, GN_ERROR_ARGUMENT, "tensorboard: the tag is %s",
                               tag == NULL ? "NULL" : "empty");
    if (!gn__is_utf8(tag))
        return gn_context_fail(board->context, GN_ERROR_ARGUMENT, "tensorboard: the tag '%s' is not UTF-8", tag);
    if (step < 0)
        return gn_context_fail(board->context, GN_ERROR_ARGUMENT,
                               "tensorboard: the step of '%s' is %" PRId64 ", expected 0 or more", tag, step);
    return GN_OK;
}

/* Event{time, step, summary{value{what is in the value, tag}}}; closes the value. */
static gn_status write_value(gn_tensorboard *board, const char *tag, int64_t step, gn__protobuf *value)
{
    gn__protobuf event, summary;
    open_event(&event, board);
    gn__protobuf_open(&summary, board->context);
    gn__protobuf_text(value, VALUE_TAG, tag);
    gn__protobuf_message(&summary, SUMMARY_VALUE, value);
    gn__protobuf_number(&event, EVENT_STEP, step);
    gn__protobuf_message(&event, EVENT_SUMMARY, &summary);
    const gn_status status = write_event(board, &event);
    gn__protobuf_close(&summary);
    gn__protobuf_close(&event);
    gn__protobuf_close(value);
    return status;
}

gn_status gn_tensorboard_scalar(gn_tensorboard *board, const char *tag, int64_t step, double number)
{
    gn__protobuf value;
    const gn_status status = check(board, tag, step);
    if (status != GN_OK)
        return status;
    gn__protobuf_open(&value, board->context);
    gn__protobuf_float(&value, VALUE_NUMBER, (float)number);
    return write_value(board, tag, step, &value);
}

static gn_status take_png(void *buffer, const unsigned char *bytes, size_t size)
{
    return gn__protobuf_append(buffer, bytes, size);
}

static gn_status write_grid(gn_tensorboard *board, const char *tag, int64_t step, const gn__picture *grid)
{
    gn__protobuf value, image, png;
    gn__protobuf_open(&value, board->context);
    gn__protobuf_open(&image, board->context);
    gn__protobuf_open(&png, board->context);
    gn_status status = gn__png_encode(board->context, grid, board->path, take_png, &png);
    gn__protobuf_number(&image, IMAGE_HEIGHT, grid->height);
    gn__protobuf_number(&image, IMAGE_WIDTH, grid->width);
    gn__protobuf_number(&image, IMAGE_CHANNELS, grid->channels);
    gn__protobuf_message(&image, IMAGE_PNG, &png);
    gn__protobuf_message(&value, VALUE_IMAGE, &image);
    gn__protobuf_close(&png);
    gn__protobuf_close(&image);
    if (status == GN_OK)
        return write_value(board, tag, step, &value);
    gn__protobuf_close(&value);
    return status;
}

gn_status gn_tensorboard_images(gn_tensorboard *board, const char *tag, int64_t step, const gn_tensor *images,
                                int64_t columns)
{
    gn__picture grid;
    gn_status status = check(board, tag, step);
    if (status == GN_OK && images == NULL)
        status = gn_context_fail(board->context, GN_ERROR_ARGUMENT, "tensorboard: the pictures of '%s' are NULL", tag);
    if (status == GN_OK)
        status = gn__grid_make(images, columns, 1, &grid);
    if (status != GN_OK)
        return status;
    status = write_grid(board, tag, step, &grid);
    gn__picture_close(gn_tensor_context(images), &grid);
    return status;
}

typedef struct histogram {
    double least, most, sum, squares;
    double limits[BUCKETS], counts[BUCKETS]; /* a limit is the upper end of its bucket */
    size_t buckets;
} histogram;

static bool measure(const gn_tensor *values, histogram *h)
{
    *h = (histogram){.least = INFINITY, .most = -INFINITY};
    for (int64_t i = 0; i < values->count; i++) {
        const double value = (double)values->data[i];
        if (!isfinite(value))
            return false;
        h->least = fmin(h->least, value);
        h->most = fmax(h->most, value);
        h->sum += value;
        h->squares += value * value;
    }
    return true;
}

static void fill_buckets(const gn_tensor *values, histogram *h)
{
    const double width = (h->most - h->least) / BUCKETS;
    h->buckets = width > 0 ? BUCKETS : 1;
    for (size_t i = 0; i < h->buckets; i++)
        h->limits[i] = h->least + width * (double)(i + 1);
    h->limits[h->buckets - 1] = h->most;
    for (int64_t i = 0; i < values->count; i++) {
        const size_t at = width > 0 ? (size_t)(((double)values->data[i] - h->least) / width) : 0;
        h->counts[at < h->buckets ? at : h->buckets - 1]++;
    }
}

static gn_status write_histogram(gn_tensorboard *board, const char *tag, int64_t step, const histogram *h,
                                 int64_t count)
{
    gn__protobuf value, message;
    gn__protobuf_open(&value, board->context);
    gn__protobuf_open(&message, board->context);
    gn__protobuf_double(&message, HISTOGRAM_LEAST, h->least);
    gn__protobuf_double(&message, HISTOGRAM_MOST, h->most);
    gn__protobuf_double(&message, HISTOGRAM_COUNT, (double)count);
    gn__protobuf_double(&message, HISTOGRAM_SUM, h->sum);
    gn__protobuf_double(&message, HISTOGRAM_SQUARES, h->squares);
    gn__protobuf_doubles(&message, HISTOGRAM_LIMITS, h->limits, h->buckets);
    gn__protobuf_doubles(&message, HISTOGRAM_BUCKETS, h->counts, h->buckets);
    gn__protobuf_message(&value, VALUE_HISTOGRAM, &message);
    gn__protobuf_close(&message);
    return write_value(board, tag, step, &value);
}

gn_status gn_tensorboard_histogram(gn_tensorboard *board, const char *tag, int64_t step, const gn_tensor *values)
{
    histogram h;
    const gn_status status = check(board, tag, step);
    if (status != GN_OK)
        return status;
    if (values == NULL)
        return gn_context_fail(board->context, GN_ERROR_ARGUMENT, "tensorboard: the values of '%s' are NULL", tag);
    if (!measure(values, &h))
        return gn_context_fail(board->context, GN_ERROR_NUMBER, "tensorboard: a value of '%s' is not finite", tag);
    fill_buckets(values, &h);
    return write_histogram(board, tag, step, &h, values->count);
}
