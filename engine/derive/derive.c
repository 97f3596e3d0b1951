/*
 * derive.c: readers by entity, and the way from a key range to outcomes.
 */
#include "engine/derive/derive.h"

#include <stdlib.h>

#include "engine/base/require.h"

/* A root of nothing but its key. */
struct key_list {
	struct reader *reader;
	struct source source;
	struct source_set set;
	const char *columns[KEY_PARTS_MAX];
	int places[KEY_PARTS_MAX];
};

struct deriver {
	struct conn *legacy;
	struct rule_host *host;
	int entity_count;
	struct reader **readers;
	struct reader **root_readers; /* opened when first needed */
	struct source_set *root_sets;
	struct key_list *key_lists; /* likewise */
	struct buf position;
};

static const struct entity_info *entity_of(const struct deriver *deriver, int entity_index)
{
	require(entity_index >= 0);
	require(entity_index < deriver->entity_count);
	return &rule_host_migration(deriver->host)->entities[entity_index];
}

bool deriver_open(struct conn *legacy, struct rule_host *host, struct deriver **deriver,
		  struct err *err)
{
	int count = rule_host_migration(host)->entity_count;
	struct deriver *made = calloc(1, sizeof(*made));

	require(made);
	made->legacy = legacy;
	made->host = host;
	made->entity_count = count;
	made->readers = calloc((size_t)count + 1, sizeof(*made->readers));
	made->root_readers = calloc((size_t)count + 1, sizeof(*made->root_readers));
	made->root_sets = calloc((size_t)count + 1, sizeof(*made->root_sets));
	made->key_lists = calloc((size_t)count + 1, sizeof(*made->key_lists));
	require(made->readers && made->root_readers && made->root_sets && made->key_lists);
	buf_init(&made->position);
	for (int i = 0; i < count; i++) {
		const struct entity_info *entity = entity_of(made, i);

		if (!conn_open_reader(legacy, &entity->sources, &made->readers[i], err)) {
			err_while(err, "reading the sources of %s (%s:%d)", entity->name,
				  entity->file ? entity->file : "", entity->line);
			deriver_close(made);
			return false;
		}
	}
	*deriver = made;
	return true;
}

void deriver_close(struct deriver *deriver)
{
	if (!deriver)
		return;
	for (int i = 0; i < deriver->entity_count; i++) {
		reader_close(deriver->legacy, deriver->readers[i]);
		reader_close(deriver->legacy, deriver->root_readers[i]);
		reader_close(deriver->legacy, deriver->key_lists[i].reader);
	}
	buf_release(&deriver->position);
	free(deriver->readers);
	free(deriver->root_readers);
	free(deriver->root_sets);
	free(deriver->key_lists);
	free(deriver);
}

bool derive_read_range(struct deriver *deriver, int entity_index, const struct key_range *range,
		       size_t bytes_max, struct arena *arena, struct reading *reading,
		       struct err *err)
{
	const struct entity_info *entity = entity_of(deriver, entity_index);
	struct batch batch;

	batch_init(&batch, arena, &entity->sources);
	buf_reset(&deriver->position);
	if (!reader_read_range(deriver->legacy, deriver->readers[entity_index], range, bytes_max,
			       &batch, &deriver->position, err))
		return err_while(err, "reading %s from legacy", entity->name);
	join_batch(&batch, &reading->joined);
	reading->position = buf_span(&deriver->position);
	return true;
}

bool derive_read_keys(struct deriver *deriver, int entity_index, const struct span *keys,
		      size_t key_count, struct arena *arena, struct reading *reading,
		      struct err *err)
{
	const struct entity_info *entity = entity_of(deriver, entity_index);
	struct batch batch;

	batch_init(&batch, arena, &entity->sources);
	buf_reset(&deriver->position);
	if (!reader_read_keys(deriver->legacy, deriver->readers[entity_index], keys, key_count,
			      &batch, &deriver->position, err))
		return err_while(err, "reading keys of %s from legacy", entity->name);
	join_batch(&batch, &reading->joined);
	reading->position = buf_span(&deriver->position);
	return true;
}

bool derive_read_roots(struct deriver *deriver, int entity_index, const struct key_range *range,
		       struct arena *arena, struct reading *reading, struct err *err)
{
	const struct entity_info *entity = entity_of(deriver, entity_index);
	struct source_set *roots = &deriver->root_sets[entity_index];
	struct reader **reader = &deriver->root_readers[entity_index];
	struct batch batch;

	*roots = (struct source_set){ .sources = entity->sources.sources, .source_count = 1 };
	if (!*reader && !conn_open_reader(deriver->legacy, roots, reader, err))
		return err_while(err, "reading the roots of %s", entity->name);
	batch_init(&batch, arena, roots);
	buf_reset(&deriver->position);
	if (!reader_read_range(deriver->legacy, *reader, range, 0, &batch, &deriver->position, err))
		return err_while(err, "reading the roots of %s from legacy", entity->name);
	join_batch(&batch, &reading->joined);
	reading->position = buf_span(&deriver->position);
	return true;
}

/* What tells rows without a key apart is all they hold. */
static void make_key_source(const struct source *root, struct key_list *list)
{
	list->source = *root;
	list->set = (struct source_set){ &list->source, 1 };
	if (root->is_keyless)
		return;
	for (int i = 0; i < root->key_count; i++) {
		list->columns[i] = root->columns[root->key_columns[i]];
		list->places[i] = i;
	}
	list->source.columns = list->columns;
	list->source.key_columns = list->places;
	list->source.column_count = root->key_count;
	list->source.masked = NULL;
}

bool derive_read_key_list(struct deriver *deriver, int entity_index, const struct key_range *range,
			  struct arena *arena, struct span **keys, size_t *key_count,
			  struct err *err)
{
	const struct entity_info *entity = entity_of(deriver, entity_index);
	struct key_list *list = &deriver->key_lists[entity_index];
	const struct rowset *rows;
	struct batch batch;
	struct buf key;

	make_key_source(&entity->sources.sources[0], list);
	if (!list->reader && !conn_open_reader(deriver->legacy, &list->set, &list->reader, err))
		return err_while(err, "reading the keys of %s", entity->name);
	batch_init(&batch, arena, &list->set);
	if (!reader_read_range(deriver->legacy, list->reader, range, 0, &batch, NULL, err))
		return err_while(err, "reading the keys of %s from legacy", entity->name);
	rows = &batch.rowsets[0];
	*key_count = rows->row_count;
	*keys = arena_alloc(arena, (rows->row_count + 1) * sizeof(**keys));
	buf_init(&key);
	for (size_t i = 0; i < rows->row_count; i++) {
		buf_reset(&key);
		key_put(&key, rowset_row(rows, i), list->source.key_columns,
			list->source.key_count);
		(*keys)[i] = arena_copy(arena, buf_span(&key));
	}
	buf_release(&key);
	return true;
}

struct fault *derive_reject(struct outcome *outcome, struct arena *arena, const char *code)
{
	struct fault_list list;
	struct fault *fault;

	fault_list_init(&list, arena);
	fault = fault_add(&list, code);
	*outcome = (struct outcome){
		.kind = OUTCOME_REJECT, .skip_reason = -1, .faults = list.faults, .fault_count = 1
	};
	return fault;
}

static void reject_duplicate_child(struct outcome *outcome, const struct entity_info *entity,
				   int source_index, struct arena *arena)
{
	const struct source *source = &entity->sources.sources[source_index];
	struct fault *fault = derive_reject(outcome, arena, "E2113");

	fault->where = arena_print(arena, "%s.source.%s", entity->name, source->name);
	fault->field = span_of(source->name);
	fault->file = source->file;
	fault->line = source->line;
	fault->message = arena_print(arena, "two rows of %s have the same key", source->table);
}

static void reject_duplicate_root(struct outcome *outcome, const struct entity_info *entity,
				  const struct source_row *row, struct arena *arena)
{
	const struct source *root = &entity->sources.sources[0];
	struct fault *fault = derive_reject(outcome, arena, "E2304");

	fault->where = arena_print(arena, "%s.source.%s", entity->name, root->name);
	fault->field = span_of(root->name);
	fault->file = root->file;
	fault->line = root->line;
	fault->message = arena_print(arena, "another row of %s has the key %.*s, too", root->table,
				     SPAN_ARGS(row->key));
}

bool derive_joined(struct rule_host *host, int entity_index, const struct joined *joined,
		   size_t first, size_t count, struct arena *arena, struct outcome *outcomes,
		   struct err *err)
{
	const struct entity_info *entity = &rule_host_migration(host)->entities[entity_index];

	require(first + count <= joined->row_count);
	for (size_t i = first; i < first + count; i++) {
		if (joined->duplicate_root[i])
			reject_duplicate_root(&outcomes[i], entity, &joined->rows[i], arena);
		else if (joined->duplicate_child[i] >= 0)
			reject_duplicate_child(&outcomes[i], entity, joined->duplicate_child[i],
					       arena);
		else if (!rule_host_derive(host, entity_index, &joined->rows[i], arena,
					   &outcomes[i], err))
			return err_while(err, "deriving %s %.*s", entity->name,
					 SPAN_ARGS(joined->rows[i].key));
	}
	return true;
}

bool derive_some(struct deriver *deriver, int entity_index, const struct joined *joined,
		 size_t first, size_t count, struct arena *arena, struct outcome *outcomes,
		 struct err *err)
{
	return derive_joined(deriver->host, entity_index, joined, first, count, arena, outcomes,
			     err);
}

bool derive_outcomes(struct deriver *deriver, int entity_index, const struct joined *joined,
		     struct arena *arena, struct outcome **outcomes, struct err *err)
{
	*outcomes = arena_alloc(arena, joined->row_count * sizeof(**outcomes) + 1);
	return derive_some(deriver, entity_index, joined, 0, joined->row_count, arena, *outcomes,
			   err);
}

bool derive_find_bound(struct deriver *deriver, int entity_index, const struct key_range *range,
		       uint32_t count, struct arena *arena, struct span *bound, struct err *err)
{
	if (!reader_find_bound(deriver->legacy, deriver->readers[entity_index], range, count, arena,
			       bound, err))
		return err_while(err, "walking the keys of %s",
				 entity_of(deriver, entity_index)->name);
	return true;
}

bool derive_count_roots(struct deriver *deriver, int entity_index, int64_t *count, struct err *err)
{
	if (!reader_count_roots(deriver->legacy, deriver->readers[entity_index], count, err))
		return err_while(err, "counting %s", entity_of(deriver, entity_index)->name);
	return true;
}

bool derive_explain(struct deriver *deriver, int entity_index, struct buf *json, struct err *err)
{
	return reader_explain(deriver->legacy, deriver->readers[entity_index], json, err);
}

/* Does the store read the first count sources? ERR_RULE when not. */
static bool can_read(struct conn *legacy, const struct source_set *sources, int count,
		     struct err *err)
{
	struct source_set first = { sources->sources, count };
	struct reader *reader;

	if (!conn_open_reader(legacy, &first, &reader, err))
		return false;
	reader_close(legacy, reader);
	return true;
}

/* A source stands behind what it hangs on, so the shortest beginning that cannot be read names it. */
static const struct source *unreadable_source(struct conn *legacy, const struct source_set *sources)
{
	int count = 1;

	for (; count < sources->source_count; count++) {
		struct err ignored = { ERR_NONE, "" };

		if (!can_read(legacy, sources, count, &ignored))
			break;
	}
	return &sources->sources[count - 1];
}

bool derive_check_sources(struct conn *legacy, const struct migration_info *migration,
			  struct fault_list *faults, struct err *err)
{
	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *entity = &migration->entities[i];
		const struct source *source;
		struct fault *fault;

		if (can_read(legacy, &entity->sources, entity->sources.source_count, err))
			continue;
		if (err->code != ERR_RULE)
			return false;
		source = unreadable_source(legacy, &entity->sources);
		fault = fault_add(faults, "E1205");
		fault->where =
		    arena_print(faults->arena, "%s.source.%s", entity->name, source->name);
		fault->field = arena_copy(faults->arena, span_of(source->name));
		fault->file = source->file ? arena_text(faults->arena, source->file) : NULL;
		fault->line = source->line;
		fault->message = arena_copy(faults->arena, span_of(err->text));
		return err_while(err, "%s:%d", fault->file ? fault->file : "", fault->line);
	}
	return true;
}
