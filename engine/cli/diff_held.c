/*
 * diff_held.c: looks up in the target, by their ids, the records of rows that come out differently, and who is believed for them.
 */
#include "engine/cli/diff_held.h"

#include "engine/target/final.h"

static const struct entity_info *entity_of(const struct held *held,
					   const struct entity_comparison *entity)
{
	return &held->comparison->migrations[0]->entities[entity->before];
}

/* What stands there and makes no sense leaves the rest of the comparison as it is; a store that is away does not. */
static bool read_authority(struct held *held, struct err *err)
{
	if (authority_load(held->target, held->arena, &held->believed.authority, err))
		return true;
	if (err->code == ERR_UNAVAILABLE || err->code == ERR_TRANSIENT)
		return false;
	held->believed.fault = arena_text(held->arena, err->text);
	err_reset(err);
	return true;
}

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
		table = final_table(arena, entity_of(held, entity));
		if (!conn_table_exists(target, table, &exists, err))
			return false;
		held->tables[i] = exists ? table : NULL;
	}
	return read_authority(held, err);
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

static void count_authority(struct held *held, const struct entity_comparison *entity,
			    struct span id)
{
	struct held_authority *believed = &held->believed;
	struct span kind = span_of(entity_of(held, entity)->record);

	believed->no_id += id.data == NULL;
	for (int facet = 0; id.data && facet < AUTHORITY_FACETS; facet++)
		believed->counts[facet][authority_holder(
		    &believed->authority, kind, (enum authority_facet)facet, bucket_of(id))]++;
}

bool held_ask(void *context, const struct entity_comparison *entity, enum row_class kind,
	      struct span before, struct span after, struct err *err)
{
	static const int columns[] = { FINAL_VERSION, FINAL_STATE };
	struct held *held = context;
	const struct table *table = held->tables[entity - held->comparison->entities];
	struct finding_one one = { held, false };
	/* What the earlier version made stands there, if anything does. */
	struct span id = before.data ? before : after;
	struct condition where = { FINAL_ID, IS_EQUAL, datum_span(id) };
	struct query query = { .table = table,
			       .columns = columns,
			       .column_count = 2,
			       .where = &where,
			       .where_count = 1 };

	(void)kind;
	held->asked++;
	if (table && id.data && !conn_select(held->target, &query, on_row, &one, err))
		return err_while(err, "asking the target for %.*s", SPAN_ARGS(id));
	held->not_held += !one.found;
	count_authority(held, entity, id);
	return true;
}

/* ---- what the counts are of ---- */

/* The first entity compared of each kind stands for it. */
static bool begins_kind(const struct held *held, int index)
{
	const struct entity_comparison *entities = held->comparison->entities;

	if (entities[index].why_not || entities[index].compared == 0)
		return false;
	for (int i = 0; i < index; i++)
		if (!entities[i].why_not && entities[i].compared > 0 &&
		    strcmp(entity_of(held, &entities[i])->record,
			   entity_of(held, &entities[index])->record) == 0)
			return false;
	return true;
}

int held_kind_count(const struct held *held)
{
	int count = 0;

	for (int i = 0; i < held->comparison->entity_count; i++)
		count += begins_kind(held, i);
	return count;
}

bool held_is_compared(const struct held *held, struct span kind)
{
	for (int i = 0; i < held->comparison->entity_count; i++)
		if (begins_kind(held, i) &&
		    span_equal_text(kind, entity_of(held, &held->comparison->entities[i])->record))
			return true;
	return false;
}

static bool is_of(const struct held *held, const struct authority_range *range,
		  enum authority_facet facet)
{
	return range->facet == facet && range->holder == AUTHORITY_TARGET &&
	       held_is_compared(held, range->entity);
}

bool held_next_range(const struct held *held, enum authority_facet facet, size_t *at,
		     struct authority_range *range)
{
	const struct authority *authority = &held->believed.authority;

	while (*at < authority->range_count && !is_of(held, &authority->ranges[*at], facet))
		++*at;
	if (*at == authority->range_count)
		return false;
	*range = authority->ranges[(*at)++];
	while (*at < authority->range_count && is_of(held, &authority->ranges[*at], facet) &&
	       span_equal(authority->ranges[*at].entity, range->entity) &&
	       authority->ranges[*at].bucket_first == range->bucket_last + 1)
		range->bucket_last = authority->ranges[(*at)++].bucket_last;
	return true;
}
