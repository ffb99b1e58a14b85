/* SPDX-License-Identifier: MIT */
/* examples/common/play.c - the loop of a game that Ctrl-C may end. */
#include "common/play.h"

#include "common/interrupt.h"

gn_status play_until(gn_context *context, gn_gan *gan, gn_batches *batches, int64_t steps, gn_gan_report *report)
{
    gn_status status = GN_OK;
    while (status == GN_OK && gn_gan_steps(gan) < steps) {
        status = gn_gan_step(gan, gn_batches_next(batches), report);
        if (status == GN_OK)
            status = interrupt_check(context);
    }
    return status;
}
