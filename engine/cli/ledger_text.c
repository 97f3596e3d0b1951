/*
 * ledger_text.c: ledger entries for people. What stands in them may have been put there by anybody.
 */
#include "engine/cli/ledger_text.h"

enum { SHOWN_HASH = 12, SHOWN_BODY_MAX = 100, KIND_WIDTH = sizeof(LEDGER_RULE_REGISTERED) - 1 };

/* ---- what a body says ---- */

static struct span text_of(const struct json_value *object, const char *name)
{
	const struct json_value *member = json_member(object, name);

	return member && (member->kind == JSON_STRING || member->kind == JSON_NUMBER) ? member->text
										      : SPAN("?");
}

static void put(struct buf *buf, const char *before, struct span text, const char *after)
{
	buf_put_text(buf, before);
	text_put_inert(buf, text);
	buf_put_text(buf, after);
}

static void put_registered(struct buf *buf, const struct json_value *body)
{
	const struct json_value *entities = json_member(body, "entities");
	const struct json_value *files = json_member(body, "files");

	put(buf, "version ", text_of(body, "version"), " for");
	for (size_t i = 0; entities && i < entities->item_count; i++) {
		put(buf, i ? ", " : " ", text_of(&entities->items[i], "entity"), " (epoch ");
		put(buf, "", text_of(&entities->items[i], "epoch"), ")");
	}
	buf_print(buf, ", %zu %s", files ? files->item_count : 0,
		  files && files->item_count == 1 ? "file" : "files");
}

static void put_started(struct buf *buf, const struct json_value *body)
{
	const struct json_value *resumed = json_member(body, "resumed");

	put(buf, "", text_of(body, "kind"), " ");
	put(buf, "", text_of(body, "run"), ", version ");
	put(buf, "", text_of(body, "version"), "");
	if (resumed && resumed->kind == JSON_TRUE)
		buf_put_text(buf, ", resumed");
}

static void put_ended(struct buf *buf, const struct json_value *body)
{
	const struct json_value *entities = json_member(body, "entities");

	put(buf, "", text_of(body, "kind"), " ");
	put(buf, "", text_of(body, "run"), " ");
	put(buf, "", text_of(body, "status"), "");
	if (json_member(body, "exit_status"))
		put(buf, " with ", text_of(body, "exit_status"), "");
	if (json_member(body, "repaired")) {
		put(buf, ", ", text_of(body, "repaired"), " repaired, ");
		put(buf, "", text_of(body, "left"), " left");
	}
	for (size_t i = 0; entities && i < entities->item_count; i++) {
		const struct json_value *entity = &entities->items[i];

		put(buf, i ? "; " : ": ", text_of(entity, "entity"), " ");
		put(buf, "", text_of(entity, "read"), " read, ");
		put(buf, "", text_of(entity, "merged"), " merged, ");
		put(buf, "", text_of(entity, "rejected"), " rejected");
	}
}

static void put_history(struct buf *buf, const char *before, const struct json_value *history)
{
	buf_put_text(buf, before);
	if (!history || history->kind != JSON_OBJECT) {
		buf_put_text(buf, "a store that tells no history");
		return;
	}
	put(buf, "system ", text_of(history, "system"), "");
	put(buf, " timeline ", text_of(history, "timeline"), "");
}

static void put_accepted(struct buf *buf, const struct json_value *body)
{
	put_history(buf, "from ", json_member(body, "from"));
	put_history(buf, " to ", json_member(body, "to"));
	put(buf, ", ", text_of(body, "chunks_due"), " chunks due again");
}

static void put_validated(struct buf *buf, const struct json_value *body)
{
	const struct json_value *results = json_member(body, "checks");

	put(buf, "", text_of(body, "verdict"), "");
	put(buf, " by ", text_of(body, "version"), "");
	for (size_t i = 0; results && i < results->item_count; i++) {
		const struct json_value *result = &results->items[i];

		put(buf, i ? "; " : ": ", text_of(result, "check"), " of ");
		put(buf, "", text_of(result, "entity"), " ");
		put(buf, "", text_of(result, "checked"), " of ");
		put(buf, "", text_of(result, "expected"), " checked, ");
		put(buf, "", text_of(result, "differences"), " differences");
	}
}

/* Of kinds that are not known here, and of bodies that are none: what there is. */
static void put_raw(struct buf *buf, struct span body)
{
	bool is_cut = body.size > SHOWN_BODY_MAX;

	if (is_cut)
		body.size = SHOWN_BODY_MAX;
	put(buf, "", body, is_cut ? "…" : "");
}

static void put_body(struct buf *buf, const struct ledger_entry *entry, struct arena *scratch)
{
	struct err ignored = { ERR_NONE, "" };
	struct json_value body;

	arena_reset(scratch);
	if (!json_read(entry->body, scratch, &body, &ignored) || body.kind != JSON_OBJECT)
		put_raw(buf, entry->body);
	else if (span_equal_text(entry->kind, LEDGER_RULE_REGISTERED))
		put_registered(buf, &body);
	else if (span_equal_text(entry->kind, LEDGER_RUN_STARTED))
		put_started(buf, &body);
	else if (span_equal_text(entry->kind, LEDGER_RUN_ENDED))
		put_ended(buf, &body);
	else if (span_equal_text(entry->kind, LEDGER_TIMELINE_ACCEPTED))
		put_accepted(buf, &body);
	else if (span_equal_text(entry->kind, LEDGER_VALIDATED))
		put_validated(buf, &body);
	else
		put_raw(buf, entry->body);
}

/* ---- one entry ---- */

static void put_padded(struct buf *buf, struct span text, size_t width)
{
	size_t begin = buf->size;

	text_put_inert(buf, text);
	while (buf->size - begin < width)
		buf_put_char(buf, ' ');
}

static struct span first_bytes(struct span text, size_t size)
{
	return (struct span){ text.data, text.size < size ? text.size : size };
}

void ledger_put_line(struct buf *buf, const struct look *look, const struct ledger_entry *entry,
		     struct arena *scratch)
{
	buf_print(buf, "%5lld  %s", (long long)entry->no, look->dim);
	put_padded(buf, first_bytes(entry->hash, SHOWN_HASH), SHOWN_HASH);
	buf_print(buf, "%s  ", look->plain);
	/* Microseconds stay in the JSON. */
	put_padded(buf, first_bytes(entry->at, strlen("2026-01-02T03:04:05")), 0);
	buf_put_text(buf, "Z  ");
	put_padded(buf, entry->who, 0);
	buf_print(buf, "  %s", look->strong);
	put_padded(buf, entry->kind, KIND_WIDTH);
	buf_print(buf, "%s  ", look->plain);
	put_body(buf, entry, scratch);
	buf_put_char(buf, '\n');
}

void ledger_put_json(struct json_writer *json, const struct ledger_entry *entry,
		     struct arena *scratch)
{
	struct err ignored = { ERR_NONE, "" };
	struct json_value body;

	json_open(json, '{');
	json_key(json, "entry");
	json_int(json, entry->no);
	json_key(json, "kind");
	json_string(json, entry->kind);
	json_key(json, "at");
	json_string(json, entry->at);
	json_key(json, "who");
	json_string(json, entry->who);
	json_key(json, "body");
	arena_reset(scratch);
	if (json_read(entry->body, scratch, &body, &ignored))
		json_raw(json, entry->body);
	else
		json_string(json, entry->body);
	json_key(json, "previous");
	json_string(json, entry->previous);
	json_key(json, "hash");
	json_string(json, entry->hash);
	json_close(json, '}');
}

/* ---- what is wrong ---- */

static int64_t told(const struct ledger_report *report)
{
	return report->break_count < LEDGER_BREAKS_MAX ? report->break_count : LEDGER_BREAKS_MAX;
}

void ledger_put_breaks(struct buf *buf, const struct ledger_report *report)
{
	for (int64_t i = 0; i < told(report); i++) {
		buf_print(buf, "entry %lld: ", (long long)report->breaks[i].entry_no);
		text_put_inert(buf, span_of(report->breaks[i].text));
		buf_put_char(buf, '\n');
	}
	if (report->break_count > LEDGER_BREAKS_MAX)
		buf_print(buf, "and %lld more\n",
			  (long long)(report->break_count - LEDGER_BREAKS_MAX));
}

void ledger_put_breaks_json(struct json_writer *json, const struct ledger_report *report)
{
	json_key(json, "breaks");
	json_open(json, '[');
	for (int64_t i = 0; i < told(report); i++) {
		json_open(json, '{');
		json_key(json, "entry");
		json_int(json, report->breaks[i].entry_no);
		json_key(json, "what");
		json_text(json, ledger_break_name(report->breaks[i].kind));
		json_key(json, "text");
		json_text(json, report->breaks[i].text);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_key(json, "break_count");
	json_int(json, report->break_count);
}
