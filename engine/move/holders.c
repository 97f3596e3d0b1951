/*
 * holders.c: who holds which shard now, by the target's own clock.
 */
#include "engine/move/mover.h"
#include "engine/target/control.h"

enum { HOLDER_ENTITY, HOLDER_SHARD, HOLDER_OWNER, HOLDER_UNTIL, HOLDER_COLUMNS };

/* STATE-OWNER/RUN/WORKER/USER@HOST:PROCESS, cut at its slashes; who is all of it when it is not made like that. */
static void take_owner(struct span owner, struct move_holder *holder)
{
	struct span *const parts[] = { &holder->state, &holder->run, &holder->worker };
	struct span rest = owner;

	for (size_t i = 0; i < 3; i++) {
		const char *slash = memchr(rest.data, '/', rest.size);

		if (slash == NULL) {
			holder->state = holder->run = holder->worker = SPAN_NONE;
			holder->who = owner;
			return;
		}
		*parts[i] = (struct span){ rest.data, (size_t)(slash - rest.data) };
		rest = (struct span){ slash + 1, rest.size - parts[i]->size - 1 };
	}
	holder->who = rest;
}

bool move_read_holders(struct conn *target, struct arena *arena, struct move_holder **holders,
		       size_t *count, struct err *err)
{
	static const int columns[HOLDER_COLUMNS] = { SHARD_ENTITY, SHARD_NO, SHARD_OWNER,
						     SHARD_LEASE_UNTIL };
	static const int order[] = { SHARD_ENTITY, SHARD_NO };
	struct condition where[] = {
		{ SHARD_OWNER, IS_NOT_EQUAL, datum_text("") },
		{ SHARD_LEASE_UNTIL, IS_GREATER, datum_now(0) },
	};
	struct query query = { .table = &table_shard,
			       .columns = columns,
			       .column_count = HOLDER_COLUMNS,
			       .where = where,
			       .where_count = 2,
			       .order_by = order,
			       .order_count = 2 };
	struct rows rows;
	int64_t now_us;

	if (!rows_select(target, &query, arena, &rows, err) || !conn_now(target, &now_us, err))
		return err_while(err, "reading who holds the shards");
	*count = rows.row_count;
	*holders = arena_zalloc(arena, rows.row_count * sizeof(**holders) + 1);
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);
		struct move_holder *holder = &(*holders)[i];
		int64_t left_us = row[HOLDER_UNTIL].number - now_us;

		holder->entity = row[HOLDER_ENTITY].text.data;
		holder->shard_no = row[HOLDER_SHARD].number;
		holder->left_us =
		    left_us > 0 ? left_us : 0; /* it ran out between the two questions */
		take_owner(row[HOLDER_OWNER].text, holder);
	}
	return true;
}
