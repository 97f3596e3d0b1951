/*
 * strata.c: what the rows of a pass went through: each row into the strata it belongs to.
 */
#include "engine/move/strata.h"

#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/target/record_strata.h"
#include "engine/target/stratum.h"

struct gathering {
	const struct pass *pass;
	const struct entity_info *entity;
	struct strata *strata;
	struct record_strata of_records;
	uint32_t *skips; /* by reason: 0 where its stratum is nowhere yet, else its index and 1 */
	struct span_map reasons; /* made by the rule: those that are counted by name */
	size_t row;
	uint64_t hash; /* of the row */
};

/* ---- strata ---- */

static size_t open_stratum(void *context, struct span name)
{
	struct gathering *gathering = context;
	struct strata *strata = gathering->strata;
	int64_t at = span_map_get(&strata->by_name, name);
	struct known_stratum known;

	if (at != SPAN_MAP_NONE)
		return (size_t)at;
	strata->items =
	    arena_grow_by_one(strata->arena, strata->items, strata->count, sizeof(*strata->items));
	strata_ask(gathering->pass->worker->mover, gathering->pass->lease->entity, name, &known);
	strata->items[strata->count] = (struct stratum){ .name = name, .there = known.count };
	bottom_init(&strata->items[strata->count].bottom, STRATUM_KEPT_MIN, known.is_bounded,
		    known.bound);
	span_map_put(&strata->by_name, name, strata->count);
	return (size_t)strata->count++;
}

static void add_to(struct gathering *gathering, size_t at)
{
	struct stratum *stratum = &gathering->strata->items[at];

	stratum->count++;
	bottom_add(&stratum->bottom, gathering->strata->arena, gathering->hash, gathering->row);
}

static void add_by_name(struct gathering *gathering, const char *kind, struct span of)
{
	struct span name = stratum_name(gathering->strata->arena, kind, of, SPAN_NONE);

	add_to(gathering, open_stratum(gathering, name));
}

/* ---- rows ---- */

static void add_record(struct gathering *gathering, const struct outcome *outcome)
{
	size_t count = record_strata_find(&gathering->of_records, outcome);

	for (size_t i = 0; i < count; i++)
		add_to(gathering, gathering->of_records.numbers[i]);
}

/* A row that has a code in many fields went through it once. */
static void add_codes(struct gathering *gathering, const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->fault_count; i++) {
		const char *code = outcome->faults[i].code;
		size_t first = 0;

		while (strcmp(outcome->faults[first].code, code) != 0)
			first++;
		if (first == i)
			add_by_name(gathering, "reject", span_of(code));
	}
}

static void add_skip(struct gathering *gathering, const struct outcome *outcome)
{
	uint32_t *place;

	if (outcome->skip_reason < 0) {
		bool is_counted =
		    span_map_get(&gathering->reasons, outcome->skip_text) != SPAN_MAP_NONE;

		add_by_name(gathering, "skip", is_counted ? outcome->skip_text : SPAN("…"));
		return;
	}
	place = &gathering->skips[outcome->skip_reason];
	if (*place == 0) {
		struct span name =
		    stratum_name(gathering->strata->arena, "skip", outcome->skip_text, SPAN_NONE);

		*place = (uint32_t)open_stratum(gathering, name) + 1;
	}
	add_to(gathering, *place - 1);
}

static void add_row(struct gathering *gathering, size_t row)
{
	const struct outcome *outcome = &gathering->pass->outcomes[row];
	bool is_record = outcome->kind == OUTCOME_RECORD;

	gathering->row = row;
	gathering->hash =
	    sample_hash(is_record ? outcome->id : gathering->pass->joined->rows[row].key, 0);
	switch (outcome->kind) {
	case OUTCOME_RECORD:
		add_record(gathering, outcome);
		return;
	case OUTCOME_SKIP:
		add_skip(gathering, outcome);
		return;
	case OUTCOME_REJECT:
		add_codes(gathering, outcome);
		return;
	}
}

/* ---- the whole ---- */

static int compare_spans(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Which of the reasons that the rule made are counted by name: the first ones by bytes, whichever row came first. */
static void choose_reasons(struct gathering *gathering)
{
	const struct pass *pass = gathering->pass;
	size_t row_count = pass->joined->row_count;
	struct span *reasons = NULL;
	size_t count = 0;

	span_map_init(&gathering->reasons, pass->arena, 0);
	for (size_t i = 0; i < row_count; i++) {
		if (pass->outcomes[i].kind != OUTCOME_SKIP || pass->outcomes[i].skip_reason >= 0)
			continue;
		if (!reasons)
			reasons = arena_alloc(pass->arena, (row_count - i) * sizeof(*reasons));
		reasons[count++] = pass->outcomes[i].skip_text;
	}
	if (count == 0)
		return;
	qsort(reasons, count, sizeof(*reasons), compare_spans);
	for (size_t i = 0; i < count && gathering->reasons.count < STRATA_REASONS_MAX; i++)
		span_map_put(&gathering->reasons, reasons[i], 0);
}

static void prepare(struct gathering *gathering)
{
	const struct entity_info *entity = gathering->entity;
	struct arena *arena = gathering->pass->arena;

	record_strata_init(&gathering->of_records, entity, arena, open_stratum, gathering);
	gathering->skips =
	    arena_zalloc(arena, (size_t)entity->skip_reason_count * sizeof(uint32_t) + 1);
	choose_reasons(gathering);
}

/* Roots that share a key, which only a rejected one does, are one row here, as it is looked up by its key. */
static void drop_twins(const struct pass *pass, struct bottom *bottom)
{
	const struct source_row *rows = pass->joined->rows;
	size_t kept = 0;

	for (size_t i = 0; i < bottom->count; i++) {
		const struct bottom_item *before = kept > 0 ? &bottom->items[kept - 1] : NULL;

		if (!before || before->hash != bottom->items[i].hash ||
		    !span_equal(rows[before->row].key, rows[bottom->items[i].row].key))
			bottom->items[kept++] = bottom->items[i];
	}
	bottom->count = kept;
}

void strata_gather(const struct pass *pass, struct strata *strata)
{
	struct gathering gathering = { .pass = pass, .entity = pass->entity, .strata = strata };

	*strata = (struct strata){ .arena = pass->arena };
	span_map_init(&strata->by_name, pass->arena, 64);
	prepare(&gathering);
	for (size_t i = 0; i < pass->joined->row_count; i++)
		add_row(&gathering, i);
	for (int i = 0; i < strata->count; i++) {
		bottom_sort(&strata->items[i].bottom);
		drop_twins(pass, &strata->items[i].bottom);
	}
}

static int compare_names(const void *a, const void *b)
{
	return span_compare((*(const struct stratum *const *)a)->name,
			    (*(const struct stratum *const *)b)->name);
}

struct span strata_to_json(const struct strata *strata)
{
	const struct stratum **sorted =
	    arena_alloc(strata->arena, (size_t)strata->count * sizeof(*sorted) + 1);
	struct buf json;
	struct span text;

	for (int i = 0; i < strata->count; i++)
		sorted[i] = &strata->items[i];
	if (strata->count > 1)
		qsort(sorted, (size_t)strata->count, sizeof(*sorted), compare_names);
	buf_init(&json);
	buf_put_char(&json, '{');
	for (int i = 0; i < strata->count; i++) {
		if (i > 0)
			buf_put_char(&json, ',');
		json_put_string(&json, sorted[i]->name);
		buf_put_char(&json, ':');
		buf_put_int(&json, sorted[i]->count);
	}
	buf_put_char(&json, '}');
	text = arena_copy(strata->arena, buf_span(&json));
	buf_release(&json);
	return text;
}
