/*
 * config: what the configuration file says, checked, typed, every key with its default (design section 12).
 *
 * A configuration is loaded whole or not at all; all faults of a file are found, not the first only. Values are plain
 * members; whoever keeps a configuration's address sees what a reload changes. One thread.
 */
#ifndef DUIZHANG_DAEMON_CONFIG_H
#define DUIZHANG_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "daemon/config_key.h"
#include "daemon/error.h"
#include "daemon/kafka_settings.h"
#include "parsers/document_parser.h"

/* A property of librdkafka. */
struct config_property {
	char *name;
	char *value;
	unsigned line;
};

struct config {
	bool campaign_automatic;
	uint32_t campaign_open_day;
	uint32_t campaign_open_time_minutes; /* since midnight of UTC+8 */
	uint32_t campaign_retention_years;
	bool campaign_skip_confirmed;
	uint32_t coverage_min_payout_share_percent;
	uint32_t directory_scan_interval_s;
	char *http_listen; /* "" : none */
	char *kafka_bootstrap_servers;
	char *kafka_group_id;
	char *kafka_intake_topic;
	char *kafka_output_prefix;
	struct config_property *kafka_properties; /* all else of [kafka], in the order of the file */
	size_t kafka_property_count;
	struct kafka_settings kafka; /* [kafka] again, as the transport takes it; borrows from the members above */
	char *layouts_directory;     /* "": none */
	char *ledger_directory;
	struct document_limits limits;
	uint64_t limits_waiting_bytes;
	uint32_t log_level;     /* enum log_level */
	char *privacy_key_file; /* "": pseudonym.key in the ledger directory */
	uint32_t publish_max_records;
	char *send_county; /* "": none */

	char *directory; /* of --directory; NULL: Kafka */
	char *path;      /* the file it was read from; NULL: none */
	/* Where each value comes from: a line of the file, 0: the default, CONFIG_LINE_COMMAND: the command line. */
	unsigned lines[CONFIG_KEY_LIMIT];
};

#define CONFIG_LINE_COMMAND UINT32_MAX

struct config_fault {
	unsigned line; /* 0: of no line */
	char cause[256];
	char remedy[256];
};

/* All that is wrong, in the order of the lines. Starts as zeros; owned by the caller. */
struct config_faults {
	struct config_fault *list;
	size_t count;
};

struct config_source {
	const char *path;      /* NULL: no file */
	bool may_be_absent;    /* the file need not exist */
	bool needs_brokers;    /* without directory, bootstrap.servers must be set */
	const char *directory; /* --directory, or NULL */
	const char *log_level; /* --log-level, or NULL */
	/* Whether a property may stand in [kafka]; NULL: any may. */
	bool (*check_property)(const char *name, const char *value, struct error *error);
};

/* The configuration, freed with config_free; NULL with faults filled (at least one). */
struct config *config_load(const struct config_source *source, struct config_faults *faults);
void config_free(struct config *config);

/* Adds a fault that was found elsewhere; line 0: of no line. */
void config_faults_add(struct config_faults *faults, unsigned line, const char *remedy, const char *cause);

/* "FILE:LINE: cause; remedy" without a line break; path as given to config_load. */
void config_fault_format(const struct config_fault *fault, const char *path, char *text, size_t size);
void config_faults_free(struct config_faults *faults);

/* The file of the pseudonym key; to be freed. */
char *config_key_file(const struct config *config);

/*
 * Writes every value in force, as a configuration file whose comments say what each key is and where its value comes
 * from. The values of
 * properties for which is_secret says so are not shown; is_secret may be NULL.
 */
void config_print(const struct config *config, bool (*is_secret)(const char *name), FILE *out);

/*
 * Takes over from fresh what a running daemon can change; calls changed for every key whose value differs ("kafka" for
 * any of its properties, with key NULL). The rest stays as it is until a restart. fresh is still to be freed.
 */
void config_reload(struct config *config, struct config *fresh,
	void (*changed)(void *context, const struct config_key *key), void *context);

#endif
