/* SPDX-License-Identifier: MIT */
/* lib/nn/schedule.c - how a rate rises and falls with the number of the step. */
#include "nn/schedule.h"

double gn__power(double base, int64_t exponent)
{
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1)
            result *= base;
        base *= base;
    }
    return result;
}

/* (1 + cos(pi x)) / 2 = 1 - sin(pi x / 2)^2 for 0 <= x <= 1; the Taylor series is exact to 1e-15 there, and the same
 * bits everywhere. */
static double half_cosine(double x)
{
    const double y = 1.57079632679489661923 * x;
    double term = y, sine = y;
    for (int k = 2; k < 22; k += 2) {
        term *= -y * y / (k * (k + 1));
        sine += term;
    }
    return 1 - sine * sine;
}

/* From 1 at progress 0 to last at progress 1. */
static double between(double last, double progress)
{
    return last + (1 - last) * (1 - progress);
}

static double warmed_up(int64_t warmup, int64_t now)
{
    return now >= warmup ? 1 : (double)(now + 1) / (double)warmup;
}

float gn_schedule_factor(const gn_schedule *schedule, int64_t t)
{
    if (schedule == NULL)
        return 1;
    const int64_t steps = schedule->steps < 1 ? 1 : schedule->steps;
    const double decay = (double)schedule->decay, last = (double)schedule->last;
    const int64_t now = t < 0 ? 0 : t;
    const double progress = now >= steps ? 1 : (double)now / (double)steps;
    double factor = 1;
    switch (schedule->kind) {
    case GN_SCHEDULE_CONSTANT:
        break;
    case GN_SCHEDULE_LINEAR:
        factor = between(last, progress);
        break;
    case GN_SCHEDULE_EXPONENTIAL:
        factor = gn__power(decay, now);
        factor = factor < last ? last : factor;
        break;
    case GN_SCHEDULE_STEP:
        factor = gn__power(decay, now / steps);
        break;
    case GN_SCHEDULE_COSINE:
        factor = between(last, progress < 1 ? 1 - half_cosine(progress) : 1);
        break;
    }
    return (float)(factor * warmed_up(schedule->warmup, now));
}

gn_status gn__schedule_check(gn_context *context, const gn_schedule *schedule)
{
    const gn_schedule_kind kind = schedule->kind;
    if (kind < GN_SCHEDULE_CONSTANT || kind > GN_SCHEDULE_COSINE)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "schedule: kind is %d, expected one of gn_schedule_kind",
                               (int)kind);
    const bool has_steps = kind == GN_SCHEDULE_LINEAR || kind == GN_SCHEDULE_STEP || kind == GN_SCHEDULE_COSINE;
    const bool has_decay = kind == GN_SCHEDULE_EXPONENTIAL || kind == GN_SCHEDULE_STEP;
    const bool has_last = kind != GN_SCHEDULE_CONSTANT && kind != GN_SCHEDULE_STEP;
    if (has_steps ? schedule->steps < 1 : schedule->steps != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "schedule: steps is %lld, expected %s",
                               (long long)schedule->steps, has_steps ? "at least 1" : "0, since this kind has none");
    if (has_decay ? !(schedule->decay > 0 && schedule->decay <= 1) : schedule->decay != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "schedule: decay is %g, expected %s",
                               (double)schedule->decay, has_decay ? "0 < decay <= 1" : "0, since this kind has none");
    if (has_last ? !(schedule->last >= 0 && schedule->last <= 1) : schedule->last != 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "schedule: last is %g, expected %s", (double)schedule->last,
                               has_last ? "0 <= last <= 1" : "0, since this kind has none");
    if (schedule->warmup < 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "schedule: warmup is %lld, expected at least 0 steps",
                               (long long)schedule->warmup);
    return GN_OK;
}
