/*
 * engine_settings: what the engine of a partition needs of the configuration, and of the pseudonym key.
 *
 * Owner: the daemon, or a command that runs an engine. Made once; outlives every engine made with it. One thread.
 */
#ifndef DUIZHANG_DAEMON_ENGINE_SETTINGS_H
#define DUIZHANG_DAEMON_ENGINE_SETTINGS_H

#include "daemon/config.h"
#include "daemon/partition.h"

struct engine_settings {
	const struct config *config; /* borrowed */
	struct rule_settings rules;
	struct reference_maker *references;
	struct byte_writer rules_text; /* the settings a ledger is bound to (invariant 1) */
};

/*
 * Reads the key, which is made if make_key is true and it is absent. False: error filled. To be freed also then.
 */
bool engine_settings_load(
	struct engine_settings *settings, const struct config *config, bool make_key, struct error *error);
void engine_settings_free(struct engine_settings *settings);

/* Settings of one partition's engine; ledger_directory is borrowed (partition_directory). */
struct partition_settings engine_settings_partition(
	const struct engine_settings *settings, int32_t partition, const char *ledger_directory);

#endif
