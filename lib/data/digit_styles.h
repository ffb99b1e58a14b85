/* SPDX-License-Identifier: MIT */
/* lib/data/digit_styles.h - how people write the ten digits: pen strokes as control points. */
#ifndef GN_DATA_DIGIT_STYLES_H
#define GN_DATA_DIGIT_STYLES_H

enum { GN__DIGIT_STROKES = 3, GN__STROKE_POINTS = 13, GN__DIGIT_STYLES = 4 };

/* One movement of the pen: a smooth curve through its points, in a box of 1 x 1 with y downwards. A corner is where one
 * stroke ends and the next begins. */
typedef struct gn__stroke {
    int count; /* 0: no stroke */
    float point[GN__STROKE_POINTS][2];
} gn__stroke;

typedef struct gn__digit_style {
    float width; /* usual width for a height of 1 */
    gn__stroke stroke[GN__DIGIT_STROKES];
} gn__digit_style;

/* The styles of each digit, the usual ones first; a width of 0 ends a list. */
extern const gn__digit_style gn__digit_styles[10][GN__DIGIT_STYLES];

#endif
