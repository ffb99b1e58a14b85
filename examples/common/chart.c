/* SPDX-License-Identifier: MIT */
/* examples/common/chart.c - curves as SVG that reads in light and in dark surroundings. */
#include "common/chart.h"

#include <math.h>

enum { WIDTH = 520, HEIGHT = 290, LEFT = 58, RIGHT = 16, TOP = 30, BOTTOM = 46, EDGE = 6, TICKS = 6, LEGEND_LINE = 22 };

/* An axis: numbers from low to high onto pixels from begin to end. */
typedef struct axis {
    double low, high;
    double begin, end;
    bool logarithmic;
} axis;

void write_escaped(FILE *file, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            fputc(*text, file);
        }
}

/* Okabe and Ito's colours, which people who see fewer colours tell apart, made lighter on dark ground. On a phone the
 * chart shrinks and its letters do not. */
void chart_style(FILE *file)
{
    static const char *const light[CHART_LINES] = {"#0072b2", "#d55e00", "#009e73", "#aa4499",
                                                   "#996600", "#3a87c8", "#666666", "#b00020"};
    static const char *const dark[CHART_LINES] = {"#56b4e9", "#f0883e", "#3fcf9f", "#e085c2",
                                                  "#e69f00", "#9cc9f5", "#b5b5b5", "#ff7b8a"};
    fputs(":root{", file);
    for (int i = 0; i < CHART_LINES; i++)
        fprintf(file, "--line%d:%s;", i, light[i]);
    fputs("}@media(prefers-color-scheme:dark){:root{", file);
    for (int i = 0; i < CHART_LINES; i++)
        fprintf(file, "--line%d:%s;", i, dark[i]);
    fputs(
        "}}svg.chart{width:100%;height:auto;max-width:580px}svg.chart text{fill:currentColor;font:13px sans-serif}"
        "@media(max-width:30rem){svg.chart text{font-size:17px}}"
        "svg.chart .grid{stroke:currentColor;opacity:.15}svg.chart .frame{stroke:currentColor;opacity:.6;fill:none}\n",
        file);
    for (int i = 0; i < CHART_LINES; i++)
        fprintf(file, ".c%d{stroke:var(--line%d)}.b%d{fill:var(--line%d);opacity:.18}", i, i, i, i);
    fputs("svg.chart polyline,svg.chart .key{fill:none;stroke-width:2}svg.chart "
          "circle{stroke-width:5;stroke-linecap:round}"
          "\n",
          file);
}

/* --- axes --------------------------------------------------------------------------------------------------------- */

static bool shows(const axis *a, double value)
{
    return isfinite(value) && (!a->logarithmic || value > 0);
}

static double place(const axis *a, double value)
{
    const double low = a->logarithmic ? log10(a->low) : a->low, high = a->logarithmic ? log10(a->high) : a->high;
    const double share = ((a->logarithmic ? log10(value) : value) - low) / (high - low);
    return a->begin + fmin(fmax(share, 0), 1) * (a->end - a->begin);
}

/* Widens the axis, which is empty while low > high, to hold a value. */
static void hold(axis *a, double value)
{
    if (!shows(a, value))
        return;
    a->low = fmin(a->low, value);
    a->high = fmax(a->high, value);
}

/* A step of 1, 2 or 5 times a power of ten of which about TICKS fill the range. */
static double round_step(double range)
{
    const double power = pow(10, floor(log10(range / TICKS)));
    const double share = range / TICKS / power;
    return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

/* Ends at round numbers, so that no line runs along the frame by chance. */
static void round_off(axis *a)
{
    if (a->low > a->high)
        a->low = a->logarithmic ? 1 : 0, a->high = a->logarithmic ? 10 : 1;
    if (a->logarithmic) {
        a->low = pow(10, floor(log10(a->low) + 1e-9));
        a->high = pow(10, ceil(log10(a->high) - 1e-9));
        if (a->high <= a->low)
            a->high = 10 * a->low;
        return;
    }
    if (a->high - a->low < 1e-12 * fmax(1, fabs(a->high)))
        a->low -= 0.5, a->high += 0.5;
    const double step = round_step(a->high - a->low);
    a->low = step * floor(a->low / step + 1e-9);
    a->high = step * ceil(a->high / step - 1e-9);
}

static void find_ranges(const chart *c, axis *x, axis *y)
{
    for (int i = 0; i < CHART_LINES && c->lines[i].name != NULL; i++)
        for (size_t p = 0; p < c->lines[i].count; p++) {
            const chart_line *line = &c->lines[i];
            if (!shows(x, line->x[p]) || !shows(y, line->y[p]))
                continue;
            hold(x, line->x[p]);
            hold(y, line->y[p]);
            if (line->error != NULL && isfinite(line->error[p])) {
                hold(y, line->y[p] - line->error[p]);
                hold(y, line->y[p] + line->error[p]);
            }
        }
    if (c->low < c->high)
        y->low = c->low, y->high = c->high;
}

static void write_tick(FILE *file, const axis *a, double value, bool along_x)
{
    const double at = place(a, value);
    if (along_x)
        fprintf(file,
                "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>",
                at, at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 18, value);
    else
        fprintf(file,
                "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>",
                LEFT, WIDTH - RIGHT, at, at, LEFT - 6, at + 4, value);
}

static void write_ticks(FILE *file, const axis *a, bool along_x)
{
    if (a->logarithmic) {
        const int decades = (int)lround(log10(a->high / a->low)), every = 1 + decades / 8;
        for (int i = 0; i <= decades; i += every)
            write_tick(file, a, a->low * pow(10, i), along_x);
        return;
    }
    const double step = round_step(a->high - a->low), first = ceil(a->low / step - 1e-9);
    for (int i = 0; (first + i) * step <= a->high + step * 1e-9; i++)
        write_tick(file, a, (first + i) * step, along_x);
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static bool point_shows(const chart_line *line, size_t p, const axis *x, const axis *y)
{
    return shows(x, line->x[p]) && shows(y, line->y[p]);
}

static double edge(const chart_line *line, size_t p, const axis *y, double side)
{
    const double error = isfinite(line->error[p]) ? line->error[p] : 0;
    const double value = line->y[p] + side * error;
    return place(y, shows(y, value) ? value : y->low);
}

static void write_band(FILE *file, const chart_line *line, size_t begin, size_t end, int number, const axis *x,
                       const axis *y)
{
    fprintf(file, "<polygon class=\"b%d\" points=\"", number);
    for (size_t p = begin; p < end; p++)
        fprintf(file, "%.1f,%.1f ", place(x, line->x[p]), edge(line, p, y, 1));
    for (size_t p = end; p-- > begin;)
        fprintf(file, "%.1f,%.1f ", place(x, line->x[p]), edge(line, p, y, -1));
    fputs("\"/>", file);
}

/* A stretch without gaps; a single point is a dot. */
static void write_stretch(FILE *file, const chart_line *line, size_t begin, size_t end, int number, const axis *x,
                          const axis *y)
{
    if (line->error != NULL && end - begin > 1)
        write_band(file, line, begin, end, number, x, y);
    if (end - begin == 1) {
        fprintf(file, "<circle class=\"c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"1\"/>", number, place(x, line->x[begin]),
                place(y, line->y[begin]));
        return;
    }
    fprintf(file, "<polyline class=\"c%d\" points=\"", number);
    for (size_t p = begin; p < end; p++)
        fprintf(file, "%.1f,%.1f ", place(x, line->x[p]), place(y, line->y[p]));
    fputs("\"/>", file);
}

static void write_line(FILE *file, const chart_line *line, int number, const axis *x, const axis *y)
{
    for (size_t begin = 0; begin < line->count;) {
        size_t end = begin;
        while (end < line->count && point_shows(line, end, x, y))
            end++;
        if (end > begin)
            write_stretch(file, line, begin, end, number, x, y);
        begin = end + 1;
    }
}

static bool is_empty(const chart_line *line)
{
    for (size_t i = 0; i < line->count; i++)
        if (isfinite(line->x[i]) && isfinite(line->y[i]))
            return false;
    return true;
}

/* Two names to a line below the frame, without those of lines that have no point. */
static void write_legend(FILE *file, const chart *c, int count)
{
    for (int i = 0, place = 0; i < count; i++) {
        if (is_empty(&c->lines[i]))
            continue;
        const int x = EDGE + (place % 2) * (WIDTH - EDGE) / 2, y = HEIGHT + LEGEND_LINE * (place / 2) + 8;
        place++;
        fprintf(file, "<line class=\"key c%d\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/><text x=\"%d\" y=\"%d\">", i, x,
                x + 22, y, y, x + 28, y + 4);
        write_escaped(file, c->lines[i].name);
        fputs("</text>", file);
    }
}

static void write_labels(FILE *file, const chart *c)
{
    fprintf(file, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
    write_escaped(file, c->x_label);
    fprintf(file, "</text><text x=\"%d\" y=\"%d\">", EDGE, TOP - 13);
    write_escaped(file, c->y_label);
    fputs("</text>\n", file);
}

void chart_write(FILE *file, const chart *c)
{
    axis x = {INFINITY, -INFINITY, LEFT, WIDTH - RIGHT, c->logarithmic_x};
    axis y = {INFINITY, -INFINITY, HEIGHT - BOTTOM, TOP, c->logarithmic};
    find_ranges(c, &x, &y);
    round_off(&y);
    if (x.logarithmic || x.low >= x.high)
        round_off(&x);
    int count = 0;
    while (count < CHART_LINES && c->lines[count].name != NULL)
        count++;
    const int height = HEIGHT + (count > 1 ? LEGEND_LINE * ((count + 1) / 2) : 0);
    fprintf(file, "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\"><title>", WIDTH, height);
    write_escaped(file, c->title);
    fputs("</title>\n", file);
    write_ticks(file, &x, true);
    write_ticks(file, &y, false);
    fprintf(file, "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>", LEFT, TOP,
            WIDTH - RIGHT - LEFT, HEIGHT - BOTTOM - TOP);
    write_labels(file, c);
    for (int i = 0; i < count; i++)
        write_line(file, &c->lines[i], i, &x, &y);
    if (count > 1)
        write_legend(file, c, count);
    fputs("</svg>\n", file);
}
