/* SPDX-License-Identifier: MIT */
/* lib/data/cifar10.c - CIFAR-10 in its binary form (format: https://www.cs.toronto.edu/~kriz/cifar.html). */
#include "core/context.h"
#include "io/file.h"

#include <gannet/data.h>
#include <stdio.h>

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

/* 50,000 records, which is more than any of the files has. */
static const size_t max_bytes = (size_t)RECORD * 50000;

static const char *const names[CLASSES] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                           "dog",      "frog",       "horse", "ship", "truck"};

/* The files as they are. */
typedef struct cifar10 {
    unsigned char *records[FILES];
    size_t sizes[FILES];
} cifar10;

/* --- the data set ------------------------------------------------------------------------------------------------- */

static const unsigned char *record_of(const cifar10 *c, int64_t index)
{
    int file = 0;
    while ((size_t)index >= c->sizes[file] / RECORD)
        index -= (int64_t)(c->sizes[file++] / RECORD);
    return c->records[file] + index * RECORD;
}

static gn_status item(const void *user, int64_t index, gn_real *image, int *label)
{
    const unsigned char *record = record_of(user, index), *planes = record + 1;
    for (int i = 0; i < PLANE; i++)
        for (int channel = 0; channel < CHANNELS; channel++)
            image[i * CHANNELS + channel] = (gn_real)planes[channel * PLANE + i] / (gn_real)127.5 - 1;
    *label = record[0];
    return GN_OK;
}

static const char *class_name(const void *user, int label)
{
    (void)user;
    return names[label];
}

static void free_user(gn_context *context, void *user)
{
    cifar10 *c = user;
    for (int i = 0; i < FILES; i++)
        gn__delete(context, c->records[i], c->sizes[i]);
    gn__delete(context, c, sizeof *c);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static gn_status name_file(gn_context *context, const char *directory, gn_split split, int number, char path[PATH])
{
    const int length = split == GN_SPLIT_TEST ? snprintf(path, PATH, "%s/test_batch.bin", directory)
                                              : snprintf(path, PATH, "%s/data_batch_%d.bin", directory, number);
    if (length < PATH)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT, "cifar10: the name of the folder has more than %d characters",
                           PATH - 24);
}

static gn_status check_records(gn_context *context, const char *path, const unsigned char *records, size_t size)
{
    if (size == 0 || size % RECORD != 0)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: is %zu bytes long, expected a multiple of %d", path, size,
                               (int)RECORD);
    for (size_t i = 0; i < size / RECORD; i++)
        if (records[i * RECORD] >= CLASSES)
            return gn_context_fail(context, GN_ERROR_FORMAT, "%s: picture %zu has label %d, expected 0 to 9", path, i,
                                   records[i * RECORD]);
    return GN_OK;
}

static gn_status read_files(gn_context *context, const char *directory, gn_split split, cifar10 *c, int64_t *count)
{
    gn_status status = GN_OK;
    for (int i = 0; i < (split == GN_SPLIT_TEST ? 1 : FILES) && status == GN_OK; i++) {
        char path[PATH];
        status = name_file(context, directory, split, i + 1, path);
        if (status == GN_OK)
            status = gn__file_read(context, path, max_bytes, &c->records[i], &c->sizes[i]);
        if (status == GN_OK)
            status = check_records(context, path, c->records[i], c->sizes[i]);
        *count += (int64_t)(c->sizes[i] / RECORD);
    }
    return status;
}

gn_dataset *gn_cifar10_load(gn_context *context, const char *directory, gn_split split)
{
    if (context == NULL)
        return NULL;
    if (directory == NULL || *directory == '\0' || (split != GN_SPLIT_TRAIN && split != GN_SPLIT_TEST))
        return gn__fail(context, GN_ERROR_ARGUMENT, "cifar10: folder %s, split %d; expected a folder and a split",
                        directory == NULL    ? "NULL"
                        : *directory == '\0' ? "''"
                                             : directory,
                        (int)split);
    int64_t count = 0;
    cifar10 *c = gn__new(context, sizeof *c);
    const gn_status status = c == NULL ? GN_ERROR_MEMORY : read_files(context, directory, split, c, &count);
    if (status == GN_OK)
        return gn_dataset_new(context, &(gn_dataset_source){.count = count,
                                                            .height = SIDE,
                                                            .width = SIDE,
                                                            .channels = CHANNELS,
                                                            .classes = CLASSES,
                                                            .item = item,
                                                            .free_user = free_user,
                                                            .user = c,
                                                            .class_name = class_name});
    if (c != NULL)
        free_user(context, c);
    return NULL;
}
