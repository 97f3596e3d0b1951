/*
 * retry.c: takes quarantined keys again, chunk by chunk, by the active rule.
 */
#include "engine/move/again.h"
#include "engine/target/control.h"

enum { RETRY_KEYS_MAX = 200 };

struct retry {
	struct worker *worker;
	const char *wanted; /* an entity; NULL: all */
	int entity;
	const char *key;  /* of a root; NULL: all */
	struct rows rows; /* chunk_no, root_key; ordered by both */
	int64_t taken, left;
};

/* What is open, as chunk_no and root_key. An orphan without a parent has the root key "": no key leads to
 * it, only a pass over the whole chunk. */
static bool select_open(struct retry *retry, struct rows *rows, struct err *err)
{
	static const int columns[] = { QUARANTINE_CHUNK_NO, QUARANTINE_ROOT_KEY };
	const struct mover *mover = retry->worker->mover;
	struct condition where[] = {
		{ QUARANTINE_ENTITY, IS_EQUAL,
		  datum_text(mover_entity(mover, retry->entity)->name) },
		{ QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") },
		{ QUARANTINE_ROOT_KEY, IS_EQUAL, datum_text(retry->key ? retry->key : "") },
	};
	struct query query = { .table = &table_quarantine,
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = retry->key ? 3 : 2,
			       .order_by = columns,
			       .order_count = 2 };

	return rows_select(retry->worker->target, &query, mover->arena, rows, err);
}

static bool retake(struct retry *retry, int64_t chunk_no, const struct span *keys, size_t key_count,
		   struct err *err)
{
	struct worker *worker = retry->worker;
	struct chunk chunk;
	struct lease lease;
	bool found;

	if (!again_begin_chunk(worker, retry->entity, chunk_no, &found, &chunk, &lease, err))
		return false;
	if (!found)
		return err_set(
		    err, ERR_DATA, "engine_quarantine names chunk %lld of %s, which does not exist",
		    (long long)chunk_no, mover_entity(worker->mover, retry->entity)->name);
	return pass_keys(worker, &lease, &chunk, keys, key_count, err) &&
	       again_end_chunk(worker, &lease, err);
}

/* Keys of one chunk, each once, a bounded number at a time. */
static bool retry_keys(struct retry *retry, struct err *err)
{
	struct span keys[RETRY_KEYS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < retry->rows.row_count; i++) {
		const struct datum *row = rows_row(&retry->rows, i);
		const struct datum *next =
		    i + 1 < retry->rows.row_count ? rows_row(&retry->rows, i + 1) : NULL;

		if (row[1].text.size > 0 &&
		    (count == 0 || !span_equal(keys[count - 1], row[1].text)))
			keys[count++] = row[1].text;
		if (count == 0 ||
		    (next && next[0].number == row[0].number && count < RETRY_KEYS_MAX))
			continue;
		if (!retake(retry, row[0].number, keys, count, err))
			return false;
		count = 0;
	}
	return true;
}

static bool retry_entity(struct retry *retry, struct err *err)
{
	struct rows left;

	if (!select_open(retry, &retry->rows, err) || !retry_keys(retry, err) ||
	    !collision_settle(retry->worker, retry->entity, err) || !select_open(retry, &left, err))
		return false;
	retry->taken += (int64_t)retry->rows.row_count;
	retry->left += (int64_t)left.row_count;
	return true;
}

static bool retry_all(struct worker *worker, void *context, struct move_report *report,
		      struct err *err)
{
	struct retry *retry = context;
	const struct mover *mover = worker->mover;
	bool known = retry->wanted == NULL;

	(void)report;
	retry->worker = worker;
	for (int i = 0; i < mover->migration->entity_count; i++) {
		if (retry->wanted &&
		    !is_part_of(span_of(mover_entity(mover, i)->name), retry->wanted))
			continue;
		known = true;
		retry->entity = i;
		if (!retry_entity(retry, err))
			return false;
	}
	if (!known)
		return err_set(err, ERR_USAGE, "%s has no entity \"%s\"", mover->options->rules,
			       retry->wanted);
	if (retry->key && retry->taken == 0)
		return err_set(err, ERR_DATA, "nothing of the key %s is in quarantine", retry->key);
	return true;
}

static bool look_at_kinds(struct mover *mover, struct opening *opening, void *context,
			  struct move_report *report, struct err *err)
{
	const struct retry *retry = context;

	return kinds_report(mover, opening, retry->wanted, retry->key, report, err);
}

bool move_retry(const struct move_options *options, const char *entity, const char *key,
		struct move_progress *progress, struct arena *arena, struct move_report *report,
		struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	struct retry retry = { .wanted = entity, .key = key };
	const struct again again = { MOVER_RETRY, retry_all, look_at_kinds, &retry };
	bool ok = move_again(options, progress, arena, &again, report, faults, warnings, err);

	report->quarantined = retry.left;
	return ok;
}
