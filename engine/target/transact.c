/*
 * transact.c: a transaction of the target that is done again when another engine was faster.
 */
#include "engine/target/transact.h"

#include "engine/base/clock.h"

enum { ATTEMPTS_MAX = 12, PAUSE_NS = 5 * 1000 * 1000 };

bool target_repeat(transaction_function attempt, void *context, struct err *err)
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
	struct conn *target;
	transaction_function work;
	void *context;
};

static bool attempt(void *context, struct err *err)
{
	const struct transaction *transaction = context;

	if (!conn_begin(transaction->target, err))
		return false;
	if (transaction->work(transaction->context, err) && conn_commit(transaction->target, err))
		return true;
	conn_rollback(transaction->target);
	return false;
}

bool target_transact(struct conn *target, transaction_function work, void *context, struct err *err)
{
	struct transaction transaction = { target, work, context };

	return target_repeat(attempt, &transaction, err);
}
