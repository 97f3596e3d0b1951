/*
 * record.c: a stored record against its digest, and against another one, member by member.
 */
#include "engine/target/record.h"

#include "engine/model/canonical.h"

static bool is_lineage(struct span name)
{
	return span_equal_text(name, "lineage");
}

bool record_digest(const struct json_value *record, struct arena *arena, struct digest *digest)
{
	struct json_value bare = *record;
	struct err ignored = { ERR_NONE, "" };
	struct buf buf;
	bool ok;

	bare.items = arena_alloc(arena, (record->item_count + 1) * sizeof(*bare.items));
	bare.item_count = 0;
	for (size_t i = 0; i < record->item_count; i++)
		if (!is_lineage(record->items[i].key))
			bare.items[bare.item_count++] = record->items[i];
	buf_init(&buf);
	ok = canonical_put_value(&bare, &buf, &ignored);
	if (ok)
		*digest = digest_of(buf_span(&buf));
	buf_release(&buf);
	return ok;
}

bool record_value_is_same(const struct json_value *one, const struct json_value *other)
{
	struct err ignored = { ERR_NONE, "" };
	struct buf left, right;
	bool same;

	if (!one || !other)
		return one == other;
	buf_init(&left);
	buf_init(&right);
	same = canonical_put_value(one, &left, &ignored) &&
	       canonical_put_value(other, &right, &ignored) &&
	       span_equal(buf_span(&left), buf_span(&right));
	buf_release(&right);
	buf_release(&left);
	return same;
}

void record_each_difference(const struct json_value *stored, const struct json_value *derived,
			    struct arena *arena, record_function each, void *context)
{
	for (size_t i = 0; i < derived->item_count; i++) {
		const struct json_value *now = &derived->items[i];
		const char *name = arena_copy(arena, now->key).data;
		const struct json_value *then = json_member(stored, name);

		if (!is_lineage(now->key) && !record_value_is_same(then, now))
			each(context, name, then, now);
	}
	for (size_t i = 0; i < stored->item_count; i++) {
		const struct json_value *then = &stored->items[i];
		const char *name = arena_copy(arena, then->key).data;

		if (!is_lineage(then->key) && !json_member(derived, name))
			each(context, name, then, NULL);
	}
}
