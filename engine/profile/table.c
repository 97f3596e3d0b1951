/*
 * table.c: the profile of one table.
 */
#include "engine/profile/table.h"

#include <stdlib.h>
#include <string.h>

#include "engine/model/row_key.h"
#include "engine/profile/era.h"
#include "engine/profile/findings.h"
#include "engine/profile/walk.h"

struct taking {
	const struct profile_options *options;
	struct table_profile *table;
	struct arena kept;    /* until the table is done */
	struct arena scratch; /* until the next rows are read */
	struct source source;
	struct source_set set;
	struct reader *reader;
	struct walk walk;
	struct column *columns; /* one a column of the table */
	int *places;            /* of the table's columns among the source's */
	struct agree agree;
	struct twins twins;
	struct relation *relations;
	int relation_count;
	int64_t copies;

	struct buf key;
};

/* ---- by which key ---- */

static int index_of(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static bool is_never_null(const struct table_info *info, const struct unique_info *unique)
{
	for (int i = 0; i < unique->column_count; i++)
		for (int c = 0; c < info->column_count; c++)
			if (strcmp(info->columns[c].name, unique->columns[i]) == 0 &&
			    !info->columns[c].not_null)
				return false;
	return unique->column_count <= KEY_PARTS_MAX;
}

static const char **column_names(struct taking *taking, int more)
{
	const struct table_info *info = taking->table->info;
	const char **names =
	    arena_alloc(&taking->kept, sizeof(*names) * (size_t)(info->column_count + more));

	for (int i = 0; i < info->column_count; i++)
		names[i] = info->columns[i].name;
	return names;
}

static void read_by(struct taking *taking, const struct unique_info *unique)
{
	const struct table_info *info = taking->table->info;
	int *columns = arena_alloc(&taking->kept, sizeof(*columns) * KEY_PARTS_MAX);
	const char **names = column_names(taking, 0);

	for (int i = 0; i < unique->column_count; i++)
		columns[i] = index_of(names, info->column_count, unique->columns[i]);
	taking->source = (struct source){ .name = info->name,
					  .table = info->name,
					  .kind = SOURCE_ROOT,
					  .columns = names,
					  .key_columns = columns,
					  .column_count = info->column_count,
					  .key_count = unique->column_count,
					  .star_column = -1,
					  .copies_column = -1 };
}

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* As row_key.h has it: columns in byte order, then the two that no store has. */
static void read_whole_rows(struct taking *taking)
{
	const struct table_info *info = taking->table->info;
	const char **names = column_names(taking, 2);
	int *star = arena_alloc(&taking->kept, sizeof(*star));

	qsort(names, (size_t)info->column_count, sizeof(*names), compare_names);
	names[info->column_count] = ROW_KEY_COLUMN;
	names[info->column_count + 1] = ROW_COPIES_COLUMN;
	*star = info->column_count;
	taking->source = (struct source){ .name = info->name,
					  .table = info->name,
					  .kind = SOURCE_ROOT,
					  .columns = names,
					  .key_columns = star,
					  .column_count = info->column_count + 2,
					  .key_count = 1,
					  .is_keyless = true,
					  .star_column = info->column_count,
					  .copies_column = info->column_count + 1 };
}

/* What the store says of this table alone is its fault, and the others are looked at. The first reason counts: what is tried after
 * it follows from it. */
static bool is_its_fault(struct taking *taking, struct err *err)
{
	if (err->code != ERR_RULE && err->code != ERR_PERMISSION)
		return false;
	if (taking->table->fault == NULL)
		taking->table->fault = arena_text(&taking->kept, err->text);
	err_reset(err);
	return true;
}

/* True when the store can read it so. */
static bool try_to_read(struct taking *taking, struct err *err)
{
	taking->set = (struct source_set){ &taking->source, 1 };
	if (conn_open_reader(taking->options->legacy, &taking->set, &taking->reader, err)) {
		taking->table->fault = NULL;
		return true;
	}
	taking->reader = NULL;
	is_its_fault(taking, err);
	return false;
}

static bool open_table(struct taking *taking, struct err *err)
{
	struct table_profile *table = taking->table;
	const struct table_info *info = table->info;

	for (int i = 0; i < info->unique_count; i++) {
		if (!is_never_null(info, &info->uniques[i]))
			continue;
		read_by(taking, &info->uniques[i]);
		if (try_to_read(taking, err)) {
			table->key = info->uniques[i].columns;
			table->key_count = info->uniques[i].column_count;
			return true;
		}
		if (err->code != ERR_NONE)
			return false;
	}
	read_whole_rows(taking);
	return try_to_read(taking, err) || err->code == ERR_NONE;
}

/* ---- what is counted ---- */

static bool open_relations(struct taking *taking, const struct foreign_key *keys, int key_count,
			   struct err *err)
{
	taking->relations =
	    arena_zalloc(&taking->kept, sizeof(*taking->relations) * (size_t)(key_count + 1));
	for (int i = 0; i < key_count; i++) {
		if (strcmp(keys[i].table, taking->table->name) != 0)
			continue;
		if (!relation_open(&taking->relations[taking->relation_count], &keys[i],
				   taking->table->info, taking->options->legacy, &taking->kept,
				   err))
			return false;
		taking->relation_count++;
	}
	return true;
}

static void prepare(struct taking *taking)
{
	const struct table_info *info = taking->table->info;
	size_t count = (size_t)info->column_count;

	taking->columns = arena_alloc(&taking->kept, sizeof(*taking->columns) * (count + 1));
	taking->places = arena_alloc(&taking->kept, sizeof(*taking->places) * (count + 1));
	for (int i = 0; i < info->column_count; i++) {
		column_init(&taking->columns[i], &info->columns[i], &taking->kept);
		taking->places[i] = index_of(taking->source.columns, taking->source.column_count,
					     info->columns[i].name);
	}
	agree_init(&taking->agree, info, &taking->kept);
}

/* Rows with their cells in the table's order, which is not the source's where there is no key. */
static void in_order(struct taking *taking, const struct rowset *rows, struct rowset *ordered)
{
	int count = taking->table->info->column_count;

	*ordered = (struct rowset){ .row_count = rows->row_count, .column_count = count };
	ordered->cells = arena_alloc(&taking->scratch,
				     sizeof(struct cell) * rows->row_count * (size_t)count + 1);
	for (size_t i = 0; i < rows->row_count; i++)
		for (int c = 0; c < count; c++)
			ordered->cells[i * (size_t)count + (size_t)c] =
			    rowset_row(rows, i)[taking->places[c]];
}

static struct row_at row_at(struct taking *taking, const struct cell *source_row,
			    const struct cell *row)
{
	struct row_at at = { .day = DAY_UNKNOWN };

	buf_reset(&taking->key);
	key_put(&taking->key, source_row, taking->source.key_columns, taking->source.key_count);
	at.key = arena_copy(&taking->scratch, buf_span(&taking->key));
	at.hash = sample_hash(at.key, 0);
	if (taking->table->dated_by >= 0)
		at.day = era_day(&row[taking->table->dated_by]);
	return at;
}

static void note_copies(struct taking *taking, const struct cell *row)
{
	if (taking->source.is_keyless)
		taking->copies += strtoll(arena_copy(&taking->scratch,
						     cell_span(&row[taking->source.copies_column]))
					      .data,
					  NULL, 10) -
				  1;
}

static bool note_rows(struct taking *taking, const struct rowset *rows, struct err *err)
{
	struct row_at *rows_at =
	    arena_alloc(&taking->scratch, sizeof(*rows_at) * (rows->row_count + 1));
	struct rowset ordered;

	in_order(taking, rows, &ordered);
	if (taking->table->read_count == 0)
		taking->table->dated_by = era_choose(taking->table->info, &ordered);
	for (size_t i = 0; i < rows->row_count; i++) {
		const struct cell *row = rowset_row(&ordered, i);

		rows_at[i] = row_at(taking, rowset_row(rows, i), row);
		for (int c = 0; c < ordered.column_count; c++)
			column_note(&taking->columns[c], &row[c], &rows_at[i]);
		agree_note(&taking->agree, row, &rows_at[i]);
		if (!taking->source.is_keyless)
			twins_note(&taking->twins, rowset_row(rows, i), taking->source.key_columns,
				   taking->source.key_count, &rows_at[i], &taking->kept);
		note_copies(taking, rowset_row(rows, i));
	}
	taking->table->read_count += (int64_t)rows->row_count;
	for (int i = 0; i < taking->relation_count; i++)
		if (!relation_note(&taking->relations[i], &ordered, rows_at, &taking->scratch, err))
			return false;
	return true;
}

static bool told(const struct taking *taking, int64_t rows, size_t bytes, struct err *err)
{
	const struct profile_options *options = taking->options;

	return options->on_read == NULL ||
	       options->on_read(options->context, taking->table->name, rows, bytes, err);
}

/* The keys are walked: no row was read, and whoever throttles us may still want us to wait. */
static bool rest(void *context, struct err *err)
{
	return told(context, 0, 0, err);
}

static bool read_rows(struct taking *taking, struct err *err)
{
	for (;;) {
		struct batch batch;
		const struct rowset *rows = &batch.rowsets[0];

		if (!walk_next(&taking->walk, &taking->set, &taking->scratch, &batch, err))
			return false;
		if (rows->row_count == 0)
			return true;
		if (!note_rows(taking, rows, err) ||
		    !told(taking, (int64_t)rows->row_count, taking->scratch.used_bytes, err))
			return false;
	}
}

/* ---- what it comes to ---- */

static void end_columns(struct taking *taking, struct arena *arena)
{
	struct table_profile *table = taking->table;
	size_t count = (size_t)table->info->column_count;
	const struct era **eras = arena_zalloc(arena, sizeof(*eras) * (count + 1));
	int *era_counts = arena_zalloc(arena, sizeof(*era_counts) * (count + 1));

	table->columns = arena_alloc(arena, sizeof(*table->columns) * (count + 1));
	table->column_count = table->info->column_count;
	for (int i = 0; i < table->column_count; i++) {
		struct column_profile *column = &table->columns[i];

		column_end(&taking->columns[i], arena, column);
		/* A key alone is another in every row, which need not be estimated. */
		if (table->key_count == 1 && strcmp(table->key[0], column->info->name) == 0)
			column->distinct_count = column->value_count;
		if (i != table->dated_by && column->is_vocabulary)
			eras[i] =
			    era_list(column->values, column->value_kinds, arena, &era_counts[i]);
	}
	table->eras = eras;
	table->era_counts = era_counts;
}

static void end_relations(struct taking *taking, struct arena *arena)
{
	struct relation_profile *relations =
	    arena_alloc(arena, sizeof(*relations) * (size_t)(taking->relation_count + 1));

	for (int i = 0; i < taking->relation_count; i++) {
		const struct relation *relation = &taking->relations[i];

		relations[i] =
		    (struct relation_profile){ relation->key, relation->lost.count,
					       relation->fault ? arena_text(arena, relation->fault)
							       : NULL };
	}
	taking->table->relations = relations;
	taking->table->relation_count = taking->relation_count;
}

static void end_table(struct taking *taking, struct arena *arena)
{
	struct table_profile *table = taking->table;
	struct table_facts facts = { .relations = taking->relations,
				     .relation_count = taking->relation_count,
				     .twins = &taking->twins,
				     .copies = taking->copies };

	table->row_count = taking->walk.row_count < 0 ? table->read_count : taking->walk.row_count;
	end_columns(taking, arena);
	facts.disagreements =
	    agree_end(&taking->agree, table->info, &taking->kept, &facts.disagreement_count);
	findings_list(table, &facts, arena);
	end_relations(taking, arena);
}

bool table_take(const struct profile_options *options, const struct table_info *info,
		const struct foreign_key *keys, int key_count, struct arena *arena,
		struct table_profile *table, struct err *err)
{
	struct taking taking = { .options = options, .table = table };
	bool ok;

	*table = (struct table_profile){ .name = info->name, .info = info, .dated_by = -1 };
	arena_init(&taking.kept);
	arena_init(&taking.scratch);
	buf_init(&taking.key);
	twins_init(&taking.twins);
	taking.walk = (struct walk){
		.legacy = options->legacy, .arena = &taking.kept, .rest = rest, .context = &taking
	};
	ok = open_table(&taking, err);
	if (ok && taking.reader) {
		taking.walk.reader = taking.reader;
		prepare(&taking);
		ok = open_relations(&taking, keys, key_count, err) &&
		     walk_begin(&taking.walk, options->rows_max, err) && read_rows(&taking, err);
		if (ok)
			end_table(&taking, arena);
		walk_end(&taking.walk);
	}
	ok = ok || is_its_fault(&taking, err);
	if (table->fault)
		table->fault = arena_text(arena, table->fault);
	for (int i = 0; i < taking.relation_count; i++)
		relation_close(&taking.relations[i]);
	reader_close(options->legacy, taking.reader);
	twins_release(&taking.twins);
	buf_release(&taking.key);
	arena_release(&taking.scratch);
	arena_release(&taking.kept);
	return ok || err_while(err, "looking at %s", info->name);
}
