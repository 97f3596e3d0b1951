/*
 * standing_text.h: which evidence stands, for people and for programs.
 */
#ifndef ENGINE_CLI_STANDING_TEXT_H
#define ENGINE_CLI_STANDING_TEXT_H

#include "engine/cli/text.h"
#include "engine/validate/standing.h"

void standing_put_text(struct buf *buf, const struct look *look, const struct standing *list,
		       int count);
void standing_put_json(struct buf *buf, const struct standing *list, int count);

/* All of it stands, and nothing was written since. */
bool standing_is_whole(const struct standing *list, int count);

#endif
