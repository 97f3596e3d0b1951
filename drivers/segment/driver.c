/*
 * driver.c: a folder of segments as a store: opened, listed, described.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/segment/segment_internal.h"
#include "drivers/support/catalog.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

static const char *path_of(const char *location)
{
	return strchr(location, ':') + 1;
}

/* By what it is called at last; as it is written where it is not there. */
static char *identity_of(const char *path)
{
	char *real = realpath(path, NULL);
	char *identity = real ? real : strdup(path);

	if (!identity)
		memory_exhausted(strlen(path));
	return identity;
}

static bool segment_is_same(const char *location, const char *other)
{
	char *one = identity_of(path_of(location)), *two = identity_of(path_of(other));
	bool is_same = strcmp(one, two) == 0;

	free(one);
	free(two);
	return is_same;
}

static const char *segment_identity(const struct conn *conn)
{
	return ((const struct segment_conn *)conn)->identity;
}

static void segment_close(struct conn *base)
{
	struct segment_conn *conn = segment_of(base);

	store_release(&conn->store);
	free(conn->identity);
	free(conn);
}

static bool open_store(struct segment_conn *conn, const char *path, enum conn_role role,
		       struct err *err)
{
	if (path[0] == '\0')
		return err_set(err, ERR_USAGE, "write segment:DIR, a folder");
	if (role == CONN_ARCHIVE && !file_make_folder(path, err))
		return false;
	if (!store_read(path, &conn->store, err))
		return false;
	return role == CONN_ARCHIVE || conn->store.entity_count > 0 ||
	       err_set(err, ERR_UNAVAILABLE,
		       "there are no segments in %s; engine archive --cold segment:%s makes them",
		       path, path);
}

static bool segment_open(const char *location, enum conn_role role, struct conn **opened,
			 struct err *err)
{
	struct segment_conn *conn = memory_resize(NULL, sizeof(*conn));
	const char *path = path_of(location);

	*conn = (struct segment_conn){ .base = { .driver = &segment_driver, .role = role } };
	arena_init(&conn->store.arena);
	if (!open_store(conn, path, role, err)) {
		segment_close(&conn->base);
		return false;
	}
	conn->identity = identity_of(path);
	*opened = &conn->base;
	return true;
}

/* ---- what it holds ---- */

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Tables alone: which of them name rows of others nobody wrote down. */
static bool segment_list(struct conn *base, struct arena *arena, struct catalog *catalog,
			 struct err *err)
{
	const struct segment_store *store = &segment_of(base)->store;
	struct catalog_builder builder;
	const char **names;
	size_t count = 0;

	(void)err;
	names = arena_alloc(arena, (size_t)store->entity_count * SOURCES_MAX * sizeof(*names) + 1);
	for (int e = 0; e < store->entity_count; e++)
		for (int i = 0; i < store->entities[e].set.source_count; i++)
			if (!store->entities[e].set.sources[i].query)
				names[count++] = store->entities[e].set.sources[i].table;
	if (count > 1)
		qsort(names, count, sizeof(*names), by_name);
	catalog_begin(&builder, arena);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
			catalog_add_table(&builder, names[i]);
	*catalog = catalog_end(&builder);
	return true;
}

static const struct table_info *find_table(const struct segment_store *store, const char *name,
					   bool is_query)
{
	for (int e = 0; e < store->entity_count; e++) {
		const struct entity_segments *entity = &store->entities[e];

		for (int i = 0; i < entity->set.source_count; i++) {
			const struct source *source = &entity->set.sources[i];
			const char *held = is_query ? source->query : source->table;

			if ((source->query != NULL) == is_query && strcmp(held, name) == 0)
				return &entity->tables[i];
		}
	}
	return NULL;
}

/* What is described lives as long as the connection. */
static bool segment_describe(struct conn *base, const char *table, struct arena *arena,
			     struct table_info *info, struct err *err)
{
	const struct table_info *found = find_table(&segment_of(base)->store, table, false);

	(void)err;
	*info = found ? *found : (struct table_info){ .exists = false };
	info->name = arena_text(arena, table);
	return true;
}

static bool segment_describe_query(struct conn *base, const char *query, struct arena *arena,
				   struct table_info *info, struct err *err)
{
	const struct table_info *found = find_table(&segment_of(base)->store, query, true);

	(void)err;
	*info = found
		    ? *found
		    : (struct table_info){
			      .is_query = true,
			      .fault = "segments run no queries: they hold the rows of those that "
				       "were archived"
		      };
	info->name = arena_text(arena, query);
	return true;
}

/* ---- what it cannot ---- */

static bool segment_probe(struct conn *conn, const char *sql, struct probe_answer *answer,
			  struct err *err)
{
	(void)conn;
	(void)sql;
	(void)answer;
	return err_set(err, ERR_RULE, "segments understand no SQL: they cannot be probed");
}

static bool segment_answer(struct conn *conn, const struct question *question,
			   answer_function on_row, void *context, struct err *err)
{
	(void)conn;
	(void)question;
	(void)on_row;
	(void)context;
	return err_set(err, ERR_RULE, "segments understand no SQL: they cannot be asked");
}

static void segment_put_question(struct conn *conn, const struct question *question,
				 struct buf *sql)
{
	(void)conn;
	buf_put_text(sql, question->sql);
}

const struct driver segment_driver = {
	.scheme = "segment",
	.can = DRIVER_CAN_SOURCE | DRIVER_CAN_ARCHIVE,
	.is_same = segment_is_same,
	.identity = segment_identity,
	.open = segment_open,
	.close = segment_close,
	.probe = segment_probe,
	.answer = segment_answer,
	.put_question = segment_put_question,
	.list = segment_list,
	.describe = segment_describe,
	.describe_query = segment_describe_query,
	.open_reader = segment_open_reader,
	.close_reader = segment_close_reader,
	.find_bound = segment_find_bound,
	.read_range = segment_read_range,
	.read_keys = segment_read_keys,
	.count_roots = segment_count_roots,
	.explain = segment_explain,
	.open_archive = segment_open_archive,
	.append = segment_append,
	.seal = segment_seal,
	.standing = segment_standing,
	.close_archive = segment_close_archive,
};
