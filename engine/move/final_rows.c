/*
 * final_rows.c: records between a pass and the entity's table.
 */
#include "engine/base/clock.h"
#include "engine/move/stage.h"

struct probing {
	struct pass *pass;
	size_t capacity;
};

enum { PROBE_KEY, PROBE_ID, PROBE_HIGH, PROBE_LOW, PROBE_STATE, PROBE_WRITER, PROBE_COLUMNS };
static const int probe_columns[PROBE_COLUMNS] = {
	FINAL_KEY, FINAL_ID, FINAL_DIGEST_HIGH, FINAL_DIGEST_LOW, FINAL_STATE, FINAL_WRITER,
};

static bool take_held(void *context, const struct datum *cells, struct err *err)
{
	struct probing *probing = context;
	struct pass *pass = probing->pass;
	struct digest_pair pair = { cells[PROBE_HIGH].number, cells[PROBE_LOW].number };

	(void)err;
	if (pass->held_count == probing->capacity) {
		size_t larger = probing->capacity ? probing->capacity * 2 : 256;

		pass->held =
		    arena_grow(pass->arena, pass->held, probing->capacity * sizeof(*pass->held),
			       larger * sizeof(*pass->held));
		probing->capacity = larger;
	}
	pass->held[pass->held_count++] = (struct held){
		.key = arena_copy(pass->arena, cells[PROBE_KEY].text),
		.id = arena_copy(pass->arena, cells[PROBE_ID].text),
		.digest = digest_from_pair(pair),
		.live = cells[PROBE_STATE].text.size == 0,
		.by_this_run = span_equal_text(cells[PROBE_WRITER].text, pass->worker->mover->run),
	};
	return true;
}

bool final_probe(struct pass *pass, struct err *err)
{
	struct condition where[] = {
		{ FINAL_PART, IS_EQUAL, datum_text(pass->entity->part) },
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
	};
	struct query query = { .table = pass->final,
			       .columns = probe_columns,
			       .column_count = PROBE_COLUMNS,
			       .where = where,
			       .where_count = 2 };
	struct probing probing = { pass, 0 };

	pass->held = NULL;
	pass->held_count = 0;
	return conn_select(pass->worker->target, &query, take_held, &probing, err);
}

void final_to_row(struct pass *pass, size_t index, struct datum row[FINAL_COLUMNS])
{
	const struct mover *mover = pass->worker->mover;
	const struct source_row *source = &pass->joined->rows[index];
	const struct outcome *outcome = &pass->outcomes[index];
	struct digest_pair payload = digest_to_pair(outcome->digest);
	struct digest_pair digest = digest_to_pair(source->digest);
	struct buf *payload_json = &pass->worker->payload;

	buf_reset(payload_json);
	payload_put(payload_json, &mover->forms[pass->lease->entity], source, outcome);
	row[FINAL_ID] = datum_span(outcome->id);
	row[FINAL_PAYLOAD] = datum_span(arena_copy(pass->arena, buf_span(payload_json)));
	row[FINAL_TRANSFORMED_AT] = datum_instant(mover->transformed_at_us);
	row[FINAL_VERSION] = datum_text(mover->migration->version);
	row[FINAL_KEY] = datum_span(source->key);
	row[FINAL_PART] = datum_text(pass->entity->part);
	row[FINAL_DIGEST_HIGH] = datum_int(payload.high);
	row[FINAL_DIGEST_LOW] = datum_int(payload.low);
	row[FINAL_SOURCE_DIGEST_HIGH] = datum_int(digest.high);
	row[FINAL_SOURCE_DIGEST_LOW] = datum_int(digest.low);
	row[FINAL_CHUNK_NO] = datum_int(pass->chunk->no);
	row[FINAL_BUCKET] = datum_int(bucket_of(outcome->id));
	row[FINAL_STATE] = datum_text("");
	row[FINAL_DELETED_AT] = datum_null();
	row[FINAL_WRITER] = datum_text(mover->run);
}

bool final_insert(struct pass *pass, const size_t *rows, size_t row_count, struct err *err)
{
	struct datum *cells;

	if (row_count == 0)
		return true;
	pass->has_written = true;
	if (pass->is_staged)
		return stage_insert(pass, rows, row_count, err);
	cells = arena_alloc(pass->arena, row_count * FINAL_COLUMNS * sizeof(*cells));
	for (size_t i = 0; i < row_count; i++)
		final_to_row(pass, rows[i], cells + i * FINAL_COLUMNS);
	return conn_insert(pass->worker->target, pass->final, cells, row_count, err);
}

bool final_update(struct pass *pass, size_t row, struct err *err)
{
	struct datum cells[FINAL_COLUMNS];
	struct assignment set[FINAL_COLUMNS];
	struct condition where = { FINAL_ID, IS_EQUAL, datum_span(pass->outcomes[row].id) };
	int64_t changed;

	pass->has_written = true;
	final_to_row(pass, row, cells);
	for (int c = 1; c < FINAL_COLUMNS; c++)
		set[c - 1] = (struct assignment){ c, cells[c] };
	if (!conn_update(pass->worker->target, pass->final, set, FINAL_COLUMNS - 1, &where, 1,
			 &changed, err))
		return false;
	if (changed != 1)
		return err_set(err, ERR_DATA,
			       "record %.*s is not in %s any more; something else "
			       "writes to the target",
			       SPAN_ARGS(pass->outcomes[row].id), pass->final->name);
	return true;
}

enum { OWNER_PART, OWNER_KEY, OWNER_STATE, OWNER_CHUNK_NO, OWNER_HIGH, OWNER_LOW, OWNER_COLUMNS };
static const int owner_columns[OWNER_COLUMNS] = {
	FINAL_PART, FINAL_KEY, FINAL_STATE, FINAL_CHUNK_NO, FINAL_DIGEST_HIGH, FINAL_DIGEST_LOW,
};

static bool is_of_key(const struct pass *pass, const struct datum *owner, struct span key)
{
	return span_equal(owner[OWNER_KEY].text, key) &&
	       span_equal_text(owner[OWNER_PART].text, pass->entity->part);
}

/* May its id be taken? It was withdrawn, or its part is none of this version's. */
static bool is_left(const struct pass *pass, const struct datum *owner)
{
	return owner[OWNER_STATE].text.size > 0 ||
	       mover_part(pass->worker->mover, pass->lease->entity, owner[OWNER_PART].text) < 0;
}

/* The record leaves a chunk other than ours: that chunk's totals follow, and the store's digest of it at the end. */
static bool leave_chunk(struct pass *pass, const struct datum *owner, struct err *err)
{
	struct digest_pair pair = { owner[OWNER_HIGH].number, owner[OWNER_LOW].number };
	const char *part = owner[OWNER_PART].text.data;
	const char *entity =
	    part[0] ? arena_print(pass->arena, "%s/%s", pass->entity->record, part).data
		    : pass->entity->record;
	struct chunk other;
	bool found;

	if (owner[OWNER_CHUNK_NO].number == pass->chunk->no &&
	    strcmp(part, pass->entity->part) == 0)
		return true;
	pass_touch(pass, entity, part, owner[OWNER_CHUNK_NO].number);
	if (owner[OWNER_STATE].text.size > 0)
		return true;
	if (!chunk_load(pass->worker->target, entity, owner[OWNER_CHUNK_NO].number, pass->arena,
			&found, &other, err))
		return false;
	if (!found)
		return true;
	other.record_count--;
	digest_subtract(&other.digest, digest_from_pair(pair));
	return chunk_store(pass->worker->target, entity, &other, err);
}

static bool find_owner(struct pass *pass, struct span id, struct rows *rows, struct err *err)
{
	struct condition where = { FINAL_ID, IS_EQUAL, datum_span(id) };
	struct query query = { .table = pass->final,
			       .columns = owner_columns,
			       .column_count = OWNER_COLUMNS,
			       .where = &where,
			       .where_count = 1 };

	return rows_select(pass->worker->target, &query, pass->arena, rows, err);
}

bool final_note_owner(struct pass *pass, struct span id, struct span key, struct err *err)
{
	const struct datum *owner;
	struct rows rows;

	if (!find_owner(pass, id, &rows, err))
		return false;
	if (rows.row_count == 0)
		return true;
	owner = rows_row(&rows, 0);
	if (is_left(pass, owner) || is_of_key(pass, owner, key))
		return true;
	return collision_note(
	    pass->worker,
	    mover_part(pass->worker->mover, pass->lease->entity, owner[OWNER_PART].text), id,
	    owner[OWNER_KEY].text, owner[OWNER_CHUNK_NO].number, err);
}

/* Where records stay when legacy has lost them, a record whose key was damaged still stands under it, and has the id. */
static bool take_stray(struct pass *pass, struct span id)
{
	if (!pass->repair || span_map_get(pass->repair->damaged, id) == SPAN_MAP_NONE)
		return false;
	for (size_t i = 0; i < pass->held_count; i++) {
		struct held *held = &pass->held[i];

		if (!held->live || held->seen || !span_equal(held->id, id))
			continue;
		held->live = false;
		return true;
	}
	return false;
}

static bool insert_one(struct pass *pass, size_t row, struct err *err)
{
	const struct datum *owner;
	struct rows rows;

	if (!find_owner(pass, pass->outcomes[row].id, &rows, err))
		return false;
	if (rows.row_count == 0)
		return final_insert(pass, &row, 1, err);
	owner = rows_row(&rows, 0);
	if (is_left(pass, owner) || is_of_key(pass, owner, pass->joined->rows[row].key) ||
	    take_stray(pass, pass->outcomes[row].id))
		return leave_chunk(pass, owner, err) && final_update(pass, row, err);
	return pass_reject_collision(pass, row, err);
}

bool final_insert_carefully(struct pass *pass, const size_t *rows, size_t row_count,
			    struct err *err)
{
	for (size_t i = 0; i < row_count; i++)
		if (!insert_one(pass, rows[i], err))
			return false;
	return true;
}

bool final_withdraw(struct pass *pass, const struct held *held, const char *why, struct err *err)
{
	struct condition where[] = {
		{ FINAL_ID, IS_EQUAL, datum_span(held->id) },
		{ FINAL_KEY, IS_EQUAL, datum_span(held->key) },
		{ FINAL_PART, IS_EQUAL, datum_text(pass->entity->part) },
	};
	struct assignment set[] = {
		{ FINAL_STATE, datum_text(why) },
		{ FINAL_DELETED_AT, datum_instant(clock_wall_us()) },
		{ FINAL_WRITER, datum_text(pass->worker->mover->run) },
	};
	int64_t changed;

	pass->has_written = true;
	if (strcmp(why, "gone") == 0 && strcmp(pass->entity->on_delete, "remove") == 0) {
		if (!conn_remove(pass->worker->target, pass->final, where, 3, &changed, err))
			return false;
	} else if (!conn_update(pass->worker->target, pass->final, set, 3, where, 3, &changed,
				err)) {
		return false;
	}
	if (changed != 1)
		return err_set(err, ERR_DATA,
			       "record %.*s is not in %s any more; something else "
			       "writes to the target",
			       SPAN_ARGS(held->id), pass->final->name);
	return true;
}
