/*
 * status.c: what the target says of its last run, and the tables it is made of.
 */
#include "engine/base/clock.h"
#include "engine/move/stage.h"
#include "engine/target/control.h"
#include "engine/target/entities.h"

enum {
	LAST_RUN,
	LAST_VERSION,
	LAST_TRANSFORM,
	LAST_STATUS,
	LAST_STARTED,
	LAST_ENDED,
	LAST_COLUMNS
};

static bool select_last_run(struct conn *target, struct arena *arena, struct rows *rows,
			    struct err *err)
{
	static const int columns[LAST_COLUMNS] = { RUN_ID,     RUN_VERSION,    RUN_TRANSFORM,
						   RUN_STATUS, RUN_STARTED_AT, RUN_ENDED_AT };
	static const int order[] = { RUN_STARTED_AT | TABLE_DESCENDING };
	struct condition where = { RUN_KIND, IS_EQUAL, datum_text("run") };
	struct query query = { .table = &table_run,
			       .columns = columns,
			       .column_count = LAST_COLUMNS,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 1,
			       .limit = 1 };
	bool exists;

	*rows = (struct rows){ 0 };
	if (!conn_table_exists(target, &table_run, &exists, err))
		return false;
	return !exists || rows_select(target, &query, arena, rows, err);
}

static bool add_entities(struct conn *target, struct arena *arena, struct move_report *report,
			 struct err *err)
{
	struct rows rows;

	if (!entities_names(target, arena, &rows, err))
		return false;
	if (rows.row_count > MOVE_ENTITIES_MAX)
		return err_set(err, ERR_DATA, "engine_entity names %zu entities; the limit is %d",
			       rows.row_count, MOVE_ENTITIES_MAX);
	for (size_t i = 0; i < rows.row_count; i++) {
		struct move_entity_report part = { .entity = rows_row(&rows, i)[0].text.data };

		if (!chunk_totals(target, report->run, &part, err))
			return err_while(err, "adding up %s", part.entity);
		report_add(report, arena, &part);
	}
	return true;
}

bool move_read_status(struct conn *target, struct arena *arena, bool *has_run,
		      struct move_report *report, struct err *err)
{
	const struct datum *run;
	struct rows rows;

	*report = (struct move_report){ .entity_count = 0 };
	*has_run = false;
	if (!select_last_run(target, arena, &rows, err))
		return err_while(err, "reading the last run");
	if (rows.row_count == 0)
		return true;
	run = rows_row(&rows, 0);
	if (run[LAST_RUN].text.size >= sizeof(report->run) ||
	    run[LAST_TRANSFORM].text.size >= sizeof(report->fingerprint))
		return err_set(err, ERR_DATA, "engine_run is damaged");
	*has_run = true;
	memcpy(report->run, run[LAST_RUN].text.data, run[LAST_RUN].text.size + 1);
	memcpy(report->fingerprint, run[LAST_TRANSFORM].text.data,
	       run[LAST_TRANSFORM].text.size + 1);
	report->version = run[LAST_VERSION].text.data;
	report->complete = span_equal_text(run[LAST_STATUS].text, "complete");
	report->seconds = (double)((run[LAST_ENDED].kind == DATUM_INSTANT ? run[LAST_ENDED].number
									  : clock_wall_us()) -
				   run[LAST_STARTED].number) /
			  1e6;
	return add_entities(target, arena, report, err);
}

void move_put_ddl(const struct migration_info *migration, const struct driver *driver,
		  bool is_staged, struct arena *arena, struct buf *sql)
{
	for (int i = 0; i < control_table_count; i++)
		driver->put_ddl(control_tables[i], sql);
	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *entity = &migration->entities[i];
		const struct table *final = final_table(arena, entity);

		if (entity->first_part != i)
			continue;
		driver->put_ddl(final, sql);
		if (is_staged)
			driver->put_ddl(stage_table(arena, entity, final), sql);
	}
}
