/*
 * test_batch.c: rows of several sources grow side by side in one arena.
 */
#include <criterion/criterion.h>
#include <signal.h>

#include "engine/model/batch.h"

static struct arena arena;

static void start(void)
{
	arena_init(&arena);
}

static void stop(void)
{
	arena_release(&arena);
}

TestSuite(batch, .timeout = 20, .init = start, .fini = stop);

static const struct source sources[] = {
	{ .name = "root", .column_count = 3 },
	{ .name = "events", .column_count = 1 },
	{ .name = "wide", .column_count = 100 },
};
static const struct source_set set = { sources, 3 };

enum { ROWS = 3000 };

Test(batch, begins_empty)
{
	struct batch batch;

	batch_init(&batch, &arena, &set);
	for (int i = 0; i < set.source_count; i++) {
		cr_assert_eq(batch.rowsets[i].row_count, 0);
		cr_assert_eq(batch.rowsets[i].column_count, sources[i].column_count);
	}
	cr_assert_eq(batch.arena, &arena);
}

Test(batch, keeps_every_cell_of_every_row)
{
	struct batch batch;

	batch_init(&batch, &arena, &set);
	for (uint32_t row = 0; row < ROWS; row++) {
		for (int source = 0; source < set.source_count; source++) {
			struct cell *cells = batch_add_row(&batch, source);

			for (int column = 0; column < sources[source].column_count; column++)
				cells[column] =
				    (struct cell){ "", row * 1000 + (uint32_t)column, CELL_TEXT };
		}
	}
	for (int source = 0; source < set.source_count; source++) {
		cr_assert_eq(batch.rowsets[source].row_count, ROWS);
		for (uint32_t row = 0; row < ROWS; row++) {
			const struct cell *cells = rowset_row(&batch.rowsets[source], row);

			for (int column = 0; column < sources[source].column_count; column++)
				cr_assert_eq(cells[column].size, row * 1000 + (uint32_t)column);
		}
	}
}

Test(batch, a_cell_gives_the_bytes_it_holds)
{
	struct cell text = { "abc", 3, CELL_TEXT }, null = { NULL, 0, CELL_NULL };
	struct cell empty = { "", 0, CELL_TEXT }, cut = { "x", 2000000, CELL_CUT };

	cr_assert(span_equal_text(cell_span(&text), "abc"));
	cr_assert_null(cell_span(&null).data);
	cr_assert(span_equal_text(cell_span(&empty), ""));
	cr_assert_eq(cell_span(&cut).size, CELL_KEPT_BYTES);
}

Test(batch, a_source_that_does_not_exist_is_a_bug, .signal = SIGABRT)
{
	struct batch batch;

	batch_init(&batch, &arena, &set);
	batch_add_row(&batch, 3);
}
