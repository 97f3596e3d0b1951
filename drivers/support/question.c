/*
 * question.c: a question's columns, its parameters, and the views in front of it.
 */
#include "drivers/support/question.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- columns ---- */

/* How many of the names are the wanted one, and the last of them. */
static int count_same(const char *wanted, const char *const *names, int count,
		      int (*compare)(const char *, const char *), int *place)
{
	int same = 0;

	for (int i = 0; i < count; i++)
		if (compare(wanted, names[i]) == 0) {
			*place = i;
			same++;
		}
	return same;
}

static bool find_column(const char *wanted, const char *const *names, int count, int *place,
			struct err *err)
{
	int same = count_same(wanted, names, count, strcmp, place);

	/* Stores fold names that are not in quotes, each in its way. */
	if (same == 0)
		same = count_same(wanted, names, count, strcasecmp, place);
	if (same == 1)
		return true;
	return same == 0 ? err_set(err, ERR_RULE, "the answer has no column \"%s\"", wanted)
			 : err_set(err, ERR_RULE, "the answer has %d columns \"%s\"", same, wanted);
}

bool question_find_columns(const struct question *question, const char *const *names, int count,
			   int *places, struct err *err)
{
	if (question->columns == NULL && question->column_count != count)
		return err_set(err, ERR_RULE, "the answer has %d columns, not %d", count,
			       question->column_count);
	for (int i = 0; i < question->column_count; i++) {
		places[i] = i;
		if (question->columns &&
		    !find_column(question->columns[i], names, count, &places[i], err))
			return false;
	}
	return true;
}

/* ---- parameters ---- */

const struct question_parameter *question_parameter(const struct question *question,
						    struct span name)
{
	for (int i = 0; i < question->parameter_count; i++)
		if (span_equal_text(name, question->parameters[i].name))
			return &question->parameters[i];
	return NULL;
}

bool question_blame_parameter(struct span name, struct err *err)
{
	return err_set(err, ERR_RULE, "nobody gives a value for the parameter %.*s of the question",
		       SPAN_ARGS(name));
}

/* ---- views ---- */

/* May the statement read it? Where nobody can tell, it may: a view that is not read costs nothing. */
static bool is_mentioned(const struct table_view *view, const char *statement)
{
	return strcasestr(statement, view->name) || strchr(view->name, '"') ||
	       strcasestr(statement, "u&");
}

/* Is the token this word? */
static bool is_word(const struct sql_token *token, const char *word)
{
	return token->kind == SQL_NAME && token->text.size == strlen(word) &&
	       strncasecmp(token->text.data, word, token->text.size) == 0;
}

/* Where its own first view or word stands: behind `with` and `recursive`, which stay in front. */
static const char *find_own(const char *statement, enum sql_dialect dialect, bool *with)
{
	struct sql_reader reader = sql_reader_of(span_of(statement), dialect);
	struct sql_token token;

	*with = false;
	if (!sql_next_token(&reader, &token))
		return reader.at;
	*with = is_word(&token, "with");
	if (!*with || !sql_next_token(&reader, &token))
		return *with ? reader.at : token.text.data;
	return is_word(&token, "recursive") ? reader.at : token.text.data;
}

void question_put(struct buf *sql, const struct conn *conn, const struct question *question,
		  view_printer put_view)
{
	const char *statement = question->sql;
	bool has_view = false, with;
	const char *own = find_own(statement, conn->driver->dialect, &with);

	buf_put(sql, statement, (size_t)(own - statement));
	for (int i = 0; i < question->view_count; i++) {
		if (!is_mentioned(&question->views[i], statement))
			continue;
		buf_put_text(sql, has_view ? ", " : with ? " " : "with ");
		put_view(conn, sql, &question->views[i]);
		has_view = true;
	}
	buf_put_text(sql, has_view && with ? ", " : has_view ? " " : "");
	buf_put_text(sql, own);
}
