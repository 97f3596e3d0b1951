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

/* What stands between the quotes of a literal, all its parts as one. */
static bool is_moment_text(struct span literal, struct arena *arena)
{
	const char *end = literal.data + literal.size, *at = literal.data;
	const char *tag_end = *at == '$' ? memchr(at + 1, '$', literal.size - 1) : NULL;
	char *text;
	size_t size = 0;
	bool is_inside = false;

	if (tag_end)
		return is_moment(tag_end, tag_end + 1 + strcspn(tag_end + 1, "$"));
	text = arena_alloc(arena, literal.size);
	for (; at < end; at++) {
		if (*at == '\'')
			is_inside = !is_inside;
		else if (is_inside)
			text[size++] = *at;
	}
	return is_moment(text, text + size);
}

static const char *take_name(const struct sql_token *token, struct arena *arena)
{
	char *name = arena_alloc(arena, token->text.size + 1);

	name[sql_take_name(token, name)] = '\0';
	return name;
}

static bool is_bracket_next(struct sql_reader reader)
{
	struct sql_token next;

	return sql_next_token(&reader, &next) && sql_letter(&next) == '(';
}

bool pg_query_next_word(struct sql_reader *reader, struct arena *arena, struct query_word *word)
{
	struct sql_token token;

	*word = (struct query_word){ .name = NULL };
	for (;;) {
		if (!sql_next_token(reader, &token))
			return word->has_moment;
		if (token.kind != SQL_TEXT)
			break;
		word->has_moment = word->has_moment || is_moment_text(token.text, arena);
	}
	word->letter = token.text.data[0];
	if (token.kind == SQL_PARAMETER) {
		word->is_parameter = word->letter == '$';
		/* In a[1:f(x)] the colon stands by itself: what follows it is looked at, too. */
		if (!word->is_parameter)
			reader->at = token.text.data + 1;
	}
	if (token.kind != SQL_NAME && token.kind != SQL_QUOTED_NAME)
		return true;
	word->is_quoted = token.kind == SQL_QUOTED_NAME;
	word->is_escaped = word->is_quoted && word->letter != '"';
	word->name = take_name(&token, arena);
	word->is_called = is_bracket_next(*reader);
	return true;
}
