/*
 * transact.c: a transaction that is done again when another engine was faster.
 *
 * Ledger entries and chunks are numbered without gaps, so two writers may want the same number. Where the store does not make them
 * wait for each other from the start, the second is refused when it inserts, and knows only afresh what comes next.
 */
#include "engine/base/clock.h"
#include "engine/move/mover.h"

enum { ATTEMPTS_MAX = 12, PAUSE_NS = 5 * 1000 * 1000 };

static bool repeat(transaction_function attempt, void *context, struct err *err)
{
	for (int i = 1; i <= ATTEMPTS_MAX; i++) {
		if (attempt(context, err))
			return true;
		if (err->code != ERR_CONFLICT)
			return false;
		if (i == ATTEMPTS_MAX)
			break;
		err_reset(err);
		clock_sleep_ns((int64_t)i * PAUSE_NS);
	}
	err_reset(err);
	return err_set(err, ERR_TRANSIENT,
		       "other engines were faster %d times in a row; nothing was written, try "
		       "again later",
		       ATTEMPTS_MAX);
}

struct transaction {
	struct conn *target;   /* of nobody's but the run */
	struct worker *worker; /* or this worker's */
	transaction_function work;
	void *context;
};

static bool on_target(void *context, struct err *err)
{
	const struct transaction *transaction = context;

	if (!conn_begin(transaction->target, err))
		return false;
	if (transaction->work(transaction->context, err) && conn_commit(transaction->target, err))
		return true;
	conn_rollback(transaction->target);
	return false;
}

static bool by_worker(void *context, struct err *err)
{
	const struct transaction *transaction = context;

	if (!worker_begin(transaction->worker, err))
		return false;
	if (transaction->work(transaction->context, err))
		return worker_commit(transaction->worker, err);
	worker_rollback(transaction->worker);
	return false;
}

bool mover_transact(struct conn *target, transaction_function work, void *context, struct err *err)
{
	struct transaction transaction = { .target = target, .work = work, .context = context };

	return repeat(on_target, &transaction, err);
}

bool worker_transact(struct worker *worker, transaction_function work, void *context,
		     struct err *err)
{
	struct transaction transaction = { .worker = worker, .work = work, .context = context };

	return repeat(by_worker, &transaction, err);
}
