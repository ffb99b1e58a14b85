/* SPDX-License-Identifier: MIT */
/* lib/kernels/context_new.c - a whole context: the core's part and the kernels. */
#include "core/context.h"
#include "kernels/kernels.h"

/* The kernels asked for; NULL for a number that stands for none. */
static const gn__kernels *choose(gn_kernels kernels)
{
#ifndef GN__REFERENCE_ONLY
    if (kernels == GN_KERNELS_FAST)
        return &gn__kernels_fast;
#endif
    return kernels == GN_KERNELS_FAST || kernels == GN_KERNELS_REFERENCE ? &gn__kernels_reference : NULL;
}

static gn_context *refuse(gn_context *context, const char *why)
{
    gn__log(context, GN_LOG_ERROR, "gn_context_new: %s", why);
    gn__context_close(context);
    return NULL;
}

gn_context *gn_context_new(const gn_context_options *options)
{
    gn_context *context = gn__context_open(options);
    if (context == NULL)
        return NULL;
    context->kernels = choose(options != NULL ? options->kernels : GN_KERNELS_FAST);
    if (context->kernels == NULL)
        return refuse(context, "kernels is not one of gn_kernels");
#ifndef GN__REFERENCE_ONLY
    if (context->kernels == &gn__kernels_fast && gn__blas_prepare(context) != GN_OK)
        return refuse(context, gn_context_message(context));
#endif
    return context;
}

void gn_context_free(gn_context *context)
{
    gn__context_close(context);
}
