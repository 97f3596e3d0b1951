/*
 * test_kept.c: a version loaded from its texts is the version that was loaded from its files.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "tests/rules/load_fixture.h"

TestSuite(kept, .init = load_begin, .fini = load_end, .timeout = 30);

static const char rule[] =
    "local part = require \"v1.part\"\n"
    "return migration { version = \"v1\", system = \"s\", entity \"job\" {\n"
    "source = { root = table \"t\" { key = \"id\" } },\n"
    "fields = { jobId = id { from = \"id\" }, kind = part,\n"
    "  land = text { from = \"land\", lookup = csv \"tables/land.csv\" { key = \"from\", value = "
    "\"to\" } } } } }\n";

static void write_version(void)
{
	load_write("v1/part.lua", "return text { from = \"kind\", optional = true }");
	load_write("tables/land.csv", "from,to\nd,DE\nf,FR\n");
	cr_assert(load_text(rule), "%s", load_faults_text());
}

/* As a store would hand them back: in another order, and without the host that knew them. */
static int take_texts(struct text_info texts[8])
{
	const struct migration_info *migration = rule_host_migration(loaded.host);
	int count = migration->text_count;

	cr_assert(count <= 8);
	for (int i = 0; i < count; i++) {
		texts[count - 1 - i] = migration->texts[i];
		texts[count - 1 - i].path = arena_text(&loaded.arena, migration->texts[i].path);
		texts[count - 1 - i].text = arena_copy(&loaded.arena, migration->texts[i].text);
	}
	return count;
}

static bool open_kept(const struct text_info *texts, int count, struct rule_host **host)
{
	return rule_host_open_kept("v1.lua", texts, count, NULL, host, &loaded.faults,
				   &loaded.warnings, &loaded.err);
}

Test(kept, says_what_the_files_said)
{
	const struct migration_info *files, *texts;
	struct text_info kept[8];
	struct rule_host *host;
	int count;

	write_version();
	count = take_texts(kept);
	cr_assert_eq(count, 3);
	/* Whatever stands there now is not looked at. */
	load_write("v1.lua", "return nothing");
	load_write("v1/part.lua", "return nothing");
	load_write("tables/land.csv", "");
	cr_assert(open_kept(kept, count, &host), "%s", loaded.err.text);
	files = rule_host_migration(loaded.host);
	texts = rule_host_migration(host);
	cr_assert_str_eq(texts->transform, files->transform);
	cr_assert_str_eq(texts->validation, files->validation);
	cr_assert_eq(texts->text_count, files->text_count);
	for (int i = 0; i < count; i++) {
		cr_assert_str_eq(texts->texts[i].path, files->texts[i].path);
		cr_assert_str_eq(texts->texts[i].hash, files->texts[i].hash);
	}
	cr_assert_str_eq(texts->entities[0].fields[1].file, "v1/part.lua");
	rule_host_close(host);
}

Test(kept, misses_each_text_that_is_left_out)
{
	struct text_info kept[8];
	int count;

	write_version();
	count = take_texts(kept);
	for (int left_out = 0; left_out < count; left_out++) {
		struct text_info others[8];
		struct rule_host *host;
		int other_count = 0;

		for (int i = 0; i < count; i++)
			if (i != left_out)
				others[other_count++] = kept[i];
		cr_assert_not(open_kept(others, other_count, &host));
		cr_assert_null(host);
		cr_assert(loaded.err.code == ERR_RULE);
		cr_assert(strstr(loaded.err.text, kept[left_out].path) ||
			      load_has_fault("E1008", 0, "not among those that were kept") ||
			      load_has_fault("E1016", 0, "not among those that were kept"),
			  "%s", loaded.err.text);
		err_reset(&loaded.err);
	}
}

Test(kept, is_no_path_to_a_file)
{
	struct text_info text = { .path = "v1.lua", .text = SPAN("return require \"v1.part\"") };
	struct rule_host *host;

	write_version();
	cr_assert_eq(chdir(loaded.folder), 0);
	cr_assert_not(open_kept(&text, 1, &host));
	cr_assert(load_has_fault("E1008", 0, "not among those that were kept"), "%s",
		  load_faults_text());
}
