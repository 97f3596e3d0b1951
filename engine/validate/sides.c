/*
 * sides.c: a chunk in legacy and in the target, side by side: how each row ended, and how the rule says it has to.
 */
#include "engine/validate/sides.h"

#include "engine/target/control.h"

/* ---- reading both ---- */

static bool read_giant(struct sides *sides, const struct key_range *range, struct err *err)
{
	struct validation *validation = sides->validation;

	err_reset(err);
	arena_reset(&validation->scratch);
	sides->is_giant = true;
	return derive_read_roots(validation->deriver, validation->entity_index, range,
				 &validation->scratch, &sides->reading, err);
}

static bool read_legacy(struct sides *sides, const struct tile *tile, struct err *err)
{
	struct validation *validation = sides->validation;
	const struct validate_options *options = validation->options;
	const struct joined *joined = &sides->reading.joined;

	if (derive_read_range(validation->deriver, validation->entity_index, &tile->range,
			      options->chunk_bytes_max, &validation->scratch, &sides->reading,
			      err)) {
		if (!derive_outcomes(validation->deriver, validation->entity_index, joined,
				     &validation->scratch, &sides->outcomes, err))
			return false;
	} else if (err->code != ERR_TOO_LARGE || !read_giant(sides, &tile->range, err)) {
		return false;
	}
	note_position(validation, sides->reading.position);
	return !options->on_read ||
	       options->on_read(options->read_context, validation->entity->name,
				(int64_t)joined->row_count, joined->byte_count, err);
}

void sides_index(struct sides *sides)
{
	struct arena *arena = &sides->validation->scratch;
	const struct holding *holding = &sides->holding;
	const struct joined *joined = &sides->reading.joined;

	span_map_init(&sides->by_key, arena, holding->record_count);
	for (size_t i = 0; i < holding->record_count; i++)
		if (stored_is_live(&holding->records[i]))
			span_map_put(&sides->by_key, holding->records[i].key, (int64_t)i);
	span_map_init(&sides->rejected, arena, holding->kept_back_count);
	for (size_t i = 0; i < holding->kept_back_count; i++)
		if (span_equal_text(holding->kept_back[i].source, "root"))
			span_map_put(&sides->rejected, holding->kept_back[i].key, (int64_t)i);
	span_map_init(&sides->legacy, arena, joined->row_count);
	for (size_t i = 0; i < joined->row_count; i++)
		span_map_put(&sides->legacy, joined->rows[i].key, (int64_t)i);
	sides->is_found = arena_zalloc(arena, holding->record_count + 1);
	sides->is_expected = arena_zalloc(arena, joined->row_count + 1);
}

static const struct kept_back *reject_of(const struct sides *sides, struct span key)
{
	int64_t at = span_map_get(&sides->rejected, key);

	return at == SPAN_MAP_NONE ? NULL : &sides->holding.kept_back[at];
}

/* What does not fit now did not at the last pass either: then it was rejected for that. */
static bool was_giant(const struct sides *sides)
{
	const struct joined *joined = &sides->reading.joined;

	for (size_t i = 0; i < joined->row_count; i++) {
		const struct kept_back *reject = reject_of(sides, joined->rows[i].key);

		if (!reject || !span_equal_text(reject->code, "E2303"))
			return false;
	}
	return true;
}

/* Why nothing can be said of it now; NULL where something can. */
static const char *reason_to_wait(struct sides *sides)
{
	const struct validation *validation = sides->validation;
	const struct tile *tile = &sides->holding.tile;

	if (tile->pass_no == 0)
		return "some of its chunks were never passed";
	if (tile->rule_epoch != validation->rule_epoch ||
	    strcmp(tile->validation, validation->migration->validation) != 0)
		return "some of its chunks were not passed by this version yet";
	if (!tile->has_source_digest)
		return "some of its chunks were left by a run that did not end";
	if (sides->is_giant && !was_giant(sides))
		return "some of its chunks no longer fit in memory: run the migration again";
	sides->is_lagging =
	    !sides->is_giant && !digest_equal(tile->source_digest, sides->reading.joined.digest);
	return NULL;
}

static bool read_once(struct sides *sides, const struct tile *tile, struct err *err)
{
	struct validation *validation = sides->validation;
	unsigned parts = HOLDING_QUARANTINE | (sides->wants_payloads ? HOLDING_PAYLOADS : 0);

	sides->is_giant = false;
	sides->is_lagging = false;
	arena_reset(&validation->scratch);
	return read_legacy(sides, tile, err) &&
	       holding_read(validation->options->target, validation->final, validation->entity,
			    tile->no, parts, &validation->scratch, &sides->holding, err);
}

bool sides_read(struct sides *sides, const struct tile *tile, const char **why, struct err *err)
{
	enum { READS_MAX = 3 };
	struct validation *validation = sides->validation;
	struct tile read = *tile;

	/* A pass may come between: then both sides are read again. */
	for (int i = 0; i < READS_MAX; i++) {
		if (!read_once(sides, &read, err))
			return false;
		sides_index(sides);
		*why = reason_to_wait(sides);
		if ((!*why && !sides->is_lagging) || sides->holding.tile.pass_no == read.pass_no)
			break;
		read.pass_no = sides->holding.tile.pass_no;
		read.range.upper = sides->holding.tile.range.upper;
		if (read.range.upper.data)
			read.range.upper = arena_copy(validation->arena, read.range.upper);
	}
	return true;
}

bool sides_is_younger(const struct sides *sides, struct span key)
{
	int64_t row = span_map_get(&sides->legacy, key);
	int64_t record = span_map_get(&sides->by_key, key);

	return row == SPAN_MAP_NONE || record == SPAN_MAP_NONE ||
	       !digest_equal(sides->reading.joined.rows[row].digest,
			     sides->holding.records[record].source_digest);
}

bool sides_note_lag(const struct sides *sides, int64_t rows, struct err *err)
{
	static const int columns[] = { PASS_ENDED_AT };
	struct validation *validation = sides->validation;
	const struct tile *tile = &sides->holding.tile;
	struct check_result *result = validation->result;
	struct condition where[] = {
		{ PASS_ENTITY, IS_EQUAL, datum_text(validation->entity->name) },
		{ PASS_CHUNK_NO, IS_EQUAL, datum_int(tile->no) },
		{ PASS_NO, IS_EQUAL, datum_int(tile->pass_no) },
	};
	struct query query = { .table = &table_pass,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 3 };
	int64_t ended_us = INT64_MIN, now_us;

	/* Part of a chunk that was cut: when it was passed nobody wrote down. */
	if (!rows_number(validation->options->target, &query, &ended_us, err) ||
	    !conn_now(validation->options->target, &now_us, err))
		return false;
	result->lagging += rows;
	result->is_lagging = true;
	if (ended_us == INT64_MIN)
		result->lag_us = INT64_MAX;
	else if (now_us - ended_us > result->lag_us)
		result->lag_us = now_us - ended_us;
	return true;
}

struct difference sides_about(const struct sides *sides, enum difference_kind kind, struct span key)
{
	return (struct difference){ .kind = kind, .chunk_no = sides->holding.tile.no, .key = key };
}

static const struct stored *record_of(struct sides *sides, struct span key)
{
	int64_t at = span_map_get(&sides->by_key, key);

	if (at == SPAN_MAP_NONE)
		return NULL;
	sides->is_found[at] = true;
	return &sides->holding.records[at];
}

static bool count_claimants(void *context, const struct datum *cells, struct err *err)
{
	(void)cells;
	(void)err;
	++*(int *)context;
	return true;
}

/* A row whose id another key claims, too, is rejected by the run, not by the rule. */
static bool is_collision(const struct sides *sides, struct span id, bool *answer, struct err *err)
{
	static const int columns[] = { COLLISION_KEY };
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(sides->validation->entity->record) },
		{ COLLISION_ID, IS_EQUAL, datum_span(id) },
	};
	struct query query = { .table = &table_collision,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 2 };
	int claimants = 0;

	if (!conn_select(sides->validation->options->target, &query, count_claimants, &claimants,
			 err))
		return false;
	*answer = claimants > 1;
	return true;
}

static bool expect_record(struct sides *sides, size_t row, struct err *err)
{
	struct span key = sides->reading.joined.rows[row].key;
	struct span id = sides->outcomes[row].id;
	struct difference difference = sides_about(sides, DIFFERENCE_MISSING, key);
	const struct stored *record = record_of(sides, key);
	const struct kept_back *reject = reject_of(sides, key);
	bool is_claimed_twice = false;

	if (!record && reject && span_equal_text(reject->code, "E2301") &&
	    !is_collision(sides, id, &is_claimed_twice, err))
		return false;
	if (is_claimed_twice) {
		sides->rejects++;
		return true;
	}
	sides->merged++;
	sides->is_expected[row] = true;
	difference.id = id;
	if (record && !reject && span_equal(record->id, id))
		return true;
	if (record && reject) {
		difference.kind = DIFFERENCE_ENDING;
		difference.text = "is merged and in quarantine at once";
	} else if (record) {
		difference.kind = DIFFERENCE_ENDING;
		difference.text = "has another id in the target";
	} else if (reject) {
		difference.kind = DIFFERENCE_ENDING;
		difference.text = "is in quarantine, and the rule makes a record of it";
	} else {
		difference.text = "the rule makes a record of it, and the target has none";
	}
	return tell(sides->validation, difference, err);
}

static bool expect_no_record(struct sides *sides, struct span key, const char *what,
			     struct err *err)
{
	const struct stored *record = record_of(sides, key);
	struct difference difference = sides_about(sides, DIFFERENCE_ENDING, key);

	if (!record)
		return true;
	difference.id = record->id;
	difference.text = what;
	return tell(sides->validation, difference, err);
}

static bool expect_skip(struct sides *sides, struct span key, struct err *err)
{
	struct difference difference = sides_about(sides, DIFFERENCE_ENDING, key);

	sides->skipped++;
	if (!expect_no_record(sides, key, "the rule skips it, and the target has a record of it",
			      err))
		return false;
	difference.text = "the rule skips it, and it is in quarantine";
	return !reject_of(sides, key) || tell(sides->validation, difference, err);
}

static bool expect_reject(struct sides *sides, struct span key, struct err *err)
{
	struct difference difference = sides_about(sides, DIFFERENCE_MISSING, key);

	sides->rejects++;
	if (!expect_no_record(sides, key, "the rule rejects it, and the target has a record of it",
			      err))
		return false;
	difference.text = "the rule rejects it, and it is not in quarantine";
	return reject_of(sides, key) || tell(sides->validation, difference, err);
}

bool sides_judge_row(struct sides *sides, size_t row, struct err *err)
{
	struct span key = sides->reading.joined.rows[row].key;

	if (sides->is_giant)
		return expect_reject(sides, key, err);
	switch (sides->outcomes[row].kind) {
	case OUTCOME_RECORD:
		return expect_record(sides, row, err);
	case OUTCOME_SKIP:
		return expect_skip(sides, key, err);
	case OUTCOME_REJECT:
		break;
	}
	return expect_reject(sides, key, err);
}
