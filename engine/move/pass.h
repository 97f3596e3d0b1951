/*
 * pass.h: one read and merge, from what was derived to what is written. For engine/move only.
 */
#ifndef ENGINE_MOVE_PASS_H
#define ENGINE_MOVE_PASS_H

#include "engine/model/span_map.h"
#include "engine/move/mover.h"

/* What happens to a source row. */
enum action {
	ACTION_UNCHANGED,
	ACTION_INSERT,
	ACTION_UPDATE,
	ACTION_SKIP,
	ACTION_REJECT,
};

/* A record the target holds of this chunk. */
struct held {
	struct span key, id;
	struct digest digest;
	bool live;
	bool by_this_run;
	bool seen;      /* its key was read */
	bool withdrawn; /* by this pass */
	bool removed;   /* likewise, as on_delete says */
};

/* A chunk some of whose rows this pass has changed. */
struct touched {
	const char *entity, *part;
	int64_t chunk_no;
};

/* Of a pass that repairs: what was damaged. */
struct repair {
	const struct span_map *damaged; /* ids of records whose rows are not what was written */
	/* The rows are not as the pass before left them, or some are damaged: then every live record is written anew, since of the others
	 * nobody knows. */
	bool is_anew;
	bool is_touched; /* the store said so */
};

struct pass {
	struct worker *worker;
	const struct lease *lease;
	struct chunk *chunk;
	const struct entity_info *entity;
	const struct table *final;
	const struct table *stage; /* NULL: the target has none */
	struct arena *arena;

	const struct joined *joined;
	struct outcome *outcomes; /* those that lose their id to another key become rejects */
	struct span position;

	const struct span *keys; /* only these, or NULL: the whole chunk */
	size_t key_count;

	struct repair *repair; /* NULL: what was written is believed */

	struct collision_set collisions;
	bool careful; /* an id exists elsewhere: look before each insert */

	bool *is_staged; /* one a row; NULL: records go straight into the final table */
	size_t staged_count;

	enum action *actions; /* one a row */
	int64_t *held_at;     /* one a row: index into held, or −1 */
	struct held *held;
	size_t held_count;

	struct strata *strata; /* what its rows went through; NULL: it was not looked at */

	bool has_written;        /* a row of its own chunk */
	struct touched *touched; /* other chunks */
	size_t touched_count;

	struct move_counts counts; /* of this pass */
	int64_t record_count;      /* of the chunk, live, after it */
	struct digest digest;
};

/* ---- pass.c: the frame ---- */

void pass_init(struct pass *pass, struct worker *worker, const struct lease *lease,
	       struct chunk *chunk);
/* Inside the transaction: worker_hold(). */
bool pass_hold(struct pass *pass, struct err *err);
/* The end of every pass's transaction; after is the chunk as it now is. */
bool pass_finish(struct pass *pass, const char *kind, struct chunk *after, struct err *err);
/* Behind the commit: the local mirror. */
bool pass_remember(struct pass *pass, struct err *err);
/* Merge by `once`, a whole transaction; where an id exists elsewhere a second time, looking first. */
bool pass_merge(struct pass *pass, bool (*once)(struct pass *pass, struct err *err),
		struct err *err);

bool pass_in_scope(const struct pass *pass, struct span key);

/* ---- chunk_pass.c ---- */

/* The whole chunk is derived, whatever was known of it, and its counters with it. judge sees the pass behind its commit; it is not called
 * where the run had to stop before. */
bool pass_repair(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		 const struct span_map *damaged,
		 void (*judge)(const struct pass *pass, void *context), void *context,
		 struct err *err);

/* ---- merge.c ---- */

/* Inside a transaction: probe, decide, write records; fills actions, counts and totals. ERR_CONFLICT when an
 * id exists elsewhere: roll back and merge again with careful set. */
bool merge_records(struct pass *pass, struct err *err);

/* ---- final_rows.c ---- */

bool final_probe(struct pass *pass, struct err *err);
/* The record of a row as it is stored. Texts lie in the pass's arena. */
void final_to_row(struct pass *pass, size_t index, struct datum row[FINAL_COLUMNS]);
/* From the stage, where the pass has staged its records. */
bool final_insert(struct pass *pass, const size_t *rows, size_t row_count, struct err *err);
bool final_update(struct pass *pass, size_t row, struct err *err);
/* One after the other, each id looked up first. Rows whose id is taken become rejects. */
bool final_insert_carefully(struct pass *pass, const size_t *rows, size_t row_count,
			    struct err *err);
/* A live record of another key that has this id claims it, too: note it as a collision. */
bool final_note_owner(struct pass *pass, struct span id, struct span key, struct err *err);
/* Stamp a record, or do what on_delete says when its key is gone. */
bool final_withdraw(struct pass *pass, const struct held *held, const char *why, struct err *err);

/* The row loses its id: another key claims it too. */
bool pass_reject_collision(struct pass *pass, size_t row, struct err *err);

/* ---- touched.c: the store's own digests of the chunks a pass has written to ---- */

/* A row has left that chunk for this pass's. */
void pass_touch(struct pass *pass, const char *entity, const char *part, int64_t chunk_no);

/* Behind the last row written: record the digests of what was, and of the pass's own chunk where none is known. */
bool pass_record_digests(struct pass *pass, struct chunk *after, struct err *err);

/* ---- quarantine.c ---- */

/* Inside the transaction: open rows for what was rejected, close those whose keys merged. Fills the number of
 * open rejects and orphans among the keys in scope before this pass. */
bool quarantine_sync(struct pass *pass, int64_t *rejects_before, int64_t *orphans_before,
		     struct err *err);

#endif
