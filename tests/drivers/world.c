/*
 * world.c: the tables of the contract's tests, and what was put into them.
 */
#include "tests/drivers/world.h"

#include <stdio.h>

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

const char world_root_query[] = "select a, b, name, film_id, unread from del where b < 10 "
				"union all select * from del where b is null or b >= 10 -- all";
const char world_events_query[] = "select * from del_events";

static void make_queries(struct world *world, int forms)
{
	if (world->fixture.driver == ON_MEMORY) {
		memory_store_query(world->fixture.store, world_root_query, "del");
		memory_store_query(world->fixture.store, world_events_query, "del_events");
	}
	if (forms & QUERY_ROOT)
		world->sources[ROOT].query = world_root_query;
	if (forms & QUERY_EVENTS)
		world->sources[EVENTS].query = world_events_query;
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

void world_open_as(struct world *world, int driver, int forms, enum keys keys, uint32_t root_count,
		   uint64_t dice)
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

void world_open(struct world *world, int driver, enum keys keys, uint32_t root_count, uint64_t dice)
{
	world_open_as(world, driver, ALL_TABLES, keys, root_count, dice);
}

void world_close(struct world *world)
{
	reader_close(world->conn, world->reader);
	conn_close(world->conn);
	for (int i = 0; i < SOURCES; i++)
		lines_close(&world->put[i]);
	arena_release(&world->arena);
	fixture_close(&world->fixture);
}

void world_read_range(struct world *world, const struct key_range *range, struct batch *batch)
{
	batch_init(batch, &world->arena, &world->set);
	cr_assert(reader_read_range(world->conn, world->reader, range, 0, batch, NULL, &world->err),
		  "%s", world->err.text);
}
