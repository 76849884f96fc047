/* test_directory_sender: documents arrive whole, with headers, under names of their own; chunks join to the document.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>

#include "daemon/directory_intake.h"
#include "daemon/directory_sender.h"
#include "daemon/intake_source.h"
#include "scratch.h"

static struct scratch scratch;

static int set_up(void **context)
{
	(void)context;
	scratch_make(&scratch);
	return 0;
}

static int tear_down(void **context)
{
	(void)context;
	scratch_fill_disk(0);
	scratch_remove(&scratch);
	return 0;
}

static bool send(
	struct directory_document *document, const char *text, struct directory_sent *sent, struct error *error)
{
	struct memory_source source = {.bytes = span_of(text)};

	document->content = memory_source_bytes(&source);
	return directory_sender_send(scratch.fd, document, sent, error);
}

static unsigned file_count(void)
{
	DIR *folder = opendir(scratch.path);
	unsigned count = 0;

	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 2;
}

static void a_document_has_its_headers(void **context)
{
	struct directory_document document = {.name = "dir/roster 1.txt", .kind = "roster", .county = "532929"};
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};
	char headers[NAME_MAX + 16];

	(void)context;
	assert_true(send(&document, "abc", &sent, &error));
	assert_int_equal(sent.bytes, 3);
	assert_int_equal(sent.chunks, 1);
	assert_string_equal(sent.name + strlen(sent.name) - strlen("-roster 1.txt"), "-roster 1.txt");
	assert_string_equal(scratch_read(&scratch, sent.name), "abc");
	assert_int_equal(scratch_mode(&scratch, sent.name), 0600);
	snprintf(headers, sizeof(headers), "%s.headers", sent.name);
	assert_string_equal(scratch_read(&scratch, headers),
		"name: roster 1.txt\nkind: roster\ncounty: 532929\n"
		"sha256: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
	assert_int_equal(scratch_mode(&scratch, headers), 0600);
	assert_int_equal(file_count(), 2);
}

static void names_are_unique_and_harmless(void **context)
{
	static const char *const names[] = {".headers", "x.headers", "a\nb", NULL, "", "dir/", "plain", "plain"};
	static const char *const ends[] = {
		"-.headers.txt", "-x.headers.txt", "-a_b", "-document", "-document", "-document", "-plain", "-plain"};
	size_t count = sizeof(names) / sizeof(names[0]);
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	for (size_t i = 0; i < count; i++) {
		struct directory_document document = {.name = names[i]};

		assert_true(send(&document, "x", &sent, &error));
		assert_string_equal(sent.name + strlen(sent.name) - strlen(ends[i]), ends[i]);
	}
	assert_int_equal(file_count(), 2 * count);
}

static void long_names_keep_their_end(void **context)
{
	char name[301];
	struct directory_document document = {.name = name};
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	for (int i = 0; i < 300; i += 3)
		memcpy(name + i, "\xe4\xba\x91", 3);
	strcpy(name + 296, ".txt");
	assert_true(send(&document, "x", &sent, &error));
	assert_true(strlen(sent.name) < 160);
	assert_string_equal(sent.name + strlen(sent.name) - 4, ".txt");
	assert_true(scratch_has(&scratch, sent.name));
	/* The cut lies between two characters. */
	assert_memory_equal(strstr(sent.name, "-\xe4\xba\x91"), "-\xe4\xba\x91", 4);
}

static void chunks_join_to_the_document(void **context)
{
	struct directory_document document = {.name = "f", .chunk_bytes = 4};
	struct directory_intake *intake;
	struct directory_order *order;
	struct intake_message message;
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};
	char joined[64] = "";

	(void)context;
	assert_true(send(&document, "0123456789", &sent, &error));
	assert_int_equal(sent.chunks, 3);
	order = directory_order_open(scratch.fd, DIRECTORY_ORDER_WRITE, &error);
	intake = directory_intake_new(scratch.fd, order);
	assert_true(directory_intake_scan(intake, DIRECTORY_SCAN_ALL, 0, &error));
	assert_int_equal(directory_order_count(order), 3);
	for (uint64_t i = 0; i < 3; i++) {
		ssize_t length;

		assert_true(directory_intake_message(intake, i, &message, &error));
		assert_false(message.headers.bad);
		assert_int_equal(message.headers.chunk_k, i + 1);
		assert_int_equal(message.headers.chunk_n, 3);
		assert_memory_equal(message.headers.sha256, sent.sha256, SHA256_SIZE);
		length = message.value.read(message.value.context, joined + strlen(joined), 10, &error);
		assert_int_equal(length, i < 2 ? 4 : 2);
	}
	assert_string_equal(joined, "0123456789");
	directory_intake_free(intake);
	directory_order_close(order);
}

static void small_and_empty_documents_are_one_file(void **context)
{
	struct directory_document document = {.name = "f", .chunk_bytes = 4};
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_true(send(&document, "", &sent, &error));
	assert_int_equal(sent.chunks, 1);
	assert_string_equal(scratch_read(&scratch, sent.name), "");
	assert_true(send(&document, "0123", &sent, &error));
	assert_int_equal(sent.chunks, 1);
	assert_string_equal(scratch_read(&scratch, sent.name), "0123");
}

static void a_full_disk_leaves_nothing(void **context)
{
	struct directory_document document = {.name = "f"};
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	scratch_fill_disk(5);
	assert_false(send(&document, "0123456789", &sent, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_int_equal(file_count(), 0);
	/* Room for the document, not for its headers. */
	scratch_fill_disk(20);
	assert_false(send(&document, "0123456789", &sent, &error));
	assert_int_equal(file_count(), 0);
}

static void a_header_cannot_hold_another(void **context)
{
	struct directory_document document = {.name = "f", .bank = "B\nkind: control"};
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_false(send(&document, "x", &sent, &error));
	assert_int_equal(error.class, ERROR_FATAL);
	assert_int_equal(file_count(), 0);
}

static void an_unreadable_source_is_told(void **context)
{
	struct file_source file = {scratch.fd, "absent", -1};
	struct directory_document document = {.name = "f", .content = file_source_bytes(&file)};
	struct directory_sent sent;
	struct error error = {.class = ERROR_NONE};

	(void)context;
	assert_false(directory_sender_send(scratch.fd, &document, &sent, &error));
	assert_int_equal(error.class, ERROR_RETRY);
	assert_int_equal(file_count(), 0);
}

static void the_intake_is_made(void **context)
{
	char path[128];
	struct error error = {.class = ERROR_NONE};
	int fd;

	(void)context;
	snprintf(path, sizeof(path), "%s/new", scratch.path);
	fd = directory_sender_open(path, &error);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(scratch_mode(&scratch, "new/intake"), 0700);
	snprintf(path, sizeof(path), "%s/not/there", scratch.path);
	assert_int_equal(directory_sender_open(path, &error), -1);
	assert_int_equal(error.class, ERROR_RETRY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_document_has_its_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_are_unique_and_harmless, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_names_keep_their_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(chunks_join_to_the_document, set_up, tear_down),
		cmocka_unit_test_setup_teardown(small_and_empty_documents_are_one_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_header_cannot_hold_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unreadable_source_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_intake_is_made, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
