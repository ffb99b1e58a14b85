/* SPDX-License-Identifier: MIT */
/* lib/export/emit_names.h - what an emitted file calls itself, its function and the arguments. */
#ifndef GN_EXPORT_EMIT_NAMES_H
#define GN_EXPORT_EMIT_NAMES_H

#include <gannet/emit_c.h>

/* Puts the defaults where no name was given, and refuses what C, the file itself or another argument has taken. There
 * are `count` inputs, at most GN__MAX_TRACED. */
gn_status gn__emit_names_complete(gn_context *context, gn_emit_c_options *names, int count);

#endif
