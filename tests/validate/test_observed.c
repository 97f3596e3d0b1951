/*
 * test_observed.c: what was asked is covered by the query of the same shape and by nothing else; shares never say more than is so.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/validate/observed.h"
#include "tests/model/random.h"

static struct arena arena;
static struct err err;

static void begin(void)
{
	arena_init(&arena);
}

static void end(void)
{
	arena_release(&arena);
}

TestSuite(observed, .init = begin, .fini = end, .timeout = 30);

/* ---- a version ---- */

static const char *const lineage[] = { "archive.old_del" };
static const struct source sources[] = {
	{ .name = "root", .table = "public.del" },
	{ .name = "meta", .table = "Meta" },
	{ .name = "past",
	  .table = "past",
	  .query = "select 1",
	  .tables = lineage,
	  .table_count = 1 },
};
static const struct query_info queries[] = {
	{ .name = "actor", .legacy = "select a from del where b = :b" },
	{ .name = "again", .legacy = "SELECT a FROM del WHERE b = 'x'" },
	{ .name = "both", .legacy = "select a from del, meta" },
	{ .name = "elsewhere", .legacy = "select a from viewed" },
	{ .name = "order", .legacy = "delete from del" },
	{ .name = "two", .legacy = "select c from del; select d from del" },
};
static const struct query_info other_queries[] = { { .name = "others",
						     .legacy = "select 1 from other" } };
static const struct source other_sources[] = { { .name = "root", .table = "other" } };
static const struct entity_info entities[] = {
	{ .name = "job",
	  .record = "job",
	  .sources = { sources, sizeof(sources) / sizeof(sources[0]) },
	  .queries = queries,
	  .query_count = sizeof(queries) / sizeof(queries[0]) },
	{ .name = "other",
	  .record = "other",
	  .sources = { other_sources, 1 },
	  .queries = other_queries,
	  .query_count = 1 },
};
static const struct migration_info migration = { .version = "v1",
						 .entities = entities,
						 .entity_count = 2 };

static struct observed open_observed(const char *entity)
{
	struct observed observed;

	observed_init(&observed, &arena, &migration, entity, SQL_POSTGRES);
	return observed;
}

static void add(struct observed *observed, const char *text, int64_t calls)
{
	struct kept_statement statement = { .text = span_of(text), .calls = calls };

	cr_assert(observed_add(observed, &statement, &err), "%s: %s", text, err.text);
}

/* What became of the one statement that was asked. */
static struct observed_shape judged(const char *text)
{
	struct observed observed = open_observed("job");

	add(&observed, text, 7);
	observed_judge(&observed);
	cr_assert_eq(observed.shape_count, 1, "%s: %d", text, observed.shape_count);
	cr_assert_eq(observed.shapes[0].calls, 7);
	return observed.shapes[0];
}

static const char *name_of(const struct declared_query *query)
{
	return query ? query->info->name : "-";
}

Test(observed, is_covered_by_its_shape_alone)
{
	static const char *const cases[][3] = {
		/* asked, covered by, nearest */
		{ "select a from del where b = $1", "actor", "-" },
		{ "select A from DEL where B=7 -- really", "actor", "-" },
		{ "select a from meta, del", "-", "both" },
		{ "select a from del, meta", "both", "-" },
		{ "select a from del where b > 1", "-", "actor" },
		{ "select a from \"DEL\"", "-", "actor" },
		{ "select a from meta", "-", "both" },
		{ "select a from old_del", "-", "-" },
		{ "select a from U&\"d\\0065l\"", "-", "-" },
		{ "select a from viewed", "elsewhere", "-" },
		{ "select c from del", "-", "actor" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct observed_shape shape = judged(cases[i][0]);

		cr_expect(shape.is_ours, "%s", cases[i][0]);
		cr_expect_str_eq(name_of(shape.covered_by), cases[i][1], "%s", cases[i][0]);
		cr_expect_str_eq(name_of(shape.nearest), cases[i][2], "%s: %s", cases[i][0],
				 name_of(shape.nearest));
	}
}

Test(observed, leaves_other_tables_alone)
{
	static const char *const cases[] = { "select a from past", "select a from other",
					     "select del from dels", "select 'del'", "values (1)" };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct observed_shape shape = judged(cases[i]);

		cr_expect_not(shape.is_ours, "%s", cases[i]);
		cr_expect_null(shape.nearest, "%s", cases[i]);
	}
}

Test(observed, counts_everything_once)
{
	struct observed observed = open_observed(NULL);
	struct kept_statement hidden = { .text = SPAN_NONE, .calls = 5 };

	add(&observed, "select a from del where b = 1", 2);
	add(&observed, "select a from del where b = 2; delete from del; select x from del", 3);
	add(&observed, "select y from nowhere", 4);
	add(&observed, "strange words", 1);
	add(&observed, "select 'open", 1);
	add(&observed, " -- nothing\n;", 1);
	cr_assert(observed_add(&observed, &hidden, &err));
	observed_judge(&observed);
	cr_assert_eq(observed.ours.shapes, 2);
	cr_assert_eq(observed.ours.calls, 8);
	cr_assert_eq(observed.covered.shapes, 1);
	cr_assert_eq(observed.covered.calls, 5);
	cr_assert_eq(observed.elsewhere.calls, 4);
	cr_assert_eq(observed.others.shapes, 2);
	cr_assert_eq(observed.others.calls, 4);
	cr_assert_eq(observed.hidden.shapes, 2);
	cr_assert_eq(observed.hidden.calls, 6);
	cr_assert_str_eq(observed.shapes[0].covered_by->info->name, "actor");
	cr_assert_eq(observed.declared[1].calls, 5, "a query of the same shape was asked, too");
	cr_assert_eq(observed.declared_count, 7);
}

Test(observed, tells_the_role_that_asks_from_others)
{
	struct observed observed = open_observed("job");
	struct kept_statement own = { .text = SPAN("select x from del"),
				      .calls = 5,
				      .is_own = true };

	cr_assert(observed_add(&observed, &own, &err));
	own.text = SPAN("select y from del");
	cr_assert(observed_add(&observed, &own, &err));
	add(&observed, "select y from del", 1);
	observed_judge(&observed);
	cr_assert_eq(observed.ours.shapes, 2);
	cr_assert_eq(observed.own.shapes, 1);
	cr_assert_eq(observed.own.calls, 5);
}

Test(observed, refuses_more_than_it_can_hold)
{
	struct observed observed = open_observed("job");
	struct kept_statement statement = { .text = SPAN("select 1"), .calls = INT64_MAX };
	char text[64];

	cr_assert(observed_add(&observed, &statement, &err));
	cr_assert_not(observed_add(&observed, &statement, &err));
	cr_assert_eq(err.code, ERR_DATA);
	err_reset(&err);
	observed = open_observed("job");
	for (int i = 0; i < OBSERVED_SHAPES_MAX; i++) {
		snprintf(text, sizeof(text), "select c%d from del", i);
		add(&observed, text, 1);
	}
	statement = (struct kept_statement){ .text = SPAN("select a from del"), .calls = 1 };
	cr_assert_not(observed_add(&observed, &statement, &err));
	cr_assert_eq(err.code, ERR_DATA);
	err_reset(&err);
	add(&observed, "select c7 from del", 1);
}

/* ---- shares ---- */

Test(observed, says_all_of_it_only_where_it_is)
{
	uint64_t state = 5;

	cr_assert_eq(observed_share(0, 0), 0);
	cr_assert_eq(observed_share(INT64_MAX, INT64_MAX), 10000);
	cr_assert_eq(observed_share(INT64_MAX - 1, INT64_MAX), 9999);
	cr_assert_eq(observed_share(999999, 1000000), 9999);
	for (int round = 0; round < 100000; round++) {
		int64_t all = 1 + (int64_t)(random_next(&state) >> (1 + random_below(&state, 62)));
		int64_t calls =
		    (int64_t)random_below(&state, (uint64_t)all) + (int64_t)random_below(&state, 2);
		int share = observed_share(calls, all);

		cr_assert_eq(share == 10000, calls == all, "%lld of %lld", (long long)calls,
			     (long long)all);
		if (all < INT64_MAX / 10001)
			cr_assert(share * all <= calls * 10000 &&
				  (share + 1) * all > calls * 10000);
	}
}
