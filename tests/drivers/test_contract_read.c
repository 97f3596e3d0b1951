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
#include "tests/drivers/fixture.h"

TestSuite(contract_read, .timeout = 60);

/* ---- one schema for all: del ← events, del → film → studio, events → actor ---- */

enum keys { KEY_OF_INTEGER, KEY_OF_TEXT, KEY_OF_TWO, KEYS_UNDER_TEST };

enum { ROOT, EVENTS, FILM, STUDIO, ACTOR, SOURCES };

static const char *const del_columns[] = { "a", "b", "name", "film_id" };
static const char *const events_columns[] = { "pa", "pb", "seq", "actor_id" };
static const char *const film_columns[] = { "film_id", "studio" };
static const char *const studio_columns[] = { "studio", "city" };
static const char *const actor_columns[] = { "actor_id", "name" };
static const int first[] = { 0 };
static const int first_two[] = { 0, 1 };
static const int second[] = { 1 };
static const int third[] = { 2 };
static const int fourth[] = { 3 };

static void make_sources(enum keys keys, struct source sources[SOURCES])
{
	int key_count = keys == KEY_OF_TWO ? 2 : 1;

	sources[ROOT] = (struct source){ .name = "root",
					 .kind = SOURCE_ROOT,
					 .table = "del",
					 .columns = del_columns,
					 .column_count = 4,
					 .key_columns = first_two,
					 .key_count = key_count };
	sources[EVENTS] = (struct source){ .name = "events",
					   .kind = SOURCE_CHILDREN,
					   .table = "del_events",
					   .columns = events_columns,
					   .column_count = 4,
					   .key_columns = third,
					   .key_count = 1,
					   .parent_columns = first_two,
					   .parent_count = key_count };
	sources[FILM] = (struct source){ .name = "film",
					 .kind = SOURCE_REFERENCE,
					 .table = "film",
					 .columns = film_columns,
					 .column_count = 2,
					 .key_columns = first,
					 .key_count = 1,
					 .from_source = ROOT,
					 .from_columns = fourth };
	sources[STUDIO] = (struct source){ .name = "studio",
					   .kind = SOURCE_REFERENCE,
					   .table = "studio",
					   .columns = studio_columns,
					   .column_count = 2,
					   .key_columns = first,
					   .key_count = 1,
					   .from_source = FILM,
					   .from_columns = second };
	sources[ACTOR] = (struct source){ .name = "actor",
					  .kind = SOURCE_REFERENCE,
					  .table = "actor",
					  .columns = actor_columns,
					  .column_count = 2,
					  .key_columns = first,
					  .key_count = 1,
					  .from_source = EVENTS,
					  .from_columns = fourth };
}

static void make_tables(struct fixture *fixture, enum keys keys)
{
	const char *a_type = keys == KEY_OF_INTEGER ? "INTEGER" : "TEXT";
	const struct memory_column del[] = {
		{ "a", a_type, false },      { "b", "INTEGER", false },
		{ "name", "TEXT", false },   { "film_id", "TEXT", false },
		{ "unread", "TEXT", false },
	};
	const struct memory_column events[] = {
		{ "pa", a_type, false },
		{ "pb", "INTEGER", false },
		{ "seq", "INTEGER", false },
		{ "actor_id", "TEXT", false },
	};
	const struct memory_column film[] = { { "film_id", "INTEGER", false },
					      { "studio", "TEXT", false } };
	const struct memory_column studio[] = { { "studio", "TEXT", false },
						{ "city", "TEXT", false } };
	const struct memory_column actor[] = { { "actor_id", "TEXT", false },
					       { "name", "TEXT", false } };
	static const char *const del_key[] = { "a", "b" };
	static const char *const film_key[] = { "film_id" };
	static const char *const studio_key[] = { "studio" };
	static const char *const actor_key[] = { "actor_id" };

	fixture_table(fixture, "del", del, 5, del_key, keys == KEY_OF_TWO ? 2 : 1);
	fixture_table(fixture, "del_events", events, 4, NULL, 0);
	fixture_table(fixture, "film", film, 2, film_key, 1);
	fixture_table(fixture, "studio", studio, 2, studio_key, 1);
	fixture_table(fixture, "actor", actor, 2, actor_key, 1);
}

/* ---- rows by a fixed dice, remembered as lines ---- */

struct world {
	struct fixture fixture;
	struct source sources[SOURCES];
	struct source_set set;
	struct lines put[SOURCES];
	struct conn *conn;
	struct reader *reader;
	struct arena arena;
	struct err err;
};

/* What reads them: the tables themselves, or queries that give the same rows. */
enum forms {
	ALL_TABLES = 0,
	QUERY_ROOT = 1,
	QUERY_EVENTS = 2,
	ALL_QUERIES = QUERY_ROOT | QUERY_EVENTS,
};

static const char root_query[] = "select a, b, name, film_id, unread from del where b < 10 "
				 "union all select * from del where b is null or b >= 10 -- all";
static const char events_query[] = "select * from del_events";

static void make_queries(struct world *world, int forms)
{
	if (world->fixture.driver == ON_MEMORY) {
		memory_store_query(world->fixture.store, root_query, "del");
		memory_store_query(world->fixture.store, events_query, "del_events");
	}
	if (forms & QUERY_ROOT)
		world->sources[ROOT].query = root_query;
	if (forms & QUERY_EVENTS)
		world->sources[EVENTS].query = events_query;
}

/* Keys that are close to each other, negative, of different lengths, empty, with quotes. */
static const char *key_a(enum keys keys, uint32_t number, char text[32])
{
	static const char *const odd[] = { "", "'", "\"", "A", "a", "a ", "é", "\\x41", "z]" };

	if (keys == KEY_OF_INTEGER)
		snprintf(text, 32, "%d", (int)number * 7 - 100);
	else if (number < 9)
		snprintf(text, 32, "%s", odd[number]);
	else
		snprintf(text, 32, "K%u", number);
	return text;
}

static void put_line(struct world *world, int source, const char *const *texts, int count)
{
	char line[LINE_SIZE];
	size_t size = 0;

	for (int i = 0; i < count; i++)
		size += (size_t)snprintf(line + size, sizeof(line) - size, "%s%s", i ? "|" : "",
					 texts[i] ? texts[i] : "~");
	lines_add(&world->put[source], "%s", line);
}

static void put_root(struct world *world, enum keys keys, uint32_t number, uint64_t *dice)
{
	char a[32], b[16], film[16];
	const char *texts[5] = { a, b, "n|m", film, "x" };

	key_a(keys, keys == KEY_OF_TWO ? number / 3 : number, a);
	snprintf(b, sizeof(b), "%u", keys == KEY_OF_TWO ? (number % 3) * 10 : number);
	snprintf(film, sizeof(film), "%u", next_random(dice, 12));
	if (next_random(dice, 5) == 0)
		texts[3] = NULL;
	fixture_row(&world->fixture, "del", 5, texts);
	put_line(world, ROOT, texts, 4);
}

static void put_event(struct world *world, enum keys keys, uint32_t number, int seq, uint64_t *dice)
{
	char a[32], b[16], sequence[16], actor[16];
	const char *texts[4] = { a, b, sequence, actor };

	key_a(keys, keys == KEY_OF_TWO ? number / 3 : number, a);
	snprintf(b, sizeof(b), "%u", (number % 3) * 10);
	snprintf(sequence, sizeof(sequence), "%d", seq);
	snprintf(actor, sizeof(actor), "x%u", next_random(dice, 8));
	/* Any part may be missing; in a single key, the whole of it. */
	if (next_random(dice, 9) == 0)
		texts[0] = NULL;
	if (next_random(dice, 9) == 0)
		texts[1] = NULL;
	if (next_random(dice, 6) == 0)
		texts[3] = NULL;
	fixture_row(&world->fixture, "del_events", 4, texts);
	put_line(world, EVENTS, texts, 4);
}

static void put_references(struct world *world)
{
	for (int i = 0; i < 10; i++) {
		char id[16], studio[16];
		const char *film[2] = { id, studio };
		const char *actor[2] = { studio, "name" };

		snprintf(id, sizeof(id), "%d", i);
		snprintf(studio, sizeof(studio), "s%d", i % 4);
		fixture_row(&world->fixture, "film", 2, film);
		put_line(world, FILM, film, 2);
		snprintf(studio, sizeof(studio), "x%d", i);
		fixture_row(&world->fixture, "actor", 2, actor);
		put_line(world, ACTOR, actor, 2);
	}
	for (int i = 0; i < 3; i++) {
		char studio[16];
		const char *texts[2] = { studio, "city" };

		snprintf(studio, sizeof(studio), "s%d", i);
		fixture_row(&world->fixture, "studio", 2, texts);
		put_line(world, STUDIO, texts, 2);
	}
}

static void world_open_as(struct world *world, int driver, int forms, enum keys keys,
			  uint32_t root_count, uint64_t dice)
{
	int sequence = 0;

	memset(world, 0, sizeof(*world));
	fixture_open(&world->fixture, driver);
	arena_init(&world->arena);
	make_sources(keys, world->sources);
	make_queries(world, forms);
	world->set = (struct source_set){ world->sources, SOURCES };
	for (int i = 0; i < SOURCES; i++)
		lines_open(&world->put[i]);
	make_tables(&world->fixture, keys);
	/* Every second number is a root, so that children of the others are orphans. */
	for (uint32_t i = 0; i < root_count; i++)
		put_root(world, keys, i * 2, &dice);
	for (uint32_t i = 0; i < root_count * 3; i++)
		put_event(world, keys, next_random(&dice, root_count * 2 + 3), sequence++, &dice);
	put_references(world);
	for (int i = 0; i < SOURCES; i++)
		lines_sort(&world->put[i]);
	world->conn = fixture_connect(&world->fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(world->conn, &world->set, &world->reader, &world->err), "%s",
		  world->err.text);
}

static void world_open(struct world *world, int driver, enum keys keys, uint32_t root_count,
		       uint64_t dice)
{
	world_open_as(world, driver, ALL_TABLES, keys, root_count, dice);
}

static void world_close(struct world *world)
{
	reader_close(world->conn, world->reader);
	conn_close(world->conn);
	for (int i = 0; i < SOURCES; i++)
		lines_close(&world->put[i]);
	arena_release(&world->arena);
	fixture_close(&world->fixture);
}

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
	WITH_ALL_KEYS(ON_MEMORY, ALL_TABLES),   WITH_ALL_KEYS(ON_SQLITE, ALL_TABLES),
	WITH_ALL_KEYS(ON_MEMORY, QUERY_ROOT),   WITH_ALL_KEYS(ON_SQLITE, QUERY_ROOT),
	WITH_ALL_KEYS(ON_MEMORY, QUERY_EVENTS), WITH_ALL_KEYS(ON_SQLITE, QUERY_EVENTS),
	WITH_ALL_KEYS(ON_MEMORY, ALL_QUERIES),  WITH_ALL_KEYS(ON_SQLITE, ALL_QUERIES),
};

enum { CASE_COUNT = sizeof(cases) / sizeof(cases[0]) };

static void read_range(struct world *world, const struct key_range *range, struct batch *batch)
{
	batch_init(batch, &world->arena, &world->set);
	cr_assert(reader_read_range(world->conn, world->reader, range, 0, batch, NULL, &world->err),
		  "%s", world->err.text);
}

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
		read_range(world, &range, &batch);
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
		read_range(&world, &range, &batch);
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
	read_range(&world, &range, &all);
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

struct driver_case {
	int driver;
};

static struct driver_case drivers[] = { { ON_MEMORY }, { ON_SQLITE } };

#define ON_EVERY_DRIVER(name)                                                                \
	ParameterizedTestParameters(contract_read, name)                                     \
	{                                                                                    \
		return cr_make_param_array(struct driver_case, drivers, DRIVERS_UNDER_TEST); \
	}                                                                                    \
	ParameterizedTest(struct driver_case *c, contract_read, name)

ON_EVERY_DRIVER(a_read_stops_at_its_budget)
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

ON_EVERY_DRIVER(values_above_the_limit_are_cut_and_said_to_be)
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
	read_range(&world, &range, &batch);
	cr_assert_eq(batch.rowsets[ROOT].row_count, 2);
	seen = rowset_row(&batch.rowsets[ROOT], 0);
	cr_assert_eq(seen[2].kind, CELL_TEXT);
	cr_assert_eq(seen[2].size, CELL_BYTES_MAX);
	seen = rowset_row(&batch.rowsets[ROOT], 1);
	cr_assert_eq(seen[2].kind, CELL_CUT);
	cr_assert_eq(seen[2].size, CELL_BYTES_MAX + 1);
	cr_assert_eq(memcmp(seen[2].data, large, CELL_KEPT_BYTES), 0);
	cr_assert(digest_equal(cell_cut_digest(&seen[2]),
			       digest_of((struct span){ large, sizeof(large) })));
	world_close(&world);
}

ON_EVERY_DRIVER(empty_texts_binary_and_null_are_told_apart)
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
	fixture_cells(&world.fixture, "del", 5, row);
	read_range(&world, &range, &batch);
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

/* Nobody knows that a query's keys are unique, so all rows of a key must come together. */
ON_EVERY_DRIVER(rows_of_a_query_with_one_key_are_not_torn_apart)
{
	static const char *const rows[][5] = { { "1", "1", "x", NULL, NULL },
					       { "2", "1", "one", NULL, NULL },
					       { "2", "1", "other", NULL, NULL },
					       { "3", "1", "y", NULL, NULL } };
	static const struct memory_column columns[] = { { "a", "INTEGER", false },
							{ "b", "INTEGER", false },
							{ "name", "TEXT", false },
							{ "film_id", "TEXT", false },
							{ "unread", "TEXT", false } };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct batch batch;
	struct span bound;
	size_t seen = 0;
	int64_t count;

	world_open_as(&world, c->driver, QUERY_ROOT, KEY_OF_INTEGER, 0, 3);
	fixture_table(&world.fixture, "del", columns, 5, NULL, 0);
	for (size_t i = 0; i < 4; i++)
		fixture_row(&world.fixture, "del", 5, rows[i]);
	for (bool last = false; !last;) {
		range = (struct key_range){ range.upper, SPAN_NONE };
		cr_assert(reader_find_bound(world.conn, world.reader, &range, 1, &world.arena,
					    &range.upper, &world.err),
			  "%s", world.err.text);
		last = range.upper.data == NULL;
		read_range(&world, &range, &batch);
		cr_assert_eq(batch.rowsets[ROOT].row_count,
			     span_equal(range.upper, SPAN("[\"2\"]")) ? 2 : 1);
		seen += batch.rowsets[ROOT].row_count;
	}
	cr_assert_eq(seen, 4);
	cr_assert(reader_count_roots(world.conn, world.reader, &count, &world.err));
	cr_assert_eq(count, 4);
	range = (struct key_range){ SPAN_NONE, SPAN("[\"2\"]") };
	cr_assert(reader_find_bound(world.conn, world.reader, &range, 2, &world.arena, &bound,
				    &world.err));
	cr_assert_null(bound.data, "there is no key behind 2 in this range");
	world_close(&world);
}

/* ---- lists below lists: notes name their event by its own key, marks their note by parent and key ---- */

static const char *const id_columns[] = { "id" };
static const char *const event_columns[] = { "del", "event" };
static const char *const note_columns[] = { "event", "n" };
static const char *const mark_columns[] = { "event", "n", "mark" };

static const struct source deep_sources[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "del",
	  .columns = id_columns,
	  .column_count = 1,
	  .key_columns = first,
	  .key_count = 1 },
	{ .name = "events",
	  .kind = SOURCE_CHILDREN,
	  .table = "events",
	  .columns = event_columns,
	  .column_count = 2,
	  .key_columns = second,
	  .key_count = 1,
	  .parent_columns = first,
	  .parent_count = 1 },
	{ .name = "notes",
	  .kind = SOURCE_CHILDREN,
	  .table = "notes",
	  .columns = note_columns,
	  .column_count = 2,
	  .key_columns = second,
	  .key_count = 1,
	  .of = 1,
	  .parent_columns = first,
	  .parent_count = 1,
	  .of_columns = second },
	{ .name = "marks",
	  .kind = SOURCE_CHILDREN,
	  .table = "marks",
	  .columns = mark_columns,
	  .column_count = 3,
	  .key_columns = third,
	  .key_count = 1,
	  .of = 2,
	  .parent_columns = first_two,
	  .parent_count = 2,
	  .of_columns = first_two },
};
static const struct source_set deep_set = { deep_sources, 4 };

static void make_deep(struct fixture *fixture)
{
	static const struct memory_column del[] = { { "id", "INTEGER", false } };
	static const struct memory_column events[] = { { "del", "INTEGER", false },
						       { "event", "INTEGER", false } };
	static const struct memory_column notes[] = { { "event", "INTEGER", false },
						      { "n", "INTEGER", false } };
	static const struct memory_column marks[] = { { "event", "INTEGER", false },
						      { "n", "INTEGER", false },
						      { "mark", "TEXT", false } };
	static const char *const id[] = { "id" };
	static const char *const event[] = { "event" };
	static const char *const roots[] = { "1", "2", "3", "4" };
	static const char *const event_rows[][2] = {
		{ "1", "10" }, { "3", "11" }, { "3", "12" }, { "9", "13" }, { NULL, "14" }
	};
	static const char *const note_rows[][2] = { { "10", "1" }, { "12", "1" }, { "12", "2" },
						    { "13", "1" }, { "14", "1" }, { "99", "1" },
						    { NULL, "1" } };
	static const char *const mark_rows[][3] = { { "12", "2", "a" }, { "12", "2", "b" },
						    { "10", "1", "a" }, { "13", "1", "a" },
						    { "14", "1", "a" }, { "99", "1", "a" },
						    { "12", "7", "a" }, { NULL, "1", "a" },
						    { "12", NULL, "a" } };

	fixture_table(fixture, "del", del, 1, id, 1);
	fixture_table(fixture, "events", events, 2, event, 1);
	fixture_table(fixture, "notes", notes, 2, NULL, 0);
	fixture_table(fixture, "marks", marks, 3, NULL, 0);
	for (int i = 0; i < 4; i++)
		fixture_row(fixture, "del", 1, &roots[i]);
	for (int i = 0; i < 5; i++)
		fixture_row(fixture, "events", 2, event_rows[i]);
	for (int i = 0; i < 7; i++)
		fixture_row(fixture, "notes", 2, note_rows[i]);
	for (int i = 0; i < 9; i++)
		fixture_row(fixture, "marks", 3, mark_rows[i]);
}

static void expect_deep(struct conn *conn, struct reader *reader, struct arena *arena,
			const char *lower, const char *upper, const int counts[4])
{
	struct key_range range = { lower ? span_of(lower) : SPAN_NONE,
				   upper ? span_of(upper) : SPAN_NONE };
	struct err err = { 0 };
	struct batch batch;

	batch_init(&batch, arena, &deep_set);
	cr_assert(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err), "%s", err.text);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(batch.rowsets[i].row_count, (size_t)counts[i], "%s to %s: %zu %s",
			     lower ? lower : "", upper ? upper : "", batch.rowsets[i].row_count,
			     deep_sources[i].name);
}

ON_EVERY_DRIVER(lists_below_lists_are_read_with_their_root)
{
	static const struct span keys[] = { { "[\"3\"]", 5 }, { "[\"5\"]", 5 } };
	static const size_t of_keys[] = { 1, 2, 2, 2 };
	struct err err = { 0 };
	struct fixture fixture;
	struct reader *reader;
	struct arena arena;
	struct batch batch;
	struct conn *conn;

	fixture_open(&fixture, c->driver);
	make_deep(&fixture);
	arena_init(&arena);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &deep_set, &reader, &err), "%s", err.text);
	expect_deep(conn, reader, &arena, NULL, NULL, (int[]){ 4, 5, 7, 9 });
	/* What is below nothing comes with the range that is open below. */
	expect_deep(conn, reader, &arena, NULL, "[\"2\"]", (int[]){ 2, 2, 4, 6 });
	expect_deep(conn, reader, &arena, "[\"2\"]", "[\"3\"]", (int[]){ 1, 2, 2, 2 });
	expect_deep(conn, reader, &arena, "[\"3\"]", "[\"4\"]", (int[]){ 1, 0, 0, 0 });
	expect_deep(conn, reader, &arena, "[\"4\"]", NULL, (int[]){ 0, 1, 1, 1 });
	batch_init(&batch, &arena, &deep_set);
	cr_assert(reader_read_keys(conn, reader, keys, 2, &batch, NULL, &err), "%s", err.text);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(batch.rowsets[i].row_count, of_keys[i], "%s", deep_sources[i].name);
	reader_close(conn, reader);
	conn_close(conn);
	arena_release(&arena);
	fixture_close(&fixture);
}

ON_EVERY_DRIVER(a_query_whose_key_is_null_is_refused)
{
	static const char *const row[5] = { NULL, "1", "x", NULL, NULL };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader;
	struct world world;
	struct batch batch;

	world_open_as(&world, c->driver, QUERY_ROOT, KEY_OF_TEXT, 3, 3);
	fixture_row(&world.fixture, "del", 5, row);
	batch_init(&batch, &world.arena, &world.set);
	cr_assert_not(
	    reader_read_range(world.conn, world.reader, &range, 0, &batch, NULL, &world.err));
	cr_assert_eq(world.err.code, ERR_DATA, "%s", world.err.text);
	err_reset(&world.err);
	cr_assert_not(conn_open_reader(world.conn, &world.set, &reader, &world.err));
	cr_assert_eq(world.err.code, ERR_RULE, "%s", world.err.text);
	world_close(&world);
}

ON_EVERY_DRIVER(queries_are_described_as_they_are)
{
	struct table_info info;
	struct world world;

	world_open_as(&world, c->driver, ALL_QUERIES, KEY_OF_TWO, 1, 3);
	cr_assert(conn_describe_query(world.conn, root_query, &world.arena, &info, &world.err),
		  "%s", world.err.text);
	cr_assert_null(info.fault, "%s", info.fault);
	cr_assert_eq(info.column_count, 5);
	cr_assert_str_eq(info.columns[3].name, "film_id");
	cr_assert_eq(info.unique_count, 0);
	cr_assert_eq(info.read_table_count, 1);
	cr_assert_str_eq(info.read_tables[0], "del");
	cr_assert(
	    conn_describe_query(world.conn, "select nothing", &world.arena, &info, &world.err),
	    "%s", world.err.text);
	cr_assert_not_null(info.fault);
	cr_assert_not(info.exists);
	world_close(&world);
}

ON_EVERY_DRIVER(tables_are_described_as_they_are)
{
	struct table_info info;
	struct world world;

	world_open(&world, c->driver, KEY_OF_TWO, 1, 3);
	cr_assert(conn_describe(world.conn, "del", &world.arena, &info, &world.err), "%s",
		  world.err.text);
	cr_assert(info.exists);
	cr_assert_eq(info.column_count, 5);
	cr_assert_str_eq(info.columns[1].name, "b");
	cr_assert_str_eq(info.columns[1].type, "INTEGER");
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

ON_EVERY_DRIVER(roots_are_counted)
{
	struct world world;
	int64_t count = -1;

	world_open(&world, c->driver, KEY_OF_TEXT, 33, 3);
	cr_assert(reader_count_roots(world.conn, world.reader, &count, &world.err), "%s",
		  world.err.text);
	cr_assert_eq(count, 33);
	world_close(&world);
}

ON_EVERY_DRIVER(every_statement_is_explained)
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

ON_EVERY_DRIVER(the_position_is_a_json_document)
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

ON_EVERY_DRIVER(sources_that_do_not_fit_are_refused)
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
	struct world world;

	world_open(&world, c->driver, KEY_OF_INTEGER, 3, 3);
	world.sources[ROOT].columns = wrong_columns;
	expect_no_reader(&world, ERR_RULE, "nome");
	world.sources[ROOT].columns = del_columns;
	world.sources[ROOT].key_columns = second;
	expect_no_reader(&world, ERR_RULE, "del");
	world.sources[ROOT].key_columns = first;
	world.sources[EVENTS].table = "gone";
	expect_no_reader(&world, ERR_RULE, "gone");
	world.sources[EVENTS].table = "del_events";
	fixture_table(&world.fixture, "del_events", text_parent, 4, NULL, 0);
	expect_no_reader(&world, ERR_RULE, "del_events.pa");
	fixture_table(&world.fixture, "del", text_key, 5, key, 1);
	fixture_row(&world.fixture, "del", 5, row);
	expect_no_reader(&world, ERR_RULE, "del.a is NULL");
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

ON_EVERY_DRIVER(a_table_that_changed_is_noticed)
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
	read_range(&world, &range, &batch);
	cr_assert_eq(batch.rowsets[ROOT].row_count, 5);
	fixture_table(&world.fixture, "studio", one_more, 3, studio_key, 1);
	expect_changed(&world, "studio");
	fixture_drop(&world.fixture, "studio");
	expect_changed(&world, "studio");
	fixture_table(&world.fixture, "studio", one_more, 2, studio_key, 1);
	read_range(&world, &range, &batch);
	fixture_table(&world.fixture, "film", other_type, 2, film_key, 1);
	expect_changed(&world, "film");
	world_close(&world);
}

ON_EVERY_DRIVER(a_key_that_became_null_is_noticed)
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

ON_EVERY_DRIVER(keys_that_are_no_keys_are_refused)
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
