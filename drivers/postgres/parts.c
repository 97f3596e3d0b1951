/*
 * parts.c: what tables are made of besides their own columns: partitions and heirs, and the labels and attributes of types.
 *
 * A type is locked by nobody who reads a table, and its labels are those of the moment, whatever the snapshot. So types are
 * looked at after each read: what was read before that was written by the labels that stand there.
 */
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "parts.sql.inc"

enum { PART_KIND, PART_NAME, PART_PARTS, PART_ROWS };

struct part {
	const char *kind; /* "heir" or "type" */
	const char *name;
	const char *parts; /* labels or attributes; of an heir the table it belongs to */
	const char *rows;  /* of the catalog: which transactions made them */
};

struct part_list {
	struct part *items;
	int count;
};

static bool list_parts(struct reader *reader, struct arena *arena, struct part_list *list,
		       struct err *err)
{
	struct span tables = span_of(reader->tables);
	struct buf *sql = &reader->conn->sql;
	PGresult *result;

	buf_reset(sql);
	pg_sql_fill(reader->conn, sql, parts_sql, &tables, 1);
	result = wire_ask(reader->conn, sql->data, err);
	if (result == NULL)
		return false;
	list->count = PQntuples(result);
	list->items = arena_zalloc(arena, sizeof(*list->items) * (size_t)(list->count + 1));
	for (int i = 0; i < list->count; i++)
		list->items[i] = (struct part){
			.kind = arena_copy(arena, pg_field_text(result, i, PART_KIND)).data,
			.name = arena_copy(arena, pg_field_text(result, i, PART_NAME)).data,
			.parts = arena_copy(arena, pg_field_text(result, i, PART_PARTS)).data,
			.rows = arena_copy(arena, pg_field_text(result, i, PART_ROWS)).data,
		};
	PQclear(result);
	return true;
}

static bool is_type(const struct part *part)
{
	return strcmp(part->kind, "type") == 0;
}

static const struct part *find_part(const struct part_list *list, const struct part *like)
{
	for (int i = 0; i < list->count; i++)
		if (strcmp(list->items[i].kind, like->kind) == 0 &&
		    strcmp(list->items[i].name, like->name) == 0)
			return &list->items[i];
	return NULL;
}

/* Of a table that is one more only rows can come; of one that is gone they are missing. */
static bool check_heir(const struct part *was, const struct part *is, struct err *err)
{
	return is || err_set(err, ERR_DATA, "table %s has changed: %s belongs to it no longer",
			     was->parts, was->name);
}

static bool check_type(const struct part *was, const struct part *is, struct err *err)
{
	if (is == NULL || strcmp(was->parts, is->parts) != 0)
		return err_set(err, ERR_DATA,
			       "type %s has changed: it was made of %s and is made of %s now",
			       was->name, was->parts, is ? is->parts : "nothing");
	if (strcmp(was->rows, is->rows) != 0)
		return err_set(err, ERR_DATA,
			       "type %s has changed: what it is made of had other names in between",
			       was->name);
	return true;
}

static bool compare_parts(const struct part_list *old, const struct part_list *now, struct err *err)
{
	for (int i = 0; i < old->count; i++) {
		const struct part *was = &old->items[i], *is = find_part(now, was);

		if (!(is_type(was) ? check_type(was, is, err) : check_heir(was, is, err)))
			return false;
	}
	return true;
}

bool pg_parts_learn(struct reader *reader, struct err *err)
{
	struct part_list *list = arena_zalloc(&reader->shapes, sizeof(*list));

	if (!list_parts(reader, &reader->shapes, list, err))
		return false;
	for (int i = 0; i < list->count; i++)
		reader->has_types = reader->has_types || is_type(&list->items[i]);
	reader->parts = list;
	return true;
}

bool pg_parts_check_again(struct reader *reader, struct err *err)
{
	struct part_list now;

	return list_parts(reader, &reader->scratch, &now, err) &&
	       compare_parts(reader->parts, &now, err);
}

bool pg_parts_check_types(struct reader *reader, struct err *err)
{
	return !reader->has_types || pg_parts_check_again(reader, err);
}
