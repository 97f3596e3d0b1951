/*
 * test_entities.c: what was moved into the target has a name, and parts are of one kind.
 */
#include <criterion/criterion.h>

#include "drivers/memory/memory.h"
#include "engine/target/control.h"
#include "engine/target/entities.h"

static void put_names(struct conn *target, const char *const *names, int count)
{
	struct err err = { ERR_NONE, "" };

	cr_assert(conn_begin(target, &err) && conn_ensure_table(target, &table_entity, &err), "%s",
		  err.text);
	for (int i = 0; i < count; i++) {
		struct datum row[ENTITY_COLUMNS];

		for (int c = 0; c < ENTITY_COLUMNS; c++)
			row[c] = table_entity.columns[c].kind == TABLE_TEXT      ? datum_text("")
				 : table_entity.columns[c].kind == TABLE_INSTANT ? datum_instant(0)
										 : datum_int(0);
		row[ENTITY_NAME] = datum_text(names[i]);
		cr_assert(conn_insert(target, &table_entity, row, 1, &err), "%s", err.text);
	}
	cr_assert(conn_commit(target, &err), "%s", err.text);
}

/* Between the parts of one kind another name may stand: '-' comes before '/'. */
Test(entities, parts_are_of_one_kind, .timeout = 20)
{
	static const char *const names[] = { "a/x", "a-b/x", "a/y", "a", "b", "ab/x", "a-b/y" };
	static const char *const expected[] = { "a", "a-b", "ab", "b" };
	struct memory_store *store = memory_store_open();
	struct err err = { ERR_NONE, "" };
	struct arena arena;
	struct conn *target;
	struct span *kinds;
	size_t count;

	arena_init(&arena);
	cr_assert(memory_store_connect(store, CONN_TARGET, &target, &err), "%s", err.text);
	cr_assert(entities_kinds(target, &arena, &kinds, &count, &err), "%s", err.text);
	cr_assert_eq(count, 0, "a target without the table");
	put_names(target, names, 7);
	cr_assert(entities_kinds(target, &arena, &kinds, &count, &err), "%s", err.text);
	cr_assert_eq(count, 4);
	for (int i = 0; i < 4; i++) {
		int times = 0;

		for (size_t k = 0; k < count; k++)
			times += span_equal_text(kinds[k], expected[i]);
		cr_assert_eq(times, 1, "%s", expected[i]);
	}
	conn_close(target);
	memory_store_close(store);
	arena_release(&arena);
}
