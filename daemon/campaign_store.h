/*
 * campaign_store: the state of a county (largest tick, campaigns) and its campaigns.
 */
#ifndef DUIZHANG_DAEMON_CAMPAIGN_STORE_H
#define DUIZHANG_DAEMON_CAMPAIGN_STORE_H

#include "daemon/rules.h"

/* The two newest campaigns are kept current, older ones stand still (section 8). */
#define CAMPAIGNS_CURRENT 2

struct county_state {
	uint32_t county;
	civil_date largest_tick;                    /* NONE: none yet */
	civil_date swept_before;                    /* retention has dropped what is older; NONE: nothing yet */
	struct campaign current[CAMPAIGNS_CURRENT]; /* newest first */
	size_t current_count;
};

/* A county never heard of has no tick and no campaign. */
void county_load(struct book *book, uint32_t county, struct county_state *state);

/* Remembers a tick; true if it is larger than any before. */
bool county_tick(struct book *book, struct county_state *state, civil_date date);

enum campaign_opening { CAMPAIGN_UNCHANGED, CAMPAIGN_NEW, CAMPAIGN_EARLIER };

/* Opens a campaign that is not older than the newest, or opens it again: its earliest opened_on holds. */
enum campaign_opening county_open_campaign(
	struct book *book, struct county_state *state, civil_date as_of, civil_date opened_on);

/* Retention drops what is older than limit from now on; campaigns older than it are not current any more. */
void county_sweep(struct book *book, struct county_state *state, civil_date limit);

/* The oldest date retention still takes: retention_years before the newest as_of; NONE without a campaign. */
civil_date county_oldest_date(const struct county_state *state, const struct rule_settings *settings);

/* Every county the ledger has heard of, ascending: the next one after `after` (0: the first). False at the end. */
bool county_next(struct book *book, uint32_t after, uint32_t *county);

/* Remembers that the county exists (a document of it was taken). */
void county_touch(struct book *book, uint32_t county);

/* All campaigns of a county, ascending: the next with as_of > after. */
bool campaign_next(struct book *book, uint32_t county, civil_date after, struct campaign *campaign);

#endif
