/*
 * compile_field.c: fields, their expressions and lookups, as C executes them.
 */
#include "engine/model/canonical.h"
#include "engine/rules/compile.h"
#include "engine/rules/library.h"

void compile_expression(lua_State *lua, struct loader *loader, const char *where,
			struct expression *expression)
{
	struct arena *arena = &loader->host->arena;
	int count = push_list(lua, "inputs");
	struct input *inputs = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*inputs));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		inputs[i] =
		    (struct input){ .kind = (enum input_kind)read_int(lua, "kind", INPUT_COLUMN),
				    .source = read_int(lua, "source", 0),
				    .column = read_int(lua, "column", 0),
				    .field = read_int(lua, "field", 0),
				    .up = read_int(lua, "up", 0) };
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	expression->inputs = inputs;
	expression->input_count = count;
	expression->by = read_function(lua, loader, "by", where);
	expression->is_quiet = read_bool(lua, "is_quiet");
	expression->file = read_text(lua, arena, "file");
	expression->line = read_int(lua, "line", 0);
}

static struct span copy_top(lua_State *lua, struct arena *arena)
{
	struct span text;

	text.data = luaL_checklstring(lua, -1, &text.size);
	return arena_copy(arena, text);
}

/* The value on top, which the prelude has found to be one of these. */
static struct constant read_constant(lua_State *lua, struct arena *arena)
{
	switch (lua_type(lua, -1)) {
	case LUA_TBOOLEAN:
		return (struct constant){ .kind = CONSTANT_BOOLEAN,
					  .integer = lua_toboolean(lua, -1) };
	case LUA_TNUMBER:
		return (struct constant){ .kind = CONSTANT_INTEGER,
					  .integer = (int64_t)lua_tonumber(lua, -1) };
	default:
		return (struct constant){ .kind = CONSTANT_TEXT, .text = copy_top(lua, arena) };
	}
}

/* The i-th of the entries on top. */
static void read_entry(lua_State *lua, struct arena *arena, int i, struct span *from,
		       struct constant *to)
{
	lua_rawgeti(lua, -1, i + 1);
	lua_getfield(lua, -1, "from");
	*from = copy_top(lua, arena);
	lua_pop(lua, 1);
	lua_getfield(lua, -1, "to");
	*to = read_constant(lua, arena);
	lua_pop(lua, 2);
}

/* The prelude has sorted the entries by the bytes of their keys. */
struct lookup *compile_lookup(lua_State *lua, struct arena *arena)
{
	struct lookup *lookup = NULL;
	struct lookup_entry *entries;

	lua_getfield(lua, -1, "lookup");
	if (lua_istable(lua, -1)) {
		int count = push_list(lua, "entries");

		entries = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*entries));
		for (int i = 0; i < count; i++)
			read_entry(lua, arena, i, &entries[i].from, &entries[i].to);
		lua_pop(lua, 1);
		lookup = arena_zalloc(arena, sizeof(*lookup));
		lookup->entries = entries;
		lookup->entry_count = count;
		lookup->name = read_text(lua, arena, "name");
		lookup->line = read_int(lua, "line", 0);
		lookup->file = read_text(lua, arena, "file");
	}
	lua_pop(lua, 1);
	return lookup;
}

/* The prelude has found every one of them valid. */
static const struct pattern *compile_pattern(lua_State *lua, struct span text)
{
	char message[PATTERN_MESSAGE_SIZE];
	const struct pattern *pattern =
	    pattern_compile(library_patterns(lua), text, false, message);

	if (!pattern)
		luaL_error(lua, "a pattern that was valid no longer is: %s", message);
	return pattern;
}

static const struct pattern_list *compile_patterns(lua_State *lua, struct arena *arena)
{
	struct pattern_list *list = NULL;
	struct pattern_entry *entries;

	lua_getfield(lua, -1, "patterns");
	if (lua_istable(lua, -1)) {
		int count = push_list(lua, "entries");

		entries = arena_zalloc(arena, ((size_t)count + 1) * sizeof(*entries));
		for (int i = 0; i < count; i++) {
			read_entry(lua, arena, i, &entries[i].text, &entries[i].to);
			entries[i].pattern = compile_pattern(lua, entries[i].text);
		}
		lua_pop(lua, 1);
		list = arena_zalloc(arena, sizeof(*list));
		list->entries = entries;
		list->entry_count = count;
		list->name = read_text(lua, arena, "name");
		list->line = read_int(lua, "line", 0);
	}
	lua_pop(lua, 1);
	return list;
}

static uint64_t decision_mask(lua_State *lua, struct arena *arena)
{
	int count;
	const int *decisions = read_ints(lua, arena, "decisions", &count);
	uint64_t mask = 0;

	for (int i = 0; i < count; i++)
		mask |= UINT64_C(1) << decisions[i];
	return mask;
}

static struct span name_json(struct arena *arena, const char *name)
{
	struct buf buf;
	struct span json;

	buf_init(&buf);
	canonical_put_string(&buf, span_of(name));
	buf_put_char(&buf, ':');
	json = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return json;
}

static void compile_value(lua_State *lua, struct loader *loader, const char *where,
			  struct field *field)
{
	lua_getfield(lua, -1, "value");
	compile_expression(lua, loader, where, &field->value);
	lua_pop(lua, 1);
	field->fold = (enum fold_kind)read_int(lua, "fold", FOLD_NONE);
	field->fold_function = read_function(lua, loader, "fold_function", where);
	field->lookup = compile_lookup(lua, &loader->host->arena);
	field->patterns = compile_patterns(lua, &loader->host->arena);
	field->map_key = read_function(lua, loader, "map_key", where);
	field->map_value = read_function(lua, loader, "map_value", where);
	field->key_chain.column = field->value_chain.column = -1;
}

static void compile_members(lua_State *lua, struct loader *loader, const char *where,
			    struct field *field)
{
	const char *outer = field->type == FIELD_OBJECT ? field->path : NULL;
	struct field_list members = compile_fields(lua, loader, "members", where, outer);
	int count;

	field->members = members.fields;
	field->member_count = members.count;
	field->slot_count = members.slot_count;
	field->member_order = read_ints(lua, &loader->host->arena, "member_order", &count);
}

static void compile_field(lua_State *lua, struct loader *loader, const char *where,
			  const char *outer, struct field *field)
{
	struct arena *arena = &loader->host->arena;
	const char *name = read_text(lua, arena, "name");

	where = arena_print(arena, "%s.%s", where, name).data;
	field->name = name;
	field->path = outer ? arena_print(arena, "%s.%s", outer, name).data : name;
	field->name_json = name_json(arena, name);
	field->type = (enum field_type)read_int(lua, "type", FIELD_TEXT);
	field->optional = read_bool(lua, "optional");
	compile_value(lua, loader, where, field);
	field->digits = read_int(lua, "digits", 0);
	field->scale = read_int(lua, "scale", 0);
	field->round = (enum decimal_round)read_int(lua, "round", DECIMAL_EXACT);
	field->prefix = read_text(lua, arena, "prefix");
	field->id_fold = (enum fold_kind)read_int(lua, "id_fold", FOLD_NONE);
	field->ref_entity = read_text(lua, arena, "ref_entity");
	field->enum_values = read_texts(lua, arena, "values", &field->enum_value_count);
	field->enum_index = read_int(lua, "enum_index", -1);
	field->decisions = decision_mask(lua, arena);
	field->list_source = read_int(lua, "list_source", -1);
	compile_members(lua, loader, where, field);
	field->file = read_text(lua, arena, "file");
	field->line = read_int(lua, "line", 0);
}

struct field_list compile_fields(lua_State *lua, struct loader *loader, const char *key,
				 const char *where, const char *outer)
{
	struct field_list list = { .count = push_list(lua, key) };

	luaL_checkstack(lua, LUA_MINSTACK, "fields are nested too deeply");
	list.slot_count = list.count;
	list.fields =
	    arena_zalloc(&loader->host->arena, ((size_t)list.count + 1) * sizeof(*list.fields));
	for (int i = 0; i < list.count; i++) {
		struct field *field = &list.fields[i];

		lua_rawgeti(lua, -1, i + 1);
		compile_field(lua, loader, where, outer, field);
		lua_pop(lua, 1);
		if (field->type != FIELD_OBJECT)
			continue;
		field->member_at = list.slot_count;
		list.slot_count += field->slot_count;
	}
	lua_pop(lua, 1);
	return list;
}
