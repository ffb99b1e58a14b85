/* SPDX-License-Identifier: MIT */
/* examples/common/terminal.h - what stderr is connected to. */
#ifndef EXAMPLES_TERMINAL_H
#define EXAMPLES_TERMINAL_H

#include <stdbool.h>

/* Would a text command the terminal that shows it? Names come from files, too. */
bool terminal_is_harmless(const char *text);

/* Puts '?' where it would. Returns text. */
char *terminal_make_harmless(char *text);

/* A terminal in which lines can be written over? */
bool terminal_moves(void);

/* Such a terminal that also shows UTF-8 and colours, and nobody asked for none: no-color.org. */
bool terminal_colours(void);

/* Columns, as they are now; 80 when nobody knows. */
int terminal_width(void);

#endif
