/*
 * test_told.c: what parts tell of themselves: as much as their hashes prove, and no more.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

TestSuite(told, .init = load_begin, .fini = load_end, .timeout = 240);

static bool load_to_tell(const char *text)
{
	load_write("v1.lua", text);
	rule_host_close(loaded.host);
	loaded.host = NULL;
	err_reset(&loaded.err);
	fault_list_init(&loaded.faults, &loaded.arena);
	fault_list_init(&loaded.warnings, &loaded.arena);
	return rule_host_open_to_tell(loaded.path, NULL, NULL, &loaded.host, &loaded.faults,
				      &loaded.warnings, &loaded.err);
}

/* One part of one variant: its hash, and the digest of its entries. */
struct seen {
	const char *name;
	char hash[SHA256_HEX_SIZE];
	struct digest entries;
};
enum { SEEN_MAX = 8000 };
static struct seen seen[SEEN_MAX];
static int seen_count;

static struct digest digest_of_entries(const struct part_info *part)
{
	struct digest_stream stream;

	digest_stream_init(&stream);
	for (int i = 0; i < part->entry_count; i++) {
		const struct part_entry *entry = &part->entries[i];

		if (entry->is_aside)
			continue;
		digest_stream_add(&stream, entry->path);
		digest_stream_add(&stream, SPAN("\n"));
		digest_stream_add(&stream, entry->text);
		digest_stream_add(&stream, SPAN("\n"));
	}
	return digest_stream_end(&stream);
}

static void keep(void)
{
	const struct migration_info *migration = rule_host_migration(loaded.host);

	for (int i = 0; i < migration->part_count; i++) {
		const struct part_info *part = &migration->parts[i];
		struct seen *one = &seen[seen_count++];

		cr_assert_lt(seen_count, SEEN_MAX);
		cr_assert_gt(part->entry_count, 0, "%s tells nothing", part->name);
		one->name = arena_text(&loaded.arena, part->name);
		memcpy(one->hash, part->hash, sizeof(one->hash));
		one->entries = digest_of_entries(part);
	}
}

static int check_all(void)
{
	int differing = 0;

	for (int i = 0; i < seen_count; i++)
		for (int j = 0; j < i; j++) {
			bool same_hash = strcmp(seen[i].hash, seen[j].hash) == 0;

			if (strcmp(seen[i].name, seen[j].name) != 0)
				continue;
			differing += !same_hash;
			cr_assert_eq(same_hash, digest_equal(seen[i].entries, seen[j].entries),
				     "%s: the hashes are %s, the entries are not", seen[i].name,
				     same_hash ? "equal" : "different");
		}
	return differing;
}

/* Every third text of the rule file becomes another in turn. */
Test(told, equal_hashes_have_equal_entries_and_the_other_way_round)
{
	const char *text = load_v3_text();
	int quotes = 0, variants = 0;

	cr_assert(load_to_tell(text), "%s", load_faults_text());
	keep();
	for (const char *at = strchr(text, '"'); at; at = strchr(at + 1, '"')) {
		/* In front of a closing quote. */
		if (quotes++ % 6 != 1 ||
		    !load_to_tell(
			arena_print(&loaded.arena, "%.*sx%s", (int)(at - text), text, at).data))
			continue;
		keep();
		variants++;
	}
	cr_assert_geq(variants, 10);
	cr_assert_geq(check_all(), variants / 2);
}

/* What reads alike without its brackets, its quotes or its places. */
static const char *const captured[] = {
	"{ \"a\", \"b\" }",
	"{ a = \"b\" }",
	"{ \"a\", b = \"c\" }",
	"{ \"a\", \"b\", \"c\" }",
	"{ \"a\", \"b\", c = \"d\" }",
	"{ a = \"b\", c = \"d\" }",
	"{ \"a\", \"b\", \"c\", \"d\" }",
	"{ { \"a\" }, \"b\" }",
	"{ { \"a\", \"b\" } }",
	"{ \"a.b\" }",
	"{ [\"a.b\"] = \"c\" }",
	"{ a = { b = \"c\" } }",
	"{ [\"1\"] = \"a\" }",
	"{ [1] = \"a\", [3] = \"b\" }",
	"{ 1 }",
	"{ \"1\" }",
	"{ true }",
	"{ \"true\" }",
	"{ [true] = \"a\" }",
	"{ [\"true\"] = \"a\" }",
	"{}",
	"{ {} }",
	"{ \"{}\" }",
	"{ upper }",
	"{ \"upper\" }",
	"{ function(x) return x end }",
	"{ function(y) return y end }",
	"{ function(x) return x .. '' end }",
	"{ function(x) return \"x ..\" end }",
	"{ exact \"1\" }",
	"{ exact \"1.0\" }",
	"{ \"\\n\" }",
	"{ \"\\\\n\" }",
	"{ \"\\255\" }",
	"{ \"\\\\xff\" }",
	"{ \"\\226\\128\\174\" }",
	"{ \"\\\\u{202e}\" }",
	"{ a = \"b;1:c\" }",
};

Test(told, tells_tables_that_read_alike_apart)
{
	int count = (int)(sizeof(captured) / sizeof(captured[0]));
	int same = 0;

	for (int i = 0; i < count; i++) {
		const char *text =
		    arena_print(
			&loaded.arena,
			"local T = %s\nreturn migration { version = \"v1\", system = "
			"\"s\", entity \"job\" { source = { root = table \"t\" { key = \"id\" "
			"} }, fields = { jobId = id { from = \"id\" }, x = text { from = "
			"\"a\", optional = true, by = function(a) return T and a end } } } }",
			captured[i])
			.data;

		cr_assert(load_to_tell(text), "%s: %s", captured[i], load_faults_text());
		keep();
	}
	check_all();
	for (int i = 0; i < seen_count; i++)
		for (int j = 0; j < i; j++)
			same += strcmp(seen[i].name, "job.fields.x") == 0 &&
				strcmp(seen[j].name, "job.fields.x") == 0 &&
				strcmp(seen[i].hash, seen[j].hash) == 0;
	cr_assert_eq(same, 0);
}

Test(told, nobody_is_told_who_did_not_ask)
{
	cr_assert(load_text(load_v3_text()), "%s", load_faults_text());
	for (int i = 0; i < rule_host_migration(loaded.host)->part_count; i++)
		cr_assert_eq(rule_host_migration(loaded.host)->parts[i].entry_count, 0);
}
