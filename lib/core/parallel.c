/* SPDX-License-Identifier: MIT */
/* lib/core/parallel.c - the pool of threads: tiles are claimed from counters, and whoever finishes the last one says
 * so.
 *
 * Each thread has a share of a loop's tiles, the same part of every loop: what a loop leaves in a processor's cache is
 * there for the next. (A loop in order has one share for all.) Who is through with its share goes on with the others';
 * in a local loop only with that of a thread that stands still, for what is in another's cache takes longer to reach.
 * A share's ticket holds the number of the loop and that of its next tile. A thread claims a tile by moving the ticket
 * on; it fails when another loop has begun, so a thread that wakes late does no harm and nobody waits for it. Threads
 * that have a processor each spin for a moment before they sleep, because the next loop usually follows at once. */
#define _GNU_SOURCE
#include "core/parallel.h"

#include "core/allocator.h"
#include "core/context.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* About 0.1 to 0.5 milliseconds, by processor: what a step does on one thread between two loops. */
enum { SPINS = 10000 };

enum {
    PATIENCE = 50000, /* nanoseconds: a few tiles of an optimizer's loop */
    TURNS = 64,       /* of waiting, between two looks at the clock */
};

/* What one thread writes often is that far from what another reads: two lines of a cache, which come in pairs. */
enum { APART = 128 };

typedef enum schedule { ANY, LOCAL, IN_ORDER } schedule;

typedef struct worker {
    gn__pool *pool;
    pthread_t thread;
    int number;              /* 1 .. threads-1; the caller is 0 */
    _Atomic uint64_t ticket; /* of its share: number of the loop << 32 | next tile */
    char apart[APART];
} worker;

/* A loop stands in one line of a cache, which its workers look at: it comes to them at once. */
struct gn__pool {
    _Atomic uint32_t loop;
    atomic_int shares;
    _Atomic int64_t tiles;
    _Atomic(gn__tile_function) function;
    _Atomic(void *) argument;
    atomic_bool patient, stop;
    char apart[APART];
    _Atomic int64_t done;
    char further[APART];
    int threads, started;
    int spins;
    unsigned generation; /* of the process: a forked child has no workers */
    atomic_bool busy, waiting;
    atomic_int sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t begin, end;
    worker workers[];
};

/* Of forks from the first process that made a pool to this one. Asking the system who one is would take longer than a
 * small loop. */
static atomic_uint generation;
static pthread_once_t begun = PTHREAD_ONCE_INIT;
static bool counting;

static void begin_generation(void)
{
    atomic_fetch_add(&generation, 1);
}

static void count_generations(void)
{
    counting = pthread_atfork(NULL, NULL, begin_generation) == 0;
}

static bool has_workers(const gn__pool *pool)
{
    return pool->generation == atomic_load(&generation);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static uint32_t loop_of(uint64_t ticket)
{
    return (uint32_t)(ticket >> 32);
}

static void finish_tiles(gn__pool *pool, int64_t count)
{
    if (count == 0 || atomic_fetch_add(&pool->done, count) + count < atomic_load(&pool->tiles) ||
        !atomic_load(&pool->waiting))
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->end);
    pthread_mutex_unlock(&pool->mutex);
}

/* Where a share begins. The first has the rest, for the caller need not wake up. */
static int64_t first_tile(int64_t tiles, int share, int shares)
{
    return (tiles * share + shares - 1) / shares;
}

static int64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Does anybody claim a tile within PATIENCE? */
static bool moves_on(const _Atomic uint64_t *next, uint64_t ticket)
{
    const int64_t end = nanoseconds_now() + PATIENCE;
    do {
        for (int i = 0; i < TURNS && atomic_load(next) == ticket; i++)
            relax();
    } while (atomic_load(next) == ticket && nanoseconds_now() < end);
    return atomic_load(next) != ticket;
}

/* Claims and runs tiles of a loop's share until none is left: how many; with patience, none while others claim some.
 * The end may already be that of a later loop: the tickets then carry that loop's number, and none is taken. */
static int64_t run_share(gn__pool *pool, uint32_t loop, int share, int number, bool patient)
{
    _Atomic uint64_t *const next = &pool->workers[share].ticket;
    uint64_t left = 0; /* the ticket as this thread left it */
    const int64_t end = first_tile(atomic_load(&pool->tiles), share + 1, atomic_load(&pool->shares));
    int64_t count = 0;
    for (;;) {
        uint64_t ticket = atomic_load(next);
        const int64_t tile = (int64_t)(uint32_t)ticket;
        if (loop_of(ticket) != loop || tile >= end)
            return count;
        if (patient && ticket != left && moves_on(next, ticket))
            continue;
        if (!atomic_compare_exchange_weak(next, &ticket, ticket + 1))
            continue;
        left = ticket + 1;
        const gn__tile_function function = atomic_load(&pool->function);
        function(atomic_load(&pool->argument), tile, number);
        count++;
    }
}

/* The own share first. */
static void run_tiles(gn__pool *pool, uint32_t loop, int number)
{
    const int shares = atomic_load(&pool->shares);
    const bool patient = atomic_load(&pool->patient);
    int64_t count = 0;
    for (int i = 0; i < shares; i++)
        count += run_share(pool, loop, (number + i) % shares, number, patient && i > 0);
    finish_tiles(pool, count);
}

static bool nothing_new(gn__pool *pool, uint32_t seen)
{
    return atomic_load(&pool->loop) == seen && !atomic_load(&pool->stop);
}

static void wait_for_a_loop(gn__pool *pool, uint32_t seen)
{
    for (int i = 0; i < pool->spins && nothing_new(pool, seen); i++)
        relax();
    if (!nothing_new(pool, seen))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    while (nothing_new(pool, seen))
        pthread_cond_wait(&pool->begin, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument)
{
    const worker *self = argument;
    gn__pool *pool = self->pool;
    uint32_t seen = 0;
    while (!atomic_load(&pool->stop)) {
        wait_for_a_loop(pool, seen);
        seen = atomic_load(&pool->loop);
        run_tiles(pool, seen, self->number);
    }
    return NULL;
}

static size_t pool_size(int threads)
{
    return sizeof(gn__pool) + (size_t)threads * sizeof(worker);
}

int gn__thread_start(pthread_t *thread, void *(*function)(void *), void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(thread, NULL, function, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static bool start_workers(gn__pool *pool)
{
    int error = 0;
    while (error == 0 && pool->started < pool->threads - 1) {
        worker *w = &pool->workers[pool->started + 1];
        w->pool = pool;
        w->number = pool->started + 1;
        error = gn__thread_start(&w->thread, work, w);
        pool->started += error == 0;
    }
    return error == 0;
}

gn__pool *gn__pool_new(gn_context *context, int threads)
{
    gn__pool *pool = gn__new_aligned(context, pool_size(threads));
    if (pool == NULL)
        return NULL;
    memset(pool, 0, pool_size(threads));
    pool->threads = threads;
    pool->spins = threads <= gn__available_processors() ? SPINS : 0;
    pthread_once(&begun, count_generations);
    pool->generation = atomic_load(&generation);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->begin, NULL);
    pthread_cond_init(&pool->end, NULL);
    if (!counting) /* defensive: it takes a few bytes */
        gn_context_fail(context, GN_ERROR_MEMORY, "the operating system had no memory to watch for forks");
    else if (start_workers(pool))
        return pool;
    else
        gn_context_fail(context, GN_ERROR_MEMORY, "the operating system refused to start thread %d of %d",
                        pool->started + 2, threads);
    gn__pool_free(context, pool);
    return NULL;
}

void gn__pool_free(gn_context *context, gn__pool *pool)
{
    if (pool == NULL)
        return;
    if (has_workers(pool)) {
        pthread_mutex_lock(&pool->mutex);
        atomic_store(&pool->stop, true);
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->mutex);
        for (int i = 1; i <= pool->started; i++)
            pthread_join(pool->workers[i].thread, NULL);
        pthread_mutex_destroy(&pool->mutex);
        pthread_cond_destroy(&pool->begin);
        pthread_cond_destroy(&pool->end);
    }
    gn__delete_aligned(context, pool, pool_size(pool->threads));
}

bool gn__pool_is_busy(const gn__pool *pool)
{
    return pool != NULL && has_workers(pool) && atomic_load(&pool->busy);
}

int gn__pool_threads(const gn__pool *pool)
{
    return pool == NULL ? 1 : pool->threads;
}

static bool unfinished(gn__pool *pool)
{
    return atomic_load(&pool->done) < atomic_load(&pool->tiles);
}

static void wait_for_the_end(gn__pool *pool)
{
    for (int i = 0; i < pool->spins && unfinished(pool); i++)
        relax();
    if (!unfinished(pool))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->waiting, true);
    while (unfinished(pool))
        pthread_cond_wait(&pool->end, &pool->mutex);
    atomic_store(&pool->waiting, false);
    pthread_mutex_unlock(&pool->mutex);
}

static void set_ticket(gn__pool *pool, int share, uint32_t loop, int64_t tile)
{
    atomic_store_explicit(&pool->workers[share].ticket, (uint64_t)loop << 32 | (uint32_t)tile, memory_order_release);
}

/* Tickets come first: a thread that still looks at the last loop finds another number in them, and nobody knows this
 * one before `loop` is stored. That it is stored before anybody is seen to sleep needs a stronger order than the rest,
 * which would wait for a line of a cache each time. */
static uint32_t begin_loop(gn__pool *pool, int64_t tiles, schedule how, gn__tile_function function, void *argument)
{
    const uint32_t loop = atomic_load(&pool->loop) + 1;
    const int shares = how == IN_ORDER ? 1 : pool->threads;
    for (int i = 0; i < pool->threads; i++)
        set_ticket(pool, i, loop, first_tile(tiles, i, shares));
    atomic_store_explicit(&pool->function, function, memory_order_release);
    atomic_store_explicit(&pool->argument, argument, memory_order_release);
    atomic_store_explicit(&pool->done, 0, memory_order_release);
    atomic_store_explicit(&pool->shares, shares, memory_order_release);
    atomic_store_explicit(&pool->patient, how == LOCAL && pool->spins > 0, memory_order_release);
    atomic_store_explicit(&pool->tiles, tiles, memory_order_release);
    atomic_store(&pool->loop, loop);
    if (atomic_load(&pool->sleepers) > 0) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_broadcast(&pool->begin);
        pthread_mutex_unlock(&pool->mutex);
    }
    return loop;
}

static void run(gn__pool *pool, int64_t tiles, schedule how, gn__tile_function function, void *argument)
{
    const bool first = pool != NULL && !atomic_exchange(&pool->busy, true); /* not from within a tile */
    if (first && tiles > 1 && tiles <= INT32_MAX && pool->threads > 1 && has_workers(pool)) {
        run_tiles(pool, begin_loop(pool, tiles, how, function, argument), 0);
        wait_for_the_end(pool);
    } else {
        for (int64_t tile = 0; tile < tiles; tile++)
            function(argument, tile, 0);
    }
    if (first)
        atomic_store_explicit(&pool->busy, false, memory_order_release);
}

void gn__parallel_for(gn__pool *pool, int64_t tiles, gn__tile_function function, void *argument)
{
    run(pool, tiles, ANY, function, argument);
}

void gn__parallel_in_order(gn__pool *pool, int64_t tiles, gn__tile_function function, void *argument)
{
    run(pool, tiles, IN_ORDER, function, argument);
}

void gn__parallel_local(gn__pool *pool, int64_t tiles, gn__tile_function function, void *argument)
{
    run(pool, tiles, LOCAL, function, argument);
}

/* --- how many processors there are -------------------------------------------------------------------------------- */

/* The limit that a container's cgroup (version 2) sets, rounded up; a large number when there is none. */
static int cgroup_processors(void)
{
    long quota = 0, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file == NULL) /* defensive: there is no such file on a machine without cgroups */
        return INT16_MAX;
    const int found = fscanf(file, "%ld %ld", &quota, &period);
    fclose(file);
    if (found != 2 || quota < 1 || period < 1 || quota / period > INT16_MAX)
        return INT16_MAX;
    return (int)((quota + period - 1) / period);
}

int gn__available_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        count = CPU_COUNT(&set);
#endif
    const int limit = cgroup_processors();
    if (count > limit)
        count = limit;
    return count < 1 ? 1 : count > INT16_MAX ? INT16_MAX : (int)count;
}
