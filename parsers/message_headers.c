/* message_headers: reads the headers of a message by a table of names, last of a name first to count. */
#include "parsers/message_headers.h"

#include <stdio.h>
#include <strings.h>

#include <utf8proc.h>

enum {
	CHUNKS_MAX = 1000000,
	COUNTY_LENGTH = 6,
	BANK_LENGTH_MAX = 40,
	REPLACEMENT_LENGTH = 3,
};

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS    "\xe2\x80\xa6" /* U+2026 */

/* Copies text as valid UTF-8 without control characters, cut on a character's border to fit size with its NUL. */
static void copy_text(char *out, size_t size, struct span text)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.data;
	size_t length = 0;
	size_t at = 0;

	while (at < text.length) {
		utf8proc_int32_t character;
		utf8proc_ssize_t step = utf8proc_iterate(bytes + at, (utf8proc_ssize_t)(text.length - at), &character);
		bool good = step > 0 && utf8proc_category(character) != UTF8PROC_CATEGORY_CC;
		size_t room = good ? (size_t)step : REPLACEMENT_LENGTH;

		if (length + room >= size)
			break;
		memcpy(out + length, good ? text.data + at : REPLACEMENT, room);
		length += room;
		at += step > 0 ? (size_t)step : 1;
	}
	out[length] = '\0';
}

static bool read_name(struct message_headers *out, struct span value)
{
	copy_text(out->name, sizeof(out->name), value);
	return true;
}

static bool read_kind(struct message_headers *out, struct span value)
{
	out->kind = (enum document_kind)record_name_index(document_kind_names, DOCUMENT_KIND_COUNT, value);
	return out->kind != DOCUMENT_KIND_NONE;
}

/* Any text is a layout's name, known or not; one that is too long ends in an ellipsis, so that it names none. */
static bool read_layout(struct message_headers *out, struct span value)
{
	if (value.length < sizeof(out->layout)) {
		copy_text(out->layout, sizeof(out->layout), value);
	} else {
		copy_text(out->layout, sizeof(out->layout) - strlen(ELLIPSIS), value);
		strcat(out->layout, ELLIPSIS);
	}
	return value.length > 0;
}

static bool read_bank(struct message_headers *out, struct span value)
{
	if (value.length == 0 || value.length > BANK_LENGTH_MAX)
		return false;
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] < 0x21 || value.data[i] > 0x7e)
			return false;
	memcpy(out->bank, value.data, value.length);
	out->bank[value.length] = '\0';
	return true;
}

static bool read_county(struct message_headers *out, struct span value)
{
	if (value.length != COUNTY_LENGTH)
		return false;
	for (size_t i = 0; i < COUNTY_LENGTH; i++)
		if (value.data[i] < '0' || value.data[i] > '9')
			return false;
	memcpy(out->county, value.data, COUNTY_LENGTH);
	out->county[COUNTY_LENGTH] = '\0';
	return true;
}

static bool read_charset(struct message_headers *out, struct span value)
{
	static const struct {
		const char *name;
		const char *read_as;
	} charsets[] = {
		{"auto", "auto"},
		{"UTF-8", "UTF-8"},
		{"GB18030", "GB18030"},
		{"GBK", "GB18030"},
		{"GB2312", "GB18030"},
	};

	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		if (strlen(charsets[i].name) == value.length &&
			strncasecmp(charsets[i].name, value.data, value.length) == 0) {
			strcpy(out->charset, charsets[i].read_as);
			return true;
		}
	return false;
}

static bool read_sha256(struct message_headers *out, struct span value)
{
	out->has_sha256 = sha256_parse_hex(value, out->sha256);
	return out->has_sha256;
}

static bool read_chunk(struct message_headers *out, struct span value)
{
	return message_headers_parse_part(value, CHUNKS_MAX, &out->chunk_k, &out->chunk_n);
}

static bool read_supersedes(struct message_headers *out, struct span value)
{
	out->has_supersedes = sha256_parse_hex(value, out->supersedes);
	return out->has_supersedes;
}

static const struct {
	const char *name;
	bool (*read)(struct message_headers *out, struct span value);
} known_headers[] = {
	{"name", read_name},
	{"kind", read_kind},
	{"layout", read_layout},
	{"bank", read_bank},
	{"county", read_county},
	{"charset", read_charset},
	{"sha256", read_sha256},
	{"chunk", read_chunk},
	{"supersedes", read_supersedes},
};

static void set_bad(struct message_headers *out, const char *name)
{
	if (out->bad)
		return;
	out->bad = true;
	snprintf(out->bad_header, sizeof(out->bad_header), "%s", name);
}

void message_headers_read(struct message_headers *out, const struct message_header *headers, size_t count)
{
	memset(out, 0, sizeof(*out));
	out->chunk_k = out->chunk_n = 1;
	for (size_t known = 0; known < sizeof(known_headers) / sizeof(known_headers[0]); known++) {
		struct span name = span_of(known_headers[known].name);
		size_t i = count;

		while (i > 0 && !span_equal(headers[i - 1].name, name))
			i--;
		if (i > 0 && !known_headers[known].read(out, headers[i - 1].value))
			set_bad(out, known_headers[known].name);
	}
	/* Without it nobody could say when a chunked document is whole. */
	if (out->chunk_n > 1 && !out->has_sha256)
		set_bad(out, "sha256");
}

static struct span trimmed(struct span text)
{
	while (text.length > 0 && (*text.data == ' ' || *text.data == '\t')) {
		text.data++;
		text.length--;
	}
	while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t'))
		text.length--;
	return text;
}

/* Takes the first line off text, without its line end. */
static struct span next_line(struct span *text)
{
	const char *end = memchr(text->data, '\n', text->length);
	struct span line = {text->data, end == NULL ? text->length : (size_t)(end - text->data)};
	size_t taken = line.length + (end != NULL);

	text->data += taken;
	text->length -= taken;
	if (line.length > 0 && line.data[line.length - 1] == '\r')
		line.length--;
	return line;
}

int message_headers_split(struct span text, struct message_header *headers, size_t max)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	size_t count = 0;

	if (text.length >= 3 && memcmp(text.data, byte_order_mark, 3) == 0) {
		text.data += 3;
		text.length -= 3;
	}
	while (text.length > 0) {
		struct span line = trimmed(next_line(&text));
		const char *colon;

		if (line.length == 0)
			continue;
		colon = memchr(line.data, ':', line.length);
		if (colon == NULL || colon == line.data || count == max)
			return -1;
		headers[count].name = trimmed((struct span){line.data, (size_t)(colon - line.data)});
		headers[count].value = trimmed((struct span){colon + 1, line.length - (size_t)(colon + 1 - line.data)});
		count++;
	}
	return (int)count;
}

/* A number without sign or leading zero, 1 … max. */
static bool parse_positive(struct span text, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;

	if (text.length == 0 || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
		if (value > max)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

bool message_headers_parse_part(struct span text, uint32_t max, uint32_t *k, uint32_t *n)
{
	const char *slash = text.length > 0 ? memchr(text.data, '/', text.length) : NULL;
	uint32_t part, parts;
	size_t before;

	if (slash == NULL)
		return false;
	before = (size_t)(slash - text.data);
	if (!parse_positive((struct span){text.data, before}, max, &part) ||
		!parse_positive((struct span){slash + 1, text.length - before - 1}, max, &parts) || part > parts)
		return false;
	*k = part;
	*n = parts;
	return true;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool sha256_parse_hex(struct span text, uint8_t digest[SHA256_SIZE])
{
	if (text.length != 2 * (size_t)SHA256_SIZE)
		return false;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = hex_value(text.data[2 * i]);
		int low = hex_value(text.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void sha256_format_hex(const uint8_t digest[SHA256_SIZE], char hex[2 * SHA256_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * SHA256_SIZE] = '\0';
}
