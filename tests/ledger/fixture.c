/*
 * fixture.c: a ledger in a store in memory, and a hand that changes it behind the engine's back.
 */
#include "tests/ledger/fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void begin(struct conn *conn)
{
	struct err err = { ERR_NONE, "" };

	cr_assert(conn_begin(conn, &err), "%s", err.text);
}

static void commit(struct conn *conn)
{
	struct err err = { ERR_NONE, "" };

	cr_assert(conn_commit(conn, &err), "%s", err.text);
}

void fixture_open(struct fixture *fixture)
{
	struct err err = { ERR_NONE, "" };

	arena_init(&fixture->arena);
	fixture->store = memory_store_open();
	cr_assert(memory_store_connect(fixture->store, CONN_TARGET, &fixture->conn, &err), "%s",
		  err.text);
	begin(fixture->conn);
	cr_assert(conn_ensure_table(fixture->conn, &table_ledger, &err), "%s", err.text);
	commit(fixture->conn);
}

void fixture_close(struct fixture *fixture)
{
	conn_close(fixture->conn);
	memory_store_close(fixture->store);
	arena_release(&fixture->arena);
}

struct ledger_head fixture_append(struct conn *conn, const char *kind, const char *body)
{
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;

	begin(conn);
	cr_assert(ledger_append(conn, kind, span_of(body), &head, &err), "%s", err.text);
	commit(conn);
	return head;
}

struct ledger_head fixture_fill(struct conn *conn, int n)
{
	struct ledger_head head = { .entry_no = 0 };
	char body[80];

	for (int i = 0; i < n; i++) {
		snprintf(body, sizeof(body), "{\"run\": \"r%d\", \"count\": %d}", i, i * 7);
		head = fixture_append(conn, i % 2 ? LEDGER_RUN_ENDED : LEDGER_RUN_STARTED, body);
	}
	return head;
}

struct gathering {
	struct fixture *fixture;
	struct ledger_entry *entries;
	int count;
};

static bool gather(void *context, const struct ledger_entry *entry, struct err *err)
{
	struct gathering *all = context;
	struct arena *arena = &all->fixture->arena;
	size_t size = sizeof(*entry);

	(void)err;
	all->entries = arena_grow(arena, all->entries, (size_t)all->count * size,
				  (size_t)(all->count + 1) * size);
	all->entries[all->count++] = (struct ledger_entry){
		.no = entry->no,
		.kind = arena_copy(arena, entry->kind),
		.at = arena_copy(arena, entry->at),
		.who = arena_copy(arena, entry->who),
		.body = arena_copy(arena, entry->body),
		.previous = arena_copy(arena, entry->previous),
		.hash = arena_copy(arena, entry->hash),
	};
	return true;
}

struct ledger_entry *fixture_entries(struct fixture *fixture, int *count)
{
	struct gathering all = { .fixture = fixture };
	struct err err = { ERR_NONE, "" };

	cr_assert(ledger_each(fixture->conn, INT64_MIN, gather, &all, &err), "%s", err.text);
	*count = all.count;
	return all.entries;
}

void fixture_set(struct conn *conn, int64_t entry_no, enum ledger_column column, struct datum value)
{
	struct condition where = { LEDGER_ENTRY_NO, IS_EQUAL, datum_int(entry_no) };
	struct assignment set = { (int)column, value };
	struct err err = { ERR_NONE, "" };
	int64_t changed;

	begin(conn);
	cr_assert(conn_update(conn, &table_ledger, &set, 1, &where, 1, &changed, &err), "%s",
		  err.text);
	cr_assert_eq(changed, 1);
	commit(conn);
}

void fixture_insert(struct conn *conn, const struct ledger_entry *entry)
{
	struct datum row[LEDGER_COLUMNS] = {
		datum_int(entry->no),    datum_span(entry->kind), datum_span(entry->at),
		datum_span(entry->who),  datum_span(entry->body), datum_span(entry->previous),
		datum_span(entry->hash),
	};
	struct err err = { ERR_NONE, "" };

	begin(conn);
	cr_assert(conn_insert(conn, &table_ledger, row, 1, &err), "%s", err.text);
	commit(conn);
}

void fixture_delete(struct conn *conn, int64_t entry_no)
{
	struct condition where = { LEDGER_ENTRY_NO, IS_EQUAL, datum_int(entry_no) };
	struct err err = { ERR_NONE, "" };
	int64_t removed;

	begin(conn);
	cr_assert(conn_remove(conn, &table_ledger, &where, 1, &removed, &err), "%s", err.text);
	cr_assert_eq(removed, 1);
	commit(conn);
}

struct ledger_report fixture_verify(struct conn *conn, const struct ledger_head *remembered)
{
	struct err err = { ERR_NONE, "" };
	struct ledger_report report;

	cr_assert(ledger_verify(conn, remembered, &report, &err), "%s", err.text);
	return report;
}

bool fixture_told(const struct ledger_report *report, enum ledger_break_kind kind, int64_t entry_no)
{
	for (int64_t i = 0; i < report->break_count && i < LEDGER_BREAKS_MAX; i++)
		if (report->breaks[i].kind == kind && report->breaks[i].entry_no == entry_no)
			return true;
	return false;
}
