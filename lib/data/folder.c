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

enum { PATH = 4096, MOST_CLASSES = 256, MOST_SIDE = 1024, TEST_EVERY = 10 };

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
        gn__delete_text(l->context, l->names[i]);
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

/* One walk over all pictures of a split: it counts them, and where there is memory for them reads them. */
typedef struct walk {
    gn_context *context;
    const gn_folder_options *options;
    gn__bytes *bytes;
    int64_t done;
    int64_t damaged; /* left out */
} walk;

static gn_status skip(walk *w)
{
    gn__log(w->context, GN_LOG_WARNING, "left out: %s", gn_context_message(w->context));
    gn_context_clear(w->context);
    w->damaged++;
    return GN_OK;
}

static gn_status read_picture(walk *w, const char *path, int label)
{
    gn__picture picture;
    const int64_t side = w->options->size;
    const gn_status status = gn__picture_read(w->context, path, (int)w->bytes->channels, &picture);
    if (status == GN_ERROR_FORMAT && w->options->skip_damaged)
        return skip(w);
    if (status != GN_OK)
        return status;
    gn__resize_square(picture.pixels, picture.height, picture.width, picture.channels,
                      w->bytes->pixels + w->done * side * side * picture.channels, side);
    w->bytes->labels[w->done++] = (unsigned char)label;
    gn__picture_close(w->context, &picture);
    return GN_OK;
}

static gn_status walk_class(walk *w, const char *directory, int label)
{
    listing files = {.context = w->context};
    const bool reads = w->bytes->pixels != NULL;
    gn_status status = list(&files, directory, false);
    if (!reads)
        tell_left_out(&files, directory, "files called .png, .jpg or .jpeg");
    if (status == GN_OK && files.count == 0)
        status = gn_context_fail(w->context, GN_ERROR_FORMAT, "%s: holds no PNG or JPEG pictures", directory);
    for (size_t i = 0; i < files.count && status == GN_OK; i++) {
        char path[PATH];
        const bool is_test = i % TEST_EVERY == TEST_EVERY - 1;
        if (is_test != (w->options->split == GN_SPLIT_TEST))
            continue;
        if (!join(directory, files.names[i], path)) /* defensive: is_wanted looked. */
            status = gn_context_fail(w->context, GN_ERROR_ARGUMENT, "folder: the name is too long");
        else if (reads && w->done + w->damaged >= w->bytes->count)
            status = gn_context_fail(w->context, GN_ERROR_IO, "%s: the folder has grown while it was read", directory);
        else if (reads)
            status = read_picture(w, path, label);
        else
            w->done++;
    }
    listing_close(&files);
    return status;
}

static gn_status walk_all(walk *w, const char *directory, const listing *classes)
{
    gn_status status = GN_OK;
    w->done = 0;
    for (size_t i = 0; i < classes->count && status == GN_OK; i++) {
        char path[PATH];
        if (!join(directory, classes->names[i], path)) /* defensive: is_wanted looked. */
            return gn_context_fail(w->context, GN_ERROR_ARGUMENT, "folder: the name is too long");
        status = walk_class(w, path, (int)i);
    }
    return status;
}

static gn_status check(gn_context *context, const char *directory, const gn_folder_options *options)
{
    if (directory == NULL || options == NULL)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: %s NULL",
                               directory == NULL ? "the name is" : "the options are");
    if (options->size < 1 || options->size > MOST_SIDE)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "folder: size is %lld, expected 1 to %d",
                               (long long)options->size, MOST_SIDE);
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
    walk w = {.context = context, .options = options, .bytes = bytes};
    if (classes->count < 1 || classes->count > MOST_CLASSES)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: holds %zu folders, expected 1 to %d, one for each class",
                               directory, classes->count, MOST_CLASSES);
    bytes->classes = (int)classes->count;
    gn_status status = walk_all(&w, directory, classes);
    if (status == GN_OK && w.done == 0) /* the first picture of a class is always for training */
        return gn_context_fail(context, GN_ERROR_FORMAT,
                               "%s: no class has ten pictures, of which the tenth would be for the test", directory);
    bytes->count = w.done;
    if (status == GN_OK)
        status = gn__bytes_open(context, bytes, directory);
    if (status == GN_OK)
        status = walk_all(&w, directory, classes);
    if (status == GN_OK && w.done + w.damaged != bytes->count)
        return gn_context_fail(context, GN_ERROR_IO, "%s: the folder has shrunk while it was read", directory);
    if (status == GN_OK && w.done == 0)
        return gn_context_fail(context, GN_ERROR_FORMAT, "%s: every one of the %lld pictures is damaged", directory,
                               (long long)w.damaged);
    if (status == GN_OK && w.damaged > 0)
        status = gn__bytes_shrink(context, bytes, w.done);
    if (status == GN_OK)
        status = gn__bytes_name_classes(context, bytes, (const char *const *)classes->names);
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
