/*
 * key_pass.c: some keys of a chunk, taken again whatever was known of them.
 */
#include "engine/base/require.h"
#include "engine/move/strata.h"

/* Move one key from what it counted as to what it counts as now; the balance holds either way. */
static void recount_key(struct move_counts *counts, const struct held *held, bool was_live,
			int64_t *rejects_before, bool is_present, enum action action)
{
	bool was_counted = true;

	if (was_live && held->by_this_run && counts->merged > 0)
		counts->merged--;
	else if (was_live && counts->unchanged > 0)
		counts->unchanged--;
	else if (was_live && counts->merged > 0)
		counts->merged--;
	else if (!was_live && *rejects_before > 0 && counts->rejected > 0) {
		counts->rejected--;
		--*rejects_before;
	} else if (!was_live && is_present && action == ACTION_SKIP)
		return; /* it was skipped before, too */
	else
		was_counted = false;

	if (was_counted && !is_present)
		counts->read--;
	if (!was_counted && is_present)
		counts->read++;
	if (!is_present)
		return;
	counts->merged += action == ACTION_INSERT || action == ACTION_UPDATE;
	counts->unchanged += action == ACTION_UNCHANGED;
	counts->skipped += action == ACTION_SKIP;
	counts->rejected += action == ACTION_REJECT;
}

static void recount(struct pass *pass, struct chunk *after, const bool *was_live,
		    int64_t rejects_before, int64_t orphans_before)
{
	for (size_t k = 0; k < pass->key_count; k++) {
		const struct held *held = NULL;
		bool present = false;
		bool live = false;
		enum action action = ACTION_SKIP;

		for (size_t i = 0; i < pass->held_count; i++) {
			if (!span_equal(pass->held[i].key, pass->keys[k]))
				continue;
			if (!held || was_live[i])
				held = &pass->held[i];
			live = live || was_live[i];
		}
		for (size_t i = 0; i < pass->joined->row_count; i++) {
			if (!span_equal(pass->joined->rows[i].key, pass->keys[k]))
				continue;
			present = true;
			action = pass->actions[i];
		}
		recount_key(&after->counts, held, live, &rejects_before, present, action);
	}
	after->counts.withdrawn += pass->counts.withdrawn;
	after->counts.orphans += pass->counts.orphans - orphans_before;
}

static bool keys_once(struct pass *pass, struct err *err)
{
	struct chunk after = *pass->chunk;
	int64_t rejects_before, orphans_before;
	struct pass look = *pass;
	bool *was_live;

	if (!counts_balance(&pass->chunk->counts))
		return err_set(err, ERR_DATA,
			       "what engine_chunk says of it does not add up: somebody changed it; "
			       "run the migration, or `engine reconcile --apply`, which derive it "
			       "again");
	if (!worker_begin(pass->worker, err))
		return false;
	if (!pass_hold(pass, err) || !final_probe(&look, err))
		goto failed;
	was_live = arena_zalloc(pass->arena, look.held_count + 1);
	for (size_t i = 0; i < look.held_count; i++)
		was_live[i] = look.held[i].live;
	if (!merge_records(pass, err) ||
	    !quarantine_sync(pass, &rejects_before, &orphans_before, err) ||
	    !strata_keep(pass, err))
		goto failed;
	require(pass->held_count == look.held_count);
	recount(pass, &after, was_live, rejects_before, orphans_before);
	after.source_digest = SPAN(""); /* the next run derives the whole chunk */
	after.record_count = pass->record_count;
	after.digest = pass->digest;
	if (pass_finish(pass, "keys", &after, err))
		return true;
failed:
	worker_rollback(pass->worker);
	return false;
}

bool pass_keys(struct worker *worker, const struct lease *lease, struct chunk *chunk,
	       const struct span *keys, size_t key_count, struct err *err)
{
	struct pass pass;
	struct reading reading;

	pass_init(&pass, worker, lease, chunk);
	pass.keys = keys;
	pass.key_count = key_count;
	arena_reset(pass.arena);
	if (derive_read_keys(worker->deriver, lease->entity, keys, key_count, pass.arena, &reading,
			     err)) {
		pass.joined = &reading.joined;
		pass.position = reading.position;
		if (derive_outcomes(worker->deriver, lease->entity, pass.joined, pass.arena,
				    &pass.outcomes, err) &&
		    pass_merge(&pass, keys_once, err) && pass_remember(&pass, err))
			return true;
	}
	return err_while(err, "chunk %lld of %s", (long long)chunk->no, pass.entity->name);
}
