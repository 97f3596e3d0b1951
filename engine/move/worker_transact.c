/*
 * worker_transact.c: a worker's transaction that is done again when another engine was faster.
 */
#include "engine/move/mover.h"

struct transaction {
	struct worker *worker;
	transaction_function work;
	void *context;
};

static bool attempt(void *context, struct err *err)
{
	const struct transaction *transaction = context;

	if (!worker_begin(transaction->worker, err))
		return false;
	if (transaction->work(transaction->context, err))
		return worker_commit(transaction->worker, err);
	worker_rollback(transaction->worker);
	return false;
}

bool worker_transact(struct worker *worker, transaction_function work, void *context,
		     struct err *err)
{
	struct transaction transaction = { worker, work, context };

	return target_repeat(attempt, &transaction, err);
}
