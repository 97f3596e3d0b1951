/*
 * shape.c: what PostgreSQL knows of a table: its columns, how they compare, and its indexes.
 */
#include <stdlib.h>
#include <string.h>

#include "columns.sql.inc"
#include "drivers/postgres/postgres_internal.h"
#include "find_table.sql.inc"
#include "indexes.sql.inc"

enum { VARCHAR_EXTRA = 4, UTF8_BYTES_MAX = 4 };

static const struct {
	Oid oid;
	enum key_class key_class;
} key_types[] = {
	{ 20, KEY_INTEGER },   { 21, KEY_INTEGER },  { 23, KEY_INTEGER }, { 25, KEY_TEXT },
	{ 1043, KEY_TEXT },    { 1042, KEY_PADDED }, { 17, KEY_BYTES },   { 2950, KEY_UUID },
	{ 1700, KEY_NUMERIC }, { 1082, KEY_TIME },   { 1114, KEY_TIME },  { 1184, KEY_TIME },
	{ 16, KEY_BOOL },
};

enum { OID_BYTEA = 17, OID_BPCHAR = 1042, OID_VARCHAR = 1043, OID_NUMERIC = 1700 };

enum key_class pg_key_class_of(Oid base, char kind)
{
	for (size_t i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++)
		if (key_types[i].oid == base)
			return key_types[i].key_class;
	return kind == 'e' ? KEY_ENUM : KEY_OTHER;
}

/* Can a value take more than CELL_BYTES_MAX as text? Of numbers the longest has 147,455 digits. */
bool pg_type_is_long(Oid base, int64_t limit, int64_t size)
{
	if (size > 0 || base == OID_NUMERIC)
		return false;
	if (base == OID_VARCHAR || base == OID_BPCHAR)
		return limit < VARCHAR_EXTRA ||
		       (limit - VARCHAR_EXTRA) * UTF8_BYTES_MAX > CELL_BYTES_MAX;
	return true;
}

static const char *copy_field(struct arena *arena, const PGresult *result, int row, int column)
{
	return arena_copy(arena, pg_field_text(result, row, column)).data;
}

enum {
	COLUMN_NUMBER,
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_BASE_TYPE,
	COLUMN_BASE,
	COLUMN_KIND,
	COLUMN_LIMIT,
	COLUMN_SIZE,
	COLUMN_NOT_NULL,
	COLUMN_COLLATION,
	COLUMN_COLLATION_NAME,
	COLUMN_DETERMINISTIC
};

static struct shape_column column_of(const PGresult *result, int row, struct arena *arena)
{
	Oid base = (Oid)pg_field_int(result, row, COLUMN_BASE);
	char kind = PQgetvalue(result, row, COLUMN_KIND)[0];

	return (struct shape_column){
		.name = copy_field(arena, result, row, COLUMN_NAME),
		.type = copy_field(arena, result, row, COLUMN_TYPE),
		.base_type = copy_field(arena, result, row, COLUMN_BASE_TYPE),
		.base = base,
		.number = (int)pg_field_int(result, row, COLUMN_NUMBER),
		.key_class = pg_key_class_of(base, kind),
		.collation = (Oid)pg_field_int(result, row, COLUMN_COLLATION),
		.collation_name = copy_field(arena, result, row, COLUMN_COLLATION_NAME),
		.is_deterministic = pg_field_is_true(result, row, COLUMN_DETERMINISTIC),
		.not_null = pg_field_is_true(result, row, COLUMN_NOT_NULL),
		.is_bytes = base == OID_BYTEA,
		.is_long = pg_type_is_long(base, pg_field_int(result, row, COLUMN_LIMIT),
					   pg_field_int(result, row, COLUMN_SIZE)),
	};
}

static PGresult *ask(struct pg_conn *conn, const char *statement, const struct span *values,
		     int count, struct err *err)
{
	buf_reset(&conn->sql);
	pg_sql_fill(conn, &conn->sql, statement, values, count);
	return wire_ask(conn, conn->sql.data, err);
}

static bool read_columns(struct pg_conn *conn, struct span oid, struct arena *arena,
			 struct shape *shape, struct err *err)
{
	PGresult *result = ask(conn, columns_sql, &oid, 1, err);
	struct shape_column *columns;

	if (result == NULL)
		return false;
	shape->column_count = PQntuples(result);
	columns = arena_zalloc(arena, sizeof(*columns) * (size_t)(shape->column_count + 1));
	for (int i = 0; i < shape->column_count; i++)
		columns[i] = column_of(result, i, arena);
	shape->columns = columns;
	PQclear(result);
	return true;
}

static int column_by_number(const struct shape *shape, int64_t number)
{
	for (int i = 0; i < shape->column_count; i++)
		if (shape->columns[i].number == number)
			return i;
	return 0;
}

enum { INDEX_NAME, INDEX_UNIQUE, INDEX_COLUMN, INDEX_DESCENDS, INDEX_PLAIN, INDEX_PLACE };

/* The index whose first column stands in this row; *row ends on its last. */
static struct shape_index index_of(const PGresult *result, int *row, const struct shape *shape,
				   struct arena *arena)
{
	int first = *row, rows = PQntuples(result), *columns;
	struct shape_index index = {
		.name = copy_field(arena, result, first, INDEX_NAME),
		.is_unique = pg_field_is_true(result, first, INDEX_UNIQUE),
		.is_ordered = true,
	};

	while (*row + 1 < rows && pg_field_int(result, *row + 1, INDEX_PLACE) > 0)
		++*row;
	index.column_count = *row - first + 1;
	columns = arena_alloc(arena, sizeof(int) * (size_t)index.column_count);
	for (int i = 0; i < index.column_count; i++) {
		columns[i] = column_by_number(shape, pg_field_int(result, first + i, INDEX_COLUMN));
		index.is_ordered = index.is_ordered &&
				   pg_field_is_true(result, first + i, INDEX_PLAIN) &&
				   pg_field_int(result, first + i, INDEX_DESCENDS) ==
				       pg_field_int(result, first, INDEX_DESCENDS);
	}
	index.columns = columns;
	return index;
}

static bool read_indexes(struct pg_conn *conn, struct span oid, struct arena *arena,
			 struct shape *shape, struct err *err)
{
	PGresult *result = ask(conn, indexes_sql, &oid, 1, err);
	struct shape_index *indexes;

	if (result == NULL)
		return false;
	indexes = arena_zalloc(arena, sizeof(*indexes) * (size_t)(PQntuples(result) + 1));
	for (int row = 0; row < PQntuples(result); row++)
		indexes[shape->index_count++] = index_of(result, &row, shape, arena);
	shape->indexes = indexes;
	PQclear(result);
	return true;
}

static const char *kind_of(char kind)
{
	switch (kind) {
	case 'r':
	case 'p':
		return "table";
	case 'v':
		return "view";
	case 'm':
		return "materialized view";
	default:
		return "foreign table";
	}
}

bool pg_shape_read(struct pg_conn *conn, const char *schemas, const char *table,
		   struct arena *arena, struct shape *shape, struct err *err)
{
	struct span values[] = { span_of(table), span_of(schemas) };
	PGresult *result = ask(conn, find_table_sql, values, 2, err);
	struct span oid = SPAN_NONE;
	const char **tables;

	memset(shape, 0, sizeof(*shape));
	if (result == NULL)
		return false;
	if (PQntuples(result) > 0) {
		oid = arena_copy(arena, pg_field_text(result, 0, 0));
		shape->name = copy_field(arena, result, 0, 1);
		tables = arena_alloc(arena, sizeof(*tables));
		tables[0] = shape->name;
		shape->tables = tables;
		shape->table_count = 1;
		shape->kind = kind_of(PQgetvalue(result, 0, 2)[0]);
		shape->has_heirs = pg_field_is_true(result, 0, 3);
	}
	PQclear(result);
	return oid.data == NULL || (read_columns(conn, oid, arena, shape, err) &&
				    read_indexes(conn, oid, arena, shape, err));
}

int pg_shape_find(const struct shape *shape, const char *column)
{
	for (int i = 0; i < shape->column_count; i++)
		if (strcmp(shape->columns[i].name, column) == 0)
			return i;
	return -1;
}
