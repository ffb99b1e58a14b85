/* SPDX-License-Identifier: MIT */
/* lib/gan/watch.c - signs of illness: numbers that are not finite, and samples that grow alike. */
#include "autodiff/finite.h"
#include "autodiff/parameter.h"
#include "autodiff/tape.h"
#include "gan/gan.h"

#include <gannet/metrics.h>
#include <math.h>
#include <stdio.h>

/* --- NaN and infinity --------------------------------------------------------------------------------------------- */

/* "conv2d 'discriminator.down1'", or "parameter 'discriminator.down1.weight'". */
static void name_culprit(const gn_tape *tape, char *text, size_t size)
{
    const gn_var *var = gn__tape_first_not_finite(tape);
    if (var == NULL) /* defensive: all gradients are finite, but so large that their norm is not */
        snprintf(text, size, "the optimizer's sum of squares");
    else if (var->parameter != NULL)
        snprintf(text, size, "parameter '%s'", gn_parameter_name(var->parameter));
    else if (var->layer == NULL)
        snprintf(text, size, "%s", gn_var_op_name(var));
    else
        snprintf(text, size, "%s '%s'", gn_var_op_name(var), var->layer);
}

/* NaN without its sign, which means nothing and would be printed. */
static double unsigned_nan(double value)
{
    return isnan(value) ? (double)NAN : value;
}

static gn_status fail(const gn_gan *gan, const char *player, const char *what, double value)
{
    char culprit[256];
    name_culprit(gan->tape, culprit, sizeof culprit);
    return gn_context_fail(gan->context, GN_ERROR_NUMBER, "gan: at step %lld the %s's %s is %g; first not finite: %s",
                           (long long)gan->steps + 1, player, what, unsigned_nan(value), culprit);
}

gn_status gn__gan_check_loss(const gn_gan *gan, const char *player, gn_var *loss)
{
    if (gn_tape_status(gan->tape) != GN_OK)
        return gn_tape_status(gan->tape);
    const double value = (double)gn_var_number(loss);
    return isfinite(value) ? GN_OK : fail(gan, player, "loss", value);
}

/* The gradients are computed once more, and remembered this time, so that the one that broke can be named. */
gn_status gn__gan_check_gradient(const gn_gan *gan, const char *player, gn_module *network, gn_var *loss, double norm)
{
    if (isfinite(norm))
        return GN_OK;
    const gn_parameter_list parameters = gn_parameters(network);
    for (size_t i = 0; i < parameters.count; i++) {
        gn_var *value = gn_parameter_var(gan->tape, parameters.items[i]), *gradient;
        gn_gradients(loss, &value, 1, true, &gradient);
        if (gn__tape_first_not_finite(gan->tape) != NULL)
            break;
    }
    return fail(gan, player, "gradient norm", norm);
}

/* A step's optimizer has looked at what it wrote. */
static bool seen_finite(gn_module *network, const gn_tensor *tensor)
{
    const gn_parameter_list parameters = gn_parameters(network);
    for (size_t i = 0; i < parameters.count; i++)
        if (parameters.items[i]->value == tensor)
            return parameters.items[i]->values_finite && !parameters.items[i]->frozen;
    return false;
}

gn_status gn__gan_check_network(const gn_gan *gan, gn_module *network, bool moved)
{
    for (size_t i = 0; i < gn_module_tensor_count(network); i++) {
        const gn_named_tensor named = gn_module_tensor(network, i);
        const bool seen = moved && seen_finite(network, named.tensor);
        const int64_t bad = seen ? -1 : gn__first_not_finite(named.tensor);
        if (bad >= 0)
            return gn_context_fail(gan->context, GN_ERROR_NUMBER, "gan: at step %lld element %lld of '%s' is %g",
                                   (long long)gan->steps + 1, (long long)bad, named.name,
                                   unsigned_nan((double)gn_tensor_values(named.tensor)[bad]));
    }
    return GN_OK;
}

/* --- collapse ----------------------------------------------------------------------------------------------------- */

enum { LOOK_SEED = 20201, LOOK_AT = 64 };

/* The mean distance of the pictures of one class: the mean over the classes, and the least, because most classes may
 * live on while one has collapsed. The samples come from the same noise each time. */
static gn_status measure(gn_gan *gan, double *mean, double *least)
{
    const int64_t classes = gan->options.classes > 0 ? gan->options.classes : 1,
                  share = (LOOK_AT + classes - 1) / classes, each = share < 2 ? 2 : share;
    gn_tensor *images = gn_gan_sample(gan, &(gn_sample_options){.seed = LOOK_SEED, .per_class = each});
    if (images == NULL)
        return gn_context_status(gan->context);
    const int64_t size = gn_tensor_count(images) / classes;
    gn_status status = GN_OK;
    *mean = 0;
    *least = INFINITY;
    for (int64_t i = 0; i < classes && status == GN_OK; i++) {
        double diversity = 0;
        gn_tensor *rows = gn_tensor_from(gan->context, GN_SHAPE(each, size / each),
                                         gn_tensor_values(images) + i * size);
        status = rows == NULL ? GN_ERROR_MEMORY : gn_diversity(rows, NULL, &diversity);
        gn_tensor_free(rows);
        *mean += diversity / (double)classes;
        *least = fmin(*least, diversity);
    }
    gn_tensor_free(images);
    return status;
}

gn_status gn__gan_watch(gn_gan *gan)
{
    const int interval = gan->options.watch_interval;
    if (interval == 0 || gan->steps % interval != 0)
        return GN_OK;
    double diversity = 0, least = 0;
    const gn_status status = measure(gan, &diversity, &least);
    if (status != GN_OK)
        return status;
    const bool collapsed = least < (double)gan->options.collapse_threshold * gan->greatest_diversity;
    if (collapsed && !gan->last.collapsed)
        gn__log(gan->context, GN_LOG_WARNING,
                "gan: at step %lld samples of a class differ by %.3g, where they have differed by %.3g on average: the "
                "generator collapses",
                (long long)gan->steps, least, gan->greatest_diversity);
    gan->greatest_diversity = fmax(gan->greatest_diversity, diversity);
    gan->last.diversity = diversity;
    gan->last.collapsed = collapsed;
    return GN_OK;
}
