/* SPDX-License-Identifier: MIT */
/* lib/gan/average.c - the running average of the generator (exponential moving average of weights; Yazici et al. 2019).
 *
 * Batch norm's buffers are averaged like the weights: an average of weights alone does not fit the statistics of the
 * newest ones. */
#include "core/tensor.h"
#include "gan/gan.h"

gn_status gn__average_open(gn_gan *gan)
{
    const size_t count = gn_module_tensor_count(gan->options.generator);
    gan->average = gn__new(gan->context, count * sizeof(gn_tensor *));
    if (gan->average == NULL)
        return GN_ERROR_MEMORY;
    gan->average_count = count;
    for (size_t i = 0; i < count; i++) {
        const gn_tensor *source = gn_module_tensor(gan->options.generator, i).tensor;
        gan->average[i] = gn_tensor_from(gan->context, gn_tensor_shape(source), gn_tensor_values(source));
        if (gan->average[i] == NULL)
            return GN_ERROR_MEMORY;
    }
    return GN_OK;
}

void gn__average_close(gn_gan *gan)
{
    for (size_t i = 0; i < gan->average_count; i++)
        gn_tensor_free(gan->average[i]);
    gn__delete(gan->context, gan->average, gan->average_count * sizeof(gn_tensor *));
}

gn_status gn__average_check(const gn_gan *gan, const char *caller)
{
    const gn_module *generator = gan->options.generator;
    if (gan->average == NULL)
        return gn_context_fail(gan->context, GN_ERROR_STATE,
                               "%s: the gan keeps no running average (average_decay is 0)", caller);
    bool same = gan->average_count == gn_module_tensor_count(generator);
    for (size_t i = 0; i < gan->average_count && same; i++)
        same = gn_shape_equal(gn_tensor_shape(gan->average[i]), gn_tensor_shape(gn_module_tensor(generator, i).tensor));
    return same ? GN_OK
                : gn_context_fail(gan->context, GN_ERROR_STATE,
                                  "%s: the tensors of '%s' are not those of its running average: it was changed after "
                                  "gn_gan_new",
                                  caller, gn_module_name(generator));
}

void gn__average_update(gn_gan *gan)
{
    for (size_t i = 0; i < gan->average_count; i++)
        gn__tensor_move(gan->average[i], gn_module_tensor(gan->options.generator, i).tensor,
                        gan->options.average_decay);
}

void gn__average_swap(gn_gan *gan)
{
    for (size_t i = 0; i < gan->average_count; i++) {
        gn_real *source = gn_tensor_data(gn_module_tensor(gan->options.generator, i).tensor);
        gn_real *average = gn_tensor_data(gan->average[i]);
        const int64_t count = gn_tensor_count(gan->average[i]);
        for (int64_t j = 0; j < count; j++) {
            const gn_real kept = average[j];
            average[j] = source[j];
            source[j] = kept;
        }
    }
}

gn_status gn_gan_copy_average(gn_gan *gan, gn_module *target)
{
    if (gan == NULL)
        return GN_ERROR_ARGUMENT;
    const gn_status status = gn__average_check(gan, "copy average");
    if (status != GN_OK)
        return status;
    if (target == NULL)
        return gn_context_fail(gan->context, GN_ERROR_ARGUMENT, "copy average: the module to copy to is NULL");
    if (target == gan->options.generator)
        return gn_context_fail(gan->context, GN_ERROR_ARGUMENT,
                               "copy average: '%s' is the generator that is being trained, expected another module",
                               gn_module_name(target));
    gn__average_swap(gan);
    const gn_status copied = gn_module_copy(target, gan->options.generator);
    gn__average_swap(gan);
    return copied;
}
