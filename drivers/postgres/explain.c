/*
 * explain.c: which index serves what legacy is asked; "" where a table is walked or sorted for it.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/base/json.h"
#include "engine/model/utf8.h"

struct reading {
	bool walks;
	struct span index; /* the first one that is used */
};

static void read_node(struct reading *reading, const struct json_value *node)
{
	static const char *const walking[] = { "Seq Scan", "Sort", "Incremental Sort" };
	const struct json_value *kind = json_member(node, "Node Type");
	const struct json_value *index = json_member(node, "Index Name");

	for (int i = 0; kind && i < 3; i++)
		reading->walks = reading->walks || span_equal_text(kind->text, walking[i]);
	/* An index that is read from end to end. */
	if (index && !json_member(node, "Index Cond"))
		reading->walks = true;
	if (index && reading->index.data == NULL)
		reading->index = index->text;
}

static void read_plan(struct reading *reading, const struct json_value *value)
{
	if (value->kind == JSON_OBJECT)
		read_node(reading, value);
	for (size_t i = 0; i < value->item_count; i++)
		read_plan(reading, &value->items[i]);
}

static bool plan_of(struct reader *reader, const struct buf *select, struct reading *reading,
		    struct err *err)
{
	struct buf *sql = &reader->conn->sql;
	struct json_value plan;
	PGresult *result;
	bool ok;

	buf_reset(sql);
	buf_put_text(sql, "explain (costs off, format json) ");
	buf_put_span(sql, buf_span(select));
	result = wire_ask(reader->conn, sql->data, err);
	if (result == NULL)
		return false;
	ok = json_read(arena_copy(&reader->scratch, pg_field_text(result, 0, 0)), &reader->scratch,
		       &plan, err);
	PQclear(result);
	if (ok)
		read_plan(reading, &plan);
	return ok;
}

static bool explain_one(struct reader *reader, struct json_writer *json, int source_index,
			struct err *err)
{
	const struct source *source = reader->sources[source_index].sql.source;
	struct reading reading = { .walks = false };

	if (!plan_of(reader, &reader->sql, &reading, err))
		return false;
	json_open(json, '{');
	json_key(json, "source");
	json_text(json, pg_source_name(source));
	json_key(json, "statement");
	json_string(json, buf_span(&reader->sql));
	json_key(json, "index");
	json_string(json, reading.walks || reading.index.data == NULL ? SPAN("") : reading.index);
	json_close(json, '}');
	return true;
}

/* Some value of the column; only the store knows the labels of an enum. */
static bool any_value(struct reader *reader, const struct shape_column *column, struct span *text,
		      struct err *err)
{
	struct buf *sql = &reader->conn->sql;
	PGresult *result;

	*text = span_of(pg_key_any_value(column));
	if (column->key_class != KEY_ENUM)
		return true;
	buf_reset(sql);
	buf_print(sql, "select enum_first(null::%s)", column->base_type);
	result = wire_ask(reader->conn, sql->data, err);
	if (result)
		*text = arena_copy(&reader->scratch, pg_field_text(result, 0, 0));
	PQclear(result);
	return result != NULL;
}

static bool any_key(struct reader *reader, struct key_bound *bound, struct err *err)
{
	bound->is_set = true;
	for (int i = 0; i < reader->part_count; i++)
		if (!any_value(reader, pg_match_column(&reader->sources[0], i), &bound->parts[i],
			       err))
			return false;
	return true;
}

/* What is not UTF-8 cannot stand in a report, and the index does not depend on it. */
static bool can_be_told(const struct reader *reader, const PGresult *result)
{
	for (int i = 0; i < reader->part_count && PQntuples(result) > 0; i++) {
		struct span text = pg_field_text(result, 0, i);

		if (utf8_first_bad(text) < text.size)
			return false;
	}
	return PQntuples(result) > 0;
}

/* The first or the last key, as legacy's index has it; or any. */
static bool take_end(struct reader *reader, const char *direction, struct key_bound *bound,
		     struct err *err)
{
	const struct source_reader *root = &reader->sources[0];
	struct buf *sql = &reader->conn->sql;
	PGresult *result;
	bool is_told;

	buf_reset(sql);
	for (int i = 0; i < reader->part_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		sql_put_name(sql, pg_match_column(root, i)->name);
	}
	buf_print(sql, " from %s", root->sql.from);
	for (int i = 0; i < reader->part_count; i++) {
		buf_put_text(sql, i == 0 ? " order by " : ", ");
		sql_put_name(sql, pg_match_column(root, i)->name);
		buf_put_text(sql, direction);
	}
	buf_put_text(sql, " limit 1");
	result = wire_ask(reader->conn, sql->data, err);
	if (result == NULL)
		return false;
	is_told = can_be_told(reader, result);
	bound->is_set = true;
	for (int i = 0; i < reader->part_count && is_told; i++)
		bound->parts[i] = arena_copy(&reader->scratch, pg_field_text(result, 0, i));
	PQclear(result);
	return is_told || any_key(reader, bound, err);
}

static bool learn_limits(struct reader *reader, struct err *err)
{
	/* Where an end would have to be searched for any will do. */
	if (reader->sources[0].sql.source->query || reader->sources[0].sql.source->is_keyless) {
		if (!any_key(reader, &reader->limits.above, err))
			return false;
		reader->limits.up_to = reader->limits.key = reader->limits.above;
		return true;
	}
	if (!take_end(reader, "", &reader->limits.above, err) ||
	    !take_end(reader, " desc", &reader->limits.up_to, err))
		return false;
	reader->limits.key = reader->limits.up_to;
	return true;
}

static bool explain_source(struct reader *reader, int source_index, struct json_writer *json,
			   struct err *err)
{
	const struct source_reader *source = &reader->sources[source_index];

	buf_reset(&reader->sql);
	if (source->sql.source->kind == SOURCE_REFERENCE) {
		pg_reference_put_example(reader, source_index);
		return explain_one(reader, json, source_index, err);
	}
	pg_reader_put_select(reader, &reader->sql, source_index, ROWS_BETWEEN);
	if (!explain_one(reader, json, source_index, err))
		return false;
	buf_reset(&reader->sql);
	pg_reader_put_select(reader, &reader->sql, source_index, ROWS_OF_KEY);
	return explain_one(reader, json, source_index, err);
}

static bool explain_all(struct reader *reader, struct json_writer *json, struct err *err)
{
	if (!learn_limits(reader, err))
		return false;
	buf_reset(&reader->sql);
	pg_reader_put_bound(reader, &reader->sql, ROWS_BETWEEN);
	buf_put_text(&reader->sql, " limit 2 offset 1999");
	if (!explain_one(reader, json, 0, err))
		return false;
	for (int i = 0; i < reader->set->source_count; i++)
		if (!explain_source(reader, i, json, err))
			return false;
	return true;
}

bool pg_explain(struct reader *reader, struct buf *out, struct err *err)
{
	struct json_writer json;
	bool ok;

	arena_reset(&reader->scratch);
	json_writer_init(&json, out);
	json_open(&json, '[');
	buf_reset(&reader->sql);
	buf_put_text(&reader->sql, "begin read only");
	if (reader->has_queries) {
		buf_put_char(&reader->sql, ';');
		pg_sql_put_path(reader->conn, &reader->sql);
	}
	ok = wire_do(reader->conn, reader->sql.data, err) && explain_all(reader, &json, err);
	pg_snapshot_give_up(reader, false);
	json_close(&json, ']');
	return ok;
}
