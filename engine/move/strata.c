/*
 * strata.c: what the rows of a pass went through: each row into the strata it belongs to.
 */
#include "engine/move/strata.h"

#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/model/instant.h"
#include "engine/model/utf8.h"
#include "engine/target/stratum.h"

enum { YEARS = 10000, DECISIONS_MAX = 64 };

struct year_field {
	int field;
	size_t from_end; /* the year's first digit, from the end of the member */
	uint32_t *places;
};

struct gathering {
	const struct pass *pass;
	const struct entity_info *entity;
	struct strata *strata;
	struct buf name;
	/* Where a stratum is, is looked up by number, not by name, for what nearly every row has: 0 where it is nowhere yet, else
	 * its index and 1. */
	uint32_t **enums; /* by enum and value */
	uint32_t decisions[DECISIONS_MAX];
	uint32_t *skips; /* by reason */
	struct year_field *years;
	int year_count;
	struct span_map reasons; /* made by the rule: those that are counted by name */
	size_t row;
	uint64_t hash; /* of the row */
};

/* ---- names ---- */

/* The name in scratch as it may stand in a store, in an index, and in JSON. */
static struct span name_to_keep(struct gathering *gathering)
{
	struct arena *arena = gathering->strata->arena;
	struct span name = buf_span(&gathering->name);
	size_t size = utf8_first_bad(name);

	if (size == name.size && size <= STRATUM_NAME_MAX)
		return arena_copy(arena, name);
	if (size > STRATUM_NAME_MAX - 20)
		size = utf8_first_bad((struct span){ name.data, STRATUM_NAME_MAX - 20 });
	return arena_print(arena, "%.*s…%016llx", (int)size, name.data,
			   (unsigned long long)sample_hash(name, 0));
}

static void put_name(struct gathering *gathering, const char *kind, struct span of,
		     struct span value)
{
	buf_reset(&gathering->name);
	buf_put_text(&gathering->name, kind);
	buf_put_char(&gathering->name, ':');
	buf_put_span(&gathering->name, of);
	if (!value.data)
		return;
	buf_put_char(&gathering->name, '=');
	buf_put_span(&gathering->name, value);
}

/* ---- strata ---- */

static size_t open_stratum(struct gathering *gathering)
{
	struct strata *strata = gathering->strata;
	struct span name = name_to_keep(gathering);
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

/* value: NULL data where the stratum has none. */
static void add(struct gathering *gathering, uint32_t *place, const char *kind, struct span of,
		struct span value)
{
	if (*place == 0) {
		put_name(gathering, kind, of, value);
		*place = (uint32_t)open_stratum(gathering) + 1;
	}
	add_to(gathering, *place - 1);
}

static void add_by_name(struct gathering *gathering, const char *kind, struct span of)
{
	uint32_t place = 0;

	add(gathering, &place, kind, of, SPAN_NONE);
}

/* ---- rows ---- */

/* Instants and dates have one length, so the year lies at a known distance from the member's end. */
static void add_year(struct gathering *gathering, const struct year_field *at,
		     const struct outcome *outcome)
{
	uint32_t begin = at->field > 0 ? outcome->member_ends[at->field - 1] : 0;
	uint32_t end = outcome->member_ends[at->field];
	struct span text;
	uint32_t year = 0;

	if (begin == end)
		return;
	require(end - begin > at->from_end);
	text = (struct span){ outcome->body.data + end - at->from_end, 4 };
	for (size_t i = 0; i < text.size; i++) {
		require(text.data[i] >= '0' && text.data[i] <= '9');
		year = year * 10 + (uint32_t)(text.data[i] - '0');
	}
	add(gathering, &at->places[year], "year",
	    span_of(gathering->entity->fields[at->field].name), text);
}

static void add_record(struct gathering *gathering, const struct outcome *outcome)
{
	const struct entity_info *entity = gathering->entity;

	for (int i = 0; i < entity->enum_count; i++) {
		int value = outcome->enum_values[i];

		if (value >= 0)
			add(gathering, &gathering->enums[i][value], "enum",
			    span_of(entity->enums[i].field),
			    span_of(entity->enums[i].values[value]));
	}
	for (int i = 0; i < entity->decision_count; i++)
		if (outcome->decisions >> i & 1)
			add(gathering, &gathering->decisions[i], "decision",
			    span_of(entity->decisions[i].id), SPAN_NONE);
	for (int i = 0; i < gathering->year_count; i++)
		add_year(gathering, &gathering->years[i], outcome);
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
	if (outcome->skip_reason >= 0)
		add(gathering, &gathering->skips[outcome->skip_reason], "skip", outcome->skip_text,
		    SPAN_NONE);
	else if (span_map_get(&gathering->reasons, outcome->skip_text) != SPAN_MAP_NONE)
		add_by_name(gathering, "skip", outcome->skip_text);
	else
		add_by_name(gathering, "skip", SPAN("…"));
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

static void find_years(struct gathering *gathering)
{
	const struct entity_info *entity = gathering->entity;
	struct arena *arena = gathering->pass->arena;

	gathering->years =
	    arena_alloc(arena, (size_t)entity->field_count * sizeof(*gathering->years) + 1);
	for (int i = 0; i < entity->field_count; i++) {
		bool is_instant = strcmp(entity->fields[i].type, "instant") == 0;

		if (!is_instant && strcmp(entity->fields[i].type, "date") != 0)
			continue;
		/* Their sizes count the NUL, in whose place the closing quote stands. */
		gathering->years[gathering->year_count++] = (struct year_field){
			.field = i,
			.from_end = is_instant ? INSTANT_TEXT_SIZE : DATE_TEXT_SIZE,
			.places = arena_zalloc(arena, YEARS * sizeof(uint32_t)),
		};
	}
}

static void prepare(struct gathering *gathering)
{
	const struct entity_info *entity = gathering->entity;
	struct arena *arena = gathering->pass->arena;

	require(entity->decision_count <= DECISIONS_MAX);
	gathering->enums =
	    arena_alloc(arena, (size_t)entity->enum_count * sizeof(*gathering->enums) + 1);
	for (int i = 0; i < entity->enum_count; i++)
		gathering->enums[i] = arena_zalloc(
		    arena, (size_t)entity->enums[i].value_count * sizeof(uint32_t) + 1);
	gathering->skips =
	    arena_zalloc(arena, (size_t)entity->skip_reason_count * sizeof(uint32_t) + 1);
	find_years(gathering);
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
	buf_init(&gathering.name);
	prepare(&gathering);
	for (size_t i = 0; i < pass->joined->row_count; i++)
		add_row(&gathering, i);
	buf_release(&gathering.name);
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
