/*
 * ahead.h: what the target holds of one chunk after the other, the next one being read while the last one is judged. For
 * engine/validate only.
 */
#ifndef ENGINE_VALIDATE_AHEAD_H
#define ENGINE_VALIDATE_AHEAD_H

#include "engine/validate/checks.h"

struct ahead;

/* Reads the validation's chunks from the first-th on, in their order, with payloads, by a thread and a connection of its own. They
 * must stay as they are until it is closed. */
bool ahead_open(const struct validation *validation, size_t first, struct ahead **ahead,
		struct err *err);

/* The next chunk's; NULL behind the last. Valid until it is given back, which comes before the next is asked for. */
bool ahead_next(struct ahead *ahead, const struct holding **holding, struct err *err);
void ahead_give_back(struct ahead *ahead);

void ahead_close(struct ahead *ahead); /* NULL is fine */

#endif
