/* SPDX-License-Identifier: MIT */
/* examples/common/text_training.c - how the networks of text2image learn, and how what they draw is judged. */
#include "common/text_training.h"

#include "common/board.h"
#include "common/event.h"
#include "common/gan_figures.h"
#include "common/interrupt.h"
#include "common/largest.h"

#include <stdio.h>
#include <string.h>

/* Streams of scenes, apart from each other. */
enum { MATCHING = 1, MATCHED, JUDGING, PLAYING, SETTLING, SCORING };
enum { SETTLING_BATCHES = 16 };
enum { PAIRS_IN = 4, STEPS_BETWEEN_SAVES = 1000 };

static scene_choice choice_of(const text_training *t, int purpose, int64_t number)
{
    return (scene_choice){
        .seed = t->seed, .number = ((uint64_t)purpose << 40) + (uint64_t)number, .pairs_in = PAIRS_IN};
}

gn_status text_training_open(text_training *t, gn_context *context, uint64_t seed, float interpolation, bool quiet)
{
    *t = (text_training){.context = context,
                         .maker = scene_maker_new(context, seed),
                         .encoder = text_encoder(context),
                         .pictures = picture_encoder(context),
                         .judge = scene_judge(context),
                         .generator = text_generator(context),
                         .average = text_generator(context),
                         .discriminator = text_discriminator(context),
                         .tape = gn_tape_new(context),
                         .seed = seed,
                         .quiet = quiet,
                         .begin = seconds_now()};
    if (t->maker == NULL || t->encoder == NULL || t->pictures == NULL || t->judge == NULL || t->average == NULL ||
        t->tape == NULL)
        return gn_context_status(context);
    t->gan = gn_gan_new(context, &(gn_gan_options){.generator = t->generator,
                                                   .discriminator = t->discriminator,
                                                   .condition_size = TEXT_SIZE,
                                                   .latent = {.size = TEXT_LATENT},
                                                   .loss = GN_GAN_HINGE,
                                                   .pairs = {1, 0.5f, 0.5f},
                                                   .interpolation = interpolation,
                                                   .generator_optimizer = {.rate = 5e-4f, .beta1 = 0.5f},
                                                   .discriminator_optimizer = {.rate = 1e-3f, .beta1 = 0.5f},
                                                   .average_decay = 0.999f,
                                                   .seed = seed});
    return t->gan == NULL ? gn_context_status(context) : scene_batch_open(&t->batch, context, TEXT_BATCH);
}

void text_training_close(text_training *t)
{
    scene_batch_close(&t->batch);
    gn_gan_free(t->gan);
    gn_tape_free(t->tape);
    gn_module_free(t->discriminator);
    gn_module_free(t->average);
    gn_module_free(t->generator);
    gn_module_free(t->judge);
    gn_module_free(t->pictures);
    gn_module_free(t->encoder);
    scene_maker_free(t->maker);
}

/* What a stage teaches. */
typedef struct lesson {
    gn_module *learners[2];                                       /* the second may be NULL */
    scene_choice (*scenes)(const text_training *t, int64_t step); /* which go into t->batch */
    gn_var *(*loss)(text_training *t);                            /* on t->batch, of values on t->tape */
} lesson;

static gn_status descend(text_training *t, const lesson *l, gn_optimizer *const *optimizers, char *figures, size_t size)
{
    gn_tape_reset(t->tape);
    gn_status status = GN_OK;
    for (int i = 0; i < 2 && l->learners[i] != NULL; i++)
        gn_module_set_training(l->learners[i], true);
    gn_var *paid = l->loss(t);
    for (int i = 0; i < 2 && l->learners[i] != NULL && status == GN_OK; i++)
        status = gn_backward(paid, gn_parameters(l->learners[i]));
    for (int i = 0; i < 2 && l->learners[i] != NULL && status == GN_OK; i++)
        status = gn_optimizer_step(optimizers[i]);
    if (status == GN_OK)
        snprintf(figures, size, "loss %.3f", (double)gn_var_number(paid));
    return status;
}

static gn_status learn_with(text_training *t, const lesson *l, gn_optimizer *const *optimizers, int64_t steps)
{
    progress_bar progress = progress_begin(steps, TEXT_BATCH, t->quiet || t->json);
    char figures[64];
    gn_status status = GN_OK;
    for (int64_t i = 0; i < steps && status == GN_OK && interrupt_exit_code() == 0; i++) {
        const scene_choice choice = l->scenes(t, i);
        status = scene_batch_fill(&t->batch, t->maker, &choice, NULL);
        if (status == GN_OK)
            status = descend(t, l, optimizers, figures, sizeof figures);
        if (status == GN_OK)
            progress_step(&progress, i + 1, figures);
    }
    progress_clear(&progress);
    return status;
}

static gn_status learn(text_training *t, const lesson *l, int64_t steps)
{
    const gn_optimizer_options adam = {.rate = 1e-3f,
                                       .schedule = {.kind = GN_SCHEDULE_LINEAR, .steps = steps, .last = 0.05f}};
    gn_optimizer *optimizers[2] = {NULL, NULL};
    gn_status status = GN_OK;
    for (int i = 0; i < 2 && l->learners[i] != NULL && status == GN_OK; i++) {
        optimizers[i] = gn_optimizer_new(l->learners[i], &adam);
        status = optimizers[i] == NULL ? gn_context_status(t->context) : GN_OK;
    }
    if (status == GN_OK)
        status = learn_with(t, l, optimizers, steps);
    gn_optimizer_free(optimizers[1]);
    gn_optimizer_free(optimizers[0]);
    return status;
}

/* --- captions and pictures that belong together ------------------------------------------------------------------- */

static gn_var *unit_length(gn_var *rows)
{
    gn_var *squares = gn_sum(gn_square(rows), GN_AXIS(1), true);
    return gn_div(rows, gn_sqrt(gn_offset(squares, 1e-8f)));
}

/* [N,N]: how alike caption i and picture j are. */
static gn_var *likeness(text_training *t)
{
    enum { SHARPNESS = 10 };
    gn_var *texts = unit_length(gn_apply(t->encoder, gn_input(t->tape, t->batch.words)));
    gn_var *pictures = unit_length(gn_apply(t->pictures, gn_input(t->tape, t->batch.pictures)));
    return gn_scale(gn_matmul(texts, pictures, false, true), SHARPNESS);
}

static gn_var *matching_loss(text_training *t)
{
    gn_real numbers[TEXT_BATCH];
    for (int i = 0; i < TEXT_BATCH; i++)
        numbers[i] = (gn_real)i;
    gn_var *alike = likeness(t), *own = gn_values(t->tape, GN_SHAPE(TEXT_BATCH), numbers);
    return gn_scale(gn_add(gn_cross_entropy_with_logits(alike, own),
                           gn_cross_entropy_with_logits(gn_transpose(alike, (const int[]){1, 0}), own)),
                    0.5f);
}

static gn_status measure_matching(text_training *t, double *found)
{
    enum { BATCHES = 8 };
    int right = 0;
    gn_module_set_training(t->encoder, false);
    gn_module_set_training(t->pictures, false);
    for (int i = 0; i < BATCHES; i++) {
        const scene_choice choice = choice_of(t, MATCHED, i);
        gn_tape_reset(t->tape);
        gn_status status = scene_batch_fill(&t->batch, t->maker, &choice, NULL);
        const gn_real *alike = status == GN_OK ? gn_var_data(likeness(t)) : NULL;
        if (alike == NULL)
            return status == GN_OK ? gn_tape_status(t->tape) : status;
        for (int j = 0; j < TEXT_BATCH; j++)
            right += index_of_largest(alike + (size_t)j * TEXT_BATCH, TEXT_BATCH) == j;
    }
    *found = (double)right / (BATCHES * TEXT_BATCH);
    return GN_OK;
}

/* Where colour and size differ they alone tell most captions apart, and digits would hardly be learned: so they often
 * do not differ. */
static scene_choice matching_scenes(const text_training *t, int64_t step)
{
    static const unsigned alike[] = {0, SCENE_ALIKE_COLOUR, SCENE_ALIKE_COLOUR + SCENE_ALIKE_SLANT,
                                     SCENE_ALIKE_COLOUR + SCENE_ALIKE_SIZE + SCENE_ALIKE_PAPER};
    scene_choice choice = choice_of(t, MATCHING, step);
    choice.alike = alike[step % (int64_t)(sizeof alike / sizeof *alike)];
    return choice;
}

gn_status text_training_match(text_training *t, int64_t steps, double *found)
{
    const lesson matching = {{t->encoder, t->pictures}, matching_scenes, matching_loss};
    const gn_status status = learn(t, &matching, steps);
    return status == GN_OK ? measure_matching(t, found) : status;
}

/* --- the judge ---------------------------------------------------------------------------------------------------- */

static gn_var *judging_loss(text_training *t)
{
    gn_var *logits = gn_apply(t->judge, gn_input(t->tape, t->batch.pictures)), *sum = NULL;
    for (int head = 0; head < SCENE_HEADS; head++) {
        gn_var *part = gn_cross_entropy_with_logits(gn_slice(logits, 1, scene_head_begin(head), scene_head_size(head)),
                                                    gn_input(t->tape, t->batch.labels[head]));
        sum = sum == NULL ? part : gn_add(sum, part);
    }
    return sum;
}

/* One figure, and all combinations, so that it has no prejudice. */
static scene_choice judging_scenes(const text_training *t, int64_t step)
{
    scene_choice choice = choice_of(t, JUDGING, step);
    choice.pairs_in = 0;
    choice.held_out = step % 7 == 0;
    return choice;
}

gn_status text_training_judge(text_training *t, int64_t steps)
{
    const lesson judging = {{t->judge, NULL}, judging_scenes, judging_loss};
    return learn(t, &judging, steps);
}

/* --- the game ----------------------------------------------------------------------------------------------------- */

/* Vectors of the batch's captions, [N,TEXT_SIZE]. */
static gn_status encode(text_training *t, gn_tensor *vectors)
{
    gn_tape_reset(t->tape);
    const bool recording = gn_tape_set_recording(t->tape, false);
    gn_module_set_training(t->encoder, false);
    const gn_real *values = gn_var_data(gn_apply(t->encoder, gn_input(t->tape, t->batch.words)));
    gn_tape_set_recording(t->tape, recording);
    if (values == NULL)
        return gn_tape_status(t->tape);
    memcpy(gn_tensor_data(vectors), values, (size_t)gn_tensor_count(vectors) * sizeof *values);
    return GN_OK;
}

static gn_status play_step(text_training *t, int64_t step, gn_tensor *vectors, gn_gan_report *report)
{
    const scene_choice choice = choice_of(t, PLAYING, step);
    const gn_batch batch = {.images = t->batch.pictures, .size = TEXT_BATCH, .conditions = vectors};
    gn_status status = scene_batch_fill(&t->batch, t->maker, &choice, NULL);
    if (status == GN_OK)
        status = encode(t, vectors);
    return status == GN_OK ? gn_gan_step(t->gan, &batch, report) : status;
}

/* Statistics are taken with the captions of many scenes. */
static gn_status settle(text_training *t, gn_tensor *vectors)
{
    gn_status status = gn_gan_copy_average(t->gan, t->average);
    gn_tensor *captions = gn_tensor_new(t->context, GN_SHAPE(SETTLING_BATCHES * TEXT_BATCH, TEXT_SIZE));
    if (status == GN_OK && captions == NULL)
        status = gn_context_status(t->context);
    for (int i = 0; i < SETTLING_BATCHES && status == GN_OK; i++) {
        const scene_choice choice = choice_of(t, SETTLING, i);
        status = scene_batch_fill(&t->batch, t->maker, &choice, NULL);
        if (status == GN_OK)
            status = encode(t, vectors);
        if (status == GN_OK)
            memcpy(gn_tensor_data(captions) + (size_t)i * TEXT_BATCH * TEXT_SIZE, gn_tensor_values(vectors),
                   (size_t)TEXT_BATCH * TEXT_SIZE * sizeof(gn_real));
    }
    if (status == GN_OK)
        status = gn_generator_standing_statistics(t->average, TEXT_SIZE, &(gn_latent){.size = TEXT_LATENT},
                                                  &(gn_standing_options){.seed = t->seed, .labels = captions});
    gn_tensor_free(captions);
    return status;
}

static void tell_step(const text_training *t, progress_bar *progress, int64_t step, const gn_gan_report *now)
{
    char figures[96];
    snprintf(figures, sizeof figures, "d %.2f g %.2f, right %.2f %.2f %.2f", now->d_loss, now->g_loss, now->real_right,
             now->fake_right, now->real_wrong);
    progress_step(progress, step, figures);
    if (t->json)
        event_print("step", gan_figures_json(now, step, seconds_now() - t->begin));
    if (t->board != NULL)
        board_report(t->board, step, now);
}

gn_status text_training_play(text_training *t, int64_t steps, text_saver save, const void *user)
{
    gn_tensor *vectors = gn_tensor_new(t->context, GN_SHAPE(TEXT_BATCH, TEXT_SIZE));
    progress_bar progress = progress_begin(steps, TEXT_BATCH, t->quiet || t->json);
    gn_status status = vectors == NULL ? gn_context_status(t->context) : GN_OK;
    bool last = interrupt_exit_code() != 0;
    for (int64_t step = 1; status == GN_OK && !last; step++) {
        gn_gan_report now;
        status = play_step(t, step - 1, vectors, &now);
        if (status == GN_OK)
            tell_step(t, &progress, step, &now);
        last = step == steps || interrupt_exit_code() != 0;
        if (status == GN_OK && (last || step % STEPS_BETWEEN_SAVES == 0)) {
            status = settle(t, vectors);
            status = status == GN_OK ? save(t, user) : status;
        }
    }
    progress_clear(&progress);
    gn_tensor_free(vectors);
    return status;
}

/* --- how well it draws -------------------------------------------------------------------------------------------- */

static gn_status draw_batch(text_training *t, uint64_t seed)
{
    gn_tensor *vectors = gn_tensor_new(t->context, GN_SHAPE(TEXT_BATCH, TEXT_SIZE));
    gn_status status = vectors == NULL ? gn_context_status(t->context) : encode(t, vectors);
    gn_tensor *drawn = status == GN_OK ? gn_generator_sample(t->average, TEXT_SIZE, &(gn_latent){.size = TEXT_LATENT},
                                                             &(gn_sample_options){.seed = seed, .labels = vectors})
                                       : NULL;
    if (drawn != NULL)
        status = gn_tensor_copy(t->batch.pictures, drawn);
    else if (status == GN_OK)
        status = gn_context_status(t->context);
    gn_tensor_free(drawn);
    gn_tensor_free(vectors);
    return status;
}

static gn_status count_right(text_training *t, int64_t right[SCENE_HEADS + 1])
{
    gn_tape_reset(t->tape);
    gn_module_set_training(t->judge, false);
    const gn_real *logits = gn_var_data(gn_apply(t->judge, gn_input(t->tape, t->batch.pictures)));
    if (logits == NULL)
        return gn_tape_status(t->tape);
    for (int i = 0; i < TEXT_BATCH; i++) {
        int all = 0;
        for (int head = 0; head < SCENE_HEADS; head++) {
            const gn_real *part = logits + (size_t)i * JUDGED_LOGITS + scene_head_begin(head);
            const bool hit = index_of_largest(part, scene_head_size(head)) ==
                             (int)gn_tensor_values(t->batch.labels[head])[i];
            right[head] += hit;
            all += hit;
        }
        right[SCENE_HEADS] += all == SCENE_HEADS;
    }
    return GN_OK;
}

gn_status text_training_score(text_training *t, int64_t count, bool held_out, bool drawn, text_score *score)
{
    int64_t right[SCENE_HEADS + 1] = {0}, batches = (count + TEXT_BATCH - 1) / TEXT_BATCH;
    gn_status status = GN_OK;
    for (int64_t i = 0; i < batches && status == GN_OK; i++) {
        scene_choice choice = choice_of(t, SCORING, i);
        choice.held_out = held_out;
        choice.complete = true;
        choice.pairs_in = 0;
        status = scene_batch_fill(&t->batch, t->maker, &choice, NULL);
        if (status == GN_OK && drawn)
            status = draw_batch(t, (uint64_t)i);
        if (status == GN_OK)
            status = count_right(t, right);
    }
    for (int head = 0; head <= SCENE_HEADS; head++)
        score->right[head] = (double)right[head] / (double)(batches * TEXT_BATCH);
    return status;
}

gn_tensor *text_vectors(gn_context *context, gn_module *encoder, const char *const *captions, int64_t count)
{
    gn_tensor *words = gn_tensor_new(context, GN_SHAPE(count, CAPTION_WORDS)), *vectors = NULL;
    gn_tape *tape = gn_tape_new(context);
    gn_status status = words == NULL || tape == NULL ? gn_context_status(context) : GN_OK;
    for (int64_t i = 0; i < count && status == GN_OK; i++)
        status = caption_words(context, captions[i], gn_tensor_data(words) + i * CAPTION_WORDS);
    if (status == GN_OK) {
        gn_module_set_training(encoder, false);
        const gn_real *values = gn_var_data(gn_apply(encoder, gn_input(tape, words)));
        vectors = values == NULL ? NULL : gn_tensor_from(context, GN_SHAPE(count, TEXT_SIZE), values);
    }
    gn_tape_free(tape);
    gn_tensor_free(words);
    return vectors;
}
