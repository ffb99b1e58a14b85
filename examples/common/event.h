/* SPDX-License-Identifier: MIT */
/* examples/common/event.h - what --json prints: lines of JSON for machines, where there would be text for people. */
#ifndef EXAMPLES_EVENT_H
#define EXAMPLES_EVENT_H

#include <jansson.h>

/* Prints {"event": name, and the members} as one line, which has left the program when this returns. Takes over the
 * members (NULL: none). */
void event_print(const char *name, json_t *members);

/* A number, or null for what is not finite, which JSON cannot say otherwise. */
json_t *event_number(double value);

#endif
