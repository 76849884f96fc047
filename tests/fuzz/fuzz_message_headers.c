/* fuzz_message_headers: the text of a .headers file. */
#include "tests/fuzz/fuzz_target.h"

#include <assert.h>

#include "parsers/message_headers.h"
#include "parsers/utf8.h"

static void check_text(const char *text, size_t size)
{
	bool unfinished;

	assert(strlen(text) < size);
	assert(utf8_valid_prefix((const uint8_t *)text, strlen(text), &unfinished) == strlen(text));
	for (const char *next = text; *next != '\0'; next++)
		assert((uint8_t)*next >= 0x20 && *next != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message_header list[12];
	struct message_headers headers;
	char hex[2 * SHA256_SIZE + 1];
	uint8_t digest[SHA256_SIZE];
	int count =
		message_headers_split((struct span){(const char *)data, size}, list, sizeof(list) / sizeof(list[0]));

	if (count < 0)
		return 0;
	message_headers_read(&headers, list, (size_t)count);
	check_text(headers.name, sizeof(headers.name));
	check_text(headers.layout, sizeof(headers.layout));
	check_text(headers.bank, sizeof(headers.bank));
	check_text(headers.bad_header, sizeof(headers.bad_header));
	assert(strlen(headers.county) == 0 || strlen(headers.county) == 6);
	assert(headers.chunk_k >= 1 && headers.chunk_k <= headers.chunk_n);
	assert(headers.bad == (*headers.bad_header != '\0'));
	assert(headers.bad || headers.chunk_n == 1 || headers.has_sha256);
	sha256_format_hex(headers.sha256, hex);
	assert(sha256_parse_hex(span_of(hex), digest) && memcmp(digest, headers.sha256, SHA256_SIZE) == 0);
	return 0;
}
