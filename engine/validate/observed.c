/*
 * observed.c: statements to shapes, shapes to the queries that cover them.
 */
#include "engine/validate/observed.h"

#include <stdlib.h>
#include <strings.h>

#include "engine/base/require.h"
#include "engine/model/decimal.h"

enum { SHAPES_EXPECTED = 1024, ALL_SHARES = 10000 };

/* ---- what the version says ---- */

/* "del" of "public.del" */
static const char *last_name(const char *table)
{
	const char *dot = strrchr(table, '.');

	return dot ? dot + 1 : table;
}

static void add_table(struct observed *observed, const char *table)
{
	const char **tables = (const char **)observed->source_tables;

	tables =
	    arena_grow_by_one(observed->arena, tables, observed->source_count, sizeof(*tables));
	tables[observed->source_count++] = last_name(table);
	observed->source_tables = tables;
}

static void add_sources(struct observed *observed, const struct source_set *set)
{
	for (int s = 0; s < set->source_count; s++) {
		const struct source *source = &set->sources[s];

		if (source->query == NULL)
			add_table(observed, source->table);
		for (int t = 0; source->query && t < source->table_count; t++)
			add_table(observed, source->tables[t]);
	}
}

static void add_query(struct observed *observed, const char *entity, const struct query_info *info)
{
	struct sql_reader reader = sql_reader_of(span_of(info->legacy), observed->dialect);
	struct declared_query query = { .info = info, .entity = entity };
	struct sql_shape next;

	if (!sql_next_shape(&reader, observed->arena, &query.shape) ||
	    sql_next_shape(&reader, observed->arena, &next))
		query.shape.ask = SQL_STRANGE;
	observed->declared = arena_grow_by_one(observed->arena, observed->declared,
					       observed->declared_count, sizeof(query));
	observed->declared[observed->declared_count++] = query;
}

void observed_init(struct observed *observed, struct arena *arena,
		   const struct migration_info *migration, const char *entity,
		   enum sql_dialect dialect)
{
	*observed = (struct observed){ .arena = arena, .dialect = dialect };
	span_map_init(&observed->by_text, arena, SHAPES_EXPECTED);
	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *info = &migration->entities[i];

		if (entity && strcmp(entity, info->name) != 0 && strcmp(entity, info->record) != 0)
			continue;
		add_sources(observed, &info->sources);
		for (int q = 0; q < info->query_count; q++)
			add_query(observed, info->name, &info->queries[q]);
	}
}

/* ---- what was seen ---- */

static bool add_calls(int64_t *sum, int64_t calls, struct err *err)
{
	return !__builtin_add_overflow(*sum, calls, sum) ||
	       err_set(err, ERR_DATA, "the calls add up to more than can be counted");
}

static bool count(struct observed_count *counted, int64_t calls, struct err *err)
{
	counted->shapes++;
	return add_calls(&counted->calls, calls, err);
}

/* Does a name of the statement mean a table of the sources? Stores fold names in their own ways; what is written by numbers
 * (U&"d\0065l") may be any. */
static bool is_source(const struct observed *observed, const char *table)
{
	if (strchr(table, '\\'))
		return true;
	for (int i = 0; i < observed->source_count; i++)
		if (strcasecmp(observed->source_tables[i], table) == 0)
			return true;
	return false;
}

static bool open_shape(struct observed *observed, const struct sql_shape *seen, struct err *err)
{
	struct arena *arena = observed->arena;
	struct observed_shape shape = { .text = arena_copy(arena, seen->text),
					.table_count = seen->table_count };
	const char **tables = arena_alloc(arena, (size_t)seen->table_count * sizeof(*tables));

	observed->text_bytes += seen->text.size;
	if (observed->shape_count == OBSERVED_SHAPES_MAX ||
	    observed->text_bytes > OBSERVED_BYTES_MAX)
		return err_set(err, ERR_DATA,
			       "more than %d different questions, or more than %d MiB of them",
			       OBSERVED_SHAPES_MAX, OBSERVED_BYTES_MAX >> 20);
	for (int t = 0; t < seen->table_count; t++) {
		tables[t] = arena_text(arena, seen->tables[t]);
		shape.is_ours = shape.is_ours || is_source(observed, tables[t]);
	}
	shape.tables = tables;
	observed->shapes =
	    arena_grow_by_one(arena, observed->shapes, observed->shape_count, sizeof(shape));
	span_map_put(&observed->by_text, shape.text, observed->shape_count);
	observed->shapes[observed->shape_count++] = shape;
	return true;
}

static bool add_question(struct observed *observed, const struct sql_shape *seen,
			 const struct kept_statement *statement, struct err *err)
{
	int64_t index = span_map_get(&observed->by_text, seen->text);

	if (!add_calls(&observed->calls, statement->calls, err))
		return false;
	if (index == SPAN_MAP_NONE) {
		index = observed->shape_count;
		if (!open_shape(observed, seen, err))
			return false;
	}
	observed->shapes[index].calls += statement->calls;
	observed->shapes[index].own_calls += statement->is_own ? statement->calls : 0;
	return true;
}

static bool add_shape(struct observed *observed, const struct sql_shape *seen,
		      const struct kept_statement *statement, struct err *err)
{
	switch (seen->ask) {
	case SQL_QUESTION:
		return add_question(observed, seen, statement, err);
	case SQL_CUT:
		if (observed->is_file)
			return err_set(err, ERR_DATA,
				       "a statement does not end: a quote, a comment or a bracket "
				       "of it is open");
		return count(&observed->hidden, statement->calls, err);
	case SQL_STRANGE:
		if (observed->is_file)
			return err_set(err, ERR_DATA, "no statement of SQL begins so");
		break;
	default:
		break;
	}
	return count(&observed->others, statement->calls, err);
}

static bool add_text(struct observed *observed, const struct kept_statement *statement,
		     struct err *err)
{
	struct sql_reader reader = sql_reader_of(statement->text, observed->dialect);
	struct sql_shape seen;
	struct arena arena;
	bool ok = true;

	arena_init(&arena);
	while (ok && sql_next_shape(&reader, &arena, &seen)) {
		ok = add_shape(observed, &seen, statement, err);
		arena_reset(&arena);
	}
	arena_release(&arena);
	return ok;
}

bool observed_add(struct observed *observed, const struct kept_statement *statement,
		  struct err *err)
{
	bool is_long = statement->text.size > SQL_SHAPE_BYTES_MAX;

	require(statement->calls >= 0);
	if (statement->text.data && !is_long)
		return add_text(observed, statement, err);
	if (observed->is_file && is_long)
		return err_set(err, ERR_DATA, "a statement is longer than %d MiB",
			       SQL_SHAPE_BYTES_MAX >> 20);
	return count(&observed->hidden, statement->calls, err);
}

/* ---- what covers it ---- */

static int shared_tables(const struct observed_shape *shape, const struct sql_shape *query)
{
	int shared = 0;

	for (int t = 0; t < query->table_count; t++)
		for (int i = 0; i < shape->table_count; i++)
			shared += strcasecmp(query->tables[t], shape->tables[i]) == 0;
	return shared;
}

/* Of those that ask most of the same tables the one that asks the fewest others. */
static const struct declared_query *find_nearest(const struct observed *observed,
						 const struct observed_shape *shape)
{
	const struct declared_query *nearest = NULL;
	int most = 0, fewest = 0;

	for (int q = 0; q < observed->declared_count; q++) {
		const struct declared_query *query = &observed->declared[q];
		int shared = shared_tables(shape, &query->shape);
		int others = query->shape.table_count - shared;

		if (shared < most || shared == 0 || (shared == most && others >= fewest))
			continue;
		nearest = query;
		most = shared;
		fewest = others;
	}
	return nearest;
}

static void judge_shape(struct observed *observed, struct observed_shape *shape)
{
	for (int q = 0; q < observed->declared_count; q++) {
		struct declared_query *query = &observed->declared[q];

		if (query->shape.ask != SQL_QUESTION || !span_equal(query->shape.text, shape->text))
			continue;
		query->calls = shape->calls;
		query->own_calls = shape->own_calls;
		if (shape->covered_by == NULL)
			shape->covered_by = query;
	}
	if (shape->covered_by)
		shape->is_ours = true; /* what is declared is the rule's, whatever it reads */
	else if (shape->is_ours)
		shape->nearest = find_nearest(observed, shape);
}

static int by_calls(const void *one, const void *other)
{
	const struct observed_shape *left = one, *right = other;

	if (left->calls != right->calls)
		return left->calls < right->calls ? 1 : -1;
	return span_compare(left->text, right->text);
}

/* The sum of all questions was counted before, and this is a part of it. */
static void add_to(struct observed_count *counted, int64_t calls)
{
	counted->shapes++;
	counted->calls += calls;
}

void observed_judge(struct observed *observed)
{
	if (observed->shape_count)
		qsort(observed->shapes, (size_t)observed->shape_count, sizeof(*observed->shapes),
		      by_calls);
	for (int i = 0; i < observed->shape_count; i++) {
		struct observed_shape *shape = &observed->shapes[i];

		judge_shape(observed, shape);
		add_to(shape->is_ours ? &observed->ours : &observed->elsewhere, shape->calls);
		if (shape->covered_by)
			add_to(&observed->covered, shape->calls);
		else if (shape->is_ours && shape->own_calls == shape->calls)
			add_to(&observed->own, shape->calls);
	}
}

int observed_share(int64_t calls, int64_t all)
{
	return all > 0 ? (int)((int128)calls * ALL_SHARES / all) : 0;
}
