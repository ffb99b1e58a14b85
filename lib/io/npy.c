/* SPDX-License-Identifier: MIT */
/* lib/io/npy.c - one array in NumPy's format (numpy/lib/format: magic, version, length, a Python dictionary,
 * elements). */
#include "io/npy.h"

#include "core/context.h"
#include "core/tensor.h"
#include "io/archive.h"
#include "io/file.h"

#include <gannet/npy.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_HEADER = 10000, ALIGNMENT = 64 }; /* NumPy's own cap */
static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* "(2, 3)", "(5,)", "()" */
static void write_shape(char *text, size_t size, gn_shape shape)
{
    size_t used = (size_t)snprintf(text, size, "(");
    for (int axis = 0; axis < shape.rank; axis++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, axis > 0 ? ", " : "", shape.size[axis]);
    snprintf(text + used, size - used, shape.rank == 1 ? ",)" : ")");
}

size_t gn__npy_header(gn__element element, gn_shape shape, unsigned char header[GN__NPY_HEADER])
{
    char sizes[GN__NPY_HEADER / 2], text[GN__NPY_HEADER];
    write_shape(sizes, sizeof sizes, shape);
    const int length = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                                element == GN__U64 ? "<u8" : "<f4", sizes);
    const size_t before = sizeof magic + 4, used = before + (size_t)length;
    const size_t size = (used + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memset(header, ' ', size);
    memcpy(header, magic, sizeof magic);
    header[6] = 1, header[7] = 0;
    gn__store_little_endian(header + 8, size - before, 2);
    memcpy(header + before, text, (size_t)length);
    header[size - 1] = '\n';
    return size;
}

gn_status gn_npy_save(const gn_tensor *tensor, const char *path)
{
    if (tensor == NULL)
        return GN_ERROR_ARGUMENT;
    const gn__entry entry = {.element = GN__F32, .shape = tensor->shape, .tensor = tensor};
    unsigned char header[GN__NPY_HEADER];
    const size_t size = gn__npy_header(entry.element, entry.shape, header);
    gn__writer writer;
    gn__writer_open(&writer, tensor->context, path, false);
    if (gn__writer_write(&writer, header, size) == GN_OK)
        gn__entry_pour(&entry, gn__writer_take, &writer);
    return gn__writer_close(&writer);
}

/* --- reading: a recogniser of the one dictionary that may stand there --------------------------------------------- */

typedef struct cursor {
    const unsigned char *next, *end;
} cursor;

static void skip_spaces(cursor *c)
{
    while (c->next < c->end && (*c->next == ' ' || *c->next == '\n' || *c->next == '\t'))
        c->next++;
}

/* Is this sign next? Then it is passed. */
static bool take(cursor *c, char sign)
{
    skip_spaces(c);
    if (c->next == c->end || *c->next != (unsigned char)sign)
        return false;
    c->next++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    const size_t length = strlen(word);
    skip_spaces(c);
    if ((size_t)(c->end - c->next) < length || memcmp(c->next, word, length) != 0)
        return false;
    c->next += length;
    return true;
}

/* A text in either kind of quotes, without escapes, of less than size bytes. */
static bool take_text(cursor *c, char *text, size_t size)
{
    const char quote = take(c, '\'') ? '\'' : '"';
    if (quote == '"' && !take(c, '"'))
        return false;
    size_t length = 0;
    for (; c->next < c->end && *c->next != (unsigned char)quote; c->next++) {
        if (length + 1 == size || *c->next == '\\')
            return false;
        text[length++] = (char)*c->next;
    }
    text[length] = '\0';
    return take(c, quote);
}

static bool take_number(cursor *c, int64_t *number)
{
    skip_spaces(c);
    const unsigned char *begin = c->next;
    *number = 0;
    for (; c->next < c->end && *c->next >= '0' && *c->next <= '9'; c->next++) {
        const int digit = *c->next - '0';
        if (*number > (INT64_MAX - digit) / 10)
            return false;
        *number = 10 * *number + digit;
    }
    return c->next > begin;
}

/* A tuple; that of one number has a comma. */
static const char *read_shape(cursor *c, gn_shape *shape)
{
    const char *wrong = "its shape is not a tuple of whole numbers";
    bool comma = true;
    if (!take(c, '('))
        return wrong;
    for (shape->rank = 0; !take(c, ')'); shape->rank++) {
        int64_t size;
        if (!comma || !take_number(c, &size))
            return wrong;
        if (shape->rank == GN_MAX_RANK)
            return "it has more than 6 axes";
        shape->size[shape->rank] = size;
        comma = take(c, ',');
    }
    return shape->rank == 1 && !comma ? wrong : NULL;
}

static const char *read_order(cursor *c)
{
    if (take_word(c, "True"))
        return "it is in Fortran order; save numpy.ascontiguousarray(array) instead";
    return take_word(c, "False") ? NULL : "fortran_order is neither True nor False";
}

static const struct {
    const char *name;
    gn__element element;
} types[] = {
    {"<f4", GN__F32}, {"<f8", GN__F64}, {"<f2", GN__F16}, {"|u1", GN__U8},  {"|i1", GN__I8},  {"|b1", GN__U8},
    {"<i4", GN__I32}, {"<i8", GN__I64}, {"<i2", GN__I16}, {"<u8", GN__U64}, {"<u4", GN__U32}, {"<u2", GN__U16},
};

static const char *read_type(cursor *c, gn__element *element)
{
    char name[16];
    if (!take_text(c, name, sizeof name))
        return "its dtype is not one of numbers";
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0) {
            *element = types[i].element;
            return NULL;
        }
    if (strchr(name, 'O') != NULL)
        return "it holds Python objects, which are never read";
    if (name[0] == '>')
        return "it is big-endian; save array.astype('<f4') instead";
    return "its dtype is not one of f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8, b1";
}

/* The dictionary: its three keys once each, in any order. */
static const char *read_dictionary(cursor *c, gn__npy *npy)
{
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    unsigned seen = 0;
    bool comma = true;
    if (!take(c, '{'))
        return "its header is not a dictionary";
    while (!take(c, '}')) {
        char key[16];
        int k = 0;
        if (!comma || !take_text(c, key, sizeof key) || !take(c, ':'))
            return "its header is not a dictionary";
        while (k < 3 && strcmp(key, keys[k]) != 0)
            k++;
        if (k == 3 || (seen >> k & 1) != 0)
            return "its header has another key than descr, fortran_order and shape, or one twice";
        seen |= 1u << k;
        const char *wrong = k == 0 ? read_type(c, &npy->element) : k == 1 ? read_order(c) : read_shape(c, &npy->shape);
        if (wrong != NULL)
            return wrong;
        comma = take(c, ',');
    }
    skip_spaces(c);
    if (seen != 7)
        return "its header lacks descr, fortran_order or shape";
    return c->next == c->end ? NULL : "something follows the dictionary in its header";
}

/* What precedes the dictionary: the cursor is set upon it, and the offset behind it. */
static const char *read_frame(const unsigned char *bytes, size_t size, cursor *c, size_t *offset)
{
    if (size < sizeof magic + 2 || memcmp(bytes, magic, sizeof magic) != 0)
        return "it does not begin with \\x93NUMPY";
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0)
        return "its version is not 1.0, 2.0 or 3.0";
    const size_t wide = bytes[6] == 1 ? 2 : 4, before = sizeof magic + 2 + wide;
    if (size < before)
        return "it ends before its header does";
    const uint64_t length = gn__load_little_endian(bytes + sizeof magic + 2, wide);
    if (length > MAX_HEADER)
        return "its header is longer than 10,000 bytes";
    if (length > size - before)
        return "it ends before its header does";
    *c = (cursor){bytes + before, bytes + before + length};
    *offset = before + (size_t)length;
    return NULL;
}

const char *gn__npy_parse(const unsigned char *bytes, size_t size, gn__npy *npy)
{
    cursor c;
    const char *wrong = read_frame(bytes, size, &c, &npy->offset);
    if (wrong == NULL)
        wrong = read_dictionary(&c, npy);
    if (wrong != NULL)
        return wrong;
    uint64_t total = gn__element_size(npy->element);
    for (int axis = 0; axis < npy->shape.rank; axis++) {
        const uint64_t length = (uint64_t)npy->shape.size[axis];
        if (length != 0 && total > INT64_MAX / length)
            return "its shape multiplies to more than memory can hold";
        total *= length;
    }
    if (total != size - npy->offset)
        return total > size - npy->offset ? "it is shorter than its shape says" : "it is longer than its shape says";
    return NULL;
}

/* --- a file ------------------------------------------------------------------------------------------------------- */

static gn_tensor *make_tensor(gn_context *context, const char *path, const unsigned char *bytes, size_t size)
{
    gn__npy npy;
    const char *wrong = gn__npy_parse(bytes, size, &npy);
    if (wrong == NULL && gn_shape_count(npy.shape) == 0)
        wrong = "it has an axis of size 0, or too many elements";
    if (wrong != NULL)
        return gn__fail(context, GN_ERROR_FORMAT, "%s: cannot be read as .npy: %s", path, wrong);
    gn_tensor *tensor = gn_tensor_new(context, npy.shape);
    const size_t step = gn__element_size(npy.element);
    for (int64_t i = 0; tensor != NULL && i < tensor->count; i++)
        tensor->data[i] = gn__element_value(npy.element, bytes + npy.offset + (size_t)i * step);
    return tensor;
}

gn_tensor *gn_npy_load(gn_context *context, const char *path)
{
    unsigned char *bytes;
    size_t size;
    if (context == NULL || gn__file_read(context, path, gn__max_file, &bytes, &size) != GN_OK)
        return NULL;
    gn_tensor *tensor = make_tensor(context, path, bytes, size);
    gn__delete(context, bytes, size);
    return tensor;
}
