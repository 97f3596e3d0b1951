/*
 * kept_row.c: a row of legacy that stays in memory while its rule is edited.
 */
#include "engine/cli/kept_row.h"

#include <string.h>

struct kept_reading {
	const char *entity;
	struct span shape; /* what was read of which tables */
	struct joined joined;
};

void kept_row_init(struct kept_row *kept)
{
	*kept = (struct kept_row){ 0 };
	arena_init(&kept->arena);
}

void kept_row_release(struct kept_row *kept)
{
	arena_release(&kept->arena);
}

static void put_numbers(struct buf *buf, const int *numbers, int count)
{
	for (int i = 0; i < count; i++)
		buf_print(buf, ",%d", numbers ? numbers[i] : -1);
}

static void put_name(struct buf *buf, const char *name)
{
	if (name)
		buf_put(buf, name, strlen(name) + 1);
	buf_put_char(buf, '\n');
}

/* Everything that decides which rows are read, and where their cells stand. */
static struct span shape_of(const struct source_set *sources, struct arena *arena)
{
	struct buf buf;
	struct span shape;

	buf_init(&buf);
	for (int s = 0; s < sources->source_count; s++) {
		const struct source *source = &sources->sources[s];

		put_name(&buf, source->name);
		put_name(&buf, source->query ? source->query : source->table);
		buf_print(&buf, "%d %d %d", source->kind, source->of, source->from_source);
		for (int c = 0; c < source->column_count; c++)
			put_name(&buf, source->columns[c]);
		put_numbers(&buf, source->key_columns, source->key_count);
		put_numbers(&buf, source->parent_columns, source->parent_count);
		put_numbers(&buf, source->of_columns, source->parent_count);
		put_numbers(&buf, source->from_columns,
			    source->kind == SOURCE_REFERENCE ? source->key_count : 0);
	}
	shape = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return shape;
}

static struct kept_reading *find(struct kept_row *kept, const char *entity)
{
	for (int i = 0; i < kept->reading_count; i++)
		if (strcmp(kept->readings[i].entity, entity) == 0)
			return &kept->readings[i];
	return NULL;
}

/* Rows of their own for who changes them; the cells are shared. */
static void copy_rows(const struct entity_info *entity, const struct joined *joined,
		      struct arena *arena, struct joined *copy)
{
	size_t sources = (size_t)entity->sources.source_count;

	*copy = *joined;
	copy->sources = &entity->sources;
	copy->rows = arena_alloc(arena, sizeof(*copy->rows) * (joined->row_count + 1));
	for (size_t i = 0; i < joined->row_count; i++) {
		size_t size = sizeof(*copy->rows[i].rows) * sources;

		copy->rows[i] = joined->rows[i];
		copy->rows[i].rows =
		    memcpy(arena_alloc(arena, size + 1), joined->rows[i].rows, size);
	}
}

bool kept_row_read(struct kept_row *kept, struct deriver *deriver, int entity_index,
		   const struct entity_info *entity, struct span key, struct arena *arena,
		   struct reading *reading, struct err *err)
{
	struct span shape = shape_of(&entity->sources, arena);
	struct kept_reading *known = kept ? find(kept, entity->name) : NULL;
	struct joined read;

	*reading = (struct reading){ .position = SPAN_NONE };
	if (known && span_equal(known->shape, shape)) {
		copy_rows(entity, &known->joined, arena, &reading->joined);
		return true;
	}
	if (!derive_read_keys(deriver, entity_index, &key, 1, kept ? &kept->arena : arena, reading,
			      err))
		return false;
	read = reading->joined;
	if (kept && known == NULL) {
		kept->readings = arena_grow_by_one(&kept->arena, kept->readings,
						   kept->reading_count, sizeof(*kept->readings));
		known = &kept->readings[kept->reading_count++];
		known->entity = arena_text(&kept->arena, entity->name);
	}
	if (kept) {
		known->shape = arena_copy(&kept->arena, shape);
		known->joined = read;
	}
	copy_rows(entity, &read, arena, &reading->joined);
	return true;
}
