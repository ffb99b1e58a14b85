/* SPDX-License-Identifier: MIT */
/* examples/common/dcgan_run.h - a run of dcgan: what it is made of, where it is written, and how it goes on after an
 * interruption. */
#ifndef EXAMPLES_DCGAN_RUN_H
#define EXAMPLES_DCGAN_RUN_H

#include "common/dcgan_network.h"
#include "common/options.h"
#include "common/run_folder.h"

#include <gannet/gannet.h>

enum { DCGAN_STEPS_BETWEEN_SAVES = 200 };

typedef struct dcgan_settings {
    int variant; /* a dcgan_variant */
    int loss;    /* a gn_gan_loss */
    double real_target, average_decay, instance_noise;
    bool augment, wrong_labels;
    const char *data, *out, *resume, *tensorboard;
    int64_t steps, epochs, batch, seed, threads, watch;
    int size; /* of pictures from folders: 0 for 32, 1 for 64 */
    bool preview, quiet, json, keep_going;
} dcgan_settings;

typedef struct dcgan_run {
    const command_line *program;
    dcgan_settings *settings; /* in: what was given; then all that was resolved */
    gn_context *context;
    gn_dataset *pictures;
    const char *kind;     /* of the pictures: "digits", "idx", "cifar10", "npy", "folder" */
    dcgan_pictures drawn; /* what the networks are for */
    gn_batches *batches;
    gn_module *generator, *discriminator;
    gn_module *average; /* the running average of the generator, to draw with; NULL: none */
    gn_gan *gan;
    gn_animation *animation;
    gn_tensorboard *board;      /* NULL: none was asked for */
    run_folder folder, earlier; /* where it writes, and where it goes on from */
    json_t *config;             /* what makes the run what it is: nothing that differs between equal runs */
    json_t *earlier_config;     /* the same, from the checkpoint that it goes on from; NULL: none */
    json_t *earlier_settings;   /* config.json beside that; NULL: none */
    int preview_lines;          /* of the preview that stands in the terminal */
    bool replaces;              /* the checkpoint in the folder is another run's, until the first save */
    bool replaced;              /* that has been kept beside the run's own */
    int64_t saved;              /* the step of the checkpoint in the folder; -1: none */
    int64_t shown;              /* the same of the pictures there */
    int64_t complained;         /* the step after which it was last said that a file cannot be written; -1: none */
} dcgan_run;

/* Makes everything that the settings ask for, or puts it back to where the checkpoint left it, and opens the folder.
 * All that can be wrong with the settings and files is found before the folder is touched. */
gn_status dcgan_run_open(dcgan_run *run, const command_line *program, dcgan_settings *settings);

/* Adds a frame to the animation if there should be one more after this step. */
gn_status dcgan_run_add_frame(dcgan_run *run);

/* Writes samples, animation and checkpoint, unless they are there already. */
gn_status dcgan_run_save(dcgan_run *run);

/* Writes animation and checkpoint, unless they are there already: what is left after a step that failed. */
gn_status dcgan_run_keep(dcgan_run *run);

/* With keep_going, a file that cannot be written is told and none of status; everything else comes back. */
gn_status dcgan_run_go_on_without(dcgan_run *run, gn_status status);

/* Frees everything, whatever dcgan_run_open returned. */
void dcgan_run_close(dcgan_run *run);

#endif
