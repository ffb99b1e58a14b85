/* SPDX-License-Identifier: MIT */
/* examples/common/scene_batch.h - scenes by the batch: pictures, captions as words, and what is to be seen. */
#ifndef EXAMPLES_SCENE_BATCH_H
#define EXAMPLES_SCENE_BATCH_H

#include "common/text_network.h"

enum { SCENE_HEADS = 4 }; /* digit, colour, size, slant */

typedef struct scene_batch {
    gn_tensor *pictures;            /* [N,32,32,3] */
    gn_tensor *words;               /* [N,CAPTION_WORDS] */
    gn_tensor *labels[SCENE_HEADS]; /* [N] each, of the first figure */
} scene_batch;

/* What all scenes of a batch have in common. */
enum { SCENE_ALIKE_COLOUR = 1, SCENE_ALIKE_SIZE = 2, SCENE_ALIKE_SLANT = 4, SCENE_ALIKE_PAPER = 8 };

/* Which scenes: a stream of their own for each purpose and number. */
typedef struct scene_choice {
    uint64_t seed, number;
    bool held_out, complete; /* captions tell everything */
    int pairs_in;            /* one in so many has two figures; 0: none */
    unsigned alike;          /* SCENE_ALIKE_*, added */
} scene_choice;

gn_status scene_batch_open(scene_batch *batch, gn_context *context, int64_t size);
void scene_batch_close(scene_batch *batch);

/* Fills it with other scenes. captions (may be NULL): [size] texts. */
gn_status scene_batch_fill(scene_batch *batch, const scene_maker *maker, const scene_choice *choice,
                           char (*captions)[CAPTION_TEXT]);

/* Head i of the judge's logits: where it begins and how many there are. */
int scene_head_begin(int head);
int scene_head_size(int head);
const char *scene_head_name(int head);

#endif
