/*
 * conn.c: the one door between the engine and its drivers: promises, crash points, context.
 */
#include <math.h>
#include <string.h>

#include "drivers/driver.h"
#include "engine/base/clock.h"
#include "engine/base/crash.h"
#include "engine/base/require.h"

static void require_source(const struct conn *conn)
{
	require(conn->role == CONN_SOURCE);
	require(conn->driver->can & DRIVER_CAN_SOURCE);
}

static void require_archive(const struct conn *conn)
{
	require(conn->role == CONN_ARCHIVE);
	require(conn->driver->can & DRIVER_CAN_ARCHIVE);
}

static void require_target(const struct conn *conn)
{
	require(conn->role == CONN_TARGET || conn->role == CONN_TARGET_READ);
	require(conn->driver->can & DRIVER_CAN_TARGET);
}

static void require_writer(const struct conn *conn)
{
	require(conn->role == CONN_TARGET);
	require(conn->driver->can & DRIVER_CAN_TARGET);
}

/* Stores differ in what they do with a value of another type; so that is a promise, not an answer. */
static void require_value(const struct table_column *column, const struct datum *value)
{
	switch (column->kind) {
	case TABLE_INT:
		require(value->kind == DATUM_INT || value->kind == DATUM_NULL);
		break;
	case TABLE_INSTANT:
		require(value->kind == DATUM_INSTANT || value->kind == DATUM_NOW ||
			value->kind == DATUM_NULL);
		break;
	case TABLE_TEXT:
	case TABLE_JSON:
	case TABLE_DOCUMENT:
		require(value->kind == DATUM_TEXT || value->kind == DATUM_NULL);
		break;
	}
}

static void require_stored_value(const struct table *table, int column, const struct datum *value)
{
	require(column >= 0 && column < table->column_count);
	require_value(&table->columns[column], value);
	/* SQLite would make up a number for a NULL in an integer primary key. */
	if (column < table->primary_key_count)
		require(value->kind != DATUM_NULL);
}

static void require_conditions(const struct table *table, const struct condition *where, int count)
{
	for (int i = 0; i < count; i++) {
		require(where[i].column >= 0 && where[i].column < table->column_count);
		if (where[i].kind == IS_NULL || where[i].kind == IS_NOT_NULL)
			continue;
		require_value(&table->columns[where[i].column], &where[i].value);
		/* `= NULL` is never true: whoever asks that means IS_NULL. */
		require(where[i].value.kind != DATUM_NULL);
	}
}

bool history_equal(const struct history *one, const struct history *other)
{
	return strcmp(one->system, other->system) == 0 && one->timeline == other->timeline;
}

bool conn_set_name(struct conn *conn, const char *name, struct err *err)
{
	if (conn->driver->set_name && !conn->driver->set_name(conn, name, err))
		return err_while(err, "naming the connection");
	return true;
}

bool conn_read_statements(struct conn *conn, struct arena *arena, struct statement_log *log,
			  statement_function on_statement, void *context, struct err *err)
{
	require(conn->role == CONN_SOURCE);
	*log = (struct statement_log){ .forgotten = -1 };
	if (conn->driver->read_statements == NULL)
		return err_set(err, ERR_USAGE,
			       "legacy is %s, which does not keep the statements it is sent",
			       conn->driver->scheme);
	return conn->driver->read_statements(conn, arena, log, on_statement, context, err) ||
	       err_while(err, "reading which statements legacy was sent");
}

bool conn_list(struct conn *conn, struct arena *arena, struct catalog *catalog, struct err *err)
{
	require_source(conn);
	return conn->driver->list(conn, arena, catalog, err) ||
	       err_while(err, "listing the tables of legacy");
}

bool conn_describe(struct conn *conn, const char *table, struct arena *arena,
		   struct table_info *info, struct err *err)
{
	if (!conn->driver->describe(conn, table, arena, info, err))
		return err_while(err, "describing table %s", table);
	return true;
}

/* What stands in place of a number; NULL when there is one. */
static const char *fault_of(const struct probe_answer *answer)
{
	if (answer->column_count != 1)
		return "it gives more than one column";
	if (answer->row_count == 0)
		return "it gives no row";
	if (answer->row_count > 1)
		return "it gives more than one row";
	if (answer->kind == PROBE_NULL)
		return "it gives NULL";
	if (answer->kind != PROBE_NUMBER)
		return "what it gives is no number";
	return isfinite(answer->number) ? NULL : "the number it gives has no end";
}

bool conn_probe(struct conn *conn, const char *sql, double *value, struct err *err)
{
	struct probe_answer answer = { .column_count = 0 };
	const char *fault;

	require(conn->role != CONN_TARGET);
	if (!conn->driver->probe(conn, sql, &answer, err))
		return false;
	fault = fault_of(&answer);
	if (fault)
		return err_set(err, ERR_RULE, "%s; a probe gives one row with one number", fault);
	*value = answer.number;
	return true;
}

/* ---- questions ---- */

static void require_question(const struct conn *conn, const struct question *question)
{
	require(conn->role != CONN_TARGET);
	require(conn->role == CONN_TARGET_READ || question->view_count == 0);
	require(question->column_count >= 1);
	require(question->column_count <= COLUMNS_MAX);
	require(question->seconds >= 1);
	require(question->seconds <= QUESTION_SECONDS_MAX);
}

bool conn_answer(struct conn *conn, const struct question *question, answer_function on_row,
		 void *context, struct err *err)
{
	require_question(conn, question);
	if (conn->driver->answer(conn, question, on_row, context, err))
		return true;
	require(err->code != ERR_NONE);
	return false;
}

void conn_put_question(struct conn *conn, const struct question *question, struct buf *sql)
{
	require_question(conn, question);
	conn->driver->put_question(conn, question, sql);
}

/* ---- legacy ---- */

bool conn_describe_query(struct conn *conn, const char *query, struct arena *arena,
			 struct table_info *info, struct err *err)
{
	require_source(conn);
	if (!conn->driver->describe_query(conn, query, arena, info, err))
		return false;
	require(info->is_query);
	require(info->exists == (info->fault == NULL));
	return true;
}

bool conn_open_reader(struct conn *conn, const struct source_set *sources, struct reader **reader,
		      struct err *err)
{
	require_source(conn);
	require(sources->source_count >= 1);
	require(sources->source_count <= SOURCES_MAX);
	require(sources->sources[0].kind == SOURCE_ROOT);
	*reader = NULL;
	if (!conn->driver->open_reader(conn, sources, reader, err))
		return err_while(err, "preparing to read %s", sources->sources[0].table);
	return true;
}

void reader_close(struct conn *conn, struct reader *reader)
{
	if (reader)
		conn->driver->close_reader(reader);
}

bool reader_find_bound(struct conn *conn, struct reader *reader, const struct key_range *range,
		       uint32_t count, struct arena *arena, struct span *bound, struct err *err)
{
	require_source(conn);
	require(count >= 1);
	if (!conn->driver->find_bound(reader, range, count, arena, bound, err))
		return err_while(err, "walking the keys of legacy");
	return true;
}

bool reader_read_range(struct conn *conn, struct reader *reader, const struct key_range *range,
		       size_t bytes_max, struct batch *batch, struct buf *position, struct err *err)
{
	require_source(conn);
	crash_point("before-read");
	if (!conn->driver->read_range(reader, range, bytes_max, batch, position, err))
		return err_while(err, "reading a key range of legacy");
	crash_point("after-read");
	return true;
}

bool reader_read_keys(struct conn *conn, struct reader *reader, const struct span *keys,
		      size_t key_count, struct batch *batch, struct buf *position, struct err *err)
{
	require_source(conn);
	crash_point("before-read");
	if (!conn->driver->read_keys(reader, keys, key_count, batch, position, err))
		return err_while(err, "reading single keys of legacy");
	crash_point("after-read");
	return true;
}

bool reader_count_roots(struct conn *conn, struct reader *reader, int64_t *count, struct err *err)
{
	require_source(conn);
	if (!conn->driver->count_roots(reader, count, err))
		return err_while(err, "counting the roots of legacy");
	return true;
}

bool reader_explain(struct conn *conn, struct reader *reader, struct buf *json, struct err *err)
{
	require_source(conn);
	if (!conn->driver->explain(reader, json, err))
		return err_while(err, "asking legacy how it reads");
	return true;
}

/* ---- cold ---- */

bool conn_open_archive(struct conn *conn, const struct archived_entity *entity,
		       struct archive **archive, struct err *err)
{
	require_archive(conn);
	*archive = NULL;
	if (!conn->driver->open_archive(conn, entity, archive, err))
		return err_while(err, "preparing to archive %s", entity->name);
	return true;
}

bool archive_append(struct conn *conn, struct archive *archive, const struct archived_range *range,
		    struct err *err)
{
	require_archive(conn);
	crash_point("before-append");
	if (!conn->driver->append(archive, range, err))
		return err_while(err, "archiving");
	crash_point("after-append");
	return true;
}

bool archive_seal(struct conn *conn, struct archive *archive, struct err *err)
{
	require_archive(conn);
	return conn->driver->seal(archive, err) || err_while(err, "sealing");
}

const struct archive_standing *archive_standing_of(const struct conn *conn,
						   const struct archive *archive)
{
	require_archive(conn);
	return conn->driver->standing(archive);
}

void archive_close(struct conn *conn, struct archive *archive)
{
	if (archive)
		conn->driver->close_archive(archive);
}

/* ---- target ---- */

bool conn_begin(struct conn *conn, struct err *err)
{
	require_writer(conn);
	if (!conn->driver->begin(conn, err))
		return err_while(err, "beginning a transaction");
	return true;
}

bool conn_commit(struct conn *conn, struct err *err)
{
	require_writer(conn);
	crash_point("before-commit");
	if (!conn->driver->commit(conn, err))
		return err_while(err, "committing");
	crash_point("after-commit");
	return true;
}

void conn_rollback(struct conn *conn)
{
	require_writer(conn);
	conn->driver->rollback(conn);
}

bool conn_ensure_table(struct conn *conn, const struct table *table, struct err *err)
{
	require_writer(conn);
	if (!conn->driver->ensure_table(conn, table, err))
		return err_while(err, "making table %s", table->name);
	return true;
}

bool conn_table_exists(struct conn *conn, const struct table *table, bool *exists, struct err *err)
{
	require_target(conn);
	if (!conn->driver->table_exists(conn, table, exists, err))
		return err_while(err, "looking for table %s", table->name);
	return true;
}

bool conn_now(struct conn *conn, int64_t *now_us, struct err *err)
{
	require_target(conn);
	*now_us = clock_wall_us();
	if (conn->driver->now && !conn->driver->now(conn, now_us, err))
		return err_while(err, "asking the target for the time");
	return true;
}

static void require_query(const struct conn *conn, const struct query *query)
{
	require_target(conn);
	require(query->column_count >= 1);
	require(query->column_count <= TABLE_COLUMNS_MAX);
	require(query->limit >= 0);
	require_conditions(query->table, query->where, query->where_count);
}

bool conn_select(struct conn *conn, const struct query *query, row_function on_row, void *context,
		 struct err *err)
{
	require_query(conn, query);
	if (!conn->driver->select(conn, query, on_row, context, err))
		return err_while(err, "selecting from %s", query->table->name);
	return true;
}

bool conn_digest(struct conn *conn, const struct query *query, int64_t *count, struct digest *sum,
		 struct err *err)
{
	require_query(conn, query);
	require(query->order_count == 0);
	require(query->limit == 0);
	require(query->lock == QUERY_PLAIN);
	*count = 0;
	*sum = (struct digest){ 0, 0 };
	if (!conn->driver->digest(conn, query, count, sum, err))
		return err_while(err, "making a digest of %s", query->table->name);
	require(*count >= 0);
	return true;
}

bool conn_digest_name(struct conn *conn, const char **name, struct err *err)
{
	require_target(conn);
	if (!conn->driver->digest_name(conn, name, err))
		return err_while(err, "asking the target how it makes digests");
	require(strlen(*name) < DIGEST_NAME_SIZE);
	require(strchr(*name, ':') == NULL);
	return true;
}

bool conn_insert(struct conn *conn, const struct table *table, const struct datum *rows,
		 size_t row_count, struct err *err)
{
	const struct datum *value = rows;

	require_writer(conn);
	for (size_t i = 0; i < row_count; i++)
		for (int column = 0; column < table->column_count; column++)
			require_stored_value(table, column, value++);
	crash_point("before-write");
	if (!conn->driver->insert(conn, table, rows, row_count, err))
		return err_while(err, "inserting into %s", table->name);
	crash_point("after-write");
	return true;
}

static bool has_column(const struct table *table, const struct table_column *column)
{
	for (int i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, column->name) == 0)
			return table->columns[i].kind == column->kind;
	return false;
}

bool conn_insert_from(struct conn *conn, const struct table *to, const struct table *from,
		      const struct condition *where, int where_count, int64_t *inserted,
		      struct err *err)
{
	require_writer(conn);
	require(strcmp(to->name, from->name) != 0);
	for (int i = 0; i < to->column_count; i++)
		require(has_column(from, &to->columns[i]));
	require_conditions(from, where, where_count);
	crash_point("before-write");
	if (!conn->driver->insert_from(conn, to, from, where, where_count, inserted, err))
		return err_while(err, "inserting into %s from %s", to->name, from->name);
	crash_point("after-write");
	return true;
}

bool conn_update(struct conn *conn, const struct table *table, const struct assignment *set,
		 int set_count, const struct condition *where, int where_count, int64_t *changed,
		 struct err *err)
{
	require_writer(conn);
	require(set_count >= 1);
	for (int i = 0; i < set_count; i++)
		require_stored_value(table, set[i].column, &set[i].value);
	require_conditions(table, where, where_count);
	crash_point("before-write");
	if (!conn->driver->update(conn, table, set, set_count, where, where_count, changed, err))
		return err_while(err, "updating %s", table->name);
	crash_point("after-write");
	return true;
}

bool conn_remove(struct conn *conn, const struct table *table, const struct condition *where,
		 int where_count, int64_t *removed, struct err *err)
{
	require_writer(conn);
	require_conditions(table, where, where_count);
	crash_point("before-write");
	if (!conn->driver->remove(conn, table, where, where_count, removed, err))
		return err_while(err, "removing from %s", table->name);
	crash_point("after-write");
	return true;
}
