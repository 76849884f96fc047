/* test_suggest: typing mistakes find their word, other words find none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/suggest.h"

static const char *const words[] = {"automatic", "open_day", "open_time", "no", "retention_years"};

static const char *suggested(const char *word)
{
	const char *found = suggest_word(word, words, sizeof(words) / sizeof(words[0]));

	return found == NULL ? "" : found;
}

static void mistakes_find_their_word(void **context)
{
	(void)context;
	assert_string_equal(suggested("automatc"), "automatic");
	assert_string_equal(suggested("Automatic"), "automatic");
	assert_string_equal(suggested("open-day"), "open_day");
	assert_string_equal(suggested("opne_day"), "open_day");
	assert_string_equal(suggested("opentime"), "open_time");
	assert_string_equal(suggested("retention_year"), "retention_years");
	assert_string_equal(suggested("erteniton_yaers"), "retention_years");
	assert_string_equal(suggested("no"), "no");
}

static void other_words_find_none(void **context)
{
	char long_word[300];

	(void)context;
	memset(long_word, 'o', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_string_equal(suggested("yes"), "");
	assert_string_equal(suggested("on"), "");
	assert_string_equal(suggested(""), "");
	assert_string_equal(suggested("listen"), "");
	assert_string_equal(suggested(long_word), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_find_their_word),
		cmocka_unit_test(other_words_find_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
