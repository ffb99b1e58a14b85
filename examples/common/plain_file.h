/* SPDX-License-Identifier: MIT */
/* examples/common/plain_file.h - files that are read and written by stdio: regular ones, of a size that makes
 * sense. */
#ifndef EXAMPLES_PLAIN_FILE_H
#define EXAMPLES_PLAIN_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Makes a new file to write it. What stands under that name is removed first: a link there is not followed. NULL, and
 * errno says why, when it cannot be made. */
FILE *plain_file_create(const char *path);

/* Closes such a file (NULL: it could not be made) and, when all of it was written, puts it in the place of path. If not
 * it is removed, and errno says why. */
bool plain_file_replace(FILE *file, bool written, const char *temporary, const char *path);

/* Are these two names of one file, by a link or another spelling? Files that do not exist yet are one when they have
 * one name in one folder; what is no regular file never is. */
bool plain_file_same(const char *a, const char *b);

/* Opens a file to read it. NULL, and *problem says why, when it is not there, not a regular file (a pipe would make us
 * wait) or of more than `most` bytes. */
FILE *plain_file_open(const char *path, long long most, const char **problem);

/* Reads a JSON object of at most 1 MiB without duplicate names. NULL, and problem [size] says why, with file and line;
 * "" when there is no such file. */
json_t *plain_file_json(const char *path, char *problem, size_t size);

#endif
