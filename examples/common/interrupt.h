/* SPDX-License-Identifier: MIT */
/* examples/common/interrupt.h - Ctrl-C and SIGTERM as a request to stop at the next good moment. */
#ifndef EXAMPLES_INTERRUPT_H
#define EXAMPLES_INTERRUPT_H

#include <gannet/context.h>

/* From now on the first SIGINT or SIGTERM is only noted; a second one ends the program at once. A pipe that nobody reads
 * any more costs what would be printed, not what was learned. */
void interrupt_watch(void);

/* What to exit with after an interruption: 130 for SIGINT, 143 for SIGTERM; 0 while there was none. */
int interrupt_exit_code(void);

/* For loops that take long: GN_ERROR_STATE with a message after an interruption. */
gn_status interrupt_check(gn_context *context);

#endif
