/* SPDX-License-Identifier: MIT */
/* lib/export/names.c - what the inputs and the output of an exported network are called. */
#include "export/names.h"

#include "export/trace.h"

gn__names gn__names_of(const char *const *inputs, const char *output)
{
    static const char *const numbered[GN__MAX_TRACED] = {"input0", "input1", "input2", "input3",
                                                         "input4", "input5", "input6", "input7"};
    return (gn__names){inputs == NULL ? numbered : inputs, output == NULL ? "output" : output};
}
