/*
 * transact.c: a transaction that is done again when another engine was faster.
 *
 * Ledger entries are numbered without gaps, so two writers may want the same number. Where the store does not make them wait
 * for each other from the start, the second is refused when it inserts, and knows only afresh what to chain to.
 */
#include "engine/base/clock.h"
#include "engine/move/mover.h"

enum { ATTEMPTS_MAX = 12, PAUSE_NS = 5 * 1000 * 1000 };

static bool attempt(struct conn *target, transaction_function work, void *context, struct err *err)
{
	if (!conn_begin(target, err))
		return false;
	if (work(context, err) && conn_commit(target, err))
		return true;
	conn_rollback(target);
	return false;
}

bool mover_transact(struct conn *target, transaction_function work, void *context, struct err *err)
{
	for (int i = 1; i <= ATTEMPTS_MAX; i++) {
		if (attempt(target, work, context, err))
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
