/*
 * touched.c: the store's own digests of the chunks a pass has written to, recorded in the transaction that wrote.
 *
 * A pass may take a withdrawn record's id, and with it the row, out of another chunk. So the chunk's row in engine_chunk is
 * locked before the digest is made: of two passes that change the rows of one chunk the later one waits, and its digest is of
 * what both have left. All are locked in one order, so that no two passes wait for each other here.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/move/pass.h"
#include "engine/target/store_digest.h"

static bool is_same(const struct touched *one, const struct touched *other)
{
	return one->chunk_no == other->chunk_no && strcmp(one->entity, other->entity) == 0;
}

void pass_touch(struct pass *pass, const char *entity, const char *part, int64_t chunk_no)
{
	struct touched touched = { entity, part, chunk_no };
	size_t size = pass->touched_count * sizeof(touched);

	for (size_t i = 0; i < pass->touched_count; i++)
		if (is_same(&pass->touched[i], &touched))
			return;
	pass->touched = arena_grow(pass->arena, pass->touched_count ? pass->touched : NULL, size,
				   size + sizeof(touched));
	pass->touched[pass->touched_count++] = touched;
}

static int compare(const void *a, const void *b)
{
	const struct touched *one = a, *other = b;
	int order = strcmp(one->entity, other->entity);

	return order ? order
		     : (one->chunk_no > other->chunk_no) - (one->chunk_no < other->chunk_no);
}

/* Chunks of a part that no version has any more may be gone: nothing is recorded of them. */
static bool lock_all(struct pass *pass, struct err *err)
{
	size_t kept = 0;

	qsort(pass->touched, pass->touched_count, sizeof(*pass->touched), compare);
	for (size_t i = 0; i < pass->touched_count; i++) {
		bool found;

		if (!chunk_lock(pass->worker->target, pass->touched[i].entity,
				pass->touched[i].chunk_no, &found, err))
			return false;
		if (found)
			pass->touched[kept++] = pass->touched[i];
	}
	pass->touched_count = kept;
	return true;
}

static bool record(struct pass *pass, const struct touched *touched, struct chunk *after,
		   struct err *err)
{
	struct conn *target = pass->worker->target;
	char text[STORE_DIGEST_SIZE];

	if (!store_digest_make(target, pass->final, touched->part, touched->chunk_no, text, err) ||
	    !chunk_set_store_digest(target, touched->entity, touched->chunk_no, span_of(text), err))
		return false;
	if (touched->chunk_no == after->no && strcmp(touched->entity, pass->entity->name) == 0)
		after->store_digest = arena_copy(&pass->worker->plan, span_of(text));
	return true;
}

bool pass_record_digests(struct pass *pass, struct chunk *after, struct err *err)
{
	if (pass->has_written || pass->chunk->store_digest.size == 0)
		pass_touch(pass, pass->entity->name, pass->entity->part, pass->chunk->no);
	if (pass->touched_count == 0)
		return true;
	if (!lock_all(pass, err))
		return false;
	for (size_t i = 0; i < pass->touched_count; i++)
		if (!record(pass, &pass->touched[i], after, err))
			return false;
	return true;
}
