/*
 * test_verify.c: whatever is changed in a ledger is found, and found where it was changed.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/ledger/fixture.h"
#include "tests/model/random.h"

TestSuite(verify, .timeout = 300);

enum { ENTRIES = 6 };

static struct span value_of(const struct ledger_entry *entry, enum ledger_column column)
{
	switch (column) {
	case LEDGER_KIND:
		return entry->kind;
	case LEDGER_AT:
		return entry->at;
	case LEDGER_WHO:
		return entry->who;
	case LEDGER_BODY:
		return entry->body;
	case LEDGER_PREVIOUS:
		return entry->previous;
	default:
		return entry->hash;
	}
}

Test(verify, an_empty_ledger_has_nothing_to_verify)
{
	struct ledger_report report;
	struct fixture fixture;

	fixture_open(&fixture);
	report = fixture_verify(fixture.conn, NULL);
	cr_assert_eq(report.entry_count, 0);
	cr_assert_eq(report.break_count, 0);
	cr_assert_eq(report.head.entry_no, 0);
	fixture_close(&fixture);
}

Test(verify, a_target_without_the_table_is_an_empty_ledger)
{
	struct memory_store *store = memory_store_open();
	struct err err = { ERR_NONE, "" };
	struct conn *conn;

	cr_assert(memory_store_connect(store, CONN_TARGET_READ, &conn, &err), "%s", err.text);
	cr_assert_eq(fixture_verify(conn, NULL).entry_count, 0);
	conn_close(conn);
	memory_store_close(store);
}

/* Every byte of every text, with every bit of it. */
Test(verify, any_changed_byte_is_found_where_it_is)
{
	struct ledger_entry *entries;
	struct ledger_head head;
	struct fixture fixture;
	int count, tried = 0;

	fixture_open(&fixture);
	head = fixture_fill(fixture.conn, ENTRIES);
	entries = fixture_entries(&fixture, &count);
	for (int i = 0; i < count; i++) {
		for (int column = LEDGER_KIND; column < LEDGER_COLUMNS; column++) {
			struct span value = value_of(&entries[i], (enum ledger_column)column);

			for (size_t byte = 0; byte < value.size; byte++, tried++) {
				struct span changed = arena_copy(&fixture.arena, value);
				struct ledger_report report;

				((char *)(uintptr_t)changed.data)[byte] ^= (char)(1 << tried % 8);
				fixture_set(fixture.conn, entries[i].no, (enum ledger_column)column,
					    datum_span(changed));
				report = fixture_verify(fixture.conn, tried % 2 ? &head : NULL);
				cr_assert(fixture_told(&report, BREAK_HASH, entries[i].no),
					  "entry %d column %d byte %zu", i + 1, column, byte);
				for (int64_t b = 0; b < report.break_count; b++)
					cr_assert_eq(report.breaks[b].entry_no, entries[i].no, "%s",
						     report.breaks[b].text);
				fixture_set(fixture.conn, entries[i].no, (enum ledger_column)column,
					    datum_span(value));
			}
		}
	}
	cr_assert_gt(tried, ENTRIES * 150);
	cr_assert_eq(fixture_verify(fixture.conn, &head).break_count, 0);
	fixture_close(&fixture);
}

/* As lengths change, too: bytes put in, bytes taken out, an empty text. */
Test(verify, a_longer_or_shorter_value_is_found)
{
	struct ledger_entry *entries;
	struct fixture fixture;
	int count;

	fixture_open(&fixture);
	fixture_fill(fixture.conn, 3);
	entries = fixture_entries(&fixture, &count);
	for (int column = LEDGER_KIND; column < LEDGER_COLUMNS; column++) {
		struct span value = value_of(&entries[1], (enum ledger_column)column);
		struct span changed[] = {
			arena_print(&fixture.arena, "%.*s\n", SPAN_ARGS(value)),
			{ value.data, value.size - 1 },
			{ "", 0 },
			{ "\0x", 2 },
		};

		for (size_t i = 0; i < sizeof(changed) / sizeof(*changed); i++) {
			struct ledger_report report;

			fixture_set(fixture.conn, 2, (enum ledger_column)column,
				    datum_span(changed[i]));
			report = fixture_verify(fixture.conn, NULL);
			cr_assert(fixture_told(&report, BREAK_HASH, 2), "column %d change %zu",
				  column, i);
		}
		fixture_set(fixture.conn, 2, (enum ledger_column)column, datum_span(value));
	}
	fixture_close(&fixture);
}

Test(verify, another_number_is_found)
{
	static const int64_t numbers[] = { INT64_MIN, -1, 0, ENTRIES + 1, 1000, INT64_MAX };
	struct ledger_head head;
	struct fixture fixture;

	fixture_open(&fixture);
	head = fixture_fill(fixture.conn, ENTRIES);
	for (int64_t no = 1; no <= ENTRIES; no++) {
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
			struct ledger_report report;

			fixture_set(fixture.conn, no, LEDGER_ENTRY_NO, datum_int(numbers[i]));
			report = fixture_verify(fixture.conn, &head);
			cr_assert(fixture_told(&report, BREAK_HASH, numbers[i]));
			cr_assert(fixture_told(&report, BREAK_MISSING, no) ||
				      fixture_told(&report, BREAK_CUT_OFF, no),
				  "%lld became %lld", (long long)no, (long long)numbers[i]);
			cr_assert(numbers[i] >= 1 ||
				  fixture_told(&report, BREAK_NUMBER, numbers[i]));
			fixture_set(fixture.conn, numbers[i], LEDGER_ENTRY_NO, datum_int(no));
		}
	}
	cr_assert_eq(fixture_verify(fixture.conn, &head).break_count, 0);
	fixture_close(&fixture);
}

Test(verify, a_deleted_entry_is_found)
{
	struct ledger_entry *entries;
	struct ledger_head head;
	struct fixture fixture;
	int count;

	fixture_open(&fixture);
	head = fixture_fill(fixture.conn, ENTRIES);
	entries = fixture_entries(&fixture, &count);
	for (int i = 0; i < count; i++) {
		struct ledger_report report;

		fixture_delete(fixture.conn, i + 1);
		report = fixture_verify(fixture.conn, &head);
		cr_assert_eq(report.break_count, 1);
		cr_assert(
		    fixture_told(&report, i + 1 < count ? BREAK_MISSING : BREAK_CUT_OFF, i + 1));
		fixture_insert(fixture.conn, &entries[i]);
	}
	fixture_close(&fixture);
}

Test(verify, entries_that_changed_places_are_found)
{
	struct fixture fixture;
	struct ledger_head head;

	fixture_open(&fixture);
	head = fixture_fill(fixture.conn, ENTRIES);
	for (int64_t a = 1; a < ENTRIES; a++) {
		for (int64_t b = a + 1; b <= ENTRIES; b++) {
			for (int times = 0; times < 2; times++) { /* there and back */
				struct ledger_report report;

				fixture_set(fixture.conn, a, LEDGER_ENTRY_NO, datum_int(99));
				fixture_set(fixture.conn, b, LEDGER_ENTRY_NO, datum_int(a));
				fixture_set(fixture.conn, 99, LEDGER_ENTRY_NO, datum_int(b));
				if (times > 0)
					continue;
				report = fixture_verify(fixture.conn, &head);
				cr_assert(fixture_told(&report, BREAK_HASH, a));
				cr_assert(fixture_told(&report, BREAK_HASH, b));
			}
		}
	}
	cr_assert_eq(fixture_verify(fixture.conn, &head).break_count, 0);
	fixture_close(&fixture);
}

/* With right hashes of their own: what comes after them gives them away. */
static void forge(struct ledger_entry *entry, char hash[SHA256_HEX_SIZE])
{
	ledger_hash(entry, hash);
	entry->hash = span_of(hash);
}

Test(verify, an_entry_put_between_is_found)
{
	struct ledger_entry *entries, forged;
	char hash[SHA256_HEX_SIZE];
	struct ledger_report report;
	struct fixture fixture;
	int count;

	fixture_open(&fixture);
	fixture_fill(fixture.conn, ENTRIES);
	entries = fixture_entries(&fixture, &count);
	for (int i = count; i > 3; i--)
		fixture_set(fixture.conn, i, LEDGER_ENTRY_NO, datum_int(i + 1));
	forged = entries[3];
	forged.kind = SPAN("timeline-accepted");
	forge(&forged, hash);
	fixture_insert(fixture.conn, &forged);
	report = fixture_verify(fixture.conn, NULL);
	cr_assert(fixture_told(&report, BREAK_LINK, 5), "the next entry names another one");
	cr_assert(fixture_told(&report, BREAK_HASH, 5), "and had another number");
	fixture_close(&fixture);
}

Test(verify, an_entry_written_anew_is_found_by_the_next)
{
	struct ledger_entry *entries, forged;
	char hash[SHA256_HEX_SIZE];
	struct ledger_report report;
	struct fixture fixture;
	struct ledger_head head;
	int count;

	fixture_open(&fixture);
	head = fixture_fill(fixture.conn, ENTRIES);
	entries = fixture_entries(&fixture, &count);
	for (int i = 0; i < count; i++) {
		forged = entries[i];
		forged.body = SPAN("{\"run\":\"forged\"}");
		forge(&forged, hash);
		fixture_delete(fixture.conn, i + 1);
		fixture_insert(fixture.conn, &forged);
		report = fixture_verify(fixture.conn, &head);
		cr_assert_eq(report.break_count, 1, "entry %d", i + 1);
		cr_assert(i + 1 < count ? fixture_told(&report, BREAK_LINK, i + 2)
					: fixture_told(&report, BREAK_REMEMBERED, i + 1));
		fixture_delete(fixture.conn, i + 1);
		fixture_insert(fixture.conn, &entries[i]);
	}
	fixture_close(&fixture);
}

Test(verify, a_ledger_made_anew_is_found_by_who_has_seen_the_old_one)
{
	struct ledger_report report;
	struct fixture fixture, other;
	struct ledger_head seen;

	fixture_open(&fixture);
	seen = fixture_fill(fixture.conn, 3);
	fixture_open(&other);
	fixture_append(other.conn, "x", "{}");
	fixture_fill(other.conn, 5);
	cr_assert_eq(fixture_verify(other.conn, NULL).break_count, 0, "alone it looks right");
	report = fixture_verify(other.conn, &seen);
	cr_assert_eq(report.break_count, 1);
	cr_assert(fixture_told(&report, BREAK_REMEMBERED, 3));
	fixture_close(&other);
	fixture_close(&fixture);
}

Test(verify, an_end_that_was_cut_off_is_found_by_who_has_seen_it)
{
	struct fixture fixture;
	struct ledger_head seen;

	fixture_open(&fixture);
	seen = fixture_fill(fixture.conn, ENTRIES);
	for (int64_t last = ENTRIES; last >= 1; last--) {
		struct ledger_report report;

		fixture_delete(fixture.conn, last);
		report = fixture_verify(fixture.conn, &seen);
		cr_assert_eq(report.break_count, 1);
		cr_assert(fixture_told(&report, BREAK_CUT_OFF, last));
		cr_assert_eq(fixture_verify(fixture.conn, NULL).break_count, 0);
	}
	fixture_close(&fixture);
}

/* The first breaks are told, all are counted; pages are no boundary. */
Test(verify, many_breaks_are_counted)
{
	enum { MANY = 1200 };
	struct ledger_report report;
	struct fixture fixture;
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;

	fixture_open(&fixture);
	cr_assert(conn_begin(fixture.conn, &err));
	for (int i = 0; i < MANY; i++)
		cr_assert(ledger_append(fixture.conn, "x", SPAN("{}"), &head, &err));
	cr_assert(conn_commit(fixture.conn, &err));
	cr_assert_eq(fixture_verify(fixture.conn, &head).break_count, 0);
	for (int64_t no = 490; no < 520; no++)
		fixture_set(fixture.conn, no, LEDGER_WHO, datum_text("somebody"));
	fixture_delete(fixture.conn, 1000);
	report = fixture_verify(fixture.conn, &head);
	cr_assert_eq(report.break_count, 31);
	cr_assert_eq(report.entry_count, MANY - 1);
	cr_assert_eq(report.breaks[LEDGER_BREAKS_MAX - 1].entry_no, 490 + LEDGER_BREAKS_MAX - 1);
	fixture_close(&fixture);
}

/* ---- what this machine remembers ---- */

static char folder[64];

static struct state *open_state(enum state_mode mode)
{
	struct err err = { ERR_NONE, "" };
	struct state *state;

	cr_assert(state_open(folder, mode, NULL, &state, &err), "%s", err.text);
	return state;
}

static void remove_state(void)
{
	static const char *const names[] = { "data.mdb", "lock.mdb", "lock", "format" };
	char path[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

Test(verify, what_is_followed_is_remembered, .fini = remove_state)
{
	struct err err = { ERR_NONE, "" };
	struct ledger_head head, seen;
	struct fixture fixture;
	struct state *state;
	bool found;

	snprintf(folder, sizeof(folder), "/tmp/engine-ledger.XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	state = open_state(STATE_WRITE);
	fixture_open(&fixture);
	cr_assert(ledger_follow(fixture.conn, state, &err), "%s", err.text);
	cr_assert(state_get_ledger_head(state, &seen, &found, &err), "%s", err.text);
	cr_assert_not(found, "nothing was there to be seen");
	for (int i = 0; i < 3; i++) {
		head = fixture_fill(fixture.conn, 2);
		cr_assert(ledger_follow(fixture.conn, state, &err), "%s", err.text);
		cr_assert(state_get_ledger_head(state, &seen, &found, &err), "%s", err.text);
		cr_assert(found);
		cr_assert_eq(seen.entry_no, head.entry_no);
		cr_assert_str_eq(seen.hash, head.hash);
	}
	/* New entries are verified before they are believed. */
	fixture_fill(fixture.conn, 2);
	fixture_set(fixture.conn, 7, LEDGER_WHO, datum_text("x"));
	cr_assert_not(ledger_follow(fixture.conn, state, &err));
	cr_assert_eq(err.code, ERR_DATA);
	cr_assert_not_null(strstr(err.text, "entry 7"), "%s", err.text);
	err_reset(&err);
	fixture_delete(fixture.conn, 8);
	fixture_delete(fixture.conn, 7);
	cr_assert(ledger_follow(fixture.conn, state, &err), "%s", err.text);
	fixture_delete(fixture.conn, 6);
	cr_assert_not(ledger_follow(fixture.conn, state, &err));
	cr_assert_eq(err.code, ERR_DATA);
	cr_assert_not_null(strstr(err.text, "state rebuild"), "%s", err.text);
	fixture_close(&fixture);
	state_close(state);
}
