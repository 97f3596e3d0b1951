/*
 * test_contract_digest.c: what every driver promises about digests made inside the store, run on each of them.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>

#include "tests/drivers/jobs.h"
#include "tests/drivers/world.h"

TestSuite(contract_digest, .timeout = 60);

struct summed {
	int64_t count;
	struct digest sum;
};

static struct summed digest_where(struct conn *conn, const struct condition *where, int where_count)
{
	const struct query query = { .table = &job,
				     .columns = all_columns,
				     .column_count = JOB_COLUMNS,
				     .where = where,
				     .where_count = where_count };
	struct summed summed = { -1, { 1, 1 } };
	struct err err = { ERR_NONE, "" };

	cr_assert(conn_digest(conn, &query, &summed.count, &summed.sum, &err), "%s", err.text);
	return summed;
}

/* The digest of a table with these rows alone, in a transaction that is undone. */
static struct summed digest_of_rows(struct target *target, const struct datum *rows, size_t count)
{
	struct summed summed;
	int64_t removed;

	cr_assert(conn_begin(target->conn, &target->err), "%s", target->err.text);
	cr_assert(conn_remove(target->conn, &job, NULL, 0, &removed, &target->err), "%s",
		  target->err.text);
	cr_assert(conn_insert(target->conn, &job, rows, count, &target->err), "%s",
		  target->err.text);
	summed = digest_where(target->conn, NULL, 0);
	conn_rollback(target->conn);
	return summed;
}

static void expect_equal(struct summed one, struct summed other, const char *what)
{
	cr_assert_eq(one.count, other.count, "%s", what);
	cr_assert(digest_equal(one.sum, other.sum), "%s", what);
}

static void expect_another(struct summed one, struct summed other, const char *what)
{
	cr_assert_not(digest_equal(one.sum, other.sum), "%s", what);
}

ON_EVERY_DRIVER(contract_digest, nothing_is_no_rows_and_the_digest_zero)
{
	const struct condition none = { ID, IS_EQUAL, datum_text("z") };
	struct summed summed[2];
	struct target target;

	target_open(&target, c->driver);
	summed[0] = digest_where(target.conn, NULL, 0);
	put_four(&target);
	summed[1] = digest_where(target.conn, &none, 1);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(summed[i].count, 0);
		cr_assert(digest_equal(summed[i].sum, (struct digest){ 0, 0 }));
	}
	target_close(&target);
}

/* The sum over a whole is that of its parts: what makes it one over chunks, and not depend on order. */
ON_EVERY_DRIVER(contract_digest, a_whole_is_the_sum_of_its_rows)
{
	static const char *const ids[] = { "a", "b", "c", "d" };
	struct summed whole, sum = { 0, { 0, 0 } };
	struct target target;

	target_open(&target, c->driver);
	put_four(&target);
	whole = digest_where(target.conn, NULL, 0);
	for (int i = 0; i < 4; i++) {
		const struct condition one = { ID, IS_EQUAL, datum_text(ids[i]) };
		struct summed row = digest_where(target.conn, &one, 1);

		cr_assert_eq(row.count, 1);
		cr_assert_not(digest_equal(row.sum, (struct digest){ 0, 0 }));
		sum.count += row.count;
		digest_add(&sum.sum, row.sum);
	}
	expect_equal(whole, sum, "rows one by one");
	expect_equal(whole, digest_where(target.other, NULL, 0), "by a connection that only reads");
	target_close(&target);
}

ON_EVERY_DRIVER(contract_digest, it_is_of_what_the_transaction_sees)
{
	const struct condition b = { ID, IS_EQUAL, datum_text("b") };
	const struct assignment set = { COUNT, datum_int(7) };
	struct summed before, within;
	struct target target;
	int64_t changed;

	target_open(&target, c->driver);
	put_four(&target);
	before = digest_where(target.conn, NULL, 0);
	cr_assert(conn_begin(target.conn, &target.err), "%s", target.err.text);
	cr_assert(conn_update(target.conn, &job, &set, 1, &b, 1, &changed, &target.err), "%s",
		  target.err.text);
	within = digest_where(target.conn, NULL, 0);
	expect_another(before, within, "changed");
	expect_equal(before, digest_where(target.other, NULL, 0), "others do not see it");
	cr_assert(conn_commit(target.conn, &target.err), "%s", target.err.text);
	expect_equal(within, digest_where(target.other, NULL, 0), "committed");
	target_close(&target);
}

ON_EVERY_DRIVER(contract_digest, rows_in_another_order_are_the_same_rows)
{
	struct datum rows[3 * JOB_COLUMNS], turned[3 * JOB_COLUMNS];
	struct target target;

	target_open(&target, c->driver);
	for (int i = 0; i < 3; i++) {
		make_row(rows + i * JOB_COLUMNS, i == 0 ? "a" : i == 1 ? "b" : "c", i);
		memcpy(turned + (2 - i) * JOB_COLUMNS, rows + i * JOB_COLUMNS,
		       JOB_COLUMNS * sizeof(*rows));
	}
	expect_equal(digest_of_rows(&target, rows, 3), digest_of_rows(&target, turned, 3),
		     "turned");
	target_close(&target);
}

/* Texts as close to each other as texts can be; '\v' stands for NULL. */
static const char *const close_texts[] = {
	"\v", "",   " ",   "a",    "a ",        " a", "A",    "a,",       ",a",    ":",   "1:a",
	"0:", "~",  "n",   "NULL", "null",      "1",  "1,",   "\n",       "a\n",   "\\n", "'",
	"\"", "()", "(,)", "é",    "e\xcc\x81", "\\", "\\\\", "1:1:1:1:", "7,1:a",
};

/* Every one of them in the note of one row, and two of them in its id and note: no two rows have one digest. */
ON_EVERY_DRIVER(contract_digest, rows_that_differ_differ)
{
	enum { TEXTS = sizeof(close_texts) / sizeof(*close_texts), ROWS = TEXTS * TEXTS };
	static struct summed seen[ROWS];
	struct target target;
	int count = 0;

	target_open(&target, c->driver);
	for (int i = 0; i < TEXTS; i++)
		for (int j = 1; j < TEXTS; j++) {
			struct datum row[JOB_COLUMNS];

			make_row(row, close_texts[j], 1);
			if (close_texts[i][0] != '\v')
				row[NOTE] = datum_text(close_texts[i]);
			seen[count] = digest_of_rows(&target, row, 1);
			cr_assert_eq(seen[count].count, 1);
			for (int k = 0; k < count; k++)
				cr_assert_not(digest_equal(seen[k].sum, seen[count].sum),
					      "id '%s', note '%s' and row %d", close_texts[j],
					      close_texts[i], k);
			count++;
		}
	target_close(&target);
}

/* A change of any one column of one row, each told from all the others. */
ON_EVERY_DRIVER(contract_digest, a_change_in_any_column_changes_it)
{
	static const struct {
		int column;
		struct datum value;
	} changes[] = {
		{ COUNT, { DATUM_INT, 0, { 0 } } },
		{ COUNT, { DATUM_INT, -1, { 0 } } },
		{ COUNT, { DATUM_INT, INT64_MAX, { 0 } } },
		{ COUNT, { DATUM_INT, INT64_MIN, { 0 } } },
		{ AT, { DATUM_INSTANT, 0, { 0 } } },
		{ AT, { DATUM_INSTANT, 1, { 0 } } },
		{ AT, { DATUM_INSTANT, -62135596800000000, { 0 } } },
		{ BODY, { DATUM_TEXT, 0, { "{}", 2 } } },
		{ BODY, { DATUM_TEXT, 0, { "[]", 2 } } },
		{ BODY, { DATUM_TEXT, 0, { "null", 4 } } },
		{ BODY, { DATUM_TEXT, 0, { "\"\"", 2 } } },
		{ BODY, { DATUM_TEXT, 0, { "1.0", 3 } } },
		{ BODY, { DATUM_TEXT, 0, { "1.00", 4 } } },
		{ BODY, { DATUM_TEXT, 0, { "\"a\\n\"", 5 } } },
		{ BODY, { DATUM_TEXT, 0, { "[1, [2]]", 8 } } },
		{ BODY, { DATUM_TEXT, 0, { "[[2], 1]", 8 } } },
		{ NOTE, { DATUM_TEXT, 0, { "", 0 } } },
		{ NOTE, { DATUM_TEXT, 0, { "a", 1 } } },
	};
	enum { CHANGES = sizeof(changes) / sizeof(*changes) };
	struct summed seen[CHANGES + 1];
	struct datum row[JOB_COLUMNS];
	struct target target;

	target_open(&target, c->driver);
	make_row(row, "a", 7);
	seen[CHANGES] = digest_of_rows(&target, row, 1);
	for (int i = 0; i < CHANGES; i++) {
		struct datum changed[JOB_COLUMNS];

		memcpy(changed, row, sizeof(row));
		changed[changes[i].column] = changes[i].value;
		seen[i] = digest_of_rows(&target, changed, 1);
		expect_another(seen[i], seen[CHANGES], "the row unchanged");
		for (int k = 0; k < i; k++)
			cr_assert_not(digest_equal(seen[k].sum, seen[i].sum), "%d and %d", k, i);
	}
	target_close(&target);
}

static void set_note(struct target *target, const char *id, const char *note)
{
	const struct condition where = { ID, IS_EQUAL, datum_text(id) };
	const struct assignment set = { NOTE, note ? datum_text(note) : datum_null() };
	int64_t changed;

	cr_assert(conn_begin(target->conn, &target->err), "%s", target->err.text);
	cr_assert(conn_update(target->conn, &job, &set, 1, &where, 1, &changed, &target->err), "%s",
		  target->err.text);
	cr_assert(conn_commit(target->conn, &target->err), "%s", target->err.text);
	cr_assert_eq(changed, 1);
}

ON_EVERY_DRIVER(contract_digest, values_that_change_places_between_rows_change_it)
{
	struct summed before, swapped;
	struct target target;

	target_open(&target, c->driver);
	put_four(&target);
	set_note(&target, "a", "one");
	set_note(&target, "b", "other");
	before = digest_where(target.conn, NULL, 0);
	set_note(&target, "a", "other");
	set_note(&target, "b", "one");
	swapped = digest_where(target.conn, NULL, 0);
	expect_another(before, swapped, "swapped");
	set_note(&target, "b", "other");
	set_note(&target, "a", "one");
	expect_equal(before, digest_where(target.conn, NULL, 0), "and back");
	target_close(&target);
}

/* Pairs of equal rows are what sums by XOR lose. */
ON_EVERY_DRIVER(contract_digest, rows_that_are_there_twice_count_twice)
{
	static const struct table_column columns[] = { { "note", TABLE_TEXT, false } };
	const struct table table = { .name = "notes", .columns = columns, .column_count = 1 };
	static const int note[] = { 0 };
	const struct query query = { .table = &table, .columns = note, .column_count = 1 };
	const struct datum rows[] = { datum_text("a"), datum_text("a"), datum_null() };
	struct summed seen[4] = { { 0, { 0, 0 } } };
	struct target target;

	target_open(&target, c->driver);
	cr_assert(conn_begin(target.conn, &target.err), "%s", target.err.text);
	cr_assert(conn_ensure_table(target.conn, &table, &target.err), "%s", target.err.text);
	for (int i = 1; i < 4; i++) {
		cr_assert(conn_insert(target.conn, &table, &rows[i - 1], 1, &target.err), "%s",
			  target.err.text);
		cr_assert(
		    conn_digest(target.conn, &query, &seen[i].count, &seen[i].sum, &target.err),
		    "%s", target.err.text);
		cr_assert_eq(seen[i].count, i);
		for (int k = 0; k < i; k++)
			expect_another(seen[k], seen[i], "one row more");
	}
	digest_subtract(&seen[2].sum, seen[1].sum);
	cr_assert(digest_equal(seen[2].sum, seen[1].sum), "twice is two times once");
	conn_rollback(target.conn);
	target_close(&target);
}

ON_EVERY_DRIVER(contract_digest, columns_count_in_the_order_they_are_asked_for)
{
	static const int orders[][2] = { { ID, NOTE }, { NOTE, ID } };
	struct digest seen[2];
	struct target target;

	target_open(&target, c->driver);
	put_four(&target);
	for (int i = 0; i < 2; i++) {
		const struct query query = { .table = &job,
					     .columns = orders[i],
					     .column_count = 2 };
		int64_t count;

		cr_assert(conn_digest(target.conn, &query, &count, &seen[i], &target.err), "%s",
			  target.err.text);
		cr_assert_eq(count, 4);
	}
	cr_assert_not(digest_equal(seen[0], seen[1]));
	target_close(&target);
}

ON_EVERY_DRIVER(contract_digest, its_way_has_a_name_that_stays)
{
	const char *name, *again, *other;
	struct target target;

	target_open(&target, c->driver);
	cr_assert(conn_digest_name(target.conn, &name, &target.err), "%s", target.err.text);
	cr_assert(conn_digest_name(target.conn, &again, &target.err), "%s", target.err.text);
	cr_assert(conn_digest_name(target.other, &other, &target.err), "%s", target.err.text);
	cr_assert_str_eq(name, again);
	cr_assert_str_eq(name, other);
	cr_assert_str_eq(name, c->driver == ON_MEMORY   ? "memory-1"
			       : c->driver == ON_SQLITE ? "sqlite-1"
							: "postgres-2");
	target_close(&target);
}

ON_EVERY_DRIVER(contract_digest, a_table_that_is_not_there_is_an_error_and_no_empty_one)
{
	const struct table gone = { .name = "gone", .columns = job_columns, .column_count = 5 };
	const struct query query = { .table = &gone, .columns = all_columns, .column_count = 5 };
	struct summed summed;
	struct target target;

	target_open(&target, c->driver);
	cr_assert_not(conn_digest(target.conn, &query, &summed.count, &summed.sum, &target.err));
	cr_assert_eq(target.err.code, ERR_DATA, "%s", target.err.text);
	target_close(&target);
}

ParameterizedTestParameters(contract_digest, a_limit_is_a_bug)
{
	static struct driver_case drivers[] = { { ON_MEMORY }, { ON_SQLITE }, { ON_POSTGRES } };
	return cr_make_param_array(struct driver_case, drivers, DRIVERS_UNDER_TEST);
}
ParameterizedTest(struct driver_case *c, contract_digest, a_limit_is_a_bug, .signal = SIGABRT)
{
	const struct query query = {
		.table = &job, .columns = all_columns, .column_count = 5, .limit = 1
	};
	struct summed summed;
	struct target target;

	target_open(&target, c->driver);
	conn_digest(target.conn, &query, &summed.count, &summed.sum, &target.err);
}
