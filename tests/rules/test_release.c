/*
 * test_release.c: a released version stays what it was, or what was edited is named.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/base/file.h"
#include "engine/rules/fingerprint.h"
#include "engine/rules/release_file.h"
#include "tests/rules/load_fixture.h"

static const char *v3_text;

static void begin(void)
{
	load_begin();
	v3_text = load_v3_text();
}

TestSuite(release, .init = begin, .fini = load_end, .timeout = 120);

/* The text with the first `from` replaced. */
static const char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	cr_assert_not_null(at, "%s", from);
	return arena_print(&loaded.arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from))
	    .data;
}

static const char *path_of(const char *name)
{
	return arena_print(&loaded.arena, "%s/%s", loaded.folder, name).data;
}

static struct span read_file(const char *name)
{
	struct span text;

	cr_assert(file_read(path_of(name), 1 << 20, &loaded.arena, &text, &loaded.err), "%s",
		  loaded.err.text);
	return text;
}

static enum release_outcome release_text(const char *text, const char *who)
{
	enum release_outcome outcome;
	struct release line;

	cr_assert(load_text(text), "%s", load_faults_text());
	cr_assert(release_write(loaded.path, rule_host_migration(loaded.host), "2026-11-22", who,
				&outcome, &line, &loaded.faults, &loaded.err),
		  "%s", loaded.err.text);
	cr_assert_str_eq(line.version, rule_host_migration(loaded.host)->version);
	return outcome;
}

/* Of what is loaded. */
static bool check(void)
{
	fault_list_init(&loaded.faults, &loaded.arena);
	fault_list_init(&loaded.warnings, &loaded.arena);
	err_reset(&loaded.err);
	return release_check(loaded.path, rule_host_migration(loaded.host), &loaded.faults,
			     &loaded.warnings, &loaded.err);
}

static bool check_text(const char *text)
{
	cr_assert(load_text(text), "%s", load_faults_text());
	return check();
}

Test(release, is_nothing_to_those_that_are_not_released)
{
	cr_assert(check_text(v3_text), "%s", loaded.err.text);
	release_text(v3_text, "ann");
	cr_assert(check_text(replaced(v3_text, "\"v3\"", "\"v4\"")), "%s", loaded.err.text);
	cr_assert(
	    check_text(replaced(replaced(v3_text, "\"legacy\"", "\"other\""), "tsk_", "job_")));
}

Test(release, again_changes_no_byte)
{
	struct span sum, parts;

	cr_assert_eq(release_text(v3_text, "ann"), RELEASE_WRITTEN);
	sum = read_file("rules.sum");
	parts = read_file("rules.parts");
	cr_assert_eq(release_text(v3_text, "bob"), RELEASE_UNCHANGED);
	cr_assert(span_equal(read_file("rules.sum"), sum));
	cr_assert(span_equal(read_file("rules.parts"), parts));
	cr_assert(check(), "%s", loaded.err.text);
}

Test(release, comes_out_the_same_in_any_order)
{
	const char *v4 = replaced(v3_text, "\"v3\"", "\"v4\"");
	struct span sum, parts;

	release_text(v3_text, "ann");
	release_text(v4, "ann");
	sum = read_file("rules.sum");
	parts = read_file("rules.parts");
	remove(path_of("rules.sum"));
	remove(path_of("rules.parts"));
	release_text(v4, "ann");
	release_text(v3_text, "ann");
	cr_assert(span_equal(read_file("rules.sum"), sum));
	cr_assert(span_equal(read_file("rules.parts"), parts));
}

/* Exactly those parts are named whose hash is another one. */
static void names_what_differs(const struct part_info *before, int count)
{
	const struct migration_info *now = rule_host_migration(loaded.host);
	int differing = 0;

	cr_assert_eq(count, now->part_count);
	for (int i = 0; i < count; i++) {
		if (!before[i].is_transform || strcmp(before[i].hash, now->parts[i].hash) == 0)
			continue;
		differing++;
		cr_assert(load_has_fault(
			      "E4003", 0,
			      arena_print(
				  &loaded.arena,
				  "%s was changed after version v3 was released (2026-11-22, ann)",
				  before[i].name)
				  .data),
			  "%s: %s", before[i].name, load_faults_text());
	}
	cr_assert_gt(differing, 0);
	cr_assert_eq(loaded.faults.fault_count, (size_t)differing, "%s", load_faults_text());
}

Test(release, names_every_part_that_was_edited)
{
	static const char *const edits[][2] = {
		{ "prefix = \"tsk_\"", "prefix = \"job_\"" },
		{ "fold = upper", "fold = trim" },
		{ "choice    = \"delivered\"", "choice    = \"updated\"" },
		{ "\"TEST-\"", "\"PROBE-\"" },
		{ "DELIVERED = \"COMPLETED\"", "DELIVERED = \"CANCELED\"" },
		{ "key = \"seq\"", "key = \"at\"" },
	};
	const struct migration_info *migration;
	struct part_info *parts;
	int count;

	release_text(v3_text, "ann");
	migration = rule_host_migration(loaded.host);
	count = migration->part_count;
	parts = arena_alloc(&loaded.arena, sizeof(*parts) * (size_t)count);
	for (int i = 0; i < count; i++) {
		parts[i] = migration->parts[i];
		parts[i].name = arena_text(&loaded.arena, parts[i].name);
	}
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		cr_assert_not(check_text(replaced(v3_text, edits[i][0], edits[i][1])), "%s",
			      edits[i][0]);
		cr_assert_eq(loaded.err.code, ERR_REFUSED, "%s", loaded.err.text);
		names_what_differs(parts, count);
	}
}

Test(release, says_that_the_validation_changed_and_writes_it_down)
{
	const char *other = replaced(v3_text, "job.completedAt >= job.createdAt",
				     "job.completedAt > job.createdAt");

	release_text(v3_text, "ann");
	cr_assert(check_text(other), "%s", loaded.err.text);
	cr_assert(load_has_warning("E4004", "validated otherwise"));
	cr_assert_eq(release_text(other, "bob"), RELEASE_VALIDATED);
	cr_assert(check(), "%s", loaded.err.text);
	cr_assert_eq(loaded.warnings.fault_count, 0);
	cr_assert(check_text(v3_text));
	cr_assert(load_has_warning("E4004", "(2026-11-22, bob)"));
}

static struct span reversed_lines(struct span text)
{
	char *out = arena_alloc(&loaded.arena, text.size + 1);
	size_t size = 0;

	for (size_t end = text.size; end > 0;) {
		size_t start = end - 1;

		while (start > 0 && text.data[start - 1] != '\n')
			start--;
		memcpy(out + size, text.data + start, end - start);
		size += end - start;
		end = start;
	}
	return (struct span){ out, size };
}

Test(release, lines_mean_the_same_wherever_they_stand)
{
	struct span sum, parts;
	const char *faults;

	release_text(v3_text, "ann");
	release_text(replaced(v3_text, "\"v3\"", "\"v4\""), "bob");
	cr_assert_not(check_text(replaced(v3_text, "tsk_", "job_")));
	faults = arena_text(&loaded.arena, load_faults_text());
	sum = reversed_lines(read_file("rules.sum"));
	parts = reversed_lines(read_file("rules.parts"));
	load_write_bytes("rules.sum", sum.data, sum.size);
	load_write_bytes("rules.parts", parts.data, parts.size);
	cr_assert_not(check());
	cr_assert_str_eq(load_faults_text(), faults);
	cr_assert(check_text(v3_text), "%s", loaded.err.text);
}

/* Is the place inside of the text in quotes? */
static bool is_within(struct span sum, const char *quoted, size_t at)
{
	const char *found = memmem(sum.data, sum.size, quoted, strlen(quoted));

	cr_assert_not_null(found);
	return at > (size_t)(found - sum.data) &&
	       at < (size_t)(found - sum.data) + strlen(quoted) - 1;
}

/* System and version say whose line it is, date and who are for people: whatever else is touched is noticed. */
Test(release, notices_every_byte_that_counts)
{
	struct span sum;

	release_text(v3_text, "ann");
	sum = arena_copy(&loaded.arena, read_file("rules.sum"));
	for (size_t i = 0; i + 1 < sum.size; i++) {
		char *touched = (char *)(uintptr_t)arena_copy(&loaded.arena, sum).data;
		bool is_free = is_within(sum, "\"legacy\"", i) || is_within(sum, "\"v3\"", i) ||
			       is_within(sum, "\"2026-11-22\"", i) || is_within(sum, "\"ann\"", i);

		touched[i] ^= 1;
		load_write_bytes("rules.sum", touched, sum.size);
		if (check() && loaded.warnings.fault_count == 0)
			cr_assert(is_free, "byte %zu of %s", i, touched);
	}
}

Test(release, refuses_two_lines_of_one_version)
{
	struct span sum;

	release_text(v3_text, "ann");
	sum = read_file("rules.sum");
	load_write_bytes(
	    "rules.sum",
	    arena_print(&loaded.arena, "%.*s%.*s", SPAN_ARGS(sum), SPAN_ARGS(sum)).data,
	    sum.size * 2);
	cr_assert_not(check());
	cr_assert_eq(loaded.err.code, ERR_RULE);
	cr_assert(load_has_fault("E4006", 2, "line 1 has the release of version v3 already"), "%s",
		  load_faults_text());
}

Test(release, refuses_lines_that_are_none)
{
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const char *const lines[] = {
		"",
		"v3",
		"[]",
		"{\"version\":\"v3\"}",
		"[\"\",\"v3\",\"" HASH "\",\"" HASH "\",1,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v\\u00003\",\"" HASH "\",\"" HASH "\",1,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "0\",\"" HASH "\",1,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"X\",1,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH "\",0,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH "\",-1,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH "\",1.5,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH
		"\",12345678901234567890,\"2026-11-22\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH "\",1,\"2026-02-30\",\"ann\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH "\",1,\"2026-11-22\",\"\"]",
		"[\"s\",\"v3\",\"" HASH "\",\"" HASH "\",1,\"2026-11-22\",\"ann\",\"bob\"]",
	};

	cr_assert(load_text(v3_text), "%s", load_faults_text());
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		load_write("rules.sum", arena_print(&loaded.arena, "%s\n", lines[i]).data);
		cr_assert_not(check(), "%s", lines[i]);
		cr_assert_eq(loaded.err.code, ERR_RULE);
		cr_assert(load_has_fault("E4006", 1, ""), "%s: %s", lines[i], load_faults_text());
	}
}

/* As released on a machine with other data: the parts are the same, the fingerprint is not. */
Test(release, names_data_that_comes_with_the_machine)
{
	const struct migration_info *migration;
	struct release_files files = { .arena = &loaded.arena };
	struct hashed_part parts[200];
	char transform[SHA256_HEX_SIZE];
	size_t count = 0;

	release_text(v3_text, "ann");
	migration = rule_host_migration(loaded.host);
	cr_assert(release_read_sum(loaded.path, &files, &loaded.faults, &loaded.err) &&
		  release_read_parts(&files, &loaded.faults, &loaded.err));
	for (int i = 0; i < files.part_count; i++) {
		struct release_part *part = &files.parts[i];

		if (part->kind == RELEASE_DATA)
			part->value = "1999a";
		if (part->kind == RELEASE_TRANSFORM && count < 200)
			parts[count++] = (struct hashed_part){ part->name, part->value };
	}
	fingerprint_of(RULE_ABI, "1999a", parts, count, &loaded.arena, transform);
	release_find(&files, migration)->transform = transform;
	cr_assert(release_write_parts(&files, loaded.path, &loaded.err) &&
		  release_write_sum(&files, loaded.path, &loaded.err));
	cr_assert_not(check());
	cr_assert(
	    load_has_fault("E4003", 0, "version v3 was released (2026-11-22, ann) with 1999a"),
	    "%s", load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 1, "%s", load_faults_text());
}

Test(release, refuses_a_newer_language_even_where_it_cannot_be_loaded)
{
	struct span sum;

	release_text(v3_text, "ann");
	sum = read_file("rules.sum");
	load_write("rules.sum", replaced(arena_text(&loaded.arena, sum.data), ",1,\"", ",7,\""));
	cr_assert_not(check());
	cr_assert(load_has_fault("E4005", 0, "rule ABI 7; this engine speaks ABI 1"), "%s",
		  load_faults_text());
	err_reset(&loaded.err);
	cr_assert_not(load_text(replaced(v3_text, "fold = upper", "folded = upper")));
	cr_assert_eq(loaded.err.code, ERR_REFUSED, "%s", loaded.err.text);
	cr_assert(load_has_fault("E4005", 0, "rule ABI 7"), "%s", load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 1);
}

Test(release, shows_no_names_that_steer_a_terminal)
{
	release_text(v3_text, "a\x1b[31m");
	cr_assert_not(check_text(replaced(v3_text, "tsk_", "job_")));
	cr_assert_eq(loaded.faults.fault_count, 1);
	cr_assert_null(memchr(loaded.faults.faults[0].message.data, '\x1b',
			      loaded.faults.faults[0].message.size));
	cr_assert(load_has_fault("E4003", 0, "a\\u{1b}[31m"), "%s", load_faults_text());
}
