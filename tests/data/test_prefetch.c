/* SPDX-License-Identifier: MIT */
/* tests/data/test_prefetch.c - batches that are gathered ahead: the same ones, by another thread, whatever happens
 * meanwhile. */
#include "data/prefetch.h"
#include "numbered.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static gn_batches *new_batches(gn_dataset *dataset, gn_batches_options options)
{
    gn_batches *batches = gn_batches_new(dataset, &options);
    assert_non_null(batches);
    return batches;
}

static void assert_same_batch(gn_batches *one, gn_batches *other)
{
    const gn_batch *a = gn_batches_next(one), *b = gn_batches_next(other);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a->size, b->size);
    assert_memory_equal(gn_tensor_values(a->images), gn_tensor_values(b->images),
                        (size_t)gn_tensor_count(a->images) * sizeof(gn_real));
    assert_memory_equal(gn_tensor_values(a->labels), gn_tensor_values(b->labels), (size_t)a->size * sizeof(gn_real));
    assert_int_equal(gn_batches_position(one), gn_batches_position(other));
}

static void batches_are_the_same(void **state)
{
    numbered n = {0};
    gn_dataset *dataset = new_numbered(*state, &n, 23);
    for (int kind = 0; kind < 4; kind++) {
        gn_batches_options options = {.size = 5, .seed = 3, .keep_last = kind % 2 == 1, .in_order = kind >= 2};
        gn_batches *plain = new_batches(dataset, options);
        options.prefetch = true;
        gn_batches *ahead = new_batches(dataset, options);
        for (int i = 0; i < 17; i++) {
            if (i == 8) { /* to another epoch, and so another order */
                gn_batches_set_position(plain, 2);
                gn_batches_set_position(ahead, 2);
            }
            assert_same_batch(ahead, plain);
        }
        gn_batches_free(ahead);
        gn_batches_free(plain);
    }
    gn_dataset_free(dataset);
}

/* --- a source that can be watched --------------------------------------------------------------------------------- */

typedef struct watched {
    pthread_mutex_t mutex;
    pthread_cond_t called;
    int64_t calls;
} watched;

static gn_status watched_item(const void *user, int64_t index, gn_real *image, int *label)
{
    watched *w = (watched *)(uintptr_t)user; /* only counts */
    pthread_mutex_lock(&w->mutex);
    w->calls++;
    pthread_cond_broadcast(&w->called);
    pthread_mutex_unlock(&w->mutex);
    image[0] = (gn_real)index;
    *label = 0;
    return GN_OK;
}

/* Waits for so many calls, at most ten seconds. */
static bool has_called(watched *w, int64_t calls)
{
    struct timespec until;
    int late = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&w->mutex);
    while (w->calls < calls && late == 0)
        late = pthread_cond_timedwait(&w->called, &w->mutex, &until);
    const bool enough = w->calls >= calls;
    pthread_mutex_unlock(&w->mutex);
    return enough;
}

static gn_batches *watched_batches(gn_context *context, watched *w, gn_dataset **dataset)
{
    *w = (watched){.mutex = PTHREAD_MUTEX_INITIALIZER, .called = PTHREAD_COND_INITIALIZER};
    *dataset = gn_dataset_new(
        context,
        &(gn_dataset_source){
            .count = 12, .height = 1, .width = 1, .channels = 1, .classes = 1, .item = watched_item, .user = w});
    return new_batches(*dataset, (gn_batches_options){.size = 3, .in_order = true, .prefetch = true});
}

static void the_next_batch_comes_without_being_asked_for(void **state)
{
    watched w;
    gn_dataset *dataset;
    gn_batches *batches = watched_batches(*state, &w, &dataset);
    assert_int_equal(w.calls, 0); /* nobody wanted one yet */
    assert_non_null(gn_batches_next(batches));
    assert_true(has_called(&w, 6));
    assert_non_null(gn_batches_next(batches));
    assert_true(has_called(&w, 9));
    gn_batches_free(batches); /* with one that nobody took */
    gn_dataset_free(dataset);
}

static void a_forked_child_goes_on_alone(void **state)
{
    watched w;
    gn_dataset *dataset;
    gn_batches *batches = watched_batches(*state, &w, &dataset);
    assert_non_null(gn_batches_next(batches));
    assert_true(has_called(&w, 6));
    const pid_t child = fork();
    if (child == 0) {
        const gn_batch *second = gn_batches_next(batches), *third = second == NULL ? NULL : gn_batches_next(batches);
        const bool right = third != NULL && gn_tensor_values(third->images)[2] == 8;
        gn_batches_free(batches);
        _exit(right ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

static void a_failure_is_told_with_its_own_batch(void **state)
{
    numbered n = {.bad_from = 7, .bad_step = 100};
    gn_dataset *dataset = new_numbered(*state, &n, 12);
    gn_batches *batches = new_batches(dataset, (gn_batches_options){.size = 4, .in_order = true, .prefetch = true});
    assert_non_null(gn_batches_next(batches));
    for (int i = 0; i < 2; i++) { /* once fetched ahead, once asked for again */
        assert_null(gn_batches_next(batches));
        assert_string_equal(gn_context_message(*state),
                            "data set: image 7: the operating system refused to read or write");
        assert_int_equal(gn_batches_position(batches), 1);
    }
    n.bad_step = 0; /* and no failure is for ever */
    for (int i = 1; i < 3; i++) {
        const gn_batch *batch = gn_batches_next(batches);
        assert_non_null(batch);
        assert_image(batch->images, 0, 4 * i);
    }
    gn_batches_free(batches);
    gn_dataset_free(dataset);
}

static bool make_batches(gn_context *context, void *argument)
{
    numbered n = {0};
    const gn_dataset_source source = numbered_source(&n, 12);
    gn_dataset *dataset = gn_dataset_new(context, &source);
    gn_batches *batches = gn_batches_new(dataset, &(gn_batches_options){.size = 4, .prefetch = true});
    const bool done = batches != NULL && gn_batches_next(batches) != NULL && gn_batches_next(batches) != NULL;
    (void)argument;
    gn_batches_free(batches);
    gn_dataset_free(dataset);
    return done;
}

static void memory_that_runs_out_is_an_error(void **state)
{
    (void)state;
    assert_true(memory_fail_each(make_batches, NULL) > 5); /* two rooms, an order, a thread */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(batches_are_the_same, open_context, close_context),
        cmocka_unit_test_setup_teardown(the_next_batch_comes_without_being_asked_for, open_context, close_context),
        cmocka_unit_test_setup_teardown(a_forked_child_goes_on_alone, open_context, close_context),
        cmocka_unit_test_setup_teardown(a_failure_is_told_with_its_own_batch, open_context, close_context),
        cmocka_unit_test(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
