/*
 * compile_evidence.c: what is to be proven, from the prelude's tables to what C reads (evidence.h).
 */
#include "engine/rules/compile.h"

static const struct none_info *compile_nones(lua_State *lua, struct arena *arena, int *none_count)
{
	int count = push_list(lua, "nones");
	struct none_info *nones = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*nones));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		nones[i] = (struct none_info){ .name = read_text(lua, arena, "name"),
					       .sql = read_text(lua, arena, "sql"),
					       .file = read_text(lua, arena, "file"),
					       .line = read_int(lua, "line", 0) };
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	*none_count = count;
	return nones;
}

static const struct query_parameter *compile_parameters(lua_State *lua, struct arena *arena,
							int *parameter_count)
{
	int count = push_list(lua, "params");
	struct query_parameter *parameters =
	    arena_zalloc(arena, ((size_t)count + 1) * sizeof(*parameters));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		parameters[i] =
		    (struct query_parameter){ .name = read_text(lua, arena, "name"),
					      .field = read_text(lua, arena, "path"),
					      .sample_count = read_int(lua, "count", 0),
					      .source = read_int(lua, "source", -1),
					      .column = read_int(lua, "column", -1),
					      .is_masked = read_bool(lua, "is_masked") };
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	*parameter_count = count;
	return parameters;
}

static struct query_tolerance read_tolerance(lua_State *lua, struct arena *arena)
{
	struct query_tolerance tolerance = { 0 };

	lua_getfield(lua, -1, "tolerance");
	if (lua_istable(lua, -1))
		tolerance = (struct query_tolerance){ .absolute = read_text(lua, arena, "absolute"),
						      .because = read_text(lua, arena, "because"),
						      .owner = read_text(lua, arena, "owner"),
						      .expires = read_text(lua, arena, "expires") };
	lua_pop(lua, 1);
	return tolerance;
}

static const struct query_column *compile_columns(lua_State *lua, struct arena *arena,
						  int *column_count)
{
	int count = push_list(lua, "columns");
	struct query_column *columns = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*columns));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		columns[i] = (struct query_column){ .name = read_text(lua, arena, "name"),
						    .field = read_text(lua, arena, "path"),
						    .is_key = read_bool(lua, "is_key"),
						    .is_masked = read_bool(lua, "is_masked"),
						    .source = read_int(lua, "source", -1),
						    .column = read_int(lua, "column", -1),
						    .tolerance = read_tolerance(lua, arena) };
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	*column_count = count;
	return columns;
}

static const struct answer_cell *compile_cells(lua_State *lua, struct arena *arena, int *cell_count)
{
	int count = push_list(lua, "cells");
	struct answer_cell *cells = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*cells));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		cells[i] = (struct answer_cell){ .source = read_int(lua, "source", -1),
						 .column = read_int(lua, "column", -1),
						 .from = read_int(lua, "from", -1) };
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	*cell_count = count;
	return cells;
}

static void compile_answers(lua_State *lua, struct arena *arena, struct query_plan *plan)
{
	int count = push_list(lua, "columns");
	struct answer_column *columns = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*columns));

	for (int i = 0; i < count; i++) {
		struct answer_column *column = &columns[i];

		lua_rawgeti(lua, -1, i + 1);
		column->steps = read_ints(lua, arena, "steps", &column->step_count);
		column->outer = read_int(lua, "outer_index", -1);
		column->member = read_int(lua, "member_index", -1);
		column->cells = compile_cells(lua, arena, &column->cell_count);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	plan->columns = columns;
	plan->column_count = count;
}

static void compile_query(lua_State *lua, struct arena *arena, struct query_info *query,
			  struct query_plan *plan)
{
	compile_answers(lua, arena, plan);
	query->name = read_text(lua, arena, "name");
	query->why = read_text(lua, arena, "why");
	query->legacy = read_text(lua, arena, "legacy");
	query->target = read_text(lua, arena, "target");
	query->parameters = compile_parameters(lua, arena, &query->parameter_count);
	query->columns = compile_columns(lua, arena, &query->column_count);
	query->is_ordered = read_bool(lua, "is_ordered");
	query->file = read_text(lua, arena, "file");
	query->line = read_int(lua, "line", 0);
}

void compile_evidence(lua_State *lua, struct loader *loader, struct entity_info *info,
		      struct entity_plan *plan)
{
	struct arena *arena = &loader->host->arena;
	struct query_info *queries;
	struct query_plan *plans;
	int count;

	info->nones = compile_nones(lua, arena, &info->none_count);
	count = push_list(lua, "queries");
	queries = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*queries));
	plans = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*plans));
	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		compile_query(lua, arena, &queries[i], &plans[i]);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	info->queries = queries;
	info->query_count = count;
	plan->queries = plans;
}

static double read_number(lua_State *lua, const char *name)
{
	double value;

	lua_getfield(lua, -1, name);
	value = lua_tonumber(lua, -1);
	lua_pop(lua, 1);
	return value;
}

static void read_sample(lua_State *lua, struct arena *arena, struct history_policy *history)
{
	lua_getfield(lua, -1, "sample");
	history->has_sample = lua_istable(lua, -1) != 0;
	if (history->has_sample) {
		history->sample_percent_text = read_text(lua, arena, "percent_text");
		history->sample_percent = read_number(lua, "percent");
		history->sample_rate = read_number(lua, "rate");
		history->sample_per_stratum = read_int(lua, "per_stratum", 0);
	}
	lua_pop(lua, 1);
}

void compile_history(lua_State *lua, struct arena *arena, struct history_policy *history)
{
	lua_getfield(lua, -1, "history");
	history->is_given = lua_istable(lua, -1) != 0;
	if (history->is_given) {
		history->balance = read_bool(lua, "balance");
		history->all_invariants = read_bool(lua, "all_invariants");
		history->sampled_invariants = read_bool(lua, "sampled_invariants");
		history->all_digests = read_bool(lua, "all_digests");
		history->all_queries = read_bool(lua, "all_queries");
		read_sample(lua, arena, history);
		history->empty = read_texts(lua, arena, "empty", &history->empty_count);
		history->fresh = read_text(lua, arena, "fresh");
		history->fresh_seconds = (int64_t)read_number(lua, "fresh_seconds");
		history->max_lag = read_text(lua, arena, "max_lag");
		history->max_lag_seconds = (int64_t)read_number(lua, "max_lag_seconds");
		history->approvals = read_int(lua, "approvals", 0);
		history->file = read_text(lua, arena, "file");
		history->line = read_int(lua, "line", 0);
	}
	lua_pop(lua, 1);
}
