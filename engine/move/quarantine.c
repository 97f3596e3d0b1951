/*
 * quarantine.c: what was not merged is kept, with the reason and the row, until its key merges.
 *
 * A row that is the same and has the same faults as before keeps its open entry; otherwise the entry is closed and a
 * new one appended. Entries are never deleted.
 */
#include "engine/base/clock.h"
#include "engine/model/key.h"
#include "engine/move/pass.h"
#include "engine/target/control.h"

enum {
	OPEN_SOURCE,
	OPEN_KEY,
	OPEN_ORDINAL,
	OPEN_ROOT_KEY,
	OPEN_FAULTS,
	OPEN_ROW,
	OPEN_PASS_NO,
	OPEN_COLUMNS
};
static const int open_columns[OPEN_COLUMNS] = {
	QUARANTINE_SOURCE, QUARANTINE_KEY, QUARANTINE_ORDINAL, QUARANTINE_ROOT_KEY,
	QUARANTINE_FAULTS, QUARANTINE_ROW, QUARANTINE_PASS_NO,
};

struct entry { /* one thing that belongs into quarantine now */
	const char *source;
	struct span key, root_key;
	int64_t ordinal;
	struct span faults, row;
	const char *code;
};

struct sync {
	struct pass *pass;
	struct rows open;
	bool *kept; /* one an open row: it still stands */
	struct span_map by_name;
	struct buf scratch;
};

/* What an open entry and a new one must share: source, key and ordinal. */
static struct span name_of(struct sync *sync, struct span source, struct span key, int64_t ordinal)
{
	return arena_print(sync->pass->arena, "%.*s|%lld|%.*s", SPAN_ARGS(source),
			   (long long)ordinal, SPAN_ARGS(key));
}

static bool load_open(struct sync *sync, struct err *err)
{
	struct pass *pass = sync->pass;
	struct condition where[] = {
		{ QUARANTINE_ENTITY, IS_EQUAL, datum_text(pass->entity->name) },
		{ QUARANTINE_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
		{ QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = &table_quarantine,
			       .columns = open_columns,
			       .column_count = OPEN_COLUMNS,
			       .where = where,
			       .where_count = 3 };

	if (!rows_select(pass->worker->target, &query, pass->arena, &sync->open, err))
		return false;
	sync->kept = arena_zalloc(pass->arena, sync->open.row_count + 1);
	span_map_init(&sync->by_name, pass->arena, sync->open.row_count);
	for (size_t i = 0; i < sync->open.row_count; i++) {
		const struct datum *row = rows_row(&sync->open, i);

		span_map_put(&sync->by_name,
			     name_of(sync, row[OPEN_SOURCE].text, row[OPEN_KEY].text,
				     row[OPEN_ORDINAL].number),
			     (int64_t)i);
	}
	return true;
}

static bool close_row(struct sync *sync, const struct datum *row, const char *why, struct err *err)
{
	struct pass *pass = sync->pass;
	struct condition where[] = {
		{ QUARANTINE_ENTITY, IS_EQUAL, datum_text(pass->entity->name) },
		{ QUARANTINE_SOURCE, IS_EQUAL, row[OPEN_SOURCE] },
		{ QUARANTINE_KEY, IS_EQUAL, row[OPEN_KEY] },
		{ QUARANTINE_ORDINAL, IS_EQUAL, row[OPEN_ORDINAL] },
		{ QUARANTINE_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
		{ QUARANTINE_PASS_NO, IS_EQUAL, row[OPEN_PASS_NO] },
	};
	struct assignment set[] = {
		{ QUARANTINE_RESOLVED_BY, datum_text(why) },
		{ QUARANTINE_RESOLVED_AT, datum_instant(clock_wall_us()) },
	};
	int64_t changed;

	return conn_update(pass->worker->target, &table_quarantine, set, 2, where, 6, &changed,
			   err);
}

static bool open_row(struct sync *sync, const struct entry *entry, struct err *err)
{
	struct pass *pass = sync->pass;
	struct datum row[QUARANTINE_COLUMNS] = {
		[QUARANTINE_ENTITY] = datum_text(pass->entity->name),
		[QUARANTINE_SOURCE] = datum_text(entry->source),
		[QUARANTINE_KEY] = datum_span(entry->key),
		[QUARANTINE_ORDINAL] = datum_int(entry->ordinal),
		[QUARANTINE_CHUNK_NO] = datum_int(pass->chunk->no),
		[QUARANTINE_PASS_NO] = datum_int(pass->chunk->pass_no + 1),
		[QUARANTINE_RUN] = datum_text(pass->worker->mover->run),
		[QUARANTINE_RULE_EPOCH] =
		    datum_int(pass->worker->mover->rule_epochs[pass->lease->entity]),
		[QUARANTINE_ROOT_KEY] = datum_span(entry->root_key),
		[QUARANTINE_CODE] = datum_text(entry->code),
		[QUARANTINE_FAULTS] = datum_span(entry->faults),
		[QUARANTINE_ROW] = datum_span(entry->row),
		[QUARANTINE_OPENED_AT] = datum_instant(clock_wall_us()),
		[QUARANTINE_RESOLVED_BY] = datum_text(""),
		[QUARANTINE_RESOLVED_AT] = datum_null(),
	};

	return conn_insert(pass->worker->target, &table_quarantine, row, 1, err);
}

static bool put_entry(struct sync *sync, struct entry *entry, struct err *err)
{
	struct span name = name_of(sync, span_of(entry->source), entry->key, entry->ordinal);
	int64_t at = span_map_get(&sync->by_name, name);

	/* Orphans may share a key; each gets a number. */
	while (at != SPAN_MAP_NONE && (at >= (int64_t)sync->open.row_count || sync->kept[at])) {
		entry->ordinal++;
		name = name_of(sync, span_of(entry->source), entry->key, entry->ordinal);
		at = span_map_get(&sync->by_name, name);
	}
	if (at != SPAN_MAP_NONE) {
		const struct datum *row = rows_row(&sync->open, (size_t)at);

		sync->kept[at] = true;
		if (span_equal(row[OPEN_FAULTS].text, entry->faults) &&
		    span_equal(row[OPEN_ROW].text, entry->row))
			return true;
		if (!close_row(sync, row, "replaced", err))
			return false;
	} else {
		span_map_put(&sync->by_name, name, (int64_t)sync->open.row_count);
	}
	return open_row(sync, entry, err);
}

static bool put_reject(struct sync *sync, size_t index, struct err *err)
{
	struct pass *pass = sync->pass;
	const struct source_row *row = &pass->joined->rows[index];
	const struct outcome *outcome = &pass->outcomes[index];
	struct entry entry = { .source = "root",
			       .key = row->key,
			       .root_key = row->key,
			       .code = outcome->faults[0].code };

	buf_reset(&sync->scratch);
	fault_put_json(&sync->scratch, outcome->faults, outcome->fault_count);
	entry.faults = arena_copy(pass->arena, buf_span(&sync->scratch));
	buf_reset(&sync->scratch);
	source_row_put_json(&sync->scratch, pass->joined->sources, row);
	entry.row = buf_span(&sync->scratch);
	return put_entry(sync, &entry, err);
}

/* ["7",null]: a key whose parts may be NULL. */
static struct span loose_key(struct sync *sync, const struct cell *row, const int *columns,
			     int column_count, const int *more, int more_count)
{
	buf_reset(&sync->scratch);
	buf_put_char(&sync->scratch, '[');
	for (int i = 0; i < column_count + more_count; i++) {
		const struct cell *cell =
		    &row[i < column_count ? columns[i] : more[i - column_count]];

		if (i > 0)
			buf_put_char(&sync->scratch, ',');
		if (cell->kind == CELL_NULL)
			buf_put_text(&sync->scratch, "null");
		else
			key_put_part(&sync->scratch, cell);
	}
	buf_put_char(&sync->scratch, ']');
	return arena_copy(sync->pass->arena, buf_span(&sync->scratch));
}

/* Of rows below other children only some hold the root's key. */
static bool names_a_root(const struct cell *row, const int *columns, int count)
{
	for (int i = 0; columns && i < count; i++)
		if (row[columns[i]].kind == CELL_NULL)
			return false;
	return columns != NULL;
}

/* What it says it belongs to: the row above, or NULL. */
static struct span named_row(struct sync *sync, const struct cell *row, const struct source *source)
{
	if (!names_a_root(row, source->parent_columns, source->parent_count))
		return SPAN("NULL");
	return loose_key(sync, row, source->parent_columns, source->parent_count, NULL, 0);
}

static bool put_orphan(struct sync *sync, const struct orphan *orphan, struct err *err)
{
	struct pass *pass = sync->pass;
	const struct source *source = &pass->joined->sources->sources[orphan->source];
	const int *root_columns = source_root_columns(source);
	int root_count = pass->joined->sources->sources[0].key_count;
	struct fault_list list;
	struct fault *fault;
	struct entry entry = { .source = source->name, .code = "E2302" };

	fault_list_init(&list, pass->arena);
	fault = fault_add(&list, "E2302");
	entry.key = loose_key(sync, orphan->row, source->parent_columns, source->parent_count,
			      source->key_columns, source->key_count);
	entry.root_key = names_a_root(orphan->row, root_columns, root_count)
			     ? loose_key(sync, orphan->row, root_columns, root_count, NULL, 0)
			     : SPAN("");
	fault->where = arena_print(pass->arena, "%s.source.%s", pass->entity->name, source->name);
	fault->field = span_of(source->name);
	fault->file = source->file;
	fault->line = source->line;
	fault->message =
	    arena_print(pass->arena, "a row of %s names a row of %s that does not exist%s",
			source->table, pass->joined->sources->sources[source->of].table,
			source->of > 0 ? ", or has no root itself" : "");
	fault->saw_kind = SAW_TEXT;
	fault->saw = named_row(sync, orphan->row, source);
	fault->saw_size = fault->saw.size;
	buf_reset(&sync->scratch);
	fault_put_json(&sync->scratch, list.faults, list.fault_count);
	entry.faults = arena_copy(pass->arena, buf_span(&sync->scratch));
	buf_reset(&sync->scratch);
	source_cells_put_json(&sync->scratch, source, orphan->row);
	entry.row = buf_span(&sync->scratch);
	return put_entry(sync, &entry, err);
}

/* Why an entry that no longer stands is closed: what became of its key. */
static const char *resolution(const struct sync *sync, const struct span_map *rows,
			      struct span root_key)
{
	int64_t at = root_key.size ? span_map_get(rows, root_key) : SPAN_MAP_NONE;

	if (at == SPAN_MAP_NONE)
		return "gone";
	switch (sync->pass->actions[at]) {
	case ACTION_SKIP:
		return "skipped";
	case ACTION_REJECT:
		return "replaced";
	case ACTION_UNCHANGED:
	case ACTION_INSERT:
	case ACTION_UPDATE:
		break;
	}
	return "merged";
}

static bool close_the_rest(struct sync *sync, struct err *err)
{
	struct pass *pass = sync->pass;
	struct span_map rows;

	span_map_init(&rows, pass->arena, pass->joined->row_count);
	for (size_t i = 0; i < pass->joined->row_count; i++)
		span_map_put(&rows, pass->joined->rows[i].key, (int64_t)i);
	for (size_t i = 0; i < sync->open.row_count; i++) {
		const struct datum *row = rows_row(&sync->open, i);

		if (sync->kept[i] || !pass_in_scope(pass, row[OPEN_ROOT_KEY].text))
			continue;
		if (!close_row(sync, row, resolution(sync, &rows, row[OPEN_ROOT_KEY].text), err))
			return false;
	}
	return true;
}

static void count_before(const struct sync *sync, int64_t *rejects, int64_t *orphans)
{
	*rejects = 0;
	*orphans = 0;
	for (size_t i = 0; i < sync->open.row_count; i++) {
		const struct datum *row = rows_row(&sync->open, i);

		if (!pass_in_scope(sync->pass, row[OPEN_ROOT_KEY].text))
			continue;
		if (span_equal_text(row[OPEN_SOURCE].text, "root"))
			++*rejects;
		else
			++*orphans;
	}
}

static bool put_all(struct sync *sync, struct err *err)
{
	const struct pass *pass = sync->pass;

	for (size_t i = 0; i < pass->joined->row_count; i++)
		if (pass->actions[i] == ACTION_REJECT && !put_reject(sync, i, err))
			return false;
	for (size_t i = 0; i < pass->joined->orphan_count; i++)
		if (!put_orphan(sync, &pass->joined->orphans[i], err))
			return false;
	return true;
}

bool quarantine_sync(struct pass *pass, int64_t *rejects_before, int64_t *orphans_before,
		     struct err *err)
{
	struct sync sync = { .pass = pass };
	bool ok = false;

	buf_init(&sync.scratch);
	if (load_open(&sync, err)) {
		count_before(&sync, rejects_before, orphans_before);
		ok = put_all(&sync, err) && close_the_rest(&sync, err);
	}
	buf_release(&sync.scratch);
	return ok;
}

struct listing {
	const char *entity; /* or a part of it; NULL: all */
	bool (*each)(void *context, const struct quarantine_row *row, struct err *err);
	void *context;
};

static bool list_row(void *context, const struct datum *cells, struct err *err)
{
	struct listing *listing = context;
	struct quarantine_row row = {
		.entity = cells[0].text,
		.source = cells[1].text,
		.key = cells[2].text,
		.code = cells[3].text,
		.faults_json = cells[4].text,
		.row_json = cells[5].text,
		.resolved_by = cells[6].text,
	};

	if (listing->entity && !is_part_of(row.entity, listing->entity))
		return true;
	return listing->each(listing->context, &row, err);
}

bool move_each_quarantined(struct conn *target, const char *entity, const char *code,
			   const char *key,
			   bool (*each)(void *context, const struct quarantine_row *row,
					struct err *err),
			   void *context, struct err *err)
{
	static const int columns[] = {
		QUARANTINE_ENTITY, QUARANTINE_SOURCE, QUARANTINE_KEY,         QUARANTINE_CODE,
		QUARANTINE_FAULTS, QUARANTINE_ROW,    QUARANTINE_RESOLVED_BY,
	};
	static const int order[] = { QUARANTINE_ENTITY, QUARANTINE_SOURCE, QUARANTINE_KEY,
				     QUARANTINE_ORDINAL };
	struct condition where[3] = { { QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") } };
	int where_count = 1;
	struct query query = { .table = &table_quarantine,
			       .columns = columns,
			       .column_count = 7,
			       .where = where,
			       .order_by = order,
			       .order_count = 4 };
	struct listing listing = { entity, each, context };

	if (code)
		where[where_count++] =
		    (struct condition){ QUARANTINE_CODE, IS_EQUAL, datum_text(code) };
	if (key)
		where[where_count++] =
		    (struct condition){ QUARANTINE_KEY, IS_EQUAL, datum_text(key) };
	query.where_count = where_count;
	return conn_select(target, &query, list_row, &listing, err);
}
