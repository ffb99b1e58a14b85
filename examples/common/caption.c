/* SPDX-License-Identifier: MIT */
/* examples/common/caption.c - captions of scenes: how they are phrased, and their words as numbers. */
#include "common/scene.h"
#include "common/spelling.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const vocabulary[] = {
    "a",      "an",        "the",     "two",    "and",     "with",       "on",    "in",     "of",   "to",     "is",
    "draw",   "picture",   "digit",   "digits", "number",  "background", "small", "little", "tiny", "big",    "large",
    "huge",   "thin",      "fine",    "bold",   "thick",   "fat",        "red",   "green",  "blue", "yellow", "purple",
    "orange", "turquoise", "pink",    "zero",   "one",     "three",      "four",  "five",   "six",  "seven",  "eight",
    "nine",   "leaning",   "slanted", "tilted", "upright", "straight",   "left",  "right",  "dark", "black",  "light",
    "white",  "bright",    "above",   "over",   "below",   "under",
};

enum { WORDS = sizeof vocabulary / sizeof *vocabulary, LONGEST = 24 };

int caption_vocabulary(void)
{
    return WORDS;
}

const char *caption_word(int number)
{
    return number < 1 || number > WORDS ? "" : vocabulary[number - 1];
}

/* --- phrasing ----------------------------------------------------------------------------------------------------- */

static bool perhaps(gn_random *random, bool always)
{
    const bool chosen = gn_random_integer(random, 3) > 0;
    return always || chosen;
}

static const char *one_of(gn_random *random, const char *const *words, uint32_t count)
{
    return words[gn_random_integer(random, count)];
}

static void add(char *caption, const char *words)
{
    const size_t used = strlen(caption);
    snprintf(caption + used, CAPTION_TEXT - used, "%s%s", used == 0 || words[0] == ',' ? "" : " ", words);
}

static const char *digit_word(int digit)
{
    static const char *const words[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
    return words[digit];
}

static void add_size(char *caption, const figure *f, gn_random *random)
{
    static const char *const words[SCENE_SIZES][3] = {{"small", "little", "tiny"}, {"big", "large", "huge"}};
    add(caption, one_of(random, words[f->size], 3));
}

static void add_weight(char *caption, const figure *f, gn_random *random)
{
    static const char *const words[2][2] = {{"thin", "fine"}, {"bold", "thick"}};
    add(caption, one_of(random, words[f->bold], 2));
}

static void add_slant(char *caption, const figure *f, gn_random *random)
{
    static const char *const leaning[] = {"leaning", "slanted", "tilted"};
    static const char *const upright[] = {"upright", "straight"};
    if (f->slant == 1) {
        add(caption, one_of(random, upright, 2));
        return;
    }
    add(caption, one_of(random, leaning, 3));
    add(caption, f->slant == 0 ? "left" : "right");
}

static void add_background(char *caption, const scene *s, gn_random *random)
{
    static const char *const words[2][2] = {{"dark", "black"}, {"light", "white"}};
    add(caption, "on a");
    add(caption, one_of(random, words[s->light], 2));
    add(caption, "background");
}

/* "a small thin green seven leaning left" */
static void phrase_figure(char *caption, const figure *f, gn_random *random, bool complete)
{
    add(caption, "a");
    if (perhaps(random, complete))
        add_size(caption, f, random);
    if (perhaps(random, false))
        add_weight(caption, f, random);
    add(caption, scene_colour_name(f->colour));
    add(caption, digit_word(f->digit));
    if (perhaps(random, complete))
        add_slant(caption, f, random);
}

/* "draw the big seven in green, leaning left" */
static void phrase_order(char *caption, const figure *f, gn_random *random, bool complete)
{
    add(caption, "draw the");
    if (perhaps(random, complete))
        add_size(caption, f, random);
    add(caption, digit_word(f->digit));
    add(caption, "in");
    add(caption, scene_colour_name(f->colour));
    if (!perhaps(random, complete))
        return;
    add(caption, ",");
    add_slant(caption, f, random);
}

/* "two digits, a red three above a small blue one" */
static void phrase_pair(char *caption, const scene *s, gn_random *random)
{
    static const char *const places[PLACES][2] = {
        {"above", "over"}, {"below", "under"}, {"to the left of", "left of"}, {"to the right of", "right of"}};
    if (perhaps(random, false))
        add(caption, "two digits,");
    for (int i = 0; i < 2; i++) {
        const figure *f = &s->figures[i];
        add(caption, "a");
        if (perhaps(random, false))
            add_size(caption, f, random);
        add(caption, scene_colour_name(f->colour));
        add(caption, digit_word(f->digit));
        if (i == 0)
            add(caption, one_of(random, places[s->where], 2));
    }
}

void scene_caption(const scene *s, gn_random *random, bool complete, char caption[CAPTION_TEXT])
{
    caption[0] = '\0';
    if (s->count == 2)
        phrase_pair(caption, s, random);
    else if (gn_random_integer(random, 3) == 0)
        phrase_order(caption, &s->figures[0], random, complete);
    else
        phrase_figure(caption, &s->figures[0], random, complete);
    if (perhaps(random, false))
        add_background(caption, s, random);
}

/* --- words as numbers --------------------------------------------------------------------------------------------- */

static int find_word(const char *word)
{
    for (int i = 0; i < WORDS; i++)
        if (strcmp(vocabulary[i], word) == 0)
            return i + 1;
    return 0;
}

static gn_status unknown_word(gn_context *context, const char *word)
{
    int nearest = 0;
    for (int i = 1; i < WORDS; i++)
        nearest = spelling_distance(word, vocabulary[i]) < spelling_distance(word, vocabulary[nearest]) ? i : nearest;
    if (spelling_distance(word, vocabulary[nearest]) <= 2)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "unknown word '%s', did you mean '%s'?", word,
                               vocabulary[nearest]);
    return gn_context_fail(context, GN_ERROR_ARGUMENT,
                           "unknown word '%s', expected words such as 'a', 'small', 'red', 'seven', 'leaning', 'left'",
                           word);
}

/* The next word in small letters, without what stands around it; its length is 0 at the end. */
static const char *next_word(const char *text, char word[LONGEST])
{
    size_t length = 0;
    while (*text != '\0' && !isalpha((unsigned char)*text))
        text++;
    for (; isalpha((unsigned char)*text); text++)
        if (length + 1 < LONGEST)
            word[length++] = (char)tolower((unsigned char)*text);
    word[length] = '\0';
    return text;
}

gn_status caption_words(gn_context *context, const char *caption, gn_real words[CAPTION_WORDS])
{
    int count = 0;
    char word[LONGEST];
    for (const char *rest = next_word(caption, word); word[0] != '\0'; rest = next_word(rest, word)) {
        const int number = find_word(word);
        if (number == 0)
            return unknown_word(context, word);
        if (count == CAPTION_WORDS)
            return gn_context_fail(context, GN_ERROR_ARGUMENT, "the caption has more than %d words", CAPTION_WORDS);
        words[count++] = (gn_real)number;
    }
    if (count == 0)
        return gn_context_fail(context, GN_ERROR_ARGUMENT, "the caption '%s' has no words", caption);
    memmove(words + CAPTION_WORDS - count, words, (size_t)count * sizeof *words);
    for (int i = 0; i < CAPTION_WORDS - count; i++)
        words[i] = 0;
    return GN_OK;
}
