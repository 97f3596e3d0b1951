/*
 * mover.c: opens everything a run needs, in the order in which nothing is touched before it is checked.
 */
#include "engine/move/mover.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/derive/describer.h"
#include "engine/move/stage.h"
#include "engine/rules/release.h"
#include "engine/target/control.h"

/* ---- rules ---- */

static bool load_against(const char *path, struct conn *legacy, struct arena *arena,
			 struct rule_host **host, struct fault_list *faults,
			 struct fault_list *warnings, struct err *err)
{
	size_t first_fault = faults->fault_count, first_warning = warnings->fault_count;
	struct describer describer;
	bool ok;

	describer_init(&describer, legacy, arena);
	ok = rule_host_open(path, &describer.schema, NULL, host, faults, warnings, err);
	if (describer.err.code == ERR_NONE)
		return ok;
	/* Of a table that nobody could look at nothing is known: not that the rule is wrong. */
	rule_host_close(*host);
	*host = NULL;
	faults->fault_count = first_fault;
	warnings->fault_count = first_warning;
	*err = describer.err;
	return false;
}

bool move_load_rules(const char *path, struct conn *legacy, struct arena *arena,
		     struct rule_host **host, struct fault_list *faults,
		     struct fault_list *warnings, struct err *err)
{
	if (!load_against(path, legacy, arena, host, faults, warnings, err))
		return false;
	if (derive_check_sources(legacy, rule_host_migration(*host), faults, err))
		return true;
	rule_host_close(*host);
	*host = NULL;
	return false;
}

/* ---- the state folder ---- */

static void make_run_id(char run[RUN_ID_SIZE])
{
	unsigned char bytes[6];

	require(getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(run + i * 2, 3, "%02x", bytes[i]);
}

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
	struct span system, run = SPAN_NONE;
	bool exists;

	if (!conn_table_exists(target, &table_run, &exists, err) ||
	    (exists && !first_run(target, arena, &system, &run, err)))
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

/* A stage that another run has left is known to every run, which tidies up in it chunk by chunk. */
static bool find_stages(struct mover *mover, struct conn *target, struct err *err)
{
	for (int i = 0; i < mover->migration->entity_count; i++) {
		bool exists;

		if (!stage_find(target, mover->stages[i], &exists, err))
			return false;
		if (!exists)
			mover->stages[i] = NULL;
	}
	return true;
}

static bool ensure_of_entity(struct mover *mover, int entity, struct conn *target, struct err *err)
{
	const struct entity_info *info = mover_entity(mover, entity);

	mover->finals[entity] = final_table(mover->arena, info);
	mover->stages[entity] = stage_table(mover->arena, info, mover->finals[entity]);
	return conn_ensure_table(target, mover->finals[entity], err) &&
	       (!mover->options->is_staged ||
		conn_ensure_table(target, mover->stages[entity], err));
}

static bool ensure_tables(struct mover *mover, struct conn *target, struct err *err)
{
	size_t size = (size_t)mover->migration->entity_count * sizeof(*mover->finals);
	bool ok = true;

	mover->finals = arena_alloc(mover->arena, size + 1);
	mover->stages = arena_alloc(mover->arena, size + 1);
	if (!conn_begin(target, err))
		return false;
	for (int i = 0; i < control_table_count && ok; i++)
		ok = conn_ensure_table(target, control_tables[i], err);
	for (int i = 0; i < mover->migration->entity_count && ok; i++)
		ok = ensure_of_entity(mover, i, target, err);
	if (ok && conn_commit(target, err))
		return mover->options->is_staged || find_stages(mover, target, err);
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

/* A folder that another engine has is not waited for: whoever started two of them wants to know. */
static bool open_own_state(struct mover *mover, struct conn *target, struct err *err)
{
	bool ok = open_state(mover, target, err);

	if (!ok && err->code == ERR_TRANSIENT && !conn_is_lost(target))
		mover->has_given_up = true;
	return ok;
}

static bool name_opened(const struct mover *mover, struct opening *opening, struct err *err)
{
	return mover_name_conn(mover, opening->legacy, "main", err) &&
	       mover_name_conn(mover, opening->target, "main", err);
}

static bool refuse_one_store(const struct mover *mover, struct err *err)
{
	return err_set(err, ERR_USAGE,
		       "legacy and target are one store, %s: nothing is ever written into "
		       "legacy; name another target",
		       url_for_people(mover->arena, mover->options->target));
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
	strata_init(mover);
	mover->steer = (struct steer){ .workers_allowed = options->workers };
	limit_init(&mover->rows, options->rows_per_s, now);
	limit_init(&mover->bytes, options->bytes_per_s, now);
	throttle_init(&mover->throttle, options->signals, options->signal_count, options->workers);
	sampler_init(mover);
	mover->is_remote = url_is_remote(options->legacy) || url_is_remote(options->target);
	if (!conn_open(options->legacy, CONN_SOURCE, &opening->legacy, err) ||
	    !sampler_check(mover, false, err) ||
	    !move_load_rules(options->rules, opening->legacy, mover->arena, &opening->host, faults,
			     warnings, err))
		return false;
	mover->migration = rule_host_migration(opening->host);
	if (!release_check(options->rules, mover->migration, faults, warnings, err))
		return false;
	if (mover->migration->entity_count > MOVE_ENTITIES_MAX)
		return err_set(err, ERR_RULE, "%s has more than %d entities", options->rules,
			       MOVE_ENTITIES_MAX);
	if (url_is_same_store(options->legacy, options->target))
		return refuse_one_store(mover, err);
	mover->rule_epochs = arena_zalloc(mover->arena, MOVE_ENTITIES_MAX * sizeof(int64_t));
	if (!conn_open(options->target, CONN_TARGET, &opening->target, err))
		return false;
	if (conn_is_same_store(opening->legacy, opening->target))
		return refuse_one_store(mover, err);
	mover->takes_turns = opening->target->driver->can & DRIVER_ONE_WRITER;
	/* A probe may look at the engine's own tables. */
	return ensure_tables(mover, opening->target, err) && sampler_check(mover, true, err) &&
	       open_own_state(mover, opening->target, err) &&
	       ledger_follow(opening->target, mover->state, err) &&
	       mirror_catch_up(mover, opening->target, err) &&
	       history_begin(mover, opening->legacy, opening->target, err) &&
	       version_activate(mover, opening->target, faults, err) &&
	       history_begin(mover, opening->legacy, opening->target, err) &&
	       mover_begin_run(mover, kind, opening, err) && name_opened(mover, opening, err) &&
	       strata_load(mover, opening->target, err) &&
	       prepare_entities(mover, opening->target, err) && sampler_start(mover, err);
}

void mover_close(struct mover *mover, struct opening *opening)
{
	sampler_stop(mover);
	state_close(mover->state);
	conn_close(opening->target);
	rule_host_close(opening->host);
	conn_close(opening->legacy);
	strata_release(mover);
	pthread_cond_destroy(&mover->published);
	pthread_mutex_destroy(&mover->lock);
	pthread_mutex_destroy(&mover->turn);
}
