/*
 * test_contract_read.c: what every driver promises about legacy, run on each of them.
 *
 * The law behind all of it: however the key space is cut into ranges, the ranges together give every
 * row once, and each range gives what belongs together.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/model/key.h"
#include "tests/drivers/world.h"

TestSuite(contract_read, .timeout = 60);

static const int first[] = { 0 };
static const int first_two[] = { 0, 1 };
static const int second[] = { 1 };

/* ---- the cases: each driver with each kind of key ---- */

struct read_case {
	int driver;
	int keys;
	int forms;
};

/* clang-format off */
#define WITH_ALL_KEYS(driver, forms)                                                     \
	{ driver, KEY_OF_INTEGER, forms }, { driver, KEY_OF_TEXT, forms }, { driver, KEY_OF_TWO, forms }
/* clang-format on */

static struct read_case cases[] = {
	WITH_ALL_KEYS(ON_MEMORY, ALL_TABLES),     WITH_ALL_KEYS(ON_SQLITE, ALL_TABLES),
	WITH_ALL_KEYS(ON_MEMORY, QUERY_ROOT),     WITH_ALL_KEYS(ON_SQLITE, QUERY_ROOT),
	WITH_ALL_KEYS(ON_MEMORY, QUERY_EVENTS),   WITH_ALL_KEYS(ON_SQLITE, QUERY_EVENTS),
	WITH_ALL_KEYS(ON_MEMORY, ALL_QUERIES),    WITH_ALL_KEYS(ON_SQLITE, ALL_QUERIES),
	WITH_ALL_KEYS(ON_POSTGRES, ALL_TABLES),   WITH_ALL_KEYS(ON_POSTGRES, QUERY_ROOT),
	WITH_ALL_KEYS(ON_POSTGRES, QUERY_EVENTS), WITH_ALL_KEYS(ON_POSTGRES, ALL_QUERIES),
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };

/* Each key a rowset's column points at, if there is such a row, and no other; each once. */
static void check_references(struct world *world, const struct batch *batch, int source)
{
	const struct source *reference = &world->sources[source];
	const struct rowset *from = &batch->rowsets[reference->from_source];
	struct lines seen, expected;

	lines_open(&seen);
	lines_open(&expected);
	lines_add_rows(&seen, &batch->rowsets[source]);
	for (int i = 0; i < world->put[source].count; i++) {
		const char *line = world->put[source].text[i];
		size_t key_size = strcspn(line, "|");
		bool wanted = false;

		for (size_t row = 0; row < from->row_count; row++) {
			const struct cell *cell =
			    &rowset_row(from, row)[reference->from_columns[0]];

			wanted |= cell->kind == CELL_TEXT && cell->size == key_size &&
				  memcmp(cell->data, line, key_size) == 0;
		}
		if (wanted)
			lines_add(&expected, "%s", line);
	}
	lines_sort(&seen);
	lines_sort(&expected);
	lines_compare(&seen, &expected, reference->name);
	lines_close(&seen);
	lines_close(&expected);
}

/* Cut the key space into ranges of `step` roots and put together what they give. */
static void check_tiling(struct world *world, uint32_t step)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct lines seen[2];
	struct batch batch;
	bool last;

	lines_open(&seen[ROOT]);
	lines_open(&seen[EVENTS]);
	do {
		struct span bound;
		struct key_range rest = { range.upper, SPAN_NONE };

		cr_assert(reader_find_bound(world->conn, world->reader, &rest, step, &world->arena,
					    &bound, &world->err),
			  "%s", world->err.text);
		last = bound.data == NULL;
		range = (struct key_range){ rest.lower, bound };
		world_read_range(world, &range, &batch);
		if (!last)
			cr_assert_eq(batch.rowsets[ROOT].row_count, step);
		else
			cr_assert_leq(batch.rowsets[ROOT].row_count, step);
		lines_add_rows(&seen[ROOT], &batch.rowsets[ROOT]);
		lines_add_rows(&seen[EVENTS], &batch.rowsets[EVENTS]);
		for (int i = FILM; i < SOURCES; i++)
			check_references(world, &batch, i);
	} while (!last);
	for (int i = ROOT; i <= EVENTS; i++) {
		lines_sort(&seen[i]);
		lines_compare(&seen[i], &world->put[i], world->sources[i].name);
		lines_close(&seen[i]);
	}
}

ParameterizedTestParameters(contract_read, ranges_together_give_every_row_once)
{
	return cr_make_param_array(struct read_case, cases, CASE_COUNT);
}

ParameterizedTest(struct read_case *c, contract_read, ranges_together_give_every_row_once)
{
	static const uint32_t root_counts[] = { 0, 1, 2, 7, 40 };
	static const uint32_t steps[] = { 1, 2, 3, 7, 39, 40, 41, 1000 };

	for (size_t i = 0; i < sizeof(root_counts) / sizeof(root_counts[0]); i++) {
		struct world world;

		world_open_as(&world, c->driver, c->forms, (enum keys)c->keys, root_counts[i],
			      7 + i);
		for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++)
			check_tiling(&world, steps[s]);
		world_close(&world);
	}
}

ParameterizedTestParameters(contract_read, children_lie_in_the_range_of_their_root)
{
	return cr_make_param_array(struct read_case, cases, CASE_COUNT);
}

ParameterizedTest(struct read_case *c, contract_read, children_lie_in_the_range_of_their_root)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct batch batch;
	int children = 0;

	world_open_as(&world, c->driver, c->forms, (enum keys)c->keys, 20, 99);
	for (bool last = false; !last;) {
		range = (struct key_range){ range.upper, SPAN_NONE };
		cr_assert(reader_find_bound(world.conn, world.reader, &range, 1, &world.arena,
					    &range.upper, &world.err),
			  "%s", world.err.text);
		last = range.upper.data == NULL;
		world_read_range(&world, &range, &batch);
		cr_assert_eq(batch.rowsets[ROOT].row_count, 1);
		/* One key more than what is read here: a child of this very root must be among them. */
		for (int i = 0; i < world.put[EVENTS].count; i++) {
			char line[LINE_SIZE] = "";
			const struct cell *root = rowset_row(&batch.rowsets[ROOT], 0);
			bool found = false;
			size_t prefix;

			row_to_line(root, c->keys == KEY_OF_TWO ? 2 : 1, line);
			strncat(line, "|", LINE_SIZE - 1 - strlen(line));
			prefix = strlen(line);
			if (strncmp(world.put[EVENTS].text[i], line, prefix) != 0)
				continue;
			for (size_t r = 0; r < batch.rowsets[EVENTS].row_count; r++) {
				row_to_line(rowset_row(&batch.rowsets[EVENTS], r), 4, line);
				found |= strcmp(line, world.put[EVENTS].text[i]) == 0;
			}
			cr_assert(found, "missing '%s'", world.put[EVENTS].text[i]);
			children++;
		}
	}
	cr_assert_gt(children, 10, "only %d children were looked for", children);
	world_close(&world);
}

ParameterizedTestParameters(contract_read, bounds_respect_the_upper_end)
{
	return cr_make_param_array(struct read_case, cases, CASE_COUNT);
}

ParameterizedTest(struct read_case *c, contract_read, bounds_respect_the_upper_end)
{
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct span tenth, bound;
	struct key_range head;

	world_open_as(&world, c->driver, c->forms, (enum keys)c->keys, 20, 5);
	cr_assert(
	    reader_find_bound(world.conn, world.reader, &all, 10, &world.arena, &tenth, &world.err),
	    "%s", world.err.text);
	cr_assert_not_null(tenth.data);
	head = (struct key_range){ SPAN_NONE, tenth };
	cr_assert(
	    reader_find_bound(world.conn, world.reader, &head, 9, &world.arena, &bound, &world.err),
	    "%s", world.err.text);
	cr_assert_not_null(bound.data, "a tenth key follows the ninth");
	cr_assert_not(span_equal(bound, tenth));
	cr_assert(reader_find_bound(world.conn, world.reader, &head, 10, &world.arena, &bound,
				    &world.err),
		  "%s", world.err.text);
	cr_assert_null(bound.data, "the tenth key is the last of the range");
	world_close(&world);
}

ParameterizedTestParameters(contract_read, single_keys_give_what_ranges_give)
{
	return cr_make_param_array(struct read_case, cases, CASE_COUNT);
}

ParameterizedTest(struct read_case *c, contract_read, single_keys_give_what_ranges_give)
{
	enum { WANTED = 6 };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct span keys[WANTED + 3];
	struct lines seen, expected;
	struct world world;
	struct batch all, some;
	size_t key_count = 0;
	struct buf key;

	world_open_as(&world, c->driver, c->forms, (enum keys)c->keys, 20, 11);
	world_read_range(&world, &range, &all);
	lines_open(&seen);
	lines_open(&expected);
	buf_init(&key);
	for (size_t i = 0; i < WANTED; i++) {
		const struct cell *row = rowset_row(&all.rowsets[ROOT], i * 3);
		char line[LINE_SIZE] = "";

		buf_reset(&key);
		key_put(&key, row, first_two, world.sources[ROOT].key_count);
		keys[key_count++] = arena_copy(&world.arena, buf_span(&key));
		row_to_line(row, 4, line);
		lines_add(&expected, "%s", line);
	}
	/* Asked for twice, and keys that nobody has. */
	keys[key_count++] = keys[0];
	keys[key_count++] = c->keys == KEY_OF_TWO ? SPAN("[\"no\",\"4\"]") : SPAN("[\"4711\"]");
	keys[key_count++] = c->keys == KEY_OF_TWO ? SPAN("[\"K9\",\"x\"]") : SPAN("[\"07\"]");
	batch_init(&some, &world.arena, &world.set);
	cr_assert(
	    reader_read_keys(world.conn, world.reader, keys, key_count, &some, NULL, &world.err),
	    "%s", world.err.text);
	lines_add_rows(&seen, &some.rowsets[ROOT]);
	lines_sort(&seen);
	lines_sort(&expected);
	lines_compare(&seen, &expected, "roots");
	for (int i = FILM; i < SOURCES; i++)
		check_references(&world, &some, i);
	cr_assert_gt(some.rowsets[EVENTS].row_count, 0);
	cr_assert_lt(some.rowsets[EVENTS].row_count, all.rowsets[EVENTS].row_count);
	buf_release(&key);
	lines_close(&seen);
	lines_close(&expected);
	world_close(&world);
}

/* ---- the rest runs with integer keys ---- */

ON_EVERY_DRIVER(contract_read, a_read_stops_at_its_budget)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct batch batch;

	world_open(&world, c->driver, KEY_OF_INTEGER, 100, 3);
	batch_init(&batch, &world.arena, &world.set);
	cr_assert_not(
	    reader_read_range(world.conn, world.reader, &range, 4000, &batch, NULL, &world.err));
	cr_assert_eq(world.err.code, ERR_TOO_LARGE, "%s", world.err.text);
	err_reset(&world.err);
	arena_reset(&world.arena);
	batch_init(&batch, &world.arena, &world.set);
	cr_assert(
	    reader_read_range(world.conn, world.reader, &range, 4000000, &batch, NULL, &world.err),
	    "after the failure: %s", world.err.text);
	cr_assert_eq(batch.rowsets[ROOT].row_count, 100);
	world_close(&world);
}

/* A store that tells none never seems to have changed. */
ON_EVERY_DRIVER(contract_read, rows_of_one_store_have_one_history)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct history opened;
	struct world world;
	struct batch batch;

	world_open(&world, c->driver, KEY_OF_INTEGER, 10, 3);
	opened = world.conn->history;
	cr_expect_eq(opened.system[0] != '\0', c->driver == ON_POSTGRES);
	cr_expect_eq(opened.timeline > 0, c->driver == ON_POSTGRES);
	batch_init(&batch, &world.arena, &world.set);
	cr_assert(reader_read_range(world.conn, world.reader, &range, 0, &batch, NULL, &world.err),
		  "%s", world.err.text);
	cr_expect(history_equal(&opened, &world.conn->history));
	cr_assert(conn_set_name(world.conn, "engine:run:1", &world.err), "%s", world.err.text);
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, values_above_the_limit_are_cut_and_said_to_be)
{
	static char large[CELL_BYTES_MAX + 1];
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct cell row[5] = { { "1000", 4, CELL_TEXT },
			       { "1", 1, CELL_TEXT },
			       { large, CELL_BYTES_MAX, CELL_TEXT },
			       { NULL, 0, CELL_NULL },
			       { NULL, 0, CELL_NULL } };
	const struct cell *seen;
	struct world world;
	struct batch batch;

	memset(large, 'x', sizeof(large));
	world_open(&world, c->driver, KEY_OF_INTEGER, 0, 3);
	fixture_cells(&world.fixture, "del", 5, row);
	row[0] = (struct cell){ "1001", 4, CELL_TEXT };
	row[2].size++;
	fixture_cells(&world.fixture, "del", 5, row);
	world_read_range(&world, &range, &batch);
	cr_assert_eq(batch.rowsets[ROOT].row_count, 2);
	seen = rowset_row(&batch.rowsets[ROOT], 0);
	cr_assert_eq(seen[2].kind, CELL_TEXT);
	cr_assert_eq(seen[2].size, CELL_BYTES_MAX);
	seen = rowset_row(&batch.rowsets[ROOT], 1);
	cr_assert_eq(seen[2].kind, CELL_CUT);
	cr_assert_eq(seen[2].size, CELL_BYTES_MAX + 1);
	cr_assert_eq(memcmp(seen[2].data, large, CELL_KEPT_BYTES), 0);
	cr_assert(digest_equal(cell_cut_digest(&seen[2]),
			       sha256_half((struct span){ large, sizeof(large) })));
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, empty_texts_binary_and_null_are_told_apart)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct cell row[5] = { { "1", 1, CELL_TEXT },
			       { NULL, 0, CELL_NULL },
			       { "", 0, CELL_TEXT },
			       { "a\0\xff", 3, CELL_BYTES },
			       { NULL, 0, CELL_NULL } };
	const struct cell *seen;
	struct world world;
	struct batch batch;

	world_open(&world, c->driver, KEY_OF_INTEGER, 0, 3);
	if (c->driver == ON_POSTGRES) { /* which keeps binary in columns that are for it */
		reader_close(world.conn, world.reader);
		fixture_run(&world.fixture, "alter table del alter film_id type bytea using null");
		cr_assert(conn_open_reader(world.conn, &world.set, &world.reader, &world.err), "%s",
			  world.err.text);
	}
	fixture_cells(&world.fixture, "del", 5, row);
	world_read_range(&world, &range, &batch);
	cr_assert_eq(batch.rowsets[ROOT].row_count, 1);
	seen = rowset_row(&batch.rowsets[ROOT], 0);
	cr_assert_eq(seen[1].kind, CELL_NULL);
	cr_assert_eq(seen[2].kind, CELL_TEXT);
	cr_assert_eq(seen[2].size, 0);
	cr_assert_not_null(seen[2].data);
	cr_assert_eq(seen[3].kind, CELL_BYTES);
	cr_assert(span_equal(cell_span(&seen[3]), (struct span){ "a\0\xff", 3 }));
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, tables_are_described_as_they_are)
{
	struct table_info info;
	struct world world;

	world_open(&world, c->driver, KEY_OF_TWO, 1, 3);
	cr_assert(conn_describe(world.conn, "del", &world.arena, &info, &world.err), "%s",
		  world.err.text);
	cr_assert(info.exists);
	cr_assert_eq(info.column_count, 5);
	cr_assert_str_eq(info.columns[1].name, "b");
	cr_assert_eq(strcasecmp(info.columns[1].type, "INTEGER"), 0, "%s", info.columns[1].type);
	cr_assert_eq(info.unique_count, 1);
	cr_assert_eq(info.uniques[0].column_count, 2);
	cr_assert_str_eq(info.uniques[0].columns[0], "a");
	cr_assert_str_eq(info.uniques[0].columns[1], "b");
	cr_assert(conn_describe(world.conn, "no_such", &world.arena, &info, &world.err), "%s",
		  world.err.text);
	cr_assert_not(info.exists);
	cr_assert_str_eq(info.name, "no_such");
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, roots_are_counted)
{
	struct world world;
	int64_t count = -1;

	world_open(&world, c->driver, KEY_OF_TEXT, 33, 3);
	cr_assert(reader_count_roots(world.conn, world.reader, &count, &world.err), "%s",
		  world.err.text);
	cr_assert_eq(count, 33);
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, every_statement_is_explained)
{
	struct json_value json;
	struct world world;
	struct buf out;

	world_open(&world, c->driver, KEY_OF_TWO, 1, 3);
	buf_init(&out);
	cr_assert(reader_explain(world.conn, world.reader, &out, &world.err), "%s", world.err.text);
	cr_assert(json_read(buf_span(&out), &world.arena, &json, &world.err), "%s", world.err.text);
	cr_assert_geq(json.item_count, SOURCES);
	for (size_t i = 0; i < json.item_count; i++) {
		cr_assert_not_null(json_member(&json.items[i], "source"));
		cr_assert_not_null(json_member(&json.items[i], "statement"));
		cr_assert_not_null(json_member(&json.items[i], "index"));
	}
	buf_release(&out);
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, the_position_is_a_json_document)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct json_value json;
	struct world world;
	struct batch batch;
	struct buf out;

	world_open(&world, c->driver, KEY_OF_TEXT, 3, 3);
	buf_init(&out);
	batch_init(&batch, &world.arena, &world.set);
	cr_assert(reader_read_range(world.conn, world.reader, &range, 0, &batch, &out, &world.err),
		  "%s", world.err.text);
	cr_assert(json_read(buf_span(&out), &world.arena, &json, &world.err), "%s", world.err.text);
	cr_assert_eq(json.kind, JSON_OBJECT);
	buf_release(&out);
	world_close(&world);
}

/* ---- what must be refused, and what must be noticed ---- */

static void expect_no_reader(struct world *world, enum err_code code, const char *words)
{
	struct reader *reader = NULL;

	cr_assert_not(conn_open_reader(world->conn, &world->set, &reader, &world->err));
	cr_assert_null(reader);
	cr_assert_eq(world->err.code, code, "%s", world->err.text);
	cr_assert_not_null(strstr(world->err.text, words), "%s", world->err.text);
	err_reset(&world->err);
}

ON_EVERY_DRIVER(contract_read, sources_that_do_not_fit_are_refused)
{
	static const char *const wrong_columns[] = { "a", "b", "nome", "film_id" };
	static const char *const row[] = { NULL, "1", "n", NULL, NULL };
	static const char *const key[] = { "a" };
	const struct memory_column text_parent[] = {
		{ "pa", "TEXT", false },
		{ "pb", "INTEGER", false },
		{ "seq", "INTEGER", false },
		{ "actor_id", "TEXT", false },
	};
	const struct memory_column text_key[] = {
		{ "a", "TEXT", false },      { "b", "INTEGER", false },
		{ "name", "TEXT", false },   { "film_id", "TEXT", false },
		{ "unread", "TEXT", false },
	};
	const char *const *columns;
	struct world world;

	world_open(&world, c->driver, KEY_OF_INTEGER, 3, 3);
	columns = world.sources[ROOT].columns;
	world.sources[ROOT].columns = wrong_columns;
	expect_no_reader(&world, ERR_RULE, "nome");
	world.sources[ROOT].columns = columns;
	world.sources[ROOT].key_columns = second;
	expect_no_reader(&world, ERR_RULE, "del");
	world.sources[ROOT].key_columns = first;
	world.sources[EVENTS].table = "gone";
	expect_no_reader(&world, ERR_RULE, "gone");
	world.sources[EVENTS].table = "del_events";
	fixture_table(&world.fixture, "del_events", text_parent, 4, NULL, 0);
	expect_no_reader(&world, ERR_RULE, "del_events.pa");
	fixture_table(&world.fixture, "del", text_key, 5, key, 1);
	fixture_allow_null(&world.fixture, "del", "a");
	fixture_row(&world.fixture, "del", 5, row);
	expect_no_reader(&world, ERR_RULE, "the key column del.a");
	expect_no_reader(&world, ERR_RULE, "NULL");
	world_close(&world);
}

static void expect_changed(struct world *world, const char *words)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct batch batch;

	batch_init(&batch, &world->arena, &world->set);
	cr_assert_not(
	    reader_read_range(world->conn, world->reader, &range, 0, &batch, NULL, &world->err));
	cr_assert_eq(world->err.code, ERR_DATA, "%s", world->err.text);
	cr_assert_not_null(strstr(world->err.text, words), "%s", world->err.text);
	err_reset(&world->err);
}

ON_EVERY_DRIVER(contract_read, a_table_that_changed_is_noticed)
{
	const struct memory_column other_type[] = { { "film_id", "TEXT", false },
						    { "studio", "TEXT", false } };
	const struct memory_column one_more[] = { { "studio", "TEXT", false },
						  { "city", "TEXT", false },
						  { "country", "TEXT", false } };
	static const char *const film_key[] = { "film_id" };
	static const char *const studio_key[] = { "studio" };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct batch batch;

	world_open(&world, c->driver, KEY_OF_INTEGER, 5, 3);
	/* A table that is nobody's business may come and go. */
	fixture_table(&world.fixture, "unrelated", other_type, 2, film_key, 1);
	world_read_range(&world, &range, &batch);
	cr_assert_eq(batch.rowsets[ROOT].row_count, 5);
	fixture_table(&world.fixture, "studio", one_more, 3, studio_key, 1);
	expect_changed(&world, "studio");
	fixture_drop(&world.fixture, "studio");
	expect_changed(&world, "studio");
	fixture_table(&world.fixture, "studio", one_more, 2, studio_key, 1);
	world_read_range(&world, &range, &batch);
	fixture_table(&world.fixture, "film", other_type, 2, film_key, 1);
	expect_changed(&world, "film");
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, a_key_that_became_null_is_noticed)
{
	static const char *const row[] = { NULL, "1", "n", NULL, NULL };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct batch batch;
	struct span bound;

	world_open(&world, c->driver, KEY_OF_TEXT, 5, 3);
	cr_assert(reader_find_bound(world.conn, world.reader, &range, 2, &world.arena, &bound,
				    &world.err),
		  "%s", world.err.text);
	fixture_allow_null(&world.fixture, "del", "a");
	fixture_row(&world.fixture, "del", 5, row);
	expect_changed(&world, "NULL");
	/* Also where the range is closed above: it must not fall between two ranges. */
	range.upper = bound;
	batch_init(&batch, &world.arena, &world.set);
	cr_assert_not(
	    reader_read_range(world.conn, world.reader, &range, 0, &batch, NULL, &world.err));
	cr_assert_eq(world.err.code, ERR_DATA, "%s", world.err.text);
	world_close(&world);
}

ON_EVERY_DRIVER(contract_read, keys_that_are_no_keys_are_refused)
{
	static const char *const wrong[] = { "",          "7",     "[7]",
					     "[\"7\"",    "[]",    "[\"7\",\"8\"]",
					     "{\"7\":1}", "[null]" };
	struct world world;

	world_open(&world, c->driver, KEY_OF_INTEGER, 5, 3);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct key_range range = { span_of(wrong[i]), SPAN_NONE };
		struct span key = span_of(wrong[i]);
		struct batch batch;

		batch_init(&batch, &world.arena, &world.set);
		cr_assert_not(reader_read_range(world.conn, world.reader, &range, 0, &batch, NULL,
						&world.err),
			      "a range from %s", wrong[i]);
		cr_assert_eq(world.err.code, ERR_DATA, "%s", world.err.text);
		err_reset(&world.err);
		cr_assert_not(
		    reader_read_keys(world.conn, world.reader, &key, 1, &batch, NULL, &world.err),
		    "the key %s", wrong[i]);
		cr_assert_eq(world.err.code, ERR_DATA, "%s", world.err.text);
		err_reset(&world.err);
	}
	world_close(&world);
}
