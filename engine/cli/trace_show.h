/*
 * trace_show.h: where a record came from, to read and as JSON.
 */
#ifndef ENGINE_CLI_TRACE_SHOW_H
#define ENGINE_CLI_TRACE_SHOW_H

#include "engine/cli/command.h"
#include "engine/move/trace.h"

/* "identical", "differs" or "could not tell" */
const char *trace_answer_word(const struct trace *trace);

void trace_put_text(struct buf *out, const struct cli *cli, const struct trace *trace,
		    struct arena *arena);
void trace_put_json(struct buf *out, const struct trace *trace, struct arena *arena);

/* The decision of the record's rule with this id, or NULL. */
const struct decision_info *trace_decision(const struct trace *trace, struct span id);

#endif
