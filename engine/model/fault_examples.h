/*
 * fault_examples.h: for every code a rule, or a legacy, that fails with it and the same one mended.
 *
 * They stand in fault_examples/CODE.txt, are carried by the binary, shown by `engine explain` and docs/errors.md,
 * and executed by tests/cli/explain.sh. A file is a list of parts, to be done in their order in an empty
 * folder; a part begins with a line "--- TITLE":
 *
 *   --- legacy            SQL for legacy.db
 *   --- rows              what stands in the file `rows`
 *   --- NAME              what stands in that file: authority.lua, rules.sum
 *   --- before: COMMAND   what stands in rule.lua (nothing: it stays as it is), and what is done then
 *   --- fails: COMMAND    the same; what is done ends in the code, and in no other
 *   --- fixed: COMMAND    the same; what is done ends in no fault at all
 */
#ifndef ENGINE_MODEL_FAULT_EXAMPLES_H
#define ENGINE_MODEL_FAULT_EXAMPLES_H

#include <stdbool.h>

#include "engine/base/span.h"

/* The whole file of a code; no data when there is none. */
struct span fault_example(const char *code);

struct example_part {
	struct span name;    /* "legacy", "rows", "authority.lua", "fails" … */
	struct span command; /* "engine map rule.lua < rows", or no data */
	struct span text;    /* with its line ends; may be empty */
};

/* Take the next part off the front; false at the end. */
bool example_next(struct span *rest, struct example_part *part);

#endif
