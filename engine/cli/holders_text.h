/*
 * holders_text.h: who holds which shard, for people and as JSON.
 */
#ifndef ENGINE_CLI_HOLDERS_TEXT_H
#define ENGINE_CLI_HOLDERS_TEXT_H

#include "engine/move/move.h"

/* "shard 3 of job is held by ann@box:1234, worker 2, for 27 s more", a line each; nothing for none. */
void holders_put_text(struct buf *out, const struct move_holder *holders, size_t count);

/* The member "holders": [{"entity","shard","who","run","worker","lease_s"},…] */
void holders_put_json(struct json_writer *json, const struct move_holder *holders, size_t count);

#endif
