/* SPDX-License-Identifier: MIT */
/* examples/common/progress.c - how far a training is: a bar on stderr if that is a terminal, plain lines on stdout if
 * not. */
#include "common/progress.h"

#include "common/output.h"
#include "common/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { LINE_SIZE = 256, WIDEST_BAR = 30, NARROWEST_BAR = 3 };

static const double between_bars = 0.1, between_lines = 5; /* seconds */

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

progress_bar progress_begin(int64_t total, int64_t batch, bool quiet)
{
    return (progress_bar){
        .quiet = quiet, .terminal = terminal_moves(), .total = total, .batch = batch, .last_step = seconds_now()};
}

static void draw_bar(const progress_bar *progress, int64_t step, const char *head, const char *tail)
{
    char bar[WIDEST_BAR + 1] = "", line[LINE_SIZE + WIDEST_BAR];
    const int width = terminal_width() -
                      1; /* asked every time, because windows change; a full last column would wrap */
    const int free_columns = width - (int)(strlen(head) + strlen(tail)) - 5;
    const int cells = free_columns > WIDEST_BAR ? WIDEST_BAR : free_columns;
    if (cells >= NARROWEST_BAR) {
        const int done = (int)(step * cells / progress->total);
        memset(bar, '#', (size_t)done);
        memset(bar + done, '-', (size_t)(cells - done));
    }
    snprintf(line, sizeof line, bar[0] == '\0' ? "%s%s  %s" : "%s [%s]  %s", head, bar, tail);
    fprintf(stderr, "\r%.*s\033[K", width, line);
    fflush(stderr);
}

static void smooth(progress_bar *progress, double now)
{
    const double step = now - progress->last_step;
    progress->step_seconds = progress->step_seconds > 0 ? 0.95 * progress->step_seconds + 0.05 * step : step;
    progress->last_step = now;
}

void progress_step(progress_bar *progress, int64_t step, const char *figures)
{
    const double now = seconds_now(), pause = progress->terminal ? between_bars : between_lines;
    smooth(progress, now);
    if (progress->quiet || (now - progress->last_shown < pause && step < progress->total))
        return;
    progress->last_shown = now;
    char head[LINE_SIZE], tail[LINE_SIZE];
    const int64_t left = (int64_t)((double)(progress->total - step) * progress->step_seconds + 0.5);
    snprintf(head, sizeof head, "step %4" PRId64 "/%" PRId64, step, progress->total);
    snprintf(tail, sizeof tail, "%.0f img/s %" PRId64 ":%02" PRId64 " left  %s",
             (double)progress->batch / progress->step_seconds, left / 60, left % 60, figures);
    if (progress->terminal) {
        draw_bar(progress, step, head, tail);
    } else {
        printf("%s  %s\n", head, tail);
        output_flush();
    }
}

void progress_clear(const progress_bar *progress)
{
    if (progress->terminal && !progress->quiet && progress->last_shown > 0) {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
