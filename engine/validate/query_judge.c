/*
 * query_judge.c: what is told of two answers that differ, and what is no difference: younger than the last pass, or different before.
 */
#include "engine/validate/query_judge.h"

#include "engine/model/mask.h"

/* ---- which rows need not be there ---- */

/* How many rows of the answer hold what a deviation does; one a deviation, in the arena. */
static const int64_t *count_holders(const struct again *again)
{
	const struct deviations *deviations = again->deviations;
	int64_t *holders =
	    arena_zalloc(again->arena, ((size_t)deviations->count + 1) * sizeof(*holders));

	for (size_t i = 0; i < again->legacy.row_count; i++) {
		const struct deviation *deviation =
		    deviations_find(deviations, again->asked, again->legacy.rows[i].parts);

		if (deviation)
			holders[deviation - deviations->items]++;
	}
	return holders;
}

/* As many rows of each kind need not be there as were found to be withheld. Those that all others that hold the same leave over are
 * withheld for certain. */
const bool *query_find_withheld(struct again *again)
{
	const struct deviations *deviations = again->deviations;
	const struct match *match = &again->match;
	const int64_t *holders = count_holders(again);
	size_t count = again->legacy.row_count;
	bool *is_withheld = arena_zalloc(again->arena, count + 1);
	int64_t *used = arena_zalloc(again->arena, ((size_t)deviations->count + 1) * sizeof(*used));

	for (size_t i = 0; i < count; i++) {
		const struct deviation *deviation;
		int64_t at;

		deviation =
		    match->legacy[i] < ROW_MISSING
			? NULL
			: deviations_find(deviations, again->asked, again->legacy.rows[i].parts);
		if (!deviation)
			continue;
		at = deviation - deviations->items;
		is_withheld[i] = used[at]++ < deviation->withheld;
		again->doubtful += is_withheld[i] &&
				   used[at] > holders[at] - deviation->passed - deviation->lagging;
	}
	return is_withheld;
}

/* ---- which of them are differences ---- */

/* A row that deviates was not passed as it is, for all that is known. */
static bool may_lag(const struct deviations *deviations, const struct deviation *deviation)
{
	return deviation->lagging > 0 ||
	       (deviation->passed == 0 && (deviations->lagging_chunks > 0 || deviations->why));
}

/* Between reading legacy and asking again its record may have been written anew. Of what nobody found, and of one of several, the only
 * thing to be known is whether anything was passed. */
static bool is_certain(struct again *again, const struct deviation *deviation, bool *answer,
		       struct err *err)
{
	*answer = again->is_still;
	return deviation->roots != 1 || again->is_still ||
	       deviation_is_as_found(deviation, again->validation, answer, err);
}

static bool classify_row(struct again *again, size_t row, struct err *err)
{
	const struct deviations *deviations = again->deviations;
	const struct deviation *deviation =
	    deviations_find(deviations, again->asked, again->legacy.rows[row].parts);
	enum row_class *class = &again->match.legacy[row];
	bool certain = false;

	if (deviation && may_lag(deviations, deviation)) {
		*class = ROW_LAGGING;
		again->lagging++;
		return true;
	}
	if (deviation && !is_certain(again, deviation, &certain, err))
		return false;
	if (!certain) {
		*class = ROW_RACED;
		again->raced++;
	}
	return true;
}

static void classify_extra(struct again *again, size_t row)
{
	const struct deviations *deviations = again->deviations;
	enum row_class *class = &again->match.target[row];

	if (deviations->lagging_chunks > 0 || deviations->why) {
		*class = ROW_LAGGING;
		again->lagging++;
	} else if (!again->is_still ||
		   !deviations_has_extra(deviations, again->asked, &again->target.rows[row])) {
		*class = ROW_RACED;
		again->raced++;
	}
}

/* Rows that nothing else is wrong with stand elsewhere. */
static void classify_order(struct again *again, bool is_alone)
{
	const struct deviations *deviations = again->deviations;

	again->has_other_order = is_alone && match_breaks_order(again->asked, &again->match);
	if (!again->has_other_order)
		return;
	if (deviations->lagging_chunks > 0 || deviations->why)
		again->lagging++;
	else if (!again->is_still)
		again->raced++;
}

bool query_classify(struct again *again, struct err *err)
{
	int64_t deviating = 0;

	for (size_t i = 0; i < again->legacy.row_count; i++) {
		if (again->match.legacy[i] < ROW_MISSING)
			continue;
		deviating++;
		if (!classify_row(again, i, err))
			return false;
	}
	for (size_t i = 0; i < again->target.row_count; i++) {
		if (again->match.target[i] < ROW_MISSING)
			continue;
		deviating++;
		classify_extra(again, i);
	}
	classify_order(again, deviating == 0);
	return true;
}

/* ---- as it may be shown ---- */

/* {"actor":"drv-7"}, as it may be shown. */
struct shown {
	struct buf buf;
	struct json_writer json;
};

static void show_begin(struct shown *shown)
{
	buf_init(&shown->buf);
	json_writer_init(&shown->json, &shown->buf);
	json_open(&shown->json, '{');
}

static struct span show_end(struct shown *shown, struct arena *arena)
{
	struct span object;

	json_close(&shown->json, '}');
	object = arena_copy(arena, buf_span(&shown->buf));
	buf_release(&shown->buf);
	return object;
}

static void put_shown(struct json_writer *json, const char *name, struct span text, bool is_masked)
{
	struct buf mask;

	json_key(json, name);
	if (!is_masked || !text.data) {
		json_string(json, text);
		return;
	}
	buf_init(&mask);
	mask_put(&mask, text);
	json_string(json, buf_span(&mask));
	buf_release(&mask);
}

/* What a question was asked with: each store's own words say the same, and these are legacy's. */
static struct span show_words(const struct asked_query *asked, const struct words *words,
			      struct arena *arena)
{
	struct shown shown;

	show_begin(&shown);
	for (int i = 0; i < asked->info->parameter_count; i++)
		put_shown(&shown.json, asked->info->parameters[i].name, words->legacy[i],
			  asked->info->parameters[i].is_masked);
	return show_end(&shown, arena);
}

/* The key columns of a row, or all columns where none is a key. */
static struct span show_row(const struct asked_query *asked, const struct answer_row *row,
			    struct arena *arena)
{
	struct shown shown;

	show_begin(&shown);
	for (int i = 0; i < asked->info->column_count; i++)
		if (asked->info->columns[i].is_key || !row->key.data)
			put_shown(&shown.json, asked->names[i], row->values[i].text,
				  asked->info->columns[i].is_masked);
	return show_end(&shown, arena);
}

static struct span show_value(const struct asked_column *column, const struct answer_value *value,
			      struct arena *arena)
{
	struct span shown;
	struct buf buf;

	if (value->kind != ANSWER_TEXT)
		return SPAN_NONE;
	if (!column->about->is_masked &&
	    (column->kind == VIEW_JSON || column->kind == VIEW_INTEGER ||
	     column->kind == VIEW_BOOLEAN)) {
		struct err ignored = { ERR_NONE, "" };
		struct json_value read;

		if (json_read(value->text, arena, &read, &ignored))
			return value->text;
	}
	buf_init(&buf);
	if (column->about->is_masked) {
		buf_put_char(&buf, '"');
		mask_put(&buf, value->text);
		buf_put_char(&buf, '"');
	} else {
		json_put_lossy(&buf, value->text);
	}
	shown = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return shown;
}

static bool tell_values(struct again *again, size_t row, struct err *err)
{
	const struct answer_row *legacy = &again->legacy.rows[row];
	const struct answer_row *target = &again->target.rows[again->match.partners[row]];
	struct arena *arena = again->arena;

	for (int i = 0; i < again->asked->info->column_count; i++) {
		const struct asked_column *column = &again->asked->columns[i];
		struct difference difference = again->about;

		if (match_values(column, &legacy->values[i], &target->values[i]) != ROW_VALUE)
			continue;
		difference.kind = DIFFERENCE_VALUE;
		difference.field = column->about->field;
		difference.legacy = show_value(column, &legacy->values[i], arena);
		difference.target = show_value(column, &target->values[i], arena);
		difference.text = legacy->values[i].kind == ANSWER_REFUSED
				      ? "the rule has no value for what legacy answers"
				      : "the answers differ";
		again->told++;
		if (!tell(again->validation, difference, err))
			return false;
	}
	return true;
}

static bool tell_row(struct again *again, size_t row, struct err *err)
{
	const struct deviation *deviation =
	    deviations_find(again->deviations, again->asked, again->legacy.rows[row].parts);
	struct arena *arena = again->arena;
	struct difference missing;

	again->about.row = show_row(again->asked, &again->legacy.rows[row], arena);
	/* Of several that hold the same nobody knows which it is. */
	if (deviation->roots == 1) {
		again->about.chunk_no = deviation->chunk_no;
		again->about.id = deviation->id;
		again->about.key = deviation->key;
	}
	if (again->match.legacy[row] == ROW_VALUE)
		return tell_values(again, row, err);
	missing = again->about;
	missing.kind = DIFFERENCE_MISSING;
	missing.text = "legacy answers with this row, and the target does not";
	again->told++;
	return tell(again->validation, missing, err);
}

static bool tell_extra(struct again *again, size_t row, struct err *err)
{
	struct difference extra = again->about;

	extra.kind = DIFFERENCE_EXTRA;
	extra.row = show_row(again->asked, &again->target.rows[row], again->arena);
	extra.text = "the target answers with this row, and legacy does not";
	again->told++;
	return tell(again->validation, extra, err);
}

static bool tell_order(struct again *again, struct err *err)
{
	struct difference order = again->about;

	order.kind = DIFFERENCE_ORDER;
	order.row =
	    show_row(again->asked, &again->legacy.rows[again->match.first_displaced], again->arena);
	order.text = "from this row on the answers have another order, which is part of them";
	again->told++;
	return tell(again->validation, order, err);
}

bool query_tell(struct again *again, struct err *err)
{
	const struct difference about = {
		.chunk_no = CHUNK_UNKNOWN,
		.query = again->asked->info->name,
		.asked = show_words(again->asked, again->words, again->arena),
	};

	for (size_t i = 0; i < again->legacy.row_count; i++) {
		again->about = about;
		if (again->match.legacy[i] >= ROW_MISSING && !tell_row(again, i, err))
			return false;
	}
	again->about = about;
	for (size_t i = 0; i < again->target.row_count; i++)
		if (again->match.target[i] >= ROW_MISSING && !tell_extra(again, i, err))
			return false;
	return !again->has_other_order || again->lagging > 0 || again->raced > 0 ||
	       tell_order(again, err);
}
