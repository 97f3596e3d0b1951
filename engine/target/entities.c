/*
 * entities.c: the names of what was moved into the target.
 */
#include "engine/target/entities.h"

#include "engine/target/control.h"

bool entities_names(struct conn *target, struct arena *arena, struct rows *names, struct err *err)
{
	static const int columns[] = { ENTITY_NAME };
	struct query query = { .table = &table_entity,
			       .columns = columns,
			       .column_count = 1,
			       .order_by = columns,
			       .order_count = 1 };

	return rows_select(target, &query, arena, names, err);
}

static struct span kind_of(struct span name)
{
	const char *slash = memchr(name.data, '/', name.size);

	return (struct span){ name.data, slash ? (size_t)(slash - name.data) : name.size };
}

static bool is_among(struct span kind, const struct span *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal(kinds[i], kind))
			return true;
	return false;
}

bool entities_kinds(struct conn *target, struct arena *arena, struct span **kinds, size_t *count,
		    struct err *err)
{
	struct rows names = { .row_count = 0 };
	bool exists;

	*count = 0;
	if (!conn_table_exists(target, &table_entity, &exists, err) ||
	    (exists && !entities_names(target, arena, &names, err)))
		return false;
	*kinds = arena_alloc(arena, (names.row_count + 1) * sizeof(**kinds));
	for (size_t i = 0; i < names.row_count; i++) {
		struct span kind = kind_of(rows_row(&names, i)[0].text);

		if (!is_among(kind, *kinds, *count))
			(*kinds)[(*count)++] = kind;
	}
	return true;
}
