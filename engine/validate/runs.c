/*
 * runs.c: the runs that wrote what is looked at. Asked for one by one: one may begin while others are looked at.
 */
#include "engine/target/control.h"
#include "engine/validate/checks.h"

bool target_has_runs(struct conn *target, struct err *err)
{
	bool is_there;

	if (!conn_table_exists(target, &table_run, &is_there, err))
		return false;
	return is_there || err_set(err, ERR_DATA, "nothing was moved into this target yet");
}

static const struct run_row *known_run(const struct validation *validation, struct span id)
{
	for (int i = 0; i < validation->run_count; i++)
		if (span_equal(validation->runs[i].id, id))
			return &validation->runs[i];
	return NULL;
}

bool find_run(struct validation *validation, struct span id, const struct run_row **run,
	      struct err *err)
{
	static const int columns[] = { RUN_VERSION, RUN_TRANSFORMED_AT };
	struct condition where = { RUN_ID, IS_EQUAL, datum_span(id) };
	struct query query = { .table = &table_run,
			       .columns = columns,
			       .column_count = 2,
			       .where = &where,
			       .where_count = 1 };
	const struct datum *row;
	struct run_row *newest;
	struct rows rows;

	*run = known_run(validation, id);
	if (*run)
		return true;
	if (!rows_select(validation->options->target, &query, &validation->one, &rows, err))
		return false;
	if (rows.row_count == 0)
		return true;
	validation->runs = arena_grow_by_one(validation->arena, validation->runs,
					     validation->run_count, sizeof(*validation->runs));
	newest = &validation->runs[validation->run_count++];
	row = rows_row(&rows, 0);
	*newest = (struct run_row){ .id = arena_copy(validation->arena, id),
				    .version = arena_copy(validation->arena, row[0].text),
				    .transformed_at_us = row[1].number };
	*run = newest;
	return true;
}
