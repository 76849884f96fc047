/* content_scan: digests by libcrypto; UTF-8 or not by a decoder whose text nobody reads. */
#include "parsers/content_scan.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "parsers/charset_decoder.h"

struct content_scan {
	EVP_MD_CTX *value;
	EVP_MD_CTX *content;
	struct charset_decoder *decoder;
	uint64_t value_bytes;
	uint64_t content_bytes;
	uint8_t value_begin[2];
};

static bool ignore_text(void *context, const char *text, size_t length)
{
	(void)context, (void)text, (void)length;
	return true;
}

struct content_scan *content_scan_new(void)
{
	struct content_scan *scan = calloc(1, sizeof(*scan));

	if (scan == NULL)
		return NULL;
	scan->value = EVP_MD_CTX_new();
	scan->content = EVP_MD_CTX_new();
	scan->decoder = charset_decoder_new("UTF-8", ignore_text, NULL);
	if (scan->value == NULL || scan->content == NULL || scan->decoder == NULL ||
		EVP_DigestInit_ex(scan->value, EVP_sha256(), NULL) != 1 ||
		EVP_DigestInit_ex(scan->content, EVP_sha256(), NULL) != 1) {
		content_scan_free(scan);
		return NULL;
	}
	return scan;
}

/* Hashing memory cannot fail; going on with a wrong digest would be worse than ending. */
static void hash(EVP_MD_CTX *digest, const void *bytes, size_t length)
{
	if (EVP_DigestUpdate(digest, bytes, length) != 1)
		abort();
}

void content_scan_value(struct content_scan *scan, const void *bytes, size_t length)
{
	const uint8_t *first = bytes;

	for (size_t i = 0; i < length && scan->value_bytes + i < sizeof(scan->value_begin); i++)
		scan->value_begin[scan->value_bytes + i] = first[i];
	scan->value_bytes += length;
	hash(scan->value, bytes, length);
}

/* What does not begin like gzip is its own content: one digest does for both. */
static bool content_is_value(const struct content_scan *scan)
{
	return scan->value_bytes > 0 && memcmp(scan->value_begin, "\x1f\x8b", sizeof(scan->value_begin)) != 0;
}

void content_scan_content(struct content_scan *scan, const void *bytes, size_t length)
{
	scan->content_bytes += length;
	(void)charset_decoder_feed(scan->decoder, bytes, length);
	if (!content_is_value(scan))
		hash(scan->content, bytes, length);
}

void content_scan_finish(
	struct content_scan *scan, uint8_t value_sha256[SHA256_SIZE], uint8_t content_sha256[SHA256_SIZE], bool *utf8)
{
	if (EVP_DigestFinal_ex(scan->value, value_sha256, NULL) != 1 ||
		EVP_DigestFinal_ex(scan->content, content_sha256, NULL) != 1)
		abort();
	if (content_is_value(scan))
		memcpy(content_sha256, value_sha256, SHA256_SIZE);
	*utf8 = charset_decoder_finish(scan->decoder);
}

uint64_t content_scan_value_bytes(const struct content_scan *scan)
{
	return scan->value_bytes;
}

uint64_t content_scan_content_bytes(const struct content_scan *scan)
{
	return scan->content_bytes;
}

void content_scan_free(struct content_scan *scan)
{
	if (scan == NULL)
		return;
	charset_decoder_free(scan->decoder);
	EVP_MD_CTX_free(scan->content);
	EVP_MD_CTX_free(scan->value);
	free(scan);
}
