/*
 * store_digest.c: the store's own digest of a chunk, and what two of them say.
 */
#include "engine/target/store_digest.h"

#include <stdio.h>

#include "engine/base/require.h"
#include "engine/target/final.h"

bool store_digest_make(struct conn *target, const struct table *final, const char *part,
		       int64_t chunk_no, char text[STORE_DIGEST_SIZE], struct err *err)
{
	struct condition where[] = {
		{ FINAL_PART, IS_EQUAL, datum_text(part) },
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(chunk_no) },
	};
	int columns[FINAL_COLUMNS];
	struct query query = { .table = final,
			       .columns = columns,
			       .column_count = FINAL_COLUMNS,
			       .where = where,
			       .where_count = 2 };
	struct digest sum;
	const char *name;
	char hex[DIGEST_HEX_SIZE];
	int64_t count;

	require(final->column_count == FINAL_COLUMNS);
	for (int i = 0; i < FINAL_COLUMNS; i++)
		columns[i] = i;
	if (!conn_digest_name(target, &name, err) ||
	    !conn_digest(target, &query, &count, &sum, err))
		return false;
	digest_to_hex(sum, hex);
	snprintf(text, STORE_DIGEST_SIZE, "%s:%s", name, hex);
	return true;
}

/* The bytes before the ':'; no data where it is no digest at all. */
static struct span name_of(struct span digest)
{
	const char *colon = digest.size ? memchr(digest.data, ':', digest.size) : NULL;
	struct digest sum;
	size_t size;

	if (colon == NULL || colon == digest.data)
		return SPAN_NONE;
	size = (size_t)(colon - digest.data);
	if (!digest_from_hex((struct span){ colon + 1, digest.size - size - 1 }, &sum))
		return SPAN_NONE;
	return (struct span){ digest.data, size };
}

enum store_digest_answer store_digest_compare(struct span recorded, struct span now)
{
	struct span name = name_of(recorded);

	if (name.data == NULL || !span_equal(name, name_of(now)))
		return STORE_DIGEST_UNKNOWN;
	return span_equal(recorded, now) ? STORE_DIGEST_SAME : STORE_DIGEST_DIFFERS;
}
