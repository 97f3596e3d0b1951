/*
 * questions.c: the deterministic sample draws records, and what their rows and they themselves hold is asked for.
 *
 * Of all live records those with the lowest XXH3_64(id, seed) are drawn. Each store is asked with its own word: legacy with what the row's
 * column holds, the target with what the rule makes of it.
 */
#include "engine/validate/questions.h"

#include <math.h>
#include <stdlib.h>

#include "engine/model/span_map.h"

/* Where a query does not say how many; and how many rows of legacy are read at once. */
enum { DRAWN_COUNT = 100, ROWS_AT_ONCE = 50 };

struct posing {
	struct validation *validation;
	const struct asked_query *asked;
	question_function each;
	void *context;
	struct arena *arena, posed; /* posed: what was asked for already */
	struct span_map by_words;
	int64_t count, limit;
	struct reading reading;
	struct outcome *outcomes;
};

/* ---- drawing ---- */

static int count_of(const struct query_info *query)
{
	int most = query->parameter_count > 0 ? 1 : 0;

	for (int i = 0; i < query->parameter_count; i++) {
		int said = query->parameters[i].sample_count;
		int count = said > 0 ? said : DRAWN_COUNT;

		if (count > most)
			most = count;
	}
	return most;
}

static int most_wanted(const struct entity_info *entity)
{
	int most = 0;

	for (int i = 0; i < entity->query_count; i++)
		if (count_of(&entity->queries[i]) > most)
			most = count_of(&entity->queries[i]);
	return most;
}

/* Of hashes as even as these a share with some more than are wanted nearly always holds them. */
void draw_begin(struct validation *validation)
{
	double wanted = most_wanted(validation->entity), rows = 0;

	for (size_t i = 0; i < validation->tile_count; i++)
		rows += (double)validation->tiles[i].record_count;
	validation->draw = (struct draw){ .share = 1 };
	if (wanted == 0)
		validation->draw.share = 0;
	else if (rows > 0 && wanted + 6 * sqrt(wanted) + 16 < rows)
		validation->draw.share = (wanted + 6 * sqrt(wanted) + 16) / rows;
}

static bool is_drawn(const struct draw *draw, uint64_t hash)
{
	return draw->share >= 1 || (double)hash < ldexp(draw->share, 64);
}

bool draw_take_chunk(struct validation *validation, const struct tile *tile, struct err *err)
{
	struct draw *draw = &validation->draw;
	struct holding holding;

	if (draw->share <= 0)
		return true;
	if (!holding_read(validation->options->target, validation->final, validation->entity,
			  tile->no, 0, &validation->scratch, &holding, err))
		return false;
	for (size_t i = 0; i < holding.record_count; i++) {
		const struct stored *record = &holding.records[i];
		uint64_t hash = sample_hash(record->id, validation->options->seed);

		if (!stored_is_live(record) || !is_drawn(draw, hash))
			continue;
		draw->items = arena_grow_by_one(&validation->picks, draw->items, draw->count,
						sizeof(*draw->items));
		draw->items[draw->count++] =
		    (struct drawn){ hash, arena_copy(&validation->picks, record->key) };
	}
	return true;
}

static int compare_drawn(const void *one, const void *other)
{
	const struct drawn *a = one, *b = other;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return span_compare(a->key, b->key);
}

bool draw_end(struct validation *validation, struct err *err)
{
	struct draw *draw = &validation->draw;

	/* A share that was too small is as rare as hashes are even. */
	if (draw->share > 0 && draw->share < 1 && draw->count < most_wanted(validation->entity)) {
		*draw = (struct draw){ .share = 1 };
		for (size_t i = 0; i < validation->tile_count; i++) {
			arena_reset(&validation->scratch);
			if (!draw_take_chunk(validation, &validation->tiles[i], err))
				return false;
		}
	}
	if (draw->count > 0)
		qsort(draw->items, (size_t)draw->count, sizeof(*draw->items), compare_drawn);
	return true;
}

/* ---- words ---- */

/* What a member says, as a parameter of a question says it; no data where it is absent. */
static struct span word_of(const struct json_value *value)
{
	if (!value || value->kind == JSON_NULL)
		return SPAN_NONE;
	if (value->kind == JSON_TRUE || value->kind == JSON_FALSE)
		return value->kind == JSON_TRUE ? SPAN("true") : SPAN("false");
	return value->text;
}

/* Of a list that of one element. path: "actorId", "history.kind". */
static struct span target_word(const struct json_value *record, const char *path, size_t element,
			       struct arena *arena)
{
	const char *dot = strchr(path, '.');
	const struct json_value *value;

	if (!dot)
		return word_of(json_member(record, path));
	value = json_member(record,
			    arena_copy(arena, (struct span){ path, (size_t)(dot - path) }).data);
	if (value && value->kind == JSON_ARRAY)
		value = element < value->item_count ? &value->items[element] : NULL;
	return value && value->kind == JSON_OBJECT ? word_of(json_member(value, dot + 1))
						   : SPAN_NONE;
}

/* One row of a source that has one a root is that of all elements. */
static struct span legacy_word(const struct source_row *row,
			       const struct query_parameter *parameter, size_t element)
{
	uint32_t count = row->row_count[parameter->source];
	const struct cell *cells;

	if (count == 0)
		return SPAN_NONE;
	cells = row->rows[parameter->source][count == 1        ? 0
					     : element < count ? element
							       : count - 1];
	/* A value that was cut is no word to ask with. */
	if (!cells || cells[parameter->column].kind == CELL_CUT)
		return SPAN_NONE;
	return cell_span(&cells[parameter->column]);
}

static size_t element_count(const struct query_info *query, const struct source_row *row)
{
	size_t most = 1;

	for (int i = 0; i < query->parameter_count; i++)
		if (row->row_count[query->parameters[i].source] > most)
			most = row->row_count[query->parameters[i].source];
	return most;
}

/* ---- posing ---- */

/* The same words are asked for once. */
static bool is_new(struct posing *posing, const struct words *words)
{
	struct buf buf;
	struct span text;
	bool is_new;

	buf_init(&buf);
	for (int i = 0; i < posing->asked->info->parameter_count; i++) {
		buf_print(&buf, "%zu:", words->legacy[i].size);
		buf_put_span(&buf, words->legacy[i]);
		buf_print(&buf, "%zu:", words->target[i].size);
		buf_put_span(&buf, words->target[i]);
	}
	text = buf_span(&buf);
	is_new = span_map_get(&posing->by_words, text) == SPAN_MAP_NONE;
	if (is_new)
		span_map_put(&posing->by_words, arena_copy(&posing->posed, text), 0);
	buf_release(&buf);
	return is_new;
}

static bool pose(struct posing *posing, const struct source_row *row,
		 const struct json_value *record, size_t element, struct err *err)
{
	const struct query_info *query = posing->asked->info;
	size_t count = (size_t)query->parameter_count;
	struct span *legacy = arena_alloc(posing->arena, count * sizeof(*legacy));
	struct span *target = arena_alloc(posing->arena, count * sizeof(*target));
	const struct words words = { legacy, target };

	for (size_t i = 0; i < count; i++) {
		const struct query_parameter *parameter = &query->parameters[i];

		legacy[i] = legacy_word(row, parameter, element);
		target[i] = target_word(record, parameter->field, element, posing->arena);
		if (!legacy[i].data || !target[i].data)
			return true;
	}
	if (!is_new(posing, &words))
		return true;
	posing->count++;
	return posing->each(posing->context, &words, err);
}

static bool pose_row(struct posing *posing, size_t index, struct err *err)
{
	const struct source_row *row = &posing->reading.joined.rows[index];
	const struct outcome *outcome = &posing->outcomes[index];
	size_t elements = element_count(posing->asked->info, row);
	struct json_value record;

	if (outcome->kind != OUTCOME_RECORD)
		return true;
	if (!json_read(outcome->body, posing->arena, &record, err))
		return false;
	for (size_t i = 0; i < elements && posing->count < posing->limit; i++)
		if (!pose(posing, row, &record, i, err))
			return false;
	return true;
}

/* The rows of drawn records, in the order of the sample, whatever order a store gives them in. */
static bool pose_some(struct posing *posing, int first, int count, struct err *err)
{
	struct validation *validation = posing->validation;
	const struct validate_options *options = validation->options;
	struct joined *joined = &posing->reading.joined;
	struct span keys[ROWS_AT_ONCE];
	struct span_map by_key;

	arena_reset(posing->arena);
	for (int i = 0; i < count; i++)
		keys[i] = validation->draw.items[first + i].key;
	if (!derive_read_keys(validation->deriver, validation->entity_index, keys, (size_t)count,
			      posing->arena, &posing->reading, err) ||
	    !derive_outcomes(validation->deriver, validation->entity_index, joined, posing->arena,
			     &posing->outcomes, err) ||
	    (options->on_read &&
	     !options->on_read(options->read_context, validation->entity->name,
			       (int64_t)joined->row_count, joined->byte_count, err)))
		return false;
	note_position(validation, posing->reading.position);
	span_map_init(&by_key, posing->arena, joined->row_count);
	for (size_t i = 0; i < joined->row_count; i++)
		span_map_put(&by_key, joined->rows[i].key, (int64_t)i);
	for (int i = 0; i < count && posing->count < posing->limit; i++) {
		int64_t at = span_map_get(&by_key, keys[i]);

		if (at != SPAN_MAP_NONE && !pose_row(posing, (size_t)at, err))
			return false;
	}
	return true;
}

static bool pose_drawn(struct posing *posing, struct err *err)
{
	const struct draw *draw = &posing->validation->draw;
	int drawn = draw->count < (int)posing->limit ? draw->count : (int)posing->limit;

	for (int i = 0; i < drawn && posing->count < posing->limit; i += ROWS_AT_ONCE) {
		int left = drawn - i;

		if (!pose_some(posing, i, left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE, err))
			return false;
	}
	return true;
}

bool questions_each(struct validation *validation, const struct asked_query *asked,
		    question_function each, void *context, struct arena *arena, int64_t *expected,
		    struct err *err)
{
	static const struct words no_words = { NULL, NULL };
	struct posing posing = { .validation = validation,
				 .asked = asked,
				 .each = each,
				 .context = context,
				 .arena = arena,
				 .limit = count_of(asked->info) };
	bool ok;

	*expected = 1;
	if (asked->info->parameter_count == 0)
		return each(context, &no_words, err);
	arena_init(&posing.posed);
	span_map_init(&posing.by_words, &posing.posed, 64);
	ok = pose_drawn(&posing, err);
	arena_release(&posing.posed);
	*expected = posing.count;
	return ok;
}
