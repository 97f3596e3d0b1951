/*
 * patrol_share.c: the entity at hand, errors that are of one check, and what is written down.
 */
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/target/control.h"
#include "engine/validate/patrol_internal.h"

/* ---- the entity at hand ---- */

void patrol_enter(struct patrol *patrol, const struct beat *beat, struct arena *arena)
{
	struct validation *validation = &patrol->validation;

	validation->arena = arena;
	validation->runs = NULL;
	validation->run_count = 0;
	validation->entity_index = beat->entity_index;
	validation->entity = beat->entity;
	validation->final = beat->final;
	validation->rule_epoch = beat->rule_epoch;
	validation->tiles = beat->tiles;
	validation->tile_count = beat->tile_count;
	validation->share = beat->share;
	validation->strata = beat->strata;
	give_back(validation);
}

static bool is_lost(const struct conn *conn)
{
	return conn && conn_is_lost(conn);
}

bool patrol_is_of_check(const struct patrol *patrol, const struct err *err)
{
	return !ends_everything(err) && err->code != ERR_UNAVAILABLE &&
	       !is_lost(patrol->options.target) && !is_lost(patrol->options.legacy) &&
	       !is_lost(patrol->proofs);
}

bool patrol_pass_over(struct patrol *patrol, struct err *err)
{
	struct check_result *result = patrol->validation.result;

	if (!patrol_is_of_check(patrol, err))
		return false;
	cannot_tell(result, arena_text(patrol->validation.arena, err->text));
	err_reset(err);
	return true;
}

bool patrol_settle_known(struct patrol *patrol, const struct check_result *result, struct err *err)
{
	if (result->verdict == VERDICT_UNKNOWN || result->why || result->is_lagging)
		return true;
	return known_end(&patrol->known, patrol->on_gone, patrol->context, err);
}

const char *patrol_why_off(const struct patrol *patrol, const struct beat *beat, int kind)
{
	const struct validation *validation = &patrol->validation;

	if (beat->why)
		return beat->why;
	if (!check_of(validation, (enum check_kind)kind)->needs_legacy || validation->deriver)
		return NULL;
	return validation->legacy_fault ? validation->legacy_fault : "no --legacy is given";
}

/* ---- what is written down ---- */

void patrol_note_unwritten(struct patrol *patrol, struct err *err)
{
	size_t size = strlen(err->text) + 1;

	patrol->unwritten = memory_resize(patrol->unwritten, size);
	memcpy(patrol->unwritten, err->text, size);
	err_reset(err);
}

struct proof patrol_proof_of(const struct patrol *patrol, const struct beat *beat,
			     const struct check_result *result, int64_t chunk_no, int64_t pass_no,
			     int64_t now_us)
{
	return (struct proof){ .chunk_no = chunk_no,
			       .check = check_name(result->kind),
			       .pass_no = pass_no,
			       .rule_epoch = beat->rule_epoch,
			       .validation = patrol->validation.migration->validation,
			       .verdict = verdict_name(result->verdict),
			       .checked = result->checked,
			       .differences = result->differences,
			       .is_proven =
				   result->verdict == VERDICT_AGREES && !result->is_lagging,
			       .looked_us = now_us,
			       .why = result->why };
}

bool patrol_write_proofs(struct patrol *patrol, const struct beat *beat, const struct proof *proofs,
			 size_t count, struct err *err)
{
	if (!patrol->proofs || count == 0)
		return true;
	if (proofs_write(patrol->proofs, beat->entity->name, proofs, count, err)) {
		free(patrol->unwritten);
		patrol->unwritten = NULL;
		return true;
	}
	if (!patrol_is_of_check(patrol, err))
		return false;
	patrol_note_unwritten(patrol, err);
	return true;
}
