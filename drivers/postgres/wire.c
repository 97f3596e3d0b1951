/*
 * wire.c: sends to PostgreSQL and waits for it, never for longer than it was given.
 *
 * libpq is used without blocking: a network that swallows everything must cost a lease, not the engine.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/clock.h"
#include "engine/base/require.h"

/* What happened on the socket, or 0 when the time is over. */
static int wait_on(int socket, short events, int64_t until_ns)
{
	struct pollfd waiting = { .fd = socket, .events = events };

	for (;;) {
		int64_t left_ns = until_ns - clock_monotonic_ns();
		int count = poll(&waiting, 1, left_ns <= 0 ? 0 : (int)(left_ns / 1000000) + 1);

		if (count > 0)
			return waiting.revents;
		if (count == 0 || errno != EINTR)
			return 0;
	}
}

static int64_t until_ns(int seconds)
{
	return clock_monotonic_ns() + seconds * INT64_C(1000000000);
}

/* Whoever uses it next is not to wait again. */
static void give_up(struct pg_conn *conn)
{
	shutdown(PQsocket(conn->pg), SHUT_RDWR);
	conn->is_silent = true;
}

/* Wait for the server once, and take in what it says. */
static bool wait_once(struct pg_conn *conn, short events, struct err *err)
{
	int happened = wait_on(PQsocket(conn->pg), events, until_ns(conn->answer_seconds));

	if (happened == 0) {
		give_up(conn);
		return err_set(
		    err, ERR_TRANSIENT,
		    "PostgreSQL has said nothing for %d s: the server or the network is gone",
		    conn->answer_seconds);
	}
	if ((happened & (POLLIN | POLLERR | POLLHUP)) && !PQconsumeInput(conn->pg))
		return pg_lost(conn, err);
	return true;
}

bool wire_flush(struct pg_conn *conn, struct err *err)
{
	int left;

	while ((left = PQflush(conn->pg)) == 1)
		if (!wait_once(conn, POLLIN | POLLOUT, err))
			return false;
	return left == 0 || pg_lost(conn, err);
}

bool wire_connect(PGconn *pg, int seconds)
{
	int64_t end_ns = until_ns(seconds);
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (status != PGRES_POLLING_OK) {
		if (status == PGRES_POLLING_FAILED ||
		    wait_on(PQsocket(pg), status == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			    end_ns) == 0)
			return false;
		status = PQconnectPoll(pg);
	}
	return true;
}

bool wire_send(struct pg_conn *conn, const char *sql, struct err *err)
{
	return PQsendQuery(conn->pg, sql) ? wire_flush(conn, err) : pg_lost(conn, err);
}

/* A store that warns has done something other than what it was told. */
static bool check_warning(struct pg_conn *conn, struct err *err)
{
	if (conn->warning[0] == '\0')
		return true;
	err_set(err, ERR_DATA, "PostgreSQL warns: %s", conn->warning);
	conn->warning[0] = '\0';
	return false;
}

bool wire_next(struct pg_conn *conn, PGresult **result, struct err *err)
{
	*result = NULL;
	while (PQisBusy(conn->pg))
		if (!wait_once(conn, POLLIN, err))
			return false;
	*result = PQgetResult(conn->pg);
	switch (*result ? PQresultStatus(*result) : PGRES_COMMAND_OK) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
	case PGRES_COPY_IN:
	case PGRES_COPY_OUT:
		if (check_warning(conn, err))
			return true;
		break;
	default:
		pg_failure(conn, *result, err);
		break;
	}
	PQclear(*result);
	*result = NULL;
	return false;
}

bool wire_copy_row(struct pg_conn *conn, char **row, size_t *size, struct err *err)
{
	int got;

	while ((got = PQgetCopyData(conn->pg, row, 1)) == 0)
		if (!wait_once(conn, POLLIN, err))
			return false;
	if (got == -2)
		return pg_lost(conn, err);
	if (got == -1)
		*row = NULL;
	*size = got > 0 ? (size_t)got : 0;
	return true;
}

bool wire_copy_put(struct pg_conn *conn, const struct buf *bytes, struct err *err)
{
	int put;

	require(bytes->size <= INT32_MAX);
	while ((put = PQputCopyData(conn->pg, bytes->data, (int)bytes->size)) == 0)
		if (!wait_once(conn, POLLIN | POLLOUT, err))
			return false;
	return put == 1 ? wire_flush(conn, err) : pg_lost(conn, err);
}

bool wire_copy_end(struct pg_conn *conn, struct err *err)
{
	int put;

	while ((put = PQputCopyEnd(conn->pg, NULL)) == 0)
		if (!wait_once(conn, POLLIN | POLLOUT, err))
			return false;
	return put == 1 ? wire_flush(conn, err) : pg_lost(conn, err);
}

static bool drain_one(struct pg_conn *conn, const PGresult *result, struct err *err)
{
	char *row = NULL;
	size_t size;

	if (PQresultStatus(result) == PGRES_COPY_IN)
		return PQputCopyEnd(conn->pg, "given up") == 1 && wire_flush(conn, err);
	if (PQresultStatus(result) != PGRES_COPY_OUT)
		return true;
	do {
		PQfreemem(row);
		if (!wire_copy_row(conn, &row, &size, err))
			return false;
	} while (row);
	return true;
}

void wire_drain(struct pg_conn *conn, bool is_long)
{
	struct err ignored = { ERR_NONE, "" };
	bool goes_on = PQstatus(conn->pg) == CONNECTION_OK;

	/* Where nothing is under way a cancellation costs the server a process, and may strike what we say next. */
	if (goes_on && is_long && !conn->is_silent &&
	    PQtransactionStatus(conn->pg) == PQTRANS_ACTIVE && !pg_cancel(conn))
		give_up(conn);
	while (goes_on) {
		PGresult *result;

		while (PQisBusy(conn->pg) && goes_on)
			goes_on = wait_once(conn, POLLIN, &ignored);
		if (!goes_on)
			break;
		result = PQgetResult(conn->pg);
		goes_on = result && drain_one(conn, result, &ignored);
		PQclear(result);
	}
	conn->warning[0] = '\0';
}

PGresult *wire_ask(struct pg_conn *conn, const char *sql, struct err *err)
{
	PGresult *last = NULL, *next;

	if (!wire_send(conn, sql, err))
		return NULL;
	for (;;) {
		if (!wire_next(conn, &next, err)) {
			PQclear(last);
			wire_drain(conn, false);
			return NULL;
		}
		if (next == NULL)
			return last;
		PQclear(last);
		last = next;
	}
}

PGresult *wire_answer(struct pg_conn *conn, int is_sent, struct err *err)
{
	PGresult *result, *end;

	if (!is_sent) {
		pg_lost(conn, err);
		return NULL;
	}
	if (!wire_flush(conn, err) || !wire_next(conn, &result, err)) {
		wire_drain(conn, false);
		return NULL;
	}
	if (wire_next(conn, &end, err)) {
		require(end == NULL);
		return result;
	}
	PQclear(result);
	wire_drain(conn, false);
	return NULL;
}

bool wire_do(struct pg_conn *conn, const char *sql, struct err *err)
{
	PGresult *result = wire_ask(conn, sql, err);

	PQclear(result);
	return result != NULL;
}
