/*
 * record: the typed records that every parser makes of a document, whatever its format (design section 5).
 *
 * Plain data. Text is borrowed: a span points into the parser's buffers and is valid only during the callback that
 * delivers it. All text is UTF-8 without control characters. Amounts are fen.
 */
#ifndef DUIZHANG_PARSERS_RECORD_H
#define DUIZHANG_PARSERS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "parsers/civil_date.h"
#include "parsers/id_number.h"

struct span {
	const char *data;
	size_t length;
};

static inline struct span span_of(const char *text)
{
	return (struct span){text, text == NULL ? 0 : strlen(text)};
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

enum document_kind {
	DOCUMENT_KIND_NONE,
	DOCUMENT_MOVEMENTS,
	DOCUMENT_RESULTS,
	DOCUMENT_PAYROLL,
	DOCUMENT_ROSTER,
	DOCUMENT_CONFIRMATIONS,
	DOCUMENT_FEEDBACK,
	DOCUMENT_CONTROL,
	DOCUMENT_KIND_COUNT
};

enum movement_class {
	MOVEMENT_UNKNOWN,
	MOVEMENT_WITHDRAWAL,
	MOVEMENT_FEE,
	MOVEMENT_AUTO_DEBIT,
	MOVEMENT_REVERSAL,
	MOVEMENT_INTEREST,
	MOVEMENT_PAYOUT,
	MOVEMENT_OTHER,
	MOVEMENT_CLASS_COUNT
};

enum scheme { SCHEME_NONE, SCHEME_RESIDENT, SCHEME_ENTERPRISE, SCHEME_INSTITUTION, SCHEME_INJURY, SCHEME_COUNT };

enum roster_status {
	ROSTER_STATUS_NONE,
	ROSTER_RECEIVING,
	ROSTER_SUSPENDED,
	ROSTER_ENDED,
	ROSTER_DECEASED,
	ROSTER_STATUS_COUNT
};

enum confirmation_method {
	METHOD_NONE,
	METHOD_APP_PROVINCE,
	METHOD_APP_NATIONAL,
	METHOD_ON_SITE,
	METHOD_WINDOW,
	METHOD_DATA_MATCH,
	METHOD_COUNT
};

enum feedback_outcome {
	OUTCOME_NONE,
	OUTCOME_ALIVE,
	OUTCOME_DECEASED,
	OUTCOME_LOST_CONTACT,
	OUTCOME_MOVED_AWAY,
	OUTCOME_IMPRISONED,
	OUTCOME_OTHER,
	OUTCOME_COUNT
};

enum payment_outcome { PAYMENT_PAID, PAYMENT_RETURNED, PAYMENT_FAILED };

enum control_action { CONTROL_OPEN_CAMPAIGN, CONTROL_TICK };

/* Names as they stand in documents and topics; the index is the enum, the entry of …_NONE is NULL. */
extern const char *const document_kind_names[DOCUMENT_KIND_COUNT];
extern const char *const movement_class_names[MOVEMENT_CLASS_COUNT];
extern const char *const scheme_names[SCHEME_COUNT];
extern const char *const roster_status_names[ROSTER_STATUS_COUNT];
extern const char *const confirmation_method_names[METHOD_COUNT];
extern const char *const feedback_outcome_names[OUTCOME_COUNT];

/* The index of text in names[1 … count), 0 if it is none of them. */
int record_name_index(const char *const *names, int count, struct span text);

/* The as_of of campaign "YYYY-03" or "YYYY-09" (section 8), CIVIL_DATE_NONE if text is no campaign. */
civil_date campaign_as_of(struct span text);

/* What the document says of itself before its rows. */
struct document_header {
	enum document_kind kind;
	struct span layout; /* the canonical kind's name ("movements"), "camt.053" …, or the configured layout's name */
	struct span bank;   /* empty where the kind has none */
	char county[7];     /* NUL-terminated, "" while unknown */
	/* MOVEMENTS that cover their bank's days: from … to, part k of n. covers is false for formats that do not. */
	bool covers;
	civil_date from;
	civil_date to;
	uint32_t part_k;
	uint32_t part_n;
	civil_date as_of;     /* ROSTER, CONFIRMATIONS; FEEDBACK: the campaign's */
	struct span batch;    /* RESULTS, PAYROLL */
	civil_month month;    /* RESULTS, PAYROLL */
	struct span campaign; /* FEEDBACK, "2026-09" */
	struct span township; /* FEEDBACK */
	uint64_t declared_lines;
	bool has_sum;
	uint64_t declared_sum_fen;
};

struct movement_record {
	struct span serial;
	struct span account;
	struct span name;
	struct span id_number; /* normalised, empty if none or invalid */
	civil_date date;
	bool debit; /* D: out of the account */
	int64_t amount_fen;
	enum movement_class movement_class;
	struct span summary; /* the bank's code */
	bool summary_known;  /* the class table has the code */
	struct span reversed_serial;
};

/* One line of a pay batch (PAYROLL) or of the bank's answer (RESULTS). */
struct payment_record {
	char id_number[ID_NUMBER_LENGTH];
	struct span name;
	struct span account;
	int64_t amount_fen;
	civil_date paid_on;           /* RESULTS, may be NONE */
	enum payment_outcome outcome; /* RESULTS */
	struct span code;             /* RESULTS */
	struct span batch;            /* the row's own batch (pain.002); empty: the header's batch and month */
	civil_month month;            /* with batch */
};

struct roster_record {
	char id_number[ID_NUMBER_LENGTH];
	struct span name;
	civil_date birth; /* NONE if empty */
	enum scheme scheme;
	struct span township;
	struct span township_name;
	struct span village;
	enum roster_status status;
	civil_date benefit_start;
	int64_t monthly_fen;
	struct span bank; /* bank and account stand both or neither */
	struct span account;
	struct span phone;
	bool lost_contact;
	struct span employer;
	struct span employer_name;
};

struct confirmation_record {
	char id_number[ID_NUMBER_LENGTH];
	struct span name;
	civil_date confirmed_on;
	enum confirmation_method method;
	struct span source;
};

struct feedback_record {
	struct span task_id;
	char id_number[ID_NUMBER_LENGTH];
	enum feedback_outcome outcome;
	civil_date verified_on;
	enum confirmation_method method;
	struct span verifier;
	struct span verifier_phone;
	bool has_death_month;
	civil_month death_month;
	struct span note;
};

struct control_record {
	enum control_action action;
	char county[7];
	char campaign[8];     /* OPEN_CAMPAIGN */
	civil_date as_of;     /* OPEN_CAMPAIGN */
	civil_date opened_on; /* OPEN_CAMPAIGN */
	civil_date date;      /* TICK */
};

/* Days that a statement covers for one account alone (camt.053, 5.3); one page of it. */
struct account_coverage_record {
	struct span account;
	struct span statement_id;
	civil_date from;
	civil_date to;
	uint32_t page;  /* 1 where there is no pagination */
	bool last_page; /* true where there is no pagination */
};

enum record_type {
	RECORD_MOVEMENT,
	RECORD_PAYMENT,
	RECORD_ROSTER,
	RECORD_CONFIRMATION,
	RECORD_FEEDBACK,
	RECORD_CONTROL,
	RECORD_ACCOUNT_COVERAGE,
};

struct document_record {
	enum record_type type;
	uint32_t line; /* in the decoded document, from 1 */
	union {
		struct movement_record movement;
		struct payment_record payment;
		struct roster_record roster;
		struct confirmation_record confirmation;
		struct feedback_record feedback;
		struct control_record control;
		struct account_coverage_record account_coverage;
	};
};

/* Every code of 5.2, in its order; the index of document_code_names. */
enum document_code {
	CODE_NONE,
	CODE_HASH_MISMATCH,
	CODE_LIMIT_EXCEEDED,
	CODE_GZIP_DAMAGED,
	CODE_CHARSET,
	CODE_UNKNOWN_LAYOUT,
	CODE_BAD_HEADERS,
	CODE_UNKNOWN_FORMAT,
	CODE_MISSING_HEADER,
	CODE_FIELD_COUNT,
	CODE_LINE_NUMBER,
	CODE_BAD_DATE,
	CODE_BAD_AMOUNT,
	CODE_BAD_FIELD,
	CODE_MISSING_TRAILER,
	CODE_COUNT_MISMATCH,
	CODE_SUM_MISMATCH,
	CODE_BAD_CONTROL,
	CODE_DOCTYPE,
	CODE_XML_MALFORMED,
	/* row errors */
	CODE_INVALID_ID_NUMBER,
	CODE_INVALID_SCHEME,
	CODE_INVALID_TOWNSHIP,
	CODE_INVALID_STATUS,
	CODE_INVALID_METHOD,
	CODE_INVALID_OUTCOME,
	CODE_FUTURE_DATE,
	CODE_INVALID_ROW,
	CODE_COUNT
};
extern const char *const document_code_names[CODE_COUNT];

/* One structural error. message says cause and remedy and never holds a value from the document. */
struct document_error {
	enum document_code code;
	uint32_t line;  /* 0: the document as a whole */
	uint32_t field; /* 0: the line as a whole */
	char message[160];
};

#define DOCUMENT_ERRORS_MAX 100

struct document_errors {
	uint32_t count; /* stored, at most DOCUMENT_ERRORS_MAX, in line order */
	uint64_t total; /* lines found wrong */
	struct document_error items[DOCUMENT_ERRORS_MAX];
};

/*
 * Adds an error, kept in line order. An error at line 0 replaces all others and then stays the only one, but for
 * another at line 0 that comes earlier in the table of 5.2. Of two for one line the lower field stays.
 */
void document_errors_add(struct document_errors *errors, enum document_code code, uint32_t line, uint32_t field,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A row that is refused alone (invalid_… codes), or a movement's bad id_number (the movement still counts). */
struct row_error {
	enum document_code code;
	uint32_t line;
	uint32_t field; /* 0: a rule between fields */
	bool row_rejected;
};

/*
 * Where parsers deliver. header comes once, before rows; rows and row errors in line order. A callback returns false
 * to stop the parse. Any may be NULL.
 */
struct record_sink {
	void *context;
	bool (*header)(void *context, const struct document_header *header);
	bool (*record)(void *context, const struct document_record *record);
	bool (*row_error)(void *context, const struct row_error *error);
};

#endif
