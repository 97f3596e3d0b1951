/*
 * tally.c: what no rule makes is counted, too: a value that the enum has not, a text that is no instant, a decision nobody declared.
 */
#include "engine/validate/tally.h"

#include "engine/base/json.h"
#include "engine/model/instant.h"

enum { DECISIONS_MAX = 64 };

/* ---- strata ---- */

static size_t open_item(struct tally *tally, struct span name, int group)
{
	int64_t at = span_map_get(&tally->by_name, name);

	if (at != SPAN_MAP_NONE)
		return (size_t)at;
	tally->items =
	    arena_grow_by_one(tally->arena, tally->items, tally->count, sizeof(*tally->items));
	tally->items[tally->count] = (struct tallied){ .name = name, .group = group };
	span_map_put(&tally->by_name, name, tally->count);
	return (size_t)tally->count++;
}

static size_t open_stratum(void *context, struct span name)
{
	return open_item(context, name, TALLY_OF_RULE);
}

static struct span bytes_of(const struct cell *cell)
{
	if (cell->kind == CELL_CUT)
		return (struct span){ cell->data, CELL_CUT_SIZE };
	return cell->size ? (struct span){ cell->data, cell->size } : SPAN("");
}

/* ---- what a record says ---- */

/* No enum here is of a masked field: by their values nothing is counted. */
static size_t strange_value(struct tally *tally, int enum_index, struct span value)
{
	struct span field = span_of(tally->entity->enums[enum_index].field);

	return open_item(tally, stratum_name(tally->arena, "enum", field, value), enum_index);
}

static void add_value(struct tally *tally, int enum_index, const struct cell *cell)
{
	struct span value = bytes_of(cell);
	int64_t known = span_map_get(&tally->values[enum_index], value);
	size_t at = known == SPAN_MAP_NONE
			? strange_value(tally, enum_index, value)
			: stratum_of_enum(&tally->strata, enum_index, (int)known);

	tally->items[at].target++;
}

static void add_year(struct tally *tally, int year_index, const struct cell *cell)
{
	const struct year_field *field = &tally->strata.years[year_index];
	struct span text = bytes_of(cell);
	struct local_time date;
	int64_t instant_us;
	bool is_one = field->is_instant ? instant_from_text(text, &instant_us)
					: text.size == DATE_TEXT_SIZE - 1 &&
					      date_parse(text, &date) == INSTANT_OK;
	size_t at = is_one
			? stratum_of_year(&tally->strata, year_index, (struct span){ text.data, 4 })
			: open_item(tally,
				    stratum_name(tally->arena, "year",
						 span_of(tally->entity->fields[field->field].name),
						 field->is_instant ? SPAN("not an instant")
								   : SPAN("not a date")),
				    TALLY_OF_RULE);

	tally->items[at].target++;
}

/* ---- decisions ---- */

static size_t decision_called(struct tally *tally, struct span id)
{
	const struct entity_info *entity = tally->entity;

	for (int i = 0; i < entity->decision_count; i++)
		if (span_equal_text(id, entity->decisions[i].id))
			return stratum_of_decision(&tally->strata, i);
	return open_item(tally, stratum_name(tally->arena, "decision", id, SPAN_NONE),
			 entity->enum_count);
}

static bool is_list_of_ids(const struct json_value *list)
{
	if (list->kind != JSON_ARRAY || list->item_count > DECISIONS_MAX)
		return false;
	for (size_t i = 0; i < list->item_count; i++)
		if (list->items[i].kind != JSON_STRING)
			return false;
	return true;
}

/* Records that list the same decisions are many, and lists few. A decision that is listed twice touched the record once. */
static struct tally_list read_list(struct tally *tally, struct span text)
{
	size_t *numbers = arena_alloc(tally->arena, DECISIONS_MAX * sizeof(*numbers));
	struct err ignored = { ERR_NONE, "" };
	struct json_value list;
	size_t count = 0;

	if (!json_read(text, tally->arena, &list, &ignored) || !is_list_of_ids(&list)) {
		numbers[count++] = decision_called(tally, SPAN("not a list"));
		return (struct tally_list){ numbers, count };
	}
	for (size_t i = 0; i < list.item_count; i++) {
		size_t number = decision_called(tally, list.items[i].text), before = 0;

		while (before < count && numbers[before] != number)
			before++;
		if (before == count)
			numbers[count++] = number;
	}
	return (struct tally_list){ numbers, count };
}

static void add_decisions(struct tally *tally, const struct cell *cell)
{
	struct span text = bytes_of(cell);
	int64_t at = span_map_get(&tally->by_list, text);

	if (at == SPAN_MAP_NONE) {
		text = arena_copy(tally->arena, text);
		tally->lists = arena_grow_by_one(tally->arena, tally->lists, tally->list_count,
						 sizeof(*tally->lists));
		tally->lists[tally->list_count] = read_list(tally, text);
		at = tally->list_count++;
		span_map_put(&tally->by_list, text, at);
	}
	for (size_t i = 0; i < tally->lists[at].count; i++)
		tally->items[tally->lists[at].numbers[i]].target++;
}

/* ---- the whole ---- */

void tally_init(struct tally *tally, const struct entity_info *entity, struct arena *arena)
{
	*tally = (struct tally){ .arena = arena, .entity = entity };
	tally->values = arena_alloc(arena, (size_t)entity->enum_count * sizeof(*tally->values) + 1);
	for (int i = 0; i < entity->enum_count; i++) {
		const struct enum_info *info = &entity->enums[i];

		span_map_init(&tally->values[i], arena, (size_t)info->value_count);
		for (int value = 0; value < info->value_count; value++)
			span_map_put(&tally->values[i], span_of(info->values[value]), value);
	}
	span_map_init(&tally->by_name, arena, 64);
	span_map_init(&tally->by_list, arena, 16);
	record_strata_init(&tally->strata, entity, arena, open_stratum, tally);
}

void tally_outcome(struct tally *tally, const struct outcome *outcome)
{
	size_t count = record_strata_find(&tally->strata, outcome);

	for (size_t i = 0; i < count; i++)
		tally->items[tally->strata.numbers[i]].legacy++;
}

void tally_record(struct tally *tally, const struct cell *cells)
{
	const struct cell *cell = cells;

	for (int i = 0; i < tally->entity->enum_count; i++, cell++)
		if (cell->kind != CELL_NULL)
			add_value(tally, i, cell);
	for (int i = 0; i < tally->strata.year_count; i++, cell++)
		if (cell->kind != CELL_NULL)
			add_year(tally, i, cell);
	if (cell->kind != CELL_NULL)
		add_decisions(tally, cell);
}
