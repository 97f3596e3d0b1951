/*
 * again.h: what is taken again outside a run, by one worker: quarantined keys, chunks that are repaired. For engine/move only.
 */
#ifndef ENGINE_MOVE_AGAIN_H
#define ENGINE_MOVE_AGAIN_H

#include "engine/move/mover.h"

struct again {
	enum mover_kind kind;
	bool (*work)(struct worker *worker, void *context, struct move_report *report,
		     struct err *err);
	/* Behind the end of it, what the report is to say besides; NULL: nothing. */
	bool (*look)(struct mover *mover, struct opening *opening, void *context,
		     struct move_report *report, struct err *err);
	void *context;
};

/* Everything around the work, which may set report->complete to false: it was told to stop. */
bool move_again(const struct move_options *options, struct move_progress *progress,
		struct arena *arena, const struct again *again, struct move_report *report,
		struct fault_list *faults, struct fault_list *warnings, struct err *err);

/* Claim the shard of a chunk and wait until the chunk may begin. ERR_TRANSIENT where somebody holds it; found is false, and nothing is
 * claimed, where there is no such chunk. The chunk lies in worker->plan, which is reset. */
bool again_begin_chunk(struct worker *worker, int entity, int64_t chunk_no, bool *found,
		       struct chunk *chunk, struct lease *lease, struct err *err);
bool again_end_chunk(struct worker *worker, const struct lease *lease, struct err *err);

#endif
