/* state_file: a head line "duizhang-state LENGTH CRC" and the object, in a file of fixed size. */
#include "daemon/state_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "daemon/crc32c.h"
#include "daemon/durable_file.h"

#define HEAD_SIZE     40
#define HEAD_FORMAT   "duizhang-state %08zx %08lx\n"
#define READ_ATTEMPTS 20

static int open_in(const char *ledger_directory, int flags, struct error *error)
{
	int directory_fd = open(ledger_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (directory_fd == -1) {
		durable_error(error, errno, "cannot open the directory", ledger_directory);
		return -1;
	}
	fd = openat(directory_fd, STATE_FILE_NAME, flags | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd == -1)
		durable_error(error, errno, "cannot open", STATE_FILE_NAME);
	close(directory_fd);
	return fd;
}

int state_file_open(const char *ledger_directory, struct error *error)
{
	int fd = open_in(ledger_directory, O_RDWR | O_CREAT, error);
	int cause;

	if (fd == -1)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		error_set(error, ERROR_FATAL, "stop the other one, or give this one a ledger directory of its own",
			"another daemon works on the ledger directory %.150s", ledger_directory);
		close(fd);
		return -1;
	}
	cause = posix_fallocate(fd, 0, STATE_FILE_SIZE);
	if (cause == 0)
		return fd;
	durable_error(error, cause, "cannot make", STATE_FILE_NAME);
	close(fd);
	return -1;
}

bool state_file_write(int fd, const struct byte_writer *json, struct error *error)
{
	static uint8_t const zeros[HEAD_SIZE];
	uint8_t block[STATE_FILE_SIZE];

	assert(json->length <= STATE_JSON_SIZE);
	memset(block, ' ', sizeof(block));
	memcpy(block, zeros, HEAD_SIZE);
	snprintf((char *)block, HEAD_SIZE, HEAD_FORMAT, json->length,
		(unsigned long)crc32c_update(0, json->data, json->length));
	memcpy(block + HEAD_SIZE, json->data, json->length);
	return durable_write_at(fd, block, HEAD_SIZE + json->length, 0, STATE_FILE_NAME, error);
}

/* One attempt; false if the file does not hold a whole object now. */
static bool read_whole(int fd, struct byte_writer *json)
{
	uint8_t block[STATE_FILE_SIZE];
	ssize_t count = pread(fd, block, sizeof(block), 0);
	unsigned long sum;
	size_t length;

	json->length = 0;
	if (count < HEAD_SIZE)
		return false;
	block[HEAD_SIZE - 1] = '\0';
	if (block[0] == '\0')
		return true; /* a daemon that has said nothing yet */
	if (sscanf((const char *)block, HEAD_FORMAT, &length, &sum) != 2 || length > (size_t)count - HEAD_SIZE ||
		crc32c_update(0, block + HEAD_SIZE, length) != sum)
		return false;
	write_bytes(json, block + HEAD_SIZE, length);
	return true;
}

bool state_file_read(const char *ledger_directory, struct byte_writer *json, bool *running, struct error *error)
{
	const struct timespec moment = {.tv_nsec = 10000000};
	int fd = open_in(ledger_directory, O_RDONLY, error);
	bool done = false;

	if (fd == -1)
		return false;
	*running = flock(fd, LOCK_SH | LOCK_NB) == -1;
	for (int i = 0; i < READ_ATTEMPTS && !done; i++) {
		done = read_whole(fd, json);
		if (!done)
			nanosleep(&moment, NULL);
	}
	close(fd);
	write_u8(json, 0);
	json->length--;
	return done ||
	       error_set(error, ERROR_RETRY, "try again; if it stays so, the daemon writes it anew when it starts",
		       "the state file holds nothing whole");
}
