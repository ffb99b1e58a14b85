/* SPDX-License-Identifier: MIT */
/* gannet/export.h - what is visible outside the shared library. */
#ifndef GANNET_EXPORT_H
#define GANNET_EXPORT_H

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

#if defined(__GNUC__)
#define GN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define GN_PRINTF(text, first)
#endif

#endif
