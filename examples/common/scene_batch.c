/* SPDX-License-Identifier: MIT */
/* examples/common/scene_batch.c - scenes by the batch. */
#include "common/scene_batch.h"

static const int head_sizes[SCENE_HEADS] = {SCENE_DIGITS, SCENE_COLOURS, SCENE_SIZES, SCENE_SLANTS};

int scene_head_size(int head)
{
    return head_sizes[head];
}

int scene_head_begin(int head)
{
    int begin = 0;
    for (int i = 0; i < head; i++)
        begin += head_sizes[i];
    return begin;
}

const char *scene_head_name(int head)
{
    static const char *const names[SCENE_HEADS] = {"digit", "colour", "size", "slant"};
    return names[head];
}

gn_status scene_batch_open(scene_batch *batch, gn_context *context, int64_t size)
{
    *batch = (scene_batch){gn_tensor_new(context, GN_SHAPE(size, SCENE_SIDE, SCENE_SIDE, SCENE_CHANNELS)),
                           gn_tensor_new(context, GN_SHAPE(size, CAPTION_WORDS)),
                           {NULL}};
    bool complete = batch->pictures != NULL && batch->words != NULL;
    for (int i = 0; i < SCENE_HEADS; i++) {
        batch->labels[i] = gn_tensor_new(context, GN_SHAPE(size));
        complete = complete && batch->labels[i] != NULL;
    }
    return complete ? GN_OK : gn_context_status(context);
}

void scene_batch_close(scene_batch *batch)
{
    for (int i = 0; i < SCENE_HEADS; i++)
        gn_tensor_free(batch->labels[i]);
    gn_tensor_free(batch->words);
    gn_tensor_free(batch->pictures);
    *batch = (scene_batch){0};
}

static scene made_alike(scene s, const scene *model, unsigned alike)
{
    for (int i = 0; i < s.count; i++) {
        if ((alike & SCENE_ALIKE_COLOUR) != 0)
            s.figures[i].colour = model->figures[0].colour;
        if ((alike & SCENE_ALIKE_SIZE) != 0)
            s.figures[i].size = model->figures[0].size;
        if ((alike & SCENE_ALIKE_SLANT) != 0)
            s.figures[i].slant = model->figures[0].slant;
    }
    if ((alike & SCENE_ALIKE_PAPER) != 0)
        s.light = model->light;
    return s;
}

static bool has_held_out(const scene *s)
{
    bool any = false;
    for (int i = 0; i < s->count; i++)
        any = any || scene_held_out(s->figures[i].digit, s->figures[i].colour);
    return any;
}

/* The model's colour must not bring a held-out pair into training, nor another one into their test. */
static scene next_scene(const scene_choice *choice, gn_random *random, const scene *model)
{
    scene s;
    do
        s = made_alike(scene_random(random, choice->held_out, choice->pairs_in), model, choice->alike);
    while (has_held_out(&s) != choice->held_out);
    return s;
}

gn_status scene_batch_fill(scene_batch *batch, const scene_maker *maker, const scene_choice *choice,
                           char (*captions)[CAPTION_TEXT])
{
    const int64_t size = gn_tensor_shape(batch->pictures).size[0];
    gn_random random = {.seed = choice->seed, .stream = choice->number};
    const scene model = scene_random(&random, choice->held_out, 0);
    gn_status status = GN_OK;
    for (int64_t i = 0; i < size && status == GN_OK; i++) {
        char caption[CAPTION_TEXT];
        const scene s = next_scene(choice, &random, &model);
        const int labels[SCENE_HEADS] = {s.figures[0].digit, s.figures[0].colour, s.figures[0].size,
                                         s.figures[0].slant};
        scene_draw(maker, &s, &random, gn_tensor_data(batch->pictures) + i * SCENE_PIXELS);
        scene_caption(&s, &random, choice->complete, captions == NULL ? caption : captions[i]);
        for (int head = 0; head < SCENE_HEADS; head++)
            gn_tensor_data(batch->labels[head])[i] = (gn_real)labels[head];
        status = caption_words(gn_tensor_context(batch->words), captions == NULL ? caption : captions[i],
                               gn_tensor_data(batch->words) + i * CAPTION_WORDS);
    }
    return status;
}
