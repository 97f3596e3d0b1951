/*
 * worklist.h: what differs between legacy and target, by its causes, as what is to be moved again.
 */
#ifndef ENGINE_CLI_WORKLIST_H
#define ENGINE_CLI_WORKLIST_H

#include "engine/cli/command.h"
#include "engine/model/span_map.h"
#include "engine/move/move.h"
#include "engine/validate/validate.h"

/* One difference of a cause. Texts lie in the arena. */
struct worklist_entry {
	struct span id, key; /* no data where there is none */
	int64_t chunk_no;    /* CHUNK_UNKNOWN where none is known */
	const char *text;    /* of a count: what is not so; else NULL */
};

/* Differences of one check of one entity that are wrong in the same way. */
struct worklist_cause {
	enum check_kind check;
	enum difference_kind kind;
	const char *entity, *field, *text; /* field: NULL where it is none */
	int64_t count;
	struct worklist_entry *entries;
	int entry_count;
};

struct worklist {
	struct arena *arena;
	int entries_max; /* that are kept of a cause */
	struct worklist_cause *causes;
	int cause_count;
	struct span_map by_cause;

	struct move_repair
	    *items; /* each record or row once in each chunk, each chunk once by itself */
	int item_count;
	struct span_map by_item, by_name, by_chunk;
	int64_t name_count; /* records and rows that differ */
	int64_t chunk_count;
};

void worklist_init(struct worklist *worklist, struct arena *arena, int entries_max);

/* on_difference of a validation; context: the worklist. */
bool worklist_add(void *context, const struct difference *difference, struct err *err);

/* ---- worklist_text.c, worklist_json.c ---- */

struct shown_worklist {
	const struct worklist *worklist;
	const struct validate_report *report;
	const struct migration_info *migration;
	unsigned checks;
	const struct move_report *repair; /* NULL: nothing was moved again */
	const char *rules; /* as it is named; NULL: by the texts that the target keeps */
};

/* Nobody could tell of one of the checks, whatever differs besides. */
bool worklist_is_partial(const struct validate_report *report);
/* Items that no pass could make again. */
int64_t worklist_left(const struct worklist *worklist);

void worklist_put_text(struct buf *buf, const struct look *look,
		       const struct shown_worklist *shown);
void worklist_put_json(struct buf *buf, const struct shown_worklist *shown);

#endif
