/*
 * compile_source.c: sources, their columns and the columns' types.
 */
#include "engine/rules/compile_source.h"

#include "engine/base/require.h"
#include "engine/model/row_key.h"

static int column_index(const struct source *source, const char *name)
{
	for (int i = 0; i < source->column_count; i++) {
		if (span_equal_text(span_of(source->columns[i]), name))
			return i;
	}
	return -1;
}

static const int *column_indices(lua_State *lua, struct arena *arena, const char *key,
				 const struct source *source, int *count)
{
	const char *const *names = read_texts(lua, arena, key, count);
	int *indices = arena_alloc(arena, ((size_t)*count + 1) * sizeof(*indices));

	for (int i = 0; i < *count; i++) {
		indices[i] = column_index(source, names[i]);
		require(indices[i] >= 0);
	}
	return indices;
}

static const struct zone *hold_zone(lua_State *lua, struct rule_host *host, const char *name)
{
	const struct zone *zone = zones_hold(&host->zones, name);

	if (!zone)
		luaL_error(lua, "the time zone \"%s\" cannot be opened", name);
	return zone;
}

/* The lookup's texts are names of zones; what it gives then is the zone's index. */
static void hold_zones(lua_State *lua, struct rule_host *host, struct row_zone *row_zone,
		       struct lookup *lookup)
{
	size_t count = (size_t)lookup->entry_count;
	struct lookup_entry *entries = arena_alloc(&host->arena, (count + 1) * sizeof(*entries));
	const struct zone **zones = arena_alloc(&host->arena, (count + 1) * sizeof(const void *));

	for (size_t i = 0; i < count; i++) {
		const struct lookup_entry *entry = &lookup->entries[i];

		zones[i] = hold_zone(lua, host, entry->to.text.data);
		entries[i] = *entry;
		entries[i].to =
		    (struct constant){ .kind = CONSTANT_INTEGER, .integer = (int64_t)i };
	}
	lookup->entries = entries;
	row_zone->zones = zones;
}

static const struct row_zone *read_row_zone(lua_State *lua, struct rule_host *host,
					    const struct source *source)
{
	struct row_zone *row_zone = NULL;
	struct lookup *lookup;
	const char *column;

	lua_getfield(lua, -1, "row_zone");
	if (lua_istable(lua, -1)) {
		row_zone = arena_zalloc(&host->arena, sizeof(*row_zone));
		column = read_text(lua, &host->loader->scratch, "column");
		row_zone->column = column_index(source, column);
		require(row_zone->column >= 0);
		lookup = compile_lookup(lua, &host->arena);
		if (lookup)
			hold_zones(lua, host, row_zone, lookup);
		row_zone->lookup = lookup;
	}
	lua_pop(lua, 1);
	return row_zone;
}

static struct column_type read_type(lua_State *lua, struct rule_host *host,
				    const struct source *source)
{
	struct column_type type = {
		.kind = (enum column_type_kind)read_int(lua, "kind", COLUMN_TEXT),
		.row_zone = read_row_zone(lua, host, source),
		.epoch_unit_us = read_int(lua, "epoch_unit_us", 0),
		.ambiguous = (enum ambiguous_time)read_int(lua, "ambiguous", AMBIGUOUS_REJECT),
		.skipped_forward = read_bool(lua, "skipped_forward"),
	};
	const char *zone = read_text(lua, &host->loader->scratch, "zone");

	if (zone)
		type.zone = hold_zone(lua, host, zone);
	return type;
}

static const struct column_type *read_types(lua_State *lua, struct rule_host *host,
					    const struct source *source)
{
	struct column_type *types =
	    arena_zalloc(&host->arena, ((size_t)source->column_count + 1) * sizeof(*types));

	lua_getfield(lua, -1, "types");
	for (int i = 0; i < source->column_count; i++) {
		lua_getfield(lua, -1, source->columns[i]);
		if (lua_istable(lua, -1))
			types[i] = read_type(lua, host, source);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	return types;
}

static const struct span *read_nulls(lua_State *lua, struct arena *arena, int *count)
{
	struct span *nulls;

	*count = push_list(lua, "nulls");
	nulls = arena_alloc(arena, ((size_t)*count + 1) * sizeof(*nulls));
	for (int i = 0; i < *count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		nulls[i].data = luaL_checklstring(lua, -1, &nulls[i].size);
		nulls[i] = arena_copy(arena, nulls[i]);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	return nulls;
}

static const bool *read_masked(lua_State *lua, struct arena *arena, const struct source *source)
{
	int count;
	const int *columns = column_indices(lua, arena, "masked_list", source, &count);
	bool *masked = arena_zalloc(arena, (size_t)source->column_count + 1);

	for (int i = 0; i < count; i++)
		masked[columns[i]] = true;
	return count ? masked : NULL;
}

/* Children stand behind the source they belong to. */
static void compile_above(lua_State *lua, struct arena *arena, const struct source *sources,
			  struct source *source)
{
	int count;

	if (source->kind != SOURCE_CHILDREN)
		return;
	lua_getfield(lua, -1, "above");
	source->of = read_int(lua, "index", 0);
	lua_pop(lua, 1);
	if (source->of == 0)
		return;
	require(&sources[source->of] < source);
	source->of_columns =
	    column_indices(lua, arena, "above_columns", &sources[source->of], &count);
	require(count == source->parent_count);
	lua_getfield(lua, -1, "root_columns");
	if (!lua_isnil(lua, -1)) {
		lua_pop(lua, 1);
		source->root_columns = column_indices(lua, arena, "root_columns", source, &count);
		require(count == sources[0].key_count);
	} else {
		lua_pop(lua, 1);
	}
}

static void compile_source(lua_State *lua, struct rule_host *host, const struct source *sources,
			   struct source *source, struct source_plan *plan)
{
	static const enum source_kind kinds[] = { SOURCE_ROOT, SOURCE_CHILDREN, SOURCE_REFERENCE };
	struct arena *arena = &host->arena;

	source->name = read_text(lua, arena, "name");
	source->kind = kinds[read_int(lua, "kind", 0)];
	source->table = read_text(lua, arena, "table");
	source->query = read_text(lua, arena, "query");
	source->tables = read_texts(lua, arena, "tables", &source->table_count);
	source->columns = read_texts(lua, arena, "columns", &source->column_count);
	source->key_columns = column_indices(lua, arena, "key", source, &source->key_count);
	source->is_keyless = read_bool(lua, "is_keyless");
	source->star_column = column_index(source, ROW_KEY_COLUMN);
	source->copies_column = column_index(source, ROW_COPIES_COLUMN);
	source->parent_columns =
	    column_indices(lua, arena, "parent", source, &source->parent_count);
	source->optional = read_bool(lua, "optional");
	compile_above(lua, arena, sources, source);
	source->ignored = read_texts(lua, arena, "ignored_list", &source->ignored_count);
	source->masked = read_masked(lua, arena, source);
	lua_getfield(lua, -1, "at");
	source->file = read_text(lua, arena, "file");
	source->line = read_int(lua, "line", 0);
	lua_pop(lua, 1);
	plan->types = read_types(lua, host, source);
	plan->nulls = read_nulls(lua, arena, &plan->null_count);
	lua_getfield(lua, -1, "column_index");
	plan->names_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
}

/* References stand behind the source they come from, whose columns are known by now. */
static void compile_reference(lua_State *lua, struct rule_host *host, struct source *sources,
			      struct source *source)
{
	int count;

	if (source->kind != SOURCE_REFERENCE)
		return;
	lua_getfield(lua, -1, "from_source");
	source->from_source = read_int(lua, "index", 0);
	lua_pop(lua, 1);
	source->from_columns =
	    column_indices(lua, &host->arena, "from", &sources[source->from_source], &count);
	require(count == source->key_count);
}

void compile_sources(lua_State *lua, struct rule_host *host, struct entity_info *info,
		     struct entity_plan *plan)
{
	int count = push_list(lua, "sources");
	struct source *sources = arena_zalloc(&host->arena, ((size_t)count + 1) * sizeof(*sources));
	struct source_plan *plans =
	    arena_zalloc(&host->arena, ((size_t)count + 1) * sizeof(*plans));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		compile_source(lua, host, sources, &sources[i], &plans[i]);
		compile_reference(lua, host, sources, &sources[i]);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	info->sources = (struct source_set){ .sources = sources, .source_count = count };
	plan->sources = plans;
}
