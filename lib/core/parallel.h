/* SPDX-License-Identifier: MIT */
/* lib/core/parallel.h - a small pool of threads that share the tiles of a loop.
 *
 * Results must not depend on the number of threads: tiles are cut by the problem alone, each writes its own part of the
 * output, and sums over tiles are added in the order of the tiles. */
#ifndef GN_CORE_PARALLEL_H
#define GN_CORE_PARALLEL_H

#include <gannet/context.h>
#include <pthread.h>
#include <stdbool.h>

enum { GN__MAX_THREADS = 64 };

typedef struct gn__pool gn__pool;

/* One tile of work. worker, 0 .. threads-1, says which thread runs it: for choosing a piece of scratch memory. */
typedef void (*gn__tile_function)(void *argument, int64_t tile, int worker);

/* A pool of threads-1 workers beside the caller. NULL when memory or threads are out. A pool that is NULL is the caller
 * alone. */
gn__pool *gn__pool_new(gn_context *context, int threads);
void gn__pool_free(gn_context *context, gn__pool *pool);
int gn__pool_threads(const gn__pool *pool);

/* Is a loop running? */
bool gn__pool_is_busy(const gn__pool *pool);

/* Runs tiles 0 .. tiles-1 and returns when all are done. A worker begins with its own part of them, the same stretch in
 * proportion in every loop. Called from within a tile, while another thread runs a loop of the pool, in a child of fork
 * (not of _Fork, which tells nobody), with one tile or with more than INT32_MAX, it runs them on the calling thread, as
 * worker 0: a loop within a tile must not use memory that is chosen by worker. */
void gn__parallel_for(gn__pool *pool, int64_t tiles, gn__tile_function function, void *argument);

/* The same, begun in their order, so that one may wait for another before it. */
void gn__parallel_in_order(gn__pool *pool, int64_t tiles, gn__tile_function function, void *argument);

/* The same for loops over what stays in each worker's cache from one step to the next: another's tiles are taken over
 * only while that one stands still. */
void gn__parallel_local(gn__pool *pool, int64_t tiles, gn__tile_function function, void *argument);

/* A loop over count elements, cut every `size` of them: the number of stretches, and one of them. */
typedef struct gn__stretch {
    int64_t first, count;
} gn__stretch;

static inline int64_t gn__stretches(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

/* The size of an even number of stretches, or of one, so that each of two threads has a half: at most `most`, rounded
 * up to whole lines of a cache, for which the last of very many stretches may drop out. */
static inline int64_t gn__even_stretch(int64_t count, int64_t most)
{
    enum { LINE = 16 };
    const int64_t pairs = gn__stretches(count, 2 * most), even = count <= most ? most : gn__stretches(count, 2 * pairs);
    return gn__stretches(even, LINE) * LINE;
}

static inline gn__stretch gn__stretch_at(int64_t count, int64_t size, int64_t index)
{
    const int64_t first = index * size, left = count - first;
    return (gn__stretch){first, left < size ? left : size};
}

/* Starts a thread that gets none of the host program's signals, which belong to its own threads. Returns 0 or an
 * errno. */
int gn__thread_start(pthread_t *thread, void *(*function)(void *), void *argument);

/* The processors this process may use (affinity mask, and the limit of a container), at least 1. */
int gn__available_processors(void);

#endif
