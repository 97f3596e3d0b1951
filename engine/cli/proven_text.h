/*
 * proven_text.h: what `verify --watch` has proven of a target, for `status`.
 */
#ifndef ENGINE_CLI_PROVEN_TEXT_H
#define ENGINE_CLI_PROVEN_TEXT_H

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/target/proof.h"

/* Nothing where nobody has watched. */
void proven_put_text(struct buf *out, const struct proof_summary *summaries, size_t count);
/* "proven": null where nobody has. */
void proven_put_json(struct json_writer *json, const struct proof_summary *summaries, size_t count);

#endif
