/* SPDX-License-Identifier: MIT */
/* examples/common/plain_file.c - files that are read and written by stdio: regular ones, of a size that makes
 * sense. */
#include "common/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *problem_of(int file, long long most)
{
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0)
        return strerror(errno);
    if (!S_ISREG(about.st_mode))
        return "not a regular file";
    return about.st_size > most ? "too large" : NULL;
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* The length of the folder in a name, with its slash. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

static bool stat_folder(const char *path, struct stat *about)
{
    char folder[4096];
    const size_t length = folder_length(path);
    if (length == 0)
        return stat(".", about) == 0;
    return snprintf(folder, sizeof folder, "%.*s", (int)length, path) < (int)sizeof folder && stat(folder, about) == 0;
}

bool plain_file_same(const char *a, const char *b)
{
    struct stat about_a, about_b;
    const bool found_a = stat(a, &about_a) == 0, found_b = stat(b, &about_b) == 0;
    if (found_a && found_b)
        return S_ISREG(about_a.st_mode) && same(&about_a, &about_b);
    if (found_a || found_b || strcmp(a + folder_length(a), b + folder_length(b)) != 0)
        return false;
    return strcmp(a, b) == 0 || (stat_folder(a, &about_a) && stat_folder(b, &about_b) && same(&about_a, &about_b));
}

FILE *plain_file_create(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? fopen(path, "wxb") : NULL;
}

bool plain_file_replace(FILE *file, bool written, const char *temporary, const char *path)
{
    const bool closed = file != NULL && fclose(file) == 0;
    if (closed && written && rename(temporary, path) == 0)
        return true;
    const int cause = errno;
    remove(temporary);
    errno = cause;
    return false;
}

FILE *plain_file_open(const char *path, long long most, const char **problem)
{
    const int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    *problem = problem_of(file, most);
    FILE *stream = *problem == NULL ? fdopen(file, "r") : NULL;
    if (stream == NULL && file >= 0)
        close(file);
    if (stream == NULL && *problem == NULL)
        *problem = strerror(errno);
    return stream;
}

json_t *plain_file_json(const char *path, char *problem, size_t size)
{
    const char *why;
    json_error_t error;
    struct stat about;
    problem[0] = '\0';
    if (stat(path, &about) != 0 && errno == ENOENT)
        return NULL;
    FILE *file = plain_file_open(path, 1 << 20, &why);
    if (file == NULL) {
        snprintf(problem, size, "%s: cannot read: %s", path, why);
        return NULL;
    }
    json_t *value = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (json_is_object(value))
        return value;
    snprintf(problem, size, "%s:%d: %s", path, value == NULL ? error.line : 1,
             value == NULL ? error.text : "expected {\"name\": value, ...}");
    json_decref(value);
    return NULL;
}
