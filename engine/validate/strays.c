/*
 * strays.c: live records that no chunk and no part accounts for, and open rows of quarantine likewise: whoever reads the table sees them, and
 * who looks chunk by chunk does not.
 *
 * The index by part and chunk is walked from one number to the next, so what is as it should be costs a step a gap between chunks.
 */
#include "engine/target/control.h"
#include "engine/target/final.h"
#include "engine/validate/checks.h"

/* Where rows stand that are of a chunk. */
struct place {
	const struct table *table;
	int id, key, chunk_no; /* columns; id −1: its rows have none */
	struct condition where[2];
	const char *unknown_chunk; /* in words */
};

static struct place records_of(const struct validation *validation)
{
	return (struct place){ .table = validation->final,
			       .id = FINAL_ID,
			       .key = FINAL_KEY,
			       .chunk_no = FINAL_CHUNK_NO,
			       .where = { { FINAL_PART, IS_EQUAL,
					    datum_text(validation->entity->part) },
					  { FINAL_STATE, IS_EQUAL, datum_text("") } },
			       .unknown_chunk = "is of a chunk that engine_chunk does not know" };
}

static struct place kept_back_of(const struct validation *validation)
{
	return (struct place){
		.table = &table_quarantine,
		.id = -1,
		.key = QUARANTINE_KEY,
		.chunk_no = QUARANTINE_CHUNK_NO,
		.where = { { QUARANTINE_ENTITY, IS_EQUAL, datum_text(validation->entity->name) },
			   { QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") } },
		.unknown_chunk = "is in quarantine, of a chunk that engine_chunk does not know"
	};
}

/* ---- telling them ---- */

struct telling {
	struct validation *validation;
	const char *what;
	bool has_id;
};

static bool tell_stray(void *context, const struct datum *cells, struct err *err)
{
	const struct telling *telling = context;
	struct difference difference = { .kind = DIFFERENCE_EXTRA,
					 .id = telling->has_id ? cells[2].text : SPAN_NONE,
					 .key = cells[0].text,
					 .chunk_no = cells[1].number,
					 .text = telling->what };

	return tell(telling->validation, difference, err);
}

static bool tell_all(struct validation *validation, const struct place *place,
		     const struct condition *where, int where_count, const char *what,
		     struct err *err)
{
	const int columns[] = { place->key, place->chunk_no, place->id };
	const int order[] = { place->id < 0 ? place->key : place->id };
	struct telling telling = { validation, what, place->id >= 0 };
	struct query query = { .table = place->table,
			       .columns = columns,
			       .column_count = place->id < 0 ? 2 : 3,
			       .where = where,
			       .where_count = where_count,
			       .order_by = order,
			       .order_count = 1 };

	return conn_select(validation->options->target, &query, tell_stray, &telling, err);
}

/* The lowest value that the column has among the rows chosen. In scratch. */
static bool find_lowest(struct validation *validation, const struct table *table, int column,
			const struct condition *where, int where_count, const struct datum **lowest,
			struct err *err)
{
	struct query query = { .table = table,
			       .columns = &column,
			       .column_count = 1,
			       .where = where,
			       .where_count = where_count,
			       .order_by = &column,
			       .order_count = 1,
			       .limit = 1 };
	struct rows rows;

	if (!rows_select(validation->options->target, &query, &validation->scratch, &rows, err))
		return false;
	*lowest = rows.row_count > 0 ? rows_row(&rows, 0) : NULL;
	return true;
}

/* ---- chunks that are none ---- */

/* Chunks that were split off meanwhile are there by now: no chunk is ever taken away. */
static bool is_chunk(struct validation *validation, int64_t no, bool *answer, struct err *err)
{
	static const int columns[] = { CHUNK_NO };
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(validation->entity->name) },
		{ CHUNK_NO, IS_EQUAL, datum_int(no) },
	};
	struct query query = { .table = &table_chunk,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 2 };
	struct rows rows;

	if (!rows_select(validation->options->target, &query, &validation->scratch, &rows, err))
		return false;
	*answer = rows.row_count > 0;
	return true;
}

/* Numbers above `above` and below `below`; NULL: there is no such bound. */
static bool look_between(struct validation *validation, const struct place *place,
			 const int64_t *above, const int64_t *below, struct err *err)
{
	struct condition where[4] = { place->where[0], place->where[1] };
	struct condition of_one[3] = { place->where[0], place->where[1] };
	const struct datum *lowest;
	int count = 2, last;

	if (below)
		where[count++] = (struct condition){ place->chunk_no, IS_LESS, datum_int(*below) };
	last = count;
	if (above)
		where[count++] =
		    (struct condition){ place->chunk_no, IS_GREATER, datum_int(*above) };
	for (;;) {
		bool is_there;

		arena_reset(&validation->scratch);
		if (!find_lowest(validation, place->table, place->chunk_no, where, count, &lowest,
				 err))
			return false;
		if (!lowest)
			return true;
		where[last] = (struct condition){ place->chunk_no, IS_GREATER, *lowest };
		count = last + 1;
		of_one[2] = (struct condition){ place->chunk_no, IS_EQUAL, *lowest };
		if (!is_chunk(validation, of_one[2].value.number, &is_there, err) ||
		    (!is_there &&
		     !tell_all(validation, place, of_one, 3, place->unknown_chunk, err)))
			return false;
	}
}

/* Tiles stand by number. */
static bool look_between_chunks(struct validation *validation, const struct place *place,
				struct err *err)
{
	const struct tile *tiles = validation->tiles;
	size_t count = validation->tile_count;

	if (!look_between(validation, place, NULL, &tiles[0].no, err))
		return false;
	for (size_t i = 1; i < count; i++)
		if (tiles[i].no > tiles[i - 1].no + 1 &&
		    !look_between(validation, place, &tiles[i - 1].no, &tiles[i].no, err))
			return false;
	return look_between(validation, place, &tiles[count - 1].no, NULL, err);
}

/* ---- parts that are none ---- */

static bool is_part(const struct validation *validation, struct span part)
{
	const struct migration_info *migration = validation->migration;

	for (int i = 0; i < migration->entity_count; i++)
		if (strcmp(migration->entities[i].record, validation->entity->record) == 0 &&
		    span_equal_text(part, migration->entities[i].part))
			return true;
	return false;
}

static bool look_between_parts(struct validation *validation, struct err *err)
{
	struct condition where[] = {
		{ FINAL_STATE, IS_EQUAL, datum_text("") },
		{ FINAL_PART, IS_GREATER, datum_text("") },
	};
	const struct place records = records_of(validation);
	const struct datum *lowest;
	struct span part = SPAN_NONE;

	for (;;) {
		struct condition of_one[] = { where[0], { FINAL_PART, IS_EQUAL, datum_null() } };

		if (!find_lowest(validation, records.table, FINAL_PART, where, part.data ? 2 : 1,
				 &lowest, err))
			return false;
		if (!lowest)
			return true;
		arena_reset(&validation->one);
		part = arena_copy(&validation->one, lowest->text);
		arena_reset(&validation->scratch);
		where[1].value = datum_span(part);
		of_one[1].value = datum_span(part);
		if (!is_part(validation, part) &&
		    !tell_all(validation, &records, of_one, 2,
			      "is of a part that the rule does not have", err))
			return false;
	}
}

bool check_strays(struct validation *validation, struct err *err)
{
	const struct migration_info *migration = validation->migration;
	const struct place places[] = { records_of(validation), kept_back_of(validation) };
	int first = validation->entity->first_part;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && validation->tile_count > 0; i++)
		if (!look_between_chunks(validation, &places[i], err))
			return false;
	/* Nobody's records are told once, with those of the first part. */
	return validation->entity != &migration->entities[first] ||
	       look_between_parts(validation, err);
}
