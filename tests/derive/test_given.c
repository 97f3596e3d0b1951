/*
 * test_given.c: a source row that came as JSON is the row a store would have given, or is refused by name.
 */
#include <criterion/criterion.h>

#include "engine/derive/given.h"

TestSuite(given, .timeout = 60);

static const int first_column[] = { 0 };
static const int second_column[] = { 1 };
static const char *const root_names[] = { "id", "film" };
static const char *const child_names[] = { "parent", "seq", "data" };
static const char *const film_names[] = { "id", "title" };
static const char *const ignored_names[] = { "noise" };

static const struct source sources[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "r",
	  .columns = root_names,
	  .column_count = 2,
	  .key_columns = first_column,
	  .key_count = 1,
	  .ignored = ignored_names,
	  .ignored_count = 1 },
	{ .name = "lines",
	  .kind = SOURCE_CHILDREN,
	  .table = "l",
	  .columns = child_names,
	  .column_count = 3,
	  .key_columns = second_column,
	  .key_count = 1,
	  .parent_columns = first_column,
	  .parent_count = 1 },
	{ .name = "film",
	  .kind = SOURCE_REFERENCE,
	  .table = "f",
	  .columns = film_names,
	  .column_count = 2,
	  .key_columns = first_column,
	  .key_count = 1,
	  .from_source = 0,
	  .from_columns = second_column },
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

static bool read_text(const char *json)
{
	int index = -1;

	err_reset(&err);
	return given_read(&migration, span_of(json), &arena, &index, &joined, &err) && index == 0;
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
