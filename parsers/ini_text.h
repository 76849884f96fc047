/*
 * ini_text: the text of an INI file into sections, keys with values, and malformed lines, each with its line number.
 *
 * inih does the cutting: "[section]", "key = value" or "key: value", white space around either is not theirs, `;` or
 * `#` begins a comment line, `;` after white space a comment behind a value. Not taken are continuation lines. Pure;
 * one thread at a time in the process (inih's settings are the process's).
 */
#ifndef DUIZHANG_PARSERS_INI_TEXT_H
#define DUIZHANG_PARSERS_INI_TEXT_H

#include <stddef.h>

#include "parsers/record.h"

/* Longer lines are malformed. */
#define INI_LINE_SIZE 8192

/* Called in the order of the lines, which count from 1. Text is valid during the call only. All three must be given. */
struct ini_text_sink {
	void *context;
	void (*section)(void *context, unsigned line, const char *section);
	/* section is "" before the first heading. */
	void (*value)(void *context, unsigned line, const char *section, const char *key, const char *value);
	void (*malformed)(void *context, unsigned line, const char *problem);
};

/* Reads all of text; what is malformed is said and passed over. A UTF-8 byte order mark is allowed. */
void ini_text_read(struct span text, const struct ini_text_sink *sink);

#endif
