/* SPDX-License-Identifier: MIT */
/* lib/io/png.c - grids of pictures in the format PNG, by libpng. */
#include "io/file.h"
#include "io/grid.h"

#include <gannet/image.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>

/* What libpng's callbacks see. */
typedef struct target {
    gn__sink take;
    void *argument;
    gn_status status; /* what take gave */
    char message[160];
} target;

static void take_bytes(png_structp png, png_bytep bytes, png_size_t size)
{
    target *t = png_get_io_ptr(png);
    t->status = t->take(t->argument, bytes, size);
    if (t->status != GN_OK)
        png_error(png, "the bytes are not taken");
}

/* defensive: libpng does not flush by itself; without this it would take its target for a FILE. */
static void flush_nothing(png_structp png)
{
    (void)png;
}

static void note_error(png_structp png, png_const_charp message)
{
    target *t = png_get_error_ptr(png);
    snprintf(t->message, sizeof t->message, "%s", message);
    png_longjmp(png, 1);
}

/* defensive: libpng has nothing to warn of in what it is given here. */
static void drop_warning(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

/* Everything that libpng may jump out of. */
static bool encode(png_structp png, png_infop info, const gn__picture *grid)
{
    if (setjmp(png_jmpbuf(png)))
        return false;
    const int colour = grid->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB;
    png_set_IHDR(png, info, (png_uint_32)grid->width, (png_uint_32)grid->height, 8, colour, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int64_t y = 0; y < grid->height; y++)
        png_write_row(png, grid->pixels + y * grid->width * grid->channels);
    png_write_end(png, info);
    return true;
}

gn_status gn__png_encode(gn_context *context, const gn__picture *grid, const char *path, gn__sink take, void *argument)
{
    target t = {.take = take, .argument = argument, .message = "out of memory"};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &t, note_error, drop_warning);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    bool done = false;
    if (info != NULL) {
        png_set_write_fn(png, &t, take_bytes, flush_nothing);
        done = encode(png, info, grid);
    }
    png_destroy_write_struct(&png, &info);
    if (!done && t.status == GN_OK) /* defensive: libpng's own memory. */
        return gn_context_fail(context, GN_ERROR_MEMORY, "%s: libpng: %s", path, t.message);
    return t.status;
}

gn_status gn_image_grid_write(const char *path, const gn_tensor *images, int64_t columns, int scale)
{
    gn__picture grid;
    gn_context *context = gn_tensor_context(images);
    gn_status status = gn__grid_make(images, columns, scale, &grid);
    if (status != GN_OK)
        return status;
    gn__writer writer;
    if (gn__writer_open(&writer, context, path, false) == GN_OK)
        gn__writer_fail(&writer, gn__png_encode(context, &grid, path, gn__writer_take, &writer));
    status = gn__writer_close(&writer);
    gn__picture_close(context, &grid);
    return status;
}
