/*
 * authority.c: the table engine_authority, read whole and believed only where all of it makes sense.
 */
#include "engine/ledger/authority.h"

#include <stdlib.h>

#include "engine/base/require.h"

static const struct table_column columns[AUTHORITY_COLUMNS] = {
	[AUTHORITY_ENTITY] = { "entity", TABLE_TEXT, true },
	[AUTHORITY_FACET] = { "facet", TABLE_TEXT, true },
	[AUTHORITY_BUCKET_FIRST] = { "bucket_first", TABLE_INT, true },
	[AUTHORITY_BUCKET_LAST] = { "bucket_last", TABLE_INT, true },
	[AUTHORITY_HOLDER] = { "holder", TABLE_TEXT, true },
	[AUTHORITY_SINCE] = { "since", TABLE_INSTANT, true },
	[AUTHORITY_ENTRY_NO] = { "entry_no", TABLE_INT, true },
};
const struct table table_authority = {
	.name = "engine_authority",
	.columns = columns,
	.column_count = AUTHORITY_COLUMNS,
	.primary_key_count = 3,
};

static const char *const facet_names[AUTHORITY_FACETS] = { "history", "reads", "writes" };
static const char *const side_names[AUTHORITY_SIDES] = { "legacy", "target" };

const char *authority_facet_name(enum authority_facet facet)
{
	require(facet < AUTHORITY_FACETS);
	return facet_names[facet];
}

const char *authority_side_name(enum authority_side side)
{
	require(side < AUTHORITY_SIDES);
	return side_names[side];
}

/* ---- rows as they stand there ---- */

struct row {
	struct span entity, facet, holder;
	int64_t bucket_first, bucket_last;
	int64_t since_us;
	int64_t entry_no;
};

struct gathering {
	struct arena *arena;
	struct row *rows;
	int count;
};

static bool gather(void *context, const struct datum *cells, struct err *err)
{
	struct gathering *all = context;

	for (int i = 0; i < AUTHORITY_COLUMNS; i++)
		if (cells[i].kind == DATUM_NULL)
			return err_set(err, ERR_DATA, "column %s is NULL", columns[i].name);
	all->rows = arena_grow_by_one(all->arena, all->rows, all->count, sizeof(*all->rows));
	all->rows[all->count++] = (struct row){
		.entity = arena_copy(all->arena, cells[AUTHORITY_ENTITY].text),
		.facet = arena_copy(all->arena, cells[AUTHORITY_FACET].text),
		.holder = arena_copy(all->arena, cells[AUTHORITY_HOLDER].text),
		.bucket_first = cells[AUTHORITY_BUCKET_FIRST].number,
		.bucket_last = cells[AUTHORITY_BUCKET_LAST].number,
		.since_us = cells[AUTHORITY_SINCE].number,
		.entry_no = cells[AUTHORITY_ENTRY_NO].number,
	};
	return true;
}

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Whole rows, so that a table without its key gives the same order, and the same complaint, too. */
static int compare_rows(const void *one, const void *other)
{
	const struct row *a = one, *b = other;
	int order = span_compare(a->entity, b->entity);

	if (order == 0)
		order = span_compare(a->facet, b->facet);
	if (order == 0)
		order = compare_numbers(a->bucket_first, b->bucket_first);
	if (order == 0)
		order = compare_numbers(a->bucket_last, b->bucket_last);
	return order;
}

static bool read_rows(struct conn *target, struct gathering *all, struct err *err)
{
	static const int shown[AUTHORITY_COLUMNS] = {
		AUTHORITY_ENTITY, AUTHORITY_FACET, AUTHORITY_BUCKET_FIRST, AUTHORITY_BUCKET_LAST,
		AUTHORITY_HOLDER, AUTHORITY_SINCE, AUTHORITY_ENTRY_NO,
	};
	struct query query = { .table = &table_authority,
			       .columns = shown,
			       .column_count = AUTHORITY_COLUMNS };
	bool exists;

	if (!conn_table_exists(target, &table_authority, &exists, err))
		return false;
	if (exists && !conn_select(target, &query, gather, all, err))
		return false;
	if (all->count > 1)
		qsort(all->rows, (size_t)all->count, sizeof(*all->rows), compare_rows);
	return true;
}

/* ---- what they mean ---- */

static int index_of(const char *const *names, int count, struct span name)
{
	for (int i = 0; i < count; i++)
		if (span_equal_text(name, names[i]))
			return i;
	return -1;
}

/* As much of a text as an error needs to name it, whoever wrote it. */
static struct span shortened(struct span text)
{
	enum { SHOWN_BYTES = 80 };
	size_t size = SHOWN_BYTES;

	if (text.size <= size)
		return text;
	while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
		size--;
	return (struct span){ text.data, size };
}

static bool check_row(const struct row *row, struct err *err)
{
	if (index_of(facet_names, AUTHORITY_FACETS, row->facet) < 0)
		return err_set(err, ERR_DATA, "there is no such facet");
	if (index_of(side_names, AUTHORITY_SIDES, row->holder) < 0)
		return err_set(err, ERR_DATA, "no holder is called \"%.*s\"",
			       SPAN_ARGS(shortened(row->holder)));
	if (row->bucket_first < 0 || row->bucket_last >= BUCKET_COUNT)
		return err_set(err, ERR_DATA, "buckets run from 0 to %d", BUCKET_COUNT - 1);
	if (row->bucket_first > row->bucket_last)
		return err_set(err, ERR_DATA, "the range is upside down");
	if (row->entry_no < 1)
		return err_set(err, ERR_DATA, "entries of the ledger are numbered from 1, not %lld",
			       (long long)row->entry_no);
	return true;
}

static bool overlaps(const struct row *before, const struct row *row)
{
	return span_equal(before->entity, row->entity) && span_equal(before->facet, row->facet) &&
	       row->bucket_first <= before->bucket_last;
}

static bool check_rows(const struct row *rows, int count, struct err *err)
{
	for (int i = 0; i < count; i++) {
		const struct row *row = &rows[i];
		bool ok = check_row(row, err);

		if (ok && i > 0 && overlaps(row - 1, row))
			ok = err_set(err, ERR_DATA, "another row has buckets %lld to %lld of it",
				     (long long)row[-1].bucket_first,
				     (long long)row[-1].bucket_last);
		if (!ok)
			return err_while(err, "the row of \"%.*s\", \"%.*s\", buckets %lld to %lld",
					 SPAN_ARGS(shortened(row->entity)),
					 SPAN_ARGS(shortened(row->facet)),
					 (long long)row->bucket_first, (long long)row->bucket_last);
	}
	return true;
}

static const struct authority_range *make_ranges(const struct row *rows, int count,
						 struct arena *arena)
{
	struct authority_range *ranges = arena_alloc(arena, ((size_t)count + 1) * sizeof(*ranges));

	for (int i = 0; i < count; i++)
		ranges[i] = (struct authority_range){
			.entity = rows[i].entity,
			.facet = (enum authority_facet)index_of(facet_names, AUTHORITY_FACETS,
								rows[i].facet),
			.bucket_first = (uint32_t)rows[i].bucket_first,
			.bucket_last = (uint32_t)rows[i].bucket_last,
			.holder = (enum authority_side)index_of(side_names, AUTHORITY_SIDES,
								rows[i].holder),
			.since_us = rows[i].since_us,
			.entry_no = rows[i].entry_no,
		};
	return ranges;
}

bool authority_load(struct conn *target, struct arena *arena, struct authority *authority,
		    struct err *err)
{
	struct gathering all = { .arena = arena };

	*authority = (struct authority){ .range_count = 0 };
	if (!read_rows(target, &all, err))
		return err_while(err, "reading who is believed");
	if (!check_rows(all.rows, all.count, err))
		return err_while(err, "%s", table_authority.name);
	authority->ranges = make_ranges(all.rows, all.count, arena);
	authority->range_count = (size_t)all.count;
	return true;
}

/* ---- asking ---- */

/* Does the range end before what is asked for? */
static bool is_before(const struct authority_range *range, struct span entity,
		      enum authority_facet facet, uint32_t bucket)
{
	int order = span_compare(range->entity, entity);

	if (order == 0)
		order = compare_numbers((int64_t)range->facet, (int64_t)facet);
	return order != 0 ? order < 0 : range->bucket_last < bucket;
}

/* The range that has the bucket, else the next behind it; NULL when there is none of this entity and facet. */
static const struct authority_range *range_from(const struct authority *authority,
						struct span entity, enum authority_facet facet,
						uint32_t bucket)
{
	const struct authority_range *range;
	size_t low = 0, high = authority->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&authority->ranges[middle], entity, facet, bucket))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == authority->range_count)
		return NULL;
	range = &authority->ranges[low];
	return range->facet == facet && span_equal(range->entity, entity) ? range : NULL;
}

enum authority_side authority_holder(const struct authority *authority, struct span entity,
				     enum authority_facet facet, uint32_t bucket)
{
	const struct authority_range *range;

	require(bucket < BUCKET_COUNT);
	range = range_from(authority, entity, facet, bucket);
	return range && range->bucket_first <= bucket ? range->holder : AUTHORITY_LEGACY;
}

bool authority_next(const struct authority *authority, struct span entity,
		    enum authority_facet facet, uint32_t *bucket, struct authority_range *range)
{
	const struct authority_range *found;

	if (*bucket >= BUCKET_COUNT)
		return false;
	found = range_from(authority, entity, facet, *bucket);
	if (found && found->bucket_first <= *bucket)
		*range = *found;
	else
		*range = (struct authority_range){
			.entity = entity,
			.facet = facet,
			.bucket_first = *bucket,
			.bucket_last = found ? found->bucket_first - 1 : BUCKET_COUNT - 1,
			.holder = AUTHORITY_LEGACY,
		};
	*bucket = range->bucket_last + 1;
	return true;
}
