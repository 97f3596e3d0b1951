/*
 * test_fingerprint.c: what changes a fingerprint, and what does not.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

static const char *v3_text;

static void begin(void)
{
	load_begin();
	v3_text = load_v3_text();
}

TestSuite(fingerprint, .init = begin, .fini = load_end, .timeout = 60);

static struct migration_info first;
static char changed_parts[512];

/* The text with the first `from` replaced. */
static const char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	cr_assert_not_null(at, "%s", from);
	return arena_print(&loaded.arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from))
	    .data;
}

static const struct part_info *part_named(const struct migration_info *migration, const char *name)
{
	for (int i = 0; i < migration->part_count; i++) {
		if (strcmp(migration->parts[i].name, name) == 0)
			return &migration->parts[i];
	}
	return NULL;
}

static void keep_first(const char *text)
{
	const struct migration_info *migration;
	struct part_info *parts;

	cr_assert(load_text(text), "%s", load_faults_text());
	migration = rule_host_migration(loaded.host);
	first = *migration;
	parts = arena_alloc(&loaded.arena, sizeof(*parts) * (size_t)first.part_count);
	for (int i = 0; i < first.part_count; i++) {
		parts[i] = migration->parts[i];
		parts[i].name = arena_text(&loaded.arena, parts[i].name);
	}
	first.parts = parts;
}

/* Which parts differ from the first text's, joined by blanks. */
static const char *parts_that_changed(void)
{
	const struct migration_info *now = rule_host_migration(loaded.host);
	size_t size = 0;

	changed_parts[0] = '\0';
	for (int i = 0; i < now->part_count; i++) {
		const struct part_info *before = part_named(&first, now->parts[i].name);

		if (before && strcmp(before->hash, now->parts[i].hash) == 0)
			continue;
		size += (size_t)snprintf(changed_parts + size, sizeof(changed_parts) - size, "%s%s",
					 size ? " " : "", now->parts[i].name);
	}
	return changed_parts;
}

struct edit {
	char from[90];
	char to[200];
	char part[64]; /* the only one that changes; empty: none */
	bool is_validation;
};

static struct edit edits[] = {
	/* neither */
	{ "-- what they MEAN", "-- what they mean", "", false },
	{ "local STATE = {", "\n\n--[[ note ]]\nlocal   STATE={", "", false },
	{ "state ~= \"COMPLETED\" then return nil end",
	  "state   ~= 'COMPLETED' --[[ open ]] then\n return nil\n end", "", false },
	{ "owner     = \"deliveries\"", "owner = \"someone else\"", "", false },
	{ "because   = \"any later", "because = \"surely any later", "", false },
	{ "2027-04-01", "2028-04-01", "", false },
	{ "loader bookkeeping, unread", "bookkeeping, unread", "", false },
	{ "\"a delivered job\"", "\"a job that was delivered\"", "", false },
	{ "CREATED   = \"CREATED\",\n  ASSIGNED  = \"ASSIGNED\",",
	  "ASSIGNED = \"ASSIGNED\", CREATED = \"CREATED\",", "", false },
	{ "jobId       = id      { from = \"del_id\", prefix = \"tsk_\" },",
	  "jobId = id { prefix = \"tsk_\", from = \"del_id\" },", "", false },
	{ "version    = \"v3\"", "version = \"v4\"", "", false },
	/* transform */
	{ "PICKED_UP = \"IN_PROGRESS\"", "PICKED_UP = \"ASSIGNED\"", "job.fields.state", false },
	{ "fold = upper, lookup", "lookup", "job.fields.state", false },
	{ "prefix = \"tsk_\"", "prefix = \"job_\"", "job.fields.jobId", false },
	{ "e.kind == \"delivered\"", "e.kind == \"done\"", "job.fields.completedAt", false },
	{ "system     = \"legacy\"", "system = \"other\"", "migration.system", false },
	{ "Which moment completed", "What moment completed", "job.decisions.completed_at", false },
	{ "choice    = \"delivered\"", "choice = \"updated\"", "job.decisions.completed_at",
	  false },
	{ "return state == \"COMPLETED\" end", "return state ~= \"COMPLETED\" end",
	  "job.decisions.completed_at", false },
	{ "key = \"seq\"", "key = \"seqno\"", "job.source.events", false },
	{ "ignore = { batch_no", "ignore = { batch_nr", "job.source.root", false },
	{ "\"TEST-\") end", "\"TRIAL-\") end", "job.skip_when.test delivery", false },
	{ "[\"test delivery\"] = {", "[\"trial delivery\"] = {", "job.skip_when.trial delivery",
	  false },
	{ "decimal { 12, 2, from", "decimal { 12, 3, from", "job.fields.amount", false },
	{ "from = \"actor_id\", optional = true", "from = \"actor_id\"", "job.fields.actorId",
	  false },
	{ "entity \"job\" {", "entity \"job\" { on_delete = \"keep\",", "job.on_delete", false },
	{ "lower(trim(m.k))", "trim(m.k)", "job.fields.attributes", false },
	{ "created_ts = instant { zone = \"UTC\" }", "created_ts = instant { epoch = \"seconds\" }",
	  "job.source.root", false },
	{ "created_ts = instant { zone = \"UTC\" }",
	  "created_ts = instant { zone = \"UTC\", ambiguous = \"later\" }", "job.source.root",
	  false },
	{ "created_ts = instant { zone = \"UTC\" }",
	  "created_ts = instant { zone = \"UTC\", skipped = \"forward\" }", "job.source.root",
	  false },
	{ "created_ts = instant { zone = \"UTC\" }",
	  "created_ts = instant { zone = { from = \"status\", lookup = { a = \"UTC\" } } }",
	  "job.source.root", false },
	{ "decimal { 12, 2, from", "decimal { 12, 2, round = \"down\", from", "job.fields.amount",
	  false },
	/* names that are nobody's reason where they stand */
	{ "options   = { updated", "options   = { owner = \"ask\", updated",
	  "job.decisions.completed_at", false },
	{ "types  = { created_ts", "types  = { ignore = int, created_ts", "job.source.root",
	  false },
	{ "columns = {", "columns = { owner = field \"actorId\",", "job.queries.actor_month",
	  true },
	/* validation */
	{ ">= job.createdAt", "> job.createdAt",
	  "job.invariants.completion does not precede creation", true },
	{ "where state = 'ASSIGNED'", "where state = 'CREATED'",
	  "job.invariants.one open job per actor", true },
	{ "absolute \"0.01\"", "absolute \"0.02\"", "job.queries.actor_month", true },
	{ "legacy rounds half up", "legacy rounds", "", false },
	{ "count = 200", "count = 100", "job.queries.actor_month", true },
};

ParameterizedTestParameters(fingerprint, changes_with_what_a_version_says_and_nothing_else)
{
	return cr_make_param_array(struct edit, edits, sizeof(edits) / sizeof(edits[0]));
}

ParameterizedTest(struct edit *edit, fingerprint, changes_with_what_a_version_says_and_nothing_else,
		  .timeout = 60)
{
	const struct migration_info *now;
	bool transform_same, validation_same, none = edit->part[0] == '\0';

	keep_first(v3_text);
	cr_assert(load_text(replaced(v3_text, edit->from, edit->to)), "%s: %s", edit->to,
		  load_faults_text());
	now = rule_host_migration(loaded.host);
	cr_assert_str_eq(parts_that_changed(), edit->part, "%s: changed: %s", edit->to,
			 changed_parts);
	transform_same = strcmp(first.transform, now->transform) == 0;
	validation_same = strcmp(first.validation, now->validation) == 0;
	cr_assert_eq(transform_same, none || edit->is_validation, "%s", edit->to);
	cr_assert_eq(validation_same, none || !edit->is_validation, "%s", edit->to);
}

Test(fingerprint, is_the_same_in_every_state)
{
	keep_first(v3_text);
	for (int i = 0; i < 20; i++) {
		cr_assert(load_again(), "%s", load_faults_text());
		cr_assert_str_eq(rule_host_migration(loaded.host)->transform, first.transform);
		cr_assert_str_eq(rule_host_migration(loaded.host)->validation, first.validation);
	}
}

Test(fingerprint, does_not_depend_on_the_folder)
{
	keep_first(v3_text);
	load_end();
	begin();
	cr_assert(load_text(v3_text), "%s", load_faults_text());
	cr_assert_str_eq(rule_host_migration(loaded.host)->transform, first.transform);
}

Test(fingerprint, parts_are_sorted_by_name)
{
	keep_first(v3_text);
	for (int i = 1; i < first.part_count; i++)
		cr_assert_lt(strcmp(first.parts[i - 1].name, first.parts[i].name), 0);
}

Test(fingerprint, authority_belongs_to_validation)
{
	keep_first(v3_text);
	load_write("authority.lua", "return { history = { balance = false } }");
	cr_assert(load_again(), "%s", load_faults_text());
	cr_assert_str_eq(parts_that_changed(), "migration.authority");
	cr_assert_str_eq(rule_host_migration(loaded.host)->transform, first.transform);
	cr_assert_str_neq(rule_host_migration(loaded.host)->validation, first.validation);
}

static void load_capturing(const char *head, const char *by)
{
	cr_assert(
	    load_parts(head,
		       arena_print(&loaded.arena, "x = text { from = \"a\", by = %s }", by).data,
		       ""),
	    "%s", load_faults_text());
}

static const char helper[] = "local LIMIT, WORDS = 5, { a = { \"b\" } }\n"
			     "local function short(s) return len(s) < LIMIT and WORDS.a[1] end";

struct capture {
	char from[40], to[40];
	bool is_same;
};

static struct capture captures[] = {
	{ "LIMIT, WORDS = 5", "LIMIT, WORDS = 6", false },
	{ "{ \"b\" }", "{ \"c\" }", false },
	{ "{ \"b\" }", "{ \"b\", \"c\" }", false },
	{ "a = {", "A = {", false },
	{ "<", "<=", false },
	{ "len(s)", "len(s or 'x')", false },
	{ "local LIMIT", "-- a note\nlocal LIMIT", true },
	{ "\"b\"", "'b'", true },
	{ "5, {", "5.0, {", true },
};

ParameterizedTestParameters(fingerprint, counts_what_functions_captured)
{
	return cr_make_param_array(struct capture, captures,
				   sizeof(captures) / sizeof(captures[0]));
}

ParameterizedTest(struct capture *capture, fingerprint, counts_what_functions_captured,
		  .timeout = 60)
{
	static const char by[] = "function(a) return short(a) or a end";
	char before[SHA256_HEX_SIZE];
	bool is_same;

	load_capturing(helper, by);
	memcpy(before, rule_host_migration(loaded.host)->transform, sizeof(before));
	load_capturing(replaced(helper, capture->from, capture->to), by);
	is_same = strcmp(rule_host_migration(loaded.host)->transform, before) == 0;
	cr_assert_eq(is_same, capture->is_same, "%s", capture->to);
}

/* The same two functions, however they are laid out; the last differs in code. */
static const char *const layouts[] = {
	"x = map { from = \"kids\", key = function(k) return k.a end, value = function(k) return "
	"k.b "
	"end },",
	"x = map { from = \"kids\", key = function(k) return k.a end,\n value = function(k) return "
	"k.b end },",
	"x = map { from = \"kids\",\n key = function(k)\n return k.a\n end, value = function(k) "
	"return k.b end },",
	"x = map { value = function(k) return k.b end, key = function(k) return k.a end, from = "
	"\"kids\" },",
	"x = map { from = \"kids\", key = function(k) return k.b end, value = function(k) return "
	"k.a "
	"end },",
};

Test(fingerprint, tells_functions_that_stand_in_one_line_apart)
{
	const int last = sizeof(layouts) / sizeof(layouts[0]) - 1;

	cr_assert(load_parts("", layouts[0], ""), "%s", load_faults_text());
	first = *rule_host_migration(loaded.host);
	for (int i = 1; i <= last; i++) {
		cr_assert(load_parts("", layouts[i], ""), "%s", load_faults_text());
		cr_assert_eq(strcmp(rule_host_migration(loaded.host)->transform, first.transform) ==
				 0,
			     i < last, "%s", layouts[i]);
	}
}

/* Loops over pairs() are compiled anew when they first run. */
Test(fingerprint, tells_functions_in_one_line_apart_after_they_ran_and_inside_each_other)
{
	static const char one_line[] =
	    "local function all(t) local o = \"\" for k, v in pairs(t) do o = o .. k .. v end "
	    "return o end local function none(t) return (function() return t.x end)() end\n"
	    "local word = all { a = \"b\" }";
	const char *const by = "function(a) return all { a = word } .. (none {} or a) end";

	load_capturing(one_line, by);
	first = *rule_host_migration(loaded.host);
	load_capturing(replaced(one_line, "local function none", "\n\nlocal function none"), by);
	cr_assert_str_eq(rule_host_migration(loaded.host)->transform, first.transform);
	load_capturing(replaced(one_line, "(function() return t.x", "(function()\nreturn t.x"), by);
	cr_assert_str_eq(rule_host_migration(loaded.host)->transform, first.transform);
	load_capturing(replaced(one_line, "return t.x", "return t.y"), by);
	cr_assert_str_neq(rule_host_migration(loaded.host)->transform, first.transform);
}

Test(fingerprint, names_the_module_a_part_stands_in)
{
	load_write("job.lua",
		   "return entity \"job\" { source = { root = table \"t\" { key = \"id\" } },\n"
		   " fields = { jobId = id { from = \"id\" } } }");
	cr_assert(load_text("return migration { version = 'v1', system = 's', require 'job' }"),
		  "%s", load_faults_text());
	cr_assert_not_null(strstr(
	    part_named(rule_host_migration(loaded.host), "job.fields.jobId")->file, "/job.lua"));
}
