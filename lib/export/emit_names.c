/* SPDX-License-Identifier: MIT */
/* lib/export/emit_names.c - what an emitted file calls itself, its function and the arguments. */
#include "export/emit_names.h"

#include "core/context.h"
#include "export/emit_functions.h"
#include "export/names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 48 };

/* As the name of an argument: by the file itself, or by C. */
static bool is_taken(const char *name)
{
    static const char taken[] =
        " scratch height width channels declared declarations_only auto break case char const continue default "
        "do double else enum extern float for goto if inline int long register restrict return "
        "short signed sizeof static struct switch typedef union unsigned void volatile while "
        "_Bool _Complex _Imaginary NAN INFINITY HUGE_VAL HUGE_VALF HUGE_VALL ";
    char word[64];
    snprintf(word, sizeof word, " %s ", name);
    return strstr(taken, word) != NULL;
}

/* As what the file does: by one of its own functions or arrays, NAME_sum for example. */
static bool is_own(const char *verb)
{
    bool own = strcmp(verb, "weights") == 0;
    for (size_t i = 0; i < GN__EMIT_FUNCTIONS; i++)
        own |= gn__emit_texts[i].name != NULL && strcmp(verb, gn__emit_texts[i].name) == 0;
    return own;
}

/* Does it begin as all names of the file's own do? */
static bool is_prefixed(const char *argument, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 && argument[length] == '_';
}

static gn_status check_name(gn_context *context, const char *what, const char *name, bool taken)
{
    size_t length = 0;
    while (length < LONGEST_NAME && (isalpha((unsigned char)name[length]) || name[length] == '_' ||
                                     (length > 0 && isdigit((unsigned char)name[length]))))
        length++;
    if (length > 0 && length < LONGEST_NAME && name[length] == '\0' && !taken)
        return GN_OK;
    return gn_context_fail(context, GN_ERROR_ARGUMENT,
                           "emit_c: %s is '%s', expected a C identifier of at most 47 letters that is not taken", what,
                           name);
}

/* Two names are one also when only their capitals differ, because both are written in capitals. */
static bool equal_names(const char *a, const char *b)
{
    while (*a != '\0' && toupper((unsigned char)*a) == toupper((unsigned char)*b))
        a++, b++;
    return toupper((unsigned char)*a) == toupper((unsigned char)*b);
}

static gn_status check_argument_names(gn_context *context, const gn_emit_c_options *names, int count)
{
    for (int i = 0; i <= count; i++) {
        const char *name = i < count ? names->input_names[i] : names->output_name;
        if (name == NULL)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "emit_c: the name of input %d is NULL", i);
        const gn_status status = check_name(context, i < count ? "the name of an input" : "output_name", name,
                                            is_taken(name) || is_prefixed(name, names->name));
        if (status != GN_OK)
            return status;
        for (int k = 0; k < i; k++)
            if (equal_names(name, names->input_names[k]))
                return gn_context_fail(context, GN_ERROR_ARGUMENT, "emit_c: two arguments are called '%s'", name);
    }
    return GN_OK;
}

gn_status gn__emit_names_complete(gn_context *context, gn_emit_c_options *names, int count)
{
    const gn__names arguments = gn__names_of(names->input_names, names->output_name);
    names->name = names->name == NULL ? "network" : names->name;
    names->verb = names->verb == NULL ? "apply" : names->verb;
    names->input_names = arguments.inputs;
    names->output_name = arguments.output;
    gn_status status = check_name(context, "name", names->name, false);
    if (status == GN_OK)
        status = check_name(context, "verb", names->verb, is_own(names->verb));
    return status == GN_OK ? check_argument_names(context, names, count) : status;
}
