/* SPDX-License-Identifier: MIT */
/* lib/metrics/neighbourhood.c - precision, recall, density and coverage, by balls that reach to the k-th nearest
 * neighbour. */
#include "metrics/distances.h"

#include <math.h>

/* --- radii -------------------------------------------------------------------------------------------------------- */

typedef struct radii {
    const gn__distances *d;
    int k;
    gn_real *nearest; /* [GN__PORTION, k], the k smallest distances of each row of the block in order */
    gn_real *squared; /* [count], the result */
} radii;

/* The k smallest distances to other rows, by insertion. */
static void find_radius(void *argument, int64_t row, int worker)
{
    radii *r = argument;
    const int64_t i = r->d->first + row, count = r->d->b.rows.count;
    const gn_real *distances = r->d->block + row * count;
    gn_real *nearest = r->nearest + row * r->k;
    (void)worker;
    for (int n = 0; n < r->k; n++)
        nearest[n] = INFINITY;
    for (int64_t j = 0; j < count; j++) {
        if (j == i || distances[j] >= nearest[r->k - 1])
            continue;
        int place = r->k - 1;
        for (; place > 0 && nearest[place - 1] > distances[j]; place--)
            nearest[place] = nearest[place - 1];
        nearest[place] = distances[j];
    }
    r->squared[i] = nearest[r->k - 1];
}

/* The squared radius of each row's ball. */
static gn_status find_radii(const gn__rows *rows, int k, gn_real *squared)
{
    const size_t size = GN__PORTION * (size_t)k * sizeof(gn_real);
    gn__distances d;
    radii r = {.d = &d, .k = k, .nearest = gn__new(rows->context, size), .squared = squared};
    if (r.nearest == NULL)
        return GN_ERROR_MEMORY;
    gn__distances_open(&d, "neighbourhood metrics", rows, rows);
    while (gn__distances_next(&d))
        gn__distances_for_rows(&d, find_radius, &r);
    gn__delete(rows->context, r.nearest, size);
    return gn__distances_close(&d);
}

/* --- between the sets --------------------------------------------------------------------------------------------- */

enum { COLUMNS = 512 }; /* of a tile */

typedef struct meeting {
    gn__distances d; /* from fakes to real pictures */
    const gn_real *real_radii, *fake_radii;
    bool *recalled, *covered;    /* [real] */
    int64_t inside[GN__PORTION]; /* for each fake of the block: real balls around it */
} meeting;

/* One fake and all real balls. */
static void meet_balls(void *argument, int64_t row, int worker)
{
    meeting *m = argument;
    const int64_t count = m->d.b.rows.count;
    const gn_real *distances = m->d.block + row * count;
    (void)worker;
    m->inside[row] = 0;
    for (int64_t i = 0; i < count; i++)
        m->inside[row] += distances[i] < m->real_radii[i];
}

/* Some real pictures and all fakes of the block, whose balls may reach them. */
static void meet_pictures(void *argument, int64_t tile, int worker)
{
    meeting *m = argument;
    const int64_t count = m->d.b.rows.count, first = tile * COLUMNS;
    const int64_t end = first + COLUMNS < count ? first + COLUMNS : count;
    (void)worker;
    for (int64_t row = 0; row < m->d.count; row++) {
        const gn_real *distances = m->d.block + row * count;
        const gn_real radius = m->fake_radii[m->d.first + row];
        for (int64_t i = first; i < end; i++) {
            m->covered[i] |= distances[i] < m->real_radii[i];
            m->recalled[i] |= distances[i] < radius;
        }
    }
}

/* precise: fakes inside some real ball; inside: pairs of a fake and a real ball around it. */
static gn_status meet_all(meeting *m, const gn__rows *real, const gn__rows *fake, int64_t *precise, int64_t *inside)
{
    gn__distances *d = &m->d;
    *precise = *inside = 0;
    gn__distances_open(d, "neighbourhood metrics", fake, real);
    while (gn__distances_next(d)) {
        gn__distances_for_rows(d, meet_balls, m);
        gn__parallel_for(real->context->pool, (real->count + COLUMNS - 1) / COLUMNS, meet_pictures, m);
        for (int64_t row = 0; row < d->count; row++) {
            *inside += m->inside[row];
            *precise += m->inside[row] > 0;
        }
    }
    return gn__distances_close(d);
}

static double share(const bool *flags, int64_t count)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += flags[i];
    return (double)sum / (double)count;
}

static gn_status measure(const gn__rows *real, const gn__rows *fake, int k, gn_neighbourhood_report *report)
{
    gn_context *context = real->context;
    const size_t reals = (size_t)real->count, fakes = (size_t)fake->count;
    gn_real *real_radii = gn__new(context, reals * sizeof *real_radii),
            *fake_radii = gn__new(fake->context, fakes * sizeof *fake_radii);
    bool *recalled = gn__new(context, reals * sizeof *recalled), *covered = gn__new(context, reals * sizeof *covered);
    const bool out_of_memory = real_radii == NULL || fake_radii == NULL || recalled == NULL || covered == NULL;
    meeting m = {.real_radii = real_radii, .fake_radii = fake_radii, .recalled = recalled, .covered = covered};
    int64_t precise, inside;
    gn_status status = out_of_memory ? GN_ERROR_MEMORY : find_radii(real, k, real_radii);
    if (status == GN_OK)
        status = find_radii(fake, k, fake_radii);
    if (status == GN_OK)
        status = meet_all(&m, real, fake, &precise, &inside);
    if (status == GN_OK)
        *report = (gn_neighbourhood_report){.precision = (double)precise / (double)fake->count,
                                            .recall = share(recalled, real->count),
                                            .density = (double)inside / ((double)k * (double)fake->count),
                                            .coverage = share(covered, real->count)};
    gn__delete(context, covered, reals * sizeof *covered);
    gn__delete(context, recalled, reals * sizeof *recalled);
    gn__delete(fake->context, fake_radii, fakes * sizeof *fake_radii);
    gn__delete(context, real_radii, reals * sizeof *real_radii);
    return status;
}

gn_status gn_neighbourhood_metrics(const gn_tensor *real, const gn_tensor *fake, int k, gn_neighbourhood_report *report)
{
    gn__rows a, b;
    const gn_status status = gn__rows_open_two(&a, &b, "neighbourhood metrics", real, fake, 2, report);
    if (status != GN_OK)
        return status;
    const int64_t least = a.count < b.count ? a.count : b.count;
    if (k < 1 || k >= least)
        return gn_context_fail(a.context, GN_ERROR_ARGUMENT, "neighbourhood metrics: k is %d, expected 1 to %lld", k,
                               (long long)least - 1);
    return measure(&a, &b, k, report);
}
