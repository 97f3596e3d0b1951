/*
 * parameters.c: a question's :name as PostgreSQL's $1. Its words are told apart as the server does, so that a text, a comment, a
 * name in quotes or a cast (::) has no parameter in it.
 */
#include "drivers/postgres/query_internal.h"
#include "drivers/support/question.h"

static bool is_in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (c & 0x80);
}

/* The name that begins here; empty where there is none. */
static struct span name_at(const char *at)
{
	struct span name = { at, 0 };

	if (*at >= '0' && *at <= '9')
		return name;
	while (is_in_name(at[name.size]))
		name.size++;
	return name;
}

/* Its number, from 1; 0 where nobody gives a value, or there are too many. */
static int number_of(const struct question *question, struct span name,
		     struct question_values *values)
{
	const struct question_parameter *parameter = question_parameter(question, name);

	for (int i = 0; i < values->count; i++)
		if (values->used[i] == parameter)
			return i + 1;
	if (parameter == NULL || values->count == QUESTION_PARAMETERS_MAX)
		return 0;
	values->used[values->count++] = parameter;
	return values->count;
}

/* Behind the colon, the name and what else belongs to it. */
static const char *put_colon(const struct question *question, const char *at, struct buf *sql,
			     struct question_values *values, struct span *missing)
{
	struct span name = name_at(at);
	int number = name.size ? number_of(question, name, values) : 0;

	if (*at == ':') {
		buf_put_text(sql, "::");
		return at + 1;
	}
	/* A blank, so that no digit behind it becomes its own. */
	if (number)
		buf_print(sql, " $%d ", number);
	else
		buf_print(sql, ":%.*s", SPAN_ARGS(name));
	if (!number && name.size && missing->data == NULL)
		*missing = name;
	return at + name.size;
}

void pg_put_parameters(const struct question *question, struct buf *sql,
		       struct question_values *values, struct span *missing)
{
	const char *at = question->sql, *from = at;
	struct query_word word;
	struct arena names;

	arena_init(&names);
	values->count = 0;
	*missing = SPAN_NONE;
	while (pg_query_next_word(&at, &names, &word)) {
		bool is_colon = word.letter == ':' && word.name == NULL;

		buf_put(sql, from, (size_t)(at - from) - is_colon);
		if (is_colon)
			at = put_colon(question, at, sql, values, missing);
		from = at;
	}
	buf_put_text(sql, from);
	arena_release(&names);
}
