/* SPDX-License-Identifier: MIT */
/* tests/examples/test_emitted_slow.c - the generators of dcgan as C source draw what the library draws. */
#include "common/dcgan_network.h"
#include "export/emitted.h"

static void compare(const fixture *f, const dcgan_pictures *pictures)
{
    gn_module *generator = dcgan_generator(f->context, pictures, 0.8f);
    assert_non_null(generator);
    emitted_train_norms(generator);
    const gn_shape shapes[] = {GN_SHAPE(1, DCGAN_LATENT), GN_SHAPE(1, pictures->classes)};
    emitted_compare_shapes(f, generator, shapes, 2, 1e-5);
}

static void test_digits(void **state)
{
    compare(*state, &dcgan_digits);
}

static void test_colour_pictures(void **state)
{
    compare(*state, &(dcgan_pictures){32, 3, 4});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_digits),
        WITH_FIXTURE(test_colour_pictures),
    };
    return cmocka_run_group_tests(tests, open_directory, close_directory);
}
