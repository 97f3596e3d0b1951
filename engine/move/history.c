/*
 * history.c: nobody writes from a history of legacy that is not the accepted one.
 *
 * A legacy that failed over, or was restored, may lack what it had said before, and an old primary that still lives goes on
 * saying it. Which history is believed stands in engine_entity, beside the rule epoch: whoever writes shares that row until the commit, and
 * whoever accepts another (accept.c) must have it alone. So of two engines on two sides of a failover one at most can write.
 */
#include <stdio.h>

#include "engine/model/instant.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

enum { DESCRIBED_SIZE = HISTORY_SYSTEM_SIZE + 60 };

enum { HELD_EPOCH, HELD_SYSTEM, HELD_TIMELINE, HELD_SINCE, HELD_COLUMNS };
static const int held_columns[HELD_COLUMNS] = {
	ENTITY_EPOCH,
	ENTITY_LEGACY_SYSTEM,
	ENTITY_LEGACY_TIMELINE,
	ENTITY_LEGACY_SINCE,
};

/* What stands in a row of engine_entity. */
struct held_entity {
	bool is_there;
	int64_t epoch;
	struct history history;
	int64_t since_us;
};

static const char *describe(const struct history *history, char text[DESCRIBED_SIZE])
{
	if (history->system[0])
		snprintf(text, DESCRIBED_SIZE, "system %s, timeline %lld", history->system,
			 (long long)history->timeline);
	else
		snprintf(text, DESCRIBED_SIZE, "a store that tells no history");
	return text;
}

static const char *since(int64_t since_us, char text[INSTANT_TEXT_SIZE])
{
	if (since_us == 0 || !instant_to_text(since_us, text))
		snprintf(text, INSTANT_TEXT_SIZE, "now");
	return text;
}

bool history_check(const struct mover *mover, const struct history *seen, struct err *err)
{
	char now[DESCRIBED_SIZE], before[DESCRIBED_SIZE], at[INSTANT_TEXT_SIZE];
	struct arena scratch;

	if (history_equal(seen, &mover->history))
		return true;
	arena_init(&scratch);
	err_set(err, ERR_DATA,
		"legacy %s is not what it was: it is %s; what was moved came from %s, accepted "
		"since %s. It has "
		"failed over, was restored, or is another one. Nothing of it was written. If it is "
		"to be "
		"believed, `engine state accept-timeline` makes every chunk due again, and the "
		"next run heals "
		"what differs",
		url_for_people(&scratch, mover->options->legacy), describe(seen, now),
		describe(&mover->history, before), since(mover->history_since_us, at));
	arena_release(&scratch);
	return false;
}

/* Somebody has accepted another one while this engine read on. */
static bool refuse_superseded(const struct mover *mover, const struct history *accepted,
			      int64_t since_us, struct err *err)
{
	char now[DESCRIBED_SIZE], ours[DESCRIBED_SIZE], at[INSTANT_TEXT_SIZE];
	struct arena scratch;

	arena_init(&scratch);
	err_set(err, ERR_DATA,
		"legacy %s, as this engine reads it, is not the one that is believed: it is %s; "
		"since %s "
		"this migration accepts %s (`engine ledger list` says who did). Nothing more was "
		"written. Let "
		"--legacy name the accepted one; if this one is right after all, `engine state "
		"accept-timeline` makes every chunk due again",
		url_for_people(&scratch, mover->options->legacy), describe(&mover->history, ours),
		since(since_us, at), describe(accepted, now));
	arena_release(&scratch);
	return false;
}

static bool take_row(const struct datum *row, struct held_entity *held, struct err *err)
{
	struct span system = row[HELD_SYSTEM].text;

	*held = (struct held_entity){ .is_there = true, .epoch = row[HELD_EPOCH].number };
	if (system.size >= sizeof(held->history.system))
		return err_set(err, ERR_DATA, "engine_entity names a legacy that is none");
	memcpy(held->history.system, system.data, system.size);
	held->history.timeline = row[HELD_TIMELINE].number;
	held->since_us = row[HELD_SINCE].number;
	return true;
}

static bool take_held(void *context, const struct datum *cells, struct err *err)
{
	return take_row(cells, context, err);
}

bool worker_hold(struct worker *worker, int entity, enum query_lock lock, struct err *err)
{
	const struct mover *mover = worker->mover;
	const char *name = mover_entity(mover, entity)->name;
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(name) };
	struct query query = { .table = &table_entity,
			       .columns = held_columns,
			       .column_count = HELD_COLUMNS,
			       .where = &where,
			       .where_count = 1,
			       .lock = lock };
	struct held_entity held = { .epoch = -1 };

	if (!history_check(mover, &worker->legacy->history, err) ||
	    !conn_select(worker->target, &query, take_held, &held, err))
		return false;
	if (held.epoch != mover->rule_epochs[entity])
		return err_set(
		    err, ERR_REFUSED,
		    "another version of the rules for %s was activated while %s was running "
		    "(epoch %lld, ours is %lld); nothing of this chunk was written",
		    name, mover->migration->version, (long long)held.epoch,
		    (long long)mover->rule_epochs[entity]);
	return history_equal(&held.history, &mover->history) ||
	       refuse_superseded(mover, &held.history, held.since_us, err);
}

/* ---- all entities ---- */

static bool compare(void *context, const struct datum *cells, struct err *err)
{
	struct held_entity *first = context;
	struct held_entity held;

	if (!take_row(cells, &held, err))
		return false;
	if (!first->is_there)
		*first = held;
	return history_equal(&held.history, &first->history) ||
	       err_set(
		   err, ERR_DATA,
		   "engine_entity names two histories of legacy at once: somebody has changed it");
}

bool history_read(struct conn *target, enum query_lock lock, struct accepted_history *accepted,
		  struct err *err)
{
	static const int order[] = { ENTITY_NAME };
	struct query query = { .table = &table_entity,
			       .columns = held_columns,
			       .column_count = HELD_COLUMNS,
			       .order_by = order,
			       .order_count = 1,
			       .lock = lock };
	struct held_entity first = { .is_there = false };

	if (!conn_select(target, &query, compare, &first, err))
		return err_while(err, "reading which history of legacy is accepted");
	*accepted = (struct accepted_history){ first.is_there, first.history, first.since_us };
	return true;
}

bool history_begin(struct mover *mover, struct conn *legacy, struct conn *target, struct err *err)
{
	struct accepted_history accepted;

	if (!history_read(target, QUERY_PLAIN, &accepted, err))
		return false;
	mover->history = accepted.is_there ? accepted.history : legacy->history;
	mover->history_since_us = accepted.since_us;
	return history_check(mover, &legacy->history, err);
}

bool history_hold_all(const struct mover *mover, struct conn *target, enum query_lock lock,
		      struct err *err)
{
	struct accepted_history accepted;

	if (!history_read(target, lock, &accepted, err))
		return false;
	return !accepted.is_there || history_equal(&accepted.history, &mover->history) ||
	       refuse_superseded(mover, &accepted.history, accepted.since_us, err);
}
