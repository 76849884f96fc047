/* corpus_main.c: a fuzz target as a plain test: gives it every file of the folders named, whole and cut short. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz_target.h"

enum {
	INPUT_TIMEOUT_SECONDS = 20,
	CUTS = 16, /* of each file, where damage shows that whole files do not have */
};

/* A buffer of exactly size bytes, so that a sanitizer sees a read beyond them. */
static void run_exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	alarm(INPUT_TIMEOUT_SECONDS);
	(void)LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	free(copy);
}

static bool run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;
	bool done = false;

	/* The last line printed names the input that a crash or the alarm came from. */
	printf("%s\n", path);
	fflush(stdout);
	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
		goto out;
	data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size)
		goto out;
	for (size_t cut = 0; cut <= CUTS; cut++)
		run_exact(data, (size_t)size * cut / CUTS);
	done = true;
out:
	free(data);
	if (file != NULL)
		fclose(file);
	if (!done)
		perror(path);
	return done;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Number of files run, -1 if one could not be read. */
static int run_folder(const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_input, alphasort);
	bool failed = count < 0;
	char path[4096];

	if (failed)
		perror(folder);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		failed = !run_file(path) || failed;
		free(entries[i]);
	}
	free(entries);
	return failed ? -1 : count;
}

int main(int argc, char **argv)
{
	int files = 0;

	for (int i = 1; i < argc; i++) {
		int count = run_folder(argv[i]);

		if (count < 0)
			return 1;
		files += count;
	}
	if (files == 0) {
		fprintf(stderr, "no seeds: a target without a corpus tests nothing\n");
		return 1;
	}
	printf("%d files\n", files);
	return 0;
}
