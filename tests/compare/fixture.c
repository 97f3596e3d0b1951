/*
 * fixture.c: two versions of one small rule over a store in memory.
 */
#include "tests/compare/fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/file.h"
#include "engine/base/require.h"

struct two two;

static struct driver watched; /* memory's, with a look at every reading */

static bool read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		      struct batch *batch, struct buf *position, struct err *err)
{
	bool ok = memory_driver.read_keys(reader, keys, key_count, batch, position, err);

	if (two.on_read)
		two.on_read(++two.read_count);
	return ok;
}

void two_begin(void)
{
	const char *parent = getenv("TMPDIR");

	memset(&two, 0, sizeof(two));
	snprintf(two.folder, sizeof(two.folder), "%s/compare-XXXXXX", parent ? parent : "/tmp");
	require(mkdtemp(two.folder) != NULL);
	arena_init(&two.arena);
	two.store = memory_store_open();
	require(memory_store_connect(two.store, CONN_SOURCE, &two.conn, &two.err));
	watched = memory_driver;
	watched.read_keys = read_keys;
	two.conn->driver = &watched;
	two_table();
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	(void)at;
	return remove(path);
}

void two_end(void)
{
	for (int side = 0; side < 2; side++) {
		deriver_close(two.derivers[side]);
		rule_host_close(two.hosts[side]);
	}
	conn_close(two.conn);
	memory_store_close(two.store);
	arena_release(&two.arena);
	nftw(two.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void two_table(void)
{
	static const char *const key = "id";
	static const struct memory_column columns[] = { { "id", "INTEGER", true },
							{ "a", "TEXT", false },
							{ "b", "TEXT", false } };

	memory_store_table(two.store, "t", columns, 3, &key, 1);
}

void two_row(const char *id, const char *a, const char *b)
{
	const char *texts[] = { id, a, b };
	struct cell cells[3];

	for (int i = 0; i < 3; i++)
		cells[i] = texts[i]
			       ? (struct cell){ texts[i], (uint32_t)strlen(texts[i]), CELL_TEXT }
			       : (struct cell){ .kind = CELL_NULL };
	memory_store_cells(two.store, "t", cells);
}

void two_load(int side, const char *head, const char *fields, const char *rest)
{
	const char *path = arena_print(&two.arena, "%s/v%d.lua", two.folder, side + 1).data;
	struct span text = arena_print(
	    &two.arena,
	    "%s\nreturn migration { version = \"v%d\", system = \"s\",\n entity \"job\" {\n"
	    "  source = { root = table \"t\" { key = \"id\" } },\n"
	    "  fields = { jobId = id { from = \"id\", prefix = \"j_\" },\n%s },\n%s } }\n",
	    head, side + 1, fields, rest);
	struct fault_list faults, warnings;

	fault_list_init(&faults, &two.arena);
	fault_list_init(&warnings, &two.arena);
	deriver_close(two.derivers[side]);
	rule_host_close(two.hosts[side]);
	two.derivers[side] = NULL;
	cr_assert(file_write(path, text, &two.err), "%s", two.err.text);
	cr_assert(rule_host_open_to_tell(path, NULL, NULL, &two.hosts[side], &faults, &warnings,
					 &two.err),
		  "%s", two.err.text);
	cr_assert(deriver_open(two.conn, two.hosts[side], &two.derivers[side], &two.err), "%s",
		  two.err.text);
}

void two_compare_meaning(void)
{
	compare_meaning(two.hosts[0], two.hosts[1], &two.arena, &two.meaning);
	compare_judge(&two.meaning, NULL, &two.judgement);
}

void two_compare(int64_t sample)
{
	struct compare_legacy legacy = { .before = two.derivers[0],
					 .after = two.derivers[1],
					 .sample_rows = sample };

	two_compare_meaning();
	comparison_begin(&two.comparison, two.hosts[0], two.hosts[1], 0, &two.arena);
	cr_assert(comparison_read(&two.comparison, &legacy, &two.err), "%s", two.err.text);
	compare_judge(&two.meaning, &two.comparison, &two.judgement);
}

struct entity_comparison *two_entity(void)
{
	return &two.comparison.entities[0];
}

const struct part_change *two_part(const char *name)
{
	for (int i = 0; i < two.meaning.part_count; i++)
		if (strcmp(two.meaning.parts[i].name, name) == 0)
			return &two.meaning.parts[i];
	return NULL;
}

const struct field_tally *two_field(const char *path)
{
	for (int i = 0; i < two_entity()->field_count; i++)
		if (span_equal_text(two_entity()->fields[i].path, path))
			return &two_entity()->fields[i];
	return NULL;
}

const struct transition *two_transition(const struct tally *tally, const char *before,
					const char *after)
{
	for (int i = 0; i < tally->item_count; i++)
		if (span_equal(tally->items[i].before, span_of(before)) &&
		    span_equal(tally->items[i].after, span_of(after)))
			return &tally->items[i];
	return NULL;
}
