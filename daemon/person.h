/*
 * person: what the ledger knows of one person in one county: living roster rows, living evidence, what was published.
 *
 * Facts are loaded in one walk into the book's arena and are valid until it is reset.
 */
#ifndef DUIZHANG_DAEMON_PERSON_H
#define DUIZHANG_DAEMON_PERSON_H

#include "daemon/book.h"

struct roster_row {
	enum scheme scheme;
	civil_date as_of;
	uint64_t offset; /* of its document */
	uint32_t line;
	const uint8_t *document; /* its id */
	struct span name;
	civil_date birth; /* NONE if the row has none */
	uint32_t township;
	struct span township_name;
	struct span village;
	enum roster_status status;
	civil_date benefit_start;
	int64_t monthly_fen;
	struct span bank;
	struct span account; /* length 0: no account */
	struct span phone;
	bool lost_contact;
	struct span employer;
	struct span employer_name;
};

/* A confirmation, or a township's feedback; `alive` feedback is both. */
struct evidence {
	civil_date date;
	uint64_t offset;
	uint32_t line;
	const uint8_t *document;
	bool is_feedback;
	enum feedback_outcome outcome; /* a confirmation's is OUTCOME_ALIVE */
	enum confirmation_method method;
	civil_date campaign; /* feedback: as_of of the campaign it answers */
	bool has_death_month;
	civil_month death_month;
};

/* What was stored for a campaign or a scheme (judgement, entitlement). */
struct person_note {
	uint32_t key; /* as_of of the campaign; the scheme */
	struct span value;
};

struct person {
	uint32_t county;
	char id_number[ID_NUMBER_LENGTH];
	struct roster_row *rows; /* all schemes, by (scheme, as_of, document id, line) */
	size_t row_count;
	/* Of scheme resident: of each as_of the newest row only, ascending: who is in force when (7.2). */
	struct roster_row **residents;
	size_t resident_count;
	struct evidence *evidence; /* by (date, document id, line) */
	size_t evidence_count;
	struct person_note *judgements;
	size_t judgement_count;
	struct person_note *entitlements;
	size_t entitlement_count;
	struct span state; /* of row PERSON_STATE; data NULL if there is none */
	/* Accounts of all resident rows, also of those that are never in force, by (bank, account). */
	struct person_account *accounts;
	size_t account_count;
};

struct account_interval {
	civil_date begin; /* 0: from always */
	civil_date end;   /* UINT32_MAX: until further notice */
};

/* An account of the person's resident rows, and when it is in force: days begin … end − 1. */
struct person_account {
	struct span bank;
	struct span account;
	struct account_interval *in_force;
	size_t in_force_count;
};

/* Loads a person, who may have no rows at all. */
void person_load(struct book *book, uint32_t county, const char id_number[ID_NUMBER_LENGTH], struct person *person);

/*
 * The next ID number, in their order, of which the county has any row; id_number[0] is 0 at first. False at the end.
 */
bool person_next(struct book *book, uint32_t county, char id_number[ID_NUMBER_LENGTH]);

/* The resident row in force on a day (the earliest counts from always), NULL if there is no resident row. */
const struct roster_row *person_row_in_force(const struct person *person, civil_date on);

/* The newest resident row of any date, NULL if there is none. */
const struct roster_row *person_newest_row(const struct person *person);

/* The newest row of a scheme, NULL if there is none. */
const struct roster_row *person_newest_of_scheme(const struct person *person, enum scheme scheme);

/* A confirmation, or `alive` feedback. */
static inline bool evidence_confirms(const struct evidence *evidence)
{
	return evidence->outcome == OUTCOME_ALIVE;
}

/* True if name is that of one of the person's newest rows (one for each scheme), in the form of name_form. */
bool person_has_name(const struct person *person, struct span name);

/* Reads a stored roster row's fields into row, whose key fields are left alone; texts point into value. */
bool roster_row_decode(struct ledger_bytes value, struct roster_row *row);

/* True if row i names an account that no row before it names. */
bool person_row_names_account(const struct person *person, size_t i);

/* Adds one row of a document that is being staged. */
void person_put_roster_row(struct book *book, uint32_t county, civil_date as_of, uint64_t offset, uint32_t line,
	const struct roster_record *row);
void person_put_confirmation(
	struct book *book, uint32_t county, uint64_t offset, uint32_t line, const struct confirmation_record *row);
void person_put_feedback(struct book *book, uint32_t county, civil_date campaign, uint64_t offset, uint32_t line,
	const struct feedback_record *row);

struct ledger_key key_person_row(uint32_t county, const char id_number[ID_NUMBER_LENGTH], enum person_row_type type);

#endif
