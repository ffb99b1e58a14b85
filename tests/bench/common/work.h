/* SPDX-License-Identifier: MIT */
/* tests/bench/common/work.h - the trainings that are measured, each on built-in digits:
 *
 *     dcgan      a step of the example's conditional DC-GAN (momentum variant)
 *     wgan_gp    its WGAN-GP variant; every fifth step of the critic is followed by one of the generator
 *     critic     the same without the penalty and without the generator's steps; critic_gp with the penalty
 *     mlp_cgan   Keras-GAN's conditional GAN of dense layers
 *     mnist_cnn  KANN's mnist-cnn */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <gannet/gan.h>

typedef struct work work;

/* NULL, with a message in the context, for a name that is none of those, or when memory is out. Without dropout the
 * losses of the first step are those that anybody else gets with the same weights and batch. */
work *work_new(gn_context *context, const char *name, int64_t batch, bool dropout);
void work_free(work *w); /* NULL is fine */

/* Makes one step, on the batch that the first call has drawn; its time in seconds, negative when it failed. */
double work_step(work *w);

/* The same for `rounds` times as many steps as it takes until they repeat: the mean time of a step. */
double work_rounds(work *w, int rounds);

/* Lets the generator, or the classifier, make its output for a batch, in inference mode; seconds, negative when it
 * failed. */
double work_infer(work *w);

/* What the last step's losses were: of D and G, or of the classifier and 0. */
void work_losses(const work *w, double losses[2]);

/* Numbers in all parameters. */
int64_t work_parameters(const work *w);

/* Multiply-adds of a step, counted as two, and those of an inference; 0 when it failed. */
double work_operations(work *w);
double work_inference_operations(work *w);

/* Bytes of the weights that an inference reads. */
double work_inference_weights(const work *w);

/* Writes weights, and pictures, labels and noise of the coming step, as a safetensors file. */
gn_status work_export(work *w, const char *path);

#endif
