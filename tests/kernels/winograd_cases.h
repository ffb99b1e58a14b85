/* SPDX-License-Identifier: MIT */
/* tests/kernels/winograd_cases.h - geometries that are computed by Winograd's minimal filtering. */
#ifndef TESTS_KERNELS_WINOGRAD_CASES_H
#define TESTS_KERNELS_WINOGRAD_CASES_H

#include "kernels/conv_cases.h"

/* n, h, w, c, oh, ow, k, kh, kw, stride_h, stride_w, dilation_h, dilation_w, top, left */
static const gn__conv_shape suited[] = {
    {9, 28, 28, 16, 14, 14, 40, 4, 4, 2, 2, 1, 1, 1, 1},  /* dcgan's, with an odd number of pictures */
    {64, 5, 5, 24, 4, 4, 16, 2, 2, 1, 1, 1, 1, 0, 0},     /* few tiles in an image, many images for a worker */
    {9, 14, 14, 32, 7, 7, 40, 4, 4, 2, 2, 1, 1, 1, 1},    /* dcgan's with odd sides: tiles that do not need all */
    {9, 13, 14, 32, 6, 7, 304, 4, 4, 2, 2, 1, 1, 1, 1},   /* an end that is cut, more channels than a block */
    {17, 10, 9, 160, 5, 5, 16, 4, 4, 2, 2, 1, 1, 1, 1},   /* several groups of channels in each phase */
    {8, 30, 30, 32, 15, 15, 264, 4, 4, 2, 2, 1, 1, 1, 1}, /* blocks that end within an image, odd sides, both depths */
    {8, 30, 30, 32, 30, 30, 32, 3, 3, 1, 1, 1, 1, 1, 1},  /* the same for three taps */
    {16, 8, 8, 96, 4, 4, 200, 4, 4, 2, 2, 1, 1, 1, 1},    /* the kernel's points in two passes over the images */
    {16, 8, 8, 96, 4, 4, 400, 4, 4, 2, 2, 1, 1, 0, 1},    /* in three, that begin within a phase */
    {8, 14, 14, 32, 7, 7, 32, 4, 4, 2, 2, 1, 1, 0, 2},    /* borders that differ */
    {9, 7, 7, 32, 7, 7, 16, 3, 3, 1, 1, 1, 1, 1, 1},      /* three taps, tiles that do not need all */
    {8, 7, 7, 32, 6, 6, 16, 2, 2, 1, 1, 1, 1, 0, 0},      /* no end at all */
    {8, 31, 22, 16, 29, 20, 32, 3, 3, 1, 1, 1, 1, 0, 0},  /* an image in several blocks, no border */
    {8, 13, 12, 32, 13, 12, 24, 3, 3, 1, 1, 1, 1, 1, 1},  /* odd sides with a border */
    {8, 18, 17, 72, 17, 16, 136, 2, 2, 1, 1, 1, 1, 0, 0}, /* several groups of channels, unfilled panels */
    {8, 28, 28, 16, 13, 13, 16, 6, 6, 2, 2, 1, 1, 1, 1},  /* three taps in each of four phases */
    {8, 16, 16, 16, 16, 16, 16, 3, 3, 1, 1, 1, 1, 2, 0},  /* uneven borders */
    {8, 10, 10, 304, 8, 8, 16, 3, 3, 1, 1, 1, 1, 0, 0},   /* more channels than a block of the product */
    {8, 10, 10, 16, 8, 8, 304, 3, 3, 1, 1, 1, 1, 0, 0},
};

/* With three taps points are multiplied by 5/8, 3/2 and their powers. */
static inline void check_winograd(const contexts *all, int direction, const gn__conv_shape *s, uint64_t *random)
{
    const bool two_taps = s->kh / s->stride_h == 2;
    if (two_taps)
        check_direction(all, direction, s, INTEGERS, 0, random);
    check_direction(all, direction, s, REALS, two_taps ? 1 : 4, random);
}

#endif
