/*
 * test_authority.c: every bucket has one holder, whatever rows say so in whatever store; rows that cannot be meant are refused by name.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/memory/memory.h"
#include "engine/ledger/authority.h"
#include "tests/model/random.h"

enum { ON_MEMORY, ON_SQLITE, ON_POSTGRES, STORES };

struct world {
	int store;
	struct memory_store *memory;
	struct conn *conn;
	struct arena arena;
	char folder[200], url[400];
	bool is_open;
	struct err err;
};

static struct world world;

/* ---- a target in each store ---- */

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *format, ...)
{
	char command[800];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	cr_assert_eq(system(command), 0, "%s", command);
}

static void open_postgres(void)
{
	const char *server = getenv("ENGINE_TEST_POSTGRES");

	cr_assert_not_null(server, "ENGINE_TEST_POSTGRES names no server; scripts/test starts one");
	run("psql -XAtq '%s' -c 'create schema authority_%ld'", server, (long)getpid());
	snprintf(world.url, sizeof(world.url), "%s%coptions=-csearch_path%%3Dauthority_%ld", server,
		 strchr(server, '?') ? '&' : '?', (long)getpid());
}

static void open_world(int store)
{
	const char *temporary = getenv("TMPDIR");

	world = (struct world){ .store = store };
	arena_init(&world.arena);
	snprintf(world.folder, sizeof(world.folder), "%s/authority.XXXXXX",
		 temporary ? temporary : "/tmp");
	cr_assert_not_null(mkdtemp(world.folder));
	world.is_open = true;
	snprintf(world.url, sizeof(world.url), "sqlite:%s/target.db", world.folder);
	if (store == ON_POSTGRES)
		open_postgres();
	if (store == ON_MEMORY) {
		world.memory = memory_store_open();
		cr_assert(memory_store_connect(world.memory, CONN_TARGET, &world.conn, &world.err));
		return;
	}
	cr_assert(conn_open(world.url, CONN_TARGET, &world.conn, &world.err), "%s", world.err.text);
}

static void close_world(void)
{
	const char *server = getenv("ENGINE_TEST_POSTGRES");

	if (!world.is_open)
		return;
	conn_close(world.conn);
	if (world.memory)
		memory_store_close(world.memory);
	if (world.store == ON_POSTGRES)
		run("psql -XAtq '%s' -c 'set client_min_messages = error' -c 'drop schema "
		    "authority_%ld cascade'",
		    server, (long)getpid());
	run("rm -rf '%s'", world.folder);
	arena_release(&world.arena);
}

TestSuite(authority, .fini = close_world, .timeout = 120);

struct store_case {
	int store;
};

#define ON_EVERY_STORE(name)                                                         \
	ParameterizedTestParameters(authority, name)                                 \
	{                                                                            \
		static struct store_case stores[] = { { ON_MEMORY },                 \
						      { ON_SQLITE },                 \
						      { ON_POSTGRES } };             \
		return cr_make_param_array(struct store_case, stores, STORES, NULL); \
	}                                                                            \
	ParameterizedTest(struct store_case *c, authority, name)

/* ---- rows, as somebody may have put them there ---- */

struct given {
	const char *entity, *facet;
	int64_t first, last;
	const char *holder;
	int64_t entry_no;
};

static void begin(void)
{
	cr_assert(conn_begin(world.conn, &world.err), "%s", world.err.text);
}

static void commit(void)
{
	cr_assert(conn_commit(world.conn, &world.err), "%s", world.err.text);
}

static void make(const struct table *table)
{
	begin();
	cr_assert(conn_ensure_table(world.conn, table, &world.err), "%s", world.err.text);
	commit();
}

static void put(const struct given *rows, int count)
{
	begin();
	for (int i = 0; i < count; i++) {
		const struct datum row[AUTHORITY_COLUMNS] = {
			[AUTHORITY_ENTITY] = datum_text(rows[i].entity),
			[AUTHORITY_FACET] = datum_text(rows[i].facet),
			[AUTHORITY_BUCKET_FIRST] = datum_int(rows[i].first),
			[AUTHORITY_BUCKET_LAST] = datum_int(rows[i].last),
			[AUTHORITY_HOLDER] = datum_text(rows[i].holder),
			[AUTHORITY_SINCE] = datum_instant(1000000 * rows[i].first),
			[AUTHORITY_ENTRY_NO] = datum_int(rows[i].entry_no),
		};

		cr_assert(conn_insert(world.conn, &table_authority, row, 1, &world.err), "%s",
			  world.err.text);
	}
	commit();
}

static void empty(void)
{
	int64_t removed;

	begin();
	cr_assert(conn_remove(world.conn, &table_authority, NULL, 0, &removed, &world.err), "%s",
		  world.err.text);
	commit();
}

static struct authority load(void)
{
	struct authority authority;

	cr_assert(authority_load(world.conn, &world.arena, &authority, &world.err), "%s",
		  world.err.text);
	return authority;
}

/* It is bad data, and each of the words is said of it. */
static void refused(const char *what, const char *const *words, int count)
{
	struct authority authority;
	struct err err = { ERR_NONE, "" };

	cr_assert_not(authority_load(world.conn, &world.arena, &authority, &err), "%s", what);
	cr_assert_eq(err.code, ERR_DATA, "%s: %s", what, err.text);
	cr_assert_eq(authority.range_count, 0, "%s: a part of it is believed", what);
	for (int i = 0; i < count; i++)
		cr_assert_not_null(strstr(err.text, words[i]), "%s: no '%s' in: %s", what, words[i],
				   err.text);
}

static void all_are_legacys(const struct authority *authority)
{
	cr_assert_eq(authority->range_count, 0);
	for (int facet = 0; facet < AUTHORITY_FACETS; facet++)
		for (uint32_t bucket = 0; bucket < BUCKET_COUNT; bucket++)
			cr_assert_eq(authority_holder(authority, SPAN("job"),
						      (enum authority_facet)facet, bucket),
				     AUTHORITY_LEGACY);
}

/* ---- laws ---- */

ON_EVERY_STORE(what_no_row_speaks_of_is_legacys)
{
	struct authority authority;

	open_world(c->store);
	authority = load(); /* a target of before there was such a table */
	all_are_legacys(&authority);
	make(&table_authority);
	authority = load();
	all_are_legacys(&authority);
}

enum { ENTITIES = 4, RANGES_MAX = 200 };
/* The first is a prefix of the next, and the last has no row. */
static const char *const entities[ENTITIES] = { "job", "job2", "\xc3\xa4", "none" };

struct drawn {
	struct given rows[RANGES_MAX];
	int count;
	unsigned char holders[ENTITIES][AUTHORITY_FACETS][BUCKET_COUNT];
};

/* Ranges of any lengths with and without gaps, both ends among them; the oracle is one byte a bucket. */
static void draw_facet(struct drawn *drawn, int entity, int facet, uint64_t *seed)
{
	int64_t at = random_below(seed, 2) ? 0 : (int64_t)random_below(seed, 500);

	while (at < BUCKET_COUNT && drawn->count < RANGES_MAX && random_below(seed, 12)) {
		int64_t size = random_below(seed, 3) ? 1 + (int64_t)random_below(seed, 3000) : 1;
		int64_t last = at + size - 1 < BUCKET_COUNT ? at + size - 1 : BUCKET_COUNT - 1;
		int holder = (int)random_below(seed, AUTHORITY_SIDES);

		drawn->rows[drawn->count++] = (struct given){
			.entity = entities[entity],
			.facet = authority_facet_name((enum authority_facet)facet),
			.first = at,
			.last = last,
			.holder = authority_side_name((enum authority_side)holder),
			.entry_no = 1 + (int64_t)random_below(seed, 90),
		};
		memset(&drawn->holders[entity][facet][at], holder, (size_t)(last + 1 - at));
		at = last + 1 + (random_below(seed, 2) ? 0 : (int64_t)random_below(seed, 900));
	}
}

static void draw(struct drawn *drawn, uint64_t *seed)
{
	memset(drawn, 0, sizeof(*drawn));
	for (int entity = 0; entity < ENTITIES - 1; entity++)
		for (int facet = 0; facet < AUTHORITY_FACETS; facet++)
			draw_facet(drawn, entity, facet, seed);
	for (int i = drawn->count - 1; i > 0; i--) {
		int other = (int)random_below(seed, (uint64_t)i + 1);
		struct given kept = drawn->rows[i];

		drawn->rows[i] = drawn->rows[other];
		drawn->rows[other] = kept;
	}
}

static void is_as_drawn(const struct drawn *drawn, const struct authority *authority)
{
	cr_assert_eq(authority->range_count, (size_t)drawn->count);
	for (int e = 0; e < ENTITIES; e++)
		for (int f = 0; f < AUTHORITY_FACETS; f++)
			for (uint32_t b = 0; b < BUCKET_COUNT; b++)
				cr_assert_eq((int)authority_holder(authority, span_of(entities[e]),
								   (enum authority_facet)f, b),
					     drawn->holders[e][f][b], "%s, facet %d, bucket %u",
					     entities[e], f, b);
}

/* One after the other they are all buckets, and such that no row names lie between rows. */
static void is_told_once(const struct drawn *drawn, const struct authority *authority)
{
	struct authority_range range;
	size_t row_count = 0;

	for (int e = 0; e < ENTITIES; e++)
		for (int f = 0; f < AUTHORITY_FACETS; f++) {
			uint32_t bucket = 0, expected = 0;
			bool was_gap = false;

			while (authority_next(authority, span_of(entities[e]),
					      (enum authority_facet)f, &bucket, &range)) {
				cr_assert(span_equal_text(range.entity, entities[e]));
				cr_assert_eq((int)range.facet, f);
				cr_assert_eq(range.bucket_first, expected);
				cr_assert_eq(bucket, range.bucket_last + 1);
				cr_assert_not(was_gap && range.entry_no == 0);
				was_gap = range.entry_no == 0;
				row_count += !was_gap;
				for (; expected <= range.bucket_last; expected++)
					cr_assert_eq((int)range.holder,
						     drawn->holders[e][f][expected]);
			}
			cr_assert_eq(expected, BUCKET_COUNT);
		}
	cr_assert_eq(row_count, (size_t)drawn->count);
}

ON_EVERY_STORE(every_bucket_has_the_holder_its_row_names)
{
	static struct drawn drawn;
	uint64_t seed = 11;

	open_world(c->store);
	make(&table_authority);
	for (int round = 0; round < 6; round++) {
		struct authority authority;

		draw(&drawn, &seed);
		put(drawn.rows, drawn.count);
		authority = load();
		is_as_drawn(&drawn, &authority);
		is_told_once(&drawn, &authority);
		empty();
	}
}

ON_EVERY_STORE(ranges_come_in_order_with_all_that_is_known_of_them)
{
	static const struct given rows[] = {
		{ "job", "writes", 0, 9999, "legacy", 3 },
		{ "job", "reads", 5000, 5000, "target", 9223372036854775807 },
		{ "job", "history", 7, 4999, "target", 12 },
		{ "actor", "reads", 9999, 9999, "target", 2 },
	};
	static const int order[] = { 3, 2, 1, 0 };
	struct authority authority;

	open_world(c->store);
	make(&table_authority);
	put(rows, 4);
	authority = load();
	cr_assert_eq(authority.range_count, 4);
	for (int i = 0; i < 4; i++) {
		const struct authority_range *range = &authority.ranges[i];
		const struct given *row = &rows[order[i]];

		cr_assert(span_equal_text(range->entity, row->entity));
		cr_assert_str_eq(authority_facet_name(range->facet), row->facet);
		cr_assert_str_eq(authority_side_name(range->holder), row->holder);
		cr_assert_eq(range->bucket_first, row->first);
		cr_assert_eq(range->bucket_last, row->last);
		cr_assert_eq(range->since_us, 1000000 * row->first);
		cr_assert_eq(range->entry_no, row->entry_no);
	}
}

/* ---- what cannot be meant ---- */

/* Beside rows that are sound, before and behind them. */
ON_EVERY_STORE(a_row_that_cannot_be_meant_is_refused_by_name)
{
	static const struct given sound[] = { { "actor", "reads", 0, 9999, "target", 1 },
					      { "job", "reads", 2000, 2999, "target", 1 },
					      { "job", "reads", 4000, 4999, "legacy", 1 },
					      { "zone", "writes", 0, 9999, "target", 1 } };
	static const struct {
		struct given row;
		const char *words[3];
	} cases[] = {
		{ { "job", "read", 0, 1, "target", 1 },
		  { "\"job\", \"read\"", "0 to 1", "facet" } },
		{ { "job", "Reads", 0, 1, "target", 1 }, { "\"Reads\"", "0 to 1", "facet" } },
		{ { "job", "", 0, 1, "target", 1 }, { "\"job\", \"\"", "0 to 1", "facet" } },
		{ { "job", "writes", 0, 1, "Target", 1 },
		  { "\"writes\"", "0 to 1", "\"Target\"" } },
		{ { "job", "writes", 0, 1, "cold", 1 }, { "\"writes\"", "0 to 1", "\"cold\"" } },
		{ { "job", "writes", 0, 1, "", 1 }, { "\"writes\"", "0 to 1", "\"\"" } },
		{ { "job", "writes", -1, 1, "target", 1 },
		  { "\"writes\"", "-1 to 1", "0 to 9999" } },
		{ { "job", "writes", 9, 10000, "target", 1 },
		  { "\"writes\"", "9 to 10000", "0 to 9999" } },
		{ { "job", "writes", 4294967296, 4294967297, "target", 1 },
		  { "\"writes\"", "4294967296", "0 to 9999" } },
		{ { "job", "writes", 6, 5, "target", 1 }, { "\"writes\"", "6 to 5", "upside" } },
		{ { "job", "writes", 5, 6, "target", 0 }, { "\"writes\"", "5 to 6", "from 1" } },
		{ { "job", "writes", 5, 6, "target", -3 }, { "\"writes\"", "5 to 6", "-3" } },
		/* Overlapping at one end, within, around; with the same holder, too. */
		{ { "job", "reads", 1000, 2000, "target", 1 },
		  { "2000 to 2999", "1000 to 2000", "another row" } },
		{ { "job", "reads", 2999, 3000, "legacy", 1 },
		  { "2000 to 2999", "2999 to 3000", "another row" } },
		{ { "job", "reads", 4500, 4500, "legacy", 1 },
		  { "4000 to 4999", "4500 to 4500", "another row" } },
		{ { "job", "reads", 0, 9999, "target", 1 },
		  { "0 to 9999", "2000 to 2999", "another row" } },
	};

	open_world(c->store);
	make(&table_authority);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		put(sound, 4);
		load();
		put(&cases[i].row, 1);
		refused(cases[i].words[0], cases[i].words, 3);
		empty();
	}
}

/* Whoever makes the table by hand may leave out what keeps such rows away. */
ON_EVERY_STORE(a_table_without_its_key_is_no_way_around)
{
	static const struct given twice[] = { { "job", "reads", 5, 9, "target", 1 },
					      { "job", "reads", 5, 9, "legacy", 1 } };
	static const char *const words[] = { "\"job\"", "\"reads\"", "5 to 9" };
	struct table keyless = table_authority;

	open_world(c->store);
	keyless.primary_key_count = 0;
	make(&keyless);
	put(twice, 2);
	refused("a row twice", words, 3);
}

ON_EVERY_STORE(a_row_without_a_value_is_refused)
{
	struct table_column loose[AUTHORITY_COLUMNS];
	struct table nullable = table_authority;

	open_world(c->store);
	nullable.primary_key_count = 0;
	nullable.columns = loose;
	for (int i = 0; i < AUTHORITY_COLUMNS; i++) {
		loose[i] = table_authority.columns[i];
		loose[i].not_null = false;
	}
	make(&nullable);
	for (int i = 0; i < AUTHORITY_COLUMNS; i++) {
		struct datum row[AUTHORITY_COLUMNS] = {
			datum_text("job"),    datum_text("reads"), datum_int(0), datum_int(9),
			datum_text("target"), datum_instant(0),    datum_int(1),
		};
		const char *words[] = { table_authority.columns[i].name, "NULL" };

		row[i] = datum_null();
		begin();
		cr_assert(conn_insert(world.conn, &nullable, row, 1, &world.err), "%s",
			  world.err.text);
		commit();
		refused(words[0], words, 2);
		empty();
	}
}

ON_EVERY_STORE(a_long_name_is_not_the_whole_of_an_error)
{
	static char name[20001];
	struct given row = { name, "reads", 0, 1, name, 1 };
	struct authority authority;
	struct err err = { ERR_NONE, "" };

	open_world(c->store);
	make(&table_authority);
	for (int i = 0; i < 20000; i += 2)
		memcpy(name + i, "\xc3\xa4", 2);
	put(&row, 1);
	cr_assert_not(authority_load(world.conn, &world.arena, &authority, &err));
	cr_assert_eq(err.code, ERR_DATA);
	cr_assert_not_null(strstr(err.text, "buckets 0 to 1"), "%s", err.text);
	cr_assert_lt(strlen(err.text), 400u);
}
