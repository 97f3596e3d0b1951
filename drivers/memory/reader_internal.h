/*
 * reader_internal.h: what the files that read legacy in memory share. For this folder only.
 */
#ifndef DRIVERS_MEMORY_READER_INTERNAL_H
#define DRIVERS_MEMORY_READER_INTERNAL_H

#include "drivers/memory/memory_internal.h"

/* What a table looked like when the reader was opened, and where the source's columns are in it. */
struct source_view {
	const struct source *source;
	const struct memory_column *columns;
	int column_count;
	int places[COLUMNS_MAX]; /* source column → table column */
	int table_column_count;  /* of a table without a key, whose columns here are the source's */
};

struct reader {
	struct memory_store *store;
	const struct source_set *set;
	struct source_view views[SOURCES_MAX];
	bool is_integer[KEY_PARTS_MAX];
	int part_count;
	const struct legacy_table
	    *folded[SOURCES_MAX]; /* of this call, in scratch; NULL: not yet */
	struct arena kept;        /* lives as long as the reader */
	struct arena scratch;     /* one call */
	struct buf key;
};

/* The table a source reads, or that holds what its query selects; NULL when there is none. */
struct legacy_table *legacy_find_source(struct memory_store *store, const struct source *source);

/* The same, with equal rows as one where it has no key. It is there: that was checked. */
const struct legacy_table *memory_table(struct reader *reader, const struct source *source);

/* Everything of the call before is gone. */
void memory_begin_call(struct reader *reader);

/* ---- tables without a key (fold.c) ---- */

bool memory_view_keyless(struct reader *reader, const struct source *source,
			 const struct legacy_table *table, struct source_view *view,
			 struct err *err);
bool memory_check_keyless(const struct source_view *was, const struct legacy_table *now,
			  struct err *err);
/* Its rows as the source's columns, in scratch. */
const struct legacy_table *memory_fold(struct reader *reader, const struct source *source,
				       const struct legacy_table *table);

/* The first bytes, and the digest of all of them. */
void memory_cut_cell(struct cell *cell, struct arena *arena);

/* Fill the reader's views and key from what the tables are now; ERR_RULE says what does not fit. */
bool memory_check_sources(struct reader *reader, struct err *err);

/* ERR_DATA when a table is not the one the reader was opened on. */
bool memory_check_again(const struct reader *reader, struct err *err);

#endif
