/*
 * query_words.c: the words of a query that could give something else the next time, or mean something outside of it.
 */
#include <string.h>

#include "drivers/postgres/query_internal.h"

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Words that are functions without brackets, and change with the hour or with who asks. */
static bool is_of_the_moment(const char *name)
{
	static const char *const names[] = {
		"current_date",   "current_time",    "current_timestamp", "localtime",
		"localtimestamp", "current_user",    "session_user",      "user",
		"current_role",   "current_catalog", "current_schema",
	};

	return is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

static void look_at_word(struct inspection *look, const struct query_word *word,
			 const struct query_word *before)
{
	static const char *const locks[] = { "update", "share", "no", "key" };

	if (word->is_parameter)
		pg_query_find_fault(look,
				    SPAN("the query has a parameter, and nothing to put into it"));
	else if (word->letter == ';')
		pg_query_find_fault(
		    look, SPAN("the query ends with a semicolon, and stands inside another "
			       "statement: leave it out"));
	else if (word->is_escaped)
		pg_query_find_fault(
		    look,
		    SPAN("the query writes a name as U&\"…\": write its letters as they are"));
	if (word->has_moment)
		pg_query_find_fault(
		    look, SPAN("the query has a text such as 'now' or 'today', which is another "
			       "date every time"));
	if (word->name == NULL)
		return;
	pg_sql_put_element(&look->names, word->name);
	if (word->is_called)
		pg_sql_put_element(&look->called, word->name);
	if (word->is_quoted)
		return;
	if (is_of_the_moment(word->name) && before->letter != '.')
		pg_query_find_fault(look,
				    arena_print(look->arena,
						"the query uses %s, which is not known to give the "
						"same for the same rows every time",
						word->name));
	if (before->name && strcmp(before->name, "for") == 0 && is_one_of(word->name, locks, 4))
		pg_query_find_fault(look,
				    SPAN("the query does more than select from tables and views"));
}

/* A query stands inside brackets, and must not leave them. */
static void look_at_bracket(struct inspection *look, char letter, int *depth)
{
	*depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
	if (*depth < 0)
		pg_query_find_fault(look, SPAN("the query closes a bracket that it did not open"));
}

void pg_query_look_at_words(struct inspection *look)
{
	struct query_word word, before = { .name = NULL };
	struct sql_reader reader = sql_reader_of(span_of(look->query), SQL_POSTGRES);
	bool has_words = false;
	int depth = 0;

	while (look->info->fault == NULL && pg_query_next_word(&reader, look->arena, &word)) {
		look_at_word(look, &word, &before);
		look_at_bracket(look, word.letter, &depth);
		before = word;
		has_words = true;
	}
	if (!has_words)
		pg_query_find_fault(look, SPAN("the query is empty"));
	else if (depth > 0)
		pg_query_find_fault(look, SPAN("the query opens a bracket that it does not close"));
}
