/* SPDX-License-Identifier: MIT */
/* examples/common/terminal.c - what stderr is connected to. */
#include "common/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A control character, the last kind being U+0080 to U+009F. */
static bool commands(const char *at)
{
    const unsigned char byte = (unsigned char)at[0], next = (unsigned char)at[1];
    return byte < ' ' || byte == 0x7F || (byte == 0xC2 && next >= 0x80 && next < 0xA0);
}

bool terminal_is_harmless(const char *text)
{
    while (*text != '\0' && !commands(text))
        text++;
    return *text == '\0';
}

char *terminal_make_harmless(char *text)
{
    for (char *at = text; *at != '\0'; at++)
        if (commands(at))
            *at = '?';
    return text;
}

bool terminal_moves(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDERR_FILENO) != 0 && kind != NULL && strcmp(kind, "dumb") != 0;
}

bool terminal_colours(void)
{
    const char *plain = getenv("NO_COLOR");
    setlocale(LC_CTYPE, ""); /* numbers are still written as in C */
    return terminal_moves() && (plain == NULL || plain[0] == '\0') && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

int terminal_width(void)
{
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0)
        return window.ws_col;
    return 80;
}
