/*
 * account_rows: the living rows of one account, read in one walk, with equal movements made one and reversals settled.
 */
#ifndef DUIZHANG_DAEMON_ACCOUNT_ROWS_H
#define DUIZHANG_DAEMON_ACCOUNT_ROWS_H

#include "daemon/account.h"

/* One line of a pay batch to the account (PAYROLL), or of the bank's answer (RESULTS). */
struct payment {
	enum document_kind kind;
	civil_month month;
	struct span batch;
	const char *id_number; /* 18 characters */
	int64_t amount_fen;
	enum payment_outcome outcome;
	civil_date paid_on;
	uint64_t offset;
	uint32_t line;
	const uint8_t *document;
};

struct account_rows {
	struct span state; /* as stored, copied into the arena; data NULL if there is none */
	struct account_holder *holders;
	size_t holder_count;
	struct movement *movements; /* by (date, document id, line) */
	size_t movement_count;
	struct span *conflicts; /* serials that stand for different movements, ascending */
	size_t conflict_count;
	struct date_ranges statements; /* days of complete statements */
	struct payment *payments;
	size_t payment_count;
};

/* Reads the state and the rows of the types in the bit mask (1 << ACCOUNT_LINK …) into the book's arena. */
void account_rows_read(struct book *book, uint32_t county, struct span bank, struct span account, unsigned types,
	struct account_rows *rows);

/*
 * Every movement that is stored for an account, as it arrived: also copies, and those of documents that are dead
 * (living tells). For `explain`. In (date, document id, line) order, in the book's arena.
 */
struct stored_movement {
	struct movement movement;
	bool living;
};
struct stored_movement *account_stored_movements(
	struct book *book, uint32_t county, struct span bank, struct span account, size_t *count);

#endif
