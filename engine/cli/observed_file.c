/*
 * observed_file.c: statements out of a file: JSON lines {"query":"…","calls":n}, or SQL with semicolons. What begins with a brace is
 * the former: no statement of SQL does.
 *
 * One line or one statement is in memory at a time.
 */
#include "engine/base/json.h"
#include "engine/cli/lines.h"
#include "engine/cli/observed.h"
#include "engine/model/utf8.h"

struct feeding {
	struct lines lines;
	struct observed *observed;
	struct arena arena;   /* dies with the line */
	int64_t lines_before; /* the statement that is looked at */
};

static struct span pending(const struct feeding *feeding)
{
	const struct lines *lines = &feeding->lines;

	return (struct span){ buf_span(&lines->buf).data + lines->start,
			      lines->buf.size - lines->start };
}

static bool check_text(struct span text, struct err *err)
{
	size_t bad = utf8_first_bad(text);

	if (bad == text.size)
		return true;
	return text.data[bad] == '\0' ? err_set(err, ERR_DATA, "it has a NUL in it")
				      : err_set(err, ERR_DATA, "it is not UTF-8");
}

/* ---- JSON lines ---- */

static bool take_calls(const struct json_value *line, int64_t *calls, struct err *err)
{
	const struct json_value *member = json_member(line, "calls");

	*calls = 1;
	if (member == NULL)
		return true;
	*calls = 0;
	if (member->kind == JSON_NUMBER && member->text.size < 19)
		for (size_t i = 0; i < member->text.size; i++) {
			char digit = member->text.data[i];

			*calls = digit >= '0' && digit <= '9' && *calls >= 0
				     ? *calls * 10 + (digit - '0')
				     : -1;
		}
	return *calls > 0 || err_set(err, ERR_DATA, "\"calls\" is no whole number from 1");
}

/* A store that hides a text says so instead of it; what was exported from there says the same. */
static struct span seen_text(const struct json_value *query)
{
	bool is_hidden =
	    query->kind == JSON_NULL || span_equal_text(query->text, "<insufficient privilege>");

	return is_hidden ? SPAN_NONE : query->text;
}

static bool add_line(struct feeding *feeding, struct span text, struct err *err)
{
	const struct json_value *query;
	struct kept_statement statement = { .calls = 1 };
	struct json_value line;

	if (!check_text(text, err) || !json_read(text, &feeding->arena, &line, err))
		return false;
	query = line.kind == JSON_OBJECT ? json_member(&line, "query") : NULL;
	if (query == NULL || (query->kind != JSON_STRING && query->kind != JSON_NULL))
		return err_set(err, ERR_DATA, "it is no {\"query\":\"…\",\"calls\":n}");
	statement.text = seen_text(query);
	return take_calls(&line, &statement.calls, err) &&
	       (!statement.text.data || check_text(statement.text, err)) &&
	       observed_add(feeding->observed, &statement, err);
}

static bool is_blank(struct span text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!strchr(" \t\r\n\f\v", text.data[i]) || text.data[i] == '\0')
			return false;
	return true;
}

static bool read_lines(struct feeding *feeding, struct err *err)
{
	struct span line;
	bool found = true;

	while (found) {
		arena_reset(&feeding->arena);
		if (!lines_next(&feeding->lines, &line, &found, err))
			return false;
		if (found && !is_blank(line) && !add_line(feeding, line, err))
			return err_while(err, "line %lld", (long long)feeding->lines.number);
	}
	return true;
}

/* ---- SQL ---- */

static int64_t lines_in(struct span text, size_t size)
{
	int64_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += text.data[i] == '\n';
	return count;
}

/* The size of the first statement with its semicolon; 0 where that is not there. */
static size_t find_end(const struct feeding *feeding)
{
	struct span text = pending(feeding);
	struct sql_reader reader = sql_reader_of(text, feeding->observed->dialect);
	struct sql_token token;

	while (sql_next_token(&reader, &token))
		if (sql_letter(&token) == ';')
			return (size_t)(reader.at - text.data);
	return 0;
}

/* Twice of what is there, so that a long statement is not looked at many times. */
static bool read_more(struct feeding *feeding, struct err *err)
{
	size_t wanted = pending(feeding).size * 2;

	do
		if (!lines_read_more(&feeding->lines, err))
			return false;
	while (!feeding->lines.ended && pending(feeding).size < wanted);
	return true;
}

static bool add_statement(struct feeding *feeding, size_t size, struct err *err)
{
	struct span text = { pending(feeding).data, size };
	struct sql_reader reader = sql_reader_of(text, feeding->observed->dialect);
	struct kept_statement statement = { .text = text, .calls = 1 };
	struct sql_token first = { .text = { text.data + size, 0 } };
	size_t at = utf8_first_bad(text);

	if (check_text(text, err)) {
		if (observed_add(feeding->observed, &statement, err)) {
			feeding->lines_before += lines_in(text, size);
			feeding->lines.start += size;
			feeding->lines.searched = feeding->lines.start;
			return true;
		}
		sql_next_token(&reader, &first);
		at = (size_t)(first.text.data - text.data);
	}
	return err_while(err, "line %lld",
			 (long long)(feeding->lines_before + lines_in(text, at) + 1));
}

static bool read_statements(struct feeding *feeding, struct err *err)
{
	for (;;) {
		size_t size = find_end(feeding);

		if (size == 0 && !feeding->lines.ended &&
		    pending(feeding).size <= SQL_SHAPE_BYTES_MAX) {
			if (!read_more(feeding, err))
				return false;
			continue;
		}
		if (size == 0)
			size = pending(feeding).size;
		if (size == 0)
			return true;
		if (!add_statement(feeding, size, err))
			return false;
	}
}

/* ---- either ---- */

/* So much of it that something but blanks is there. */
static bool look_ahead(struct feeding *feeding, bool *is_json, struct err *err)
{
	struct span text;
	size_t at = 0;

	*is_json = false;
	for (;;) {
		text = pending(feeding);
		while (at < text.size && is_blank((struct span){ text.data + at, 1 }))
			at++;
		if (at < text.size || feeding->lines.ended || at > SQL_SHAPE_BYTES_MAX)
			break;
		if (!lines_read_more(&feeding->lines, err))
			return false;
	}
	*is_json = at < text.size && text.data[at] == '{';
	return true;
}

bool observed_read_file(const char *path, struct observed *observed, struct err *err)
{
	struct feeding feeding = { .observed = observed };
	bool is_json, ok;

	if (!lines_open(&feeding.lines, path, err))
		return false;
	arena_init(&feeding.arena);
	observed->is_file = true;
	ok = look_ahead(&feeding, &is_json, err) &&
	     (is_json ? read_lines(&feeding, err) : read_statements(&feeding, err));
	arena_release(&feeding.arena);
	lines_release(&feeding.lines);
	return ok || err_while(err, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
}
