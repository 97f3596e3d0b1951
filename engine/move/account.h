/*
 * account.h: the target's account of one record: the record, the run that made it, the pass that wrote it. For engine/move only.
 */
#ifndef ENGINE_MOVE_ACCOUNT_H
#define ENGINE_MOVE_ACCOUNT_H

#include "engine/move/trace.h"

/* Find the record in the tables of all entities, or of one. ERR_DATA when there is none, ERR_USAGE when two kinds of record have
 * one of that id. What the record's own row does not lead to (its run, its pass) is left out and not guessed. */
bool account_find(struct conn *target, const char *entity, const char *id, struct arena *arena,
		  struct account *account, struct err *err);

#endif
