/*
 * probe.c: a number that says how the store fares, asked for once a second.
 *
 * It is sent as one statement that stands in brackets, in a transaction that only reads and is rolled back: the
 * protocol for one statement takes no second one, and what may not write cannot be talked into it.
 */
#include <stdlib.h>

#include "drivers/postgres/postgres_internal.h"

enum {
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_FLOAT4 = 700,
	OID_FLOAT8 = 701,
	OID_NUMERIC = 1700,
};

static bool is_number(Oid type)
{
	return type == OID_INT8 || type == OID_INT2 || type == OID_INT4 || type == OID_FLOAT4 ||
	       type == OID_FLOAT8 || type == OID_NUMERIC;
}

static void take_answer(const PGresult *result, struct probe_answer *answer)
{
	answer->column_count = PQnfields(result);
	answer->row_count = PQntuples(result);
	if (answer->column_count == 0 || answer->row_count == 0)
		return;
	answer->kind = PQgetisnull(result, 0, 0)       ? PROBE_NULL
		       : is_number(PQftype(result, 0)) ? PROBE_NUMBER
						       : PROBE_OTHER;
	/* The engine keeps the C locale, and the session says numbers exactly. */
	if (answer->kind == PROBE_NUMBER)
		answer->number = strtod(PQgetvalue(result, 0, 0), NULL);
}

/* Names are looked for where legacy's own programs look. */
static bool begin(struct pg_conn *conn, struct err *err)
{
	struct buf *sql = &conn->sql;

	buf_reset(sql);
	buf_print(sql,
		  "begin read only; set local statement_timeout = '%ds';"
		  "set local enable_seqscan = on; set local enable_sort = on;",
		  PROBE_SECONDS_MAX);
	pg_sql_put_path(conn, sql);
	return wire_do(conn, sql->data, err);
}

static bool ask(struct pg_conn *conn, const char *statement, struct probe_answer *answer,
		struct err *err)
{
	struct buf *sql = &conn->sql;
	PGresult *result;

	buf_reset(sql);
	/* A comment at the end of a line must not swallow the bracket. */
	buf_print(sql, "select * from (\n%s\n) as probe limit 2", statement);
	result = wire_answer(
	    conn, PQsendQueryParams(conn->pg, sql->data, 0, NULL, NULL, NULL, NULL, 0), err);
	if (result)
		take_answer(result, answer);
	PQclear(result);
	return result != NULL;
}

bool pg_probe(struct conn *base, const char *sql, struct probe_answer *answer, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	struct err ignored = { ERR_NONE, "" };
	bool ok;

	conn->answer_seconds = PROBE_SECONDS_MAX + 1;
	ok = begin(conn, err) && ask(conn, sql, answer, err);
	if (PQstatus(conn->pg) == CONNECTION_OK)
		ok = wire_do(conn, "rollback", ok ? err : &ignored) && ok;
	conn->answer_seconds = ANSWER_SECONDS_MAX;
	/* What the store calls bad data is a statement that it does not take. */
	if (!ok && err->code == ERR_DATA)
		err->code = ERR_RULE;
	return ok;
}
