/*
 * failure.c: what PostgreSQL says went wrong, in the words of the contract.
 *
 * Details and hints are left out: a detail quotes the row.
 */
#include <string.h>

#include "drivers/postgres/postgres_internal.h"

struct meaning {
	char state[6]; /* SQLSTATE, or its first letters */
	enum err_code code;
};

/* The first that fits counts. */
static const struct meaning meanings[] = {
	{ "23505", ERR_CONFLICT }, /* unique_violation */
	{ "23", ERR_DATA },
	{ "40", ERR_TRANSIENT },     /* serialization, deadlock, recovery conflict */
	{ "55P03", ERR_TRANSIENT },  /* lock_not_available */
	{ "57014", ERR_TRANSIENT },  /* statement timeout */
	{ "57P", ERR_TRANSIENT },    /* shutting down, starting */
	{ "25P03", ERR_TRANSIENT },  /* idle_in_transaction_session_timeout */
	{ "25006", ERR_PERMISSION }, /* read_only_sql_transaction */
	{ "53100", ERR_IO },         /* disk_full */
	{ "53", ERR_TRANSIENT },     /* too many connections, out of memory */
	{ "58", ERR_IO },
	{ "F0", ERR_IO },
	{ "XX", ERR_IO }, /* a damaged table, a bug of theirs */
	{ "28", ERR_PERMISSION },
	{ "42501", ERR_PERMISSION },
	{ "08", ERR_TRANSIENT },
	{ "3D000", ERR_UNAVAILABLE }, /* there is no such database */
};

static enum err_code code_of(const char *state)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
			return meanings[i].code;
	return ERR_DATA;
}

/* Of a server that does not let us in. */
static enum err_code code_of_refusal(const char *state)
{
	enum err_code code = code_of(state);

	return code == ERR_DATA ? ERR_UNAVAILABLE : code;
}

bool pg_failure(struct pg_conn *conn, const PGresult *result, struct err *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	/* Without a state it is libpq that speaks: there is no server to ask any more. */
	if (state == NULL || PQstatus(conn->pg) != CONNECTION_OK)
		return pg_lost(conn, err);
	return err_set(err, code_of(state), "%s (SQLSTATE %s)", message ? message : "", state);
}

/* One line of what libpq has to say, without what it says before it. */
static void first_line(const char *message, char line[WARNING_SIZE])
{
	size_t size;

	if (message == NULL || *message == '\0')
		message = "the connection was closed";
	size = strcspn(message, "\n");
	if (size >= WARNING_SIZE)
		size = WARNING_SIZE - 1;
	memcpy(line, message, size);
	line[size] = '\0';
}

bool pg_lost(struct pg_conn *conn, struct err *err)
{
	char line[WARNING_SIZE];

	first_line(PQerrorMessage(conn->pg), line);
	return err_set(err, ERR_TRANSIENT, "the connection to PostgreSQL is gone: %s", line);
}

/* "FATAL:  28P01: …", whatever the server's language; without a state libpq itself speaks, in English. */
static const char *state_of_refusal(const char *message, char state[6])
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *at;

	for (at = strstr(message, ":  "); at; at = strstr(at + 1, ":  "))
		if (strspn(at + 3, letters) == 5 && at[8] == ':') {
			memcpy(state, at + 3, 5);
			state[5] = '\0';
			return state;
		}
	return strstr(message, "no password supplied") ? "28P01" : "3D000";
}

bool pg_refused(PGconn *pg, struct err *err)
{
	const char *message = PQerrorMessage(pg);
	char line[WARNING_SIZE], state[6];

	first_line(message, line);
	return err_set(err, code_of_refusal(state_of_refusal(message, state)), "%s", line);
}
