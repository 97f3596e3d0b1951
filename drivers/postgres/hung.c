/*
 * hung.c: an engine that hangs does not keep what it has locked from those who come after it.
 *
 * Between statements the server ends its session by idle_in_transaction_session_timeout. Within one it waits for ever: who comes next
 * ends it. What hung has written nothing, and comes back with a new session when it wakes.
 */
#include "drivers/postgres/postgres_internal.h"
#include "end_hung.sql.inc"
#include "engine/base/log.h"

static int statement_seconds(const struct pg_conn *conn)
{
	return conn->base.role == CONN_SOURCE ? WALK_SECONDS_MAX : STATEMENT_SECONDS_MAX;
}

static PGresult *end_hung(struct pg_conn *conn, struct err *err)
{
	char seconds[20];
	const char *const values[] = { seconds };

	snprintf(seconds, sizeof(seconds), "%d", statement_seconds(conn));
	return wire_answer(
	    conn, PQsendQueryParams(conn->pg, end_hung_sql, 1, NULL, values, NULL, NULL, 0), err);
}

bool pg_end_hung(struct pg_conn *conn, struct err *err)
{
	enum { NAME, PROCESS, SECONDS };
	PGresult *result = end_hung(conn, err);

	if (result == NULL && err->code == ERR_PERMISSION) {
		err_reset(err); /* who runs the server wants to do so by hand */
		return true;
	}
	for (int i = 0; result && i < PQntuples(result); i++)
		log_event(LOG_WARN,
			  "ended the session %s (process %s): what it asked has waited for its "
			  "engine for %s s, with everything it had locked",
			  PQgetvalue(result, i, NAME), PQgetvalue(result, i, PROCESS),
			  PQgetvalue(result, i, SECONDS));
	PQclear(result);
	return result != NULL;
}
