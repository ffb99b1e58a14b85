/* SPDX-License-Identifier: MIT */
/* examples/common/trained.h - networks from the files that dcgan and classify have written. */
#ifndef EXAMPLES_TRAINED_H
#define EXAMPLES_TRAINED_H

#include "common/dcgan_network.h"

/* The generator of a run of dcgan: its running average, if the run kept one, which is what dcgan's own samples are
 * drawn from. NULL when the file is not one of dcgan's. pictures receives what it draws. */
gn_module *trained_generator(gn_context *context, const char *checkpoint, dcgan_pictures *pictures);

/* The same, when it draws digits. */
gn_module *trained_digits_generator(gn_context *context, const char *checkpoint);

/* The network of classify. */
gn_module *trained_classifier(gn_context *context, const char *file);

#endif
