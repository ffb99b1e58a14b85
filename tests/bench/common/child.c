/* SPDX-License-Identifier: MIT */
/* tests/bench/common/child.c - a bench_worker as a child process. */
#include "common/child.h"

#include <stdio.h>
#include <string.h>

static FILE *start(const bench *b, const char *work, int64_t batch, const char *request)
{
    char command[1024];
    const char *slash = strrchr(b->program, '/');
    const int folder = slash != NULL ? (int)(slash - b->program) : 1;
    snprintf(command, sizeof command, "echo %s | '%.*s/bench_worker' %s %d %d", request, folder,
             slash != NULL ? b->program : ".", work, (int)batch, gn_context_threads(b->context));
    return popen(command, "r");
}

bool child_run(const bench *b, const char *work, int64_t batch, const char *request, child *c)
{
    const double begin = bench_now();
    FILE *pipe = start(b, work, batch, request);
    bool answered = pipe != NULL && fscanf(pipe, "ready %*f %*f %lf", &c->parameters) == 1;
    c->start = bench_now() - begin;
    answered = answered && fscanf(pipe, "%lf%*[ ]%lf", &c->answer[0], &c->answer[1]) >= 1;
    if (pipe != NULL && pclose(pipe) != 0)
        answered = false;
    if (!answered)
        gn_context_fail(b->context, GN_ERROR_STATE, "bench_worker %s does not answer", work);
    return answered;
}
