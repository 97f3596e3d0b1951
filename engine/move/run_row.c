/*
 * run_row.c: how a run stands in the target: its row, and the ledger entries that are written with it.
 */
#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/model/instant.h"
#include "engine/move/stage.h"
#include "engine/target/control.h"

enum {
	FOUND_RUN,
	FOUND_VERSION,
	FOUND_TRANSFORM,
	FOUND_VALIDATION,
	FOUND_TRANSFORMED_AT,
	FOUND_COLUMNS
};
static const int found_columns[FOUND_COLUMNS] = {
	RUN_ID, RUN_VERSION, RUN_TRANSFORM, RUN_VALIDATION, RUN_TRANSFORMED_AT,
};

static bool set_run_status(struct conn *target, struct span run, const char *status,
			   struct err *err)
{
	struct condition where = { RUN_ID, IS_EQUAL, datum_span(run) };
	struct assignment set[] = {
		{ RUN_STATUS, datum_text(status) },
		{ RUN_ENDED_AT, datum_now(0) },
	};
	int64_t changed;

	return conn_update(target, &table_run, set, 2, &where, 1, &changed, err);
}

/* An unfinished run of the same rules goes on; unfinished ones of other rules never will. */
static bool find_unfinished(struct mover *mover, struct conn *target, bool *found, struct err *err)
{
	struct condition where[] = {
		{ RUN_STATUS, IS_EQUAL, datum_text("running") },
		{ RUN_KIND, IS_EQUAL, datum_text("run") },
	};
	struct query query = { .table = &table_run,
			       .columns = found_columns,
			       .column_count = FOUND_COLUMNS,
			       .where = where,
			       .where_count = 2 };
	struct rows rows;

	*found = false;
	if (!rows_select(target, &query, mover->arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);
		bool same =
		    span_equal_text(row[FOUND_TRANSFORM].text, mover->migration->transform) &&
		    span_equal_text(row[FOUND_VALIDATION].text, mover->migration->validation);

		if (same && !*found && row[FOUND_RUN].text.size < sizeof(mover->run)) {
			*found = true;
			memset(mover->run, 0, sizeof(mover->run));
			memcpy(mover->run, row[FOUND_RUN].text.data, row[FOUND_RUN].text.size);
			mover->transformed_at_us = row[FOUND_TRANSFORMED_AT].number;
		} else if (!set_run_status(target, row[FOUND_RUN].text, "abandoned", err) ||
			   !entries_run_abandoned(mover, row[FOUND_RUN].text, target, err)) {
			return false;
		}
	}
	return true;
}

const char *mover_kind_name(enum mover_kind kind)
{
	static const char *const names[] = {
		[MOVER_RUN] = "run", [MOVER_RETRY] = "retry", [MOVER_REPAIR] = "repair"
	};

	return names[kind];
}

static bool insert_run(struct mover *mover, enum mover_kind kind, struct conn *target,
		       struct err *err)
{
	struct datum row[RUN_COLUMNS] = {
		[RUN_ID] = datum_text(mover->run),
		[RUN_KIND] = datum_text(mover_kind_name(kind)),
		[RUN_SYSTEM] = datum_text(mover->migration->system),
		[RUN_VERSION] = datum_text(mover->migration->version),
		[RUN_TRANSFORM] = datum_text(mover->migration->transform),
		[RUN_VALIDATION] = datum_text(mover->migration->validation),
		[RUN_STATUS] = datum_text("running"),
		[RUN_TRANSFORMED_AT] = datum_instant(mover->transformed_at_us),
		[RUN_STARTED_AT] = datum_now(0),
		[RUN_ENDED_AT] = datum_null(),
	};

	return conn_insert(target, &table_run, row, 1, err);
}

struct beginning {
	struct mover *mover;
	enum mover_kind kind;
	struct opening *opening;
	char new_run[RUN_ID_SIZE]; /* if none goes on */
};

static bool write_beginning(void *context, struct err *err)
{
	struct beginning *beginning = context;
	struct mover *mover = beginning->mover;
	struct conn *target = beginning->opening->target;
	bool *found = &beginning->opening->is_resumed;

	*found = false;
	memcpy(mover->run, beginning->new_run, sizeof(mover->run));
	mover->transformed_at_us = clock_wall_us();
	return (beginning->kind != MOVER_RUN || find_unfinished(mover, target, found, err)) &&
	       (beginning->kind != MOVER_RUN || *found || strata_refill(mover, target, err)) &&
	       (*found || insert_run(mover, beginning->kind, target, err)) &&
	       entries_run_started(mover, beginning->kind, *found, target, err);
}

static void form_payloads(struct mover *mover, const struct driver *target)
{
	const struct migration_info *migration = mover->migration;
	enum payload_order order =
	    target->can & DRIVER_JSON_SHORTEST_FIRST ? PAYLOAD_SHORTEST_FIRST : PAYLOAD_CANONICAL;
	struct payload_form *forms =
	    arena_alloc(mover->arena, sizeof(*forms) * (size_t)migration->entity_count);
	char transformed_at[INSTANT_TEXT_SIZE];

	require(instant_to_text(mover->transformed_at_us, transformed_at));
	for (int i = 0; i < migration->entity_count; i++)
		payload_form_init(&forms[i], mover->arena, migration, &migration->entities[i],
				  transformed_at, order);
	mover->forms = forms;
}

bool mover_begin_run(struct mover *mover, enum mover_kind kind, struct opening *opening,
		     struct err *err)
{
	struct beginning beginning = { .mover = mover, .kind = kind, .opening = opening };

	memcpy(beginning.new_run, mover->run, sizeof(mover->run));
	if (!target_transact(opening->target, write_beginning, &beginning, err))
		return err_while(err, "starting the run");
	opening->has_begun = true;
	if (!entries_remember(mover, err))
		return err_while(err, "starting the run");
	form_payloads(mover, opening->target->driver);
	return true;
}

struct ending {
	struct mover *mover;
	enum mover_kind kind;
	struct conn *target;
	struct move_report *report;
	const struct err *failure;
};

/* What was counted is read in the transaction that says so. A run that stopped stays "running": it goes on; what is no run does not. */
static bool write_end(void *context, struct err *err)
{
	struct ending *ending = context;
	struct mover *mover = ending->mover;
	struct move_report *report = ending->report;

	if (!mover_report(mover, ending->kind, ending->target, report, err))
		return false;
	if (!report->complete)
		return (ending->kind == MOVER_RUN ||
			set_run_status(ending->target, span_of(mover->run), "stopped", err)) &&
		       entries_run_ended(mover, ending->kind, "stopped", report, ending->target,
					 err);
	if (ending->kind == MOVER_RUN && !stage_sweep(mover, ending->target, err))
		return false;
	/* It is not, when all chunks were made due again behind the last pass. */
	return history_hold_all(mover, ending->target, QUERY_SHARE, err) &&
	       set_run_status(ending->target, span_of(mover->run), "complete", err) &&
	       entries_run_ended(mover, ending->kind, "complete", report, ending->target, err);
}

bool mover_end_run(struct mover *mover, enum mover_kind kind, struct opening *opening,
		   struct move_report *report, struct err *err)
{
	struct ending ending = {
		.mover = mover, .kind = kind, .target = opening->target, .report = report
	};

	if (!target_transact(opening->target, write_end, &ending, err))
		return err_while(err, "ending the run");
	opening->has_begun = false;
	return entries_remember(mover, err) || err_while(err, "ending the run");
}

static bool write_failure(void *context, struct err *err)
{
	struct ending *ending = context;

	return entries_run_failed(ending->mover, ending->kind, ending->failure, ending->target,
				  err);
}

void mover_note_failure(struct mover *mover, enum mover_kind kind, struct opening *opening,
			const struct err *failure)
{
	struct ending ending = {
		.mover = mover, .kind = kind, .target = opening->target, .failure = failure
	};
	struct err ignored = { ERR_NONE, "" };

	if (!opening->has_begun || opening->target == NULL || mover->is_frozen)
		return;
	opening->has_begun = false;
	if (target_transact(opening->target, write_failure, &ending, &ignored))
		entries_remember(mover, &ignored);
}
