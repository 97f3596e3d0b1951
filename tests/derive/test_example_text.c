/*
 * test_example_text.c: stand-ins keep a text's shape and nothing else of it.
 */
#include <criterion/criterion.h>

#include "engine/derive/example_text.h"

enum { KEY, NAME, BIRTH, CITY, COLUMNS };

static const char *const columns[] = { "id", "name", "birth", "city" };
static const int key_columns[] = { KEY };
static const bool masked[] = { true, true, true, false };
static const struct source person = { .name = "root",
				      .table = "person",
				      .kind = SOURCE_ROOT,
				      .columns = columns,
				      .key_columns = key_columns,
				      .column_count = COLUMNS,
				      .key_count = 1,
				      .masked = masked,
				      .star_column = -1,
				      .copies_column = -1 };
static const struct source_set sources = { &person, 1 };

static struct cell cell_of(const char *text)
{
	return (struct cell){ .data = text, .size = (uint32_t)strlen(text), .kind = CELL_TEXT };
}

static void expect_text(const struct source_row *row, int column, const char *text)
{
	struct span seen = cell_span(&row->rows[0][0][column]);

	cr_expect(span_equal_text(seen, text), "%s is \"%.*s\", not \"%s\"", columns[column],
		  SPAN_ARGS(seen), text);
}

Test(example_text, stand_ins)
{
	const struct cell cells[COLUMNS] = { cell_of("7"), cell_of("Åse McDoe-27"),
					     cell_of("1980-05-06 07:08:09.5"), cell_of("Oslo") };
	const struct cell *rows[] = { cells };
	struct source_row row;
	struct arena arena;

	arena_init(&arena);
	source_row_init(&row, &arena, 1);
	row.rows[0] = rows;
	row.row_count[0] = 1;
	cr_expect_eq(source_row_stand_in(&sources, &row, &arena), 2);
	expect_text(&row, KEY, "7"); /* rows are joined by it, and every report names them so */
	expect_text(&row, NAME, "xxx XxXxx-11");
	expect_text(&row, BIRTH, "1111-11-11 11:11:11.1");
	expect_text(&row, CITY, "Oslo");
	expect_text(&(struct source_row){ .rows = (const struct cell *const *[]){ rows } }, NAME,
		    "Åse McDoe-27");
	arena_release(&arena);
}

Test(example_text, what_no_example_can_hold)
{
	struct cell cells[COLUMNS] = {
		cell_of("7"), cell_of("Ann"), { .kind = CELL_NULL }, cell_of("Oslo")
	};
	const struct cell *rows[] = { cells };
	struct source_row row;
	struct arena arena;

	arena_init(&arena);
	source_row_init(&row, &arena, 1);
	row.rows[0] = rows;
	row.row_count[0] = 1;
	cr_expect_null(source_row_unspeakable(&sources, &row, &arena));
	cells[CITY].kind = CELL_BYTES;
	cr_expect_str_eq(source_row_unspeakable(&sources, &row, &arena),
			 "root.city is binary, which an example cannot say");
	arena_release(&arena);
}
