/* SPDX-License-Identifier: MIT */
/* tests/export/test_onnx_graph.c - the messages of a small graph to the last byte, and in which layouts values are
 * there. */
#include "export/onnx.h"
#include "export/onnx_graph.h"
#include "nn/layers.h"

static const char *const input_names[] = {"x"};

/* A field's number and length, for lengths below 128. */
static size_t put(unsigned char *bytes, int number, const char *content, size_t size)
{
    bytes[0] = (unsigned char)(number << 3 | 2);
    bytes[1] = (unsigned char)size;
    memcpy(bytes + 2, content, size);
    return size + 2;
}

#define BYTES(text) text, sizeof text - 1

static void a_graph_is_written_to_the_last_byte(void **state)
{
    const fixture *f = *state;
    gn_var *x = gn_full(f->tape, GN_SHAPE(2, 1), 0);
    const gn_var *y = gn_leaky_relu(x, (gn_real)0.5);
    gn__onnx_graph graph;
    gn__onnx_node node;
    assert_int_equal(gn__onnx_open(&graph, f->tape, &x, input_names, 1, y, "y"), GN_OK);
    graph.batch = 2;
    gn__onnx_begin(&node, &graph, "E", y);
    node.type = "F";
    gn__onnx_take(&node, x, GN__AS_IS);
    gn__onnx_set_float(&node, "a", (gn_real)0.5);
    gn__onnx_set_number(&node, "b", 3);
    gn__onnx_set_numbers(&node, "c", (const int64_t[]){4, -1}, 2);
    gn__onnx_set_text(&node, "d", "e");
    gn__onnx_end(&node, GN__AS_IS);
    gn__onnx_finish(&graph, &x, 1, y, "y");

    unsigned char expected[300], inner[200];
    size_t used = 0;
    used += put(inner + used, 3, BYTES("y")); /* name, input, attributes, type, output */
    used += put(inner + used, 1, BYTES("x"));
    used += put(inner + used, 5,
                BYTES("\x0a\x01"
                      "a\xa0\x01\x01\x15\0\0\0\x3f"));
    used += put(inner + used, 5,
                BYTES("\x0a\x01"
                      "b\xa0\x01\x02\x18\x03"));
    used += put(inner + used, 5,
                BYTES("\x0a\x01"
                      "c\xa0\x01\x07\x40\x04\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    used += put(inner + used, 5,
                BYTES("\x0a\x01"
                      "d\xa0\x01\x03\x22\x01"
                      "e"));
    used += put(inner + used, 4, BYTES("F"));
    used += put(inner + used, 2, BYTES("y"));
    size_t size = put(expected, 1, (const char *)inner, used);
    /* name; type: tensor: FLOAT and shape: "N", 1 */
    size += put(expected + size, 11,
                BYTES("\x0a\x01"
                      "x\x12\x0f\x0a\x0d\x08\x01\x12\x09\x0a\x03\x12\x01N\x0a\x02\x08\x01"));
    size += put(expected + size, 12,
                BYTES("\x0a\x01"
                      "y\x12\x0f\x0a\x0d\x08\x01\x12\x09\x0a\x03\x12\x01N\x0a\x02\x08\x01"));
    assert_int_equal(graph.body.status, GN_OK);
    assert_int_equal(graph.body.size, size);
    assert_memory_equal(graph.body.bytes, expected, size);
    gn__onnx_close(&graph);
}

/* The initializer of this name: dims 1, type 2, raw data 9. */
static message initializer(const gn__onnx_graph *graph, const char *name)
{
    message body = {graph->body.bytes, graph->body.bytes + graph->body.size};
    field part = {0};
    while (next_field(&body, &part)) {
        const message found = part.number == 5 ? inside(part.content, 8) : (message){NULL, NULL};
        if (part.number == 5 && (size_t)(found.end - found.next) == strlen(name) &&
            memcmp(found.next, name, strlen(name)) == 0)
            return part.content;
    }
    fail_msg("no initializer '%s'", name);
    return body;
}

static void assert_floats(message tensor, const int64_t *sizes, int rank, const float *values, int count)
{
    const message raw = inside(tensor, 9);
    field dimension = {0};
    for (int axis = 0; axis < rank; axis++) {
        assert_true(next_field(&tensor, &dimension));
        assert_int_equal(dimension.number, 1);
        assert_int_equal(dimension.value, sizes[axis]);
    }
    assert_int_equal(raw.end - raw.next, 4 * count);
    assert_memory_equal(raw.next, values, 4 * (size_t)count); /* where the tests run, floats are little-endian */
}

static void constants_are_written_in_each_layout_once(void **state)
{
    const fixture *f = *state;
    gn_var *x = gn_full(f->tape, GN_SHAPE(1, 1, 2, 3), 0);
    const gn_var *c = gn_values(f->tape, GN_SHAPE(1, 1, 2, 3), (const gn_real[]){1, 2, 3, 4, 5, 6});
    gn_var *row = gn_values(f->tape, GN_SHAPE(3), (const gn_real[]){7, 8, 9});
    const gn_var *y = gn_add(x, row);
    gn__onnx_graph graph;
    gn__onnx_node node;
    assert_int_equal(gn__onnx_open(&graph, f->tape, &x, input_names, 1, y, "y"), GN_OK);
    gn__onnx_begin(&node, &graph, "E", y);
    node.type = "F";
    for (int i = 0; i < 2; i++)
        for (int layout = 0; layout < GN__LAYOUTS; layout++)
            gn__onnx_take(&node, c, (gn__onnx_layout)layout);
    gn__onnx_take(&node, row, GN__CHANNELS_FIRST);
    gn__onnx_end(&node, GN__AS_IS);
    assert_floats(initializer(&graph, "input1"), (const int64_t[]){1, 1, 2, 3}, 4, (const float[]){1, 2, 3, 4, 5, 6},
                  6);
    assert_floats(initializer(&graph, "input1_nchw"), (const int64_t[]){1, 3, 1, 2}, 4,
                  (const float[]){1, 4, 2, 5, 3, 6}, 6);
    assert_floats(initializer(&graph, "input1_kernel"), (const int64_t[]){3, 2, 1, 1}, 4,
                  (const float[]){1, 4, 2, 5, 3, 6}, 6);
    assert_floats(initializer(&graph, "input2_nchw"), (const int64_t[]){1, 3, 1, 1}, 4, (const float[]){7, 8, 9}, 3);
    message body = {graph.body.bytes, graph.body.bytes + graph.body.size};
    int initializers = 0;
    for (field part = {0}; next_field(&body, &part);)
        initializers += part.number == 5;
    assert_int_equal(initializers, 4);
    gn__onnx_close(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_graph_is_written_to_the_last_byte),
        WITH_FIXTURE(constants_are_written_in_each_layout_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
