/* SPDX-License-Identifier: MIT */
/* lib/nn/init.h - the start that a layer has of its own. */
#ifndef GN_NN_INIT_H
#define GN_NN_INIT_H

#include <gannet/init.h>

/* What was given, or preset when nothing was. A scale without a kind counts as given, for gn_init_fill to refuse. */
gn_init gn__init_or(gn_init given, gn_init preset);

/* Refuses the start of a bias that a layer of this kind goes without. */
gn_status gn__init_check_bias(gn_context *context, const char *kind, bool no_bias, gn_init bias_init);

#endif
