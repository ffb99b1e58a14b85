/* SPDX-License-Identifier: MIT */
/* lib/kernels/blas.c - the seam to CBLAS: OpenBLAS, BLIS, whatever the system has, or none.
 *
 * A BLAS is held to one thread while we call it, because its callers are our own threads, and because results then
 * depend on the problem alone. Its number of threads is the process's, or, with OpenMP, that of each thread; it is put
 * back. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, RTLD_DEFAULT */
#include "kernels/blas.h"

#include "core/context.h"
#include "kernels/kernels.h"

#if defined(GANNET_BLAS_BUILTIN)

const char *gn__blas_name(void)
{
    return "built-in GEMM";
}

bool gn__blas_takes(const gn__product *product)
{
    (void)product;
    return false;
}

void gn__blas_begin(void)
{
}

void gn__blas_end(void)
{
}

void gn__blas_gemm(const gn__product *product)
{
    (void)product;
}

gn_status gn__blas_prepare(gn_context *context)
{
    (void)context;
    return GN_OK;
}

#else

#include <cblas.h>
#include <dlfcn.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(GANNET_BLAS_OPENBLAS)

static bool follows_openmp(void)
{
    return openblas_get_parallel() == OPENBLAS_OPENMP;
}

static bool has_number_of_threads(void)
{
    return !follows_openmp(); /* else it is the calling thread's */
}

static int get_threads(void)
{
    return openblas_get_num_threads();
}

static void set_threads(int threads)
{
    openblas_set_num_threads(threads);
}

static bool is_known(void)
{
    return true;
}

const char *gn__blas_name(void)
{
    return openblas_get_config();
}

#elif defined(GANNET_BLAS_BLIS)

/* From blis.h, which is too large a header for four functions. */
int64_t bli_thread_get_num_threads(void);
void bli_thread_set_num_threads(int64_t threads);
int bli_arch_query_id(void);
const char *bli_arch_string(int id);

static bool has_number_of_threads(void)
{
    return true;
}

static int get_threads(void)
{
    return (int)bli_thread_get_num_threads();
}

static void set_threads(int threads)
{
    bli_thread_set_num_threads(threads);
}

static bool is_known(void)
{
    return true;
}

static bool follows_openmp(void)
{
    return false;
}

const char *gn__blas_name(void)
{
    return bli_arch_string(bli_arch_query_id());
}

#elif defined(GANNET_BLAS_SYSTEM)

/* The library behind libblas is only known at run time. It is held to one thread for good: looking for its functions at
 * each call would cost more than small products do. */
static bool is_known(void)
{
    static const char *const setters[] = {"openblas_set_num_threads", "MKL_Set_Num_Threads",
                                          "flexiblas_set_num_threads"};
    for (size_t i = 0; i < sizeof setters / sizeof *setters; i++) {
        void (*set)(int) = NULL;
        void *const found = dlsym(RTLD_DEFAULT, setters[i]);
        memcpy(&set, &found, sizeof set);
        if (set != NULL) {
            set(1);
            return true;
        }
    }
    void (*set_blis)(int64_t) = NULL;
    void *const found = dlsym(RTLD_DEFAULT, "bli_thread_set_num_threads");
    memcpy(&set_blis, &found, sizeof set_blis);
    if (set_blis != NULL)
        set_blis(1);
    return set_blis != NULL;
}

static bool follows_openmp(void)
{
    return true; /* for all we know */
}

const char *gn__blas_name(void)
{
    return "the system's BLAS";
}

#endif

/* --- one thread while we call ------------------------------------------------------------------------------------- */

#if defined(GANNET_BLAS_OPENBLAS) || defined(GANNET_BLAS_BLIS)

/* The BLAS has one number for the process, so contexts in all threads must agree on when it is 1. This is the one thing
 * that no context can hold. The owner is the process whose thread looks at it, 0 when none does: a child may find that
 * of a thread that has stayed in its parent. */
static struct {
    atomic_int owner;
    int process, users, before;
} agreement;

static void set_threads_if_other(int threads)
{
    if (get_threads() != threads)
        set_threads(threads);
}

static void take_agreement(void)
{
    const int self = (int)getpid();
    for (int owner = 0; !atomic_compare_exchange_strong(&agreement.owner, &owner, self);)
        if (owner == self) {
            owner = 0;
            sched_yield();
        }
    if (agreement.process != self && agreement.users > 0) { /* in the parent */
        set_threads_if_other(agreement.before);
        agreement.users = 0;
    }
    agreement.process = self;
}

void gn__blas_begin(void)
{
    if (!has_number_of_threads())
        return;
    take_agreement();
    if (agreement.users++ == 0) {
        agreement.before = get_threads();
        set_threads_if_other(1);
    }
    atomic_store(&agreement.owner, 0);
}

void gn__blas_end(void)
{
    if (!has_number_of_threads())
        return;
    take_agreement();
    if (--agreement.users == 0)
        set_threads_if_other(agreement.before);
    atomic_store(&agreement.owner, 0);
}

#else

void gn__blas_begin(void)
{
}

void gn__blas_end(void)
{
}

#endif

/* --- buffers ------------------------------------------------------------------------------------------------------ */

#if defined(GANNET_BLAS_OPENBLAS) || defined(GANNET_BLAS_SYSTEM)
/* OpenBLAS maps 128 MiB of addresses for each thread that calls it, and tries for ever when it cannot. So we try
 * first. */
static gn_status try_buffers(gn_context *context)
{
    const size_t size = (size_t)128 << 20;
    const int threads = gn__pool_threads(context->pool);
    void *buffers[GN__MAX_THREADS];
    int mapped = 0;
    while (mapped < threads) {
        buffers[mapped] = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (buffers[mapped] == MAP_FAILED)
            break;
        mapped++;
    }
    for (int i = 0; i < mapped; i++)
        munmap(buffers[i], size);
    if (mapped < threads)
        return gn_context_fail(
            context, GN_ERROR_MEMORY,
            "the BLAS needs 128 MiB of address space for each of %d threads, and only %d could be had", threads,
            mapped);
    return GN_OK;
}
#else
static gn_status try_buffers(gn_context *context)
{
    (void)context;
    return GN_OK;
}
#endif

/* --- products ----------------------------------------------------------------------------------------------------- */

bool gn__blas_takes(const gn__product *p)
{
    return p->k <= INT_MAX && p->a.stride <= INT_MAX && p->b.stride <= INT_MAX && p->c_stride <= INT_MAX;
}

/* A BLAS that is built with OpenMP asks it at every call how many threads the calling thread wants, and forgets what it
 * was set to. The number is the thread's own, and may be the host's: it is put back. Returns what it was, 0 without
 * OpenMP. */
static int set_openmp_threads(int threads)
{
    int (*get)(void) = NULL;
    void (*set)(int) = NULL;
    void *const found_get = dlsym(RTLD_DEFAULT, "omp_get_max_threads");
    void *const found_set = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    memcpy(&get, &found_get, sizeof get);
    memcpy(&set, &found_set, sizeof set);
    if (get == NULL || set == NULL)
        return 0;
    const int before = get();
    set(threads);
    return before;
}

void gn__blas_gemm(const gn__product *p)
{
    const int before = follows_openmp() ? set_openmp_threads(1) : 0;
    cblas_sgemm(CblasRowMajor, p->a.transposed ? CblasTrans : CblasNoTrans, p->b.transposed ? CblasTrans : CblasNoTrans,
                (int)p->m, (int)p->n, (int)p->k, 1, p->a.numbers, (int)p->a.stride, p->b.numbers, (int)p->b.stride,
                p->begin != NULL ? 1 : 0, p->c, (int)p->c_stride);
    if (before > 0)
        set_openmp_threads(before);
}

/* A call that is large enough to make the BLAS map its buffers. */
static void warm_up(void *argument, int64_t tile, int worker)
{
    enum { SIDE = 128 };
    float zeros[SIDE * SIDE] = {0}, c[SIDE * SIDE];
    (void)argument, (void)tile, (void)worker;
    const gn__matrix matrix = {zeros, SIDE, false};
    gn__blas_gemm(&(gn__product){.m = SIDE, .n = SIDE, .k = SIDE, .a = matrix, .b = matrix, .c = c, .c_stride = SIDE});
}

gn_status gn__blas_prepare(gn_context *context)
{
    if (!is_known()) /* defensive: depends on the machine's BLAS. */
        gn__log(context, GN_LOG_WARNING,
                "the system's BLAS is none of OpenBLAS, BLIS, MKL or FlexiBLAS: it may be slow");
    const gn_status status = try_buffers(context);
    if (status != GN_OK)
        return status;
    gn__blas_begin();
    gn__parallel_for(context->pool, gn__pool_threads(context->pool), warm_up, NULL);
    gn__blas_end();
    return GN_OK;
}

#endif
