/*
 * sql_tables.h: which tables a statement may read, by its words. For the shape's files only.
 */
#ifndef ENGINE_MODEL_SQL_TABLES_H
#define ENGINE_MODEL_SQL_TABLES_H

#include "engine/model/sql_pieces.h"

/* Each once, in the order they are named; in the pieces' arena. */
const char *const *sql_find_tables(const struct pieces *pieces, int from, int *count);

#endif
