/*
 * strata_rows.c: what a pass gathered becomes what engine_stratum holds of its rows.
 *
 * A pass writes rows of its own chunk only, and bounds that carry its chunk's number, so that two passes never write the same row.
 */
#include "engine/base/require.h"
#include "engine/move/strata.h"
#include "engine/target/control.h"
#include "engine/target/stratum.h"

enum { HELD_NAME, HELD_HASH, HELD_KEY, HELD_EPOCH, HELD_COLUMNS };
static const int held_columns[HELD_COLUMNS] = {
	STRATUM_NAME,
	STRATUM_HASH,
	STRATUM_KEY,
	STRATUM_RULE_EPOCH,
};

struct keeping {
	struct pass *pass;
	struct strata *strata;
	struct rows held;       /* rows of the chunk */
	struct span_map by_key; /* the pass's rows */
	bool *leaves;           /* one a held row */
	size_t leaving_count;
	bool is_older_epoch; /* some that stay were last proven under an older version */
};

static int64_t epoch_of(const struct pass *pass)
{
	return pass->worker->mover->rule_epochs[pass->lease->entity];
}

/* ---- what is there ---- */

static bool load_held(struct keeping *keeping, struct err *err)
{
	const struct pass *pass = keeping->pass;
	struct condition where[] = {
		{ STRATUM_ENTITY, IS_EQUAL, datum_text(pass->entity->name) },
		{ STRATUM_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
	};
	struct query query = { .table = &table_stratum,
			       .columns = held_columns,
			       .column_count = HELD_COLUMNS,
			       .where = where,
			       .where_count = 2 };

	if (pass->chunk->pass_no > 0 &&
	    !rows_select(pass->worker->target, &query, pass->arena, &keeping->held, err))
		return false;
	keeping->leaves = arena_zalloc(pass->arena, keeping->held.row_count + 1);
	if (keeping->held.row_count == 0)
		return true;
	span_map_init(&keeping->by_key, pass->arena, pass->joined->row_count);
	/* Of those that share a key the first stands for all. */
	for (size_t i = pass->joined->row_count; i-- > 0;)
		span_map_put(&keeping->by_key, pass->joined->rows[i].key, (int64_t)i);
	return true;
}

/* The gathered item that this held row is, or NULL. */
static struct bottom_item *item_of(struct keeping *keeping, const struct datum *held)
{
	int64_t at = span_map_get(&keeping->strata->by_name, held[HELD_NAME].text);
	int64_t row = span_map_get(&keeping->by_key, held[HELD_KEY].text);

	if (at == SPAN_MAP_NONE || row == SPAN_MAP_NONE)
		return NULL;
	return bottom_find(&keeping->strata->items[at].bottom,
			   stratum_hash_from_column(held[HELD_HASH].number), (size_t)row);
}

static void match(struct keeping *keeping)
{
	for (size_t i = 0; i < keeping->held.row_count; i++) {
		const struct datum *held = rows_row(&keeping->held, i);
		struct bottom_item *item;

		if (!pass_in_scope(keeping->pass, held[HELD_KEY].text))
			continue;
		item = item_of(keeping, held);
		if (item) {
			item->is_there = true;
			keeping->is_older_epoch |=
			    held[HELD_EPOCH].number != epoch_of(keeping->pass);
		} else {
			keeping->leaves[i] = true;
			keeping->leaving_count++;
		}
	}
}

/* ---- what leaves, and what comes in ---- */

static bool remove_one(const struct pass *pass, struct datum name, int64_t hash, struct datum key,
		       struct err *err)
{
	struct condition where[] = {
		{ STRATUM_ENTITY, IS_EQUAL, datum_text(pass->entity->name) },
		{ STRATUM_NAME, IS_EQUAL, name },
		{ STRATUM_HASH, IS_EQUAL, datum_int(hash) },
		{ STRATUM_KEY, IS_EQUAL, key },
	};
	int64_t removed;

	return conn_remove(pass->worker->target, &table_stratum, where, 4, &removed, err);
}

static bool remove_leaving(struct keeping *keeping, struct err *err)
{
	for (size_t i = 0; keeping->leaving_count > 0 && i < keeping->held.row_count; i++) {
		const struct datum *held = rows_row(&keeping->held, i);

		if (keeping->leaves[i] && !remove_one(keeping->pass, held[HELD_NAME],
						      held[HELD_HASH].number, held[HELD_KEY], err))
			return false;
	}
	return true;
}

/* Those that stay were derived by the version of today, and are what they were. */
static bool raise_epoch(struct keeping *keeping, struct err *err)
{
	const struct pass *pass = keeping->pass;
	struct assignment set = { STRATUM_RULE_EPOCH, datum_int(epoch_of(pass)) };
	struct condition where[] = {
		{ STRATUM_ENTITY, IS_EQUAL, datum_text(pass->entity->name) },
		{ STRATUM_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
		{ STRATUM_RULE_EPOCH, IS_NOT_EQUAL, datum_int(epoch_of(pass)) },
		{ STRATUM_KEY, IS_EQUAL, datum_null() },
	};
	int64_t changed;

	if (!keeping->is_older_epoch)
		return true;
	if (!pass->keys)
		return conn_update(pass->worker->target, &table_stratum, &set, 1, where, 3,
				   &changed, err);
	for (size_t i = 0; i < pass->key_count; i++) {
		where[3].value = datum_span(pass->keys[i]);
		if (!conn_update(pass->worker->target, &table_stratum, &set, 1, where, 4, &changed,
				 err))
			return false;
	}
	return true;
}

static void to_row(const struct pass *pass, struct span name, uint64_t hash, struct span key,
		   int64_t chunk_no, struct datum row[STRATUM_COLUMNS])
{
	row[STRATUM_ENTITY] = datum_text(pass->entity->name);
	row[STRATUM_NAME] = datum_span(name);
	row[STRATUM_HASH] = datum_int(stratum_hash_to_column(hash));
	row[STRATUM_KEY] = datum_span(key);
	row[STRATUM_CHUNK_NO] = datum_int(chunk_no);
	row[STRATUM_RULE_EPOCH] = datum_int(epoch_of(pass));
}

static size_t count_new(struct strata *strata)
{
	size_t count = 0;

	for (int i = 0; i < strata->count; i++) {
		struct stratum *stratum = &strata->items[i];

		stratum->added = 0;
		for (size_t j = 0; j < stratum->bottom.count; j++)
			stratum->added += !stratum->bottom.items[j].is_there;
		count += (size_t)stratum->added;
	}
	return count;
}

/* A key may have stood in another chunk when this one was cut, and its row with it. */
static bool insert_rows(const struct pass *pass, const struct datum *rows, size_t row_count,
			struct err *err)
{
	for (size_t i = 0; pass->careful && i < row_count; i++) {
		const struct datum *row = rows + i * STRATUM_COLUMNS;

		if (!remove_one(pass, row[STRATUM_NAME], row[STRATUM_HASH].number, row[STRATUM_KEY],
				err))
			return false;
	}
	return row_count == 0 ||
	       conn_insert(pass->worker->target, &table_stratum, rows, row_count, err);
}

static bool insert_new(struct keeping *keeping, struct err *err)
{
	const struct pass *pass = keeping->pass;
	size_t count = count_new(keeping->strata);
	struct datum *rows =
	    arena_alloc(pass->arena, (count * STRATUM_COLUMNS + 1) * sizeof(*rows));
	size_t at = 0;

	for (int i = 0; i < keeping->strata->count; i++) {
		const struct stratum *stratum = &keeping->strata->items[i];

		for (size_t j = 0; j < stratum->bottom.count; j++) {
			const struct bottom_item *item = &stratum->bottom.items[j];

			if (!item->is_there)
				to_row(pass, stratum->name, item->hash,
				       pass->joined->rows[item->row].key, pass->chunk->no,
				       rows + at++ * STRATUM_COLUMNS);
		}
	}
	require(at == count);
	return insert_rows(pass, rows, count, err);
}

/* ---- bounds ---- */

struct lowest {
	int64_t count;
	uint64_t hash; /* of the last one */
};

static bool take_hash(void *context, const struct datum *cells, struct err *err)
{
	struct lowest *lowest = context;

	(void)err;
	lowest->count++;
	lowest->hash = stratum_hash_from_column(cells[0].number);
	return true;
}

/* The lowest hash that need not be kept, where so many rows stand below it. */
static bool find_bound(const struct pass *pass, struct stratum *stratum, struct err *err)
{
	static const int columns[] = { STRATUM_HASH };
	struct condition where[] = {
		{ STRATUM_ENTITY, IS_EQUAL, datum_text(pass->entity->name) },
		{ STRATUM_NAME, IS_EQUAL, datum_span(stratum->name) },
		{ STRATUM_CHUNK_NO, IS_NOT_EQUAL, datum_int(STRATUM_BOUND_CHUNK) },
	};
	struct query query = { .table = &table_stratum,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 3,
			       .order_by = columns,
			       .order_count = 1,
			       .limit = STRATUM_KEPT_MIN + 1 };
	struct lowest lowest = { 0 };

	if (!conn_select(pass->worker->target, &query, take_hash, &lowest, err))
		return false;
	if (lowest.count <= STRATUM_KEPT_MIN ||
	    (stratum->bottom.is_bounded && stratum->bottom.bound <= lowest.hash))
		return true;
	stratum->bottom.is_bounded = true;
	stratum->bottom.bound = lowest.hash;
	stratum->is_bound_new = true;
	return true;
}

static bool write_bound(const struct pass *pass, const struct stratum *stratum, struct err *err)
{
	struct span key =
	    arena_print(pass->arena, "%c%lld", STRATUM_BOUND_MARK, (long long)pass->chunk->no);
	struct datum row[STRATUM_COLUMNS];

	to_row(pass, stratum->name, stratum->bottom.bound, key, STRATUM_BOUND_CHUNK, row);
	return insert_rows(pass, row, 1, err);
}

/* What was left out for want of room must be known in the same transaction. Where much has come in, less is needed from now on. */
static bool keep_bounds(const struct pass *pass, struct strata *strata, struct err *err)
{
	for (int i = 0; i < strata->count; i++) {
		struct stratum *stratum = &strata->items[i];

		stratum->is_bound_new = stratum->bottom.is_cut;
		if (!stratum->bottom.is_cut &&
		    (stratum->added == 0 || stratum->there + stratum->added < STRATUM_KEPT_MAX))
			continue;
		if (!find_bound(pass, stratum, err) ||
		    (stratum->is_bound_new && !write_bound(pass, stratum, err)))
			return false;
	}
	return true;
}

bool strata_keep(struct pass *pass, struct err *err)
{
	struct strata *strata = arena_alloc(pass->arena, sizeof(*strata));
	struct keeping keeping = { .pass = pass, .strata = strata };

	strata_gather(pass, strata);
	pass->strata = strata;
	if (!load_held(&keeping, err))
		return false;
	match(&keeping);
	return remove_leaving(&keeping, err) && raise_epoch(&keeping, err) &&
	       insert_new(&keeping, err) && keep_bounds(pass, strata, err);
}

bool stratum_cut(struct conn *target, const char *entity, struct span name, uint64_t bound,
		 int64_t rule_epoch, struct err *err)
{
	static const char mark[] = { STRATUM_BOUND_MARK, '\0' };
	int64_t hash = stratum_hash_to_column(bound);
	bool is_lowest = hash == INT64_MIN; /* no number is below it */
	struct condition where[] = {
		{ STRATUM_ENTITY, IS_EQUAL, datum_text(entity) },
		{ STRATUM_NAME, IS_EQUAL, datum_span(name) },
		{ STRATUM_HASH, IS_GREATER, datum_int(is_lowest ? hash : hash - 1) },
	};
	struct datum row[STRATUM_COLUMNS] = {
		[STRATUM_ENTITY] = datum_text(entity),
		[STRATUM_NAME] = datum_span(name),
		[STRATUM_HASH] = datum_int(hash),
		[STRATUM_KEY] = datum_text(mark),
		[STRATUM_CHUNK_NO] = datum_int(STRATUM_BOUND_CHUNK),
		[STRATUM_RULE_EPOCH] = datum_int(rule_epoch),
	};
	int64_t removed;

	return conn_remove(target, &table_stratum, where, is_lowest ? 2 : 3, &removed, err) &&
	       conn_insert(target, &table_stratum, row, 1, err);
}
