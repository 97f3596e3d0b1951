/*
 * fixture.h: the same legacy tables in any driver, so that one test body runs on all of them.
 */
#ifndef TESTS_DRIVERS_FIXTURE_H
#define TESTS_DRIVERS_FIXTURE_H

#include <libpq-fe.h>
#include <sqlite3.h>

#include "drivers/driver.h"
#include "drivers/memory/memory.h"

enum { LINES_MAX = 4096, LINE_SIZE = 256 };

enum { ON_MEMORY, ON_SQLITE, ON_POSTGRES, DRIVERS_UNDER_TEST };

struct fixture {
	int driver;
	struct memory_store *store; /* ON_MEMORY */
	sqlite3 *db;                /* ON_SQLITE: the hand that owns legacy */
	PGconn *
	    pg; /* ON_POSTGRES: likewise; the server is ENGINE_TEST_POSTGRES, each fixture has two schemas of its own */
	char folder[160];
	char path[200];
	char url[400];
	char target_url[400];
};

void fixture_open(struct fixture *fixture, int driver);
void fixture_close(struct fixture *fixture);

/* "INTEGER" and "TEXT" columns with a primary key. */
void fixture_table(struct fixture *fixture, const char *name, const struct memory_column *columns,
		   int column_count, const char *const *key, int key_count);
void fixture_drop(struct fixture *fixture, const char *name);

/* Let a column of the primary key be NULL, where the store does not anyway; it stays unique. */
void fixture_allow_null(struct fixture *fixture, const char *table, const char *column);

/* NULL is NULL. */
void fixture_row(struct fixture *fixture, const char *table, int column_count,
		 const char *const *texts);
void fixture_cells(struct fixture *fixture, const char *table, int column_count,
		   const struct cell *cells);

/* SQL by the hand that owns legacy. */
void fixture_run(struct fixture *fixture, const char *sql);

/* Stops the test when it fails. */
struct conn *fixture_connect(struct fixture *fixture, enum conn_role role);

/* Rows as sorted lines, "7|name|~" with ~ for NULL, to compare what was read with what was put. */
struct lines {
	char (*text)[LINE_SIZE];
	int count;
};
void lines_open(struct lines *lines);
void lines_close(struct lines *lines);
void lines_add(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lines_add_rows(struct lines *lines, const struct rowset *rowset);
void lines_sort(struct lines *lines);

/* Both sorted. Fails the test with the first line that differs. */
void lines_compare(const struct lines *seen, const struct lines *expected, const char *what);

/* One row, as lines_add_rows() writes it. */
void row_to_line(const struct cell *row, int column_count, char line[LINE_SIZE]);

/* A fixed sequence of numbers: tests are the same every time. */
uint32_t next_random(uint64_t *state, uint32_t limit);

#endif
