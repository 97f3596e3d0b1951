/*
 * diff_held.c: looks up in the target, by their ids, the records of rows that come out differently.
 */
#include "engine/cli/diff_held.h"

#include "engine/target/final.h"

bool held_begin(struct held *held, struct conn *target, const struct comparison *comparison,
		struct arena *arena, struct err *err)
{
	*held = (struct held){ .target = target, .arena = arena, .comparison = comparison };
	held->tables =
	    arena_zalloc(arena, ((size_t)comparison->entity_count + 1) * sizeof(*held->tables));
	for (int i = 0; i < comparison->entity_count; i++) {
		const struct entity_comparison *entity = &comparison->entities[i];
		const struct table *table;
		bool exists;

		if (entity->why_not)
			continue;
		table = final_table(arena, &comparison->migrations[0]->entities[entity->before]);
		if (!conn_table_exists(target, table, &exists, err))
			return false;
		held->tables[i] = exists ? table : NULL;
	}
	return true;
}

static void count_version(struct held *held, struct span version, bool is_live)
{
	int at = 0;

	while (at < held->version_count && span_compare(held->versions[at].version, version) < 0)
		at++;
	if (at == held->version_count || !span_equal(held->versions[at].version, version)) {
		if (held->version_count == HELD_VERSIONS_MAX) {
			held->others++;
			return;
		}
		for (int i = held->version_count++; i > at; i--)
			held->versions[i] = held->versions[i - 1];
		held->versions[at] =
		    (struct held_version){ .version = arena_copy(held->arena, version) };
	}
	if (is_live)
		held->versions[at].live++;
	else
		held->versions[at].withdrawn++;
}

struct finding_one {
	struct held *held;
	bool found;
};

static bool on_row(void *context, const struct datum *cells, struct err *err)
{
	struct finding_one *one = context;

	(void)err;
	one->found = true;
	count_version(one->held, cells[0].text, cells[1].text.size == 0);
	return true;
}

bool held_ask(void *context, const struct entity_comparison *entity, enum row_class kind,
	      struct span before, struct span after, struct err *err)
{
	static const int columns[] = { FINAL_VERSION, FINAL_STATE };
	struct held *held = context;
	const struct table *table = held->tables[entity - held->comparison->entities];
	struct finding_one one = { held, false };
	/* What the earlier version made stands there, if anything does. */
	struct condition where = { FINAL_ID, IS_EQUAL, datum_span(before.data ? before : after) };
	struct query query = { .table = table,
			       .columns = columns,
			       .column_count = 2,
			       .where = &where,
			       .where_count = 1 };

	(void)kind;
	held->asked++;
	if (table && (before.data || after.data) &&
	    !conn_select(held->target, &query, on_row, &one, err))
		return err_while(err, "asking the target for %.*s",
				 SPAN_ARGS(before.data ? before : after));
	held->not_held += !one.found;
	return true;
}
