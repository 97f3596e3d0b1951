/*
 * question.h: what drivers that speak SQL share when they answer questions. For drivers only.
 */
#ifndef DRIVERS_SUPPORT_QUESTION_H
#define DRIVERS_SUPPORT_QUESTION_H

#include "drivers/driver.h"

/* Where each wanted column stands in a result with these columns: places has room for question->column_count. ERR_RULE names
 * what is missing, or there twice. */
bool question_find_columns(const struct question *question, const char *const *names, int count,
			   int *places, struct err *err);

/* The parameter of this name, or NULL. */
const struct question_parameter *question_parameter(const struct question *question,
						    struct span name);

/* "a, b" and what to write instead, for a parameter nobody gives a value for. Returns false. */
bool question_blame_parameter(struct span name, struct err *err);

/* The question's statement with the views it mentions in front, on its first line: its own lines keep their numbers. The
 * driver prints "name" (columns) as not materialized (select …). */
typedef void (*view_printer)(const struct conn *conn, struct buf *sql,
			     const struct table_view *view);
void question_put(struct buf *sql, const struct conn *conn, const struct question *question,
		  view_printer put_view);

#endif
