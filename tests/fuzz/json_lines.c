/*
 * json_lines.c: lines as `engine map` reads them: whole whatever pieces they come in, JSON or not, a source row or not.
 *
 * Standard input is a socket that keeps what was sent at once together, so that reads end where the input says: at each
 * byte \xFF, which JSON never holds.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/cli/lines.h"
#include "engine/derive/derive.h"
#include "engine/derive/given.h"
#include "engine/model/canonical.h"
#include "engine/target/payload.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_rule.h"

enum { PIECES_MAX = 30 };

static const char rule[] =
    "return migration { version = 'v1', system = 's', entity 'job' {\n"
    "source = { root = table 't' { key = 'id', types = { n = int, at = instant { zone = 'UTC' }, j "
    "= json },\n"
    "             ignore = { unread = 'nobody knows' } },\n"
    "  kids = children 'k' { parent = 't_id', key = 'no', types = { no = int } },\n"
    "  notes = children 'm' { of = 'kids', parent = { t_id = 't_id', no = 'k_no' }, key = 'at' },\n"
    "  film = reference 'f' { key = 'f_id', from = 'root.film', optional = true } },\n"
    "fields = { jobId = id { from = 'id', prefix = 'j_' },\n"
    "  name = text { from = 'name', optional = true },\n"
    "  n = integer { from = 'n', optional = true },\n"
    "  at = instant { from = 'at', optional = true },\n"
    "  doc = json { from = 'j', optional = true },\n"
    "  raw = bytes { from = 'raw', optional = true },\n"
    "  title = text { from = 'film.title', optional = true },\n"
    "  kids = list { from = 'kids', each = { what = text { from = 'what', optional = true },\n"
    "     notes = list { from = 'notes', each = { note = text { from = 'note', optional = true } } "
    "} } } },\n"
    "skip_when = { ['a test'] = { from = 'name', by = function(name) return name == 'test' end } } "
    "} }\n";

/* ---- JSON ---- */

static void put(struct json_writer *json, const struct json_value *value)
{
	switch (value->kind) {
	case JSON_NULL:
		json_raw(json, SPAN("null"));
		return;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(json, value->kind == JSON_TRUE);
		return;
	case JSON_NUMBER:
		json_raw(json, value->text);
		return;
	case JSON_STRING: {
		struct buf text;

		buf_init(&text);
		json_put_string(&text, value->text);
		json_raw(json, buf_span(&text));
		buf_release(&text);
		return;
	}
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	json_open(json, value->kind == JSON_ARRAY ? '[' : '{');
	for (size_t i = 0; i < value->item_count; i++) {
		if (value->kind == JSON_OBJECT) {
			/* Names with a NUL cannot be given to this writer; a record has none. */
			if (strlen(value->items[i].key.data) != value->items[i].key.size)
				continue;
			json_key(json, value->items[i].key.data);
		}
		put(json, &value->items[i]);
	}
	json_close(json, value->kind == JSON_ARRAY ? ']' : '}');
}

static int depth_of(const struct json_value *value)
{
	int deepest = 0;

	for (size_t i = 0; i < value->item_count; i++) {
		int depth = depth_of(&value->items[i]);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

static bool has_nul_names(const struct json_value *value)
{
	for (size_t i = 0; i < value->item_count; i++)
		if ((value->kind == JSON_OBJECT &&
		     memchr(value->items[i].key.data, 0, value->items[i].key.size)) ||
		    has_nul_names(&value->items[i]))
			return true;
	return false;
}

static void check_survives(const struct json_value *value, struct arena *arena)
{
	struct json_writer json;
	struct json_value again;
	struct err err = { 0 };
	struct buf buf;

	if (depth_of(value) >= JSON_DEPTH_MAX || has_nul_names(value))
		return;
	buf_init(&buf);
	json_writer_init(&json, &buf);
	put(&json, value);
	law(json_read(buf_span(&buf), arena, &again, &err), "%s", err.text);
	law(fuzz_same_json(value, &again), "%.*s", SPAN_ARGS(buf_span(&buf)));
	buf_reset(&buf);
	/* Sorts the tree, which nobody looks at afterwards. */
	if (canonical_put_value(&again, &buf, &err)) {
		law(json_read(buf_span(&buf), arena, &again, &err), "%s", err.text);
		law(fuzz_same_json(value, &again), "%.*s", SPAN_ARGS(buf_span(&buf)));
	}
	buf_release(&buf);
}

/* Is it JSON? Errors say where. */
static bool check_json(struct span line, struct arena *arena)
{
	struct json_value value;
	struct err err = { 0 };
	const char *place;

	if (json_read(line, arena, &value, &err)) {
		check_survives(&value, arena);
		return true;
	}
	law(err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
	law(fuzz_first_bad(span_of(err.text)) == strlen(err.text), "%s", err.text);
	place = strstr(err.text, "byte ");
	law(place != NULL, "no place: %s", err.text);
	law(strtoul(place + 5, NULL, 10) <= line.size, "a place behind the line: %s", err.text);
	return false;
}

/* ---- source rows ---- */

static void check_payload(const struct migration_info *migration, const struct source_row *row,
			  const struct outcome *outcome, struct arena *arena)
{
	struct payload_form form;
	struct json_value value;
	struct err err = { 0 };
	struct buf payload, again;

	buf_init(&payload);
	buf_init(&again);
	payload_form_init(&form, arena, migration, &migration->entities[0], NULL,
			  PAYLOAD_CANONICAL);
	payload_put(&payload, &form, row, outcome);
	law(json_read(buf_span(&payload), arena, &value, &err), "%s in %.*s", err.text,
	    SPAN_ARGS(buf_span(&payload)));
	law(json_member(&value, "lineage") != NULL, "%.*s", SPAN_ARGS(buf_span(&payload)));
	law(canonical_rewrite(buf_span(&payload), arena, &again, &err), "%s", err.text);
	law(span_equal(buf_span(&payload), buf_span(&again)), "%.*s",
	    SPAN_ARGS(buf_span(&payload)));
	buf_release(&again);
	buf_release(&payload);
}

/* What people see of the row is JSON that gives the same row's key. */
static void check_shown(const struct migration_info *migration, const struct source_row *row,
			struct arena *arena)
{
	struct json_value value;
	struct err err = { 0 };
	struct buf buf;

	buf_init(&buf);
	source_row_put_json(&buf, &migration->entities[0].sources, row);
	law(json_read(buf_span(&buf), arena, &value, &err), "%s in %.*s", err.text,
	    SPAN_ARGS(buf_span(&buf)));
	law(json_read(row->key, arena, &value, &err), "%s in %.*s", err.text, SPAN_ARGS(row->key));
	law(value.kind == JSON_ARRAY && value.item_count == 1, "%.*s", SPAN_ARGS(row->key));
	buf_release(&buf);
}

static void check_row(struct rule_host *host, struct span line, bool is_json, struct arena *arena)
{
	const struct migration_info *migration = rule_host_migration(host);
	struct outcome outcome;
	struct joined joined;
	struct err err = { 0 };
	int entity = -1;

	if (!given_read(migration, line, arena, &entity, &joined, &err)) {
		law(err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
		law(err.text[0] != '\0', "no reason");
		law(fuzz_first_bad(span_of(err.text)) == strlen(err.text), "%s", err.text);
		return;
	}
	law(is_json, "a row of what is no JSON");
	law(entity == 0 && joined.row_count == 1, "entity %d, %zu rows", entity, joined.row_count);
	law(derive_joined(host, entity, &joined, 0, 1, arena, &outcome, &err), "%s", err.text);
	fuzz_check_outcome(&outcome, &migration->entities[0]);
	check_shown(migration, &joined.rows[0], arena);
	if (outcome.kind == OUTCOME_RECORD)
		check_payload(migration, &joined.rows[0], &outcome, arena);
}

/* ---- lines ---- */

/* What was sent, without the bytes it was cut at. */
static void send_pieces(struct span bytes, struct buf *sent)
{
	struct span rest = bytes;
	int sockets[2];

	law(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0, "no socket");
	law(dup2(sockets[0], STDIN_FILENO) == STDIN_FILENO, "no standard input");
	close(sockets[0]);
	for (int piece = 1; rest.size > 0; piece++) {
		const char *cut = piece < PIECES_MAX ? memchr(rest.data, 0xFF, rest.size) : NULL;
		size_t size = cut ? (size_t)(cut - rest.data) : rest.size;

		buf_put(sent, rest.data, size);
		/* Nothing sent would be read as the end. */
		if (size > 0)
			law(write(sockets[1], rest.data, size) == (ssize_t)size, "%zu", size);
		size += cut != NULL;
		rest.data += size;
		rest.size -= size;
	}
	close(sockets[1]);
}

/* The next line of what was sent, found in the plain way; false behind the last. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *end;

	if (rest->size == 0)
		return false;
	end = memchr(rest->data, '\n', rest->size);
	*line = (struct span){ rest->data, end ? (size_t)(end - rest->data) : rest->size };
	rest->data += line->size + (end != NULL);
	rest->size -= line->size + (end != NULL);
	return true;
}

static void check_line(struct rule_host *host, struct span line, struct arena *arena)
{
	struct span exact = fuzz_exact(line);

	arena_reset(arena);
	check_row(host, exact, check_json(exact, arena), arena);
	fuzz_free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rule_host *host;
	struct span rest, expected, line = SPAN_NONE;
	struct err err = { 0 };
	struct lines lines;
	struct arena arena;
	struct buf sent;
	bool found = true;

	if (!host)
		host = fuzz_rule("lines.lua", rule);
	arena_init(&arena);
	buf_init(&sent);
	lines_init(&lines);
	send_pieces((struct span){ (const char *)data, size }, &sent);
	rest = buf_span(&sent);
	for (int64_t number = 1; found; number++) {
		law(lines_next(&lines, &line, &found, &err), "%s", err.text);
		law(found == next_line(&rest, &expected), "line %lld", (long long)number);
		if (!found)
			break;
		law(lines.number == number, "line %lld is %lld", (long long)number,
		    (long long)lines.number);
		law(span_equal(line, expected), "line %lld", (long long)number);
		check_line(host, line, &arena);
	}
	lines_release(&lines);
	buf_release(&sent);
	arena_release(&arena);
	return 0;
}
