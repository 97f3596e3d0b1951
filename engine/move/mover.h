/*
 * mover.h: one run and its workers. For engine/move only.
 *
 * A worker owns one thread, one rule host, one source and one target connection, one arena; what is
 * shared stands in struct mover, behind its mutexes.
 */
#ifndef ENGINE_MOVE_MOVER_H
#define ENGINE_MOVE_MOVER_H

#include <pthread.h>

#include "engine/derive/derive.h"
#include "engine/ledger/ledger.h"
#include "engine/move/chunk.h"
#include "engine/move/limit.h"
#include "engine/move/move.h"
#include "engine/move/outage.h"
#include "engine/move/sampler.h"
#include "engine/move/steer.h"
#include "engine/move/strata_known.h"
#include "engine/move/waits.h"
#include "engine/target/final.h"
#include "engine/target/payload.h"
#include "engine/target/transact.h"

enum { OWNER_SIZE = 256, SHARD_CHUNKS = 4, LEASE_US = 30 * 1000 * 1000 };
#define LEASE_RENEW_NS INT64_C(8000000000)

struct mover {
	const struct move_options *options;
	struct move_progress *progress;
	struct arena *arena; /* lives as long as the run */
	struct state *state;

	const struct migration_info *migration;
	const struct table **finals; /* one an entity */
	const struct table **stages; /* likewise; NULL where the target has none */
	int64_t *rule_epochs;        /* one an entity */
	char run[RUN_ID_SIZE];
	const struct payload_form *forms; /* one an entity */
	int64_t transformed_at_us;
	struct ledger_head ledger_head; /* the last entry that this process appended */
	struct history history;   /* of legacy: what this run reads, which is the accepted one */
	int64_t history_since_us; /* when it was accepted; 0: it is accepted with this run */

	/* Where write transactions exclude each other, workers take turns here instead of polling. */
	bool takes_turns;
	pthread_mutex_t turn;
	bool is_remote; /* a store may go away and come back */
	bool
	    has_given_up; /* on one that did not, or on something else that trying again will not mend */

	pthread_mutex_t lock;     /* of everything below */
	pthread_cond_t published; /* new shards, or a shard was finished */
	struct limit rows, bytes;
	struct throttle throttle;
	struct latency reads, commits; /* of chunks from legacy, of transactions in the target */
	struct waits waits;
	struct outage outage;
	struct steer steer;
	int64_t retry_count;
	bool first_writes[MOVE_ENTITIES_MAX]; /* that are noted in engine_entity */
	struct err err;                       /* the first failure of any worker */
	bool
	    is_frozen; /* the target is not the one we know any more: nothing of us is written into it */

	struct sampler sampler; /* tells the throttle how the stores fare */

	struct strata_knowledge strata;
};

struct worker {
	struct mover *mover;
	int index;
	char owner
	    [OWNER_SIZE]; /* STATE-OWNER/RUN/WORKER/USER@HOST:PROCESS; workers counted from 1 */
	struct rule_host *host;
	struct conn *legacy;
	struct conn *target;
	struct deriver *deriver;
	struct arena arena; /* dies with the chunk */
	struct arena plan;  /* dies with the shard */
	struct buf payload; /* scratch of the record being written */
	bool in_turn, in_transaction;
	bool is_admitted;  /* one of those that may work now */
	bool is_asking;    /* it has come back, and others wait for what comes of it */
	int64_t held_ns;   /* monotonic: when the lease was last extended */
	bool in_flight;    /* it has a place among the chunks the throttle lets begin */
	int64_t flight_ns; /* monotonic: since when */
};

struct lease {
	int entity;
	int64_t shard_no;
	int64_t epoch;
};

/* ---- worker.c ---- */

bool worker_open(struct worker *worker, struct mover *mover, int index, struct err *err);
void worker_close(struct worker *worker);
/* Its connections and what reads through them; the rules stay. */
bool worker_connect(struct worker *worker, struct err *err);
void worker_disconnect(struct worker *worker);

/* A write transaction, in turn. A commit that fails has rolled back; rolling back twice is fine. */
bool worker_begin(struct worker *worker, struct err *err);
bool worker_commit(struct worker *worker, struct err *err);
void worker_rollback(struct worker *worker);

/* Claim shard after shard until every one is done or the run has to stop. */
bool worker_run(struct worker *worker, struct err *err);
bool mover_must_stop(struct mover *mover);
/* A worker waits from now on, or no more, for a reason that outlives the run; shown (may be NULL) says more of it. Others go on
 * waiting for theirs. */
void mover_begin_pause(struct mover *mover, const char *reason, const char *shown);
void mover_end_pause(struct mover *mover, const char *reason);
/* Wake whoever waits for shards. */
void mover_announce(struct mover *mover);

static inline const struct entity_info *mover_entity(const struct mover *mover, int entity)
{
	return &mover->migration->entities[entity];
}

/* The part of the same kind of record with this name, or −1. */
static inline int mover_part(const struct mover *mover, int entity, struct span part)
{
	const char *record = mover_entity(mover, entity)->record;

	for (int i = 0; i < mover->migration->entity_count; i++)
		if (strcmp(mover_entity(mover, i)->record, record) == 0 &&
		    span_equal_text(part, mover_entity(mover, i)->part))
			return i;
	return -1;
}

/* Is it this entity, or a part of it? "account/members" is part of "account". */
static inline bool is_part_of(struct span name, const char *entity)
{
	size_t size = strlen(entity);

	return span_equal_text(name, entity) ||
	       (name.size > size && memcmp(name.data, entity, size) == 0 && name.data[size] == '/');
}

/* ---- admission.c ---- */

/* Why whoever waits for a pause to end does. */
extern const char mover_reason_ordered[];

/* Wait until this worker may work; false when the run has to stop first. */
bool worker_await_admission(struct worker *worker);
/* Between two chunks: false when it is to give its shard back and wait. */
bool worker_may_go_on(struct worker *worker);
/* It holds no shard any more. */
void worker_leave(struct worker *worker);

bool mover_is_paused(struct mover *mover);
/* Until nobody asks for a pause any more, or the run has to stop. */
void mover_await_resume(struct mover *mover);
/* With the lock held: until something is announced, and no longer than this. */
void mover_doze_locked(struct mover *mover, int64_t duration_ns);

/* ---- recover.c ---- */

/* Why whoever waits for that does. */
extern const char mover_reason_away[];

/* After err: where the lease was lost, nothing is left to do; else wait until the stores are there again, and come back with
 * new connections, or until the run has to stop. False with err when that is no use, or takes too long. */
bool worker_recover(struct worker *worker, struct err *err);
/* Where this worker was the one who asked: it did what there was to do, be it nothing, and the others may go on. */
void worker_answers(struct worker *worker);
/* It failed with this; the first time that is logged. */
void mover_outage_begins(struct mover *mover, const struct err *err);
/* A chunk was passed, whoever did it. */
void mover_outage_ends(struct mover *mover);
/* What outage_fail() wants to be told. */
uint32_t mover_chance(void);
/* The connection of the run itself may be from before an outage: make it anew. */
bool mover_reopen_target(struct mover *mover, struct conn **target, struct err *err);

/* ---- mover.c ---- */

enum mover_kind { MOVER_RUN, MOVER_RETRY, MOVER_REPAIR };
/* "run", "retry", "repair": as engine_run and the ledger have it */
const char *mover_kind_name(enum mover_kind kind);

/* Everything up to the first chunk: rules, stores, tables, state folder, version, run, leases. */
struct opening {
	struct conn *legacy, *target;
	struct rule_host *host;
	bool is_resumed;
	bool has_begun; /* the ledger says that the run started */
};
bool mover_open(struct mover *mover, enum mover_kind kind, struct opening *opening,
		struct fault_list *faults, struct fault_list *warnings, struct err *err);
void mover_close(struct mover *mover, struct opening *opening);

/* As the people of a store see its connections: "engine:RUN:what". */
bool mover_name_conn(const struct mover *mover, struct conn *conn, const char *what,
		     struct err *err);

/* ---- history.c: nobody writes from a history of legacy that is not the accepted one ---- */

/* ERR_DATA unless what legacy was seen to be is what this run reads. */
bool history_check(const struct mover *mover, const struct history *seen, struct err *err);

/* What is accepted, the same for all entities; is_there is false before the first run. */
struct accepted_history {
	bool is_there;
	struct history history;
	int64_t since_us;
};
bool history_read(struct conn *target, enum query_lock lock, struct accepted_history *accepted,
		  struct err *err);

/* Fill mover->history: what is accepted, and ERR_DATA when legacy is another one; or what legacy is, which version_activate() writes down
 * as accepted: behind it, again. */
bool history_begin(struct mover *mover, struct conn *legacy, struct conn *target, struct err *err);

/* In a transaction: is it still what is accepted? With a lock it stays so until the end. */
bool history_hold_all(const struct mover *mover, struct conn *target, enum query_lock lock,
		      struct err *err);

/* At the beginning of every write of what was read from legacy, in its transaction: is the rule of this run still the active one
 * (ERR_REFUSED), and what this worker read last of the accepted history (ERR_DATA)? Both stay so until the transaction ends. lock:
 * QUERY_SHARE or QUERY_UPDATE. */
bool worker_hold(struct worker *worker, int entity, enum query_lock lock, struct err *err);

/* ---- run_row.c ---- */

/* Go on with an unfinished run of the same rules (opening->is_resumed), or begin a new one with the id that mover->run has. */
bool mover_begin_run(struct mover *mover, enum mover_kind kind, struct opening *opening,
		     struct err *err);

/* Write down that the run is complete, or that it stopped and stays resumable, and what it has counted. */
bool mover_end_run(struct mover *mover, enum mover_kind kind, struct opening *opening,
		   struct move_report *report, struct err *err);

/* Write down that a run that had begun failed, as far as that still can be written. */
void mover_note_failure(struct mover *mover, enum mover_kind kind, struct opening *opening,
			const struct err *failure);

/* ---- run.c ---- */

/* What the target says of this run. */
bool mover_report(struct mover *mover, enum mover_kind kind, struct conn *target,
		  struct move_report *report, struct err *err);

/* ---- worker_transact.c ---- */

/* target_transact() on the worker's connection, in its turn. */
bool worker_transact(struct worker *worker, transaction_function work, void *context,
		     struct err *err);

/* ---- entries.c: what a run writes into the ledger, inside the caller's transaction ---- */

bool entries_rule_registered(struct mover *mover, struct conn *target, struct err *err);
bool entries_run_started(struct mover *mover, enum mover_kind kind, bool is_resumed,
			 struct conn *target, struct err *err);
/* status: complete | stopped */
bool entries_run_ended(struct mover *mover, enum mover_kind kind, const char *status,
		       const struct move_report *report, struct conn *target, struct err *err);
bool entries_run_failed(struct mover *mover, enum mover_kind kind, const struct err *failure,
			struct conn *target, struct err *err);
bool entries_run_abandoned(struct mover *mover, struct span run, struct conn *target,
			   struct err *err);
bool entries_timeline_accepted(struct conn *target, struct move_acceptance *acceptance,
			       struct err *err);
/* After the commit: the state folder has seen what was appended. */
bool entries_remember(struct mover *mover, struct err *err);

/* ---- report.c ---- */

/* Add what was counted of an entity, or of a part of one, to its kind of record. */
void report_add(struct move_report *report, struct arena *arena,
		const struct move_entity_report *part);

/* ---- kinds.c ---- */

/* What stays in quarantine of the migration (of an entity, of a key of it; NULL: all), by kinds; the first of the
 * most frequent ones are told as the rule tells them, whose file is known here. */
bool kinds_report(struct mover *mover, struct opening *opening, const char *entity, const char *key,
		  struct move_report *report, struct err *err);

/* ---- mirror.c ---- */

/* Is the target the one this machine remembers, ledger and passes, and not an older copy of it? ERR_DATA when not; then the run
 * is frozen (mover->is_frozen). Workers may write meanwhile. */
bool mirror_compare(struct mover *mover, struct conn *target, struct err *err);

/* The passes of one entity alone. */
bool mirror_compare_entity(struct conn *target, struct state *state, const char *entity,
			   struct err *err);

/* The same before anybody works; then the state folder's mirror is brought up to the target. */
bool mirror_catch_up(struct mover *mover, struct conn *target, struct err *err);

/* ---- shard.c: leases ---- */

/* Claim a free shard that this run has not finished. busy: none is free, but some are not finished. */
bool shard_claim(struct worker *worker, int entity, bool *claimed, bool *busy, struct lease *lease,
		 struct err *err);
/* Claim a given shard, finished or not. */
bool shard_claim_one(struct worker *worker, int entity, int64_t shard_no, bool *claimed,
		     struct lease *lease, struct err *err);

/* The last statement of every write: still ours? Holds the row to the commit and extends the lease.
 * cursor −1 leaves the cursor. ERR_TRANSIENT when the lease is lost: roll back, write nothing. */
bool shard_hold(struct worker *worker, const struct lease *lease, int64_t cursor, struct err *err);

/* Give it back; finished stamps this run. */
bool shard_release(struct worker *worker, const struct lease *lease, bool finished,
		   struct err *err);

/* A shard that nobody holds. */
bool shard_insert(struct conn *target, const char *entity, int64_t shard_no, struct err *err);
bool shard_last_no(struct conn *target, const char *entity, int64_t *shard_no, struct err *err);

/* Free what a dead process of the same state folder still holds. */
bool shard_take_over(struct conn *target, const char *entity, const char *owner_prefix,
		     struct arena *arena, struct err *err);

/* ---- pathfind.c ---- */

/* Split a chunk that holds too many roots, publishing the parts ahead of the workers. */
bool pathfind(struct worker *worker, const struct lease *lease, struct chunk *chunk,
	      struct err *err);
/* Split off the first rows of a chunk that does not fit in memory; *split is false when it holds one root, at its end,
 * or none. */
bool pathfind_smaller(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		      bool *split, struct err *err);

/* ---- pace.c ---- */

/* Extend the lease when it is time: what takes long between two writes must not cost it. */
bool pace_keep_lease(struct worker *worker, const struct lease *lease, struct err *err);
/* Wait until what was taken is paid for, saying why; ends early when the run has to stop, or this worker to wait. */
bool pace_wait(struct worker *worker, const struct lease *lease, struct err *err);
void pace_take(struct worker *worker, size_t row_count, size_t bytes);
/* Wait until another chunk may begin, and take a place among those in flight; without one when the run has to stop. */
bool pace_begin_chunk(struct worker *worker, const struct lease *lease, struct err *err);
/* Give the place back, if there is one. */
void pace_end_chunk(struct worker *worker);
/* Something took from began_ns until now: of mover->reads or mover->commits. */
void pace_note(struct worker *worker, struct latency *latency, int64_t began_ns);

/* ---- chunk_pass.c, key_pass.c ---- */

/* Read one chunk and merge it. */
bool pass_chunk(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		struct err *err);
/* The same for some keys of the chunk, whatever was known of them. */
bool pass_keys(struct worker *worker, const struct lease *lease, struct chunk *chunk,
	       const struct span *keys, size_t key_count, struct err *err);

/* ---- collision.c ---- */

/* Ids that more than one live legacy key claims. */
struct collision_set {
	struct span *ids;
	size_t id_count;
};
bool collision_load(struct conn *target, const char *record, struct arena *arena,
		    struct collision_set *set, struct err *err);
bool collision_contains(const struct collision_set *set, struct span id);
/* Note, inside the caller's transaction, that this key claims the id; noting twice is fine. */
bool collision_note(struct worker *worker, int entity, struct span id, struct span key,
		    int64_t chunk_no, struct err *err);
/* At the end of a run: look at every open collision of a kind of record again, reject all claimants or
 * merge the only one that is left, so that the result does not depend on who came first. entity: any
 * part of it. */
bool collision_settle(struct worker *worker, int entity, struct err *err);

/* ---- strata_known.c ---- */

void strata_init(struct mover *mover);
void strata_release(struct mover *mover);

/* What stands in engine_stratum is known. */
bool strata_load(struct mover *mover, struct conn *target, struct err *err);
void strata_ask(struct mover *mover, int entity, struct span name, struct known_stratum *known);

/* At the end: nothing stands there that need not, where this run or one before it wrote. */
bool strata_sweep(struct mover *mover, struct conn *target, struct err *err);

/* ---- strata_refill.c ---- */

/* In the transaction that begins a run: chunks are due that must be derived again for their strata. */
bool strata_refill(struct mover *mover, struct conn *target, struct err *err);

/* ---- version.c ---- */

/* Register the rule's texts and make its version the active one, or say why it may not be (ERR_REFUSED
 * with faults E4001, E4002). Fills mover->rule_epochs. In one transaction. */
bool version_activate(struct mover *mover, struct conn *target, struct fault_list *faults,
		      struct err *err);

#endif
