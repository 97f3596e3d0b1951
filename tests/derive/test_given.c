/*
 * test_given.c: a source row that came as JSON is the row a store would have given, or is refused by name.
 */
#include <criterion/criterion.h>

#include "engine/derive/given.h"
#include "tests/derive/sources.h"

TestSuite(given, .timeout = 60);

static const char *const ignored_names[] = { "noise" };

static const struct source sources[] = {
	{ ROOT_SOURCE, .ignored = ignored_names, .ignored_count = 1 },
	{ LINES_SOURCE },
	{ FILM_SOURCE, .name = "film", .from_source = 0, .from_columns = second_column },
};
static const struct entity_info entity = { .name = "job", .sources = { sources, 3 } };
static const struct migration_info migration = { .entities = &entity, .entity_count = 1 };

static struct arena arena;
static struct joined joined;
static struct err err;

static void setup(void)
{
	arena_init(&arena);
	err = (struct err){ ERR_NONE, "" };
}

static void teardown(void)
{
	arena_release(&arena);
}

static bool read_of(const struct migration_info *of, const char *json)
{
	int index = -1;

	err_reset(&err);
	return given_read(of, span_of(json), &arena, &index, &joined, &err) && index == 0;
}

static bool read_text(const char *json)
{
	return read_of(&migration, json);
}

static bool cell_is(int source, uint32_t row, int column, enum cell_kind kind, const char *text)
{
	const struct cell *cell = &joined.rows[0].rows[source][row][column];

	return cell->kind == kind && span_equal_text(cell_span(cell), text);
}

static void refuses(const char *json, const char *why)
{
	cr_assert_not(read_text(json), "%s", json);
	cr_assert_eq(err.code, ERR_DATA);
	cr_assert_not_null(strstr(err.text, why), "%s: %s", json, err.text);
}

Test(given, takes_values_by_their_text, .init = setup, .fini = teardown)
{
	cr_assert(read_text("{\"root\":{\"id\":9007199254740993,\"film\":1.50e+2,\"noise\":[]}}"),
		  "%s", err.text);
	cr_assert(cell_is(0, 0, 0, CELL_TEXT, "9007199254740993"));
	cr_assert(cell_is(0, 0, 1, CELL_TEXT, "1.50e+2"));
	cr_assert(read_text("{\"root\":{\"id\":true,\"film\":null}}"), "%s", err.text);
	cr_assert(cell_is(0, 0, 0, CELL_TEXT, "true"));
	cr_assert_eq(joined.rows[0].rows[0][0][1].kind, CELL_NULL);
	cr_assert(span_equal_text(joined.rows[0].key, "[\"true\"]"));
}

Test(given, orders_children_and_gives_them_their_parent, .init = setup, .fini = teardown)
{
	cr_assert(
	    read_text(
		"{\"root\":{\"id\":\"7\"},\"lines\":[{\"seq\":10},{\"seq\":9,\"parent\":7}]}"),
	    "%s", err.text);
	cr_assert_eq(joined.rows[0].row_count[1], 2);
	cr_assert(cell_is(1, 0, 1, CELL_TEXT, "9"));
	cr_assert(cell_is(1, 1, 0, CELL_TEXT, "7"));
	cr_assert_eq(joined.duplicate_child[0], -1);
	cr_assert(read_text("{\"root\":{\"id\":\"7\"},\"lines\":[{\"seq\":9},{\"seq\":\"9\"}]}"));
	cr_assert_eq(joined.duplicate_child[0], 1);
	refuses("{\"root\":{\"id\":\"7\"},\"lines\":[{\"parent\":\"07\"}]}", "lines[1].parent");
	refuses("{\"root\":{\"id\":\"7\"},\"lines\":{}}", "lines is no list");
	refuses("{\"root\":{\"id\":\"7\"},\"lines\":[null]}", "lines[1] is no row");
}

Test(given, reads_binary, .init = setup, .fini = teardown)
{
	cr_assert(read_text("{\"root\":{\"id\":\"7\"},\"lines\":[{\"data\":{\"base64\":\"3q0=\"}},"
			    "{\"seq\":1,\"data\":{\"base64\":\"\"}}]}"),
		  "%s", err.text);
	cr_assert(cell_is(1, 0, 2, CELL_BYTES, "\xde\xad") ||
		  cell_is(1, 1, 2, CELL_BYTES, "\xde\xad"));
	cr_assert(cell_is(1, 0, 2, CELL_BYTES, "") || cell_is(1, 1, 2, CELL_BYTES, ""));
	refuses("{\"root\":{\"id\":{\"base64\":\"3q0\"}}}", "root.id is no value");
	refuses("{\"root\":{\"id\":{\"base64\":\"3q0=\\n\"}}}", "root.id is no value");
	refuses("{\"root\":{\"id\":{\"base64\":\"3q1=\"}}}", "root.id is no value");
	refuses("{\"root\":{\"id\":{\"base64\":\"3q0=\",\"x\":1}}}", "root.id is no value");
}

Test(given, keeps_the_size_of_what_is_too_large, .init = setup, .fini = teardown)
{
	struct buf json;
	const struct cell *cell;

	buf_init(&json);
	buf_put_text(&json, "{\"root\":{\"id\":\"7\",\"film\":\"");
	for (int i = 0; i <= CELL_BYTES_MAX; i++)
		buf_put_char(&json, 'x');
	buf_put_text(&json, "\"}}");
	cr_assert(read_text(json.data), "%s", err.text);
	cell = &joined.rows[0].rows[0][0][1];
	cr_assert_eq(cell->kind, CELL_CUT);
	cr_assert_eq(cell->size, CELL_BYTES_MAX + 1);
	buf_release(&json);
}

Test(given, joins_references, .init = setup, .fini = teardown)
{
	cr_assert(read_text("{\"root\":{\"id\":\"7\",\"film\":\"f\"},\"film\":{\"title\":\"T\"}}"),
		  "%s", err.text);
	cr_assert(cell_is(2, 0, 1, CELL_TEXT, "T"));
	cr_assert(
	    read_text("{\"root\":{\"id\":\"7\",\"film\":\"f\"},"
		      "\"film\":[{\"id\":\"e\",\"title\":\"E\"},{\"id\":\"f\",\"title\":\"F\"}]}"));
	cr_assert(cell_is(2, 0, 1, CELL_TEXT, "F"));
	cr_assert(read_text("{\"root\":{\"id\":\"7\",\"film\":\"f\"},\"film\":null}"));
	cr_assert_null(joined.rows[0].rows[2][0]);
	refuses("{\"root\":{\"id\":\"7\"},\"film\":{\"title\":\"T\"}}", "no root.film points at");
	refuses("{\"root\":{\"id\":\"7\",\"film\":\"f\"},\"film\":{\"id\":\"g\"}}", "points at");
	refuses(
	    "{\"root\":{\"id\":\"7\"},\"film\":[{\"id\":\"f\",\"title\":\"F\"},{\"id\":\"f\"}]}",
	    "differ in title");
}

Test(given, refuses_what_the_rule_does_not_read, .init = setup, .fini = teardown)
{
	refuses("{}", "no root");
	refuses("[]", "no object");
	refuses("7", "no object");
	refuses("{\"root\":[{\"id\":\"7\"}]}", "root is no row");
	refuses("{\"root\":{\"film\":\"f\"}}", "root has no id");
	refuses("{\"root\":{\"id\":\"7\",\"fil\\u0000m\":\"f\"}}", "does not read");
	refuses("{\"root\":{\"id\":\"7\"},\"line\":[]}", "\"line\" is no source of job");
	refuses("{\"entity\":\"task\",\"root\":{\"id\":\"7\"}}", "no entity \"task\"");
	refuses("{\"entity\":1,\"root\":{\"id\":\"7\"}}", "\"entity\" is no source");
}

/* ---- children below children ---- */

static const char *const note_names[] = { "line", "n", "text" };
static const char *const mark_names[] = { "parent", "line", "n", "mark" };
static const int three_columns[] = { 0, 1, 2 };
static const int mark_above[] = { 0, 1 }; /* of notes: line, n */
static const int last_column[] = { 3 };

static const struct source deep_sources[] = {
	{ ROOT_SOURCE },
	{ LINES_SOURCE },
	{ .name = "notes",
	  .kind = SOURCE_CHILDREN,
	  .table = "n",
	  .columns = note_names,
	  .column_count = 3,
	  .key_columns = second_column,
	  .key_count = 1,
	  .of = 1,
	  .of_columns = second_column,
	  .parent_columns = first_column,
	  .parent_count = 1 },
	{ .name = "marks",
	  .kind = SOURCE_CHILDREN,
	  .table = "m",
	  .columns = mark_names,
	  .column_count = 4,
	  .key_columns = last_column,
	  .key_count = 1,
	  .of = 2,
	  .of_columns = mark_above,
	  .parent_columns = three_columns + 1,
	  .parent_count = 2 },
};
static const struct entity_info deep_entity = { .name = "job", .sources = { deep_sources, 4 } };
static const struct migration_info deep = { .entities = &deep_entity, .entity_count = 1 };

static bool read_deep(const char *json)
{
	int index = -1;

	err_reset(&err);
	return given_read(&deep, span_of(json), &arena, &index, &joined, &err) && index == 0;
}

static void refuses_deep(const char *lines, const char *why)
{
	const char *json = arena_print(&arena, "{\"root\":{\"id\":\"7\"},%s}", lines).data;

	cr_assert_not(read_deep(json), "%s", json);
	cr_assert_eq(err.code, ERR_DATA);
	cr_assert_not_null(strstr(err.text, why), "%s: %s", json, err.text);
}

Test(given, children_stand_in_the_rows_they_belong_to, .init = setup, .fini = teardown)
{
	cr_assert(
	    read_deep("{\"root\":{\"id\":\"7\"},\"lines\":["
		      "{\"seq\":2,\"notes\":[{\"n\":2,\"text\":\"d\"},{\"n\":1,\"text\":\"c\","
		      "\"marks\":[{\"mark\":\"y\"},{\"mark\":\"x\"}]}]},"
		      "{\"seq\":3,\"notes\":null},"
		      "{\"seq\":1,\"notes\":[{\"n\":1,\"line\":\"1\",\"text\":\"a\"}]}]}"),
	    "%s", err.text);
	cr_assert_eq(joined.rows[0].row_count[1], 3);
	cr_assert_eq(joined.rows[0].row_count[2], 3);
	cr_assert_eq(joined.rows[0].row_count[3], 2);
	cr_assert(cell_is(2, 0, 2, CELL_TEXT, "a"));
	cr_assert(cell_is(2, 1, 2, CELL_TEXT, "c"));
	cr_assert(cell_is(2, 2, 2, CELL_TEXT, "d"));
	cr_assert(cell_is(2, 2, 0, CELL_TEXT, "2"));
	cr_assert(cell_is(3, 0, 3, CELL_TEXT, "x"));
	cr_assert(cell_is(3, 1, 1, CELL_TEXT, "2"));
	cr_assert_eq(joined.rows[0].starts[2][1], 1);
	cr_assert_eq(joined.rows[0].starts[2][2], 3);
	cr_assert_eq(joined.rows[0].starts[3][1], 0);
	cr_assert_eq(joined.rows[0].starts[3][2], 2);
}

Test(given, rows_below_that_fit_nowhere_are_refused, .init = setup, .fini = teardown)
{
	refuses_deep("\"notes\":[]", "\"notes\" stand in the rows of lines");
	refuses_deep("\"lines\":[{\"seq\":1,\"marks\":[]}]", "does not read");
	refuses_deep("\"lines\":[{\"seq\":1,\"notes\":{}}]", "notes is no list");
	refuses_deep("\"lines\":[{\"seq\":1,\"notes\":[null]}]", "notes[1] is no row");
	refuses_deep("\"lines\":[{\"seq\":1,\"notes\":[{\"line\":2}]}]", "the row it stands in");
	refuses_deep("\"lines\":[{\"notes\":[{\"n\":1}]}]", "a row of lines has no seq");
}

/* ---- rows without a key ---- */

static const char *const bare_names[] = { "*", "colour", "copies", "parent" };
static const int fourth_column[] = { 3 };

#define BARE                                                                                   \
	.columns = bare_names, .column_count = 4, .key_columns = first_column, .key_count = 1, \
	.is_keyless = true, .star_column = 0, .copies_column = 2

static const struct source bare_root = { .name = "root", .table = "r", .kind = SOURCE_ROOT, BARE };
static const struct entity_info bare_entity = { .name = "log", .sources = { &bare_root, 1 } };
static const struct migration_info bare_migration = { .entities = &bare_entity, .entity_count = 1 };

static const struct source with_bare[] = {
	{ ROOT_SOURCE },
	{ .name = "kids",
	  .table = "k",
	  .kind = SOURCE_CHILDREN,
	  BARE,
	  .parent_columns = fourth_column,
	  .parent_count = 1 },
};
static const struct entity_info kids_entity = { .name = "job", .sources = { with_bare, 2 } };
static const struct migration_info kids_migration = { .entities = &kids_entity, .entity_count = 1 };

Test(given, makes_the_key_of_a_row_that_has_none, .init = setup, .fini = teardown)
{
	struct span key;

	cr_assert(read_of(&bare_migration, "{\"root\":{\"colour\":\"red\"}}"), "%s", err.text);
	cr_expect_eq(joined.rows[0].rows[0][0][0].size, 32);
	cr_expect(cell_is(0, 0, 2, CELL_TEXT, "1"));
	key = arena_copy(&arena, joined.rows[0].key);
	cr_assert(read_of(&bare_migration, "{\"root\":{\"copies\":3,\"colour\":\"red\"}}"));
	cr_expect(span_equal(joined.rows[0].key, key), "copies are no part of it");
	cr_expect(cell_is(0, 0, 2, CELL_TEXT, "3"));
	cr_expect(
	    read_of(&bare_migration,
		    "{\"root\":{\"colour\":\"red\",\"*\":\"0fb1702b9544622361fe576e92f8a7ac\"}}"),
	    "%s", err.text);
	cr_assert_not(
	    read_of(&bare_migration,
		    "{\"root\":{\"colour\":\"blue\",\"*\":\"0fb1702b9544622361fe576e92f8a7ac\"}}"));
	cr_expect_not_null(strstr(err.text, "leave it out"), "%s", err.text);
	cr_assert_not(read_of(&bare_migration, "{\"root\":{\"size\":1}}"));
	cr_expect_not_null(strstr(err.text, "types = { [\"size\"] = text }"), "%s", err.text);
}

Test(given, makes_one_of_equal_children, .init = setup, .fini = teardown)
{
	cr_assert(read_of(&kids_migration,
			  "{\"root\":{\"id\":\"7\"},\"kids\":[{\"colour\":\"red\"},"
			  "{\"colour\":\"red\",\"copies\":4},{\"colour\":null}]}"),
		  "%s", err.text);
	cr_assert_eq(joined.rows[0].row_count[1], 2);
	cr_expect(cell_is(1, 0, 2, CELL_TEXT, "5") || cell_is(1, 1, 2, CELL_TEXT, "5"));
	cr_expect_eq(joined.duplicate_child[0], -1);
}

/* ---- one line for two rules ---- */

static const char *const other_names[] = { "id", "colour" };
static const struct source other_sources[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "r",
	  .columns = other_names,
	  .column_count = 2,
	  .key_columns = first_column,
	  .key_count = 1 },
};
static const struct entity_info other_entity = { .name = "job", .sources = { other_sources, 1 } };
static const struct migration_info other_migration = { .entities = &other_entity,
						       .entity_count = 1 };

static bool read_beside(const struct migration_info *of, const struct migration_info *other,
			const char *json)
{
	int index = -1;

	err_reset(&err);
	return given_read_beside(of, other, span_of(json), &arena, &index, &joined, &err);
}

Test(given, passes_over_what_only_the_other_rule_reads, .init = setup, .fini = teardown)
{
	static const char line[] = "{\"root\":{\"id\":7,\"colour\":\"red\",\"film\":\"f\"},"
				   "\"lines\":[{\"seq\":1,\"data\":\"d\"}]}";

	refuses(line, "colour");
	cr_assert(read_beside(&migration, &other_migration, line), "%s", err.text);
	cr_assert_eq(joined.rows[0].row_count[1], 1);
	cr_assert(cell_is(0, 0, 1, CELL_TEXT, "f"));
	cr_assert(read_beside(&other_migration, &migration, line), "%s", err.text);
	cr_assert(cell_is(0, 0, 1, CELL_TEXT, "red"));
	/* What neither reads was misspelt. */
	cr_assert_not(
	    read_beside(&migration, &other_migration, "{\"root\":{\"id\":7,\"color\":\"red\"}}"));
	cr_assert_not_null(strstr(err.text, "color"), "%s", err.text);
	cr_assert_not(
	    read_beside(&other_migration, &migration, "{\"root\":{\"id\":7},\"linse\":[]}"));
	cr_assert_not_null(strstr(err.text, "linse"), "%s", err.text);
}
