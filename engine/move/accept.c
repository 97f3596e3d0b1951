/*
 * accept.c: somebody says that the legacy which is there now is to be believed, whatever it was before.
 *
 * What was read from the other history proves nothing any more, so every chunk is due again: an ordinary pass withdraws what legacy
 * no longer has and merges what it has. All of it is one transaction, which has the rows of engine_entity alone: passes that began
 * before are committed, and those that wait for it find another history accepted.
 */
#include "engine/ledger/ledger.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"
#include "engine/target/entities.h"

struct accepting {
	struct conn *target;
	struct state *state;
	struct move_acceptance *acceptance;
	struct arena *arena;
};

/* A target that was restored from an older copy is not to be believed in silence here either. */
static bool compare_mirror(struct accepting *accepting, const struct rows *entities,
			   struct err *err)
{
	for (size_t i = 0; i < entities->row_count; i++)
		if (!mirror_compare_entity(accepting->target, accepting->state,
					   rows_row(entities, i)[0].text.data, err))
			return false;
	return true;
}

/* This process has the state folder for itself: what its owner holds is of a process that is gone. */
static bool free_dead_leases(struct accepting *accepting, const struct rows *entities,
			     struct err *err)
{
	const char *prefix =
	    arena_print(accepting->arena, "%s/", state_owner(accepting->state)).data;

	for (size_t i = 0; i < entities->row_count; i++)
		if (!shard_take_over(accepting->target, rows_row(entities, i)[0].text.data, prefix,
				     accepting->arena, err))
			return false;
	return true;
}

static bool refuse_while_held(struct accepting *accepting, struct err *err)
{
	struct move_holder *holders;
	size_t count;

	if (!move_read_holders(accepting->target, accepting->arena, &holders, &count, err))
		return false;
	if (count == 0)
		return true;
	return err_set(err, ERR_TRANSIENT,
		       "a run is alive: shard %lld of %s is held by %.*s for %lld s more. Stop it "
		       "first (`engine ctl stop` where it runs); what is held by one that is gone "
		       "is free when "
		       "that time is over",
		       (long long)holders[0].shard_no, holders[0].entity, SPAN_ARGS(holders[0].who),
		       (long long)(holders[0].left_us / 1000000));
}

static bool make_due(struct accepting *accepting, struct err *err)
{
	struct condition is_passed = { CHUNK_RUN, IS_NOT_EQUAL, datum_text("") };
	struct condition is_finished = { SHARD_RUN, IS_NOT_EQUAL, datum_text("") };
	struct assignment chunk = { CHUNK_RUN, datum_text("") };
	struct assignment shard = { SHARD_RUN, datum_text("") };
	int64_t shards;

	return conn_update(accepting->target, &table_chunk, &chunk, 1, &is_passed, 1,
			   &accepting->acceptance->chunks_due, err) &&
	       conn_update(accepting->target, &table_shard, &shard, 1, &is_finished, 1, &shards,
			   err);
}

static bool set_history(struct accepting *accepting, struct err *err)
{
	const struct history *to = &accepting->acceptance->to;
	struct assignment set[] = {
		{ ENTITY_LEGACY_SYSTEM, datum_text(to->system) },
		{ ENTITY_LEGACY_TIMELINE, datum_int(to->timeline) },
		{ ENTITY_LEGACY_SINCE, datum_now(0) },
	};
	int64_t changed;

	return conn_update(accepting->target, &table_entity, set, 3, NULL, 0, &changed, err);
}

static bool accept(void *context, struct err *err)
{
	struct accepting *accepting = context;
	struct move_acceptance *acceptance = accepting->acceptance;
	struct accepted_history before;
	struct rows entities;

	if (!history_read(accepting->target, QUERY_UPDATE, &before, err))
		return false;
	if (!before.is_there)
		return err_set(err, ERR_DATA,
			       "the target has seen no run; the first one accepts the legacy it "
			       "finds");
	acceptance->from = before.history;
	acceptance->since_us = before.since_us;
	acceptance->is_change = !history_equal(&acceptance->from, &acceptance->to);
	if (!acceptance->is_change)
		return true;
	return entities_names(accepting->target, accepting->arena, &entities, err) &&
	       compare_mirror(accepting, &entities, err) &&
	       free_dead_leases(accepting, &entities, err) && refuse_while_held(accepting, err) &&
	       make_due(accepting, err) && set_history(accepting, err) &&
	       entries_timeline_accepted(accepting->target, acceptance, err);
}

bool move_accept_timeline(struct conn *legacy, struct conn *target, struct state *state,
			  struct arena *arena, struct move_acceptance *acceptance, struct err *err)
{
	struct accepting accepting = { target, state, acceptance, arena };

	*acceptance = (struct move_acceptance){ .to = legacy->history };
	if (!ledger_follow(target, state, err) || !target_transact(target, accept, &accepting, err))
		return false;
	return !acceptance->is_change || state_put_ledger_head(state, &acceptance->entry, err);
}
