/*
 * test_strata.c: whatever passes come in whatever order, engine_stratum is whole below its bounds, in a store in memory.
 *
 * The law is tested behind every single pass: what stands below the lowest bound of a stratum is exactly what all rows of all chunks
 * that were passed have there.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/memory/memory.h"
#include "engine/move/strata.h"
#include "engine/target/control.h"
#include "engine/target/record_strata.h"
#include "engine/target/stratum.h"

TestSuite(strata, .timeout = 120);

enum { CHUNKS = 8, ROWS = 400, KINDS = 3, SKIPPED = KINDS, REJECTED, GONE };

static const char *const kinds[] = { "A", "B", "C" };
static const struct enum_info enums[] = { { "kind", kinds, KINDS } };
static const char *const skip_reasons[] = { "a test" };
static const struct field_info fields[] = { { .name = "at", .type = "instant" },
					    { .name = "id", .type = "id" } };
static const struct entity_info entity = {
	.name = "job",
	.record = "job",
	.part = "",
	.id_field = "id",
	.fields = fields,
	.field_count = 2,
	.enums = enums,
	.enum_count = 1,
	.skip_reasons = skip_reasons,
	.skip_reason_count = 1,
};
static const struct migration_info migration = { .entities = &entity, .entity_count = 1 };
static const struct fault fault = { .code = "E2103" };

static struct memory_store *store;
static struct mover mover;
static struct worker worker;
static struct err err;
static int64_t epochs[] = { 1 };
static const struct lease lease = { .entity = 0 };

/* What legacy holds: of each row what becomes of it. */
static int fates[CHUNKS * ROWS];
static int64_t pass_nos[CHUNKS];

static void setup(void)
{
	store = memory_store_open();
	mover = (struct mover){ .migration = &migration, .rule_epochs = epochs };
	strata_init(&mover);
	worker = (struct worker){ .mover = &mover };
	arena_init(&worker.arena);
	cr_assert(memory_store_connect(store, CONN_TARGET, &worker.target, &err), "%s", err.text);
	cr_assert(conn_begin(worker.target, &err), "%s", err.text);
	cr_assert(conn_ensure_table(worker.target, &table_stratum, &err), "%s", err.text);
	cr_assert(conn_commit(worker.target, &err), "%s", err.text);
}

static void teardown(void)
{
	conn_close(worker.target);
	arena_release(&worker.arena);
	strata_release(&mover);
	memory_store_close(store);
}

/* ---- rows ---- */

static struct span key_of(int row)
{
	return arena_print(&worker.arena, "[\"%d\"]", row);
}

static struct span id_of(int row)
{
	return arena_print(&worker.arena, "job_%d", row);
}

static struct outcome outcome_of(int row)
{
	struct outcome outcome = { .kind = OUTCOME_RECORD };
	struct span head = arena_print(&worker.arena, "{\"at\":\"%04d-05-06T07:08:09.000000Z\"",
				       1 + row % 2 * 9998);
	struct span id = id_of(row);
	uint32_t *ends = arena_alloc(&worker.arena, 2 * sizeof(*ends));
	int16_t *value = arena_alloc(&worker.arena, sizeof(*value));

	if (fates[row] == SKIPPED)
		return (struct outcome){ .kind = OUTCOME_SKIP, .skip_text = SPAN("a test") };
	if (fates[row] == REJECTED)
		return (
		    struct outcome){ .kind = OUTCOME_REJECT, .faults = &fault, .fault_count = 1 };
	outcome.id = id;
	outcome.body =
	    arena_print(&worker.arena, "%.*s,\"id\":\"%.*s\"}", SPAN_ARGS(head), SPAN_ARGS(id));
	ends[0] = (uint32_t)head.size;
	ends[1] = (uint32_t)outcome.body.size - 1;
	*value = (int16_t)fates[row];
	outcome.member_ends = ends;
	outcome.enum_values = value;
	return outcome;
}

/* ---- passes ---- */

static void pass_rows(int chunk_no, const int *rows, size_t row_count, const struct span *keys,
		      size_t key_count)
{
	struct chunk chunk = { .no = chunk_no, .pass_no = pass_nos[chunk_no] };
	struct joined joined = { .row_count = row_count };
	struct pass pass = {
		.worker = &worker,
		.lease = &lease,
		.chunk = &chunk,
		.entity = &entity,
		.arena = &worker.arena,
		.joined = &joined,
		.keys = keys,
		.key_count = key_count,
	};

	joined.rows = arena_zalloc(&worker.arena, (row_count + 1) * sizeof(*joined.rows));
	pass.outcomes = arena_alloc(&worker.arena, (row_count + 1) * sizeof(*pass.outcomes));
	for (size_t i = 0; i < row_count; i++) {
		joined.rows[i].key = key_of(rows[i]);
		pass.outcomes[i] = outcome_of(rows[i]);
	}
	cr_assert(conn_begin(worker.target, &err), "%s", err.text);
	cr_assert(strata_keep(&pass, &err), "%s", err.text);
	cr_assert(conn_commit(worker.target, &err), "%s", err.text);
	strata_tell(&pass);
	pass_nos[chunk_no]++;
}

static void pass_chunk_no(int chunk_no)
{
	int rows[ROWS];
	size_t count = 0;

	/* Some from the middle first: no order is relied on. */
	for (int i = 0; i < ROWS; i++) {
		int row = chunk_no * ROWS + (i * 7 + 3) % ROWS;

		if (fates[row] != GONE)
			rows[count++] = row;
	}
	arena_reset(&worker.arena);
	pass_rows(chunk_no, rows, count, NULL, 0);
}

static void pass_some_keys(int chunk_no)
{
	struct span keys[5];
	int rows[5];
	size_t count = 0;

	arena_reset(&worker.arena);
	for (int i = 0; i < 5; i++) {
		int row = chunk_no * ROWS + i * (ROWS / 5) + rand() % (ROWS / 5);

		keys[i] = key_of(row);
		fates[row] = rand() % (GONE + 1);
		if (fates[row] != GONE)
			rows[count++] = row;
	}
	pass_rows(chunk_no, rows, count, keys, 5);
}

/* As another process does that comes later. */
static void forget_and_load(void)
{
	strata_release(&mover);
	strata_init(&mover);
	cr_assert(strata_load(&mover, worker.target, &err), "%s", err.text);
}

/* ---- the law ---- */

static bool belongs(int row, const char *name)
{
	char year[32];

	snprintf(year, sizeof(year), "year:at=%04d", 1 + row % 2 * 9998);
	if (fates[row] == SKIPPED)
		return strcmp(name, "skip:a test") == 0;
	if (fates[row] == REJECTED)
		return strcmp(name, "reject:E2103") == 0;
	if (fates[row] == GONE)
		return false;
	return strcmp(name, year) == 0 ||
	       (strncmp(name, "enum:kind=", 10) == 0 && strcmp(name + 10, kinds[fates[row]]) == 0);
}

struct seen {
	struct arena arena;
	struct span_map below; /* key -> 1, of one stratum */
	bool is_bounded;
	uint64_t bound;
};

static bool see(void *context, const struct datum *cells, struct err *ignored)
{
	struct seen *seen = context;

	(void)ignored;
	if (stratum_is_bound(cells[1].text) && !seen->is_bounded) {
		seen->is_bounded = true;
		seen->bound = stratum_hash_from_column(cells[0].number);
	} else if (!seen->is_bounded) {
		span_map_put(&seen->below, arena_copy(&seen->arena, cells[1].text), 1);
	}
	return true;
}

/* At least so many stand below the bound, where there are as many. */
static void check_stratum(const char *name, size_t wanted)
{
	static const int columns[] = { STRATUM_HASH, STRATUM_KEY };
	struct condition where = { STRATUM_NAME, IS_EQUAL, datum_text(name) };
	struct query query = { &table_stratum, columns, 2, &where, 1, columns, 2, 0, QUERY_PLAIN };
	struct seen seen = { .is_bounded = false };
	size_t below = 0, all = 0;

	arena_init(&seen.arena);
	span_map_init(&seen.below, &seen.arena, 0);
	cr_assert(conn_select(worker.target, &query, see, &seen, &err), "%s", err.text);
	for (int row = 0; row < CHUNKS * ROWS; row++) {
		struct span id = fates[row] < KINDS ? id_of(row) : key_of(row);

		if (pass_nos[row / ROWS] == 0 || !belongs(row, name))
			continue;
		all++;
		if (seen.is_bounded && sample_hash(id, 0) >= seen.bound)
			continue;
		below++;
		cr_assert_eq(span_map_get(&seen.below, key_of(row)), 1, "%s lacks row %d", name,
			     row);
	}
	cr_assert_eq(seen.below.count, below, "%s has rows that it should not have", name);
	cr_assert_geq(below, all < wanted ? all : wanted, "%s: %zu of %zu", name, below, all);
	arena_release(&seen.arena);
}

static const char *const strata_names[] = { "enum:kind=A", "enum:kind=B",  "enum:kind=C",
					    "skip:a test", "reject:E2103", "year:at=0001",
					    "year:at=9999" };

static void check_law(size_t wanted)
{
	for (size_t i = 0; i < sizeof(strata_names) / sizeof(*strata_names); i++)
		check_stratum(strata_names[i], wanted);
}

static void fill(unsigned seed)
{
	srand(seed);
	for (int i = 0; i < CHUNKS * ROWS; i++)
		fates[i] = rand() % 20 == 0 ? SKIPPED + rand() % 2 : rand() % 8 == 0;
}

Test(strata, are_whole_below_their_bounds_behind_every_pass, .init = setup, .fini = teardown)
{
	fill(1);
	for (int i = 0; i < CHUNKS; i++) {
		pass_chunk_no((i * 5 + 2) % CHUNKS);
		check_law(STRATUM_KEPT_MIN);
	}
	cr_assert(mover.strata.entities[0].is_touched);
	cr_assert(mover.strata.entities[0].count > 0);
	cr_assert_eq(epochs[0], 1);
}

Test(strata, stay_whole_when_rows_go_come_and_change, .init = setup, .fini = teardown)
{
	fill(2);
	for (int i = 0; i < CHUNKS; i++)
		pass_chunk_no(i);
	for (int round = 0; round < 60; round++) {
		int chunk_no = rand() % CHUNKS;

		if (round % 9 == 0)
			forget_and_load();
		if (round % 3 == 0) {
			pass_some_keys(chunk_no);
		} else {
			for (int i = 0; i < 20; i++)
				fates[chunk_no * ROWS + rand() % ROWS] = rand() % (GONE + 1);
			pass_chunk_no(chunk_no);
		}
		check_law(0); /* whole; how many are left is chance */
	}
}

/* A bound that another process has lowered since: more is written than needed, and nothing is missing. */
Test(strata, may_be_written_by_who_knows_too_little, .init = setup, .fini = teardown)
{
	fill(3);
	for (int i = 0; i < CHUNKS; i++) {
		strata_release(&mover);
		strata_init(&mover);
		pass_chunk_no(i);
		check_law(STRATUM_KEPT_MIN);
	}
}

Test(strata, are_raised_to_the_version_that_derived_them, .init = setup, .fini = teardown)
{
	struct condition where[] = { { STRATUM_RULE_EPOCH, IS_EQUAL, datum_int(1) },
				     { STRATUM_CHUNK_NO, IS_EQUAL, datum_int(3) } };
	static const int columns[] = { STRATUM_HASH };
	struct query query = {
		.table = &table_stratum,
		.columns = columns,
		.column_count = 1,
		.where = where,
		.where_count = 2,
	};
	struct rows rows;

	fill(4);
	pass_chunk_no(3);
	epochs[0] = 2;
	pass_chunk_no(3);
	check_law(STRATUM_KEPT_MIN);
	cr_assert(rows_select(worker.target, &query, &worker.arena, &rows, &err), "%s", err.text);
	cr_assert_eq(rows.row_count, 0);
}

/* ---- names ---- */

static void gather_reasons(size_t row_count, const char *format, struct strata *strata)
{
	struct chunk chunk = { .no = 0 };
	struct joined joined = { .row_count = row_count };
	struct pass pass = {
		.worker = &worker,
		.lease = &lease,
		.chunk = &chunk,
		.entity = &entity,
		.arena = &worker.arena,
		.joined = &joined,
	};

	joined.rows = arena_zalloc(&worker.arena, (row_count + 1) * sizeof(*joined.rows));
	pass.outcomes = arena_zalloc(&worker.arena, (row_count + 1) * sizeof(*pass.outcomes));
	for (size_t i = 0; i < row_count; i++) {
		joined.rows[i].key = key_of((int)i);
		pass.outcomes[i].kind = OUTCOME_SKIP;
		pass.outcomes[i].skip_reason = -1;
		pass.outcomes[i].skip_text =
		    arena_print(&worker.arena, "%s %zu", format, i * 7919 % row_count);
	}
	strata_gather(&pass, strata);
}

Test(strata, tell_apart_a_bounded_number_of_reasons, .init = setup, .fini = teardown)
{
	struct strata strata;
	int64_t at;

	gather_reasons(1000, "row", &strata);
	cr_assert_eq(strata.count, STRATA_REASONS_MAX + 1);
	at = span_map_get(&strata.by_name, SPAN("skip:…"));
	cr_assert_neq(at, SPAN_MAP_NONE);
	cr_assert_eq(strata.items[at].count, 1000 - STRATA_REASONS_MAX);
	/* The first ones by bytes: 0, 1, 10, 100, 101, … */
	cr_assert_neq(span_map_get(&strata.by_name, SPAN("skip:row 0")), SPAN_MAP_NONE);
	cr_assert_neq(span_map_get(&strata.by_name, SPAN("skip:row 100")), SPAN_MAP_NONE);
	cr_assert_eq(span_map_get(&strata.by_name, SPAN("skip:row 999")), SPAN_MAP_NONE);
	gather_reasons(STRATA_REASONS_MAX, "row", &strata);
	cr_assert_eq(span_map_get(&strata.by_name, SPAN("skip:…")), SPAN_MAP_NONE);
}

Test(strata, have_names_that_fit_into_an_index, .init = setup, .fini = teardown)
{
	char text[3000];
	struct strata strata;
	struct span json;

	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 3, "\xc3\xa9", 3);
	text[STRATUM_NAME_MAX - 26] = (char)0xc3; /* a character that would be cut in two */
	text[STRATUM_NAME_MAX - 25] = (char)0xa9;
	gather_reasons(3, text, &strata);
	cr_assert_eq(strata.count, 3, "long names that differ late stay apart");
	for (int i = 0; i < strata.count; i++)
		cr_assert_leq(strata.items[i].name.size, STRATUM_NAME_MAX);
	gather_reasons(2, "no \xff text", &strata);
	cr_assert_eq(strata.count, 2);
	json = strata_to_json(&strata);
	cr_assert_null(memchr(json.data, 0xff, json.size), "%s", json.data);
}

Test(strata, count_roots_that_share_a_key_and_keep_one, .init = setup, .fini = teardown)
{
	int rows[] = { 5, 6, 5, 5 };
	struct condition where = { STRATUM_NAME, IS_EQUAL, datum_text("reject:E2103") };
	static const int columns[] = { STRATUM_HASH };
	struct query query = {
		.table = &table_stratum,
		.columns = columns,
		.column_count = 1,
		.where = &where,
		.where_count = 1,
	};
	struct rows found;

	fates[5] = REJECTED;
	fates[6] = REJECTED;
	for (int i = 0; i < 2; i++) {
		pass_rows(0, rows, 4, NULL, 0);
		cr_assert(rows_select(worker.target, &query, &worker.arena, &found, &err), "%s",
			  err.text);
		cr_assert_eq(found.row_count, 2);
	}
}
