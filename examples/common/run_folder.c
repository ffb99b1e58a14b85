/* SPDX-License-Identifier: MIT */
/* examples/common/run_folder.c - the folder that a training writes into. */
#include "common/run_folder.h"

#include "common/gan_figures.h"
#include "common/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROW_SIZE = 512 };

/* The first row of a log. */
static const char *header(char row[ROW_SIZE])
{
    gan_figure figures[GAN_FIGURES];
    gan_figures(&(gn_gan_report){0}, figures);
    int length = snprintf(row, ROW_SIZE, "step");
    for (int i = 0; i < GAN_FIGURES; i++)
        length += snprintf(row + length, (size_t)(ROW_SIZE - length), ",%s", figures[i].name);
    snprintf(row + length, (size_t)(ROW_SIZE - length), ",seconds\n");
    return row;
}

static gn_status fail(gn_context *context, const char *path, const char *problem)
{
    return gn_context_fail(context, GN_ERROR_IO, "%s: %s: %s", path, problem, strerror(errno));
}

gn_status run_folder_name(gn_context *context, const char *directory, run_folder *folder)
{
    const struct {
        char *path;
        const char *file;
    } files[] = {
        {folder->checkpoint, "checkpoint.safetensors"},
        {folder->before, RUN_FOLDER_BEFORE},
        {folder->held, RUN_FOLDER_BEFORE ".part"},
        {folder->samples, "samples.png"},
        {folder->animation, "progress.gif"},
        {folder->log_path, "log.csv"},
        {folder->config, "config.json"},
        {folder->report, "report.html"},
        {folder->diagram, "network.svg"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (snprintf(files[i].path, PATH_SIZE, "%s/%s", directory, files[i].file) >= PATH_SIZE - 8)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "the name of the folder has more than %d characters",
                                   PATH_SIZE - 40);
    return GN_OK;
}

gn_status run_folder_make(gn_context *context, const char *directory)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s", directory);
    for (char *end = path; end != NULL;) {
        end = strchr(end + 1, '/');
        if (end != NULL)
            *end = '\0';
        struct stat found;
        const int cause = mkdir(path, 0777) == 0 ? 0 : errno;
        const bool is_there = stat(path, &found) == 0;
        errno = is_there ? ENOTDIR : cause;
        if (!is_there && cause != 0 && cause != EEXIST)
            return fail(context, path, "cannot make the folder");
        if (is_there && !S_ISDIR(found.st_mode))
            return fail(context, path, "cannot write into it");
        if (end != NULL)
            *end = '/';
    }
    return GN_OK;
}

/* A lock of the folder itself leaves no file, and the kernel opens it when the process ends, however it ends. Where
 * there are no such locks (some network file systems) runs go on without. */
gn_status run_folder_lock(gn_context *context, const char *directory)
{
    const int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno != ENOENT)
        return fail(context, directory, "cannot lock");
    if (folder < 0 || flock(folder, LOCK_EX | LOCK_NB) == 0) /* stays open: it is the lock */
        return GN_OK;
    const bool taken = errno == EWOULDBLOCK;
    close(folder);
    return taken ? gn_context_fail(context, GN_ERROR_IO, "%s: another run is writing into it", directory) : GN_OK;
}

gn_status run_folder_take(gn_context *context, const char *directory)
{
    const gn_status status = run_folder_make(context, directory);
    return status == GN_OK ? run_folder_lock(context, directory) : status;
}

static int count_commas(const char *row)
{
    int count = 0;
    for (; *row != '\0'; row++)
        count += *row == ',';
    return count;
}

/* The step of a row, -1 when it is not a whole row; seconds receives its last column. */
static int64_t read_row(const char *row, int columns, double *seconds)
{
    char *end;
    const int64_t step = strtoll(row, &end, 10);
    const char *last = strrchr(row, ',');
    if (end == row || *end != ',' || strchr(row, '\n') == NULL || count_commas(row) + 1 != columns)
        return -1;
    *seconds = strtod(last + 1, NULL);
    return step;
}

/* Copies rows until the step, to NULL too; seconds receives the last one's. A log that cannot be read to there must not
 * be replaced: only a last row that was cut off is nothing to lose. */
static gn_status copy_rows(gn_context *context, const char *path, FILE *from, int64_t step, FILE *to, double *seconds)
{
    char row[ROW_SIZE], names[ROW_SIZE];
    const int columns = count_commas(header(names)) + 1;
    int64_t last = 0;
    if (fgets(row, sizeof row, from) != NULL && strcmp(row, names) != 0)
        return gn_context_fail(context, GN_ERROR_FORMAT,
                               "%s: its columns are those of another version: move it away to go on without it", path);
    for (int line = 2; fgets(row, sizeof row, from) != NULL; line++) {
        double found_seconds = 0;
        const int64_t found = read_row(row, columns, &found_seconds);
        if (found < 0 && strchr(row, '\n') == NULL && fgetc(from) == EOF)
            break;
        if (found <= last)
            return gn_context_fail(context, GN_ERROR_FORMAT,
                                   "%s:%d: no row of a step after %" PRId64
                                   ": mend it, or move the file away to go on without it",
                                   path, line, last);
        last = found;
        if (found > step)
            continue;
        *seconds = found_seconds;
        if (to != NULL)
            fputs(row, to);
    }
    return ferror(from) == 0 ? GN_OK : fail(context, path, "cannot read");
}

static gn_status copy_log(gn_context *context, const char *path, int64_t step, FILE *to, double *seconds)
{
    const char *problem;
    FILE *from = plain_file_open(path, INT64_MAX, &problem);
    if (from == NULL && access(path, F_OK) == 0)
        return gn_context_fail(context, GN_ERROR_IO, "%s: cannot read: %s", path, problem);
    if (from == NULL)
        return GN_OK;
    const gn_status status = copy_rows(context, path, from, step, to, seconds);
    fclose(from);
    return status;
}

gn_status run_folder_check_log(gn_context *context, const run_folder *earlier, int64_t step)
{
    double seconds;
    return copy_log(context, earlier->log_path, step, NULL, &seconds);
}

gn_status run_folder_begin_log(gn_context *context, run_folder *folder, const run_folder *earlier, int64_t step)
{
    char names[ROW_SIZE], path[PATH_SIZE + 8]; /* beside the log, because the earlier one may be the same file */
    snprintf(path, sizeof path, "%s.part", folder->log_path);
    folder->log = plain_file_create(path);
    if (folder->log == NULL)
        return fail(context, path, "cannot write");
    fputs(header(names), folder->log);
    gn_status status = GN_OK;
    if (earlier != NULL)
        status = copy_log(context, earlier->log_path, step, folder->log, &folder->seconds);
    if (status == GN_OK && fflush(folder->log) == 0 && rename(path, folder->log_path) == 0)
        return GN_OK;
    if (status == GN_OK)
        status = fail(context, folder->log_path, "cannot write");
    remove(path);
    return status;
}

/* A row that could not be written whole leaves nothing, so that the log can go on. */
static void take_back(FILE *log, long begin)
{
    clearerr(log);
    if (ftruncate(fileno(log), begin) != 0 || fseek(log, begin, SEEK_SET) != 0)
        clearerr(log);
}

gn_status run_folder_log(gn_context *context, run_folder *folder, int64_t step, const gn_gan_report *report)
{
    gan_figure figures[GAN_FIGURES];
    gan_figures(report, figures);
    const long begin = ftell(folder->log);
    fprintf(folder->log, "%" PRId64, step);
    for (int i = 0; i < GAN_FIGURES; i++)
        if (isnan(figures[i].value)) /* there is none: an empty field */
            fputc(',', folder->log);
        else
            fprintf(folder->log, ",%.6g", figures[i].value);
    fprintf(folder->log, ",%.3f\n", folder->seconds);
    if (fflush(folder->log) == 0)
        return GN_OK;
    const gn_status status = fail(context, folder->log_path, "cannot write");
    take_back(folder->log, begin);
    return status;
}

gn_status run_folder_write_config(gn_context *context, const run_folder *folder, const json_t *config)
{
    char path[PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s.part", folder->config);
    FILE *file = plain_file_create(path);
    const bool good = file != NULL && json_dumpf(config, file, JSON_INDENT(2)) == 0;
    return plain_file_replace(file, good, path, folder->config) ? GN_OK : fail(context, folder->config, "cannot write");
}

void run_folder_close(run_folder *folder)
{
    if (folder->log != NULL)
        fclose(folder->log);
    folder->log = NULL;
}
