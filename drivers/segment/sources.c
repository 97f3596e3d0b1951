/*
 * sources.c: what was kept of legacy, and how its tables looked, as JSON.
 *
 * Columns are named, not counted, so that people can read it, too.
 */
#include <string.h>

#include "drivers/segment/segment_internal.h"
#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/model/key.h"
#include "engine/model/row_key.h"

static const char *const kind_names[] = {
	[SOURCE_ROOT] = "root",
	[SOURCE_CHILDREN] = "children",
	[SOURCE_REFERENCE] = "reference",
};
enum { KINDS = sizeof(kind_names) / sizeof(kind_names[0]) };

/* ---- written ---- */

static void put_names(struct json_writer *json, const char *key, const char *const *names,
		      int count)
{
	json_key(json, key);
	json_open(json, '[');
	for (int i = 0; i < count; i++)
		json_text(json, names[i]);
	json_close(json, ']');
}

/* null where there are none. */
static void put_columns(struct json_writer *json, const char *key, const struct source *source,
			const int *columns, int count)
{
	json_key(json, key);
	if (!columns) {
		json_raw(json, SPAN("null"));
		return;
	}
	json_open(json, '[');
	for (int i = 0; i < count; i++)
		json_text(json, source->columns[columns[i]]);
	json_close(json, ']');
}

static void put_description(struct json_writer *json, const struct table_info *table)
{
	json_key(json, "described");
	json_open(json, '{');
	json_key(json, "columns");
	json_open(json, '[');
	for (int i = 0; i < table->column_count; i++) {
		json_open(json, '{');
		json_key_text(json, "name", table->columns[i].name);
		json_key_text(json, "type", table->columns[i].type);
		json_key(json, "not_null");
		json_bool(json, table->columns[i].not_null);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_key(json, "uniques");
	json_open(json, '[');
	for (int i = 0; i < table->unique_count; i++) {
		json_open(json, '{');
		json_key_text(json, "name", table->uniques[i].name);
		put_names(json, "columns", table->uniques[i].columns,
			  table->uniques[i].column_count);
		json_close(json, '}');
	}
	json_close(json, ']');
	put_names(json, "tables", table->read_tables, table->read_table_count);
	put_names(json, "views", table->read_views, table->read_view_count);
	json_close(json, '}');
}

static void put_links(struct json_writer *json, const struct source_set *set,
		      const struct source *source)
{
	if (source->kind == SOURCE_CHILDREN) {
		const struct source *above = &set->sources[source->of];

		json_key_text(json, "of", above->name);
		put_columns(json, "parent", source, source->parent_columns, source->parent_count);
		put_columns(json, "of_columns", above, source_above_columns(set, source),
			    source->parent_count);
		put_columns(json, "root_columns", source, source->root_columns,
			    set->sources[0].key_count);
	}
	if (source->kind == SOURCE_REFERENCE) {
		const struct source *from = &set->sources[source->from_source];

		json_key_text(json, "from", from->name);
		put_columns(json, "from_columns", from, source->from_columns, source->key_count);
	}
}

void sources_put(struct buf *buf, const struct source_set *set, const struct table_info *tables)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '[');
	for (int i = 0; i < set->source_count; i++) {
		const struct source *source = &set->sources[i];

		json_open(&json, '{');
		json_key_text(&json, "name", source->name);
		json_key_text(&json, "kind", kind_names[source->kind]);
		json_key_text(&json, "table", source->table);
		json_key_text(&json, "query", source->query);
		json_key(&json, "keyless");
		json_bool(&json, source->is_keyless);
		put_names(&json, "columns", source->columns, source->column_count);
		put_columns(&json, "key", source, source->key_columns, source->key_count);
		put_links(&json, set, source);
		put_description(&json, &tables[i]);
		json_close(&json, '}');
	}
	json_close(&json, ']');
}

/* ---- read ---- */

struct reading_sources {
	struct arena *arena;
	struct source *sources;
	struct table_info *tables;
	const char *wrong; /* which member is not as it should be */
};

static bool wrong(struct reading_sources *reading, const char *member)
{
	reading->wrong = member;
	return false;
}

static bool read_text(struct reading_sources *reading, const struct json_value *object,
		      const char *name, const char **text)
{
	const struct json_value *value = json_member(object, name);

	*text = NULL;
	if (value && value->kind == JSON_STRING && is_c_text(value->text))
		*text = arena_copy(reading->arena, value->text).data;
	return *text || (value && value->kind == JSON_NULL) || wrong(reading, name);
}

static bool read_bool(struct reading_sources *reading, const struct json_value *object,
		      const char *name, bool *flag)
{
	const struct json_value *value = json_member(object, name);

	*flag = value && value->kind == JSON_TRUE;
	return *flag || (value && value->kind == JSON_FALSE) || wrong(reading, name);
}

static bool read_names(struct reading_sources *reading, const struct json_value *object,
		       const char *name, const char *const **names, int *count)
{
	const struct json_value *value = json_member(object, name);
	const char **read;

	if (!value || value->kind != JSON_ARRAY || value->item_count > COLUMNS_MAX)
		return wrong(reading, name);
	read = arena_alloc(reading->arena, (value->item_count + 1) * sizeof(*read));
	for (size_t i = 0; i < value->item_count; i++) {
		if (value->items[i].kind != JSON_STRING || !is_c_text(value->items[i].text))
			return wrong(reading, name);
		read[i] = arena_copy(reading->arena, value->items[i].text).data;
	}
	*names = read;
	*count = (int)value->item_count;
	return true;
}

static bool read_own_columns(struct reading_sources *reading, const struct json_value *object,
			     struct source *source)
{
	if (!read_names(reading, object, "columns", &source->columns, &source->column_count))
		return false;
	for (int i = 0; i < source->column_count; i++)
		if (source_find_column(source, span_of(source->columns[i])) != i)
			return wrong(reading, "columns");
	return true;
}

static bool read_columns(struct reading_sources *reading, const struct json_value *object,
			 const char *name, const struct source *source, const int **columns,
			 int *count)
{
	const struct json_value *value = json_member(object, name);
	int *read;

	*columns = NULL;
	*count = 0;
	if (value && value->kind == JSON_NULL)
		return true;
	if (!value || value->kind != JSON_ARRAY || value->item_count > COLUMNS_MAX)
		return wrong(reading, name);
	read = arena_alloc(reading->arena, (value->item_count + 1) * sizeof(*read));
	for (size_t i = 0; i < value->item_count; i++) {
		if (value->items[i].kind != JSON_STRING)
			return wrong(reading, name);
		read[i] = source_find_column(source, value->items[i].text);
		if (read[i] < 0)
			return wrong(reading, name);
	}
	*columns = read;
	*count = (int)value->item_count;
	return true;
}

static bool read_uniques(struct reading_sources *reading, const struct json_value *described,
			 struct table_info *table)
{
	const struct json_value *list = json_member(described, "uniques");
	struct unique_info *uniques;

	if (!list || list->kind != JSON_ARRAY || list->item_count > COLUMNS_MAX)
		return wrong(reading, "uniques");
	uniques = arena_zalloc(reading->arena, (list->item_count + 1) * sizeof(*uniques));
	for (size_t i = 0; i < list->item_count; i++)
		if (!read_text(reading, &list->items[i], "name", &uniques[i].name) ||
		    !read_names(reading, &list->items[i], "columns", &uniques[i].columns,
				&uniques[i].column_count))
			return false;
	table->uniques = uniques;
	table->unique_count = (int)list->item_count;
	return true;
}

static bool read_described_columns(struct reading_sources *reading,
				   const struct json_value *described, struct table_info *table)
{
	const struct json_value *list = json_member(described, "columns");
	struct column_info *columns;

	if (!list || list->kind != JSON_ARRAY || list->item_count > COLUMNS_MAX)
		return wrong(reading, "columns");
	columns = arena_zalloc(reading->arena, (list->item_count + 1) * sizeof(*columns));
	for (size_t i = 0; i < list->item_count; i++)
		if (!read_text(reading, &list->items[i], "name", &columns[i].name) ||
		    !read_text(reading, &list->items[i], "type", &columns[i].type) ||
		    !read_bool(reading, &list->items[i], "not_null", &columns[i].not_null))
			return false;
	table->columns = columns;
	table->column_count = (int)list->item_count;
	return true;
}

static bool read_description(struct reading_sources *reading, const struct json_value *object,
			     const struct source *source, struct table_info *table)
{
	const struct json_value *described = json_member(object, "described");

	if (!described || described->kind != JSON_OBJECT)
		return wrong(reading, "described");
	*table = (struct table_info){ .name = source->query ? source->query : source->table,
				      .exists = true,
				      .is_query = source->query != NULL };
	return read_described_columns(reading, described, table) &&
	       read_uniques(reading, described, table) &&
	       read_names(reading, described, "tables", &table->read_tables,
			  &table->read_table_count) &&
	       read_names(reading, described, "views", &table->read_views, &table->read_view_count);
}

/* The source in front of this one that a member names, or −1. */
static int source_named(struct reading_sources *reading, const struct json_value *object,
			const char *name, int index)
{
	const struct json_value *value = json_member(object, name);
	struct source_set before = { reading->sources, index };
	int found = value && value->kind == JSON_STRING ? source_find(&before, value->text) : -1;

	if (found < 0)
		wrong(reading, name);
	return found;
}

static bool read_children(struct reading_sources *reading, const struct json_value *object,
			  int index)
{
	struct source *source = &reading->sources[index];
	int count;

	source->of = source_named(reading, object, "of", index);
	return source->of >= 0 &&
	       read_columns(reading, object, "parent", source, &source->parent_columns,
			    &source->parent_count) &&
	       read_columns(reading, object, "of_columns", &reading->sources[source->of],
			    &source->of_columns, &count) &&
	       (count == source->parent_count || wrong(reading, "of_columns")) &&
	       read_columns(reading, object, "root_columns", source, &source->root_columns,
			    &count) &&
	       (!source->root_columns || count == reading->sources[0].key_count ||
		wrong(reading, "root_columns"));
}

static bool read_reference(struct reading_sources *reading, const struct json_value *object,
			   int index)
{
	struct source *source = &reading->sources[index];
	int count;

	source->from_source = source_named(reading, object, "from", index);
	return source->from_source >= 0 &&
	       read_columns(reading, object, "from_columns", &reading->sources[source->from_source],
			    &source->from_columns, &count) &&
	       (count == source->key_count || wrong(reading, "from_columns"));
}

static bool read_kind(struct reading_sources *reading, const struct json_value *object, int index)
{
	struct source *source = &reading->sources[index];
	const char *kind;
	int found = 0;

	if (!read_text(reading, object, "kind", &kind) || !kind)
		return wrong(reading, "kind");
	while (found < KINDS && strcmp(kind_names[found], kind) != 0)
		found++;
	if (found == KINDS || (found == SOURCE_ROOT) != (index == 0))
		return wrong(reading, "kind");
	source->kind = (enum source_kind)found;
	return true;
}

static bool read_source(struct reading_sources *reading, const struct json_value *object, int index)
{
	struct source *source = &reading->sources[index];

	if (object->kind != JSON_OBJECT)
		return wrong(reading, "sources");
	if (!read_kind(reading, object, index) ||
	    !read_text(reading, object, "name", &source->name) ||
	    !read_text(reading, object, "table", &source->table) ||
	    !read_text(reading, object, "query", &source->query) || !source->name ||
	    !source->table || !read_bool(reading, object, "keyless", &source->is_keyless) ||
	    !read_own_columns(reading, object, source) ||
	    !read_columns(reading, object, "key", source, &source->key_columns,
			  &source->key_count) ||
	    source->key_count > KEY_PARTS_MAX ||
	    (source->kind != SOURCE_CHILDREN && source->key_count == 0))
		return wrong(reading, reading->wrong ? reading->wrong : "key");
	source->star_column = source_find_column(source, SPAN(ROW_KEY_COLUMN));
	source->copies_column = source_find_column(source, SPAN(ROW_COPIES_COLUMN));
	if (source->kind == SOURCE_CHILDREN && !read_children(reading, object, index))
		return false;
	if (source->kind == SOURCE_REFERENCE && !read_reference(reading, object, index))
		return false;
	return read_description(reading, object, source, &reading->tables[index]);
}

bool sources_read(struct span json, struct arena *arena, struct source_set *set,
		  const struct table_info **tables, struct err *err)
{
	struct reading_sources reading = { .arena = arena };
	struct json_value list;

	if (!json_read(json, arena, &list, err))
		return false;
	if (list.kind != JSON_ARRAY || list.item_count < 1 || list.item_count > SOURCES_MAX)
		return err_set(err, ERR_DATA, "\"sources\" is not as a seal has it");
	reading.sources = arena_zalloc(arena, list.item_count * sizeof(*reading.sources));
	reading.tables = arena_zalloc(arena, list.item_count * sizeof(*reading.tables));
	for (size_t i = 0; i < list.item_count; i++)
		if (!read_source(&reading, &list.items[i], (int)i))
			return err_set(err, ERR_DATA,
				       "\"%s\" of source %zu is not as a seal has it",
				       reading.wrong, i + 1);
	require(reading.sources[0].kind == SOURCE_ROOT);
	*set = (struct source_set){ reading.sources, (int)list.item_count };
	*tables = reading.tables;
	return true;
}
