/* SPDX-License-Identifier: MIT */
/* tests/data/test_folder.c - pictures in a folder for each class. */
#include "encode.h"
#include "files.h"
#include "memory.h"

#include <gannet/data.h>

/* A folder of the test's own, with folders in it. */
static char root[400];

static int open_all(void **state)
{
    *state = gn_context_new(&(gn_context_options){.threads = 2});
    if (*state == NULL || open_directory(state) != 0)
        return -1;
    snprintf(root, sizeof root, "%s", path_of("pictures"));
    return mkdir(root, 0777);
}

static int close_all(void **state)
{
    gn_context_free(*state);
    char command[500];
    snprintf(command, sizeof command, "rm -rf '%s'", test_directory);
    return system(command);
}

static const char *inside(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

/* A picture of one grey, 6 x 4. */
static void put_grey(const char *name, unsigned char grey)
{
    unsigned char pixels[24];
    for (int i = 0; i < 24; i++)
        pixels[i] = grey;
    put_png(inside(name), 6, 4, PNG_FORMAT_GRAY, pixels);
}

static void make_folders(void)
{
    mkdir(inside("dogs"), 0777);
    mkdir(inside("cats"), 0777);
    mkdir(inside(".hidden"), 0777);
    for (int i = 0; i < 11; i++) {
        char name[32];
        snprintf(name, sizeof name, "cats/%02d.PNG", i);
        put_grey(name, (unsigned char)(10 * i));
    }
    put_grey("dogs/a.png", 200);
    put_file(inside("dogs/notes.txt"), "no picture", 10);
    put_file(inside("stray.png"), "in no class", 11);
}

static gn_dataset *load(gn_context *context, gn_folder_options options)
{
    return gn_folder_load(context, root, &options);
}

static void classes_in_order_and_every_tenth_a_test(void **state)
{
    gn_context *context = *state;
    make_folders();
    gn_dataset *dataset = load(context, (gn_folder_options){.size = 2, .channels = 1});
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_count(dataset), 11); /* 10 cats, 1 dog */
    assert_int_equal(gn_dataset_classes(dataset), 2);
    assert_string_equal(gn_dataset_class_name(dataset, 0), "cats");
    assert_string_equal(gn_dataset_class_name(dataset, 1), "dogs");
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(11, 2, 2, 1)), *labels = gn_tensor_new(context, GN_SHAPE(11));
    assert_int_equal(gn_dataset_gather(dataset, NULL, 0, images, labels), GN_OK);
    for (int i = 0; i < 11; i++) {
        const int grey = i == 10 ? 200 : i == 9 ? 100 : 10 * i; /* cat 9 is for the test */
        assert_true(gn_tensor_values(labels)[i] == (gn_real)(i == 10));
        assert_true(gn_tensor_values(images)[4 * i] == (gn_real)grey / (gn_real)127.5 - 1);
    }
    gn_tensor_free(labels);
    gn_tensor_free(images);
    gn_dataset_free(dataset);
    dataset = load(context, (gn_folder_options){.size = 5, .split = GN_SPLIT_TEST});
    assert_int_equal(gn_dataset_count(dataset), 1);
    assert_true(gn_shape_equal(gn_dataset_image_shape(dataset), GN_SHAPE(5, 5, 3)));
    gn_dataset_free(dataset);
}

static void keep_log(void *user, gn_log_level level, const char *message)
{
    char *kept = user;
    assert_int_equal(level, GN_LOG_WARNING);
    strncat(kept, message, 1999 - strlen(kept));
    strncat(kept, "\n", 1999 - strlen(kept));
}

static void what_is_left_out_is_told(void **state)
{
    (void)state;
    char told[2000] = "", expected[2000];
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1, .log = keep_log, .log_user = told});
    put_file(inside("dogs/b.png"), "no picture", 10);
    gn_dataset *dataset = load(context, (gn_folder_options){.size = 2, .skip_damaged = true});
    assert_non_null(dataset);
    assert_message(context, GN_OK, "");
    assert_int_equal(gn_dataset_count(dataset), 11);
    snprintf(expected, sizeof expected,
             "%s: 1 left out, such as 'stray.png': expected folders, one for each class\n"
             "%s: 1 left out, such as 'notes.txt': expected files called .png, .jpg or .jpeg\n"
             "left out: %s: neither a PNG nor a JPEG file\n",
             root, inside("dogs"), path_of("pictures/dogs/b.png"));
    assert_string_equal(told, expected);
    gn_dataset_free(dataset);
    gn_context_fail(context, GN_ERROR_STATE, "before");
    gn_dataset_free(load(context, (gn_folder_options){.size = 2, .skip_damaged = true}));
    assert_message(context, GN_ERROR_STATE, "before");

    put_file(inside("dogs/a.png"), "no picture", 10);
    mkdir(path_of("damaged"), 0777);
    rename(inside("dogs"), path_of("damaged/dogs"));
    assert_null(gn_folder_load(context, path_of("damaged"), &(gn_folder_options){.size = 2, .skip_damaged = true}));
    assert_message_has(context, GN_ERROR_FORMAT, "damaged: every one of the 2 pictures is damaged");
    rename(path_of("damaged/dogs"), inside("dogs"));
    unlink(inside("dogs/b.png"));
    put_grey("dogs/a.png", 200);
    rmdir(path_of("damaged"));
    gn_context_free(context);
}

static bool load_damaged(gn_context *context, void *argument)
{
    (void)argument;
    gn_dataset *dataset = load(context, (gn_folder_options){.size = 4, .skip_damaged = true});
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void bad_options_and_folders(void **state)
{
    gn_context *context = *state;
    char message[900];
    assert_null(load(context, (gn_folder_options){.size = 0}));
    assert_message(context, GN_ERROR_ARGUMENT, "folder: size is 0, expected 1 to 1024");
    assert_null(load(context, (gn_folder_options){.size = 4, .channels = 2}));
    assert_message(context, GN_ERROR_ARGUMENT, "folder: channels is 2, expected 1 (grey) or 3 (coloured)");
    assert_null(load(context, (gn_folder_options){.size = 4, .split = (gn_split)2}));
    assert_message(context, GN_ERROR_ARGUMENT, "folder: split is 2, expected training or test");
    assert_null(gn_folder_load(NULL, root, &(gn_folder_options){.size = 4}));
    assert_null(gn_folder_load(context, NULL, &(gn_folder_options){.size = 4}));
    assert_message(context, GN_ERROR_ARGUMENT, "folder: the name is NULL");
    assert_null(gn_folder_load(context, "", &(gn_folder_options){.size = 4}));
    assert_message(context, GN_ERROR_ARGUMENT, "folder: the name is empty");
    assert_null(gn_folder_load(context, root, NULL));
    assert_message(context, GN_ERROR_ARGUMENT, "folder: the options are NULL");
    assert_null(gn_folder_load(context, "/nowhere", &(gn_folder_options){.size = 4}));
    assert_message(context, GN_ERROR_IO, "/nowhere: cannot read: No such file or directory");
    assert_null(gn_folder_load(context, inside("dogs"), &(gn_folder_options){.size = 4}));
    assert_message_has(context, GN_ERROR_FORMAT, "dogs: holds 0 folders, expected 1 to 256, one for each class");
    put_file(inside("dogs/b.jpeg"), "\xFF\xD8\xFF nonsense", 12);
    assert_null(load(context, (gn_folder_options){.size = 4}));
    snprintf(message, sizeof message, "%s: damaged JPEG file: ", inside("dogs/b.jpeg"));
    assert_message_has(context, GN_ERROR_FORMAT, message);
    put_file(inside("dogs/b.jpeg"), "no picture", 10);
    assert_null(load(context, (gn_folder_options){.size = 4}));
    snprintf(message, sizeof message, "%s: neither a PNG nor a JPEG file", inside("dogs/b.jpeg"));
    assert_message(context, GN_ERROR_FORMAT, message);
    unlink(inside("dogs/b.jpeg"));
    mkdir(path_of("empty"), 0777);
    mkdir(path_of("empty/class"), 0777);
    assert_null(gn_folder_load(context, path_of("empty"), &(gn_folder_options){.size = 4}));
    assert_message_has(context, GN_ERROR_FORMAT, "empty/class: holds no PNG or JPEG pictures");
    put_grey("../empty/class/a.png", 1);
    const gn_folder_options test = {.size = 4, .split = GN_SPLIT_TEST};
    assert_null(gn_folder_load(context, path_of("empty"), &test));
    assert_message_has(context, GN_ERROR_FORMAT,
                       "empty: no class has ten pictures, of which the tenth would be for the test");
}

static void there_may_be_256_classes(void **state)
{
    gn_context *context = *state;
    const gn_folder_options options = {.size = 1};
    assert_int_equal(mkdir(path_of("many"), 0777), 0);
    for (int i = 0; i <= 256; i++) {
        char name[32];
        snprintf(name, sizeof name, "../many/%d", i);
        assert_int_equal(mkdir(inside(name), 0777), 0);
        snprintf(name, sizeof name, "../many/%d/a.png", i);
        put_grey(name, 1);
    }
    assert_null(gn_folder_load(context, path_of("many"), &options));
    assert_message_has(context, GN_ERROR_FORMAT, "many: holds 257 folders, expected 1 to 256");
    unlink(path_of("many/256/a.png"));
    rmdir(path_of("many/256"));
    gn_dataset *dataset = gn_folder_load(context, path_of("many"), &options);
    assert_non_null(dataset);
    assert_int_equal(gn_dataset_classes(dataset), 256);
    gn_dataset_free(dataset);
}

static bool load_test(gn_context *context, void *argument)
{
    (void)argument;
    gn_dataset *dataset = load(context, (gn_folder_options){.size = 4});
    gn_dataset_free(dataset);
    return dataset != NULL;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(memory_fail_each(load_test, NULL) > 20);
    put_file(inside("dogs/b.png"), "no picture", 10);
    assert_true(memory_fail_each(load_damaged, NULL) > 20);
    unlink(inside("dogs/b.png"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_in_order_and_every_tenth_a_test),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(bad_options_and_folders),
        cmocka_unit_test(there_may_be_256_classes),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
