/*
 * strata_refill.c: when a run begins: what must be derived again so that its strata are whole behind it.
 *
 * A bound says what was left out when there was enough. Where rows left a stratum since, so that fewer stand below its bound than a check
 * takes, the bound is lifted, and the chunks that count rows of the stratum are due as if their source had changed. So they are where
 * less stands than the chunks count, whatever became of it. Under another version everything may be in other strata, and every chunk is
 * derived anyway: all bounds are lifted.
 */
#include "engine/base/json.h"
#include "engine/move/strata.h"
#include "engine/target/control.h"
#include "engine/target/stratum.h"

enum { CHUNKS_NO, CHUNKS_EPOCH, CHUNKS_VALIDATION, CHUNKS_STRATA, CHUNKS_COLUMNS };
static const int chunk_columns[CHUNKS_COLUMNS] = {
	CHUNK_NO,
	CHUNK_RULE_EPOCH,
	CHUNK_VALIDATION,
	CHUNK_STRATA,
};

/* A stratum, as the chunks count it. */
struct total {
	struct span name;
	int64_t count; /* rows in all of them, STRATUM_WANTED at most */
	bool is_thin;  /* less stands in engine_stratum */
};

struct refill {
	struct mover *mover;
	struct conn *target;
	int entity;
	struct arena *arena, scratch;
	struct rows chunks; /* that were passed */
	struct total *totals;
	int total_count;
	struct span_map by_name;
};

static const char *name_of(const struct refill *refill)
{
	return mover_entity(refill->mover, refill->entity)->name;
}

static bool load_chunks(struct refill *refill, struct err *err)
{
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(name_of(refill)) },
		{ CHUNK_PASS_NO, IS_GREATER, datum_int(0) },
	};
	struct query query = { .table = &table_chunk,
			       .columns = chunk_columns,
			       .column_count = CHUNKS_COLUMNS,
			       .where = where,
			       .where_count = 2 };

	return rows_select(refill->target, &query, refill->arena, &refill->chunks, err);
}

static bool is_under_another_version(const struct refill *refill)
{
	const struct mover *mover = refill->mover;

	for (size_t i = 0; i < refill->chunks.row_count; i++) {
		const struct datum *chunk = rows_row(&refill->chunks, i);

		if (chunk[CHUNKS_EPOCH].number != mover->rule_epochs[refill->entity] ||
		    !span_equal_text(chunk[CHUNKS_VALIDATION].text, mover->migration->validation))
			return true;
	}
	return false;
}

/* name without data: of every stratum. */
static bool lift_bounds(const struct refill *refill, struct span name, struct err *err)
{
	struct condition where[] = {
		{ STRATUM_ENTITY, IS_EQUAL, datum_text(name_of(refill)) },
		{ STRATUM_CHUNK_NO, IS_EQUAL, datum_int(STRATUM_BOUND_CHUNK) },
		{ STRATUM_NAME, IS_EQUAL, datum_span(name) },
	};
	int64_t removed;

	return conn_remove(refill->target, &table_stratum, where, name.data ? 3 : 2, &removed, err);
}

/* chunk: NULL for all of them. */
static bool make_due(const struct refill *refill, const struct datum *chunk, struct err *err)
{
	struct assignment set = { CHUNK_SOURCE_DIGEST, datum_text("") };
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(name_of(refill)) },
		{ CHUNK_NO, IS_EQUAL, chunk ? chunk[CHUNKS_NO] : datum_null() },
	};
	int64_t changed;

	return conn_update(refill->target, &table_chunk, &set, 1, where, chunk ? 2 : 1, &changed,
			   err);
}

static bool read_strata(struct refill *refill, const struct datum *chunk, struct json_value *strata,
			struct err *err)
{
	arena_reset(&refill->scratch);
	if (!json_read(chunk[CHUNKS_STRATA].text, &refill->scratch, strata, err))
		return err_while(err, "the strata of chunk %lld of %s",
				 (long long)chunk[CHUNKS_NO].number, name_of(refill));
	if (strata->kind != JSON_OBJECT)
		return err_set(err, ERR_DATA, "the strata of chunk %lld of %s are no JSON object",
			       (long long)chunk[CHUNKS_NO].number, name_of(refill));
	return true;
}

/* As far as it matters whether there are more than are wanted. */
static int64_t at_most_wanted(int64_t count)
{
	return count < STRATUM_WANTED ? count : STRATUM_WANTED;
}

static int64_t count_of(const struct json_value *value)
{
	int64_t count = 0;

	for (size_t i = 0; i < value->text.size && count < STRATUM_WANTED; i++)
		if (value->text.data[i] >= '0' && value->text.data[i] <= '9')
			count = count * 10 + (value->text.data[i] - '0');
	return at_most_wanted(count);
}

/* NULL: no chunk has rows of it. */
static struct total *total_of(const struct refill *refill, struct span name)
{
	int64_t at = span_map_get(&refill->by_name, name);

	return at == SPAN_MAP_NONE ? NULL : &refill->totals[at];
}

static struct total *add_total(struct refill *refill, struct span name)
{
	struct total *total;

	refill->totals = arena_grow_by_one(refill->arena, refill->totals, refill->total_count,
					   sizeof(*refill->totals));
	total = &refill->totals[refill->total_count];
	*total = (struct total){ .name = arena_copy(refill->arena, name) };
	span_map_put(&refill->by_name, total->name, refill->total_count++);
	return total;
}

static bool add_up(struct refill *refill, struct err *err)
{
	refill->totals = NULL;
	refill->total_count = 0;
	span_map_init(&refill->by_name, refill->arena, 64);
	for (size_t i = 0; i < refill->chunks.row_count; i++) {
		struct json_value strata;

		if (!read_strata(refill, rows_row(&refill->chunks, i), &strata, err))
			return false;
		for (size_t j = 0; j < strata.item_count; j++) {
			struct total *total = total_of(refill, strata.items[j].key);

			if (!total)
				total = add_total(refill, strata.items[j].key);
			total->count = at_most_wanted(total->count + count_of(&strata.items[j]));
		}
	}
	return true;
}

static bool find_thin(struct refill *refill, bool *any, struct err *err)
{
	struct standings standings;

	if (!strata_scan(refill->target, name_of(refill), refill->arena, &standings, err))
		return false;
	for (int i = 0; i < refill->total_count; i++)
		refill->totals[i].is_thin = true;
	for (int i = 0; i < standings.count; i++) {
		struct total *total = total_of(refill, standings.items[i].name);

		if (total)
			total->is_thin = standings.items[i].count < total->count;
	}
	*any = false;
	for (int i = 0; i < refill->total_count; i++)
		*any = *any || refill->totals[i].is_thin;
	return true;
}

static bool refill_thin(struct refill *refill, struct err *err)
{
	for (int i = 0; i < refill->total_count; i++)
		if (refill->totals[i].is_thin && !lift_bounds(refill, refill->totals[i].name, err))
			return false;
	for (size_t i = 0; i < refill->chunks.row_count; i++) {
		const struct datum *chunk = rows_row(&refill->chunks, i);
		struct json_value strata;
		bool is_due = false;

		if (!read_strata(refill, chunk, &strata, err))
			return false;
		for (size_t j = 0; j < strata.item_count && !is_due; j++)
			is_due = total_of(refill, strata.items[j].key)->is_thin;
		if (is_due && !make_due(refill, chunk, err))
			return false;
	}
	return true;
}

static bool refill_entity(struct refill *refill, struct err *err)
{
	bool any;

	if (!load_chunks(refill, err))
		return false;
	if (refill->chunks.row_count == 0)
		return true;
	if (is_under_another_version(refill))
		return lift_bounds(refill, SPAN_NONE, err) && make_due(refill, NULL, err);
	return add_up(refill, err) && find_thin(refill, &any, err) &&
	       (!any || refill_thin(refill, err));
}

bool strata_refill(struct mover *mover, struct conn *target, struct err *err)
{
	struct refill refill = { .mover = mover, .target = target };
	struct arena arena;
	bool ok = history_hold_all(mover, target, QUERY_UPDATE, err);

	arena_init(&arena);
	arena_init(&refill.scratch);
	refill.arena = &arena;
	for (; ok && refill.entity < mover->migration->entity_count; refill.entity++)
		ok = refill_entity(&refill, err) ||
		     err_while(err, "looking for what the strata of %s lack", name_of(&refill));
	arena_release(&refill.scratch);
	arena_release(&arena);
	return ok;
}
