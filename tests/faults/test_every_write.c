/* SPDX-License-Identifier: MIT */
/* tests/faults/test_every_write.c - what everything that writes a file does when the disk fails, at every call that it
 * makes.
 *
 * Each of open, write, fsync, close and rename fails once, with each of ENOSPC, EIO, EACCES and EDQUOT: the old file
 * stays as it was and alone, and the message names file and cause. Interrupted calls and short writes are gone on with.
 * (tests/io/faults.h) */
#include "gan/game.h"
#include "io/faults.h"

typedef struct stage {
    game game;
    gn_archive *archive;
    gn_animation *animation;
} stage;

static gn_status save_run(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    return gn_gan_save(s->game.gan, path, "{}");
}

static gn_status save_module(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    return gn_module_save(s->game.options.generator, path, "{}");
}

static gn_status save_npy(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    return gn_npy_save(s->game.data.images, path);
}

static gn_status save_npz(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    return gn_npz_save(s->archive, path);
}

static gn_status save_png(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    return gn_image_grid_write(path, s->game.data.images, 4, 1);
}

static gn_status save_gif(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    return gn_animation_write(s->animation, path, 5);
}

static gn_status save_diagram(gn_context *context, const char *path, void *argument)
{
    const stage *s = argument;
    const gn_shape inputs[] = {GN_SHAPE(2, TINY_LATENT), GN_SHAPE(2, TINY_CLASSES)};
    static const char *const names[] = {"noise", "label"};
    const gn_diagram_part part = {s->game.options.generator, inputs, names, 2, "image"};
    return gn_diagram_write(context, path, &part, 1);
}

static gn_status save_onnx(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    const gn_shape inputs[] = {GN_SHAPE(2, TINY_LATENT), GN_SHAPE(2, TINY_CLASSES)};
    return gn_onnx_export(s->game.options.generator, path, &(gn_onnx_options){.inputs = inputs, .count = 2});
}

static gn_status save_c(gn_context *context, const char *path, void *argument)
{
    (void)context;
    const stage *s = argument;
    const gn_shape inputs[] = {GN_SHAPE(2, TINY_LATENT), GN_SHAPE(2, TINY_CLASSES)};
    return gn_module_emit_c(s->game.options.generator, path, inputs, 2, NULL);
}

static const struct writer {
    const char *name;
    saver save;
    bool syncs;
} writers[] = {
    {"a run's checkpoint", save_run, true},    {"a module as safetensors", save_module, true},
    {"an array as .npy", save_npy, false},     {"arrays as .npz", save_npz, false},
    {"pictures as PNG", save_png, false},      {"an animation as GIF", save_gif, true},
    {"a network as SVG", save_diagram, false}, {"a network as ONNX", save_onnx, false},
    {"a network as C source", save_c, false},
};

static void test_every_write(void **state)
{
    stage *s = *state;
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        char name[32];
        snprintf(name, sizeof name, "writer%zu", i);
        faults_made = faults_stood = 0;
        fail_every_call(s->game.context, path_of(name), writers[i].save, s, writers[i].syncs);
        print_message("    %-46s%5d of %d\n", writers[i].name, faults_stood, faults_made);
    }
}

static int open_all(void **state)
{
    static stage s;
    s.game = game_new(1, 0.8f, NULL);
    s.archive = gn_archive_new(s.game.context);
    s.animation = gn_animation_new(s.game.context, 4, 1);
    play(&s.game, 1, NULL);
    assert_int_equal(gn_archive_add(s.archive, "images", s.game.data.images), GN_OK);
    assert_int_equal(gn_animation_add(s.animation, s.game.data.images), GN_OK);
    *state = &s;
    return open_directory(state);
}

static int close_all(void **state)
{
    stage *s = *state;
    gn_animation_free(s->animation);
    gn_archive_free(s->archive);
    game_free(&s->game);
    return close_directory(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_write)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
