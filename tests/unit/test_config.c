/* test_config: what is loaded, every fault by line and remedy, printing, reloading; and the example file is complete.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/log.h"

static char path[] = "/tmp/duizhang-test-config-XXXXXX";

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int make_file(void **context)
{
	int fd = mkstemp(path);

	(void)context;
	close(fd);
	return fd < 0 ? -1 : 0;
}

static int remove_file(void **context)
{
	(void)context;
	return unlink(path);
}

/* Properties whose name begins with "bad" are not; "password" is secret. */
static bool check_property(const char *name, const char *value, struct error *error)
{
	if (strncmp(name, "bad", 3) != 0)
		return true;
	return error_set(error, ERROR_FATAL, "leave it out", "%s cannot be %s", name, value);
}

static bool is_secret(const char *name)
{
	return strstr(name, "password") != NULL;
}

static struct config_source source(void)
{
	return (struct config_source){.path = path, .check_property = check_property};
}

static struct config *load(const char *text)
{
	struct config_source from = source();
	struct config_faults faults = {0};
	struct config *config;

	write_file(text);
	config = config_load(&from, &faults);
	for (size_t i = 0; i < faults.count; i++)
		print_error("%s; %s\n", faults.list[i].cause, faults.list[i].remedy);
	assert_non_null(config);
	assert_int_equal(faults.count, 0);
	return config;
}

/* All faults of a configuration, as "line: cause; remedy" lines. */
static void assert_faults(const struct config_source *from, const char *expected)
{
	struct config_faults faults = {0};
	char all[4096] = "";

	assert_null(config_load(from, &faults));
	for (size_t i = 0; i < faults.count; i++) {
		char text[1024];

		config_fault_format(&faults.list[i], "f", text, sizeof(text));
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s\n", text);
	}
	config_faults_free(&faults);
	assert_string_equal(all, expected);
}

static void assert_file_faults(const char *text, const char *expected)
{
	struct config_source from = source();

	write_file(text);
	assert_faults(&from, expected);
}

static void table_is_sorted_and_its_defaults_hold(void **context)
{
	struct config *config = load("");

	(void)context;
	for (size_t i = 0; i < config_key_count; i++) {
		char *text = config_value_format(&config_keys[i], config);
		int order;

		assert_string_equal(text, config_keys[i].initial);
		assert_true(strlen(config_keys[i].help) > 0);
		free(text);
		if (i == 0)
			continue;
		order = strcmp(config_keys[i - 1].section, config_keys[i].section);
		assert_true(order < 0 || (order == 0 && strcmp(config_keys[i - 1].name, config_keys[i].name) < 0));
	}
	assert_int_equal(config->limits.document_bytes, 512 * 1024 * 1024);
	assert_int_equal(config->limits.xml_text_bytes, 65536);
	assert_int_equal(config->limits.rows, 10000000);
	config_free(config);
}

static void values_are_taken(void **context)
{
	struct config *config =
		load("[campaign]\nautomatic = no\nopen_day=9 ; the notice says so\nopen_time = 23:59\n"
		     "[limits]\ndocument_bytes = 1GiB\nline_bytes = 2048\n[log]\nlevel = warning\n"
		     "[kafka]\nbootstrap.servers = a:1,b:2\nsession.timeout.ms = 6000\nlinger.ms=1\n"
		     "[http]\nlisten =\n[ledger]\ndirectory = /srv/ledger\n[campaign]\nskip_confirmed = yes\n");
	char *key_file = config_key_file(config);

	(void)context;
	assert_false(config->campaign_automatic);
	assert_int_equal(config->campaign_open_day, 9);
	assert_int_equal(config->campaign_open_time_minutes, 23 * 60 + 59);
	assert_true(config->campaign_skip_confirmed);
	assert_int_equal(config->campaign_retention_years, 3);
	assert_int_equal(config->limits.document_bytes, 1024 * 1024 * 1024);
	assert_int_equal(config->limits.line_bytes, 2048);
	assert_int_equal(config->log_level, LOG_WARNING);
	assert_string_equal(config->kafka_bootstrap_servers, "a:1,b:2");
	assert_int_equal(config->kafka_property_count, 2);
	assert_string_equal(config->kafka_properties[0].name, "session.timeout.ms");
	assert_string_equal(config->kafka_properties[1].value, "1");
	assert_string_equal(config->http_listen, "");
	assert_string_equal(key_file, "/srv/ledger/pseudonym.key");
	assert_int_equal(config->lines[config_key_find("campaign", "skip_confirmed")], 19);
	free(key_file);
	config_free(config);
}

static void all_faults_are_listed(void **context)
{
	(void)context;
	assert_file_faults(
		"early = 1\n[campain]\nx = 1\n[campaign]\nopen_dya = 6\nmax_records = 5\nwhatever = 1\nopen_day = 31\n"
		"open_day = 6\nautomatic = true\nopen_time = 6:00\nnonsense\n[kafka]\nbad.one = 2\nlinger.ms = 1\n"
		"linger.ms = 2\n[nowhere]\n",
		"f:1: early stands before the first section; leave the line out; duizhangd --check --print shows all "
		"keys there are\n"
		"f:2: there is no section [campain]; did you mean [campaign]?\n"
		"f:5: section [campaign] has no key open_dya; did you mean open_day?\n"
		"f:6: section [campaign] has no key max_records; it belongs into section [publish]\n"
		"f:7: section [campaign] has no key whatever; leave the line out; duizhangd --check --print shows all "
		"keys there are\n"
		"f:8: open_day cannot be \"31\"; it must be a whole number from 1 to 30\n"
		"f:9: open_day is set a second time, first in line 8; keep one of the two lines\n"
		"f:10: automatic cannot be \"true\"; it must be yes or no\n"
		"f:11: open_time cannot be \"6:00\"; it must be a time of day from 00:00 to 23:59\n"
		"f:12: the line is neither [section] nor key = value; write [section], key = value, or a comment after "
		";\n"
		"f:14: bad.one cannot be 2; leave it out\n"
		"f:16: linger.ms is set a second time, first in line 15; keep one of the two lines\n"
		"f:17: there is no section [nowhere]; the sections are: campaign coverage directory http kafka layouts "
		"ledger limits "
		"log privacy publish send\n");
}

static void values_are_checked(void **context)
{
	(void)context;
	assert_file_faults(
		"[http]\nlisten = 0.0.0.0:8470\n[kafka]\ngroup.id =\nintake.topic = a b\n[send]\ncounty = 53292\n"
		"[limits]\ndocument_bytes = 65GiB\nline_bytes = 512\nrows = -1\nxml_depth = 99999999999999999999\n"
		"gzip_ratio = 0x10\n[log]\nlevel = warn\n",
		"f:2: listen cannot be \"0.0.0.0:8470\"; it must be a loopback address and port such as "
		"127.0.0.1:8470, or empty\n"
		"f:4: group.id cannot be \"\"; it must not be empty; leave the line out for the default\n"
		"f:5: intake.topic cannot be \"a b\"; it must be 1 to 200 of the characters A-Z a-z 0-9 . _ -\n"
		"f:7: county cannot be \"53292\"; it must be a county code of 6 digits, or empty\n"
		"f:9: document_bytes cannot be \"65GiB\"; it must be a size from 1KiB to 64GiB, such as 512MiB\n"
		"f:10: line_bytes cannot be \"512\"; it must be a size from 1KiB to 16MiB, such as 64KiB\n"
		"f:11: rows cannot be \"-1\"; it must be a whole number from 1 to 1000000000\n"
		"f:12: xml_depth cannot be \"99999999999999999999\"; it must be a whole number from 8 to 1024\n"
		"f:13: gzip_ratio cannot be \"0x10\"; it must be a whole number from 1 to 2000\n"
		"f:15: level cannot be \"warn\"; it must be one of: debug info warning error\n");
}

static void loopback_addresses_pass(void **context)
{
	static const char *const good[] = {"127.0.0.1:1", "127.9.8.7:65535", "[::1]:8470", ""};
	static const char *const bad[] = {"127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "localhost:80", "::1:80",
		"127.0.0.1:8a", "128.0.0.1:80", ":80", "127.0.0.1:+8"};
	const struct config_key *key = &config_keys[config_key_find("http", "listen")];
	char reason[CONFIG_REASON_SIZE];

	(void)context;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(key->check(good[i], reason));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(key->check(bad[i], reason));
}

static void a_missing_file_is_a_fault_unless_it_may_be(void **context)
{
	struct config_source from = {.path = "/nonexistent/duizhang.conf"};
	struct config_faults faults = {0};
	struct config *config;

	(void)context;
	assert_faults(
		&from, "f: it cannot be opened: No such file or directory; name a file that can be read with -c\n");
	from.path = "/tmp";
	assert_faults(&from, "f: it cannot be read: Is a directory; name a file that can be read with -c\n");
	from.path = "/nonexistent/duizhang.conf";
	from.may_be_absent = true;
	config = config_load(&from, &faults);
	assert_non_null(config);
	assert_null(config->path);
	config_free(config);
}

static void brokers_are_needed_without_a_directory(void **context)
{
	struct config_source from = source();
	struct config_faults faults = {0};
	struct config *config;

	(void)context;
	write_file("[ledger]\ndirectory = /elsewhere\n");
	from.needs_brokers = true;
	assert_faults(&from,
		"f: bootstrap.servers is not set; set it in section [kafka], or use --directory DIR, which needs no "
		"broker\n");
	from.directory = "/srv/d";
	from.log_level = "debug";
	config = config_load(&from, &faults);
	assert_non_null(config);
	assert_string_equal(config->directory, "/srv/d");
	assert_string_equal(config->ledger_directory, "/srv/d/ledger");
	assert_int_equal(config->log_level, LOG_DEBUG);
	config_free(config);
	from.log_level = "loud";
	assert_faults(
		&from, "f: the command line's level cannot be \"loud\"; it must be one of: debug info warning error\n");
}

static char *printed(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	config_print(config, is_secret, out);
	fclose(out);
	return text;
}

static void print_shows_all_and_can_be_read_again(void **context)
{
	struct config *config = load(
		"[campaign]\nopen_day = 9\n[kafka]\nbootstrap.servers = a:1\nsasl.password = hush\nlinger.ms = 1\n");
	char *text = printed(config);
	char expected[256];
	struct config *again;
	char *text_again;

	(void)context;
	snprintf(expected, sizeof(expected), "open_day = 9 ; %s:2\n", path);
	assert_non_null(strstr(text, expected));
	assert_non_null(strstr(text, "[limits]\n; a document, decompressed\ndocument_bytes = 512MiB ; default\n"));
	assert_non_null(strstr(text, "\nlinger.ms = 1 ; "));
	assert_non_null(strstr(text, "; sasl.password is set, and not shown ; "));
	assert_null(strstr(text, "hush"));
	assert_non_null(strstr(text, "key_file = /var/lib/duizhang/pseudonym.key ; default\n"));
	again = load(text);
	text_again = printed(again);
	/* Only where values come from differs, and the password is gone. */
	assert_int_equal(again->campaign_open_day, 9);
	assert_int_equal(again->kafka_property_count, 1);
	for (size_t i = 0; i < config_key_count; i++)
		if (strcmp(config_keys[i].name, "key_file") != 0)
			assert_true(config_value_equal(&config_keys[i], config, again));
	free(text);
	free(text_again);
	config_free(config);
	config_free(again);
}

struct changes {
	char text[512];
};

static void note_change(void *context, const struct config_key *key)
{
	struct changes *changes = context;

	snprintf(changes->text + strlen(changes->text), sizeof(changes->text) - strlen(changes->text), "%s:%d ",
		key == NULL ? "kafka" : key->name, key == NULL ? CONFIG_RESTARTS : key->change);
}

static void reload_takes_what_it_can(void **context)
{
	struct config *config = load("[campaign]\nopen_day = 9\n[kafka]\nlinger.ms = 1\n");
	struct config *fresh =
		load("[log]\nlevel=debug\n[kafka]\nlinger.ms = 2\ngroup.id = other\n[campaign]\nskip_confirmed = yes\n"
		     "[send]\ncounty = 532929\n");
	struct changes changes = {""};

	(void)context;
	config_reload(config, fresh, note_change, &changes);
	config_free(fresh);
	assert_string_equal(changes.text, "open_day:0 skip_confirmed:2 group.id:1 level:0 county:0 kafka:1 ");
	assert_int_equal(config->campaign_open_day, 6);
	assert_int_equal(config->log_level, LOG_DEBUG);
	assert_string_equal(config->send_county, "532929");
	assert_false(config->campaign_skip_confirmed);
	assert_string_equal(config->kafka_group_id, "duizhang");
	assert_string_equal(config->kafka_properties[0].value, "1");
	fresh = load("[log]\nlevel=debug\n[kafka]\nlinger.ms = 1\n[send]\ncounty = 532929\n");
	changes.text[0] = '\0';
	config_reload(config, fresh, note_change, &changes);
	assert_string_equal(changes.text, "");
	config_free(fresh);
	config_free(config);
}

static void example_file_shows_every_key_with_its_default(void **context)
{
	struct config_source from = {.path = TEST_SOURCE_DIR "/../daemon/duizhang.conf.example", .needs_brokers = true};
	struct config_faults faults = {0};
	struct config *config = config_load(&from, &faults);
	unsigned missing = 0;

	(void)context;
	for (size_t i = 0; i < faults.count; i++)
		print_error("line %u: %s; %s\n", faults.list[i].line, faults.list[i].cause, faults.list[i].remedy);
	assert_non_null(config);
	for (size_t i = 0; i < config_key_count; i++) {
		char *text = config_value_format(&config_keys[i], config);

		if (config->lines[i] == 0) {
			print_error(
				"duizhang.conf.example lacks [%s] %s\n", config_keys[i].section, config_keys[i].name);
			missing++;
		} else if (strcmp(config_keys[i].name, "bootstrap.servers") != 0) {
			assert_string_equal(text, config_keys[i].initial);
		}
		free(text);
	}
	assert_int_equal(missing, 0);
	config_free(config);
}

/* Whether text names the key as a word of its own. */
static bool names_key(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
		if (strchr(" \n", at[-1]) != NULL && strchr(" \n", at[length]) != NULL)
			return true;
	return false;
}

static void manual_page_names_every_key(void **context)
{
	FILE *file = fopen(TEST_SOURCE_DIR "/../daemon/duizhangd.8", "r");
	char *text = calloc(1, 65536);
	const char *keys;

	(void)context;
	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	keys = strstr(text, ".Sh CONFIGURATION");
	assert_non_null(keys);
	for (size_t i = 0; i < config_key_count; i++)
		if (!names_key(keys, config_keys[i].name))
			fail_msg("duizhangd.8 lacks [%s] %s", config_keys[i].section, config_keys[i].name);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_sorted_and_its_defaults_hold),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(all_faults_are_listed),
		cmocka_unit_test(values_are_checked),
		cmocka_unit_test(loopback_addresses_pass),
		cmocka_unit_test(a_missing_file_is_a_fault_unless_it_may_be),
		cmocka_unit_test(brokers_are_needed_without_a_directory),
		cmocka_unit_test(print_shows_all_and_can_be_read_again),
		cmocka_unit_test(reload_takes_what_it_can),
		cmocka_unit_test(example_file_shows_every_key_with_its_default),
		cmocka_unit_test(manual_page_names_every_key),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
