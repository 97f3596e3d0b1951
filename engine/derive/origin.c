/*
 * origin.c: what one field of a record was made of.
 */
#include "engine/derive/origin.h"

#include <string.h>

#include "engine/model/mask.h"

static struct span cell_json(const struct source *source, const struct cell *row, int column,
			     struct arena *arena)
{
	const struct cell *cell = row ? &row[column] : NULL;
	struct buf json;
	struct span kept;

	if (cell == NULL || cell->kind == CELL_NULL)
		return SPAN("null");
	buf_init(&json);
	if (source->masked && source->masked[column]) {
		struct buf mask;

		buf_init(&mask);
		mask_put(&mask, cell_span(cell));
		json_put_lossy(&json, buf_span(&mask));
		buf_release(&mask);
	} else {
		json_put_lossy(&json, cell_span(cell));
	}
	kept = arena_copy(arena, buf_span(&json));
	buf_release(&json);
	return kept;
}

static bool is_one_row(const struct source_set *sources, int index)
{
	const struct source *source = &sources->sources[index];

	if (source->kind == SOURCE_REFERENCE)
		return is_one_row(sources, source->from_source);
	return source->kind == SOURCE_ROOT;
}

static void fill_column(const struct entity_info *entity, const struct source_row *row, int index,
			const char *column, struct origin_input *input, struct arena *arena)
{
	const struct source *source = &entity->sources.sources[index];
	int place = source_find_column(source, span_of(column));

	if (place < 0)
		return;
	if (!is_one_row(&entity->sources, index))
		input->row_count = row->row_count[index];
	else if (row->row_count[index] > 0)
		input->value = cell_json(source, row->rows[index][0], place, arena);
}

static void fill_field(const char *name, const struct json_value *record,
		       struct origin_input *input, struct arena *arena)
{
	const struct json_value *value = record ? json_member(record, name) : NULL;
	struct buf json;

	if (value == NULL)
		return;
	buf_init(&json);
	json_put_value(&json, value);
	input->value = arena_copy(arena, buf_span(&json));
	buf_release(&json);
}

/* A column of the root goes before a source of that name, as in a rule file. */
static void fill(const struct entity_info *entity, const struct source_row *row,
		 const struct json_value *record, struct origin_input *input, struct arena *arena)
{
	static const char by_field[] = "field ";
	const struct source_set *sources = &entity->sources;
	const char *dot = strchr(input->name, '.');
	struct span above = { input->name, dot ? (size_t)(dot - input->name) : 0 };
	int rows = source_find(sources, span_of(input->name));

	if (strncmp(input->name, by_field, sizeof(by_field) - 1) == 0)
		fill_field(input->name + sizeof(by_field) - 1, record, input, arena);
	else if (!row)
		return;
	else if (source_find_column(&sources->sources[0], span_of(input->name)) >= 0)
		fill_column(entity, row, 0, input->name, input, arena);
	else if (rows >= 0)
		input->row_count = row->row_count[rows];
	else if (dot && source_find(sources, above) >= 0)
		fill_column(entity, row, source_find(sources, above), dot + 1, input, arena);
}

const struct origin_input *origin_inputs(const struct entity_info *entity,
					 const struct field_info *field,
					 const struct source_row *row,
					 const struct json_value *record, struct arena *arena)
{
	struct origin_input *inputs =
	    arena_zalloc(arena, sizeof(*inputs) * ((size_t)field->input_count + 1));

	for (int i = 0; i < field->input_count; i++) {
		inputs[i] = (struct origin_input){ .name = field->inputs[i], .row_count = -1 };
		fill(entity, row, record, &inputs[i], arena);
	}
	return inputs;
}

static void put_input(struct json_writer *json, const struct origin_input *input)
{
	json_open(json, '{');
	json_key_text(json, "name", input->name);
	if (input->row_count >= 0) {
		json_key_int(json, "rows", input->row_count);
	} else {
		json_key(json, "value");
		json_raw(json, input->value.data ? input->value : SPAN("null"));
	}
	json_close(json, '}');
}

static void put_decision(struct json_writer *json, const struct entity_info *entity, const char *id)
{
	json_open(json, '{');
	json_key_text(json, "id", id);
	json_key(json, "choice");
	for (int i = 0; i < entity->decision_count; i++)
		if (strcmp(entity->decisions[i].id, id) == 0)
			json_text(json, entity->decisions[i].choice);
	json_close(json, '}');
}

static void put_place(struct json_writer *json, const struct field_info *field)
{
	json_open(json, '{');
	json_key_text(json, "file", field->file);
	json_key_int(json, "line", field->line);
	json_close(json, '}');
}

void origin_put_json(struct json_writer *json, const struct entity_info *entity,
		     const struct field_info *field, const struct source_row *row,
		     const struct json_value *record, struct arena *arena)
{
	const struct origin_input *inputs = origin_inputs(entity, field, row, record, arena);
	struct origin_input value = { .name = field->name };

	fill_field(field->name, record, &value, arena);
	json_open(json, '{');
	json_key_text(json, "field", field->name);
	json_key_text(json, "type", field->type);
	json_key(json, "value");
	json_raw(json, value.value.data ? value.value : SPAN("null"));
	json_key(json, "from");
	json_open(json, '[');
	for (int i = 0; i < field->input_count; i++)
		put_input(json, &inputs[i]);
	json_close(json, ']');
	json_key(json, "decisions");
	json_open(json, '[');
	for (int i = 0; i < field->decision_count; i++)
		put_decision(json, entity, field->decisions[i]);
	json_close(json, ']');
	json_key(json, "rule");
	put_place(json, field);
	json_close(json, '}');
}
