/*
 * test_proofs.c: what a version asks to be proven is read back as it was written.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

TestSuite(proofs, .init = load_begin, .fini = load_end, .timeout = 60);

static const struct entity_info *job(void)
{
	return &rule_host_migration(loaded.host)->entities[0];
}

static void load_file(const char *path)
{
	snprintf(loaded.path, sizeof(loaded.path), "%s", path);
	cr_assert(load_again(), "%s", load_faults_text());
}

static void expect_column(const struct query_column *column, const char *name, const char *field,
			  bool is_key)
{
	cr_assert_str_eq(column->name, name);
	cr_assert_str_eq(column->field, field);
	cr_assert_eq(column->is_key, is_key, "%s", name);
}

Test(proofs, v3_says_what_is_to_be_proven)
{
	const struct query_info *query;

	load_file("rules/v3.lua");
	cr_assert_eq(job()->invariant_count, 1);
	cr_assert_eq(job()->none_count, 1);
	cr_assert_str_eq(job()->nones[0].name, "one open job per actor");
	cr_assert_not_null(strstr(job()->nones[0].sql, "having count(*) > 1"));
	cr_assert_str_eq(job()->nones[0].file, "rules/v3.lua");
	cr_assert_eq(job()->nones[0].line, 93);
	cr_assert_eq(job()->query_count, 4);
	query = &job()->queries[0];
	cr_assert_str_eq(query->name, "actor_month");
	cr_assert_not_null(strstr(query->why, "dispute desk"));
	cr_assert_eq(query->line, 98);
	cr_assert_not(query->is_ordered);
	cr_assert_not_null(strstr(query->legacy, "from del where actor_id = :actor"));
	cr_assert_not_null(strstr(query->target, "from job where actorId = :actor"));
	cr_assert_eq(query->parameter_count, 1);
	cr_assert_str_eq(query->parameters[0].name, "actor");
	cr_assert_str_eq(query->parameters[0].field, "actorId");
	cr_assert_eq(query->parameters[0].sample_count, 200);
	cr_assert_eq(query->column_count, 5);
	expect_column(&query->columns[0], "amount", "amount", false);
	expect_column(&query->columns[1], "created", "createdAt", false);
	expect_column(&query->columns[2], "delivery", "externalId", true);
	expect_column(&query->columns[3], "state", "state", false);
	expect_column(&query->columns[4], "updated", "updatedAt", false);
	cr_assert_str_eq(query->columns[0].tolerance.absolute, "0.01");
	cr_assert_str_eq(query->columns[0].tolerance.because, "legacy rounds half up");
	cr_assert_str_eq(query->columns[0].tolerance.owner, "billing");
	cr_assert_str_eq(query->columns[0].tolerance.expires, "2027-01-01");
	cr_assert_null(query->columns[1].tolerance.absolute);
	cr_assert_str_eq(job()->queries[1].name, "audit_look_back");
	cr_assert(job()->queries[1].is_ordered);
	expect_column(&job()->queries[1].columns[0], "at", "history.at", false);
	cr_assert_str_eq(job()->queries[2].name, "refunds");
	cr_assert_str_eq(job()->queries[3].name, "revenue");
}

Test(proofs, v3_says_what_the_past_needs)
{
	const struct history_policy *history;

	load_file("rules/v3.lua");
	history = &rule_host_migration(loaded.host)->history;
	cr_assert(history->is_given);
	cr_assert(history->balance);
	cr_assert(history->all_invariants && history->all_digests && history->all_queries);
	cr_assert(history->has_sample);
	cr_assert_str_eq(history->sample_percent_text, "1");
	cr_assert_float_eq(history->sample_percent, 1.0, 1e-12);
	cr_assert_eq(history->sample_per_stratum, 300);
	cr_assert_str_eq(history->fresh, "24h");
	cr_assert_eq(history->fresh_seconds, 86400);
	cr_assert_eq(history->approvals, 1);
	cr_assert_null(history->max_lag);
	cr_assert_float_eq(history->sample_rate, 0, 1e-12);
}

static void load_policy(const char *policy)
{
	cr_assert(load_text(arena_print(&loaded.arena,
					"return migration { version = 'v1', system = 's',\n%s"
					" entity 'a' { source = { root = table 't' { key = 'id' } "
					"}, fields = { i = id { from = 'id' } } } }",
					policy)
				.data),
		  "%s: %s", policy, load_faults_text());
}

/* What nobody said is not there, which is not the same as a zero. */
Test(proofs, what_a_policy_leaves_out_is_left_out)
{
	const struct history_policy *history;

	load_policy("");
	history = &rule_host_migration(loaded.host)->history;
	cr_assert_not(history->is_given);
	load_policy("authority = { reads = {} },");
	cr_assert_not(rule_host_migration(loaded.host)->history.is_given);
	load_policy("authority = { history = {} },");
	history = &rule_host_migration(loaded.host)->history;
	cr_assert(history->is_given);
	cr_assert_not(history->balance || history->all_invariants || history->all_digests ||
		      history->all_queries || history->has_sample);
	cr_assert_null(history->fresh);
	cr_assert_eq(history->fresh_seconds, 0);
	load_policy("authority = { history = { sample = {}, balance = false, fresh = '7d' } },");
	history = &rule_host_migration(loaded.host)->history;
	cr_assert(history->has_sample);
	cr_assert_null(history->sample_percent_text);
	cr_assert_not(history->balance);
	cr_assert_eq(history->fresh_seconds, 7 * 86400);
	load_policy("authority = { history = { invariants = 'sampled' } },");
	history = &rule_host_migration(loaded.host)->history;
	cr_assert(history->sampled_invariants && !history->all_invariants);
}

static const struct {
	const char *written, *text;
} percents[] = {
	{ "0.1", "0.1" },      { "0", "0" },
	{ "100", "100" },      { "33.3333", "33.3333" },
	{ "1e-5", "0.00001" }, { "12.50", "12.5" },
	{ "1/3", NULL },       { "0.00000000000000000001", NULL },
};

Test(proofs, a_percentage_keeps_its_digits)
{
	for (size_t i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		const struct history_policy *history;

		load_policy(arena_print(&loaded.arena,
					"authority = { history = { sample = { percent = %s } } },",
					percents[i].written)
				.data);
		history = &rule_host_migration(loaded.host)->history;
		if (percents[i].text)
			cr_assert_str_eq(history->sample_percent_text, percents[i].text);
		/* Whatever is written, the text is the number. */
		cr_assert_eq(memcmp(&history->sample_percent,
				    &(double){ strtod(history->sample_percent_text, NULL) },
				    sizeof(double)),
			     0, "%s", history->sample_percent_text);
	}
}

Test(proofs, a_file_made_by_hand_is_read_back)
{
	const struct query_info *query;

	cr_assert(
	    load_parts("",
		       "who = text { from = 'who', mask = true },\n"
		       "n = integer { from = 'n', optional = true },\n"
		       "place = { city = text { from = 'city' } },\n"
		       "lines = list { from = 'kids', each = { sku = text { from = 'sku' } } }",
		       "invariants = { a = function(r) return true end,\n"
		       "  z = none [[ select id from job ]], b = none 'select 1' },\n"
		       "queries = { q = { legacy = 'l :w', target = 't :w',\n"
		       " params = { w = sample 'lines.sku' },\n"
		       " columns = { w = field 'who' { key = true }, c = field 'place.city' },\n"
		       " order = 'ignored' } }"),
	    "%s", load_faults_text());
	cr_assert_eq(job()->invariant_count, 1);
	cr_assert_eq(job()->none_count, 2);
	cr_assert_str_eq(job()->nones[0].name, "b");
	cr_assert_str_eq(job()->nones[0].sql, "select 1");
	cr_assert_str_eq(job()->nones[1].sql, " select id from job ");
	query = &job()->queries[0];
	cr_assert_null(query->why);
	cr_assert_str_eq(query->parameters[0].field, "lines.sku");
	cr_assert_eq(query->parameters[0].sample_count, 0);
	expect_column(&query->columns[0], "c", "place.city", false);
	expect_column(&query->columns[1], "w", "who", true);
	cr_assert_not(query->columns[0].is_masked);
	cr_assert(query->columns[1].is_masked);
	cr_assert_not(rule_host_migration(loaded.host)->history.is_given);
}
