/* SPDX-License-Identifier: MIT */
/* examples/common/digit_classifier.h - a classifier that tells how good generated digits are. */
#ifndef EXAMPLES_DIGIT_CLASSIFIER_H
#define EXAMPLES_DIGIT_CLASSIFIER_H

#include "common/examined.h"

/* A LeNet trained on the data's training pictures, and what it makes of its test pictures. */
typedef struct digit_classifier {
    examiner by;
    examined test;
    double test_accuracy; /* share of the test pictures that it gets right: the ceiling for generated ones */
    double floor;         /* Frechet distance of other test pictures to those */
} digit_classifier;

/* Trains for `steps` batches of 64, then looks at `count` test pictures and, for the floor, at the `others` that
 * follow. training_set and test_set are borrowed. */
gn_status digit_classifier_open(digit_classifier *c, gn_context *context, gn_dataset *training_set,
                                gn_dataset *test_set, int64_t steps, int64_t count, int64_t others);
void digit_classifier_close(digit_classifier *c);

typedef struct judgement {
    double accuracy;  /* share of pictures that show what their label says; NaN without labels */
    double frechet;   /* Frechet distance to the test pictures on the classifier's features */
    double diversity; /* mean pixel distance of two pictures of a class, or without labels of any two */
} judgement;

/* pictures [N,28,28,1], labels [N] or NULL. diversity is NaN when no class has two pictures. */
gn_status digit_classifier_judge(const digit_classifier *c, const gn_tensor *pictures, const gn_tensor *labels,
                                 judgement *result);

/* What the digits of pictures [N,28,28,C] are, channel by channel: numbers [N], 100 a + 10 b + c for three. */
gn_status digit_classifier_read(const digit_classifier *c, const gn_tensor *pictures, gn_tensor *numbers);

/* Labels 0, 1, .. 9, 0, 1, .., per_class of each; the caller frees them. */
gn_tensor *digit_classifier_labels(gn_context *context, int64_t per_class);

#endif
