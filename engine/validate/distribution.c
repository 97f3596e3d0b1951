/*
 * distribution.c: one statement a chunk asks the store for what its records say of themselves, and what differs is told at the end.
 *
 * The store gives out the values, and they are counted here: whether a text is an instant, or a value one of the enum's, only this side
 * knows, and a store that grouped them would have to sort them. The statement is asked like a rule's own (decision 0033).
 */
#include "engine/validate/distribution.h"

#include <stdlib.h>

#include "engine/target/final.h"

enum { SECONDS_MAX = 600, STRANGERS_MAX = 100 };

/* Values that no rule has: the first ones by bytes by their names, all others together, so that whatever stands in a store takes
 * no more memory than this. */
struct stranger {
	struct stratum_count count;
	char *name; /* of the count: room for STRATUM_NAME_MAX bytes and a NUL */
};
struct strangers {
	struct stranger items[STRANGERS_MAX]; /* by name */
	int count;
	struct stratum_count others; /* without a name where there are none */
};

struct distribution {
	struct span_map by_name; /* of the strata that the rule makes */
	struct stratum_count *strata;
	int count;
	struct strangers **strangers; /* one an enum, and one for decisions; NULL: none were seen */
	struct question question;
	struct table_view view;
	bool is_kept; /* records that legacy has no more stay, and are of no stratum here */
};

/* ---- the statement ---- */

static void put_column(struct validation *validation, struct view_column *column, int number,
		       const char *first, const char *second)
{
	struct arena *arena = validation->arena;
	const char **names = arena_alloc(arena, 2 * sizeof(*names));

	names[0] = first;
	names[1] = second;
	/* Texts, whatever the field is: what does not fit its type is counted and not refused. */
	*column = (struct view_column){ .name = arena_print(arena, "v%d", number).data,
					.path = { names, second ? 2 : 1 },
					.kind = second ? VIEW_JSON : VIEW_TEXT };
}

/* Columns in the order of tally_record(). */
static void make_view(struct validation *validation, struct distribution *distribution)
{
	const struct entity_info *entity = validation->entity;
	const struct table_column *stored = validation->final->columns;
	struct arena *arena = validation->arena;
	size_t most = (size_t)(entity->enum_count + entity->field_count) + 1;
	struct view_column *columns = arena_alloc(arena, most * sizeof(*columns));
	const char **names = arena_alloc(arena, 2 * sizeof(*names));
	struct record_strata strata;
	int count = 0;

	/* Only its fields are looked at: nothing is ever opened. */
	record_strata_init(&strata, entity, &validation->scratch, NULL, NULL);
	for (int i = 0; i < entity->enum_count; i++, count++)
		put_column(validation, &columns[count], count, entity->enums[i].field, NULL);
	for (int i = 0; i < strata.year_count; i++, count++)
		put_column(validation, &columns[count], count,
			   entity->fields[strata.years[i].field].name, NULL);
	put_column(validation, &columns[count], count, "lineage", "decisions");
	names[0] = stored[FINAL_PART].name;
	names[1] = stored[FINAL_CHUNK_NO].name;
	distribution->view = (struct table_view){ .name = "records",
						  .table = validation->final->name,
						  .id_column = stored[FINAL_ID].name,
						  .payload_column = stored[FINAL_PAYLOAD].name,
						  .state_column = stored[FINAL_STATE].name,
						  .columns = columns,
						  .column_count = count + 1,
						  .stored = names,
						  .stored_count = 2 };
}

static void make_question(struct validation *validation, struct distribution *distribution)
{
	const struct table_view *view = &distribution->view;
	struct buf sql;

	buf_init(&sql);
	buf_put_text(&sql, "select id");
	for (int i = 0; i < view->column_count; i++)
		buf_print(&sql, ", %s", view->columns[i].name);
	buf_print(&sql, " from %s where %s = :part and %s = :chunk", view->name, view->stored[0],
		  view->stored[1]);
	distribution->question =
	    (struct question){ .sql = arena_copy(validation->arena, buf_span(&sql)).data,
			       .parameter_count = 2,
			       .column_count = view->column_count + 1,
			       .views = view,
			       .view_count = 1,
			       .seconds = SECONDS_MAX };
	buf_release(&sql);
}

bool distribution_begin(struct validation *validation, struct err *err)
{
	struct distribution *distribution = arena_zalloc(validation->arena, sizeof(*distribution));
	size_t groups = (size_t)validation->entity->enum_count + 1;

	(void)err;
	validation->distribution = distribution;
	distribution->is_kept = strcmp(validation->entity->on_delete, "keep") == 0;
	distribution->strangers =
	    arena_zalloc(validation->arena, groups * sizeof(struct strangers *));
	span_map_init(&distribution->by_name, validation->arena, 64);
	make_view(validation, distribution);
	make_question(validation, distribution);
	return true;
}

/* ---- the target's records of a chunk ---- */

struct counting {
	struct sides *sides;
	struct tally *tally;
	bool is_kept;
	struct span_map by_id; /* of the holding; where is_kept */
};

static bool has_row(const struct counting *counting, struct span id)
{
	int64_t at = span_map_get(&counting->by_id, id);

	return at == SPAN_MAP_NONE ||
	       span_map_get(&counting->sides->legacy, counting->sides->holding.records[at].key) !=
		   SPAN_MAP_NONE;
}

static bool take_record(void *context, const struct cell *cells, struct err *err)
{
	struct counting *counting = context;

	(void)err;
	if (!counting->is_kept || has_row(counting, cell_span(&cells[0])))
		tally_record(counting->tally, &cells[1]);
	return true;
}

static void index_ids(struct counting *counting, struct arena *arena)
{
	const struct holding *holding = &counting->sides->holding;

	span_map_init(&counting->by_id, arena, holding->record_count);
	for (size_t i = 0; i < holding->record_count; i++)
		span_map_put(&counting->by_id, holding->records[i].id, (int64_t)i);
}

static bool ask(struct sides *sides, struct tally *tally, struct err *err)
{
	struct validation *validation = sides->validation;
	const struct distribution *distribution = validation->distribution;
	struct counting counting = { sides, tally, .is_kept = distribution->is_kept };
	struct span chunk =
	    arena_print(&validation->scratch, "%lld", (long long)sides->holding.tile.no);
	const struct question_parameter parameters[] = {
		{ .name = "part", .value = span_of(validation->entity->part) },
		{ .name = "chunk", .value = chunk },
	};
	struct question question = distribution->question;

	question.parameters = parameters;
	if (counting.is_kept)
		index_ids(&counting, &validation->scratch);
	return conn_answer(validation->options->target, &question, take_record, &counting, err);
}

bool distribution_count(struct sides *sides, struct tally *tally, bool *is_counted, bool *is_passed,
			struct err *err)
{
	struct validation *validation = sides->validation;
	struct tile after;

	*is_passed = false;
	tally_init(tally, validation->entity, &validation->scratch);
	*is_counted = ask(sides, tally, err);
	if (!*is_counted) {
		if (err->code == ERR_BUG || err->code == ERR_CANCELLED)
			return false;
		cannot_tell(
		    validation->result,
		    arena_print(validation->arena, "by state, year and decision: %s", err->text)
			.data);
		err_reset(err);
		return true;
	}
	if (!tile_load(validation->options->target, validation->entity->name,
		       sides->holding.tile.no, &validation->scratch, &after, err))
		return false;
	*is_passed = !tile_is_untouched(&sides->holding.tile, &after);
	*is_counted = !*is_passed;
	return true;
}

/* ---- all chunks ---- */

static void add_counts(struct stratum_count *to, const struct tallied *item, int64_t chunk_no)
{
	to->legacy += item->legacy;
	to->target += item->target;
	if (item->legacy == item->target)
		return;
	to->is_in_several |= to->first_unlike != CHUNK_UNKNOWN;
	if (to->first_unlike == CHUNK_UNKNOWN)
		to->first_unlike = chunk_no;
}

static void add_known(struct validation *validation, const struct tallied *item, int64_t chunk_no)
{
	struct distribution *distribution = validation->distribution;
	int64_t at = span_map_get(&distribution->by_name, item->name);

	if (at == SPAN_MAP_NONE) {
		struct span name = arena_copy(validation->arena, item->name);

		at = distribution->count++;
		distribution->strata = arena_grow_by_one(validation->arena, distribution->strata,
							 (int)at, sizeof(*distribution->strata));
		distribution->strata[at] =
		    (struct stratum_count){ .name = name.data, .first_unlike = CHUNK_UNKNOWN };
		span_map_put(&distribution->by_name, name, at);
	}
	add_counts(&distribution->strata[at], item, chunk_no);
}

/* Where the name stands, or would; by bytes. */
static int find_stranger(const struct strangers *strangers, struct span name, bool *found)
{
	int at = 0, order = 1;

	while (at < strangers->count &&
	       (order = span_compare(span_of(strangers->items[at].name), name)) < 0)
		at++;
	*found = at < strangers->count && order == 0;
	return at;
}

/* The last one by bytes joins the others; what stands behind it has done so before, so those that keep their names were counted from
 * the first on. Gives its room. */
static char *evict_last(struct strangers *strangers)
{
	const struct stranger *last = &strangers->items[--strangers->count];
	struct stratum_count *others = &strangers->others;

	others->target += last->count.target;
	others->is_in_several |=
	    last->count.is_in_several || (others->first_unlike != CHUNK_UNKNOWN &&
					  others->first_unlike != last->count.first_unlike);
	if (others->first_unlike == CHUNK_UNKNOWN)
		others->first_unlike = last->count.first_unlike;
	return last->name;
}

static struct stratum_count *open_stranger(struct strangers *strangers, int at, struct span name,
					   struct arena *arena)
{
	struct stranger *items = strangers->items;
	char *room;

	if (at == STRANGERS_MAX)
		return &strangers->others;
	room = strangers->count == STRANGERS_MAX ? evict_last(strangers)
						 : arena_alloc(arena, STRATUM_NAME_MAX + 1);
	memcpy(room, name.data, name.size);
	room[name.size] = '\0';
	memmove(&items[at + 1], &items[at], (size_t)(strangers->count - at) * sizeof(*items));
	items[at] = (struct stranger){ { .name = room, .first_unlike = CHUNK_UNKNOWN }, room };
	strangers->count++;
	return &items[at].count;
}

static void add_strange(struct validation *validation, const struct tallied *item, int64_t chunk_no)
{
	struct strangers **strangers = &validation->distribution->strangers[item->group];
	bool found;
	int at;

	if (!*strangers) {
		*strangers = arena_zalloc(validation->arena, sizeof(**strangers));
		(*strangers)->others.first_unlike = CHUNK_UNKNOWN;
	}
	at = find_stranger(*strangers, item->name, &found);
	add_counts(found ? &(*strangers)->items[at].count
			 : open_stranger(*strangers, at, item->name, validation->arena),
		   item, chunk_no);
}

void distribution_add(struct sides *sides, struct tally *tally)
{
	struct validation *validation = sides->validation;
	size_t row_count = sides->is_giant ? 0 : sides->reading.joined.row_count;

	for (size_t i = 0; i < row_count; i++)
		if (sides->is_expected[i])
			tally_outcome(tally, &sides->outcomes[i]);
	for (int i = 0; i < tally->count; i++)
		(tally->items[i].group == TALLY_OF_RULE ? add_known : add_strange)(
		    validation, &tally->items[i], sides->holding.tile.no);
	validation->result->distributed += (int64_t)sides->reading.joined.row_count;
}

/* ---- the end ---- */

static int compare_names(const void *one, const void *other)
{
	return strcmp(((const struct stratum_count *)one)->name,
		      ((const struct stratum_count *)other)->name);
}

/* All of them by name: those of the rule, strangers, and the rest of these. */
static struct stratum_count *list_strata(struct validation *validation, int *count)
{
	const struct entity_info *entity = validation->entity;
	const struct distribution *distribution = validation->distribution;
	size_t most =
	    (size_t)distribution->count + ((size_t)entity->enum_count + 1) * (STRANGERS_MAX + 1);
	struct stratum_count *strata = arena_alloc(validation->arena, most * sizeof(*strata));

	*count = distribution->count;
	if (*count)
		memcpy(strata, distribution->strata, (size_t)*count * sizeof(*strata));
	for (int group = 0; group <= entity->enum_count; group++) {
		const struct strangers *strangers = distribution->strangers[group];
		bool is_enum = group < entity->enum_count;

		for (int i = 0; strangers && i < strangers->count; i++)
			strata[(*count)++] = strangers->items[i].count;
		if (!strangers || strangers->others.target == 0)
			continue;
		strata[*count] = strangers->others;
		strata[(*count)++].name =
		    stratum_name(validation->arena, is_enum ? "enum" : "decision",
				 is_enum ? span_of(entity->enums[group].field) : SPAN("…"),
				 is_enum ? SPAN("…") : SPAN_NONE)
			.data;
	}
	qsort(strata, (size_t)*count, sizeof(*strata), compare_names);
	return strata;
}

static bool tell_stratum(struct validation *validation, const struct stratum_count *stratum,
			 struct err *err)
{
	struct arena *arena = &validation->scratch;
	struct difference difference = {
		.kind = DIFFERENCE_STRATUM,
		.chunk_no = stratum->is_in_several ? CHUNK_UNKNOWN : stratum->first_unlike,
		.field = stratum->name,
		.legacy = arena_print(arena, "%lld", (long long)stratum->legacy),
		.target = arena_print(arena, "%lld", (long long)stratum->target),
	};

	if (stratum->first_unlike == CHUNK_UNKNOWN)
		return true;
	difference.text = stratum->legacy == stratum->target ? "as many records, of other chunks"
							     : "another number of records";
	if (stratum->is_in_several)
		difference.text = arena_print(arena, "%s; the first in chunk %lld", difference.text,
					      (long long)stratum->first_unlike)
				      .data;
	return tell(validation, difference, err);
}

bool distribution_end(struct validation *validation, struct err *err)
{
	struct check_result *result = validation->result;

	result->distribution = list_strata(validation, &result->distribution_count);
	arena_reset(&validation->scratch);
	for (int i = 0; i < result->distribution_count; i++)
		if (!tell_stratum(validation, &result->distribution[i], err))
			return false;
	return true;
}
