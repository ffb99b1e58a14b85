/* SPDX-License-Identifier: MIT */
/* lib/core/status.c - names and meanings of status codes. */
#include <gannet/status.h>

typedef struct entry {
    const char *name, *text;
} entry;

static const entry entries[] = {
#define ENTRY(name, text) {"GN_" #name, text},
    GN_STATUS_MAP(ENTRY)
#undef ENTRY
};

static const entry unknown = {"GN_UNKNOWN", "not a status"};

static const entry *find(gn_status status)
{
    return (unsigned)status < GN_STATUS_COUNT ? &entries[status] : &unknown;
}

const char *gn_status_name(gn_status status)
{
    return find(status)->name;
}

const char *gn_status_text(gn_status status)
{
    return find(status)->text;
}
