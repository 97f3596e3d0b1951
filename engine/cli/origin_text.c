/*
 * origin_text.c: what a field of a record was made of, for people to read.
 */
#include "engine/cli/origin_text.h"

#include "engine/cli/text.h"

static void put_input(struct buf *buf, const struct origin_input *input)
{
	text_put_inert(buf, span_of(input->name));
	if (input->row_count >= 0)
		buf_print(buf, " (%lld %s)", (long long)input->row_count,
			  input->row_count == 1 ? "row" : "rows");
	else if (input->value.data)
		buf_put_char(buf, ' ');
	text_put_inert(buf, input->value);
}

static const char *choice_of(const struct entity_info *entity, const char *decision)
{
	for (int i = 0; i < entity->decision_count; i++)
		if (strcmp(entity->decisions[i].id, decision) == 0)
			return entity->decisions[i].choice;
	return "";
}

void origin_put_text(struct buf *out, const struct entity_info *entity,
		     const struct field_info *field, const struct source_row *row,
		     const struct json_value *record, struct arena *arena)
{
	const struct json_value *value = record ? json_member(record, field->name) : NULL;
	const struct origin_input *inputs = origin_inputs(entity, field, row, record, arena);
	struct buf json;

	buf_print(out, "  %-14s ", field->name);
	buf_init(&json);
	if (value)
		json_put_value(&json, value);
	else
		buf_put_text(&json, "(absent)");
	text_put_inert(out, buf_span(&json));
	buf_release(&json);
	buf_print(out, "\n                 %s from ", field->type);
	for (int i = 0; i < field->input_count; i++) {
		buf_put_text(out, i ? ", " : "");
		put_input(out, &inputs[i]);
	}
	for (int i = 0; i < field->decision_count; i++) {
		buf_print(out, "; decision %s: ", field->decisions[i]);
		text_put_inert(out, span_of(choice_of(entity, field->decisions[i])));
	}
	buf_print(out, "; %s:%d\n", field->file ? field->file : "", field->line);
}
