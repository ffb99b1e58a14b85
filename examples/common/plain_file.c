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
