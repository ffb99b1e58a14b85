/* SPDX-License-Identifier: MIT */
/* gannet/gannet.h - all of libgannet. Each header can also be included alone. */
#ifndef GANNET_GANNET_H
#define GANNET_GANNET_H

#include <gannet/archive.h>
#include <gannet/augment.h>
#include <gannet/context.h>
#include <gannet/data.h>
#include <gannet/diagram.h>
#include <gannet/emit_c.h>
#include <gannet/gan.h>
#include <gannet/gradcheck.h>
#include <gannet/image.h>
#include <gannet/init.h>
#include <gannet/layers.h>
#include <gannet/loss.h>
#include <gannet/metrics.h>
#include <gannet/module.h>
#include <gannet/npy.h>
#include <gannet/onnx.h>
#include <gannet/ops.h>
#include <gannet/optimizer.h>
#include <gannet/random.h>
#include <gannet/status.h>
#include <gannet/tape.h>
#include <gannet/tensor.h>
#include <gannet/tensorboard.h>
#include <gannet/version.h>

#endif
