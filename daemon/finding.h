/*
 * finding: everything that goes to the exceptions topic (section 9): row findings of one document, and ledger findings
 * that come and go with the ledger.
 */
#ifndef DUIZHANG_DAEMON_FINDING_H
#define DUIZHANG_DAEMON_FINDING_H

#include "daemon/book.h"

enum finding_code {
	/* row findings */
	FINDING_INVALID_ID_NUMBER,
	FINDING_INVALID_SCHEME,
	FINDING_INVALID_TOWNSHIP,
	FINDING_INVALID_STATUS,
	FINDING_INVALID_METHOD,
	FINDING_INVALID_OUTCOME,
	FINDING_FUTURE_DATE,
	FINDING_INVALID_ROW,
	FINDING_UNKNOWN_ACCOUNT,
	FINDING_UNKNOWN_PERSON,
	FINDING_UNKNOWN_SUMMARY_CODE,
	FINDING_NAME_MISMATCH,
	FINDING_NO_TASK,
	FINDING_ROW_COUNT,
	/* ledger findings; the numbers are in the ledger's keys */
	FINDING_OWNER_MISMATCH = FINDING_ROW_COUNT,
	FINDING_CONFLICTING_SERIAL,
	FINDING_BIRTH_MISMATCH,
	FINDING_ALIVE_AFTER_DEATH,
	FINDING_THIN_MONTH,
	FINDING_COVERAGE_GAP,
	FINDING_INCOMPLETE_DOCUMENT,
	FINDING_FAILED_PAYMENT,
	FINDING_RETURNED_PAYMENT,
	FINDING_AMOUNT_MISMATCH,
	FINDING_UNPAID,
	FINDING_UNEXPECTED_PAYMENT,
	FINDING_PAID_AFTER_DEATH,
	FINDING_COUNT
};

extern const char *const finding_code_names[FINDING_COUNT];

/* The finding of a row error of 5.2. */
enum finding_code finding_of_row_error(enum document_code code);

/* At most so many for a code and document; then one that says how many more. */
#define ROW_FINDINGS_MAX 1000

struct row_finding {
	enum finding_code code;
	uint32_t line;
	bool has_person;
	char id_number[ID_NUMBER_LENGTH];
	struct span bank; /* account.length 0: no account */
	struct span account;
	struct span detail; /* a JSON object; empty: {} */
};

/*
 * Collects the row findings of one document in any order, keeping for each code those of the lowest lines. The caller
 * has one for each identity already (its first line).
 */
struct row_findings {
	struct arena arena;
	struct {
		struct row_finding *items; /* a heap, the highest line first, once it is full */
		size_t count;
		uint64_t total;
	} codes[FINDING_ROW_COUNT];
};

void row_findings_add(struct row_findings *findings, const struct row_finding *finding);
/* Publishes them in line order, with the `more` ones last, and empties the collection. */
void row_findings_publish(
	struct book *book, struct row_findings *findings, uint32_t county, const uint8_t id[SHA256_SIZE]);
void row_findings_free(struct row_findings *findings);

/* One ledger finding: what it is about and, beside its code and county, what makes it one (identity). */
struct ledger_finding {
	enum finding_code code;
	uint32_t county;
	struct ledger_key identity;
	const char *id_number; /* 18 characters; NULL: no person_ref */
	struct span bank;      /* account.length 0: no account_ref */
	struct span account;
	struct span detail; /* a JSON object */
};

/* The finding holds now: published if it is new or its detail differs. */
void finding_hold(struct book *book, const struct ledger_finding *finding);

/* It does not hold: published as withdrawn if it did. */
void finding_withdraw(struct book *book, enum finding_code code, uint32_t county, const struct ledger_key *identity);

/*
 * Withdraws those that begin with an identity prefix and are not among keep (identities, any order). Returns how many
 * still hold.
 */
size_t finding_withdraw_others(struct book *book, enum finding_code code, uint32_t county,
	const struct ledger_key *prefix, const struct ledger_key *keep, size_t keep_count);

/* A ledger finding as it is stored; spans are the ledger's bytes. */
struct held_finding {
	struct ledger_key key; /* of its row */
	enum finding_code code;
	const char *id_number; /* 18 characters; NULL: none */
	struct span bank;
	struct span account;
	struct span detail;
};

/* Those that hold in a county, by code, for commands: the next after *finding, whose key has length 0 at first. */
bool finding_next(struct book *book, uint32_t county, struct held_finding *finding);

#endif
