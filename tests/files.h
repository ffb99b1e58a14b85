/* SPDX-License-Identifier: MIT */
/* tests/files.h - a temporary directory for a test program, and files written and read whole. */
#ifndef GN_TESTS_FILES_H
#define GN_TESTS_FILES_H

#include "test.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char test_directory[200];

/* A group's setup and teardown. */
static inline int open_directory(void **state)
{
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(test_directory, sizeof test_directory, "%.150s/gannet_test_XXXXXX", base != NULL ? base : "/tmp");
    return mkdtemp(test_directory) == NULL;
}

static inline int close_directory(void **state)
{
    (void)state;
    DIR *directory = opendir(test_directory);
    for (const struct dirent *entry = NULL; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s", test_directory, entry->d_name);
        if (entry->d_name[0] != '.')
            remove(path);
    }
    if (directory != NULL)
        closedir(directory);
    return rmdir(test_directory);
}

/* The same for tests whose state is a context. */
static inline int open_context_and_directory(void **state)
{
    return open_context(state) != 0 || open_directory(state) != 0;
}

static inline int close_context_and_directory(void **state)
{
    close_context(state);
    return close_directory(state);
}

/* The path of a file there; valid for the next seven calls. */
static inline const char *path_of(const char *name)
{
    static char paths[8][600];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", test_directory, name);
    return path;
}

/* Where the library writes a file of that name before it takes its place; valid until the next call. */
static inline const char *temporary_of(const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/.%s.gannet.tmp", test_directory, name);
    return path;
}

static inline bool is_there(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0;
}

/* A file that is overwritten costs a wait for the disk, a new one does not. */
static inline void put_file(const char *path, const void *bytes, size_t size)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(size == 0 ? 0 : fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* The caller frees what comes back. */
static inline unsigned char *get_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &about), 0);
    *size = (size_t)about.st_size;
    unsigned char *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static inline bool file_holds(const char *path, const void *bytes, size_t size)
{
    size_t found_size;
    unsigned char *found = get_file(path, &found_size);
    const bool equal = found_size == size && memcmp(found, bytes, size) == 0;
    free(found);
    return equal;
}

/* The whole of a text file; the caller frees it. */
static inline char *read_text(const char *path)
{
    enum { MOST = 1 << 20 };
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, MOST);
    assert_non_null(text);
    assert_true(fread(text, 1, MOST - 1, file) > 0);
    fclose(file);
    return text;
}

static inline int count_of(const char *text, const char *word)
{
    int count = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word))
        count++;
    return count;
}

#endif
