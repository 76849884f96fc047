/*
 * ledger_meta: rows of the meta table: where the ledger stands, which log and rules it is of, what is being judged.
 */
#ifndef DUIZHANG_DAEMON_LEDGER_META_H
#define DUIZHANG_DAEMON_LEDGER_META_H

#include "daemon/judge.h"

/* Where the ledger stands; all zero in a new one. */
struct ledger_position {
	uint64_t next_offset;              /* messages before it are applied */
	struct publish_position published; /* as last known to be committed */
	int64_t log_time_ms;               /* running maximum of record times */
	bool has_last;                     /* a message was applied */
	uint64_t last_offset;
	uint8_t last_fingerprint[SHA256_SIZE];
};

void ledger_position_load(struct book *book, struct ledger_position *position);
void ledger_position_save(struct book *book, const struct ledger_position *position);

/* Which log the ledger is of, and the rule settings it was made with, as text. */
struct ledger_origin {
	bool present;
	struct span log_id;
	uint32_t partition_count;
	struct span rules;
};

void ledger_origin_load(struct book *book, struct ledger_origin *origin);
void ledger_origin_save(struct book *book, const struct ledger_origin *origin);

/* The judging in hand; phase JUDGE_DONE if there is none. */
void ledger_judging_load(struct book *book, struct judging *judging);
void ledger_judging_save(struct book *book, const struct judging *judging);

/* Every setting that verdicts depend on, one `name=value` a line, for comparison and for people. */
void rules_text_write(const struct rule_settings *rules, const void *key, size_t key_length, struct span layouts_digest,
	struct byte_writer *text);

/* The first line in which two such texts differ, as "name: ledger has X, configuration has Y"; false if they are equal.
 */
bool rules_text_differ(struct span ledger, struct span configured, char *difference, size_t size);

#endif
