/*
 * answer.c: legacy's answer to a query, in the words of the rule.
 *
 * Each column of the answer holds one column of legacy (answers.lua found which). They are laid into a source row that holds nothing
 * else, and the field is made of it by the code that makes it of any row. A field sees the columns it reads and no others.
 */
#include "engine/base/require.h"
#include "engine/rules/derive_internal.h"

/* One row of each source, all of it NULL. As long as the row. */
static struct cell **open_row(struct evaluator *e, struct source_row *row)
{
	const struct source_set *set = &e->plan->info->sources;
	struct cell **cells = arena_alloc(&e->scratch, sizeof(*cells) * (size_t)set->source_count);

	source_row_init(row, &e->scratch, set->source_count);
	for (int i = 0; i < set->source_count; i++) {
		const struct cell **rows = arena_alloc(&e->scratch, sizeof(*rows));

		cells[i] = arena_zalloc(
		    &e->scratch, sizeof(**cells) * ((size_t)set->sources[i].column_count + 1));
		rows[0] = cells[i];
		row->rows[i] = rows;
		row->row_count[i] = 1;
	}
	return cells;
}

/* Fields are made in the order of steps; of the others nothing is known, and nobody asks. */
static struct result *make_field(struct evaluator *e, const struct answer_column *column)
{
	struct scope scope = evaluate_record_scope(e);

	for (int i = 0; i < scope.field_count; i++)
		scope.results[i].state = RESULT_FAILED;
	scope.field_count = column->step_count;
	evaluate_fields(e, &scope, column->steps);
	return &scope.results[column->steps[column->step_count - 1]];
}

/* A member of an object, or of the one element that the list has here. */
static struct result *make_member(struct evaluator *e, const struct answer_column *column)
{
	const struct field *outer = &e->plan->fields[column->outer];
	const struct scope record = evaluate_record_scope(e);
	struct scope scope = { .fields = outer->members,
			       .results = arena_alloc(&e->scratch, sizeof(struct result) *
								       (size_t)outer->slot_count),
			       .field_count = 1,
			       .whole = outer,
			       .child_source = -1 };

	if (outer->type == FIELD_LIST) {
		scope.child_source = outer->list_source;
		scope.depth = 1;
		e->steps[0] = (struct step){ outer->path, 0 };
	} else {
		scope.outer = &record;
	}
	scope.results[column->member].state = RESULT_FAILED;
	evaluate_fields(e, &scope, &column->member);
	return &scope.results[column->member];
}

int answer_protected(lua_State *lua)
{
	struct evaluator *e = host_of(lua)->evaluator;

	evaluate_push_handler(e);
	buf_reset(&e->body);
	e->answer =
	    e->answered->outer < 0 ? make_field(e, e->answered) : make_member(e, e->answered);
	return 0;
}

/* Nothing is kept in quarantine here. */
static void refuse(struct evaluator *e, struct field_answer *answer)
{
	for (size_t i = 0; i < e->faults.fault_count; i++)
		e->faults.faults[i].why = SPAN_NONE;
	answer->kind = FIELD_ANSWER_REJECT;
	answer->faults = e->faults.faults;
	answer->fault_count = e->faults.fault_count;
}

static void finish(struct evaluator *e, struct field_answer *answer)
{
	*answer = (struct field_answer){ .kind = FIELD_ANSWER_ABSENT };
	if (e->faults.fault_count) {
		refuse(e, answer);
	} else if (e->stop == STOP_SKIP) {
		answer->kind = FIELD_ANSWER_SKIP;
		answer->skip_text = arena_copy(e->arena, e->skip_text);
	} else if (!e->answer || e->answer->state == RESULT_FAILED) {
		evaluate_bug(e, "a field that failed without a fault");
	} else if (e->answer->state == RESULT_PRESENT) {
		answer->kind = FIELD_ANSWER_VALUE;
		answer->json = arena_copy(
		    e->arena, (struct span){ e->body.data + e->answer->at, e->answer->size });
	}
}

static void answer_column(struct evaluator *e, const struct answer_column *column,
			  struct cell **row, const struct cell *cells, struct field_answer *answer)
{
	require(column->cell_count > 0);
	for (int i = 0; i < column->cell_count; i++)
		row[column->cells[i].source][column->cells[i].column] =
		    cells[column->cells[i].from];
	e->generation++; /* the same cell may hold something else for another column */
	memset(e->missing_reported, 0, sizeof(e->missing_reported));
	e->answered = column;
	e->answer = NULL;
	evaluate_alone(e, e->answer_ref);
	finish(e, answer);
	for (int i = 0; i < column->cell_count; i++)
		row[column->cells[i].source][column->cells[i].column] =
		    (struct cell){ .kind = CELL_NULL };
}

bool rule_host_answer(struct rule_host *host, int entity_index, int query_index,
		      const struct cell *cells, struct arena *arena, struct field_answer *answers,
		      struct err *err)
{
	struct outcome outcome;
	struct evaluator *e = evaluate_begin(host, entity_index, arena, &outcome);
	const struct query_plan *query = &e->plan->queries[query_index];
	struct source_row source_row;
	struct cell **row;

	require(query_index >= 0 && query_index < e->plan->info->query_count);
	evaluate_reset(e);
	row = open_row(e, &source_row);
	e->row = &source_row;
	e->is_answer = true;
	e->phase = PHASE_FIELDS;
	e->early_faults = 0;
	for (int i = 0; i < query->column_count; i++)
		answer_column(e, &query->columns[i], row, cells, &answers[i]);
	e->row = NULL;
	e->outcome = NULL;
	return evaluate_end(e, err);
}
