/*
 * replay.c: runs the inputs of files and folders through a target once, in builds without libFuzzer.
 *
 * Each path is printed before it is run: the last one is the one that did not come back.
 */
#ifndef FUZZ_BY_LIBFUZZER

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/file.h"
#include "tests/fuzz/fuzz.h"

enum { INPUT_BYTES_MAX = 16 << 20 };

static bool replay_file(const char *path)
{
	struct arena arena;
	struct err err = { 0 };
	struct span bytes, exact;
	bool ok;

	printf("%s\n", path);
	fflush(stdout);
	arena_init(&arena);
	ok = file_read(path, INPUT_BYTES_MAX, &arena, &bytes, &err);
	if (ok) {
		exact = fuzz_exact(bytes);
		LLVMFuzzerTestOneInput((const uint8_t *)exact.data, exact.size);
		fuzz_free(exact);
	} else {
		fprintf(stderr, "%s\n", err.text);
	}
	arena_release(&arena);
	return ok;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool replay(const char *path)
{
	struct dirent **entries;
	struct stat status;
	bool ok = true;
	int count;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
		return replay_file(path);
	count = scandir(path, &entries, is_input, alphasort);
	for (int i = 0; i < count; i++) {
		char inner[PATH_MAX];

		snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
		ok = replay(inner) && ok;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return ok && count >= 0;
}

int main(int argc, char **argv)
{
	bool ok = argc > 1;

	if (argc < 2)
		fprintf(stderr, "usage: %s FILE|FOLDER…\n", argv[0]);
	for (int i = 1; i < argc; i++)
		ok = replay(argv[i]) && ok;
	return ok ? 0 : 1;
}

#else
typedef int replay_is_for_other_builds;
#endif
