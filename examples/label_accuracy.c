/* SPDX-License-Identifier: MIT */
/* examples/label_accuracy.c - how often a classifier sees in a generated digit the class that it was drawn for. */
#include "common/dcgan_network.h"
#include "common/event.h"
#include "common/lenet_network.h"
#include "common/option_rows.h"
#include "common/trained.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PORTION = 250 }; /* pictures drawn and judged at a time */

typedef struct accuracy_settings {
    const char *checkpoint, *classifier;
    int64_t count, seed, threads;
    bool json;
} accuracy_settings;

typedef struct judging {
    gn_context *context;
    gn_module *generator, *lenet;
    gn_tape *tape;
} judging;

/* Draws count pictures of class label with the given seed and counts those that are taken for it. */
static gn_status judge(judging *judges, int label, int64_t count, uint64_t seed, int64_t *right)
{
    int guesses[PORTION] = {0};
    gn_tensor *labels = gn_tensor_new(judges->context, GN_SHAPE(count));
    if (labels == NULL)
        return gn_context_status(judges->context);
    for (int64_t i = 0; i < count; i++)
        gn_tensor_data(labels)[i] = (gn_real)label;
    gn_tensor *pictures = gn_generator_sample(judges->generator, DCGAN_CLASSES, &(gn_latent){.size = DCGAN_LATENT},
                                              &(gn_sample_options){.seed = seed, .labels = labels});
    const gn_status status = pictures == NULL ? gn_context_status(judges->context)
                                              : lenet_classify(judges->lenet, judges->tape, pictures, guesses);
    for (int64_t i = 0; status == GN_OK && i < count; i++)
        *right += guesses[i] == label;
    gn_tensor_free(pictures);
    gn_tensor_free(labels);
    return status;
}

static void tell_label(const accuracy_settings *settings, int label, double accuracy)
{
    if (settings->json)
        event_print("label", json_pack("{s:i, s:f}", "label", label, "accuracy", accuracy));
    else
        printf("label %d: %.2f %%\n", label, 100 * accuracy);
}

static void tell_all(const accuracy_settings *settings, double accuracy, int64_t pictures)
{
    if (settings->json)
        event_print("done", json_pack("{s:f, s:I}", "accuracy", accuracy, "pictures", (json_int_t)pictures));
    else
        printf("label accuracy %.2f %% of %" PRId64 " pictures\n", 100 * accuracy, pictures);
}

static gn_status judge_all(judging *judges, const accuracy_settings *settings)
{
    const int64_t per_class = settings->count / DCGAN_CLASSES;
    int64_t all = 0;
    for (int label = 0; label < DCGAN_CLASSES; label++) {
        int64_t right = 0;
        for (int64_t first = 0; first < per_class; first += PORTION) {
            const int64_t count = per_class - first < PORTION ? per_class - first : PORTION;
            const uint64_t seed = (uint64_t)settings->seed + (uint64_t)(first / PORTION * DCGAN_CLASSES + label);
            const gn_status status = judge(judges, label, count, seed, &right);
            if (status != GN_OK)
                return status;
        }
        tell_label(settings, label, (double)right / (double)per_class);
        all += right;
    }
    tell_all(settings, (double)all / (double)(per_class * DCGAN_CLASSES), per_class * DCGAN_CLASSES);
    return GN_OK;
}

static int execute(judging *judges, const command_line *program, const accuracy_settings *settings)
{
    judges->tape = gn_tape_new(judges->context);
    judges->generator = trained_digits_generator(judges->context, settings->checkpoint);
    if (judges->generator != NULL)
        judges->lenet = trained_classifier(judges->context, settings->classifier);
    gn_status status = judges->tape == NULL || judges->lenet == NULL ? gn_context_status(judges->context) : GN_OK;
    if (status == GN_OK)
        status = judge_all(judges, settings);
    if (status != GN_OK)
        return program_fail_by(program, judges->context);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    accuracy_settings s = {0};
    /* clang-format off */
    option options[] = {
        option_checkpoint(&s.checkpoint),
        option_classifier(&s.classifier),
        {.name = "count", .kind = OPTION_NUMBER, .where = &s.count, .value = "N", .preset = "10000", .low = DCGAN_CLASSES,
         .high = 10000000, .multiple = DCGAN_CLASSES, .group = "What is judged", .help = "pictures, the same number of each class"},
        option_seed_of_noise(&s.seed),
        option_threads(&s.threads),
        option_lines_of_json(&s.json, "Output"),
    };
    /* clang-format on */
    const command_line label_accuracy = {
        .name = "label_accuracy",
        .summary = "tells how often a classifier sees in a generated digit the class that it was drawn for.",
        .examples =
            "  label_accuracy --checkpoint dcgan-out/checkpoint.safetensors --classifier classifier.safetensors\n",
        .options = options,
        .count = sizeof options / sizeof *options,
    };
    const int code = options_parse(&label_accuracy, argc, argv);
    if (code != OPTIONS_GO_ON)
        return code;
    judging judges = {.context = program_context(&label_accuracy, &(gn_context_options){.threads = (int)s.threads})};
    if (judges.context == NULL)
        return EXIT_FAILURE;
    const int result = execute(&judges, &label_accuracy, &s);
    gn_tape_free(judges.tape);
    gn_module_free(judges.lenet);
    gn_module_free(judges.generator);
    gn_context_free(judges.context);
    return result;
}
