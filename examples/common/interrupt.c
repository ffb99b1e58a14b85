/* SPDX-License-Identifier: MIT */
/* examples/common/interrupt.c - what asks a program to stop at the next good moment. */
#include "common/interrupt.h"

#include "common/output.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t received;

static void note(int number)
{
    if (received != 0)
        _exit(128 + number);
    received = number;
}

/* Whoever starts the program with a signal ignored (nohup, a shell's &) wants it to stay ignored. */
static void watch(int number, const struct sigaction *action)
{
    struct sigaction before;
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, action, NULL);
}

void interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    watch(SIGINT, &action);
    watch(SIGTERM, &action);
    watch(SIGHUP, &action);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

int interrupt_exit_code(void)
{
    if (received != 0)
        return 128 + received;
    return output_problem() == NULL ? 0 : EXIT_FAILURE;
}

const char *interrupt_cause(void)
{
    static char text[256];
    const char *problem = output_problem();
    if (received != 0 || problem == NULL)
        return "interrupted";
    snprintf(text, sizeof text, "the standard output cannot be written%s%s: stopped", *problem == '\0' ? "" : ": ",
             problem);
    return text;
}

gn_status interrupt_check(gn_context *context)
{
    return interrupt_exit_code() == 0 ? GN_OK : gn_context_fail(context, GN_ERROR_STATE, "%s", interrupt_cause());
}
