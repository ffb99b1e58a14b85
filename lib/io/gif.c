/* SPDX-License-Identifier: MIT */
/* lib/io/gif.c - animated GIFs, by giflib. Frames are kept as palette indices, as they stand in the file. */
#include "core/allocator.h"
#include "core/context.h"
#include "io/file.h"
#include "io/grid.h"

#include <gannet/image.h>
#include <gif_lib.h>
#include <string.h>

/* 6 reds x 7 greens x 6 blues fill 252 of the 256 places; the eye sees green best. */
enum {
    REDS = 6,
    GREENS = 7,
    BLUES = 6,
    COLOURS = 256,
    LAST_FRAME_TIMES = 5,
    MAX_FRAMES = 10000,
    MAX_FRAME_SIZE = 64 << 20
};

struct gn_animation {
    gn_context *context;
    int64_t columns;
    int scale;
    int64_t width, height, channels; /* of every frame; 0 before the first */
    unsigned char **frames;          /* each width * height palette indices */
    size_t count, capacity;
};

gn_animation *gn_animation_new(gn_context *context, int64_t columns, int scale)
{
    if (context == NULL || gn__grid_check(context, columns, scale) != GN_OK)
        return NULL;
    gn_animation *animation = gn__new(context, sizeof *animation);
    if (animation != NULL)
        *animation = (gn_animation){.context = context, .columns = columns, .scale = scale};
    return animation;
}

static size_t frame_size(const gn_animation *animation)
{
    return (size_t)(animation->width * animation->height);
}

void gn_animation_keep(gn_animation *animation, size_t count)
{
    while (animation != NULL && animation->count > count)
        gn__delete(animation->context, animation->frames[--animation->count], frame_size(animation));
}

static void drop_frames(gn_animation *animation)
{
    gn_animation_keep(animation, 0);
    gn__delete(animation->context, animation->frames, animation->capacity * sizeof *animation->frames);
    animation->frames = NULL;
    animation->capacity = 0;
    animation->width = animation->height = animation->channels = 0;
}

void gn_animation_free(gn_animation *animation)
{
    if (animation == NULL)
        return;
    drop_frames(animation);
    gn__delete(animation->context, animation, sizeof *animation);
}

size_t gn_animation_frames(const gn_animation *animation)
{
    return animation == NULL ? 0 : animation->count;
}

/* Adds an empty frame of the animation's size; NULL when memory is out. */
static unsigned char *add_frame(gn_animation *animation)
{
    gn_context *context = animation->context;
    unsigned char **frames = gn__grow(context, animation->frames, sizeof *frames, &animation->capacity,
                                      animation->count + 1);
    if (frames == NULL)
        return NULL;
    animation->frames = frames;
    unsigned char *frame = gn__new(context, frame_size(animation));
    if (frame != NULL)
        animation->frames[animation->count++] = frame;
    return frame;
}

/* --- colours ------------------------------------------------------------------------------------------------------ */

/* Bayer's 4x4 matrix: thresholds that spread rounding evenly, the same on every frame. */
static const int bayer[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};

/* The nearest lower or upper of `levels` steps of 0..255, by the pixel's threshold. */
static int dithered(int value, int levels, int64_t x, int64_t y)
{
    return (value * (levels - 1) * 16 + 255 * bayer[y % 4][x % 4]) / (255 * 16);
}

static unsigned char colour_index(const unsigned char *pixel, int64_t x, int64_t y)
{
    const int red = dithered(pixel[0], REDS, x, y), green = dithered(pixel[1], GREENS, x, y);
    return (unsigned char)((red * GREENS + green) * BLUES + dithered(pixel[2], BLUES, x, y));
}

static void fill_frame(const gn__picture *grid, unsigned char *frame)
{
    for (int64_t y = 0; y < grid->height; y++)
        for (int64_t x = 0; x < grid->width; x++) {
            const int64_t place = y * grid->width + x;
            frame[place] = grid->channels == 1 ? grid->pixels[place] : colour_index(grid->pixels + 3 * place, x, y);
        }
}

static void fill_palette(GifColorType *palette, int64_t channels)
{
    for (int i = 0; i < COLOURS; i++)
        palette[i] = (GifColorType){(GifByteType)i, (GifByteType)i, (GifByteType)i};
    for (int i = 0; i < REDS * GREENS * BLUES && channels == 3; i++)
        palette[i] = (GifColorType){(GifByteType)(i / (GREENS * BLUES) * 255 / (REDS - 1)),
                                    (GifByteType)(i / BLUES % GREENS * 255 / (GREENS - 1)),
                                    (GifByteType)(i % BLUES * 255 / (BLUES - 1))};
}

/* What gn_animation_load would refuse is not made. */
static gn_status check_frame(const gn_animation *animation, const gn__picture *grid)
{
    gn_context *context = animation->context;
    if (animation->count == MAX_FRAMES)
        return gn_context_fail(context, GN_ERROR_UNSUPPORTED, "animation: it has %d frames, expected no more",
                               (int)MAX_FRAMES);
    if (grid->height > MAX_FRAME_SIZE / grid->width)
        return gn_context_fail(context, GN_ERROR_UNSUPPORTED,
                               "animation: a frame of %lldx%lld pixels, expected at most %d of them",
                               (long long)grid->width, (long long)grid->height, (int)MAX_FRAME_SIZE);
    if (animation->count == 0 ||
        (grid->width == animation->width && grid->height == animation->height && grid->channels == animation->channels))
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_SHAPE,
                           "animation: a frame of %lldx%lldx%lld, those before are %lldx%lldx%lld",
                           (long long)grid->width, (long long)grid->height, (long long)grid->channels,
                           (long long)animation->width, (long long)animation->height, (long long)animation->channels);
}

static gn_status add_picture(gn_animation *animation, const gn__picture *grid)
{
    const gn_status status = check_frame(animation, grid);
    if (status != GN_OK)
        return status;
    animation->width = grid->width;
    animation->height = grid->height;
    animation->channels = grid->channels;
    unsigned char *frame = add_frame(animation);
    if (frame == NULL)
        return GN_ERROR_MEMORY;
    fill_frame(grid, frame);
    return GN_OK;
}

gn_status gn_animation_add(gn_animation *animation, const gn_tensor *images)
{
    if (animation == NULL || images == NULL)
        return gn_context_fail(animation == NULL ? NULL : animation->context, GN_ERROR_ARGUMENT,
                               "animation: the pictures are NULL");
    gn__picture grid;
    gn_status status = gn__grid_make(images, animation->columns, animation->scale, &grid);
    if (status != GN_OK)
        return status;
    status = add_picture(animation, &grid);
    gn__picture_close(gn_tensor_context(images), &grid);
    return status;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static int take_bytes(GifFileType *gif, const GifByteType *bytes, int size)
{
    return gn__writer_write(gif->UserData, bytes, (size_t)size) == GN_OK ? size : 0;
}

/* Netscape's extension: repeat for ever. */
static bool put_loop(GifFileType *gif)
{
    return EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) == GIF_OK &&
           EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") == GIF_OK &&
           EGifPutExtensionBlock(gif, 3, "\1\0\0") == GIF_OK && EGifPutExtensionTrailer(gif) == GIF_OK;
}

static bool put_frame(GifFileType *gif, const gn_animation *animation, size_t index, int delay)
{
    const bool last = index + 1 == animation->count;
    const GraphicsControlBlock control = {.DisposalMode = DISPOSE_DO_NOT,
                                          .DelayTime = last ? LAST_FRAME_TIMES * delay : delay,
                                          .TransparentColor = NO_TRANSPARENT_COLOR};
    GifByteType block[4];
    EGifGCBToExtension(&control, block);
    const int width = (int)animation->width, height = (int)animation->height;
    if (EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, sizeof block, block) != GIF_OK ||
        EGifPutImageDesc(gif, 0, 0, width, height, false, NULL) != GIF_OK)
        return false; /* defensive: giflib's own memory. */
    for (int y = 0; y < height; y++)
        if (EGifPutLine(gif, animation->frames[index] + (size_t)y * (size_t)width, width) != GIF_OK)
            return false;
    return true;
}

static bool put_all(GifFileType *gif, const gn_animation *animation, int delay)
{
    GifColorType colours[COLOURS];
    fill_palette(colours, animation->channels);
    ColorMapObject *palette = GifMakeMapObject(COLOURS, colours);
    bool done = palette != NULL;
    EGifSetGifVersion(gif, true);
    done = done && EGifPutScreenDesc(gif, (int)animation->width, (int)animation->height, 8, 0, palette) == GIF_OK &&
           put_loop(gif);
    for (size_t i = 0; i < animation->count && done; i++)
        done = put_frame(gif, animation, i, delay);
    if (palette != NULL)
        GifFreeMapObject(palette);
    return done;
}

/* Keeps the writer's own failure, which says more, if there is one. */
static void note_failure(gn__writer *writer, int error)
{
    const char *text = GifErrorString(error);
    if (writer->status == GN_OK) /* defensive: giflib's own memory. */
        writer->status = gn_context_fail(writer->context, GN_ERROR_MEMORY, "%s: giflib: %s", writer->path,
                                         text != NULL ? text : "cannot write");
}

gn_status gn_animation_write(const gn_animation *animation, const char *path, int delay)
{
    if (animation == NULL)
        return GN_ERROR_ARGUMENT;
    if (animation->count == 0)
        return gn_context_fail(animation->context, GN_ERROR_STATE, "animation: there are no frames to write");
    if (delay < 2 || delay > 1000)
        return gn_context_fail(animation->context, GN_ERROR_ARGUMENT, "animation: delay is %d, expected 2 to 1000",
                               delay);
    gn__writer writer;
    if (gn__writer_open(&writer, animation->context, path, true) == GN_OK) {
        int error = 0;
        GifFileType *gif = EGifOpen(&writer, take_bytes, &error);
        if (gif == NULL || !put_all(gif, animation, delay))
            note_failure(&writer, gif == NULL ? error : gif->Error);
        if (gif != NULL && EGifCloseFile(gif, &error) != GIF_OK) /* defensive: a later giflib may want to write here. */
            note_failure(&writer, error);
    }
    return gn__writer_close(&writer);
}

/* --- reading back ------------------------------------------------------------------------------------------------- */

/* The file in memory, as giflib reads it. */
typedef struct source {
    const unsigned char *bytes;
    size_t size, done;
} source;

static int give_bytes(GifFileType *gif, GifByteType *bytes, int size)
{
    source *s = gif->UserData;
    const size_t left = s->size - s->done, here = left < (size_t)size ? left : (size_t)size;
    memcpy(bytes, s->bytes + s->done, here);
    s->done += here;
    return (int)here;
}

/* Is the palette one of ours? Gives the number of channels, 0 when it is not. */
static int64_t channels_of(const ColorMapObject *palette)
{
    GifColorType ours[COLOURS];
    for (int64_t channels = 1; palette != NULL && palette->ColorCount == COLOURS && channels <= 3; channels += 2) {
        fill_palette(ours, channels);
        bool equal = true;
        for (int i = 0; i < COLOURS && equal; i++)
            equal = palette->Colors[i].Red == ours[i].Red && palette->Colors[i].Green == ours[i].Green &&
                    palette->Colors[i].Blue == ours[i].Blue;
        if (equal)
            return channels;
    }
    return 0;
}

static const char out_of_memory[] = "out of memory";

/* A code of LZW stands for less than 4,096 pixels, and takes more than a byte when it stands for more than 256. */
enum { PIXELS_OF_A_BYTE = 4096 };

static const char *load_frame(gn_animation *animation, GifFileType *gif)
{
    const source *s = gif->UserData;
    if (DGifGetImageDesc(gif) != GIF_OK)
        return "a frame is damaged";
    if (gif->Image.Left != 0 || gif->Image.Top != 0 || gif->Image.Width != animation->width ||
        gif->Image.Height != animation->height || gif->Image.Interlace || gif->Image.ColorMap != NULL ||
        animation->count == MAX_FRAMES)
        return "it was not written by this library";
    if (frame_size(animation) / PIXELS_OF_A_BYTE > s->size - s->done)
        return "a frame is larger than the rest of the file can hold";
    unsigned char *frame = add_frame(animation);
    for (int64_t y = 0; frame != NULL && y < animation->height; y++)
        if (DGifGetLine(gif, frame + y * animation->width, (int)animation->width) != GIF_OK)
            return "a frame is damaged";
    return frame == NULL ? out_of_memory : NULL;
}

static const char *skip_extension(GifFileType *gif)
{
    int code;
    GifByteType *block;
    if (DGifGetExtension(gif, &code, &block) != GIF_OK)
        return "an extension is damaged";
    while (block != NULL)
        if (DGifGetExtensionNext(gif, &block) != GIF_OK)
            return "an extension is damaged";
    return NULL;
}

/* Reads record after record; returns what is wrong, or NULL. giflib allocates by the screen's size only for DGifSlurp,
 * not here. */
static const char *load_all(gn_animation *animation, GifFileType *gif)
{
    animation->width = gif->SWidth;
    animation->height = gif->SHeight;
    animation->channels = channels_of(gif->SColorMap);
    if (animation->channels == 0 || animation->width < 1 || animation->height < 1 ||
        frame_size(animation) > MAX_FRAME_SIZE)
        return "it was not written by this library";
    const char *wrong = NULL;
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    while (wrong == NULL && type != TERMINATE_RECORD_TYPE) {
        if (DGifGetRecordType(gif, &type) != GIF_OK)
            return "it ends early";
        if (type == IMAGE_DESC_RECORD_TYPE)
            wrong = load_frame(animation, gif);
        else if (type == EXTENSION_RECORD_TYPE)
            wrong = skip_extension(gif);
    }
    return wrong;
}

gn_status gn_animation_load(gn_animation *animation, const char *path)
{
    if (animation == NULL)
        return GN_ERROR_ARGUMENT;
    gn_context *context = animation->context;
    if (animation->count > 0)
        return gn_context_fail(context, GN_ERROR_STATE, "animation: it has %zu frames, expected none before loading",
                               animation->count);
    unsigned char *bytes;
    size_t size;
    const gn_status status = gn__file_read(context, path, gn__max_file, &bytes, &size);
    if (status != GN_OK)
        return status;
    source s = {.bytes = bytes, .size = size};
    int error = 0;
    GifFileType *gif = DGifOpen(&s, give_bytes, &error);
    const char *wrong = gif == NULL ? "its beginning is damaged" : load_all(animation, gif);
    if (gif != NULL)
        DGifCloseFile(gif, &error);
    gn__delete(context, bytes, size);
    if (wrong == NULL)
        return GN_OK;
    drop_frames(animation);
    if (wrong == out_of_memory)
        return GN_ERROR_MEMORY;
    return gn_context_fail(context, GN_ERROR_FORMAT, "%s: not a GIF that can be continued: %s", path, wrong);
}
