/* SPDX-License-Identifier: MIT */
/* lib/export/emit_functions.c - the C functions that an emitted network is made of, as texts.
 *
 * They are C99 and plain rather than fast, but inner loops run over neighbouring numbers, so that a compiler vectorises
 * them. */
#include "export/emit_functions.h"

#define UNARY(name, numbers, expression)                                                                               \
    "static void @_" name "(const float *x, float *y" numbers ", long count)\n{\n"                                     \
    "    long i;\n"                                                                                                    \
    "    for (i = 0; i < count; i++)\n"                                                                                \
    "        y[i] = " expression ";\n}\n"

/* Element i of x meets element i / inner % repeat of y. */
#define BINARY(name, expression)                                                                                       \
    "static void @_" name "(const float *x, const float *y, float *z, long count, long inner, long repeat)\n{\n"       \
    "    long i;\n"                                                                                                    \
    "    for (i = 0; i < count; i++) {\n"                                                                              \
    "        const float a = x[i], b = y[i / inner % repeat];\n"                                                       \
    "        z[i] = " expression ";\n    }\n}\n"

/* [outer, middle, inner] -> [outer, inner] */
#define REDUCTION(name, statement)                                                                                     \
    "static void @_" name "(const float *x, float *y, long outer, long middle, long inner)\n{\n"                       \
    "    long o, m, i;\n"                                                                                              \
    "    for (o = 0; o < outer; o++)\n"                                                                                \
    "        for (i = 0; i < inner; i++) {\n"                                                                          \
    "            const float *from = x + o * middle * inner + i;\n"                                                    \
    "            float result = from[0];\n"                                                                            \
    "            for (m = 1; m < middle; m++)\n"                                                                       \
    "                " statement ";\n"                                                                                 \
    "            y[o * inner + i] = result;\n        }\n}\n"

/* Shifted by the largest of a row. */
#define SOFTMAX(name, expression)                                                                                      \
    "static void @_" name "(const float *x, float *y, long rows, long columns)\n{\n"                                   \
    "    long r, i;\n"                                                                                                 \
    "    for (r = 0; r < rows; r++, x += columns, y += columns) {\n"                                                   \
    "        float most = x[0], sum = 0;\n"                                                                            \
    "        for (i = 1; i < columns; i++)\n"                                                                          \
    "            most = x[i] > most ? x[i] : most;\n"                                                                  \
    "        for (i = 0; i < columns; i++)\n"                                                                          \
    "            sum += expf(x[i] - most);\n"                                                                          \
    "        for (i = 0; i < columns; i++)\n"                                                                          \
    "            y[i] = " expression ";\n    }\n}\n"

static const char copy[] =
    "/* y[i] is x at the place that steps along six axes lead to. */\n"
    "static void @_copy(const float *x, float *y, const long *size, const long *stride, long count)\n{\n"
    "    long i;\n"
    "    for (i = 0; i < count; i++) {\n"
    "        long rest = i, place = 0;\n"
    "        int axis;\n"
    "        for (axis = 5; axis >= 0; axis--) {\n"
    "            place += rest % size[axis] * stride[axis];\n"
    "            rest /= size[axis];\n"
    "        }\n"
    "        y[i] = x[place];\n    }\n}\n";

static const char rows[] =
    "static void @_rows(const float *x, long x_step, float *y, long y_step, long rows, long count)\n{\n"
    "    long r, i;\n"
    "    for (r = 0; r < rows; r++)\n"
    "        for (i = 0; i < count; i++)\n"
    "            y[r * y_step + i] = x[r * x_step + i];\n}\n";

static const char zero[] = "static void @_zero(float *y, long count)\n{\n"
                           "    long i;\n"
                           "    for (i = 0; i < count; i++)\n"
                           "        y[i] = 0;\n}\n";

static const char gather[] =
    "/* Rows of x by number; a number that is none of them stands for the nearest. */\n"
    "static void @_gather(const float *x, const float *numbers, float *y, long rows, long size, long bound)\n{\n"
    "    long r, i;\n"
    "    for (r = 0; r < rows; r++) {\n"
    "        const float most = (float)(bound - 1), number = numbers[r] > 0 ? numbers[r] : 0;\n"
    "        const long row = number < most ? (long)number : bound - 1;\n"
    "        for (i = 0; i < size; i++)\n"
    "            y[r * size + i] = x[row * size + i];\n    }\n}\n";

static const char one_hot[] = "static void @_one_hot(const float *labels, float *y, long rows, long classes)\n{\n"
                              "    long r, i;\n"
                              "    for (r = 0; r < rows; r++)\n"
                              "        for (i = 0; i < classes; i++)\n"
                              "            y[r * classes + i] = (float)i == labels[r] ? 1.0f : 0.0f;\n}\n";

static const char matmul[] =
    "/* y [m,n] = a b; neighbours of a in a row are a_column apart, and so on. */\n"
    "static void @_matmul(const float *a, const float *b, float *y, long m, long n, long depth,\n"
    "                     long a_row, long a_column, long b_row, long b_column)\n{\n"
    "    long i, j, k;\n"
    "    for (i = 0; i < m; i++)\n"
    "        for (j = 0; j < n; j++) {\n"
    "            float sum = 0;\n"
    "            for (k = 0; k < depth; k++)\n"
    "                sum += a[i * a_row + k * a_column] * b[k * b_row + j * b_column];\n"
    "            y[i * n + j] = sum;\n        }\n}\n";

static const char linear[] =
    "/* x [rows,in], weight [in,out], bias [out] or 0 -> y [rows,out] */\n"
    "static void @_linear(const float *x, const float *weight, const float *bias, float *restrict y, long rows,\n"
    "                     long in, long out)\n{\n"
    "    long r, i, k;\n"
    "    for (r = 0; r < rows; r++, x += in, y += out) {\n"
    "        for (k = 0; k < out; k++)\n"
    "            y[k] = bias ? bias[k] : 0;\n"
    "        for (i = 0; i < in; i++)\n"
    "            for (k = 0; k < out; k++)\n"
    "                y[k] += x[i] * weight[i * out + k];\n    }\n}\n";

static const char window[] =
    "/* Large images [n,h,w,c], small ones [n,oh,ow,k]. Small pixel (oy, ox) and tap (ky, kx) of the kernel belong to "
    "large pixel\n"
    " * (oy stride_h + ky dilation_h - top, ox stride_w + kx dilation_w - left). */\n"
    "typedef struct @_window {\n"
    "    long n, h, w, c, oh, ow, k, kh, kw, stride_h, stride_w, dilation_h, dilation_w, top, left;\n"
    "} @_window;\n"
    "\n"
    "/* The large pixel of small pixel and tap number `pair`, or -1 when it lies outside. */\n"
    "static long @_large_pixel(const @_window *s, long pair)\n{\n"
    "    const long taps = s->kh * s->kw, tap = pair % taps, pixel = pair / taps;\n"
    "    const long y = pixel / s->ow % s->oh * s->stride_h + tap / s->kw * s->dilation_h - s->top;\n"
    "    const long x = pixel % s->ow * s->stride_w + tap % s->kw * s->dilation_w - s->left;\n"
    "    return y < 0 || y >= s->h || x < 0 || x >= s->w ? -1 : (pixel / s->ow / s->oh * s->h + y) * s->w + x;\n}\n";

/* A convolution and its transpose differ in which image is read. */
#define CONVOLUTION(name, pixels, in, out, source, target)                                                             \
    "/* weight [kh,kw," in "," out "], bias [" out "] or 0 */\n"                                                       \
    "static void @_" name "(const float *x, const float *weight, const float *bias, float *restrict y,\n"              \
    "    const @_window *s)\n{\n"                                                                                      \
    "    const long taps = s->kh * s->kw, pairs = s->n * s->oh * s->ow * taps, in = s->" in ", out = s->" out ";\n"    \
    "    long pair, i, k;\n"                                                                                           \
    "    for (i = 0; i < " pixels "; i++)\n"                                                                           \
    "        for (k = 0; k < out; k++)\n"                                                                              \
    "            y[i * out + k] = bias ? bias[k] : 0;\n"                                                               \
    "    for (pair = 0; pair < pairs; pair++) {\n"                                                                     \
    "        const long large = @_large_pixel(s, pair), small = pair / taps;\n"                                        \
    "        const float *w = weight + pair % taps * in * out;\n"                                                      \
    "        for (i = 0; i < in && large >= 0; i++)\n"                                                                 \
    "            for (k = 0; k < out; k++)\n"                                                                          \
    "                y[" target " * out + k] += x[" source " * in + i] * w[i * out + k];\n    }\n}\n"

#define POOL(name, statement, end)                                                                                     \
    "static void @_" name "(const float *x, float *y, const @_window *s)\n{\n"                                         \
    "    const long taps = s->kh * s->kw, pixels = s->n * s->oh * s->ow;\n"                                            \
    "    long pixel, k, tap;\n"                                                                                        \
    "    for (pixel = 0; pixel < pixels; pixel++)\n"                                                                   \
    "        for (k = 0; k < s->k; k++) {\n"                                                                           \
    "            float result = 0;\n"                                                                                  \
    "            long seen = 0;\n"                                                                                     \
    "            for (tap = 0; tap < taps; tap++) {\n"                                                                 \
    "                const long large = @_large_pixel(s, pixel * taps + tap);\n"                                       \
    "                if (large < 0)\n                    continue;\n"                                                  \
    "                " statement ";\n"                                                                                 \
    "                seen++;\n            }\n"                                                                         \
    "            y[pixel * s->k + k] = " end ";\n        }\n}\n"

static const char upsample[] =
    "/* Every pixel of h rows of w pixels, factor x factor times. */\n"
    "static void @_upsample(const float *x, float *y, long h, long w, long c, long factor)\n{\n"
    "    const long wide = w * factor;\n"
    "    long i, k;\n"
    "    for (i = 0; i < h * factor * wide; i++)\n"
    "        for (k = 0; k < c; k++)\n"
    "            y[i * c + k] = x[(i / wide / factor * w + i % wide / factor) * c + k];\n}\n";

static const char pair_distances[] =
    "/* y[i,j,b] = the sum over d of |x[i,d,b] - x[j,d,b]|. */\n"
    "static void @_pair_distances(const float *x, float *y, long n, long dimensions, long inner)\n{\n"
    "    const long row = dimensions * inner;\n"
    "    long i, d;\n"
    "    for (i = 0; i < n * n * inner; i++) {\n"
    "        const float *first = x + i / inner / n * row + i % inner, *second = x + i / inner % n * row + i % inner;\n"
    "        float sum = 0;\n"
    "        for (d = 0; d < row; d += inner)\n"
    "            sum += fabsf(first[d] - second[d]);\n"
    "        y[i] = sum;\n    }\n}\n";

#define ONE ", float a"
#define TWO ", float a, float b"

const gn__emit_text gn__emit_texts[GN__EMIT_FUNCTIONS] = {
    [GN__EMIT_NEG] = {"neg", UNARY("neg", "", "-x[i]"), 0},
    [GN__EMIT_SCALE] = {"scale", UNARY("scale", ONE, "a * x[i]"), 1},
    [GN__EMIT_OFFSET] = {"offset", UNARY("offset", ONE, "x[i] + a"), 1},
    [GN__EMIT_POWER] = {"power", UNARY("power", ONE, "powf(x[i], a)"), 1},
    [GN__EMIT_EXP] = {"exp", UNARY("exp", "", "expf(x[i])"), 0},
    [GN__EMIT_LOG] = {"log", UNARY("log", "", "logf(x[i])"), 0},
    [GN__EMIT_SQRT] = {"sqrt", UNARY("sqrt", "", "sqrtf(x[i])"), 0},
    [GN__EMIT_ABS] = {"abs", UNARY("abs", "", "fabsf(x[i])"), 0},
    [GN__EMIT_SQUARE] = {"square", UNARY("square", "", "x[i] * x[i]"), 0},
    [GN__EMIT_SIGN] = {"sign", UNARY("sign", "", "(float)((x[i] > 0) - (x[i] < 0))"), 0},
    [GN__EMIT_CLAMP] = {"clamp", UNARY("clamp", TWO, "x[i] < a ? a : x[i] > b ? b : x[i]"), 2},
    [GN__EMIT_LEAKY_RELU] = {"leaky_relu", UNARY("leaky_relu", ONE, "x[i] > 0 ? x[i] : a * x[i]"), 1},
    [GN__EMIT_TANH] = {"tanh", UNARY("tanh", "", "tanhf(x[i])"), 0},
    [GN__EMIT_SIGMOID] = {"sigmoid", UNARY("sigmoid", "", "1.0f / (1.0f + expf(-x[i]))"), 0},
    [GN__EMIT_SOFTPLUS] = {"softplus", UNARY("softplus", "", "(x[i] > 0 ? x[i] : 0) + log1pf(expf(-fabsf(x[i])))"), 0},
    [GN__EMIT_ADD] = {"add", BINARY("add", "a + b"), 0},
    [GN__EMIT_SUB] = {"sub", BINARY("sub", "a - b"), 0},
    [GN__EMIT_MUL] = {"mul", BINARY("mul", "a * b"), 0},
    [GN__EMIT_DIV] = {"div", BINARY("div", "a / b"), 0},
    [GN__EMIT_MAXIMUM] = {"maximum", BINARY("maximum", "a > b ? a : b"), 0},
    [GN__EMIT_MINIMUM] = {"minimum", BINARY("minimum", "a < b ? a : b"), 0},
    [GN__EMIT_SUM] = {"sum", REDUCTION("sum", "result += from[m * inner]"), 0},
    [GN__EMIT_MAX] = {"max", REDUCTION("max", "result = from[m * inner] > result ? from[m * inner] : result"), 0},
    [GN__EMIT_SOFTMAX] = {"softmax", SOFTMAX("softmax", "expf(x[i] - most) / sum"), 0},
    [GN__EMIT_LOG_SOFTMAX] = {"log_softmax", SOFTMAX("log_softmax", "x[i] - most - logf(sum)"), 0},
    [GN__EMIT_COPY] = {"copy", copy, 0},
    [GN__EMIT_ROWS] = {"rows", rows, 0},
    [GN__EMIT_ZERO] = {"zero", zero, 0},
    [GN__EMIT_GATHER] = {"gather", gather, 0},
    [GN__EMIT_ONE_HOT] = {"one_hot", one_hot, 0},
    [GN__EMIT_MATMUL] = {"matmul", matmul, 0},
    [GN__EMIT_LINEAR] = {"linear", linear, 0},
    [GN__EMIT_WINDOW] = {"window", window, 0},
    [GN__EMIT_CONV2D] = {"conv2d", CONVOLUTION("conv2d", "s->n * s->oh * s->ow", "c", "k", "large", "small"), 0},
    [GN__EMIT_CONV_TRANSPOSE2D] = {"conv_transpose2d",
                                   CONVOLUTION("conv_transpose2d", "s->n * s->h * s->w", "k", "c", "small", "large"),
                                   0},
    [GN__EMIT_MAX_POOL2D] = {"max_pool2d",
                             POOL("max_pool2d",
                                  "result = seen > 0 && result > x[large * s->c + k] ? result : x[large * s->c + k]",
                                  "result"),
                             0},
    [GN__EMIT_AVG_POOL2D] = {"avg_pool2d", POOL("avg_pool2d", "result += x[large * s->c + k]", "result / (float)seen"),
                             0},
    [GN__EMIT_UPSAMPLE] = {"upsample", upsample, 0},
    [GN__EMIT_PAIR_DISTANCES] = {"pair_distances", pair_distances, 0},
};
