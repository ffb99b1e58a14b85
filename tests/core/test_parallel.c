/* SPDX-License-Identifier: MIT */
/* tests/core/test_parallel.c - every tile once, whoever runs it. */
#include "core/allocator.h"
#include "core/context.h"
#include "core/parallel.h"
#include "memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int thread_counts[] = {1, 2, 3, 7, 64};
enum { THREAD_COUNTS = 5, MAX_TILES = 5000 };

static gn_context *context_with(int threads)
{
    gn_context *context = gn_context_new(&(gn_context_options){.threads = threads});
    assert_non_null(context);
    return context;
}

static void rest(long microseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000 * microseconds}, NULL);
}

/* What one loop has done. Tiles are written without atomics: the end of the loop must make them visible. */
typedef struct work {
    int threads;
    int runs[MAX_TILES];
    atomic_int bad_workers;
    atomic_int in_use[GN__MAX_THREADS]; /* no two tiles at once by the same worker number */
} work;

static void run_tile(void *argument, int64_t tile, int worker)
{
    work *w = argument;
    if (worker < 0 || worker >= w->threads || atomic_fetch_add(&w->in_use[worker], 1) != 0)
        atomic_fetch_add(&w->bad_workers, 1);
    w->runs[tile]++;
    if (worker >= 0 && worker < GN__MAX_THREADS)
        atomic_fetch_sub(&w->in_use[worker], 1);
}

static void assert_runs(const work *w, int64_t tiles, int expected)
{
    for (int64_t i = 0; i < MAX_TILES; i++)
        assert_int_equal(w->runs[i], i < tiles ? expected : 0);
    assert_int_equal(w->bad_workers, 0);
}

static void assert_that_a_loop_runs(gn_context *context, int64_t tiles)
{
    static work w;
    w = (work){.threads = gn__pool_threads(context->pool)};
    gn__parallel_for(context->pool, tiles, run_tile, &w);
    assert_runs(&w, tiles, 1);
}

static void every_tile_runs_once(void **state)
{
    (void)state;
    static const int64_t tiles[] = {0, 1, 2, 3, 63, 64, 65, 997, MAX_TILES};
    for (int t = 0; t < THREAD_COUNTS; t++) {
        gn_context *context = context_with(thread_counts[t]);
        assert_int_equal(gn__pool_threads(context->pool), thread_counts[t]);
        for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++)
            assert_that_a_loop_runs(context, tiles[i]);
        gn_context_free(context);
    }
}

static void many_small_loops_lose_nothing(void **state)
{
    (void)state;
    enum { LOOPS = 20000 };
    for (int t = 0; t < THREAD_COUNTS; t++) {
        gn_context *context = context_with(thread_counts[t]);
        static work w;
        w = (work){.threads = thread_counts[t]};
        const int loops = thread_counts[t] > 8 ? LOOPS / 100 : LOOPS;
        for (int i = 0; i < loops; i++)
            gn__parallel_for(context->pool, 5, run_tile, &w);
        assert_runs(&w, 5, loops);
        for (int i = 0; i < loops; i++) /* of changing length: late threads meet other counts */
            gn__parallel_for(context->pool, i % 7, run_tile, &w);
        for (int64_t tile = 0; tile < 7; tile++) {
            int expected = tile < 5 ? loops : 0;
            for (int i = 0; i < loops; i++)
                expected += tile < i % 7;
            assert_int_equal(w.runs[tile], expected);
        }
        assert_int_equal(w.bad_workers, 0);
        gn_context_free(context);
    }
}

/* Threads go to sleep between loops that are far apart, and must wake again. */
static void a_pool_wakes_up_after_a_rest(void **state)
{
    (void)state;
    gn_context *context = context_with(3);
    static work w;
    w = (work){.threads = 3};
    for (int i = 0; i < 20; i++) {
        rest(2000);
        gn__parallel_for(context->pool, 11, run_tile, &w);
    }
    assert_runs(&w, 11, 20);
    gn_context_free(context);
}

typedef struct nest {
    gn__pool *pool;
    atomic_int inner[50];
    atomic_int foreign; /* inner tiles that ran on another thread than their outer tile */
} nest;

typedef struct inner_work {
    nest *outer;
    int64_t tile;
    pthread_t thread;
} inner_work;

static void run_inner_tile(void *argument, int64_t tile, int worker)
{
    const inner_work *inner = argument;
    (void)tile, (void)worker;
    atomic_fetch_add(&inner->outer->inner[inner->tile], 1);
    atomic_fetch_add(&inner->outer->foreign, !pthread_equal(inner->thread, pthread_self()));
}

static void run_outer_tile(void *argument, int64_t tile, int worker)
{
    (void)worker;
    inner_work inner = {.outer = argument, .tile = tile, .thread = pthread_self()};
    gn__parallel_for(inner.outer->pool, 9, run_inner_tile, &inner);
}

static void a_loop_within_a_tile_runs_on_its_thread(void **state)
{
    (void)state;
    for (int t = 0; t < THREAD_COUNTS; t++) {
        gn_context *context = context_with(thread_counts[t]);
        nest n = {.pool = context->pool};
        gn__parallel_for(context->pool, 50, run_outer_tile, &n);
        for (int i = 0; i < 50; i++)
            assert_int_equal(n.inner[i], 9);
        if (thread_counts[t] > 1)
            assert_int_equal(n.foreign, 0);
        assert_that_a_loop_runs(context, 100); /* the pool is as good as before */
        gn_context_free(context);
    }
}

typedef struct meeting {
    atomic_int here;
    bool met[2];
    int worker[2];
} meeting;

/* The two tiles wait for each other: they can only end when two threads run them. The caller's ends first. */
static void wait_for_the_other(void *argument, int64_t tile, int worker)
{
    meeting *m = argument;
    atomic_fetch_add(&m->here, 1);
    for (int i = 0; i < 5000 && atomic_load(&m->here) < 2; i++)
        rest(1000);
    if (worker != 0)
        rest(20000);
    m->met[tile] = atomic_load(&m->here) == 2;
    m->worker[tile] = worker;
}

static void assert_that_tiles_meet(gn_context *context)
{
    meeting m = {0};
    gn__parallel_for(context->pool, 2, wait_for_the_other, &m);
    assert_true(m.met[0]);
    assert_true(m.met[1]);
    assert_int_equal(m.worker[0], 0); /* each has its own part */
    assert_int_equal(m.worker[1], 1);
}

static void tiles_run_at_the_same_time_and_the_loop_waits_for_all(void **state)
{
    (void)state;
    gn_context *context = context_with(2);
    assert_that_tiles_meet(context);
    rest(20000); /* the worker falls asleep, and must be woken */
    assert_that_tiles_meet(context);
    gn_context_free(context);
}

/* --- one after another -------------------------------------------------------------------------------------------- */

typedef struct queue {
    int threads;
    atomic_int done, early; /* tiles that began while more before them were unfinished than other threads can have */
} queue;

static void note_order(void *argument, int64_t tile, int worker)
{
    queue *q = argument;
    (void)worker;
    if (atomic_load(&q->done) < (int)tile - (q->threads - 1))
        atomic_fetch_add(&q->early, 1);
    atomic_fetch_add(&q->done, 1);
}

static void tiles_can_be_begun_in_their_order(void **state)
{
    (void)state;
    for (int t = 0; t < THREAD_COUNTS; t++) {
        gn_context *context = context_with(thread_counts[t]);
        for (int round = 0; round < 50; round++) {
            queue q = {.threads = thread_counts[t]};
            gn__parallel_in_order(context->pool, 997, note_order, &q);
            assert_int_equal(q.done, 997);
            assert_int_equal(q.early, 0);
            assert_that_a_loop_runs(context, 100); /* loops of both kinds follow each other */
        }
        gn_context_free(context);
    }
}

/* --- each its own part -------------------------------------------------------------------------------------------- */

enum { SHARE = 8 /* tiles of each of two threads */ };

typedef struct visit {
    atomic_int done;
    atomic_bool there; /* the worker has begun */
    bool stands_still;
    int worker[2 * SHARE];
} visit;

static void work_for(long nanoseconds)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < nanoseconds);
}

/* The caller is through with its part at once, but begins only when the worker has; that takes its time for each tile,
 * or for its first one until all others are done. */
static void visit_tile(void *argument, int64_t tile, int worker)
{
    visit *v = argument;
    v->worker[tile] = worker;
    if (tile == SHARE && worker == 1)
        atomic_store(&v->there, true);
    while (tile == 0 && !atomic_load(&v->there)) /* without rest, which would be standing still */
        work_for(100);
    while (tile == SHARE && v->stands_still && atomic_load(&v->done) < 2 * SHARE - 1)
        rest(1);
    if (tile >= SHARE && !v->stands_still)
        work_for(2000);
    atomic_fetch_add(&v->done, 1);
}

static void a_local_loop_runs_every_tile_once(void **state)
{
    (void)state;
    for (int t = 0; t < THREAD_COUNTS; t++) {
        gn_context *context = context_with(thread_counts[t]);
        static work w;
        w = (work){.threads = thread_counts[t]};
        for (int i = 0; i < 10; i++) {
            gn__parallel_local(context->pool, 997, run_tile, &w);
            assert_runs(&w, 997, i + 1);
            assert_that_a_loop_runs(context, 100);
        }
        gn_context_free(context);
    }
}

static bool keeps_parts(gn_context *context)
{
    visit v = {0};
    bool kept = true;
    gn__parallel_local(context->pool, 2 * SHARE, visit_tile, &v);
    for (int tile = 0; tile < 2 * SHARE; tile++)
        kept = kept && v.worker[tile] == tile / SHARE;
    return kept;
}

/* The system may take a thread's processor away at any time, or give both the same one for a while: not every loop can
 * be seen to go as it should. */
static void a_local_loop_leaves_to_each_thread_its_part(void **state)
{
    (void)state;
    enum { ROUNDS = 500, LOOPS = 100, ENOUGH = LOOPS / 10 };
    if (gn__available_processors() < 2)
        skip();
    gn_context *context = context_with(2);
    int kept = 0;
    for (int i = 0; i < ROUNDS && kept < ENOUGH; i++) {
        rest(i == 0 ? 0 : 20000);
        kept = 0;
        for (int loop = 0; loop < LOOPS; loop++)
            kept += keeps_parts(context);
    }
    assert_in_range(kept, ENOUGH, LOOPS);
    gn_context_free(context);
}

static void a_local_loop_does_not_wait_for_a_thread_that_stands_still(void **state)
{
    (void)state;
    gn_context *context = context_with(2);
    for (int i = 0; i < 20; i++) {
        visit v = {.stands_still = true};
        gn__parallel_local(context->pool, 2 * SHARE, visit_tile, &v);
        for (int tile = 0; tile < 2 * SHARE; tile++)
            assert_int_equal(v.worker[tile], tile == SHARE);
    }
    gn_context_free(context);
}

static void an_even_number_of_stretches(void **state)
{
    (void)state;
    static const int64_t counts[] = {1025, 1500, 2047, 2048, 2049, 5000, 100000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const int64_t size = gn__even_stretch(counts[i], 1024);
        assert_int_equal(size % 16, 0);
        assert_in_range(size, 512, 1024);
        assert_int_equal(gn__stretches(counts[i], size) % 2, 0);
    }
    assert_int_equal(gn__even_stretch(1024, 1024), 1024);
    assert_int_equal(gn__even_stretch(1, 1024), 1024);
    assert_int_equal(gn__even_stretch(401408, 32768), 28672); /* 784 x 512: of 56 rows each */
}

/* --- sums by tiles ------------------------------------------------------------------------------------------------ */

enum { NUMBERS = 100003, TILE = 1000, TILES = (NUMBERS + TILE - 1) / TILE };

typedef struct summing {
    const float *numbers;
    float sums[TILES];
} summing;

static void sum_tile(void *argument, int64_t tile, int worker)
{
    (void)worker;
    summing *s = argument;
    const int64_t end = (tile + 1) * TILE < NUMBERS ? (tile + 1) * TILE : NUMBERS;
    for (int64_t i = tile * TILE; i < end; i++)
        s->sums[tile] += s->numbers[i];
}

static void results_do_not_depend_on_the_threads(void **state)
{
    (void)state;
    static float numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = 1.0f / (float)(i % 977 + 1);
    static summing first, other;
    for (int t = 0; t < THREAD_COUNTS; t++) {
        gn_context *context = context_with(thread_counts[t]);
        other = (summing){.numbers = numbers};
        gn__parallel_for(context->pool, TILES, sum_tile, &other);
        if (t == 0)
            first = other;
        assert_memory_equal(first.sums, other.sums, sizeof first.sums);
        gn_context_free(context);
    }
}

/* --- threads and processes ---------------------------------------------------------------------------------------- */

static void a_forked_child_runs_alone(void **state)
{
    (void)state;
    gn_context *context = context_with(3);
    static work w;
    w = (work){.threads = 3};
    gn__parallel_for(context->pool, 20, run_tile, &w);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20); /* a child that waits for threads it does not have */
        w = (work){.threads = 1};
        gn__parallel_for(context->pool, 500, run_tile, &w);
        bool good = w.bad_workers == 0;
        for (int i = 0; i < 500; i++)
            good = good && w.runs[i] == 1;
        gn_context_free(context);
        _exit(good ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    w = (work){.threads = 3};
    gn__parallel_for(context->pool, 500, run_tile, &w);
    assert_runs(&w, 500, 1);
    gn_context_free(context);
}

typedef struct forking {
    gn_context *context;
    pid_t child;
} forking;

/* In the child no loop runs. */
static void fork_in_tile(void *argument, int64_t tile, int worker)
{
    forking *f = argument;
    (void)worker;
    if (tile != 0)
        return;
    f->child = fork();
    if (f->child == 0)
        _exit(gn__pool_is_busy(f->context->pool) ? 1 : 0);
}

static void a_child_that_is_forked_in_a_loop_is_in_none(void **state)
{
    (void)state;
    forking f = {context_with(3), -1};
    int status = -1;
    gn__parallel_for(f.context->pool, 20, fork_in_tile, &f);
    assert_true(f.child > 0);
    assert_int_equal(waitpid(f.child, &status, 0), f.child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    gn_context_free(f.context);
}

static void *use_a_context(void *argument)
{
    work *w = argument;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = w->threads});
    for (int i = 0; context != NULL && i < 200; i++)
        gn__parallel_for(context->pool, 31, run_tile, w);
    gn_context_free(context);
    return NULL;
}

static void contexts_of_different_threads_do_not_meet(void **state)
{
    (void)state;
    static work works[3];
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        works[i] = (work){.threads = i + 1};
        assert_int_equal(pthread_create(&threads[i], NULL, use_a_context, &works[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_runs(&works[i], 31, 200);
    }
}

/* Asked for in the threads themselves: a signal sent to the process could also be taken by threads of the BLAS. */
static void note_mask(void *argument, int64_t tile, int worker)
{
    (void)tile;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (worker > 0)
        atomic_fetch_add((atomic_int *)argument, sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGINT) ? 1 : 1000);
    rest(1000); /* so that every thread takes part */
}

static void workers_leave_signals_to_the_program(void **state)
{
    (void)state;
    sigset_t one, after;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    gn_context *context = context_with(4);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGUSR1), 0); /* the caller's own mask is as it was */
    static atomic_int blocked;
    gn__parallel_for(context->pool, 40, note_mask, &blocked);
    assert_in_range(atomic_load(&blocked), 1, 40);
    gn_context_free(context);
}

static void pools_come_and_go(void **state)
{
    (void)state;
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t before = m.bytes;
    for (int i = 0; i < 50; i++) {
        gn__pool *pool = gn__pool_new(context, i % 5 + 1);
        assert_non_null(pool);
        static work w;
        w = (work){.threads = i % 5 + 1};
        if (i % 2 == 0) {
            gn__parallel_for(pool, 13, run_tile, &w);
            assert_runs(&w, 13, 1);
        }
        gn__pool_free(context, pool);
    }
    gn__pool_free(context, NULL);
    assert_int_equal(m.bytes, before);
    gn_context_free(context);
}

static bool make_a_pool(gn_context *context, void *argument)
{
    (void)argument;
    gn__pool *pool = gn__pool_new(context, 3);
    gn__pool_free(context, pool);
    return pool != NULL;
}

static void a_pool_may_find_no_memory(void **state)
{
    (void)state;
    assert_int_equal(memory_fail_each(make_a_pool, NULL), 1);
}

/* Bytes of address space that this process takes up; 0 when the system does not say. */
static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    const int found = fscanf(file, "%lu", &pages);
    fclose(file);
    return found == 1 ? pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

/* There is room for the stacks of some threads: those have started when a later one is refused. */
static void a_pool_may_find_no_threads(void **state)
{
    (void)state;
    const size_t used = address_space();
    if (used == 0 || used > (size_t)1 << 40) /* a sanitizer's shadow; it would not survive the limit */
        skip();
    memory m = {0};
    gn_context *context = memory_context(&m, 1);
    const size_t bytes = m.bytes;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_AS, &(struct rlimit){used + (64 << 20), limit.rlim_max}), 0);
    gn__pool *pool = gn__pool_new(context, 64);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_null(pool);
    assert_message_has(context, GN_ERROR_MEMORY, "the operating system refused to start thread ");
    assert_message_has(context, GN_ERROR_MEMORY, " of 64");
    assert_int_equal(m.bytes, bytes);
    gn_context_free(context);
}

static void free_the_context(void *argument, int64_t tile, int worker)
{
    (void)tile;
    (void)worker;
    gn_context_free(argument);
}

static void count_a_word(void *user, gn_log_level level, const char *message)
{
    assert_int_equal(level, GN_LOG_ERROR);
    assert_string_equal(message, "gn_context_free: called by a function that runs on the context's threads");
    atomic_fetch_add((atomic_int *)user, 1);
}

static void a_loop_keeps_its_context(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        atomic_int words = 0;
        gn_context *context = gn_context_new(
            &(gn_context_options){.threads = threads, .log = count_a_word, .log_user = &words});
        gn__parallel_for(context->pool, 10, free_the_context, context);
        gn__parallel_for(context->pool, 1, free_the_context, context);
        assert_int_equal(words, 11);
        gn_context_free(context);
    }
}

static void there_is_at_least_one_processor(void **state)
{
    (void)state;
    assert_in_range(gn__available_processors(), 1, INT16_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tile_runs_once),
        cmocka_unit_test(many_small_loops_lose_nothing),
        cmocka_unit_test(a_pool_wakes_up_after_a_rest),
        cmocka_unit_test(a_loop_within_a_tile_runs_on_its_thread),
        cmocka_unit_test(tiles_run_at_the_same_time_and_the_loop_waits_for_all),
        cmocka_unit_test(tiles_can_be_begun_in_their_order),
        cmocka_unit_test(a_local_loop_runs_every_tile_once),
        cmocka_unit_test(a_local_loop_leaves_to_each_thread_its_part),
        cmocka_unit_test(a_local_loop_does_not_wait_for_a_thread_that_stands_still),
        cmocka_unit_test(an_even_number_of_stretches),
        cmocka_unit_test(results_do_not_depend_on_the_threads),
        cmocka_unit_test(a_forked_child_runs_alone),
        cmocka_unit_test(a_child_that_is_forked_in_a_loop_is_in_none),
        cmocka_unit_test(contexts_of_different_threads_do_not_meet),
        cmocka_unit_test(workers_leave_signals_to_the_program),
        cmocka_unit_test(pools_come_and_go),
        cmocka_unit_test(a_pool_may_find_no_memory),
        cmocka_unit_test(a_pool_may_find_no_threads),
        cmocka_unit_test(a_loop_keeps_its_context),
        cmocka_unit_test(there_is_at_least_one_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
