/* SPDX-License-Identifier: MIT */
/* gannet/status.h - what a call can answer. The words that go with a failure are in gn_context_message(). */
#ifndef GANNET_STATUS_H
#define GANNET_STATUS_H

#include <gannet/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The statuses and what they mean: X(OK, "success") is GN_OK, and so on. */
#define GN_STATUS_MAP(X)                                                                                               \
    X(OK, "success")                                                                                                   \
    X(ERROR_MEMORY, "out of memory")                                                                                   \
    X(ERROR_ARGUMENT, "an argument is out of its range")                                                               \
    X(ERROR_SHAPE, "shapes do not fit each other")                                                                     \
    X(ERROR_STATE, "the call does not fit the state of the object")                                                    \
    X(ERROR_UNSUPPORTED, "this build or this operation cannot do that")                                                \
    X(ERROR_IO, "the operating system refused to read or write")                                                       \
    X(ERROR_FORMAT, "a file does not have the format it should have")                                                  \
    X(ERROR_NUMBER, "a number is not finite")

/* What a call answers, made from GN_STATUS_MAP: GN_OK is 0. */
#define GN_STATUS_ENUM(name, text) GN_##name,
typedef enum gn_status { GN_STATUS_MAP(GN_STATUS_ENUM) GN_STATUS_COUNT } gn_status;
#undef GN_STATUS_ENUM

/* The name of a status, such as "GN_ERROR_SHAPE". Static storage; "GN_UNKNOWN" for any other number. */
GN_API const char *gn_status_name(gn_status status);

/* What a status means, in a few words. Static storage. */
GN_API const char *gn_status_text(gn_status status);

#ifdef __cplusplus
}
#endif
#endif
