/* SPDX-License-Identifier: MIT */
/* examples/common/event.c - lines of JSON for machines. */
#include "common/event.h"

#include "common/output.h"

#include <math.h>
#include <stdio.h>

void event_print(const char *name, json_t *members)
{
    json_t *line = json_pack("{s:s}", "event", name);
    json_object_update(line, members);
    json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(line);
    json_decref(members);
    putchar('\n');
    output_flush();
}

json_t *event_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
