/* payment_store: table payments: county, bank, month, batch, ID number, account, kind, offset, line → amount, outcome, paid_on. */
#include "daemon/payment_store.h"

void payment_put(struct book *book, uint32_t county, enum document_kind kind, struct span bank, struct span batch,
	civil_month month, uint64_t offset, uint32_t line, const struct payment_record *payment)
{
	struct ledger_key key = key_bank(county, bank);
	struct byte_writer *out = &book->value;
	bool own = payment->batch.length > 0;

	key_u32(&key, own ? payment->month : month);
	key_text(&key, own ? payment->batch : batch);
	key_bytes(&key, payment->id_number, ID_NUMBER_LENGTH);
	key_text(&key, payment->account);
	key_u8(&key, kind);
	key_u64(&key, offset);
	key_u32(&key, line);
	out->length = 0;
	write_number(out, (uint64_t)payment->amount_fen);
	write_u8(out, payment->outcome);
	write_number(out, payment->paid_on);
	book_put(book, TABLE_PAYMENTS, &key, out);
}
