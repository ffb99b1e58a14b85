/* SPDX-License-Identifier: MIT */
/* lib/data/prefetch.c - a thread that gathers images ahead of their use. It touches no context: what fails is told by
 * whoever waits. */
#define _GNU_SOURCE
#include "data/prefetch.h"

#include "core/context.h"

#include <unistd.h>

typedef enum state { IDLE, ASKED, DONE, STOPPING } state;

struct gn__prefetch {
    gn_dataset *dataset;
    pid_t process;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    state state;
    bool busy; /* something was begun and not ended: of the caller's thread alone */
    gn__gathering gathering;
};

static void set_state(gn__prefetch *prefetch, state next)
{
    pthread_mutex_lock(&prefetch->mutex);
    prefetch->state = next;
    pthread_cond_broadcast(&prefetch->changed);
    pthread_mutex_unlock(&prefetch->mutex);
}

/* Waits until the state is one of two. */
static state await(gn__prefetch *prefetch, state one, state other)
{
    pthread_mutex_lock(&prefetch->mutex);
    while (prefetch->state != one && prefetch->state != other)
        pthread_cond_wait(&prefetch->changed, &prefetch->mutex);
    const state found = prefetch->state;
    pthread_mutex_unlock(&prefetch->mutex);
    return found;
}

static void *work(void *argument)
{
    gn__prefetch *prefetch = argument;
    while (await(prefetch, ASKED, STOPPING) == ASKED) {
        gn__gather_alone(&prefetch->gathering);
        set_state(prefetch, DONE);
    }
    return NULL;
}

gn__prefetch *gn__prefetch_new(gn_dataset *dataset)
{
    gn__prefetch *prefetch = gn__new(dataset->context, sizeof *prefetch);
    if (prefetch == NULL)
        return NULL;
    *prefetch = (gn__prefetch){.dataset = dataset, .process = getpid(), .state = IDLE};
    pthread_mutex_init(&prefetch->mutex, NULL);
    pthread_cond_init(&prefetch->changed, NULL);
    if (gn__thread_start(&prefetch->thread, work, prefetch) == 0)
        return prefetch;
    pthread_cond_destroy(&prefetch->changed);
    pthread_mutex_destroy(&prefetch->mutex);
    gn__delete(dataset->context, prefetch, sizeof *prefetch);
    return gn__fail(dataset->context, GN_ERROR_MEMORY, "batches: no thread to prefetch with could be started");
}

void gn__prefetch_free(gn__prefetch *prefetch)
{
    if (prefetch == NULL)
        return;
    if (prefetch->process == getpid()) {
        gn__prefetch_cancel(prefetch);
        set_state(prefetch, STOPPING);
        pthread_join(prefetch->thread, NULL);
        pthread_cond_destroy(&prefetch->changed);
        pthread_mutex_destroy(&prefetch->mutex);
    }
    gn__delete(prefetch->dataset->context, prefetch, sizeof *prefetch);
}

bool gn__prefetch_is_caller(const gn__prefetch *prefetch)
{
    return prefetch != NULL && prefetch->process == getpid() && pthread_equal(prefetch->thread, pthread_self()) != 0;
}

void gn__prefetch_begin(gn__prefetch *prefetch, const uint32_t *order, int64_t start, gn_tensor *images,
                        gn_tensor *labels)
{
    prefetch->gathering = gn__gathering_of(prefetch->dataset, order, start, images, labels);
    prefetch->busy = true;
    if (prefetch->process == getpid())
        set_state(prefetch, ASKED);
}

void gn__prefetch_cancel(gn__prefetch *prefetch)
{
    if (prefetch->busy && prefetch->process == getpid()) {
        await(prefetch, DONE, DONE);
        set_state(prefetch, IDLE);
    }
    prefetch->busy = false;
}

gn_status gn__prefetch_end(gn__prefetch *prefetch)
{
    if (prefetch->process != getpid())
        gn__gather_alone(&prefetch->gathering);
    gn__prefetch_cancel(prefetch);
    return gn__gather_report(prefetch->dataset, &prefetch->gathering);
}
