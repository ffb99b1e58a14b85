/* SPDX-License-Identifier: MIT */
/* examples/common/examined.c - sets of pictures with all that the metrics want to know of them. */
#include "common/examined.h"

#include "common/dcgan_network.h"
#include "common/lenet_network.h"

enum { PORTION = 250, PIXELS = 28 * 28 }; /* pictures looked at at a time */

static gn_status open_set(examined *set, gn_context *context, int64_t count)
{
    *set = (examined){gn_tensor_new(context, GN_SHAPE(count, PIXELS)), gn_tensor_new(context, GN_SHAPE(count)),
                      gn_tensor_new(context, GN_SHAPE(count, LENET_FEATURES)),
                      gn_tensor_new(context, GN_SHAPE(count, LENET_CLASSES))};
    const bool made = set->pixels != NULL && set->labels != NULL && set->features != NULL && set->logits != NULL;
    return made ? GN_OK : gn_context_status(context);
}

void examined_close(examined *set)
{
    gn_tensor_free(set->pixels);
    gn_tensor_free(set->labels);
    gn_tensor_free(set->features);
    gn_tensor_free(set->logits);
}

/* Pictures and labels become rows first .. of the set. */
static gn_status add(examined *set, const examiner *by, const gn_tensor *pictures, const gn_tensor *labels,
                     int64_t first)
{
    const int64_t count = gn_tensor_shape(pictures).size[0];
    gn_real *pixels = gn_tensor_data(set->pixels) + first * PIXELS;
    for (int64_t i = 0; i < count * PIXELS; i++)
        pixels[i] = (gn_tensor_values(pictures)[i] + 1) / 2;
    for (int64_t i = 0; i < count; i++)
        gn_tensor_data(set->labels)[first + i] = gn_tensor_values(labels)[i];
    return lenet_examine(by->lenet, by->tape, pictures, set->features, set->logits, first);
}

static int64_t portion_at(int64_t done, int64_t count)
{
    return count - done < PORTION ? count - done : PORTION;
}

gn_status examine_pictures(examined *set, const examiner *by, const gn_tensor *pictures, const gn_tensor *labels)
{
    const int64_t count = gn_tensor_shape(pictures).size[0];
    gn_status status = open_set(set, by->context, count);
    for (int64_t done = 0; done < count && status == GN_OK; done += PORTION) {
        const int64_t n = portion_at(done, count);
        gn_tensor *part = gn_tensor_from(by->context, GN_SHAPE(n, 28, 28, 1),
                                         gn_tensor_values(pictures) + done * PIXELS);
        gn_tensor *names = labels == NULL ? gn_tensor_new(by->context, GN_SHAPE(n))
                                          : gn_tensor_from(by->context, GN_SHAPE(n), gn_tensor_values(labels) + done);
        status = part == NULL || names == NULL ? GN_ERROR_MEMORY : add(set, by, part, names, done);
        gn_tensor_free(names);
        gn_tensor_free(part);
    }
    return status;
}

gn_status examine_data(examined *set, const examiner *by, gn_dataset *data, int64_t first, int64_t count)
{
    gn_status status = open_set(set, by->context, count);
    for (int64_t done = 0; done < count && status == GN_OK; done += PORTION) {
        const int64_t n = portion_at(done, count);
        gn_tensor *pictures = gn_tensor_new(by->context, GN_SHAPE(n, 28, 28, 1));
        gn_tensor *labels = gn_tensor_new(by->context, GN_SHAPE(n));
        status = pictures == NULL || labels == NULL ? GN_ERROR_MEMORY
                                                    : gn_dataset_gather(data, NULL, first + done, pictures, labels);
        if (status == GN_OK)
            status = add(set, by, pictures, labels, done);
        gn_tensor_free(labels);
        gn_tensor_free(pictures);
    }
    return status;
}

gn_status examine_generator(examined *set, const examiner *by, gn_module *generator, uint64_t seed, int64_t count)
{
    gn_status status = open_set(set, by->context, count);
    for (int64_t done = 0; done < count && status == GN_OK; done += PORTION) {
        const int64_t n = portion_at(done, count);
        gn_tensor *labels = gn_tensor_new(by->context, GN_SHAPE(n));
        for (int64_t i = 0; labels != NULL && i < n; i++)
            gn_tensor_data(labels)[i] = (gn_real)((done + i) % DCGAN_CLASSES);
        gn_tensor *pictures = gn_generator_sample(
            generator, DCGAN_CLASSES, &(gn_latent){.size = DCGAN_LATENT},
            &(gn_sample_options){.seed = seed + (uint64_t)(done / PORTION), .labels = labels});
        status = pictures == NULL ? gn_context_status(by->context) : add(set, by, pictures, labels, done);
        gn_tensor_free(pictures);
        gn_tensor_free(labels);
    }
    return status;
}
