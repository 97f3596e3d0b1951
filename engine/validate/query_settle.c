/*
 * query_settle.c: questions whose answers differ, asked again until it is known why.
 */
#include "engine/validate/query_settle.h"

#include "engine/validate/query_judge.h"
#include "engine/validate/query_trial.h"

/* So many questions are open at once at most: their words are kept. What goes on too fast to be looked at so often nobody can tell. */
enum { OPEN_MAX = 2000, ROUNDS_MAX = 3 };

void settling_init(struct settling *settling)
{
	arena_init(&settling->answers);
	arena_init(&settling->kept);
	deviations_init(&settling->deviations);
	deviations_init(&settling->next);
}

void settling_release(struct settling *settling)
{
	deviations_release(&settling->next);
	deviations_release(&settling->deviations);
	arena_release(&settling->kept);
	arena_release(&settling->answers);
}

/* ---- why nobody can tell ---- */

void query_cannot_tell(struct settling *settling, struct asked_query *asked, const char *why)
{
	if (!asked->result->why)
		asked->result->why = why;
	cannot_tell(
	    settling->validation->result,
	    arena_print(settling->validation->arena, "query %s: %s", asked->info->name, why).data);
}

bool query_pass_over(struct settling *settling, struct asked_query *asked, struct err *err)
{
	if (ends_everything(err))
		return false;
	query_cannot_tell(settling, asked, arena_text(settling->validation->arena, err->text));
	err_reset(err);
	return true;
}

/* ---- asking ---- */

bool query_ask_both(struct settling *settling, struct asked_query *asked, const struct words *words,
		    struct answer *legacy, struct answer *target, struct err *err)
{
	arena_reset(&settling->answers);
	return answer_of_legacy(settling->validation, asked, words, &settling->answers, legacy,
				err) &&
	       answer_of_target(settling->validation, asked, words, &settling->answers, target,
				err);
}

void query_count_rows(const struct asked_query *asked, const struct answer *legacy,
		      const struct answer *target, const struct match *match)
{
	for (size_t i = 0; i < legacy->row_count; i++)
		asked->result->rows[match->legacy[i]]++;
	for (size_t i = 0; i < target->row_count; i++)
		if (match->target[i] != ROW_SAME)
			asked->result->rows[match->target[i]]++;
	asked->result->tolerated += match->tolerated;
}

/* ---- asking again ---- */

/* It agrees now: if nothing but time made it differ, that is counted. */
static void note_raced(struct again *again)
{
	for (size_t i = 0; i < again->legacy.row_count; i++)
		if (again->match.legacy[i] == ROW_WITHHELD)
			return;
	again->asked->result->rows[ROW_RACED]++;
}

static void finish(struct settling *settling, const struct again *again)
{
	struct asked_query *asked = &settling->queries[again->asked->index];

	query_count_rows(asked, &again->legacy, &again->target, &again->match);
	if (again->raced > 0)
		query_cannot_tell(settling, asked,
				  "both stores go on: what differs changes each time it is "
				  "looked at");
	else if (settling->deviations.why)
		query_cannot_tell(settling, asked, settling->deviations.why);
	else if (again->doubtful > 0)
		query_cannot_tell(settling, asked,
				  "legacy alone has rows that are withheld rows' or those of "
				  "records that are there, which hold the same: a column of the "
				  "record's id would tell");
	else if (again->lagging == 0)
		asked->result->checked++;
	else
		settling->validation->result->lagging++;
}

/* Has no chunk been passed since legacy was read for the first time, and does what deviates so for the third time? */
static bool is_still(const struct settling *settling, bool *answer, struct err *err)
{
	int64_t passes = settling->passes;

	*answer = false;
	if (settling->round == 1)
		return true;
	if (!deviations_count_passes(settling->validation, &passes, err))
		return false;
	*answer = passes == settling->passes;
	return true;
}

static bool judge(struct settling *settling, struct again *again, bool *is_settled, struct err *err)
{
	deviations_add(&settling->next, again->asked, &again->legacy, &again->target,
		       &again->match);
	if (!is_still(settling, &again->is_still, err) || !query_classify(again, err))
		return false;
	*is_settled = again->raced == 0 || settling->round == ROUNDS_MAX;
	return !*is_settled || query_tell(again, err);
}

static bool ask_again(struct settling *settling, const struct open_question *open, bool *is_settled,
		      struct err *err)
{
	struct asked_query *asked = &settling->queries[open->query];
	struct again again = { .validation = settling->validation,
			       .deviations = &settling->deviations,
			       .asked = asked,
			       .words = &open->words,
			       .arena = &settling->answers };
	const bool *is_withheld;

	*is_settled = true;
	if (!query_ask_both(settling, asked, &open->words, &again.legacy, &again.target, err))
		return query_pass_over(settling, asked, err);
	match_answers(asked, &again.legacy, NULL, &again.target, again.arena, &again.match);
	is_withheld = query_find_withheld(&again);
	match_answers(asked, &again.legacy, is_withheld, &again.target, again.arena, &again.match);
	if (again.match.deviating == 0 && !match_breaks_order(asked, &again.match)) {
		note_raced(&again);
		if (!asked->is_tried && again.legacy.row_count > 0)
			query_try(settling->validation, asked, &again.legacy, is_withheld,
				  &again.target);
	} else if (!judge(settling, &again, is_settled, err)) {
		return false;
	}
	if (*is_settled)
		finish(settling, &again);
	return true;
}

/* Legacy is read for what deviates, and both are asked again; those stay open of which that did not tell. */
static bool settle_round(struct settling *settling, struct err *err)
{
	struct deviations resolved;
	int count = 0;

	if (!deviations_resolve(&settling->deviations, settling->validation, settling->queries,
				err))
		return false;
	if (settling->round == 1)
		settling->passes = settling->deviations.passes;
	for (int i = 0; i < settling->open_count; i++) {
		bool is_settled;

		if (!ask_again(settling, &settling->open[i], &is_settled, err))
			return false;
		if (!is_settled)
			settling->open[count++] = settling->open[i];
	}
	settling->open_count = count;
	resolved = settling->deviations;
	settling->deviations = settling->next;
	settling->next = resolved;
	deviations_release(&settling->next);
	deviations_init(&settling->next);
	return true;
}

bool queries_settle(struct settling *settling, struct err *err)
{
	for (settling->round = 1; settling->open_count > 0; settling->round++)
		if (!settle_round(settling, err))
			return false;
	deviations_release(&settling->deviations);
	deviations_init(&settling->deviations);
	arena_reset(&settling->kept);
	settling->open = NULL;
	return true;
}

/* ---- open ---- */

static struct span *copy_words(struct settling *settling, const struct asked_query *asked,
			       const struct span *words)
{
	int count = asked->info->parameter_count;
	struct span *copies = arena_alloc(&settling->kept, ((size_t)count + 1) * sizeof(*copies));

	for (int i = 0; i < count; i++)
		copies[i] = arena_copy(&settling->kept, words[i]);
	return copies;
}

bool query_keep_open(struct settling *settling, const struct asked_query *asked,
		     const struct words *words, const struct answer *legacy,
		     const struct answer *target, const struct match *match, struct err *err)
{
	deviations_add(&settling->deviations, asked, legacy, target, match);
	settling->open = arena_grow_by_one(&settling->kept, settling->open, settling->open_count,
					   sizeof(*settling->open));
	settling->open[settling->open_count++] = (struct open_question){
		.query = asked->index,
		.words = { copy_words(settling, asked, words->legacy),
			   copy_words(settling, asked, words->target) },
	};
	return settling->open_count < OPEN_MAX || queries_settle(settling, err);
}
