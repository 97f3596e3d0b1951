/*
 * store.c: the store itself: its lock, its connections, and the legacy tables a test puts in.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/memory/memory_internal.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

void memory_lock(struct memory_store *store)
{
	require(pthread_mutex_lock(&store->mutex) == 0);
}

void memory_unlock(struct memory_store *store)
{
	require(pthread_mutex_unlock(&store->mutex) == 0);
}

struct memory_store *memory_store_open(void)
{
	struct memory_store *store = memory_resize(NULL, sizeof(*store));
	pthread_condattr_t clock;

	memset(store, 0, sizeof(*store));
	arena_init(&store->arena);
	require(pthread_mutex_init(&store->mutex, NULL) == 0);
	/* A clock that is set back must not make a writer wait for hours. */
	require(pthread_condattr_init(&clock) == 0);
	require(pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0);
	require(pthread_cond_init(&store->writer_left, &clock) == 0);
	pthread_condattr_destroy(&clock);
	return store;
}

void memory_store_close(struct memory_store *store)
{
	require(store->conn_count == 0);
	for (struct legacy_table *table = store->legacy; table; table = table->next)
		free(table->rows);
	target_release(store);
	arena_release(&store->arena);
	pthread_cond_destroy(&store->writer_left);
	pthread_mutex_destroy(&store->mutex);
	free(store);
}

bool memory_store_connect(struct memory_store *store, enum conn_role role, struct conn **conn,
			  struct err *err)
{
	struct memory_conn *opened = memory_resize(NULL, sizeof(*opened));

	(void)err;
	opened->base = (struct conn){ .driver = &memory_driver, .role = role };
	opened->store = store;
	memory_lock(store);
	store->conn_count++;
	memory_unlock(store);
	*conn = &opened->base;
	return true;
}

/* ---- legacy tables ---- */

struct legacy_table *legacy_find(struct memory_store *store, const char *name)
{
	for (struct legacy_table *table = store->legacy; table; table = table->next)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

struct legacy_table *legacy_find_query(struct memory_store *store, const char *text)
{
	for (struct legacy_query *query = store->queries; query; query = query->next)
		if (strcmp(query->text, text) == 0)
			return legacy_find(store, query->table);
	return NULL;
}

void memory_store_query(struct memory_store *store, const char *text, const char *table)
{
	struct legacy_query *query;

	memory_lock(store);
	query = arena_zalloc(&store->arena, sizeof(*query));
	query->text = arena_text(&store->arena, text);
	query->table = arena_text(&store->arena, table);
	query->next = store->queries;
	store->queries = query;
	memory_unlock(store);
}

static void drop(struct memory_store *store, const char *name)
{
	for (struct legacy_table **link = &store->legacy; *link; link = &(*link)->next)
		if (strcmp((*link)->name, name) == 0) {
			free((*link)->rows);
			*link = (*link)->next;
			return;
		}
}

void memory_store_drop(struct memory_store *store, const char *name)
{
	memory_lock(store);
	drop(store, name);
	memory_unlock(store);
}

static int column_index(const struct legacy_table *table, const char *name)
{
	for (int i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return i;
	return -1;
}

static void declare(struct memory_store *store, const char *name,
		    const struct memory_column *columns, int column_count, const char *const *key,
		    int key_count)
{
	struct arena *arena = &store->arena;
	struct legacy_table *table = arena_zalloc(arena, sizeof(*table));
	struct memory_column *copies = arena_alloc(arena, sizeof(*copies) * (size_t)column_count);
	int *key_columns = arena_alloc(arena, sizeof(int) * (size_t)(key_count + 1));

	for (int i = 0; i < column_count; i++) {
		copies[i].name = arena_text(arena, columns[i].name);
		copies[i].type = arena_text(arena, columns[i].type ? columns[i].type : "");
		copies[i].not_null = columns[i].not_null;
	}
	table->name = arena_text(arena, name);
	table->columns = copies;
	table->column_count = column_count;
	for (int i = 0; i < key_count; i++) {
		key_columns[i] = column_index(table, key[i]);
		require(key_columns[i] >= 0);
	}
	table->key = key_columns;
	table->key_count = key_count;
	table->next = store->legacy;
	store->legacy = table;
}

void memory_store_table(struct memory_store *store, const char *name,
			const struct memory_column *columns, int column_count,
			const char *const *key, int key_count)
{
	require(column_count >= 1);
	require(key_count <= KEY_PARTS_MAX);
	memory_lock(store);
	drop(store, name);
	declare(store, name, columns, column_count, key, key_count);
	memory_unlock(store);
}

static void add_row(struct legacy_table *table, const struct cell *row)
{
	if (table->row_count == table->row_capacity) {
		table->row_capacity = table->row_capacity ? table->row_capacity * 2 : 16;
		table->rows =
		    memory_resize(table->rows, table->row_capacity * sizeof(*table->rows));
	}
	table->rows[table->row_count++] = row;
}

void memory_store_cells(struct memory_store *store, const char *name, const struct cell *cells)
{
	struct legacy_table *table;
	struct cell *row;

	memory_lock(store);
	table = legacy_find(store, name);
	require(table != NULL);
	row = arena_zalloc(&store->arena, sizeof(*row) * (size_t)table->column_count);
	for (int i = 0; i < table->column_count; i++) {
		row[i].kind = cells[i].kind;
		if (cells[i].kind == CELL_NULL)
			continue;
		row[i].size = cells[i].size;
		row[i].data =
		    arena_copy(&store->arena, (struct span){ cells[i].data, cells[i].size }).data;
	}
	add_row(table, row);
	memory_unlock(store);
}

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Memory is told of no foreign keys. */
bool memory_list(struct conn *base, struct arena *arena, struct catalog *catalog, struct err *err)
{
	struct memory_store *store = memory_of(base)->store;
	const char **names;
	int count = 0;

	(void)err;
	memory_lock(store);
	for (const struct legacy_table *table = store->legacy; table; table = table->next)
		count++;
	names = arena_alloc(arena, sizeof(*names) * ((size_t)count + 1));
	count = 0;
	for (const struct legacy_table *table = store->legacy; table; table = table->next)
		names[count++] = arena_text(arena, table->name);
	memory_unlock(store);
	qsort(names, (size_t)count, sizeof(*names), compare_names);
	*catalog = (struct catalog){ .tables = names, .table_count = count };
	return true;
}

bool memory_describe(struct conn *base, const char *name, struct arena *arena,
		     struct table_info *info, struct err *err)
{
	struct memory_store *store = memory_of(base)->store;
	const struct legacy_table *table;
	struct column_info *columns;
	struct unique_info *unique;
	const char **names;

	(void)err;
	memset(info, 0, sizeof(*info));
	info->name = arena_text(arena, name);
	memory_lock(store);
	table = legacy_find(store, name);
	if (table) {
		info->exists = true;
		columns = arena_zalloc(arena, sizeof(*columns) * (size_t)table->column_count);
		for (int i = 0; i < table->column_count; i++) {
			columns[i].name = arena_text(arena, table->columns[i].name);
			columns[i].type = arena_text(arena, table->columns[i].type);
			columns[i].not_null = table->columns[i].not_null;
		}
		names = arena_alloc(arena, sizeof(*names) * (size_t)(table->key_count + 1));
		for (int i = 0; i < table->key_count; i++)
			names[i] = columns[table->key[i]].name;
		unique = arena_zalloc(arena, sizeof(*unique));
		*unique = (struct unique_info){ "primary key", names, table->key_count };
		info->columns = columns;
		info->column_count = table->column_count;
		info->uniques = unique;
		info->unique_count = table->key_count > 0;
	}
	memory_unlock(store);
	return true;
}

bool memory_describe_query(struct conn *base, const char *text, struct arena *arena,
			   struct table_info *info, struct err *err)
{
	struct memory_store *store = memory_of(base)->store;
	const struct legacy_table *table;
	const char **tables = arena_zalloc(arena, sizeof(*tables));

	memory_lock(store);
	table = legacy_find_query(store, text);
	memory_unlock(store);
	if (!memory_describe(base, table ? table->name : "", arena, info, err))
		return false;
	tables[0] = info->name;
	info->name = arena_text(arena, text);
	info->is_query = true;
	info->fault = info->exists ? NULL : "memory runs no queries but those it was told of";
	info->unique_count = 0;
	info->read_tables = tables;
	info->read_table_count = info->exists;
	return true;
}

static enum cell_kind first_cell(const struct legacy_table *table, double *number)
{
	const struct cell *cell = &table->rows[0][0];
	char text[64];

	if (cell->kind == CELL_TEXT && cell->size < sizeof(text)) {
		memcpy(text, cell->data, cell->size);
		text[cell->size] = '\0';
		*number = strtod(text, NULL);
	}
	return cell->kind;
}

bool memory_probe(struct conn *base, const char *sql, struct probe_answer *answer, struct err *err)
{
	struct memory_store *store = memory_of(base)->store;
	const struct legacy_table *table;

	memory_lock(store);
	table = legacy_find_query(store, sql);
	if (table) {
		bool is_number = strcmp(table->columns[0].type, "TEXT") != 0;

		answer->column_count = table->column_count;
		answer->row_count = table->row_count > 2 ? 2 : (int)table->row_count;
		if (table->row_count > 0 && first_cell(table, &answer->number) != CELL_NULL)
			answer->kind = is_number ? PROBE_NUMBER : PROBE_OTHER;
	}
	memory_unlock(store);
	return table != NULL ||
	       err_set(err, ERR_RULE, "memory runs no queries but those it was told of");
}
