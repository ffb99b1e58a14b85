/* SPDX-License-Identifier: MIT */
/* tests/bench/bench_worker.c - one training in a process of its own, for bench_start, bench_memory and compare.py to
 * drive.
 *
 * usage: bench_worker WORK BATCH THREADS [EXPORT]
 * After the first step it writes "ready", the losses of D and G (or of the classifier, and 0) and the number of
 * parameters. With EXPORT, weights and batch are written to that file before, and nothing drops out. Then it answers
 * the lines that it reads:
 *     step N    the mean time of a step over N rounds, in seconds
 *     infer N   the mean time of an inference over N
 *     memory    the most bytes that were resident in this process, and the most that the library had asked for */
#include "common/measure.h"
#include "common/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Linux counts the peak of the program before exec to getrusage's. */
static double peak_resident(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmHWM: %lf", &kilobytes) == 1)
            break;
    if (status != NULL)
        fclose(status);
    struct rusage usage;
    if (kilobytes == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        kilobytes = (double)usage.ru_maxrss;
    return 1024 * kilobytes;
}

static double mean_inference(work *w, int times)
{
    double seconds = 0;
    for (int i = 0; i < times; i++) {
        const double one = work_infer(w);
        if (one < 0)
            return -1;
        seconds += one / times;
    }
    return seconds;
}

static bool answer(const gn_context *context, work *w, const char *line)
{
    const char *space = strchr(line, ' ');
    const int number = space != NULL ? atoi(space) : 0;
    double seconds = -1;
    if (strncmp(line, "memory", 6) == 0)
        return printf("%.0f %zu\n", peak_resident(), gn_context_memory(context).peak_bytes) > 0;
    if (strncmp(line, "step ", 5) == 0 && number > 0)
        seconds = work_rounds(w, number);
    else if (strncmp(line, "infer ", 6) == 0 && number > 0)
        seconds = mean_inference(w, number);
    return seconds >= 0 && printf("%.9f\n", seconds) > 0;
}

static bool serve(const gn_context *context, work *w)
{
    double losses[2];
    if (work_step(w) < 0)
        return false;
    work_losses(w, losses);
    printf("ready %.9g %.9g %lld\n", losses[0], losses[1], (long long)work_parameters(w));
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (!answer(context, w, line))
            return false;
        fflush(stdout);
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 5 || atoi(argv[2]) < 1 || atoi(argv[3]) < 1) {
        fprintf(stderr, "usage: bench_worker WORK BATCH THREADS [EXPORT]\n");
        return 2;
    }
    const char *export = argc > 4 ? argv[4] : NULL;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = atoi(argv[3])});
    work *w = context != NULL ? work_new(context, argv[1], atoi(argv[2]), export == NULL) : NULL;
    const bool done = w != NULL && (export == NULL || work_export(w, export) == GN_OK) && serve(context, w);
    if (!done)
        fprintf(stderr, "bench_worker: %s\n", gn_context_message(context));
    work_free(w);
    gn_context_free(context);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
