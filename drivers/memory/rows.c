/*
 * rows.c: select, digest, insert, update and remove over rows in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/memory/memory_internal.h"
#include "drivers/support/image.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"

/* ---- comparing ---- */

/* NULL first; otherwise both are of the column's kind. */
static int compare_datums(const struct datum *a, const struct datum *b)
{
	if (a->kind == DATUM_NULL || b->kind == DATUM_NULL)
		return (a->kind != DATUM_NULL) - (b->kind != DATUM_NULL);
	if (a->kind == DATUM_TEXT)
		return span_compare(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

static int compare_keys(const struct target_table *table, const struct datum *a,
			const struct datum *b)
{
	for (int i = 0; i < table->primary_key_count; i++) {
		int order = compare_datums(&a[i], &b[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

/* Where the row stands or would stand; a table without a primary key takes it at its end. */
static size_t find_place(const struct target_table *table, const struct target_rows *rows,
			 const struct datum *row, bool *exists)
{
	size_t low = 0, high = rows->count;

	*exists = false;
	if (table->primary_key_count == 0)
		return rows->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_keys(table, rows->rows[middle], row);

		if (order == 0) {
			*exists = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct datum resolved(const struct datum *value)
{
	if (value->kind == DATUM_NOW)
		return datum_instant(clock_wall_us() + value->number);
	return *value;
}

static bool holds(const struct datum *row, const struct condition *condition)
{
	const struct datum *cell = &row[condition->column];
	struct datum value = resolved(&condition->value);
	int order;

	if (condition->kind == IS_NULL || condition->kind == IS_NOT_NULL)
		return (cell->kind == DATUM_NULL) == (condition->kind == IS_NULL);
	/* As in SQL: NULL is neither equal nor unequal to anything. */
	if (cell->kind == DATUM_NULL)
		return false;
	order = compare_datums(cell, &value);
	switch (condition->kind) {
	case IS_EQUAL:
		return order == 0;
	case IS_NOT_EQUAL:
		return order != 0;
	case IS_LESS:
		return order < 0;
	default:
		return order > 0;
	}
}

static bool all_hold(const struct datum *row, const struct condition *where, int count)
{
	for (int i = 0; i < count; i++)
		if (!holds(row, &where[i]))
			return false;
	return true;
}

/* ---- changing ---- */

static struct target_table *table_or_fail(struct memory_conn *conn, const struct table *table,
					  struct err *err)
{
	struct target_table *found = target_find(conn, table->name);

	if (found == NULL)
		err_set(err, ERR_DATA, "there is no table %s", table->name);
	return found;
}

static void put_row(struct target_rows *rows, size_t place, const struct datum *row)
{
	if (rows->count == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 16;
		rows->rows = memory_resize(rows->rows, rows->capacity * sizeof(*rows->rows));
	}
	memmove(rows->rows + place + 1, rows->rows + place,
		(rows->count - place) * sizeof(*rows->rows));
	rows->rows[place] = row;
	rows->count++;
}

static void take_row(struct target_rows *rows, size_t place)
{
	rows->count--;
	memmove(rows->rows + place, rows->rows + place + 1,
		(rows->count - place) * sizeof(*rows->rows));
}

static void keep_datum(struct memory_store *store, struct datum *to, const struct datum *from)
{
	*to = resolved(from);
	if (to->kind == DATUM_TEXT)
		to->text = arena_copy(&store->arena, from->text);
}

static bool add_row(const struct target_table *table, struct target_rows *rows,
		    const struct datum *row, struct err *err)
{
	bool exists;
	size_t place = find_place(table, rows, row, &exists);

	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].not_null && row[i].kind == DATUM_NULL)
			return err_set(err, ERR_DATA, "column %s must not be NULL",
				       table->columns[i].name);
	if (exists)
		return err_set(err, ERR_CONFLICT, "the primary key of %s exists", table->name);
	put_row(rows, place, row);
	return true;
}

static bool insert_locked(struct memory_conn *conn, const struct table *table,
			  const struct datum *rows, size_t row_count, struct err *err)
{
	struct target_table *found = table_or_fail(conn, table, err);
	size_t column_count = (size_t)table->column_count;
	struct target_rows *pending;

	if (found == NULL)
		return false;
	pending = target_pending(conn, found);
	for (size_t i = 0; i < row_count; i++) {
		struct datum *row =
		    arena_alloc(&conn->store->arena, column_count * sizeof(struct datum));

		for (size_t c = 0; c < column_count; c++)
			keep_datum(conn->store, &row[c], &rows[i * column_count + c]);
		if (!add_row(found, pending, row, err))
			return false;
	}
	return true;
}

bool memory_insert(struct conn *base, const struct table *table, const struct datum *rows,
		   size_t row_count, struct err *err)
{
	struct memory_conn *conn = memory_of(base);
	bool ok;

	memory_lock(conn->store);
	ok = insert_locked(conn, table, rows, row_count, err);
	memory_unlock(conn->store);
	return ok;
}

/* The row as the other table has it: cells by the names of their columns. */
static const struct datum *row_from(struct memory_store *store, const struct target_table *to,
				    const struct target_table *from, const struct datum *row)
{
	struct datum *made = arena_alloc(&store->arena, (size_t)to->column_count * sizeof(*made));

	for (int c = 0; c < to->column_count; c++)
		for (int f = 0; f < from->column_count; f++)
			if (strcmp(from->columns[f].name, to->columns[c].name) == 0)
				made[c] = row[f];
	return made;
}

static bool insert_from_locked(struct memory_conn *conn, const struct table *to,
			       const struct table *from, const struct condition *where,
			       int where_count, int64_t *inserted, struct err *err)
{
	struct target_table *found = table_or_fail(conn, to, err);
	struct target_table *given = found ? table_or_fail(conn, from, err) : NULL;
	const struct target_rows *rows;
	struct target_rows *pending;

	*inserted = 0;
	if (given == NULL)
		return false;
	pending = target_pending(conn, found);
	rows = target_visible(conn, given);
	for (size_t i = 0; i < rows->count; i++) {
		if (!all_hold(rows->rows[i], where, where_count))
			continue;
		if (!add_row(found, pending, row_from(conn->store, found, given, rows->rows[i]),
			     err))
			return false;
		++*inserted;
	}
	return true;
}

bool memory_insert_from(struct conn *base, const struct table *to, const struct table *from,
			const struct condition *where, int where_count, int64_t *inserted,
			struct err *err)
{
	struct memory_conn *conn = memory_of(base);
	bool ok;

	memory_lock(conn->store);
	ok = insert_from_locked(conn, to, from, where, where_count, inserted, err);
	memory_unlock(conn->store);
	return ok;
}

static const struct datum *changed_row(struct memory_store *store, const struct target_table *table,
				       const struct datum *row, const struct assignment *set,
				       int set_count)
{
	size_t size = (size_t)table->column_count * sizeof(*row);
	struct datum *copy = arena_alloc(&store->arena, size);

	memcpy(copy, row, size);
	for (int i = 0; i < set_count; i++)
		keep_datum(store, &copy[set[i].column], &set[i].value);
	return copy;
}

/* All matching rows leave before the first comes back, so that keys may change places. */
static bool update_locked(struct memory_conn *conn, const struct table *table,
			  const struct assignment *set, int set_count,
			  const struct condition *where, int where_count, int64_t *changed,
			  struct err *err)
{
	struct target_table *found = table_or_fail(conn, table, err);
	struct target_rows *pending;
	struct target_rows matched = { 0 };
	size_t kept = 0;
	bool ok = true;

	if (found == NULL)
		return false;
	pending = target_pending(conn, found);
	for (size_t i = 0; i < pending->count; i++) {
		if (all_hold(pending->rows[i], where, where_count))
			put_row(&matched, matched.count, pending->rows[i]);
		else
			pending->rows[kept++] = pending->rows[i];
	}
	pending->count = kept;
	for (size_t i = 0; i < matched.count && ok; i++)
		ok = add_row(found, pending,
			     changed_row(conn->store, found, matched.rows[i], set, set_count), err);
	*changed = (int64_t)matched.count;
	free(matched.rows);
	return ok;
}

bool memory_update(struct conn *base, const struct table *table, const struct assignment *set,
		   int set_count, const struct condition *where, int where_count, int64_t *changed,
		   struct err *err)
{
	struct memory_conn *conn = memory_of(base);
	bool ok;

	memory_lock(conn->store);
	ok = update_locked(conn, table, set, set_count, where, where_count, changed, err);
	memory_unlock(conn->store);
	return ok;
}

bool memory_remove(struct conn *base, const struct table *table, const struct condition *where,
		   int where_count, int64_t *removed, struct err *err)
{
	struct memory_conn *conn = memory_of(base);
	struct target_table *found;

	memory_lock(conn->store);
	found = table_or_fail(conn, table, err);
	*removed = 0;
	if (found) {
		struct target_rows *pending = target_pending(conn, found);

		for (size_t i = pending->count; i-- > 0;)
			if (all_hold(pending->rows[i], where, where_count)) {
				take_row(pending, i);
				++*removed;
			}
	}
	memory_unlock(conn->store);
	return found != NULL;
}

/* ---- select ---- */

static int compare_ordered(const void *a, const void *b, void *context)
{
	const struct query *query = context;
	const struct datum *const *left = a, *const *right = b;

	for (int i = 0; i < query->order_count; i++) {
		int column = query->order_by[i] & ~TABLE_DESCENDING;
		int order = compare_datums(&(*left)[column], &(*right)[column]);

		if (order != 0)
			return query->order_by[i] & TABLE_DESCENDING ? -order : order;
	}
	return 0;
}

/* The rows that match, in order, as a list of our own: the row function may use the store. */
static bool collect(struct memory_conn *conn, const struct query *query,
		    struct target_rows *matched, struct err *err)
{
	struct target_table *found;

	memory_lock(conn->store);
	found = table_or_fail(conn, query->table, err);
	if (found) {
		const struct target_rows *visible = target_visible(conn, found);

		for (size_t i = 0; i < visible->count; i++)
			if (all_hold(visible->rows[i], query->where, query->where_count))
				put_row(matched, matched->count, visible->rows[i]);
	}
	memory_unlock(conn->store);
	if (matched->count && query->order_count)
		qsort_r(matched->rows, matched->count, sizeof(*matched->rows), compare_ordered,
			(void *)(uintptr_t)query);
	if (query->limit > 0 && matched->count > (size_t)query->limit)
		matched->count = (size_t)query->limit;
	return found != NULL;
}

bool memory_select(struct conn *base, const struct query *query, row_function on_row, void *context,
		   struct err *err)
{
	struct target_rows matched = { 0 };
	struct datum cells[TABLE_COLUMNS_MAX];
	bool ok = collect(memory_of(base), query, &matched, err);

	for (size_t i = 0; i < matched.count && ok; i++) {
		for (int c = 0; c < query->column_count; c++)
			cells[c] = matched.rows[i][query->columns[c]];
		ok = on_row(context, cells, err);
	}
	free(matched.rows);
	return ok;
}

/* ---- digest ---- */

static void put_cell(struct buf *image, const struct datum *cell)
{
	switch (cell->kind) {
	case DATUM_NULL:
		image_put(image, '~', SPAN_NONE);
		break;
	case DATUM_TEXT:
		image_put(image, 't', cell->text);
		break;
	case DATUM_INT:
		image_put_number(image, 'i', (uint64_t)cell->number);
		break;
	case DATUM_INSTANT:
	case DATUM_NOW: /* no row holds it */
		image_put_number(image, '@', (uint64_t)cell->number);
		break;
	}
}

bool memory_digest(struct conn *base, const struct query *query, int64_t *count, struct digest *sum,
		   struct err *err)
{
	struct target_rows matched = { 0 };
	struct buf image;
	bool ok = collect(memory_of(base), query, &matched, err);

	buf_init(&image);
	for (size_t i = 0; i < matched.count; i++) {
		buf_reset(&image);
		for (int c = 0; c < query->column_count; c++)
			put_cell(&image, &matched.rows[i][query->columns[c]]);
		digest_add(sum, digest_of(buf_span(&image)));
	}
	*count = (int64_t)matched.count;
	buf_release(&image);
	free(matched.rows);
	return ok;
}

bool memory_digest_name(struct conn *conn, const char **name, struct err *err)
{
	(void)conn;
	(void)err;
	*name = "memory-1";
	return true;
}
