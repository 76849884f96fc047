/*
 * json_writer: writes compact UTF-8 JSON in the order of the calls (section 9 fixes the order of keys).
 *
 * Inline over a byte_writer that the caller owns and reuses. Commas are put where they belong. Text is valid UTF-8
 * already.
 */
#ifndef DUIZHANG_DAEMON_JSON_WRITER_H
#define DUIZHANG_DAEMON_JSON_WRITER_H

#include <stdio.h>

#include "daemon/bytes.h"

static inline void json_raw(struct byte_writer *out, const char *text)
{
	write_bytes(out, text, strlen(text));
}

/* A comma unless something was just opened. */
static inline void json_separate(struct byte_writer *out)
{
	uint8_t last = out->length == 0 ? '[' : out->data[out->length - 1];

	if (last != '{' && last != '[' && last != ':')
		write_u8(out, ',');
}

static inline void json_text_body(struct byte_writer *out, struct span text)
{
	static const char hex[] = "0123456789abcdef";
	size_t from = 0;

	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		write_bytes(out, text.data + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\') {
			write_u8(out, '\\');
			write_u8(out, c);
		} else {
			json_raw(out, "\\u00");
			write_u8(out, hex[c >> 4]);
			write_u8(out, hex[c & 15]);
		}
	}
	write_bytes(out, text.data + from, text.length - from);
}

static inline void json_text(struct byte_writer *out, struct span text)
{
	json_separate(out);
	write_u8(out, '"');
	json_text_body(out, text);
	write_u8(out, '"');
}

static inline void json_key(struct byte_writer *out, const char *key)
{
	json_separate(out);
	write_u8(out, '"');
	json_raw(out, key);
	json_raw(out, "\":");
}

static inline void json_open(struct byte_writer *out, char bracket)
{
	json_separate(out);
	write_u8(out, (unsigned)bracket);
}

static inline void json_close(struct byte_writer *out, char bracket)
{
	write_u8(out, (unsigned)bracket);
}

static inline void json_number(struct byte_writer *out, int64_t number)
{
	char text[24];

	json_separate(out);
	snprintf(text, sizeof(text), "%lld", (long long)number);
	json_raw(out, text);
}

static inline void json_literal(struct byte_writer *out, const char *literal)
{
	json_separate(out);
	json_raw(out, literal);
}

/* "key":"text", null if the text is empty. */
static inline void json_member_text(struct byte_writer *out, const char *key, struct span text)
{
	json_key(out, key);
	if (text.length == 0)
		json_literal(out, "null");
	else
		json_text(out, text);
}

static inline void json_member_number(struct byte_writer *out, const char *key, int64_t number)
{
	json_key(out, key);
	json_number(out, number);
}

static inline void json_member_bool(struct byte_writer *out, const char *key, bool value)
{
	json_key(out, key);
	json_literal(out, value ? "true" : "false");
}

/* "key":"YYYY-MM-DD", null for no date. */
static inline void json_member_date(struct byte_writer *out, const char *key, civil_date date)
{
	char text[CIVIL_DATE_TEXT_SIZE];

	json_member_text(
		out, key, date == CIVIL_DATE_NONE ? (struct span){"", 0} : span_of(civil_date_format(date, text)));
}

static inline void json_member_month(struct byte_writer *out, const char *key, civil_month month)
{
	char text[CIVIL_MONTH_TEXT_SIZE];

	json_member_text(out, key, span_of(civil_month_format(month, text)));
}

#endif
