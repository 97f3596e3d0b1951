/*
 * jobs.h: the table most tests of the target write to, and what stands in it as text.
 */
#ifndef TESTS_DRIVERS_JOBS_H
#define TESTS_DRIVERS_JOBS_H

#include "tests/drivers/fixture.h"

enum { ID, COUNT, AT, BODY, NOTE, JOB_COLUMNS };

extern const struct table_column job_columns[JOB_COLUMNS];
extern const struct table job;
extern const int by_id[1], all_columns[JOB_COLUMNS];

struct target {
	struct fixture fixture;
	struct conn *conn;
	struct conn *other; /* a second connection, which reads */
	struct err err;
};

/* An empty table of jobs. */
void target_open(struct target *target, int driver);
void target_close(struct target *target);

/* Takes rows as lines, "a,1,~,~,;" with ~ for NULL and @ before an instant. */
struct seen {
	struct buf text;
	int column_count;
	int stop_after; /* rows; 0: never */
	int row_count;
};
bool see(void *context, const struct datum *cells, struct err *err);

void expect_rows(struct conn *conn, const struct query *query, const char *expected);
/* The ids of the jobs for which all conditions hold, in order: "a;b;". */
void expect_ids(struct conn *conn, const struct condition *where, int where_count,
		const char *expected);

void make_row(struct datum row[JOB_COLUMNS], const char *id, int64_t count);
/* a 1, b 2, c 3, d 4; only b has an instant, only c a note. */
void put_four(struct target *target);

#endif
