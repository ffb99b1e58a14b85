/* SPDX-License-Identifier: MIT */
/* lib/io/npz.c - .npz files: ZIP (PKWARE's APPNOTE.TXT) with an .npy file for each array. What is read may come from a
 * stranger. */
#include "core/allocator.h"
#include "io/archive.h"
#include "io/file.h"
#include "io/npy.h"

#include <gannet/npy.h>
#include <stdio.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
    LOCAL_SIGNATURE = 0x04034b50,
    CENTRAL_SIGNATURE = 0x02014b50,
    END_SIGNATURE = 0x06054b50,
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    MAX_COMMENT = 65535,
    MAX_MEMBERS = 10000, /* their names are compared with each other */
    MAX_NAME = 1024,
    STORED = 0,
    DEFLATED = 8,
    MAX_RATIO = 1032, /* of deflate */
};
static const uint64_t max_member = UINT32_MAX - 1;      /* the largest number is a mark of ZIP64 */
static const uint64_t max_array = UINT64_C(4080) << 20; /* what zlib may make of it has a length of 32 bits, too */

static uint32_t word(const unsigned char *bytes)
{
    return (uint32_t)gn__load_little_endian(bytes, 4);
}

static uint32_t half(const unsigned char *bytes)
{
    return (uint32_t)gn__load_little_endian(bytes, 2);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* What the two headers of a member have in common: from the version to the length of the name. */
enum { SHARED_SIZE = 24 };

typedef struct member {
    const char *name; /* not ended by 0 when it was read */
    size_t name_length;
    uint32_t method, checksum, compressed, size, place;
    const unsigned char *data; /* read: compressed bytes of them */
} member;

/* 1980-01-01, the first day of ZIP, stands for no time: equal contents give equal bytes. */
static void put_shared(unsigned char *bytes, const member *m)
{
    enum { VERSION = 20, UTF_8 = 1 << 11, FIRST_DAY = 1 << 5 | 1 };
    gn__store_little_endian(bytes, VERSION, 2);
    gn__store_little_endian(bytes + 2, UTF_8, 2);
    gn__store_little_endian(bytes + 4, m->method, 2);
    gn__store_little_endian(bytes + 6, 0, 2);
    gn__store_little_endian(bytes + 8, FIRST_DAY, 2);
    gn__store_little_endian(bytes + 10, m->checksum, 4);
    gn__store_little_endian(bytes + 14, m->compressed, 4);
    gn__store_little_endian(bytes + 18, m->size, 4);
    gn__store_little_endian(bytes + 22, m->name_length + 4, 2);
}

static void write_name(gn__writer *writer, const member *m)
{
    gn__writer_write(writer, m->name, m->name_length);
    gn__writer_write(writer, ".npy", 4);
}

static void write_local(gn__writer *writer, const member *m)
{
    unsigned char header[LOCAL_SIZE] = {0};
    gn__store_little_endian(header, LOCAL_SIGNATURE, 4);
    put_shared(header + 4, m);
    gn__writer_write(writer, header, sizeof header);
    write_name(writer, m);
}

static void write_central(gn__writer *writer, const member *m)
{
    unsigned char header[CENTRAL_SIZE] = {0};
    gn__store_little_endian(header, CENTRAL_SIGNATURE, 4);
    header[4] = 20;
    put_shared(header + 6, m);
    gn__store_little_endian(header + 42, m->place, 4);
    gn__writer_write(writer, header, sizeof header);
    write_name(writer, m);
}

static void write_end(gn__writer *writer, size_t members, uint64_t place, uint64_t size)
{
    unsigned char end[END_SIZE] = {0};
    gn__store_little_endian(end, END_SIGNATURE, 4);
    gn__store_little_endian(end + 8, members, 2);
    gn__store_little_endian(end + 10, members, 2);
    gn__store_little_endian(end + 12, size, 4);
    gn__store_little_endian(end + 16, place, 4);
    gn__writer_write(writer, end, sizeof end);
}

/* An array as the bytes of its .npy file. */
typedef struct image {
    unsigned char *bytes;
    size_t size, used;
} image;

static gn_status add_to_image(void *target, const unsigned char *bytes, size_t size)
{
    image *i = target;
    memcpy(i->bytes + i->used, bytes, size);
    i->used += size;
    return GN_OK;
}

/* Raw deflate, as ZIP has it. */
static gn_status compress_image(gn_context *context, const image *from, unsigned char *to, size_t room, member *m)
{
    z_stream stream = {.next_in = from->bytes, .avail_in = (uInt)from->size, .next_out = to, .avail_out = (uInt)room};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return gn_context_fail(context, GN_ERROR_MEMORY,
                               "npz: out of memory: in zlib"); /* defensive: its own memory. */
    const int answer = deflate(&stream, Z_FINISH);
    m->compressed = (uint32_t)stream.total_out;
    deflateEnd(&stream);
    return answer == Z_STREAM_END ? GN_OK
                                  : gn_context_fail(context, GN_ERROR_STATE, /* defensive: there is room. */
                                                    "npz: zlib took more room than it had said");
}

static gn_status write_image(gn__writer *writer, const image *i, member *m)
{
    gn_context *context = writer->context;
    const size_t room = compressBound((uLong)i->size) + 64; /* its bound for the default settings, and to spare */
    unsigned char *compressed = gn__new(context, room);
    const gn_status status = compressed == NULL ? GN_ERROR_MEMORY : compress_image(context, i, compressed, room, m);
    if (status == GN_OK) {
        m->size = (uint32_t)i->size;
        m->checksum = (uint32_t)crc32(crc32(0, NULL, 0), i->bytes, (uInt)i->size);
        write_local(writer, m);
        gn__writer_write(writer, compressed, m->compressed);
    }
    gn__delete(context, compressed, room);
    return status == GN_OK ? writer->status : status;
}

static gn_status write_member(gn__writer *writer, const gn__entry *entry, member *m)
{
    gn_context *context = writer->context;
    unsigned char header[GN__NPY_HEADER];
    const size_t begin = gn__npy_header(entry->element, entry->shape, header);
    const uint64_t data = (uint64_t)gn_shape_count(entry->shape) * gn__element_size(entry->element);
    *m = (member){.name = entry->name, .name_length = strlen(entry->name), .method = DEFLATED};
    if (data > max_array - GN__NPY_HEADER || m->name_length + 4 > MAX_NAME)
        return gn_context_fail(context, GN_ERROR_UNSUPPORTED,
                               "%s: array '%.100s' has more than 4080 MiB, or a name over 1020 bytes", writer->path,
                               entry->name);
    image i = {.size = begin + (size_t)data};
    i.bytes = gn__new(context, i.size);
    if (i.bytes == NULL)
        return GN_ERROR_MEMORY;
    add_to_image(&i, header, begin);
    gn__entry_pour(entry, add_to_image, &i);
    const gn_status status = write_image(writer, &i, m);
    gn__delete(context, i.bytes, i.size);
    return status;
}

static gn_status write_members(gn__writer *writer, const gn_archive *archive, member *members)
{
    uint64_t place = 0, central = 0;
    for (size_t i = 0; i < archive->count; i++) {
        member *m = &members[i];
        const gn_status status = write_member(writer, &archive->entries[i], m);
        if (status != GN_OK)
            return status;
        m->place = (uint32_t)place;
        place += LOCAL_SIZE + m->name_length + 4 + m->compressed;
        central += CENTRAL_SIZE + m->name_length + 4;
        if (place + central > max_member) /* defensive: too much for a test. */
            return gn_context_fail(writer->context, GN_ERROR_UNSUPPORTED, "%s: more than 4 GiB in all", writer->path);
    }
    for (size_t i = 0; i < archive->count; i++)
        write_central(writer, &members[i]);
    write_end(writer, archive->count, place, central);
    return writer->status;
}

gn_status gn_npz_save(const gn_archive *archive, const char *path)
{
    const gn_status checked = gn__archive_check_save(archive, path);
    if (checked != GN_OK)
        return checked;
    if (archive->count > MAX_MEMBERS)
        return gn_context_fail(archive->context, GN_ERROR_UNSUPPORTED, "%s: %zu arrays, a .npz file holds at most %d",
                               path, archive->count, (int)MAX_MEMBERS);
    member *members = gn__new(archive->context, archive->count * sizeof *members);
    if (members == NULL)
        return GN_ERROR_MEMORY;
    gn__writer writer;
    gn__writer_open(&writer, archive->context, path, false);
    if (writer.status == GN_OK)
        gn__writer_fail(&writer, write_members(&writer, archive, members)); /* leaves the old file as it is */
    gn__delete(archive->context, members, archive->count * sizeof *members);
    return gn__writer_close(&writer);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

typedef struct zip {
    gn_context *context;
    const char *path;
    const unsigned char *bytes; /* the whole file */
    size_t size;
    size_t members, central, end; /* how many, and where their headers begin and end */
} zip;

static gn_status refuse(const zip *z, const char *why)
{
    gn_context_fail(z->context, GN_ERROR_FORMAT, "%s: cannot be read as .npz: %s", z->path, why);
    return GN_ERROR_FORMAT;
}

static const char no_memory[] = "out of memory in zlib";

static gn_status refuse_member(const zip *z, const member *m, const char *why)
{
    const size_t length = m->name_length < 100 ? m->name_length : 100;
    const gn_status status = why == no_memory ? GN_ERROR_MEMORY : GN_ERROR_FORMAT;
    gn_context_fail(z->context, status, "%s: cannot be read as .npz: array '%.*s': %s", z->path, (int)length, m->name,
                    why);
    return status;
}

/* The end of the list stands at the end of the file, before a comment that fills what is left. */
static bool find_end(zip *z)
{
    for (size_t comment = 0; comment <= MAX_COMMENT && z->size >= END_SIZE + comment; comment++) {
        const size_t at = z->size - END_SIZE - comment;
        if (word(z->bytes + at) == END_SIGNATURE && half(z->bytes + at + 20) == comment) {
            z->end = at;
            return true;
        }
    }
    return false;
}

static gn_status open_zip(zip *z)
{
    if (!find_end(z))
        return refuse(z, "it is not a ZIP file, or it is cut short");
    const unsigned char *end = z->bytes + z->end;
    const uint64_t size = word(end + 12), place = word(end + 16);
    z->members = half(end + 10);
    z->central = (size_t)place;
    if (word(end + 4) != 0 || half(end + 8) != z->members)
        return refuse(z, "it is a part of several files");
    if (z->members > MAX_MEMBERS)
        return refuse(z, "it holds more than 10,000 arrays");
    if (place == UINT32_MAX || size == UINT32_MAX)
        return refuse(z, "it is larger than 4 GiB (ZIP64)");
    if (place + size != z->end)
        return refuse(z, "its list of members is damaged");
    return GN_OK;
}

/* Cuts ".npy" off. */
static bool name_member(member *m, const unsigned char *name, size_t length)
{
    if (length < 5 || length > MAX_NAME || memcmp(name + length - 4, ".npy", 4) != 0 || memchr(name, 0, length) != NULL)
        return false;
    m->name = (const char *)name;
    m->name_length = length - 4;
    return true;
}

/* Finds a member's data behind its own header, which must agree with the list on what it is. */
static const char *find_data(const zip *z, member *m)
{
    if ((uint64_t)m->place + LOCAL_SIZE > z->central)
        return "it lies outside the file";
    const unsigned char *local = z->bytes + m->place;
    const size_t name = half(local + 26), extra = half(local + 28);
    if (word(local) != LOCAL_SIGNATURE || half(local + 8) != m->method || name != m->name_length + 4)
        return "its header does not agree with the list of members";
    const uint64_t data = (uint64_t)m->place + LOCAL_SIZE + name + extra;
    if (data + m->compressed > z->central)
        return "it lies outside the file";
    if (memcmp(local + LOCAL_SIZE, m->name, name) != 0)
        return "its header does not agree with the list of members";
    m->data = z->bytes + data;
    return NULL;
}

/* Sizes that the method cannot give are refused before any memory is taken for them. */
static const char *check_member(const member *m)
{
    if (m->compressed == UINT32_MAX || m->size == UINT32_MAX || m->place == UINT32_MAX)
        return "it is larger than 4 GiB (ZIP64)";
    if (m->method != STORED && m->method != DEFLATED)
        return "it is compressed in another way than by deflate";
    if (m->method == STORED ? m->size != m->compressed : m->size / MAX_RATIO > m->compressed)
        return "its sizes do not fit each other";
    return NULL;
}

/* Reads the next header of the list. */
static gn_status next_member(const zip *z, size_t *at, member *m)
{
    const unsigned char *header = z->bytes + *at;
    if (*at + CENTRAL_SIZE > z->end || word(header) != CENTRAL_SIGNATURE)
        return refuse(z, "its list of members is damaged");
    const size_t name = half(header + 28), rest = half(header + 30) + half(header + 32);
    if (*at + CENTRAL_SIZE + name + rest > z->end)
        return refuse(z, "its list of members is damaged");
    if (!name_member(m, header + CENTRAL_SIZE, name))
        return refuse(z, "it holds something else than .npy files with names of 1 to 1020 bytes");
    m->method = half(header + 10);
    m->checksum = word(header + 16);
    m->compressed = word(header + 20);
    m->size = word(header + 24);
    m->place = word(header + 42);
    const char *wrong = (half(header + 8) & 1) != 0 ? "it is encrypted" : check_member(m);
    if (wrong == NULL)
        wrong = find_data(z, m);
    *at += CENTRAL_SIZE + name + rest;
    return wrong == NULL ? GN_OK : refuse_member(z, m, wrong);
}

/* How much memory the arrays take. Members that overlap would make much of little: each must begin behind the one
 * before. */
static gn_status add_sizes(const zip *z, uint64_t *size)
{
    const unsigned char *end = z->bytes;
    size_t at = z->central;
    *size = 0;
    for (size_t i = 0; i < z->members; i++) {
        member m = {0};
        const gn_status status = next_member(z, &at, &m);
        if (status != GN_OK)
            return status;
        if (z->bytes + m.place < end)
            return refuse_member(z, &m, "it overlaps the one before");
        end = m.data + m.compressed;
        *size += m.size;
    }
    if (at != z->end)
        return refuse(z, "its list of members is damaged");
    return *size <= gn__max_file ? GN_OK : refuse(z, "its arrays are too large");
}

static const char *extract(const member *m, unsigned char *to)
{
    if (m->method == STORED) {
        memcpy(to, m->data, m->size);
    } else {
        unsigned char nothing = 0; /* zlib takes no NULL */
        z_stream stream = {.next_in = m->data,
                           .avail_in = m->compressed,
                           .next_out = m->size > 0 ? to : &nothing,
                           .avail_out = m->size};
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
            return no_memory; /* defensive: zlib's own. */
        const int ended = inflate(&stream, Z_FINISH);
        inflateEnd(&stream);
        if (ended != Z_STREAM_END || stream.total_out != m->size || stream.avail_in != 0)
            return "its compressed data is damaged";
    }
    return crc32(crc32(0, NULL, 0), to, m->size) == m->checksum ? NULL : "its checksum does not match: it is damaged";
}

static gn_status read_member(const zip *z, gn_archive *archive, const member *m, unsigned char *to)
{
    char name[MAX_NAME];
    gn__npy npy;
    const char *wrong = extract(m, to);
    if (wrong == NULL)
        wrong = gn__npy_parse(to, m->size, &npy);
    memcpy(name, m->name, m->name_length);
    name[m->name_length] = '\0';
    if (wrong == NULL && gn_archive_has(archive, name))
        wrong = "there are two of this name";
    if (wrong != NULL)
        return refuse_member(z, m, wrong);
    gn__entry *entry = gn__archive_append(archive, name);
    if (entry == NULL)
        return GN_ERROR_MEMORY;
    entry->element = npy.element;
    entry->shape = npy.shape;
    entry->bytes = to + npy.offset;
    return GN_OK;
}

static gn_status read_members(zip *z, gn_archive *archive)
{
    uint64_t size;
    gn_status status = open_zip(z);
    if (status == GN_OK)
        status = add_sizes(z, &size);
    if (status != GN_OK)
        return status;
    archive->file = gn__new(z->context, (size_t)size);
    archive->file_size = (size_t)size;
    if (archive->file == NULL)
        return GN_ERROR_MEMORY;
    unsigned char *to = archive->file;
    size_t at = z->central;
    for (size_t i = 0; i < z->members && status == GN_OK; i++) {
        member m = {0};
        status = next_member(z, &at, &m);
        if (status != GN_OK) /* defensive: add_sizes has read them all. */
            return status;
        status = read_member(z, archive, &m, to);
        to += m.size;
    }
    return status;
}

gn_archive *gn_npz_load(gn_context *context, const char *path)
{
    zip z = {.context = context, .path = path};
    gn_archive *archive = gn_archive_new(context);
    unsigned char *bytes;
    if (archive == NULL || gn__file_read(context, path, gn__max_file, &bytes, &z.size) != GN_OK) {
        gn_archive_free(archive);
        return NULL;
    }
    z.bytes = bytes;
    const gn_status status = read_members(&z, archive);
    gn__delete(context, bytes, z.size);
    if (status == GN_OK)
        return archive;
    gn_archive_free(archive);
    return NULL;
}
