/*
 * query_internal.h: what the files that look at queries of rule files share. For this folder only.
 */
#ifndef DRIVERS_POSTGRES_QUERY_INTERNAL_H
#define DRIVERS_POSTGRES_QUERY_INTERNAL_H

#include "drivers/postgres/postgres_internal.h"
#include "engine/model/sql_token.h"

struct inspection {
	struct pg_conn *conn;
	struct arena *arena;
	struct table_info *info;
	const char *query;
	struct shape_column *columns;
	struct buf called; /* names before a bracket, and all names: texts of arrays */
	struct buf names;
	const char **places; /* the tables and views it reads, as they stand in SQL */
	bool *is_locked;     /* beside places */
	int place_count;
	const char *views; /* what the views among them are */
};

/* The first reason stands: others mostly follow from it. */
static inline void pg_query_find_fault(struct inspection *look, struct span text)
{
	if (look->info->fault == NULL)
		look->info->fault = text.data;
}

/* What PostgreSQL says against the query is the rule's fault and forgotten here; what it says of itself is not: false. */
bool pg_query_keep_message(struct inspection *look, struct err *err);

/* In the open transaction: names are found where legacy's own programs find them, or by their full names alone. */
bool pg_query_use_path(struct inspection *look, bool is_legacys, struct err *err);

/* By its text alone: may it run? Its words and the functions among them are looked at; called and names are its room for
 * that, empty. (query.c) */
bool pg_query_look_at_text(struct inspection *look, struct err *err);

/* Does a word of the query give something else the next time, or end what it stands in? (query_words.c) */
void pg_query_look_at_words(struct inspection *look);

/* Prepare it; the answer has its columns. NULL with err. (query_columns.c) */
PGresult *pg_query_describe(struct inspection *look, struct err *err);
bool pg_query_look_at_columns(struct inspection *look, const PGresult *described, struct err *err);

/* The tables and views that a prepared query has locked; nothing else may have been read before in the transaction.
 * (query_relations.c) */
bool pg_query_look_at_relations(struct inspection *look, struct err *err);
bool pg_query_look_at_catalogs(struct inspection *look, struct err *err);

/* ---- words (query_text.c) ---- */

struct query_word {
	const char *
	    name; /* folded to small letters unless it was quoted; NULL: a letter that is no name */
	bool is_quoted;
	bool is_called;    /* a bracket follows */
	bool is_parameter; /* $1 */
	bool is_escaped;   /* U&"…": what it names is written otherwise */
	bool has_moment;   /* before it stands a text such as 'today' */
	char letter;
};

/* The next word or letter of the query; false at its end. Names lie in the arena. */
bool pg_query_next_word(struct sql_reader *reader, struct arena *arena, struct query_word *word);

#endif
