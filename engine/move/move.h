/*
 * move.h: carries the records of a migration from legacy to the target.
 *
 * What cli needs of this room: run, dry run, quarantine, status and rebuilding the state. Everything that is
 * printed is returned as data; nothing here prints.
 */
#ifndef ENGINE_MOVE_MOVE_H
#define ENGINE_MOVE_MOVE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/ledger/ledger.h"
#include "engine/model/digest.h"
#include "engine/model/fault_groups.h"
#include "engine/rules/config.h"
#include "engine/rules/rule_host.h"
#include "engine/state/state.h"

enum { MOVE_WORKERS_MAX = 64, MOVE_ENTITIES_MAX = 64, RUN_ID_SIZE = 16 };

struct json_writer;

struct move_options {
	const char *rules;           /* "rules/v3.lua" */
	const char *legacy, *target; /* URLs */
	const char *state;           /* folder */
	int workers;                 /* 1 to MOVE_WORKERS_MAX */
	uint32_t chunk_rows;         /* roots a chunk */
	bool is_staged; /* records are committed into a table of their own before they are merged */
	uint64_t rows_per_s, bytes_per_s;     /* 0: no limit */
	const struct signal_setting *signals; /* that slow it down */
	int signal_count;
};

enum { MOVE_CHUNK_ROWS = 3000, MOVE_CHUNK_BYTES = 12 << 20 };

/* How a run stands; written by workers, read by whoever shows it. */
struct move_progress {
	atomic_int stop_signal;   /* set from outside: finish the chunk and stop */
	atomic_llong rows_done;   /* roots passed by this process */
	atomic_llong rows_total;  /* roots in legacy, −1 while unknown */
	atomic_llong rows_before; /* roots this run had passed before it was resumed */
	atomic_llong rejected;
	atomic_int workers_busy;
	atomic_llong rows_per_s;            /* of the last second */
	atomic_llong beats;                 /* turns of the loop that watches the workers */
	_Atomic(const char *) pause_reason; /* outlives the run; NULL when nothing waits */
	_Atomic(const char *)
	    phase; /* "starting", "moving", "settling", "done", "stopped", "failed" */
};

struct move_counts {
	int64_t read, merged, unchanged, skipped, rejected, fenced, withdrawn, children, orphans;
};

struct move_entity_report {
	const char *entity; /* "account", all parts of it together */
	struct move_counts counts;
	int64_t chunks, chunks_due; /* in the target; of these such as the run has not passed */
	int64_t record_count;       /* live records in the target */
	struct digest digest;       /* their sum */
};

/* For one reason. */
enum { MOVE_PAUSES_MAX = 2 * SIGNALS_MAX + 8 };
struct move_pause {
	const char *reason;
	int64_t count;
	double seconds; /* in which at least one worker waited */
};

struct move_report {
	char run[RUN_ID_SIZE];
	const char *version;
	char fingerprint[SHA256_HEX_SIZE];
	bool complete;
	struct move_entity_report entities[MOVE_ENTITIES_MAX];
	int entity_count;
	int64_t
	    quarantined; /* of a run: its rejects and orphans; of a retry: what stays open of what it was asked for */
	int64_t repaired, left; /* of a repair: records and rows that were to be */
	struct fault_groups
	    kinds; /* of what is in quarantine, by first faults; the most frequent first */
	double seconds;
	struct move_pause pauses[MOVE_PAUSES_MAX]; /* of this process */
	int pause_count;
};

/* Move everything that is due. Stops early, cleanly, when progress->stop_signal is set (complete is then
 * false and the function still returns true), or with ERR_CANCELLED when the target cannot be asked how far it came. While
 * it runs it can be told to pause, to go slower, to stop: ctl.h. faults: why the rule file was refused; warnings: what it should
 * say but does not. Texts lie in the arena. */
bool move_run(const struct move_options *options, struct move_progress *progress,
	      struct arena *arena, struct move_report *report, struct fault_list *faults,
	      struct fault_list *warnings, struct err *err);

/* Take the open quarantine rows of an entity (NULL: all; key NULL: all keys) again, by the active rule. */
bool move_retry(const struct move_options *options, const char *entity, const char *key,
		struct move_progress *progress, struct arena *arena, struct move_report *report,
		struct fault_list *faults, struct fault_list *warnings, struct err *err);

/* What differs between the sides: a record or a row, or a chunk by itself. */
struct move_repair {
	const char *entity;
	int64_t chunk_no;    /* below 0 where none is known */
	struct span id, key; /* no data where there is none */
	int64_t name;        /* items of one name are of one record or row; −1: of none */
	bool is_of_record;   /* its row in the target is damaged */
	bool is_lasting;     /* likewise, and stays so when the record is withdrawn */
	bool is_extra;       /* the target has it, legacy has not */

	const char *left; /* why it is not repaired now; NULL: it was moved again */
	bool is_written;  /* its row in the target was */
};

/* Move again every chunk in which something differs, as a run does, and write its live records anew unless the store says that nobody
 * touched its rows. What no pass can make again is left, and says why. Fills the items' last two. ERR_TRANSIENT when a shard is held: what
 * was moved until then stays so. */
bool move_repair(const struct move_options *options, struct move_repair *items, size_t count,
		 struct move_progress *progress, struct arena *arena, struct move_report *report,
		 struct fault_list *faults, struct fault_list *warnings, struct err *err);

/* Load a rule file the way a run does: against the tables legacy has. */
bool move_load_rules(const char *path, struct conn *legacy, struct arena *arena,
		     struct rule_host **host, struct fault_list *faults,
		     struct fault_list *warnings, struct err *err);

/* Everything --ddl prints; with the stages where records are staged. */
void move_put_ddl(const struct migration_info *migration, const struct driver *driver,
		  bool is_staged, struct arena *arena, struct buf *sql);

/* [{"reason","count","seconds"},…] */
void move_put_pauses(struct json_writer *json, const struct move_pause *pauses, int count);

/* How the last run stands according to the target. has_run is false when there is none. */
bool move_read_status(struct conn *target, struct arena *arena, bool *has_run,
		      struct move_report *report, struct err *err);

/* A shard that somebody holds now. Spans lie in the arena; state, run and worker have no data where the owner is not made like
 * ours. */
struct move_holder {
	const char *entity;
	int64_t shard_no;
	struct span who; /* "ann@box:1234", user, machine and process */
	struct span state, run, worker;
	int64_t left_us; /* of the lease, on the target's clock */
};
bool move_read_holders(struct conn *target, struct arena *arena, struct move_holder **holders,
		       size_t *count, struct err *err);

/* Another history of legacy is accepted, or it was the accepted one already. */
struct move_acceptance {
	struct history from, to;
	int64_t since_us; /* when `from` was accepted, by the target's clock */
	bool is_change;
	int64_t chunks_due;       /* that were passed, and are due again */
	struct ledger_head entry; /* that says so */
};

/* Believe the history that legacy has now: every chunk is due again, and the ledger says who did that. ERR_TRANSIENT while a run is
 * alive, ERR_DATA when the target has seen none. The state folder is the caller's alone. */
bool move_accept_timeline(struct conn *legacy, struct conn *target, struct state *state,
			  struct arena *arena, struct move_acceptance *acceptance, struct err *err);

/* {"system":"7…","timeline":1}, or null where a store tells none. */
void move_put_history(struct json_writer *json, const struct history *history);

struct quarantine_row {
	struct span entity, source, key, code, faults_json, row_json, resolved_by;
};
/* Open rows in order of entity, source and key; code NULL and key NULL: all. */
bool move_each_quarantined(struct conn *target, const char *entity, const char *code,
			   const char *key,
			   bool (*each)(void *context, const struct quarantine_row *row,
					struct err *err),
			   void *context, struct err *err);

/* The same rows by the kinds of their first faults, the most frequent first, however many there are. Texts lie in
 * the arena. A kind's record is "job [\"7\"]"; where the rule file stands is not known. */
bool move_quarantine_kinds(struct conn *target, const char *entity, struct arena *arena,
			   struct fault_groups *kinds, struct err *err);

/* Make the state folder's mirror again from the target. chunks: how many checkpoints were written; ledger: whether the target's
 * ledger is sound and what the folder had seen of it, which is replaced by what stands there now. */
bool move_rebuild_state(struct conn *target, struct state *state, int64_t *chunks,
			struct ledger_report *ledger, struct err *err);

/* The name of the migration a state folder belongs to: the system and the target's first run. In the
 * arena; "" when the target has seen no run. */
bool move_identity(struct conn *target, struct arena *arena, const char **identity,
		   struct err *err);

#endif
