/*
 * validate.c: checks one after the other, entity by entity, and what their results add up to.
 */
#include "engine/validate/ahead.h"

/* ---- a check ---- */

static const struct check checks[CHECK_KINDS] = {
	[CHECK_BALANCE] = { .needs_legacy = true,
			    .begin = distribution_begin,
			    .of_chunk = check_balance_of_chunk,
			    .end = balance_end },
	[CHECK_UNCHANGED] = { .of_chunk = check_unchanged_of_chunk },
	[CHECK_DIGESTS] = { .of_holding = check_digests },
	[CHECK_SAMPLE] = { .needs_legacy = true,
			   .begin = begin_sample,
			   .of_chunk = check_sample_of_chunk },
	[CHECK_INVARIANTS] = { .of_holding = check_invariants, .end = ask_nones },
	[CHECK_QUERIES] = { .needs_legacy = true,
			    .begin = begin_queries,
			    .of_chunk = draw_from_chunk,
			    .end = ask_queries },
};
static const struct check sampled_invariants = { .begin = take_sample,
						 .of_chunk = check_invariants_of_sample,
						 .end = ask_nones };

const struct check *check_of(const struct validation *validation, enum check_kind kind)
{
	return kind == CHECK_INVARIANTS && validation->migration->history.sampled_invariants
		   ? &sampled_invariants
		   : &checks[kind];
}

/* Chunks that were split off meanwhile come behind those that were known. */
static bool find_newer(struct validation *validation, size_t *first, struct err *err)
{
	*first = validation->tile_count;
	return tiles_load(validation->options->target, validation->entity->name, validation->arena,
			  &validation->tiles, &validation->tile_count, err);
}

static bool walk_chunks(struct validation *validation, const struct check *check, size_t first,
			struct err *err)
{
	for (size_t i = first; i < validation->tile_count; i++) {
		arena_reset(&validation->scratch);
		if (!check->of_chunk(validation, &validation->tiles[i], err))
			return false;
	}
	return true;
}

static bool walk_holdings(struct validation *validation, const struct check *check, size_t first,
			  struct err *err)
{
	const struct holding *holding;
	struct ahead *ahead;
	bool ok;

	if (!ahead_open(validation, first, &ahead, err))
		return false;
	while ((ok = ahead_next(ahead, &holding, err)) && holding) {
		arena_reset(&validation->scratch);
		ok = check->of_holding(validation, holding, err);
		if (!ok)
			break;
		ahead_give_back(ahead);
	}
	ahead_close(ahead);
	return ok;
}

bool walk(struct validation *validation, const struct check *check, struct err *err)
{
	size_t first = 0;

	if (check->begin && !check->begin(validation, err))
		return false;
	while (first < validation->tile_count)
		if (!(check->of_holding ? walk_holdings : walk_chunks)(validation, check, first,
								       err) ||
		    !find_newer(validation, &first, err))
			return false;
	return !check->end || check->end(validation, err);
}

void give_back(struct validation *validation)
{
	arena_release(&validation->picks);
	arena_release(&validation->one);
	arena_release(&validation->scratch);
}

static bool make_check(struct validation *validation, enum check_kind kind, struct err *err)
{
	bool ok;

	arena_init(&validation->scratch);
	arena_init(&validation->one);
	arena_init(&validation->picks);
	ok = self_check(validation, kind, err) && walk(validation, check_of(validation, kind), err);
	give_back(validation);
	return ok;
}

static bool run_check(struct validation *validation, enum check_kind kind, const char *why,
		      struct err *err)
{
	struct check_result *result = validation->result;
	const struct check *check = check_of(validation, kind);

	*result = (struct check_result){ .kind = kind, .entity = validation->entity->name };
	if (!why && check->needs_legacy && !validation->deriver)
		why = validation->legacy_fault ? validation->legacy_fault : "no --legacy is given";
	if (why) {
		cannot_tell(result, why);
	} else if (!make_check(validation, kind, err)) {
		if (ends_everything(err))
			return false;
		cannot_tell(result, arena_text(validation->arena, err->text));
		err_reset(err);
	}
	judge_rate(validation, result);
	judge_result(validation, result);
	return true;
}

/* ---- all of them ---- */

static bool run_entity(struct validation *validation, int index, struct validate_report *report,
		       struct err *err)
{
	const char *why;

	if (!take_entity(validation, index, &why, err)) {
		if (ends_everything(err))
			return false;
		why = arena_text(validation->arena, err->text);
		err_reset(err);
	}
	if (!why)
		report->scopes[report->scope_count++] = scope_of(validation);
	for (int kind = 0; kind < CHECK_KINDS; kind++) {
		if (!(validation->options->checks >> kind & 1) ||
		    validate_is_undeclared(validation->entity, (enum check_kind)kind))
			continue;
		validation->result = &report->results[report->result_count++];
		if (!run_check(validation, (enum check_kind)kind, why, err))
			return false;
		report->verdict = verdict_worse(report->verdict, validation->result->verdict);
	}
	return true;
}

static bool run_all(struct validation *validation, struct validate_report *report, struct err *err)
{
	int wanted = 0;

	for (int i = 0; i < validation->migration->entity_count; i++) {
		if (!is_wanted(validation, i))
			continue;
		wanted++;
		if (!run_entity(validation, i, report, err))
			return false;
	}
	return wanted > 0 || err_set(err, ERR_USAGE, "the rule has no entity \"%s\"",
				     validation->options->entity);
}

static void validation_open(struct validation *validation)
{
	buf_init(&validation->position_first);
	buf_init(&validation->position_last);
	digest_stream_init(&validation->details);
}

static struct span kept(struct arena *arena, const struct buf *buf)
{
	return buf->size ? arena_copy(arena, buf_span(buf)) : SPAN_NONE;
}

static void finish(struct validation *validation, struct validate_report *report)
{
	report->details = digest_stream_end(&validation->details);
	report->position_first = kept(validation->arena, &validation->position_first);
	report->position_last = kept(validation->arena, &validation->position_last);
	buf_release(&validation->position_last);
	buf_release(&validation->position_first);
	deriver_close(validation->deriver);
}

bool validate(const struct validate_options *options, struct arena *arena,
	      struct validate_report *report, struct err *err)
{
	struct validation validation = { .options = options,
					 .migration = rule_host_migration(options->host),
					 .arena = arena };
	size_t entity_count = (size_t)validation.migration->entity_count;
	struct err of_legacy = { ERR_NONE, "" };
	bool ok;

	*report = (struct validate_report){
		.verdict = VERDICT_AGREES,
		.results =
		    arena_alloc(arena, entity_count * CHECK_KINDS * sizeof(*report->results)),
		.scopes = arena_alloc(arena, entity_count * sizeof(*report->scopes)),
	};
	if (options->legacy &&
	    !deriver_open(options->legacy, options->host, &validation.deriver, &of_legacy))
		validation.legacy_fault = arena_text(arena, of_legacy.text);
	validation_open(&validation);
	ok = conn_now(options->target, &report->began_us, err) &&
	     target_has_runs(options->target, err) && run_all(&validation, report, err);
	if (report->result_count == 0)
		report->verdict = VERDICT_UNKNOWN;
	finish(&validation, report);
	return ok;
}
