/*
 * trace.h: where a record of the target came from, and whether its rule still makes it of its row.
 *
 * The rule is taken from the texts that the target keeps (engine_rule), never from files. What cannot be compared is never called
 * identical: it is TRACE_UNKNOWN, and why.
 */
#ifndef ENGINE_MOVE_TRACE_H
#define ENGINE_MOVE_TRACE_H

#include "drivers/driver.h"
#include "engine/derive/derive.h"
#include "engine/model/table.h"

/* What the target says of one record. Texts lie in the arena. */
struct account {
	const char *entity; /* "job"; of an entity in parts "account/members" */
	struct span id, key, payload /* JSON, as stored */, version;
	struct span state; /* empty: live; else why it was withdrawn */
	struct digest digest, source_digest;
	int64_t transformed_at_us, withdrawn_at_us; /* 0: it was not */
	int64_t chunk_no;

	/* The run that made it; run is NULL where the target knows none. */
	const char *run, *run_version, *transform;
	int64_t run_transformed_at_us;

	/* Its last pass over the chunk; 0: the target knows none. */
	int64_t pass_no;
	const char *pass_kind;
	struct span position; /* JSON, where legacy stood */
};

enum trace_answer { TRACE_UNKNOWN, TRACE_IDENTICAL, TRACE_DIFFERS };

/* Two values of one name, as JSON, masked where the rule masks; no data: absent. */
struct trace_difference {
	const char *name; /* "state", "lineage.decisions", "transform_version" */
	struct span stored, derived;
};
enum { TRACE_DIFFERENCES_MAX = 128 };

struct trace {
	struct account account;
	enum trace_answer answer;
	const char *why; /* of UNKNOWN and where no record is derived; else NULL */

	/* The rule it was derived by: the record's own, or the one that was asked for. NULL where there was none to load. */
	const char *version, *transform;
	const struct text_info *texts;
	int text_count;
	const struct entity_info *entity; /* NULL likewise */

	bool is_edited;      /* the record in the target is not the one whose digest was merged */
	bool legacy_changed; /* its row is not the one the record was made of */
	const struct source_row *row; /* as read now; NULL: it was not read */
	struct json_value *record; /* as stored, masked; NULL without a rule or where it is none */
	const struct json_value *lineage; /* of the record; NULL where there is none */
	struct trace_difference differences[TRACE_DIFFERENCES_MAX];
	int difference_count, untold_count; /* further ones are only counted */

	struct conn *legacy;
	struct rule_host *host;
	struct deriver *deriver;
};

/* What is asked. */
struct trace_request {
	const char *id;
	const char *entity; /* NULL: any */
	const char *
	    at_version; /* another version of which the target keeps the texts; NULL: the record's own */
	const char *legacy; /* URL, or NULL */
};

/* ERR_DATA when the target has no such record. trace is released by the caller on true; all it points to dies with that or with
 * the arena. */
bool move_trace(struct conn *target, const struct trace_request *request, struct arena *arena,
		struct trace *trace, struct err *err);
void move_trace_release(struct trace *trace);

#endif
