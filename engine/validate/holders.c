/*
 * holders.c: which rows of legacy hold what deviates, and how they ended.
 *
 * A row of an answer is made of parts: what it holds of the root, and of each list of children. A root has it when it has all of them.
 */
#include "engine/validate/deviations.h"
#include "engine/validate/sides.h"

struct looking {
	struct deviations *deviations;
	struct validation *validation;
	const struct asked_query *queries;
	struct buf scratch;
	struct arena found; /* of one root and one query */
	int64_t seen_no;    /* counts roots */
};

/* ---- what rows hold ---- */

/* The cells of a group's columns in the element-th of its rows; NULL where a reference points at nothing. */
static void take_cells(const struct asked_query *asked, int group, const struct source_row *row,
		       size_t element, const struct cell **cells)
{
	for (int i = 0; i < asked->info->column_count; i++) {
		const struct query_column *about = &asked->info->columns[i];
		const struct cell *found = NULL;

		if (asked->columns[i].group == group && element < row->row_count[about->source])
			found = row->rows[about->source][element];
		cells[i] = found ? &found[about->column] : NULL;
	}
}

/* Parts of what deviates that a root has, of one group. */
struct found {
	struct part **parts;
	int count;
};

static void find_part(struct looking *looking, const struct asked_query *asked, int group,
		      const struct cell *const *cells, bool is_counted_once, struct found *found)
{
	struct part *part = deviations_find_part(looking->deviations,
						 row_part(asked, group, cells, &looking->scratch));

	if (!part)
		return;
	if (part->seen_no != looking->seen_no) {
		part->seen_no = looking->seen_no;
		part->count = 0;
		found->parts = arena_grow_by_one(&looking->found, found->parts, found->count,
						 sizeof(struct part *));
		found->parts[found->count++] = part;
	}
	if (!is_counted_once || part->count == 0)
		part->count++;
}

/* A join that keeps rows without a partner has nulls instead: which rows it joins nobody knows here. */
static void find_parts(struct looking *looking, const struct asked_query *asked, int group,
		       const struct source_row *row, struct found *found)
{
	static const struct cell *const nothing[COLUMNS_MAX];
	const struct cell *cells[COLUMNS_MAX];
	int source = asked->groups[group];

	*found = (struct found){ .parts = NULL };
	for (size_t i = 0; i < row->row_count[source]; i++) {
		take_cells(asked, group, row, i, cells);
		find_part(looking, asked, group, cells, false, found);
	}
	find_part(looking, asked, group, nothing, true, found);
}

/* Called for what of a root holds what deviates, as often as it may stand in an answer. */
typedef void (*held_function)(struct deviation *deviation, int64_t count, const void *context);

/* Every choice of one part of each group: is it one of the rows that deviate? */
static size_t each_choice(struct looking *looking, const struct asked_query *asked,
			  const struct found *found, held_function function, const void *context)
{
	int group_count = asked->group_count, group, chosen[COLUMNS_MAX] = { 0 };
	struct digest parts[COLUMNS_MAX];
	size_t met = 0;

	do {
		struct deviation *deviation;
		int64_t count = 1;

		for (group = 0; group < group_count; group++) {
			const struct part *part = found[group].parts[chosen[group]];

			parts[group] = part->digest;
			count *= part->count;
		}
		deviation = deviations_find(looking->deviations, asked, parts);
		met += deviation != NULL;
		if (deviation && function)
			function(deviation, count, context);
		for (group = 0; group < group_count; group++) {
			if (++chosen[group] < found[group].count)
				break;
			chosen[group] = 0;
		}
	} while (group < group_count);
	return met;
}

static size_t each_held(struct looking *looking, const struct source_row *row,
			held_function function, const void *context)
{
	const struct entity_info *entity = looking->validation->entity;
	struct found found[COLUMNS_MAX];
	size_t met = 0;

	looking->seen_no++;
	for (int q = 0; q < entity->query_count; q++) {
		const struct asked_query *asked = &looking->queries[q];
		int group;

		arena_reset(&looking->found);
		for (group = 0; group < asked->group_count; group++) {
			find_parts(looking, asked, group, row, &found[group]);
			if (found[group].count == 0)
				break;
		}
		if (group == asked->group_count)
			met += each_choice(looking, asked, found, function, context);
	}
	return met;
}

/* ---- how they ended ---- */

/* Of one root. */
struct ending {
	enum { IS_WITHHELD, IS_LAGGING, IS_PASSED } kind;
	int64_t chunk_no;
	struct span key, id; /* in the deviations' arena, where they are passed */
	struct digest row;
	const struct stored *record; /* or NULL */
};

static void note(struct deviation *deviation, int64_t count, const void *context)
{
	const struct ending *ending = context;

	deviation->withheld += ending->kind == IS_WITHHELD ? count : 0;
	deviation->lagging += ending->kind == IS_LAGGING ? count : 0;
	if (ending->kind != IS_PASSED)
		return;
	deviation->passed += count;
	deviation->roots++;
	deviation->chunk_no = ending->chunk_no;
	deviation->key = ending->key;
	deviation->id = ending->id;
	deviation->row = ending->row;
	deviation->has_record = ending->record && span_equal(ending->record->id, ending->id);
	if (!deviation->has_record)
		return;
	deviation->source_digest = ending->record->source_digest;
	deviation->transformed_at_us = ending->record->transformed_at_us;
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
				.id = arena_copy(arena, outcome->id),
				.row = of->digest,
				.record = record == SPAN_MAP_NONE
					      ? NULL
					      : &sides->holding.records[record] };
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
	struct looking looking = { .deviations = deviations,
				   .validation = validation,
				   .queries = queries };
	struct tile *tiles;
	size_t tile_count;
	bool ok;

	/* As they are now: what was merged meanwhile does not lag. */
	if (!deviations_count_passes(validation, &deviations->passes, err) ||
	    !tiles_load(validation->options->target, validation->entity->name, &deviations->arena,
			&tiles, &tile_count, err))
		return false;
	buf_init(&looking.scratch);
	arena_init(&looking.found);
	ok = true;
	for (size_t i = 0; i < tile_count && ok; i++)
		ok = look_at_chunk(&looking, &tiles[i], err);
	arena_release(&looking.found);
	buf_release(&looking.scratch);
	return ok;
}
