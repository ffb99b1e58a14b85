/* SPDX-License-Identifier: MIT */
/* examples/common/scene.h - small coloured scenes of one or two digits, and captions that describe them. */
#ifndef EXAMPLES_SCENE_H
#define EXAMPLES_SCENE_H

#include <gannet/gannet.h>

enum {
    SCENE_SIDE = 32,
    SCENE_CHANNELS = 3,
    SCENE_PIXELS = SCENE_SIDE * SCENE_SIDE * SCENE_CHANNELS,
    SCENE_DIGITS = 10,
    SCENE_COLOURS = 8,
    SCENE_SIZES = 2,    /* small, big */
    SCENE_SLANTS = 3,   /* left, upright, right */
    CAPTION_WORDS = 22, /* the most that a caption has */
    CAPTION_TEXT = 256
};

typedef struct figure {
    int digit, colour, size, slant;
    bool bold;
} figure;

/* Where the first figure is, seen from the second. */
typedef enum place { PLACE_ABOVE, PLACE_BELOW, PLACE_LEFT, PLACE_RIGHT, PLACES } place;

typedef struct scene {
    figure figures[2];
    int count;
    place where; /* of the first, when there are two */
    bool light;  /* the background */
} scene;

/* Digits to draw scenes with: the library's built-in ones, of each class as many. */
typedef struct scene_maker scene_maker;
scene_maker *scene_maker_new(gn_context *context, uint64_t seed);
void scene_maker_free(scene_maker *maker); /* NULL is fine */

/* Is this digit in this colour kept from training? One pair in seven. */
bool scene_held_out(int digit, int colour);

/* Draws what a scene is to show: held-out pairs only, or none of them. One scene in `pairs_in` has two figures; 0:
 * none. */
scene scene_random(gn_random *random, bool held_out, int pairs_in);

/* Its picture [32,32,3] in [-1,1]; random chooses which handwriting and where exactly. */
void scene_draw(const scene_maker *maker, const scene *s, gn_random *random, gn_real *picture);

/* A caption in one of several phrasings. With complete it tells digit, colour, size and slant; else it may leave out
 * all but the first two. */
void scene_caption(const scene *s, gn_random *random, bool complete, char caption[CAPTION_TEXT]);

/* Numbers of the words of a caption, from 1; in front of a shorter one stand zeros. An unknown word is
 * GN_ERROR_ARGUMENT, and the message has the one that is spelt most like it. */
gn_status caption_words(gn_context *context, const char *caption, gn_real words[CAPTION_WORDS]);

int caption_vocabulary(void); /* how many words there are */
const char *caption_word(int number);

const char *scene_colour_name(int colour);

#endif
