/*
 * test_file.c: whole files and folders, and an error with the right code when there is none.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"

static struct arena arena;
static struct err err;
static char folder[300];
static char path[400];

static void start(void)
{
	const char *tmp = getenv("TMPDIR");

	arena_init(&arena);
	snprintf(folder, sizeof(folder), "%s/engine_test_file_XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(folder));
}

static void stop(void)
{
	char command[400];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command) != 0)
		perror(command);
	arena_release(&arena);
}

TestSuite(file, .timeout = 20, .init = start, .fini = stop);

static const char *in_folder(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(in_folder(name), "wb");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, size, file), size);
	cr_assert_eq(fclose(file), 0);
}

Test(file, is_read_whole_with_its_nuls)
{
	struct span text;

	write_file("a", "x\0y\n", 4);
	cr_assert(file_read(in_folder("a"), 4, &arena, &text, &err), "%s", err.text);
	cr_assert(span_equal(text, (struct span){ "x\0y\n", 4 }));
	cr_assert_eq(text.data[4], '\0');
}

Test(file, may_be_empty)
{
	struct span text;

	write_file("a", "", 0);
	cr_assert(file_read(in_folder("a"), 0, &arena, &text, &err), "%s", err.text);
	cr_assert_not_null(text.data);
	cr_assert_eq(text.size, 0);
}

Test(file, may_say_it_is_empty_and_still_have_text)
{
	struct span text;

	cr_assert(file_read("/proc/self/status", 100000, &arena, &text, &err), "%s", err.text);
	cr_assert_eq(strncmp(text.data, "Name:", 5), 0);
	cr_assert_eq(strlen(text.data), text.size);
}

Test(file, larger_than_allowed_is_refused)
{
	struct span text;

	write_file("a", "12345", 5);
	cr_assert_not(file_read(in_folder("a"), 4, &arena, &text, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	cr_assert_not_null(strstr(err.text, "larger than 4 bytes"), "%s", err.text);
}

Test(file, larger_than_allowed_without_saying_so_is_refused)
{
	struct span text;

	cr_assert_not(file_read("/proc/self/status", 10, &arena, &text, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
}

Test(file, that_does_not_exist_is_unavailable_and_named)
{
	struct span text;

	cr_assert_not(file_read(in_folder("nowhere"), 10, &arena, &text, &err));
	cr_assert_eq(err.code, ERR_UNAVAILABLE, "%s", err.text);
	cr_assert_not_null(strstr(err.text, "nowhere"), "%s", err.text);
}

Test(file, below_a_file_is_unavailable)
{
	struct span text;

	write_file("a", "", 0);
	cr_assert_not(file_read(in_folder("a/b"), 10, &arena, &text, &err));
	cr_assert_eq(err.code, ERR_UNAVAILABLE, "%s", err.text);
}

Test(file, a_folder_is_not_a_regular_file)
{
	struct span text;

	cr_assert_not(file_read(folder, 10, &arena, &text, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
}

Test(file, a_pipe_is_refused_without_waiting_for_a_writer)
{
	struct span text;

	cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
	cr_assert_not(file_read(in_folder("pipe"), 10, &arena, &text, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
}

Test(file, makes_folders_with_their_parents_for_the_owner_only)
{
	struct stat status;

	cr_assert(file_make_folder(in_folder("a/b//c"), &err), "%s", err.text);
	cr_assert_eq(stat(in_folder("a/b/c"), &status), 0);
	cr_assert(S_ISDIR(status.st_mode));
	cr_assert_eq(status.st_mode & 0777, 0700);
	cr_assert_eq(stat(in_folder("a"), &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0700);
}

Test(file, making_a_folder_that_exists_is_fine)
{
	cr_assert(file_make_folder(in_folder("a"), &err), "%s", err.text);
	cr_assert(file_make_folder(in_folder("a"), &err), "%s", err.text);
	cr_assert(file_make_folder(in_folder("a/"), &err), "%s", err.text);
	cr_assert(file_make_folder("/", &err), "%s", err.text);
	cr_assert(file_make_folder(".", &err), "%s", err.text);
}

Test(file, a_folder_cannot_be_made_where_a_file_is)
{
	write_file("a", "", 0);
	cr_assert_not(file_make_folder(in_folder("a"), &err));
	cr_assert_eq(err.code, ERR_UNAVAILABLE, "%s", err.text);
	err_reset(&err);
	cr_assert_not(file_make_folder(in_folder("a/b"), &err));
	cr_assert_eq(err.code, ERR_UNAVAILABLE, "%s", err.text);
}

Test(file, a_folder_without_a_name_cannot_be_made)
{
	cr_assert_not(file_make_folder("", &err));
	cr_assert_neq(err.code, ERR_NONE);
}

Test(file, knows_the_folder_of_a_path)
{
	static const char *const cases[][2] = {
		{ "a/b/c.lua", "a/b" }, { "c.lua", "." },   { "/c.lua", "/" }, { "a//c.lua", "a" },
		{ "//c.lua", "/" },     { "./c.lua", "." }, { "../x", ".." },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(file_folder_of(&arena, cases[i][0]), cases[i][1], "%s",
				 cases[i][0]);
}

static int mode_of(const char *name)
{
	struct stat status;

	cr_assert_eq(stat(in_folder(name), &status), 0, "%s", name);
	return (int)(status.st_mode & 0777);
}

static bool write_like(const char *name, const char *like, const char *text)
{
	char like_path[400];

	snprintf(like_path, sizeof(like_path), "%s", in_folder(like));
	return file_write_like(in_folder(name), like_path, span_of(text), &err);
}

Test(file, is_written_for_those_who_read_the_other)
{
	struct span text;

	cr_assert(file_write(in_folder("like"), SPAN("x"), &err), "%s", err.text);
	cr_assert_eq(mode_of("like"), 0600);
	cr_assert_eq(chmod(in_folder("like"), 0640), 0);
	cr_assert(write_like("new", "like", "first"), "%s", err.text);
	cr_assert_eq(mode_of("new"), 0640);
	cr_assert_eq(chmod(in_folder("new"), 0604), 0);
	cr_assert(write_like("new", "like", "second"), "%s", err.text);
	cr_assert_eq(mode_of("new"), 0604);
	cr_assert(file_read(in_folder("new"), 100, &arena, &text, &err), "%s", err.text);
	cr_assert(span_equal_text(text, "second"));
}

Test(file, is_not_written_like_one_that_is_not_there)
{
	cr_assert_not(write_like("new", "nothing", "text"));
	cr_assert_eq(err.code, ERR_UNAVAILABLE, "%s", err.text);
	cr_assert_neq(access(in_folder("new"), F_OK), 0);
}
