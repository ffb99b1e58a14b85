/* SPDX-License-Identifier: MIT */
/* examples/common/interrupt.c - Ctrl-C and SIGTERM as a request to stop at the next good moment. */
#include "common/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static volatile sig_atomic_t received;

static void note(int number)
{
    if (received != 0)
        _exit(128 + number);
    received = number;
}

void interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

gn_status interrupt_check(gn_context *context)
{
    return received == 0 ? GN_OK : gn_context_fail(context, GN_ERROR_STATE, "interrupted");
}

int interrupt_exit_code(void)
{
    return received == 0 ? 0 : 128 + received;
}
