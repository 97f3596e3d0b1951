/*
 * example_text.c: a source row and what became of it as an entry of a rule file's `examples`.
 */
#include "engine/derive/example_text.h"

#include "engine/base/json.h"
#include "engine/base/lua_text.h"
#include "engine/base/utf8_step.h"

/* ---- stand-ins ---- */

static struct span stand_in_for(struct span text, struct arena *arena)
{
	struct buf buf;
	struct span copy;

	buf_init(&buf);
	for (size_t at = 0, size; at < text.size; at += size) {
		char c = text.data[at];

		size = utf8_step(text.data + at, text.size - at);
		size = size ? size : 1;
		if (c >= '0' && c <= '9')
			buf_put_char(&buf, '1');
		else if (c >= 'A' && c <= 'Z')
			buf_put_char(&buf, 'X');
		else if ((c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80)
			buf_put_char(&buf, 'x');
		else
			buf_put_char(&buf, c);
	}
	copy = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return copy;
}

static const struct cell *row_with_stand_ins(const struct source *source, const struct cell *row,
					     struct arena *arena, int *replaced)
{
	size_t count = (size_t)source->column_count;
	struct cell *copy = arena_alloc(arena, sizeof(*copy) * (count + 1));

	memcpy(copy, row, sizeof(*copy) * count);
	for (int c = 0; c < source->column_count; c++) {
		struct span text;

		if (!source->masked[c] || row[c].kind != CELL_TEXT || source_is_keyed_by(source, c))
			continue;
		text = stand_in_for(cell_span(&row[c]), arena);
		copy[c].data = text.data;
		copy[c].size = (uint32_t)text.size;
		++*replaced;
	}
	return copy;
}

/* Rows that several others refer to stay one. */
static const struct cell *const *rows_with_stand_ins(const struct source *source,
						     const struct cell *const *rows, uint32_t count,
						     struct arena *arena, int *replaced)
{
	const struct cell **copies = arena_zalloc(arena, sizeof(*copies) * ((size_t)count + 1));

	for (uint32_t r = 0; r < count; r++) {
		for (uint32_t before = 0; before < r && copies[r] == NULL; before++)
			if (rows[before] == rows[r])
				copies[r] = copies[before];
		if (copies[r] == NULL && rows[r])
			copies[r] = row_with_stand_ins(source, rows[r], arena, replaced);
	}
	return copies;
}

int source_row_stand_in(const struct source_set *sources, struct source_row *row,
			struct arena *arena)
{
	int replaced = 0;

	for (int s = 0; s < sources->source_count; s++)
		if (sources->sources[s].masked)
			row->rows[s] = rows_with_stand_ins(&sources->sources[s], row->rows[s],
							   row->row_count[s], arena, &replaced);
	return replaced;
}

const char *source_row_unspeakable(const struct source_set *sources, const struct source_row *row,
				   struct arena *arena)
{
	for (int s = 0; s < sources->source_count; s++) {
		const struct source *source = &sources->sources[s];

		for (uint32_t r = 0; r < row->row_count[s]; r++)
			for (int c = 0; row->rows[s][r] && c < source->column_count; c++) {
				enum cell_kind kind = (enum cell_kind)row->rows[s][r][c].kind;

				if (kind == CELL_BYTES || kind == CELL_CUT)
					return arena_print(arena, "%s.%s is %s", source->name,
							   source->columns[c],
							   kind == CELL_BYTES
							       ? "binary, which an example cannot "
								 "say"
							       : "above the size limit")
					    .data;
			}
	}
	return NULL;
}

/* ---- given ---- */

struct writer {
	struct buf *buf;
	const struct entity_info *entity;
	const struct source_row *row;
	const struct outcome *outcome;
};

static const struct source *source_at(const struct writer *writer, int index)
{
	return &writer->entity->sources.sources[index];
}

/* What an example need not say: a child is its parent's, and what stands for a row without a key is made of it. */
static bool follows_by_itself(const struct source *source, int column)
{
	for (int i = 0; source->kind == SOURCE_CHILDREN && i < source->parent_count; i++)
		if (source->parent_columns[i] == column)
			return true;
	return source->is_keyless && column == source->star_column;
}

static void put_children_of(struct writer *writer, struct lua_table *row_text, int above,
			    uint32_t number);

static void put_row(struct writer *writer, int index, uint32_t number)
{
	const struct source *source = source_at(writer, index);
	const struct cell *row = writer->row->rows[index][number];
	struct lua_table text = lua_table_open(writer->buf);

	for (int c = 0; c < source->column_count; c++)
		if (row[c].kind == CELL_TEXT && !follows_by_itself(source, c))
			lua_table_put(&text, span_of(source->columns[c]), cell_span(&row[c]));
	if (source->kind == SOURCE_CHILDREN)
		put_children_of(writer, &text, index, number);
	lua_table_close(&text);
}

static void put_rows(struct writer *writer, int index, uint32_t first, uint32_t end)
{
	struct lua_table text = lua_table_open(writer->buf);

	for (uint32_t r = first; r < end; r++) {
		if (writer->row->rows[index][r] == NULL)
			continue;
		lua_table_next(&text, 0, true);
		put_row(writer, index, r);
	}
	lua_table_close(&text);
}

static void put_children_of(struct writer *writer, struct lua_table *row_text, int above,
			    uint32_t number)
{
	for (int s = above + 1; s < writer->entity->sources.source_count; s++) {
		const struct source *source = source_at(writer, s);
		const uint32_t *starts = writer->row->starts[s];

		if (source->kind != SOURCE_CHILDREN || source->of != above || starts == NULL ||
		    starts[number] == starts[number + 1])
			continue;
		lua_table_next(row_text, strlen(source->name), true);
		lua_put_key(writer->buf, span_of(source->name));
		buf_put_text(writer->buf, " = ");
		put_rows(writer, s, starts[number], starts[number + 1]);
	}
}

/* Is it one row, rather than one for each row of a list? */
static bool is_single(const struct writer *writer, int index)
{
	const struct source *source = source_at(writer, index);

	if (source->kind == SOURCE_REFERENCE)
		return is_single(writer, source->from_source);
	return source->kind == SOURCE_ROOT;
}

/* The rows a list refers to, each once. */
static void put_referred(struct writer *writer, int index)
{
	const struct cell *const *rows = writer->row->rows[index];
	struct lua_table text = lua_table_open(writer->buf);

	for (uint32_t r = 0; r < writer->row->row_count[index]; r++) {
		bool is_new = rows[r] != NULL;

		for (uint32_t before = 0; before < r && is_new; before++)
			is_new = rows[before] != rows[r];
		if (!is_new)
			continue;
		lua_table_next(&text, 0, true);
		put_row(writer, index, r);
	}
	lua_table_close(&text);
}

static void put_given(struct writer *writer)
{
	struct lua_table text = lua_table_open(writer->buf);

	for (int s = 0; s < writer->entity->sources.source_count; s++) {
		const struct source *source = source_at(writer, s);
		uint32_t count = writer->row->row_count[s];
		bool is_inside = source->kind == SOURCE_CHILDREN && source->of > 0;

		if (count == 0 || is_inside || (is_single(writer, s) && !writer->row->rows[s][0]))
			continue;
		lua_table_next(&text, 0, true);
		lua_put_key(writer->buf, span_of(source->name));
		buf_put_text(writer->buf, " = ");
		if (is_single(writer, s))
			put_row(writer, s, 0);
		else if (source->kind == SOURCE_REFERENCE)
			put_referred(writer, s);
		else
			put_rows(writer, s, 0, count);
	}
	lua_table_close(&text);
}

/* ---- what is expected ---- */

/* No example can say null, and what holds one is left out. */
static bool holds_null(const struct json_value *value)
{
	if (value->kind == JSON_NULL)
		return true;
	for (size_t i = 0; i < value->item_count; i++)
		if (holds_null(&value->items[i]))
			return true;
	return false;
}

static void put_value(struct buf *buf, const struct json_value *value)
{
	struct lua_table text;

	switch (value->kind) {
	case JSON_STRING:
		lua_put_string(buf, value->text);
		return;
	case JSON_NUMBER:
		buf_put_span(buf, value->text);
		return;
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		buf_put_text(buf, value->kind == JSON_TRUE ? "true" : "false");
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	text = lua_table_open(buf);
	for (size_t i = 0; value->items && i < value->item_count; i++) {
		const struct json_value *item = &value->items[i];
		bool is_table = item->kind == JSON_ARRAY || item->kind == JSON_OBJECT;

		lua_table_next(&text, item->key.size + item->text.size + 4, is_table);
		if (value->kind == JSON_OBJECT) {
			lua_put_key(buf, item->key);
			buf_put_text(buf, " = ");
		}
		put_value(buf, item);
	}
	lua_table_close(&text);
}

static void put_expected(struct buf *buf, const struct entity_info *entity,
			 const struct json_value *record)
{
	struct lua_table text = lua_table_open(buf);

	for (int i = 0; i < entity->field_count; i++) {
		const char *name = entity->fields[i].name;
		const struct json_value *value = json_member(record, name);

		if (value == NULL) {
			lua_table_put_plain(&text, span_of(name), SPAN("absent"));
			continue;
		}
		if (holds_null(value))
			continue;
		lua_table_next(&text, strlen(name) + value->text.size + 5, value->items != NULL);
		lua_put_key(buf, span_of(name));
		buf_put_text(buf, " = ");
		put_value(buf, value);
	}
	lua_table_close(&text);
}

static bool same_fault(const struct fault *one, const struct fault *other)
{
	return span_equal_text(one->field, other->field.data ? other->field.data : "") &&
	       strcmp(one->code, other->code) == 0;
}

/* The codes of one field, each once; of one that came before nothing. */
static void put_codes(struct lua_table *text, const struct outcome *outcome, size_t at)
{
	const struct fault *fault = &outcome->faults[at];
	struct buf codes;
	int count = 0;

	for (size_t i = 0; i < at; i++)
		if (span_equal(outcome->faults[i].field, fault->field))
			return;
	buf_init(&codes);
	for (size_t i = at; i < outcome->fault_count; i++) {
		bool is_new = span_equal(outcome->faults[i].field, fault->field);

		for (size_t k = at; k < i && is_new; k++)
			is_new = !same_fault(&outcome->faults[k], &outcome->faults[i]);
		if (is_new)
			buf_print(&codes, "%s\"%s\"", count++ ? ", " : "", outcome->faults[i].code);
	}
	if (count > 1) {
		struct buf list;

		buf_init(&list);
		buf_print(&list, "{ %s }", codes.data);
		lua_table_put_plain(text, fault->field, buf_span(&list));
		buf_release(&list);
	} else {
		lua_table_put_plain(text, fault->field, buf_span(&codes));
	}
	buf_release(&codes);
}

static void put_rejects(struct buf *buf, const struct outcome *outcome)
{
	struct lua_table text = lua_table_open(buf);

	for (size_t i = 0; i < outcome->fault_count; i++)
		put_codes(&text, outcome, i);
	lua_table_close(&text);
}

static bool put_outcome(struct writer *writer, struct arena *arena, struct err *err)
{
	struct json_value record;

	switch (writer->outcome->kind) {
	case OUTCOME_SKIP:
		buf_put_text(writer->buf, "skips = ");
		lua_put_string(writer->buf, writer->outcome->skip_text);
		return true;
	case OUTCOME_REJECT:
		buf_put_text(writer->buf, "rejects = ");
		put_rejects(writer->buf, writer->outcome);
		return true;
	case OUTCOME_RECORD:
		break;
	}
	if (!json_read(writer->outcome->body, arena, &record, err))
		return err_while(err, "reading back the record of %.*s",
				 SPAN_ARGS(writer->row->key));
	buf_put_text(writer->buf, "expect = ");
	put_expected(writer->buf, writer->entity, &record);
	return true;
}

bool example_put(struct buf *buf, int indent, const struct entity_info *entity, struct span name,
		 const struct source_row *row, const struct outcome *outcome, struct arena *arena,
		 struct err *err)
{
	struct writer writer = { buf, entity, row, outcome };

	buf_print(buf, "%*s{ ", indent, "");
	lua_put_string(buf, name);
	buf_print(buf, ",\n%*s%s = ", indent + 2, "",
		  outcome->kind == OUTCOME_REJECT ? "given  " : "given ");
	put_given(&writer);
	buf_print(buf, ",\n%*s", indent + 2, "");
	if (!put_outcome(&writer, arena, err))
		return false;
	buf_put_text(buf, " },\n");
	return true;
}

/* ---- a row that was read ---- */

static struct span name_of(const struct entity_info *entity, const struct source_row *row,
			   struct arena *arena)
{
	struct json_value key;
	struct err ignored = { .code = ERR_NONE };
	struct buf name;
	struct span kept;

	if (!json_read(row->key, arena, &key, &ignored) || key.item_count != 1)
		return arena_print(arena, "%s %.*s", entity->sources.sources[0].table,
				   SPAN_ARGS(row->key));
	buf_init(&name);
	buf_print(&name, "%s ", entity->sources.sources[0].table);
	buf_put_span(&name, key.items[0].text);
	kept = arena_copy(arena, buf_span(&name));
	buf_release(&name);
	return kept;
}

static bool derive_one(struct rule_host *host, int entity_index, const struct joined *joined,
		       size_t row, struct source_row *copy, struct arena *arena,
		       struct outcome *outcome, struct err *err)
{
	struct joined one = *joined;

	one.rows = copy;
	one.row_count = 1;
	one.duplicate_child = joined->duplicate_child ? joined->duplicate_child + row : NULL;
	one.duplicate_root = joined->duplicate_root ? joined->duplicate_root + row : NULL;
	return derive_joined(host, entity_index, &one, 0, 1, arena, outcome, err);
}

/* Masked values may decide what becomes of a row. */
static const char *told_apart(const struct outcome *real, const struct outcome *shown)
{
	static const char why_not[] = "what becomes of it depends on values that are masked, and "
				      "with others in their place it ends otherwise";

	if (real->kind != shown->kind || real->decisions != shown->decisions ||
	    real->fault_count != shown->fault_count)
		return why_not;
	for (size_t i = 0; i < real->fault_count; i++)
		if (strcmp(real->faults[i].code, shown->faults[i].code) != 0)
			return why_not;
	return NULL;
}

bool example_record(struct rule_host *host, int entity_index, const struct joined *joined,
		    size_t row, struct span name, int indent, struct buf *buf, const char **why_not,
		    struct arena *arena, struct err *err)
{
	const struct entity_info *entity = &rule_host_migration(host)->entities[entity_index];
	size_t source_count = (size_t)entity->sources.source_count;
	struct source_row copy = joined->rows[row];
	struct outcome real, shown;

	copy.rows = memcpy(arena_alloc(arena, sizeof(*copy.rows) * (source_count + 1)), copy.rows,
			   sizeof(*copy.rows) * source_count);
	*why_not = source_row_unspeakable(&entity->sources, &copy, arena);
	if (*why_not)
		return true;
	if (!derive_one(host, entity_index, joined, row, &copy, arena, &real, err))
		return false;
	shown = real;
	if (source_row_stand_in(&entity->sources, &copy, arena) > 0 &&
	    !derive_one(host, entity_index, joined, row, &copy, arena, &shown, err))
		return false;
	*why_not = told_apart(&real, &shown);
	if (*why_not)
		return true;
	return example_put(buf, indent, entity, name.data ? name : name_of(entity, &copy, arena),
			   &copy, &shown, arena, err);
}
