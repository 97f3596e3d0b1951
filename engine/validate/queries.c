/*
 * queries.c: the rule's historical queries, asked of both stores.
 *
 * A question whose answers differ is kept open. When all are asked, or many are open, they are settled (query_settle.c).
 */
#include "engine/validate/query_settle.h"
#include "engine/validate/query_trial.h"
#include "engine/validate/questions.h"

struct checking {
	struct settling settling;
	struct asked_query *asked; /* the one at hand */
	struct arena rows;         /* of legacy, that words are taken of */
};

/* ---- why nobody can tell ---- */

static void check_tolerances(struct checking *checking, struct asked_query *asked)
{
	const char *today = checking->settling.validation->options->today;

	for (int i = 0; i < asked->info->column_count; i++) {
		const struct query_column *column = &asked->info->columns[i];
		const struct query_tolerance *tolerance = &column->tolerance;

		if (!tolerance->absolute || strcmp(tolerance->expires, today) >= 0)
			continue;
		query_cannot_tell(
		    &checking->settling, asked,
		    arena_print(checking->settling.validation->arena,
				"the tolerance of %s (%s, for which %s answers) expired on %s",
				column->name, tolerance->absolute, tolerance->owner,
				tolerance->expires)
			.data);
	}
}

/* ---- asking ---- */

static bool ask_question(void *context, const struct words *words, struct err *err)
{
	struct checking *checking = context;
	struct settling *settling = &checking->settling;
	struct asked_query *asked = checking->asked;
	struct answer legacy, target;
	struct match match;

	/* A query that cannot be asked once is not asked a hundred times. */
	if (!query_ask_both(settling, asked, words, &legacy, &target, err))
		return false;
	match_answers(asked, &legacy, NULL, &target, &settling->answers, &match);
	if (match.deviating > 0 || match_breaks_order(asked, &match))
		return query_keep_open(settling, asked, words, &legacy, &target, &match, err);
	query_count_rows(asked, &legacy, &target, &match);
	asked->result->checked++;
	if (!asked->is_tried && legacy.row_count > 0)
		query_try(settling->validation, asked, &legacy, NULL, &target);
	return true;
}

/* ---- a query ---- */

/* The rule says that it may have no records, and it has none. */
static bool has_nothing(const struct validation *validation)
{
	for (size_t i = 0; i < validation->tile_count; i++)
		if (validation->tiles[i].record_count > 0)
			return false;
	return is_declared_empty(validation);
}

static bool ask_query(struct checking *checking, struct asked_query *asked, struct err *err)
{
	struct settling *settling = &checking->settling;
	struct validation *validation = settling->validation;

	checking->asked = asked;
	check_tolerances(checking, asked);
	if (questions_each(validation, asked, ask_question, checking, &checking->rows,
			   &asked->result->expected, err)) {
		if (asked->result->expected > 0)
			return true;
		if (has_nothing(validation))
			return true;
		asked->result->expected = 1;
		query_cannot_tell(settling, asked,
				  "no record has a value to ask with: its parameters are empty");
		return true;
	}
	/* What was asked before stays asked; the rest never will be. */
	if (asked->result->expected <= asked->result->checked + settling->open_count)
		asked->result->expected = asked->result->checked + settling->open_count + 1;
	return query_pass_over(settling, asked, err);
}

static void finish_query(struct checking *checking, struct asked_query *asked)
{
	struct settling *settling = &checking->settling;
	struct validation *validation = settling->validation;
	struct check_result *result = validation->result;
	struct query_result *query = asked->result;
	int64_t rows = 0;

	for (int i = 0; i < ROW_CLASSES; i++)
		rows += query->rows[i];
	if (rows == 0 && query->checked > 0 && !has_nothing(validation))
		query_cannot_tell(settling, asked, "neither store has a row to answer with");
	else if (!asked->is_tried && query->checked > 0 && rows > 0)
		query_cannot_tell(settling, asked, "no sound answer was found to try the check on");
	result->expected += query->expected;
	result->checked += query->checked;
	result->skipped += query->expected - query->checked;
	result->tolerated += query->tolerated;
}

static bool ask_all(struct checking *checking, struct err *err)
{
	struct settling *settling = &checking->settling;
	int count = settling->validation->entity->query_count;

	for (int i = 0; i < count; i++)
		if (!ask_query(checking, &settling->queries[i], err))
			return false;
	if (!queries_settle(settling, err))
		return false;
	for (int i = 0; i < count; i++)
		finish_query(checking, &settling->queries[i]);
	believe_trial(settling->validation, CHECK_QUERIES);
	return true;
}

/* ---- the check ---- */

bool begin_queries(struct validation *validation, struct err *err)
{
	(void)err;
	draw_begin(validation);
	return true;
}

bool draw_from_chunk(struct validation *validation, const struct tile *tile, struct err *err)
{
	return draw_take_chunk(validation, tile, err);
}

bool ask_queries(struct validation *validation, struct err *err)
{
	struct checking checking = { .settling = { .validation = validation } };
	bool ok;

	if (!draw_end(validation, err) ||
	    !answers_prepare(validation, &checking.settling.queries, err))
		return false;
	arena_init(&checking.rows);
	settling_init(&checking.settling);
	ok = ask_all(&checking, err);
	settling_release(&checking.settling);
	arena_release(&checking.rows);
	return ok;
}
