/*
 * deviations.c: rows of answers that deviate, as a set.
 */
#include "engine/validate/deviations.h"

/* ---- which ---- */

void deviations_init(struct deviations *deviations)
{
	*deviations = (struct deviations){ .items = NULL };
	arena_init(&deviations->arena);
	span_map_init(&deviations->by_part, &deviations->arena, 64);
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

static void add_part(struct deviations *deviations, struct digest digest)
{
	if (span_map_get(&deviations->by_part, bytes_of(&digest)) != SPAN_MAP_NONE)
		return;
	deviations->parts = arena_grow_by_one(&deviations->arena, deviations->parts,
					      deviations->part_count, sizeof(*deviations->parts));
	deviations->parts[deviations->part_count] = (struct part){ .digest = digest };
	span_map_put(&deviations->by_part, arena_copy(&deviations->arena, bytes_of(&digest)),
		     deviations->part_count++);
}

static void add_held(struct deviations *deviations, const struct asked_query *asked,
		     const struct answer_row *row)
{
	struct digest held = row_held(asked, row->parts);

	if (span_map_get(&deviations->by_held, bytes_of(&held)) != SPAN_MAP_NONE)
		return;
	deviations->items = arena_grow_by_one(&deviations->arena, deviations->items,
					      deviations->count, sizeof(*deviations->items));
	deviations->items[deviations->count] = (struct deviation){ .chunk_no = CHUNK_UNKNOWN };
	span_map_put(&deviations->by_held, arena_copy(&deviations->arena, bytes_of(&held)),
		     deviations->count++);
	for (int group = 0; group < asked->group_count; group++)
		add_part(deviations, row->parts[group]);
}

void deviations_add(struct deviations *deviations, const struct asked_query *asked,
		    const struct answer *legacy, const struct answer *target,
		    const struct match *match)
{
	for (size_t i = 0; i < legacy->row_count; i++)
		if (match->legacy[i] >= ROW_MISSING)
			add_held(deviations, asked, &legacy->rows[i]);
	for (size_t i = 0; i < target->row_count; i++) {
		struct digest extra = digest_of_extra(asked, &target->rows[i]);

		if (match->target[i] == ROW_EXTRA)
			span_map_put(&deviations->extra,
				     arena_copy(&deviations->arena, bytes_of(&extra)), 0);
	}
}

struct deviation *deviations_find(const struct deviations *deviations,
				  const struct asked_query *asked, const struct digest *parts)
{
	struct digest held = row_held(asked, parts);
	int64_t at = span_map_get(&deviations->by_held, bytes_of(&held));

	return at == SPAN_MAP_NONE ? NULL : &deviations->items[at];
}

struct part *deviations_find_part(const struct deviations *deviations, struct digest digest)
{
	int64_t at = span_map_get(&deviations->by_part, bytes_of(&digest));

	return at == SPAN_MAP_NONE ? NULL : &deviations->parts[at];
}

bool deviations_has_extra(const struct deviations *deviations, const struct asked_query *asked,
			  const struct answer_row *row)
{
	struct digest extra = digest_of_extra(asked, row);

	return span_map_get(&deviations->extra, bytes_of(&extra)) != SPAN_MAP_NONE;
}

/* ---- what goes on ---- */

bool deviations_count_passes(struct validation *validation, int64_t *passes, struct err *err)
{
	struct tile *tiles;
	size_t count;

	arena_reset(&validation->scratch);
	if (!tiles_load(validation->options->target, validation->entity->name, &validation->scratch,
			&tiles, &count, err))
		return false;
	*passes = (int64_t)count;
	for (size_t i = 0; i < count; i++)
		*passes += tiles[i].pass_no;
	return true;
}

static bool has_row(const struct deviation *deviation, struct validation *validation, bool *answer,
		    struct err *err)
{
	struct reading reading;

	arena_reset(&validation->one);
	if (!derive_read_keys(validation->deriver, validation->entity_index, &deviation->key, 1,
			      &validation->one, &reading, err))
		return false;
	*answer = reading.joined.row_count == 1 &&
		  digest_equal(reading.joined.rows[0].digest, deviation->row);
	return true;
}

static bool has_record(const struct deviation *deviation, struct validation *validation,
		       bool *answer, struct err *err)
{
	struct stored record;
	bool found;

	arena_reset(&validation->one);
	if (!stored_read(validation->options->target, validation->final, deviation->id,
			 &validation->one, &found, &record, err))
		return false;
	found = found && stored_is_live(&record);
	*answer = found == deviation->has_record &&
		  (!found || (digest_equal(record.source_digest, deviation->source_digest) &&
			      record.transformed_at_us == deviation->transformed_at_us));
	return true;
}

bool deviation_is_as_found(const struct deviation *deviation, struct validation *validation,
			   bool *answer, struct err *err)
{
	return has_record(deviation, validation, answer, err) &&
	       (!*answer || has_row(deviation, validation, answer, err));
}
