/*
 * relation.c: columns of one table that name rows of another, and rows that name none.
 */
#include "engine/profile/relation.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/model/key.h"

/* ---- which there are ---- */

struct finding_relations {
	const struct catalog *catalog;
	const struct table_info *infos;
	struct arena *arena;
	struct foreign_key *keys;
	int count;
};

static const struct unique_info *simple_key(const struct table_info *info)
{
	return info->unique_count > 0 && info->uniques[0].column_count == 1 ? &info->uniques[0]
									    : NULL;
}

/* A name that says nothing of its table. */
static bool is_common(const char *name)
{
	static const char *const names[] = {
		"id", "key", "code", "no", "nr", "name", "uuid", "seq"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* "order" and "orders" for the table "orders". */
static bool is_named_after(const char *column, const char *table, const char *key)
{
	size_t size = strlen(table);
	size_t column_size = strlen(column), key_size = strlen(key);

	for (size_t cut = 0; cut < 2 && size > cut + 1; cut++) {
		if (cut == 1 && table[size - 1] != 's')
			break;
		if (column_size == size - cut + 1 + key_size && column[size - cut] == '_' &&
		    strncasecmp(column, table, size - cut) == 0 &&
		    strcasecmp(column + size - cut + 1, key) == 0)
			return true;
	}
	return false;
}

static bool begins_like(const char *table, const char *key)
{
	size_t size = strlen(table);

	if (size > 1 && table[size - 1] == 's')
		size--;
	return strncasecmp(key, table, size) == 0;
}

static bool is_own_key(const struct table_info *info, const char *column)
{
	const struct unique_info *key = simple_key(info);

	return key && strcmp(key->columns[0], column) == 0;
}

/* Does this column of the table name rows of the one above? */
static bool is_meant(const struct table_info *info, const char *column,
		     const struct table_info *above)
{
	const struct unique_info *key = simple_key(above);

	if (key == NULL || above == info)
		return false;
	if (is_named_after(column, above->name, key->columns[0]))
		return true;
	if (is_common(column) || strcmp(column, key->columns[0]) != 0)
		return false;
	/* Of two tables with one key the one that the key is called after is above. */
	return !is_own_key(info, column) ||
	       (begins_like(above->name, column) && !begins_like(info->name, column));
}

static bool is_declared(const struct catalog *catalog, const char *table, const char *column)
{
	for (int i = 0; i < catalog->foreign_key_count; i++) {
		const struct foreign_key *key = &catalog->foreign_keys[i];

		for (int c = 0; strcmp(key->table, table) == 0 && c < key->column_count; c++)
			if (strcmp(key->columns[c], column) == 0)
				return true;
	}
	return false;
}

/* Where several tables have such a key, the one it is called after; else none, for that would be a guess. */
static const struct table_info *meant_by(const struct finding_relations *finding,
					 const struct table_info *info, const char *column)
{
	const struct table_info *found = NULL;
	bool is_called = false, is_doubtful = false;

	for (int i = 0; i < finding->catalog->table_count; i++) {
		const struct table_info *above = &finding->infos[i];
		bool called;

		if (!is_meant(info, column, above))
			continue;
		called = begins_like(above->name, column);
		is_doubtful = found && called == is_called;
		if (found == NULL || (called && !is_called) || is_doubtful) {
			found = above;
			is_called = called;
		}
	}
	return is_doubtful ? NULL : found;
}

static void add_named(struct finding_relations *finding, const struct table_info *info)
{
	for (int c = 0; c < info->column_count; c++) {
		const char *column = info->columns[c].name;
		const struct table_info *above;
		const char **names;

		if (is_declared(finding->catalog, info->name, column))
			continue;
		above = meant_by(finding, info, column);
		if (above == NULL)
			continue;
		names = arena_alloc(finding->arena, 2 * sizeof(*names));
		names[0] = column;
		names[1] = simple_key(above)->columns[0];
		finding->keys[finding->count++] =
		    (struct foreign_key){ info->name, above->name, names, names + 1, 1 };
	}
}

static void add_declared(struct finding_relations *finding, const char *table)
{
	for (int i = 0; i < finding->catalog->foreign_key_count; i++)
		if (strcmp(finding->catalog->foreign_keys[i].table, table) == 0)
			finding->keys[finding->count++] = finding->catalog->foreign_keys[i];
}

const struct foreign_key *relations_find(const struct catalog *catalog,
					 const struct table_info *infos, struct arena *arena,
					 int *count)
{
	struct finding_relations finding = { catalog, infos, arena, NULL, 0 };
	size_t most = (size_t)catalog->foreign_key_count;

	for (int i = 0; i < catalog->table_count; i++)
		most += (size_t)infos[i].column_count;
	finding.keys = arena_alloc(arena, sizeof(*finding.keys) * (most + 1));
	for (int i = 0; i < catalog->table_count; i++) {
		add_declared(&finding, infos[i].name);
		add_named(&finding, &infos[i]);
	}
	*count = finding.count;
	return finding.keys;
}

/* ---- checking one ---- */

static int column_of(const struct table_info *info, const char *name)
{
	for (int i = 0; i < info->column_count; i++)
		if (strcmp(info->columns[i].name, name) == 0)
			return i;
	return -1;
}

bool relation_open(struct relation *relation, const struct foreign_key *key,
		   const struct table_info *info, struct conn *legacy, struct arena *arena,
		   struct err *err)
{
	int *places = arena_alloc(arena, sizeof(*places) * (size_t)(key->column_count + 1));

	*relation = (struct relation){ .key = key, .legacy = legacy, .arena = arena };
	if (key->column_count > KEY_PARTS_MAX) {
		relation->fault = "its key has too many columns";
		return true;
	}
	for (int i = 0; i < key->column_count; i++) {
		relation->columns[i] = column_of(info, key->columns[i]);
		places[i] = i;
		if (relation->columns[i] < 0)
			relation->fault = "its columns are not there";
	}
	if (relation->fault)
		return true;
	relation->above = (struct source){ .name = key->above,
					   .table = key->above,
					   .kind = SOURCE_ROOT,
					   .columns = key->above_columns,
					   .key_columns = places,
					   .column_count = key->column_count,
					   .key_count = key->column_count,
					   .star_column = -1,
					   .copies_column = -1 };
	relation->set = (struct source_set){ &relation->above, 1 };
	if (conn_open_reader(legacy, &relation->set, &relation->reader, err))
		return true;
	if (err->code != ERR_RULE && err->code != ERR_PERMISSION)
		return false;
	relation->fault = arena_text(arena, err->text);
	relation->reader = NULL;
	err_reset(err);
	return true;
}

void relation_close(struct relation *relation)
{
	reader_close(relation->legacy, relation->reader);
}

static bool names_a_row(const struct relation *relation, const struct cell *row)
{
	for (int i = 0; i < relation->key->column_count; i++)
		if (row[relation->columns[i]].kind == CELL_NULL)
			return false;
	return true;
}

static int compare_spans(const void *one, const void *other)
{
	return span_compare(*(const struct span *)one, *(const struct span *)other);
}

static struct span key_of(struct buf *buf, const struct cell *row, const int *columns, int count,
			  struct arena *arena)
{
	buf_reset(buf);
	key_put(buf, row, columns, count);
	return arena_copy(arena, buf_span(buf));
}

/* What the rows name, each key once, ascending. */
static size_t named_keys(const struct relation *relation, const struct rowset *rows,
			 struct span *named, struct span *keys, struct buf *buf,
			 struct arena *arena)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < rows->row_count; i++) {
		const struct cell *row = rowset_row(rows, i);

		named[i] = names_a_row(relation, row) ? key_of(buf, row, relation->columns,
							       relation->key->column_count, arena)
						      : SPAN_NONE;
		if (named[i].data)
			keys[count++] = named[i];
	}
	qsort(keys, count, sizeof(*keys), compare_spans);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !span_equal(keys[kept - 1], keys[i]))
			keys[kept++] = keys[i];
	return kept;
}

/* Which of the keys exist, ascending. */
static bool find_keys(struct relation *relation, const struct span *keys, size_t count,
		      struct span **found, size_t *found_count, struct buf *buf,
		      struct arena *arena, struct err *err)
{
	struct batch batch;
	const struct rowset *rows = &batch.rowsets[0];

	batch_init(&batch, arena, &relation->set);
	if (count > 0 &&
	    !reader_read_keys(relation->legacy, relation->reader, keys, count, &batch, NULL, err))
		return false;
	*found = arena_alloc(arena, sizeof(**found) * (rows->row_count + 1));
	for (size_t i = 0; i < rows->row_count; i++)
		(*found)[i] = key_of(buf, rowset_row(rows, i), relation->above.key_columns,
				     relation->above.key_count, arena);
	*found_count = rows->row_count;
	qsort(*found, *found_count, sizeof(**found), compare_spans);
	return true;
}

/* What people know the row above by. */
static struct span shown(const struct relation *relation, const struct cell *row, struct span key)
{
	return relation->key->column_count == 1 ? cell_span(&row[relation->columns[0]]) : key;
}

bool relation_note(struct relation *relation, const struct rowset *rows,
		   const struct row_at *rows_at, struct arena *scratch, struct err *err)
{
	struct span *named = arena_alloc(scratch, sizeof(*named) * (rows->row_count + 1));
	struct span *keys = arena_alloc(scratch, sizeof(*keys) * (rows->row_count + 1));
	struct span *found;
	size_t key_count, found_count;
	struct buf buf;
	bool ok;

	if (relation->fault)
		return true;
	buf_init(&buf);
	key_count = named_keys(relation, rows, named, keys, &buf, scratch);
	ok = find_keys(relation, keys, key_count, &found, &found_count, &buf, scratch, err);
	buf_release(&buf);
	if (!ok && err->code == ERR_PERMISSION) {
		relation->fault = arena_text(relation->arena, err->text);
		err_reset(err);
		return true;
	}
	for (size_t i = 0; ok && i < rows->row_count; i++) {
		if (named[i].data == NULL)
			oddity_note(&relation->nameless, &rows_at[i], SPAN(""), relation->arena);
		else if (!bsearch(&named[i], found, found_count, sizeof(*found), compare_spans))
			oddity_note(&relation->lost, &rows_at[i],
				    shown(relation, rowset_row(rows, i), named[i]),
				    relation->arena);
	}
	return ok;
}
