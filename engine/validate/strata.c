/*
 * strata.c: which rows of each stratum a sample takes: those with the lowest hashes, as the passes have kept them.
 */
#include "engine/target/stratum.h"

#include <stdlib.h>

#include "engine/target/control.h"
#include "engine/validate/checks.h"

struct choosing {
	struct validation *validation;
	struct strata *strata;
	int row_capacity;
	bool is_bounded; /* of the stratum at hand: what comes now was only kept in part */
};

static struct stratum *stratum_of(struct choosing *choosing, struct span name)
{
	struct strata *strata = choosing->strata;
	struct stratum *last =
	    strata->stratum_count ? &strata->strata[strata->stratum_count - 1] : NULL;

	if (last && span_equal_text(name, last->name))
		return last;
	choosing->is_bounded = false;
	strata->strata = arena_grow_by_one(choosing->validation->arena, strata->strata,
					   strata->stratum_count, sizeof(*strata->strata));
	last = &strata->strata[strata->stratum_count++];
	*last = (struct stratum){ .name = arena_copy(choosing->validation->arena, name).data };
	return last;
}

enum { ROW_NAME, ROW_KEY, ROW_CHUNK_NO, ROW_COLUMNS };

static bool take_row(void *context, const struct datum *cells, struct err *err)
{
	struct choosing *choosing = context;
	struct strata *strata = choosing->strata;
	struct stratum *stratum = stratum_of(choosing, cells[ROW_NAME].text);
	int64_t wanted = choosing->validation->options->per_stratum;

	(void)err;
	if (stratum->row_count == wanted || choosing->is_bounded)
		return true;
	if (stratum_is_bound(cells[ROW_KEY].text)) {
		choosing->is_bounded = true;
		stratum->is_thin = true;
		return true;
	}
	stratum->row_count++;
	strata->rows = arena_grow_by_one(choosing->validation->arena, strata->rows,
					 strata->row_count, sizeof(*strata->rows));
	strata->rows[strata->row_count++] =
	    (struct stratum_row){ arena_copy(choosing->validation->arena, cells[ROW_KEY].text),
				  cells[ROW_CHUNK_NO].number };
	return true;
}

static int compare_chunks(const void *one, const void *other)
{
	int64_t left = ((const struct stratum_row *)one)->chunk_no;
	int64_t right = ((const struct stratum_row *)other)->chunk_no;

	return (left > right) - (left < right);
}

/* Rows that no stratum was kept of: the target was moved by an engine that did not. */
static bool has_none(const struct validation *validation)
{
	for (size_t i = 0; i < validation->tile_count; i++)
		if (validation->tiles[i].read > 0)
			return validation->strata.stratum_count == 0 &&
			       validation->entity->enum_count + validation->entity->decision_count >
				   0;
	return false;
}

bool choose_strata(struct validation *validation, struct err *err)
{
	static const int columns[ROW_COLUMNS] = { STRATUM_NAME, STRATUM_KEY, STRATUM_CHUNK_NO };
	static const int order[] = { STRATUM_NAME, STRATUM_HASH, STRATUM_KEY };
	struct condition where = { STRATUM_ENTITY, IS_EQUAL, datum_text(validation->entity->name) };
	struct query query = { .table = &table_stratum,
			       .columns = columns,
			       .column_count = ROW_COLUMNS,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 3 };
	struct choosing choosing = { .validation = validation, .strata = &validation->strata };
	struct strata *strata = &validation->strata;

	*strata = (struct strata){ .rows = NULL };
	if (!conn_select(validation->options->target, &query, take_row, &choosing, err))
		return false;
	if (strata->row_count > 1)
		qsort(strata->rows, (size_t)strata->row_count, sizeof(*strata->rows),
		      compare_chunks);
	for (int i = 0; i < strata->stratum_count; i++)
		if (strata->strata[i].is_thin)
			cannot_tell(validation->result,
				    arena_print(validation->arena,
						"of the stratum %s only %lld rows are known: run "
						"the migration again",
						strata->strata[i].name,
						(long long)strata->strata[i].row_count)
					.data);
	if (has_none(validation))
		cannot_tell(validation->result,
			    "no stratum was kept of it: run the migration again");
	return true;
}

const struct stratum_row *strata_of_chunk(const struct validation *validation, int64_t chunk_no,
					  int *count)
{
	const struct strata *strata = &validation->strata;
	int low = 0, high = strata->row_count;

	while (low < high) {
		int middle = low + (high - low) / 2;

		if (strata->rows[middle].chunk_no < chunk_no)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < strata->row_count && strata->rows[low + *count].chunk_no == chunk_no)
		++*count;
	return strata->rows + low;
}
