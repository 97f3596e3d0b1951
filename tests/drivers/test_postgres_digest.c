/*
 * test_postgres_digest.c: PostgreSQL's digest against the same sum in SQL that stands here, and what a large table costs it.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include "drivers/postgres/postgres_internal.h"
#include "tests/drivers/jobs.h"
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_digest, .timeout = 60);

#define OK(call) cr_assert(call, "%s", at.err.text)

static const struct query whole = { .table = &job,
				    .columns = all_columns,
				    .column_count = JOB_COLUMNS };

/* What a sum comes to modulo 2^128: both halves. */
#define TWO_128 "340282366920938463463374607431768211456"
#define HALVES                                                                                     \
	"select div(n, 18446744073709551616) || ' ' || mod(n, 18446744073709551616) from (select " \
	"mod(a + " TWO_128 ", " TWO_128 ") as n from (select sum(hashtextextended(t, 1)) as a "    \
	"from (values %s) as v (t)) as s) as h"

static void expect_texts(struct on_postgres *at, const char *texts)
{
	char sql[2000], expected[64], seen[64];
	struct digest sum;
	int64_t count;

	snprintf(sql, sizeof(sql), HALVES, texts);
	on_postgres_ask(at, sql, expected, sizeof(expected));
	cr_assert(conn_digest(at->conn, &whole, &count, &sum, &at->err), "%s", at->err.text);
	snprintf(seen, sizeof(seen), "%" PRIu64 " %" PRIu64, sum.high, sum.low);
	cr_assert_str_eq(seen, expected, "%s", texts);
}

static void open_jobs(struct on_postgres *at)
{
	on_postgres_open(at);
	on_postgres_connect(at, CONN_TARGET);
	cr_assert(conn_ensure_table(at->conn, &job, &at->err), "%s", at->err.text);
	on_postgres_run(at, "select set_config('search_path', replace(current_schema, 'legacy', "
			    "'target') || ',' || current_schema, false)");
}

static void close_jobs(struct on_postgres *at)
{
	on_postgres_run(at, "select set_config('search_path', replace(current_schema, 'target', "
			    "'legacy'), false)");
	on_postgres_close(at);
}

Test(postgres_digest, is_the_sum_of_hashes_of_texts_written_out_here)
{
	struct on_postgres at;

	open_jobs(&at);
	on_postgres_run(&at, "insert into job_final values ('a,b', 7, '1970-01-01 00:00:01+00', "
			     "'{\"bb\":1.50,\"a\":[2]}', null)");
	expect_texts(&at, "('v,f,f,t,7,1970-01-01 00:00:01+00,3,a,b,{\"a\": [2], \"bb\": 1.50},')");
	on_postgres_run(&at, "insert into job_final values ('é', -1, null, null, ''), "
			     "('x', 0, null, '\"\\n\"', 'y')");
	expect_texts(&at, "('v,t,t,f,-1,2,0,é,,'), ('v,t,f,f,0,1,1,x,y,\"\\n\",'), "
			  "('v,f,f,t,7,1970-01-01 00:00:01+00,3,a,b,{\"a\": [2], \"bb\": 1.50},')");
	close_jobs(&at);
}

Test(postgres_digest, does_not_depend_on_what_the_role_has_set)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at, "alter role %s set timezone = 'Asia/Kathmandu'", at.role);
	on_postgres_run(&at, "alter role %s set datestyle = 'German'", at.role);
	on_postgres_connect(&at, CONN_TARGET);
	OK(conn_ensure_table(at.conn, &job, &at.err));
	on_postgres_run(&at, "select set_config('search_path', replace(current_schema, 'legacy', "
			     "'target') || ',' || current_schema, false)");
	on_postgres_run(&at, "insert into job_final values ('a', 1, '1970-01-01 00:00:01+00')");
	expect_texts(&at, "('v,f,t,t,1,1970-01-01 00:00:01+00,1,a,')");
	close_jobs(&at);
}

/* Where a hand has let NULL in, which the table's definition does not know of. */
Test(postgres_digest, tells_apart_what_is_missing_where_nothing_may_be)
{
	struct on_postgres at;

	open_jobs(&at);
	on_postgres_run(&at, "alter table job_final drop constraint job_final_pkey, "
			     "alter id drop not null, alter count drop not null");
	on_postgres_run(&at, "insert into job_final values (null, 1)");
	expect_texts(&at, "('tf,t,t,t,1,')");
	on_postgres_run(&at, "update job_final set id = '1', count = null");
	expect_texts(&at, "('ft,t,t,t,1,1,')");
	close_jobs(&at);
}

/* Somebody's function of the same name, in a schema that is looked through first. */
Test(postgres_digest, is_made_by_the_stores_own_functions)
{
	struct on_postgres at;
	struct digest sum, again;
	int64_t count;

	open_jobs(&at);
	on_postgres_run(&at, "insert into job_final values ('a', 1)");
	OK(conn_digest(at.conn, &whole, &count, &sum, &at.err));
	on_postgres_run(&at, "create function hashtextextended(text, integer) returns bigint "
			     "language sql immutable as 'select 1::bigint'");
	OK(conn_digest(at.conn, &whole, &count, &again, &at.err));
	cr_assert(digest_equal(sum, again));
	close_jobs(&at);
}

/* Several processes may make it of a large table: the plan of the statement as it is sent, where they cost nothing. */
Test(postgres_digest, of_a_whole_table_can_be_made_by_several_processes)
{
	struct on_postgres at;
	struct pg_conn *conn;
	struct digest sum;
	struct buf sql;
	PGresult *plan;
	int64_t count;
	bool gathers = false;

	open_jobs(&at);
	conn = pg_of(at.conn);
	OK(conn_digest(at.conn, &whole, &count, &sum, &at.err));
	buf_init(&sql);
	buf_put_text(&sql, "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; "
			   "set min_parallel_table_scan_size = 0; explain (costs off) ");
	buf_put_span(&sql, buf_span(&conn->sql));
	plan = wire_ask(conn, sql.data, &at.err);
	cr_assert(plan, "%s", at.err.text);
	for (int i = 0; i < PQntuples(plan); i++)
		gathers |= strstr(PQgetvalue(plan, i, 0), "Gather") != NULL;
	cr_assert(gathers, "%s", conn->sql.data);
	PQclear(plan);
	buf_release(&sql);
	close_jobs(&at);
}
