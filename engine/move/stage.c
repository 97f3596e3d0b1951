/*
 * stage.c: records wait in a table of their own before they are merged.
 *
 * Statements can judge there what is about to be merged, and nothing that reads the final table has seen it yet. What is
 * staged is a copy that can be made again: a pass that begins anew replaces it.
 */
#include "engine/move/stage.h"

#include "engine/base/crash.h"
#include "engine/base/require.h"

/* By part and chunk first: a chunk's rows are looked for whatever run left them. */
enum { STAGE_PART, STAGE_CHUNK_NO, STAGE_RUN, STAGE_KEY, STAGE_KEY_COLUMNS };
enum { STAGE_COLUMNS = FINAL_COLUMNS + 1, OF_NO_FINAL = -1 };

/* The columns of the final table, but for the run. */
static const int final_of[STAGE_COLUMNS] = {
	[STAGE_PART] = FINAL_PART,
	[STAGE_CHUNK_NO] = FINAL_CHUNK_NO,
	[STAGE_RUN] = OF_NO_FINAL,
	[STAGE_KEY] = FINAL_KEY,
	FINAL_ID,
	FINAL_PAYLOAD,
	FINAL_TRANSFORMED_AT,
	FINAL_VERSION,
	FINAL_DIGEST_HIGH,
	FINAL_DIGEST_LOW,
	FINAL_SOURCE_DIGEST_HIGH,
	FINAL_SOURCE_DIGEST_LOW,
	FINAL_BUCKET,
	FINAL_STATE,
	FINAL_DELETED_AT,
	FINAL_WRITER,
};

/* ---- the table ---- */

const struct table *stage_table(struct arena *arena, const struct entity_info *entity,
				const struct table *final)
{
	struct table *table = arena_zalloc(arena, sizeof(*table));
	struct table_column *columns = arena_alloc(arena, STAGE_COLUMNS * sizeof(*columns));

	for (int i = 0; i < STAGE_COLUMNS; i++)
		columns[i] = final_of[i] == OF_NO_FINAL
				 ? (struct table_column){ "run", TABLE_TEXT, true }
				 : final->columns[final_of[i]];
	table->name = arena_print(arena, "%s_stage", entity->record).data;
	table->columns = columns;
	table->column_count = STAGE_COLUMNS;
	table->primary_key_count = STAGE_KEY_COLUMNS;
	return table;
}

bool stage_find(struct conn *target, const struct table *stage, bool *exists, struct err *err)
{
	if (!conn_table_exists(target, stage, exists, err))
		return false;
	if (!*exists || conn_ensure_table(target, stage, err))
		return true;
	if (err->code != ERR_DATA)
		return false;
	err_reset(err);
	*exists = false;
	return true;
}

/* ---- into the stage ---- */

bool stage_clear(struct pass *pass, struct err *err)
{
	struct condition where[] = {
		{ STAGE_PART, IS_EQUAL, datum_text(pass->entity->part) },
		{ STAGE_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
	};
	int64_t removed;

	return pass->stage == NULL ||
	       conn_remove(pass->worker->target, pass->stage, where, 2, &removed, err);
}

static void to_staged(struct pass *pass, size_t row, struct datum cells[STAGE_COLUMNS])
{
	struct datum final[FINAL_COLUMNS];

	final_to_row(pass, row, final);
	for (int i = 0; i < STAGE_COLUMNS; i++)
		cells[i] = final_of[i] == OF_NO_FINAL ? datum_text(pass->worker->mover->run)
						      : final[final_of[i]];
}

/* Every derived record: which of them are new, only the merge knows. */
static const struct datum *gather(struct pass *pass)
{
	size_t row_count = pass->joined->row_count;
	struct datum *cells =
	    arena_alloc(pass->arena, (pass->staged_count * STAGE_COLUMNS + 1) * sizeof(*cells));
	size_t at = 0;

	for (size_t i = 0; i < row_count; i++)
		if (pass->is_staged[i])
			to_staged(pass, i, cells + at++ * STAGE_COLUMNS);
	require(at == pass->staged_count);
	return cells;
}

static bool insert_staged(struct pass *pass, const struct datum *cells, struct err *err)
{
	if (conn_insert(pass->worker->target, pass->stage, cells, pass->staged_count, err))
		return true;
	if (err->code != ERR_CONFLICT)
		return false;
	/* The keys of a chunk differ, and its shard is held from the beginning of this transaction. */
	err_reset(err);
	return err_set(err, ERR_DATA, "%s takes rows that the engine did not write",
		       pass->stage->name);
}

/* The shard is held first: whoever had it before can add nothing behind what is removed here. */
static bool stage_once(struct pass *pass, const struct datum *cells, struct err *err)
{
	return pass_hold(pass, err) && shard_hold(pass->worker, pass->lease, -1, err) &&
	       stage_clear(pass, err) && insert_staged(pass, cells, err);
}

bool stage_records(struct pass *pass, struct err *err)
{
	size_t row_count = pass->joined->row_count;
	const struct datum *cells;

	require(pass->stage != NULL);
	pass->is_staged = arena_zalloc(pass->arena, row_count * sizeof(*pass->is_staged) + 1);
	pass->staged_count = 0;
	for (size_t i = 0; i < row_count; i++) {
		pass->is_staged[i] = pass->outcomes[i].kind == OUTCOME_RECORD;
		pass->staged_count += pass->is_staged[i];
	}
	if (pass->staged_count == 0)
		return true; /* what a crash left is removed by the merge */
	cells = gather(pass);
	if (!worker_begin(pass->worker, err))
		return false;
	if (!stage_once(pass, cells, err)) {
		worker_rollback(pass->worker);
		return err_while(err, "staging");
	}
	crash_point("before-stage");
	if (!worker_commit(pass->worker, err))
		return err_while(err, "staging");
	crash_point("after-stage");
	return true;
}

/* ---- out of the stage ---- */

/* The rows of this pass; of one key alone when `key` has data. */
static int conditions(const struct pass *pass, struct span key, struct condition where[4])
{
	where[0] = (struct condition){ STAGE_PART, IS_EQUAL, datum_text(pass->entity->part) };
	where[1] = (struct condition){ STAGE_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) };
	where[2] = (struct condition){ STAGE_RUN, IS_EQUAL, datum_text(pass->worker->mover->run) };
	if (!key.data)
		return 3;
	where[3] = (struct condition){ STAGE_KEY, IS_EQUAL, datum_span(key) };
	return 4;
}

/* Somebody took what was staged: the next holder of the shard, if the lease ran out; else nobody who may. */
static bool expect(struct pass *pass, int64_t seen, size_t wanted, struct err *err)
{
	if (seen == (int64_t)wanted)
		return true;
	if (!shard_hold(pass->worker, pass->lease, -1, err))
		return false;
	return err_set(err, ERR_DATA,
		       "%s gave %lld records of this chunk where %zu were staged; something else "
		       "writes to the target",
		       pass->stage->name, (long long)seen, wanted);
}

static bool insert_all_left(struct pass *pass, size_t wanted, struct err *err)
{
	struct condition where[4];
	int count = conditions(pass, SPAN_NONE, where);
	int64_t inserted;

	return conn_insert_from(pass->worker->target, pass->final, pass->stage, where, count,
				&inserted, err) &&
	       expect(pass, inserted, wanted, err);
}

static bool insert_key(struct pass *pass, size_t row, struct err *err)
{
	struct condition where[4];
	int count = conditions(pass, pass->joined->rows[row].key, where);
	int64_t inserted;

	return conn_insert_from(pass->worker->target, pass->final, pass->stage, where, count,
				&inserted, err) &&
	       expect(pass, inserted, 1, err);
}

/* What is staged and not to be inserted leaves before the others go. */
static bool drop_others(struct pass *pass, struct err *err)
{
	for (size_t i = 0; i < pass->joined->row_count; i++) {
		struct condition where[4];
		int count = conditions(pass, pass->joined->rows[i].key, where);
		int64_t removed;

		if (!pass->is_staged[i] || pass->actions[i] == ACTION_INSERT)
			continue;
		if (!conn_remove(pass->worker->target, pass->stage, where, count, &removed, err) ||
		    !expect(pass, removed, 1, err))
			return false;
	}
	return true;
}

/* One statement for all of them, whichever way takes fewer others: a chunk is mostly new or mostly known. */
bool stage_insert(struct pass *pass, const size_t *rows, size_t row_count, struct err *err)
{
	require(row_count <= pass->staged_count);
	if (row_count > pass->staged_count / 2)
		return drop_others(pass, err) && insert_all_left(pass, row_count, err);
	for (size_t i = 0; i < row_count; i++)
		if (!insert_key(pass, rows[i], err))
			return false;
	return true;
}

/* ---- at the end ---- */

bool stage_sweep(struct mover *mover, struct conn *target, struct err *err)
{
	struct condition where = { STAGE_RUN, IS_EQUAL, datum_text(mover->run) };

	for (int i = 0; i < mover->migration->entity_count; i++) {
		const struct entity_info *entity = mover_entity(mover, i);
		const struct table *stage;
		int64_t removed;
		bool exists;

		if (entity->first_part != i)
			continue;
		stage = stage_table(mover->arena, entity, mover->finals[i]);
		if (!stage_find(target, stage, &exists, err) ||
		    (exists && !conn_remove(target, stage, &where, 1, &removed, err)))
			return err_while(err, "clearing what was staged");
	}
	return true;
}
