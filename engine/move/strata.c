/*
 * strata.c: what the rows of a chunk went through, counted.
 */
#include "engine/base/json.h"
#include "engine/move/pass.h"

struct tally {
	struct span_map map;
	struct span *names;
	int64_t *counts;
	size_t count, capacity;
	struct arena *arena;
	struct buf name;
};

static void add(struct tally *tally, const char *kind, struct span of, const char *value)
{
	int64_t at;

	buf_reset(&tally->name);
	buf_put_text(&tally->name, kind);
	buf_put_char(&tally->name, ':');
	buf_put_span(&tally->name, of);
	if (value) {
		buf_put_char(&tally->name, '=');
		buf_put_text(&tally->name, value);
	}
	at = span_map_get(&tally->map, buf_span(&tally->name));
	if (at == SPAN_MAP_NONE) {
		if (tally->count == tally->capacity) {
			size_t larger = tally->capacity * 2 + 16;

			tally->names = arena_grow(tally->arena, tally->names,
						  tally->capacity * sizeof(*tally->names),
						  larger * sizeof(*tally->names));
			tally->counts = arena_grow(tally->arena, tally->counts,
						   tally->capacity * sizeof(*tally->counts),
						   larger * sizeof(*tally->counts));
			tally->capacity = larger;
		}
		at = (int64_t)tally->count++;
		tally->names[at] = arena_copy(tally->arena, buf_span(&tally->name));
		tally->counts[at] = 0;
		span_map_put(&tally->map, tally->names[at], at);
	}
	tally->counts[at]++;
}

static void add_record(struct tally *tally, const struct pass *pass, const struct outcome *outcome)
{
	const struct entity_info *entity = pass->entity;

	for (int i = 0; i < entity->enum_count; i++)
		if (outcome->enum_values[i] >= 0)
			add(tally, "enum", span_of(entity->enums[i].field),
			    entity->enums[i].values[outcome->enum_values[i]]);
	for (int i = 0; i < entity->decision_count; i++)
		if (outcome->decisions >> i & 1)
			add(tally, "decision", span_of(entity->decisions[i].id), NULL);
}

/* A row that has a code in many fields went through it once. */
static void add_codes(struct tally *tally, const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->fault_count; i++) {
		const char *code = outcome->faults[i].code;
		size_t first = 0;

		while (strcmp(outcome->faults[first].code, code) != 0)
			first++;
		if (first == i)
			add(tally, "reject", span_of(code), NULL);
	}
}

static void add_outcome(struct tally *tally, const struct pass *pass, const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_RECORD:
		add_record(tally, pass, outcome);
		return;
	case OUTCOME_SKIP:
		add(tally, "skip", outcome->skip_text, NULL);
		return;
	case OUTCOME_REJECT:
		add_codes(tally, outcome);
		return;
	}
}

static void sort_names(struct tally *tally)
{
	/* Few names: insertion sort keeps names and counts together. */
	for (size_t i = 1; i < tally->count; i++) {
		struct span name = tally->names[i];
		int64_t count = tally->counts[i];
		size_t at = i;

		for (; at > 0 && span_compare(tally->names[at - 1], name) > 0; at--) {
			tally->names[at] = tally->names[at - 1];
			tally->counts[at] = tally->counts[at - 1];
		}
		tally->names[at] = name;
		tally->counts[at] = count;
	}
}

struct span strata_count(const struct pass *pass)
{
	struct tally tally = { .arena = pass->arena };
	struct buf json;
	struct span text;

	span_map_init(&tally.map, pass->arena, 64);
	buf_init(&tally.name);
	for (size_t i = 0; i < pass->joined->row_count; i++)
		add_outcome(&tally, pass, &pass->outcomes[i]);
	buf_release(&tally.name);
	sort_names(&tally);

	buf_init(&json);
	buf_put_char(&json, '{');
	for (size_t i = 0; i < tally.count; i++) {
		if (i > 0)
			buf_put_char(&json, ',');
		json_put_lossy(&json, tally.names[i]);
		buf_put_char(&json, ':');
		buf_put_int(&json, tally.counts[i]);
	}
	buf_put_char(&json, '}');
	text = arena_copy(pass->arena, buf_span(&json));
	buf_release(&json);
	return text;
}
