/* SPDX-License-Identifier: MIT */
/* lib/data/cifar10.c - CIFAR-10 in its binary form (format: https://www.cs.toronto.edu/~kriz/cifar.html). */
#include "core/allocator.h"
#include "data/bytes.h"
#include "io/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A record is a label and three planes of 32x32 bytes: red, green, blue. */
enum {
    SIDE = 32,
    PLANE = SIDE * SIDE,
    CHANNELS = 3,
    RECORD = 1 + CHANNELS * PLANE,
    CLASSES = 10,
    FILES = 5,
    PATH = 4096
};

static const char *const names[CLASSES] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                           "dog",      "frog",       "horse", "ship", "truck"};

/* A file is read whole: 50,000 records are the largest that there are. */
static const size_t most_bytes = (size_t)RECORD * 50000;

static gn_status name_file(gn_context *context, const char *directory, gn_split split, int number, char path[PATH])
{
    const int length = split == GN_SPLIT_TEST ? snprintf(path, PATH, "%s/test_batch.bin", directory)
                                              : snprintf(path, PATH, "%s/data_batch_%d.bin", directory, number);
    if (length < PATH)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT, "cifar10: the name of the folder has more than %d characters",
                           PATH - 24);
}

/* Reads one file behind the pictures that are there already. */
static gn_status add_records(gn_context *context, const char *path, const unsigned char *records, int64_t count,
                             gn__bytes *bytes, int64_t first)
{
    for (int64_t i = 0; i < count; i++) {
        const unsigned char *record = records + i * RECORD;
        unsigned char *pixels = bytes->pixels + (first + i) * CHANNELS * PLANE;
        if (record[0] >= CLASSES)
            return gn_context_fail(context, GN_ERROR_FORMAT, "%s: picture %lld has label %d, expected 0 to 9", path,
                                   (long long)i, record[0]);
        bytes->labels[first + i] = record[0];
        for (int channel = 0; channel < CHANNELS; channel++)
            for (int j = 0; j < PLANE; j++)
                pixels[j * CHANNELS + channel] = record[1 + channel * PLANE + j];
    }
    return GN_OK;
}

/* How many pictures a file has; 0 with a failure when it is none of CIFAR-10's. */
static int64_t count_records(gn_context *context, const char *path)
{
    struct stat about;
    const bool found = stat(path, &about) == 0;
    if (!found || !S_ISREG(about.st_mode)) {
        gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", path,
                        found ? "not a regular file" : strerror(errno));
        return 0;
    }
    if (about.st_size > 0 && about.st_size % RECORD == 0 && (uint64_t)about.st_size <= most_bytes)
        return about.st_size / RECORD;
    gn_context_fail(context, GN_ERROR_FORMAT, "%s: is %lld bytes long, expected a multiple of %d, at most %lld", path,
                    (long long)about.st_size, RECORD, (long long)most_bytes);
    return 0;
}

static gn_status read_file(gn_context *context, const char *path, gn__bytes *bytes, int64_t *done)
{
    unsigned char *records;
    size_t size;
    const gn_status read = gn__file_read(context, path, most_bytes, &records, &size);
    if (read != GN_OK)
        return read;
    const int64_t count = (int64_t)size / RECORD;
    const gn_status status = count <= bytes->count - *done
                                 ? add_records(context, path, records, count, bytes, *done)
                                 : gn_context_fail(context, GN_ERROR_IO, "%s: has grown while it was read", path);
    *done += count;
    gn__delete(context, records, size);
    return status;
}

static gn_status read_all(gn_context *context, const char *directory, gn_split split, int files, gn__bytes *bytes)
{
    char path[PATH];
    int64_t done = 0;
    gn_status status = GN_OK;
    for (int i = 1; i <= files && status == GN_OK; i++) {
        status = name_file(context, directory, split, i, path);
        if (status == GN_OK)
            status = read_file(context, path, bytes, &done);
    }
    if (status == GN_OK && done != bytes->count)
        return gn_context_fail(context, GN_ERROR_IO, "%s: a file has shrunk while it was read", directory);
    return status;
}

gn_dataset *gn_cifar10_load(gn_context *context, const char *directory, gn_split split)
{
    const int files = split == GN_SPLIT_TEST ? 1 : FILES;
    gn__bytes bytes = {.height = SIDE, .width = SIDE, .channels = CHANNELS, .classes = CLASSES};
    char path[PATH];
    if (context == NULL)
        return NULL;
    if (directory == NULL || (split != GN_SPLIT_TRAIN && split != GN_SPLIT_TEST)) {
        gn_context_fail(context, GN_ERROR_ARGUMENT, "cifar10: folder %s, split %d; expected a folder and a split",
                        directory == NULL ? "NULL" : directory, (int)split);
        return NULL;
    }
    for (int i = 1; i <= files; i++) {
        const int64_t count = name_file(context, directory, split, i, path) == GN_OK ? count_records(context, path) : 0;
        if (count == 0)
            return NULL;
        bytes.count += count;
    }
    gn_status status = gn__bytes_open(context, &bytes, directory);
    if (status == GN_OK)
        status = read_all(context, directory, split, files, &bytes);
    if (status == GN_OK)
        status = gn__bytes_name_classes(context, &bytes, names);
    if (status == GN_OK)
        return gn__bytes_dataset(context, &bytes);
    gn__bytes_close(context, &bytes);
    return NULL;
}
