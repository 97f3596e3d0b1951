/*
 * list.c: which tables a PostgreSQL database holds, and which of them name rows of others.
 */
#include "drivers/postgres/postgres_internal.h"
#include "drivers/support/catalog.h"
#include "foreign_keys.sql.inc"
#include "tables.sql.inc"

enum { TABLE_OID, TABLE_NAME, TABLE_IS_LISTED };
enum { KEY_TABLE, KEY_CONSTRAINT, KEY_COLUMN, KEY_ABOVE, KEY_ABOVE_COLUMN };

static PGresult *ask(struct pg_conn *conn, const char *statement, struct err *err)
{
	struct span schemas = span_of(conn->schemas);

	buf_reset(&conn->sql);
	pg_sql_fill(conn, &conn->sql, statement, &schemas, 1);
	return wire_ask(conn, conn->sql.data, err);
}

/* NULL for a table of the server itself. */
static const char *name_of(const PGresult *tables, const char *oid)
{
	for (int i = 0; i < PQntuples(tables); i++)
		if (strcmp(PQgetvalue(tables, i, TABLE_OID), oid) == 0)
			return PQgetvalue(tables, i, TABLE_NAME);
	return NULL;
}

static void put_together(const PGresult *tables, const PGresult *keys, struct arena *arena,
			 struct catalog *catalog)
{
	struct catalog_builder builder;

	catalog_begin(&builder, arena);
	for (int i = 0; i < PQntuples(tables); i++)
		if (pg_field_is_true(tables, i, TABLE_IS_LISTED))
			catalog_add_table(&builder, PQgetvalue(tables, i, TABLE_NAME));
	for (int i = 0; i < PQntuples(keys); i++) {
		const char *table = name_of(tables, PQgetvalue(keys, i, KEY_TABLE));
		const char *above = name_of(tables, PQgetvalue(keys, i, KEY_ABOVE));

		if (table && above)
			catalog_add_column(&builder, table, pg_field_int(keys, i, KEY_CONSTRAINT),
					   PQgetvalue(keys, i, KEY_COLUMN), above,
					   PQgetvalue(keys, i, KEY_ABOVE_COLUMN));
	}
	*catalog = catalog_end(&builder);
}

bool pg_list(struct conn *base, struct arena *arena, struct catalog *catalog, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	PGresult *tables = ask(conn, tables_sql, err);
	PGresult *keys = tables ? ask(conn, foreign_keys_sql, err) : NULL;

	if (keys)
		put_together(tables, keys, arena, catalog);
	PQclear(tables);
	PQclear(keys);
	return keys != NULL;
}
