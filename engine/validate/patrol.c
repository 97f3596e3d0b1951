/*
 * patrol.c: round after round, step by step.
 */
#include "engine/validate/patrol.h"

#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/target/control.h"
#include "engine/validate/patrol_internal.h"

/* Looking for new passes takes at most a twentieth of the time, and is done ten times a second at most. */
enum { REFRESH_SHARE = 20 };
static const int64_t refresh_ns = 100000000;

/* ---- which chunk ---- */

static bool refresh_beat(struct patrol *patrol, struct beat *beat, struct err *err)
{
	struct validation *validation = &patrol->validation;
	const char *why = NULL;

	arena_reset(&patrol->look);
	patrol_enter(patrol, beat, &patrol->look);
	if (!find_active(validation, &why, err))
		return false;
	beat->rule_epoch = validation->rule_epoch;
	if (why) {
		beat->why = arena_text(&beat->arena, why);
		return true;
	}
	return beat_refresh(beat, patrol->options.target, &patrol->lists, err);
}

static bool refresh(struct patrol *patrol, struct err *err)
{
	int64_t now = clock_monotonic_ns(), least = patrol->refresh_took_ns * REFRESH_SHARE;

	if (now - patrol->refreshed_ns < (least > refresh_ns ? least : refresh_ns))
		return true;
	for (int i = 0; i < patrol->beat_count; i++)
		if (!patrol->beats[i].why && !refresh_beat(patrol, &patrol->beats[i], err))
			return false;
	patrol->refreshed_ns = clock_monotonic_ns();
	patrol->refresh_took_ns = patrol->refreshed_ns - now;
	return true;
}

static bool look_at_next(struct patrol *patrol, struct beat_chunk **chunk, struct err *err)
{
	struct beat *beat;

	if (!refresh(patrol, err))
		return false;
	*chunk =
	    beat_choose(patrol->beats, patrol->beat_count, patrol->round.no, patrol->turn, &beat);
	return !*chunk || patrol_look_at(patrol, beat, *chunk, err);
}

/* Is any chunk left that was there when the round began? */
static bool is_left(const struct patrol *patrol)
{
	for (int b = 0; b < patrol->beat_count; b++) {
		const struct beat *beat = &patrol->beats[b];

		for (size_t i = 0; i < beat->chunk_count && !beat->why; i++)
			if (beat->chunks[i].begun_round == patrol->round.no &&
			    beat->chunks[i].round_no != patrol->round.no)
				return true;
	}
	return false;
}

static bool step_chunks(struct patrol *patrol, struct err *err)
{
	struct beat_chunk *chunk;

	if (!look_at_next(patrol, &chunk, err))
		return false;
	if (is_left(patrol))
		return true;
	patrol->phase = PHASE_END;
	patrol->at = 0;
	arena_reset(&patrol->report);
	patrol->round.report.result_count = 0;
	patrol->round.report.results =
	    arena_alloc(&patrol->report, (size_t)patrol->beat_count * CHECK_KINDS *
					     sizeof(*patrol->round.report.results));
	return true;
}

/* ---- steps ---- */

static bool step_between(struct patrol *patrol, enum patrol_step *did, struct err *err)
{
	struct beat_chunk *chunk = NULL;

	if (patrol->round.no > 0 && !look_at_next(patrol, &chunk, err))
		return false;
	*did = chunk ? PATROL_WORKED : PATROL_NOTHING;
	return true;
}

bool patrol_step(struct patrol *patrol, bool may_begin, enum patrol_step *did, struct err *err)
{
	bool is_over = false, ok = true;

	if (patrol->phase == PHASE_BETWEEN && !may_begin)
		return step_between(patrol, did, err);
	if (patrol->phase == PHASE_BETWEEN)
		patrol_begin_round(patrol);
	if (patrol->phase == PHASE_BEGIN)
		ok = patrol_step_begin(patrol, err);
	else if (patrol->phase == PHASE_CHUNKS)
		ok = step_chunks(patrol, err);
	else
		ok = patrol_step_end(patrol, &is_over, err);
	*did = is_over ? PATROL_ROUND_OVER : PATROL_WORKED;
	patrol->round.known_count = patrol->known.count;
	return ok;
}

const struct patrol_round *patrol_round(const struct patrol *patrol)
{
	return &patrol->round;
}

enum verdict patrol_so_far(const struct patrol *patrol)
{
	enum verdict worst = VERDICT_AGREES;

	for (int b = 0; b < patrol->beat_count; b++) {
		const struct beat *beat = &patrol->beats[b];

		if (beat->why)
			worst = verdict_worse(worst, VERDICT_UNKNOWN);
		for (size_t i = 0; i < beat->chunk_count; i++)
			for (int kind = 0; kind < CHECK_KINDS; kind++)
				if (beat->chunks[i].round_no == patrol->round.no)
					worst = verdict_worse(worst,
							      beat->chunks[i].looks[kind].verdict);
	}
	return worst;
}

const char *patrol_unwritten(const struct patrol *patrol)
{
	return patrol->unwritten;
}

/* ---- opening ---- */

static bool note_difference(void *context, const struct difference *difference, struct err *err)
{
	struct patrol *patrol = context;

	return !known_note(&patrol->known, difference) || !patrol->on_appeared ||
	       patrol->on_appeared(patrol->context, difference, err);
}

static bool open_deriver(struct patrol *patrol, struct err *err)
{
	struct validation *validation = &patrol->validation;
	struct conn *legacy = patrol->options.legacy;

	free((char *)validation->legacy_fault);
	validation->legacy_fault = NULL;
	if (!legacy || deriver_open(legacy, patrol->options.host, &validation->deriver, err))
		return true;
	if (!patrol_is_of_check(patrol, err))
		return false;
	validation->legacy_fault = strdup(err->text);
	err_reset(err);
	return true;
}

static void take_beats(struct patrol *patrol)
{
	const struct migration_info *migration = patrol->validation.migration;
	size_t size = ((size_t)migration->entity_count + 1) * sizeof(*patrol->beats);

	patrol->beats = memory_resize(NULL, size);
	memset(patrol->beats, 0, size);
	for (int i = 0; i < migration->entity_count; i++) {
		struct beat *beat = &patrol->beats[patrol->beat_count];

		if (!is_wanted(&patrol->validation, i))
			continue;
		beat->entity_index = i;
		beat->entity = &migration->entities[i];
		arena_init(&beat->arena);
		patrol->beat_count++;
	}
}

static void init_memory(struct patrol *patrol)
{
	struct validation *validation = &patrol->validation;

	arena_init(&patrol->look);
	arena_init(&patrol->lists);
	arena_init(&patrol->report);
	arena_init(&validation->scratch);
	arena_init(&validation->one);
	arena_init(&validation->picks);
	buf_init(&validation->position_first);
	buf_init(&validation->position_last);
}

/* One that cannot be made is no reason to look at nothing. */
static bool ensure_table(struct patrol *patrol, struct err *err)
{
	if (!patrol->proofs || conn_ensure_table(patrol->proofs, &table_proof, err))
		return true;
	if (!patrol_is_of_check(patrol, err))
		return false;
	patrol_note_unwritten(patrol, err);
	patrol->proofs = NULL;
	return true;
}

bool patrol_open(const struct patrol_options *options, struct patrol **patrol, struct err *err)
{
	struct patrol *opened = memory_resize(NULL, sizeof(*opened));

	*opened = (struct patrol){ .options = options->validation,
				   .on_gone = options->on_gone,
				   .on_appeared = options->validation.on_difference,
				   .context = options->validation.difference_context,
				   .proofs = options->proofs };
	opened->options.on_difference = note_difference;
	opened->options.difference_context = opened;
	opened->validation.options = &opened->options;
	opened->validation.migration = rule_host_migration(options->validation.host);
	init_memory(opened);
	take_beats(opened);
	*patrol = opened;
	return (opened->beat_count > 0 || err_set(err, ERR_USAGE, "the rule has no entity \"%s\"",
						  options->validation.entity)) &&
	       target_has_runs(opened->options.target, err) && ensure_table(opened, err) &&
	       open_deriver(opened, err);
}

void patrol_disconnect(struct patrol *patrol)
{
	deriver_close(patrol->validation.deriver);
	patrol->validation.deriver = NULL;
	patrol->options.target = NULL;
	patrol->options.legacy = NULL;
	patrol->proofs = NULL;
}

bool patrol_reconnect(struct patrol *patrol, struct conn *target, struct conn *legacy,
		      struct conn *proofs, struct err *err)
{
	patrol->options.target = target;
	patrol->options.legacy = legacy;
	patrol->proofs = proofs;
	return ensure_table(patrol, err) && open_deriver(patrol, err);
}

void patrol_close(struct patrol *patrol)
{
	struct validation *validation;

	if (!patrol)
		return;
	validation = &patrol->validation;
	deriver_close(validation->deriver);
	free((char *)validation->legacy_fault);
	for (int i = 0; i < patrol->beat_count; i++)
		beat_release(&patrol->beats[i]);
	free(patrol->beats);
	free(patrol->unwritten);
	known_release(&patrol->known);
	arena_release(&patrol->look);
	arena_release(&patrol->lists);
	arena_release(&patrol->report);
	give_back(validation);
	buf_release(&validation->position_first);
	buf_release(&validation->position_last);
	free(patrol);
}
