/* SPDX-License-Identifier: MIT */
/* lib/data/digit_styles.c - the ten digits as they are written by hand, several styles each. */
#include "data/digit_styles.h"

/* clang-format off */
const gn__digit_style gn__digit_styles[10][GN__DIGIT_STYLES] = {
    {
        /* round, closed, from the top */
        {.width = 0.86f,
         .stroke = {{10, {{.58f, .02f}, {.26f, .1f}, {.06f, .38f}, {.08f, .72f}, {.32f, .97f}, {.66f, .95f},
                         {.92f, .68f}, {.92f, .32f}, {.68f, .06f}, {.42f, .06f}}}}},
        /* narrow, begun at the right, the end inside */
        {.width = 0.66f,
         .stroke = {{10, {{.74f, .1f}, {.44f, .01f}, {.14f, .26f}, {.06f, .66f}, {.3f, .97f}, {.66f, .93f},
                         {.92f, .62f}, {.9f, .28f}, {.66f, .05f}, {.44f, .16f}}}}},
        /* not quite closed */
        {.width = 0.8f,
         .stroke = {{8, {{.46f, .05f}, {.16f, .22f}, {.04f, .58f}, {.24f, .94f}, {.6f, .97f}, {.92f, .68f},
                         {.9f, .3f}, {.64f, .04f}}}}},
    },
    {
        /* a plain stroke */
        {.width = 0.12f, .stroke = {{3, {{.55f, 0}, {.5f, .5f}, {.45f, 1}}}}},
        /* leaning */
        {.width = 0.3f, .stroke = {{4, {{.95f, 0}, {.68f, .32f}, {.36f, .68f}, {.05f, 1}}}}},
        /* with a flag */
        {.width = 0.3f, .stroke = {{3, {{.05f, .24f}, {.4f, .14f}, {.72f, 0}}},
                    {3, {{.72f, 0}, {.7f, .5f}, {.68f, 1}}}}},
        /* with a flag and a foot */
        {.width = 0.44f,
         .stroke = {{3, {{.16f, .22f}, {.4f, .12f}, {.56f, 0}}}, {3, {{.56f, 0}, {.54f, .5f}, {.52f, .98f}}},
                    {3, {{.06f, .99f}, {.5f, .97f}, {.96f, .98f}}}}},
    },
    {
        /* a corner at the foot */
        {.width = 0.86f,
         .stroke = {{8, {{.12f, .26f}, {.26f, .06f}, {.56f, .0f}, {.82f, .14f}, {.8f, .4f}, {.58f, .66f},
                         {.3f, .86f}, {.06f, .98f}}},
                    {3, {{.06f, .98f}, {.5f, .95f}, {.96f, .97f}}}}},
        /* a loop at the foot */
        {.width = 0.88f,
         .stroke = {{12, {{.14f, .22f}, {.34f, .02f}, {.68f, .04f}, {.8f, .28f}, {.64f, .58f}, {.38f, .84f},
                         {.14f, .96f}, {.05f, .86f}, {.2f, .76f}, {.48f, .86f}, {.74f, .98f}, {.98f, .88f}}}}},
        /* wide and flat */
        {.width = 1.0f,
         .stroke = {{6, {{.1f, .16f}, {.44f, 0}, {.76f, .1f}, {.76f, .36f}, {.46f, .68f}, {.04f, .96f}}},
                    {4, {{.04f, .96f}, {.32f, .9f}, {.66f, .98f}, {.98f, .94f}}}}},
    },
    {
        /* two bows that meet in a point */
        {.width = 0.74f,
         .stroke = {{6, {{.12f, .12f}, {.42f, .0f}, {.76f, .08f}, {.84f, .26f}, {.64f, .42f}, {.36f, .47f}}},
                    {6, {{.36f, .47f}, {.74f, .52f}, {.94f, .72f}, {.76f, .94f}, {.4f, 1.0f}, {.05f, .88f}}}}},
        /* a small loop between the bows */
        {.width = 0.7f,
         .stroke = {{11, {{.12f, .16f}, {.4f, 0}, {.76f, .08f}, {.8f, .28f}, {.54f, .44f}, {.36f, .46f},
                         {.56f, .48f}, {.88f, .62f}, {.88f, .86f}, {.54f, 1}, {.08f, .92f}}}}},
        /* a straight top */
        {.width = 0.66f,
         .stroke = {{3, {{.12f, .04f}, {.5f, .02f}, {.88f, .03f}}}, {3, {{.88f, .03f}, {.66f, .22f}, {.42f, .42f}}},
                    {6, {{.42f, .42f}, {.78f, .48f}, {.94f, .7f}, {.74f, .95f}, {.36f, 1}, {.04f, .86f}}}}},
    },
    {
        /* open, with a straight bar */
        {.width = 0.72f,
         .stroke = {{3, {{.2f, .02f}, {.12f, .28f}, {.05f, .54f}}}, {3, {{.05f, .54f}, {.5f, .55f}, {.98f, .5f}}},
                    {3, {{.8f, .0f}, {.74f, .5f}, {.68f, 1}}}}},
        /* closed */
        {.width = 0.7f,
         .stroke = {{3, {{.66f, 0}, {.38f, .3f}, {.04f, .64f}}}, {3, {{.04f, .64f}, {.5f, .65f}, {.98f, .62f}}},
                    {3, {{.66f, 0}, {.65f, .5f}, {.62f, 1}}}}},
        /* open and round, without lifting the bar */
        {.width = 0.7f,
         .stroke = {{6, {{.16f, .02f}, {.06f, .26f}, {.12f, .48f}, {.4f, .54f}, {.7f, .46f}, {.94f, .34f}}},
                    {3, {{.94f, .02f}, {.84f, .5f}, {.74f, 1}}}}},
    },
    {
        /* neck, bow and a bar on top */
        {.width = 0.8f,
         .stroke = {{3, {{.92f, .02f}, {.58f, .04f}, {.26f, .05f}}}, {3, {{.26f, .05f}, {.2f, .24f}, {.16f, .44f}}},
                    {7, {{.16f, .44f}, {.46f, .38f}, {.82f, .5f}, {.9f, .74f}, {.68f, .95f}, {.34f, 1},
                         {.03f, .88f}}}}},
        /* one smooth movement */
        {.width = 0.64f,
         .stroke = {{9, {{.95f, .04f}, {.6f, .02f}, {.3f, .08f}, {.2f, .34f}, {.44f, .42f}, {.78f, .54f},
                         {.82f, .8f}, {.5f, .99f}, {.06f, .95f}}}}},
        /* leaning, with a long bar and a small bow */
        {.width = 1.0f,
         .stroke = {{3, {{.42f, .1f}, {.35f, .26f}, {.28f, .44f}}},
                    {6, {{.28f, .44f}, {.5f, .42f}, {.66f, .58f}, {.58f, .84f}, {.32f, .98f}, {.02f, .94f}}},
                    {3, {{.42f, .1f}, {.7f, .08f}, {1.0f, .0f}}}}},
        /* the bar drawn last */
        {.width = 0.84f,
         .stroke = {{8, {{.26f, .08f}, {.2f, .28f}, {.18f, .43f}, {.48f, .42f}, {.76f, .58f}, {.74f, .86f},
                         {.44f, 1}, {.05f, .92f}}}, {3, {{.26f, .07f}, {.6f, .05f}, {.98f, 0}}}}},
    },
    {
        /* a curved back */
        {.width = 0.58f,
         .stroke = {{10, {{.74f, 0}, {.42f, .16f}, {.14f, .5f}, {.08f, .8f}, {.36f, 1}, {.74f, .93f}, {.9f, .7f},
                         {.68f, .52f}, {.34f, .58f}, {.12f, .78f}}}}},
        /* a straight back and a small bow */
        {.width = 0.5f,
         .stroke = {{9, {{.64f, 0}, {.36f, .3f}, {.1f, .68f}, {.22f, .96f}, {.6f, .99f}, {.9f, .8f}, {.76f, .6f},
                         {.42f, .62f}, {.14f, .8f}}}}},
        /* a hook at the top and a wide bow */
        {.width = 0.66f,
         .stroke = {{10, {{.86f, .08f}, {.54f, .02f}, {.2f, .36f}, {.06f, .72f}, {.28f, .98f}, {.7f, .97f},
                         {.94f, .74f}, {.74f, .5f}, {.36f, .52f}, {.1f, .7f}}}}},
    },
    {
        /* a bar and a leaning leg */
        {.width = 0.66f, .stroke = {{3, {{.04f, .08f}, {.5f, .06f}, {.96f, .04f}}},
                    {4, {{.96f, .04f}, {.74f, .34f}, {.56f, .66f}, {.44f, 1}}}}},
        /* one round movement */
        {.width = 0.6f, .stroke = {{7, {{.05f, .16f}, {.28f, .05f}, {.62f, .07f}, {.9f, .1f}, {.78f, .38f},
                         {.56f, .68f}, {.46f, 1}}}}},
        /* with a serif */
        {.width = 0.66f,
         .stroke = {{3, {{.04f, .24f}, {.07f, .14f}, {.09f, .05f}}}, {3, {{.09f, .05f}, {.5f, .06f}, {.94f, .02f}}},
                    {4, {{.94f, .02f}, {.74f, .32f}, {.58f, .64f}, {.5f, 1}}}}},
        /* crossed */
        {.width = 0.7f,
         .stroke = {{3, {{.04f, .1f}, {.5f, .06f}, {.94f, .06f}}},
                    {4, {{.94f, .06f}, {.7f, .36f}, {.5f, .68f}, {.36f, 1}}},
                    {3, {{.28f, .52f}, {.56f, .5f}, {.9f, .47f}}}}},
    },
    {
        /* one crossing movement, its ends apart */
        {.width = 0.72f,
         .stroke = {{11, {{.84f, .14f}, {.56f, .01f}, {.22f, .1f}, {.26f, .34f}, {.56f, .54f}, {.72f, .78f},
                         {.46f, 1.0f}, {.14f, .9f}, {.24f, .66f}, {.6f, .4f}, {.94f, .1f}}}}},
        /* one crossing movement, closed */
        {.width = 0.66f,
         .stroke = {{12, {{.8f, .16f}, {.52f, .0f}, {.2f, .12f}, {.26f, .36f}, {.62f, .56f}, {.88f, .8f}, {.58f, 1},
                         {.16f, .9f}, {.2f, .64f}, {.56f, .44f}, {.82f, .24f}, {.78f, .08f}}}}},
        /* two rings */
        {.width = 0.56f,
         .stroke = {{8, {{.52f, .46f}, {.24f, .38f}, {.2f, .14f}, {.48f, 0}, {.76f, .1f}, {.8f, .32f}, {.6f, .45f},
                         {.44f, .47f}}},
                    {8, {{.5f, .46f}, {.18f, .58f}, {.08f, .82f}, {.42f, 1}, {.82f, .93f}, {.92f, .68f},
                         {.68f, .5f}, {.44f, .46f}}}}},
        /* narrow, begun in the middle */
        {.width = 0.5f,
         .stroke = {{11, {{.52f, .48f}, {.18f, .3f}, {.3f, .04f}, {.7f, .02f}, {.84f, .24f}, {.52f, .48f},
                         {.16f, .72f}, {.24f, .96f}, {.68f, .99f}, {.86f, .74f}, {.5f, .47f}}}}},
    },
    {
        /* a ring and a straight leg */
        {.width = 0.58f,
         .stroke = {{8, {{.84f, .18f}, {.58f, .01f}, {.22f, .08f}, {.06f, .32f}, {.24f, .52f}, {.56f, .48f},
                         {.78f, .32f}, {.86f, .12f}}}, {3, {{.86f, .12f}, {.84f, .56f}, {.78f, 1}}}}},
        /* a ring and a curved tail */
        {.width = 0.6f,
         .stroke = {{11, {{.82f, .2f}, {.54f, 0}, {.18f, .12f}, {.1f, .38f}, {.4f, .52f}, {.74f, .36f},
                         {.86f, .14f}, {.9f, .5f}, {.78f, .84f}, {.46f, 1}, {.12f, .92f}}}}},
        /* leaning, in one movement */
        {.width = 0.52f,
         .stroke = {{8, {{.92f, .14f}, {.62f, 0}, {.2f, .14f}, {.14f, .38f}, {.46f, .48f}, {.8f, .3f}, {.94f, .06f},
                         {.9f, .14f}}}, {4, {{.93f, .08f}, {.82f, .38f}, {.66f, .7f}, {.56f, 1}}}}},
    },
};
/* clang-format on */
