/* SPDX-License-Identifier: MIT */
/* tests/io/test_crc32c.c - the examples of RFC 3720, appendix B.4, and the usual check value. */
#include "io/crc32c.h"
#include "test.h"

#include <string.h>

static void known_sums(void **state)
{
    (void)state;
    unsigned char bytes[32] = {0};
    assert_int_equal(gn__crc32c(bytes, sizeof bytes), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(gn__crc32c(bytes, sizeof bytes), 0x62A8AB43);
    for (unsigned char i = 0; i < sizeof bytes; i++)
        bytes[i] = i;
    assert_int_equal(gn__crc32c(bytes, sizeof bytes), 0x46DD794E);
    assert_int_equal(gn__crc32c((const unsigned char *)"123456789", 9), 0xE3069283);
    assert_int_equal(gn__crc32c(bytes, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_sums)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
