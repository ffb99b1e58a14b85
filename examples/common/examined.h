/* SPDX-License-Identifier: MIT */
/* examples/common/examined.h - sets of pictures with all that the metrics want to know of them. */
#ifndef EXAMPLES_EXAMINED_H
#define EXAMPLES_EXAMINED_H

#include <gannet/data.h>
#include <gannet/gan.h>

/* N pictures: pixels [N,784] in [0,1], labels [N], and what the classifier makes of them, features [N,256] and logits
 * [N,10]. */
typedef struct examined {
    gn_tensor *pixels, *labels, *features, *logits;
} examined;

/* Who looks at them. */
typedef struct examiner {
    gn_context *context;
    gn_module *lenet;
    gn_tape *tape;
} examiner;

/* Pictures first .. first+count-1 of a data set. */
gn_status examine_data(examined *set, const examiner *by, gn_dataset *data, int64_t first, int64_t count);

/* Pictures [N,28,28,1] with labels [N]; NULL: all are 0. */
gn_status examine_pictures(examined *set, const examiner *by, const gn_tensor *pictures, const gn_tensor *labels);

/* count pictures from a dcgan's generator, their labels 0, 1, 2, .. in turn. */
gn_status examine_generator(examined *set, const examiner *by, gn_module *generator, uint64_t seed, int64_t count);

void examined_close(examined *set);

#endif
