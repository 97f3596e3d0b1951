/*
 * reader.c: opens and closes readers, and the snapshot that each read happens in.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/base/clock.h"
#include "engine/base/memory.h"

enum { STEPS_BETWEEN_LOOKS = 10000 };

static int is_over(void *context)
{
	const struct sqlite_conn *conn = context;

	return clock_monotonic_ns() > conn->give_up_ns;
}

void patience_begin(struct sqlite_conn *conn, int seconds)
{
	conn->give_up_ns = clock_monotonic_ns() + seconds * INT64_C(1000000000);
	sqlite3_progress_handler(conn->db, STEPS_BETWEEN_LOOKS, is_over, conn);
}

void patience_end(struct sqlite_conn *conn)
{
	sqlite3_progress_handler(conn->db, 0, NULL, NULL);
}

bool sqlite_open_reader(struct conn *conn, const struct source_set *sources, struct reader **opened,
			struct err *err)
{
	struct reader *reader = memory_resize(NULL, sizeof(*reader));
	size_t column_count_max = KEY_PARTS_MAX;
	bool ok;

	memset(reader, 0, sizeof(*reader));
	reader->conn = sqlite_of(conn);
	reader->set = sources;
	arena_init(&reader->shapes);
	arena_init(&reader->scratch);
	buf_init(&reader->key);
	for (int i = 0; i < sources->source_count; i++)
		if ((size_t)sources->sources[i].column_count > column_count_max)
			column_count_max = (size_t)sources->sources[i].column_count;
	reader->numbers = memory_resize(NULL, column_count_max * NUMBER_TEXT_SIZE);

	/* One snapshot for all checks: what was checked is what schema_version stands for. */
	patience_begin(reader->conn, WALK_SECONDS_MAX);
	ok = sqlite_run(reader->conn, "begin", err);
	ok = ok &&
	     sqlite_number(reader->conn, "pragma schema_version", &reader->schema_version, err);
	ok = ok && reader_check(reader, err);
	ok = ok && reader_learn_kinds(reader, err);
	snapshot_end(reader);
	if (!ok) {
		sqlite_close_reader(reader);
		return false;
	}
	*opened = reader;
	return true;
}

void sqlite_close_reader(struct reader *reader)
{
	for (int i = 0; i < SOURCES_MAX; i++)
		for (int wanted = 0; wanted < ROWS_WANTED_COUNT; wanted++)
			sqlite3_finalize(reader->sources[i].statements[wanted]);
	for (int wanted = 0; wanted <= ROWS_BETWEEN; wanted++)
		sqlite3_finalize(reader->bounds[wanted]);
	keyless_close(reader);
	arena_release(&reader->shapes);
	arena_release(&reader->scratch);
	buf_release(&reader->key);
	seen_release(&reader->seen);
	free(reader->numbers);
	free(reader);
}

static bool check_version(struct reader *reader, struct err *err)
{
	int64_t version;

	/* Reading it is also what fixes the snapshot. */
	if (!sqlite_number(reader->conn, "pragma schema_version", &version, err))
		return false;
	if (version == reader->schema_version)
		return true;
	if (!reader_check_again(reader, err))
		return false;
	reader->schema_version = version;
	return true;
}

bool snapshot_begin(struct reader *reader, struct err *err)
{
	arena_reset(&reader->scratch);
	if (!sqlite_run(reader->conn, "begin", err))
		return false;
	patience_begin(reader->conn, READ_SECONDS_MAX);
	if (check_version(reader, err) && keyless_fill(reader, err))
		return true;
	snapshot_end(reader);
	return false;
}

void snapshot_end(struct reader *reader)
{
	patience_end(reader->conn);
	/* Nothing was written but keys of a root without one, which are to stay. */
	if (!sqlite3_get_autocommit(reader->conn->db))
		sqlite3_exec(reader->conn->db, "commit", NULL, NULL, NULL);
	if (!sqlite3_get_autocommit(reader->conn->db))
		sqlite3_exec(reader->conn->db, "rollback", NULL, NULL, NULL);
}
