/* SPDX-License-Identifier: MIT */
/* tests/examples/test_caption.c - phrasings of captions, and their words as numbers. */
#include "common/scene.h"
#include "test.h"

#include <string.h>

static void every_caption_can_be_read(void **state)
{
    gn_random random = {.seed = 4};
    bool used[128] = {false};
    int distinct = 0;
    assert_in_range(caption_vocabulary(), 40, 100);
    for (int i = 0; i < 5000; i++) {
        const scene s = scene_random(&random, false, 3);
        char caption[CAPTION_TEXT];
        gn_real words[CAPTION_WORDS];
        scene_caption(&s, &random, i % 2 == 0, caption);
        assert_int_equal(caption_words(*state, caption, words), GN_OK);
        assert_non_null(strstr(caption, scene_colour_name(s.figures[0].colour)));
        for (int j = 0; j < CAPTION_WORDS; j++)
            used[(int)words[j]] = true;
    }
    for (int i = 1; i <= caption_vocabulary(); i++)
        distinct += used[i];
    assert_true(distinct >= 40);
}

static void a_complete_caption_tells_everything(void **state)
{
    (void)state;
    gn_random random = {.seed = 5};
    const scene s = {.figures = {{.digit = 7, .colour = 1, .size = 0, .slant = 0}}, .count = 1};
    for (int i = 0; i < 200; i++) {
        char caption[CAPTION_TEXT];
        scene_caption(&s, &random, true, caption);
        assert_non_null(strstr(caption, "seven"));
        assert_non_null(strstr(caption, "green"));
        assert_non_null(strstr(caption, "left"));
        assert_true(strstr(caption, "small") != NULL || strstr(caption, "little") != NULL ||
                    strstr(caption, "tiny") != NULL);
    }
}

static void words_stand_at_the_end(void **state)
{
    gn_real words[CAPTION_WORDS];
    assert_int_equal(caption_words(*state, "Two digits, a RED three", words), GN_OK);
    for (int i = 0; i < CAPTION_WORDS - 5; i++)
        assert_true(words[i] == 0);
    static const char *const expected[] = {"two", "digits", "a", "red", "three"};
    for (int i = 0; i < 5; i++)
        assert_string_equal(caption_word((int)words[CAPTION_WORDS - 5 + i]), expected[i]);
    assert_string_equal(caption_word(0), "");
}

static void what_cannot_be_read(void **state)
{
    gn_real words[CAPTION_WORDS];
    caption_words(*state, "a thin green sevn", words);
    assert_message(*state, GN_ERROR_ARGUMENT, "unknown word 'sevn', did you mean 'seven'?");
    caption_words(*state, "an elephant", words);
    assert_message_has(*state, GN_ERROR_ARGUMENT, "unknown word 'elephant', expected words such as 'a', 'small'");
    caption_words(*state, " ,. 7", words);
    assert_message(*state, GN_ERROR_ARGUMENT, "the caption ' ,. 7' has no words");
    caption_words(*state, "a a a a a a a a a a a a a a a a a a a a a a a", words);
    assert_message(*state, GN_ERROR_ARGUMENT, "the caption has more than 22 words");
    caption_words(*state, "pneumonoultramicroscopicsilicovolcanoconiosis", words);
    assert_message_has(*state, GN_ERROR_ARGUMENT, "unknown word 'pneumonoultramicroscopi'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_caption_can_be_read),
        cmocka_unit_test(a_complete_caption_tells_everything),
        cmocka_unit_test(words_stand_at_the_end),
        cmocka_unit_test(what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
