/* SPDX-License-Identifier: MIT */
/* lib/gan/players.c - the two networks as functions, and what each player pays in a turn.
 *
 *     generate:     noise z, conditions -> generator     -> image
 *     discriminate: image,   conditions -> discriminator -> verdict
 *     discriminator_turn: discriminate real images, fakes, and real ones with wrong conditions
 *     generator_turn:     discriminate(generate(z, conditions), conditions), the two in series, while D stands still
 */
#include "autodiff/tape.h"
#include "gan/gan.h"
#include "nn/label.h"
#include "nn/module.h"

#include <gannet/loss.h>
#include <math.h>

/* --- the networks as functions ------------------------------------------------------------------------------------ */

/* What D says of what it is shown. */
typedef struct verdict {
    gn_var *logit;   /* [n,1] */
    gn_var *classes; /* [n,classes], of the auxiliary classifier; NULL without one */
} verdict;

gn_var *gn__gan_generate(const gn_gan *gan, gn_var *z, gn_var *conditions, gn_statistics statistics)
{
    gn_module_set_statistics(gan->options.generator, statistics);
    return gn__apply_labelled(gan->options.generator, z, conditions);
}

/* image [n,H,W,C], conditions [n,K] -> discriminator -> verdict */
static verdict discriminate(const gn_gan *gan, gn_var *image, gn_var *conditions, gn_statistics statistics)
{
    gn_module *d = gan->options.discriminator;
    gn_module_set_statistics(d, statistics);
    gn_var *out = gn__apply_labelled(d, image, conditions);
    const int64_t classes = gan->options.classifier_weight > 0 ? gan->options.classes : 0;
    const gn_shape wanted = GN_SHAPE(gn_var_shape(image).size[0], 1 + classes);
    char found_text[64], wanted_text[64];
    if (!gn_shape_equal(gn_var_shape(out), wanted))
        gn_tape_fail(gan->tape, GN_ERROR_SHAPE, "gan: discriminator '%s' gives %s, expected %s", gn_module_name(d),
                     gn_shape_text(gn_var_shape(out), found_text, sizeof found_text),
                     gn_shape_text(wanted, wanted_text, sizeof wanted_text));
    if (classes == 0)
        return (verdict){.logit = out};
    return (verdict){.logit = gn_slice(out, 1, 0, 1), .classes = gn_slice(out, 1, 1, classes)};
}

gn_var *gn_gan_judge(const gn_gan_view *view, gn_var *images)
{
    if (images == NULL)
        return NULL;
    if (view == NULL || view->gan == NULL) {
        gn_tape_fail(images->tape, GN_ERROR_ARGUMENT, "gan: a judgement needs a view with a gan");
        return &images->tape->poison;
    }
    return discriminate(view->gan, images, view->conditions, GN_STATISTICS_BATCH).logit;
}

/* --- all that D is shown in a turn -------------------------------------------------------------------------------- */

enum { REAL, FAKE, WRONG, SHOWN };

typedef struct shown {
    int count; /* REAL and FAKE, or all */
    gn_var *images[SHOWN], *conditions[SHOWN];
    verdict verdicts[SHOWN];
} shown;

/* In one pass the weights are read once. Batch norm would mix real pictures with fakes, and a penalty on the slope at
 * either would have to go through both. */
static bool share_a_pass(const gn_gan *gan)
{
    bool share = gn__module_is_row_by_row(gan->options.discriminator);
    for (int i = 0; i < GN_GAN_PENALTIES; i++)
        share = share && !gn__gan_penalty_uses_logits(gan->options.penalties[i].kind);
    return share;
}

static gn_var *rows_of(gn_var *all, int part, int64_t count)
{
    return all == NULL ? NULL : gn_slice(all, 0, part * count, count);
}

static void judge_all(const gn_gan *gan, shown *h, gn_statistics statistics)
{
    if (!share_a_pass(gan)) {
        for (int i = 0; i < h->count; i++)
            h->verdicts[i] = discriminate(gan, h->images[i], h->conditions[i], statistics);
        return;
    }
    gn_var *conditions = h->conditions[REAL] == NULL ? NULL : gn_concat(h->conditions, h->count, 0);
    const verdict all = discriminate(gan, gn_concat(h->images, h->count, 0), conditions, statistics);
    const int64_t count = gn_var_shape(h->images[REAL]).size[0];
    for (int i = 0; i < h->count; i++)
        h->verdicts[i] = (verdict){rows_of(all.logit, i, count), rows_of(all.classes, i, count)};
}

static void show_all(gn_gan *gan, const gn__gan_turn *turn, shown *h)
{
    h->images[REAL] = gn__gan_show(gan, turn->real, GN__REAL_VIEW, turn->number);
    h->images[FAKE] = gn__gan_show(gan, turn->fake, GN__FAKE_VIEW, turn->number);
    h->conditions[REAL] = gn__gan_show_conditions(gan, turn->conditions);
    h->conditions[FAKE] = gn__gan_show_conditions(gan, turn->fake_conditions);
    h->count = WRONG;
    if (gan->options.pairs.real_wrong == 0)
        return;
    h->images[WRONG] = h->images[REAL];
    h->conditions[WRONG] = gn__gan_show_conditions(gan, gn__gan_wrong_conditions(gan, turn));
    h->count = SHOWN;
}

/* --- what D said -------------------------------------------------------------------------------------------------- */

static double mean_of(const gn_var *logits, bool as_probability)
{
    const gn_real *x = gn_var_data(logits);
    const int64_t count = gn_shape_count(gn_var_shape(logits));
    double sum = 0;
    for (int64_t i = 0; x != NULL && i < count; i++)
        sum += as_probability ? 1 / (1 + exp(-(double)x[i])) : (double)x[i];
    return sum / (double)count;
}

/* Share of logits on the real side of the boundary, or on the other. */
static double share(const gn_var *logits, double boundary, bool real)
{
    const gn_real *x = gn_var_data(logits);
    const int64_t count = gn_shape_count(gn_var_shape(logits));
    int64_t right = 0;
    for (int64_t i = 0; x != NULL && i < count; i++)
        right += ((double)x[i] > boundary) == real;
    return (double)right / (double)count;
}

static double class_accuracy(gn_var *logits, gn_var *classes)
{
    const gn_real *x = gn_var_data(logits), *k = gn_var_data(classes);
    const int64_t count = gn_var_shape(logits).size[0], width = gn_var_shape(logits).size[1];
    int64_t right = 0;
    for (int64_t i = 0; x != NULL && k != NULL && i < count; i++) {
        int64_t largest = 0;
        for (int64_t j = 1; j < width; j++)
            largest = x[i * width + j] > x[i * width + largest] ? j : largest;
        right += largest == (int64_t)k[i];
    }
    return (double)right / (double)count;
}

static void collect(const gn_gan *gan, const gn__gan_turn *turn, const verdict *real, const verdict *fake,
                    const verdict *wrong, gn_gan_report *report)
{
    const double part = 1 / (double)gan->options.accumulation;
    double boundary = (double)gan->loss->boundary;
    if (isnan(boundary))
        boundary = (mean_of(real->logit, false) + mean_of(fake->logit, false)) / 2;
    report->d_real += part * mean_of(real->logit, true);
    report->d_fake += part * mean_of(fake->logit, true);
    report->real_right += part * share(real->logit, boundary, true);
    report->fake_right += part * share(fake->logit, boundary, false);
    report->real_wrong += wrong->logit == NULL ? NAN : part * share(wrong->logit, boundary, false);
    report->classifier_accuracy += real->classes == NULL ? NAN : part * class_accuracy(real->classes, turn->labels);
}

/* --- what they pay ------------------------------------------------------------------------------------------------ */

static gn_var *add_classifier(const gn_gan *gan, gn_var *loss, const verdict *said, gn_var *classes)
{
    if (said->classes == NULL)
        return loss;
    gn_var *paid = gn_cross_entropy_with_logits(said->classes, classes);
    return gn_add(loss, gn_scale(paid, gan->options.classifier_weight));
}

static gn_var *add_penalties(gn_gan *gan, const gn__gan_turn *turn, gn_gan_view *view, gn_var *loss,
                             gn_gan_report *report)
{
    gn_var *penalty = gn__gan_penalties(gan, view, turn->number);
    if (penalty == NULL)
        return loss;
    if (report != NULL)
        report->d_penalty += (double)gn_var_number(penalty) / gan->options.accumulation;
    return gn_add(loss, penalty);
}

gn_var *gn__gan_discriminator_turn(gn_gan *gan, const gn__gan_turn *turn, gn_statistics statistics,
                                   gn_gan_report *report)
{
    shown h = {0};
    show_all(gan, turn, &h);
    judge_all(gan, &h, statistics);
    const verdict *of_real = &h.verdicts[REAL], *of_fake = &h.verdicts[FAKE], *of_wrong = &h.verdicts[WRONG];
    gn_var *loss = gn__gan_discriminator_loss(gan, turn->number, of_real->logit, of_fake->logit, of_wrong->logit);
    loss = add_classifier(gan, loss, of_real, turn->labels);
    loss = add_classifier(gan, loss, of_fake, turn->fake_labels);
    if (report != NULL && gn_tape_status(gan->tape) == GN_OK)
        collect(gan, turn, of_real, of_fake, of_wrong, report);
    gn_gan_view view = {gan, h.images[REAL], h.images[FAKE], h.conditions[REAL], of_real->logit, of_fake->logit, {0}};
    return add_penalties(gan, turn, &view, loss, report);
}

static gn_statistics statistics_for_generator(const gn_gan *gan)
{
    return gan->options.frozen_norms ? GN_STATISTICS_RUNNING : GN_STATISTICS_BATCH;
}

/* Only a relative loss looks at real pictures while G learns. Gradients pass through what D says of them only when D's
 * weights are those that G looks ahead to. */
static gn_var *real_logits(const gn_gan *gan, const gn__gan_turn *turn)
{
    if (!gan->loss->relative)
        return NULL;
    const bool recording = gn_tape_set_recording(gan->tape, gan->options.unrolled_steps > 0);
    gn_var *real = gn__gan_show(gan, turn->real, GN__REAL_VIEW, turn->number);
    gn_var *conditions = gn__gan_show_conditions(gan, turn->conditions);
    gn_var *logits = discriminate(gan, real, conditions, statistics_for_generator(gan)).logit;
    gn_tape_set_recording(gan->tape, recording);
    return logits;
}

gn_var *gn__gan_generator_turn(gn_gan *gan, const gn__gan_turn *turn)
{
    gn_var *fake = gn__gan_show(gan, turn->fake, GN__FAKE_VIEW, turn->number);
    gn_var *conditions = gn__gan_show_conditions(gan, turn->fake_conditions);
    const verdict said = discriminate(gan, fake, conditions, statistics_for_generator(gan));
    gn_var *loss = gn__gan_generator_loss(gan, real_logits(gan, turn), said.logit);
    return add_classifier(gan, loss, &said, turn->fake_labels);
}
