/*
 * sample.c: some rows of legacy, read again by their keys, derived again, and compared with what the target holds, field by field.
 */
#include "engine/target/record.h"
#include "engine/validate/sides.h"

/* A row of the sample. */
struct pick {
	struct span key;
	bool is_by_share; /* else for a stratum alone */
	bool is_deviating;
	bool is_untold; /* whether that is a difference nobody can tell */
};

struct picking {
	struct sides *sides;
	struct pick *picks; /* in validation->picks, with their keys */
	size_t count;
	struct span_map by_key;
};

/* ---- which ---- */

bool begin_sample(struct validation *validation, struct err *err)
{
	if (!take_sample(validation, err))
		return false;
	validation->result->strata = validation->strata.strata;
	validation->result->stratum_count = validation->strata.stratum_count;
	return true;
}

/* A root that does not fit in memory with its children: balance looks at it, without them. There are few. */
static bool is_giant(const struct holding *holding, struct span key)
{
	for (size_t i = 0; i < holding->kept_back_count; i++)
		if (span_equal_text(holding->kept_back[i].code, "E2303") &&
		    span_equal(holding->kept_back[i].key, key))
			return true;
	return false;
}

static void pick(struct picking *picking, struct span key, bool is_by_share)
{
	struct arena *arena = &picking->sides->validation->picks;
	int64_t at = span_map_get(&picking->by_key, key);

	if (is_giant(&picking->sides->holding, key))
		return;
	if (at == SPAN_MAP_NONE) {
		at = (int64_t)picking->count++;
		picking->picks =
		    arena_grow_by_one(arena, picking->picks, (int)at, sizeof(*picking->picks));
		picking->picks[at] = (struct pick){ .key = arena_copy(arena, key) };
		span_map_put(&picking->by_key, picking->picks[at].key, at);
	}
	picking->picks[at].is_by_share = picking->picks[at].is_by_share || is_by_share;
}

static void pick_by_share(struct picking *picking)
{
	const struct validation *validation = picking->sides->validation;
	const struct holding *holding = &picking->sides->holding;

	for (size_t i = 0; i < holding->record_count; i++)
		if (stored_is_live(&holding->records[i]) &&
		    is_of_share(validation, holding->records[i].id))
			pick(picking, holding->records[i].key, true);
	for (size_t i = 0; i < holding->kept_back_count; i++)
		if (span_equal_text(holding->kept_back[i].source, "root") &&
		    is_of_share(validation, holding->kept_back[i].key))
			pick(picking, holding->kept_back[i].key, true);
}

static void pick_of_strata(struct picking *picking, int64_t chunk_no)
{
	int count;
	const struct stratum_row *rows =
	    strata_of_chunk(picking->sides->validation, chunk_no, &count);

	for (int i = 0; i < count; i++)
		pick(picking, rows[i].key, false);
}

/* Where the records are not those that were merged, the one that the share would have chosen may be gone: then legacy says which they are. */
static bool pick_gone(struct picking *picking, const struct tile *tile, struct err *err)
{
	struct validation *validation = picking->sides->validation;
	struct sides whole = { .validation = validation };
	bool is_whole;
	const char *why;

	if (!check_sum(validation, &picking->sides->holding, &is_whole, err))
		return false;
	if (is_whole)
		return true;
	if (!sides_read(&whole, tile, &why, err))
		return false;
	picking->sides->holding = whole.holding;
	for (size_t i = 0; !whole.is_giant && i < whole.reading.joined.row_count; i++)
		if (whole.outcomes[i].kind == OUTCOME_RECORD &&
		    is_of_share(validation, whole.outcomes[i].id))
			pick(picking, whole.reading.joined.rows[i].key, true);
	return true;
}

/* ---- reading ---- */

static bool read_picked(struct picking *picking, struct err *err)
{
	struct sides *sides = picking->sides;
	struct validation *validation = sides->validation;
	const struct validate_options *options = validation->options;
	struct span *keys = arena_alloc(&validation->scratch, (picking->count + 1) * sizeof(*keys));

	for (size_t i = 0; i < picking->count; i++)
		keys[i] = picking->picks[i].key;
	if (!derive_read_keys(validation->deriver, validation->entity_index, keys, picking->count,
			      &validation->scratch, &sides->reading, err) ||
	    !derive_outcomes(validation->deriver, validation->entity_index, &sides->reading.joined,
			     &validation->scratch, &sides->outcomes, err))
		return false;
	sides_index(sides);
	note_position(validation, sides->reading.position);
	return !options->on_read ||
	       options->on_read(options->read_context, validation->entity->name,
				(int64_t)sides->reading.joined.row_count,
				sides->reading.joined.byte_count, err);
}

/* ---- comparing ---- */

/* Decisions that touched the record, as its lineage lists them: where the row is the one it was made of, by this version. */
static bool has_same_decisions(const struct validation *validation, const struct json_value *read,
			       uint64_t touched)
{
	const struct json_value *said = json_member(json_member(read, "lineage"), "decisions");
	const struct entity_info *entity = validation->entity;
	size_t at = 0;

	if (!said || said->kind != JSON_ARRAY)
		return false;
	for (int i = 0; i < entity->decision_count; i++) {
		if (!(touched >> i & 1))
			continue;
		if (at == said->item_count || said->items[at].kind != JSON_STRING ||
		    !span_equal_text(said->items[at].text, entity->decisions[i].id))
			return false;
		at++;
	}
	return at == said->item_count;
}

static bool compare_read(struct sides *sides, size_t row, const struct stored *stored,
			 const struct json_value *read, struct err *err)
{
	struct validation *validation = sides->validation;
	const struct outcome *outcome = &sides->outcomes[row];
	struct difference about = sides_about(sides, DIFFERENCE_VALUE, stored->key);
	struct digest digest;
	int64_t count = 0;

	about.id = stored->id;
	about.text = "is not what the rule makes of its row";
	/* Nearly all are: nothing more is made of them. */
	if ((!record_digest(read, &validation->one, &digest) ||
	     !digest_equal(digest, outcome->digest)) &&
	    !tell_fields(validation, &about, stored, read, outcome, &count, err))
		return false;
	/* Not a field, but what was written down of it. */
	about.text = "the digest beside the record is not that of what the rule makes";
	if (count == 0 && !digest_equal(stored->digest, outcome->digest) &&
	    !tell(validation, about, err))
		return false;
	about.field = "lineage.decisions";
	about.text = "are not the decisions that touched the row";
	if (digest_equal(stored->source_digest, sides->reading.joined.rows[row].digest) &&
	    span_equal_text(stored->version, validation->migration->version) &&
	    !has_same_decisions(validation, read, outcome->decisions) &&
	    !tell(validation, about, err))
		return false;
	return check_columns(validation, stored, read, sides->holding.tile.no, err);
}

/* A record that ended as it should: is it what the rule makes of its row? */
static bool compare_values(struct sides *sides, size_t row, struct err *err)
{
	struct validation *validation = sides->validation;
	struct span key = sides->reading.joined.rows[row].key;
	int64_t at = span_map_get(&sides->by_key, key);
	struct difference about = sides_about(sides, DIFFERENCE_VALUE, key);
	struct json_value read;
	struct stored stored;
	bool found = true;

	if (sides->is_giant || at == SPAN_MAP_NONE || sides->outcomes[row].kind != OUTCOME_RECORD)
		return true;
	arena_reset(&validation->one);
	stored = sides->holding.records[at];
	about.id = stored.id;
	if (!stored.payload.data && !stored_read(validation->options->target, validation->final,
						 about.id, &validation->one, &found, &stored, err))
		return false;
	about.text = "was there a moment ago, and is gone";
	if (!found)
		return tell(validation, about, err);
	about.text = "the payload is no record";
	if (!read_stored(validation, &stored, &read))
		return tell(validation, about, err);
	return compare_read(sides, row, &stored, &read, err);
}

/* The key of a record or of a reject, and legacy has no such row. */
static bool judge_absent(struct sides *sides, struct span key, struct err *err)
{
	struct difference difference = sides_about(sides, DIFFERENCE_EXTRA, key);
	int64_t at = span_map_get(&sides->by_key, key);

	if (at != SPAN_MAP_NONE) {
		if (strcmp(sides->validation->entity->on_delete, "keep") == 0)
			return true;
		difference.id = sides->holding.records[at].id;
	} else if (span_map_get(&sides->rejected, key) == SPAN_MAP_NONE) {
		return true;
	}
	difference.text = "legacy has no row with this key";
	return tell(sides->validation, difference, err);
}

bool sample_judge(struct sides *sides, struct span key, struct err *err)
{
	int64_t row = span_map_get(&sides->legacy, key);

	if (row == SPAN_MAP_NONE)
		return judge_absent(sides, key, err);
	return sides_judge_row(sides, (size_t)row, err) && compare_values(sides, (size_t)row, err);
}

/* ---- one chunk ---- */

/* Nothing is told yet: what deviates may be younger than the last pass. */
static bool find_deviating(struct picking *picking, int64_t *deviating, struct err *err)
{
	struct validation *validation = picking->sides->validation;
	bool ok = true;

	*deviating = 0;
	for (size_t i = 0; i < picking->count && ok; i++) {
		struct pick *picked = &picking->picks[i];
		int64_t differences = 0;

		validation->unsaid = &differences;
		ok = sample_judge(picking->sides, picked->key, err);
		validation->unsaid = NULL;
		picked->is_deviating = differences > 0;
		*deviating += picked->is_deviating;
	}
	return ok;
}

/* The whole chunk says whether legacy is what it was at the last pass: then what deviates is a difference; else it is where the very row
 * was passed. */
static bool judge_deviating(struct picking *picking, const struct tile *tile, int64_t *untold,
			    struct err *err)
{
	/* One that is read by itself may be written anew before. */
	struct sides whole = { .validation = picking->sides->validation, .wants_payloads = true };
	const char *why;

	*untold = 0;
	if (!sides_read(&whole, tile, &why, err))
		return false;
	if (why)
		cannot_tell(whole.validation->result, why);
	for (size_t i = 0; i < picking->count; i++) {
		struct pick *picked = &picking->picks[i];

		if (!picked->is_deviating)
			continue;
		picked->is_untold =
		    why || (whole.is_lagging && sides_is_younger(&whole, picked->key));
		*untold += picked->is_untold;
		if (!picked->is_untold && !sample_judge(&whole, picked->key, err))
			return false;
	}
	return *untold == 0 || why || sides_note_lag(&whole, *untold, err);
}

static void count(const struct picking *picking, int64_t untold)
{
	struct check_result *result = picking->sides->validation->result;

	result->expected += (int64_t)picking->count;
	result->checked += (int64_t)picking->count - untold;
	result->skipped += untold;
	for (size_t i = 0; i < picking->count; i++)
		result->chosen_by_share +=
		    picking->picks[i].is_by_share && !picking->picks[i].is_untold;
}

bool check_sample_of_chunk(struct validation *validation, const struct tile *tile, struct err *err)
{
	struct sides sides = { .validation = validation };
	struct picking picking = { .sides = &sides };
	int64_t deviating, untold = 0;

	arena_reset(&validation->picks);
	if (!holding_read(validation->options->target, validation->final, validation->entity,
			  tile->no, HOLDING_QUARANTINE, &validation->scratch, &sides.holding, err))
		return false;
	if (sides.holding.tile.pass_no == 0) {
		cannot_tell(validation->result, "some of its chunks were never passed");
		return true;
	}
	span_map_init(&picking.by_key, &validation->picks, 64);
	pick_by_share(&picking);
	pick_of_strata(&picking, tile->no);
	if (!pick_gone(&picking, tile, err))
		return false;
	if (picking.count == 0)
		return true;
	if (!read_picked(&picking, err) || !find_deviating(&picking, &deviating, err) ||
	    (deviating > 0 && !judge_deviating(&picking, tile, &untold, err)))
		return false;
	count(&picking, untold);
	return true;
}
