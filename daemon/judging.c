/* judging: what is still to be judged, in memory and as it is stored. */
#include "daemon/judging.h"

void judging_free(struct judging *judging)
{
	writer_free(&judging->touched.names);
	writer_free(&judging->flipped.names);
	writer_free(&judging->batches.names);
	*judging = (struct judging){.phase = JUDGE_DONE};
}

static bool bank_names_have(const struct bank_names *banks, struct span bank)
{
	size_t at = 0;

	while (at < banks->names.length) {
		struct span name = span_of((const char *)banks->names.data + at);

		if (span_equal(name, bank))
			return true;
		at += name.length + 1;
	}
	return false;
}

void bank_names_add(struct bank_names *banks, struct span bank)
{
	if (bank_names_have(banks, bank))
		return;
	write_bytes(&banks->names, bank.data, bank.length);
	write_u8(&banks->names, 0);
}

void judging_add_document(struct judging *judging, const struct document *document)
{
	judging->documents[judging->document_count++] = (struct judged_document){document->offset, document->kind};
	judging->roster |= document->kind == DOCUMENT_ROSTER;
	judging->lists |= document->kind == DOCUMENT_ROSTER;
	if (document->covers_from != CIVIL_DATE_NONE)
		bank_names_add(&judging->touched, span_of(document->bank));
	if (document->kind == DOCUMENT_PAYROLL)
		bank_names_add(&judging->batches, span_of(document->bank));
}

void judging_write(struct byte_writer *out, const struct judging *judging)
{
	write_number(out, judging->offset);
	write_number(out, judging->county);
	write_u8(out, judging->phase);
	write_number(out, judging->document_count);
	for (uint32_t i = 0; i < judging->document_count; i++) {
		write_number(out, judging->documents[i].offset);
		write_u8(out, judging->documents[i].kind);
	}
	write_u8(out, judging->everybody);
	for (int i = 0; i < CAMPAIGNS_CURRENT; i++) {
		write_u8(out, judging->due[i]);
		write_number(out, judging->campaigns[i]);
	}
	write_u8(out, judging->sweep);
	write_u8(out, judging->sweep_all);
	write_number(out, judging->sweep_before);
	write_u8(out, judging->dead_holders);
	write_u8(out, judging->every_bank);
	write_u8(out, judging->roster);
	write_u8(out, judging->lists);
	write_number(out, judging->document_index);
	write_number(out, judging->named.sequence);
	write_number(out, judging->named.entry);
	write_span(out, (struct span){(const char *)judging->scan.data, judging->scan.length});
	write_span(out, (struct span){(const char *)judging->touched.names.data, judging->touched.names.length});
	write_span(out, (struct span){(const char *)judging->flipped.names.data, judging->flipped.names.length});
	write_span(out, (struct span){(const char *)judging->batches.names.data, judging->batches.names.length});
	write_number(out, judging->outbox_rows);
}

bool judging_read(struct span value, struct judging *judging)
{
	struct byte_reader reader = reader_of(value.data, value.length);
	struct span text;

	*judging = (struct judging){.offset = read_number(&reader)};
	judging->county = (uint32_t)read_number(&reader);
	judging->phase = read_u8(&reader);
	judging->document_count = (uint32_t)read_number(&reader);
	if (judging->document_count > JUDGED_DOCUMENTS_MAX)
		return false;
	for (uint32_t i = 0; i < judging->document_count; i++) {
		judging->documents[i].offset = read_number(&reader);
		judging->documents[i].kind = read_u8(&reader);
	}
	judging->everybody = read_u8(&reader) != 0;
	for (int i = 0; i < CAMPAIGNS_CURRENT; i++) {
		judging->due[i] = read_u8(&reader) != 0;
		judging->campaigns[i] = (civil_date)read_number(&reader);
	}
	judging->sweep = read_u8(&reader) != 0;
	judging->sweep_all = read_u8(&reader) != 0;
	judging->sweep_before = (civil_date)read_number(&reader);
	judging->dead_holders = read_u8(&reader) != 0;
	judging->every_bank = read_u8(&reader) != 0;
	judging->roster = read_u8(&reader) != 0;
	judging->lists = read_u8(&reader) != 0;
	judging->document_index = (uint32_t)read_number(&reader);
	judging->named.sequence = (uint32_t)read_number(&reader);
	judging->named.entry = (uint32_t)read_number(&reader);
	text = read_span(&reader);
	if (text.length > LEDGER_KEY_MAX)
		return false;
	key_bytes(&judging->scan, text.data, text.length);
	text = read_span(&reader);
	write_bytes(&judging->touched.names, text.data, text.length);
	text = read_span(&reader);
	write_bytes(&judging->flipped.names, text.data, text.length);
	text = read_span(&reader);
	write_bytes(&judging->batches.names, text.data, text.length);
	judging->outbox_rows = read_number(&reader);
	return !reader.bad;
}
