/* SPDX-License-Identifier: MIT */
/* tests/gan/test_checkpoint.c - a run in a file: resumed equals uninterrupted, and what does not fit changes
 * nothing. */
#include "gan/networks.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct run {
    gn_context *context;
    gn_gan_options options;
    gn_gan *gan;
    tiny_data data;
} run;

static run run_new(int threads, void (*change)(gn_gan_options *))
{
    run r = {.context = gn_context_new(&(gn_context_options){.seed = 5, .threads = threads})};
    r.options = tiny_options(r.context, 0.8f);
    r.options.average_decay = 0.9f;
    r.options.discriminator_steps = 2;
    if (change != NULL)
        change(&r.options);
    r.gan = gn_gan_new(r.context, &r.options);
    if (r.gan == NULL)
        fail_msg("%s", gn_context_message(r.context));
    r.data = tiny_data_new(r.context, 8, 1);
    return r;
}

static void run_free(run *r)
{
    tiny_data_free(&r->data);
    gn_gan_free(r->gan);
    gn_module_free(r->options.generator);
    gn_module_free(r->options.discriminator);
    gn_context_free(r->context);
}

static void play(run *r, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_int_equal(gn_gan_step(r->gan, &r->data.batch, NULL), GN_OK);
}

static const char *path_of(char *path, size_t size, const char *name)
{
    snprintf(path, size, "/tmp/gannet-test-%ld-%s", (long)getpid(), name);
    return path;
}

static void save(run *r, const char *path)
{
    if (gn_gan_save(r->gan, path, "{\"program\":\"test\"}") != GN_OK)
        fail_msg("%s", gn_context_message(r->context));
}

static bool equal_files(const char *a, const char *b)
{
    FILE *first = fopen(a, "rb"), *second = fopen(b, "rb");
    assert_non_null(first);
    assert_non_null(second);
    int x, y;
    do {
        x = getc(first);
        y = getc(second);
    } while (x == y && x != EOF);
    fclose(first);
    fclose(second);
    return x == y;
}

/* Stopped after each possible step, also between the steps of the discriminator, at another thread count. */
static void test_resumed_equals_uninterrupted(void **state)
{
    (void)state;
    enum { STEPS = 7 };
    char whole[128], half[128], end[128];
    path_of(whole, sizeof whole, "whole");
    path_of(half, sizeof half, "half");
    path_of(end, sizeof end, "end");
    run r = run_new(1, NULL);
    play(&r, STEPS);
    save(&r, whole);
    run_free(&r);
    for (int stop = 0; stop <= STEPS; stop++) {
        run first = run_new(2, NULL), second = run_new(3, NULL);
        play(&first, stop);
        save(&first, half);
        if (gn_gan_load(second.gan, half) != GN_OK)
            fail_msg("%s", gn_context_message(second.context));
        assert_int_equal(gn_gan_steps(second.gan), stop);
        play(&second, STEPS - stop);
        save(&second, end);
        assert_true(equal_files(whole, end));
        run_free(&first);
        run_free(&second);
    }
    remove(whole);
    remove(half);
    remove(end);
}

static void other_loss(gn_gan_options *options)
{
    options->loss = GN_GAN_LEAST_SQUARES;
}

static void other_seed(gn_gan_options *options)
{
    options->seed = 77;
}

static void no_average(gn_gan_options *options)
{
    options->average_decay = 0;
}

static void wider_label(gn_gan_options *options)
{
    gn_context *context = gn_module_context(options->generator);
    gn_module_free(options->generator);
    options->generator = gn_sequential(
        context, "generator",
        gn_join(context, "input", GN_JOIN_CONCAT, gn_identity_layer(context), gn_identity_layer(context)),
        gn_dense_layer(context, &(gn_dense_options){.in = TINY_LATENT + TINY_CLASSES, .out = 16, .name = "project"}),
        gn_reshape_layer(context, GN_SHAPE(4, 4, 1)));
}

static void expect_refused(const char *path, void (*change)(gn_gan_options *), const char *text)
{
    run r = run_new(1, change);
    char before[128], after[128];
    save(&r, path_of(before, sizeof before, "before"));
    assert_int_not_equal(gn_gan_load(r.gan, path), GN_OK);
    if (strstr(gn_context_message(r.context), text) == NULL || strstr(gn_context_message(r.context), path) == NULL)
        fail_msg("'%s' does not say '%s' and the path", gn_context_message(r.context), text);
    save(&r, path_of(after, sizeof after, "after"));
    assert_true(equal_files(before, after));
    remove(before);
    remove(after);
    run_free(&r);
}

static void test_a_foreign_run_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    char path[128], missing[128];
    run r = run_new(1, NULL);
    play(&r, 2);
    save(&r, path_of(path, sizeof path, "foreign"));
    run_free(&r);
    expect_refused(path, other_loss, "saved with other options: 'loss non_saturating', now 'loss least_squares'");
    expect_refused(path, other_seed, "saved with seed 5, now it is 77");
    expect_refused(path, no_average, "saved with other options: 'average_decay 0.899999976', now 'average_decay 0'");
    expect_refused(path, wider_label,
                   "tensor 'generator.project.weight' has shape [5,8] in the file and [5,16] in the network");
    expect_refused(path_of(missing, sizeof missing, "missing"), NULL, "No such file");
    remove(path);
}

static void test_a_generator_from_a_run(void **state)
{
    (void)state;
    char path[128];
    run r = run_new(1, NULL), other = run_new(1, NULL);
    play(&r, 3);
    save(&r, path_of(path, sizeof path, "run"));
    assert_int_equal(gn_module_load(other.options.generator, path), GN_OK);
    const gn_sample_options options = {.seed = 1, .per_class = 2};
    gn_tensor *a = gn_generator_sample(r.options.generator, TINY_CLASSES, &r.options.latent, &options);
    gn_tensor *b = gn_generator_sample(other.options.generator, TINY_CLASSES, &r.options.latent, &options);
    assert_memory_equal(gn_tensor_values(a), gn_tensor_values(b), (size_t)gn_tensor_count(a) * sizeof(gn_real));
    char *config = gn_config_read(r.context, path);
    assert_string_equal(config, "{\"program\":\"test\"}");
    gn_text_free(r.context, config);
    gn_tensor_free(a);
    gn_tensor_free(b);
    remove(path);
    run_free(&r);
    run_free(&other);
}

static void replayed(gn_gan_options *options)
{
    options->replay = 12;
    options->watch_interval = 2;
}

/* The pool of old fakes and what the watch has seen are part of the run; a gan that has no pool yet gets it. */
static void test_pool_and_memories_go_along(void **state)
{
    (void)state;
    char path[128];
    path_of(path, sizeof path, "pool");
    run r = run_new(1, replayed), other = run_new(1, replayed);
    gn_gan_report report, resumed;
    play(&r, 4);
    save(&r, path);
    assert_int_equal(gn_gan_load(other.gan, path), GN_OK);
    assert_int_equal(gn_gan_step(r.gan, &r.data.batch, &report), GN_OK);
    assert_int_equal(gn_gan_step(other.gan, &other.data.batch, &resumed), GN_OK);
    assert_true(report.diversity == resumed.diversity && report.diversity > 0);
    assert_true(report.d_loss == resumed.d_loss && report.g_loss == resumed.g_loss);
    remove(path);
    run_free(&r);
    run_free(&other);
}

/* The running average of a generator can be had without a gan, and is what the gan samples from. */
static void test_average_alone(void **state)
{
    (void)state;
    char path[128];
    path_of(path, sizeof path, "average");
    run r = run_new(1, NULL);
    play(&r, 6);
    save(&r, path);
    gn_module *alone = tiny_generator(r.context, 0.8f);
    assert_int_equal(gn_module_load_average(alone, path), GN_OK);
    const gn_sample_options options = {.seed = 3, .per_class = 2};
    gn_tensor *a = gn_generator_sample(alone, TINY_CLASSES, &(gn_latent){.size = TINY_LATENT}, &options);
    gn_tensor *b = gn_gan_sample(r.gan, &(gn_sample_options){.seed = 3, .per_class = 2, .average = true});
    assert_memory_equal(gn_tensor_values(a), gn_tensor_values(b), 64 * sizeof(gn_real));
    gn_tensor_free(a);
    gn_tensor_free(b);
    gn_module_free(alone);
    remove(path);
    run_free(&r);
}

static void other_optimizer(gn_gan_options *options)
{
    replayed(options);
    options->discriminator_optimizer = (gn_optimizer_options){.kind = GN_SGD};
}

/* A run of another optimizer is refused, and a refused file leaves the gan able to play on with its own pool. */
static void test_refused_files_leave_the_pool_alone(void **state)
{
    (void)state;
    char path[128], empty[128];
    path_of(path, sizeof path, "pool");
    path_of(empty, sizeof empty, "empty");
    run r = run_new(1, replayed), other = run_new(1, other_optimizer);
    save(&r, empty);
    play(&r, 3);
    save(&r, path);
    assert_int_equal(gn_gan_load(other.gan, path), GN_ERROR_FORMAT);
    assert_message_has(other.context, GN_ERROR_FORMAT, "'discriminator_optimizer 0', now 'discriminator_optimizer 2'");
    play(&other, 2);
    run fresh = run_new(1, replayed), same = run_new(1, replayed);
    play(&fresh, 2);
    assert_int_equal(gn_gan_load(fresh.gan, empty), GN_OK); /* from before there was a pool */
    play(&fresh, 2);
    play(&same, 2);
    const gn_real *a = gn_tensor_values(gn_module_tensor(fresh.options.generator, 0).tensor);
    const gn_real *b = gn_tensor_values(gn_module_tensor(same.options.generator, 0).tensor);
    assert_memory_equal(a, b, 40 * sizeof(gn_real));
    remove(path);
    remove(empty);
    run_free(&other);
    run_free(&fresh);
    run_free(&same);
    run_free(&r);
}

static void collapse(gn_module *generator)
{
    gn_tensor *weight = gn_parameter_value(gn_parameters(generator).items[0]);
    for (int64_t i = 0; i < (int64_t)TINY_LATENT * 8; i++)
        gn_tensor_data(weight)[i] = 0;
}

/* The alarm goes by the greatest diversity of the whole run, also after it was resumed, and stays raised. */
static void test_alarm_after_a_resume(void **state)
{
    (void)state;
    char path[128];
    path_of(path, sizeof path, "alarm");
    run r = run_new(1, replayed), resumed = run_new(1, replayed);
    gn_gan_report report;
    play(&r, 2);
    save(&r, path);
    assert_int_equal(gn_gan_load(resumed.gan, path), GN_OK);
    for (int i = 0; i < 2; i++) {
        collapse(resumed.options.generator);
        assert_int_equal(gn_gan_step(resumed.gan, &resumed.data.batch, &report), GN_OK);
    }
    assert_true(report.collapsed);
    save(&resumed, path);
    assert_int_equal(gn_gan_load(r.gan, path), GN_OK);
    assert_int_equal(gn_gan_step(r.gan, &r.data.batch, &report), GN_OK);
    assert_true(report.collapsed);
    remove(path);
    run_free(&r);
    run_free(&resumed);
}

/* A copy of a checkpoint with other counters, or with a tensor in place of the one of this name. */
static void forge(gn_context *context, const char *from, const char *to, int counter, uint64_t value,
                  const char *replaced, gn_tensor *replacement)
{
    gn_archive *original = gn_archive_load(context, from), *copy = gn_archive_new(context);
    gn_tensor *tensors[64] = {NULL}; /* the archive borrows them */
    for (size_t i = 0; i < gn_archive_count(original); i++) {
        const char *name = gn_archive_name(original, i);
        uint64_t numbers[8];
        gn_shape shape;
        assert_int_equal(gn_archive_shape(original, name, &shape), GN_OK);
        if (strncmp(name, "gan.", 4) == 0) {
            assert_int_equal(gn_archive_get_numbers(original, name, numbers, (size_t)shape.size[0]), GN_OK);
            if (strcmp(name, "gan.counters") == 0)
                numbers[counter] = value;
            assert_int_equal(gn_archive_add_numbers(copy, name, numbers, (size_t)shape.size[0]), GN_OK);
            continue;
        }
        assert_true(i < 64);
        gn_tensor *tensor = tensors[i] = gn_tensor_new(context, shape);
        assert_int_equal(gn_archive_get(original, name, tensor), GN_OK);
        const bool other = replaced != NULL && strcmp(name, replaced) == 0;
        assert_int_equal(gn_archive_add(copy, name, other ? replacement : tensor), GN_OK);
    }
    assert_int_equal(gn_archive_add_text(copy, "gannet.gan", gn_archive_text(original, "gannet.gan")), GN_OK);
    assert_int_equal(gn_archive_save(copy, to), GN_OK);
    gn_archive_free(original);
    gn_archive_free(copy);
    for (int i = 0; i < 64; i++)
        gn_tensor_free(tensors[i]);
}

static void expect_forgery_refused(run *r, const char *path, const char *text)
{
    assert_int_equal(gn_gan_load(r->gan, path), GN_ERROR_FORMAT);
    assert_message_has(r->context, GN_ERROR_FORMAT, text);
}

/* Numbers that no run can have are found before anything is changed. */
static void test_forged_files(void **state)
{
    (void)state;
    char path[128], forged[128];
    path_of(path, sizeof path, "true");
    path_of(forged, sizeof forged, "forged");
    run r = run_new(1, replayed);
    play(&r, 2);
    save(&r, path);
    forge(r.context, path, forged, 0, UINT64_MAX, NULL, NULL);
    expect_forgery_refused(&r, forged, "a counter of the run is 18446744073709551615");
    forge(r.context, path, forged, 4, 13, NULL, NULL);
    expect_forgery_refused(&r, forged, "the replay pool holds 13 pictures, expected at most 12");
    gn_tensor *line = gn_tensor_new(r.context, GN_SHAPE(12));
    forge(r.context, path, forged, 4, 12, "replay.images", line);
    expect_forgery_refused(&r, forged, "replay.images has shape [12], expected 12 pictures");
    gn_tensor_free(line);
    gn_tensor *huge = gn_tensor_new(r.context, GN_SHAPE(1, 4096)); /* 12 of them would be made before a byte is read */
    forge(r.context, path, forged, 4, 12, "replay.images", huge);
    expect_forgery_refused(&r, forged, "replay.images has shape [1,4096], expected 12 pictures");
    gn_tensor_free(huge);
    assert_int_equal(gn_module_save(r.options.generator, forged, NULL), GN_OK);
    expect_forgery_refused(&r, forged, "the file holds no gan's run");
    assert_int_equal(gn_gan_load(r.gan, path), GN_OK);
    remove(path);
    remove(forged);
    run_free(&r);
}

/* A run that cannot be saved again is not begun. */
static void test_numbers_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    char path[128], forged[128], message[64];
    path_of(path, sizeof path, "finite");
    path_of(forged, sizeof forged, "not_finite");
    run r = run_new(1, NULL);
    play(&r, 2);
    save(&r, path);
    const gn_named_tensor weight = gn_module_tensor(r.options.generator, 0);
    gn_tensor *bad = gn_tensor_from(r.context, gn_tensor_shape(weight.tensor), gn_tensor_values(weight.tensor));
    static const char *const places[] = {"", "average.", "optimizer."};
    for (int i = 0; i < 3; i++) {
        char name[160];
        snprintf(name, sizeof name, "%s%s%s", places[i], weight.name, i == 2 ? ".m" : "");
        gn_tensor_data(bad)[1] = i == 1 ? INFINITY : NAN;
        forge(r.context, path, forged, 4, 0, name, bad);
        assert_int_equal(gn_gan_load(r.gan, forged), GN_ERROR_NUMBER);
        snprintf(message, sizeof message, "element 1 of tensor '%s", places[i]);
        assert_message_has(r.context, GN_ERROR_NUMBER, message);
    }
    assert_int_equal(gn_gan_load(r.gan, path), GN_OK);
    gn_tensor_free(bad);
    remove(path);
    remove(forged);
    run_free(&r);
}

static bool best(run *r, const char *path, double metric, bool lower)
{
    bool saved;
    assert_int_equal(gn_gan_save_best(r->gan, path, NULL, metric, lower, &saved), GN_OK);
    return saved;
}

/* The best so far is part of the run: a resumed one goes on from there. */
static void test_best_by_metric(void **state)
{
    (void)state;
    char path[128], kept[128];
    path_of(path, sizeof path, "best");
    path_of(kept, sizeof kept, "kept");
    run r = run_new(1, NULL), other = run_new(1, NULL);
    assert_false(best(&r, path, (double)NAN, false));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(best(&r, path, 0.5, false));
    assert_false(best(&r, path, 0.5, false) || best(&r, path, 0.4, false));
    assert_true(best(&r, path, 0.6, false) && best(&r, path, 0.55, true));
    assert_int_equal(gn_gan_load(other.gan, path), GN_OK);
    assert_true(!best(&other, path, 0.55, true) && best(&other, path, 0.5, true));
    bool saved = true;
    assert_int_equal(gn_gan_save_best(r.gan, "/nowhere/at/all", NULL, 1, false, &saved), GN_ERROR_IO);
    assert_true(!saved && best(&r, kept, 0.9, false)); /* what could not be saved is not the best */
    remove(path);
    remove(kept);
    run_free(&r);
    run_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumed_equals_uninterrupted),
        cmocka_unit_test(test_a_foreign_run_is_refused_and_changes_nothing),
        cmocka_unit_test(test_a_generator_from_a_run),
        cmocka_unit_test(test_pool_and_memories_go_along),
        cmocka_unit_test(test_average_alone),
        cmocka_unit_test(test_refused_files_leave_the_pool_alone),
        cmocka_unit_test(test_alarm_after_a_resume),
        cmocka_unit_test(test_forged_files),
        cmocka_unit_test(test_numbers_that_are_not_finite_are_refused),
        cmocka_unit_test(test_best_by_metric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
