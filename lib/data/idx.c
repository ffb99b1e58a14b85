/* SPDX-License-Identifier: MIT */
/* lib/data/idx.c - IDX files, plain or gzipped: MNIST and its kin (format: http://yann.lecun.com/exdb/mnist/). */
#include "core/context.h"
#include "data/bytes.h"
#include "io/element.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { IMAGES_MAGIC = 0x803, LABELS_MAGIC = 0x801, PIECE = 1 << 20, MAX_SIDE = 1 << 16 };

/* An open file. Its bytes come through zlib, which hands plain files on as they are. */
typedef struct reader {
    gn_context *context;
    const char *path;
    gzFile file;
    uint64_t size_on_disk;
    uint64_t count, expected; /* bytes read so far, and how many there should be as far as is known */
    uLong checksum;           /* of those read */
} reader;

/* What one file holds. */
typedef struct idx_file {
    uint32_t size[3]; /* images, height, width; labels have the first alone */
    unsigned char *bytes;
    size_t capacity;
} idx_file;

static gn_status io_error(gn_context *context, const char *path)
{
    return gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", path, strerror(errno));
}

/* --- one file ----------------------------------------------------------------------------------------------------- */

static gn_status zlib_error(const reader *r, int error)
{
    if (error == Z_ERRNO)
        return io_error(r->context, r->path);
    if (error == Z_MEM_ERROR) /* defensive: zlib's own memory. */
        return gn_context_fail(r->context, GN_ERROR_MEMORY, "%s: out of memory in zlib", r->path);
    return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: its gzip data is damaged or cut short", r->path);
}

static gn_status read_exactly(reader *r, unsigned char *bytes, unsigned size)
{
    const int got = gzread(r->file, bytes, size);
    int error = Z_OK;
    if (got < 0) {
        (void)gzerror(r->file, &error);
        return zlib_error(r, error);
    }
    r->count += (unsigned)got;
    r->checksum = crc32(r->checksum, bytes, (unsigned)got);
    if (got == (int)size)
        return GN_OK;
    return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: ends after %llu bytes, expected %llu", r->path,
                           (unsigned long long)r->count, (unsigned long long)r->expected);
}

static gn_status check_magic(const reader *r, uint32_t magic, uint32_t expected)
{
    if (magic == expected)
        return GN_OK;
    const char *hint = magic == LABELS_MAGIC   ? " (these are labels: are the files swapped?)"
                       : magic == IMAGES_MAGIC ? " (these are images: are the files swapped?)"
                                               : "";
    return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: begins with 0x%08x, expected 0x%08x%s", r->path,
                           (unsigned)magic, (unsigned)expected, hint);
}

static gn_status read_sizes(const reader *r, const unsigned char *bytes, int axes, uint32_t *sizes, uint64_t *total)
{
    *total = 1;
    for (int i = 0; i < axes; i++) {
        const uint32_t most = i == 0 ? INT32_MAX : MAX_SIDE;
        sizes[i] = (uint32_t)gn__load_big_endian(bytes + 4 * i, 4);
        if (sizes[i] < 1 || sizes[i] > most)
            return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: axis %d has size %u, expected 1 to %u", r->path, i,
                                   (unsigned)sizes[i], (unsigned)most);
        *total *= sizes[i];
        if (*total > gn__max_bytes)
            return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: its header says %llu bytes, at most %llu are read",
                                   r->path, (unsigned long long)*total, (unsigned long long)gn__max_bytes);
    }
    return GN_OK;
}

/* Reads the header; total is the number of bytes that follow it. A plain file's length is checked before any memory is
 * taken. */
static gn_status read_header(reader *r, uint32_t magic, idx_file *out, uint64_t *total)
{
    const unsigned axes = magic & 0xFF;
    unsigned char header[16];
    r->expected = 4 + 4 * axes;
    gn_status status = read_exactly(r, header, 4);
    if (status == GN_OK)
        status = check_magic(r, (uint32_t)gn__load_big_endian(header, 4), magic);
    if (status == GN_OK)
        status = read_exactly(r, header + 4, 4 * axes);
    if (status == GN_OK)
        status = read_sizes(r, header + 4, (int)axes, out->size, total);
    if (status != GN_OK)
        return status;
    r->expected += *total;
    if (gzdirect(r->file) && r->size_on_disk != r->expected)
        return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: is %llu bytes long, expected %llu", r->path,
                               (unsigned long long)r->size_on_disk, (unsigned long long)r->expected);
    return GN_OK;
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

/* What a gzipped file holds is not known until it is read: memory grows with it, so that a short file whose header lies
 * costs little. */
static gn_status read_body(reader *r, uint64_t total, idx_file *out)
{
    const bool plain = gzdirect(r->file);
    gn_status status = GN_OK;
    for (uint64_t done = 0; done < total && status == GN_OK;) {
        const unsigned piece = total - done < PIECE ? (unsigned)(total - done) : PIECE;
        if (done + piece > out->capacity) {
            const uint64_t doubled = 2 * (uint64_t)out->capacity + PIECE;
            status = grow(r->context, out, (size_t)(plain || doubled > total ? total : doubled));
        }
        if (status == GN_OK)
            status = read_exactly(r, out->bytes + done, piece);
        done += piece;
    }
    return status;
}

/* zlib silently drops what follows gzip data. The file must end with the checksum and the length that close its only
 * member. */
static gn_status check_trailer(const reader *r)
{
    unsigned char trailer[8] = {0};
    const int file = open(r->path, O_RDONLY | O_CLOEXEC);
    const ssize_t got = file < 0 ? -1 : pread(file, trailer, sizeof trailer, (off_t)r->size_on_disk - 8);
    if (file >= 0)
        close(file);
    if (got != 8) /* defensive: a disk that fails, or no more open files */
        return io_error(r->context, r->path);
    if (gn__load_little_endian(trailer, 4) == r->checksum &&
        gn__load_little_endian(trailer + 4, 4) == (r->count & UINT32_MAX))
        return GN_OK;
    return gn_context_fail(r->context, GN_ERROR_FORMAT,
                           "%s: goes on after its gzip data, expected one member and nothing else", r->path);
}

/* Reading past the end also makes zlib check the sums that close a gzip file. */
static gn_status check_end(reader *r)
{
    unsigned char extra;
    int error = Z_OK;
    const int more = gzread(r->file, &extra, 1);
    if (more > 0)
        return gn_context_fail(r->context, GN_ERROR_FORMAT, "%s: goes on after the %llu bytes that its header says",
                               r->path, (unsigned long long)r->expected);
    (void)gzerror(r->file, &error);
    if (error != Z_OK)
        return zlib_error(r, error);
    return gzdirect(r->file) ? GN_OK : check_trailer(r);
}

static gn_status read_open(reader *r, uint32_t magic, idx_file *out)
{
    uint64_t total;
    gn_status status = read_header(r, magic, out, &total);
    if (status == GN_OK)
        status = read_body(r, total, out);
    return status == GN_OK ? check_end(r) : status;
}

static gn_status read_file(gn_context *context, const char *path, uint32_t magic, idx_file *out)
{
    struct stat about;
    if (path == NULL || *path == '\0')
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "idx: a path is %s", path == NULL ? "NULL" : "empty");
    if (stat(path, &about) != 0)
        return io_error(context, path);
    if (!S_ISREG(about.st_mode))
        return gn_context_fail(context, GN_ERROR_IO, "%s: not a regular file", path);
    errno = ENOMEM; /* zlib leaves it alone when memory is out */
    reader r = {.context = context, .path = path, .file = gzopen(path, "rbe"), .size_on_disk = (uint64_t)about.st_size};
    if (r.file == NULL)
        return io_error(context, path);
    const gn_status status = read_open(&r, magic, out);
    (void)gzclose_r(r.file);
    return status;
}

/* --- a pair of files as a data set -------------------------------------------------------------------------------- */

static int class_count(const idx_file *labels)
{
    int largest = 0;
    for (uint32_t i = 0; i < labels->size[0]; i++)
        if (labels->bytes[i] > largest)
            largest = labels->bytes[i];
    return largest + 1;
}

static gn_status read_pair(gn_context *context, const char *images_path, const char *labels_path, idx_file *images,
                           idx_file *labels)
{
    gn_status status = read_file(context, images_path, IMAGES_MAGIC, images);
    if (status == GN_OK)
        status = read_file(context, labels_path, LABELS_MAGIC, labels);
    if (status == GN_OK && images->size[0] != labels->size[0])
        status = gn_context_fail(context, GN_ERROR_FORMAT, "%s has %u images, but %s has %u labels", images_path,
                                 (unsigned)images->size[0], labels_path, (unsigned)labels->size[0]);
    return status;
}

gn_dataset *gn_idx_load(gn_context *context, const char *images_path, const char *labels_path)
{
    idx_file images = {0}, labels = {0};
    if (context == NULL)
        return NULL;
    if (read_pair(context, images_path, labels_path, &images, &labels) != GN_OK) {
        gn__delete(context, images.bytes, images.capacity);
        gn__delete(context, labels.bytes, labels.capacity);
        return NULL;
    }
    return gn__bytes_dataset(context, &(gn__bytes){.count = images.size[0],
                                                   .height = images.size[1],
                                                   .width = images.size[2],
                                                   .channels = 1,
                                                   .classes = class_count(&labels),
                                                   .pixels = images.bytes,
                                                   .labels = labels.bytes});
}

/* Finds directory/name or directory/name.gz. */
static bool find(const char *directory, const char *name, char *path, size_t size)
{
    const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        const int length = snprintf(path, size, "%s/%s%s", directory, name, endings[i]);
        errno = ENAMETOOLONG;
        if (length > 0 && (size_t)length < size && access(path, R_OK) == 0)
            return true;
        if (errno != ENOENT)
            return false;
    }
    return false;
}

gn_dataset *gn_mnist_load(gn_context *context, const char *directory, gn_split split)
{
    enum { PATH_SIZE = 4096 };
    static const char *const names[2][2] = {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
                                            {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};
    char paths[2][PATH_SIZE];
    if (context == NULL)
        return NULL;
    if (directory == NULL || (split != GN_SPLIT_TRAIN && split != GN_SPLIT_TEST))
        return gn__fail(context, GN_ERROR_ARGUMENT, "mnist: directory %s, split %d; expected a directory and a split",
                        directory == NULL ? "NULL" : directory, (int)split);
    for (int i = 0; i < 2; i++) {
        const char *name = names[split][i];
        if (!find(directory, name, paths[i], PATH_SIZE))
            return gn__fail(context, GN_ERROR_IO, "%s: cannot read %s or %s.gz there: %s", directory, name, name,
                            strerror(errno));
    }
    return gn_idx_load(context, paths[0], paths[1]);
}
