/*
 * merge.c: compares what was derived with what the target holds, and writes only what differs.
 */
#include <stdlib.h>

#include "engine/base/require.h"
#include "engine/move/pass.h"

bool pass_in_scope(const struct pass *pass, struct span key)
{
	if (!pass->keys)
		return true;
	for (size_t i = 0; i < pass->key_count; i++)
		if (span_equal(pass->keys[i], key))
			return true;
	return false;
}

bool pass_reject_collision(struct pass *pass, size_t row, struct err *err)
{
	struct outcome *outcome = &pass->outcomes[row];
	struct span id = outcome->id;
	struct fault *fault;

	if (!final_note_owner(pass, id, pass->joined->rows[row].key, err) ||
	    !collision_note(pass->worker, pass->lease->entity, id, pass->joined->rows[row].key,
			    pass->chunk->no, err))
		return false;
	fault = derive_reject(outcome, pass->arena, "E2301");
	fault->where =
	    arena_print(pass->arena, "%s.%s", pass->entity->name, pass->entity->id_field);
	fault->field = span_of(pass->entity->id_field);
	for (int i = 0; i < pass->entity->field_count; i++) {
		if (strcmp(pass->entity->fields[i].name, pass->entity->id_field) != 0)
			continue;
		fault->file = pass->entity->fields[i].file;
		fault->line = pass->entity->fields[i].line;
	}
	fault->message = SPAN("another legacy key becomes this id too");
	fault->saw_kind = SAW_TEXT;
	fault->saw = id;
	fault->saw_size = id.size;
	pass->actions[row] = ACTION_REJECT;
	return true;
}

static bool decide_record(struct pass *pass, size_t row, const struct held *held, struct err *err)
{
	const struct outcome *outcome = &pass->outcomes[row];

	if (collision_contains(&pass->collisions, outcome->id))
		return pass_reject_collision(pass, row, err);
	if (!held || !span_equal(held->id, outcome->id))
		pass->actions[row] = ACTION_INSERT;
	else if (held->live && digest_equal(held->digest, outcome->digest) &&
		 !(pass->repair && pass->repair->is_anew))
		pass->actions[row] = ACTION_UNCHANGED;
	else
		pass->actions[row] = ACTION_UPDATE;
	return true;
}

static bool decide(struct pass *pass, struct err *err)
{
	struct span_map by_key;

	span_map_init(&by_key, pass->arena, pass->held_count);
	for (size_t i = 0; i < pass->held_count; i++)
		if (pass->held[i].live || span_map_get(&by_key, pass->held[i].key) == SPAN_MAP_NONE)
			span_map_put(&by_key, pass->held[i].key, (int64_t)i);

	for (size_t i = 0; i < pass->joined->row_count; i++) {
		int64_t at = span_map_get(&by_key, pass->joined->rows[i].key);
		struct held *held = at == SPAN_MAP_NONE ? NULL : &pass->held[at];

		pass->held_at[i] = at;
		if (held)
			held->seen = true;
		switch (pass->outcomes[i].kind) {
		case OUTCOME_RECORD:
			if (!decide_record(pass, i, held, err))
				return false;
			break;
		case OUTCOME_SKIP:
			pass->actions[i] = ACTION_SKIP;
			break;
		case OUTCOME_REJECT:
			pass->actions[i] = ACTION_REJECT;
			break;
		}
	}
	return true;
}

static int compare_ids(const void *a, const void *b, void *context)
{
	const struct pass *pass = context;

	return span_compare(pass->outcomes[*(const size_t *)a].id,
			    pass->outcomes[*(const size_t *)b].id);
}

/* The rows to insert, sorted by id; rows of one chunk that share an id reject each other. */
static bool gather_inserts(struct pass *pass, size_t **rows, size_t *row_count, struct err *err)
{
	size_t *all = arena_alloc(pass->arena, pass->joined->row_count * sizeof(*all) + 1);
	size_t count = 0;
	size_t kept = 0;

	for (size_t i = 0; i < pass->joined->row_count; i++)
		if (pass->actions[i] == ACTION_INSERT)
			all[count++] = i;
	qsort_r(all, count, sizeof(*all), compare_ids, pass);
	for (size_t start = 0, end; start < count; start = end) {
		struct span id = pass->outcomes[all[start]].id;

		for (end = start + 1; end < count; end++)
			if (!span_equal(pass->outcomes[all[end]].id, id))
				break;
		if (end - start == 1)
			all[kept++] = all[start];
		else
			for (size_t i = start; i < end; i++)
				if (!pass_reject_collision(pass, all[i], err))
					return false;
	}
	*rows = all;
	*row_count = kept;
	return true;
}

/* A held record that is live and may no longer be: its key is gone, skipped, rejected, or has another id. */
static const char *reason_to_withdraw(const struct pass *pass, size_t row)
{
	switch (pass->actions[row]) {
	case ACTION_SKIP:
		return "skipped";
	case ACTION_REJECT:
		return "rejected";
	case ACTION_INSERT:
		return "replaced";
	case ACTION_UNCHANGED:
	case ACTION_UPDATE:
		break;
	}
	return NULL;
}

static bool withdraw(struct pass *pass, struct held *held, const char *why, struct err *err)
{
	bool is_gone = strcmp(why, "gone") == 0;

	if (is_gone && strcmp(pass->entity->on_delete, "keep") == 0)
		return true;
	if (!final_withdraw(pass, held, why, err))
		return false;
	held->live = false;
	held->withdrawn = true;
	held->removed = is_gone && strcmp(pass->entity->on_delete, "remove") == 0;
	pass->counts.withdrawn++;
	return true;
}

static bool withdraw_records(struct pass *pass, struct err *err)
{
	for (size_t i = 0; i < pass->joined->row_count; i++) {
		struct held *held = pass->held_at[i] < 0 ? NULL : &pass->held[pass->held_at[i]];
		const char *why = reason_to_withdraw(pass, i);

		if (held && held->live && why && !withdraw(pass, held, why, err))
			return false;
	}
	require(pass->held || pass->held_count == 0);
	for (size_t i = 0; i < pass->held_count; i++) {
		struct held *held = &pass->held[i];

		if (held->live && !held->seen && pass_in_scope(pass, held->key) &&
		    !withdraw(pass, held, "gone", err))
			return false;
	}
	return true;
}

static bool write_records(struct pass *pass, struct err *err)
{
	size_t *inserts;
	size_t insert_count;

	if (!gather_inserts(pass, &inserts, &insert_count, err) || !withdraw_records(pass, err))
		return false;
	for (size_t i = 0; i < pass->joined->row_count; i++)
		if (pass->actions[i] == ACTION_UPDATE && !final_update(pass, i, err))
			return false;
	if (pass->careful)
		return final_insert_carefully(pass, inserts, insert_count, err);
	return final_insert(pass, inserts, insert_count, err);
}

static void count_actions(struct pass *pass)
{
	pass->counts.read = (int64_t)pass->joined->row_count;
	pass->counts.children = (int64_t)(pass->joined->child_count + pass->joined->orphan_count);
	pass->counts.orphans = (int64_t)pass->joined->orphan_count;
	for (size_t i = 0; i < pass->joined->row_count; i++) {
		switch (pass->actions[i]) {
		case ACTION_UNCHANGED:
			pass->counts.unchanged++;
			break;
		case ACTION_INSERT:
		case ACTION_UPDATE:
			pass->counts.merged++;
			break;
		case ACTION_SKIP:
			pass->counts.skipped++;
			break;
		case ACTION_REJECT:
			pass->counts.rejected++;
			break;
		}
	}
}

/* What the chunk holds now: what stayed live, and what was written. */
static void add_up(struct pass *pass)
{
	pass->record_count = 0;
	pass->digest = (struct digest){ 0, 0 };
	for (size_t i = 0; i < pass->joined->row_count; i++) {
		if (pass->actions[i] != ACTION_INSERT && pass->actions[i] != ACTION_UPDATE)
			continue;
		if (pass->actions[i] == ACTION_UPDATE)
			pass->held[pass->held_at[i]].live = false; /* its old form */
		pass->record_count++;
		digest_add(&pass->digest, pass->outcomes[i].digest);
	}
	for (size_t i = 0; i < pass->held_count; i++) {
		if (!pass->held[i].live)
			continue;
		pass->record_count++;
		digest_add(&pass->digest, pass->held[i].digest);
	}
}

bool merge_records(struct pass *pass, struct err *err)
{
	size_t rows = pass->joined->row_count;

	pass->actions = arena_zalloc(pass->arena, rows * sizeof(*pass->actions) + 1);
	pass->held_at = arena_alloc(pass->arena, rows * sizeof(*pass->held_at) + 1);
	pass->counts = (struct move_counts){ 0 };
	pass->has_written = false;
	pass->touched_count = 0;
	if (!collision_load(pass->worker->target, pass->entity->record, pass->arena,
			    &pass->collisions, err) ||
	    !final_probe(pass, err) || !decide(pass, err) || !write_records(pass, err))
		return false;
	count_actions(pass);
	require(counts_balance(&pass->counts));
	add_up(pass);
	return true;
}
