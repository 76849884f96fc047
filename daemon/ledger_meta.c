/* ledger_meta: table meta. */
#include "daemon/ledger_meta.h"

#include <openssl/sha.h>
#include <stdio.h>

static const char position_key[] = "position";
static const char origin_key[] = "origin";
static const char judging_key[] = "judging";

/* Changes whenever the same documents and settings would give other verdicts. */
#define RULES_VERSION 1

static bool meta_get(struct book *book, const char *key, struct byte_reader *reader)
{
	struct ledger_bytes value;
	struct span copy;

	if (!ledger_get(book->txn, TABLE_META, key, strlen(key), &value))
		return false;
	copy = arena_span(&book->arena, (struct span){(const char *)value.data, value.length});
	*reader = reader_of(copy.data, copy.length);
	return true;
}

static void meta_put(struct book *book, const char *key)
{
	ledger_put(book->txn, TABLE_META, key, strlen(key), book->value.data, book->value.length);
}

void ledger_position_load(struct book *book, struct ledger_position *position)
{
	struct byte_reader reader;
	const uint8_t *fingerprint;

	*position = (struct ledger_position){0};
	if (!meta_get(book, position_key, &reader))
		return;
	position->next_offset = read_number(&reader);
	position->published.offset = read_number(&reader);
	position->published.rows = read_number(&reader);
	position->log_time_ms = (int64_t)read_u64(&reader);
	position->has_last = read_u8(&reader) != 0;
	position->last_offset = read_number(&reader);
	fingerprint = read_bytes(&reader, SHA256_SIZE);
	if (fingerprint != NULL)
		memcpy(position->last_fingerprint, fingerprint, SHA256_SIZE);
	if (reader.bad)
		book_damaged(book, TABLE_META);
}

void ledger_position_save(struct book *book, const struct ledger_position *position)
{
	struct byte_writer *out = &book->value;

	out->length = 0;
	write_number(out, position->next_offset);
	write_number(out, position->published.offset);
	write_number(out, position->published.rows);
	bytes_store_u64(writer_reserve(out, 8), (uint64_t)position->log_time_ms);
	write_u8(out, position->has_last);
	write_number(out, position->last_offset);
	write_bytes(out, position->last_fingerprint, SHA256_SIZE);
	meta_put(book, position_key);
}

void ledger_origin_load(struct book *book, struct ledger_origin *origin)
{
	struct byte_reader reader;

	*origin = (struct ledger_origin){.present = false};
	if (!meta_get(book, origin_key, &reader))
		return;
	origin->present = true;
	origin->log_id = read_span(&reader);
	origin->partition_count = (uint32_t)read_number(&reader);
	origin->rules = read_span(&reader);
	if (reader.bad)
		book_damaged(book, TABLE_META);
}

void ledger_origin_save(struct book *book, const struct ledger_origin *origin)
{
	book->value.length = 0;
	write_span(&book->value, origin->log_id);
	write_number(&book->value, origin->partition_count);
	write_span(&book->value, origin->rules);
	meta_put(book, origin_key);
}

void ledger_judging_load(struct book *book, struct judging *judging)
{
	struct byte_reader reader;

	judging_free(judging);
	if (meta_get(book, judging_key, &reader) &&
		!judging_read((struct span){(const char *)reader.data, (size_t)(reader.end - reader.data)}, judging))
		book_damaged(book, TABLE_META);
}

void ledger_judging_save(struct book *book, const struct judging *judging)
{
	if (judging->phase == JUDGE_DONE) {
		ledger_delete(book->txn, TABLE_META, judging_key, strlen(judging_key));
		return;
	}
	book->value.length = 0;
	judging_write(&book->value, judging);
	meta_put(book, judging_key);
}

void rules_text_write(const struct rule_settings *rules, const void *key, size_t key_length, struct span layouts_digest,
	struct byte_writer *text)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hex[2 * SHA256_SIZE + 1], line[256];

	/* The key itself must not be in the ledger. */
	SHA256(key, key_length, digest);
	sha256_format_hex(digest, hex);
	text->length = 0;
	snprintf(line, sizeof(line),
		"rules version=%d\n[campaign] skip_confirmed=%s\n[campaign] retention_years=%u\n"
		"[coverage] min_payout_share=%u\n",
		RULES_VERSION, rules->skip_confirmed ? "yes" : "no", rules->retention_years,
		rules->min_payout_share_percent);
	write_bytes(text, line, strlen(line));
	snprintf(line, sizeof(line), "pseudonym key=%.16s…\n[layouts] digest=%.*s\n", hex, (int)layouts_digest.length,
		layouts_digest.length == 0 ? "" : layouts_digest.data);
	write_bytes(text, line, strlen(line));
}

static struct span next_line(struct span *text)
{
	const char *end = text->length == 0 ? NULL : memchr(text->data, '\n', text->length);
	struct span line = {text->data, end == NULL ? text->length : (size_t)(end - text->data)};

	text->data += line.length + (end != NULL);
	text->length -= line.length + (end != NULL);
	return line;
}

bool rules_text_differ(struct span ledger, struct span configured, char *difference, size_t size)
{
	while (ledger.length > 0 || configured.length > 0) {
		struct span a = next_line(&ledger), b = next_line(&configured);

		if (span_equal(a, b))
			continue;
		snprintf(difference, size, "the ledger was made with `%.*s`, the configuration says `%.*s`",
			(int)a.length, a.data, (int)b.length, b.data);
		return true;
	}
	return false;
}
