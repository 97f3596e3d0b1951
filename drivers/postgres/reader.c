/*
 * reader.c: opens and closes what reads legacy.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

/* Of what can be locked at all. */
static void put_lock(struct buf *locks, const char *table)
{
	buf_put_text(locks, locks->size > 0 ? "," : "");
	buf_put_text(locks, table);
}

static void list_tables(struct reader *reader)
{
	struct buf tables, locks;

	buf_init(&tables);
	buf_init(&locks);
	for (int i = 0; i < reader->set->source_count; i++) {
		const struct shape *shape = &reader->sources[i].shape;

		for (int t = 0; t < shape->table_count; t++) {
			pg_sql_put_element(&tables, shape->tables[t]);
			if (shape->is_locked == NULL || shape->is_locked[t])
				put_lock(&locks, shape->tables[t]);
		}
		reader->has_queries = reader->has_queries || reader->set->sources[i].query;
	}
	pg_sql_end_array(&tables);
	reader->tables = arena_copy(&reader->shapes, buf_span(&tables)).data;
	reader->locks = arena_copy(&reader->shapes, buf_span(&locks)).data;
	/* What a query makes may be longer than all it reads. */
	reader->cuts = reader->has_queries;
	buf_release(&locks);
	buf_release(&tables);
}

/* Nothing says of a query that its keys are not NULL; such rows would lie in no range. */
static bool refuse_nulls(struct reader *reader, struct err *err)
{
	const struct source_reader *root = &reader->sources[0];
	struct buf *sql = &reader->conn->sql;
	PGresult *result;
	bool has_nulls;

	if (root->sql.source->query == NULL)
		return true;
	buf_reset(sql);
	buf_print(sql, "begin read only; set local statement_timeout = '%ds'; ", WALK_SECONDS_MAX);
	pg_sql_put_path(reader->conn, sql);
	buf_print(sql, "; select 1 from %s", root->sql.from);
	for (int i = 0; i < root->sql.match_count; i++) {
		buf_put_text(sql, i == 0 ? " where " : " or ");
		sql_put_name(sql, pg_match_column(root, i)->name);
		buf_put_text(sql, " is null");
	}
	buf_put_text(sql, " limit 1");
	reader->conn->answer_seconds = WALK_SECONDS_MAX + ANSWER_SECONDS_MAX;
	result = wire_ask(reader->conn, sql->data, err);
	reader->conn->answer_seconds = ANSWER_SECONDS_MAX;
	has_nulls = result && PQntuples(result) > 0;
	PQclear(result);
	pg_snapshot_give_up(reader, false);
	if (has_nulls)
		err_set(err, ERR_RULE, "the key column %s.%s is NULL in some rows",
			root->sql.source->table, pg_match_column(root, 0)->name);
	return result && !has_nulls;
}

bool pg_open_reader(struct conn *conn, const struct source_set *sources, struct reader **opened,
		    struct err *err)
{
	struct reader *reader = memory_resize(NULL, sizeof(*reader));

	memset(reader, 0, sizeof(*reader));
	reader->conn = pg_of(conn);
	reader->set = sources;
	arena_init(&reader->shapes);
	arena_init(&reader->scratch);
	buf_init(&reader->key);
	buf_init(&reader->sql);
	reader->sources =
	    arena_zalloc(&reader->shapes, sizeof(*reader->sources) * (size_t)sources->source_count);
	if (pg_reader_check(reader, err) && refuse_nulls(reader, err)) {
		list_tables(reader);
		if (pg_parts_learn(reader, err) && pg_snapshot_prepare(reader, err)) {
			*opened = reader;
			return true;
		}
	}
	pg_close_reader(reader);
	return false;
}

void pg_close_reader(struct reader *reader)
{
	pg_snapshot_forget(reader);
	seen_release(&reader->asked);
	seen_release(&reader->seen);
	buf_release(&reader->sql);
	buf_release(&reader->key);
	arena_release(&reader->scratch);
	arena_release(&reader->shapes);
	free(reader);
}
