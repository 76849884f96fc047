/*
 * config_key: the table of configuration keys, and their values as text.
 *
 * Constant data and functions on one member of a struct config. Any thread.
 */
#ifndef DUIZHANG_DAEMON_CONFIG_KEY_H
#define DUIZHANG_DAEMON_CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_KEY_LIMIT   40
#define CONFIG_REASON_SIZE 192

struct config;

enum config_type {
	CONFIG_TEXT,        /* char *, owned */
	CONFIG_FLAG,        /* bool: yes, no */
	CONFIG_NUMBER,      /* uint32_t or uint64_t */
	CONFIG_SIZE,        /* the same, in bytes: 512MiB */
	CONFIG_TIME_OF_DAY, /* uint32_t, minutes: 06:00 */
	CONFIG_CHOICE,      /* uint32_t, the choice's place */
};

/* What a change of the value takes. */
enum config_change {
	CONFIG_RELOADS, /* SIGHUP */
	CONFIG_RESTARTS,
	CONFIG_REBUILDS, /* a rule setting: `duizhang rebuild` (invariant 1) */
};

struct config_key {
	const char *section;
	const char *name;
	enum config_type type;
	enum config_change change;
	size_t offset; /* of the member in struct config */
	size_t width;
	const char *initial; /* the default */
	uint64_t min;        /* numbers and sizes */
	uint64_t max;
	const char *const *choices; /* ends in NULL */
	/* Whether text is fit beyond its type; fills reason (what it should be) if not. NULL: any is. */
	bool (*check)(const char *text, char reason[CONFIG_REASON_SIZE]);
	const char *help;
};

/* Sorted by section, then name. */
extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* The key's place in the table, -1 if there is none. */
int config_key_find(const char *section, const char *name);
bool config_section_exists(const char *section);

/* Sets the value from text. False: nothing is changed, reason says what the value should be. */
bool config_value_parse(
	const struct config_key *key, const char *text, struct config *config, char reason[CONFIG_REASON_SIZE]);
/* The value as text that config_value_parse reads; to be freed. */
char *config_value_format(const struct config_key *key, const struct config *config);
bool config_value_equal(const struct config_key *key, const struct config *a, const struct config *b);
/* Exchanges the values of a and b. */
void config_value_swap(const struct config_key *key, struct config *a, struct config *b);

#endif
