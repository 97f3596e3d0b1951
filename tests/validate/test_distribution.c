/*
 * test_distribution.c: which records are counted, as what, and that a pass between two looks is noticed.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/target/control.h"
#include "engine/validate/distribution.h"

static const char *const states[] = { "A", "B" };
static const struct enum_info enums[] = {
	{ .field = "state", .values = states, .value_count = 2 }
};
static const struct field_info fields[] = {
	{ .name = "state", .type = "enum" },
	{ .name = "at", .type = "instant" },
	{ .name = "day", .type = "date" },
	{ .name = "born", .type = "date", .is_masked = true },
};
static const struct decision_info decisions[] = { { .id = "d" } };
static const struct entity_info entity = { .name = "job/new",
					   .record = "job",
					   .part = "new",
					   .on_delete = "withdraw",
					   .fields = fields,
					   .field_count = 4,
					   .decisions = decisions,
					   .decision_count = 1,
					   .enums = enums,
					   .enum_count = 1 };

static struct {
	char folder[160], url[200];
	struct arena arena;
	struct conn *target, *reader;
	struct validate_options options;
	struct check_result result;
	struct validation validation;
	struct sides sides;
	struct err err;
} world;

static void insert(const struct table *table, const struct datum *row)
{
	cr_assert(conn_begin(world.target, &world.err) &&
		      conn_insert(world.target, table, row, 1, &world.err) &&
		      conn_commit(world.target, &world.err),
		  "%s", world.err.text);
}

static void blank(const struct table *table, struct datum *row)
{
	for (int i = 0; i < table->column_count; i++)
		row[i] = table->columns[i].kind == TABLE_INT       ? datum_int(0)
			 : table->columns[i].kind == TABLE_INSTANT ? datum_instant(0)
								   : datum_text("");
}

static void put_chunk(int64_t pass_no)
{
	struct condition all = { CHUNK_NO, IS_EQUAL, datum_int(7) };
	struct datum row[CHUNK_COLUMNS];
	int64_t removed;

	cr_assert(conn_begin(world.target, &world.err) &&
		      conn_remove(world.target, &table_chunk, &all, 1, &removed, &world.err) &&
		      conn_commit(world.target, &world.err),
		  "%s", world.err.text);
	blank(&table_chunk, row);
	row[CHUNK_ENTITY] = datum_text("job/new");
	row[CHUNK_NO] = datum_int(7);
	row[CHUNK_PASS_NO] = datum_int(pass_no);
	row[CHUNK_DIGEST] = datum_text("00000000000000000000000000000000");
	insert(&table_chunk, row);
}

static void put_record(const char *part, int64_t chunk_no, const char *state, const char *payload)
{
	static int number;
	struct datum row[FINAL_COLUMNS];

	blank(world.validation.final, row);
	row[FINAL_ID] = datum_span(arena_print(&world.arena, "job_%d", ++number));
	row[FINAL_PAYLOAD] = datum_text(payload);
	row[FINAL_PART] = datum_text(part);
	row[FINAL_CHUNK_NO] = datum_int(chunk_no);
	row[FINAL_STATE] = datum_text(state);
	insert(world.validation.final, row);
}

static void begin(void)
{
	memset(&world, 0, sizeof(world));
	arena_init(&world.arena);
	snprintf(world.folder, sizeof(world.folder), "%s/distribution.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	cr_assert_not_null(mkdtemp(world.folder));
	snprintf(world.url, sizeof(world.url), "sqlite:%s/target.db", world.folder);
	world.validation = (struct validation){ .options = &world.options,
						.arena = &world.arena,
						.entity = &entity,
						.final = final_table(&world.arena, &entity),
						.result = &world.result };
	arena_init(&world.validation.scratch);
	digest_stream_init(&world.validation.details);
	cr_assert(conn_open(world.url, CONN_TARGET, &world.target, &world.err) &&
		      conn_ensure_table(world.target, world.validation.final, &world.err) &&
		      conn_ensure_table(world.target, &table_chunk, &world.err) &&
		      conn_open(world.url, CONN_TARGET_READ, &world.reader, &world.err),
		  "%s", world.err.text);
	world.options.target = world.reader;
	put_chunk(3);
	world.sides = (struct sides){ .validation = &world.validation };
	cr_assert(tile_load(world.reader, "job/new", 7, &world.arena, &world.sides.holding.tile,
			    &world.err),
		  "%s", world.err.text);
	cr_assert(distribution_begin(&world.validation, &world.err));
}

static void end(void)
{
	char command[200];

	conn_close(world.reader);
	conn_close(world.target);
	arena_release(&world.validation.scratch);
	arena_release(&world.arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", world.folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(distribution, .init = begin, .fini = end, .timeout = 60);

static void count(struct tally *tally)
{
	bool is_counted, is_passed;

	arena_reset(&world.validation.scratch);
	cr_assert(distribution_count(&world.sides, tally, &is_counted, &is_passed, &world.err),
		  "%s", world.err.text);
	cr_assert(is_counted, "%s", world.result.why);
	cr_assert_not(is_passed);
}

static int64_t target_of(const struct tally *tally, const char *name)
{
	int64_t at = span_map_get(&tally->by_name, span_of(name));

	return at == SPAN_MAP_NONE ? 0 : tally->items[at].target;
}

Test(distribution, is_of_live_records_of_the_part_and_the_chunk)
{
	struct tally tally;

	put_record("new", 7, "", "{\"state\":\"A\"}");
	put_record("new", 7, "gone", "{\"state\":\"A\"}");
	put_record("new", 8, "", "{\"state\":\"A\"}");
	put_record("old", 7, "", "{\"state\":\"A\"}");
	count(&tally);
	cr_assert_eq(tally.count, 1);
	cr_assert_eq(target_of(&tally, "enum:state=A"), 1);
}

Test(distribution, is_what_the_payloads_say)
{
	static const struct {
		const char *name;
		int64_t target;
	} wanted[] = {
		{ "enum:state=A", 2 },        { "enum:state=", 1 },
		{ "enum:state=a", 1 },        { "enum:state=[\"A\"]", 1 },
		{ "year:at=2018", 1 },        { "year:at=not an instant", 4 },
		{ "year:day=2020", 1 },       { "year:day=not a date", 2 },
		{ "decision:d", 2 },          { "decision:e", 1 },
		{ "decision:not a list", 2 },
	};
	struct tally tally;

	put_record("new", 7, "",
		   "{\"state\":\"A\",\"at\":\"2018-03-04T05:06:07.000000Z\",\"day\":\"2020-02-29\","
		   "\"born\":\"1950-01-02\",\"lineage\":{\"decisions\":[\"d\"]}}");
	put_record("new", 7, "",
		   "{\"state\":\"A\",\"at\":\"2018-03-04T05:06:07Z\",\"day\":\"2021-02-29\","
		   "\"lineage\":{\"decisions\":[\"d\",\"e\",\"d\"]}}");
	put_record("new", 7, "",
		   "{\"state\":\"\",\"at\":\"2018\",\"day\":\"2020-02-29T00:00:00.000000Z\","
		   "\"lineage\":{\"decisions\":\"d\"}}");
	put_record("new", 7, "", "{\"state\":\"a\",\"at\":2018,\"lineage\":{\"decisions\":[1]}}");
	put_record("new", 7, "", "{\"state\":[\"A\"],\"at\":{},\"lineage\":[]}");
	put_record("new", 7, "", "{\"state\":null}");
	count(&tally);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		cr_expect_eq(target_of(&tally, wanted[i].name), wanted[i].target, "%s: %lld",
			     wanted[i].name, (long long)target_of(&tally, wanted[i].name));
	cr_assert_eq(tally.count, (int)(sizeof(wanted) / sizeof(*wanted)));
}

Test(distribution, is_not_counted_where_a_pass_came_between)
{
	struct tally tally;
	bool is_counted, is_passed;

	put_chunk(4);
	cr_assert(distribution_count(&world.sides, &tally, &is_counted, &is_passed, &world.err));
	cr_assert_not(is_counted);
	cr_assert(is_passed);
	cr_assert_null(world.result.why);
}

Test(distribution, of_a_chunk_that_cannot_be_read_nobody_can_tell)
{
	struct tally tally;
	bool is_counted, is_passed;

	put_record("new", 7, "", "{\"state\":");
	cr_assert(distribution_count(&world.sides, &tally, &is_counted, &is_passed, &world.err));
	cr_assert_not(is_counted);
	cr_assert_not(is_passed);
	cr_assert_not_null(strstr(world.result.why, "by state, year and decision"), "%s",
			   world.result.why);
}

/* One chunk after the other, each with a few of 300 states that no rule has, in an order of chance. */
Test(distribution, names_the_same_strange_values_in_any_order)
{
	enum { STRANGE = 300, ROUNDS = 2, CHUNKS = 60 };
	uint64_t dice = 7;

	for (int round = 0; round < ROUNDS; round++)
		for (int chunk = 0; chunk < CHUNKS; chunk++) {
			struct tally tally;

			arena_reset(&world.validation.scratch);
			tally_init(&tally, &entity, &world.validation.scratch);
			for (int i = 0; i < STRANGE / CHUNKS; i++) {
				int number = (chunk + i * CHUNKS) * 7 % STRANGE;
				struct cell cells[4] = { { NULL, 0, CELL_NULL } };
				char text[16];
				int size = snprintf(text, sizeof(text), "X%03d", number);

				cells[0] = (struct cell){ text, (uint32_t)size, CELL_TEXT };
				for (int other = 1; other < 4; other++)
					cells[other].kind = CELL_NULL;
				tally_record(&tally, cells);
				dice = dice * UINT64_C(6364136223846793005) + 1;
				if (dice >> 63) /* twice in one chunk counts as two */
					tally_record(&tally, cells);
			}
			distribution_add(&world.sides, &tally);
		}
	cr_assert(distribution_end(&world.validation, &world.err));
	cr_assert_eq(world.result.distribution_count, 101);
	cr_assert_eq(world.result.differences, 101);
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "enum:state=X%03d", i);
		cr_assert_str_eq(world.result.distribution[i].name, name);
		cr_assert_geq(world.result.distribution[i].target, ROUNDS);
		cr_assert_eq(world.result.distribution[i].legacy, 0);
	}
	cr_assert_str_eq(world.result.distribution[100].name, "enum:state=…");
	cr_assert_geq(world.result.distribution[100].target, 200 * ROUNDS);
}
