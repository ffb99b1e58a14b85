/* SPDX-License-Identifier: MIT */
/* examples/common/output.c - the standard output, and what became of what was printed. */
#include "common/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name_of_program;
static bool failed, told;
static int first_cause;

void output_flush(void)
{
    const bool now = fflush(stdout) != 0;
    if (now && first_cause == 0)
        first_cause = errno;
    failed = failed || now || ferror(stdout) != 0;
}

const char *output_problem(void)
{
    if (!failed)
        return NULL;
    return first_cause == 0 ? "" : strerror(first_cause);
}

void output_failure_told(void)
{
    told = true;
}

static void check_output(void)
{
    output_flush();
    const char *problem = output_problem();
    if (problem == NULL || told)
        return;
    fprintf(stderr, "%s: the standard output cannot be written%s%s\n", name_of_program, *problem == '\0' ? "" : ": ",
            problem);
    _exit(EXIT_FAILURE);
}

void output_begin(const char *program)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) == -1 && open("/dev/null", O_RDWR) != stream) /* the lowest number that is free */
            break;
    if (name_of_program == NULL)
        atexit(check_output);
    name_of_program = program;
}
