/*
 * repair.c: chunks in which legacy and target differ are moved again, and of everything that differed is said what became of it.
 *
 * A repair is a pass over the whole chunk and not over the keys that were named: a key may be the very thing that is damaged, and lie
 * in another chunk; counters of a chunk are exact only behind a pass over all of it; and a record that legacy loses meanwhile is seen by
 * the next pass like any other, because the sum of what was read stands beside it.
 */
#include <stdlib.h>

#include "engine/move/again.h"
#include "engine/move/pass.h"

struct repairing {
	struct move_repair *items;
	size_t count;
	struct move_repair **order; /* by entity and chunk */

	/* of the chunk at hand */
	struct worker *worker;
	struct move_repair **group;
	size_t group_count;
	struct span upper; /* before it was cut, if it was */
	struct span_map damaged;
};

static const char no_chunk[] =
    "no chunk accounts for it: where legacy has a row of it, `engine run` moves it where it "
    "belongs; else remove it by hand";
static const char of_no_row[] =
    "it is of no one row: it goes with the rows that are moved again, else with `engine run`";
static const char not_reached[] = "it was not come to: reconcile again";

/* ---- what became of it ---- */

static bool is_of_row(const struct move_repair *item)
{
	return item->id.data || item->key.data;
}

/* A pass, looked at by names. */
struct outlook {
	const struct pass *pass;
	struct span_map by_id;  /* of the records that were made */
	struct span_map by_key; /* of rows of legacy */
	struct span_map held;   /* of records there were, by id */
	bool was_cut;
};

static void outlook_init(struct outlook *outlook, const struct pass *pass)
{
	const struct joined *joined = pass->joined;

	outlook->pass = pass;
	span_map_init(&outlook->by_id, pass->arena, joined->row_count);
	span_map_init(&outlook->by_key, pass->arena, joined->row_count);
	span_map_init(&outlook->held, pass->arena, pass->held_count);
	for (size_t i = 0; i < joined->row_count; i++) {
		span_map_put(&outlook->by_key, joined->rows[i].key, (int64_t)i);
		if (pass->outcomes[i].kind == OUTCOME_RECORD)
			span_map_put(&outlook->by_id, pass->outcomes[i].id, (int64_t)i);
	}
	for (size_t i = 0; i < pass->held_count; i++)
		span_map_put(&outlook->held, pass->held[i].id, (int64_t)i);
}

static int64_t find(const struct span_map *map, struct span name)
{
	return name.data ? span_map_get(map, name) : SPAN_MAP_NONE;
}

/* Of a record that was there and that no row has become. */
static const char *reason_of_held(const struct held *held, const struct move_repair *item)
{
	if (held->live)
		return "legacy has no row of it any more, and the rule keeps such records: put its "
		       "row back from a backup of the target, and reconcile again";
	if (!held->removed && (held->withdrawn ? item->is_lasting : item->is_of_record))
		return "it is withdrawn, so no row makes it again: put its row back from a backup "
		       "of the target, or remove it by hand, and reconcile again";
	return NULL;
}

static const char *reason_of_chunk(const struct outlook *outlook)
{
	const struct pass *pass = outlook->pass;

	return pass->repair->is_touched && !pass->has_written
		   ? "only withdrawn records are left in it, which no row makes again: put their "
		     "rows back from a backup of the target, and reconcile again"
		   : NULL;
}

static const char *reason_left(const struct outlook *outlook, const struct move_repair *item)
{
	const struct pass *pass = outlook->pass;
	int64_t held = find(&outlook->held, item->id);

	if (!is_of_row(item))
		return reason_of_chunk(outlook);
	if (find(&outlook->by_id, item->id) != SPAN_MAP_NONE)
		return NULL;
	if (held != SPAN_MAP_NONE)
		return reason_of_held(&pass->held[held], item);
	if (find(&outlook->by_key, item->key) != SPAN_MAP_NONE)
		return NULL;
	if (outlook->was_cut)
		return "its chunk was cut while it was repaired: reconcile again";
	return item->is_extra ? NULL
			      : "neither legacy nor the target has it in this chunk now: reconcile "
				"again";
}

static void judge(const struct pass *pass, void *context)
{
	struct repairing *repairing = context;
	struct outlook outlook = { .was_cut =
				       !span_equal(repairing->upper, pass->chunk->range.upper) };

	outlook_init(&outlook, pass);
	for (size_t i = 0; i < repairing->group_count; i++) {
		struct move_repair *item = repairing->group[i];
		int64_t row = find(&outlook.by_id, item->id);

		item->left = reason_left(&outlook, item);
		item->is_written = row != SPAN_MAP_NONE && (pass->actions[row] == ACTION_INSERT ||
							    pass->actions[row] == ACTION_UPDATE);
	}
}

/* ---- one chunk ---- */

static void leave(const struct repairing *repairing, const char *why)
{
	for (size_t i = 0; i < repairing->group_count; i++)
		repairing->group[i]->left = why;
}

static void leave_without_chunk(const struct repairing *repairing)
{
	for (size_t i = 0; i < repairing->group_count; i++)
		repairing->group[i]->left = is_of_row(repairing->group[i]) ? no_chunk : of_no_row;
}

static void note_damaged(struct repairing *repairing)
{
	span_map_init(&repairing->damaged, &repairing->worker->plan, repairing->group_count);
	for (size_t i = 0; i < repairing->group_count; i++)
		if (repairing->group[i]->is_of_record && repairing->group[i]->id.data)
			span_map_put(&repairing->damaged, repairing->group[i]->id, 0);
}

static bool repair_chunk(struct repairing *repairing, int entity, struct err *err)
{
	struct worker *worker = repairing->worker;
	int64_t chunk_no = repairing->group[0]->chunk_no;
	struct chunk chunk;
	struct lease lease;
	bool found = false;

	if (chunk_no >= 0 &&
	    !again_begin_chunk(worker, entity, chunk_no, &found, &chunk, &lease, err))
		return false;
	if (!found) {
		leave_without_chunk(repairing);
		return true;
	}
	repairing->upper = chunk.range.upper;
	note_damaged(repairing);
	return pass_repair(worker, &lease, &chunk, &repairing->damaged, judge, repairing, err) &&
	       again_end_chunk(worker, &lease, err);
}

/* ---- all of them ---- */

static int compare(const void *a, const void *b)
{
	const struct move_repair *one = *(struct move_repair *const *)a;
	const struct move_repair *other = *(struct move_repair *const *)b;
	int order = strcmp(one->entity, other->entity);

	return order ? order
		     : (one->chunk_no > other->chunk_no) - (one->chunk_no < other->chunk_no);
}

/* The group that begins at `first`. */
static void take_group(struct repairing *repairing, size_t first)
{
	size_t end = first + 1;

	while (end < repairing->count &&
	       compare(&repairing->order[first], &repairing->order[end]) == 0)
		end++;
	repairing->group = repairing->order + first;
	repairing->group_count = end - first;
}

static bool has_extra(const struct repairing *repairing)
{
	for (size_t i = 0; i < repairing->group_count; i++)
		if (repairing->group[i]->is_extra)
			return true;
	return false;
}

static int entity_of(const struct mover *mover, const char *name)
{
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (strcmp(mover_entity(mover, i)->name, name) == 0)
			return i;
	return -1;
}

/* What is too much first: it may stand where something else belongs. */
static bool repair_round(struct repairing *repairing, bool of_extras, struct err *err)
{
	const struct mover *mover = repairing->worker->mover;

	for (size_t i = 0; i < repairing->count; i += repairing->group_count) {
		int entity;

		take_group(repairing, i);
		if (has_extra(repairing) != of_extras)
			continue;
		if (mover_must_stop(repairing->worker->mover))
			return true;
		entity = entity_of(mover, repairing->group[0]->entity);
		if (entity < 0)
			leave_without_chunk(repairing);
		else if (!repair_chunk(repairing, entity, err))
			return false;
	}
	return true;
}

static bool settle_all(const struct repairing *repairing, struct err *err)
{
	const struct mover *mover = repairing->worker->mover;

	for (size_t i = 0; i < repairing->count; i++) {
		int entity = entity_of(mover, repairing->order[i]->entity);

		if (i > 0 &&
		    strcmp(repairing->order[i]->entity, repairing->order[i - 1]->entity) == 0)
			continue;
		if (entity >= 0 && !collision_settle(repairing->worker, entity, err))
			return false;
	}
	return true;
}

/* One record may differ in several chunks, where its row stands and where it belongs: when it was written it is repaired. */
static void add_up(const struct repairing *repairing, struct arena *arena,
		   struct move_report *report)
{
	struct move_repair *items = repairing->items;
	int64_t name_count = 0;
	bool *is_written, *is_left;
	bool is_moved = false;

	for (size_t i = 0; i < repairing->count; i++) {
		is_moved = is_moved || !items[i].left;
		if (items[i].name >= name_count)
			name_count = items[i].name + 1;
	}
	is_written = arena_zalloc(arena, (size_t)name_count + 1);
	is_left = arena_zalloc(arena, (size_t)name_count + 1);
	for (size_t i = 0; i < repairing->count; i++)
		if (items[i].name >= 0 && items[i].is_written)
			is_written[items[i].name] = true;
	for (size_t i = 0; i < repairing->count; i++) {
		if (items[i].name >= 0 && is_written[items[i].name])
			items[i].left = NULL;
		else if (items[i].name >= 0 && items[i].left)
			is_left[items[i].name] = true;
	}
	report->repaired = name_count;
	for (int64_t i = 0; i < name_count; i++) {
		report->repaired -= is_left[i];
		report->left += is_left[i];
	}
	for (size_t i = 0; i < repairing->count; i++) {
		if (items[i].left == of_no_row && is_moved)
			items[i].left = NULL;
		report->left += items[i].name < 0 && items[i].left;
	}
}

static bool repair_all(struct worker *worker, void *context, struct move_report *report,
		       struct err *err)
{
	struct repairing *repairing = context;

	repairing->worker = worker;
	leave(&(struct repairing){ .group = repairing->order, .group_count = repairing->count },
	      not_reached);
	if (!repair_round(repairing, true, err) || !repair_round(repairing, false, err))
		return false;
	report->complete = !mover_must_stop(worker->mover);
	if (report->complete && !settle_all(repairing, err))
		return false;
	add_up(repairing, worker->mover->arena, report);
	return true;
}

bool move_repair(const struct move_options *options, struct move_repair *items, size_t count,
		 struct move_progress *progress, struct arena *arena, struct move_report *report,
		 struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	struct repairing repairing = { .items = items, .count = count };
	const struct again again = { .kind = MOVER_REPAIR,
				     .work = repair_all,
				     .context = &repairing };

	repairing.order = arena_alloc(arena, (count + 1) * sizeof(*repairing.order));
	for (size_t i = 0; i < count; i++)
		repairing.order[i] = &items[i];
	qsort(repairing.order, count, sizeof(*repairing.order), compare);
	return move_again(options, progress, arena, &again, report, faults, warnings, err);
}
