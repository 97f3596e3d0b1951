/*
 * coverage_text.h: what the examples of a rule file use of it, and what they leave unused.
 */
#ifndef ENGINE_CLI_COVERAGE_TEXT_H
#define ENGINE_CLI_COVERAGE_TEXT_H

#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/rules/rule_host.h"

void coverage_put_text(struct buf *out, const struct look *look, const struct coverage_part *parts,
		       int count);
/* {"lines":{"used","of"},…,"unused":[{"kind","where","name","file","line"}]} */
void coverage_put_json(struct json_writer *json, const struct coverage_part *parts, int count);

#endif
