/* directory_output: appends lines, syncs, then says by one rename that they count. */
#include "daemon/directory_output.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "daemon/durable_file.h"
#include "daemon/json_writer.h"

#define COMMITTED_FILE ".committed"
#define FLUSH_BYTES    (256 * 1024)
#define REJECTS_TOPIC  "rejects"
#define DAMAGED_REMEDY                                                                                                 \
	"restore DIR/output from a backup, or move it away together with DIR/ledger: all is published anew then"
#define FILES_MAX 64

struct output_file {
	char *name;
	int fd; /* -1: not open yet */
	uint64_t committed_length;
	uint64_t length; /* with what is being published */
	struct byte_writer lines;
};

struct directory_output {
	int fd;
	const char *prefix;
	bool has_position;
	struct publish_position position;
	struct output_file files[FILES_MAX];
	size_t file_count;
	struct byte_writer text;
};

static struct output_file *add_file(struct directory_output *output, const char *name, uint64_t committed_length)
{
	struct output_file *file = &output->files[output->file_count++];

	assert(output->file_count <= FILES_MAX);
	*file = (struct output_file){
		.name = strdup(name), .fd = -1, .committed_length = committed_length, .length = committed_length};
	if (file->name == NULL)
		abort();
	return file;
}

static struct output_file *find_file(struct directory_output *output, const char *name)
{
	for (size_t i = 0; i < output->file_count; i++)
		if (strcmp(output->files[i].name, name) == 0)
			return &output->files[i];
	return NULL;
}

/* One line of .committed. */
static bool take_committed_line(struct directory_output *output, const char *line, bool *ended)
{
	unsigned long long number;
	char name[NAME_MAX + 1];
	int end = -1;

	if (sscanf(line, "offset %llu%n", &number, &end) == 1 && line[end] == '\0')
		output->position.offset = number;
	else if (sscanf(line, "rows %llu%n", &number, &end) == 1 && line[end] == '\0')
		output->position.rows = number;
	else if (sscanf(line, "length %255[^ /] %llu%n", name, &number, &end) == 2 && line[end] == '\0' &&
		 output->file_count < FILES_MAX && find_file(output, name) == NULL)
		add_file(output, name, number);
	else
		return *ended = strcmp(line, "end") == 0;
	return true;
}

static bool read_committed(struct directory_output *output, struct error *error)
{
	struct byte_writer content = {0};
	char *rest = NULL;
	bool ended = false;
	bool absent;
	bool done = durable_read(output->fd, COMMITTED_FILE, &content, &absent, error);

	if (done && !absent) {
		write_u8(&content, 0);
		for (char *line = strtok_r((char *)content.data, "\n", &rest); done && line != NULL && !ended;
			line = strtok_r(NULL, "\n", &rest))
			done = take_committed_line(output, line, &ended);
		if (!done || !ended)
			done = error_set(error, ERROR_FATAL, DAMAGED_REMEDY, "the output's .committed is damaged");
		output->has_position = done;
	}
	writer_free(&content);
	return done;
}

struct directory_output *directory_output_open(int output_fd, const char *prefix, struct error *error)
{
	struct directory_output *output = bytes_allocate(NULL, sizeof(*output));

	*output = (struct directory_output){.fd = output_fd, .prefix = prefix};
	if (read_committed(output, error))
		return output;
	directory_output_close(output);
	return NULL;
}

void directory_output_close(struct directory_output *output)
{
	if (output == NULL)
		return;
	for (size_t i = 0; i < output->file_count; i++) {
		if (output->files[i].fd != -1)
			close(output->files[i].fd);
		free(output->files[i].name);
		writer_free(&output->files[i].lines);
	}
	writer_free(&output->text);
	free(output);
}

bool directory_output_position(const struct directory_output *output, struct publish_position *position)
{
	*position = output->position;
	return output->has_position;
}

static bool check_file(const struct output_file *file, int fd, struct error *error)
{
	struct stat status;

	if (fstat(fd, &status) == -1)
		return durable_error(error, errno, "cannot open", file->name);
	if (!S_ISREG(status.st_mode))
		return error_set(error, ERROR_FATAL, DAMAGED_REMEDY, "output %.120s is not a regular file", file->name);
	if ((uint64_t)status.st_size < file->committed_length)
		return error_set(error, ERROR_FATAL, DAMAGED_REMEDY,
			"output %.120s has lost published lines: %lld bytes of %llu", file->name,
			(long long)status.st_size, (unsigned long long)file->committed_length);
	return true;
}

/* Opens a file and cuts it off at what is published. */
static bool open_file(struct directory_output *output, struct output_file *file, struct error *error)
{
	int fd;

	if (file->fd != -1)
		return true;
	fd = openat(output->fd, file->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd == -1)
		return durable_error(error, errno, "cannot open", file->name);
	if (!check_file(file, fd, error) || !durable_truncate(fd, file->committed_length, file->name, error)) {
		close(fd);
		return false;
	}
	file->fd = fd;
	return true;
}

static struct output_file *topic_file(struct directory_output *output, const char *topic)
{
	char name[NAME_MAX + 1];
	struct output_file *file;

	snprintf(name, sizeof(name), "%s%s%s", output->prefix, topic, DIRECTORY_OUTPUT_SUFFIX);
	file = find_file(output, name);
	return file != NULL ? file : add_file(output, name, 0);
}

/* Files of ours that .committed does not know: a first publish was cut short. */
static bool adopt_files(struct directory_output *output, struct error *error)
{
	int fd = openat(output->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd == -1 ? NULL : fdopendir(fd);
	size_t suffix = strlen(DIRECTORY_OUTPUT_SUFFIX);
	const struct dirent *entry;

	if (folder == NULL) {
		durable_error(error, errno, "cannot read the folder", "output");
		if (fd != -1)
			close(fd);
		return false;
	}
	while ((entry = readdir(folder)) != NULL) {
		size_t length = strlen(entry->d_name);

		if (strncmp(entry->d_name, output->prefix, strlen(output->prefix)) == 0 && length > suffix &&
			strcmp(entry->d_name + length - suffix, DIRECTORY_OUTPUT_SUFFIX) == 0 &&
			find_file(output, entry->d_name) == NULL && output->file_count < FILES_MAX / 2)
			add_file(output, entry->d_name, 0);
	}
	closedir(folder);
	return true;
}

bool directory_output_prepare(
	struct directory_output *output, const char *const *topics, size_t topic_count, struct error *error)
{
	bool done = adopt_files(output, error);

	for (size_t i = 0; i < topic_count; i++)
		topic_file(output, topics[i]);
	for (size_t i = 0; done && i < output->file_count; i++)
		done = open_file(output, &output->files[i], error);
	return done && durable_sync(output->fd, "output", error);
}

static bool flush_file(struct output_file *file, struct error *error)
{
	if (!durable_write_at(file->fd, file->lines.data, file->lines.length, file->length, file->name, error))
		return false;
	file->length += file->lines.length;
	file->lines.length = 0;
	return true;
}

static void write_base64(struct byte_writer *out, struct span bytes)
{
	size_t length = (bytes.length + 2) / 3 * 4;

	json_raw(out, "\"");
	/* libcrypto writes a NUL behind it, where the quotation mark will stand. */
	EVP_EncodeBlock(writer_reserve(out, length + 1), (const unsigned char *)bytes.data, (int)bytes.length);
	out->data[out->length - 1] = '"';
}

static void write_line(struct byte_writer *out, const struct output_message *message)
{
	json_raw(out, "{\"key\":\"");
	json_text_body(out, message->key);
	json_raw(out, "\",\"value\":");
	if (message->value.data == NULL)
		json_raw(out, "null");
	else if (strcmp(message->topic, REJECTS_TOPIC) == 0)
		write_base64(out, message->value);
	else
		write_bytes(out, message->value.data, message->value.length);
	json_raw(out, "}\n");
}

static bool write_messages(
	struct directory_output *output, const struct output_message *messages, size_t count, struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		struct output_file *file = topic_file(output, messages[i].topic);

		if (!open_file(output, file, error))
			return false;
		write_line(&file->lines, &messages[i]);
		if (file->lines.length >= FLUSH_BYTES && !flush_file(file, error))
			return false;
	}
	for (size_t i = 0; i < output->file_count; i++) {
		struct output_file *file = &output->files[i];

		if (file->lines.length > 0 && !flush_file(file, error))
			return false;
		if (file->length > file->committed_length && !durable_sync(file->fd, file->name, error))
			return false;
	}
	return true;
}

static bool write_committed(struct directory_output *output, struct publish_position to, struct error *error)
{
	char line[NAME_MAX + 64];

	output->text.length = 0;
	snprintf(line, sizeof(line), "offset %llu\nrows %llu\n", (unsigned long long)to.offset,
		(unsigned long long)to.rows);
	json_raw(&output->text, line);
	for (size_t i = 0; i < output->file_count; i++) {
		snprintf(line, sizeof(line), "length %s %llu\n", output->files[i].name,
			(unsigned long long)output->files[i].length);
		json_raw(&output->text, line);
	}
	json_raw(&output->text, "end\n");
	return durable_replace(output->fd, COMMITTED_FILE, output->text.data, output->text.length, error);
}

/* What was written counts no more: readers should not see it longer than need be. */
static void take_back(struct directory_output *output)
{
	for (size_t i = 0; i < output->file_count; i++) {
		struct output_file *file = &output->files[i];

		file->lines.length = 0;
		file->length = file->committed_length;
		if (file->fd != -1)
			durable_truncate(file->fd, file->committed_length, file->name, NULL);
	}
}

bool directory_output_publish(struct directory_output *output, const struct output_message *messages, size_t count,
	struct publish_position to, struct error *error)
{
	if (!write_messages(output, messages, count, error) || !write_committed(output, to, error)) {
		/* After a failed sync nobody knows what .committed says; the next start finds out. */
		if (error->class == ERROR_RETRY)
			take_back(output);
		return false;
	}
	for (size_t i = 0; i < output->file_count; i++)
		output->files[i].committed_length = output->files[i].length;
	output->has_position = true;
	output->position = to;
	return true;
}
