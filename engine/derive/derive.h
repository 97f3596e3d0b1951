/*
 * derive.h: one rule, five uses: read source rows of legacy and derive their records.
 *
 * Backfill, catch-up, verification, shadow reads and trace all come through here; nothing is
 * transformed by two implementations. A deriver belongs to one worker thread, together with the
 * connection and the rule host it borrows.
 */
#ifndef ENGINE_DERIVE_DERIVE_H
#define ENGINE_DERIVE_DERIVE_H

#include "drivers/driver.h"
#include "engine/derive/join.h"
#include "engine/rules/rule_host.h"

struct deriver;
struct json_value;

/* Borrow a connection to legacy and a host; open one reader an entity. */
bool deriver_open(struct conn *legacy, struct rule_host *host, struct deriver **deriver,
		  struct err *err);
void deriver_close(struct deriver *deriver);

/* What was read in one snapshot, joined. In the arena. position is valid until the next read. */
struct reading {
	struct joined joined;
	struct span position;
};

/* ERR_TOO_LARGE when more than bytes_max (0: no limit) would be needed; see read_range. */
bool derive_read_range(struct deriver *deriver, int entity_index, const struct key_range *range,
		       size_t bytes_max, struct arena *arena, struct reading *reading,
		       struct err *err);
bool derive_read_keys(struct deriver *deriver, int entity_index, const struct span *keys,
		      size_t key_count, struct arena *arena, struct reading *reading,
		      struct err *err);

/* The root rows of a range alone, for roots whose children do not fit in memory. */
bool derive_read_roots(struct deriver *deriver, int entity_index, const struct key_range *range,
		       struct arena *arena, struct reading *reading, struct err *err);

/* The keys of a range alone, in any order: an index of them is all that is read where there is one. In the arena. */
bool derive_read_key_list(struct deriver *deriver, int entity_index, const struct key_range *range,
			  struct arena *arena, struct span **keys, size_t *key_count,
			  struct err *err);

/* One outcome for every joined row, in their order, in the arena. */
bool derive_outcomes(struct deriver *deriver, int entity_index, const struct joined *joined,
		     struct arena *arena, struct outcome **outcomes, struct err *err);

/* The same for rows first to first + count - 1 only, for callers with something to do in between;
 * outcomes has room for every joined row. */
bool derive_some(struct deriver *deriver, int entity_index, const struct joined *joined,
		 size_t first, size_t count, struct arena *arena, struct outcome *outcomes,
		 struct err *err);

/* The same for rows that no store was asked for (given.h). */
bool derive_joined(struct rule_host *host, int entity_index, const struct joined *joined,
		   size_t first, size_t count, struct arena *arena, struct outcome *outcomes,
		   struct err *err);

/* An outcome that rejects the row with one fault; the caller fills the fault. */
struct fault *derive_reject(struct outcome *outcome, struct arena *arena, const char *code);

/* The pathfinder's step (see find_bound). */
bool derive_find_bound(struct deriver *deriver, int entity_index, const struct key_range *range,
		       uint32_t count, struct arena *arena, struct span *bound, struct err *err);
bool derive_count_roots(struct deriver *deriver, int entity_index, int64_t *count, struct err *err);
bool derive_explain(struct deriver *deriver, int entity_index, struct buf *json, struct err *err);

/* Can the store read the sources of every entity by key range? ERR_RULE with a fault E1205 that names the one
 * it cannot. */
bool derive_check_sources(struct conn *legacy, const struct migration_info *migration,
			  struct fault_list *faults, struct err *err);

/* {"root":{"del_id":"1",…},"events":[{…}],"film":{…}}: the source row as quarantine and trace show it.
 * What is masked stands there as its hash. */
void source_row_put_json(struct buf *buf, const struct source_set *sources,
			 const struct source_row *row);
/* One row of one source: {"seq":"1",…}. */
void source_cells_put_json(struct buf *buf, const struct source *source, const struct cell *row);

/* Among fields or members, by name; NULL where none has it. */
const struct field_info *field_find(const struct field_info *fields, int count, struct span name);

/* The record's body as people may see it: what is masked stands there as its hash. ERR_DATA when the
 * body is no record. */
bool record_put_masked(struct buf *buf, const struct entity_info *entity, struct span body,
		       struct arena *arena, struct err *err);

/* The same, read: in the arena, of kind JSON_OBJECT. False when the body is no record. */
bool record_read_masked(const struct entity_info *entity, struct span body, struct arena *arena,
			struct json_value *masked);

/* One member of a record as JSON, as it may be shown, in the arena: `masked` is the member of that name of record_read_masked(). What no
 * field says is hidden, too, since nobody said that it may be seen. No data where value is NULL. */
struct span record_show_member(const struct entity_info *entity, const struct json_value *masked,
			       const struct json_value *value, struct arena *arena);

#endif
