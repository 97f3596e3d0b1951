/*
 * strata_known.c: what the workers of a run know together of engine_stratum: read when the run is opened, then told by each pass.
 */
#include "engine/move/strata.h"

#include "engine/base/require.h"
#include "engine/target/stratum.h"

void strata_init(struct mover *mover)
{
	struct strata_knowledge *knowledge = &mover->strata;

	pthread_mutex_init(&knowledge->lock, NULL);
	arena_init(&knowledge->arena);
	knowledge->entities =
	    arena_zalloc(&knowledge->arena, MOVE_ENTITIES_MAX * sizeof(*knowledge->entities));
	for (int i = 0; i < MOVE_ENTITIES_MAX; i++)
		span_map_init(&knowledge->entities[i].by_name, &knowledge->arena, 0);
}

void strata_release(struct mover *mover)
{
	arena_release(&mover->strata.arena);
	pthread_mutex_destroy(&mover->strata.lock);
}

/* The stratum, remembered from now on; NULL when there are too many. */
static struct known_stratum *remember(struct strata_knowledge *knowledge, int entity,
				      struct span name)
{
	struct known_strata *strata = &knowledge->entities[entity];
	int64_t at = span_map_get(&strata->by_name, name);

	if (at != SPAN_MAP_NONE)
		return &strata->items[at];
	if (strata->count == STRATA_KNOWN_MAX)
		return NULL;
	strata->items = arena_grow_by_one(&knowledge->arena, strata->items, strata->count,
					  sizeof(*strata->items));
	strata->items[strata->count] = (struct known_stratum){ 0 };
	span_map_put(&strata->by_name, arena_copy(&knowledge->arena, name), (int64_t)strata->count);
	return &strata->items[strata->count++];
}

static void lower(struct known_stratum *known, uint64_t bound)
{
	if (!known->is_bounded || bound < known->bound)
		known->bound = bound;
	known->is_bounded = true;
}

void strata_ask(struct mover *mover, int entity, struct span name, struct known_stratum *known)
{
	struct strata_knowledge *knowledge = &mover->strata;
	const struct known_strata *strata = &knowledge->entities[entity];
	int64_t at;

	*known = (struct known_stratum){ 0 };
	pthread_mutex_lock(&knowledge->lock);
	at = span_map_get(&strata->by_name, name);
	if (at != SPAN_MAP_NONE)
		*known = strata->items[at];
	pthread_mutex_unlock(&knowledge->lock);
}

void strata_tell(const struct pass *pass)
{
	struct strata_knowledge *knowledge = &pass->worker->mover->strata;
	int entity = pass->lease->entity;

	pthread_mutex_lock(&knowledge->lock);
	for (int i = 0; i < pass->strata->count; i++) {
		const struct stratum *stratum = &pass->strata->items[i];
		struct known_stratum *known = remember(knowledge, entity, stratum->name);

		if (stratum->added > 0 || stratum->is_bound_new)
			knowledge->entities[entity].is_touched = true;
		if (!known)
			continue;
		known->count += stratum->added;
		if (!stratum->is_bound_new)
			continue;
		lower(known, stratum->bottom.bound);
		known->count = STRATUM_KEPT_MIN;
	}
	pthread_mutex_unlock(&knowledge->lock);
}

static bool load_entity(struct mover *mover, int entity, struct conn *target, struct err *err)
{
	struct standings standings;
	struct arena scratch;
	bool ok;

	arena_init(&scratch);
	ok = strata_scan(target, mover_entity(mover, entity)->name, &scratch, &standings, err);
	for (int i = 0; ok && i < standings.count; i++) {
		const struct standing *standing = &standings.items[i];
		struct known_stratum *known = remember(&mover->strata, entity, standing->name);

		mover->strata.entities[entity].is_touched |= standing->is_untidy;
		if (!known)
			continue;
		known->count = standing->count;
		/* Not the one that it should have: only what stands there bounds. */
		if (standing->has_bound)
			lower(known, standing->lowest_bound);
	}
	arena_release(&scratch);
	return ok;
}

bool strata_load(struct mover *mover, struct conn *target, struct err *err)
{
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (!load_entity(mover, i, target, err))
			return err_while(err, "reading the strata of %s",
					 mover_entity(mover, i)->name);
	return true;
}

/* ---- at the end ---- */

struct sweep {
	struct mover *mover;
	struct conn *target;
	int entity;
};

static bool sweep_entity(void *context, struct err *err)
{
	const struct sweep *sweep = context;
	const char *name = mover_entity(sweep->mover, sweep->entity)->name;
	struct standings standings;
	struct arena scratch;
	bool ok;

	/* Whoever writes what they belong to holds this first, so that nobody waits for the other in turn. */
	if (!history_hold_all(sweep->mover, sweep->target, QUERY_UPDATE, err))
		return false;
	arena_init(&scratch);
	ok = strata_scan(sweep->target, name, &scratch, &standings, err);
	for (int i = 0; ok && i < standings.count; i++)
		if (standings.items[i].is_untidy)
			ok = stratum_cut(sweep->target, name, standings.items[i].name,
					 standings.items[i].bound,
					 sweep->mover->rule_epochs[sweep->entity], err);
	arena_release(&scratch);
	return ok;
}

bool strata_sweep(struct mover *mover, struct conn *target, struct err *err)
{
	struct sweep sweep = { .mover = mover, .target = target };

	for (; sweep.entity < mover->migration->entity_count; sweep.entity++)
		if (mover->strata.entities[sweep.entity].is_touched &&
		    !target_transact(target, sweep_entity, &sweep, err))
			return err_while(err, "tidying up the strata of %s",
					 mover_entity(mover, sweep.entity)->name);
	return true;
}
