/*
 * transact.h: a transaction of the target that is done again when another engine was faster.
 *
 * Ledger entries and chunks are numbered without gaps, so two writers may want the same number. Where the store does not make them
 * wait for each other from the start, the second is refused when it inserts, and knows only afresh what comes next.
 */
#ifndef ENGINE_TARGET_TRANSACT_H
#define ENGINE_TARGET_TRANSACT_H

#include "drivers/driver.h"

/* The work of a transaction; it may be called several times, each time in a transaction of its own. */
typedef bool (*transaction_function)(void *context, struct err *err);

/* Begin, work, commit. ERR_TRANSIENT when others were faster again and again; nothing is written then. */
bool target_transact(struct conn *target, transaction_function work, void *context,
		     struct err *err);

/* An attempt that begins and commits by itself, until it no longer ends with ERR_CONFLICT. */
bool target_repeat(transaction_function attempt, void *context, struct err *err);

#endif
