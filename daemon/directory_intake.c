/* directory_intake: scans the folder, and reads its files and their headers. */
#include "daemon/directory_intake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "daemon/bytes.h"
#include "daemon/durable_file.h"
#include "daemon/intake_source.h"
#include "daemon/log.h"

#define HEADERS_SUFFIX     ".headers"
#define HEADERS_MAX        32
#define HEADERS_BYTES_MAX  65536
#define REPORTED_NAMES_MAX 1000

struct name_list {
	char **names;
	size_t count;
	size_t capacity;
};

struct directory_intake {
	int fd;
	struct directory_order *order;
	struct name_list noted;
	struct name_list reported; /* what is no document, said already */
	/* The message given out. */
	struct file_source source;
	char *name;
	struct byte_writer headers;
};

static void list_add(struct name_list *list, const char *name)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
		list->names = bytes_allocate(list->names, list->capacity * sizeof(*list->names));
	}
	list->names[list->count] = strdup(name);
	if (list->names[list->count++] == NULL)
		abort();
}

static void list_free(struct name_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct name_list){0};
}

static bool list_has(const struct name_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->names[i], name) == 0)
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts in byte order and drops repeats. */
static void list_sort(struct name_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->names, list->count, sizeof(*list->names), compare_names);
	for (size_t i = 1; i < list->count; i++)
		if (strcmp(list->names[kept], list->names[i]) == 0)
			free(list->names[i]);
		else
			list->names[++kept] = list->names[i];
	list->count = kept + 1;
}

struct directory_intake *directory_intake_new(int intake_fd, struct directory_order *order)
{
	struct directory_intake *intake = bytes_allocate(NULL, sizeof(*intake));

	*intake = (struct directory_intake){.fd = intake_fd, .order = order, .source = {.fd = -1}};
	return intake;
}

void directory_intake_free(struct directory_intake *intake)
{
	if (intake == NULL)
		return;
	list_free(&intake->noted);
	list_free(&intake->reported);
	file_source_close(&intake->source);
	free(intake->name);
	writer_free(&intake->headers);
	free(intake);
}

static bool is_document_name(const char *name)
{
	size_t length = strlen(name);
	size_t suffix = strlen(HEADERS_SUFFIX);

	return name[0] != '.' && !(length >= suffix && strcmp(name + length - suffix, HEADERS_SUFFIX) == 0);
}

void directory_intake_note(struct directory_intake *intake, const char *name)
{
	if (is_document_name(name) && !directory_order_has(intake->order, name))
		list_add(&intake->noted, name);
}

static void report_once(struct directory_intake *intake, const char *name)
{
	if (intake->reported.count == REPORTED_NAMES_MAX || list_has(&intake->reported, name))
		return;
	list_add(&intake->reported, name);
	log_write(LOG_WARNING, "not a file, so not a document: passed over", log_text("name", name),
		log_text("remedy", "move it out of the intake"));
}

static bool was_written_lately(const struct stat *status, int64_t time_ms)
{
	int64_t age_s = time_ms / 1000 - (int64_t)status->st_mtime;

	/* A time that lies far ahead is a wrong clock, not a write. */
	return age_s > -DIRECTORY_QUIET_S && age_s < DIRECTORY_QUIET_S;
}

/* Whether a new file of this name is a document to take now. */
static bool is_takeable(struct directory_intake *intake, const char *name, bool quiet_only, int64_t time_ms)
{
	struct stat status;

	if (!is_document_name(name) || directory_order_has(intake->order, name))
		return false;
	if (fstatat(intake->fd, name, &status, 0) == -1)
		return false; /* gone again, or a link to nothing */
	if (!S_ISREG(status.st_mode)) {
		report_once(intake, name);
		return false;
	}
	return !quiet_only || !was_written_lately(&status, time_ms);
}

/* All names of the folder that may be taken. */
static bool read_folder(
	struct directory_intake *intake, bool quiet_only, int64_t time_ms, struct name_list *found, struct error *error)
{
	int fd = openat(intake->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int cause;

	if (folder == NULL) {
		cause = errno;
		if (fd != -1)
			close(fd);
		return durable_error(error, cause, "cannot read the folder", "intake");
	}
	for (errno = 0; (entry = readdir(folder)) != NULL; errno = 0)
		if (is_takeable(intake, entry->d_name, quiet_only, time_ms))
			list_add(found, entry->d_name);
	cause = errno;
	closedir(folder);
	return cause == 0 || durable_error(error, cause, "cannot read the folder", "intake");
}

/* What the log names must be on the disk before the log does; a file that cannot be opened stays as it is. */
static bool sync_documents(const struct directory_intake *intake, const struct name_list *found, struct error *error)
{
	for (size_t i = 0; i < found->count; i++) {
		int fd = openat(intake->fd, found->names[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		bool synced = fd == -1 || durable_sync(fd, found->names[i], error);

		if (fd != -1)
			close(fd);
		if (!synced)
			return false;
	}
	return durable_sync(intake->fd, "intake", error);
}

bool directory_intake_scan(
	struct directory_intake *intake, enum directory_scan which, int64_t time_ms, struct error *error)
{
	struct name_list found = {0};
	bool done = true;

	if (which != DIRECTORY_SCAN_NOTED)
		done = read_folder(intake, which == DIRECTORY_SCAN_QUIET, time_ms, &found, error);
	for (size_t i = 0; i < intake->noted.count; i++)
		if (is_takeable(intake, intake->noted.names[i], false, time_ms))
			list_add(&found, intake->noted.names[i]);
	list_free(&intake->noted);
	list_sort(&found);
	if (done && found.count > 0)
		done = sync_documents(intake, &found, error) &&
		       directory_order_append(
			       intake->order, (const char *const *)found.names, found.count, time_ms, error);
	list_free(&found);
	return done;
}

bool directory_intake_waiting(struct directory_intake *intake, uint64_t *count, struct error *error)
{
	struct name_list found = {0};
	bool done = read_folder(intake, false, 0, &found, error);

	*count = found.count;
	list_free(&found);
	return done;
}

static void write_fingerprint(const struct directory_intake *intake, uint64_t ordinal, uint8_t out[SHA256_SIZE])
{
	struct byte_writer text = {0};

	bytes_store_u64(writer_reserve(&text, 8), ordinal);
	bytes_store_u64(writer_reserve(&text, 8), (uint64_t)directory_order_time_ms(intake->order, ordinal));
	write_bytes(&text, intake->name, strlen(intake->name));
	if (EVP_Digest(text.data, text.length, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
	writer_free(&text);
}

/* Reads NAME.headers, if there is one, as text; *usable: false if it is too large to be headers. */
static bool read_headers_file(struct directory_intake *intake, bool *usable, struct error *error)
{
	char file[NAME_MAX + sizeof(HEADERS_SUFFIX)];
	struct stat status;

	intake->headers.length = 0;
	*usable = true;
	if (strlen(intake->name) + strlen(HEADERS_SUFFIX) > NAME_MAX)
		return true;
	stpcpy(stpcpy(file, intake->name), HEADERS_SUFFIX);
	if (fstatat(intake->fd, file, &status, 0) == 0 && status.st_size > HEADERS_BYTES_MAX) {
		*usable = false;
		return true;
	}
	return durable_read(intake->fd, file, &intake->headers, NULL, error);
}

/* The headers of the file, after the one that the document's own name is. */
static bool read_headers(struct directory_intake *intake, struct message_headers *headers, struct error *error)
{
	struct message_header list[HEADERS_MAX] = {{span_of("name"), span_of(intake->name)}};
	int count = -1;
	bool usable;

	if (!read_headers_file(intake, &usable, error))
		return false;
	if (usable)
		count = message_headers_split((struct span){(const char *)intake->headers.data, intake->headers.length},
			list + 1, HEADERS_MAX - 1);
	message_headers_read(headers, list, count < 0 ? 1 : (size_t)count + 1);
	if (count < 0) {
		headers->bad = true;
		strcpy(headers->bad_header, "headers file");
	}
	return true;
}

bool directory_intake_message(
	struct directory_intake *intake, uint64_t ordinal, struct intake_message *message, struct error *error)
{
	struct stat status;

	file_source_close(&intake->source);
	free(intake->name);
	intake->name = strdup(directory_order_name(intake->order, ordinal));
	if (intake->name == NULL)
		abort();
	*message = (struct intake_message){
		.offset = ordinal, .timestamp_ms = directory_order_time_ms(intake->order, ordinal)};
	if (!read_headers(intake, &message->headers, error))
		return false;
	intake->source = (struct file_source){intake->fd, intake->name, -1};
	message->value = file_source_bytes(&intake->source);
	if (fstatat(intake->fd, intake->name, &status, 0) == 0 && S_ISREG(status.st_mode))
		message->value_length = (uint64_t)status.st_size;
	write_fingerprint(intake, ordinal, message->fingerprint);
	return true;
}
