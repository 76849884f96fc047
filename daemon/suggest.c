/* suggest: the restricted Damerau-Levenshtein distance over short words. */
#include "daemon/suggest.h"

#include <ctype.h>
#include <string.h>

#define WORD_SIZE 64

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t two = a < b ? a : b;

	return two < c ? two : c;
}

static int same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Both are shorter than WORD_SIZE. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_SIZE];
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = smallest(row[j - 1] + 1, above[j] + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
				two_above[j - 2] + 1 < row[j])
				row[j] = two_above[j - 2] + 1;
		}
	}
	return rows[a_length % 3][b_length];
}

const char *suggest_word(const char *word, const char *const *words, size_t count)
{
	const char *nearest = NULL;
	size_t nearest_distance = WORD_SIZE;

	if (strlen(word) >= WORD_SIZE)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);
		size_t away;

		if (length >= WORD_SIZE)
			continue;
		away = distance(word, words[i]);
		if (away < nearest_distance && away * 3 <= length) {
			nearest = words[i];
			nearest_distance = away;
		}
	}
	return nearest;
}
