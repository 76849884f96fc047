/* finding: row findings gathered by document; ledger findings compared with table findings. */
#include "daemon/finding.h"

#include "daemon/json_writer.h"
#include "daemon/outbox.h"

const char *const finding_code_names[FINDING_COUNT] = {
	[FINDING_INVALID_ID_NUMBER] = "invalid_id_number",
	[FINDING_INVALID_SCHEME] = "invalid_scheme",
	[FINDING_INVALID_TOWNSHIP] = "invalid_township",
	[FINDING_INVALID_STATUS] = "invalid_status",
	[FINDING_INVALID_METHOD] = "invalid_method",
	[FINDING_INVALID_OUTCOME] = "invalid_outcome",
	[FINDING_FUTURE_DATE] = "future_date",
	[FINDING_INVALID_ROW] = "invalid_row",
	[FINDING_UNKNOWN_ACCOUNT] = "unknown_account",
	[FINDING_UNKNOWN_PERSON] = "unknown_person",
	[FINDING_UNKNOWN_SUMMARY_CODE] = "unknown_summary_code",
	[FINDING_NAME_MISMATCH] = "name_mismatch",
	[FINDING_NO_TASK] = "no_task",
	[FINDING_OWNER_MISMATCH] = "owner_mismatch",
	[FINDING_CONFLICTING_SERIAL] = "conflicting_serial",
	[FINDING_BIRTH_MISMATCH] = "birth_mismatch",
	[FINDING_ALIVE_AFTER_DEATH] = "alive_after_death",
	[FINDING_THIN_MONTH] = "thin_month",
	[FINDING_COVERAGE_GAP] = "coverage_gap",
	[FINDING_INCOMPLETE_DOCUMENT] = "incomplete_document",
	[FINDING_FAILED_PAYMENT] = "failed_payment",
	[FINDING_RETURNED_PAYMENT] = "returned_payment",
	[FINDING_AMOUNT_MISMATCH] = "amount_mismatch",
	[FINDING_UNPAID] = "unpaid",
	[FINDING_UNEXPECTED_PAYMENT] = "unexpected_payment",
	[FINDING_PAID_AFTER_DEATH] = "paid_after_death",
};

enum finding_code finding_of_row_error(enum document_code code)
{
	return (enum finding_code)((int)code - (int)CODE_INVALID_ID_NUMBER + (int)FINDING_INVALID_ID_NUMBER);
}

/* The exceptions record. detail "" is {}. */
static void exception_publish(struct book *book, uint32_t county, enum finding_code code, const uint8_t *document_id,
	uint32_t line, const char *id_number, struct span bank, struct span account, struct span detail)
{
	struct byte_writer *json = &book->json;
	char county_text[8], document_text[2 * SHA256_SIZE + 1], reference[REFERENCE_TEXT_SIZE];

	snprintf(county_text, sizeof(county_text), "%06u", county);
	json->length = 0;
	json_open(json, '{');
	json_member_text(json, "code", span_of(finding_code_names[code]));
	json_member_text(json, "county", span_of(county_text));
	json_key(json, "document");
	if (document_id != NULL) {
		sha256_format_hex(document_id, document_text);
		json_text(json, span_of(document_text));
	} else {
		json_literal(json, "null");
	}
	json_key(json, "line");
	if (line > 0)
		json_number(json, line);
	else
		json_literal(json, "null");
	json_member_text(json, "person_ref",
		id_number == NULL ? span_of("") : span_of(reference_person(book->references, id_number, reference)));
	json_member_text(json, "account_ref",
		account.length == 0 ? span_of("")
				    : span_of(reference_account(book->references, bank, account, reference)));
	json_key(json, "detail");
	json_separate(json);
	if (detail.length == 0)
		json_raw(json, "{}");
	else
		write_bytes(json, detail.data, detail.length);
	json_close(json, '}');
	outbox_put(book, TOPIC_EXCEPTIONS, span_of(county_text), (struct span){(const char *)json->data, json->length});
}

static void heap_sift_down(struct row_finding *items, size_t count, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= count)
			return;
		if (child + 1 < count && items[child + 1].line > items[child].line)
			child++;
		if (items[child].line <= items[i].line)
			return;
		struct row_finding swap = items[i];
		items[i] = items[child];
		items[child] = swap;
		i = child;
	}
}

void row_findings_add(struct row_findings *findings, const struct row_finding *finding)
{
	size_t count = findings->codes[finding->code].count;
	struct row_finding *items = findings->codes[finding->code].items;
	struct row_finding copy = *finding;

	findings->codes[finding->code].total++;
	if (count == ROW_FINDINGS_MAX && items[0].line <= finding->line)
		return;
	copy.bank = arena_span(&findings->arena, finding->bank);
	copy.account = arena_span(&findings->arena, finding->account);
	copy.detail = arena_span(&findings->arena, finding->detail);
	if (count == ROW_FINDINGS_MAX) {
		items[0] = copy;
		heap_sift_down(items, count, 0);
		return;
	}
	items = arena_grow(&findings->arena, items, count, sizeof(*items));
	items[count++] = copy;
	findings->codes[finding->code].items = items;
	findings->codes[finding->code].count = count;
	for (size_t i = count / 2; count == ROW_FINDINGS_MAX && i-- > 0;)
		heap_sift_down(items, count, i);
}

static int finding_compare(const void *a, const void *b)
{
	const struct row_finding *x = *(const struct row_finding *const *)a, *y = *(const struct row_finding *const *)b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return (int)x->code - (int)y->code;
}

void row_findings_publish(
	struct book *book, struct row_findings *findings, uint32_t county, const uint8_t id[SHA256_SIZE])
{
	const struct row_finding **sorted;
	size_t count = 0;

	for (int code = 0; code < FINDING_ROW_COUNT; code++)
		count += findings->codes[code].count;
	sorted = bytes_allocate(NULL, count * sizeof(*sorted));
	count = 0;
	for (int code = 0; code < FINDING_ROW_COUNT; code++) {
		for (size_t i = 0; i < findings->codes[code].count; i++)
			sorted[count++] = &findings->codes[code].items[i];
	}
	qsort(sorted, count, sizeof(*sorted), finding_compare);
	for (size_t i = 0; i < count; i++)
		exception_publish(book, county, sorted[i]->code, id, sorted[i]->line,
			sorted[i]->has_person ? sorted[i]->id_number : NULL, sorted[i]->bank, sorted[i]->account,
			sorted[i]->detail);
	free(sorted);
	for (int code = 0; code < FINDING_ROW_COUNT; code++) {
		char more[40];

		if (findings->codes[code].total <= ROW_FINDINGS_MAX)
			continue;
		snprintf(more, sizeof(more), "{\"more\":%llu}",
			(unsigned long long)(findings->codes[code].total - ROW_FINDINGS_MAX));
		exception_publish(
			book, county, (enum finding_code)code, id, 0, NULL, span_of(""), span_of(""), span_of(more));
	}
	row_findings_free(findings);
}

void row_findings_free(struct row_findings *findings)
{
	arena_free(&findings->arena);
	*findings = (struct row_findings){0};
}

static struct ledger_key key_finding(enum finding_code code, uint32_t county, const struct ledger_key *identity)
{
	struct ledger_key key = key_county(county);

	key_u8(&key, code);
	key_bytes(&key, identity->data, identity->length);
	return key;
}

void finding_hold(struct book *book, const struct ledger_finding *finding)
{
	struct ledger_key key = key_finding(finding->code, finding->county, &finding->identity);
	struct byte_writer *out = &book->value;
	struct ledger_bytes old;

	out->length = 0;
	write_u8(out, finding->id_number != NULL);
	if (finding->id_number != NULL)
		write_bytes(out, finding->id_number, ID_NUMBER_LENGTH);
	write_span(out, finding->bank);
	write_span(out, finding->account);
	write_span(out, finding->detail);
	if (book_get(book, TABLE_FINDINGS, &key, &old) && old.length == out->length &&
		memcmp(old.data, out->data, out->length) == 0)
		return;
	book_put(book, TABLE_FINDINGS, &key, out);
	exception_publish(book, finding->county, finding->code, NULL, 0, finding->id_number, finding->bank,
		finding->account, finding->detail);
}

/* Publishes the stored finding as withdrawn; value is a copy. */
static void withdrawn_publish(struct book *book, enum finding_code code, uint32_t county, struct span value)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	char id_number[ID_NUMBER_LENGTH];
	bool has_person = read_u8(&reader) != 0;
	const uint8_t *id = has_person ? read_bytes(&reader, ID_NUMBER_LENGTH) : NULL;
	struct span bank = read_span(&reader), account = read_span(&reader), detail = read_span(&reader);
	struct byte_writer withdrawn = {0};

	if (reader.bad || detail.length < 2) {
		book_damaged(book, TABLE_FINDINGS);
		return;
	}
	if (id != NULL)
		memcpy(id_number, id, ID_NUMBER_LENGTH);
	write_bytes(&withdrawn, detail.data, detail.length - 1);
	json_member_bool(&withdrawn, "withdrawn", true);
	json_close(&withdrawn, '}');
	exception_publish(book, county, code, NULL, 0, id == NULL ? NULL : id_number, bank, account,
		(struct span){(const char *)withdrawn.data, withdrawn.length});
	writer_free(&withdrawn);
}

void finding_withdraw(struct book *book, enum finding_code code, uint32_t county, const struct ledger_key *identity)
{
	struct ledger_key key = key_finding(code, county, identity);
	struct ledger_bytes old;
	struct span copy;

	if (!book_get(book, TABLE_FINDINGS, &key, &old))
		return;
	copy = arena_span(&book->arena, (struct span){(const char *)old.data, old.length});
	book_delete(book, TABLE_FINDINGS, &key);
	withdrawn_publish(book, code, county, copy);
}

size_t finding_withdraw_others(struct book *book, enum finding_code code, uint32_t county,
	const struct ledger_key *prefix, const struct ledger_key *keep, size_t keep_count)
{
	struct ledger_key from = key_finding(code, county, prefix);
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_FINDINGS);
	struct ledger_key *gone = NULL;
	struct ledger_bytes key, value;
	size_t gone_count = 0, held = 0;

	for (bool found = ledger_cursor_seek(cursor, from.data, from.length, NULL, 0, &key, &value); found;
		found = ledger_cursor_next(cursor, &key, &value)) {
		struct ledger_key identity = {.length = 0};
		bool kept = false;

		key_bytes(&identity, key.data + 5, key.length - 5);
		for (size_t i = 0; i < keep_count && !kept; i++)
			kept = keep[i].length == identity.length &&
			       memcmp(keep[i].data, identity.data, identity.length) == 0;
		held += kept;
		if (kept)
			continue;
		gone = arena_grow(&book->arena, gone, gone_count, sizeof(*gone));
		gone[gone_count++] = identity;
	}
	ledger_cursor_close(cursor);
	for (size_t i = 0; i < gone_count; i++)
		finding_withdraw(book, code, county, &gone[i]);
	return held;
}

bool finding_next(struct book *book, uint32_t county, struct held_finding *finding)
{
	struct ledger_key prefix = key_county(county), from = finding->key.length == 0 ? prefix : finding->key;
	struct ledger_cursor *cursor = ledger_cursor_open(book->txn, TABLE_FINDINGS);
	struct ledger_bytes key, value = {NULL, 0};
	struct byte_reader reader;
	bool found;

	/* The key after one is the same with a zero byte behind it. */
	if (finding->key.length > 0)
		key_u8(&from, 0);
	found = ledger_cursor_seek(cursor, prefix.data, prefix.length, from.data, from.length, &key, &value);
	*finding = (struct held_finding){.id_number = NULL};
	if (found) {
		key_bytes(&finding->key, key.data, key.length);
		finding->code = (enum finding_code)key.data[prefix.length];
		reader = reader_of(value.data, value.length);
		if (read_u8(&reader) != 0)
			finding->id_number = (const char *)read_bytes(&reader, ID_NUMBER_LENGTH);
		finding->bank = read_span(&reader);
		finding->account = read_span(&reader);
		finding->detail = read_span(&reader);
		found = !reader.bad && finding->code < FINDING_COUNT;
		if (!found)
			book_damaged(book, TABLE_FINDINGS);
	}
	ledger_cursor_close(cursor);
	return found;
}
