/*
 * observed.h: which questions legacy was really asked, and which of them no declared query covers.
 *
 * A question is covered when its shape (engine/model/sql_shape.h) is that of a declared query's legacy SQL. Nothing less counts: the
 * nearest query is a hint. Only questions that touch a table of the rule's sources are the rule's to cover; a view over such a table
 * is another table here, and listed as such.
 */
#ifndef ENGINE_VALIDATE_OBSERVED_H
#define ENGINE_VALIDATE_OBSERVED_H

#include "engine/model/span_map.h"
#include "engine/model/sql_shape.h"
#include "engine/validate/validate.h"

/* A query as the version declares it. */
struct declared_query {
	const struct query_info *info;
	const char *entity;
	struct sql_shape shape;   /* ask is SQL_QUESTION, or it covers nothing */
	int64_t calls, own_calls; /* that were seen of its shape */
};

struct observed_shape {
	struct span text;
	const char *const *tables;
	int table_count;
	int64_t calls;
	int64_t
	    own_calls; /* of these by the role that the engine reads legacy as, whoever used it */
	bool is_ours;  /* it touches a table of the sources */
	const struct declared_query *covered_by; /* NULL: no query covers it, … */
	const struct declared_query *nearest; /* … and this one reads most of the same tables */
};

struct observed_count {
	int64_t shapes, calls;
};

struct observed {
	struct arena *arena;
	enum sql_dialect dialect;
	bool is_file; /* what is no SQL is an error; a store has read it already */

	const char *const *source_tables;
	int source_count;
	struct declared_query *declared;
	int declared_count;

	struct observed_shape *shapes; /* after observed_judge(): the most called first */
	int shape_count;
	struct span_map by_text;
	size_t text_bytes;
	int64_t calls; /* of all questions */

	struct observed_count others; /* statements that are no questions; shapes are statements */
	struct observed_count hidden; /* whose text this role may not see, or nobody can read */

	/* of observed_judge(): the rule's to cover, of these covered, not covered and asked by that role alone; of other tables */
	struct observed_count ours, covered, own, elsewhere;
};

enum { OBSERVED_SHAPES_MAX = 100000, OBSERVED_BYTES_MAX = 64 << 20 };

/* entity: only the sources and queries of this one; NULL: of all. The migration must outlive it. */
void observed_init(struct observed *observed, struct arena *arena,
		   const struct migration_info *migration, const char *entity,
		   enum sql_dialect dialect);

/* One statement, or several with semicolons between them; no data: one that nobody may see. ERR_DATA: of a file that it is no SQL;
 * of any that there are too many. */
bool observed_add(struct observed *observed, const struct kept_statement *statement,
		  struct err *err);

void observed_judge(struct observed *observed);

/* calls of all in hundredths of a percent, rounded down: 10000 is all of them and nothing less. */
int observed_share(int64_t calls, int64_t all);

#endif
