/*
 * validate.c: checks one after the other, entity by entity, and what their results add up to.
 */
#include "engine/validate/validate.h"

#include <stdio.h>

#include "engine/target/control.h"
#include "engine/validate/ahead.h"

/* ---- words ---- */

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "agrees", "differs", "could-not-tell" };

	return names[verdict];
}

enum verdict verdict_worse(enum verdict one, enum verdict other)
{
	if (one == VERDICT_DIFFERS || other == VERDICT_DIFFERS)
		return VERDICT_DIFFERS;
	return one == VERDICT_UNKNOWN ? one : other;
}

const char *check_name(enum check_kind kind)
{
	static const char *const names[CHECK_KINDS] = { "balance", "unchanged",  "digests",
							"sample",  "invariants", "queries" };

	return names[kind];
}

const char *damage_name(enum damage_kind kind)
{
	static const char *const names[DAMAGE_KINDS] = {
		[DAMAGE_BIT] = "a bit of a value",
		[DAMAGE_NULL] = "null instead of a value",
		[DAMAGE_EMPTY] = "an empty text instead of nothing",
		[DAMAGE_BOUNDARY] = "a character moved into the next text",
		[DAMAGE_LAST_PLACE] = "one more in the last digit",
		[DAMAGE_SPACE] = "a blank at the end",
		[DAMAGE_HOUR] = "an hour later",
		[DAMAGE_ABSENT] = "a value taken out",
		[DAMAGE_DROPPED] = "a record that is gone",
		[DAMAGE_DOUBLED] = "a record that is there twice",
		[DAMAGE_SWAPPED] = "two records that changed places",
		[DAMAGE_COLUMN] = "a column beside the record",
		[DAMAGE_LINEAGE] = "a bit of lineage",
		[DAMAGE_DECISION] = "a decision that lineage forgot",
	};

	return names[kind];
}

const char *difference_name(enum difference_kind kind)
{
	static const char *const names[DIFFERENCE_KINDS] = { "missing", "extra",  "ending",
							     "value",   "count",  "broken",
							     "order",   "stratum" };

	return names[kind];
}

const char *answer_class_name(enum row_class kind)
{
	static const char *const names[ROW_CLASSES] = {
		[ROW_SAME] = "same",           [ROW_REPRESENTATION] = "representation only",
		[ROW_TOLERATED] = "tolerated", [ROW_ORDER] = "order only",
		[ROW_WITHHELD] = "withheld",   [ROW_LAGGING] = "lagging",
		[ROW_RACED] = "raced",         [ROW_MISSING] = "missing",
		[ROW_EXTRA] = "extra",         [ROW_VALUE] = "value",
	};

	return names[kind];
}

bool validate_confidence(const struct check_result *result, double *wrong_at_most)
{
	if (result->kind != CHECK_SAMPLE || result->differences > 0 || result->chosen_by_share < 3)
		return false;
	*wrong_at_most = 3.0 / (double)result->chosen_by_share;
	return true;
}

/* ---- telling ---- */

void cannot_tell(struct check_result *result, const char *why)
{
	if (!result->why)
		result->why = why;
}

/* Told apart whatever stands in them: each with its size. */
static void add_text(struct digest_stream *stream, struct span text)
{
	char size[32];

	snprintf(size, sizeof(size), "%zu:", text.size);
	digest_stream_add(stream, span_of(size));
	digest_stream_add(stream, text);
}

static void add_details(struct digest_stream *stream, const struct difference *difference)
{
	char chunk[32];

	snprintf(chunk, sizeof(chunk), "%lld", (long long)difference->chunk_no);
	add_text(stream, span_of(check_name(difference->check)));
	add_text(stream, span_of(difference_name(difference->kind)));
	add_text(stream, span_of(difference->entity));
	add_text(stream, span_of(chunk));
	add_text(stream, difference->id);
	add_text(stream, difference->key);
	add_text(stream, span_of(difference->field ? difference->field : ""));
	if (!difference->query)
		return;
	add_text(stream, span_of(difference->query));
	add_text(stream, difference->asked);
	add_text(stream, difference->row);
}

void note_position(struct validation *validation, struct span position)
{
	if (!position.size)
		return;
	if (validation->position_first.size == 0)
		buf_put_span(&validation->position_first, position);
	buf_reset(&validation->position_last);
	buf_put_span(&validation->position_last, position);
}

bool tell(struct validation *validation, struct difference difference, struct err *err)
{
	const struct validate_options *options = validation->options;

	if (validation->unsaid) {
		++*validation->unsaid;
		return true;
	}
	difference.check = validation->result->kind;
	difference.entity = validation->entity->name;
	validation->result->differences++;
	add_details(&validation->details, &difference);
	return !options->on_difference ||
	       options->on_difference(options->difference_context, &difference, err);
}

/* How far legacy may be ahead the policy says; where it says nothing, not at all. */
static void judge_lag(const struct validation *validation, struct check_result *result)
{
	int64_t max_us = validation->options->max_lag_us;

	if (max_us == 0 || result->lag_us == INT64_MAX)
		cannot_tell(result, "legacy has changed since some of its chunks were passed");
	else
		cannot_tell(result,
			    arena_print(validation->arena,
					"legacy has changed since some of its chunks were passed, "
					"which may be %lld s ago, and max_lag is %lld s",
					(long long)(result->lag_us / 1000000),
					(long long)(max_us / 1000000))
				.data);
}

/* Nothing checked, or not all of it, is not agreement. */
static void judge(const struct validation *validation, struct check_result *result)
{
	bool may_lag = result->lag_us <= validation->options->max_lag_us;

	if (result->is_lagging && !may_lag)
		judge_lag(validation, result);
	if (result->checked == 0)
		cannot_tell(result, "there was nothing to check");
	if (result->expected != result->checked + (may_lag ? result->lagging : 0))
		cannot_tell(result, "not everything was checked");
	result->verdict = result->differences > 0 ? VERDICT_DIFFERS
			  : result->why           ? VERDICT_UNKNOWN
						  : VERDICT_AGREES;
}

/* ---- the entity at hand ---- */

/* Is what the target is moved by the rule at hand? *why stays NULL when it is. */
static bool find_active(struct validation *validation, const char **why, struct err *err)
{
	static const int columns[] = { ENTITY_VERSION, ENTITY_TRANSFORM, ENTITY_EPOCH };
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(validation->entity->name) };
	struct query query = { .table = &table_entity,
			       .columns = columns,
			       .column_count = 3,
			       .where = &where,
			       .where_count = 1 };
	const struct datum *row;
	struct rows rows;

	if (!rows_select(validation->options->target, &query, validation->arena, &rows, err))
		return false;
	if (rows.row_count == 0) {
		*why = "the target has never been moved to";
		return true;
	}
	row = rows_row(&rows, 0);
	validation->rule_epoch = row[2].number;
	if (!span_equal_text(row[1].text, validation->migration->transform))
		*why = arena_print(validation->arena,
				   "the target is moved by %.*s (%.12s…), and this is %s (%.12s…)",
				   SPAN_ARGS(row[0].text), row[1].text.data,
				   validation->migration->version, validation->migration->transform)
			   .data;
	return true;
}

static bool take_entity(struct validation *validation, int index, const char **why, struct err *err)
{
	*why = NULL;
	validation->entity_index = index;
	validation->entity = &validation->migration->entities[index];
	validation->final = final_table(validation->arena, validation->entity);
	validation->tile_count = 0;
	if (!find_active(validation, why, err))
		return false;
	if (*why)
		return true;
	if (!tiles_load(validation->options->target, validation->entity->name, validation->arena,
			&validation->tiles, &validation->tile_count, err))
		return false;
	*why = tiles_gap(validation->tiles, validation->tile_count, validation->arena);
	return true;
}

/* ---- a check ---- */

/* A check looks at chunks, or at what the target holds of them. */
struct check {
	bool needs_legacy;
	bool (*begin)(struct validation *validation, struct err *err); /* NULL: nothing to do */
	bool (*of_chunk)(struct validation *validation, const struct tile *tile, struct err *err);
	bool (*of_holding)(struct validation *validation, const struct holding *holding,
			   struct err *err);
	bool (*end)(struct validation *validation, struct err *err); /* NULL likewise */
};

static const struct check checks[CHECK_KINDS] = {
	[CHECK_BALANCE] = { .needs_legacy = true,
			    .begin = distribution_begin,
			    .of_chunk = check_balance_of_chunk,
			    .end = balance_end },
	[CHECK_UNCHANGED] = { .of_chunk = check_unchanged_of_chunk },
	[CHECK_DIGESTS] = { .of_holding = check_digests },
	[CHECK_SAMPLE] = { .needs_legacy = true,
			   .begin = begin_sample,
			   .of_chunk = check_sample_of_chunk,
			   .end = end_sample },
	[CHECK_INVARIANTS] = { .of_holding = check_invariants, .end = ask_nones },
	[CHECK_QUERIES] = { .needs_legacy = true,
			    .begin = begin_queries,
			    .of_chunk = draw_from_chunk,
			    .end = ask_queries },
};

/* What ends everything, and not one check alone. */
static bool is_fatal(const struct err *err)
{
	return err->code == ERR_BUG || err->code == ERR_CANCELLED;
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

static bool walk(struct validation *validation, const struct check *check, struct err *err)
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

/* Each check gives back what it took: what one needs is not added to what another has needed. */
static bool make_check(struct validation *validation, enum check_kind kind, struct err *err)
{
	bool ok;

	arena_init(&validation->scratch);
	arena_init(&validation->one);
	arena_init(&validation->picks);
	ok = self_check(validation, kind, err) && walk(validation, &checks[kind], err);
	arena_release(&validation->picks);
	arena_release(&validation->one);
	arena_release(&validation->scratch);
	return ok;
}

static bool run_check(struct validation *validation, enum check_kind kind, const char *why,
		      struct err *err)
{
	struct check_result *result = validation->result;
	const struct check *check = &checks[kind];

	*result = (struct check_result){ .kind = kind, .entity = validation->entity->name };
	if (!why && check->needs_legacy && !validation->deriver)
		why = validation->legacy_fault ? validation->legacy_fault : "no --legacy is given";
	if (why) {
		cannot_tell(result, why);
	} else if (!make_check(validation, kind, err)) {
		if (is_fatal(err))
			return false;
		cannot_tell(result, arena_text(validation->arena, err->text));
		err_reset(err);
	}
	judge(validation, result);
	return true;
}

/* ---- all of them ---- */

static bool is_wanted(const struct validation *validation, int entity)
{
	const char *wanted = validation->options->entity;

	return !wanted || strcmp(validation->migration->entities[entity].name, wanted) == 0 ||
	       strcmp(validation->migration->entities[entity].record, wanted) == 0;
}

bool validate_is_undeclared(const struct entity_info *entity, enum check_kind kind)
{
	if (kind == CHECK_QUERIES)
		return entity->query_count == 0;
	return kind == CHECK_INVARIANTS && entity->invariant_count + entity->none_count == 0;
}

/* Which pass of each chunk was looked at: so that later ones are known by their numbers, whatever clocks say. */
static struct span put_passes(const struct validation *validation)
{
	enum { STRETCHES_MAX = 1000 };
	struct span passes = SPAN_NONE;
	int64_t pass_no = -1;
	int stretches = 0;
	struct buf buf;

	buf_init(&buf);
	buf_put_char(&buf, '[');
	for (size_t i = 0; i < validation->tile_count && stretches <= STRETCHES_MAX; i++) {
		const struct tile *tile = &validation->tiles[i];

		if (tile->pass_no == pass_no)
			continue;
		buf_print(&buf, "%s[%lld,%lld]", stretches ? "," : "", (long long)tile->no,
			  (long long)tile->pass_no);
		pass_no = tile->pass_no;
		stretches++;
	}
	buf_put_char(&buf, ']');
	if (stretches <= STRETCHES_MAX)
		passes = arena_copy(validation->arena, buf_span(&buf));
	buf_release(&buf);
	return passes;
}

static struct validate_scope scope_of(const struct validation *validation)
{
	struct validate_scope scope = { .entity = validation->entity->name,
					.rule_epoch = validation->rule_epoch,
					.chunk_count = (int64_t)validation->tile_count,
					.passes = put_passes(validation) };

	for (size_t i = 0; i < validation->tile_count; i++) {
		scope.pass_count += validation->tiles[i].pass_no;
		scope.record_count += validation->tiles[i].record_count;
		digest_add(&scope.digest, validation->tiles[i].digest);
	}
	return scope;
}

static bool run_entity(struct validation *validation, int index, struct validate_report *report,
		       struct err *err)
{
	const char *why;

	if (!take_entity(validation, index, &why, err)) {
		if (is_fatal(err))
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
