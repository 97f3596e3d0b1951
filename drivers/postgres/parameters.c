/*
 * parameters.c: a question's :name as PostgreSQL's $1. Its words are told apart as the server does, so that a text, a comment, a
 * name in quotes or a cast (::) has no parameter in it.
 */
#include "drivers/postgres/postgres_internal.h"
#include "drivers/support/question.h"
#include "engine/model/sql_token.h"

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

static void put_parameter(const struct question *question, struct span name, struct buf *sql,
			  struct question_values *values, struct span *missing)
{
	int number = number_of(question, name, values);

	/* A blank, so that no digit behind it becomes its own. */
	if (number)
		buf_print(sql, " $%d ", number);
	else
		buf_print(sql, ":%.*s", SPAN_ARGS(name));
	if (!number && missing->data == NULL)
		*missing = name;
}

void pg_put_parameters(const struct question *question, struct buf *sql,
		       struct question_values *values, struct span *missing)
{
	struct sql_reader reader = sql_reader_of(span_of(question->sql), SQL_POSTGRES);
	const char *from = question->sql;
	struct sql_token token;

	values->count = 0;
	*missing = SPAN_NONE;
	while (sql_next_token(&reader, &token)) {
		struct span name = { token.text.data + 1, token.text.size - 1 };

		if (token.kind != SQL_PARAMETER || token.text.data[0] != ':')
			continue;
		buf_put(sql, from, (size_t)(token.text.data - from));
		put_parameter(question, name, sql, values, missing);
		from = reader.at;
	}
	buf_put_text(sql, from);
}
