/* SPDX-License-Identifier: MIT */
/* gannet/tensorboard.h - scalars, pictures and histograms of a training as files of events, which TensorBoard shows
 * while they grow.
 *
 * Written is what TensorBoard's own reader takes (tensorboard/compat/proto/event.proto and summary.proto, version
 * "brain.Event:2"; each event as a TFRecord, with masked CRC-32C sums). Every call writes one event, which is in the
 * file when the call returns. A tag is a text in UTF-8 that is not empty; what stands before a '/' in it groups charts.
 * Steps are 0 or more. The time of an event is the clock's, so the files of equal runs differ. */
#ifndef GANNET_TENSORBOARD_H
#define GANNET_TENSORBOARD_H

#include <gannet/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A file of events that is being written. */
typedef struct gn_tensorboard gn_tensorboard;

/* Begins a new file events.out.tfevents.TIME.PROCESS.NUMBER in a folder that exists; no file that is there is ever
 * touched. A first step above 0 is that of a run which goes on: what other files in the folder say of this step and
 * later ones, TensorBoard then drops, since that run was interrupted after it had saved itself. The caller ends it by
 * gn_tensorboard_close. NULL with GN_ERROR_IO, and the cause. */
GN_API gn_tensorboard *gn_tensorboard_open(gn_context *context, const char *directory, int64_t first_step);

/* Ends the file. GN_ERROR_IO when something was not written, also if the system says so only now. NULL is fine. */
GN_API gn_status gn_tensorboard_close(gn_tensorboard *board);

/* The file's name, which lives as long as the board. */
GN_API const char *gn_tensorboard_path(const gn_tensorboard *board);

/* All three: GN_ERROR_ARGUMENT for a tag that is empty or not UTF-8 and for a negative step, GN_ERROR_IO when the file
 * cannot be written (a full disk, say). After that nothing more is written, and every call fails: readers stop at what
 * is torn. */
GN_API gn_status gn_tensorboard_scalar(gn_tensorboard *board, const char *tag, int64_t step, double value);

/* Images [N,H,W,C] as one picture, laid out as gn_image_grid_write does it, two dark pixels between them. */
GN_API gn_status gn_tensorboard_images(gn_tensorboard *board, const char *tag, int64_t step, const gn_tensor *images,
                                       int64_t columns);

/* How the elements of a tensor are distributed: 30 buckets of equal width from the smallest to the largest (one, when
 * all are equal), which is TensorBoard's own default. GN_ERROR_NUMBER when one is not finite. */
GN_API gn_status gn_tensorboard_histogram(gn_tensorboard *board, const char *tag, int64_t step,
                                          const gn_tensor *values);

#ifdef __cplusplus
}
#endif
#endif
