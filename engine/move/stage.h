/*
 * stage.h: the table in which the records of a chunk wait to be merged: job_stage. For engine/move only.
 *
 * With --stage=durable a chunk's records are committed here first, and what is decided to be new is inserted into job_final
 * from here. A chunk's rows in it are written and removed by the holder of its lease alone, whatever run they are of.
 */
#ifndef ENGINE_MOVE_STAGE_H
#define ENGINE_MOVE_STAGE_H

#include "engine/move/pass.h"

/* The table beside this one of the same kind of record; in the arena. */
const struct table *stage_table(struct arena *arena, const struct entity_info *entity,
				const struct table *final);

/* Is there such a table? One of that name with other columns is somebody else's, and none. */
bool stage_find(struct conn *target, const struct table *stage, bool *exists, struct err *err);

/* A transaction of its own: put every derived record of the chunk into the stage, in place of what a crash left there. */
bool stage_records(struct pass *pass, struct err *err);

/* Inside the merge: insert these rows, which are among the staged ones. ERR_CONFLICT when an id exists. */
bool stage_insert(struct pass *pass, const size_t *rows, size_t row_count, struct err *err);

/* Inside any pass over the whole chunk: nothing of it is staged any more. */
bool stage_clear(struct pass *pass, struct err *err);

/* Inside the transaction that says that the run is complete: what a worker that lost its lease left there. */
bool stage_sweep(struct mover *mover, struct conn *target, struct err *err);

#endif
