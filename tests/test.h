/* SPDX-License-Identifier: MIT */
/* tests/test.h - what every test includes. */
#ifndef GN_TESTS_TEST_H
#define GN_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
