/*
 * sources.h: the tables that tests of this room put rows into, as initialisers of struct source.
 */
#ifndef TESTS_DERIVE_SOURCES_H
#define TESTS_DERIVE_SOURCES_H

#include "engine/model/source.h"

static const int first_column[] = { 0 };
static const int second_column[] = { 1 };
static const char *const root_names[] = { "id", "film" };
static const char *const child_names[] = { "parent", "seq", "data" };
static const char *const film_names[] = { "id", "title" };

#define ROOT_SOURCE                                                               \
	.name = "root", .kind = SOURCE_ROOT, .table = "r", .columns = root_names, \
	.column_count = 2, .key_columns = first_column, .key_count = 1

#define LINES_SOURCE                                                                    \
	.name = "lines", .kind = SOURCE_CHILDREN, .table = "l", .columns = child_names, \
	.column_count = 3, .key_columns = second_column, .key_count = 1,                \
	.parent_columns = first_column, .parent_count = 1

/* Which source points at it, and by which columns, is for the test to say. */
#define FILM_SOURCE                                                                       \
	.kind = SOURCE_REFERENCE, .table = "f", .columns = film_names, .column_count = 2, \
	.key_columns = first_column, .key_count = 1

#endif
