/* SPDX-License-Identifier: MIT */
/* examples/common/pictures.h - the pictures that --data names. */
#ifndef EXAMPLES_PICTURES_H
#define EXAMPLES_PICTURES_H

#include <gannet/data.h>

/* "digits": the built-in ones, of which the two splits share none; any other name: a folder of MNIST's IDX files.
 * GN_ERROR_FORMAT unless they are 28x28 grey pictures of at most ten classes. */
gn_dataset *pictures_open(gn_context *context, const char *data, gn_split split, uint64_t seed);

/* The same of any kind and size: built-in digits, a folder of MNIST's IDX files, of CIFAR-10's binary files, of NumPy's
 * {train,test}-images.npy and -labels.npy, or with a folder of PNG and JPEG pictures for each class, which come as
 * `size` x `size` x 3 (and without those that are damaged, of which the context's log is told). kind (may be NULL)
 * receives "digits", "idx", "cifar10", "npy" or "folder". */
gn_dataset *pictures_open_any(gn_context *context, const char *data, int64_t size, gn_split split, uint64_t seed,
                              const char **kind);

/* GN_ERROR_ARGUMENT, in the words of --batch, unless there are enough pictures for a batch. */
gn_status pictures_fill_batch(const gn_dataset *pictures, const char *data, int64_t batch);

/* Is this file one of those that pictures_open reads? */
bool pictures_are_in(const char *data, const char *file);

/* Is this the name of the built-in digits? */
bool pictures_built_in(const char *data);

/* The folder by its full name, which free() frees; NULL for the built-in digits. */
char *pictures_folder(const char *data);

#endif
