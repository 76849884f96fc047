/*
 * text_document: canonical text documents, `H|…` to `T|…` (design 5.1, errors 5.2).
 *
 * Four files: text_document.c takes the lines in their order, text_header.c reads the fields of H, text_rows.c those of
 * D, text_records.c makes records of them. They share the state below; document_parser needs text_document_format
 * alone. One thread at a time.
 */
#ifndef DUIZHANG_PARSERS_TEXT_DOCUMENT_H
#define DUIZHANG_PARSERS_TEXT_DOCUMENT_H

#include "parsers/format_parser.h"
#include "parsers/text_fields.h"
#include "parsers/text_lines.h"

extern const struct format_parser text_document_format;

/* What the lines of a kind look like. */
struct text_kind {
	const char *name;       /* field 2 of H, NULL: there is no such document */
	uint32_t header_fields; /* of H, the letter included */
	bool part_optional;     /* the last one of them, k/n, may be missing */
	uint32_t count_field;   /* of COUNT in H */
	uint32_t row_fields;    /* of D */
	uint32_t amount_field;  /* of D; 0: there is none, and no SUM behind COUNT in H and in T */
};

extern const struct text_kind text_kinds[DOCUMENT_KIND_COUNT];

struct text_document {
	struct parse *parse;
	enum document_kind kind; /* NONE until H is read */
	struct text_lines lines;
	struct text_fields fields; /* of the line in hand */
	char *header_line;         /* a copy of H, for the spans of parse->header */
	bool over;                 /* no line is read any more */
	uint32_t row_count;        /* D lines so far, whatever is wrong with them */
	uint64_t row_sum_fen;      /* of their amounts; a little more than SUM_FEN_MAX stands for all that is more */
	uint32_t trailer_line;     /* 0: no T yet */
	uint64_t trailer_count;
	uint64_t trailer_sum_fen;
	bool empty_line_seen; /* after T */
	/* Movements lie between these; the whole range of dates while from or to is wrong. */
	civil_date movements_from;
	civil_date movements_to;
	/* The row in hand: its numbers, dates and indexes of names by field, its ID number. */
	uint64_t value[TEXT_FIELDS_MAX + 1];
	char id_number[ID_NUMBER_LENGTH];
	struct document_record record;
};

#define AMOUNT_FEN_MAX UINT64_C(1000000000000000)
#define SUM_FEN_MAX    UINT64_C(1000000000000000000)

/*
 * Reads H, whose fields are document->fields and borrow from document->header_line, into parse->header; its errors are
 * those of line 1. Of a line with a wrong number of fields bank and county are read, if they stand in their places.
 */
void text_header_read(struct text_document *document);

/* Reads bank and county alone, of a line whose kind is already wrong. */
void text_header_identify(struct text_document *document);

/* Reads a D line, whose fields are document->fields: delivers its record or row error, or adds its structural error. */
void text_row_read(struct text_document *document, uint32_t line);

/* Whether the rules between the fields of the row in hand hold (5.1 for rosters, section 8 for feedback). */
bool text_record_holds(const struct text_document *document);

/* Delivers the row in hand, whose values are read and hold, as a record. */
void text_record_deliver(struct text_document *document, uint32_t line);

/* What is wrong with a value of the line in hand whatever its form: NULL, or how an error's message goes on. */
const char *text_document_common_problem(const struct text_document *document, uint32_t field);

/* Adds an error with the message "<name> <problem>; …". */
void text_document_add_error(struct text_document *document, enum document_code code, uint32_t line, uint32_t field,
	const char *name, const char *problem);

#endif
