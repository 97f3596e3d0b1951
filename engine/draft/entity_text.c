/*
 * entity_text.c: an entity of a draft as it stands in a rule file.
 */
#include <string.h>

#include "engine/base/lua_text.h"
#include "engine/draft/plan.h"
#include "engine/model/row_key.h"

enum { COMMENT_COLUMNS = 118, FIELD_COLUMN_MAX = 24 };

/* ---- comments ---- */

void entity_put_comment(struct buf *buf, int indent, struct span text)
{
	struct buf inert;
	int column = 0;

	buf_init(&inert);
	lua_put_comment(&inert, text);
	for (size_t at = 0, end; at < inert.size; at = end + 1) {
		const char *blank = memchr(inert.data + at, ' ', inert.size - at);
		int size;

		end = blank ? (size_t)(blank - inert.data) : inert.size;
		size = (int)(end - at);
		if (column == 0 || column + 1 + size > COMMENT_COLUMNS) {
			buf_print(buf, "%s%*s--", column ? "\n" : "", indent, "");
			column = indent + 2;
		}
		buf_print(buf, " %.*s", size, inert.data + at);
		column += size + 1;
	}
	buf_put_char(buf, '\n');
	buf_release(&inert);
}

static void put_finding(struct buf *buf, int indent, const struct finding *finding)
{
	struct buf text;

	buf_init(&text);
	buf_print(&text, "%s", finding->name);
	if (finding->count > 0)
		buf_print(&text, ", %lld %s", (long long)finding->count,
			  finding->count == 1 ? "row" : "rows");
	buf_print(&text, ": %s; %s", finding->text, finding->advice);
	entity_put_comment(buf, indent, buf_span(&text));
	buf_release(&text);
}

/* What was found of a column (NULL: of the table) and is no decision of its own. */
static void put_findings(struct buf *buf, int indent, const struct draft_entity *entity,
			 const struct table_profile *table, const char *column)
{
	for (int i = 0; i < table->finding_count; i++) {
		const struct finding *finding = &table->findings[i];
		bool is_of = column ? finding->column && strcmp(finding->column, column) == 0
				    : finding->column == NULL;

		if (is_of && !doubts_hold(entity, finding) &&
		    strcmp(finding->name, "no-offset") != 0)
			put_finding(buf, indent, finding);
	}
}

/* ---- in front of the migration ---- */

static void put_value(struct buf *buf, const struct draft_field *field, int index)
{
	const struct value_count *value = &field->column->values[index], *other;
	const char *doubt = doubts_about_value(field->column, index, &other);
	struct buf line;

	buf_init(&line);
	buf_put_text(&line, doubt ? "  -- " : "  ");
	lua_put_key(&line, value->value);
	buf_put_text(&line, " = ");
	if (doubt == NULL)
		lua_put_string(&line, value->value);
	else if (other)
		lua_put_string(&line, other->value);
	else
		buf_put_text(&line, "?");
	buf_print(&line, ",%*s -- %lld", line.size < 40 ? (int)(40 - line.size) : 0, "",
		  (long long)value->count);
	if (doubt)
		buf_print(&line, ", not mapped yet: %s",
			  other ? "another spelling?" : "is it a value?");
	buf_put_char(&line, '\n');
	buf_put_span(buf, buf_span(&line));
	buf_release(&line);
}

static void put_mapping(struct buf *buf, const struct draft_source *source,
			const struct draft_field *field)
{
	struct buf text;

	buf_init(&text);
	buf_print(&text,
		  "%s.%s: %lld values in %lld rows. Legacy's word on the left, what it means "
		  "on the right; a word that is not here is rejected.",
		  source->table->name, field->column->info->name,
		  (long long)field->column->distinct_count, (long long)source->table->read_count);
	entity_put_comment(buf, 0, buf_span(&text));
	buf_release(&text);
	buf_print(buf, "local %s = {\n", field->table);
	for (int i = 0; i < field->column->value_kinds; i++)
		put_value(buf, field, i);
	buf_put_text(buf, "}\n\n");
}

static bool has_sense(const struct draft_entity *entity, enum sense sense)
{
	for (int s = 0; s < entity->source_count; s++)
		for (int i = 0; i < entity->sources[s].field_count; i++)
			if (entity->sources[s].fields[i].sense == sense)
				return true;
	return false;
}

bool entity_has_local_times(const struct draft_entity *entity)
{
	return has_sense(entity, SENSE_LOCAL);
}

void entity_put_mappings(struct buf *buf, const struct draft_entity *entity)
{
	for (int s = 0; s < entity->source_count; s++)
		for (int i = 0; i < entity->sources[s].field_count; i++)
			if (entity->sources[s].fields[i].sense == SENSE_ENUM)
				put_mapping(buf, &entity->sources[s],
					    &entity->sources[s].fields[i]);
}

/* ---- sources ---- */

static void put_names(struct buf *buf, const char *const *names, int count)
{
	struct lua_table list;

	if (count == 1) {
		lua_put_string(buf, span_of(names[0]));
		return;
	}
	list = lua_table_open(buf);
	for (int i = 0; i < count; i++) {
		lua_table_next(&list, strlen(names[i]) + 2, false);
		lua_put_string(buf, span_of(names[i]));
	}
	lua_table_close(&list);
}

static const char *column_type(enum sense sense)
{
	switch (sense) {
	case SENSE_BOOLEAN:
		return "boolean";
	case SENSE_INSTANT:
		return "instant";
	case SENSE_LOCAL:
		return "LOCAL_TIME";
	case SENSE_BYTES:
		return "bytes";
	case SENSE_JSON:
		return "json";
	case SENSE_PHP:
		return "php";
	default:
		return NULL;
	}
}

static void put_types(struct buf *buf, const struct draft_source *source)
{
	struct lua_table types;
	bool has_any = false;

	for (int i = 0; i < source->field_count; i++)
		has_any = has_any || column_type(source->fields[i].sense);
	if (!has_any)
		return;
	buf_put_text(buf, ",\n        types  = ");
	types = lua_table_open(buf);
	for (int i = 0; i < source->field_count; i++)
		if (column_type(source->fields[i].sense))
			lua_table_put_plain(&types, span_of(source->fields[i].column->info->name),
					    span_of(column_type(source->fields[i].sense)));
	lua_table_close(&types);
}

static void put_ignored(struct buf *buf, const struct draft_source *source)
{
	struct lua_table ignored;

	if (source->unsayable_count == 0)
		return;
	buf_put_text(buf, ",\n        ignore = ");
	ignored = lua_table_open(buf);
	for (int i = 0; i < source->unsayable_count; i++)
		lua_table_put(&ignored, span_of(source->unsayable[i]),
			      SPAN("a rule file cannot name it: read it by a query"));
	lua_table_close(&ignored);
}

static void put_source(struct buf *buf, const struct draft_entity *entity,
		       const struct draft_source *source)
{
	put_findings(buf, 6, entity, source->table, NULL);
	buf_put_text(buf, "      ");
	lua_put_key(buf, span_of(source->name));
	buf_put_text(buf, source->parent ? " = children " : " = table ");
	lua_put_string(buf, span_of(source->table->name));
	buf_put_text(buf, " {\n        ");
	if (source->parent) {
		buf_put_text(buf, "parent = ");
		put_names(buf, source->parent, source->parent_count);
		buf_put_text(buf, ", ");
	}
	buf_put_text(buf, source->parent ? "key = " : "key    = ");
	if (source->key)
		put_names(buf, source->key, source->key_count);
	else
		buf_put_text(buf, "\"*\"");
	put_types(buf, source);
	put_ignored(buf, source);
	buf_put_text(buf, " },\n");
}

/* ---- fields ---- */

static const char *word_of(enum sense sense)
{
	static const char *const words[] = {
		[SENSE_TEXT] = "text",       [SENSE_INTEGER] = "integer", [SENSE_BIGINT] = "bigint",
		[SENSE_DECIMAL] = "decimal", [SENSE_BOOLEAN] = "boolean", [SENSE_DATE] = "date",
		[SENSE_INSTANT] = "instant", [SENSE_LOCAL] = "instant",   [SENSE_ENUM] = "enum",
		[SENSE_BYTES] = "bytes",     [SENSE_JSON] = "json",       [SENSE_PHP] = "json",
		[SENSE_REF] = "ref",
	};

	return words[sense];
}

/* The mapped values, each once. */
static void put_enum_values(struct buf *buf, const struct draft_field *field,
			    struct lua_table *table)
{
	const struct value_count *other;

	for (int i = 0; i < field->column->value_kinds; i++) {
		if (doubts_about_value(field->column, i, &other))
			continue;
		lua_table_next(table, field->column->values[i].value.size + 2, false);
		lua_put_string(buf, field->column->values[i].value);
	}
}

static void put_field_decisions(struct lua_table *table, const struct draft_field *field)
{
	struct buf names;

	if (field->decision_count == 0)
		return;
	buf_init(&names);
	put_names(&names, field->decisions, field->decision_count);
	lua_table_put_plain(table, SPAN("decision"), buf_span(&names));
	buf_release(&names);
}

static void put_field(struct buf *buf, int indent, int width, const struct draft_field *field)
{
	struct buf name;
	struct lua_table table;

	buf_init(&name);
	lua_put_key(&name, span_of(field->name));
	buf_print(buf, "%*s%-*s = %s ", indent, "", width, name.data, word_of(field->sense));
	buf_release(&name);
	if (field->sense == SENSE_REF) {
		lua_put_string(buf, span_of(field->ref));
		buf_put_char(buf, ' ');
	}
	table = lua_table_open(buf);
	if (field->sense == SENSE_ENUM)
		put_enum_values(buf, field, &table);
	if (field->sense == SENSE_DECIMAL) {
		lua_table_next(&table, 6, false);
		buf_print(buf, "%d, %d", field->digits, field->scale);
	}
	lua_table_put(&table, SPAN("from"), span_of(field->column->info->name));
	if (field->table)
		lua_table_put_plain(&table, SPAN("lookup"), span_of(field->table));
	if (field->is_optional)
		lua_table_put_plain(&table, SPAN("optional"), SPAN("true"));
	if (field->is_masked)
		lua_table_put_plain(&table, SPAN("mask"), SPAN("true"));
	put_field_decisions(&table, field);
	lua_table_close(&table);
	buf_put_text(buf, ",\n");
}

static int field_width(const struct draft_source *source, int least)
{
	int width = least;

	for (int i = 0; i < source->field_count; i++) {
		int size = (int)strlen(source->fields[i].name);

		if (size > width && size <= FIELD_COLUMN_MAX)
			width = size;
	}
	return width;
}

static void put_fields(struct buf *buf, int indent, const struct draft_entity *entity,
		       const struct draft_source *source, int width)
{
	for (int i = 0; i < source->field_count; i++) {
		put_findings(buf, indent, entity, source->table,
			     source->fields[i].column->info->name);
		put_field(buf, indent, width, &source->fields[i]);
	}
}

static void put_id(struct buf *buf, const struct draft_entity *entity, int width)
{
	const struct draft_source *root = &entity->sources[0];

	buf_print(buf, "      %-*s = id { from = ", width, entity->id);
	if (root->key)
		put_names(buf, root->key, root->key_count);
	else
		buf_put_text(buf, "\"*\"");
	buf_print(buf, ", prefix = \"%s_\"%s },\n", entity->name, root->key ? "" : ", hash = true");
	if (entity->copies)
		buf_print(buf, "      %-*s = integer { from = \"%s\" },\n", width, entity->copies,
			  ROW_COPIES_COLUMN);
}

static void put_all_fields(struct buf *buf, const struct draft_entity *entity)
{
	int width = field_width(&entity->sources[0], (int)strlen(entity->id));

	buf_put_text(buf, "\n    fields = {\n");
	put_id(buf, entity, width);
	put_fields(buf, 6, entity, &entity->sources[0], width);
	for (int s = 1; s < entity->source_count; s++) {
		const struct draft_source *source = &entity->sources[s];

		buf_print(buf, "      %-*s = list { from = \"%s\", each = {\n", width, source->list,
			  source->name);
		put_fields(buf, 8, entity, source, field_width(source, 1));
		buf_put_text(buf, "      } },\n");
	}
	buf_put_text(buf, "    },\n");
}

void entity_put(struct buf *buf, const struct draft_entity *entity, struct span examples)
{
	buf_print(buf, "entity \"%s\" {\n    source = {\n", entity->name);
	for (int s = 0; s < entity->source_count; s++)
		put_source(buf, entity, &entity->sources[s]);
	buf_put_text(buf, "    },\n");
	doubts_put_decisions(buf, entity);
	put_all_fields(buf, entity);
	doubts_put_rejects(buf, entity);
	if (examples.size > 0) {
		buf_put_text(buf, "\n    examples = {\n");
		buf_put_span(buf, examples);
		buf_put_text(buf, "    },\n");
	}
	buf_put_text(buf, "  }");
}
