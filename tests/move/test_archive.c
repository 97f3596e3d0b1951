/*
 * test_archive.c: segments give back what legacy gave: the same rows under the same keys, whatever they hold and however they are
 * asked for.
 *
 * Digests of joined rows do not depend on order, so the law is short: the sums are equal, of all rows, of every tiling, of any keys.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/memory/memory.h"
#include "engine/derive/given.h"
#include "engine/derive/source_line.h"
#include "engine/move/archive.h"

TestSuite(archive, .timeout = 120);

enum { ROOTS = 700, TEXT_SIZE = 64 };

/* ---- what is read: one, two, three levels of children, references from roots and children, a table without a key ---- */

static const int first[] = { 0 };
static const int first_two[] = { 0, 1 };
static const int second[] = { 1 };
static const int third[] = { 2 };
static const int fourth[] = { 3 };
static const char *const root_columns[] = { "a", "b", "name", "film" };
static const char *const event_columns[] = { "pa", "pb", "seq", "film" };
static const char *const note_columns[] = { "seq", "n", "text" };
static const char *const film_columns[] = { "film", "studio" };
static const char *const studio_columns[] = { "studio" };
static const char *const log_columns[] = { "*", "colour", "size" };

enum { ROOT, EVENTS, FILM, STUDIO, NOTES, EVENT_FILM, SOURCES };

/* clang-format off */
static const struct source whole_sources[SOURCES] = {
	{ .name = "root", .kind = SOURCE_ROOT, .table = "del", .columns = root_columns, .column_count = 4,
	  .key_columns = first_two, .key_count = 2, .star_column = -1, .copies_column = -1 },
	{ .name = "events", .kind = SOURCE_CHILDREN, .table = "events", .columns = event_columns, .column_count = 4,
	  .key_columns = third, .key_count = 1, .parent_columns = first_two, .parent_count = 2,
	  .star_column = -1, .copies_column = -1 },
	{ .name = "film", .kind = SOURCE_REFERENCE, .table = "film", .columns = film_columns, .column_count = 2,
	  .key_columns = first, .key_count = 1, .from_source = ROOT, .from_columns = fourth, .optional = true,
	  .star_column = -1, .copies_column = -1 },
	{ .name = "studio", .kind = SOURCE_REFERENCE, .table = "studio", .columns = studio_columns, .column_count = 1,
	  .key_columns = first, .key_count = 1, .from_source = FILM, .from_columns = second, .optional = true,
	  .star_column = -1, .copies_column = -1 },
	{ .name = "notes", .kind = SOURCE_CHILDREN, .table = "notes", .columns = note_columns, .column_count = 3,
	  .key_columns = second, .key_count = 1, .of = EVENTS, .parent_columns = first, .parent_count = 1,
	  .of_columns = third, .star_column = -1, .copies_column = -1 },
	{ .name = "event_film", .kind = SOURCE_REFERENCE, .table = "film", .columns = film_columns, .column_count = 2,
	  .key_columns = first, .key_count = 1, .from_source = EVENTS, .from_columns = fourth, .optional = true,
	  .star_column = -1, .copies_column = -1 },
};
static const struct source keyless_source = {
	.name = "root", .kind = SOURCE_ROOT, .table = "log", .columns = log_columns, .column_count = 3,
	.key_columns = first, .key_count = 1, .is_keyless = true, .star_column = 0, .copies_column = -1,
};
/* clang-format on */

/* ---- legacy ---- */

struct place {
	char folder[TEXT_SIZE], url[TEXT_SIZE + 16];
	struct memory_store *store;
	struct conn *legacy, *cold;
	struct arena arena;
	struct err err;
	uint64_t dice;
};

static uint32_t roll(struct place *place, uint32_t limit)
{
	place->dice = place->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(place->dice >> 33) % limit;
}

static struct cell text_cell(struct place *place, struct span text)
{
	struct span kept = arena_copy(&place->arena, text);

	return (struct cell){ kept.data, (uint32_t)kept.size, CELL_TEXT };
}

static struct cell number_cell(struct place *place, uint32_t number)
{
	return text_cell(place, arena_print(&place->arena, "%u", number));
}

/* Whatever a store may hold. */
static struct cell any_cell(struct place *place)
{
	static const struct span texts[] = {
		{ "", 0 },         { "\xff\xfe", 2 },     { "a\0b", 3 },
		{ "\"\\\n\t", 4 }, { "\xc3\xa9", 2 },     { "{\"base64\":\"AA==\"}", 17 },
		{ "null", 4 },     { "\xe2\x80\xae", 3 }, { "-0", 2 },
	};
	static char large[CELL_BYTES_MAX + 5000];
	uint32_t rolled = roll(place, 16);
	struct cell cell = { .kind = CELL_NULL };

	if (rolled < sizeof(texts) / sizeof(texts[0]))
		return text_cell(place, texts[rolled]);
	if (rolled < 12)
		return cell;
	if (rolled < 15 || roll(place, 40)) {
		cell = text_cell(place, texts[rolled % 4]);
		cell.kind = rolled < 14 ? CELL_BYTES : CELL_TEXT;
		return cell;
	}
	memset(large, 'x', sizeof(large));
	return text_cell(place, (struct span){ large, sizeof(large) - roll(place, 5000) });
}

static void make_tables(struct place *place)
{
	static const struct memory_column del[] = { { "a", "TEXT", false },
						    { "b", "INTEGER", false },
						    { "name", "TEXT", false },
						    { "film", "TEXT", false },
						    { "unread", "TEXT", false } };
	static const struct memory_column events[] = { { "pa", "TEXT", false },
						       { "pb", "INTEGER", false },
						       { "seq", "TEXT", false },
						       { "film", "TEXT", false } };
	static const struct memory_column notes[] = { { "seq", "TEXT", false },
						      { "n", "INTEGER", false },
						      { "text", "TEXT", false } };
	static const struct memory_column film[] = { { "film", "TEXT", false },
						     { "studio", "TEXT", false } };
	static const struct memory_column log[] = { { "size", "INTEGER", false },
						    { "colour", "TEXT", false } };
	static const char *const del_key[] = { "a", "b" }, *const film_key[] = { "film" },
				 *const studio_key[] = { "studio" };

	memory_store_table(place->store, "del", del, 5, del_key, 2);
	memory_store_table(place->store, "events", events, 4, NULL, 0);
	memory_store_table(place->store, "notes", notes, 3, NULL, 0);
	memory_store_table(place->store, "film", film, 2, film_key, 1);
	memory_store_table(place->store, "studio", film + 1, 1, studio_key, 1);
	memory_store_table(place->store, "log", log, 2, NULL, 0);
}

static struct cell film_cell(struct place *place)
{
	return roll(place, 5) ? text_cell(place, arena_print(&place->arena, "f%u", roll(place, 60)))
			      : (struct cell){ .kind = CELL_NULL };
}

/* Every third number has no root: what hangs on it are orphans. */
static void put_job(struct place *place, uint32_t number)
{
	struct cell a = text_cell(place, arena_print(&place->arena, "k%u'\xc3\xa9", number % 90));
	struct cell b = number_cell(place, number);
	struct cell root[] = { a, b, any_cell(place), film_cell(place), any_cell(place) };

	if (number % 3)
		memory_store_cells(place->store, "del", root);
	for (uint32_t e = roll(place, 4); e > 0; e--) {
		struct cell seq = text_cell(place, arena_print(&place->arena, "%u-%u", number, e));
		struct cell event[] = { a, b, seq, film_cell(place) };

		memory_store_cells(place->store, "events", event);
		for (uint32_t n = roll(place, 3); n > 0; n--) {
			struct cell note[] = { seq, number_cell(place, n), any_cell(place) };

			memory_store_cells(place->store, "notes", note);
		}
	}
}

static void put_lost_note(struct place *place, uint32_t number)
{
	struct cell note[] = { text_cell(place, SPAN("nobody")), number_cell(place, number),
			       any_cell(place) };

	memory_store_cells(place->store, "notes", note);
}

static void put_legacy(struct place *place, uint32_t roots)
{
	make_tables(place);
	for (uint32_t i = 0; i < roots; i++)
		put_job(place, i);
	for (uint32_t i = 0; i < 5; i++)
		put_lost_note(place, i);
	for (uint32_t i = 0; i < 50; i++) {
		struct cell studio = text_cell(place, arena_print(&place->arena, "s%u", i % 10));
		struct cell film[] = { text_cell(place, arena_print(&place->arena, "f%u", i)),
				       studio };
		struct cell log[] = { number_cell(place, i % 3), any_cell(place) };

		memory_store_cells(place->store, "film", film);
		if (i < 8)
			memory_store_cells(place->store, "studio", &studio);
		memory_store_cells(place->store, "log", log);
	}
}

static void place_open(struct place *place, uint32_t roots)
{
	*place = (struct place){ .dice = roots + 11, .folder = "/tmp/archive.XXXXXX" };
	arena_init(&place->arena);
	cr_assert_not_null(mkdtemp(place->folder));
	snprintf(place->url, sizeof(place->url), "segment:%s/cold", place->folder);
	place->store = memory_store_open();
	cr_assert(memory_store_connect(place->store, CONN_SOURCE, &place->legacy, &place->err));
	put_legacy(place, roots);
}

static void place_close(struct place *place)
{
	char command[TEXT_SIZE + 16];

	conn_close(place->cold);
	conn_close(place->legacy);
	memory_store_close(place->store);
	arena_release(&place->arena);
	snprintf(command, sizeof(command), "rm -rf %s", place->folder);
	cr_assert_eq(system(command), 0);
}

/* ---- archiving ---- */

struct progress {
	int ranges_left; /* then it is stopped; negative: never */
	int64_t rows;
};

static bool on_read(void *context, const char *entity, int64_t rows, size_t bytes, struct err *err)
{
	struct progress *progress = context;

	(void)entity;
	(void)bytes;
	(void)err;
	progress->rows += rows;
	return true;
}

static bool goes_on(void *context)
{
	struct progress *progress = context;

	return progress->ranges_left < 0 || progress->ranges_left-- > 0;
}

static void keep(struct place *place, const struct source_set *set, int ranges,
		 struct archived *archived)
{
	struct migration_info migration = { .system = "test", .version = "v1" };
	struct entity_info entity = { .name = "job", .sources = *set };
	struct progress progress = { .ranges_left = ranges };
	struct archiving archiving = { .legacy = place->legacy,
				       .migration = &migration,
				       .on_read = on_read,
				       .goes_on = goes_on,
				       .context = &progress };
	struct conn *cold;

	cr_assert(conn_open(place->url, CONN_ARCHIVE, &cold, &place->err), "%s", place->err.text);
	archiving.cold = cold;
	cr_assert(archive_entity(&archiving, &entity, &place->arena, archived, &place->err), "%s",
		  place->err.text);
	conn_close(cold);
	cr_assert_eq(archived->standing.rows - archived->found_rows, progress.rows);
}

static struct archived keep_all(struct place *place, const struct source_set *set)
{
	struct archived archived = { 0 };

	keep(place, set, -1, &archived);
	cr_assert(archived.standing.is_whole);
	cr_assert(conn_open(place->url, CONN_SOURCE, &place->cold, &place->err), "%s",
		  place->err.text);
	return archived;
}

/* ---- reading ---- */

struct sum {
	struct digest digest;
	size_t rows, orphans, children;
};

static void add(struct sum *sum, const struct joined *joined)
{
	digest_add(&sum->digest, joined->digest);
	sum->rows += joined->row_count;
	sum->orphans += joined->orphan_count;
	sum->children += joined->child_count;
}

static void expect_equal(const struct sum *one, const struct sum *other, const char *what)
{
	cr_expect_eq(one->rows, other->rows, "%s: %zu rows and %zu", what, one->rows, other->rows);
	cr_expect_eq(one->orphans, other->orphans, "%s: %zu orphans and %zu", what, one->orphans,
		     other->orphans);
	cr_expect_eq(one->children, other->children, "%s: children", what);
	cr_expect(digest_equal(one->digest, other->digest), "%s: digests", what);
}

/* Ranges of so many keys, put together; 0: one range. */
static struct sum read_tiles(struct place *place, struct conn *conn, const struct source_set *set,
			     uint32_t step)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct sum sum = { .rows = 0 };
	struct reader *reader;

	cr_assert(conn_open_reader(conn, set, &reader, &place->err), "%s", place->err.text);
	do {
		struct batch batch;
		struct joined joined;

		range.upper = SPAN_NONE;
		batch_init(&batch, &place->arena, set);
		cr_assert((step == 0 || reader_find_bound(conn, reader, &range, step, &place->arena,
							  &range.upper, &place->err)) &&
			      reader_read_range(conn, reader, &range, 0, &batch, NULL, &place->err),
			  "%s", place->err.text);
		join_batch(&batch, &joined);
		add(&sum, &joined);
		if (range.upper.data)
			cr_expect_eq(joined.row_count, step);
		range.lower = range.upper;
	} while (range.upper.data);
	reader_close(conn, reader);
	return sum;
}

static struct sum read_keys(struct place *place, struct conn *conn, const struct source_set *set,
			    const struct span *keys, size_t count)
{
	struct sum sum = { .rows = 0 };
	struct reader *reader;
	struct joined joined;
	struct batch batch;

	cr_assert(conn_open_reader(conn, set, &reader, &place->err), "%s", place->err.text);
	batch_init(&batch, &place->arena, set);
	cr_assert(reader_read_keys(conn, reader, keys, count, &batch, NULL, &place->err), "%s",
		  place->err.text);
	join_batch(&batch, &joined);
	add(&sum, &joined);
	reader_close(conn, reader);
	return sum;
}

static size_t keys_of(struct place *place, const struct source_set *set, struct span **keys)
{
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct reader *reader;
	struct joined joined;
	struct batch batch;

	cr_assert(conn_open_reader(place->legacy, set, &reader, &place->err));
	batch_init(&batch, &place->arena, set);
	cr_assert(reader_read_range(place->legacy, reader, &all, 0, &batch, NULL, &place->err));
	join_batch(&batch, &joined);
	reader_close(place->legacy, reader);
	*keys = arena_alloc(&place->arena, (joined.row_count + 1) * sizeof(**keys));
	for (size_t i = 0; i < joined.row_count; i++)
		(*keys)[i] = joined.rows[i].key;
	return joined.row_count;
}

/* ---- the laws ---- */

static void check_laws(struct place *place, const struct source_set *set)
{
	static const uint32_t steps[] = { 0, 1, 7, 100, 100000 };
	struct sum legacy = read_tiles(place, place->legacy, set, 0);
	struct span *keys;
	size_t count = keys_of(place, set, &keys);
	struct span nobody =
	    set->sources[0].key_count == 1 ? SPAN("[\"no\"]") : SPAN("[\"no\",\"0\"]");

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct sum cold = read_tiles(place, place->cold, set, steps[i]);

		expect_equal(&cold, &legacy, "all rows");
	}
	for (int round = 0; round < 50 && count > 0; round++) {
		struct span some[20];
		size_t wanted = 1 + roll(place, 19);
		struct sum one, other;

		/* Some twice, and some that are not there. */
		for (size_t i = 0; i < wanted; i++)
			some[i] = roll(place, 10) ? keys[roll(place, (uint32_t)count)] : nobody;
		one = read_keys(place, place->legacy, set, some, wanted);
		other = read_keys(place, place->cold, set, some, wanted);
		expect_equal(&other, &one, "some keys");
	}
}

static struct source_set whole_set(void)
{
	return (struct source_set){ whole_sources, SOURCES };
}

Test(archive, gives_back_every_row_under_its_key)
{
	static const uint32_t sizes[] = { 0, 1, 5, ROOTS };
	struct source_set set = whole_set();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct archived archived;
		struct place place;

		place_open(&place, sizes[i]);
		archived = keep_all(&place, &set);
		check_laws(&place, &set);
		/* All that the law is about is there: orphans, and values too long to be kept whole. */
		cr_expect(sizes[i] < ROOTS ||
			  (archived.standing.rows > ROOTS / 2 && archived.standing.orphans > 5 &&
			   archived.standing.cut > 0));
		place_close(&place);
	}
}

/* A rule that reads less of it, under other names, in another order, or a column that the one that archived did not read. */
Test(archive, serves_rules_that_read_other_columns)
{
	static const char *const fewer[] = { "unread", "b", "a" };
	static const int moved[] = { 2, 1 };
	static const char *const events_as[] = { "film", "pb", "seq", "pa" };
	static const int moved_parent[] = { 3, 1 };
	const struct source sources[] = {
		{ .name = "job",
		  .kind = SOURCE_ROOT,
		  .table = "del",
		  .columns = fewer,
		  .column_count = 3,
		  .key_columns = moved,
		  .key_count = 2 },
		{ .name = "steps",
		  .kind = SOURCE_CHILDREN,
		  .table = "events",
		  .columns = events_as,
		  .column_count = 4,
		  .key_columns = third,
		  .key_count = 1,
		  .parent_columns = moved_parent,
		  .parent_count = 2 },
	};
	struct source_set set = whole_set(), other = { sources, 2 };
	struct place place;

	place_open(&place, ROOTS);
	keep_all(&place, &set);
	check_laws(&place, &other);
	place_close(&place);
}

static void expect_refused(struct place *place, struct source source, int index, const char *why)
{
	struct source sources[SOURCES];
	struct source_set set = { sources, SOURCES };
	struct reader *reader;

	memcpy(sources, whole_sources, sizeof(sources));
	sources[index] = source;
	cr_assert_not(conn_open_reader(place->cold, &set, &reader, &place->err));
	cr_expect_eq(place->err.code, ERR_RULE);
	cr_expect_not_null(strstr(place->err.text, why), "%s", place->err.text);
	err_reset(&place->err);
}

Test(archive, refuses_what_it_does_not_hold)
{
	static const char *const unknown[] = { "a", "b", "colour", "film" };
	struct source_set set = whole_set();
	struct source source;
	struct place place;

	place_open(&place, 9);
	keep_all(&place, &set);
	source = whole_sources[ROOT];
	source.columns = unknown;
	expect_refused(&place, source, ROOT, "del has no column colour there");
	source = whole_sources[ROOT];
	source.key_columns = first;
	source.key_count = 1;
	expect_refused(&place, source, ROOT, "no rows of del");
	source = whole_sources[EVENTS];
	source.table = "steps";
	expect_refused(&place, source, EVENTS, "no rows of steps");
	source = whole_sources[EVENT_FILM];
	source.from_columns = third;
	expect_refused(&place, source, EVENT_FILM, "no rows of film");
	place_close(&place);
}

Test(archive, keeps_tables_without_a_key)
{
	static const char *const with_copies[] = { "*", "colour", "copies", "size" };
	struct source_set set = { &keyless_source, 1 };
	struct source counting = keyless_source;
	struct source_set counted = { &counting, 1 };
	struct place place;

	place_open(&place, 3);
	keep_all(&place, &set);
	check_laws(&place, &set);
	/* The rule that archived did not ask how many copies there are. */
	counting.columns = with_copies;
	counting.column_count = 4;
	counting.copies_column = 2;
	check_laws(&place, &counted);
	place_close(&place);
}

Test(archive, goes_on_where_it_was_stopped)
{
	struct source_set set = whole_set();
	struct archived archived = { 0 };
	struct conn *cold;
	struct reader *reader;
	struct place place;
	int sealed = 0;

	place_open(&place, 9500);
	for (int round = 0; round < 20 && !archived.standing.is_whole; round++) {
		keep(&place, &set, 1, &archived);
		cr_expect_eq(archived.standing.segments, ++sealed);
		if (archived.standing.is_whole)
			break;
		/* Half of it is no legacy. */
		cr_assert(conn_open(place.url, CONN_SOURCE, &cold, &place.err));
		cr_assert_not(conn_open_reader(cold, &set, &reader, &place.err));
		cr_expect_eq(place.err.code, ERR_DATA);
		err_reset(&place.err);
		conn_close(cold);
	}
	cr_assert(archived.standing.is_whole);
	cr_assert_gt(sealed, 2);
	cr_assert(conn_open(place.url, CONN_SOURCE, &place.cold, &place.err), "%s", place.err.text);
	check_laws(&place, &set);
	keep(&place, &set, -1, &archived);
	cr_expect(archived.was_whole);
	cr_expect_eq(archived.standing.segments, sealed);
	place_close(&place);
}

/* Legacy is written to behind the archive's back: of a film that rows of both halves point at, each half has another row. */
static void rename_studios(struct place *place)
{
	static const struct memory_column film[] = { { "film", "TEXT", false },
						     { "studio", "TEXT", false } };
	static const char *const film_key[] = { "film" };

	memory_store_table(place->store, "film", film, 2, film_key, 1);
	for (uint32_t i = 0; i < 50; i++) {
		struct cell row[] = { text_cell(place, arena_print(&place->arena, "f%u", i)),
				      text_cell(place, SPAN("renamed")) };

		memory_store_cells(place->store, "film", row);
	}
}

Test(archive, two_rows_of_one_reference_are_not_taken_for_one)
{
	struct source_set set = whole_set();
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct archived archived = { 0 };
	struct reader *reader;
	struct place place;
	struct batch batch;

	place_open(&place, 9500);
	keep(&place, &set, 1, &archived);
	cr_assert_not(archived.standing.is_whole);
	rename_studios(&place);
	keep_all(&place, &set);
	cr_assert(conn_open_reader(place.cold, &set, &reader, &place.err), "%s", place.err.text);
	batch_init(&batch, &place.arena, &set);
	cr_expect_not(reader_read_range(place.cold, reader, &all, 0, &batch, NULL, &place.err));
	cr_expect_eq(place.err.code, ERR_DATA);
	cr_expect_not_null(strstr(place.err.text, "different rows of film"), "%s", place.err.text);
	reader_close(place.cold, reader);
	place_close(&place);
}

/* ---- the lines ---- */

Test(archive, lines_are_read_back_as_they_were)
{
	struct source_set set = whole_set();
	struct entity_info entity = { .name = "job", .sources = set };
	struct migration_info migration = { .entities = &entity, .entity_count = 1 };
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct reader *reader;
	struct joined joined, again;
	struct place place;
	struct batch batch;
	struct buf line;
	int index;

	place_open(&place, ROOTS);
	cr_assert(conn_open_reader(place.legacy, &set, &reader, &place.err));
	batch_init(&batch, &place.arena, &set);
	cr_assert(reader_read_range(place.legacy, reader, &all, 0, &batch, NULL, &place.err));
	join_batch(&batch, &joined);
	buf_init(&line);
	for (size_t i = 0; i < joined.row_count; i++) {
		buf_reset(&line);
		source_line_put(&line, "job", &joined, i, true);
		cr_assert(given_read(&migration, buf_span(&line), &place.arena, &index, &again,
				     &place.err),
			  "%s: %s", place.err.text, line.data);
		cr_expect(digest_equal(again.rows[0].digest, joined.rows[i].digest), "%s",
			  line.data);
	}
	buf_release(&line);
	reader_close(place.legacy, reader);
	place_close(&place);
}
