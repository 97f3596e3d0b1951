/*
 * account.c: one record of the target, and what led to it.
 */
#include "engine/move/account.h"

#include "engine/move/mover.h"
#include "engine/target/control.h"
#include "engine/target/entities.h"
#include "engine/target/final.h"

/* ---- the record ---- */

enum {
	FOUND_PAYLOAD,
	FOUND_TRANSFORMED_AT,
	FOUND_VERSION,
	FOUND_KEY,
	FOUND_PART,
	FOUND_HIGH,
	FOUND_LOW,
	FOUND_SOURCE_HIGH,
	FOUND_SOURCE_LOW,
	FOUND_CHUNK_NO,
	FOUND_STATE,
	FOUND_DELETED_AT,
	FOUND_WRITER,
	FOUND_COLUMNS
};
static const int found_columns[FOUND_COLUMNS] = {
	FINAL_PAYLOAD,
	FINAL_TRANSFORMED_AT,
	FINAL_VERSION,
	FINAL_KEY,
	FINAL_PART,
	FINAL_DIGEST_HIGH,
	FINAL_DIGEST_LOW,
	FINAL_SOURCE_DIGEST_HIGH,
	FINAL_SOURCE_DIGEST_LOW,
	FINAL_CHUNK_NO,
	FINAL_STATE,
	FINAL_DELETED_AT,
	FINAL_WRITER,
};

static void fill_record(struct account *account, const char *record, const struct datum *found,
			struct arena *arena)
{
	struct digest_pair digest = { found[FOUND_HIGH].number, found[FOUND_LOW].number };
	struct digest_pair source = { found[FOUND_SOURCE_HIGH].number,
				      found[FOUND_SOURCE_LOW].number };
	struct span part = found[FOUND_PART].text;

	account->entity =
	    part.size ? arena_print(arena, "%s/%.*s", record, SPAN_ARGS(part)).data : record;
	account->payload = found[FOUND_PAYLOAD].text;
	account->version = found[FOUND_VERSION].text;
	account->key = found[FOUND_KEY].text;
	account->state = found[FOUND_STATE].text;
	account->digest = digest_from_pair(digest);
	account->source_digest = digest_from_pair(source);
	account->transformed_at_us = found[FOUND_TRANSFORMED_AT].number;
	account->withdrawn_at_us =
	    found[FOUND_STATE].text.size ? found[FOUND_DELETED_AT].number : 0;
	account->chunk_no = found[FOUND_CHUNK_NO].number;
	/* Who withdraws a record writes itself down; who made it is then known by its moment alone. */
	account->run = account->state.size ? NULL : found[FOUND_WRITER].text.data;
}

static bool find_in(struct conn *target, const char *record, struct arena *arena,
		    struct account *account, struct err *err)
{
	const struct entity_info named = { .record = record };
	const struct table *final = final_table(arena, &named);
	struct condition where = { FINAL_ID, IS_EQUAL, datum_span(account->id) };
	struct query query = { .table = final,
			       .columns = found_columns,
			       .column_count = FOUND_COLUMNS,
			       .where = &where,
			       .where_count = 1 };
	struct rows rows;
	bool exists;

	if (!conn_table_exists(target, final, &exists, err))
		return false;
	if (!exists)
		return true;
	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	if (rows.row_count == 0)
		return true;
	if (account->entity)
		return err_set(err, ERR_USAGE,
			       "%.*s is the id of a record of %s, and of one of %s: "
			       "say which by --entity",
			       SPAN_ARGS(account->id), account->entity, record);
	fill_record(account, record, rows_row(&rows, 0), arena);
	return true;
}

static bool find_record(struct conn *target, const char *entity, struct arena *arena,
			struct account *account, struct err *err)
{
	struct span last = SPAN_NONE;
	struct rows names;
	bool exists;

	if (!conn_table_exists(target, &table_entity, &exists, err))
		return false;
	if (!exists)
		return err_set(err, ERR_DATA, "nothing was moved into this target yet");
	if (!entities_names(target, arena, &names, err))
		return false;
	for (size_t i = 0; i < names.row_count; i++) {
		struct span name = rows_row(&names, i)[0].text;
		struct span record = { name.data, strcspn(name.data, "/") };

		/* In order of names: the parts of a kind of record stand together. */
		if ((entity && !is_part_of(name, entity)) || span_equal(record, last))
			continue;
		last = record;
		if (!find_in(target, arena_copy(arena, record).data, arena, account, err))
			return false;
	}
	if (account->entity && (!entity || is_part_of(span_of(account->entity), entity)))
		return true;
	return err_set(err, ERR_DATA, "the target has no record %.*s%s%s", SPAN_ARGS(account->id),
		       entity ? " of " : "", entity ? entity : "");
}

/* ---- what led to it ---- */

enum { MADE_RUN, MADE_VERSION, MADE_TRANSFORM, MADE_AT, MADE_COLUMNS };

static bool find_run(struct conn *target, struct arena *arena, struct account *account,
		     struct err *err)
{
	static const int columns[MADE_COLUMNS] = { RUN_ID, RUN_VERSION, RUN_TRANSFORM,
						   RUN_TRANSFORMED_AT };
	struct condition by_id = { RUN_ID, IS_EQUAL, datum_text(account->run) };
	struct condition by_moment = { RUN_TRANSFORMED_AT, IS_EQUAL,
				       datum_instant(account->transformed_at_us) };
	struct query query = { .table = &table_run,
			       .columns = columns,
			       .column_count = MADE_COLUMNS,
			       .where = account->run ? &by_id : &by_moment,
			       .where_count = 1 };
	const struct datum *made;
	struct rows rows;

	account->run = NULL;
	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	if (rows.row_count != 1)
		return true;
	made = rows_row(&rows, 0);
	account->run = made[MADE_RUN].text.data;
	account->run_version = made[MADE_VERSION].text.data;
	account->transform = made[MADE_TRANSFORM].text.data;
	account->run_transformed_at_us = made[MADE_AT].number;
	return true;
}

static bool find_pass(struct conn *target, struct arena *arena, struct account *account,
		      struct err *err)
{
	static const int columns[] = { PASS_NO, PASS_KIND, PASS_POSITION };
	static const int order[] = { PASS_NO | TABLE_DESCENDING };
	struct condition where[] = {
		{ PASS_ENTITY, IS_EQUAL, datum_text(account->entity) },
		{ PASS_CHUNK_NO, IS_EQUAL, datum_int(account->chunk_no) },
		{ PASS_RUN, IS_EQUAL, datum_text(account->run) },
	};
	struct query query = { .table = &table_pass,
			       .columns = columns,
			       .column_count = 3,
			       .where = where,
			       .where_count = 3,
			       .order_by = order,
			       .order_count = 1,
			       .limit = 1 };
	struct rows rows;

	if (!account->run)
		return true;
	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	if (rows.row_count == 0)
		return true;
	account->pass_no = rows_row(&rows, 0)[0].number;
	account->pass_kind = rows_row(&rows, 0)[1].text.data;
	account->position = rows_row(&rows, 0)[2].text;
	return true;
}

bool account_find(struct conn *target, const char *entity, const char *id, struct arena *arena,
		  struct account *account, struct err *err)
{
	*account = (struct account){ .id = span_of(id) };
	return find_record(target, entity, arena, account, err) &&
	       find_run(target, arena, account, err) && find_pass(target, arena, account, err);
}
