/* SPDX-License-Identifier: MIT */
/* lib/data/folder.c - PNG and JPEG pictures in a folder for each class. */
#include "core/context.h"
#include "data/bytes.h"
#include "data/resize.h"
#include "io/picture.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { PATH = 4096, MAX_CLASSES = 256, MAX_SIDE = 1024, TEST_EVERY = 10 };

/* --- names -------------------------------------------------------------------------------------------------------- */

/* Names in a folder, sorted by their bytes. */
typedef struct listing {
    gn_context *context;
    char **names;
    size_t count, capacity;
    size_t left_out;  /* entries that are neither hidden nor what is looked for */
    char example[64]; /* the name of one of them */
} listing;

static void listing_close(listing *l)
{
    for (size_t i = 0; i < l->count; i++)
        gn_text_free(l->context, l->names[i]);
    gn__delete(l->context, l->names, l->capacity * sizeof *l->names);
    *l = (listing){.context = l->context};
}

static gn_status listing_add(listing *l, const char *name)
{
    char **names = gn__grow(l->context, l->names, sizeof *names, &l->capacity, l->count + 1);
    if (names == NULL)
        return GN_ERROR_MEMORY;
    l->names = names;
    l->names[l->count] = gn__copy_text(l->context, name);
    return l->names[l->count++] == NULL ? GN_ERROR_MEMORY : GN_OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool join(const char *directory, const char *name, char path[PATH])
{
    const int length = snprintf(path, PATH, "%s/%s", directory, name);
    return length >= 0 && length < PATH;
}

/* Hidden files, and what is neither a folder nor a picture by its name, are left out. */
static bool is_wanted(const char *directory, const char *name, bool folders)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    char path[PATH];
    struct stat about;
    if (name[0] == '.' || !join(directory, name, path) || stat(path, &about) != 0)
        return false;
    if (folders)
        return S_ISDIR(about.st_mode);
    for (int i = 0; i < 3; i++) {
        const size_t length = strlen(name), end = strlen(endings[i]);
        if (S_ISREG(about.st_mode) && length > end && strcasecmp(name + length - end, endings[i]) == 0)
            return true;
    }
    return false;
}

static void leave_out(listing *l, const char *name)
{
    if (name[0] == '.')
        return;
    if (l->left_out++ == 0)
        snprintf(l->example, sizeof l->example, "%.*s", (int)sizeof l->example - 1, name);
}

static void tell_left_out(const listing *l, const char *directory, const char *expected)
{
    if (l->left_out > 0)
        gn__log(l->context, GN_LOG_WARNING, "%s: %zu left out, such as '%s': expected %s", directory, l->left_out,
                l->example, expected);
}

static gn_status list(listing *l, const char *directory, bool folders)
{
    DIR *open = opendir(directory);
    if (open == NULL)
        return gn_context_fail(l->context, GN_ERROR_IO, "%s: cannot read: %s", directory, strerror(errno));
    gn_status status = GN_OK;
    errno = 0;
    for (const struct dirent *entry; status == GN_OK && (entry = readdir(open)) != NULL; errno = 0)
        if (is_wanted(directory, entry->d_name, folders))
            status = listing_add(l, entry->d_name);
        else
            leave_out(l, entry->d_name);
    if (status == GN_OK && errno != 0) /* defensive: a disk that fails */
        status = gn_context_fail(l->context, GN_ERROR_IO, "%s: cannot read: %s", directory, strerror(errno));
    closedir(open);
    if (status == GN_OK && l->count > 1)
        qsort(l->names, l->count, sizeof *l->names, by_bytes);
    return status;
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

typedef struct entry {
    char *path;
    int label;
} entry;

/* The pictures of a split: listed first, so that one knows how much memory they take, then read. */
typedef struct collection {
    gn_context *context;
    const gn_folder_options *options;
    entry *entries;
    size_t count, capacity;
    int64_t read, damaged; /* of damaged ones none is kept */
} collection;

static void collection_close(collection *c)
{
    for (size_t i = 0; i < c->count; i++)
        gn_text_free(c->context, c->entries[i].path);
    gn__delete(c->context, c->entries, c->capacity * sizeof *c->entries);
}

static gn_status collect_picture(collection *c, const char *directory, const char *name, int label)
{
    char path[PATH];
    if (!join(directory, name, path)) /* defensive: is_wanted looked. */
        return gn_context_fail(c->context, GN_ERROR_ARGUMENT, "folder: the name is too long");
    entry *entries = gn__grow(c->context, c->entries, sizeof *entries, &c->capacity, c->count + 1);
    if (entries == NULL)
        return GN_ERROR_MEMORY;
    c->entries = entries;
    entries[c->count] = (entry){gn__copy_text(c->context, path), label};
    return entries[c->count++].path == NULL ? GN_ERROR_MEMORY : GN_OK;
}

static gn_status collect_class(collection *c, const char *directory, int label)
{
    listing files = {.context = c->context};
    gn_status status = list(&files, directory, false);
    tell_left_out(&files, directory, "files called .png, .jpg or .jpeg");
    if (status == GN_OK && files.count == 0)
        status = gn_context_fail(c->context, GN_ERROR_FORMAT, "%s: holds no PNG or JPEG pictures", directory);
    for (size_t i = 0; i < files.count && status == GN_OK; i++) {
        const bool is_test = i % TEST_EVERY == TEST_EVERY - 1;
        if (is_test == (c->options->split == GN_SPLIT_TEST))
            status = collect_picture(c, directory, files.names[i], label);
    }
    listing_close(&files);
    return status;
}

static gn_status collect(collection *c, const char *directory, const listing *classes)
{
    gn_status status = GN_OK;
    for (size_t i = 0; i < classes->count && status == GN_OK; i++) {
        char path[PATH];
        if (!join(directory, classes->names[i], path)) /* defensive: is_wanted looked. */
            return gn_context_fail(c->context, GN_ERROR_ARGUMENT, "folder: the name is too long");
        status = collect_class(c, path, (int)i);
    }
    if (status == GN_OK && c->count == 0) /* the first picture of a class is always for training */
        return gn_context_fail(c->context, GN_ERROR_FORMAT,
                               "%s: no class has ten pictures, of which the tenth would be for the test", directory);
    return status;
}

/* What failed before, under the same context, is still to be known. */
static gn_status leave_out_damaged(collection *c, const gn__failure *before)
{
    gn__log(c->context, GN_LOG_WARNING, "left out: %s", gn_context_message(c->context));
    gn__context_put_back(c->context, before);
    c->damaged++;
    return GN_OK;
}

static gn_status read_picture(collection *c, const entry *e, gn__bytes *bytes)
{
    gn__picture picture;
    const int64_t side = c->options->size;
    const gn__failure before = gn__context_failure(c->context);
    const gn_status status = gn__picture_read(c->context, e->path, (int)bytes->channels, &picture);
    if (status == GN_ERROR_FORMAT && c->options->skip_damaged)
        return leave_out_damaged(c, &before);
    if (status != GN_OK)
        return status;
    gn__resize_square(picture.pixels, picture.height, picture.width, picture.channels,
                      bytes->pixels + c->read * side * side * picture.channels, side);
    bytes->labels[c->read++] = (unsigned char)e->label;
    gn__picture_close(c->context, &picture);
    return GN_OK;
}

static gn_status read_pictures(collection *c, const char *directory, gn__bytes *bytes)
{
    bytes->count = (int64_t)c->count;
    gn_status status = gn__bytes_open(c->context, bytes, directory);
    for (size_t i = 0; i < c->count && status == GN_OK; i++)
        status = read_picture(c, &c->entries[i], bytes);
    if (status == GN_OK && c->read == 0)
        return gn_context_fail(c->context, GN_ERROR_FORMAT, "%s: every one of the %lld pictures is damaged", directory,
                               (long long)c->damaged);
    return status == GN_OK && c->damaged > 0 ? gn__bytes_shrink(c->context, bytes, c->read) : status;
}

/* --- the data set ------------------------------------------------------------------------------------------------- */

static gn_status check(gn_context *context, const char *directory, const gn_folder_options *options)
{
    if (directory == NULL || options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: %s NULL",
                               directory == NULL ? "the name is" : "the options are");
    if (*directory == '\0')
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: the name is empty");
    if (options->size < 1 || options->size > MAX_SIDE)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: size is %lld, expected 1 to %d",
                               (long long)options->size, MAX_SIDE);
    if (options->channels != 0 && options->channels != 1 && options->channels != 3)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: channels is %d, expected 1 (grey) or 3 (coloured)",
                               options->channels);
    if (options->split != GN_SPLIT_TRAIN && options->split != GN_SPLIT_TEST)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: split is %d, expected training or test",
                               (int)options->split);
    return GN_OK;
}

static gn_status read_classes(gn_context *context, const char *directory, const gn_folder_options *options,
                              const listing *classes, gn__bytes *bytes)
{
    if (classes->count < 1 || classes->count > MAX_CLASSES)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: holds %zu folders, expected 1 to %d, one for each class",
                               directory, classes->count, MAX_CLASSES);
    collection c = {.context = context, .options = options};
    bytes->classes = (int)classes->count;
    gn_status status = collect(&c, directory, classes);
    if (status == GN_OK)
        status = read_pictures(&c, directory, bytes);
    if (status == GN_OK)
        status = gn__bytes_name_classes(context, bytes, (const char *const *)classes->names);
    collection_close(&c);
    return status;
}

gn_dataset *gn_folder_load(gn_context *context, const char *directory, const gn_folder_options *options)
{
    if (context == NULL || check(context, directory, options) != GN_OK)
        return NULL;
    gn__bytes bytes = {
        .height = options->size, .width = options->size, .channels = options->channels == 0 ? 3 : options->channels};
    listing classes = {.context = context};
    gn_status status = list(&classes, directory, true);
    tell_left_out(&classes, directory, "folders, one for each class");
    if (status == GN_OK)
        status = read_classes(context, directory, options, &classes, &bytes);
    listing_close(&classes);
    if (status == GN_OK)
        return gn__bytes_dataset(context, &bytes);
    gn__bytes_close(context, &bytes);
    return NULL;
}
