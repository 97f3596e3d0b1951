/*
 * test_store_digest.c: what two digests of a chunk say of each other, and which rows one is of.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "drivers/memory/memory.h"
#include "engine/target/final.h"
#include "engine/target/store_digest.h"

TestSuite(store_digest, .timeout = 30);

#define HEX "0123456789abcdef0123456789abcdef"
#define OTHER_HEX "0123456789abcdef0123456789abcdee"

struct comparison {
	char recorded[STORE_DIGEST_SIZE], now[STORE_DIGEST_SIZE];
	enum store_digest_answer answer;
};

ParameterizedTestParameters(store_digest, says_differs_only_of_what_was_made_the_same_way)
{
	static struct comparison cases[] = {
		{ "sqlite-1:" HEX, "sqlite-1:" HEX, STORE_DIGEST_SAME },
		{ "sqlite-1:" HEX, "sqlite-1:" OTHER_HEX, STORE_DIGEST_DIFFERS },
		{ "", "sqlite-1:" HEX, STORE_DIGEST_UNKNOWN },
		{ "sqlite-1:" HEX, "sqlite-2:" HEX, STORE_DIGEST_UNKNOWN },
		{ "sqlite-1:" HEX, "sqlite-2:" OTHER_HEX, STORE_DIGEST_UNKNOWN },
		{ "postgres-1:" HEX, "postgres-1-" HEX ":" OTHER_HEX, STORE_DIGEST_UNKNOWN },
		{ "sqlite-1:", "sqlite-1:" HEX, STORE_DIGEST_UNKNOWN },
		{ "sqlite-1", "sqlite-1:" HEX, STORE_DIGEST_UNKNOWN },
		{ ":" HEX, "sqlite-1:" HEX, STORE_DIGEST_UNKNOWN },
		{ "sqlite-1:0123456789ABCDEF0123456789abcdef", "sqlite-1:" HEX,
		  STORE_DIGEST_UNKNOWN },
	};

	return cr_make_param_array(struct comparison, cases, sizeof(cases) / sizeof(*cases));
}
ParameterizedTest(struct comparison *c, store_digest,
		  says_differs_only_of_what_was_made_the_same_way)
{
	cr_assert_eq(store_digest_compare(span_of(c->recorded), span_of(c->now)), c->answer,
		     "'%s' and '%s'", c->recorded, c->now);
}

static struct arena arena;
static struct memory_store *store;
static struct conn *target;
static const struct table *final;
static struct err err;

static void begin(void)
{
	static const struct entity_info entity = { .record = "job" };

	arena_init(&arena);
	store = memory_store_open();
	final = final_table(&arena, &entity);
	cr_assert(memory_store_connect(store, CONN_TARGET, &target, &err), "%s", err.text);
	cr_assert(conn_ensure_table(target, final, &err), "%s", err.text);
}

static void end(void)
{
	conn_close(target);
	memory_store_close(store);
	arena_release(&arena);
}

static void insert(const char *id, const char *part, int64_t chunk_no, const char *state)
{
	struct datum row[FINAL_COLUMNS];

	for (int i = 0; i < FINAL_COLUMNS; i++) {
		enum table_kind kind = final->columns[i].kind;

		row[i] = kind == TABLE_INT       ? datum_int(0)
			 : kind == TABLE_INSTANT ? datum_instant(0)
						 : datum_text("");
	}
	row[FINAL_ID] = datum_text(id);
	row[FINAL_PAYLOAD] = datum_text("{}");
	row[FINAL_PART] = datum_text(part);
	row[FINAL_CHUNK_NO] = datum_int(chunk_no);
	row[FINAL_STATE] = datum_text(state);
	cr_assert(conn_begin(target, &err), "%s", err.text);
	cr_assert(conn_insert(target, final, row, 1, &err), "%s", err.text);
	cr_assert(conn_commit(target, &err), "%s", err.text);
}

static void make(char text[STORE_DIGEST_SIZE])
{
	cr_assert(store_digest_make(target, final, "a", 7, text, &err), "%s", err.text);
}

Test(store_digest, is_of_all_rows_of_its_part_and_chunk_and_of_no_other, .init = begin, .fini = end)
{
	char empty[STORE_DIGEST_SIZE], live[STORE_DIGEST_SIZE], again[STORE_DIGEST_SIZE],
	    withdrawn[STORE_DIGEST_SIZE];

	make(empty);
	cr_assert_str_eq(empty, "memory-1:00000000000000000000000000000000");
	insert("1", "a", 7, "");
	make(live);
	cr_assert_str_neq(live, empty);
	insert("2", "a", 8, "");
	insert("3", "b", 7, "");
	make(again);
	cr_assert_str_eq(again, live);
	insert("4", "a", 7, "gone");
	make(withdrawn);
	cr_assert_str_neq(withdrawn, live);
}

/* Every column there is, whichever is added to the table later. */
Test(store_digest, is_of_every_column, .init = begin, .fini = end)
{
	struct condition one = { FINAL_ID, IS_EQUAL, datum_text("1") };
	char before[STORE_DIGEST_SIZE], after[STORE_DIGEST_SIZE];

	insert("1", "a", 7, "");
	make(before);
	for (int i = 0; i < FINAL_COLUMNS; i++) {
		enum table_kind kind = final->columns[i].kind;
		struct assignment set = { i, kind == TABLE_INT       ? datum_int(1)
					     : kind == TABLE_INSTANT ? datum_instant(1)
								     : datum_text("[1]") };
		int64_t changed;

		cr_assert(conn_begin(target, &err), "%s", err.text);
		cr_assert(conn_update(target, final, &set, 1, &one, 1, &changed, &err), "%s",
			  err.text);
		cr_assert_eq(changed, 1);
		make(after);
		cr_assert_str_neq(before, after, "%s", final->columns[i].name);
		conn_rollback(target);
	}
}
