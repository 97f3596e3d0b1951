/*
 * query_text.c: the words of a query, without understanding it: names, and which of them stand before a bracket.
 */
#include <string.h>

#include "drivers/postgres/query_internal.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_quoted(const char *at, char quote, bool has_escapes)
{
	for (at++; *at; at++) {
		if (has_escapes && *at == '\\' && at[1])
			at++;
		else if (*at == quote && at[1] == quote)
			at++;
		else if (*at == quote)
			return at + 1;
	}
	return at;
}

/* Comments nest. */
static const char *skip_comment(const char *at)
{
	int depth = 0;

	do {
		if (at[0] == '/' && at[1] == '*') {
			depth++;
			at += 2;
		} else if (at[0] == '*' && at[1] == '/') {
			depth--;
			at += 2;
		} else {
			at++;
		}
	} while (*at && depth > 0);
	return at;
}

/* $tag$ … $tag$; a parameter ($1) is none. */
static const char *skip_dollars(const char *at, bool *is_parameter)
{
	size_t size = 1;
	const char *end;

	*is_parameter = is_digit(at[1]);
	while (is_letter(at[size]) || (size > 1 && is_digit(at[size])))
		size++;
	if (at[size] != '$')
		return at + 1;
	size++;
	for (end = at + size; *end; end++)
		if (strncmp(end, at, size) == 0)
			return end + size;
	return end;
}

const char *pg_query_skip(const char *at, bool *is_parameter)
{
	for (;;) {
		if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' || *at == '\f')
			at++;
		else if (at[0] == '-' && at[1] == '-')
			at += strcspn(at, "\r\n");
		else if (at[0] == '/' && at[1] == '*')
			at = skip_comment(at);
		else if (*at == '\'')
			at = skip_quoted(at, '\'', false);
		else if ((*at == 'e' || *at == 'E') && at[1] == '\'')
			at = skip_quoted(at + 1, '\'', true);
		else if (*at == '$')
			at = skip_dollars(at, is_parameter);
		else
			return at;
	}
}

/* The name that begins here, folded as PostgreSQL folds it, into the arena; *at is then behind it. */
static const char *take_name(const char **at, struct arena *arena)
{
	const char *begin = *at, *end = begin;
	char *name;
	size_t size = 0;

	if (*begin == '"')
		end = skip_quoted(begin, '"', false);
	else
		while (is_letter(*end) || is_digit(*end) || *end == '$')
			end++;
	*at = end;
	name = arena_alloc(arena, (size_t)(end - begin) + 1);
	for (const char *c = begin; c < end; c++) {
		if (*begin != '"')
			name[size++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
		else if (c > begin && c + 1 < end && !(*c == '"' && c[-1] == '"' && c - 1 > begin))
			name[size++] = *c;
	}
	name[size] = '\0';
	return name;
}

bool pg_query_next_word(const char **at, struct arena *arena, struct query_word *word)
{
	*word = (struct query_word){ .name = NULL };
	*at = pg_query_skip(*at, &word->is_parameter);
	if (word->is_parameter || **at == '\0')
		return word->is_parameter;
	word->letter = **at;
	if (!is_letter(**at) && **at != '"') {
		++*at;
		return true;
	}
	word->is_quoted = **at == '"';
	word->name = take_name(at, arena);
	word->is_called = *pg_query_skip(*at, &word->is_parameter) == '(';
	word->is_parameter = false;
	return true;
}
