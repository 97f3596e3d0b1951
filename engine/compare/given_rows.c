/*
 * given_rows.c: compares rows that came as JSON instead of from a store.
 */
#include "engine/compare/compare.h"
#include "engine/derive/given.h"

static struct entity_comparison *entity_at(struct comparison *comparison, int side, int index)
{
	for (int i = 0; i < comparison->entity_count; i++) {
		struct entity_comparison *entity = &comparison->entities[i];

		if ((side ? entity->after : entity->before) == index)
			return entity;
	}
	return NULL;
}

bool comparison_read_given(struct comparison *comparison, struct span json, struct arena *scratch,
			   struct err *err)
{
	struct outcome outcomes[2];
	struct entity_comparison *entity = NULL;
	struct span key = SPAN_NONE;

	for (int side = 0; side < 2; side++) {
		struct joined joined;
		int index;

		if (!given_read_beside(comparison->migrations[side],
				       comparison->migrations[1 - side], json, scratch, &index,
				       &joined, err))
			return err_while(err, "version %s", comparison->migrations[side]->version);
		entity = entity_at(comparison, side, index);
		if (entity->why_not)
			return err_set(err, ERR_DATA, "%s cannot be compared: %s", entity->name,
				       entity->why_not);
		if (!derive_joined(comparison->hosts[side], index, &joined, 0, 1, scratch,
				   &outcomes[side], err))
			return false;
		key = joined.rows[0].key;
	}
	/* Of how many there are nothing is known: that none differs proves nothing of the others. */
	entity->total++;
	return comparison_add(comparison, entity, key, &outcomes[0], &outcomes[1], scratch, err);
}
