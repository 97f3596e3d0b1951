/*
 * patrol.c: round after round: what comes before the first chunk, chunk after chunk, what is asked of all together, and the report.
 */
#include "engine/validate/patrol.h"

#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/memory.h"
#include "engine/target/control.h"
#include "engine/target/proof.h"
#include "engine/validate/beat.h"

enum phase { PHASE_BETWEEN, PHASE_BEGIN, PHASE_CHUNKS, PHASE_END };

/* Looking for new passes takes at most a twentieth of the time, and is done ten times a second at most. */
enum { REFRESH_SHARE = 20 };
static const int64_t refresh_ns = 100000000;

struct patrol {
	struct validate_options options;
	struct validation validation;
	bool (*on_gone)(void *context, const struct difference *difference, struct err *err);
	bool (*on_appeared)(void *context, const struct difference *difference, struct err *err);
	void *context;
	struct conn *proofs;
	char *unwritten;

	struct beat *beats;
	int beat_count;
	struct known known;

	enum phase phase;
	int at; /* of PHASE_BEGIN and PHASE_END: beat · CHECK_KINDS + check */
	int64_t turn;
	int64_t refreshed_ns, refresh_took_ns;
	int64_t began_ns;

	struct arena look;  /* of one look at one chunk */
	struct arena lists; /* what is read to find the next one */
	struct arena report;
	struct patrol_round round;
};

/* ---- the entity at hand ---- */

static void enter(struct patrol *patrol, const struct beat *beat, struct arena *arena)
{
	struct validation *validation = &patrol->validation;

	validation->arena = arena;
	validation->runs = NULL;
	validation->run_count = 0;
	validation->entity_index = beat->entity_index;
	validation->entity = beat->entity;
	validation->final = beat->final;
	validation->rule_epoch = beat->rule_epoch;
	validation->tiles = beat->tiles;
	validation->tile_count = beat->tile_count;
	validation->share = beat->share;
	validation->strata = beat->strata;
	arena_reset(&validation->scratch);
	arena_reset(&validation->one);
	arena_reset(&validation->picks);
}

/* What only a new connection helps with, and what ends everything, is not of one check. */
static bool is_of_check(const struct patrol *patrol, const struct err *err)
{
	return !ends_everything(err) && err->code != ERR_UNAVAILABLE &&
	       !conn_is_lost(patrol->options.target) &&
	       !(patrol->options.legacy && conn_is_lost(patrol->options.legacy));
}

static bool pass_over(struct patrol *patrol, struct err *err)
{
	struct check_result *result = patrol->validation.result;

	if (!is_of_check(patrol, err))
		return false;
	cannot_tell(result, arena_text(patrol->validation.arena, err->text));
	err_reset(err);
	return true;
}

static bool note_difference(void *context, const struct difference *difference, struct err *err)
{
	struct patrol *patrol = context;

	return !known_note(&patrol->known, difference) || !patrol->on_appeared ||
	       patrol->on_appeared(patrol->context, difference, err);
}

/* What was known and not seen again is gone, where the whole of it was looked at. */
static bool settle_known(struct patrol *patrol, const struct check_result *result, struct err *err)
{
	if (result->verdict == VERDICT_UNKNOWN || result->why || result->is_lagging)
		return true;
	return known_end(&patrol->known, patrol->on_gone, patrol->context, err);
}

/* ---- what is written down ---- */

static void note_unwritten(struct patrol *patrol, struct err *err)
{
	size_t size = strlen(err->text) + 1;

	patrol->unwritten = memory_resize(patrol->unwritten, size);
	memcpy(patrol->unwritten, err->text, size);
	err_reset(err);
}

static struct proof proof_of(const struct patrol *patrol, const struct beat *beat,
			     const struct check_result *result, int64_t chunk_no, int64_t pass_no,
			     int64_t now_us)
{
	return (struct proof){ .chunk_no = chunk_no,
			       .check = check_name(result->kind),
			       .pass_no = pass_no,
			       .rule_epoch = beat->rule_epoch,
			       .validation = patrol->validation.migration->validation,
			       .verdict = verdict_name(result->verdict),
			       .checked = result->checked,
			       .differences = result->differences,
			       .is_proven = result->verdict == VERDICT_AGREES,
			       .looked_us = now_us,
			       .why = result->why };
}

/* A store that takes nothing down does not end the patrol; one that is gone does, for now. */
static bool write_proofs(struct patrol *patrol, const struct beat *beat, const struct proof *proofs,
			 size_t count, struct err *err)
{
	if (!patrol->proofs || count == 0)
		return true;
	if (proofs_write(patrol->proofs, beat->entity->name, proofs, count, err)) {
		free(patrol->unwritten);
		patrol->unwritten = NULL;
		return true;
	}
	if (!is_of_check(patrol, err) || conn_is_lost(patrol->proofs))
		return false;
	note_unwritten(patrol, err);
	return true;
}

/* ---- before the first chunk ---- */

static const char *why_off(const struct patrol *patrol, const struct beat *beat, int kind)
{
	const struct validation *validation = &patrol->validation;

	if (beat->why)
		return beat->why;
	if (!checks[kind].needs_legacy || validation->deriver)
		return NULL;
	return validation->legacy_fault ? validation->legacy_fault : "no --legacy is given";
}

/* Those that look at chunks, and can. */
static unsigned checks_of_chunks(const struct patrol *patrol, const struct beat *beat)
{
	unsigned kinds = 0;

	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (kind != CHECK_QUERIES && beat_has_check(&patrol->validation, beat, kind) &&
		    !why_off(patrol, beat, kind))
			kinds |= 1U << kind;
	return kinds;
}

static bool take_chunks(struct patrol *patrol, struct beat *beat, struct err *err)
{
	struct conn *target = patrol->options.target;

	if (!beat_refresh(beat, target, &patrol->lists, err))
		return false;
	if (!beat_know(beat, target, checks_of_chunks(patrol, beat), patrol->proofs, &patrol->lists,
		       err)) {
		if (!is_of_check(patrol, err) || (patrol->proofs && conn_is_lost(patrol->proofs)))
			return false;
		note_unwritten(patrol, err);
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
	enter(patrol, beat, &beat->arena);
	beat->why = NULL;
	beat->strata = (struct strata){ .rows = NULL };
	if (!take_entity(validation, beat->entity_index, &why, err))
		return false;
	beat->why = why;
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
	const char *why = why_off(patrol, beat, kind);

	*result =
	    (struct check_result){ .kind = (enum check_kind)kind, .entity = beat->entity->name };
	beat->is_off[kind] = why || kind == CHECK_QUERIES;
	enter(patrol, beat, &beat->arena);
	validation->result = result;
	if (why)
		cannot_tell(result, why);
	else if (kind != CHECK_QUERIES &&
		 (!self_check(validation, (enum check_kind)kind, err) ||
		  (checks[kind].begin && !checks[kind].begin(validation, err))) &&
		 !pass_over(patrol, err))
		return false;
	beat->share = validation->share;
	beat->strata = validation->strata;
	return true;
}

static void begin_round(struct patrol *patrol)
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

static bool step_begin(struct patrol *patrol, struct err *err)
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

/* ---- a chunk ---- */

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
	const struct check *check = &checks[validation->result->kind];
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
	if (!check_chunk(patrol, tile, holding, err) && !pass_over(patrol, err))
		return false;
	judged = result;
	judge_look(patrol, &judged);
	*proof = proof_of(patrol, beat, &judged, chunk->no, tile->pass_no, now_us);
	if (!settle_known(patrol, &judged, err))
		return false;
	result.verdict = judged.verdict;
	look_take(&chunk->looks[kind], &result, now_us);
	return true;
}

static bool wants_holding(const struct patrol *patrol, const struct beat *beat)
{
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (beat_has_check(&patrol->validation, beat, kind) && !beat->is_off[kind] &&
		    checks[kind].of_holding)
			return true;
	return false;
}

static bool look_by_all(struct patrol *patrol, struct beat *beat, struct beat_chunk *chunk,
			const struct tile *tile, int64_t now_us, struct err *err)
{
	struct proof proofs[CHECK_KINDS];
	struct holding holding;
	size_t count = 0;

	if (wants_holding(patrol, beat) &&
	    !holding_read(patrol->options.target, beat->final, beat->entity, chunk->no,
			  HOLDING_PAYLOADS, &patrol->look, &holding, err))
		return false;
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (beat_has_check(&patrol->validation, beat, kind) && !beat->is_off[kind] &&
		    !look_by(patrol, beat, chunk, kind, tile, &holding, now_us, &proofs[count++],
			     err))
			return false;
	return write_proofs(patrol, beat, proofs, count, err);
}

/* What holds for the whole chunk holds for each check: nobody can tell, until the next round. */
static bool pass_over_chunk(struct patrol *patrol, const struct beat *beat,
			    struct beat_chunk *chunk, struct err *err)
{
	struct check_result result = { .verdict = VERDICT_UNKNOWN };

	patrol->validation.result = &result;
	if (!pass_over(patrol, err))
		return false;
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		if (beat_has_check(&patrol->validation, beat, kind) && !beat->is_off[kind])
			look_take(&chunk->looks[kind], &result, 0);
	return true;
}

/* The pass and the moment are those before the look: what comes while it goes on is looked at again. */
static bool look_at(struct patrol *patrol, struct beat *beat, struct beat_chunk *chunk,
		    struct err *err)
{
	struct conn *target = patrol->options.target;
	struct tile tile = { .pass_no = chunk->pass_no };
	int64_t now_us;

	arena_reset(&patrol->look);
	enter(patrol, beat, &patrol->look);
	if (!conn_now(target, &now_us, err))
		return false;
	if ((!tile_load(target, beat->entity->name, chunk->no, &patrol->look, &tile, err) ||
	     !look_by_all(patrol, beat, chunk, &tile, now_us, err)) &&
	    !pass_over_chunk(patrol, beat, chunk, err))
		return false;
	patrol->round.looked_count += chunk->round_no != patrol->round.no;
	chunk->looked_pass_no = tile.pass_no;
	chunk->looked_us = now_us;
	chunk->round_no = patrol->round.no;
	patrol->turn++;
	return true;
}

/* ---- which chunk ---- */

static bool refresh_beat(struct patrol *patrol, struct beat *beat, struct err *err)
{
	struct validation *validation = &patrol->validation;
	const char *why = NULL;

	arena_reset(&patrol->look);
	enter(patrol, beat, &patrol->look);
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
	return !*chunk || look_at(patrol, beat, *chunk, err);
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
	if (!settle_known(patrol, whole, err) || !conn_now(patrol->options.target, &now_us, err))
		return false;
	proof = proof_of(patrol, beat, whole, PROOF_OF_ALL, 0, now_us);
	return write_proofs(patrol, beat, &proof, 1, err);
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
	const struct check *check = &checks[result->kind];
	struct validation *validation = &patrol->validation;
	bool ok;

	validation->result = &whole;
	known_begin(&patrol->known, result->kind, beat->entity->name, CHUNK_UNKNOWN);
	/* The strata of a balance were compared chunk by chunk; what queries are asked with is drawn now. */
	if (result->kind == CHECK_QUERIES)
		ok = walk(validation, check, err);
	else
		ok = result->kind == CHECK_BALANCE ? check_strays(validation, err)
						   : check->end(validation, err);
	if ((!ok && !pass_over(patrol, err)) || !settle_whole(patrol, beat, &whole, err))
		return false;
	add_whole(result, &whole);
	return true;
}

static bool end_checks_of(struct patrol *patrol, const struct beat *beat,
			  struct check_result *result, struct err *err)
{
	patrol->validation.result = result;
	if (result->kind == CHECK_SAMPLE)
		return end_sample(&patrol->validation, err);
	return !checks[result->kind].end || look_at_whole(patrol, beat, result, err);
}

static bool end_check(struct patrol *patrol, struct beat *beat, int kind, struct err *err)
{
	struct validate_report *report = &patrol->round.report;
	struct check_result *result = &report->results[report->result_count];

	enter(patrol, beat, &beat->arena);
	*result = beat->base[kind];
	if (!beat->is_off[kind])
		looks_add(beat, patrol->round.no, result);
	if (beat->why)
		cannot_tell(result, beat->why);
	if (!why_off(patrol, beat, kind) && !end_checks_of(patrol, beat, result, err))
		return false;
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

static bool step_end(struct patrol *patrol, bool *is_over, struct err *err)
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
		begin_round(patrol);
	if (patrol->phase == PHASE_BEGIN)
		ok = step_begin(patrol, err);
	else if (patrol->phase == PHASE_CHUNKS)
		ok = step_chunks(patrol, err);
	else
		ok = step_end(patrol, &is_over, err);
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

static bool open_deriver(struct patrol *patrol, struct err *err)
{
	struct validation *validation = &patrol->validation;
	struct conn *legacy = patrol->options.legacy;

	free((char *)validation->legacy_fault);
	validation->legacy_fault = NULL;
	if (!legacy || deriver_open(legacy, patrol->options.host, &validation->deriver, err))
		return true;
	if (!is_of_check(patrol, err))
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
	if (!is_of_check(patrol, err) || conn_is_lost(patrol->proofs))
		return false;
	note_unwritten(patrol, err);
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
	arena_release(&validation->scratch);
	arena_release(&validation->one);
	arena_release(&validation->picks);
	buf_release(&validation->position_first);
	buf_release(&validation->position_last);
	free(patrol);
}
