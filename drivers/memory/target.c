/*
 * target.c: tables of a target in memory, one writer at a time, its changes unseen until committed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drivers/memory/memory_internal.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

enum { TURN_SECONDS_MAX = 10 };

/* ---- transactions ---- */

static bool wait_for_turn(struct memory_store *store)
{
	struct timespec until;

	require(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_sec += TURN_SECONDS_MAX;
	while (store->writer)
		if (pthread_cond_timedwait(&store->writer_left, &store->mutex, &until) == ETIMEDOUT)
			return store->writer == NULL;
	return true;
}

bool memory_begin(struct conn *base, struct err *err)
{
	struct memory_conn *conn = memory_of(base);
	struct memory_store *store = conn->store;
	bool ok;

	memory_lock(store);
	require(store->writer != conn);
	ok = wait_for_turn(store);
	if (ok)
		store->writer = conn;
	memory_unlock(store);
	if (!ok)
		return err_set(err, ERR_TRANSIENT, "another writer has not finished in %d seconds",
			       TURN_SECONDS_MAX);
	return true;
}

static void leave(struct memory_store *store)
{
	store->writer = NULL;
	pthread_cond_signal(&store->writer_left);
}

bool memory_commit(struct conn *base, struct err *err)
{
	struct memory_conn *conn = memory_of(base);

	(void)err;
	memory_lock(conn->store);
	require(conn->store->writer == conn);
	target_publish(conn->store);
	leave(conn->store);
	memory_unlock(conn->store);
	return true;
}

void memory_rollback(struct conn *base)
{
	struct memory_conn *conn = memory_of(base);

	memory_lock(conn->store);
	if (conn->store->writer == conn) {
		target_forget(conn->store);
		leave(conn->store);
	}
	memory_unlock(conn->store);
}

/* ---- versions of a table's rows ---- */

struct target_table *target_find(struct memory_conn *conn, const char *name)
{
	struct memory_store *store = conn->store;

	for (struct target_table *table = store->target; table; table = table->next)
		if (strcmp(table->name, name) == 0)
			return table->is_committed || store->writer == conn ? table : NULL;
	return NULL;
}

struct target_rows *target_visible(struct memory_conn *conn, struct target_table *table)
{
	return conn->store->writer == conn && table->has_pending ? &table->pending
								 : &table->committed;
}

struct target_rows *target_pending(struct memory_conn *conn, struct target_table *table)
{
	struct target_rows *pending = &table->pending;

	require(conn->store->writer == conn);
	if (table->has_pending)
		return pending;
	pending->count = table->committed.count;
	pending->capacity = pending->count;
	pending->rows = NULL;
	if (pending->count) {
		size_t size = pending->count * sizeof(*pending->rows);

		pending->rows = memory_resize(NULL, size);
		memcpy(pending->rows, table->committed.rows, size);
	}
	table->has_pending = true;
	return pending;
}

void target_publish(struct memory_store *store)
{
	for (struct target_table *table = store->target; table; table = table->next) {
		table->is_committed = true;
		if (!table->has_pending)
			continue;
		free(table->committed.rows);
		table->committed = table->pending;
		table->pending = (struct target_rows){ 0 };
		table->has_pending = false;
	}
}

void target_forget(struct memory_store *store)
{
	struct target_table **link = &store->target;

	while (*link) {
		struct target_table *table = *link;

		free(table->pending.rows);
		table->pending = (struct target_rows){ 0 };
		table->has_pending = false;
		if (table->is_committed)
			link = &table->next;
		else
			*link = table->next;
	}
}

void target_release(struct memory_store *store)
{
	for (struct target_table *table = store->target; table; table = table->next) {
		free(table->committed.rows);
		free(table->pending.rows);
	}
}

/* ---- definitions ---- */

static void make(struct memory_store *store, const struct table *table)
{
	struct target_table *made = arena_zalloc(&store->arena, sizeof(*made));

	require(table->column_count <= TABLE_COLUMNS_MAX);
	made->name = arena_text(&store->arena, table->name);
	made->column_count = table->column_count;
	made->primary_key_count = table->primary_key_count;
	for (int i = 0; i < table->column_count; i++) {
		made->columns[i] = table->columns[i];
		made->columns[i].name = arena_text(&store->arena, table->columns[i].name);
	}
	made->next = store->target;
	store->target = made;
}

static bool compare(const struct target_table *found, const struct table *table, struct err *err)
{
	for (int i = 0; i < table->column_count; i++) {
		const struct table_column *column = &table->columns[i];

		if (i >= found->column_count || strcmp(found->columns[i].name, column->name) != 0)
			return err_set(err, ERR_DATA, "the table exists without column %s",
				       column->name);
		if (found->columns[i].kind != column->kind)
			return err_set(err, ERR_DATA, "the table exists with another kind of %s",
				       column->name);
	}
	if (found->column_count != table->column_count)
		return err_set(err, ERR_DATA, "the table exists with another column, %s",
			       found->columns[table->column_count].name);
	if (found->primary_key_count != table->primary_key_count)
		return err_set(err, ERR_DATA, "the table exists with another primary key");
	return true;
}

static bool ensure(struct memory_conn *conn, const struct table *table, struct err *err)
{
	const struct target_table *found;
	bool ok = true;

	memory_lock(conn->store);
	found = target_find(conn, table->name);
	if (found)
		ok = compare(found, table, err);
	else
		make(conn->store, table);
	memory_unlock(conn->store);
	return ok;
}

static bool is_writing(struct memory_conn *conn)
{
	bool writing;

	memory_lock(conn->store);
	writing = conn->store->writer == conn;
	memory_unlock(conn->store);
	return writing;
}

bool memory_ensure_table(struct conn *base, const struct table *table, struct err *err)
{
	struct memory_conn *conn = memory_of(base);
	bool ok;

	if (is_writing(conn))
		return ensure(conn, table, err);
	if (!memory_begin(base, err))
		return false;
	ok = ensure(conn, table, err) && memory_commit(base, err);
	memory_rollback(base);
	return ok;
}

bool memory_table_exists(struct conn *base, const struct table *table, bool *exists,
			 struct err *err)
{
	struct memory_conn *conn = memory_of(base);

	(void)err;
	memory_lock(conn->store);
	*exists = target_find(conn, table->name) != NULL;
	memory_unlock(conn->store);
	return true;
}

void memory_put_ddl(const struct table *table, struct buf *sql)
{
	buf_print(sql, "table %s (", table->name);
	for (int i = 0; i < table->column_count; i++)
		buf_print(sql, "%s%s", i == 0 ? "" : ", ", table->columns[i].name);
	buf_put_text(sql, ")\n");
}
