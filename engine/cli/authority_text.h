/*
 * authority_text.h: who is believed for which buckets, for people and as JSON.
 */
#ifndef ENGINE_CLI_AUTHORITY_TEXT_H
#define ENGINE_CLI_AUTHORITY_TEXT_H

#include "engine/base/json.h"
#include "engine/ledger/authority.h"

/* One range as an object; its entity is what somebody wrote into the table. */
void authority_put_range_json(struct json_writer *json, const struct authority_range *range);

#endif
