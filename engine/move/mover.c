/*
 * mover.c: opens everything a run needs, in the order in which nothing is touched before it is checked.
 */
#include "engine/move/mover.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/model/instant.h"
#include "engine/move/control.h"

/* ---- rules ---- */

bool move_load_rules(const char *path, struct conn *legacy, struct arena *arena,
		     struct rule_host **host, struct fault_list *faults,
		     struct fault_list *warnings, struct err *err)
{
	struct fault_list first_warnings;
	struct schema schema;
	struct rule_host *blind;
	bool described;

	/* Once without legacy, to learn which tables it names; then against what they look like. */
	fault_list_init(&first_warnings, arena);
	if (!rule_host_open(path, NULL, NULL, &blind, faults, &first_warnings, err))
		return false;
	described = derive_describe(legacy, rule_host_migration(blind), arena, &schema, err);
	rule_host_close(blind);
	if (!described || !rule_host_open(path, &schema, NULL, host, faults, warnings, err))
		return false;
	if (derive_check_sources(legacy, rule_host_migration(*host), faults, err))
		return true;
	rule_host_close(*host);
	*host = NULL;
	return false;
}

/* ---- run rows ---- */

static void make_run_id(char run[RUN_ID_SIZE])
{
	unsigned char bytes[6];

	require(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(run + i * 2, 3, "%02x", bytes[i]);
}

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

static bool set_run_status(struct conn *target, struct span run, const char *status, bool ended,
			   struct err *err)
{
	struct condition where = { RUN_ID, IS_EQUAL, datum_span(run) };
	struct assignment set[] = {
		{ RUN_STATUS, datum_text(status) },
		{ RUN_ENDED_AT, datum_now(0) },
	};
	int64_t changed;

	return conn_update(target, &table_run, set, ended ? 2 : 1, &where, 1, &changed, err);
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
		} else if (!set_run_status(target, row[FOUND_RUN].text, "abandoned", true, err)) {
			return false;
		}
	}
	return true;
}

static bool insert_run(struct mover *mover, enum mover_kind kind, struct conn *target,
		       struct err *err)
{
	struct datum row[RUN_COLUMNS] = {
		[RUN_ID] = datum_text(mover->run),
		[RUN_KIND] = datum_text(kind == MOVER_RUN ? "run" : "retry"),
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

static bool begin_run(struct mover *mover, enum mover_kind kind, struct opening *opening,
		      struct err *err)
{
	bool found = false;
	bool ok;

	if (!conn_begin(opening->target, err))
		return false;
	mover->transformed_at_us = clock_wall_us();
	ok = (kind == MOVER_RETRY || find_unfinished(mover, opening->target, &found, err)) &&
	     (found || insert_run(mover, kind, opening->target, err)) &&
	     conn_commit(opening->target, err);
	if (!ok) {
		conn_rollback(opening->target);
		return err_while(err, "starting the run");
	}
	opening->is_resumed = found;
	mover->lineage.system = mover->migration->system;
	mover->lineage.version = mover->migration->version;
	require(instant_to_text(mover->transformed_at_us, mover->lineage.transformed_at));
	return true;
}

bool mover_end_run(struct mover *mover, struct conn *target, const char *status, struct err *err)
{
	if (!conn_begin(target, err))
		return false;
	if (set_run_status(target, span_of(mover->run), status, true, err) &&
	    conn_commit(target, err))
		return true;
	conn_rollback(target);
	return err_while(err, "ending the run");
}

/* ---- the state folder ---- */

static bool first_run(struct conn *target, struct arena *arena, struct span *system,
		      struct span *run, struct err *err)
{
	static const int columns[] = { RUN_SYSTEM, RUN_ID };
	static const int order[] = { RUN_STARTED_AT, RUN_ID };
	struct query query = { .table = &table_run,
			       .columns = columns,
			       .column_count = 2,
			       .order_by = order,
			       .order_count = 2,
			       .limit = 1 };
	struct rows rows;

	*run = SPAN_NONE;
	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	if (rows.row_count > 0) {
		*system = rows_row(&rows, 0)[0].text;
		*run = rows_row(&rows, 0)[1].text;
	}
	return true;
}

static const char *identity_of(struct arena *arena, struct span system, struct span run)
{
	return arena_print(arena, "%.*s -> target %.*s", SPAN_ARGS(system), SPAN_ARGS(run)).data;
}

bool move_identity(struct conn *target, struct arena *arena, const char **identity, struct err *err)
{
	struct span system, run;

	if (!first_run(target, arena, &system, &run, err))
		return false;
	*identity = run.data ? identity_of(arena, system, run) : "";
	return true;
}

static bool stop_at_any(void *context, const struct checkpoint *checkpoint, struct err *err)
{
	(void)checkpoint;
	(void)err;
	*(bool *)context = true;
	return true;
}

/* The target has seen no run: the folder must be new, or of a run that died before its first row. */
static bool open_fresh_state(struct mover *mover, struct err *err)
{
	const char *identity =
	    identity_of(mover->arena, span_of(mover->migration->system), span_of(mover->run));
	struct err why = { ERR_NONE, "" };
	bool has_checkpoints = false;
	const char *run;

	if (state_open(mover->options->state, STATE_WRITE, identity, &mover->state, err))
		return true;
	if (err->code != ERR_DATA ||
	    !state_open(mover->options->state, STATE_WRITE, NULL, &mover->state, &why))
		return false;
	for (int i = 0; i < mover->migration->entity_count && !has_checkpoints; i++)
		if (!state_each_checkpoint(mover->state, mover->migration->entities[i].name,
					   stop_at_any, &has_checkpoints, &why))
			return false;
	run = strrchr(state_identity(mover->state), ' ');
	if (has_checkpoints || !run || strlen(run + 1) >= sizeof(mover->run))
		return false;
	err_reset(err);
	strncpy(mover->run, run + 1, sizeof(mover->run) - 1);
	return true;
}

static bool open_state(struct mover *mover, struct conn *target, struct err *err)
{
	struct span system, run;

	if (!first_run(target, mover->arena, &system, &run, err))
		return false;
	make_run_id(mover->run);
	if (!run.data)
		return open_fresh_state(mover, err);
	if (!span_equal_text(system, mover->migration->system))
		return err_set(err, ERR_REFUSED,
			       "the target holds records of system \"%.*s\", %s says \"%s\"",
			       SPAN_ARGS(system), mover->options->rules, mover->migration->system);
	return state_open(mover->options->state, STATE_WRITE,
			  identity_of(mover->arena, system, run), &mover->state, err);
}

/* ---- opening ---- */

static bool ensure_tables(struct mover *mover, struct conn *target, struct err *err)
{
	bool ok = true;

	mover->finals = arena_alloc(
	    mover->arena, (size_t)mover->migration->entity_count * sizeof(*mover->finals) + 1);
	if (!conn_begin(target, err))
		return false;
	for (int i = 0; i < control_table_count && ok; i++)
		ok = conn_ensure_table(target, control_tables[i], err);
	for (int i = 0; i < mover->migration->entity_count && ok; i++) {
		mover->finals[i] = final_table(mover->arena, &mover->migration->entities[i]);
		ok = conn_ensure_table(target, mover->finals[i], err);
	}
	if (ok && conn_commit(target, err))
		return true;
	conn_rollback(target);
	return err_while(err, "making the tables of the target");
}

/* The whole key space is one chunk before anybody has walked it. */
static bool ensure_first_chunk(struct conn *target, const char *entity, struct err *err)
{
	struct key_range everything = { SPAN_NONE, SPAN_NONE };
	struct chunk chunk;
	int64_t last;

	if (!chunk_last_no(target, entity, &last, err))
		return false;
	if (last >= 0)
		return true;
	chunk_init(&chunk, 0, 0, everything);
	return chunk_insert(target, entity, &chunk, err) && shard_insert(target, entity, 0, err);
}

static bool prepare_entities(struct mover *mover, struct conn *target, struct err *err)
{
	char prefix[OWNER_SIZE];
	bool ok = true;

	snprintf(prefix, sizeof(prefix), "%s/", state_owner(mover->state));
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (!mirror_check(target, mover->state, mover->migration->entities[i].name, err))
			return false;
	if (!conn_begin(target, err))
		return false;
	for (int i = 0; i < mover->migration->entity_count && ok; i++) {
		const char *entity = mover->migration->entities[i].name;

		ok = ensure_first_chunk(target, entity, err) &&
		     shard_take_over(target, entity, prefix, mover->arena, err);
	}
	if (ok && conn_commit(target, err))
		return true;
	conn_rollback(target);
	return false;
}

bool mover_open(struct mover *mover, enum mover_kind kind, struct opening *opening,
		struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	const struct move_options *options = mover->options;
	int64_t now = clock_monotonic_ns();

	*opening = (struct opening){ 0 };
	pthread_mutex_init(&mover->turn, NULL);
	pthread_mutex_init(&mover->lock, NULL);
	pthread_cond_init(&mover->published, NULL);
	mover->steer = (struct steer){ .workers_allowed = options->workers };
	limit_init(&mover->rows, options->rows_per_s, now);
	limit_init(&mover->bytes, options->bytes_per_s, now);
	if (!conn_open(options->legacy, CONN_SOURCE, &opening->legacy, err) ||
	    !move_load_rules(options->rules, opening->legacy, mover->arena, &opening->host, faults,
			     warnings, err))
		return false;
	mover->migration = rule_host_migration(opening->host);
	if (mover->migration->entity_count > MOVE_ENTITIES_MAX)
		return err_set(err, ERR_RULE, "%s has more than %d entities", options->rules,
			       MOVE_ENTITIES_MAX);
	if (url_is_same_store(options->legacy, options->target))
		return err_set(err, ERR_USAGE,
			       "legacy and target are one store, %s: nothing is ever written into "
			       "legacy; name another target",
			       url_for_people(mover->arena, options->target));
	mover->rule_epochs = arena_zalloc(mover->arena, MOVE_ENTITIES_MAX * sizeof(int64_t));
	if (!conn_open(options->target, CONN_TARGET, &opening->target, err))
		return false;
	mover->takes_turns = opening->target->driver->can & DRIVER_ONE_WRITER;
	mover->is_remote =
	    (opening->legacy->driver->can | opening->target->driver->can) & DRIVER_REMOTE;
	return ensure_tables(mover, opening->target, err) &&
	       open_state(mover, opening->target, err) &&
	       version_activate(mover, opening->target, faults, err) &&
	       begin_run(mover, kind, opening, err) &&
	       prepare_entities(mover, opening->target, err);
}

void mover_close(struct mover *mover, struct opening *opening)
{
	state_close(mover->state);
	conn_close(opening->target);
	rule_host_close(opening->host);
	conn_close(opening->legacy);
	pthread_cond_destroy(&mover->published);
	pthread_mutex_destroy(&mover->lock);
	pthread_mutex_destroy(&mover->turn);
}
