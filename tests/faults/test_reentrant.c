/* SPDX-License-Identifier: MIT */
/* tests/faults/test_reentrant.c - functions of the user's that call the library back in ways that would pull away what
 * called them: each is refused, the step fails or goes on, and the objects serve again. */
#include "gan/networks.h"
#include "test.h"

#include <gannet/gannet.h>
#include <stdatomic.h>

/* What a function does while the library waits for it. */
typedef struct intrusion {
    void (*act)(void *object);
    void *object;
    int times;
} intrusion;

static void intrude(intrusion *i)
{
    if (i->act == NULL)
        return;
    i->times++;
    i->act(i->object);
}

static void reset_tape(void *tape)
{
    gn_tape_reset(tape);
}

static void free_tape(void *tape)
{
    gn_tape_free(tape);
}

static void free_gan(void *gan)
{
    gn_gan_free(gan);
}

/* --- losses and penalties ----------------------------------------------------------------------------------------- */

typedef struct game {
    gn_context *context;
    gn_gan_loss_functions loss;
    gn_gan_options options;
    gn_gan *gan;
    tiny_data data;
    intrusion of_loss, of_penalty;
} game;

static gn_var *loss(void *user, gn_var *logits, gn_var *target)
{
    game *g = user;
    if (g->of_loss.act == reset_tape || g->of_loss.act == free_tape)
        g->of_loss.object = gn_var_tape(logits);
    intrude(&g->of_loss);
    return gn_bce_with_logits(logits, target);
}

static gn_var *penalty(void *user, const gn_gan_view *view)
{
    game *g = user;
    if (g->of_penalty.act == reset_tape)
        g->of_penalty.object = gn_var_tape(view->real);
    intrude(&g->of_penalty);
    return gn_mean(gn_square(view->real_logits), GN_ALL_AXES, false);
}

static game *game_open(void)
{
    static game g;
    g = (game){.context = gn_context_new(&(gn_context_options){.threads = 1})};
    g.loss = (gn_gan_loss_functions){.name = "own", .discriminator = loss, .user = &g, .takes_targets = true};
    g.options = tiny_options(g.context, 0.9f);
    g.options.own_loss = &g.loss;
    g.options.penalties[0] = (gn_gan_penalty){.kind = GN_GAN_OWN_PENALTY, .function = penalty, .user = &g};
    g.gan = gn_gan_new(g.context, &g.options);
    g.data = tiny_data_new(g.context, 8, 1);
    assert_non_null(g.gan);
    return &g;
}

static void game_close(game *g)
{
    tiny_data_free(&g->data);
    gn_gan_free(g->gan);
    gn_module_free(g->options.generator);
    gn_module_free(g->options.discriminator);
    gn_context_free(g->context);
}

static gn_status step(const game *g)
{
    return gn_gan_step(g->gan, &g->data.batch, NULL);
}

static void a_loss_cannot_pull_its_tape_away(void **state)
{
    (void)state;
    game *g = game_open();
    g->of_loss.act = reset_tape;
    assert_int_equal(step(g), GN_ERROR_STATE);
    assert_message_has(g->context, GN_ERROR_STATE,
                       "gn_tape_reset: called by a function that this tape's recording waits for");
    g->of_loss.act = free_tape;
    assert_int_equal(step(g), GN_ERROR_STATE);
    assert_message_has(g->context, GN_ERROR_STATE, "gn_tape_free: called by");
    assert_true(g->of_loss.times >= 2);
    g->of_loss.act = NULL;
    assert_int_equal(step(g), GN_OK);
    game_close(g);
}

static void a_penalty_cannot_pull_its_tape_away(void **state)
{
    (void)state;
    game *g = game_open();
    g->of_penalty.act = reset_tape;
    assert_int_equal(step(g), GN_ERROR_STATE);
    assert_message_has(g->context, GN_ERROR_STATE, "gn_tape_reset: ");
    g->of_penalty.act = NULL;
    assert_int_equal(step(g), GN_OK);
    game_close(g);
}

static void step_again(void *user)
{
    const game *g = user;
    assert_int_equal(step(g), GN_ERROR_STATE);
    assert_message(g->context, GN_ERROR_STATE, "gn_gan_step: called by a function that this gan waits for");
}

static void a_gan_is_neither_stepped_nor_freed_in_its_step(void **state)
{
    (void)state;
    game *g = game_open();
    g->of_loss = (intrusion){.act = step_again, .object = g};
    g->of_penalty = (intrusion){.act = free_gan, .object = g->gan};
    assert_int_equal(step(g), GN_OK);
    assert_message_has(g->context, GN_ERROR_STATE, ": called by a function that this gan waits for");
    assert_int_equal(gn_gan_steps(g->gan), 1);
    assert_true(g->of_loss.times > 0 && g->of_penalty.times > 0);
    game_close(g);
}

/* Samples are drawn on the gan's own tape. */
static void sample(void *user)
{
    const game *g = user;
    assert_null(gn_gan_sample(g->gan, &(gn_sample_options){.per_class = 1}));
}

static void a_gan_draws_no_samples_in_its_step(void **state)
{
    (void)state;
    game *g = game_open();
    g->of_loss = (intrusion){.act = sample, .object = g};
    assert_int_equal(step(g), GN_ERROR_STATE);
    g->of_loss.act = NULL;
    assert_int_equal(step(g), GN_OK);
    game_close(g);
}

/* A generator whose forward frees the gan that draws with it: in a look at samples, alone, and while statistics are
 * re-estimated. */
static gn_var *free_the_gan(gn_module *module, gn_var *const *inputs, int count)
{
    (void)count;
    intrude(gn_module_state(module));
    return inputs[0];
}

static void a_gan_is_not_freed_by_its_own_network(void **state)
{
    (void)state;
    static const gn_module_class meddler = {.name = "meddler", .forward = free_the_gan, .inputs = 1};
    game *g = game_open();
    gn_module *own = gn_module_complete(gn_module_new(g->context, &meddler, NULL, sizeof(intrusion)));
    intrusion *intruder = gn_module_state(own);
    gn_gan_options options = g->options;
    options.generator = gn_sequential(g->context, "outer", tiny_generator(g->context, 0.9f), own);
    options.average_decay = 0.9f;
    options.watch_interval = 1;
    gn_gan *gan = gn_gan_new(g->context, &options);
    assert_non_null(gan);
    *intruder = (intrusion){.act = free_gan, .object = gan};
    assert_int_equal(gn_gan_step(gan, &g->data.batch, NULL), GN_OK);
    assert_message(g->context, GN_ERROR_STATE, "gn_gan_free: called by a function that this gan waits for");
    gn_tensor *pictures = gn_gan_sample(gan, &(gn_sample_options){.per_class = 1, .average = true});
    assert_non_null(pictures);
    assert_int_equal(gn_gan_standing_statistics(gan, &(gn_standing_options){.batches = 1, .size = 2}), GN_OK);
    assert_true(intruder->times >= 4);
    gn_tensor_free(pictures);
    gn_gan_free(gan);
    gn_module_free(options.generator);
    game_close(g);
}

static void save_and_load(void *user)
{
    const game *g = user;
    assert_int_equal(gn_gan_save(g->gan, "never.safetensors", NULL), GN_ERROR_STATE);
    assert_int_equal(gn_gan_load(g->gan, "never.safetensors"), GN_ERROR_STATE);
    assert_message(g->context, GN_ERROR_STATE, "gn_gan_load: called by a function that this gan waits for");
}

static void a_gan_is_neither_saved_nor_loaded_in_its_step(void **state)
{
    (void)state;
    game *g = game_open();
    g->of_loss = (intrusion){.act = save_and_load, .object = g};
    assert_int_equal(step(g), GN_OK);
    assert_true(g->of_loss.times > 0);
    game_close(g);
}

static void free_module(void *module)
{
    gn_module_free(module);
}

static void a_loss_cannot_free_the_networks(void **state)
{
    (void)state;
    game *g = game_open();
    gn_module *const networks[] = {g->options.generator, g->options.discriminator};
    for (int i = 0; i < 2; i++) {
        g->of_loss = (intrusion){.act = free_module, .object = networks[i]};
        assert_int_equal(step(g), GN_OK);
        assert_message_has(g->context, GN_ERROR_STATE, "is freed by a function that it waits for");
        gn_context_clear(g->context);
    }
    game_close(g);
}

/* --- ops and modules ---------------------------------------------------------------------------------------------- */

static intrusion of_forward, of_gradient, of_module;

static gn_status forward(gn_var *out)
{
    intrude(&of_forward);
    gn_op_output(out)[0] = gn_var_data(gn_op_input(out, 0))[0];
    return GN_OK;
}

static void gradient(gn_var *var, gn_var *output_gradient, const bool *wanted, gn_var **gradients)
{
    (void)var, (void)wanted;
    intrude(&of_gradient);
    gradients[0] = output_gradient;
}

static gn_var *apply(gn_module *module, gn_var *const *inputs, int count)
{
    static const gn_op op = {.name = "own", .forward = forward, .gradient = gradient};
    (void)module, (void)count;
    intrude(&of_module);
    return gn_record(&op, inputs, 1, (gn_shape){.rank = 0}, NULL, 0);
}

static gn_status recording(gn_tape *tape, gn_module *module)
{
    gn_tape_reset(tape);
    gn_var *x = gn_constant(tape, 2), *found;
    return gn_gradients(gn_apply(module, x), &x, 1, false, &found);
}

static void an_op_or_a_module_cannot_pull_its_tape_away(void **state)
{
    (void)state;
    static const gn_module_class own = {.name = "own", .forward = apply, .inputs = 1};
    intrusion *const places[] = {&of_forward, &of_gradient, &of_module};
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(context);
    gn_module *module = gn_module_complete(gn_module_new(context, &own, NULL, 0));
    for (size_t i = 0; i < 3; i++) {
        *places[i] = (intrusion){.act = i % 2 == 0 ? reset_tape : free_tape, .object = tape};
        assert_int_equal(recording(tape, module), GN_ERROR_STATE);
        assert_message_has(context, GN_ERROR_STATE, "called by a function that this tape's recording waits for");
        assert_int_equal(places[i]->times, 1);
        *places[i] = (intrusion){0};
        assert_int_equal(recording(tape, module), GN_OK);
    }
    gn_module_free(module);
    gn_tape_free(tape);
    gn_context_free(context);
}

static void neither_an_op_nor_a_child_can_free_the_module_that_is_applied(void **state)
{
    (void)state;
    static const gn_module_class own = {.name = "own", .forward = apply, .inputs = 1};
    intrusion *const places[] = {&of_forward, &of_module};
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tape *tape = gn_tape_new(context);
    gn_module *root = gn_sequential(context, "root", gn_identity_layer(context),
                                    gn_module_complete(gn_module_new(context, &own, NULL, 0)));
    for (size_t i = 0; i < 2; i++) {
        *places[i] = (intrusion){.act = free_module, .object = root};
        assert_int_equal(recording(tape, root), GN_OK);
        assert_message(context, GN_ERROR_STATE, "module: 'root' is freed by a function that it waits for");
        assert_int_equal(places[i]->times, 1);
        *places[i] = (intrusion){0};
        gn_context_clear(context);
    }
    gn_module_free(root);
    assert_message(context, GN_OK, "");
    gn_tape_free(tape);
    gn_context_free(context);
}

/* --- data --------------------------------------------------------------------------------------------------------- */

static gn_batches *asked;
static atomic_int refused;

static gn_status ask_for_the_batch(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)user;
    refused += gn_batches_next(asked) == NULL;
    gn_batches_free(asked);
    image[0] = (gn_real)index / 100;
    *label = 0;
    return GN_OK;
}

static void an_item_cannot_ask_for_the_batch_that_waits_for_it(void **state)
{
    (void)state;
    for (int prefetch = 0; prefetch < 2; prefetch++) {
        refused = 0;
        gn_context *context = gn_context_new(&(gn_context_options){.threads = 2});
        gn_dataset *dataset = gn_dataset_new(
            context, &(gn_dataset_source){
                         .count = 12, .height = 1, .width = 1, .channels = 1, .classes = 1, .item = ask_for_the_batch});
        asked = gn_batches_new(dataset, &(gn_batches_options){.size = 4, .prefetch = prefetch == 1});
        for (int i = 0; i < 3; i++)
            assert_non_null(gn_batches_next(asked));
        assert_true(refused >= 12);
        gn_batches_free(asked);
        gn_dataset_free(dataset);
        gn_context_free(context);
    }
}

static gn_dataset *mine;
static int asked_for;

static gn_status free_the_data(const void *user, int64_t index, gn_real *image, int *label)
{
    (void)user, (void)index;
    if (asked_for++ == 0)
        gn_dataset_free(mine);
    image[0] = 0;
    *label = 0;
    return GN_OK;
}

/* The data lives until all items are gathered. */
static void an_item_may_free_its_data(void **state)
{
    (void)state;
    gn_context *context = gn_context_new(&(gn_context_options){.threads = 1});
    gn_tensor *images = gn_tensor_new(context, GN_SHAPE(8, 1, 1, 1));
    mine = gn_dataset_new(
        context,
        &(gn_dataset_source){.count = 8, .height = 1, .width = 1, .channels = 1, .classes = 1, .item = free_the_data});
    assert_int_equal(gn_dataset_gather(mine, NULL, 0, images, NULL), GN_OK);
    assert_int_equal(asked_for, 8);
    gn_tensor_free(images);
    gn_context_free(context);
}

/* --- what belongs to others --------------------------------------------------------------------------------------- */

static void check_refused(const gn_context *context, const char *text)
{
    assert_message_has(context, GN_ERROR_STATE, text);
}

static void what_belongs_to_others_is_not_freed(void **state)
{
    (void)state;
    game *g = game_open();
    gn_optimizer *optimizer = gn_optimizer_new(g->options.generator, NULL);
    assert_int_equal(step(g), GN_OK);
    gn_parameter *parameter = gn_parameters(g->options.generator).items[0];
    gn_parameter_free(parameter);
    check_refused(g->context, "parameter 'generator.project.weight' belongs to a module, which frees it");
    gn_tensor *const theirs[] = {gn_parameter_value(parameter), gn_parameter_gradient(parameter),
                                 gn_module_tensor(g->options.generator, 2).tensor,
                                 gn_optimizer_tensor(optimizer, 0).tensor};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        gn_context_clear(g->context);
        gn_tensor_free(theirs[i]);
        check_refused(g->context, "belongs to another object, which frees it");
    }
    assert_int_equal(step(g), GN_OK);
    gn_optimizer_free(optimizer);
    game_close(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_cannot_pull_its_tape_away),
        cmocka_unit_test(a_penalty_cannot_pull_its_tape_away),
        cmocka_unit_test(a_gan_is_neither_stepped_nor_freed_in_its_step),
        cmocka_unit_test(a_gan_draws_no_samples_in_its_step),
        cmocka_unit_test(a_gan_is_not_freed_by_its_own_network),
        cmocka_unit_test(a_gan_is_neither_saved_nor_loaded_in_its_step),
        cmocka_unit_test(an_op_or_a_module_cannot_pull_its_tape_away),
        cmocka_unit_test(an_item_cannot_ask_for_the_batch_that_waits_for_it),
        cmocka_unit_test(a_loss_cannot_free_the_networks),
        cmocka_unit_test(neither_an_op_nor_a_child_can_free_the_module_that_is_applied),
        cmocka_unit_test(an_item_may_free_its_data),
        cmocka_unit_test(what_belongs_to_others_is_not_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
