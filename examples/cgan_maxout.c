/* SPDX-License-Identifier: MIT */
/* examples/cgan_maxout.c - the conditional GAN of Mirza & Osindero 2014, section 4.1, with their measure of it.
 *
 * What the paper leaves open is as in the code that it was derived from (Goodfellow et al. 2014, goodfeli/adversarial):
 * weights from U(-0.05, 0.05) in G and U(-0.005, 0.005) in D, G's last bias from the mean of each pixel, 50,000
 * pictures for training and the other 10,000 of MNIST's for validation. */
#include "common/maxout_gan.h"
#include "common/trial.h"

#include <math.h>

enum {
    BATCH = 100,
    PIXELS = 28 * 28,
    STEPS = 20000,
    QUICK_STEPS = 60,
    LOOKS = 10,
    SAMPLES = 10000,
    QUICK_SAMPLES = 300,
    VALIDATION = 1000,
    QUICK_VALIDATION = 100,
    SHOWN = 10,
    MARGINALS = 2000
};

/* Rate 0.1 falling by a factor of 1.00004 a step to 1e-6; momentum 0.5 rising to 0.7 (their code: over 250 epochs;
 * here: over the run). */
static gn_optimizer_options schedule(int64_t steps)
{
    return (gn_optimizer_options){
        .kind = GN_SGD,
        .rate = 0.1f,
        .momentum = 0.5f,
        .last_momentum = 0.7f,
        .momentum_steps = steps,
        .schedule = {.kind = GN_SCHEDULE_EXPONENTIAL, .decay = 1 / 1.00004f, .last = 1e-5f},
    };
}

/* G begins with pictures whose pixels are as bright as real ones are in the mean. */
static gn_status set_marginals(const trial *t, gn_dataset *pictures)
{
    const int64_t count = gn_dataset_count(pictures) < MARGINALS ? gn_dataset_count(pictures) : MARGINALS;
    gn_tensor *images = gn_tensor_new(t->context, GN_SHAPE(count, 28, 28, 1));
    const gn_status status = images == NULL ? trial_check(t, gn_context_status(t->context))
                                            : gn_dataset_gather(pictures, NULL, 0, images, NULL);
    gn_tensor *bias = gn_parameter_value(gn_parameters(gn_module_find(t->generator, "pixels")).items[1]);
    for (int64_t i = 0; i < PIXELS && status == GN_OK; i++) {
        double sum = 0;
        for (int64_t j = 0; j < count; j++)
            sum += ((double)gn_tensor_values(images)[j * PIXELS + i] + 1) / 2;
        const double mean = fmin(fmax(sum / (double)count, 1e-3), 1 - 1e-3);
        gn_tensor_data(bias)[i] = (gn_real)log(mean / (1 - mean));
    }
    gn_tensor_free(images);
    return status;
}

/* --- their measure ------------------------------------------------------------------------------------------------ */

typedef struct likelihood {
    examined validation, test;
} likelihood;

/* Pictures to train on; the others are for validation. */
static int64_t training_count(const study *s)
{
    return gn_dataset_count(s->training_set) * 5 / 6;
}

static gn_status likelihood_open(likelihood *l, study *s)
{
    const int64_t validation = study_size(s, VALIDATION, QUICK_VALIDATION);
    const int64_t test = s->quick || gn_dataset_count(s->test_set) < SAMPLES ? validation : SAMPLES;
    gn_status status = examine_data(&l->validation, &s->classifier.by, s->training_set, training_count(s), validation);
    return status == GN_OK ? examine_data(&l->test, &s->classifier.by, s->test_set, 0, test) : status;
}

static void likelihood_close(likelihood *l)
{
    examined_close(&l->validation);
    examined_close(&l->test);
}

/* count generated pictures as rows in [0,1]. */
static gn_tensor *generate_rows(trial *t, int64_t count)
{
    gn_context *context = t->study->context;
    gn_tensor *labels = digit_classifier_labels(context, count / STUDY_CLASSES);
    gn_tensor *pictures = labels == NULL ? NULL : trial_sample(t, labels, 0);
    gn_tensor *rows = pictures == NULL ? NULL : gn_tensor_new(context, GN_SHAPE(count, PIXELS));
    for (int64_t i = 0; rows != NULL && i < count * PIXELS; i++)
        gn_tensor_data(rows)[i] = (gn_tensor_values(pictures)[i] + 1) / 2;
    gn_tensor_free(pictures);
    gn_tensor_free(labels);
    return rows;
}

static gn_status measure(trial *t, const likelihood *l, const gn_tensor *on, gn_parzen_report *found)
{
    gn_tensor *rows = generate_rows(t, study_size(t->study, SAMPLES, QUICK_SAMPLES));
    const gn_status status = rows == NULL ? gn_context_status(t->study->context)
                                          : gn_parzen_log_likelihood(rows, l->validation.pixels, on, found);
    gn_tensor_free(rows);
    return status;
}

/* --- one training: the weights with the best validation likelihood are kept --------------------------------------- */

typedef struct outcome {
    double steps[LOOKS], validation[LOOKS];
    estimate test, accuracy, frechet;
    double error; /* the test's own standard error, of the last seed */
} outcome;

static gn_status train(trial *t, const likelihood *l, int64_t seed, outcome *o)
{
    const int64_t steps = study_size(t->study, STEPS, QUICK_STEPS);
    char path[STUDY_PATH];
    study_path(t->study, "best.safetensors", path);
    gn_status status = GN_OK;
    for (int look = 0; look < LOOKS && status == GN_OK; look++) {
        gn_parzen_report found = {0};
        status = trial_run(t, steps * (look + 1) / LOOKS);
        if (status == GN_OK)
            status = measure(t, l, l->validation.pixels, &found);
        if (status != GN_OK)
            return status;
        study_say(t->study, "step %d: validation log-likelihood %.1f", (int)gn_gan_steps(t->gan), found.log_likelihood);
        if (seed == 0) {
            o->steps[look] = (double)gn_gan_steps(t->gan);
            o->validation[look] = found.log_likelihood;
        }
        status = trial_check(t, gn_gan_save_best(t->gan, path, NULL, found.log_likelihood, false, NULL));
    }
    return status == GN_OK ? trial_check(t, gn_module_load(t->generator, path)) : status;
}

static gn_status play(study *s, const likelihood *l, int64_t seed, outcome *o)
{
    const gn_optimizer_options optimizer = schedule(study_size(s, STEPS, QUICK_STEPS));
    const trial_plan plan = {.networks = {.latent = MAXOUT_GAN_LATENT, .classes = MAXOUT_GAN_CLASSES},
                             .generator = maxout_generator,
                             .discriminator = maxout_discriminator,
                             .batches = {.size = BATCH, .count = training_count(s)},
                             .game = {.latent = {.distribution = GN_LATENT_UNIFORM},
                                      .generator_optimizer = optimizer,
                                      .discriminator_optimizer = optimizer}};
    trial t;
    judgement result = {0};
    gn_parzen_report found = {0};
    gn_status status = trial_open(&t, s, &plan, seed);
    if (status == GN_OK)
        status = set_marginals(&t, s->training_set);
    if (status == GN_OK)
        status = train(&t, l, seed, o);
    if (status == GN_OK)
        status = measure(&t, l, l->test.pixels, &found);
    if (status == GN_OK)
        status = trial_judge(&t, &result);
    if (status == GN_OK) {
        estimate_add(&o->test, found.log_likelihood);
        estimate_add(&o->accuracy, 100 * result.accuracy);
        estimate_add(&o->frechet, result.frechet);
        o->error = found.standard_error;
    }
    if (status == GN_OK && seed == 0)
        status = study_samples(s, t.gan, SHOWN, "samples.png", "One row for each label");
    trial_close(&t);
    return status;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

static void write_table(study *s, const outcome *o, const gn_parzen_report *real)
{
    table t = table_begin("what|log-likelihood|standard error|label accuracy %|Frechet distance");
    char text[ESTIMATE_TEXT];
    table_cell(&t, "this run");
    table_cell(&t, "%s", estimate_text(&o->test, 1, text));
    table_cell(&t, "%.1f", o->error);
    table_cell(&t, "%s", estimate_text(&o->accuracy, 1, text));
    table_cell(&t, "%s", estimate_text(&o->frechet, 1, text));
    const struct {
        const char *name, *value, *error;
    } papers[] = {{"Mirza & Osindero 2014, table 1", "132", "1.8"}, {"Goodfellow et al. 2014, no labels", "225", "2"}};
    for (int i = 0; i < 2; i++) {
        table_cell(&t, "%s", papers[i].name);
        table_cell(&t, "%s", papers[i].value);
        table_cell(&t, "%s", papers[i].error);
        table_cell(&t, "-");
        table_cell(&t, "-");
    }
    table_cell(&t, "real training pictures in place of samples");
    table_cell(&t, "%.1f", real->log_likelihood);
    table_cell(&t, "%.1f", real->standard_error);
    table_cell(&t, "%.1f", 100 * s->classifier.test_accuracy);
    table_cell(&t, "-");
    report_heading(s->page, "Numbers");
    study_table(s, &t,
                "Parzen log-likelihood of the test pictures, in nats, with the window chosen on validation pictures "
                "(Goodfellow et al. "
                "2014). The papers' numbers hold for MNIST only.");
    table_free(&t);
}

static gn_status measure_real(study *s, const likelihood *l, gn_parzen_report *found)
{
    examined real = {0};
    gn_status status = examine_data(&real, &s->classifier.by, s->training_set, 0,
                                    study_size(s, SAMPLES, QUICK_SAMPLES));
    if (status == GN_OK)
        status = gn_parzen_log_likelihood(real.pixels, l->validation.pixels, l->test.pixels, found);
    examined_close(&real);
    return status;
}

static gn_status run(study *s)
{
    outcome o = {0};
    likelihood l = {0};
    gn_parzen_report real;
    gn_status status = likelihood_open(&l, s);
    report_heading(s->page, "Samples");
    for (int64_t seed = 0; seed < s->seeds && status == GN_OK; seed++)
        status = play(s, &l, seed, &o);
    if (status == GN_OK)
        status = measure_real(s, &l, &real);
    likelihood_close(&l);
    if (status != GN_OK)
        return status;
    const chart c = {.title = "Validation log-likelihood",
                     .x_label = "steps",
                     .y_label = "nats",
                     .lines = {{"first seed", o.steps, o.validation, NULL, LOOKS}}};
    report_chart(s->page, &c, "The weights of the best look are those that are tested.");
    write_table(s, &o, &real);
    report_finding(s->page, "Log-likelihood %.0f after %d steps of %d; the paper has 132 ± 1.8.",
                   estimate_mean(&o.test), (int)study_size(s, STEPS, QUICK_STEPS), BATCH);
    return GN_OK;
}

int main(int argc, char **argv)
{
    return study_main(
        argc, argv,
        &(study_plan){.name = "cgan_maxout",
                      .title = "Mirza & Osindero 2014",
                      .question = "Does the first conditional GAN, of maxout layers, come out as published?",
                      .minutes = "17",
                      .seeds = 1,
                      .run = run});
}
