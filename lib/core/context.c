/* SPDX-License-Identifier: MIT */
/* lib/core/context.c - what would otherwise be global: options, messages, scratch memory. */
#include "core/context.h"

#include "core/red_zone.h"

#include <stdio.h>
#include <string.h>

/* Has no context to keep its message, so it goes to the log. */
static gn_context *refuse(const gn_context_options *options, const char *message)
{
    if (options->log != NULL)
        options->log(options->log_user, GN_LOG_ERROR, message);
    return NULL;
}

gn_context *gn__context_open(const gn_context_options *given)
{
    const gn_context_options options = given != NULL ? *given : (gn_context_options){0};
    if (options.threads < 0 || options.threads > GN__MAX_THREADS)
        return refuse(&options, "gn_context_new: threads is outside 0 to 64");
    gn__allocator allocator = {.allocate = options.allocate, .user = options.allocate_user};
    gn_context *context = gn__allocate(&allocator, sizeof *context);
    if (context == NULL)
        return refuse(&options, "gn_context_new: out of memory");
    context->allocator = allocator;
    context->seed = options.seed;
    context->log = options.log;
    context->log_user = options.log_user;
    int threads = options.threads != 0 ? options.threads : gn__available_processors();
    context->pool = gn__pool_new(context, threads < GN__MAX_THREADS ? threads : GN__MAX_THREADS);
    if (context->pool == NULL) {
        refuse(&options, context->message);
        gn__context_close(context);
        return NULL;
    }
    return context;
}

static void delete_scratch(gn_context *context, gn__scratch_memory *scratch)
{
    if (scratch->memory != NULL)
        gn__set_readable(scratch->memory, scratch->size, true);
    gn__delete_aligned(context, scratch->memory, scratch->size);
    *scratch = (gn__scratch_memory){0};
}

void gn__context_close(gn_context *context)
{
    if (context == NULL || context->freed)
        return;
    if (gn__pool_is_busy(context->pool)) { /* its threads wait for the function that asks for this */
        gn__log(context, GN_LOG_ERROR, "gn_context_free: called by a function that runs on the context's threads");
        return;
    }
    gn__pool_free(context, context->pool);
    context->pool = NULL;
    delete_scratch(context, &context->scratch);
    delete_scratch(context, &context->worker_scratch);
    context->freed = true;
    gn__context_let_go(context);
}

void gn__context_let_go(gn_context *context)
{
    const size_t own = 1;
    if (!context->freed || context->allocator.blocks > own)
        return;
    gn__allocator allocator = context->allocator;
    gn__free(&allocator, context, sizeof *context);
}

gn_status gn_context_status(const gn_context *context)
{
    return context == NULL ? GN_ERROR_MEMORY : context->status;
}

const char *gn_context_message(const gn_context *context)
{
    return context == NULL ? "the context could not be made" : context->message;
}

void gn_context_clear(gn_context *context)
{
    if (context == NULL)
        return;
    context->status = GN_OK;
    context->message[0] = '\0';
}

gn__failure gn__context_failure(const gn_context *context)
{
    gn__failure failure = {.status = context->status};
    memcpy(failure.message, context->message, sizeof failure.message);
    return failure;
}

void gn__context_put_back(gn_context *context, const gn__failure *failure)
{
    context->status = failure->status;
    memcpy(context->message, failure->message, sizeof failure->message);
}

/* Names from files must not command the terminal that shows them. */
static void defuse(char *message)
{
    for (; *message != '\0'; message++) {
        const unsigned char byte = (unsigned char)message[0], next = (unsigned char)message[1];
        if (byte < ' ' || byte == 0x7F ||
            (byte == 0xC2 && next >= 0x80 && next < 0xA0)) /* the last: U+0080 to U+009F */
            *message = '?';
    }
}

/* Not in the middle of a character of UTF-8. */
static bool may_cut(char after)
{
    return ((unsigned char)after & 0xC0) != 0x80;
}

void gn__format_message(char *message, const char *format, va_list arguments)
{
    enum { MAX_TEXT = 4 * 4096, START = 120 }; /* two of the longest paths, and more */
    char text[MAX_TEXT];
    if (vsnprintf(text, sizeof text, format, arguments) < 0) /* defensive: a format of wide characters */
        text[0] = '\0';
    const size_t length = strlen(text);
    if (length < GN__MESSAGE_SIZE) {
        memcpy(message, text, length + 1);
        return;
    }
    size_t start = START, end = length - (GN__MESSAGE_SIZE - START - sizeof "...");
    while (!may_cut(text[start]) && start > 0)
        start--;
    while (!may_cut(text[end]))
        end++;
    snprintf(message, GN__MESSAGE_SIZE, "%.*s...%s", (int)start, text, text + end);
}

GN_PRINTF(3, 0)
static void record(gn_context *context, gn_status status, const char *format, va_list arguments)
{
    if (context == NULL)
        return;
    /* The arguments may point into the old message. */
    char message[GN__MESSAGE_SIZE];
    if (format == NULL)
        snprintf(message, sizeof message, "%s", gn_status_name(status));
    else
        gn__format_message(message, format, arguments);
    defuse(message);
    memcpy(context->message, message, sizeof message);
    context->status = status;
    context->failures++;
}

gn_status gn_context_fail(gn_context *context, gn_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(context, status, format, arguments);
    va_end(arguments);
    return status;
}

void *gn__fail(gn_context *context, gn_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(context, status, format, arguments);
    va_end(arguments);
    return NULL;
}

gn_status gn__context_fail_null(gn_context *context, const char *format, ...)
{
    char what[GN__MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    gn__format_message(what, format, arguments);
    va_end(arguments);
    if (context == NULL || context->status == GN_OK)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "%s is NULL", what);
    return gn_context_fail(context, context->status, "%s is NULL: %s", what, context->message);
}

int gn_context_threads(const gn_context *context)
{
    return context == NULL ? 0 : gn__pool_threads(context->pool);
}

uint64_t gn_context_seed(const gn_context *context)
{
    return context == NULL ? 0 : context->seed;
}

gn_memory_use gn_context_memory(const gn_context *context)
{
    static const gn_memory_use none;
    return context == NULL ? none : context->allocator.use;
}

/* Somewhat more than is asked for: kernels ask for a little more one after another, and fresh memory is slow. */
static void *grow_scratch(gn_context *context, gn__scratch_memory *scratch, size_t size)
{
    if (scratch->memory != NULL && size <= scratch->size)
        return scratch->memory;
    size = size == 0 ? 1 : size + size / 4;
    delete_scratch(context, scratch);
    scratch->memory = gn__new_aligned(context, size);
    scratch->size = scratch->memory != NULL ? size : 0;
    return scratch->memory;
}

void *gn__scratch(gn_context *context, size_t size)
{
    void *const memory = grow_scratch(context, &context->scratch, size);
    if (memory != NULL) {
        gn__set_readable(memory, context->scratch.size, false);
        gn__set_readable(memory, size, true);
    }
    return memory;
}

/* Between workers' lies a line of the cache, for lines come in pairs. */
float *gn__worker_scratch(gn_context *context, int64_t count, int64_t *stride)
{
    enum { LINE = GN__ALIGNMENT / sizeof(float) };
    gn__scratch_memory *const scratch = &context->worker_scratch;
    const int64_t threads = gn__pool_threads(context->pool), whole = (gn__stretches(count, LINE) + 1) * LINE;
    float *const memory = grow_scratch(context, scratch, (size_t)(threads * whole) * sizeof *memory);
    *stride = (int64_t)(scratch->size / sizeof *memory) / threads / LINE * LINE;
    if (memory == NULL)
        return NULL;
    gn__set_readable(memory, scratch->size, false);
    for (int64_t worker = 0; worker < threads; worker++)
        gn__set_readable(memory + worker * *stride, (size_t)count * sizeof *memory, true);
    return memory;
}

void gn__log(const gn_context *context, gn_log_level level, const char *format, ...)
{
    if (context->log == NULL)
        return;
    char message[GN__MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    gn__format_message(message, format, arguments);
    va_end(arguments);
    defuse(message);
    context->log(context->log_user, level, message);
}
