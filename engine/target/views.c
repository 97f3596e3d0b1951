/*
 * views.c: an entity's fields as columns of tables.
 */
#include "engine/target/views.h"

#include <strings.h>

#include "engine/target/final.h"

struct making {
	struct arena *arena;
	const struct entity_info *entity;
	const struct table *table;
	struct table_view *views;
	int count;
	struct err *err;
};

/* A table that is being made: rows a record, or an element of a list. */
struct sheet {
	const char *name,
	    *owner; /* owner: the entity or the list itself, for what cannot be called "id" */
	const struct field_info *fields;
	int field_count;
	const struct view_path *lists;
	int list_count;
	struct view_column *columns;
	int column_count;
};

enum view_kind view_kind_of(const char *type)
{
	static const struct {
		const char *type;
		enum view_kind kind;
	} kinds[] = {
		{ "text", VIEW_TEXT },       { "id", VIEW_TEXT },       { "ref", VIEW_TEXT },
		{ "enum", VIEW_TEXT },       { "bytes", VIEW_TEXT },    { "integer", VIEW_INTEGER },
		{ "decimal", VIEW_DECIMAL }, { "bigint", VIEW_BIGINT }, { "boolean", VIEW_BOOLEAN },
		{ "instant", VIEW_INSTANT }, { "date", VIEW_DATE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].kind;
	return VIEW_JSON;
}

static struct view_path path_to(struct arena *arena, struct view_path above, const char *name)
{
	const char **names = arena_alloc(arena, ((size_t)above.count + 1) * sizeof(*names));

	if (above.count)
		memcpy(names, above.names, (size_t)above.count * sizeof(*names));
	names[above.count] = name;
	return (struct view_path){ names, above.count + 1 };
}

static const char *join(struct arena *arena, struct view_path path, const char *between)
{
	const char *text = path.names[0];

	for (int i = 1; i < path.count; i++)
		text = arena_print(arena, "%s%s%s", text, between, path.names[i]).data;
	return text;
}

/* Stores take "aB" and "ab" for one name. */
static bool check_column(struct making *making, const struct sheet *sheet, const char *name)
{
	for (int i = 0; i < sheet->column_count; i++)
		if (strcasecmp(sheet->columns[i].name, name) == 0)
			return err_set(making->err, ERR_RULE,
				       "SQL cannot tell the columns \"%s\" and \"%s\" of %s apart",
				       sheet->columns[i].name, name, sheet->name);
	return true;
}

static bool add_column(struct making *making, struct sheet *sheet, struct view_path path,
		       const char *type)
{
	const char *name = join(making->arena, path, ".");

	/* The record's own id has that name in every table. */
	if (strcasecmp(name, "id") == 0) {
		if (sheet->list_count == 0 && strcmp(name, making->entity->id_field) == 0)
			return true;
		name = arena_print(making->arena, "%s.%s", sheet->owner, name).data;
	}
	if (!check_column(making, sheet, name))
		return false;
	sheet->columns = arena_grow_by_one(making->arena, sheet->columns, sheet->column_count,
					   sizeof(*sheet->columns));
	sheet->columns[sheet->column_count++] =
	    (struct view_column){ .name = name, .path = path, .kind = view_kind_of(type) };
	return true;
}

static bool add_view(struct making *making, const struct sheet *sheet)
{
	for (int i = 0; i < making->count; i++)
		if (strcasecmp(making->views[i].name, sheet->name) == 0)
			return err_set(making->err, ERR_RULE,
				       "SQL cannot tell the tables \"%s\" and \"%s\" apart",
				       making->views[i].name, sheet->name);
	making->views =
	    arena_grow_by_one(making->arena, making->views, making->count, sizeof(*making->views));
	making->views[making->count++] = (struct table_view){
		.name = sheet->name,
		.table = making->table->name,
		.id_column = making->table->columns[FINAL_ID].name,
		.payload_column = making->table->columns[FINAL_PAYLOAD].name,
		.state_column = making->table->columns[FINAL_STATE].name,
		.lists = sheet->lists,
		.list_count = sheet->list_count,
		.columns = sheet->columns,
		.column_count = sheet->column_count,
	};
	return true;
}

static bool make_sheet(struct making *making, struct sheet *sheet);

static bool make_list(struct making *making, const struct sheet *sheet, struct view_path path,
		      const struct field_info *field)
{
	size_t count = (size_t)sheet->list_count;
	struct view_path *lists = arena_alloc(making->arena, (count + 1) * sizeof(*lists));
	struct sheet inner = { .name = arena_print(making->arena, "%s_%s", sheet->name,
						   join(making->arena, path, "_"))
					   .data,
			       .owner = field->name,
			       .fields = field->members,
			       .field_count = field->member_count,
			       .lists = lists,
			       .list_count = sheet->list_count + 1 };

	if (count)
		memcpy(lists, sheet->lists, count * sizeof(*lists));
	lists[count] = path;
	return make_sheet(making, &inner);
}

static bool is_list(const struct field_info *field)
{
	return field->member_count > 0 && strcmp(field->type, "list") == 0;
}

static bool add_columns(struct making *making, struct sheet *sheet, struct view_path above,
			const struct field_info *fields, int count)
{
	for (int i = 0; i < count; i++) {
		struct view_path path = path_to(making->arena, above, fields[i].name);

		if (!add_column(making, sheet, path, fields[i].type))
			return false;
		if (!is_list(&fields[i]) &&
		    !add_columns(making, sheet, path, fields[i].members, fields[i].member_count))
			return false;
	}
	return true;
}

static bool make_lists(struct making *making, const struct sheet *sheet, struct view_path above,
		       const struct field_info *fields, int count)
{
	for (int i = 0; i < count; i++) {
		struct view_path path = path_to(making->arena, above, fields[i].name);
		bool ok = is_list(&fields[i]) ? make_list(making, sheet, path, &fields[i])
					      : make_lists(making, sheet, path, fields[i].members,
							   fields[i].member_count);

		if (!ok)
			return false;
	}
	return true;
}

static bool make_sheet(struct making *making, struct sheet *sheet)
{
	const struct view_path top = { NULL, 0 };

	return add_columns(making, sheet, top, sheet->fields, sheet->field_count) &&
	       add_view(making, sheet) &&
	       make_lists(making, sheet, top, sheet->fields, sheet->field_count);
}

bool views_of(const struct migration_info *migration, struct arena *arena, struct views *views,
	      struct err *err)
{
	struct making making = { .arena = arena, .err = err };

	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *entity = &migration->entities[i];
		struct sheet sheet = { .name = entity->record,
				       .owner = entity->record,
				       .fields = entity->fields,
				       .field_count = entity->field_count };

		/* All parts of an entity have the same fields, and one table. */
		if (entity->first_part != i)
			continue;
		making.entity = entity;
		making.table = final_table(arena, entity);
		if (!make_sheet(&making, &sheet))
			return false;
	}
	*views = (struct views){ making.views, making.count };
	return true;
}
