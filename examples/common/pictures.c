/* SPDX-License-Identifier: MIT */
/* examples/common/pictures.c - the pictures that --data names. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "common/pictures.h"

#include "common/plain_file.h"
#include "common/plural.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool pictures_built_in(const char *data)
{
    return strcmp(data, "digits") == 0;
}

char *pictures_folder(const char *data)
{
    return pictures_built_in(data) ? NULL : realpath(data, NULL);
}

static gn_dataset *digits(gn_context *context, gn_split split, uint64_t seed)
{
    const bool test = split == GN_SPLIT_TEST;
    return gn_digits_new(context, &(gn_digits_options){.seed = test ? ~seed : seed, .count = test ? 10000 : 60000});
}

gn_dataset *pictures_open(gn_context *context, const char *data, gn_split split, uint64_t seed)
{
    gn_dataset *pictures = pictures_built_in(data) ? digits(context, split, seed) : gn_mnist_load(context, data, split);
    if (pictures == NULL)
        return NULL;
    const gn_shape shape = gn_dataset_image_shape(pictures);
    if (gn_shape_equal(shape, GN_SHAPE(28, 28, 1)) && gn_dataset_classes(pictures) <= 10)
        return pictures;
    char text[64];
    gn_context_fail(context, GN_ERROR_FORMAT, "%s: pictures of %s in %d class%s, expected [28,28,1] in at most 10",
                    data, gn_shape_text(shape, text, sizeof text), gn_dataset_classes(pictures),
                    plural_es(gn_dataset_classes(pictures)));
    gn_dataset_free(pictures);
    return NULL;
}

bool pictures_are_in(const char *data, const char *file)
{
    static const char *const parts[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                        "t10k-labels-idx1-ubyte"};
    bool found = false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !pictures_built_in(data); i++) {
        char path[4096], packed[4096];
        snprintf(path, sizeof path, "%s/%s", data, parts[i]);
        snprintf(packed, sizeof packed, "%s/%s.gz", data, parts[i]);
        found = found || plain_file_same(path, file) || plain_file_same(packed, file);
    }
    return found;
}

gn_status pictures_fill_batch(const gn_dataset *pictures, const char *data, int64_t batch)
{
    const int64_t count = gn_dataset_count(pictures);
    if (batch <= count)
        return GN_OK;
    return gn_context_fail(gn_dataset_context(pictures), GN_ERROR_ARGUMENT,
                           "option '--batch' is '%" PRId64 "', expected 1 to the %" PRId64 " picture%s of %s", batch,
                           count, plural(count), data);
}

/* --- folders of any kind ------------------------------------------------------------------------------------------ */

static bool has(const char *folder, const char *name)
{
    char path[4096];
    struct stat about;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length > 0 && (size_t)length < sizeof path && stat(path, &about) == 0;
}

static bool has_folders(const char *folder)
{
    DIR *open = opendir(folder);
    bool found = false;
    for (const struct dirent *entry; open != NULL && !found && (entry = readdir(open)) != NULL;) {
        char inside[512];
        snprintf(inside, sizeof inside, "%s/.", entry->d_name);
        found = entry->d_name[0] != '.' && has(folder, inside);
    }
    if (open != NULL)
        closedir(open);
    return found;
}

static gn_dataset *arrays(gn_context *context, const char *folder, gn_split split)
{
    char images[4096], labels[4096];
    const char *name = split == GN_SPLIT_TEST ? "test" : "train";
    snprintf(images, sizeof images, "%s/%s-images.npy", folder, name); /* has() has found that names are not too long */
    snprintf(labels, sizeof labels, "%s/%s-labels.npy", folder, name);
    return gn_arrays_load(context, images, labels);
}

static const char *kind_of(const char *data)
{
    if (pictures_built_in(data))
        return "digits";
    if (has(data, "train-images-idx3-ubyte") || has(data, "train-images-idx3-ubyte.gz"))
        return "idx";
    if (has(data, "train-images.npy"))
        return "npy";
    if (has(data, "data_batch_1.bin"))
        return "cifar10";
    return has_folders(data) ? "folder" : NULL;
}

static bool is_picture(const char *name)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    const char *dot = strrchr(name, '.');
    bool found = false;
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
        found = found || strcasecmp(dot, endings[i]) == 0;
    return found;
}

/* Says why there are no pictures. */
static void fail_without(gn_context *context, const char *folder)
{
    DIR *open = opendir(folder);
    if (open == NULL) {
        gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", folder, strerror(errno));
        return;
    }
    bool found = false;
    for (const struct dirent *entry; !found && (entry = readdir(open)) != NULL;)
        found = is_picture(entry->d_name);
    closedir(open);
    const size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    if (found)
        gn_context_fail(context, GN_ERROR_FORMAT,
                        "%s: pictures stand in the folder itself: put them into a folder for their class, %s%sall/",
                        folder, folder, slash);
    else
        gn_context_fail(context, GN_ERROR_IO,
                        "%s: cannot read: neither MNIST's train-images-idx3-ubyte[.gz], nor CIFAR-10's "
                        "data_batch_1.bin, nor train-images.npy, nor folders of pictures are there",
                        folder);
}

gn_dataset *pictures_open_any(gn_context *context, const char *data, int64_t size, gn_split split, uint64_t seed,
                              const char **kind)
{
    const char *found = kind_of(data);
    if (kind != NULL)
        *kind = found;
    if (found == NULL) {
        fail_without(context, data);
        return NULL;
    }
    if (strcmp(found, "npy") == 0)
        return arrays(context, data, split);
    if (strcmp(found, "cifar10") == 0)
        return gn_cifar10_load(context, data, split);
    if (strcmp(found, "folder") == 0)
        return gn_folder_load(context, data, &(gn_folder_options){.size = size, .split = split, .skip_damaged = true});
    return pictures_open(context, data, split, seed);
}
