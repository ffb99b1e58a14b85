/* SPDX-License-Identifier: MIT */
/* lib/nn/schedule.h - how a rate falls, for the optimizers. */
#ifndef GN_NN_SCHEDULE_H
#define GN_NN_SCHEDULE_H

#include <gannet/optimizer.h>

/* base^exponent for exponent >= 0, by multiplications alone: pow() differs between math libraries. */
double gn__power(double base, int64_t exponent);

/* Checks that what a kind of schedule needs is there and what it does not know is zero. */
gn_status gn__schedule_check(gn_context *context, const gn_schedule *schedule);

#endif
