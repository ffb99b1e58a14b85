/* SPDX-License-Identifier: MIT */
/* lib/data/arrays.c - pictures and labels in NumPy's .npy files, held as they are in the files. */
#include "core/allocator.h"
#include "core/context.h"
#include "io/file.h"
#include "io/npy.h"

#include <gannet/data.h>
#include <inttypes.h>

enum { MAX_SIDE = 1 << 16, MAX_CLASSES = 1 << 16 };

/* One file, whole, and what its header says. */
typedef struct array {
    const char *path; /* while it is read */
    unsigned char *file;
    size_t size;
    gn__npy npy;
} array;

typedef struct arrays {
    array images, labels; /* without a file of labels all are 0 */
    int64_t pixels;       /* numbers in a picture */
    int classes;
} arrays;

/* --- reading ------------------------------------------------------------------------------------------------------ */

static gn_status array_read(gn_context *context, const char *path, array *a)
{
    a->path = path;
    const gn_status status = gn__file_read(context, path, gn__max_file, &a->file, &a->size);
    if (status != GN_OK)
        return status;
    const char *wrong = gn__npy_parse(a->file, a->size, &a->npy);
    return wrong == NULL ? GN_OK
                         : gn_context_fail(context, GN_ERROR_FORMAT, "%s: cannot be read as .npy: %s", path, wrong);
}

static gn_real element(const array *a, int64_t index)
{
    return gn__element_value(a->npy.element,
                             a->file + a->npy.offset + (size_t)index * gn__element_size(a->npy.element));
}

/* Bytes are 0 for black to 255, other numbers what they are. */
static gn_real pixel(const array *images, int64_t index)
{
    const gn_real value = element(images, index);
    return images->npy.element == GN__U8 ? value / (gn_real)127.5 - 1 : value;
}

static gn_status check_shape(gn_context *context, const array *images)
{
    const gn_shape shape = images->npy.shape;
    bool right = shape.rank == 3 || shape.rank == 4;
    for (int axis = 0; axis < shape.rank && right; axis++)
        right = shape.size[axis] >= 1 && shape.size[axis] <= (axis == 0 ? INT32_MAX : MAX_SIDE);
    if (right)
        return GN_OK;
    char text[128];
    return gn_context_fail(context, GN_ERROR_FORMAT,
                           "%s: has the shape %s, expected [N,H,W] or [N,H,W,C], sides of 1 to %d", images->path,
                           gn_shape_text(shape, text, sizeof text), (int)MAX_SIDE);
}

static gn_status check_pixels(gn_context *context, const arrays *a)
{
    const int64_t count = a->images.npy.shape.size[0] * a->pixels;
    bool dark = a->images.npy.element == GN__U8;
    for (int64_t i = 0; i < count && a->images.npy.element != GN__U8; i++) {
        const gn_real value = element(&a->images, i);
        dark = dark || value < 0;
        if (!(value >= -1 && value <= 1))
            return gn_context_fail(context, GN_ERROR_FORMAT,
                                   "%s: a pixel of picture %" PRId64 " is %g, expected -1 to 1, or bytes (u1)",
                                   a->images.path, i / a->pixels, (double)value);
    }
    if (!dark)
        gn__log(context, GN_LOG_WARNING, "%s: no pixel is below 0, but black is -1 here: are they from 0 to 1?",
                a->images.path);
    return GN_OK;
}

/* Also finds the number of classes. */
static gn_status check_labels(gn_context *context, arrays *a)
{
    const gn_shape shape = a->labels.npy.shape;
    const int64_t count = a->images.npy.shape.size[0];
    char text[128];
    if (shape.rank != 1 || shape.size[0] != count)
        return gn_context_fail(context, GN_ERROR_FORMAT,
                               "%s: has the shape %s, expected [%" PRId64 "], a label for each picture", a->labels.path,
                               gn_shape_text(shape, text, sizeof text), count);
    for (int64_t i = 0; i < count; i++) {
        const gn_real label = element(&a->labels, i);
        if (!(label >= 0 && label < MAX_CLASSES) || label != (gn_real)(int)label)
            return gn_context_fail(context, GN_ERROR_FORMAT,
                                   "%s: label %" PRId64 " is %.9g, expected a whole number from 0 to %d",
                                   a->labels.path, i, (double)label, MAX_CLASSES - 1);
        a->classes = (int)label >= a->classes ? (int)label + 1 : a->classes;
    }
    return GN_OK;
}

static gn_status read_arrays(gn_context *context, const char *images, const char *labels, arrays *a)
{
    gn_status status = array_read(context, images, &a->images);
    if (status == GN_OK)
        status = check_shape(context, &a->images);
    if (status != GN_OK)
        return status;
    const gn_shape shape = a->images.npy.shape;
    a->pixels = gn_shape_count(shape) / shape.size[0];
    a->classes = 1;
    status = check_pixels(context, a);
    if (status == GN_OK && labels != NULL)
        status = array_read(context, labels, &a->labels);
    return status == GN_OK && labels != NULL ? check_labels(context, a) : status;
}

/* --- the data set ------------------------------------------------------------------------------------------------- */

static gn_status arrays_item(const void *user, int64_t index, gn_real *image, int *label)
{
    const arrays *a = user;
    for (int64_t i = 0; i < a->pixels; i++)
        image[i] = pixel(&a->images, index * a->pixels + i);
    *label = a->labels.file == NULL ? 0 : (int)element(&a->labels, index);
    return GN_OK;
}

static void arrays_free(gn_context *context, void *user)
{
    arrays *a = user;
    gn__delete(context, a->images.file, a->images.size);
    gn__delete(context, a->labels.file, a->labels.size);
    gn__delete(context, a, sizeof *a);
}

gn_dataset *gn_arrays_load(gn_context *context, const char *images_path, const char *labels_path)
{
    if (context == NULL)
        return NULL;
    arrays *a = gn__new(context, sizeof *a);
    if (a == NULL)
        return NULL;
    if (read_arrays(context, images_path, labels_path, a) != GN_OK) {
        arrays_free(context, a);
        return NULL;
    }
    const gn_shape shape = a->images.npy.shape;
    return gn_dataset_new(context, &(gn_dataset_source){.count = shape.size[0],
                                                        .height = shape.size[1],
                                                        .width = shape.size[2],
                                                        .channels = shape.rank == 4 ? shape.size[3] : 1,
                                                        .classes = a->classes,
                                                        .item = arrays_item,
                                                        .free_user = arrays_free,
                                                        .user = a});
}
