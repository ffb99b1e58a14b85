/* SPDX-License-Identifier: MIT */
/* tests/io/test_protobuf.c - the bytes of messages, by the examples of protobuf.dev/programming-guides/encoding and by
 * hand. */
#include "io/protobuf.h"
#include "memory.h"

static void assert_bytes(const gn__protobuf *message, const char *bytes, size_t size)
{
    assert_int_equal(message->status, GN_OK);
    assert_int_equal(message->size, size);
    assert_memory_equal(message->bytes, bytes, size);
}

#define BYTES(text) text, sizeof text - 1

static void the_examples_of_the_guide(void **state)
{
    gn__protobuf message, inner;
    gn__protobuf_open(&message, *state);
    gn__protobuf_number(&message, 1, 150);
    assert_bytes(&message, BYTES("\x08\x96\x01"));
    gn__protobuf_close(&message);
    gn__protobuf_text(&message, 2, "testing");
    assert_bytes(&message, BYTES("\x12\x07testing"));
    gn__protobuf_close(&message);
    gn__protobuf_open(&inner, *state);
    gn__protobuf_number(&inner, 1, 150);
    gn__protobuf_message(&message, 3, &inner);
    assert_bytes(&message, BYTES("\x1a\x03\x08\x96\x01"));
    gn__protobuf_close(&inner);
    gn__protobuf_close(&message);
}

static void numbers_of_all_lengths(void **state)
{
    gn__protobuf message;
    gn__protobuf_open(&message, *state);
    gn__protobuf_number(&message, 1, 0);
    gn__protobuf_number(&message, 1, 127);
    gn__protobuf_number(&message, 1, 128);
    gn__protobuf_number(&message, 15, 16383);
    gn__protobuf_number(&message, 16, 16384);
    gn__protobuf_number(&message, 1, -1);
    gn__protobuf_number(&message, 1, INT64_MIN);
    gn__protobuf_float(&message, 2, -2.5f);
    assert_bytes(&message, BYTES("\x08\0"
                                 "\x08\x7f"
                                 "\x08\x80\x01"
                                 "\x78\xff\x7f"
                                 "\x80\x01\x80\x80\x01"
                                 "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                 "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"
                                 "\x15\0\0\x20\xc0"));
    gn__protobuf_close(&message);
}

static void doubles_and_bytes(void **state)
{
    const double numbers[] = {1, -2.5};
    gn__protobuf message, buffer;
    gn__protobuf_open(&message, *state);
    gn__protobuf_open(&buffer, *state);
    gn__protobuf_double(&message, 1, 1);
    gn__protobuf_doubles(&message, 6, numbers, 2);
    gn__protobuf_doubles(&message, 7, numbers, 0);
    assert_int_equal(gn__protobuf_append(&buffer, "PNG", 3), GN_OK);
    gn__protobuf_message(&message, 4, &buffer);
    assert_bytes(&message, BYTES("\x09\0\0\0\0\0\0\xf0\x3f"
                                 "\x32\x10\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\x04\xc0"
                                 "\x3a\0"
                                 "\x22\x03PNG"));
    gn__protobuf_close(&buffer);
    gn__protobuf_close(&message);
}

static void nothing_is_a_message_too(void **state)
{
    gn__protobuf message, inner;
    gn__protobuf_open(&message, *state);
    gn__protobuf_open(&inner, *state);
    gn__protobuf_message(&message, 1, &inner);
    gn__protobuf_text(&message, 2, "");
    assert_non_null(gn__protobuf_bytes(&message, 3, 0));
    assert_bytes(&message, BYTES("\x0a\0\x12\0\x1a\0"));
    gn__protobuf_close(&inner);
    gn__protobuf_close(&message);
    gn__protobuf_close(&message);
}

static void bytes_are_written_in_place(void **state)
{
    gn__protobuf message;
    gn__protobuf_open(&message, *state);
    for (int i = 0; i < 3; i++) {
        unsigned char *bytes = gn__protobuf_bytes(&message, 9, 300);
        assert_non_null(bytes);
        memset(bytes, 'a' + i, 300);
    }
    assert_int_equal(message.size, 3 * 303);
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(message.bytes + 303 * i, "\x4a\xac\x02", 3);
        assert_int_equal(message.bytes[303 * i + 3], 'a' + i);
        assert_int_equal(message.bytes[303 * i + 302], 'a' + i);
    }
    gn__protobuf_close(&message);
}

static void two_gigabytes_are_the_end(void **state)
{
    gn__protobuf message, outer;
    gn__protobuf_open(&message, *state);
    gn__protobuf_open(&outer, *state);
    gn__protobuf_number(&message, 1, 1);
    assert_null(gn__protobuf_bytes(&message, 2, (size_t)INT32_MAX));
    assert_message(*state, GN_ERROR_UNSUPPORTED, "protobuf: a message would be larger than 2 GiB");
    const size_t size = message.size;
    gn__protobuf_number(&message, 1, 1);
    assert_int_equal(message.size, size);
    gn__protobuf_message(&outer, 1, &message);
    assert_int_equal(outer.status, GN_ERROR_UNSUPPORTED);
    assert_int_equal(outer.size, 0);
    gn__protobuf_close(&message);
    assert_int_equal(message.status, GN_ERROR_UNSUPPORTED);
}

static bool grow(gn_context *context, void *argument)
{
    (void)argument;
    gn__protobuf message, inner;
    gn__protobuf_open(&message, context);
    gn__protobuf_open(&inner, context);
    gn__protobuf_text(&inner, 1, "so long a text that it does not fit into the first sixty-four bytes");
    gn__protobuf_message(&message, 1, &inner);
    gn__protobuf_message(&message, 1, &inner);
    const bool done = message.status == GN_OK;
    gn__protobuf_close(&inner);
    gn__protobuf_close(&message);
    return done;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(memory_fail_each(grow, NULL) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_guide),  cmocka_unit_test(numbers_of_all_lengths),
        cmocka_unit_test(doubles_and_bytes),          cmocka_unit_test(nothing_is_a_message_too),
        cmocka_unit_test(bytes_are_written_in_place), cmocka_unit_test(two_gigabytes_are_the_end),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
