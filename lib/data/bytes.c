/* SPDX-License-Identifier: MIT */
/* lib/data/bytes.c - pictures held as bytes, as a data set. */
#include "data/bytes.h"

#include "core/allocator.h"

const uint64_t gn__max_bytes = SIZE_MAX / 2 > UINT32_MAX ? UINT64_C(1) << 32 : SIZE_MAX / 2;

/* Each factor is at most 2^31, so that no product of two leaves 64 bits before it is compared. */
static bool size_of(const gn__bytes *bytes, uint64_t *size)
{
    const int64_t factors[] = {bytes->height, bytes->width, bytes->channels, bytes->count};
    *size = 1;
    for (int i = 0; i < 4; i++) {
        if (factors[i] < 1 || factors[i] > INT32_MAX)
            return false;
        *size *= (uint64_t)factors[i];
        if (*size > gn__max_bytes)
            return false;
    }
    return true;
}

gn_status gn__bytes_open(gn_context *context, gn__bytes *bytes, const char *what)
{
    uint64_t size;
    if (!size_of(bytes, &size))
        return gn_context_fail(
            context, GN_ERROR_FORMAT,
            "%s: %lld pictures of %lldx%lldx%lld bytes, expected at least one and at most %llu bytes in all", what,
            (long long)bytes->count, (long long)bytes->height, (long long)bytes->width, (long long)bytes->channels,
            (unsigned long long)gn__max_bytes);
    bytes->pixels = gn__new(context, (size_t)size);
    bytes->labels = gn__new(context, (size_t)bytes->count);
    return bytes->pixels == NULL || bytes->labels == NULL ? GN_ERROR_MEMORY : GN_OK;
}

gn_status gn__bytes_shrink(gn_context *context, gn__bytes *bytes, int64_t count)
{
    const size_t picture = (size_t)(bytes->height * bytes->width * bytes->channels), old = (size_t)bytes->count;
    unsigned char *labels = gn__resize(context, bytes->labels, old, (size_t)count);
    if (labels == NULL)
        return GN_ERROR_MEMORY;
    bytes->labels = labels;
    unsigned char *pixels = gn__resize(context, bytes->pixels, old * picture, (size_t)count * picture);
    if (pixels == NULL) {
        gn__delete(context, labels, (size_t)count);
        bytes->labels = NULL;
        return GN_ERROR_MEMORY;
    }
    bytes->pixels = pixels;
    bytes->count = count;
    return GN_OK;
}

gn_status gn__bytes_name_classes(gn_context *context, gn__bytes *bytes, const char *const *names)
{
    bytes->names = gn__new(context, (size_t)bytes->classes * sizeof *bytes->names);
    if (bytes->names == NULL)
        return GN_ERROR_MEMORY;
    for (int i = 0; i < bytes->classes; i++) {
        bytes->names[i] = gn__copy_text(context, names[i]);
        if (bytes->names[i] == NULL)
            return GN_ERROR_MEMORY;
    }
    return GN_OK;
}

static void forget_names(gn_context *context, gn__bytes *bytes)
{
    if (bytes->names == NULL)
        return;
    for (int i = 0; i < bytes->classes; i++)
        gn_text_free(context, bytes->names[i]);
    gn__delete(context, bytes->names, (size_t)bytes->classes * sizeof *bytes->names);
    bytes->names = NULL;
}

void gn__bytes_close(gn_context *context, gn__bytes *bytes)
{
    uint64_t size;
    forget_names(context, bytes);
    if (!size_of(bytes, &size))
        return;
    gn__delete(context, bytes->pixels, (size_t)size);
    gn__delete(context, bytes->labels, (size_t)bytes->count);
    bytes->pixels = bytes->labels = NULL;
}

static gn_status item(const void *user, int64_t index, gn_real *image, int *label)
{
    const gn__bytes *bytes = user;
    const int64_t size = bytes->height * bytes->width * bytes->channels;
    for (int64_t i = 0; i < size; i++)
        image[i] = (gn_real)bytes->pixels[index * size + i] / (gn_real)127.5 - 1;
    *label = bytes->labels[index];
    return GN_OK;
}

static const char *class_name(const void *user, int label)
{
    const gn__bytes *bytes = user;
    return bytes->names == NULL ? NULL : bytes->names[label];
}

static void free_user(gn_context *context, void *user)
{
    gn__bytes_close(context, user);
    gn__delete(context, user, sizeof(gn__bytes));
}

gn_dataset *gn__bytes_dataset(gn_context *context, const gn__bytes *bytes)
{
    gn__bytes *user = gn__new(context, sizeof *user);
    if (user == NULL) {
        gn__bytes given = *bytes;
        gn__bytes_close(context, &given);
        return NULL;
    }
    *user = *bytes;
    return gn_dataset_new(context, &(gn_dataset_source){.count = bytes->count,
                                                        .height = bytes->height,
                                                        .width = bytes->width,
                                                        .channels = bytes->channels,
                                                        .classes = bytes->classes,
                                                        .item = item,
                                                        .free_user = free_user,
                                                        .user = user,
                                                        .class_name = class_name});
}
