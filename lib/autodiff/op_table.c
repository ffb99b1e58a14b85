/* SPDX-License-Identifier: MIT */
/* lib/autodiff/op_table.c - all ops in the order of ops.def. */
#include "autodiff/tape.h"

const gn_op *const gn__ops[] = {
#define GN__OP(name) &gn__op_##name,
#include "autodiff/ops.def"
#undef GN__OP
};

const size_t gn__op_count = sizeof gn__ops / sizeof gn__ops[0];
