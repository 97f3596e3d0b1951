/*
 * patrol_chunk.c: one look at one chunk, by all checks.
 */
#include "engine/validate/patrol_internal.h"

/* A chunk without rows agrees when both sides were looked at and have none; of a whole entity that would be no agreement. */
static void judge_look(const struct patrol *patrol, struct check_result *result)
{
	if (result->expected == 0 && !result->why && !result->is_lagging &&
	    result->differences == 0)
		result->verdict = VERDICT_AGREES;
	else
		judge_result(&patrol->validation, result);
}

/* Of a balance the strata of each chunk are compared by themselves, so that what differs is told, and gone, with its chunk. */
static bool check_chunk(struct patrol *patrol, const struct tile *tile,
			const struct holding *holding, struct err *err)
{
	struct validation *validation = &patrol->validation;
	const struct check *check = check_of(validation, validation->result->kind);
	bool is_balance = validation->result->kind == CHECK_BALANCE;

	arena_reset(&validation->scratch);
	if (check->of_holding)
		return check->of_holding(validation, holding, err);
	return (!is_balance || distribution_begin(validation, err)) &&
	       check->of_chunk(validation, tile, err) &&
	       (!is_balance || distribution_end(validation, err));
}

static bool look_by(struct patrol *patrol, const struct beat *beat, struct beat_chunk *chunk,
		    int kind, const struct tile *tile, const struct holding *holding,
		    int64_t now_us, struct proof *proof, struct err *err)
{
	struct check_result result = { .kind = (enum check_kind)kind,
				       .entity = beat->entity->name };
	struct check_result judged;

	patrol->validation.result = &result;
	known_begin(&patrol->known, result.kind, beat->entity->name, chunk->no);
	if (!check_chunk(patrol, tile, holding, err) && !patrol_pass_over(patrol, err))
		return false;
	judged = result;
	judge_look(patrol, &judged);
	*proof = patrol_proof_of(patrol, beat, &judged, chunk->no, tile->pass_no, now_us);
	if (!patrol_settle_known(patrol, &judged, err))
		return false;
	result.verdict = judged.verdict;
	look_take(&chunk->looks[kind], &result, now_us);
	return true;
}

static bool looks(const struct patrol *patrol, const struct beat *beat, int kind, bool at_holdings)
{
	const struct validation *validation = &patrol->validation;

	return beat_has_check(validation, beat, kind) && !beat->is_off[kind] &&
	       (check_of(validation, (enum check_kind)kind)->of_holding != NULL) == at_holdings;
}

/* By those that look at the chunk themselves, or by those that look at what the target holds of it, which is read once for all of them. */
static bool look_by_some(struct patrol *patrol, struct beat *beat, struct beat_chunk *chunk,
			 const struct tile *tile, bool at_holdings, int64_t now_us,
			 struct proof *proofs, size_t *count, struct err *err)
{
	struct holding holding = { .records = NULL };

	for (int kind = 0; kind < CHECK_KINDS; kind++) {
		if (!looks(patrol, beat, kind, at_holdings))
			continue;
		if (at_holdings && !holding.records &&
		    !holding_read(patrol->options.target, beat->final, beat->entity, chunk->no,
				  HOLDING_PAYLOADS, &patrol->look, &holding, err))
			return false;
		if (!look_by(patrol, beat, chunk, kind, tile, &holding, now_us, &proofs[*count],
			     err))
			return false;
		++*count;
		give_back(&patrol->validation);
	}
	return true;
}

static bool look_by_all(struct patrol *patrol, struct beat *beat, struct beat_chunk *chunk,
			const struct tile *tile, int64_t now_us, struct err *err)
{
	struct proof proofs[CHECK_KINDS];
	size_t count = 0;

	return look_by_some(patrol, beat, chunk, tile, false, now_us, proofs, &count, err) &&
	       look_by_some(patrol, beat, chunk, tile, true, now_us, proofs, &count, err) &&
	       patrol_write_proofs(patrol, beat, proofs, count, err);
}

/* What holds for the whole chunk holds for each check: nobody can tell, until the next round. */
static bool pass_over_chunk(struct patrol *patrol, const struct beat *beat,
			    struct beat_chunk *chunk, struct err *err)
{
	struct check_result result = { .verdict = VERDICT_UNKNOWN };

	patrol->validation.result = &result;
	if (!patrol_pass_over(patrol, err))
		return false;
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (beat_has_check(&patrol->validation, beat, kind) && !beat->is_off[kind])
			look_take(&chunk->looks[kind], &result, 0);
	return true;
}

/* The pass and the moment are those before the look: what comes while it goes on is looked at again. */
bool patrol_look_at(struct patrol *patrol, struct beat *beat, struct beat_chunk *chunk,
		    struct err *err)
{
	struct conn *target = patrol->options.target;
	struct tile tile = { .pass_no = chunk->pass_no };
	int64_t now_us;

	arena_release(&patrol->look);
	patrol_enter(patrol, beat, &patrol->look);
	if (!conn_now(target, &now_us, err))
		return false;
	if ((!tile_load(target, beat->entity->name, chunk->no, &patrol->look, &tile, err) ||
	     !look_by_all(patrol, beat, chunk, &tile, now_us, err)) &&
	    !pass_over_chunk(patrol, beat, chunk, err))
		return false;
	patrol->round.looked_count += chunk->round_no != patrol->round.no;
	chunk->looked_pass_no = tile.pass_no;
	chunk->looked_state = (struct chunk_state){ tile.source_digest, tile.digest };
	chunk->looked_us = now_us;
	chunk->round_no = patrol->round.no;
	patrol->turn++;
	return true;
}
