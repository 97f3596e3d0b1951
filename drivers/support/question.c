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

static const char *skip_comment(const char *at, bool comments_nest)
{
	int depth = 1;

	for (at += 2; *at && depth > 0; at++) {
		if (at[0] == '*' && at[1] == '/')
			depth--;
		else if (comments_nest && at[0] == '/' && at[1] == '*')
			depth++;
		else
			continue;
		at++;
	}
	return at;
}

static const char *skip_blanks(const char *at, bool comments_nest)
{
	for (;;) {
		if (*at && strchr(" \t\r\n\f\v", *at))
			at++;
		else if (at[0] == '-' && at[1] == '-')
			at += strcspn(at, "\r\n");
		else if (at[0] == '/' && at[1] == '*')
			at = skip_comment(at, comments_nest);
		else
			return at;
	}
}

/* Behind the word, if it is the one that stands here; else NULL. */
static const char *skip_word(const char *at, const char *word)
{
	size_t size = strlen(word);
	char behind = strncasecmp(at, word, size) == 0 ? at[size] : 'x';
	bool goes_on = (behind >= '0' && behind <= '9') || (behind >= 'a' && behind <= 'z') ||
		       (behind >= 'A' && behind <= 'Z') || behind == '_' || behind == '$' ||
		       (behind & 0x80);

	return goes_on ? NULL : at + size;
}

void question_put(struct buf *sql, const struct conn *conn, const struct question *question,
		  view_printer put_view, bool comments_nest)
{
	const char *statement = question->sql;
	const char *begin = skip_blanks(statement, comments_nest);
	const char *with = skip_word(begin, "with");
	const char *own = with ? skip_blanks(with, comments_nest) : begin;
	const char *recursive = with ? skip_word(own, "recursive") : NULL;
	bool has_view = false;

	if (recursive)
		own = recursive;
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
