/*
 * ledger.c: the table, the hash of an entry, and appending.
 */
#include "engine/ledger/ledger.h"

#include "engine/base/clock.h"
#include "engine/base/crash.h"
#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/ledger/who.h"
#include "engine/model/canonical.h"
#include "engine/model/instant.h"

static const struct table_column columns[LEDGER_COLUMNS] = {
	[LEDGER_ENTRY_NO] = { "entry_no", TABLE_INT, true },
	[LEDGER_KIND] = { "kind", TABLE_TEXT, true },
	[LEDGER_AT] = { "at", TABLE_TEXT, true },
	[LEDGER_WHO] = { "who", TABLE_TEXT, true },
	[LEDGER_BODY] = { "body", TABLE_TEXT, true },
	[LEDGER_PREVIOUS] = { "previous", TABLE_TEXT, true },
	[LEDGER_HASH] = { "hash", TABLE_TEXT, true },
};
const struct table table_ledger = {
	.name = "engine_ledger",
	.columns = columns,
	.column_count = LEDGER_COLUMNS,
	.primary_key_count = 1,
};

static const char no_previous[] =
    "0000000000000000000000000000000000000000000000000000000000000000";
_Static_assert(sizeof(no_previous) == SHA256_HEX_SIZE, "as long as a hash");

/* ---- the hash ---- */

static void put_value(struct buf *bytes, enum ledger_column column, struct span value)
{
	buf_print(bytes, "%s %zu:", columns[column].name, value.size);
	buf_put_span(bytes, value);
	buf_put_char(bytes, '\n');
}

void ledger_hash(const struct ledger_entry *entry, char hash[SHA256_HEX_SIZE])
{
	struct buf bytes, number;

	buf_init(&bytes);
	buf_init(&number);
	buf_put_int(&number, entry->no);
	buf_put_text(&bytes, "engine ledger 1\n");
	put_value(&bytes, LEDGER_ENTRY_NO, buf_span(&number));
	put_value(&bytes, LEDGER_KIND, entry->kind);
	put_value(&bytes, LEDGER_AT, entry->at);
	put_value(&bytes, LEDGER_WHO, entry->who);
	put_value(&bytes, LEDGER_BODY, entry->body);
	put_value(&bytes, LEDGER_PREVIOUS, entry->previous);
	sha256_hex(buf_span(&bytes), hash);
	buf_release(&number);
	buf_release(&bytes);
}

/* ---- appending ---- */

static bool take_head(void *context, const struct datum *cells, struct err *err)
{
	struct ledger_head *head = context;
	struct span hash = cells[1].text;

	if (cells[0].number < 1 || cells[0].number == INT64_MAX ||
	    hash.size != sizeof(head->hash) - 1)
		return err_set(err, ERR_DATA,
			       "nothing can be chained to the last entry, number %lld: it is not "
			       "as it was written; `engine ledger verify` says more",
			       (long long)cells[0].number);
	head->entry_no = cells[0].number;
	memcpy(head->hash, hash.data, hash.size);
	head->hash[hash.size] = '\0';
	return true;
}

static bool read_head(struct conn *conn, struct ledger_head *head, struct err *err)
{
	static const int shown[] = { LEDGER_ENTRY_NO, LEDGER_HASH };
	static const int order[] = { LEDGER_ENTRY_NO | TABLE_DESCENDING };
	struct query query = { .table = &table_ledger,
			       .columns = shown,
			       .column_count = 2,
			       .order_by = order,
			       .order_count = 1,
			       .limit = 1 };

	*head = (struct ledger_head){ .entry_no = 0 };
	memcpy(head->hash, no_previous, sizeof(no_previous));
	return conn_select(conn, &query, take_head, head, err);
}

static bool make_body(struct span json, struct buf *body, struct err *err)
{
	struct arena scratch;
	bool ok;

	arena_init(&scratch);
	ok = canonical_rewrite(json, &scratch, body, err);
	arena_release(&scratch);
	require(!ok || body->data[0] == '{');
	return ok;
}

static bool insert(struct conn *conn, const struct ledger_entry *entry, struct err *err)
{
	struct datum row[LEDGER_COLUMNS] = {
		[LEDGER_ENTRY_NO] = datum_int(entry->no),
		[LEDGER_KIND] = datum_span(entry->kind),
		[LEDGER_AT] = datum_span(entry->at),
		[LEDGER_WHO] = datum_span(entry->who),
		[LEDGER_BODY] = datum_span(entry->body),
		[LEDGER_PREVIOUS] = datum_span(entry->previous),
		[LEDGER_HASH] = datum_span(entry->hash),
	};
	bool ok;

	crash_point("before-ledger");
	ok = conn_insert(conn, &table_ledger, row, 1, err);
	crash_point("after-ledger");
	return ok;
}

bool ledger_append(struct conn *conn, const char *kind, struct span body, struct ledger_head *head,
		   struct err *err)
{
	struct ledger_entry entry = { .kind = span_of(kind) };
	char at[INSTANT_TEXT_SIZE], who[WHO_SIZE];
	struct ledger_head last;
	struct buf canonical;
	bool ok = false;

	buf_init(&canonical);
	if (!make_body(body, &canonical, err) || !read_head(conn, &last, err))
		goto done;
	require(instant_to_text(clock_wall_us(), at));
	who_am_i(who);
	entry.no = last.entry_no + 1;
	entry.at = span_of(at);
	entry.who = span_of(who);
	entry.body = buf_span(&canonical);
	entry.previous = span_of(last.hash);
	ledger_hash(&entry, head->hash);
	head->entry_no = entry.no;
	entry.hash = span_of(head->hash);
	ok = insert(conn, &entry, err);
done:
	buf_release(&canonical);
	return ok || err_while(err, "appending %s to the ledger", kind);
}

/* ---- reading ---- */

/* A driver may hold a whole result in memory; so none is larger than this. */
enum { PAGE_ENTRIES = 500 };

struct page {
	ledger_function each;
	void *context;
	int64_t after; /* the number of the last entry that was handed out */
	int64_t count;
	bool skips_first; /* it was handed out at the end of the page before */
};

static bool hand_out(void *context, const struct datum *cells, struct err *err)
{
	struct page *page = context;
	struct ledger_entry entry = {
		.no = cells[LEDGER_ENTRY_NO].number,
		.kind = cells[LEDGER_KIND].text,
		.at = cells[LEDGER_AT].text,
		.who = cells[LEDGER_WHO].text,
		.body = cells[LEDGER_BODY].text,
		.previous = cells[LEDGER_PREVIOUS].text,
		.hash = cells[LEDGER_HASH].text,
	};

	for (int i = 0; i < LEDGER_COLUMNS; i++)
		if (cells[i].kind == DATUM_NULL)
			return err_set(err, ERR_DATA, "column %s is NULL", columns[i].name);
	page->count++;
	if (page->count == 1 && page->skips_first && entry.no == page->after)
		return true;
	page->after = entry.no;
	return page->each(page->context, &entry, err);
}

/* A page begins with the last entry of the one before: where somebody has taken the primary key away, numbers may repeat. */
static bool read_page(struct conn *conn, bool from_start, struct page *page, struct err *err)
{
	static const int shown[LEDGER_COLUMNS] = { LEDGER_ENTRY_NO, LEDGER_KIND, LEDGER_AT,
						   LEDGER_WHO,      LEDGER_BODY, LEDGER_PREVIOUS,
						   LEDGER_HASH };
	static const int order[] = { LEDGER_ENTRY_NO };
	struct condition where = { LEDGER_ENTRY_NO, IS_GREATER,
				   datum_int(page->after - (page->skips_first ? 1 : 0)) };
	struct query query = { .table = &table_ledger,
			       .columns = shown,
			       .column_count = LEDGER_COLUMNS,
			       .where = &where,
			       .where_count = from_start ? 0 : 1,
			       .order_by = order,
			       .order_count = 1,
			       .limit = PAGE_ENTRIES };

	page->count = 0;
	return conn_select(conn, &query, hand_out, page, err);
}

bool ledger_each(struct conn *conn, int64_t after, ledger_function each, void *context,
		 struct err *err)
{
	struct page page = { .each = each, .context = context, .after = after };
	bool from_start = after == INT64_MIN;
	int64_t before;
	bool exists;

	if (!conn_table_exists(conn, &table_ledger, &exists, err))
		return err_while(err, "reading the ledger");
	if (!exists)
		return true;
	do {
		before = page.after;
		if (!read_page(conn, from_start, &page, err))
			return err_while(err, "reading the ledger");
		from_start = false;
		page.skips_first = true;
	} while (page.count == PAGE_ENTRIES && page.after != before);
	return page.count < PAGE_ENTRIES ||
	       err_set(err, ERR_DATA, "%lld entries have the number %lld", (long long)page.count,
		       (long long)page.after);
}
