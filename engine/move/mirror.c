/*
 * mirror.c: the state folder's copy of what the target knows: compared, caught up, made again.
 */
#include "engine/base/clock.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"
#include "engine/target/entities.h"

enum { MIRROR_CHUNK_NO, MIRROR_PASS_NO, MIRROR_RUN, MIRROR_COUNT, MIRROR_DIGEST, MIRROR_COLUMNS };
static const int mirror_columns[MIRROR_COLUMNS] = {
	CHUNK_NO, CHUNK_PASS_NO, CHUNK_RUN, CHUNK_RECORD_COUNT, CHUNK_DIGEST,
};

static bool select_chunks(struct conn *target, const char *entity, struct arena *arena,
			  struct rows *rows, struct err *err)
{
	static const int order[] = { CHUNK_NO };
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(entity) },
		{ CHUNK_PASS_NO, IS_GREATER, datum_int(0) },
	};
	struct query query = { .table = &table_chunk,
			       .columns = mirror_columns,
			       .column_count = MIRROR_COLUMNS,
			       .where = where,
			       .where_count = 2,
			       .order_by = order,
			       .order_count = 1 };

	return rows_select(target, &query, arena, rows, err);
}

/* What the folder remembers of an entity, by chunk_no. */
struct memory {
	struct arena *arena;
	struct checkpoint *checkpoints;
	size_t count, capacity;
};

static bool remember(void *context, const struct checkpoint *checkpoint, struct err *err)
{
	struct memory *memory = context;
	size_t size = sizeof(*checkpoint);

	(void)err;
	if (memory->count == memory->capacity) {
		size_t larger = memory->capacity ? memory->capacity * 2 : 64;

		memory->checkpoints = arena_grow(memory->arena, memory->checkpoints,
						 memory->capacity * size, larger * size);
		memory->capacity = larger;
	}
	memory->checkpoints[memory->count++] = *checkpoint;
	return true;
}

static bool say_ahead(const struct checkpoint *checkpoint, const char *entity, int64_t known,
		      struct err *err)
{
	return err_set(
	    err, ERR_DATA,
	    "the state folder remembers pass %lld of chunk %u of %s, the target knows %lld: "
	    "the target was restored from an older copy, or is another one. Nothing was "
	    "written. If the target is right, `engine state rebuild` makes the folder "
	    "again from it",
	    (long long)checkpoint->pass_no, checkpoint->chunk_no, entity, (long long)known);
}

/* is_current: one a chunk of the target: the folder has its last pass. */
static bool compare(const struct memory *memory, const char *entity, const struct rows *chunks,
		    bool *is_current, struct err *err)
{
	size_t next = 0;

	for (size_t i = 0; i < memory->count; i++) {
		const struct checkpoint *checkpoint = &memory->checkpoints[i];
		int64_t known = 0;

		while (next < chunks->row_count &&
		       rows_row(chunks, next)[MIRROR_CHUNK_NO].number < checkpoint->chunk_no)
			next++;
		if (next < chunks->row_count &&
		    rows_row(chunks, next)[MIRROR_CHUNK_NO].number == checkpoint->chunk_no) {
			known = rows_row(chunks, next)[MIRROR_PASS_NO].number;
			is_current[next] = known == checkpoint->pass_no;
		}
		if (known < checkpoint->pass_no)
			return say_ahead(checkpoint, entity, known, err);
	}
	return true;
}

static bool put_checkpoint(struct state *state, const char *entity, const struct datum *row,
			   struct err *err)
{
	struct checkpoint checkpoint = {
		.chunk_no = (uint32_t)row[MIRROR_CHUNK_NO].number,
		.pass_no = row[MIRROR_PASS_NO].number,
		.record_count = row[MIRROR_COUNT].number,
		.at_us = clock_wall_us(),
	};
	struct span run = row[MIRROR_RUN].text;

	if (run.size >= sizeof(checkpoint.run) ||
	    !digest_from_hex(row[MIRROR_DIGEST].text, &checkpoint.digest))
		return err_set(err, ERR_DATA, "engine_chunk %u of %s is damaged",
			       checkpoint.chunk_no, entity);
	memcpy(checkpoint.run, run.data, run.size);
	return state_put_checkpoint(state, entity, &checkpoint, err);
}

/* First what is remembered, then what the target knows: passes that end meanwhile stand in both, or in the target alone. */
static bool check_entity(struct conn *target, struct state *state, const char *entity,
			 bool catches_up, struct err *err)
{
	struct arena arena;
	struct memory memory = { .arena = &arena };
	struct rows rows;
	bool *is_current;
	bool ok = false;

	arena_init(&arena);
	if (!state_each_checkpoint(state, entity, remember, &memory, err) ||
	    !select_chunks(target, entity, &arena, &rows, err))
		goto done;
	is_current = arena_zalloc(&arena, rows.row_count + 1);
	if (!compare(&memory, entity, &rows, is_current, err))
		goto done;
	for (size_t i = 0; i < rows.row_count && catches_up; i++)
		if (!is_current[i] && !put_checkpoint(state, entity, rows_row(&rows, i), err))
			goto done;
	ok = true;
done:
	arena_release(&arena);
	return ok;
}

bool mirror_compare_entity(struct conn *target, struct state *state, const char *entity,
			   struct err *err)
{
	return check_entity(target, state, entity, false, err);
}

static bool check_all(struct mover *mover, struct conn *target, bool catches_up, struct err *err)
{
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (!check_entity(target, mover->state, mover->migration->entities[i].name,
				  catches_up, err))
			return false;
	return true;
}

bool mirror_catch_up(struct mover *mover, struct conn *target, struct err *err)
{
	return check_all(mover, target, true, err);
}

bool mirror_compare(struct mover *mover, struct conn *target, struct err *err)
{
	if (ledger_follow(target, mover->state, err) && check_all(mover, target, false, err))
		return true;
	if (err->code == ERR_DATA) {
		pthread_mutex_lock(&mover->lock);
		mover->is_frozen = true;
		pthread_mutex_unlock(&mover->lock);
	}
	return false;
}

static bool rebuild_checkpoints(struct conn *target, struct state *state, int64_t *chunks,
				struct err *err)
{
	struct arena arena;
	struct rows entities;
	bool ok = false;

	arena_init(&arena);
	if (!entities_names(target, &arena, &entities, err))
		goto done;
	for (size_t e = 0; e < entities.row_count; e++) {
		const char *entity = rows_row(&entities, e)[0].text.data;
		struct rows rows;

		if (!select_chunks(target, entity, &arena, &rows, err))
			goto done;
		for (size_t i = 0; i < rows.row_count; i++, ++*chunks)
			if (!put_checkpoint(state, entity, rows_row(&rows, i), err))
				goto done;
	}
	ok = true;
done:
	arena_release(&arena);
	return ok;
}

/* What cannot be read of an otherwise sound folder is not known; what it is rebuilt for. */
static bool get_seen(struct state *state, struct ledger_head *seen, struct err *err)
{
	bool has_seen;

	if (state_get_ledger_head(state, seen, &has_seen, err))
		return true;
	if (err->code != ERR_DATA)
		return false;
	err_reset(err);
	*seen = (struct ledger_head){ .entry_no = 0 };
	return true;
}

static bool put_seen(struct state *state, const struct ledger_head *seen, struct err *err)
{
	return seen->hash[0] == '\0' || state_put_ledger_head(state, seen, err);
}

/* Empty it of all that the target knows: a pause is the one thing that it does not. */
static bool clear_but_pause(struct state *state, struct err *err)
{
	struct arena arena;
	struct pause pause;
	bool ok;

	arena_init(&arena);
	ok = pause_load(state, &arena, &pause, err) && state_clear(state, err) &&
	     (pause.since_us == 0 || pause_save(state, &pause, err));
	arena_release(&arena);
	return ok;
}

bool move_rebuild_state(struct conn *target, struct state *state, int64_t *chunks,
			struct ledger_report *ledger, struct err *err)
{
	struct err ignored = { ERR_NONE, "" };
	struct ledger_head seen;

	*chunks = 0;
	/* What was seen of the ledger is compared once more before it is forgotten, and not forgotten for nothing. */
	if (get_seen(state, &seen, err) &&
	    ledger_verify(target, seen.entry_no ? &seen : NULL, ledger, err) &&
	    clear_but_pause(state, err)) {
		if (rebuild_checkpoints(target, state, chunks, err) &&
		    put_seen(state, &ledger->head, err))
			return true;
		put_seen(state, &seen, &ignored);
	}
	return err_while(err, "rebuilding the state folder");
}
