/*
 * self_check.c: before a check is believed: a few records of the target are damaged in memory, in every way and place, and the check has to
 * notice each.
 *
 * It looks at the damaged copies by the very functions that look at the target. A check that overlooks what it claims to notice could not
 * tell, whatever it finds.
 */
#include "engine/validate/damage.h"
#include "engine/validate/sides.h"

/* Of a record with many values so many are damaged in each way. */
enum { SUBJECTS_MAX = 4, SUBJECT_BYTES_MAX = 1024 * 1024, VARIANTS_MAX = 256 };

/* A chunk of a few records that are sound on both sides. */
struct trial {
	struct validation *validation;
	struct sides sides;
};

/* What each check claims. The ids and endings of rows, and nothing else, are what balance looks at. */
static const unsigned claims[CHECK_KINDS] = {
	[CHECK_BALANCE] = 1U << DAMAGE_DROPPED | 1U << DAMAGE_DOUBLED,
	[CHECK_UNCHANGED] = 0, /* only the store can be asked, of what stands in it */
	[CHECK_DIGESTS] = ((1U << DAMAGE_KINDS) - 1) & ~(1U << DAMAGE_DECISION),
	[CHECK_SAMPLE] = ((1U << DAMAGE_KINDS) - 1) & ~(1U << DAMAGE_DOUBLED),
	[CHECK_INVARIANTS] =
	    0, /* records may be damaged and still keep what the rule says of all */
	/* in the columns of a query; tried on answers, when there are any: query_trial.c */
	[CHECK_QUERIES] = ((1U << DAMAGE_KINDS) - 1) & ~(1U << DAMAGE_COLUMN) &
			  ~(1U << DAMAGE_LINEAGE) & ~(1U << DAMAGE_DECISION),
};

bool check_claims(enum check_kind check, enum damage_kind damage)
{
	return claims[check] >> damage & 1;
}

/* ---- the subjects ---- */

/* The first live records of a chunk, by id. */
static bool take_subjects(struct trial *trial, const struct holding *holding, struct arena *arena,
			  struct err *err)
{
	struct validation *validation = trial->validation;
	struct holding *chosen = &trial->sides.holding;

	chosen->tile = (struct tile){ .no = holding->tile.no, .pass_no = 1 };
	chosen->records = arena_alloc(arena, SUBJECTS_MAX * sizeof(*chosen->records));
	for (size_t i = 0; i < holding->record_count && chosen->record_count < SUBJECTS_MAX; i++) {
		struct stored *subject = &chosen->records[chosen->record_count];
		bool found;

		if (!stored_is_live(&holding->records[i]))
			continue;
		if (!stored_read(validation->options->target, validation->final,
				 holding->records[i].id, arena, &found, subject, err))
			return false;
		if (!found || subject->payload.size > SUBJECT_BYTES_MAX)
			continue;
		digest_add(&chosen->tile.digest, subject->digest);
		chosen->record_count++;
	}
	chosen->tile.record_count = (int64_t)chosen->record_count;
	return true;
}

/* Of the next chunk from `from` on that has any; *from is then the one behind it. */
static bool choose_subjects(struct trial *trial, size_t *from, struct arena *arena, struct err *err)
{
	struct validation *validation = trial->validation;

	trial->sides.holding.record_count = 0;
	for (; *from < validation->tile_count && trial->sides.holding.record_count == 0; ++*from) {
		struct holding holding;

		arena_reset(arena);
		if (!holding_read(validation->options->target, validation->final,
				  validation->entity, validation->tiles[*from].no, 0, arena,
				  &holding, err) ||
		    !take_subjects(trial, &holding, arena, err))
			return false;
	}
	return true;
}

static const struct source_row *row_of(const struct trial *trial, const struct stored *subject)
{
	const struct joined *joined = &trial->sides.reading.joined;

	for (size_t i = 0; i < joined->row_count; i++)
		if (span_equal(joined->rows[i].key, subject->key))
			return &joined->rows[i];
	return NULL;
}

/* A record that stays though legacy has no more row of it: that it is gone nobody would notice. */
static void drop_without_row(struct trial *trial)
{
	struct holding *chosen = &trial->sides.holding;
	size_t kept = 0;

	chosen->tile.digest = (struct digest){ 0, 0 };
	for (size_t i = 0; i < chosen->record_count; i++) {
		if (!row_of(trial, &chosen->records[i]))
			continue;
		digest_add(&chosen->tile.digest, chosen->records[i].digest);
		chosen->records[kept++] = chosen->records[i];
	}
	chosen->record_count = kept;
	chosen->tile.record_count = (int64_t)kept;
}

static bool read_subjects(struct trial *trial, struct arena *arena, struct err *err)
{
	struct validation *validation = trial->validation;
	struct sides *sides = &trial->sides;
	struct span keys[SUBJECTS_MAX];

	for (size_t i = 0; i < sides->holding.record_count; i++)
		keys[i] = sides->holding.records[i].key;
	if (!derive_read_keys(validation->deriver, validation->entity_index, keys,
			      sides->holding.record_count, arena, &sides->reading, err) ||
	    !derive_outcomes(validation->deriver, validation->entity_index, &sides->reading.joined,
			     arena, &sides->outcomes, err))
		return false;
	sides->holding.tile.read = (int64_t)sides->reading.joined.row_count;
	sides->holding.tile.merged = sides->holding.tile.read;
	sides->holding.tile.children =
	    (int64_t)(sides->reading.joined.child_count + sides->reading.joined.orphan_count);
	sides->holding.tile.orphans = (int64_t)sides->reading.joined.orphan_count;
	return true;
}

/* ---- a check over them ---- */

static bool judge(const struct trial *trial, enum check_kind check, const struct holding *holding,
		  struct err *err)
{
	struct sides sides = trial->sides;

	sides.holding = *holding;
	if (check == CHECK_DIGESTS)
		return digests_judge(trial->validation, holding, err);
	sides_index(&sides);
	if (check == CHECK_BALANCE)
		return balance_judge(&sides, err);
	for (size_t i = 0; i < trial->sides.holding.record_count; i++)
		if (!sample_judge(&sides, trial->sides.holding.records[i].key, err))
			return false;
	return true;
}

/* How many differences the check would tell. */
static bool count_noticed(const struct trial *trial, enum check_kind check,
			  const struct holding *holding, int64_t *differences, struct err *err)
{
	struct validation *validation = trial->validation;
	bool ok;

	*differences = 0;
	arena_reset(&validation->scratch);
	validation->unsaid = differences;
	ok = judge(trial, check, holding, err);
	validation->unsaid = NULL;
	return ok;
}

/* ---- damages ---- */

/* Which tables another version read, and which decisions touched a row that was another one, nobody can know here: such lineage is
 * compared by nobody, so it is not damaged. */
static bool can_be_told(const struct trial *trial, enum damage_kind kind,
			const struct stored *subject)
{
	const struct source_row *row;

	if (kind != DAMAGE_LINEAGE && kind != DAMAGE_DECISION)
		return true;
	if (!span_equal_text(subject->version, trial->validation->migration->version))
		return false;
	row = kind == DAMAGE_DECISION ? row_of(trial, subject) : NULL;
	return !row || digest_equal(row->digest, subject->source_digest);
}

static bool damage(const struct trial *trial, enum damage_kind kind, size_t subject, size_t variant,
		   struct arena *arena, struct holding *damaged)
{
	const struct holding *sound = &trial->sides.holding;
	size_t size = (sound->record_count + 1) * sizeof(*sound->records);

	if (!damage_is_of_record(kind))
		return subject == 0 && damage_holding(kind, variant, sound, arena, damaged);
	if (!can_be_told(trial, kind, &sound->records[subject]))
		return false;
	*damaged = *sound;
	damaged->records = arena_alloc(arena, size);
	memcpy(damaged->records, sound->records, sound->record_count * sizeof(*sound->records));
	return damage_record(kind, variant, trial->validation->entity, &sound->records[subject],
			     arena, &damaged->records[subject]);
}

static bool try_kind(const struct trial *trial, enum check_kind check, enum damage_kind kind,
		     struct arena *arena, struct noticed *noticed, struct err *err)
{
	for (size_t subject = 0; subject < trial->sides.holding.record_count; subject++) {
		struct holding damaged;

		for (size_t variant = 0; variant < VARIANTS_MAX; variant++) {
			int64_t differences;

			arena_reset(arena);
			if (!damage(trial, kind, subject, variant, arena, &damaged))
				break;
			if (!count_noticed(trial, check, &damaged, &differences, err))
				return false;
			noticed->done++;
			noticed->noticed += differences > 0;
		}
	}
	return true;
}

void believe_trial(struct validation *validation, enum check_kind check)
{
	for (int kind = 0; kind < DAMAGE_KINDS; kind++) {
		const struct noticed *noticed = &validation->result->noticed[kind];

		if (check_claims(check, (enum damage_kind)kind) && noticed->noticed < noticed->done)
			cannot_tell(validation->result,
				    arena_print(validation->arena,
						"the check did not notice %lld of %lld "
						"damages done for a trial: %s",
						(long long)(noticed->done - noticed->noticed),
						(long long)noticed->done,
						damage_name((enum damage_kind)kind))
					.data);
	}
}

static bool try_all(const struct trial *trial, enum check_kind check, struct check_result *result,
		    struct err *err)
{
	struct arena copies;
	bool ok = true;

	for (int kind = 0; kind < DAMAGE_KINDS && ok; kind++) {
		arena_init(&copies);
		ok = try_kind(trial, check, (enum damage_kind)kind, &copies, &result->noticed[kind],
			      err);
		arena_release(&copies);
	}
	if (ok)
		believe_trial(trial->validation, check);
	return ok;
}

static bool has_live_records(const struct validation *validation)
{
	for (size_t i = 0; i < validation->tile_count; i++)
		if (validation->tiles[i].record_count > 0)
			return true;
	return false;
}

/* Records that differ as they are show nothing of a check: others are looked for. */
static bool find_sound(struct trial *trial, enum check_kind check, struct arena *arena,
		       bool *is_found, struct err *err)
{
	const struct holding *chosen = &trial->sides.holding;
	size_t from = 0;

	*is_found = false;
	while (!*is_found) {
		int64_t differences;

		if (!choose_subjects(trial, &from, arena, err))
			return false;
		if (chosen->record_count == 0)
			return true;
		if (trial->validation->deriver && !read_subjects(trial, arena, err))
			return false;
		if (trial->validation->deriver && check != CHECK_DIGESTS)
			drop_without_row(trial);
		if (chosen->record_count == 0)
			continue;
		if (!count_noticed(trial, check, chosen, &differences, err))
			return false;
		*is_found = differences == 0;
	}
	return true;
}

bool self_check(struct validation *validation, enum check_kind check, struct err *err)
{
	struct trial trial = { .validation = validation, .sides = { .validation = validation } };
	struct arena arena;
	bool is_found, ok;

	if (claims[check] == 0 || check == CHECK_QUERIES)
		return true;
	arena_init(&arena);
	ok = find_sound(&trial, check, &arena, &is_found, err);
	if (ok && is_found)
		ok = try_all(&trial, check, validation->result, err);
	else if (ok && has_live_records(validation))
		cannot_tell(validation->result, "no sound record was found to try the check on");
	arena_release(&arena);
	return ok;
}
