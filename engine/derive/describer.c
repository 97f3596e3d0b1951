/*
 * describer.c: what legacy's tables look like, for a rule version that is being loaded against them.
 */
#include "engine/derive/describer.h"

static bool describe(struct describer *describer, const char *name, bool is_query,
		     struct table_info *info, struct err *err)
{
	struct conn *legacy = describer->legacy;
	struct arena *arena = describer->arena;

	if (is_query)
		return conn_describe_query(legacy, name, arena, info, err) ||
		       err_while(err, "looking at a query");
	return conn_describe(legacy, name, arena, info, err) ||
	       err_while(err, "looking at table %s", name);
}

static const struct table_info *describe_next(void *context, const char *name, bool is_query)
{
	struct describer *describer = context;
	struct schema *schema = &describer->schema;
	struct table_info *tables, info = { .is_query = is_query };

	if (describer->err.code != ERR_NONE ||
	    !describe(describer, name, is_query, &info, &describer->err))
		return NULL;
	info.name = arena_text(describer->arena, name);
	tables = arena_grow_by_one(describer->arena, (void *)schema->tables, schema->table_count,
				   sizeof(*tables));
	tables[schema->table_count] = info;
	schema->tables = tables;
	return &tables[schema->table_count++];
}

void describer_init(struct describer *describer, struct conn *legacy, struct arena *arena)
{
	*describer = (struct describer){
		.schema = { .describe_next = describe_next, .context = describer },
		.legacy = legacy,
		.arena = arena,
	};
}
