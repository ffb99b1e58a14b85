/* SPDX-License-Identifier: MIT */
/* examples/common/output.h - the standard output, and what became of what was printed. */
#ifndef EXAMPLES_OUTPUT_H
#define EXAMPLES_OUTPUT_H

/* Before a program opens anything: a standard stream that is closed leads nowhere from now on, lest a file take its
 * number and get what is printed. At the program's end a failure to print (a full disk, a pipe that nobody reads any
 * more) is reported and decides the exit code, unless the program has already reported a failure of its own. */
void output_begin(const char *program);

/* The program fails, and has said why. */
void output_failure_told(void);

/* Sends on what was printed. */
void output_flush(void);

/* Why something that was printed could not be written: the first cause, "" if that is not known. NULL: nothing
 * failed. */
const char *output_problem(void);

#endif
