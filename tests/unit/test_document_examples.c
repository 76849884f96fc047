/* test_document_examples: the example counties' documents are accepted and refused as their expected.json says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "parsers/content_scan.h"
#include "parsers/gzip_reader.h"
#include "tests/unit/parsed.h"

struct bytes {
	uint8_t *data;
	size_t length;
};

struct county {
	char folder[200];
	struct bytes key;
	json_t *expected;
};

/* A document through all stages, as a consumer does it. */
struct example {
	struct message_headers headers;
	struct bytes value, content;
	struct content_scan *scan;
	char id[2 * SHA256_SIZE + 1];
	struct parsed parsed;
};

static bool read_file(const char *path, struct bytes *bytes)
{
	FILE *file = fopen(path, "rb");
	size_t part;

	*bytes = (struct bytes){0};
	if (file == NULL)
		return false;
	do {
		bytes->data = realloc(bytes->data, bytes->length + 65536);
		assert_non_null(bytes->data);
		part = fread(bytes->data + bytes->length, 1, 65536, file);
		bytes->length += part;
	} while (part > 0);
	fclose(file);
	return true;
}

static bool on_content(void *context, const void *data, size_t length)
{
	struct example *example = context;

	content_scan_content(example->scan, data, length);
	example->content.data = realloc(example->content.data, example->content.length + length);
	assert_non_null(example->content.data);
	memcpy(example->content.data + example->content.length, data, length);
	example->content.length += length;
	return true;
}

static void read_headers(struct example *example, const char *path)
{
	char headers_path[600];
	struct bytes text;
	struct message_header list[16];
	int count = 0;

	snprintf(headers_path, sizeof(headers_path), "%s.headers", path);
	if (read_file(headers_path, &text)) {
		count = message_headers_split((struct span){(const char *)text.data, text.length}, list, 16);
		assert_true(count >= 0);
	}
	message_headers_read(&example->headers, list, (size_t)count);
	free(text.data);
}

static void person_ref(void *context, const char id_number[ID_NUMBER_LENGTH], char hex[33])
{
	const struct county *county = context;
	uint8_t mac[EVP_MAX_MD_SIZE];
	char digest[2 * SHA256_SIZE + 1];

	assert_non_null(HMAC(EVP_sha256(), county->key.data, (int)county->key.length, (const uint8_t *)id_number,
		ID_NUMBER_LENGTH, mac, NULL));
	sha256_format_hex(mac, digest);
	snprintf(hex, 33, "%.32s", digest);
}

/* Bytes to content; false if that is an error already. */
static bool unpack(struct example *example)
{
	uint8_t value_sha256[SHA256_SIZE], content_sha256[SHA256_SIZE];
	struct gzip_reader *gzip;
	uint64_t offset;
	const char *message;
	enum document_code code;
	bool whole, utf8;

	example->scan = content_scan_new();
	gzip = gzip_reader_new(&document_limits_default, on_content, example);
	content_scan_value(example->scan, example->value.data, example->value.length);
	gzip_reader_feed(gzip, example->value.data, example->value.length);
	whole = gzip_reader_finish(gzip);
	code = gzip_reader_error(gzip, &offset, &message);
	content_scan_finish(example->scan, value_sha256, content_sha256, &utf8);
	sha256_format_hex(whole ? content_sha256 : value_sha256, example->id);
	content_scan_free(example->scan);
	gzip_reader_free(gzip);
	if (*example->headers.charset == '\0' || strcmp(example->headers.charset, "auto") == 0)
		strcpy(example->headers.charset, utf8 ? "UTF-8" : "GB18030");
	memset(&example->parsed, 0, sizeof(example->parsed));
	if (!whole)
		document_errors_add(&example->parsed.errors, code, 0, 0, "%s", message);
	return whole;
}

static void read_example(struct county *county, const char *path, struct example *example)
{
	struct document_context context = {
		.headers = &example->headers,
		.limits = &document_limits_default,
		.context = county,
		.person_ref = person_ref,
	};

	*example = (struct example){0};
	assert_true(read_file(path, &example->value));
	read_headers(example, path);
	if (unpack(example))
		parsed_read(&example->parsed, &context, example->headers.charset, example->content.data,
			example->content.length, 100, 1);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_is_null(json_object_get(object, key)) ? NULL : json_string_value(json_object_get(object, key));
}

static long number_of(const json_t *object, const char *key)
{
	return (long)json_integer_value(json_object_get(object, key));
}

/* The errors of a refused document, as far as the expectation fixes them. */
static void check_errors(const json_t *receipt, const struct document_errors *errors)
{
	const json_t *first = json_object_get(receipt, "error");
	const json_t *all = json_object_get(receipt, "errors");
	const json_t *one;
	size_t i;

	assert_true(errors->count > 0);
	assert_string_equal(document_code_names[errors->items[0].code], text_of(receipt, "code"));
	if (json_is_array(first)) {
		assert_int_equal(errors->items[0].line, json_integer_value(json_array_get(first, 0)));
		assert_int_equal(errors->items[0].field, json_integer_value(json_array_get(first, 1)));
	}
	if (!json_is_array(all))
		return;
	assert_int_equal(errors->count, json_array_size(all));
	json_array_foreach(all, i, one)
	{
		assert_int_equal(errors->items[i].line, json_integer_value(json_array_get(one, 0)));
		assert_int_equal(errors->items[i].field, json_integer_value(json_array_get(one, 1)));
		assert_string_equal(
			document_code_names[errors->items[i].code], json_string_value(json_array_get(one, 2)));
	}
}

/* The row errors of an accepted document: each expected one stands among them, and there are no others. */
static void check_rows(const struct county *county, const json_t *receipt, const struct example *example)
{
	const json_t *exceptions = json_object_get(county->expected, "exceptions");
	const json_t *one;
	unsigned expected = 0;
	size_t i;

	json_array_foreach(exceptions, i, one)
	{
		char line[100];
		const json_t *field = json_object_get(one, "field");

		if (strcmp(text_of(one, "document"), example->id) != 0)
			continue;
		expected++;
		snprintf(line, sizeof(line), "\n%ld, %ld: %s", number_of(one, "line"), (long)json_integer_value(field),
			text_of(one, "code"));
		assert_non_null(strstr(example->parsed.rows, line));
	}
	assert_int_equal(example->parsed.row_errors, expected);
	if (json_is_integer(json_object_get(receipt, "lines")))
		assert_int_equal(number_of(receipt, "lines"),
			example->parsed.records + (unsigned)number_of(receipt, "rows_rejected"));
}

static bool arrives_alive(const json_t *receipt)
{
	const json_t *history = json_object_get(receipt, "history");

	return strcmp(json_string_value(json_array_get(history, 0)), "accepted") == 0;
}

static void check_receipt(struct county *county, const json_t *receipt)
{
	struct example example;
	char path[500];
	const char *code = text_of(receipt, "code");

	snprintf(path, sizeof(path), "%s/intake/%s", county->folder, text_of(receipt, "name"));
	read_example(county, path, &example);
	if (text_of(receipt, "document") != NULL)
		assert_string_equal(example.id, text_of(receipt, "document"));
	if (text_of(receipt, "kind") != NULL)
		assert_string_equal(document_kind_names[example.parsed.kind], text_of(receipt, "kind"));
	if (code != NULL) {
		check_errors(receipt, &example.parsed.errors);
	} else {
		assert_true(example.parsed.good);
		/* What is dead or known when it arrives has no row findings. */
		if (arrives_alive(receipt))
			check_rows(county, receipt, &example);
	}
	free(example.parsed.rows);
	free(example.content.data);
	free(example.value.data);
}

static void check_county(const char *name)
{
	struct county county;
	char path[300];
	const json_t *receipts, *receipt;
	json_error_t error;
	size_t i;

	snprintf(county.folder, sizeof(county.folder), "%s/examples/county-%s", TEST_SOURCE_DIR, name);
	snprintf(path, sizeof(path), "%s/ledger/pseudonym.key", county.folder);
	assert_true(read_file(path, &county.key));
	snprintf(path, sizeof(path), "%s/expected.json", county.folder);
	county.expected = json_load_file(path, 0, &error);
	assert_non_null(county.expected);
	receipts = json_object_get(county.expected, "receipts");
	assert_true(json_array_size(receipts) >= 39);
	json_array_foreach(receipts, i, receipt) check_receipt(&county, receipt);
	json_decref(county.expected);
	free(county.key.data);
}

static void county_a_is_read_as_expected(void **context)
{
	(void)context;
	check_county("a");
}

static void county_b_is_read_as_expected(void **context)
{
	(void)context;
	check_county("b");
}

static void county_c_is_read_as_expected(void **context)
{
	(void)context;
	check_county("c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(county_a_is_read_as_expected),
		cmocka_unit_test(county_b_is_read_as_expected),
		cmocka_unit_test(county_c_is_read_as_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
