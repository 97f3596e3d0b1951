/*
 * test_survey.c: what is counted is what deriving every row rejects: each row once for each place and value, whatever the
 * sample, with bounds that are said.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/memory/memory.h"
#include "engine/base/require.h"
#include "engine/survey/survey.h"

TestSuite(survey, .timeout = 60);

/* One test, one process, one of these. */
static struct world {
	struct memory_store *store;
	struct conn *conn;
	struct arena arena;
	struct rule_host *host;
	struct err err;
	struct survey_options options;
	int64_t told_rows;
} world;

static const char rule[] =
    "return migration { version = 'v1', system = 's', entity 'job' {\n"
    "source = { root = table 't' { key = 'id', types = { at = instant { zone = 'UTC' } } },\n"
    " kids = children 'k' { parent = 't_id', key = 'no' } },\n"
    "fields = { jobId = id { from = 'id' },\n"
    " state = enum { 'OPEN', from = 'state', fold = upper, lookup = { NEW = 'OPEN' } },\n"
    " at = instant { from = 'at' }, day = text { from = 'at', by = function(at) return "
    "at and slice(at, 1, 10) end },\n"
    " pin = text { from = 'pin', optional = true, mask = true, lookup = { ok = 'ok' } },\n"
    " kids = list { from = 'kids', each = { kind = text { from = 'kind', lookup = { a = 'A' } } } "
    "} },\n"
    "skip_when = { ['left out'] = { from = 'state', by = function(state) return state == 'OUT' end "
    "} } } }";

static void load_rule(void)
{
	char folder[] = "/tmp/survey-XXXXXX";
	struct fault_list faults, warnings;
	const char *path;
	FILE *file;

	require(mkdtemp(folder) != NULL);
	path = arena_print(&world.arena, "%s/v1.lua", folder).data;
	file = fopen(path, "wb");
	require(file != NULL);
	require(fwrite(rule, 1, sizeof(rule) - 1, file) == sizeof(rule) - 1);
	require(fclose(file) == 0);
	fault_list_init(&faults, &world.arena);
	fault_list_init(&warnings, &world.arena);
	cr_assert(rule_host_open(path, NULL, NULL, &world.host, &faults, &warnings, &world.err),
		  "%s", world.err.text);
	unlink(path);
	rmdir(folder);
}

static void world_open(void)
{
	static const struct memory_column roots[] = { { "id", "INTEGER", true },
						      { "state", "TEXT", false },
						      { "at", "TEXT", false },
						      { "pin", "TEXT", false } };
	static const struct memory_column kids[] = { { "t_id", "INTEGER", true },
						     { "no", "INTEGER", true },
						     { "kind", "TEXT", false } };
	static const char *const root_key[] = { "id" }, *const kid_key[] = { "t_id", "no" };

	memset(&world, 0, sizeof(world));
	arena_init(&world.arena);
	world.store = memory_store_open();
	memory_store_table(world.store, "t", roots, 4, root_key, 1);
	memory_store_table(world.store, "k", kids, 3, kid_key, 2);
	cr_assert(memory_store_connect(world.store, CONN_SOURCE, &world.conn, &world.err));
	load_rule();
	world.options = (struct survey_options){ .legacy = world.conn, .host = world.host };
}

static void world_close(void)
{
	rule_host_close(world.host);
	conn_close(world.conn);
	memory_store_close(world.store);
	arena_release(&world.arena);
}

static void put(const char *table, int count, const char *const *texts)
{
	struct cell cells[8];

	for (int i = 0; i < count; i++)
		cells[i] = texts[i]
			       ? (struct cell){ texts[i], (uint32_t)strlen(texts[i]), CELL_TEXT }
			       : (struct cell){ .kind = CELL_NULL };
	memory_store_cells(world.store, table, cells);
}

static void put_root(int id, const char *state, const char *at, const char *pin)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", id);
	put("t", 4, (const char *const[]){ text, state, at, pin });
}

static void put_kid(int id, int number, const char *kind)
{
	char root[16], text[16];

	snprintf(root, sizeof(root), "%d", id);
	snprintf(text, sizeof(text), "%d", number);
	put("k", 3, (const char *const[]){ root, text, kind });
}

static const struct survey_entity *take(void)
{
	static struct survey survey;

	cr_assert(survey_take(&world.options, &world.arena, &survey, &world.err), "%s",
		  world.err.text);
	cr_assert_eq(survey.entity_count, 1);
	return &survey.entities[0];
}

static const struct survey_group *find(const struct survey_entity *entity, const char *code,
				       const char *column)
{
	for (int i = 0; i < entity->group_count; i++) {
		const struct survey_group *group = &entity->groups[i];

		if (strcmp(group->first.code, code) == 0 && group->first.column &&
		    strcmp(group->first.column, column) == 0)
			return group;
	}
	return NULL;
}

#define AT "2024-05-06 07:08:09"

Test(survey, counts_each_row_once_for_each_place_and_value)
{
	const struct survey_entity *entity;
	const struct survey_group *group;

	world_open();
	put_root(1, "new", AT, "ok");
	put_root(2, "lost", AT, NULL);
	put_root(3, "LOST", AT, "ok");
	put_root(4, "gone", AT, "ok");
	put_root(5, NULL, AT, "ok");
	put_root(6, "OUT", "soon", "bad");
	put_root(7, "new", AT, "ok");
	put_kid(7, 1, "b");
	put_kid(7, 2, "b");
	put_kid(7, 3, "c");
	put_kid(7, 4, "a");
	entity = take();
	cr_expect_eq(entity->row_count, 7);
	cr_expect_eq(entity->read_count, 7);
	cr_expect_eq(entity->skipped_count, 1);
	cr_expect_eq(entity->rejected_count, 5);
	cr_expect_null(entity->fault);
	cr_assert_eq(entity->group_count, 3);

	group = find(entity, "E2103", "state");
	cr_assert_not_null(group);
	cr_expect_eq(group, &entity->groups[0], "what touches most rows comes first");
	cr_expect_str_eq(group->first.table, "t");
	cr_expect_eq(group->first.line, 5);
	cr_expect(span_equal_text(group->key, "[\"2\"]"));
	cr_expect_eq(group->row_count, 3);
	cr_expect(group->is_whole);
	cr_assert_eq(group->value_count, 2, "a value is told as it was looked up");
	cr_expect(span_equal_text(group->values[0].saw, "LOST"));
	cr_expect_eq(group->values[0].row_count, 2);
	cr_expect(span_equal_text(group->values[1].saw, "GONE"));
	cr_expect_eq(group->values[1].row_count, 1);

	group = find(entity, "E2101", "state");
	cr_assert_not_null(group);
	cr_expect_eq(group->row_count, 1);
	cr_expect_eq(group->values[0].saw_kind, SAW_NULL);

	group = find(entity, "E2103", "kind");
	cr_assert_not_null(group);
	cr_expect_eq(group->row_count, 1, "one root, however many of its children");
	cr_assert_eq(group->value_count, 2);
	cr_expect_eq(group->values[0].row_count, 1);
	world_close();
}

Test(survey, tells_a_value_that_several_fields_read_once)
{
	const struct survey_entity *entity;
	const struct survey_group *group;

	world_open();
	put_root(1, "new", "soon", "ok");
	put_root(2, "new", "2024-05-06 07:08:09+01", "ok");
	entity = take();
	cr_assert_eq(entity->group_count, 2);
	group = find(entity, "E2102", "at");
	cr_assert_not_null(group);
	cr_expect_eq(group->row_count, 1);
	cr_assert_eq(group->other_count, 1);
	cr_expect(span_equal_text(group->others[0].where, "job.day") ||
		  span_equal_text(group->first.where, "job.day"));
	cr_expect_not_null(find(entity, "E2107", "at"));
	world_close();
}

Test(survey, shows_no_masked_value)
{
	const struct survey_entity *entity;
	const struct survey_group *group;

	world_open();
	put_root(1, "new", AT, "geheim");
	entity = take();
	group = find(entity, "E2103", "pin");
	cr_assert_not_null(group);
	cr_expect_eq(group->row_count, 1);
	cr_assert_eq(group->value_count, 1);
	cr_expect_null(memmem(group->values[0].saw.data, group->values[0].saw.size, "geheim", 6));
	cr_expect_null(
	    memmem(group->values[0].message.data, group->values[0].message.size, "geheim", 6));
	cr_expect_null(memmem(group->values[0].help.data, group->values[0].help.size, "geheim", 6));
	world_close();
}

/* Beyond so many values rows are counted all the same, and it is said that they are not all there. */
Test(survey, says_when_there_are_more_values_than_it_tells_apart)
{
	enum { ROWS = SURVEY_VALUES_MAX + 500 };
	const struct survey_entity *entity;
	int64_t rows = 0;

	world_open();
	for (int i = 0; i < ROWS; i++) {
		char state[16];

		snprintf(state, sizeof(state), "S%d", i);
		put_root(i, state, AT, "ok");
	}
	entity = take();
	cr_assert_eq(entity->group_count, 1);
	cr_expect_eq(entity->groups[0].row_count, ROWS);
	cr_expect_eq(entity->groups[0].value_count, SURVEY_VALUES_MAX);
	cr_expect_not(entity->groups[0].is_whole);
	for (int i = 0; i < SURVEY_VALUES_MAX; i++)
		rows += entity->groups[0].values[i].row_count;
	cr_expect_eq(rows, SURVEY_VALUES_MAX);
	world_close();
}

Test(survey, counts_faults_that_a_row_does_not_list)
{
	const struct survey_entity *entity;

	world_open();
	put_root(1, "new", AT, "ok");
	for (int i = 0; i < 130; i++)
		put_kid(1, i, "z");
	entity = take();
	cr_expect_eq(entity->rejected_count, 1);
	cr_expect_eq(entity->unlisted_count, 30);
	cr_expect_eq(entity->groups[0].row_count, 1);
	world_close();
}

/* A root that a run would not hold is rejected as a run does, and those around it are looked at. */
Test(survey, goes_on_behind_a_row_that_is_too_large)
{
	static char large[100001];
	const struct survey_entity *entity;

	world_open();
	memset(large, 'x', sizeof(large) - 1);
	for (int i = 1; i <= 5; i++)
		put_root(i, i == 4 ? "lost" : "new", AT, "ok");
	for (int i = 0; i < 150; i++)
		put_kid(3, i, large);
	world.options.row_bytes_max = 12 << 20;
	entity = take();
	cr_expect_eq(entity->row_count, 5);
	cr_expect_eq(entity->read_count, 5);
	cr_expect_eq(entity->rejected_count, 2);
	cr_assert_eq(entity->group_count, 2);
	cr_expect_not_null(find(entity, "E2103", "state"));
	for (int i = 0; i < 2; i++)
		cr_expect(strcmp(entity->groups[i].first.code, "E2303") == 0 ||
			  strcmp(entity->groups[i].first.code, "E2103") == 0);
	world_close();
}

static bool count_rows(void *context, const char *entity, int64_t rows, size_t bytes,
		       struct err *err)
{
	(void)err;
	(void)bytes;
	cr_expect_str_eq(entity, "job");
	*(int64_t *)context += rows;
	return true;
}

static bool refuse(void *context, const char *entity, int64_t rows, size_t bytes, struct err *err)
{
	(void)context;
	(void)entity;
	(void)rows;
	(void)bytes;
	return err_set(err, ERR_TRANSIENT, "enough");
}

Test(survey, reads_a_share_that_is_always_the_same_and_says_what_it_reads)
{
	const struct survey_entity *entity;
	int64_t rejected;

	world_open();
	for (int i = 0; i < 20000; i++)
		put_root(i, i % 7 ? "new" : "lost", AT, "ok");
	world.options.rows_max = 3000;
	world.options.on_read = count_rows;
	world.options.context = &world.told_rows;
	entity = take();
	rejected = entity->rejected_count;
	cr_expect_eq(entity->row_count, 20000);
	cr_expect_geq(entity->read_count, 3000);
	cr_expect_leq(entity->read_count, 7000);
	cr_expect_eq(entity->read_count, world.told_rows);
	cr_expect_eq(entity->groups[0].row_count, rejected);
	cr_expect_leq(labs((long)(rejected * 7 - entity->read_count)), 7 * 7);
	cr_expect_eq(take()->rejected_count, rejected);
	world_close();
}

Test(survey, ends_when_it_is_told_to)
{
	struct survey survey;

	world_open();
	put_root(1, "new", AT, "ok");
	world.options.on_read = refuse;
	cr_assert_not(survey_take(&world.options, &world.arena, &survey, &world.err));
	cr_expect_eq(world.err.code, ERR_TRANSIENT);
	cr_expect(strstr(world.err.text, "enough"));
	world_close();
}

Test(survey, of_an_empty_table_there_is_nothing_to_say)
{
	const struct survey_entity *entity;

	world_open();
	entity = take();
	cr_expect_eq(entity->row_count, 0);
	cr_expect_eq(entity->read_count, 0);
	cr_expect_eq(entity->group_count, 0);
	world_close();
}
