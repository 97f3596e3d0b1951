/*
 * relation.h: columns of one table that name rows of another, and rows that name none. For engine/profile only.
 *
 * What a store declares is taken from its catalog, and checked: not every store enforces it, and none does in hindsight. Beyond that a
 * column called like the key of another table, or like that table and its key, is taken to name its rows.
 */
#ifndef ENGINE_PROFILE_RELATION_H
#define ENGINE_PROFILE_RELATION_H

#include "engine/profile/column.h"

/* The relations of every table, in the order of the catalog's tables. infos beside catalog->tables; in the arena. */
const struct foreign_key *relations_find(const struct catalog *catalog,
					 const struct table_info *infos, struct arena *arena,
					 int *count);

/* One relation, as rows of its table are read. */
struct relation {
	const struct foreign_key *key;
	int columns[KEY_PARTS_MAX]; /* of the table's rows */
	struct source above;        /* nothing is read of the table above but the columns named */
	struct source_set set;
	struct conn *legacy; /* borrowed */
	struct arena *arena; /* borrowed: of the examples */
	struct reader *reader;
	const char *fault;      /* why it cannot be checked, or NULL */
	struct oddity nameless; /* rows in which one of the columns is NULL */
	struct oddity lost;     /* rows that name a row that is not there */
};

/* ERR is for a store that fails; what it refuses is the relation's fault. */
bool relation_open(struct relation *relation, const struct foreign_key *key,
		   const struct table_info *info, struct conn *legacy, struct arena *arena,
		   struct err *err);
void relation_close(struct relation *relation);

/* Look up what these rows name. rows_at: beside them. */
bool relation_note(struct relation *relation, const struct rowset *rows,
		   const struct row_at *rows_at, struct arena *scratch, struct err *err);

#endif
