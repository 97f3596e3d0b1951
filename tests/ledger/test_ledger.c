/*
 * test_ledger.c: what is appended is a chain, whoever appends; what cannot be chained is refused.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "tests/ledger/fixture.h"
#include "tests/model/random.h"

TestSuite(ledger, .timeout = 120);

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* The hash is sha256sum's over the bytes that ledger.h describes. */
Test(ledger, hash_is_what_the_header_says)
{
	struct ledger_entry entry = {
		.no = 12,
		.kind = SPAN("run-started"),
		.at = SPAN("2026-01-02T03:04:05.000006Z"),
		.who = SPAN("ann@box"),
		.body = SPAN("{\"run\":\"ä\"}"),
		.previous = SPAN(ZEROS),
	};
	char hash[SHA256_HEX_SIZE];

	ledger_hash(&entry, hash);
	cr_assert_str_eq(hash, "046a862346acfdc31cfb0fdf9c67192e30ac91479266c7381f40e14f4ac11af8");
}

/* Moving bytes from one value to the next is another entry. */
Test(ledger, hash_knows_where_values_end)
{
	struct ledger_entry one = { .no = 1,
				    .kind = SPAN("ab"),
				    .at = SPAN("c"),
				    .who = SPAN("x\nbody 2:{}"),
				    .body = SPAN(""),
				    .previous = SPAN(ZEROS) };
	struct ledger_entry other = one;
	char first[SHA256_HEX_SIZE], second[SHA256_HEX_SIZE];

	ledger_hash(&one, first);
	other.kind = SPAN("a");
	other.at = SPAN("bc");
	ledger_hash(&other, second);
	cr_assert_str_neq(first, second);
	other = one;
	other.who = SPAN("x");
	other.body = SPAN("{}");
	ledger_hash(&other, second);
	cr_assert_str_neq(first, second);
}

Test(ledger, a_new_entry_names_the_one_before)
{
	struct ledger_head first, second;
	struct ledger_entry *entries;
	struct fixture fixture;
	int count;

	fixture_open(&fixture);
	first = fixture_append(fixture.conn, LEDGER_RULE_REGISTERED, "{\"b\": 1, \"a\": [2]}");
	second = fixture_append(fixture.conn, LEDGER_TIMELINE_ACCEPTED, "{}");
	entries = fixture_entries(&fixture, &count);
	cr_assert_eq(count, 2);
	cr_assert_eq(first.entry_no, 1);
	cr_assert_eq(second.entry_no, 2);
	cr_assert(span_equal_text(entries[0].body, "{\"a\":[2],\"b\":1}"), "%.*s",
		  SPAN_ARGS(entries[0].body));
	cr_assert(span_equal_text(entries[0].previous, ZEROS));
	cr_assert(span_equal_text(entries[1].previous, first.hash));
	cr_assert(span_equal_text(entries[1].hash, second.hash));
	cr_assert(span_equal_text(entries[1].kind, "timeline-accepted"));
	cr_assert_eq(entries[0].at.size, 27u);
	cr_assert_not_null(memchr(entries[0].who.data, '@', entries[0].who.size));
	fixture_close(&fixture);
}

Test(ledger, a_body_that_is_no_json_is_refused)
{
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;
	struct fixture fixture;

	fixture_open(&fixture);
	cr_assert(conn_begin(fixture.conn, &err));
	cr_assert_not(ledger_append(fixture.conn, "x", SPAN("{\"a\":1.5}"), &head, &err));
	cr_assert_eq(err.code, ERR_DATA);
	conn_rollback(fixture.conn);
	cr_assert_eq(fixture_verify(fixture.conn, NULL).entry_count, 0);
	fixture_close(&fixture);
}

Test(ledger, nothing_is_chained_to_what_is_no_entry)
{
	static const char *const hashes[] = { "", "abc", ZEROS "0" };
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;
	struct fixture fixture;

	fixture_open(&fixture);
	fixture_fill(fixture.conn, 2);
	for (size_t i = 0; i <= sizeof(hashes) / sizeof(*hashes); i++) {
		if (i < sizeof(hashes) / sizeof(*hashes))
			fixture_set(fixture.conn, 2, LEDGER_HASH, datum_text(hashes[i]));
		else
			fixture_set(fixture.conn, 2, LEDGER_ENTRY_NO, datum_int(INT64_MAX));
		cr_assert(conn_begin(fixture.conn, &err), "%s", err.text);
		cr_assert_not(ledger_append(fixture.conn, "x", SPAN("{}"), &head, &err));
		cr_assert_eq(err.code, ERR_DATA);
		cr_assert_not_null(strstr(err.text, "engine ledger verify"), "%s", err.text);
		conn_rollback(fixture.conn);
		err_reset(&err);
	}
	fixture_close(&fixture);
}

static void random_body(uint64_t *seed, char *body, size_t size)
{
	size_t at = (size_t)snprintf(body, size, "{\"n\":%d", (int)random_below(seed, 1000000));
	int members = (int)random_below(seed, 5);

	for (int i = 0; i < members; i++) {
		static const char *const values[] = {
			"null", "true", "[1,{\"b\":2,\"a\":3}]", "\"\\n\\u0000 \\\"ä\"", "-7", "{}"
		};

		at += (size_t)snprintf(body + at, size - at, ", \"%c%d\" : %s",
				       'z' - (int)random_below(seed, 26), i,
				       values[random_below(seed, 6)]);
	}
	snprintf(body + at, size - at, "}");
}

Test(ledger, any_entries_are_a_chain)
{
	uint64_t seed = 7;

	for (int round = 0; round < 20; round++) {
		int n = 1 + (int)random_below(&seed, 40), count;
		struct ledger_head head = { .entry_no = 0 };
		struct ledger_entry *entries;
		struct ledger_report report;
		struct fixture fixture;

		fixture_open(&fixture);
		for (int i = 0; i < n; i++) {
			char body[400], kind[20];

			random_body(&seed, body, sizeof(body));
			snprintf(kind, sizeof(kind), "kind-%d", (int)random_below(&seed, 9));
			head = fixture_append(fixture.conn, kind, body);
		}
		report = fixture_verify(fixture.conn, &head);
		cr_assert_eq(report.break_count, 0, "%s", report.breaks[0].text);
		cr_assert_eq(report.entry_count, n);
		cr_assert_eq(report.head.entry_no, n);
		cr_assert_str_eq(report.head.hash, head.hash);
		entries = fixture_entries(&fixture, &count);
		for (int i = 0; i < count; i++)
			cr_assert(
			    span_equal(entries[i].previous, i ? entries[i - 1].hash : SPAN(ZEROS)));
		fixture_close(&fixture);
	}
}

/* ---- several at once ---- */

enum { WRITERS = 4, EACH = 25 };

struct writer {
	struct memory_store *store;
	pthread_t thread;
	bool ok;
};

static void *append_many(void *context)
{
	struct writer *writer = context;
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;
	struct conn *conn;

	writer->ok = memory_store_connect(writer->store, CONN_TARGET, &conn, &err);
	for (int i = 0; writer->ok && i < EACH; i++)
		writer->ok = conn_begin(conn, &err) &&
			     ledger_append(conn, "x", SPAN("{}"), &head, &err) &&
			     conn_commit(conn, &err);
	conn_close(conn);
	return NULL;
}

Test(ledger, several_writers_make_one_chain)
{
	struct writer writers[WRITERS];
	struct ledger_report report;
	struct fixture fixture;

	fixture_open(&fixture);
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .store = fixture.store };
		cr_assert_eq(pthread_create(&writers[i].thread, NULL, append_many, &writers[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(writers[i].thread, NULL);
		cr_assert(writers[i].ok);
	}
	report = fixture_verify(fixture.conn, NULL);
	cr_assert_eq(report.break_count, 0, "%s", report.breaks[0].text);
	cr_assert_eq(report.entry_count, WRITERS * EACH);
	fixture_close(&fixture);
}

/* ---- many ---- */

static long resident_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void fill_file(struct conn *conn, int n)
{
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;

	cr_assert(conn_begin(conn, &err), "%s", err.text);
	cr_assert(conn_ensure_table(conn, &table_ledger, &err), "%s", err.text);
	for (int i = 0; i < n; i++) {
		char body[300];

		snprintf(body, sizeof(body), "{\"run\":\"%012d\",\"text\":\"%0200d\"}", i, i);
		cr_assert(ledger_append(conn, LEDGER_RUN_ENDED, span_of(body), &head, &err), "%s",
			  err.text);
	}
	cr_assert(conn_commit(conn, &err), "%s", err.text);
}

/* LEDGER_ENTRIES=100000 says how many. */
Test(ledger, verifying_many_takes_no_more_memory)
{
	char folder[] = "/tmp/engine-ledger.XXXXXX", url[80];
	const char *wanted = getenv("LEDGER_ENTRIES");
	int n = wanted ? (int)strtol(wanted, NULL, 10) : 5000;
	struct err err = { ERR_NONE, "" };
	struct ledger_report report;
	int64_t began, appended;
	struct conn *conn;
	long before, after;

	cr_assert_not_null(mkdtemp(folder));
	snprintf(url, sizeof(url), "sqlite:%s/target.db", folder);
	cr_assert(conn_open(url, CONN_TARGET, &conn, &err), "%s", err.text);
	began = clock_monotonic_ns();
	fill_file(conn, n);
	appended = clock_monotonic_ns();
	before = resident_kb();
	report = fixture_verify(conn, NULL);
	after = resident_kb();
	conn_close(conn);
	cr_assert_eq(report.entry_count, n);
	cr_assert_eq(report.break_count, 0, "%s", report.breaks[0].text);
	cr_log_info("%d entries: appended in %lld ms, verified in %lld ms, %ld KB more", n,
		    (long long)(appended - began) / 1000000,
		    (long long)(clock_monotonic_ns() - appended) / 1000000, after - before);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
	cr_assert_lt(after - before, 4096, "%ld KB", after - before);
#endif
	unlink(url + strlen("sqlite:"));
	rmdir(folder);
}
