/* SPDX-License-Identifier: MIT */
/* lib/data/idx.c - IDX files, plain or gzipped: MNIST and its kin (format: http://yann.lecun.com/exdb/mnist/). */
#include "core/allocator.h"
#include "data/dataset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { IMAGES_MAGIC = 0x803, LABELS_MAGIC = 0x801, PIECE = 1 << 20, MOST_SIDE = 1 << 16 };
static const uint64_t most_bytes = UINT64_C(1) << 32;

/* One file: its numbers as they stand. */
typedef struct idx_file {
    uint32_t size[3]; /* images, height, width; labels have the first alone */
    unsigned char *bytes;
    size_t count, capacity;
} idx_file;

typedef struct idx_data {
    idx_file images, labels;
} idx_data;

static gn_status bad(gn_context *context, const char *path, const char *why)
{
    return gn_context_fail(context, GN_ERROR_FORMAT, "%s: %s", path, why);
}

static gn_status io_error(gn_context *context, const char *path)
{
    return gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", path, strerror(errno));
}

/* --- bytes through zlib, which reads plain files as they are -------------------------------------------------------------------------- */

/* Reads exactly size bytes. */
static gn_status read_exactly(gn_context *context, const char *path, gzFile file, unsigned char *bytes, unsigned size)
{
    const int got = gzread(file, bytes, size);
    int error = Z_OK;
    const char *text = gzerror(file, &error);
    if (got == (int)size)
        return GN_OK;
    if (error == Z_ERRNO)
        return io_error(context, path);
    return error != Z_OK && error != Z_BUF_ERROR ? bad(context, path, text) : bad(context, path, "the file ends early");
}

static gn_status grow(gn_context *context, idx_file *out, size_t size)
{
    unsigned char *bytes = gn__resize(context, out->bytes, out->capacity, size);
    if (bytes == NULL)
        return GN_ERROR_MEMORY;
    out->bytes = bytes;
    out->capacity = size;
    return GN_OK;
}

/* Memory grows with what has been read, so that a short file which claims to be long costs little. */
static gn_status read_body(gn_context *context, const char *path, gzFile file, uint64_t total, idx_file *out)
{
    gn_status status = GN_OK;
    while (out->count < total && status == GN_OK) {
        const uint64_t left = total - out->count;
        const unsigned here = left < PIECE ? (unsigned)left : PIECE;
        if (out->count + here > out->capacity) {
            const uint64_t doubled = 2 * (uint64_t)out->capacity + PIECE;
            status = grow(context, out, (size_t)(doubled < total ? doubled : total));
        }
        if (status == GN_OK)
            status = read_exactly(context, path, file, out->bytes + out->count, here);
        out->count += here;
    }
    return status;
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static gn_status check_magic(gn_context *context, const char *path, uint32_t magic, uint32_t wanted)
{
    if (magic == wanted)
        return GN_OK;
    const char *hint = wanted == IMAGES_MAGIC && magic == LABELS_MAGIC   ? " (these are labels: are the files swapped?)"
                       : wanted == LABELS_MAGIC && magic == IMAGES_MAGIC ? " (these are images: are the files swapped?)"
                                                                         : "";
    return gn_context_fail(context, GN_ERROR_FORMAT, "%s: begins with 0x%08x, expected 0x%08x%s", path, (unsigned)magic,
                           (unsigned)wanted, hint);
}

static gn_status read_header(gn_context *context, const char *path, gzFile file, uint32_t magic, idx_file *out, uint64_t *total)
{
    const unsigned dimensions = magic & 0xFF;
    unsigned char header[16];
    gn_status status = read_exactly(context, path, file, header, 4);
    if (status == GN_OK)
        status = check_magic(context, path, big_endian(header), magic);
    if (status == GN_OK)
        status = read_exactly(context, path, file, header + 4, 4 * dimensions);
    *total = 1;
    for (unsigned i = 0; i < dimensions && status == GN_OK; i++) {
        out->size[i] = big_endian(header + 4 + 4 * i);
        if (out->size[i] < 1 || out->size[i] > INT32_MAX || (i > 0 && out->size[i] > MOST_SIDE))
            return gn_context_fail(context, GN_ERROR_FORMAT, "%s: size %u of its axis %u is out of range", path,
                                   (unsigned)out->size[i], i);
        *total *= out->size[i];
        if (*total > most_bytes)
            return bad(context, path, "it holds more than 4 GiB");
    }
    return status;
}

static gn_status read_open(gn_context *context, const char *path, gzFile file, uint32_t magic, idx_file *out)
{
    uint64_t total;
    unsigned char extra;
    gn_status status = read_header(context, path, file, magic, out, &total);
    if (status == GN_OK)
        status = read_body(context, path, file, total, out);
    if (status != GN_OK)
        return status;
    const int more = gzread(file, &extra, 1);
    if (more > 0)
        return bad(context, path, "there is more in it than its header says");
    return more < 0 ? bad(context, path, "its compressed data is damaged") : GN_OK;
}

static gn_status read_file(gn_context *context, const char *path, uint32_t magic, idx_file *out)
{
    struct stat about;
    if (path == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "idx: a path is NULL");
    if (stat(path, &about) != 0)
        return io_error(context, path);
    if (!S_ISREG(about.st_mode))
        return gn_context_fail(context, GN_ERROR_IO, "%s: not a regular file", path);
    gzFile file = gzopen(path, "rbe");
    if (file == NULL)
        return io_error(context, path);
    gn_status status = read_open(context, path, file, magic, out);
    const int closed = gzclose_r(file);
    if (status == GN_OK && closed != Z_OK)
        status = bad(context, path, "its compressed data is damaged");
    return status;
}

/* --- a pair of files as a data set ------------------------------------------------------------------------------------------------------ */

static gn_status idx_item(const void *user, int64_t index, gn_real *image, int *label)
{
    const idx_data *data = user;
    const int64_t size = (int64_t)data->images.size[1] * data->images.size[2];
    const unsigned char *bytes = data->images.bytes + index * size;
    for (int64_t i = 0; i < size; i++)
        image[i] = (gn_real)bytes[i] / (gn_real)127.5 - 1;
    *label = data->labels.bytes[index];
    return GN_OK;
}

static void idx_free(gn_context *context, void *user)
{
    idx_data *data = user;
    gn__delete(context, data->images.bytes, data->images.capacity);
    gn__delete(context, data->labels.bytes, data->labels.capacity);
    gn__delete(context, data, sizeof *data);
}

static int class_count(const idx_file *labels)
{
    int largest = 0;
    for (size_t i = 0; i < labels->count; i++)
        if (labels->bytes[i] > largest)
            largest = labels->bytes[i];
    return largest + 1;
}

static gn_status read_pair(gn_context *context, const char *images_path, const char *labels_path, idx_data *data)
{
    gn_status status = read_file(context, images_path, IMAGES_MAGIC, &data->images);
    if (status == GN_OK)
        status = read_file(context, labels_path, LABELS_MAGIC, &data->labels);
    if (status == GN_OK && data->images.size[0] != data->labels.size[0])
        status = gn_context_fail(context, GN_ERROR_FORMAT, "%s has %u images, but %s has %u labels", images_path,
                                 (unsigned)data->images.size[0], labels_path, (unsigned)data->labels.size[0]);
    return status;
}

gn_dataset *gn_idx_load(gn_context *context, const char *images_path, const char *labels_path)
{
    if (context == NULL)
        return NULL;
    idx_data *data = gn__new(context, sizeof *data);
    if (data == NULL)
        return NULL;
    if (read_pair(context, images_path, labels_path, data) != GN_OK) {
        idx_free(context, data);
        return NULL;
    }
    return gn_dataset_new(context, &(gn_dataset_source){.count = data->images.size[0],
                                                        .height = data->images.size[1],
                                                        .width = data->images.size[2],
                                                        .channels = 1,
                                                        .classes = class_count(&data->labels),
                                                        .item = idx_item,
                                                        .free_user = idx_free,
                                                        .user = data});
}

/* Finds directory/name or directory/name.gz. */
static bool find(const char *directory, const char *name, char *path, size_t size)
{
    const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        const int length = snprintf(path, size, "%s/%s%s", directory, name, endings[i]);
        if (length > 0 && (size_t)length < size && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

gn_dataset *gn_mnist_load(gn_context *context, const char *directory, gn_split split)
{
    enum { PATH_SIZE = 4096 };
    char images[PATH_SIZE], labels[PATH_SIZE];
    const bool test = split == GN_SPLIT_TEST;
    const char *images_name = test ? "t10k-images-idx3-ubyte" : "train-images-idx3-ubyte";
    const char *labels_name = test ? "t10k-labels-idx1-ubyte" : "train-labels-idx1-ubyte";
    if (context == NULL)
        return NULL;
    if (directory == NULL) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "mnist: the directory is NULL");
        return NULL;
    }
    const bool has_images = find(directory, images_name, images, sizeof images);
    if (!has_images || !find(directory, labels_name, labels, sizeof labels)) {
        gn_context_fail(context, GN_ERROR_IO, "%s: no readable file %s or %s.gz there", directory,
                        has_images ? labels_name : images_name, has_images ? labels_name : images_name);
        return NULL;
    }
    return gn_idx_load(context, images, labels);
}
