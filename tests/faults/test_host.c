/* SPDX-License-Identifier: MIT */
/* tests/faults/test_host.c - the library as a guest: it trains in several threads and after fork(), and leaves the
 * process as it was. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "files.h"
#include "gan/game.h"

#include <dlfcn.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { STEPS = 20, HOSTS = 4 };

/* How many threads OpenBLAS has for the program; 0 without OpenBLAS. */
static int blas_threads(void)
{
    int (*get)(void) = NULL;
    void *const found = dlsym(RTLD_DEFAULT, "openblas_get_num_threads");
    memcpy(&get, &found, sizeof get);
    return get == NULL ? 0 : get();
}

static void set_blas_threads(int threads)
{
    void (*set)(int) = NULL;
    void *const found = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    memcpy(&set, &found, sizeof set);
    if (set != NULL)
        set(threads);
}

/* --- threads ------------------------------------------------------------------------------------------------------ */

static void otherwise(gn_gan_options *options)
{
    options->average_decay = 0.9f;
    options->generator_optimizer.rate = 1e-3f;
}

/* Half of the hosts play another game, each with threads of its own. */
static uint64_t weights_of_host(int number, int threads)
{
    return weights_after(STEPS, threads, 0.8f, number % 2 == 0 ? NULL : otherwise);
}

typedef struct host {
    int number;
    uint64_t weights;
} host;

static void *train(void *argument)
{
    host *h = argument;
    h->weights = weights_of_host(h->number, 2);
    return NULL;
}

static void contexts_train_side_by_side_as_alone(void **state)
{
    (void)state;
    const uint64_t alone[2] = {weights_of_host(0, 1), weights_of_host(1, 1)};
    pthread_t threads[HOSTS];
    host hosts[HOSTS];
    assert_true(alone[0] != alone[1]);
    set_blas_threads(3); /* the host's own */
    const int own = blas_threads();
    for (int i = 0; i < HOSTS; i++) {
        hosts[i] = (host){.number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, train, &hosts[i]), 0);
    }
    for (int i = 0; i < HOSTS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < HOSTS; i++)
        assert_true(hosts[i].weights == alone[i % 2]);
    assert_int_equal(blas_threads(), own);
    print_message("    %d contexts trained in %d threads at once: %d of %d as alone\n", HOSTS, HOSTS, HOSTS, HOSTS);
}

/* A context may also go from one thread to another, as long as one uses it at a time. */
static void *play_on(void *argument)
{
    play(argument, STEPS / 2, NULL);
    return NULL;
}

static void a_context_may_be_handed_on(void **state)
{
    (void)state;
    game stays = game_new(2, 0.8f, NULL), moves = game_new(2, 0.8f, NULL);
    pthread_t thread;
    play(&stays, STEPS, NULL);
    play(&moves, STEPS / 2, NULL);
    assert_int_equal(pthread_create(&thread, NULL, play_on, &moves), 0);
    pthread_join(thread, NULL);
    assert_true(bits_of(stays.options.generator, NULL) == bits_of(moves.options.generator, NULL));
    game_free(&stays);
    game_free(&moves);
}

/* --- fork --------------------------------------------------------------------------------------------------------- */

/* In a forked process: what a play gives there, compared with what is expected. */
static bool same_in_a_child(game *g, uint64_t expected)
{
    int end = 0;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        play(g, STEPS / 2, NULL);
        _exit(bits_of(g->options.generator, NULL) == expected ? 0 : 1);
    }
    return child > 0 && waitpid(child, &end, 0) == child && end == 0;
}

static void a_fork_goes_on_and_so_does_its_parent(void **state)
{
    (void)state;
    game straight = game_new(2, 0.8f, NULL), forked = game_new(2, 0.8f, NULL);
    play(&straight, STEPS, NULL);
    play(&forked, STEPS / 2, NULL);
    const uint64_t expected = bits_of(straight.options.generator, NULL);
    assert_true(same_in_a_child(&forked, expected));
    play(&forked, STEPS / 2, NULL);
    assert_true(bits_of(forked.options.generator, NULL) == expected);
    print_message("    after fork(): 2 of 2 processes go on with the same bits\n");
    game_free(&straight);
    game_free(&forked);
}

/* --- the state of the process ------------------------------------------------------------------------------------- */

/* Files that are open; 0 where the system does not list them. */
static int open_files(void)
{
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory != NULL && readdir(directory) != NULL)
        count++;
    if (directory != NULL)
        closedir(directory);
    return count;
}

typedef struct process {
    char locale[256], folder[256];
    struct sigaction actions[32];
    sigset_t mask;
    fenv_t arithmetic;
    mode_t umask;
    int files, blas_threads;
    char *environment;
    struct rlimit limits[RLIMIT_NLIMITS];
} process;

extern char **environ;

static char *all_of_environment(void)
{
    char *all = calloc(1, 1 << 20);
    assert_non_null(all);
    for (char **entry = environ; *entry != NULL; entry++)
        strncat(all, *entry, (1 << 20) - strlen(all) - 1);
    return all;
}

static process look(void)
{
    process p = {0};
    snprintf(p.locale, sizeof p.locale, "%s", setlocale(LC_ALL, NULL));
    assert_non_null(getcwd(p.folder, sizeof p.folder));
    for (int i = 1; i < 32; i++)
        sigaction(i, NULL, &p.actions[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &p.mask);
    fegetenv(&p.arithmetic);
    p.umask = umask(022);
    umask(p.umask);
    p.files = open_files();
    p.blas_threads = blas_threads();
    p.environment = all_of_environment();
    for (int i = 0; i < RLIMIT_NLIMITS; i++)
        getrlimit((__rlimit_resource_t)i, &p.limits[i]);
    return p;
}

/* Something of everything: training, files of all kinds, data, metrics. */
static void use_the_library(void)
{
    game g = game_new(2, 0.8f, otherwise);
    const int own = blas_threads();
    play(&g, 3, NULL);
    assert_int_equal(blas_threads(), own); /* while there is a context, too */
    assert_int_equal(gn_gan_save(g.gan, path_of("run"), "{}"), GN_OK);
    assert_int_equal(gn_gan_load(g.gan, path_of("run")), GN_OK);
    assert_int_equal(gn_image_grid_write(path_of("grid.png"), g.data.images, 4, 1), GN_OK);
    gn_animation *animation = gn_animation_new(g.context, 4, 1);
    assert_int_equal(gn_animation_add(animation, g.data.images), GN_OK);
    assert_int_equal(gn_animation_write(animation, path_of("film.gif"), 5), GN_OK);
    gn_animation_free(animation);
    gn_dataset *digits = gn_digits_new(g.context, &(gn_digits_options){.count = 20});
    gn_batches *batches = gn_batches_new(digits, &(gn_batches_options){.size = 4, .prefetch = true});
    assert_non_null(gn_batches_next(batches));
    gn_batches_free(batches);
    gn_dataset_free(digits);
    assert_null(gn_npy_load(g.context, path_of("missing")));
    game_free(&g);
}

static bool equal_rounding(const fenv_t *a, const fenv_t *b)
{
#if defined(__x86_64__) && defined(__GLIBC__)
    const unsigned flags = 0x3F; /* what has happened since; it says nothing of the mode */
    return a->__control_word == b->__control_word && (a->__mxcsr & ~flags) == (b->__mxcsr & ~flags);
#else
    (void)a, (void)b;
    return fegetround() == FE_TONEAREST;
#endif
}

static void the_process_stays_as_it_was(void **state)
{
    (void)state;
    process before = look(), after;
    use_the_library();
    after = look();
    assert_string_equal(before.locale, after.locale);
    assert_string_equal(before.folder, after.folder);
    assert_string_equal(before.environment, after.environment);
    for (int i = 1; i < 32; i++) {
        assert_ptr_equal((void *)(uintptr_t)before.actions[i].sa_handler,
                         (void *)(uintptr_t)after.actions[i].sa_handler);
        assert_int_equal(before.actions[i].sa_flags, after.actions[i].sa_flags);
        assert_int_equal(sigismember(&before.mask, i), sigismember(&after.mask, i));
    }
    assert_true(equal_rounding(&before.arithmetic, &after.arithmetic));
    assert_int_equal(before.umask, after.umask);
    assert_int_equal(before.files, after.files);
    assert_int_equal(before.blas_threads, after.blas_threads);
    assert_memory_equal(before.limits, after.limits, sizeof before.limits);
    free(before.environment);
    free(after.environment);
    print_message(
        "    locale, folder, environment, signals, mask, floating point, umask, files, limits, BLAS: 10 of 10 stay\n");
}

/* A checkpoint has the same bytes, and loads, whatever the host writes instead of a decimal point. (Without a German or
 * French locale: localedef -i de_DE -f UTF-8 DIR/de_DE.UTF-8, and LOCPATH=DIR.) */
static void the_locale_of_the_host_changes_nothing(void **state)
{
    (void)state;
    size_t size;
    game g = game_new(1, 0.8f, otherwise);
    assert_int_equal(gn_gan_save(g.gan, path_of("run"), "{}"), GN_OK);
    unsigned char *bytes = get_file(path_of("run"), &size);
    const bool foreign = setlocale(LC_ALL, "de_DE.UTF-8") != NULL || setlocale(LC_ALL, "fr_FR.UTF-8") != NULL;
    const gn_status saved = gn_gan_save(g.gan, path_of("foreign"), "{}"), loaded = gn_gan_load(g.gan, path_of("run"));
    setlocale(LC_ALL, "C");
    const bool equal = file_holds(path_of("foreign"), bytes, size);
    free(bytes);
    game_free(&g);
    assert_int_equal(saved, GN_OK);
    assert_int_equal(loaded, GN_OK);
    assert_true(equal);
    if (!foreign)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_train_side_by_side_as_alone),   cmocka_unit_test(a_context_may_be_handed_on),
        cmocka_unit_test(a_fork_goes_on_and_so_does_its_parent),  cmocka_unit_test(the_process_stays_as_it_was),
        cmocka_unit_test(the_locale_of_the_host_changes_nothing),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
