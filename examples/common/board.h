/* SPDX-License-Identifier: MIT */
/* examples/common/board.h - a training's events for TensorBoard, as --tensorboard DIR asks for them. Without a board
 * nothing happens. */
#ifndef EXAMPLES_BOARD_H
#define EXAMPLES_BOARD_H

#include <gannet/gannet.h>

/* Makes the folder where it is missing and opens a file in it, for a training that has made so many steps. *board stays
 * NULL when the directory is. */
gn_status board_open(gn_context *context, const char *directory, int64_t steps, gn_tensorboard **board);

/* Closes the file; *board is NULL then. */
gn_status board_close(gn_tensorboard **board);

gn_status board_scalar(gn_tensorboard *board, const char *tag, int64_t step, double value);

/* The figures of a step, as far as there are any. */
gn_status board_report(gn_tensorboard *board, int64_t step, const gn_gan_report *report);

gn_status board_pictures(gn_tensorboard *board, const char *tag, int64_t step, const gn_tensor *pictures,
                         int64_t columns);

/* A histogram of each parameter. */
gn_status board_parameters(gn_tensorboard *board, int64_t step, gn_module *network);

#endif
