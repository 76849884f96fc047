/*
 * fuzz_document_parser: a document in either charset, whole and in pieces. A first part that ends in NUL is the text of
 * its headers.
 */
#include "tests/fuzz/fuzz_target.h"

#include "tests/fuzz/document_run.h"

#define HEADER_TEXT_MAX 200

static void person_ref(void *context, const char id_number[ID_NUMBER_LENGTH], char hex[33])
{
	(void)context;
	for (size_t i = 0; i < 32; i++)
		hex[i] = "0123456789abcdef"[id_number[i % ID_NUMBER_LENGTH] & 15];
	hex[32] = '\0';
}

/* Nothing but the last day of 2019 and what is newer. */
static civil_date oldest_date(void *context, const char county[7])
{
	(void)context, (void)county;
	return civil_date_from_ymd(2019, 12, 31);
}

static size_t read_headers(struct message_headers *headers, const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size < HEADER_TEXT_MAX ? size : HEADER_TEXT_MAX);
	struct message_header list[16];
	int count = 0;

	if (end != NULL)
		count = message_headers_split(
			(struct span){(const char *)data, (size_t)(end - data)}, list, sizeof(list) / sizeof(list[0]));
	message_headers_read(headers, list, count < 0 ? 0 : (size_t)count);
	return end == NULL ? 0 : (size_t)(end - data) + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct document_limits limits = document_limits_default;
	struct message_headers headers;
	const struct document_context context = {
		.headers = &headers,
		.limits = &limits,
		.log_date = civil_date_from_ymd(2026, 12, 31),
		.oldest_date = oldest_date,
		.person_ref = person_ref,
	};
	size_t skipped = size == 0 ? 0 : read_headers(&headers, data, size);

	if (size == 0)
		message_headers_read(&headers, NULL, 0);
	limits.line_bytes = 1000;
	limits.rows = 200;
	run_document_ways(&context, "UTF-8", data + skipped, size - skipped);
	run_document_ways(&context, "GB18030", data + skipped, size - skipped);
	return 0;
}
