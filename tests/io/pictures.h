/* SPDX-License-Identifier: MIT */
/* tests/io/pictures.h - tensors of pictures for the tests of image files. */
#ifndef GN_TESTS_IO_PICTURES_H
#define GN_TESTS_IO_PICTURES_H

#include "test.h"

#include <gannet/random.h>

/* Noise that goes a little beyond [-1,1], the same for the same seed. */
static inline gn_tensor *new_pictures(gn_context *context, gn_shape shape, uint64_t seed)
{
    gn_tensor *pictures = gn_tensor_new(context, shape);
    assert_non_null(pictures);
    gn_random_fill_uniform(&(gn_random){.seed = seed}, gn_tensor_data(pictures), gn_tensor_count(pictures), -1.1f,
                           1.1f);
    return pictures;
}

#endif
