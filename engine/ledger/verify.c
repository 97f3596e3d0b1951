/*
 * verify.c: walks the chain and says where it is not what was written.
 */
#include <stdarg.h>
#include <stdio.h>

#include "engine/base/require.h"
#include "engine/ledger/ledger.h"

struct walk {
	struct ledger_report *report;
	const struct ledger_head *remembered; /* NULL when nobody remembers */
	int64_t expected_no;                  /* of the next entry */
	bool knows_previous;
	char stored[SHA256_HEX_SIZE], computed[SHA256_HEX_SIZE]; /* hashes of the entry before */
	bool begins_remembered; /* at an entry that was verified when it was remembered */
};

const char *ledger_break_name(enum ledger_break_kind kind)
{
	static const char *const names[] = {
		[BREAK_HASH] = "hash",
		[BREAK_LINK] = "link",
		[BREAK_MISSING] = "missing",
		[BREAK_NUMBER] = "number",
		[BREAK_REMEMBERED] = "remembered",
		[BREAK_CUT_OFF] = "cut-off",
		[BREAK_UNREADABLE] = "unreadable",
	};

	return names[kind];
}

static void add_break(struct ledger_report *report, enum ledger_break_kind kind, int64_t entry_no,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

static void add_break(struct ledger_report *report, enum ledger_break_kind kind, int64_t entry_no,
		      const char *format, ...)
{
	struct ledger_break *found;
	va_list arguments;

	if (report->break_count++ >= LEDGER_BREAKS_MAX)
		return;
	found = &report->breaks[report->break_count - 1];
	found->kind = kind;
	found->entry_no = entry_no;
	va_start(arguments, format);
	vsnprintf(found->text, sizeof(found->text), format, arguments);
	va_end(arguments);
}

/* ---- one entry ---- */

static void check_number(struct walk *walk, const struct ledger_entry *entry)
{
	long long expected = walk->expected_no, last = entry->no - 1;

	if (entry->no == walk->expected_no)
		return;
	walk->knows_previous = false;
	if (entry->no < walk->expected_no)
		add_break(walk->report, BREAK_NUMBER, entry->no, "%s",
			  entry->no < 1 ? "entries are numbered from 1"
					: "there are several of this number");
	else if (last == expected)
		add_break(walk->report, BREAK_MISSING, expected, "the entry is missing");
	else
		add_break(walk->report, BREAK_MISSING, expected, "entries %lld to %lld are missing",
			  expected, last);
}

/* Whether the entry before was changed or only its hash, the next one names what it was: that is no second fault. */
static void check_link(struct walk *walk, const struct ledger_entry *entry)
{
	if (!walk->knows_previous || span_equal_text(entry->previous, walk->stored) ||
	    span_equal_text(entry->previous, walk->computed))
		return;
	if (entry->no == 1)
		add_break(walk->report, BREAK_LINK, 1, "the first entry names an entry before it");
	else
		add_break(walk->report, BREAK_LINK, entry->no,
			  "it does not name the hash of entry %lld", (long long)entry->no - 1);
}

static void check_remembered(struct walk *walk, const struct ledger_entry *entry)
{
	const struct ledger_head *remembered = walk->remembered;

	if (!remembered || entry->no != remembered->entry_no ||
	    span_equal_text(entry->hash, remembered->hash))
		return;
	add_break(walk->report, BREAK_REMEMBERED, entry->no,
		  "its hash was %s when the state folder last saw it", remembered->hash);
}

/* "" for what is none. */
static void take_hash(char hash[SHA256_HEX_SIZE], struct span text)
{
	memset(hash, 0, SHA256_HEX_SIZE);
	if (text.size != SHA256_HEX_SIZE - 1)
		return;
	memcpy(hash, text.data, text.size);
	if (strspn(hash, "0123456789abcdef") != text.size)
		hash[0] = '\0';
}

static bool check_entry(void *context, const struct ledger_entry *entry, struct err *err)
{
	struct walk *walk = context;
	bool is_known = walk->begins_remembered && entry->no == walk->expected_no;

	(void)err;
	check_number(walk, entry);
	check_link(walk, entry);
	ledger_hash(entry, walk->computed);
	if (!is_known && !span_equal_text(entry->hash, walk->computed))
		add_break(walk->report, BREAK_HASH, entry->no,
			  "its hash is not that of its contents");
	check_remembered(walk, entry);
	take_hash(walk->stored, entry->hash);
	walk->begins_remembered = false;
	walk->report->entry_count++;
	if (entry->no < walk->expected_no)
		return true;
	walk->report->head.entry_no = entry->no;
	memcpy(walk->report->head.hash, walk->stored, sizeof(walk->stored));
	walk->knows_previous = true;
	walk->expected_no = entry->no < INT64_MAX ? entry->no + 1 : INT64_MAX;
	return true;
}

/* ---- all of them ---- */

static void check_end(struct walk *walk)
{
	const struct ledger_head *remembered = walk->remembered;
	long long last = walk->report->head.entry_no;

	if (!remembered || remembered->entry_no <= last)
		return;
	add_break(walk->report, BREAK_CUT_OFF, walk->expected_no,
		  "the ledger ends before it; the state folder has seen entry %lld, %s",
		  (long long)remembered->entry_no, remembered->hash);
}

/* What the store has but cannot be an entry is a break; that the store gives nothing is no answer. */
static bool walk_entries(struct conn *conn, struct walk *walk, int64_t after, struct err *err)
{
	if (ledger_each(conn, after, check_entry, walk, err)) {
		check_end(walk);
		return true;
	}
	if (err->code != ERR_DATA)
		return false;
	add_break(walk->report, BREAK_UNREADABLE, walk->expected_no,
		  "what stands there cannot be read: %s", err->text);
	err_reset(err);
	return true;
}

bool ledger_verify(struct conn *conn, const struct ledger_head *remembered,
		   struct ledger_report *report, struct err *err)
{
	struct walk walk = {
		.report = report, .remembered = remembered, .expected_no = 1, .knows_previous = true
	};

	*report = (struct ledger_report){ .entry_count = 0 };
	memset(walk.stored, '0', sizeof(walk.stored) - 1);
	memcpy(walk.computed, walk.stored, sizeof(walk.stored));
	return walk_entries(conn, &walk, INT64_MIN, err);
}

/* ---- what this machine remembers ---- */

/* From the entry that is remembered on: what came before was verified then. */
static bool verify_rest(struct conn *conn, const struct ledger_head *remembered,
			struct ledger_report *report, struct err *err)
{
	struct walk walk = { .report = report,
			     .remembered = remembered,
			     .expected_no = remembered->entry_no,
			     .begins_remembered = true };

	*report = (struct ledger_report){ .entry_count = 0 };
	return walk_entries(conn, &walk, remembered->entry_no - 1, err);
}

static bool refuse(const struct ledger_report *report, struct err *err)
{
	const struct ledger_break *first = &report->breaks[0];

	return err_set(
	    err, ERR_DATA,
	    "the ledger of the target is not what this machine remembers: entry %lld: %s. The "
	    "target was restored from an older copy, was changed, or is another one. Nothing was "
	    "written. `engine ledger verify` says more; if the target is right, `engine state "
	    "rebuild` makes the folder again from it",
	    (long long)first->entry_no, first->text);
}

bool ledger_follow(struct conn *conn, struct state *state, struct err *err)
{
	struct ledger_report report;
	struct ledger_head remembered;
	bool is_known;

	if (!state_get_ledger_head(state, &remembered, &is_known, err))
		return false;
	if (!(is_known ? verify_rest(conn, &remembered, &report, err)
		       : ledger_verify(conn, NULL, &report, err)))
		return false;
	if (report.break_count > 0)
		return refuse(&report, err);
	if (report.head.entry_no == 0 || (is_known && report.head.entry_no == remembered.entry_no))
		return true;
	return state_put_ledger_head(state, &report.head, err);
}
