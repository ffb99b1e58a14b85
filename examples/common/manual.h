/* SPDX-License-Identifier: MIT */
/* examples/common/manual.h - a program's manual page, made from its table of options. */
#ifndef EXAMPLES_MANUAL_H
#define EXAMPLES_MANUAL_H

#include "common/options.h"

/* Prints the page for section 1 in the man macros (man 7 man-pages). Returns the code to exit with. */
int manual_print(const command_line *program);

#endif
