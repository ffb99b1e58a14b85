/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_report.h - a run of dcgan as one page: curves, pictures and what the networks are made of. */
#ifndef EXAMPLES_DCGAN_REPORT_H
#define EXAMPLES_DCGAN_REPORT_H

#include "common/dcgan_run.h"

/* Writes network.svg and report.html into the folder of the run, from the log and the pictures that are there. */
gn_status dcgan_report_write(dcgan_run *run);

/* Writes G and D, and how they are put together, as an SVG file. */
gn_status dcgan_diagram_write(gn_context *context, const char *path, const dcgan_pictures *pictures,
                              gn_module *generator, gn_module *discriminator);

#endif
