/* SPDX-License-Identifier: MIT */
/* examples/common/judge.c - a classifier that tells how good generated digits are. */
#include "common/judge.h"

#include "common/lenet_network.h"

#include <gannet/gannet.h>
#include <math.h>

enum { BATCH = 64 };

static gn_status train_step(const judge *j, gn_optimizer *optimizer, const gn_batch *batch)
{
    if (batch == NULL)
        return gn_context_status(j->by.context);
    gn_tape_reset(j->by.tape);
    gn_module_set_training(j->by.lenet, true);
    gn_var *logits = gn_apply(j->by.lenet, gn_input(j->by.tape, batch->images));
    gn_var *loss = gn_cross_entropy_with_logits(logits, gn_input(j->by.tape, batch->labels));
    const gn_status status = gn_backward(loss, gn_parameters(j->by.lenet));
    return status == GN_OK ? gn_optimizer_step(optimizer) : status;
}

static gn_status train(const judge *j, gn_dataset *training_set, int64_t steps)
{
    gn_batches *batches = gn_batches_new(training_set, &(gn_batches_options){.size = BATCH, .seed = 1});
    gn_optimizer *optimizer = gn_optimizer_new(
        j->by.lenet, &(gn_optimizer_options){.rate = 1e-3f, .schedule = {.kind = GN_SCHEDULE_LINEAR, .steps = steps}});
    gn_status status = batches == NULL || optimizer == NULL ? gn_context_status(j->by.context) : GN_OK;
    for (int64_t i = 0; i < steps && status == GN_OK; i++)
        status = train_step(j, optimizer, gn_batches_next(batches));
    gn_optimizer_free(optimizer);
    gn_batches_free(batches);
    return status;
}

static gn_status measure_floor(judge *j, gn_dataset *test_set, int64_t first, int64_t count)
{
    examined others = {0};
    gn_status status = examine_data(&others, &j->by, test_set, first, count);
    if (status == GN_OK)
        status = gn_frechet_distance(others.features, j->test.features, &j->floor);
    examined_close(&others);
    return status;
}

gn_status judge_open(judge *j, gn_context *context, gn_dataset *training_set, gn_dataset *test_set, int64_t steps,
                     int64_t count, int64_t others)
{
    *j = (judge){.by = {context, lenet_new(context), gn_tape_new(context)}};
    if (j->by.lenet == NULL || j->by.tape == NULL)
        return gn_context_status(context);
    gn_status status = train(j, training_set, steps);
    if (status == GN_OK)
        status = examine_data(&j->test, &j->by, test_set, 0, count);
    if (status == GN_OK)
        status = gn_label_accuracy(j->test.logits, j->test.labels, &j->test_accuracy, NULL);
    return status == GN_OK ? measure_floor(j, test_set, count, others) : status;
}

void judge_close(judge *j)
{
    examined_close(&j->test);
    gn_tape_free(j->by.tape);
    gn_module_free(j->by.lenet);
}

gn_status judge_pictures(const judge *j, const gn_tensor *pictures, const gn_tensor *labels, judgement *result)
{
    examined set = {0};
    gn_status status = examine_pictures(&set, &j->by, pictures, labels);
    result->accuracy = NAN;
    if (status == GN_OK && labels != NULL)
        status = gn_label_accuracy(set.logits, labels, &result->accuracy, NULL);
    if (status == GN_OK)
        status = gn_frechet_distance(set.features, j->test.features, &result->frechet);
    if (status == GN_OK && gn_diversity(set.pixels, labels, &result->diversity) != GN_OK)
        result->diversity = NAN;
    examined_close(&set);
    return status;
}

static int largest(const gn_real *values)
{
    int best = 0;
    for (int i = 1; i < LENET_CLASSES; i++)
        best = values[i] > values[best] ? i : best;
    return best;
}

/* One channel, as pictures of their own. */
static void take_channel(const gn_tensor *pictures, int64_t channel, gn_tensor *part)
{
    const int64_t channels = gn_tensor_shape(pictures).size[3];
    for (int64_t i = 0; i < gn_tensor_count(part); i++)
        gn_tensor_data(part)[i] = gn_tensor_values(pictures)[i * channels + channel];
}

gn_status judge_numbers(const judge *j, const gn_tensor *pictures, gn_tensor *numbers)
{
    const gn_shape shape = gn_tensor_shape(pictures);
    gn_tensor *part = gn_tensor_new(j->by.context, GN_SHAPE(shape.size[0], 28, 28, 1));
    gn_status status = part == NULL ? GN_ERROR_MEMORY : GN_OK;
    for (int64_t i = 0; i < shape.size[0]; i++)
        gn_tensor_data(numbers)[i] = 0;
    for (int64_t channel = 0; channel < shape.size[3] && status == GN_OK; channel++) {
        examined set = {0};
        take_channel(pictures, channel, part);
        status = examine_pictures(&set, &j->by, part, NULL);
        for (int64_t i = 0; i < shape.size[0] && status == GN_OK; i++) {
            gn_real *number = gn_tensor_data(numbers) + i;
            *number = 10 * *number + (gn_real)largest(gn_tensor_values(set.logits) + i * LENET_CLASSES);
        }
        examined_close(&set);
    }
    gn_tensor_free(part);
    return status;
}

gn_tensor *judge_labels(gn_context *context, int64_t per_class)
{
    gn_tensor *labels = gn_tensor_new(context, GN_SHAPE(per_class * LENET_CLASSES));
    for (int64_t i = 0; labels != NULL && i < per_class * LENET_CLASSES; i++)
        gn_tensor_data(labels)[i] = (gn_real)(i % LENET_CLASSES);
    return labels;
}
