/* SPDX-License-Identifier: MIT */
/* examples/common/lenet_network.h - a classifier of 28x28 grey pictures in the manner of LeNet-5 (LeCun et al.
 * 1998). */
#ifndef EXAMPLES_LENET_NETWORK_H
#define EXAMPLES_LENET_NETWORK_H

#include <gannet/data.h>
#include <gannet/layers.h>

enum { LENET_CLASSES = 10, LENET_FEATURES = 256 };

/* picture [N,28,28,1] -> logits [N,10]. */
gn_module *lenet_new(gn_context *context);

/* The class that the network takes each of the pictures [N,28,28,1] for: guesses receives N numbers. In inference mode;
 * the tape is reset. */
gn_status lenet_classify(gn_module *lenet, gn_tape *tape, const gn_tensor *pictures, int *guesses);

/* What the network makes of pictures [N,28,28,1]: the numbers that its last layer decides by, features [N,256], and its
 * decision, logits [N,10]; written to rows first .. first+N-1 of the tensors. */
gn_status lenet_examine(gn_module *lenet, gn_tape *tape, const gn_tensor *pictures, gn_tensor *features,
                        gn_tensor *logits, int64_t first);

#endif
