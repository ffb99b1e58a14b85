/* SPDX-License-Identifier: MIT */
/* gannet/api.h - what is visible outside the shared library. */
#ifndef GANNET_API_H
#define GANNET_API_H

/* Stands before every public function: visible outside the library. GN_STATIC says to Windows that the library is
 * linked in. */
#if defined(_WIN32) && !defined(GN_STATIC)
#ifdef GN_BUILDING
#define GN_API __declspec(dllexport)
#else
#define GN_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define GN_API __attribute__((visibility("default")))
#else
#define GN_API
#endif

/* Lets gcc and clang check what printf formats take; the numbers of the format and of the first argument behind it,
 * from 1. */
#if defined(__GNUC__)
#define GN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GN_PRINTF(text, first)
#endif

#endif
