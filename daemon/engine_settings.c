/* engine_settings: puts a partition's settings together. */
#include "daemon/engine_settings.h"

#include <stdlib.h>

#include "daemon/ledger_meta.h"

/* A full outbox holds this many publishes; then documents wait (backpressure). */
#define OUTBOX_PUBLISHES 20

bool engine_settings_load(
	struct engine_settings *settings, const struct config *config, bool make_key, struct error *error)
{
	char *path = config_key_file(config);
	size_t key_length = 0;
	void *key = NULL;
	bool done;

	*settings = (struct engine_settings){.config = config};
	settings->rules = (struct rule_settings){.skip_confirmed = config->campaign_skip_confirmed,
		.retention_years = config->campaign_retention_years,
		.min_payout_share_percent = config->coverage_min_payout_share_percent};
	done = reference_key_load(path, make_key, &key, &key_length, error);
	if (done) {
		settings->references = reference_maker_new(key, key_length);
		rules_text_write(&settings->rules, key, key_length, (struct span){"", 0}, &settings->rules_text);
		done = settings->references != NULL ||
		       error_set(error, ERROR_FATAL, "name another key in [privacy] key_file",
			       "the pseudonym key cannot be used");
	}
	free(key);
	free(path);
	return done;
}

void engine_settings_free(struct engine_settings *settings)
{
	reference_maker_free(settings->references);
	writer_free(&settings->rules_text);
	*settings = (struct engine_settings){.config = NULL};
}

struct partition_settings engine_settings_partition(
	const struct engine_settings *settings, int32_t partition, const char *ledger_directory)
{
	const struct config *config = settings->config;

	return (struct partition_settings){
		.ledger_directory = ledger_directory,
		.topic = config->kafka_intake_topic,
		.partition = partition,
		.rules = settings->rules,
		.rules_text = {(const char *)settings->rules_text.data, settings->rules_text.length},
		.limits = config->limits,
		.chunk_limits = {config->limits.document_bytes, config->limits_waiting_bytes},
		.references = settings->references,
		.publish_max_records = config->publish_max_records,
		.outbox_rows_max = (uint64_t)config->publish_max_records * OUTBOX_PUBLISHES,
		.check_log_date = config->directory == NULL,
	};
}
