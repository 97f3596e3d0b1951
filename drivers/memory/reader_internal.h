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
};

struct reader {
	struct memory_store *store;
	const struct source_set *set;
	struct source_view views[SOURCES_MAX];
	bool is_integer[KEY_PARTS_MAX];
	int part_count;
	struct arena scratch;
	struct buf key;
};

/* The table a source reads, or that holds what its query selects; NULL when there is none. */
struct legacy_table *legacy_find_source(struct memory_store *store, const struct source *source);

/* Fill the reader's views and key from what the tables are now; ERR_RULE says what does not fit. */
bool memory_check_sources(struct reader *reader, struct err *err);

/* ERR_DATA when a table is not the one the reader was opened on. */
bool memory_check_again(const struct reader *reader, struct err *err);

#endif
