/* directory_order: reads, repairs and extends the .order file, and keeps its names in a hash table. */
#include "daemon/directory_order.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/bytes.h"
#include "daemon/durable_file.h"

#define ORDER_FILE       ".order"
#define LOG_ID_FILE      ".log-id"
#define ORDER_DIGITS_MAX 18
#define SLOT_COUNT_MIN   64
#define DAMAGED_REMEDY   "restore DIR/intake/.order from a backup; never edit it"

struct order_entry {
	size_t name; /* where in names */
	int64_t time_ms;
};

struct directory_order {
	int fd; /* of .order; -1 if only read */
	uint64_t length;
	char log_id[DIRECTORY_LOG_ID_SIZE];
	struct order_entry *entries;
	size_t count;
	size_t capacity;
	struct byte_writer names; /* each with its NUL */
	uint64_t *slots;          /* hash table: ordinal + 1, 0: free */
	size_t slot_count;        /* a power of two, at least twice the count */
};

/* FNV-1a: names come from people who may also fill the folder, so nothing is gained by a secret. */
static uint64_t hash_name(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

/* The slot that holds name, or the free one where it belongs. */
static uint64_t *find_slot(const struct directory_order *order, const char *name)
{
	size_t place = hash_name(name) & (order->slot_count - 1);

	while (order->slots[place] != 0 && strcmp(directory_order_name(order, order->slots[place] - 1), name) != 0)
		place = (place + 1) & (order->slot_count - 1);
	return &order->slots[place];
}

static void grow_slots(struct directory_order *order)
{
	if (order->slot_count >= 2 * (order->count + 1))
		return;
	order->slot_count = order->slot_count == 0 ? SLOT_COUNT_MIN : 2 * order->slot_count;
	free(order->slots);
	order->slots = bytes_allocate(NULL, order->slot_count * sizeof(*order->slots));
	memset(order->slots, 0, order->slot_count * sizeof(*order->slots));
	for (size_t i = 0; i < order->count; i++)
		*find_slot(order, directory_order_name(order, i)) = i + 1;
}

/* Takes a name that is not there yet. */
static void remember(struct directory_order *order, const char *name, int64_t time_ms)
{
	grow_slots(order);
	if (order->count == order->capacity) {
		order->capacity = order->capacity == 0 ? 64 : 2 * order->capacity;
		order->entries = bytes_allocate(order->entries, order->capacity * sizeof(*order->entries));
	}
	order->entries[order->count] = (struct order_entry){order->names.length, time_ms};
	write_bytes(&order->names, name, strlen(name) + 1);
	*find_slot(order, name) = ++order->count;
}

uint64_t directory_order_count(const struct directory_order *order)
{
	return order->count;
}

const char *directory_order_name(const struct directory_order *order, uint64_t ordinal)
{
	assert(ordinal < order->count);
	return (const char *)order->names.data + order->entries[ordinal].name;
}

int64_t directory_order_time_ms(const struct directory_order *order, uint64_t ordinal)
{
	assert(ordinal < order->count);
	return order->entries[ordinal].time_ms;
}

const char *directory_order_log_id(const struct directory_order *order)
{
	return order->log_id;
}

bool directory_order_has(const struct directory_order *order, const char *name)
{
	return order->count > 0 && *find_slot(order, name) != 0;
}

/* Digits and the space behind them; false if they are not there. */
static bool take_number(struct span *line, uint64_t *number)
{
	size_t i = 0;

	*number = 0;
	for (; i < line->length && line->data[i] >= '0' && line->data[i] <= '9' && i < ORDER_DIGITS_MAX; i++)
		*number = *number * 10 + (uint64_t)(line->data[i] - '0');
	if (i == 0 || i == line->length || line->data[i] != ' ')
		return false;
	line->data += i + 1;
	line->length -= i + 1;
	return true;
}

/* The name as the file system has it, with NUL; false if it cannot be one. */
static bool unescape_name(struct span text, struct byte_writer *name)
{
	name->length = 0;
	for (size_t i = 0; i < text.length; i++) {
		char c = text.data[i];

		if (c == '\0' || c == '/')
			return false;
		if (c == '\\' && ++i < text.length && (text.data[i] == '\\' || text.data[i] == 'n'))
			c = text.data[i] == 'n' ? '\n' : '\\';
		else if (c == '\\')
			return false;
		write_u8(name, (unsigned char)c);
	}
	write_u8(name, 0);
	return text.length > 0;
}

static void write_escaped(struct byte_writer *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '\n' || *name == '\\') {
			write_u8(out, '\\');
			write_u8(out, *name == '\n' ? 'n' : '\\');
		} else {
			write_u8(out, (unsigned char)*name);
		}
	}
}

static bool take_line(struct directory_order *order, struct span line, struct byte_writer *name)
{
	uint64_t ordinal;
	uint64_t time_ms;

	if (!take_number(&line, &ordinal) || ordinal != order->count || !take_number(&line, &time_ms) ||
		!unescape_name(line, name) || directory_order_has(order, (const char *)name->data))
		return false;
	remember(order, (const char *)name->data, (int64_t)time_ms);
	return true;
}

/* Reads all whole lines; length is then where they end. */
static bool load(struct directory_order *order, int intake_fd, struct error *error)
{
	struct byte_writer content = {0};
	struct byte_writer name = {0};
	bool done = durable_read(intake_fd, ORDER_FILE, &content, NULL, error);
	struct span rest = {(const char *)content.data, content.length};

	while (done && rest.length > 0) {
		const char *end = memchr(rest.data, '\n', rest.length);
		struct span line = {rest.data, end == NULL ? 0 : (size_t)(end - rest.data)};

		if (end == NULL)
			break;
		if (!take_line(order, line, &name))
			done = error_set(error, ERROR_FATAL, DAMAGED_REMEDY,
				"line %zu of the intake's .order is damaged", order->count + 1);
		rest.data += line.length + 1;
		rest.length -= line.length + 1;
	}
	order->length = content.length - rest.length;
	writer_free(&content);
	writer_free(&name);
	return done;
}

static bool lock(struct directory_order *order, int intake_fd, struct error *error)
{
	struct stat status;
	bool is_new;

	order->fd = openat(intake_fd, ORDER_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (order->fd == -1)
		return durable_error(error, errno, "cannot open", ORDER_FILE);
	if (flock(order->fd, LOCK_EX | LOCK_NB) == -1)
		return error_set(error, ERROR_FATAL, "stop the other one, or give this one a directory of its own",
			"another process works on this directory");
	is_new = fstat(order->fd, &status) == 0 && status.st_size == 0;
	return !is_new || durable_sync(intake_fd, ORDER_FILE, error);
}

static bool has_id_form(const struct byte_writer *content)
{
	size_t digits = DIRECTORY_LOG_ID_SIZE - 1;

	if (content->length != digits + 1 || content->data[digits] != '\n')
		return false;
	for (size_t i = 0; i < digits; i++)
		if (memchr("0123456789abcdef", content->data[i], 16) == NULL)
			return false;
	return true;
}

static bool make_log_id(int intake_fd, struct byte_writer *content, struct error *error)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t random[(DIRECTORY_LOG_ID_SIZE - 1) / 2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return durable_error(error, errno, "cannot make a random number for", LOG_ID_FILE);
	for (size_t i = 0; i < sizeof(random); i++) {
		write_u8(content, (unsigned char)hex[random[i] >> 4]);
		write_u8(content, (unsigned char)hex[random[i] & 15]);
	}
	write_u8(content, '\n');
	return durable_replace(intake_fd, LOG_ID_FILE, content->data, content->length, error);
}

static bool load_log_id(
	struct directory_order *order, int intake_fd, enum directory_order_mode mode, struct error *error)
{
	struct byte_writer content = {0};
	bool absent;
	bool done = durable_read(intake_fd, LOG_ID_FILE, &content, &absent, error);

	if (done && absent && mode == DIRECTORY_ORDER_WRITE)
		done = make_log_id(intake_fd, &content, error);
	if (done && content.length > 0 && !has_id_form(&content))
		done = error_set(error, ERROR_FATAL, "restore DIR/intake/.log-id from a backup; never edit it",
			"the intake's .log-id is damaged");
	if (done && content.length > 0)
		memcpy(order->log_id, content.data, DIRECTORY_LOG_ID_SIZE - 1);
	writer_free(&content);
	return done;
}

struct directory_order *directory_order_open(int intake_fd, enum directory_order_mode mode, struct error *error)
{
	struct directory_order *order = bytes_allocate(NULL, sizeof(*order));

	*order = (struct directory_order){.fd = -1};
	if (mode == DIRECTORY_ORDER_WRITE && !lock(order, intake_fd, error))
		goto fail;
	if (!load(order, intake_fd, error) || !load_log_id(order, intake_fd, mode, error))
		goto fail;
	if (mode == DIRECTORY_ORDER_WRITE && (!durable_truncate(order->fd, order->length, ORDER_FILE, error) ||
						     !durable_sync(order->fd, ORDER_FILE, error)))
		goto fail;
	return order;
fail:
	directory_order_close(order);
	return NULL;
}

void directory_order_close(struct directory_order *order)
{
	if (order == NULL)
		return;
	if (order->fd != -1)
		close(order->fd);
	free(order->entries);
	writer_free(&order->names);
	free(order->slots);
	free(order);
}

bool directory_order_append(
	struct directory_order *order, const char *const *names, size_t count, int64_t time_ms, struct error *error)
{
	struct byte_writer lines = {0};
	uint64_t time = time_ms < 0 ? 0 : (uint64_t)time_ms;
	bool done;

	assert(order->fd != -1);
	for (size_t i = 0; i < count; i++) {
		char numbers[64];

		assert(!directory_order_has(order, names[i]));
		snprintf(numbers, sizeof(numbers), "%zu %llu ", order->count + i, (unsigned long long)time);
		write_bytes(&lines, numbers, strlen(numbers));
		write_escaped(&lines, names[i]);
		write_u8(&lines, '\n');
	}
	done = durable_write_at(order->fd, lines.data, lines.length, order->length, ORDER_FILE, error);
	if (!done)
		/* Whole lines of a part must not stand there: the names would be taken twice. */
		durable_truncate(order->fd, order->length, ORDER_FILE, error);
	done = done && durable_sync(order->fd, ORDER_FILE, error);
	if (done) {
		order->length += lines.length;
		for (size_t i = 0; i < count; i++)
			remember(order, names[i], (int64_t)time);
	}
	writer_free(&lines);
	return done;
}
