/* SPDX-License-Identifier: MIT */
/* examples/common/pictures.h - the pictures that --data names. */
#ifndef EXAMPLES_PICTURES_H
#define EXAMPLES_PICTURES_H

#include <gannet/data.h>

/* "digits": the built-in ones, of which the two splits share none; any other name: a folder of MNIST's IDX files. GN_ERROR_FORMAT
 * unless they are 28x28 grey pictures of at most ten classes. */
gn_dataset *pictures_open(gn_context *context, const char *data, gn_split split, uint64_t seed);

/* Is this the name of the built-in digits? */
bool pictures_built_in(const char *data);

/* The folder by its full name, which free() frees; NULL for the built-in digits. */
char *pictures_folder(const char *data);

#endif
