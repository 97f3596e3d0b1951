/*
 * catalog.h: a catalog put together from what a store says line by line. For drivers only.
 */
#ifndef DRIVERS_SUPPORT_CATALOG_H
#define DRIVERS_SUPPORT_CATALOG_H

#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/model/schema.h"

struct catalog_builder {
	struct arena *arena; /* everything lies there; what is given is copied */
	const char **tables;
	struct foreign_key *foreign_keys;
	int table_count, foreign_key_count;
	int64_t constraint; /* that the last column belongs to */
};

void catalog_begin(struct catalog_builder *builder, struct arena *arena);
void catalog_add_table(struct catalog_builder *builder, const char *name);

/* The next column of a foreign key; constraint tells those of one table apart, and its columns come one after the other. */
void catalog_add_column(struct catalog_builder *builder, const char *table, int64_t constraint,
			const char *column, const char *above, const char *above_column);

struct catalog catalog_end(const struct catalog_builder *builder);

#endif
