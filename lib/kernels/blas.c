/* SPDX-License-Identifier: MIT */
/* lib/kernels/blas.c - the seam to CBLAS. */
#include "kernels/kernels.h"

gn_status gn__blas_prepare(gn_context *context)
{
    (void)context;
    return GN_OK;
}

const char *gn__blas_name(void)
{
    return "none yet";
}
