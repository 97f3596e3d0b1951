/*
 * patrol_begin.c: what comes before the first chunk of a round: which chunks there are, and the trial on damaged copies.
 */
#include "engine/base/clock.h"
#include "engine/validate/patrol_internal.h"

/* Those that look at chunks, and can. */
static unsigned checks_of_chunks(const struct patrol *patrol, const struct beat *beat)
{
	unsigned kinds = 0;

	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (kind != CHECK_QUERIES && beat_has_check(&patrol->validation, beat, kind) &&
		    !patrol_why_off(patrol, beat, kind))
			kinds |= 1U << kind;
	return kinds;
}

static bool take_chunks(struct patrol *patrol, struct beat *beat, struct err *err)
{
	struct conn *target = patrol->options.target;

	if (!beat_refresh(beat, target, &patrol->lists, err))
		return false;
	if (!beat->is_known && !beat_know(beat, target, checks_of_chunks(patrol, beat),
					  patrol->proofs, &patrol->lists, err)) {
		if (!patrol_is_of_check(patrol, err))
			return false;
		patrol_note_unwritten(patrol, err);
	}
	for (size_t i = 0; i < beat->chunk_count; i++)
		beat->chunks[i].begun_round = patrol->round.no;
	patrol->round.chunk_count += (int64_t)beat->chunk_count;
	return true;
}

static bool take_beat(struct patrol *patrol, struct beat *beat, struct err *err)
{
	struct validation *validation = &patrol->validation;
	const char *why;

	arena_reset(&beat->arena);
	patrol_enter(patrol, beat, &beat->arena);
	beat->why = NULL;
	beat->strata = (struct strata){ .rows = NULL };
	if (!take_entity(validation, beat->entity_index, &why, err))
		return false;
	beat->why = why;
	if (validation->rule_epoch != beat->rule_epoch)
		beat_unprove(beat);
	beat->final = validation->final;
	beat->rule_epoch = validation->rule_epoch;
	beat->tiles = validation->tiles;
	beat->tile_count = validation->tile_count;
	if (why)
		return true;
	beat->scope = scope_of(validation);
	return take_chunks(patrol, beat, err);
}

/* The trial on damaged copies, and what the check wants to know of all chunks. Queries are asked, and what they are asked with is
 * drawn, at the end. */
static bool begin_check(struct patrol *patrol, struct beat *beat, int kind, struct err *err)
{
	struct check_result *result = &beat->base[kind];
	struct validation *validation = &patrol->validation;
	const struct check *check = check_of(validation, (enum check_kind)kind);
	const char *why = patrol_why_off(patrol, beat, kind);

	*result =
	    (struct check_result){ .kind = (enum check_kind)kind, .entity = beat->entity->name };
	beat->is_off[kind] = why || kind == CHECK_QUERIES;
	patrol_enter(patrol, beat, &beat->arena);
	validation->result = result;
	if (why)
		cannot_tell(result, why);
	else if (kind != CHECK_QUERIES &&
		 (!self_check(validation, (enum check_kind)kind, err) ||
		  (check->begin && !check->begin(validation, err))) &&
		 !patrol_pass_over(patrol, err))
		return false;
	beat->share = validation->share;
	beat->strata = validation->strata;
	return true;
}

void patrol_begin_round(struct patrol *patrol)
{
	struct validation *validation = &patrol->validation;

	patrol->round = (struct patrol_round){ .no = patrol->round.no + 1,
					       .report = { .verdict = VERDICT_UNKNOWN } };
	patrol->began_ns = clock_monotonic_ns();
	patrol->phase = PHASE_BEGIN;
	patrol->at = 0;
	buf_reset(&validation->position_first);
	buf_reset(&validation->position_last);
	digest_stream_init(&validation->details);
}

bool patrol_step_begin(struct patrol *patrol, struct err *err)
{
	struct beat *beat = &patrol->beats[patrol->at / CHECK_KINDS];
	int kind = patrol->at % CHECK_KINDS;

	if (kind == 0 && !take_beat(patrol, beat, err))
		return false;
	if (beat_has_check(&patrol->validation, beat, kind) &&
	    !begin_check(patrol, beat, kind, err))
		return false;
	if (++patrol->at == patrol->beat_count * CHECK_KINDS)
		patrol->phase = PHASE_CHUNKS;
	return true;
}
