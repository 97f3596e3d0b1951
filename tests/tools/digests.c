/*
 * digests.c: asks a target for the digest of every chunk afresh, and compares each with the one that is recorded.
 *
 *   tool_digests URL
 *
 * A line for each chunk: its entity and number, "same", "differs" or "unknown", what is recorded and what there is. Then one
 * for each table of records: "whole" where the digests of its chunks add up to that of the table, else "homeless": rows of it are
 * in no chunk. Exit 0 when every line says same or whole, 1 when not, 70 when it could not ask or there was nothing to ask.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/driver.h"
#include "engine/target/control.h"
#include "engine/target/final.h"
#include "engine/target/rows.h"
#include "engine/target/store_digest.h"

enum { TABLES_MAX = 32 };

struct asked {
	struct conn *target;
	struct arena arena;
	struct {
		const struct table *final;
		struct digest sum;
	} tables[TABLES_MAX];
	int table_count;
	bool is_sound;
};

/* Its place among the tables; one more where it is new. */
static int place_of(struct asked *asked, const struct table *final)
{
	int at = 0;

	while (at < asked->table_count && strcmp(asked->tables[at].final->name, final->name) != 0)
		at++;
	if (at == asked->table_count && at < TABLES_MAX)
		asked->tables[asked->table_count++].final = final;
	return at;
}

static struct digest sum_of(const char *text)
{
	struct digest sum = { 0, 0 };

	digest_from_hex(span_of(strchr(text, ':') + 1), &sum);
	return sum;
}

static bool ask_chunk(struct asked *asked, const struct datum *row, struct err *err)
{
	static const char *const answers[] = { "same", "differs", "unknown" };
	const char *slash = strchr(row[0].text.data, '/');
	size_t size = slash ? (size_t)(slash - row[0].text.data) : row[0].text.size;
	struct entity_info entity = {
		.record = arena_copy(&asked->arena, (struct span){ row[0].text.data, size }).data
	};
	const struct table *final = final_table(&asked->arena, &entity);
	enum store_digest_answer answer;
	char now[STORE_DIGEST_SIZE];

	if (!store_digest_make(asked->target, final, slash ? slash + 1 : "", row[1].number, now,
			       err))
		return false;
	digest_add(&asked->tables[place_of(asked, final)].sum, sum_of(now));
	answer = store_digest_compare(row[2].text, span_of(now));
	asked->is_sound = asked->is_sound && answer == STORE_DIGEST_SAME;
	printf("%s %lld %s %.*s %s\n", row[0].text.data, (long long)row[1].number, answers[answer],
	       SPAN_ARGS(row[2].text), now);
	return true;
}

static bool ask_table(struct asked *asked, int at, struct err *err)
{
	int columns[FINAL_COLUMNS];
	struct query query = { .table = asked->tables[at].final,
			       .columns = columns,
			       .column_count = FINAL_COLUMNS };
	struct digest sum;
	int64_t count;
	bool is_whole;

	for (int i = 0; i < FINAL_COLUMNS; i++)
		columns[i] = i;
	if (!conn_digest(asked->target, &query, &count, &sum, err))
		return false;
	is_whole = digest_equal(sum, asked->tables[at].sum);
	asked->is_sound = asked->is_sound && is_whole;
	printf("%s %lld %s\n", query.table->name, (long long)count,
	       is_whole ? "whole" : "homeless");
	return true;
}

static bool ask(struct asked *asked, struct err *err)
{
	static const int columns[] = { CHUNK_ENTITY, CHUNK_NO, CHUNK_STORE_DIGEST };
	static const int order[] = { CHUNK_ENTITY, CHUNK_NO };
	struct query query = { .table = &table_chunk,
			       .columns = columns,
			       .column_count = 3,
			       .order_by = order,
			       .order_count = 2 };
	struct rows rows;

	if (!rows_select(asked->target, &query, &asked->arena, &rows, err))
		return false;
	if (rows.row_count == 0)
		return err_set(err, ERR_DATA, "there are no chunks");
	for (size_t i = 0; i < rows.row_count; i++)
		if (!ask_chunk(asked, rows_row(&rows, i), err))
			return false;
	for (int i = 0; i < asked->table_count; i++)
		if (!ask_table(asked, i, err))
			return false;
	return true;
}

int main(int count, char **arguments)
{
	struct asked asked = { .is_sound = true };
	struct err err = { ERR_NONE, "" };
	bool ok;

	if (count != 2 || !conn_open(arguments[1], CONN_TARGET_READ, &asked.target, &err)) {
		fprintf(stderr, "tool_digests: %s\n", count == 2 ? err.text : "one URL, please");
		return 70;
	}
	arena_init(&asked.arena);
	ok = ask(&asked, &err);
	if (!ok)
		fprintf(stderr, "tool_digests: %s\n", err.text);
	arena_release(&asked.arena);
	conn_close(asked.target);
	if (!ok)
		return 70;
	return asked.is_sound ? 0 : 1;
}
