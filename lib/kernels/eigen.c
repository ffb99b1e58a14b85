/* SPDX-License-Identifier: MIT */
/* lib/kernels/eigen.c - the seam to LAPACK: symmetric eigenproblems. */
#include "kernels/eigen.h"

#include "core/context.h"

#include <limits.h>

#if defined(GANNET_LAPACK)

/* LAPACK's Fortran routine; the last two arguments are the lengths of the texts, which gfortran passes so. */
void dsyev_(const char *job, const char *triangle, const int *n, double *a, const int *lda, double *values,
            double *work, const int *work_size, int *info, size_t job_length, size_t triangle_length);

/* Fortran stores columns one after another, so the vectors, its columns, are our rows. */
static int call(int n, double *a, double *values, double *work, int work_size)
{
    int info = 0;
    dsyev_("V", "U", &n, a, &n, values, work, &work_size, &info, 1, 1);
    return info;
}

gn_status gn__symmetric_eigen(gn_context *context, int64_t n, double *a, double *values)
{
    if (n < 1 || n > INT_MAX / 8)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "eigenproblem: size is %lld, expected 1 to %d", (long long)n,
                               INT_MAX / 8);
    double wanted = 0;
    call((int)n, a, values, &wanted, -1); /* asks how much memory is best */
    const size_t size = (size_t)wanted * sizeof(double);
    double *work = gn__new(context, size);
    if (work == NULL)
        return GN_ERROR_MEMORY;
    const int info = call((int)n, a, values, work, (int)wanted);
    gn__delete(context, work, size);
    return info == 0 ? GN_OK
                     : gn_context_fail(context, GN_ERROR_NUMBER, "eigenproblem: LAPACK's dsyev gave up with %d", info);
}

#else

gn_status gn__symmetric_eigen(gn_context *context, int64_t n, double *a, double *values)
{
    (void)n;
    (void)a;
    (void)values;
    return gn_context_fail(
        context, GN_ERROR_UNSUPPORTED,
        "eigenproblem: this build has no LAPACK; OpenBLAS brings it: apt-get install libopenblas-dev, then configure "
        "with -DGANNET_BLAS=openblas");
}

#endif
