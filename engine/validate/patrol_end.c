/*
 * patrol_end.c: what is asked of all chunks together, and what a round has found.
 */
#include "engine/base/clock.h"
#include "engine/target/control.h"
#include "engine/validate/patrol_internal.h"

/* ---- what is asked of all together ---- */

/* What is kept of it stands beside the chunks. */
static bool settle_whole(struct patrol *patrol, const struct beat *beat, struct check_result *whole,
			 struct err *err)
{
	struct proof proof;
	int64_t now_us;

	whole->verdict = whole->differences > 0             ? VERDICT_DIFFERS
			 : whole->why || whole->lagging > 0 ? VERDICT_UNKNOWN
							    : VERDICT_AGREES;
	if (!patrol_settle_known(patrol, whole, err) ||
	    !conn_now(patrol->options.target, &now_us, err))
		return false;
	proof = patrol_proof_of(patrol, beat, whole, PROOF_OF_ALL, 0, now_us);
	return patrol_write_proofs(patrol, beat, &proof, 1, err);
}

static void add_whole(struct check_result *result, const struct check_result *whole)
{
	const char *why = result->why;

	if (result->kind == CHECK_QUERIES) {
		*result = *whole;
		result->why = NULL;
	} else {
		result->differences += whole->differences;
	}
	result->why = why;
	if (whole->why)
		cannot_tell(result, whole->why);
}

/* By a result of its own, so that what looks at chunks found is kept apart. */
static bool look_at_whole(struct patrol *patrol, const struct beat *beat,
			  struct check_result *result, struct err *err)
{
	struct check_result whole = { .kind = result->kind, .entity = result->entity };
	struct validation *validation = &patrol->validation;
	const struct check *check = check_of(validation, result->kind);
	bool ok;

	validation->result = &whole;
	known_begin(&patrol->known, result->kind, beat->entity->name, CHUNK_UNKNOWN);
	/* The strata of a balance were compared chunk by chunk; what queries are asked with is drawn now. */
	if (result->kind == CHECK_QUERIES)
		ok = walk(validation, check, err);
	else
		ok = result->kind == CHECK_BALANCE ? check_strays(validation, err)
						   : check->end(validation, err);
	if ((!ok && !patrol_pass_over(patrol, err)) || !settle_whole(patrol, beat, &whole, err))
		return false;
	add_whole(result, &whole);
	return true;
}

static bool end_checks_of(struct patrol *patrol, const struct beat *beat,
			  struct check_result *result, struct err *err)
{
	patrol->validation.result = result;
	return !check_of(&patrol->validation, result->kind)->end ||
	       look_at_whole(patrol, beat, result, err);
}

static bool end_check(struct patrol *patrol, struct beat *beat, int kind, struct err *err)
{
	struct validate_report *report = &patrol->round.report;
	struct check_result *result = &report->results[report->result_count];

	patrol_enter(patrol, beat, &beat->arena);
	*result = beat->base[kind];
	if (!beat->is_off[kind])
		looks_add(beat, patrol->round.no, result);
	if (beat->why)
		cannot_tell(result, beat->why);
	if (!patrol_why_off(patrol, beat, kind) && !end_checks_of(patrol, beat, result, err))
		return false;
	judge_rate(&patrol->validation, result);
	judge_result(&patrol->validation, result);
	report->result_count++;
	return true;
}

/* ---- the report ---- */

static void count_chunks(struct patrol *patrol, const struct beat *beat)
{
	struct patrol_round *round = &patrol->round;

	for (size_t i = 0; i < beat->chunk_count; i++) {
		bool differs = false;

		for (int kind = 0; kind < CHECK_KINDS; kind++) {
			const struct look *look = &beat->chunks[i].looks[kind];

			if (!beat_has_check(&patrol->validation, beat, kind) ||
			    kind == CHECK_QUERIES)
				continue;
			differs = differs || look->verdict == VERDICT_DIFFERS;
			if (look->proven_us < round->oldest_us)
				round->oldest_us = look->proven_us;
		}
		round->differing_count += differs;
	}
	round->chunk_count += (int64_t)beat->chunk_count;
}

static struct span kept_text(struct arena *arena, const struct buf *buf)
{
	return buf->size ? arena_copy(arena, buf_span(buf)) : SPAN_NONE;
}

static void report(struct patrol *patrol)
{
	struct patrol_round *round = &patrol->round;
	struct validate_report *report = &round->report;

	report->verdict = report->result_count ? VERDICT_AGREES : VERDICT_UNKNOWN;
	for (int i = 0; i < report->result_count; i++)
		report->verdict = verdict_worse(report->verdict, report->results[i].verdict);
	report->scopes =
	    arena_alloc(&patrol->report, (size_t)patrol->beat_count * sizeof(*report->scopes));
	report->scope_count = 0;
	round->oldest_us = INT64_MAX;
	round->chunk_count = 0;
	round->is_idle = true;
	for (int b = 0; b < patrol->beat_count; b++) {
		if (patrol->beats[b].why)
			continue;
		round->is_idle = false;
		report->scopes[report->scope_count++] = patrol->beats[b].scope;
		count_chunks(patrol, &patrol->beats[b]);
	}
	if (round->oldest_us == INT64_MAX)
		round->oldest_us = 0;
	report->details = digest_stream_end(&patrol->validation.details);
	report->position_first = kept_text(&patrol->report, &patrol->validation.position_first);
	report->position_last = kept_text(&patrol->report, &patrol->validation.position_last);
	round->seconds = (double)(clock_monotonic_ns() - patrol->began_ns) / 1e9;
}

bool patrol_step_end(struct patrol *patrol, bool *is_over, struct err *err)
{
	struct beat *beat = &patrol->beats[patrol->at / CHECK_KINDS];
	int kind = patrol->at % CHECK_KINDS;

	if (beat_has_check(&patrol->validation, beat, kind) && !end_check(patrol, beat, kind, err))
		return false;
	*is_over = ++patrol->at == patrol->beat_count * CHECK_KINDS;
	if (*is_over) {
		report(patrol);
		patrol->phase = PHASE_BETWEEN;
	}
	return true;
}
