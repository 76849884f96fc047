/* receipt: JSON of the receipts topic. */
#include "daemon/receipt.h"

#include "daemon/json_writer.h"
#include "daemon/outbox.h"

static const char *const receipt_status_names[] = {"accepted", "duplicate", "superseded", "rejected"};

static void member_number_or_null(struct byte_writer *out, const char *key, bool present, uint64_t number)
{
	json_key(out, key);
	if (present)
		json_number(out, (int64_t)number);
	else
		json_literal(out, "null");
}

static void errors_write(struct byte_writer *out, const struct document_errors *errors)
{
	json_key(out, "errors");
	json_open(out, '[');
	for (uint32_t i = 0; errors != NULL && i < errors->count; i++) {
		json_open(out, '{');
		json_member_number(out, "line", errors->items[i].line);
		json_member_number(out, "field", errors->items[i].field);
		json_member_text(out, "code", span_of(document_code_names[errors->items[i].code]));
		json_member_text(out, "message", span_of(errors->items[i].message));
		json_close(out, '}');
	}
	json_close(out, ']');
}

void receipt_write(struct byte_writer *out, const struct receipt *receipt)
{
	const struct document_error *first =
		receipt->errors != NULL && receipt->errors->count > 0 ? &receipt->errors->items[0] : NULL;
	char document_text[2 * SHA256_SIZE + 1];

	sha256_format_hex(receipt->document, document_text);
	json_open(out, '{');
	json_member_text(out, "document", span_of(document_text));
	json_member_text(out, "name", receipt->name);
	json_member_text(out, "kind", span_of(document_kind_names[receipt->kind]));
	json_member_text(out, "layout", receipt->layout);
	json_member_text(out, "bank", receipt->bank);
	json_member_text(out, "county", receipt->county);
	json_member_text(out, "status", span_of(receipt_status_names[receipt->status]));
	json_member_text(out, "code", first == NULL ? span_of("") : span_of(document_code_names[first->code]));
	json_member_text(out, "message", first == NULL ? span_of("") : span_of(first->message));
	member_number_or_null(out, "lines", receipt->has_numbers, receipt->lines);
	member_number_or_null(out, "amount_fen", receipt->has_numbers && receipt->has_sum, receipt->amount_fen);
	member_number_or_null(out, "rows_rejected", receipt->has_numbers, receipt->rows_rejected);
	member_number_or_null(out, "matched", receipt->has_numbers && !receipt->without_ledger, receipt->matched);
	member_number_or_null(out, "unmatched", receipt->has_numbers && !receipt->without_ledger, receipt->unmatched);
	errors_write(out, receipt->errors);
	json_close(out, '}');
}

void receipt_publish(struct book *book, const struct receipt *receipt)
{
	char document_text[2 * SHA256_SIZE + 1];

	book->json.length = 0;
	receipt_write(&book->json, receipt);
	sha256_format_hex(receipt->document, document_text);
	outbox_put(book, TOPIC_RECEIPTS, span_of(document_text),
		(struct span){(const char *)book->json.data, book->json.length});
}
