/*
 * query_text.c: the words of a query, without understanding it: names, and which of them stand before a bracket.
 */
#include <string.h>
#include <strings.h>

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

/* Is every word in this text one by which PostgreSQL reads a date, and one of them of the moment? */
static bool is_moment(const char *text, const char *end)
{
	static const char *const moments[] = { "now", "today", "tomorrow", "yesterday" };
	static const char *const others[] = { "utc", "gmt", "z", "allballs", "am", "pm" };
	bool is_found = false;

	while (text < end) {
		size_t size = 0;
		bool is_known = false;

		while (text + size < end && is_letter(text[size]))
			size++;
		for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
			if (strlen(moments[i]) == size && strncasecmp(text, moments[i], size) == 0)
				is_known = is_found = true;
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (strlen(others[i]) == size && strncasecmp(text, others[i], size) == 0)
				is_known = true;
		if (size > 0 && !is_known)
			return false;
		text += size ? size : 1;
	}
	return is_found;
}

/* Behind one blank, comment or literal; or nowhere. */
static const char *skip_one(const char *at, bool *has_escapes, struct query_word *word)
{
	const char *end;

	if (*at != '\0' && strchr(" \t\n\r\f", *at))
		return at + 1;
	if (at[0] == '-' && at[1] == '-')
		return at + strcspn(at, "\r\n");
	if (at[0] == '/' && at[1] == '*')
		return skip_comment(at);
	if ((*at == 'e' || *at == 'E') && at[1] == '\'') {
		*has_escapes = true;
		end = skip_quoted(at + 1, '\'', true);
		at++;
	} else if (*at == '\'') {
		end = skip_quoted(at, '\'', *has_escapes);
	} else if (*at == '$') {
		end = skip_dollars(at, &word->is_parameter);
		at += 1 + strcspn(at + 1, "$"); /* the tag is no word of the text */
		if (*at == '$')
			word->has_moment =
			    word->has_moment || is_moment(at, at + 1 + strcspn(at + 1, "$"));
		return end;
	} else {
		return at;
	}
	word->has_moment = word->has_moment || is_moment(at, end);
	return end;
}

/* Behind blanks, comments and literals; what they mean for the word that follows is noted in it. */
static const char *skip(const char *at, struct query_word *word)
{
	bool has_escapes = false; /* they go on in what continues an e'…' on another line */
	const char *end = at;

	do {
		at = end;
		end = skip_one(at, &has_escapes, word);
	} while (end != at);
	return at;
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
	struct query_word behind = { .name = NULL };

	*word = (struct query_word){ .name = NULL };
	*at = skip(*at, word);
	if (word->is_parameter || **at == '\0')
		return word->is_parameter || word->has_moment;
	word->letter = **at;
	word->is_escaped = (**at == 'u' || **at == 'U') && (*at)[1] == '&' && (*at)[2] == '"';
	if (!is_letter(**at) && **at != '"') {
		++*at;
		return true;
	}
	word->is_quoted = **at == '"';
	word->name = take_name(at, arena);
	word->is_called = *skip(*at, &behind) == '(';
	return true;
}
