/* SPDX-License-Identifier: MIT */
/* examples/common/digit_classifier.c - a classifier that tells how good generated digits are. */
#include "common/digit_classifier.h"

#include "common/interrupt.h"
#include "common/largest.h"
#include "common/lenet_network.h"

#include <gannet/gannet.h>
#include <math.h>

enum { BATCH = 64 };

static gn_status train_step(const digit_classifier *c, gn_optimizer *optimizer, const gn_batch *batch)
{
    if (batch == NULL)
        return gn_context_status(c->by.context);
    gn_tape_reset(c->by.tape);
    gn_module_set_training(c->by.lenet, true);
    gn_var *logits = gn_apply(c->by.lenet, gn_input(c->by.tape, batch->images));
    gn_var *loss = gn_cross_entropy_with_logits(logits, gn_input(c->by.tape, batch->labels));
    const gn_status status = gn_backward(loss, gn_parameters(c->by.lenet));
    return status == GN_OK ? gn_optimizer_step(optimizer) : status;
}

static gn_status train(const digit_classifier *c, gn_dataset *training_set, int64_t steps)
{
    gn_batches *batches = gn_batches_new(training_set, &(gn_batches_options){.size = BATCH, .seed = 1});
    gn_optimizer *optimizer = gn_optimizer_new(
        c->by.lenet, &(gn_optimizer_options){.rate = 1e-3f, .schedule = {.kind = GN_SCHEDULE_LINEAR, .steps = steps}});
    gn_status status = batches == NULL || optimizer == NULL ? gn_context_status(c->by.context) : GN_OK;
    for (int64_t i = 0; i < steps && status == GN_OK; i++) {
        status = train_step(c, optimizer, gn_batches_next(batches));
        if (status == GN_OK)
            status = interrupt_check(c->by.context);
    }
    gn_optimizer_free(optimizer);
    gn_batches_free(batches);
    return status;
}

/* A build without LAPACK draws and tells everything else all the same. */
static gn_status frechet_or_nan(const gn_tensor *a, const gn_tensor *b, double *distance)
{
    const gn_status status = gn_frechet_distance(a, b, distance);
    if (status != GN_ERROR_UNSUPPORTED)
        return status;
    gn_context_clear(gn_tensor_context(a));
    *distance = NAN;
    return GN_OK;
}

static gn_status measure_floor(digit_classifier *c, gn_dataset *test_set, int64_t first, int64_t count)
{
    examined others = {0};
    gn_status status = examine_data(&others, &c->by, test_set, first, count);
    if (status == GN_OK)
        status = frechet_or_nan(others.features, c->test.features, &c->floor);
    examined_close(&others);
    return status;
}

gn_status digit_classifier_open(digit_classifier *c, gn_context *context, gn_dataset *training_set,
                                gn_dataset *test_set, int64_t steps, int64_t count, int64_t others)
{
    *c = (digit_classifier){.by = {context, lenet_new(context), gn_tape_new(context)}};
    if (c->by.lenet == NULL || c->by.tape == NULL)
        return gn_context_status(context);
    gn_status status = train(c, training_set, steps);
    if (status == GN_OK)
        status = examine_data(&c->test, &c->by, test_set, 0, count);
    if (status == GN_OK)
        status = gn_label_accuracy(c->test.logits, c->test.labels, &c->test_accuracy, NULL);
    return status == GN_OK ? measure_floor(c, test_set, count, others) : status;
}

void digit_classifier_close(digit_classifier *c)
{
    examined_close(&c->test);
    gn_tape_free(c->by.tape);
    gn_module_free(c->by.lenet);
}

gn_status digit_classifier_judge(const digit_classifier *c, const gn_tensor *pictures, const gn_tensor *labels,
                                 judgement *result)
{
    examined set = {0};
    gn_status status = examine_pictures(&set, &c->by, pictures, labels);
    result->accuracy = NAN;
    if (status == GN_OK && labels != NULL)
        status = gn_label_accuracy(set.logits, labels, &result->accuracy, NULL);
    if (status == GN_OK)
        status = frechet_or_nan(set.features, c->test.features, &result->frechet);
    if (status == GN_OK && gn_diversity(set.pixels, labels, &result->diversity) != GN_OK)
        result->diversity = NAN;
    examined_close(&set);
    return status;
}

/* One channel, as pictures of their own. */
static void take_channel(const gn_tensor *pictures, int64_t channel, gn_tensor *part)
{
    const int64_t channels = gn_tensor_shape(pictures).size[3];
    for (int64_t i = 0; i < gn_tensor_count(part); i++)
        gn_tensor_data(part)[i] = gn_tensor_values(pictures)[i * channels + channel];
}

gn_status digit_classifier_read(const digit_classifier *c, const gn_tensor *pictures, gn_tensor *numbers)
{
    const gn_shape shape = gn_tensor_shape(pictures);
    gn_tensor *part = gn_tensor_new(c->by.context, GN_SHAPE(shape.size[0], 28, 28, 1));
    gn_status status = part == NULL ? GN_ERROR_MEMORY : GN_OK;
    for (int64_t i = 0; i < shape.size[0]; i++)
        gn_tensor_data(numbers)[i] = 0;
    for (int64_t channel = 0; channel < shape.size[3] && status == GN_OK; channel++) {
        examined set = {0};
        take_channel(pictures, channel, part);
        status = examine_pictures(&set, &c->by, part, NULL);
        for (int64_t i = 0; i < shape.size[0] && status == GN_OK; i++) {
            gn_real *number = gn_tensor_data(numbers) + i;
            *number = 10 * *number +
                      (gn_real)index_of_largest(gn_tensor_values(set.logits) + i * LENET_CLASSES, LENET_CLASSES);
        }
        examined_close(&set);
    }
    gn_tensor_free(part);
    return status;
}

gn_tensor *digit_classifier_labels(gn_context *context, int64_t per_class)
{
    gn_tensor *labels = gn_tensor_new(context, GN_SHAPE(per_class * LENET_CLASSES));
    for (int64_t i = 0; labels != NULL && i < per_class * LENET_CLASSES; i++)
        gn_tensor_data(labels)[i] = (gn_real)(i % LENET_CLASSES);
    return labels;
}
