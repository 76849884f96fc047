/*
 * text_fields: one line of a canonical document cut at its separators, and the forms of values that stand between them
 * (design 5.1).
 *
 * Plain data; spans borrow from the line. Pure functions, any thread.
 */
#ifndef DUIZHANG_PARSERS_TEXT_FIELDS_H
#define DUIZHANG_PARSERS_TEXT_FIELDS_H

#include "parsers/record.h"

#define TEXT_FIELDS_MAX 18 /* of a line of any kind */

struct text_fields {
	uint32_t count;    /* of the line, also when there are more than are kept */
	uint32_t controls; /* bit f: field f holds a control character (U+0000–001F, U+007F–009F) */
	struct span field[TEXT_FIELDS_MAX + 1]; /* from 1 */
};

/* Cuts a line of valid UTF-8 at each '|'. */
void text_fields_split(struct text_fields *fields, const char *line, size_t length);

static inline bool text_fields_control(const struct text_fields *fields, uint32_t field)
{
	return (fields->controls >> field & 1) != 0;
}

/* Digits only, no leading zero but "0", at most max. */
bool text_number(struct span text, uint64_t max, uint64_t *number);

/* Digits only, no leading zero but "0"; what does not fit is UINT64_MAX. */
bool text_count(struct span text, uint64_t *count);

/* Serial, account, bank: 1–40 bytes of 0x21–0x7E. */
bool text_token(struct span text);

/* Exactly count digits. */
bool text_digits(struct span text, size_t count);

/* A township's code: nine digits that begin with the county's six. */
bool text_township(struct span text, const char county[7]);

#endif
