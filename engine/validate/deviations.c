/*
 * deviations.c: rows of answers that deviate, looked for in legacy.
 */
#include "engine/validate/deviations.h"

#include "engine/validate/sides.h"

struct looking {
	struct deviations *deviations;
	struct validation *validation;
	const struct asked_query *queries;
	struct buf scratch;
};

/* ---- which ---- */

void deviations_init(struct deviations *deviations)
{
	*deviations = (struct deviations){ .items = NULL };
	arena_init(&deviations->arena);
	span_map_init(&deviations->by_held, &deviations->arena, 64);
	span_map_init(&deviations->extra, &deviations->arena, 64);
}

void deviations_release(struct deviations *deviations)
{
	arena_release(&deviations->arena);
}

static struct span bytes_of(const struct digest *digest)
{
	return (struct span){ (const char *)digest, sizeof(*digest) };
}

static struct digest digest_of_extra(const struct asked_query *asked, const struct answer_row *row)
{
	struct digest digest = digest_of(row->whole);

	digest.high ^= (uint64_t)asked->index;
	return digest;
}

static void add_held(struct deviations *deviations, const struct answer_row *row)
{
	if (span_map_get(&deviations->by_held, bytes_of(&row->held)) != SPAN_MAP_NONE)
		return;
	deviations->items = arena_grow_by_one(&deviations->arena, deviations->items,
					      deviations->count, sizeof(*deviations->items));
	deviations->items[deviations->count] = (struct deviation){ .chunk_no = CHUNK_UNKNOWN };
	span_map_put(&deviations->by_held, arena_copy(&deviations->arena, bytes_of(&row->held)),
		     deviations->count++);
}

void deviations_add(struct deviations *deviations, const struct asked_query *asked,
		    const struct answer *legacy, const struct answer *target,
		    const struct match *match)
{
	for (size_t i = 0; i < legacy->row_count; i++)
		if (match->legacy[i] >= ROW_MISSING)
			add_held(deviations, &legacy->rows[i]);
	for (size_t i = 0; i < target->row_count; i++) {
		struct digest extra = digest_of_extra(asked, &target->rows[i]);

		if (match->target[i] == ROW_EXTRA)
			span_map_put(&deviations->extra,
				     arena_copy(&deviations->arena, bytes_of(&extra)), 0);
	}
}

struct deviation *deviations_find(const struct deviations *deviations, const struct answer_row *row)
{
	int64_t at = span_map_get(&deviations->by_held, bytes_of(&row->held));

	return at == SPAN_MAP_NONE ? NULL : &deviations->items[at];
}

bool deviations_has_extra(const struct deviations *deviations, const struct asked_query *asked,
			  const struct answer_row *row)
{
	struct digest extra = digest_of_extra(asked, row);

	return span_map_get(&deviations->extra, bytes_of(&extra)) != SPAN_MAP_NONE;
}

/* ---- what rows hold ---- */

/* The cells of an answer's columns in the element-th row of what varies; false: there is none. */
static bool take_cells(const struct asked_query *asked, const struct source_row *row,
		       size_t element, const struct cell **cells)
{
	for (int i = 0; i < asked->info->column_count; i++) {
		const struct query_column *about = &asked->info->columns[i];
		size_t at = asked->columns[i].varies ? element : 0;
		const struct cell *found;

		if (at >= row->row_count[about->source])
			return false;
		found = row->rows[about->source][at];
		cells[i] = found ? &found[about->column] : NULL;
	}
	return true;
}

/* Called for what of a root holds what deviates. */
typedef void (*held_function)(struct deviation *deviation, const void *context);

static size_t each_held(struct looking *looking, const struct source_row *row,
			held_function function, const void *context)
{
	const struct entity_info *entity = looking->validation->entity;
	const struct cell *cells[COLUMNS_MAX];
	size_t count = 0;

	for (int q = 0; q < entity->query_count; q++) {
		const struct asked_query *asked = &looking->queries[q];

		for (size_t i = 0; asked->is_findable && take_cells(asked, row, i, cells); i++) {
			const struct answer_row held = {
				.held = row_held(asked, cells, &looking->scratch),
			};
			struct deviation *deviation = deviations_find(looking->deviations, &held);

			count += deviation != NULL;
			if (deviation && function)
				function(deviation, context);
			if (asked->varying < 0)
				break;
		}
	}
	return count;
}

/* ---- how they ended ---- */

/* Of one root. */
struct ending {
	enum { IS_WITHHELD, IS_LAGGING, IS_PASSED } kind;
	int64_t chunk_no;
	struct span key, id; /* in the deviations' arena, where they are passed */
};

static void note(struct deviation *deviation, const void *context)
{
	const struct ending *ending = context;

	deviation->withheld += ending->kind == IS_WITHHELD;
	deviation->lagging += ending->kind == IS_LAGGING;
	if (ending->kind != IS_PASSED)
		return;
	deviation->passed++;
	deviation->chunk_no = ending->chunk_no;
	deviation->key = ending->key;
	deviation->id = ending->id;
}

static struct ending ending_of(const struct looking *looking, const struct sides *sides, size_t row)
{
	struct arena *arena = &looking->deviations->arena;
	const struct source_row *of = &sides->reading.joined.rows[row];
	const struct outcome *outcome = sides->is_giant ? NULL : &sides->outcomes[row];
	int64_t record = span_map_get(&sides->by_key, of->key);
	bool is_kept_back = span_map_get(&sides->rejected, of->key) != SPAN_MAP_NONE;
	struct ending ending = { .kind = IS_WITHHELD };

	if (!outcome || outcome->kind != OUTCOME_RECORD || (is_kept_back && record < 0))
		return ending;
	ending.kind = IS_LAGGING;
	if (sides->is_lagging && sides_is_younger(sides, of->key))
		return ending;
	return (struct ending){ .kind = IS_PASSED,
				.chunk_no = sides->holding.tile.no,
				.key = arena_copy(arena, of->key),
				.id = arena_copy(arena, outcome->id) };
}

/* A root that is not there, of which nothing is known but the key that its child names. */
static const struct cell *root_of_orphan(const struct source_set *sources,
					 const struct orphan *orphan, struct arena *arena)
{
	const struct source *root = &sources->sources[0];
	const int *columns = source_root_columns(&sources->sources[orphan->source]);
	struct cell *cells = arena_zalloc(arena, ((size_t)root->column_count + 1) * sizeof(*cells));

	for (int i = 0; columns && i < root->key_count; i++)
		cells[root->key_columns[i]] = orphan->row[columns[i]];
	return cells;
}

static void set_only_row(struct source_row *row, int source, const struct cell *cells,
			 struct arena *arena)
{
	const struct cell **rows = arena_alloc(arena, sizeof(*rows));

	rows[0] = cells;
	row->rows[source] = rows;
	row->row_count[source] = 1;
}

/* Children whose root is missing are in quarantine, each by itself. */
static size_t each_orphan(struct looking *looking, const struct joined *joined,
			  held_function function, const void *context)
{
	struct arena *arena = &looking->validation->one;
	size_t count = 0;

	arena_reset(arena);
	for (size_t i = 0; i < joined->orphan_count; i++) {
		const struct orphan *orphan = &joined->orphans[i];
		struct source_row row;

		source_row_init(&row, arena, joined->sources->source_count);
		set_only_row(&row, 0, root_of_orphan(joined->sources, orphan, arena), arena);
		set_only_row(&row, orphan->source, orphan->row, arena);
		count += each_held(looking, &row, function, context);
	}
	return count;
}

/* ---- reading ---- */

static bool judge_chunk(struct looking *looking, const struct tile *tile, struct err *err)
{
	static const struct ending withheld = { .kind = IS_WITHHELD };
	struct sides sides = { .validation = looking->validation };
	const struct joined *joined = &sides.reading.joined;
	const char *why;

	if (!sides_read(&sides, tile, &why, err) ||
	    (sides.is_lagging && !sides_note_lag(&sides, 0, err)))
		return false;
	looking->deviations->lagging_chunks += sides.is_lagging;
	if (why) {
		looking->deviations->why = why;
		return true;
	}
	for (size_t i = 0; i < joined->row_count; i++) {
		struct ending ending;

		if (each_held(looking, &joined->rows[i], NULL, NULL) == 0)
			continue;
		ending = ending_of(looking, &sides, i);
		each_held(looking, &joined->rows[i], note, &ending);
	}
	each_orphan(looking, joined, note, &withheld);
	return true;
}

/* Does the chunk hold anything that deviates, or lag? Nothing is derived for that. */
static bool is_of_interest(struct looking *looking, const struct tile *tile,
			   const struct joined *joined)
{
	if (!tile->has_source_digest || !digest_equal(tile->source_digest, joined->digest) ||
	    each_orphan(looking, joined, NULL, NULL) > 0)
		return true;
	for (size_t i = 0; i < joined->row_count; i++)
		if (each_held(looking, &joined->rows[i], NULL, NULL) > 0)
			return true;
	return false;
}

static bool look_at_chunk(struct looking *looking, const struct tile *tile, struct err *err)
{
	struct validation *validation = looking->validation;
	const struct validate_options *options = validation->options;
	struct reading reading;

	arena_reset(&validation->scratch);
	if (!derive_read_range(validation->deriver, validation->entity_index, &tile->range,
			       options->chunk_bytes_max, &validation->scratch, &reading, err)) {
		if (err->code != ERR_TOO_LARGE)
			return false;
		err_reset(err);
		return judge_chunk(looking, tile, err);
	}
	if (options->on_read &&
	    !options->on_read(options->read_context, validation->entity->name,
			      (int64_t)reading.joined.row_count, reading.joined.byte_count, err))
		return false;
	return !is_of_interest(looking, tile, &reading.joined) || judge_chunk(looking, tile, err);
}

bool deviations_resolve(struct deviations *deviations, struct validation *validation,
			const struct asked_query *queries, struct err *err)
{
	struct looking looking = { deviations, validation, queries, { .data = NULL } };
	struct tile *tiles;
	size_t tile_count;
	bool ok;

	/* As they are now: what was merged meanwhile does not lag. */
	if (!tiles_load(validation->options->target, validation->entity->name, &deviations->arena,
			&tiles, &tile_count, err))
		return false;
	buf_init(&looking.scratch);
	ok = true;
	for (size_t i = 0; i < tile_count && ok; i++)
		ok = look_at_chunk(&looking, &tiles[i], err);
	buf_release(&looking.scratch);
	return ok;
}
