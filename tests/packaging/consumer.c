/* SPDX-License-Identifier: MIT */
/* tests/packaging/consumer.c - the smallest program that uses an installed libgannet; valid C11 and C++17. */
#include <gannet/gannet.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    char compiled[32];
    snprintf(compiled, sizeof compiled, "%d.%d.%d", GN_VERSION_MAJOR, GN_VERSION_MINOR, GN_VERSION_PATCH);
    gn_context *context = gn_context_new(NULL);
    int ok = context != NULL && strcmp(gn_version(), compiled) == 0;
    printf("headers %s, library %s: %s\n", compiled, gn_version(), gn_build_info());
    gn_context_free(context);
    return !ok;
}
