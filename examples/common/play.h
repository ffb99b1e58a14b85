/* SPDX-License-Identifier: MIT */
/* examples/common/play.h - the loop of a game that Ctrl-C may end. */
#ifndef EXAMPLES_PLAY_H
#define EXAMPLES_PLAY_H

#include <gannet/data.h>
#include <gannet/gan.h>

/* Steps of the game until it has made `steps` in all, or until an error or an interruption, which leaves GN_ERROR_STATE
 * with a message in `context`. `report` may be NULL; else it is that of the latest step. */
gn_status play_until(gn_context *context, gn_gan *gan, gn_batches *batches, int64_t steps, gn_gan_report *report);

#endif
