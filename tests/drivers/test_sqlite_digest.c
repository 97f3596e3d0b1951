/*
 * test_sqlite_digest.c: SQLite's digest is of what is stored: storage classes and bytes.
 */
#include <criterion/criterion.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "tests/drivers/jobs.h"

TestSuite(sqlite_digest, .timeout = 30);

static const struct table_column columns[] = { { "v", TABLE_TEXT, false } };
static const struct table table = { .name = "vs", .columns = columns, .column_count = 1 };

/* Of a table whose one row holds this, in a column that leaves values as they come. */
static struct digest digest_of_value(struct target *target, const char *value)
{
	static const int v[] = { 0 };
	const struct query query = { .table = &table, .columns = v, .column_count = 1 };
	struct sqlite_conn *conn = sqlite_of(target->conn);
	struct digest sum;
	int64_t count;
	struct buf sql;

	buf_init(&sql);
	buf_print(&sql, "drop table if exists vs; create table vs(v); insert into vs values (%s)",
		  value);
	cr_assert(sqlite_run(conn, sql.data, &target->err), "%s", target->err.text);
	buf_release(&sql);
	cr_assert(conn_digest(target->conn, &query, &count, &sum, &target->err), "%s",
		  target->err.text);
	cr_assert_eq(count, 1);
	return sum;
}

/* The bytes as they are laid out: what is recorded stays comparable with what later releases make. */
Test(sqlite_digest, is_of_bytes_written_out_here)
{
	const struct {
		const char *value;
		struct span image;
	} cases[] = {
		{ "'a'", SPAN("t\1\0\0\0\0\0\0\0a") },
		{ "''", SPAN("t\0\0\0\0\0\0\0\0") },
		{ "null", SPAN("~\0\0\0\0\0\0\0\0") },
		{ "x'00ff'", SPAN("b\2\0\0\0\0\0\0\0\0\xff") },
		{ "258", SPAN("i\10\0\0\0\0\0\0\0\2\1\0\0\0\0\0\0") },
		{ "-1", SPAN("i\10\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff") },
		{ "1.0", SPAN("r\10\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0\x3f") },
	};
	struct target target;

	target_open(&target, ON_SQLITE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_assert(digest_equal(digest_of_value(&target, cases[i].value),
				       digest_of(cases[i].image)),
			  "%s", cases[i].value);
	target_close(&target);
}

Test(sqlite_digest, tells_storage_classes_apart)
{
	static const char *const values[] = { "1",  "1.0", "'1'", "x'31'",          "null", "'1.0'",
					      "''", "x''", "0",   "'a' || char(0)", "'a'" };
	enum { VALUES = sizeof(values) / sizeof(*values) };
	struct digest seen[VALUES];
	struct target target;

	target_open(&target, ON_SQLITE);
	for (int i = 0; i < VALUES; i++) {
		seen[i] = digest_of_value(&target, values[i]);
		for (int k = 0; k < i; k++)
			cr_assert_not(digest_equal(seen[i], seen[k]), "%s and %s", values[i],
				      values[k]);
	}
	target_close(&target);
}

/* A view or a trigger of the file could otherwise run it on its own. */
Test(sqlite_digest, cannot_be_called_by_what_stands_in_the_file)
{
	struct target target;

	target_open(&target, ON_SQLITE);
	cr_assert(sqlite_run(sqlite_of(target.conn),
			     "create view d as select engine_digest(id) as d from job_final",
			     &target.err),
		  "%s", target.err.text);
	cr_assert_not(sqlite_run(sqlite_of(target.conn), "select * from d", &target.err));
	cr_assert(strstr(target.err.text, "unsafe use"), "%s", target.err.text);
	target_close(&target);
}
