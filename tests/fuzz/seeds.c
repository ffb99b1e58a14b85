/* SPDX-License-Identifier: MIT */
/* tests/fuzz/seeds.c - makes the seed corpora: FOLDER/<reader>/<name>. The same bytes each time. */
#include "encode.h"
#include "fuzz_game.h"

#include <gannet/gannet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zlib.h>

static const char *root;
static gn_context *context;

static const char *path_of(const char *reader, const char *name)
{
    static char path[1000];
    snprintf(path, sizeof path, "%s/%s", root, reader);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", root, reader, name);
    return path;
}

static void put(const char *reader, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(path_of(reader, name), "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        fprintf(stderr, "seeds: %s/%s cannot be written\n", reader, name);
        exit(EXIT_FAILURE);
    }
}

static void put_text(const char *reader, const char *name, const char *text)
{
    put(reader, name, text, strlen(text));
}

static void need(bool done)
{
    if (done)
        return;
    fprintf(stderr, "seeds: %s\n", gn_context_message(context));
    exit(EXIT_FAILURE);
}

/* --- arrays ------------------------------------------------------------------------------------------------------- */

static void make_arrays(void)
{
    static const char bytes[] = "\x93NUMPY\x01\0\x3a\0{'descr': '|u1', 'fortran_order': False, 'shape': (1,2,2)}abcd";
    gn_tensor *pictures = gn_tensor_new(context, GN_SHAPE(2, 2, 2, 3));
    need(pictures != NULL && gn_npy_save(pictures, path_of("arrays", "floats")) == GN_OK);
    gn_tensor_free(pictures);
    put("arrays", "bytes", bytes, sizeof bytes - 1);
}

/* --- safetensors -------------------------------------------------------------------------------------------------- */

static void put_header(const char *name, const char *header, size_t data)
{
    unsigned char bytes[4096] = {0};
    const size_t length = strlen(header);
    bytes[0] = (unsigned char)length;
    bytes[1] = (unsigned char)(length >> 8);
    memcpy(bytes + 8, header, length);
    put("safetensors", name, bytes, 8 + length + data);
}

/* A checkpoint whose checksum goes by another name, which no reader asks for. */
static void put_unchecked(const char *name, const char *path)
{
    unsigned char bytes[8192];
    FILE *file = fopen(path, "rb");
    const size_t size = file == NULL ? 0 : fread(bytes, 1, sizeof bytes, file);
    need(size > 0 && size < sizeof bytes && fclose(file) == 0 && remove(path) == 0);
    for (size_t i = 0; i + 12 < size; i++)
        if (memcmp(bytes + i, "gannet.crc32", 12) == 0)
            memcpy(bytes + i, "gannet.crc-n", 12);
    put("checkpoint", name, bytes, size);
}

static void make_checkpoints(void)
{
    const fuzz_game game = fuzz_game_open(context);
    need(game.gan != NULL);
    for (int steps = 0; steps < 3; steps++) {
        char name[] = "steps-0";
        name[6] = (char)('0' + steps);
        need(gn_gan_save(game.gan, path_of("checkpoint", "checked"), NULL) == GN_OK);
        put_unchecked(name, path_of("checkpoint", "checked"));
        need(fuzz_game_step(&game) == GN_OK);
    }
    fuzz_game_close(&game);
}

static void make_safetensors(void)
{
    gn_module *module = gn_dense_layer(context, &(gn_dense_options){.in = 2, .out = 3, .name = "dense"});
    gn_archive *archive = gn_archive_new(context);
    need(gn_module_save(module, path_of("safetensors", "module"), "{\"program\":\"fuzz\"}") == GN_OK);
    need(gn_archive_add_numbers(archive, "numbers", (uint64_t[]){1, UINT64_MAX}, 2) == GN_OK);
    need(gn_archive_add_text(archive, "format", "pt") == GN_OK);
    need(gn_archive_save(archive, path_of("safetensors", "numbers")) == GN_OK);
    gn_archive_free(archive);
    gn_module_free(module);
    put_header("empty", "{}", 0);
    put_header("types",
               "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},"
               "\"b\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[4,6]},"
               "\"c\":{\"dtype\":\"F4\",\"shape\":[2,2],\"data_offsets\":[6,8]},"
               "\"d\":{\"dtype\":\"I8\",\"shape\":[0,9],\"data_offsets\":[8,8]}}",
               8);
    put_header("overlap",
               "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
               "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
               6);
    put_header("overflow", "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,0]}}", 0);
}

/* --- NumPy's files ------------------------------------------------------------------------------------------------ */

/* As NumPy writes them: the elements begin at a multiple of 64. */
static void put_npy(const char *name, const char *type, const char *order, const char *shape, size_t data)
{
    unsigned char bytes[512] = "\x93NUMPY\x01\x00\x76";
    char header[119];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", type, order, shape);
    memset(bytes + 10, ' ', 117);
    memcpy(bytes + 10, header, strlen(header));
    bytes[127] = '\n';
    for (size_t i = 0; i < data; i++)
        bytes[128 + i] = (unsigned char)(i * 37);
    put("npy", name, bytes, 128 + data);
}

static void make_numpy(void)
{
    gn_tensor *tensor = gn_tensor_new(context, GN_SHAPE(2, 3));
    gn_archive *archive = gn_archive_new(context);
    need(gn_npy_save(tensor, path_of("npy", "own")) == GN_OK);
    need(gn_archive_add(archive, "weight", tensor) == GN_OK);
    need(gn_archive_add_numbers(archive, "numbers", (uint64_t[]){1, UINT64_MAX}, 2) == GN_OK);
    need(gn_npz_save(archive, path_of("npz", "own")) == GN_OK);
    gn_archive_free(archive);
    gn_tensor_free(tensor);
    put_npy("bytes", "|u1", "False", "(2, 3)", 6);
    put_npy("halves", "<f2", "False", "(5,)", 10);
    put_npy("doubles", "<f8", "False", "()", 8);
    put_npy("flags", "|b1", "False", "(1, 1, 1, 1, 1, 2)", 2);
    put_npy("empty", "<i8", "False", "(0, 3)", 0);
    put_npy("fortran", "<f4", "True", "(2, 3)", 24);
    put_npy("object", "|O", "False", "(1,)", 8);
    put_npy("overflow", "<f8", "False", "(4294967296, 4294967296, 4)", 0);
}

/* --- data sets ---------------------------------------------------------------------------------------------------- */

static size_t make_idx(unsigned char *bytes, int axes, int count, int side)
{
    const unsigned char header[16] = {0, 0, 8, (unsigned char)axes, 0, 0, 0, (unsigned char)count,
                                      0, 0, 0, (unsigned char)side, 0, 0, 0, (unsigned char)side};
    const size_t start = axes == 1 ? 8 : 16, size = axes == 1 ? (size_t)count : (size_t)(count * side * side);
    memcpy(bytes, header, start);
    for (size_t i = 0; i < size; i++)
        bytes[start + i] = (unsigned char)(i * 37 % (axes == 1 ? 10 : 256));
    return start + size;
}

static size_t gzip(const unsigned char *bytes, size_t size, unsigned char *out, size_t most)
{
    z_stream stream = {0};
    unsigned char copy[4096];
    memcpy(copy, bytes, size);
    need(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = copy;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = (uInt)most;
    need(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

/* Two bytes have the length of the labels; labels and pictures follow. */
static void make_idx_pair(const char *reader, const char *name, int count, int side, bool packed)
{
    unsigned char labels[4096], images[4096], pair[8192] = {0};
    size_t label_size = make_idx(labels, 1, count, 0), image_size = make_idx(images, 3, count, side);
    if (packed) {
        unsigned char plain[4096];
        memcpy(plain, labels, label_size);
        label_size = gzip(plain, label_size, labels, sizeof labels);
        memcpy(plain, images, image_size);
        image_size = gzip(plain, image_size, images, sizeof images);
    }
    pair[0] = (unsigned char)(label_size >> 8);
    pair[1] = (unsigned char)label_size;
    memcpy(pair + 2, labels, label_size);
    memcpy(pair + 2 + label_size, images, image_size);
    put(reader, name, pair, 2 + label_size + image_size);
}

static void make_data_sets(void)
{
    unsigned char records[3 * 3073];
    for (size_t i = 0; i < sizeof records; i++)
        records[i] = (unsigned char)(i % 3073 == 0 ? i / 3073 * 4 : i * 11);
    put("cifar10", "one", records, 3073);
    put("cifar10", "three", records, sizeof records);
    put("cifar10", "short", records, 3072);
    make_idx_pair("idx", "one", 1, 1, false);
    make_idx_pair("idx", "three", 3, 5, false);
    make_idx_pair("idx_gz", "one", 1, 1, true);
    make_idx_pair("idx_gz", "three", 3, 28, true);
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static void make_pictures(void)
{
    unsigned char pixels[16 * 16 * 4];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * 29 ^ i >> 3);
    put_png(path_of("png", "grey"), 7, 5, PNG_FORMAT_GRAY, pixels);
    put_png(path_of("png", "coloured"), 16, 16, PNG_FORMAT_RGB, pixels);
    put_png(path_of("png", "transparent"), 3, 9, PNG_FORMAT_RGBA, pixels);
    put_jpeg(path_of("jpeg", "grey"), 7, 5, 1, pixels);
    static unsigned char blank[65500];
    put_png(path_of("png", "tall"), 1, 65500, PNG_FORMAT_GRAY, blank);
    put_png(path_of("png", "wide"), 65500, 1, PNG_FORMAT_GRAY, blank);
    put_headers_of_jpeg(path_of("jpeg", "tall"), 1, 65500);
    put_headers_of_jpeg(path_of("jpeg", "wide"), 65500, 1);
    put_jpeg(path_of("jpeg", "coloured"), 16, 16, 3, pixels);
    put_jpeg(path_of("jpeg", "cmyk"), 5, 5, 4, pixels);
    put_jpeg_of(path_of("jpeg", "progressive"), 9, 9, 3, pixels, JPEG_PROGRESSIVE);
    put_jpeg_of(path_of("jpeg", "scans"), 8, 8, 3, pixels, JPEG_MAX_SCANS);
}

static void make_animation(const char *name, int64_t channels, int frames)
{
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(2, 4, 4, channels));
    gn_animation *animation = gn_animation_new(context, 2, 1);
    need(images != NULL && animation != NULL);
    for (int frame = 0; frame < frames; frame++) {
        for (int64_t i = 0; i < 32 * channels; i++)
            gn_tensor_data(images)[i] = (gn_real)((i * 7 + frame * 5) % 20) / 10 - 1;
        need(gn_animation_add(animation, images) == GN_OK);
    }
    need(gn_animation_write(animation, path_of("gif", name), 5) == GN_OK);
    gn_animation_free(animation);
    gn_tensor_free(images);
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

static void make_texts(void)
{
    put_text("config", "whole",
             "{\"program\":\"fuzz\",\"number\":7,\"real\":0.25,\"choice\":\"three\",\"flag\":\"true\"}");
    put_text("config", "range", "{\"program\":\"fuzz\",\"number\":101,\"real\":1e400,\"choice\":3}");
    put_text("config", "foreign", "{\"program\":\"other\",\"list\":[1,[2,{\"a\":null}],\"\\u00e9\"]}");
    put_text("config", "damaged", "{\"program\":");
    put_text("options", "all", "--flag\n--number=3\n--large\n-9\n--real=-0.5\n--text=a\n--choice\none");
    put_text("options", "nearly", "--nummer\n3");
    put_text("options", "help", "--help");
    put_text("options", "version", "--version");
    put_text("options", "wrong", "--real=nan\n--number=99999999999999999999\n--choice=four\n--flag=1\nword");
    put_text("caption", "figure", "a small thin green seven leaning left on a dark background");
    put_text("caption", "order", "draw the big seven in green, leaning left");
    put_text("caption", "pair", "two digits, a red three to the left of a small blue one");
    put_text("caption", "unknown", "a grean Seven!");
    put_text("caption", "none", "1 2 3");
}

int main(int argc, char **argv)
{
    context = gn_context_new(&(gn_context_options){.threads = 1});
    if (argc != 2 || context == NULL)
        return EXIT_FAILURE;
    root = argv[1];
    mkdir(root, 0777);
    make_arrays();
    make_safetensors();
    make_checkpoints();
    make_numpy();
    make_data_sets();
    make_pictures();
    make_animation("grey", 1, 3);
    make_animation("coloured", 3, 2);
    make_texts();
    gn_context_free(context);
    return EXIT_SUCCESS;
}
