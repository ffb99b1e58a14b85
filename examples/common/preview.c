/* SPDX-License-Identifier: MIT */
/* examples/common/preview.c - pictures in a terminal. */
#include "common/preview.h"

#include "common/terminal.h"

enum { WIDEST = 16 }; /* columns of a picture */

/* A row of pictures, made smaller by a whole factor. */
typedef struct strip {
    const gn_tensor *pictures;
    gn_shape shape;
    int64_t first, count, step, factor, width, height; /* of each picture, in pixels that are shown */
} strip;

/* The mean over factor x factor pixels, from 0 to 255; below the picture it is black. */
static int shade(const strip *s, int64_t picture, int64_t y, int64_t x, int64_t channel)
{
    const int64_t h = s->shape.size[1], w = s->shape.size[2], c = s->shape.size[3];
    const gn_real *values = gn_tensor_values(s->pictures) + picture * s->step * h * w * c;
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = y * s->factor; i < (y + 1) * s->factor && i < h; i++)
        for (int64_t j = x * s->factor; j < (x + 1) * s->factor && j < w; j++, count++)
            sum += (double)values[(i * w + j) * c + (c == 1 ? 0 : channel)];
    const double mean = count == 0 ? -1 : sum / (double)count;
    return (int)((mean < -1 ? 0 : mean > 1 ? 2 : mean + 1) * 127.5 + 0.5);
}

static void print_colours(FILE *stream, const strip *s, int64_t picture, int64_t line)
{
    for (int64_t x = 0; x < s->width; x++) {
        int rgb[2][3];
        for (int half = 0; half < 2; half++)
            for (int c = 0; c < 3; c++)
                rgb[half][c] = shade(s, picture, 2 * line + half, x, c);
        fprintf(stream, "\033[38;2;%d;%d;%dm\033[48;2;%d;%d;%dm\xe2\x96\x80", rgb[0][0], rgb[0][1], rgb[0][2],
                rgb[1][0], rgb[1][1], rgb[1][2]);
    }
    fputs("\033[0m", stream);
}

static void print_characters(FILE *stream, const strip *s, int64_t picture, int64_t line)
{
    static const char ramp[] = " .:-=+*#%@";
    for (int64_t x = 0; x < s->width; x++) {
        int sum = 0;
        for (int half = 0; half < 2; half++)
            for (int c = 0; c < 3; c++)
                sum += shade(s, picture, 2 * line + half, x, c);
        fputc(ramp[sum / 6 * 9 / 255], stream);
    }
}

static int print_strip(FILE *stream, const strip *s, bool colour)
{
    const int64_t lines = (s->height + 1) / 2;
    for (int64_t line = 0; line < lines; line++) {
        for (int64_t i = 0; i < s->count; i++) {
            fputs(i == 0 ? "" : " ", stream);
            (colour ? print_colours : print_characters)(stream, s, s->first + i, line);
        }
        fputc('\n', stream);
    }
    return (int)lines;
}

int preview_print(FILE *stream, const gn_tensor *pictures, int64_t step, int width, bool colour)
{
    strip s = {.pictures = pictures, .shape = gn_tensor_shape(pictures), .step = step};
    const int64_t h = s.shape.size[1], w = s.shape.size[2], count = (s.shape.size[0] + step - 1) / step;
    s.factor = (w + WIDEST - 1) / WIDEST;
    s.width = (w + s.factor - 1) / s.factor;
    s.height = (h + s.factor - 1) / s.factor;
    const int64_t fitting = (width + 1) / (s.width + 1), side_by_side = fitting < 1 ? 1 : fitting;
    int lines = 0;
    for (; s.first < count; s.first += side_by_side) {
        s.count = count - s.first < side_by_side ? count - s.first : side_by_side;
        lines += print_strip(stream, &s, colour);
    }
    return lines;
}

int preview_show(const gn_tensor *pictures, int64_t step, int lines)
{
    if (terminal_moves() && lines > 0)
        fprintf(stderr, "\r\033[%dA", lines);
    const int printed = preview_print(stderr, pictures, step, terminal_width(), terminal_colours());
    fflush(stderr);
    return printed;
}
