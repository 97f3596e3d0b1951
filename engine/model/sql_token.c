/*
 * sql_token.c: one pass over the bytes, as PostgreSQL's and SQLite's own scanners have it.
 */
#include "engine/model/sql_token.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_operator(const struct sql_reader *reader, char c)
{
	const char *letters =
	    reader->dialect == SQL_POSTGRES ? "+-*/<>=~!@#%^&|`?" : "+-*/<>=~!%&|";

	return c != '\0' && strchr(letters, c) != NULL;
}

/* The letter so far ahead, NUL behind the end. */
static char ahead(const struct sql_reader *reader, const char *at, size_t distance)
{
	return (size_t)(reader->end - at) > distance ? at[distance] : '\0';
}

/* ---- what is no word ---- */

static bool begins_comment(const struct sql_reader *reader, const char *at)
{
	char next = ahead(reader, at, 1);

	return (*at == '-' && next == '-') || (*at == '/' && next == '*');
}

static const char *skip_line(const struct sql_reader *reader, const char *at)
{
	while (at < reader->end && *at != '\n' && (*at != '\r' || reader->dialect == SQL_SQLITE))
		at++;
	return at;
}

static const char *skip_comment(struct sql_reader *reader, const char *at)
{
	int depth = 1;

	for (at += 2; at < reader->end && depth > 0; at++) {
		char next = ahead(reader, at, 1);

		if (*at == '*' && next == '/')
			depth--;
		else if (*at == '/' && next == '*' && reader->dialect == SQL_POSTGRES)
			depth++;
		else
			continue;
		at++;
	}
	if (depth > 0)
		reader->is_cut = true;
	return at;
}

static const char *skip_blanks(struct sql_reader *reader, const char *at)
{
	while (at < reader->end) {
		if (is_blank(*at))
			at++;
		else if (!begins_comment(reader, at))
			break;
		else
			at = *at == '-' ? skip_line(reader, at) : skip_comment(reader, at);
	}
	return at;
}

/* ---- texts ---- */

/* Behind what is quoted, from its first quote on. Two quotes are one in it. */
static const char *skip_quoted(struct sql_reader *reader, const char *at, char quote,
			       bool has_escapes)
{
	for (at++; at < reader->end; at++) {
		if (has_escapes && *at == '\\' && at + 1 < reader->end)
			at++;
		else if (*at == quote && ahead(reader, at, 1) == quote)
			at++;
		else if (*at == quote)
			return at + 1;
	}
	reader->is_cut = true;
	return at;
}

/* Where a text goes on: 'a' and, on another line, 'b' are one. Comments of a line may stand between. NULL: it does not. */
static const char *find_continuation(const struct sql_reader *reader, const char *at)
{
	bool has_line_end = false;

	while (at < reader->end) {
		if (is_blank(*at)) {
			has_line_end = has_line_end || *at == '\n' || *at == '\r';
			at++;
		} else if (*at == '-' && begins_comment(reader, at)) {
			at = skip_line(reader, at);
		} else {
			return *at == '\'' && has_line_end ? at : NULL;
		}
	}
	return NULL;
}

static const char *skip_text(struct sql_reader *reader, const char *at, bool has_escapes)
{
	do
		reader->at = at = skip_quoted(reader, at, '\'', has_escapes);
	while (reader->dialect == SQL_POSTGRES && (at = find_continuation(reader, at)) != NULL);
	return reader->at;
}

/* The first quote of a text that has letters before it: e'…' b'…' x'…' n'…' u&'…'. NULL: it is none. */
static const char *find_prefixed(const struct sql_reader *reader, const char *at)
{
	char next = ahead(reader, at, 1);

	if (strchr(reader->dialect == SQL_POSTGRES ? "eEbBxXnN" : "xX", *at) && next == '\'')
		return at + 1;
	if ((*at == 'u' || *at == 'U') && next == '&' && ahead(reader, at, 2) == '\'' &&
	    reader->dialect == SQL_POSTGRES)
		return at + 2;
	return NULL;
}

/* The size of $tag$ or $$, 0 where it is none. */
static size_t dollar_tag_size(const struct sql_reader *reader, const char *at)
{
	size_t size = 1;

	while (is_letter(ahead(reader, at, size)) ||
	       (size > 1 && is_digit(ahead(reader, at, size))))
		size++;
	return ahead(reader, at, size) == '$' ? size + 1 : 0;
}

static const char *skip_dollars(struct sql_reader *reader, const char *at, size_t tag_size)
{
	const char *end =
	    memmem(at + tag_size, (size_t)(reader->end - at) - tag_size, at, tag_size);

	if (end)
		return end + tag_size;
	reader->is_cut = true;
	return reader->end;
}

/* ---- numbers, parameters, operators ---- */

static const char *skip_digits(const struct sql_reader *reader, const char *at)
{
	while (is_digit(ahead(reader, at, 0)) ||
	       (ahead(reader, at, 0) == '_' && is_digit(ahead(reader, at, 1))))
		at++;
	return at;
}

static bool is_hex_digit(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *skip_number(const struct sql_reader *reader, const char *at)
{
	char next = ahead(reader, at, 1);
	size_t sign;

	if (*at == '0' && (next == 'x' || next == 'X') && is_hex_digit(ahead(reader, at, 2))) {
		for (at += 2; is_hex_digit(ahead(reader, at, 0)) || ahead(reader, at, 0) == '_';)
			at++;
		return at;
	}
	at = skip_digits(reader, at);
	if (ahead(reader, at, 0) == '.' && ahead(reader, at, 1) != '.')
		at = skip_digits(reader, at + 1);
	next = ahead(reader, at, 0);
	sign = ahead(reader, at, 1) == '+' || ahead(reader, at, 1) == '-';
	if ((next == 'e' || next == 'E') && is_digit(ahead(reader, at, 1 + sign)))
		at = skip_digits(reader, at + 1 + sign);
	return at;
}

static const char *skip_name(const struct sql_reader *reader, const char *at)
{
	while (is_letter(ahead(reader, at, 0)) || is_digit(ahead(reader, at, 0)) ||
	       ahead(reader, at, 0) == '$')
		at++;
	return at;
}

static bool begins_parameter(const struct sql_reader *reader, const char *at)
{
	char next = ahead(reader, at, 1);

	if (*at == ':')
		return is_letter(next);
	if (reader->dialect == SQL_POSTGRES)
		return *at == '$' && is_digit(next);
	return *at == '?' || ((*at == '@' || *at == '$') && (is_letter(next) || is_digit(next)));
}

static const char *skip_parameter(const struct sql_reader *reader, const char *at)
{
	bool has_name = *at != '?' && (*at == ':' || reader->dialect == SQL_SQLITE);

	at++;
	while (is_digit(ahead(reader, at, 0)) || (has_name && is_letter(ahead(reader, at, 0))))
		at++;
	return at;
}

static const char *skip_colons(const struct sql_reader *reader, const char *at)
{
	char next = ahead(reader, at, 1);

	return at + 1 + (next == ':' || next == '=');
}

/* A minus or plus at the end belongs to what follows, unless a letter before it is one that only operators of people's own
 * have: so that a=-1 is what a = -1 is. */
static const char *skip_operator(const struct sql_reader *reader, const char *at)
{
	const char *begin = at;
	bool is_own = false;

	while (at < reader->end && is_operator(reader, *at) && !begins_comment(reader, at)) {
		is_own = is_own || strchr("~!@#%^&|`?", *at) != NULL;
		at++;
	}
	while (!is_own && at > begin + 1 && (at[-1] == '+' || at[-1] == '-'))
		at--;
	return at;
}

/* ---- words ---- */

static const char *skip_quoted_name(struct sql_reader *reader, const char *at)
{
	return skip_quoted(reader, at, *at == '[' ? ']' : *at, false);
}

static bool begins_quoted_name(const struct sql_reader *reader, const char *at)
{
	return *at == '"' || (reader->dialect == SQL_SQLITE && (*at == '`' || *at == '['));
}

/* What begins with a letter. */
static const char *skip_word(struct sql_reader *reader, const char *at, enum sql_kind *kind)
{
	const char *quote = find_prefixed(reader, at);

	if (quote) {
		*kind = SQL_TEXT;
		return skip_text(reader, quote, *at == 'e' || *at == 'E');
	}
	if ((*at == 'u' || *at == 'U') && ahead(reader, at, 1) == '&' &&
	    ahead(reader, at, 2) == '"' && reader->dialect == SQL_POSTGRES) {
		*kind = SQL_QUOTED_NAME;
		return skip_quoted(reader, at + 2, '"', false);
	}
	*kind = SQL_NAME;
	return skip_name(reader, at);
}

/* A letter that means nothing by itself may begin what does. */
static const char *skip_rest(struct sql_reader *reader, const char *at, enum sql_kind *kind)
{
	size_t tag_size =
	    *at == '$' && reader->dialect == SQL_POSTGRES ? dollar_tag_size(reader, at) : 0;

	if (tag_size) {
		*kind = SQL_TEXT;
		return skip_dollars(reader, at, tag_size);
	}
	if (begins_parameter(reader, at)) {
		*kind = SQL_PARAMETER;
		return skip_parameter(reader, at);
	}
	if (*at == ':' || is_operator(reader, *at)) {
		*kind = SQL_OPERATOR;
		return *at == ':' ? skip_colons(reader, at) : skip_operator(reader, at);
	}
	*kind = SQL_LETTER;
	return at + 1;
}

static const char *skip_one(struct sql_reader *reader, const char *at, enum sql_kind *kind)
{
	if (is_letter(*at))
		return skip_word(reader, at, kind);
	if (is_digit(*at) || (*at == '.' && is_digit(ahead(reader, at, 1)))) {
		*kind = SQL_NUMBER;
		return skip_number(reader, at);
	}
	if (*at == '\'') {
		*kind = SQL_TEXT;
		return skip_text(reader, at, false);
	}
	if (begins_quoted_name(reader, at)) {
		*kind = SQL_QUOTED_NAME;
		return skip_quoted_name(reader, at);
	}
	return skip_rest(reader, at, kind);
}

bool sql_next_token(struct sql_reader *reader, struct sql_token *token)
{
	const char *begin = skip_blanks(reader, reader->at);

	reader->at = begin;
	if (begin == reader->end)
		return false;
	reader->at = skip_one(reader, begin, &token->kind);
	token->text = (struct span){ begin, (size_t)(reader->at - begin) };
	return true;
}

size_t sql_take_name(const struct sql_token *token, char *room)
{
	const char *at = token->text.data, *end = at + token->text.size;
	size_t size = 0;
	char quote;

	if (token->kind == SQL_NAME) {
		for (; at < end; at++)
			room[size++] = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
		return size;
	}
	at += (*at == 'u' || *at == 'U') ? 2 : 0;
	quote = (char)(*at == '[' ? ']' : *at);
	end -= end > at + 1 && end[-1] == quote; /* of one that does not end there is none */
	for (at++; at < end; at++) {
		room[size++] = *at;
		at += *at == quote && at + 1 < end && at[1] == quote;
	}
	return size;
}
