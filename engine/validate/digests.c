/*
 * digests.c: is every record that was merged still there, and still what the rule made of it?
 *
 * Each record is read back, made canonical and digested again. Legacy is asked only to say which field of a damaged record it was.
 */
#include "engine/target/record.h"
#include "engine/validate/checks.h"

struct looking {
	struct validation *validation;
	const struct tile *tile;
	const struct stored **damages; /* records that are not what was merged */
	size_t damage_count;
};

static struct difference difference_of(const struct looking *looking, const struct stored *stored)
{
	return (struct difference){ .kind = DIFFERENCE_VALUE,
				    .chunk_no = looking->tile->no,
				    .id = stored->id,
				    .key = stored->key };
}

/* ---- which field it was ---- */

/* The row still makes the record that was merged: then what differs from it is the damage. */
static bool locate_field(const struct looking *looking, const struct stored *stored,
			 const struct json_value *read, const struct outcome *outcome,
			 bool *is_located, struct err *err)
{
	struct difference about = difference_of(looking, stored);
	int64_t count = 0;

	*is_located = false;
	if (outcome->kind != OUTCOME_RECORD || !digest_equal(outcome->digest, stored->digest))
		return true;
	about.text = "is not what was merged";
	if (!tell_fields(looking->validation, &about, stored, read, outcome, &count, err))
		return false;
	*is_located = count > 0;
	return true;
}

static const struct outcome *outcome_of(const struct joined *joined, const struct outcome *outcomes,
					struct span key)
{
	for (size_t i = 0; i < joined->row_count; i++)
		if (span_equal(joined->rows[i].key, key))
			return &outcomes[i];
	return NULL;
}

/* Of the record's row; none where legacy is not there, or does not answer: the damage is told all the same. */
static const struct outcome *derive_again(struct validation *validation, struct span key)
{
	struct err ignored = { ERR_NONE, "" };
	struct reading reading;
	struct outcome *outcomes;

	if (!validation->deriver || validation->unsaid)
		return NULL;
	if (derive_read_keys(validation->deriver, validation->entity_index, &key, 1,
			     &validation->one, &reading, &ignored) &&
	    derive_outcomes(validation->deriver, validation->entity_index, &reading.joined,
			    &validation->one, &outcomes, &ignored))
		return outcome_of(&reading.joined, outcomes, key);
	return NULL;
}

static bool tell_damage(const struct looking *looking, const struct stored *stored, struct err *err)
{
	struct validation *validation = looking->validation;
	struct difference difference = difference_of(looking, stored);
	const struct outcome *outcome;
	struct json_value read;
	bool is_record, is_located = false;

	arena_reset(&validation->one);
	is_record = read_stored(validation, stored, &read);
	outcome = is_record ? derive_again(validation, stored->key) : NULL;
	if (outcome && !locate_field(looking, stored, &read, outcome, &is_located, err))
		return false;
	if (is_located)
		return true;
	difference.text = is_record
			      ? "the record is not the one that was merged: its digest is another"
			      : "the payload is no record";
	return tell(validation, difference, err);
}

/* ---- records ---- */

static bool look_at(struct looking *looking, const struct stored *stored, struct err *err)
{
	struct validation *validation = looking->validation;
	struct json_value read;
	struct digest digest;
	bool is_record;

	arena_reset(&validation->one);
	is_record = read_stored(validation, stored, &read);
	if (!is_record || !record_digest(&read, &validation->one, &digest) ||
	    !digest_equal(digest, stored->digest))
		looking->damages[looking->damage_count++] = stored;
	return !is_record || check_columns(validation, stored, &read, looking->tile->no, err);
}

static int64_t count_live(const struct holding *holding)
{
	int64_t live = 0;

	for (size_t i = 0; i < holding->record_count; i++)
		live += stored_is_live(&holding->records[i]);
	return live;
}

static struct digest sum_live(const struct holding *holding)
{
	struct digest sum = { 0, 0 };

	for (size_t i = 0; i < holding->record_count; i++)
		if (stored_is_live(&holding->records[i]))
			digest_add(&sum, holding->records[i].digest);
	return sum;
}

bool check_sum(struct validation *validation, const struct holding *holding, bool *is_whole,
	       struct err *err)
{
	const struct tile *tile = &holding->tile;
	struct difference difference = { .kind = DIFFERENCE_COUNT, .chunk_no = tile->no };
	int64_t live = count_live(holding);

	*is_whole = live == tile->record_count && digest_equal(sum_live(holding), tile->digest);
	if (*is_whole)
		return true;
	difference.text =
	    live == tile->record_count
		? "the digests beside the records do not add up to what the chunk says"
		: arena_print(&validation->scratch, "%lld live records, and %lld were merged",
			      (long long)live, (long long)tile->record_count)
		      .data;
	return tell(validation, difference, err);
}

bool digests_judge(struct validation *validation, const struct holding *holding, struct err *err)
{
	struct looking looking = { .validation = validation, .tile = &holding->tile };
	bool is_whole;

	looking.damages = arena_alloc(&validation->scratch,
				      (holding->record_count + 1) * sizeof(*looking.damages));
	for (size_t i = 0; i < holding->record_count; i++)
		if (!look_at(&looking, &holding->records[i], err))
			return false;
	for (size_t i = 0; i < looking.damage_count; i++)
		if (!tell_damage(&looking, looking.damages[i], err))
			return false;
	return check_sum(validation, holding, &is_whole, err);
}

bool check_digests(struct validation *validation, const struct holding *holding, struct err *err)
{
	struct check_result *result = validation->result;
	int64_t all = (int64_t)holding->record_count, live;

	if (holding->tile.pass_no == 0) {
		cannot_tell(result, "some of its chunks were never passed");
		result->expected += all;
		result->skipped += all;
		return true;
	}
	/* One that is missing was looked for. */
	live = count_live(holding);
	if (live < holding->tile.record_count)
		all += holding->tile.record_count - live;
	result->expected += all;
	result->checked += all;
	return digests_judge(validation, holding, err);
}
