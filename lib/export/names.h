/* SPDX-License-Identifier: MIT */
/* lib/export/names.h - what the inputs and the output of an exported network are called. */
#ifndef GN_EXPORT_NAMES_H
#define GN_EXPORT_NAMES_H

typedef struct gn__names {
    const char *const *inputs;
    const char *output;
} gn__names;

/* "input0", "input1" and so on, at most GN__MAX_TRACED, where there is no list; "output" where there is no name. */
gn__names gn__names_of(const char *const *inputs, const char *output);

#endif
