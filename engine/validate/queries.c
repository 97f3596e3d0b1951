/*
 * queries.c: the rule's historical queries, asked of both stores.
 *
 * A question whose answers differ is kept open. When all are asked, or many are open, legacy is read once for the rows that deviate
 * (deviations.h), and both stores are asked again: only what still is as it was the first time is a difference.
 */
#include "engine/validate/query_judge.h"
#include "engine/validate/query_trial.h"
#include "engine/validate/questions.h"

/* So many questions are open at once at most: their words are kept. */
enum { OPEN_MAX = 2000 };

struct open_question {
	int query;
	struct words words;
};

struct checking {
	struct validation *validation;
	struct asked_query *queries;
	struct asked_query *asked; /* the one at hand */
	struct arena answers;      /* of one question */
	struct arena rows;         /* of legacy, that words are taken of */
	struct arena kept;         /* the open questions */
	struct open_question *open;
	int open_count;
	struct deviations deviations;
};

/* ---- why nobody can tell ---- */

static void query_cannot_tell(struct checking *checking, struct asked_query *asked, const char *why)
{
	if (!asked->result->why)
		asked->result->why = why;
	cannot_tell(
	    checking->validation->result,
	    arena_print(checking->validation->arena, "query %s: %s", asked->info->name, why).data);
}

/* What ends everything, and not one query alone. */
static bool is_fatal(const struct err *err)
{
	return err->code == ERR_BUG || err->code == ERR_CANCELLED;
}

static bool pass_over(struct checking *checking, struct asked_query *asked, struct err *err)
{
	if (is_fatal(err))
		return false;
	query_cannot_tell(checking, asked, arena_text(checking->validation->arena, err->text));
	err_reset(err);
	return true;
}

static void check_tolerances(struct checking *checking, struct asked_query *asked)
{
	const char *today = checking->validation->options->today;

	for (int i = 0; i < asked->info->column_count; i++) {
		const struct query_column *column = &asked->info->columns[i];
		const struct query_tolerance *tolerance = &column->tolerance;

		if (!tolerance->absolute || strcmp(tolerance->expires, today) >= 0)
			continue;
		query_cannot_tell(
		    checking, asked,
		    arena_print(checking->validation->arena,
				"the tolerance of %s (%s, for which %s answers) expired on %s",
				column->name, tolerance->absolute, tolerance->owner,
				tolerance->expires)
			.data);
	}
}

/* ---- counting ---- */

static void count_rows(const struct asked_query *asked, const struct answer *legacy,
		       const struct answer *target, const struct match *match)
{
	for (size_t i = 0; i < legacy->row_count; i++)
		asked->result->rows[match->legacy[i]]++;
	for (size_t i = 0; i < target->row_count; i++)
		if (match->target[i] != ROW_SAME)
			asked->result->rows[match->target[i]]++;
	asked->result->tolerated += match->tolerated;
}

/* ---- asking ---- */

static bool ask_both(struct checking *checking, struct asked_query *asked,
		     const struct words *words, struct answer *legacy, struct answer *target,
		     struct err *err)
{
	arena_reset(&checking->answers);
	return answer_of_legacy(checking->validation, asked, words, &checking->answers, legacy,
				err) &&
	       answer_of_target(checking->validation, asked, words, &checking->answers, target,
				err);
}

/* It agrees now: if nothing but time made it differ, that is counted. */
static void note_raced(struct again *again)
{
	for (size_t i = 0; i < again->legacy.row_count; i++)
		if (again->match.legacy[i] == ROW_WITHHELD)
			return;
	again->asked->result->rows[ROW_RACED]++;
}

static void finish_again(struct checking *checking, struct asked_query *asked,
			 const struct again *again)
{
	count_rows(asked, &again->legacy, &again->target, &again->match);
	if (again->raced > 0)
		query_cannot_tell(checking, asked,
				  "legacy goes on: what differs now did not before");
	else if (checking->deviations.why)
		query_cannot_tell(checking, asked, checking->deviations.why);
	else if (again->lagging == 0)
		asked->result->checked++;
	else
		checking->validation->result->lagging++;
}

static bool ask_again(struct checking *checking, const struct open_question *open, struct err *err)
{
	struct asked_query *asked = &checking->queries[open->query];
	struct again again = { .validation = checking->validation,
			       .deviations = &checking->deviations,
			       .asked = asked,
			       .words = &open->words,
			       .arena = &checking->answers };
	const bool *is_withheld;

	if (!ask_both(checking, asked, &open->words, &again.legacy, &again.target, err))
		return pass_over(checking, asked, err);
	match_answers(asked, &again.legacy, NULL, &again.target, again.arena, &again.match);
	is_withheld = query_find_withheld(&again);
	match_answers(asked, &again.legacy, is_withheld, &again.target, again.arena, &again.match);
	if (again.match.deviating == 0 && !match_breaks_order(asked, &again.match)) {
		note_raced(&again);
		if (!asked->is_tried && again.legacy.row_count > 0)
			query_try(checking->validation, asked, &again.legacy, is_withheld,
				  &again.target);
	} else if (!query_judge(&again, err)) {
		return false;
	}
	finish_again(checking, asked, &again);
	return true;
}

/* Legacy is read for what deviates, and both are asked again. */
static bool settle(struct checking *checking, struct err *err)
{
	bool ok = true;

	if (checking->open_count > 0)
		ok = deviations_resolve(&checking->deviations, checking->validation,
					checking->queries, err);
	for (int i = 0; i < checking->open_count && ok; i++)
		ok = ask_again(checking, &checking->open[i], err);
	deviations_release(&checking->deviations);
	deviations_init(&checking->deviations);
	arena_reset(&checking->kept);
	checking->open = NULL;
	checking->open_count = 0;
	return ok;
}

static struct span *copy_words(struct checking *checking, const struct span *words)
{
	int count = checking->asked->info->parameter_count;
	struct span *copies = arena_alloc(&checking->kept, ((size_t)count + 1) * sizeof(*copies));

	for (int i = 0; i < count; i++)
		copies[i] = arena_copy(&checking->kept, words[i]);
	return copies;
}

static bool keep_open(struct checking *checking, const struct words *words, struct err *err)
{
	checking->open = arena_grow_by_one(&checking->kept, checking->open, checking->open_count,
					   sizeof(*checking->open));
	checking->open[checking->open_count++] = (struct open_question){
		.query = checking->asked->index,
		.words = { copy_words(checking, words->legacy),
			   copy_words(checking, words->target) },
	};
	return checking->open_count < OPEN_MAX || settle(checking, err);
}

static bool ask_question(void *context, const struct words *words, struct err *err)
{
	struct checking *checking = context;
	struct asked_query *asked = checking->asked;
	struct answer legacy, target;
	struct match match;

	/* A query that cannot be asked once is not asked a hundred times. */
	if (!ask_both(checking, asked, words, &legacy, &target, err))
		return false;
	match_answers(asked, &legacy, NULL, &target, &checking->answers, &match);
	if (match.deviating > 0 || match_breaks_order(asked, &match)) {
		deviations_add(&checking->deviations, asked, &legacy, &target, &match);
		return keep_open(checking, words, err);
	}
	count_rows(asked, &legacy, &target, &match);
	asked->result->checked++;
	if (!asked->is_tried && legacy.row_count > 0)
		query_try(checking->validation, asked, &legacy, NULL, &target);
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
	checking->asked = asked;
	check_tolerances(checking, asked);
	if (questions_each(checking->validation, asked, ask_question, checking, &checking->rows,
			   &asked->result->expected, err)) {
		if (asked->result->expected > 0)
			return true;
		if (has_nothing(checking->validation))
			return true;
		asked->result->expected = 1;
		query_cannot_tell(checking, asked,
				  "no record has a value to ask with: its parameters are empty");
		return true;
	}
	/* What was asked before stays asked; the rest never will be. */
	if (asked->result->expected <= asked->result->checked + checking->open_count)
		asked->result->expected = asked->result->checked + checking->open_count + 1;
	return pass_over(checking, asked, err);
}

static void finish_query(struct checking *checking, struct asked_query *asked)
{
	struct check_result *result = checking->validation->result;
	struct query_result *query = asked->result;
	int64_t rows = 0;

	for (int i = 0; i < ROW_CLASSES; i++)
		rows += query->rows[i];
	if (rows == 0 && query->checked > 0 && !has_nothing(checking->validation))
		query_cannot_tell(checking, asked, "neither store has a row to answer with");
	else if (!asked->is_tried && query->checked > 0 && rows > 0)
		query_cannot_tell(checking, asked, "no sound answer was found to try the check on");
	result->expected += query->expected;
	result->checked += query->checked;
	result->skipped += query->expected - query->checked;
	result->tolerated += query->tolerated;
}

static bool ask_all(struct checking *checking, struct err *err)
{
	int count = checking->validation->entity->query_count;

	for (int i = 0; i < count; i++)
		if (!ask_query(checking, &checking->queries[i], err))
			return false;
	if (!settle(checking, err))
		return false;
	for (int i = 0; i < count; i++)
		finish_query(checking, &checking->queries[i]);
	believe_trial(checking->validation, CHECK_QUERIES);
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
	struct checking checking = { .validation = validation };
	bool ok;

	if (!draw_end(validation, err) || !answers_prepare(validation, &checking.queries, err))
		return false;
	arena_init(&checking.answers);
	arena_init(&checking.rows);
	arena_init(&checking.kept);
	deviations_init(&checking.deviations);
	ok = ask_all(&checking, err);
	deviations_release(&checking.deviations);
	arena_release(&checking.kept);
	arena_release(&checking.rows);
	arena_release(&checking.answers);
	return ok;
}
