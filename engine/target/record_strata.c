/*
 * record_strata.c: the strata of records, by what the rule made or by their values one by one.
 */
#include "engine/target/record_strata.h"

#include "engine/base/require.h"
#include "engine/model/instant.h"
#include "engine/model/utf8.h"

enum { YEARS = 10000, YEAR_DIGITS = 4 };

/* ---- names ---- */

static struct span name_to_keep(struct arena *arena, struct span name)
{
	size_t size = utf8_first_bad(name);

	if (size == name.size && size <= STRATUM_NAME_MAX)
		return arena_copy(arena, name);
	if (size > STRATUM_NAME_MAX - 20)
		size = utf8_first_bad((struct span){ name.data, STRATUM_NAME_MAX - 20 });
	return arena_print(arena, "%.*s…%016llx", (int)size, name.data,
			   (unsigned long long)sample_hash(name, 0));
}

struct span stratum_name(struct arena *arena, const char *kind, struct span of, struct span value)
{
	struct buf name;
	struct span kept;

	buf_init(&name);
	buf_put_text(&name, kind);
	buf_put_char(&name, ':');
	buf_put_span(&name, of);
	if (value.data) {
		buf_put_char(&name, '=');
		buf_put_span(&name, value);
	}
	kept = name_to_keep(arena, buf_span(&name));
	buf_release(&name);
	return kept;
}

/* ---- numbers ---- */

static size_t number_at(struct record_strata *strata, uint32_t *place, const char *kind,
			struct span of, struct span value)
{
	if (*place == 0)
		*place = (uint32_t)strata->open(strata->context,
						stratum_name(strata->arena, kind, of, value)) +
			 1;
	return *place - 1;
}

size_t stratum_of_enum(struct record_strata *strata, int enum_index, int value)
{
	const struct enum_info *info = &strata->entity->enums[enum_index];

	return number_at(strata, &strata->enums[enum_index][value], "enum", span_of(info->field),
			 span_of(info->values[value]));
}

size_t stratum_of_decision(struct record_strata *strata, int decision)
{
	return number_at(strata, &strata->decisions[decision], "decision",
			 span_of(strata->entity->decisions[decision].id), SPAN_NONE);
}

size_t stratum_of_year(struct record_strata *strata, int year_index, struct span digits)
{
	const struct year_field *at = &strata->years[year_index];
	uint32_t year = 0;

	require(digits.size == YEAR_DIGITS);
	for (size_t i = 0; i < YEAR_DIGITS; i++) {
		require(digits.data[i] >= '0' && digits.data[i] <= '9');
		year = year * 10 + (uint32_t)(digits.data[i] - '0');
	}
	return number_at(strata, &at->places[year], "year",
			 span_of(strata->entity->fields[at->field].name), digits);
}

/* ---- a record that the rule made ---- */

/* Instants and dates have one length, so the year lies at a known distance from the member's end. Their sizes count the NUL, in
 * whose place the closing quote stands. No digits where the field is absent. */
static struct span digits_of(const struct outcome *outcome, const struct year_field *at)
{
	size_t from_end = at->is_instant ? INSTANT_TEXT_SIZE : DATE_TEXT_SIZE;
	uint32_t begin = at->field > 0 ? outcome->member_ends[at->field - 1] : 0;
	uint32_t end = outcome->member_ends[at->field];

	if (begin == end)
		return SPAN_NONE;
	require(end - begin > from_end);
	return (struct span){ outcome->body.data + end - from_end, YEAR_DIGITS };
}

size_t record_strata_find(struct record_strata *strata, const struct outcome *outcome)
{
	const struct entity_info *entity = strata->entity;
	size_t *numbers = strata->numbers;
	size_t count = 0;

	for (int i = 0; i < entity->enum_count; i++)
		if (outcome->enum_values[i] >= 0)
			numbers[count++] = stratum_of_enum(strata, i, outcome->enum_values[i]);
	for (int i = 0; i < entity->decision_count; i++)
		if (outcome->decisions >> i & 1)
			numbers[count++] = stratum_of_decision(strata, i);
	for (int i = 0; i < strata->year_count; i++) {
		struct span digits = digits_of(outcome, &strata->years[i]);

		if (digits.data)
			numbers[count++] = stratum_of_year(strata, i, digits);
	}
	return count;
}

/* ---- the whole ---- */

static void find_years(struct record_strata *strata)
{
	const struct entity_info *entity = strata->entity;

	strata->years =
	    arena_alloc(strata->arena, (size_t)entity->field_count * sizeof(*strata->years) + 1);
	for (int i = 0; i < entity->field_count; i++) {
		bool is_instant = strcmp(entity->fields[i].type, "instant") == 0;

		/* A year is part of its value. */
		if (entity->fields[i].is_masked ||
		    (!is_instant && strcmp(entity->fields[i].type, "date") != 0))
			continue;
		strata->years[strata->year_count++] = (struct year_field){
			.field = i,
			.is_instant = is_instant,
			.places = arena_zalloc(strata->arena, YEARS * sizeof(uint32_t)),
		};
	}
}

void record_strata_init(struct record_strata *strata, const struct entity_info *entity,
			struct arena *arena, size_t (*open)(void *context, struct span name),
			void *context)
{
	size_t count;

	*strata = (struct record_strata){
		.entity = entity,
		.arena = arena,
		.open = open,
		.context = context,
		.enums =
		    arena_alloc(arena, (size_t)entity->enum_count * sizeof(*strata->enums) + 1),
		.decisions =
		    arena_zalloc(arena, (size_t)entity->decision_count * sizeof(uint32_t) + 1),
	};
	for (int i = 0; i < entity->enum_count; i++)
		strata->enums[i] = arena_zalloc(
		    arena, (size_t)entity->enums[i].value_count * sizeof(uint32_t) + 1);
	find_years(strata);
	count = (size_t)(entity->enum_count + entity->decision_count + strata->year_count);
	strata->numbers = arena_alloc(arena, count * sizeof(*strata->numbers) + 1);
}
