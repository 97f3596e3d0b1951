/*
 * worklist.c: differences, gathered by cause, and each record, row or chunk of them once as something to move again.
 */
#include "engine/cli/worklist.h"

void worklist_init(struct worklist *worklist, struct arena *arena, int entries_max)
{
	*worklist = (struct worklist){ .arena = arena, .entries_max = entries_max };
	span_map_init(&worklist->by_cause, arena, 0);
	span_map_init(&worklist->by_item, arena, 0);
	span_map_init(&worklist->by_name, arena, 0);
	span_map_init(&worklist->by_chunk, arena, 0);
}

static struct span copy(struct arena *arena, struct span text)
{
	return text.data ? arena_copy(arena, text) : SPAN_NONE;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text ? arena_text(arena, text) : NULL;
}

/* The index that a name has in the map, or a new one. */
static int64_t index_of(struct span_map *map, struct span name, int64_t next)
{
	int64_t at = span_map_get(map, name);

	if (at != SPAN_MAP_NONE)
		return at;
	span_map_put(map, name, next);
	return next;
}

/* ---- causes ---- */

/* The numbers of a count are each chunk's own. */
static bool is_of_its_own(const struct difference *difference)
{
	return difference->kind == DIFFERENCE_STRATUM ||
	       (difference->kind == DIFFERENCE_COUNT && difference->check != CHECK_UNCHANGED);
}

static struct worklist_cause *cause_of(struct worklist *worklist,
				       const struct difference *difference)
{
	const char *text = difference->kind == DIFFERENCE_STRATUM
			       ? "the two sides have other records of it"
			   : is_of_its_own(difference) ? "what a chunk says of itself is not so"
						       : difference->text;
	const char *field = difference->field ? difference->field : "";
	struct span name =
	    arena_print(worklist->arena, "%d %d %zu:%s %zu:%s %s", (int)difference->check,
			(int)difference->kind, strlen(difference->entity), difference->entity,
			strlen(field), field, text);
	int64_t at = index_of(&worklist->by_cause, name, worklist->cause_count);

	if (at < worklist->cause_count)
		return &worklist->causes[at];
	worklist->causes = arena_grow_by_one(worklist->arena, worklist->causes,
					     worklist->cause_count, sizeof(*worklist->causes));
	worklist->causes[at] = (struct worklist_cause){
		.check = difference->check,
		.kind = difference->kind,
		.entity = arena_text(worklist->arena, difference->entity),
		.field = copy_text(worklist->arena, difference->field),
		.text = arena_text(worklist->arena, text),
	};
	worklist->cause_count++;
	return &worklist->causes[at];
}

static void add_entry(struct worklist *worklist, const struct difference *difference)
{
	struct worklist_cause *cause = cause_of(worklist, difference);
	struct arena *arena = worklist->arena;

	cause->count++;
	if (cause->entry_count == worklist->entries_max)
		return;
	cause->entries =
	    arena_grow_by_one(arena, cause->entries, cause->entry_count, sizeof(*cause->entries));
	cause->entries[cause->entry_count++] = (struct worklist_entry){
		.id = copy(arena, difference->id),
		.key = copy(arena, difference->key),
		.chunk_no = difference->chunk_no,
		.text = is_of_its_own(difference) ? arena_text(arena, difference->text) : NULL,
	};
}

/* ---- items ---- */

/* A record goes by its id, whatever its row says of its key; a row that has none by its key. */
static struct span name_of(struct worklist *worklist, const struct difference *difference)
{
	if (difference->id.data)
		return arena_print(worklist->arena, "%s id %.*s", difference->entity,
				   SPAN_ARGS(difference->id));
	if (difference->key.data)
		return arena_print(worklist->arena, "%s key %.*s", difference->entity,
				   SPAN_ARGS(difference->key));
	return arena_print(worklist->arena, "%s", difference->entity);
}

static struct move_repair *add_item(struct worklist *worklist, const struct difference *difference,
				    struct span name)
{
	struct arena *arena = worklist->arena;
	struct move_repair *item;

	worklist->items =
	    arena_grow_by_one(arena, worklist->items, worklist->item_count, sizeof(*item));
	item = &worklist->items[worklist->item_count++];
	*item = (struct move_repair){
		.entity = arena_text(arena, difference->entity),
		.chunk_no = difference->chunk_no,
		.id = copy(arena, difference->id),
		.key = copy(arena, difference->key),
		.name = -1,
	};
	if (item->id.data || item->key.data) {
		item->name = index_of(&worklist->by_name, name, worklist->name_count);
		worklist->name_count += item->name == worklist->name_count;
	}
	return item;
}

/* Of a record that is withdrawn all stays but what withdrawing writes, and what is compared of live ones alone. */
static bool is_lasting(const char *field)
{
	static const char *const passing[] = { "source_state", "source_deleted_at", "writer",
					       "transform_version", "transformed_at" };

	for (size_t i = 0; field && i < sizeof(passing) / sizeof(*passing); i++)
		if (strcmp(field, passing[i]) == 0)
			return false;
	return true;
}

static void take_item(struct worklist *worklist, const struct difference *difference)
{
	struct span name = name_of(worklist, difference);
	struct span chunk = arena_print(worklist->arena, "%lld %s", (long long)difference->chunk_no,
					difference->entity);
	struct span place = arena_print(worklist->arena, "%lld %.*s",
					(long long)difference->chunk_no, SPAN_ARGS(name));
	int64_t at = index_of(&worklist->by_item, place, worklist->item_count);
	struct move_repair *item =
	    at < worklist->item_count ? &worklist->items[at] : add_item(worklist, difference, name);

	if (difference->chunk_no != CHUNK_UNKNOWN &&
	    index_of(&worklist->by_chunk, chunk, worklist->chunk_count) == worklist->chunk_count)
		worklist->chunk_count++;
	if (difference->check != CHECK_BALANCE && difference->kind == DIFFERENCE_VALUE) {
		item->is_of_record = true;
		item->is_lasting = item->is_lasting || is_lasting(difference->field);
	}
	if (difference->kind == DIFFERENCE_EXTRA)
		item->is_extra = true;
}

bool worklist_add(void *context, const struct difference *difference, struct err *err)
{
	(void)err;
	add_entry(context, difference);
	take_item(context, difference);
	return true;
}

/* ---- what became of it ---- */

bool worklist_is_partial(const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++)
		if (report->results[i].why)
			return true;
	return false;
}

int64_t worklist_left(const struct worklist *worklist)
{
	int64_t left = 0;

	for (int i = 0; i < worklist->item_count; i++)
		left += worklist->items[i].left != NULL;
	return left;
}
