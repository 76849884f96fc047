/* cli_document: a file and the headers that go with it. */
#include "daemon/cli_document.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADERS_BYTES_MAX 65536
#define HEADERS_MAX       64

const char *const cli_document_charsets[CLI_DOCUMENT_CHARSETS] = {"auto", "UTF-8", "GB18030", "GBK", "GB2312"};

/* Names of the headers that options set. */
static const char *const option_headers[DOCUMENT_OPTION_COUNT] = {
	[DOCUMENT_OPTION_KIND] = "kind",
	[DOCUMENT_OPTION_LAYOUT] = "layout",
	[DOCUMENT_OPTION_BANK] = "bank",
	[DOCUMENT_OPTION_COUNTY] = "county",
	[DOCUMENT_OPTION_CHARSET] = "charset",
	[DOCUMENT_OPTION_SUPERSEDES] = "supersedes",
};

static bool fail(struct error *error, const char *path, const char *doing)
{
	return error_set(error, ERROR_FATAL, "see that the file is there and may be read", "%s cannot be %s: %s", path,
		doing, strerror(errno));
}

static ssize_t content_read(void *context, void *buffer, size_t size, struct error *error)
{
	struct cli_document *document = context;
	ssize_t length;

	do
		length = read(document->fd, buffer, size);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		fail(error, document->path, "read");
	return length;
}

static bool content_rewind(void *context, struct error *error)
{
	struct cli_document *document = context;

	return lseek(document->fd, 0, SEEK_SET) == 0 || fail(error, document->path, "read again");
}

/* The text of FILE.headers, NUL-terminated; *text NULL if there is no such file. */
static bool read_headers_file(const char *path, char **text, size_t *length, struct error *error)
{
	char name[PATH_MAX];
	ssize_t got = 0;
	int fd;

	*text = NULL;
	*length = 0;
	if (snprintf(name, sizeof(name), "%s.headers", path) >= (int)sizeof(name))
		return true;
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || fail(error, name, "read");
	*text = bytes_allocate(NULL, HEADERS_BYTES_MAX + 1);
	while (*length < HEADERS_BYTES_MAX && (got = read(fd, *text + *length, HEADERS_BYTES_MAX - *length)) > 0)
		*length += (size_t)got;
	(*text)[*length] = '\0';
	if (got < 0)
		fail(error, name, "read");
	close(fd);
	return got >= 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool is_header(const struct message_header *header, const char *name)
{
	return span_equal(header->name, span_of(name));
}

/* Cuts the values of a list made from text into strings, in place: what follows each is its line's end. */
static void terminate(const struct message_header *headers, int count)
{
	for (int i = 0; i < count; i++)
		((char *)(uintptr_t)headers[i].value.data)[headers[i].value.length] = '\0';
}

/* The list of headers: those of the file, then the options, which so go before them. Returns how many, or -1. */
static int gather(struct cli_document *document, const struct cli_value *values, size_t length,
	struct message_header list[HEADERS_MAX + DOCUMENT_OPTION_COUNT + 1])
{
	int count = 0, of_file = 0;

	list[count++] = (struct message_header){span_of("name"), span_of(base_name(document->path))};
	if (document->own != NULL) {
		of_file = message_headers_split((struct span){document->own, length}, list + count, HEADERS_MAX);
		if (of_file < 0)
			return -1;
		terminate(list + count, of_file);
		count += of_file;
	}
	for (size_t i = 0; i < DOCUMENT_OPTION_COUNT; i++)
		if (values[i].present)
			list[count++] = (struct message_header){span_of(option_headers[i]), span_of(values[i].text)};
	for (int i = 0; i < count; i++)
		for (size_t k = 0; k < DOCUMENT_OPTION_COUNT; k++)
			if (is_header(&list[i], option_headers[k]))
				document->texts[k] = list[i].value.data;
	return count;
}

static bool read_headers(struct cli_document *document, const struct cli_value *values, struct error *error)
{
	struct message_header list[HEADERS_MAX + DOCUMENT_OPTION_COUNT + 1];
	size_t length;
	int count;

	if (!read_headers_file(document->path, &document->own, &length, error))
		return false;
	count = length == HEADERS_BYTES_MAX ? -1 : gather(document, values, length, list);
	if (count < 0)
		return error_set(error, ERROR_FATAL, "write a line `header: value` for each",
			"%s.headers is not a list of headers", document->path);
	message_headers_read(&document->headers, list, (size_t)count);
	snprintf(document->name, sizeof(document->name), "%s", document->headers.name);
	return true;
}

bool cli_document_open(
	struct cli_document *document, const char *path, const struct cli_value *values, struct error *error)
{
	struct stat status;

	*document = (struct cli_document){.path = path};
	document->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (document->fd < 0)
		return fail(error, path, "opened");
	document->content = (struct byte_source){.context = document, .read = content_read, .rewind = content_rewind};
	if (fstat(document->fd, &status) != 0) {
		fail(error, path, "read");
	} else if (!S_ISREG(status.st_mode)) {
		error_set(error, ERROR_FATAL, "name a file", "%s is not a file", path);
	} else if (read_headers(document, values, error)) {
		document->bytes = (uint64_t)status.st_size;
		return true;
	}
	cli_document_close(document);
	return false;
}

void cli_document_close(struct cli_document *document)
{
	close(document->fd);
	free(document->own);
	*document = (struct cli_document){.fd = -1};
}
