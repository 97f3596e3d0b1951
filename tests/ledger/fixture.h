/*
 * fixture.h: a ledger in a store in memory, and a hand that changes it behind the engine's back.
 */
#ifndef TESTS_LEDGER_FIXTURE_H
#define TESTS_LEDGER_FIXTURE_H

#include "drivers/memory/memory.h"
#include "engine/ledger/ledger.h"

struct fixture {
	struct memory_store *store;
	struct conn *conn;
	struct arena arena;
};

void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

/* Append in a transaction of its own; must succeed. */
struct ledger_head fixture_append(struct conn *conn, const char *kind, const char *body);

/* n entries with bodies of their own. */
struct ledger_head fixture_fill(struct conn *conn, int n);

/* All entries, copied into the arena. */
struct ledger_entry *fixture_entries(struct fixture *fixture, int *count);

/* By hand, whatever it is: one column of an entry, a row, no row. */
void fixture_set(struct conn *conn, int64_t entry_no, enum ledger_column column,
		 struct datum value);
void fixture_insert(struct conn *conn, const struct ledger_entry *entry);
void fixture_delete(struct conn *conn, int64_t entry_no);

struct ledger_report fixture_verify(struct conn *conn, const struct ledger_head *remembered);

/* Is a break of this kind at this entry among those that were told? */
bool fixture_told(const struct ledger_report *report, enum ledger_break_kind kind,
		  int64_t entry_no);

#endif
