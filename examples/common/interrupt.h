/* SPDX-License-Identifier: MIT */
/* examples/common/interrupt.h - what asks a program to stop at the next good moment: Ctrl-C, SIGTERM, the end of its
 * terminal, and a standard output that nobody reads any more. */
#ifndef EXAMPLES_INTERRUPT_H
#define EXAMPLES_INTERRUPT_H

#include <gannet/context.h>

/* From now on the first SIGINT, SIGTERM or SIGHUP is only noted, and a second one ends the program at once; one that
 * was ignored stays so. A pipe that nobody reads any more no longer ends it: what was learned can be saved. */
void interrupt_watch(void);

/* What to exit with after an interruption: 128 and the signal's number, or 1 if what was printed could not be written;
 * 0 while there was none. */
int interrupt_exit_code(void);

/* How a message about it begins, such as "interrupted". */
const char *interrupt_cause(void);

/* For loops that take long: GN_ERROR_STATE with a message after an interruption. */
gn_status interrupt_check(gn_context *context);

#endif
