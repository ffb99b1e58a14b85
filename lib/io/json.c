/* SPDX-License-Identifier: MIT */
/* lib/io/json.c - reads JSON from memory piece by piece. */
#include "io/json.h"

#include <stddef.h>
#include <string.h>

/* Keeps what was wrong first. */
static bool refuse(gn__json *json, const char *wrong)
{
    if (json->wrong == NULL)
        json->wrong = wrong;
    return false;
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_spaces(gn__json *json)
{
    while (json->next < json->end && is_space(*json->next))
        json->next++;
}

/* Passes over spaces, and over this character if it comes next. */
static bool take(gn__json *json, char wanted)
{
    skip_spaces(json);
    if (json->wrong != NULL || json->next == json->end || *json->next != (unsigned char)wanted)
        return false;
    json->next++;
    return true;
}

bool gn__json_item(gn__json *json, const char brackets[2], int i)
{
    if (i == 0 && !take(json, brackets[0]))
        return refuse(json, brackets[0] == '{' ? "expected an object" : "expected a list");
    if (take(json, brackets[1]))
        return false;
    return i == 0 || take(json, ',') || refuse(json, "expected a comma or a closing bracket");
}

bool gn__json_ends(gn__json *json)
{
    skip_spaces(json);
    return json->wrong == NULL && (json->next == json->end || refuse(json, "something follows its end"));
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

/* The length of the well-formed UTF-8 sequence (RFC 3629) that begins here; 0 when there is none. */
static size_t sequence_length(const unsigned char *bytes, const unsigned char *end)
{
    const unsigned char first = bytes[0];
    const size_t length = first < 0x80                    ? 1
                          : first >= 0xC2 && first < 0xE0 ? 2
                          : first >= 0xE0 && first < 0xF0 ? 3
                          : first >= 0xF0 && first < 0xF5 ? 4
                                                          : 0;
    if (length > (size_t)(end - bytes))
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    /* The first two could begin an overlong form, a surrogate, or what lies above U+10FFFF. */
    const bool wrong = (first == 0xE0 && bytes[1] < 0xA0) || (first == 0xED && bytes[1] >= 0xA0) ||
                       (first == 0xF0 && bytes[1] < 0x90) || (first == 0xF4 && bytes[1] >= 0x90);
    return wrong ? 0 : length;
}

bool gn__is_utf8(const char *text)
{
    const unsigned char *next = (const unsigned char *)text, *end = next + strlen(text);
    for (size_t length = 1; next < end && length > 0; next += length)
        length = sequence_length(next, end);
    return next == end;
}

/* Four hexadecimal digits; UINT32_MAX when they are not there. */
static uint32_t take_unit(gn__json *json)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    uint32_t unit = 0;
    if (json->end - json->next < 4)
        return UINT32_MAX;
    for (int i = 0; i < 4; i++) {
        const char *digit = memchr(digits, *json->next++, sizeof digits - 1);
        if (digit == NULL)
            return UINT32_MAX;
        unit = unit << 4 | (uint32_t)(digit - digits - (digit - digits > 15 ? 6 : 0));
    }
    return unit;
}

/* What stands behind \u: one unit of UTF-16, or two that belong together. 0 when it is no character. */
static uint32_t take_code_point(gn__json *json)
{
    const uint32_t high = take_unit(json);
    if (high < 0xD800 || (high >= 0xE000 && high <= 0xFFFF))
        return high;
    if (high > 0xDBFF || json->end - json->next < 2 || json->next[0] != '\\' || json->next[1] != 'u')
        return 0;
    json->next += 2;
    const uint32_t low = take_unit(json);
    return low < 0xDC00 || low > 0xDFFF ? 0 : 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/* Never longer than the escape that it stands for. */
static unsigned char *put_code_point(unsigned char *out, uint32_t c)
{
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (unsigned char)(marks[more] | c >> (6 * more));
    for (int i = more - 1; i >= 0; i--)
        *out++ = (unsigned char)(0x80 | (c >> (6 * i) & 0x3F));
    return out;
}

/* Decodes what stands behind a backslash; NULL when it is no escape. */
static unsigned char *take_escape(gn__json *json, unsigned char *out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (json->next == json->end)
        return NULL;
    const unsigned char letter = *json->next++;
    const char *found = memchr(letters, letter, sizeof letters - 1);
    const uint32_t c = letter == 'u'   ? take_code_point(json)
                       : found != NULL ? (unsigned char)meanings[found - letters]
                                       : 0;
    return c == 0 ? NULL : put_code_point(out, c);
}

char *gn__json_text(gn__json *json)
{
    if (!take(json, '"')) {
        refuse(json, "expected a text");
        return NULL;
    }
    unsigned char *const text = json->next, *out = text;
    while (json->next < json->end && *json->next != '"') {
        if (*json->next == '\\') {
            json->next++;
            out = take_escape(json, out);
            if (out == NULL) {
                refuse(json, "an escape in a text is not valid");
                return NULL;
            }
            continue;
        }
        const size_t length = *json->next < ' ' ? 0 : sequence_length(json->next, json->end);
        if (length == 0) {
            refuse(json, "a text is not valid UTF-8, or holds a control character");
            return NULL;
        }
        memmove(out, json->next, length);
        out += length;
        json->next += length;
    }
    if (json->next == json->end) {
        refuse(json, "a text does not end");
        return NULL;
    }
    json->next++;
    *out = '\0';
    return (char *)text;
}

char *gn__json_key(gn__json *json)
{
    char *key = gn__json_text(json);
    if (key != NULL && !take(json, ':'))
        refuse(json, "expected a colon");
    return json->wrong == NULL ? key : NULL;
}

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static bool is_digit(const gn__json *json)
{
    return json->next < json->end && *json->next >= '0' && *json->next <= '9';
}

uint64_t gn__json_number(gn__json *json)
{
    uint64_t number = 0;
    skip_spaces(json);
    const unsigned char *const first = json->next;
    for (; json->wrong == NULL && is_digit(json); json->next++) {
        const uint64_t digit = (uint64_t)(*json->next - '0');
        if (number > (UINT64_MAX - digit) / 10)
            refuse(json, "a number is larger than 2^64-1");
        else
            number = 10 * number + digit;
    }
    /* A number must not begin with a needless zero, nor go on as a fraction. */
    const bool needless = json->next - first > 1 && *first == '0';
    const bool goes_on = json->next < json->end && (*json->next == '.' || (*json->next | 0x20) == 'e');
    if (json->next == first || needless || goes_on)
        refuse(json, "expected a whole number");
    return json->wrong == NULL ? number : 0;
}
