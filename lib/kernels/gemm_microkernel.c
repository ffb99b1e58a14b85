/* SPDX-License-Identifier: MIT */
/* lib/kernels/gemm_microkernel.c - the micro-kernel for AVX-512, AVX2 and any processor, and the loops right around
 * it. */
#include "kernels/gemm_microkernel.h"

#include "core/processor.h"
#include "kernels/transpose.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    ROWS = GN__TILE_ROWS,
    COLUMNS = GN__TILE_COLUMNS,
    STEP = GN__TILE_STEP,
    LATER = 64,   /* rows of a B that is not packed */
    SHALLOW = 64, /* the k up to which a tile of C takes longer to be read than to be computed */
};

/* What is done with a panel of B: read, packed or where it stands, or read there and packed. */
typedef enum reading { PACKED, IN_PLACE, PACKING } reading;

/* A(i, p). */
GN__INLINE const float *element(gn__layout layout, bool scattered, const gn__operand *a, int64_t i, int64_t p,
                                int64_t offset)
{
    const int64_t line = layout == GN__BY_ROWS ? i : p, place = offset + (layout == GN__BY_ROWS ? p : i);
    return a->lines[line] + (scattered ? a->offsets[place] : place);
}

#if GN__X86
#include <immintrin.h>

/* gcc would otherwise hold offset + i in registers, one for each row. */
#define GN__IN_REGISTER(pointer) __asm__("" : "+r"(pointer))

/* Sums must be held in registers from the first loop on, before the compiler unrolls loops of itself: it would write
 * all of them to the stack in between. Without optimisation there are no such registers, and gcc warns that it does not
 * unroll. */
#ifdef __OPTIMIZE__
#define GN__UNROLLED _Pragma("GCC unroll 12")
#else
#define GN__UNROLLED
#endif

#define AVX512   __attribute__((target("avx512f")))
#define AVX2_FMA __attribute__((target("avx2,fma")))

/* Begins to read 16 numbers of the row of B that is LATER ones behind row p, behind the last row from the first one of
 * the next columns on: rows past the block may be another thread's, who writes them soon. There need not be such
 * columns: nothing is used. */
GN__INLINE void fetch_later(const float *b, int64_t b_step, int64_t p, int64_t k)
{
    const int64_t rows = LATER < k ? LATER : k, later = p + rows < k ? rows * b_step : (rows - k) * b_step + COLUMNS;
    __builtin_prefetch((const void *)((uintptr_t)b + (uintptr_t)later * sizeof *b));
}

/* At most 24 registers of sums, two of B, one of A at a time. */
AVX512 GN__INLINE void tile_avx512(gn__layout layout, bool scattered, reading how, int rows, int64_t k,
                                   const gn__operand *a, int64_t offset, const gn__panel *panel,
                                   const float *const *begin, float *const *c, int64_t column)
{
    const float *const *const lines = a->lines, *b = panel->at;
    float *const copy = panel->copy;
    const int64_t step = how == PACKED ? COLUMNS : panel->step;
    __m512 sum[ROWS][2];
    GN__UNROLLED
    for (int i = 0; i < rows; i++)
        sum[i][0] = sum[i][1] = _mm512_setzero_ps();
    for (int64_t p = 0; p < k; p++, b += step) {
        const __m512 b0 = _mm512_loadu_ps(b), b1 = _mm512_loadu_ps(b + 16);
        for (int j = 0; j < COLUMNS && how != PACKED; j += 16)
            fetch_later(b + j, step, p, k);
        if (how == PACKING) {
            _mm512_storeu_ps(copy + p * COLUMNS, b0);
            _mm512_storeu_ps(copy + p * COLUMNS + 16, b1);
        }
        const float *line = layout == GN__BY_ROWS ? NULL : scattered ? lines[p] : lines[p] + offset;
        const int64_t at = layout != GN__BY_ROWS ? 0 : scattered ? a->offsets[p] : offset + p;
        GN__IN_REGISTER(line);
        GN__UNROLLED
        for (int i = 0; i < rows; i++) {
            const __m512 ai = _mm512_set1_ps(layout == GN__BY_ROWS ? lines[i][at]
                                             : scattered           ? line[a->offsets[offset + i]]
                                                                   : line[i]);
            sum[i][0] = _mm512_fmadd_ps(ai, b0, sum[i][0]);
            sum[i][1] = _mm512_fmadd_ps(ai, b1, sum[i][1]);
        }
    }
    GN__UNROLLED
    for (int i = 0; i < rows && begin != NULL; i++) {
        const float *const row = begin[i] + column;
        sum[i][0] = _mm512_add_ps(_mm512_loadu_ps(row), sum[i][0]);
        sum[i][1] = _mm512_add_ps(_mm512_loadu_ps(row + 16), sum[i][1]);
    }
    GN__UNROLLED
    for (int i = 0; i < rows; i++) {
        float *const row = c[i] + column;
        _mm512_storeu_ps(row, sum[i][0]);
        _mm512_storeu_ps(row + 16, sum[i][1]);
    }
}

AVX512 GN__INLINE void some_avx512(gn__layout layout, bool scattered, reading how, int rows, int64_t k,
                                   const gn__operand *a, int64_t offset, const gn__panel *b, const float *const *begin,
                                   float *const *c, int64_t column)
{
    if (rows == ROWS)
        tile_avx512(layout, scattered, how, ROWS, k, a, offset, b, begin, c, column);
    else if (rows == 2 * STEP)
        tile_avx512(layout, scattered, how, 2 * STEP, k, a, offset, b, begin, c, column);
    else
        tile_avx512(layout, scattered, how, STEP, k, a, offset, b, begin, c, column);
}

/* The compiler holds a loop in registers if it is the only one of its function. */
AVX512 static void rows_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                               const float *const *begin, float *const *c, int64_t column)
{
    some_avx512(GN__BY_ROWS, false, PACKED, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void in_place_rows_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                        const float *const *begin, float *const *c, int64_t column)
{
    some_avx512(GN__BY_ROWS, false, IN_PLACE, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void in_place_columns_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset,
                                           const gn__panel *b, const float *const *begin, float *const *c,
                                           int64_t column)
{
    some_avx512(GN__BY_COLUMNS, false, IN_PLACE, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void packing_rows_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                       const float *const *begin, float *const *c, int64_t column)
{
    some_avx512(GN__BY_ROWS, false, PACKING, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void packing_columns_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                          const float *const *begin, float *const *c, int64_t column)
{
    some_avx512(GN__BY_COLUMNS, false, PACKING, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void scattered_rows_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                         const float *const *begin, float *const *c, int64_t column)
{
    some_avx512(GN__BY_ROWS, true, PACKED, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void columns_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                  const float *const *begin, float *const *c, int64_t column)
{
    some_avx512(GN__BY_COLUMNS, false, PACKED, rows, k, a, offset, b, begin, c, column);
}

AVX512 static void scattered_columns_avx512(int rows, int64_t k, const gn__operand *a, int64_t offset,
                                            const gn__panel *b, const float *const *begin, float *const *c,
                                            int64_t column)
{
    some_avx512(GN__BY_COLUMNS, true, PACKED, rows, k, a, offset, b, begin, c, column);
}

enum { ROWS_AVX2 = 6, COLUMNS_AVX2 = 16 }; /* the part of a tile that fits into 16 registers */

/* Rows first .. first+rows-1 of the tile, COLUMNS_AVX2 columns. */
AVX2_FMA GN__INLINE void part_avx2(gn__layout layout, bool scattered, reading how, int first, int rows, int64_t k,
                                   const gn__operand *a, int64_t offset, const gn__panel *panel, int64_t part,
                                   const float *const *begin, float *const *c, int64_t column)
{
    const int64_t step = how == PACKED ? COLUMNS : panel->step;
    const float *b = panel->at + part;
    float *const copy = panel->copy;
    __m256 sum[ROWS_AVX2][2];
    GN__UNROLLED
    for (int i = 0; i < rows; i++)
        sum[i][0] = sum[i][1] = _mm256_setzero_ps();
    for (int64_t p = 0; p < k; p++, b += step) {
        if (how != PACKED)
            fetch_later(b, step, p, k);
        const __m256 b0 = _mm256_loadu_ps(b), b1 = _mm256_loadu_ps(b + 8);
        if (how == PACKING && first == 0) {
            _mm256_storeu_ps(copy + p * COLUMNS + part, b0);
            _mm256_storeu_ps(copy + p * COLUMNS + part + 8, b1);
        }
        GN__UNROLLED
        for (int i = 0; i < rows; i++) {
            const __m256 ai = _mm256_set1_ps(*element(layout, scattered, a, first + i, p, offset));
            sum[i][0] = _mm256_fmadd_ps(ai, b0, sum[i][0]);
            sum[i][1] = _mm256_fmadd_ps(ai, b1, sum[i][1]);
        }
    }
    GN__UNROLLED
    for (int i = 0; i < rows && begin != NULL; i++) {
        const float *const row = begin[first + i] + column + part;
        sum[i][0] = _mm256_add_ps(_mm256_loadu_ps(row), sum[i][0]);
        sum[i][1] = _mm256_add_ps(_mm256_loadu_ps(row + 8), sum[i][1]);
    }
    GN__UNROLLED
    for (int i = 0; i < rows; i++) {
        float *const row = c[first + i] + column + part;
        _mm256_storeu_ps(row, sum[i][0]);
        _mm256_storeu_ps(row + 8, sum[i][1]);
    }
}

AVX2_FMA GN__INLINE void some_avx2(gn__layout layout, bool scattered, reading how, int rows, int64_t k,
                                   const gn__operand *a, int64_t offset, const gn__panel *b, const float *const *begin,
                                   float *const *c, int64_t column)
{
    for (int part = 0; part < COLUMNS; part += COLUMNS_AVX2) {
        for (int i = 0; i < rows && rows == ROWS; i += ROWS_AVX2)
            part_avx2(layout, scattered, how, i, ROWS_AVX2, k, a, offset, b, part, begin, c, column);
        for (int i = 0; i < rows && rows < ROWS; i += STEP)
            part_avx2(layout, scattered, how, i, STEP, k, a, offset, b, part, begin, c, column);
    }
}

AVX2_FMA static void rows_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                               const float *const *begin, float *const *c, int64_t column)
{
    some_avx2(GN__BY_ROWS, false, PACKED, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void in_place_rows_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                        const float *const *begin, float *const *c, int64_t column)
{
    some_avx2(GN__BY_ROWS, false, IN_PLACE, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void in_place_columns_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset,
                                           const gn__panel *b, const float *const *begin, float *const *c,
                                           int64_t column)
{
    some_avx2(GN__BY_COLUMNS, false, IN_PLACE, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void packing_rows_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                       const float *const *begin, float *const *c, int64_t column)
{
    some_avx2(GN__BY_ROWS, false, PACKING, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void packing_columns_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                          const float *const *begin, float *const *c, int64_t column)
{
    some_avx2(GN__BY_COLUMNS, false, PACKING, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void scattered_rows_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                         const float *const *begin, float *const *c, int64_t column)
{
    some_avx2(GN__BY_ROWS, true, PACKED, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void columns_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                                  const float *const *begin, float *const *c, int64_t column)
{
    some_avx2(GN__BY_COLUMNS, false, PACKED, rows, k, a, offset, b, begin, c, column);
}

AVX2_FMA static void scattered_columns_avx2(int rows, int64_t k, const gn__operand *a, int64_t offset,
                                            const gn__panel *b, const float *const *begin, float *const *c,
                                            int64_t column)
{
    some_avx2(GN__BY_COLUMNS, true, PACKED, rows, k, a, offset, b, begin, c, column);
}

#endif

/* One multiply-add, fused where the processor does it in one instruction. */
static inline float multiply_add(float x, float y, float z)
{
#ifdef FP_FAST_FMAF
    return fmaf(x, y, z);
#else
    return x * y + z;
#endif
}

/* Row by row; the loop over the columns is the compiler's to vectorise. */
static void any_portable(int rows, int64_t k, const gn__operand *a, int64_t offset, const gn__panel *b,
                         const float *const *begin, float *const *c, int64_t column)
{
    for (int64_t p = 0; p < k && b->copy != NULL; p++)
        gn__pack_line(COLUMNS, b->at + p * b->step, b->copy + p * COLUMNS);
    for (int i = 0; i < rows; i++) {
        float sum[COLUMNS] = {0};
        for (int64_t p = 0; p < k; p++) {
            const float x = *element(a->layout, a->offsets != NULL, a, i, p, offset);
            for (int j = 0; j < COLUMNS; j++)
                sum[j] = multiply_add(x, b->at[p * b->step + j], sum[j]);
        }
        for (int j = 0; j < COLUMNS; j++)
            c[i][column + j] = begin != NULL ? begin[i][column + j] + sum[j] : sum[j];
    }
}

gn__tile_kernel *gn__tile_kernel_at(const gn__operand *a, const gn__panel *b, int index)
{
#if GN__X86
    static gn__tile_kernel *const avx512[][2] = {{rows_avx512, columns_avx512},
                                                 {scattered_rows_avx512, scattered_columns_avx512},
                                                 {in_place_rows_avx512, in_place_columns_avx512},
                                                 {packing_rows_avx512, packing_columns_avx512}};
    static gn__tile_kernel *const avx2[][2] = {{rows_avx2, columns_avx2},
                                               {scattered_rows_avx2, scattered_columns_avx2},
                                               {in_place_rows_avx2, in_place_columns_avx2},
                                               {packing_rows_avx2, packing_columns_avx2}};
    const bool by_columns = a->layout != GN__BY_ROWS, scattered = a->offsets != NULL, packed = b->step == COLUMNS;
    const int kind = !packed && b->copy != NULL ? 3 : !packed ? 2 : scattered ? 1 : 0;
    if (__builtin_cpu_supports("avx512f") && index-- == 0)
        return avx512[kind][by_columns];
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && index-- == 0)
        return avx2[kind][by_columns];
#endif
    (void)a, (void)b;
    return index == 0 ? any_portable : NULL;
}

int64_t gn__whole_columns(int64_t n)
{
    return (n + COLUMNS - 1) / COLUMNS * COLUMNS;
}

/* The rows of A from `row` on, and where they begin in its lines. In panels it is the first of one. */
static gn__operand rows_from(const gn__operand *a, int64_t row)
{
    return (gn__operand){a->layout, a->layout == GN__BY_ROWS ? a->lines + row : a->lines, a->offsets};
}

static int64_t offset_of(const gn__operand *a, int64_t row, int64_t k)
{
    return a->layout == GN__BY_ROWS ? 0 : a->layout == GN__BY_COLUMNS ? row : row * k;
}

/* Rows row .. row+rows-1 and columns column .. column+columns-1 of C, less than a tile: as few rows as the micro-kernel
 * can, from earlier ones on where A ends here without padding. What is computed too much goes to spare. */
static void multiply_edge(const gn__operand *a, int64_t row, int64_t rows, int64_t column, int64_t columns, int64_t k,
                          const gn__panel *b, const float *const *begin, float *const *c)
{
    const int64_t whole = (rows + STEP - 1) / STEP * STEP,
                  skip = a->layout != GN__IN_PANELS && row + rows >= whole ? whole - rows : 0;
    float spare[ROWS * COLUMNS] = {0}, *lines[ROWS];
    const float *first[ROWS];
    gn__point_to_rows(spare, ROWS, COLUMNS, lines);
    for (int64_t i = 0; i < ROWS; i++)
        first[i] = lines[i];
    for (int64_t i = 0; i < rows && columns == COLUMNS; i++) {
        lines[skip + i] = c[row + i] + column;
        first[skip + i] = begin == NULL ? NULL : begin[row + i] + column;
    }
    const gn__operand from = rows_from(a, row - skip);
    gn__tile_kernel_at(&from, b, 0)((int)whole, k, &from, offset_of(a, row - skip, k), b,
                                    begin == NULL || columns < COLUMNS ? NULL : first, lines, 0);
    for (int64_t i = 0; i < rows && columns < COLUMNS; i++)
        for (int64_t j = 0; j < columns; j++)
            c[row + i][column + j] = begin == NULL ? lines[skip + i][j]
                                                   : begin[row + i][column + j] + lines[skip + i][j];
}

/* The tile of C at (i, j) is next, and may be in no cache. */
static void fetch_tile(int64_t m, int64_t n, float *const *c, int64_t i, int64_t j)
{
    const int64_t columns = n - j < COLUMNS ? n - j : COLUMNS;
    for (int64_t row = i; row < m && row < i + ROWS; row++)
        gn__fetch_to_write(columns, c[row] + j);
}

/* The columns of C from j on that belong to one panel of B; the first whole tile packs it if it has a place. Often
 * there is one small tile, and a call would take 5 % of it. */
GN__INLINE void multiply_panel(const gn__operand *a, int64_t m, int64_t n, int64_t j, int64_t k, gn__panel b,
                               const float *const *begin, float *const *c)
{
    const int64_t columns = n - j < COLUMNS ? n - j : COLUMNS;
    gn__tile_kernel *kernel = gn__tile_kernel_at(a, &b, 0);
    for (int64_t i = 0; i < m; i += ROWS) {
        const bool turn = i + ROWS >= m;
        const int64_t rows = turn ? m - i : ROWS;
        const gn__operand from = rows_from(a, i);
        if (k <= SHALLOW)
            fetch_tile(m, n, c, turn ? 0 : i + ROWS, turn ? j + COLUMNS : j);
        if (rows % STEP == 0 && columns == COLUMNS)
            kernel((int)rows, k, &from, offset_of(a, i, k), &b, begin == NULL ? NULL : begin + i, c + i, j);
        else
            multiply_edge(a, i, rows, j, columns, k, &b, begin, c);
        if (b.copy == NULL)
            continue;
        b = (gn__panel){b.copy, COLUMNS, NULL};
        kernel = gn__tile_kernel_at(a, &b, 0);
    }
}

void gn__multiply_packed(const gn__operand *a, int64_t m, int64_t n, int64_t k, const float *b, int64_t panel,
                         const float *const *begin, float *const *c)
{
    for (int64_t j = 0; j < n; j += COLUMNS, b += panel)
        multiply_panel(a, m, n, j, k, (gn__panel){b, COLUMNS, NULL}, begin, c);
}

void gn__multiply_unpacked(const gn__operand *a, int64_t m, int64_t n, int64_t k, const float *b, int64_t stride,
                           const float *const *begin, float *const *c)
{
    float packed[GN__BLOCK_DEPTH * COLUMNS];
    gn__panel panel = {b, stride, m > ROWS && stride != COLUMNS ? packed : NULL};
    for (int64_t j = 0; j < n; j += COLUMNS, panel.at += COLUMNS) {
        if (n - j < COLUMNS) {
            gn__pack_panel(k, n - j, panel.at, stride, 1, packed);
            panel = (gn__panel){packed, COLUMNS, NULL};
        }
        multiply_panel(a, m, n, j, k, panel, begin, c);
    }
}

void gn__pack_columns(int64_t m, int64_t k, const float **columns, float *packed)
{
    const int64_t rest = m % ROWS, whole = m - rest;
    for (int64_t p = 0; p < k; p++) {
        const float *const column = columns[p];
        float *const line = packed + p * ROWS;
        for (int64_t i = 0; i < whole; i += ROWS)
            memcpy(line + i * k, column + i, ROWS * sizeof *line);
        for (int64_t i = 0; i < ROWS && rest > 0; i++)
            line[whole * k + i] = i < rest ? column[whole + i] : 0;
        columns[p] = line;
    }
}

void gn__point_to_rows(float *first, int64_t count, int64_t stride, float **rows)
{
    for (int64_t i = 0; i < count; i++)
        rows[i] = first + i * stride;
}

void gn__pack_panel(int64_t k, int64_t n, const float *b, int64_t b_row, int64_t b_column, float *packed)
{
    if (n < COLUMNS)
        memset(packed, 0, (size_t)(k * COLUMNS) * sizeof *packed);
    if (b_row == 1)
        gn__transpose(n, k, b, b_column, packed, COLUMNS);
    else
        for (int64_t p = 0; p < k; p++)
            gn__pack_line(n, b + p * b_row, packed + p * COLUMNS);
}
