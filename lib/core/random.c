/* SPDX-License-Identifier: MIT */
/* lib/core/random.c - counter-based random numbers, in integers and float only. */
#include "core/random.h"

#include "core/processor.h"

#include <gannet/random.h>
#include <math.h>
#include <string.h>

/* Salmon et al. 2011, table 2: multipliers and the golden-ratio increments of the key. */
static const uint32_t multiplier[2] = {0xD2511F53u, 0xCD9E8D57u}, increment[2] = {0x9E3779B9u, 0xBB67AE85u};
enum { ROUNDS = 10 };

void gn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t first = (uint64_t)multiplier[0] * c0, second = (uint64_t)multiplier[1] * c2;
        const uint32_t next0 = (uint32_t)(second >> 32) ^ c1 ^ k0, next2 = (uint32_t)(first >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)second;
        c3 = (uint32_t)first;
        c0 = next0;
        c2 = next2;
        k0 += increment[0];
        k1 += increment[1];
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

/* The four words at index rounded down to a multiple of four. */
static void block_at(const gn_random *random, uint32_t words[4])
{
    const uint64_t block = random->index / 4;
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)random->stream,
                                 (uint32_t)(random->stream >> 32)};
    const uint32_t key[2] = {(uint32_t)random->seed, (uint32_t)(random->seed >> 32)};
    gn__philox(counter, key, words);
}

uint32_t gn_random_bits(gn_random *random)
{
    uint32_t words[4];
    if (random == NULL)
        return 0;
    block_at(random, words);
    return words[random->index++ % 4];
}

static inline float uniform_of(uint32_t bits)
{
    return (float)(bits >> 8) * 0x1p-24f;
}

float gn_random_uniform(gn_random *random)
{
    return uniform_of(gn_random_bits(random));
}

/* --- normal numbers; the polynomials make the bits independent of the machine's math library ---------------------- */

/* Natural logarithm of x in (0, 1]: x = m 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh((m-1)/(m+1)). */
static inline float log_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int32_t exponent = (int32_t)(bits - 0x3F3504F3u) >> 23;
    bits -= (uint32_t)exponent << 23;
    float m;
    memcpy(&m, &bits, sizeof m);
    const float s = (m - 1) / (m + 1), q = s * s;
    const float series = 2 + q * (2 / 3.0f + q * (2 / 5.0f + q * (2 / 7.0f + q * (2 / 9.0f))));
    return (float)exponent * 0.693147181f + s * series;
}

/* cos(2 pi u) for u in [0, 1): the quarter turn that u is nearest to, and Taylor's series for the rest, at most
 * pi/4. */
static inline float cos_turn(float u)
{
    const int quarter = (int)(4 * u + 0.5f);
    const float x = (u - (float)quarter * 0.25f) * 6.28318531f, q = x * x;
    const float sine = x * (1 + q * (-1 / 6.0f + q * (1 / 120.0f + q * (-1 / 5040.0f + q * (1 / 362880.0f)))));
    const float cosine = 1 + q * (-0.5f + q * (1 / 24.0f + q * (-1 / 720.0f + q * (1 / 40320.0f))));
    const float size = quarter % 2 == 0 ? cosine : sine;
    return (quarter + 1) % 4 < 2 ? size : -size;
}

/* Box & Muller 1958. */
static inline float normal_of(uint32_t radius_bits, uint32_t angle_bits)
{
    const float u = (float)((radius_bits >> 8) + 1) * 0x1p-24f;
    return sqrtf(-2 * log_of(u)) * cos_turn(uniform_of(angle_bits));
}

float gn_random_normal(gn_random *random)
{
    const uint32_t radius_bits = gn_random_bits(random);
    return normal_of(radius_bits, gn_random_bits(random));
}

/* The next word, from the block at hand until its four are used up. */
static uint32_t next_word(gn_random *random, uint32_t block[4])
{
    if (random->index % 4 == 0)
        block_at(random, block);
    return block[random->index++ % 4];
}

static uint32_t integer_below(uint32_t bound, gn_random *random, uint32_t block[4])
{
    /* 2^32 mod bound: below it a word would make the smallest results more likely. */
    const uint32_t least = (0u - bound) % bound;
    uint32_t bits;
    do {
        bits = next_word(random, block);
    } while (bits < least);
    return bits % bound;
}

uint32_t gn_random_integer(gn_random *random, uint32_t bound)
{
    uint32_t block[4];
    if (random == NULL || bound <= 1)
        return 0;
    block_at(random, block);
    return integer_below(bound, random, block);
}

void gn_random_permutation(gn_random *random, uint32_t *order, uint32_t count)
{
    uint32_t block[4];
    if (random == NULL || order == NULL)
        return;
    block_at(random, block);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t j = integer_below(i, random, block), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

/* --- many numbers ------------------------------------------------------------------------------------------------- */

#if GN__X86
#include <immintrin.h>

/* A round of four blocks side by side, each word in the lower half of its lane: nothing reads what gathers above. */
GN__AVX2 static inline void round_of_four(__m256i c[4], __m256i key0, __m256i key1)
{
    const __m256i first = _mm256_mul_epu32(_mm256_set1_epi64x(multiplier[0]), c[0]);
    const __m256i second = _mm256_mul_epu32(_mm256_set1_epi64x(multiplier[1]), c[2]);
    c[0] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(second, 32), c[1]), key0);
    c[2] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(first, 32), c[3]), key1);
    c[1] = second;
    c[3] = first;
}

GN__AVX2 static inline void store_four(const __m256i c[4], uint32_t *words)
{
    const __m256i first = _mm256_blend_epi32(c[0], _mm256_slli_epi64(c[1], 32), 0xAA);
    const __m256i second = _mm256_blend_epi32(c[2], _mm256_slli_epi64(c[3], 32), 0xAA);
    const __m256i even = _mm256_unpacklo_epi64(first, second), odd = _mm256_unpackhi_epi64(first, second);
    _mm256_storeu_si256((__m256i *)words, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256((__m256i *)(words + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

/* Eight blocks, from the one at index on; the two halves do not wait for each other. */
GN__AVX2 static void eight_blocks(const gn_random *random, uint32_t words[32])
{
    const uint64_t block = random->index / 4, stream = random->stream;
    uint32_t key0 = (uint32_t)random->seed, key1 = (uint32_t)(random->seed >> 32);
    __m256i c[2][4];
    for (int half = 0; half < 2; half++) {
        c[half][0] = _mm256_add_epi64(_mm256_set1_epi64x((long long)block + 4 * half), _mm256_set_epi64x(3, 2, 1, 0));
        c[half][1] = _mm256_srli_epi64(c[half][0], 32);
        c[half][2] = _mm256_set1_epi64x((long long)stream);
        c[half][3] = _mm256_set1_epi64x((long long)(stream >> 32));
    }
    for (int round = 0; round < ROUNDS; round++, key0 += increment[0], key1 += increment[1])
        for (int half = 0; half < 2; half++)
            round_of_four(c[half], _mm256_set1_epi64x(key0), _mm256_set1_epi64x(key1));
    for (int half = 0; half < 2; half++)
        store_four(c[half], words + 16 * half);
}

GN__AVX512 static inline void round_of_eight(__m512i c[4], __m512i key0, __m512i key1)
{
    const __m512i first = _mm512_mul_epu32(_mm512_set1_epi64(multiplier[0]), c[0]);
    const __m512i second = _mm512_mul_epu32(_mm512_set1_epi64(multiplier[1]), c[2]);
    c[0] = _mm512_xor_si512(_mm512_xor_si512(_mm512_srli_epi64(second, 32), c[1]), key0);
    c[2] = _mm512_xor_si512(_mm512_xor_si512(_mm512_srli_epi64(first, 32), c[3]), key1);
    c[1] = second;
    c[3] = first;
}

GN__AVX512 static inline void store_eight(const __m512i c[4], uint32_t *words)
{
    const __m512i first = _mm512_mask_mov_epi32(c[0], 0xAAAA, _mm512_slli_epi64(c[1], 32));
    const __m512i second = _mm512_mask_mov_epi32(c[2], 0xAAAA, _mm512_slli_epi64(c[3], 32));
    const __m512i low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
    _mm512_storeu_si512(words, _mm512_permutex2var_epi64(first, low, second));
    _mm512_storeu_si512(words + 16, _mm512_permutex2var_epi64(first, high, second));
}

/* The same of sixteen. */
GN__AVX512 static void sixteen_blocks(const gn_random *random, uint32_t words[64])
{
    const uint64_t block = random->index / 4, stream = random->stream;
    uint32_t key0 = (uint32_t)random->seed, key1 = (uint32_t)(random->seed >> 32);
    __m512i c[2][4];
    for (int half = 0; half < 2; half++) {
        c[half][0] = _mm512_add_epi64(_mm512_set1_epi64((long long)block + 8 * half),
                                      _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
        c[half][1] = _mm512_srli_epi64(c[half][0], 32);
        c[half][2] = _mm512_set1_epi64((long long)stream);
        c[half][3] = _mm512_set1_epi64((long long)(stream >> 32));
    }
    for (int round = 0; round < ROUNDS; round++, key0 += increment[0], key1 += increment[1])
        for (int half = 0; half < 2; half++)
            round_of_eight(c[half], _mm512_set1_epi64(key0), _mm512_set1_epi64(key1));
    for (int half = 0; half < 2; half++)
        store_eight(c[half], words + 32 * half);
}
#endif

enum { STRETCH = 512, EIGHT = 32, SIXTEEN = 64 };

/* The next count words, at most STRETCH: they begin at the pointer that is returned. The words of whole blocks first,
 * so that loops over numbers alone are vectorised. */
static const uint32_t *draw_words(gn_random *random, uint64_t count, uint32_t words[STRETCH + EIGHT])
{
    const uint64_t before = random->index % 4, last = before + count;
    gn_random block = *random;
    uint64_t i = 0;
#if GN__X86
    for (; gn__has_avx512() && i + SIXTEEN <= last; i += SIXTEEN, block.index += SIXTEEN)
        sixteen_blocks(&block, words + i);
    for (; gn__has_avx2() && i + EIGHT <= last; i += EIGHT, block.index += EIGHT)
        eight_blocks(&block, words + i);
#endif
    for (; i < last; i += 4, block.index += 4)
        block_at(&block, words + i);
    random->index += count;
    return words + before;
}

void gn_random_fill_uniform(gn_random *random, gn_real *out, int64_t count, float low, float high)
{
    uint32_t words[STRETCH + EIGHT];
    if (random == NULL || out == NULL)
        return;
    for (int64_t first = 0; first < count; first += STRETCH) {
        const int64_t part = count - first < STRETCH ? count - first : STRETCH;
        const uint32_t *const next = draw_words(random, (uint64_t)part, words);
        for (int64_t i = 0; i < part; i++)
            out[first + i] = low + (high - low) * uniform_of(next[i]);
    }
}

GN__INLINE void normals_of(int64_t count, const uint32_t *words, float mean, float deviation, gn_real *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = mean + deviation * normal_of(words[2 * i], words[2 * i + 1]);
}

static void normals_plain(int64_t count, const uint32_t *words, float mean, float deviation, gn_real *out)
{
    normals_of(count, words, mean, deviation, out);
}

GN__AVX2 static void normals_avx2(int64_t count, const uint32_t *words, float mean, float deviation, gn_real *out)
{
    normals_of(count, words, mean, deviation, out);
}

void gn_random_fill_normal(gn_random *random, gn_real *out, int64_t count, float mean, float deviation)
{
    uint32_t words[STRETCH + EIGHT];
    if (random == NULL || out == NULL)
        return;
    for (int64_t first = 0; first < count; first += STRETCH / 2) {
        const int64_t part = count - first < STRETCH / 2 ? count - first : STRETCH / 2;
        const uint32_t *const next = draw_words(random, 2 * (uint64_t)part, words);
        (gn__has_avx2() ? normals_avx2 : normals_plain)(part, next, mean, deviation, out + first);
    }
}
