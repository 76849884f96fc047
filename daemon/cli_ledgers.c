/* cli_ledgers: finds, opens and closes the ledgers. */
#include "daemon/cli_ledgers.h"

#include <dirent.h>
#include <errno.h>

#include "daemon/campaign_store.h"
#include "daemon/ledger_meta.h"

/* The partition of an entry "<topic>-<number>", -1 if it is none. */
static int32_t partition_of(const char *name, const char *topic)
{
	const size_t length = strlen(topic);
	const char *digits = name + length + 1;

	if (strncmp(name, topic, length) != 0 || name[length] != '-' || digits[0] == '\0' || strlen(digits) > 9 ||
		strspn(digits, "0123456789") != strlen(digits))
		return -1;
	return (int32_t)strtol(digits, NULL, 10);
}

static int compare_partitions(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

int cli_partitions_list(const struct config *config, int32_t **partitions, struct error *error)
{
	DIR *directory = opendir(config->ledger_directory);
	const struct dirent *entry;
	int count = 0;

	*partitions = NULL;
	if (directory == NULL) {
		error_set(error, ERROR_FATAL,
			"name the folder by -c or --directory, or start duizhangd once as a user who may read it",
			"the ledger directory %.150s cannot be read: %s", config->ledger_directory, strerror(errno));
		return -1;
	}
	while ((entry = readdir(directory)) != NULL) {
		int32_t partition = partition_of(entry->d_name, config->kafka_intake_topic);

		if (partition < 0)
			continue;
		*partitions = bytes_allocate(*partitions, (size_t)(count + 1) * sizeof(**partitions));
		(*partitions)[count++] = partition;
	}
	closedir(directory);
	if (count > 1)
		qsort(*partitions, (size_t)count, sizeof(**partitions), compare_partitions);
	return count;
}

/* Verdicts follow the settings in force, the ledger those it was made with. */
static void warn_of_rules(const struct cli *cli, const struct cli_ledgers *ledgers, struct cli_ledger *ledger)
{
	const struct byte_writer *rules = &ledgers->settings.rules_text;
	struct ledger_origin origin;
	char difference[200];

	ledger_origin_load(&ledger->book, &origin);
	if (origin.present && rules_text_differ(origin.rules, (struct span){(const char *)rules->data, rules->length},
				      difference, sizeof(difference)))
		cli_warn(cli, "rule settings differ: %s", difference);
}

static bool open_ledger(
	const struct config *config, struct cli_ledgers *ledgers, struct cli_ledger *ledger, struct error *error)
{
	partition_directory(config->ledger_directory, config->kafka_intake_topic, ledger->partition, ledger->directory,
		sizeof(ledger->directory));
	ledger->ledger = ledger_open(ledger->directory, LEDGER_READ, error);
	if (ledger->ledger == NULL)
		return false;
	book_init(&ledger->book, &ledgers->settings.rules, ledgers->settings.references);
	ledger->book.txn = ledger_begin(ledger->ledger, false, error);
	return ledger->book.txn != NULL;
}

static int compare_counties(const void *a, const void *b)
{
	const struct cli_county *x = a, *y = b;

	if (x->county != y->county)
		return x->county < y->county ? -1 : 1;
	return x->ledger->partition - y->ledger->partition;
}

static void list_counties(struct cli_ledgers *ledgers)
{
	for (size_t i = 0; i < ledgers->count; i++) {
		uint32_t county = 0;

		while (county_next(&ledgers->items[i].book, county, &county)) {
			ledgers->counties = bytes_allocate(
				ledgers->counties, (ledgers->county_count + 1) * sizeof(*ledgers->counties));
			ledgers->counties[ledgers->county_count++] = (struct cli_county){county, &ledgers->items[i]};
		}
	}
	if (ledgers->county_count > 1)
		qsort(ledgers->counties, ledgers->county_count, sizeof(*ledgers->counties), compare_counties);
}

static bool open_all(const struct config *config, struct cli_ledgers *ledgers, struct error *error)
{
	int32_t *partitions;
	int count = cli_partitions_list(config, &partitions, error);
	bool opened = count > 0;

	if (count == 0)
		error_set(error, ERROR_FATAL, "start duizhangd once, or name another folder by -c or --directory",
			"there is no ledger in %.200s", config->ledger_directory);
	if (count > 0) {
		ledgers->items = bytes_allocate(NULL, (size_t)count * sizeof(*ledgers->items));
		memset(ledgers->items, 0, (size_t)count * sizeof(*ledgers->items));
	}
	for (int i = 0; i < count && opened; i++) {
		ledgers->items[i].partition = partitions[i];
		ledgers->count++;
		opened = open_ledger(config, ledgers, &ledgers->items[i], error);
	}
	free(partitions);
	if (opened)
		list_counties(ledgers);
	return opened;
}

enum cli_exit cli_ledgers_open(const struct cli *cli, enum cli_ledgers_need need, struct cli_ledgers *ledgers)
{
	const struct config *config = cli->config;
	struct error error = {0};

	*ledgers = (struct cli_ledgers){.count = 0};
	/* Without a key the rest of the settings is there all the same. */
	if ((engine_settings_load(&ledgers->settings, config, false, need == CLI_LEDGERS_ONLY ? NULL : &error) ||
		    need == CLI_LEDGERS_ONLY) &&
		open_all(config, ledgers, &error)) {
		for (size_t i = 0; i < ledgers->count && need == CLI_LEDGERS_AND_KEY; i++)
			warn_of_rules(cli, ledgers, &ledgers->items[i]);
		return CLI_DONE;
	}
	cli_ledgers_close(cli, ledgers, CLI_DONE);
	return cli_fail_error(cli, &error);
}

enum cli_exit cli_ledgers_close(const struct cli *cli, struct cli_ledgers *ledgers, enum cli_exit status)
{
	for (size_t i = 0; i < ledgers->count; i++) {
		struct cli_ledger *ledger = &ledgers->items[i];
		struct error error = {0};

		/* A reader's commit changes nothing: it tells what went wrong while it read. */
		if (ledger->book.txn != NULL && !ledger_commit(ledger->book.txn, &error))
			status = cli_fail_error(cli, &error);
		book_free(&ledger->book);
		ledger_close(ledger->ledger);
	}
	free(ledgers->items);
	free(ledgers->counties);
	engine_settings_free(&ledgers->settings);
	*ledgers = (struct cli_ledgers){0};
	return status;
}

enum cli_exit cli_ledgers_choose(const struct cli *cli, struct cli_ledgers *ledgers, const struct cli_value *county)
{
	size_t kept = 0;

	if (!county->present)
		return CLI_DONE;
	for (size_t i = 0; i < ledgers->county_count; i++)
		if (ledgers->counties[i].county == county->number)
			ledgers->counties[kept++] = ledgers->counties[i];
	ledgers->county_count = kept;
	if (kept > 0)
		return CLI_DONE;
	return cli_fail(cli, CLI_FINDING, "no ledger here knows county %s (duizhang status lists those it knows)",
		county->text);
}
