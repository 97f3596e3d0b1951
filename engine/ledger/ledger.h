/*
 * ledger.h: what was decided and what was done, appended to a chain that shows whether anybody changed it since.
 *
 * Each entry names the hash of the one before it, so none can be changed, taken out or put between without all after it
 * becoming wrong. What the chain alone cannot show is that its end was cut off, or that somebody made all of it anew; for that the
 * state folder remembers the last entry this machine has seen. Who is to be kept from writing a chain of his own
 * needs signatures, which are not here yet.
 *
 * An entry's hash is the SHA-256, as 64 lower-case hex digits, of exactly these bytes; each line ends with one line feed (0x0a),
 * the last one, too:
 *
 *     engine ledger 1
 *     entry_no SIZE:NUMBER
 *     kind SIZE:KIND
 *     at SIZE:AT
 *     who SIZE:WHO
 *     body SIZE:BODY
 *     previous SIZE:PREVIOUS
 *
 * Names and values are those of the columns of engine_ledger, as stored; NUMBER is written in decimal digits; SIZE counts the bytes
 * of the value, in decimal digits, so that no value can pass for the beginning of the next line. The first line is the version of
 * this layout. For the first entry PREVIOUS is 64 zeros. docs/ledger.md has the commands that check this without the engine.
 */
#ifndef ENGINE_LEDGER_LEDGER_H
#define ENGINE_LEDGER_LEDGER_H

#include "drivers/driver.h"
#include "engine/state/state.h"

/* All texts, because what is hashed are the bytes that are stored: jsonb would order the body's members anew. */
enum ledger_column {
	LEDGER_ENTRY_NO, /* from 1, without gaps */
	LEDGER_KIND,
	LEDGER_AT,       /* the writer's clock, as a canonical instant */
	LEDGER_WHO,      /* user@host of the writer */
	LEDGER_BODY,     /* a JSON object, RFC 8785 */
	LEDGER_PREVIOUS, /* hash of the entry before */
	LEDGER_HASH,
	LEDGER_COLUMNS
};
extern const struct table table_ledger;

/* Kinds; docs/ledger.md says what their bodies hold. */
#define LEDGER_RULE_REGISTERED "rule-registered"
#define LEDGER_RUN_STARTED "run-started"
#define LEDGER_RUN_ENDED "run-ended"
#define LEDGER_TIMELINE_ACCEPTED "timeline-accepted"
#define LEDGER_VALIDATED "validated"

struct ledger_entry {
	int64_t no;
	struct span kind, at, who, body, previous, hash;
};

/* What the entry's hash has to be. */
void ledger_hash(const struct ledger_entry *entry, char hash[SHA256_HEX_SIZE]);

/* Append one entry inside the transaction the caller opened; body is any JSON object and is made canonical. head becomes the new
 * entry: give it to state_put_ledger_head() once the transaction has committed. ERR_CONFLICT when another writer took the number
 * first: roll back, and do the whole transaction again. ERR_DATA when nothing can be chained to the last entry. */
bool ledger_append(struct conn *conn, const char *kind, struct span body, struct ledger_head *head,
		   struct err *err);

/* The entries with numbers above `after`, in order, as they are stored; INT64_MIN: all. A target without the table has none. In
 * memory that does not grow with the ledger. each() must not use the connection. */
typedef bool (*ledger_function)(void *context, const struct ledger_entry *entry, struct err *err);
bool ledger_each(struct conn *conn, int64_t after, ledger_function each, void *context,
		 struct err *err);

/* ---- verify.c ---- */

enum ledger_break_kind {
	BREAK_HASH,       /* the hash is not that of the entry's contents */
	BREAK_LINK,       /* the entry before has another hash than this one names */
	BREAK_MISSING,    /* the numbers have a gap */
	BREAK_NUMBER,     /* a number below 1, or one that is there twice */
	BREAK_REMEMBERED, /* another entry than the one that was seen */
	BREAK_CUT_OFF,    /* the ledger ends before the entry that was seen */
	BREAK_UNREADABLE, /* the store gives no entry */
};

/* "hash", "link", … */
const char *ledger_break_name(enum ledger_break_kind kind);

enum { LEDGER_BREAKS_MAX = 20, LEDGER_BREAK_TEXT_SIZE = 320 };

struct ledger_break {
	enum ledger_break_kind kind;
	int64_t entry_no; /* the entry that is wrong, or the first that is missing */
	char text[LEDGER_BREAK_TEXT_SIZE];
};

struct ledger_report {
	int64_t entry_count; /* that were there and looked at */
	struct ledger_head
	    head; /* the last of them; entry_no 0 when there is none, hash "" when it is none */
	struct ledger_break breaks[LEDGER_BREAKS_MAX];
	int64_t break_count; /* the first LEDGER_BREAKS_MAX are told */
};

/* Walk all entries and hash each again. remembered is what was seen of this ledger, NULL when nobody remembers. Without breaks
 * and with entries it is intact; without both there is nothing to verify. False only when the store gives no answer. */
bool ledger_verify(struct conn *conn, const struct ledger_head *remembered,
		   struct ledger_report *report, struct err *err);

/* Is the ledger the one this machine remembers, and sound from there on? Then remember its head. ERR_DATA when not. */
bool ledger_follow(struct conn *conn, struct state *state, struct err *err);

#endif
