/* SPDX-License-Identifier: MIT */
/* tests/test.h - what every test includes. */
#ifndef GN_TESTS_TEST_H
#define GN_TESTS_TEST_H

#include <gannet/context.h>

/* cmocka.h needs the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

static inline void failure_or_fail(const gn_context *context, gn_status status, const char *text, int fits,
                                   const char *file, int line)
{
    if (gn_context_status(context) == status && fits)
        return;
    print_error("%s \"%s\", expected %s \"%s\"\n", gn_status_name(gn_context_status(context)),
                gn_context_message(context), gn_status_name(status), text);
    _fail(file, line);
}

/* For tests whose state is a context. It has two threads, so that loops are shared on any machine. */
static inline int open_context(void **state)
{
    *state = gn_context_new(&(gn_context_options){.threads = 2});
    return *state == NULL;
}

static inline int close_context(void **state)
{
    gn_context_free(*state);
    return 0;
}

/* The last failure under a context has this status and this message, or one that contains this text. */
#define assert_message(context, status, text)                                                                          \
    failure_or_fail(context, status, text, strcmp(gn_context_message(context), text) == 0, __FILE__, __LINE__)
#define assert_message_has(context, status, text)                                                                      \
    failure_or_fail(context, status, text, strstr(gn_context_message(context), text) != NULL, __FILE__, __LINE__)

#endif
