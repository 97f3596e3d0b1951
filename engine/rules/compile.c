/*
 * compile.c: a migration and its entities, from the prelude's tables to what C executes.
 */
#include "engine/rules/compile.h"

#include "engine/rules/compile_source.h"
#include "engine/rules/fold_chain.h"

static const struct field_info *compile_field_infos(lua_State *lua, struct arena *arena,
						    const char *key, int *field_count)
{
	int count = push_list(lua, key);
	struct field_info *fields = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*fields));

	for (int i = 0; i < count; i++) {
		struct field_info *field = &fields[i];

		lua_rawgeti(lua, -1, i + 1);
		field->name = read_text(lua, arena, "name");
		field->type = read_text(lua, arena, "type_name");
		field->decisions = read_texts(lua, arena, "decision_ids", &field->decision_count);
		field->is_masked = read_bool(lua, "is_masked");
		field->is_critical = read_bool(lua, "is_critical");
		field->file = read_text(lua, arena, "file");
		field->line = read_int(lua, "line", 0);
		field->members = compile_field_infos(lua, arena, "members", &field->member_count);
		lua_getfield(lua, -1, "value");
		field->inputs = read_texts(lua, arena, "names", &field->input_count);
		lua_pop(lua, 2);
	}
	lua_pop(lua, 1);
	*field_count = count;
	return fields;
}

static void compile_enums(struct arena *arena, struct entity_info *info,
			  const struct entity_plan *plan)
{
	struct enum_info *enums =
	    arena_zalloc(arena, ((size_t)plan->field_count + 1) * sizeof(*enums));

	for (int i = 0; i < plan->field_count; i++) {
		const struct field *field = &plan->fields[i];

		if (field->type == FIELD_ENUM && field->enum_index >= 0)
			enums[info->enum_count++] =
			    (struct enum_info){ .field = field->name,
						.values = field->enum_values,
						.value_count = field->enum_value_count };
	}
	info->enums = enums;
}

/* Those inside objects and lists are left to their functions: their rows are few. */
static void compile_map(lua_State *lua, struct loader *loader, const struct entity_plan *plan,
			struct field *field)
{
	const struct source *source;
	const struct source_plan *columns;

	if (field->type != FIELD_MAP)
		return;
	source = &plan->info->sources.sources[field->list_source];
	columns = &plan->sources[field->list_source];
	field->key_chain = fold_chain_find(lua, loader, field->map_key, source, columns);
	field->value_chain = fold_chain_find(lua, loader, field->map_value, source, columns);
}

static bool is_plain_text(const struct entity_plan *plan, const struct field *field)
{
	const struct input *input = field->value.inputs;
	enum source_kind kind;

	if (field->type != FIELD_TEXT || field->value.by != NO_FUNCTION ||
	    field->value.input_count != 1 || input->kind != INPUT_COLUMN)
		return false;
	kind = plan->info->sources.sources[input->source].kind;
	return (kind == SOURCE_ROOT || kind == SOURCE_CHILDREN) && field->fold == FOLD_NONE &&
	       !field->lookup && !field->patterns &&
	       plan->sources[input->source].types[input->column].kind == COLUMN_TEXT;
}

static void mark_plain(const struct entity_plan *plan, struct field *fields, int field_count)
{
	for (int i = 0; i < field_count; i++) {
		fields[i].is_plain = is_plain_text(plan, &fields[i]);
		mark_plain(plan, fields[i].members, fields[i].member_count);
	}
}

static void compile_entity_fields(lua_State *lua, struct loader *loader, struct entity_info *info,
				  struct entity_plan *plan)
{
	struct arena *arena = &loader->host->arena;
	struct field_list list = compile_fields(lua, loader, "fields", info->name, NULL);
	int count;

	plan->fields = list.fields;
	plan->field_count = list.count;
	plan->slot_count = list.slot_count;
	plan->field_order = read_ints(lua, arena, "order", &count);
	for (int i = 0; i < plan->field_count; i++) {
		compile_map(lua, loader, plan, &list.fields[i]);
		if (plan->fields[i].type == FIELD_ID)
			plan->id_field = i;
	}
	mark_plain(plan, list.fields, list.count);
	info->fields = compile_field_infos(lua, arena, "fields", &info->field_count);
	compile_enums(arena, info, plan);
}

static void compile_decision(lua_State *lua, struct loader *loader, const char *outer,
			     struct decision_info *info, struct decision_plan *plan)
{
	struct arena *arena = &loader->host->arena;

	info->id = read_text(lua, arena, "id");
	info->question = read_text(lua, arena, "question");
	info->choice = read_text(lua, arena, "choice");
	info->because = read_text(lua, arena, "because");
	info->owner = read_text(lua, arena, "owner");
	info->decided = read_text(lua, arena, "decided");
	info->review_by = read_text(lua, arena, "review_by");
	info->line = read_int(lua, "line", 0);
	lua_getfield(lua, -1, "touches");
	plan->has_touches = lua_istable(lua, -1);
	if (plan->has_touches)
		compile_expression(lua, loader,
				   arena_print(arena, "%s.decisions.%s", outer, info->id).data,
				   &plan->touches);
	lua_pop(lua, 1);
}

static void compile_decisions(lua_State *lua, struct loader *loader, struct entity_info *info,
			      struct entity_plan *plan)
{
	struct arena *arena = &loader->host->arena;
	int count = push_list(lua, "decisions");
	struct decision_info *infos = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*infos));
	struct decision_plan *plans = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*plans));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		compile_decision(lua, loader, info->name, &infos[i], &plans[i]);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	info->decisions = infos;
	info->decision_count = count;
	plan->decisions = plans;
}

static const struct named_expression *compile_named(lua_State *lua, struct loader *loader,
						    const char *key, const char *outer, int *count)
{
	struct arena *arena = &loader->host->arena;
	struct named_expression *named;

	*count = push_list(lua, key);
	named = arena_zalloc(arena, ((size_t)*count + 1) * sizeof(*named));
	for (int i = 0; i < *count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		named[i].name = read_text(lua, arena, "name");
		lua_getfield(lua, -1, "value");
		compile_expression(lua, loader,
				   arena_print(arena, "%s.%s", outer, named[i].name).data,
				   &named[i].value);
		lua_pop(lua, 2);
	}
	lua_pop(lua, 1);
	return named;
}

static void compile_invariants(lua_State *lua, struct loader *loader, struct entity_info *info,
			       struct entity_plan *plan)
{
	struct arena *arena = &loader->host->arena;
	int count = push_list(lua, "invariants");
	struct invariant *invariants =
	    arena_zalloc(arena, ((size_t)count + 1) * sizeof(*invariants));
	const char **names = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*names));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		names[i] = read_text(lua, arena, "name");
		invariants[i] = (struct invariant){
			.name = names[i],
			.function = read_function(lua, loader, "fn", names[i]),
			.is_quiet = read_bool(lua, "is_quiet"),
			.file = read_text(lua, arena, "file"),
			.line = read_int(lua, "line", 0),
		};
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	plan->invariants = invariants;
	plan->invariant_count = info->invariant_count = count;
	info->invariants = names;
}

static void compile_examples(lua_State *lua, struct arena *arena, struct entity_info *info,
			     struct entity_plan *plan)
{
	int count = push_list(lua, "examples");
	struct example_info *examples =
	    arena_zalloc(arena, ((size_t)count + 1) * sizeof(*examples));
	int *refs = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*refs));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		examples[i] = (struct example_info){ .name = read_text(lua, arena, "name"),
						     .file = read_text(lua, arena, "file"),
						     .line = read_int(lua, "line", 0) };
		lua_getfield(lua, -1, "def");
		refs[i] = luaL_ref(lua, LUA_REGISTRYINDEX);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	info->examples = examples;
	info->example_count = count;
	plan->example_refs = refs;
}

static void compile_entity(lua_State *lua, struct loader *loader, struct entity_info *info,
			   struct entity_plan *plan)
{
	struct arena *arena = &loader->host->arena;
	const char **reasons;

	plan->info = info;
	info->name = read_text(lua, arena, "name");
	info->record = read_text(lua, arena, "record");
	info->part = read_text(lua, arena, "part");
	if (!info->part)
		info->part = "";
	info->id_field = read_text(lua, arena, "id_field");
	info->on_delete = read_text(lua, arena, "on_delete");
	info->file = read_text(lua, arena, "file");
	info->line = read_int(lua, "line", 0);
	compile_sources(lua, loader->host, info, plan);
	compile_entity_fields(lua, loader, info, plan);
	compile_decisions(lua, loader, info, plan);
	plan->skips = compile_named(lua, loader, "skips", info->name, &plan->skip_count);
	plan->rejects = compile_named(lua, loader, "rejects", info->name, &plan->reject_count);
	compile_invariants(lua, loader, info, plan);
	compile_evidence(lua, loader, info, plan);
	compile_examples(lua, arena, info, plan);
	reasons = arena_zalloc(arena, ((size_t)plan->skip_count + 1) * sizeof(*reasons));
	for (int i = 0; i < plan->skip_count; i++)
		reasons[i] = plan->skips[i].name;
	info->skip_reasons = reasons;
	info->skip_reason_count = plan->skip_count;
}

void compile_migration(lua_State *lua, struct loader *loader)
{
	struct rule_host *host = loader->host;
	struct arena *arena = &host->arena;
	struct entity_info *infos;
	struct entity_plan *plans;
	int count;

	luaL_checkstack(lua, 40, "the rule is nested too deeply");
	host->migration.version = read_text(lua, arena, "version");
	host->migration.supersedes = read_text(lua, arena, "supersedes");
	host->migration.system = read_text(lua, arena, "system");
	compile_history(lua, arena, &host->migration.history);
	count = push_list(lua, "entities");
	infos = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*infos));
	plans = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*plans));
	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		compile_entity(lua, loader, &infos[i], &plans[i]);
		lua_pop(lua, 1);
		infos[i].first_part = i;
		for (int first = i - 1; first >= 0; first--)
			if (strcmp(infos[first].record, infos[i].record) == 0)
				infos[i].first_part = first;
	}
	lua_pop(lua, 1);
	host->migration.entities = infos;
	host->migration.entity_count = count;
	host->plans = plans;
}
