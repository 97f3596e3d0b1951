/*
 * decisions.c: decisions as the passes counted them, and samples of the records that rest on them.
 */
#include "engine/move/decisions.h"

#include "engine/base/json.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"
#include "engine/target/final.h"
#include "engine/target/kept.h"

struct counting {
	struct conn *target;
	const struct entity_info *entity;
	struct decision_scope *scope;
	struct decision_count *counts;
	int64_t epoch;
	size_t sample_max;
	struct arena *arena;
	struct arena scratch; /* dies with the row */
};

/* ---- counts ---- */

static int64_t number_of(const struct json_value *value)
{
	int64_t number = 0;

	for (size_t i = 0; i < value->text.size && i < 18; i++)
		number = number * 10 + (value->text.data[i] - '0');
	return number;
}

static void add_stratum(struct counting *counting, const struct json_value *stratum)
{
	static const char prefix[] = "decision:";
	const size_t size = sizeof(prefix) - 1;
	struct span name = stratum->key;

	if (stratum->kind != JSON_NUMBER || name.size < size ||
	    memcmp(name.data, prefix, size) != 0)
		return;
	name = (struct span){ name.data + size, name.size - size };
	for (int d = 0; d < counting->entity->decision_count; d++)
		if (span_equal_text(name, counting->entity->decisions[d].id))
			counting->counts[d].record_count += number_of(stratum);
}

enum { COUNTED_STRATA, COUNTED_EPOCH, COUNTED_PASS_NO, COUNTED_DIGEST, COUNTED_COLUMNS };

static bool add_chunk(void *context, const struct datum *cells, struct err *err)
{
	struct counting *counting = context;
	struct decision_scope *scope = counting->scope;
	struct json_value strata;

	scope->chunk_count++;
	if (cells[COUNTED_PASS_NO].number == 0 || cells[COUNTED_EPOCH].number != counting->epoch) {
		scope->due_count++;
		return true;
	}
	scope->retaken_count += cells[COUNTED_DIGEST].text.size == 0;
	arena_reset(&counting->scratch);
	if (!json_read(cells[COUNTED_STRATA].text, &counting->scratch, &strata, err))
		return err_while(err, "the strata of a chunk of %s", counting->entity->name);
	for (size_t i = 0; strata.kind == JSON_OBJECT && i < strata.item_count; i++)
		add_stratum(counting, &strata.items[i]);
	return true;
}

static bool add_chunks(struct counting *counting, struct err *err)
{
	static const int columns[COUNTED_COLUMNS] = { CHUNK_STRATA, CHUNK_RULE_EPOCH, CHUNK_PASS_NO,
						      CHUNK_SOURCE_DIGEST };
	struct condition where = { CHUNK_ENTITY, IS_EQUAL, datum_text(counting->entity->name) };
	struct query query = { .table = &table_chunk,
			       .columns = columns,
			       .column_count = COUNTED_COLUMNS,
			       .where = &where,
			       .where_count = 1 };

	return conn_select(counting->target, &query, add_chunk, counting, err);
}

static bool find_active(struct counting *counting, const struct migration_info *migration,
			struct err *err)
{
	static const int columns[] = { ENTITY_VERSION, ENTITY_TRANSFORM, ENTITY_EPOCH };
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(counting->entity->name) };
	struct query query = { .table = &table_entity,
			       .columns = columns,
			       .column_count = 3,
			       .where = &where,
			       .where_count = 1 };
	const struct datum *active;
	struct rows rows;
	bool exists;

	if (!conn_table_exists(counting->target, &table_entity, &exists, err))
		return false;
	if (!exists)
		return true;
	if (!rows_select(counting->target, &query, counting->arena, &rows, err))
		return false;
	if (rows.row_count == 0)
		return true;
	active = rows_row(&rows, 0);
	counting->scope->active = active[0].text.data;
	counting->scope->is_counted = span_equal_text(active[0].text, migration->version) &&
				      span_equal_text(active[1].text, migration->transform);
	counting->epoch = active[2].number;
	return true;
}

/* ---- samples ---- */

static bool is_lower(const struct decision_sample *one, const struct decision_sample *other)
{
	return one->hash != other->hash ? one->hash < other->hash
					: span_compare(one->id, other->id) < 0;
}

/* In its place, where it is among the lowest. */
static void keep_sample(struct counting *counting, struct decision_count *count, struct span id)
{
	struct decision_sample sample = { id, sample_hash(id, 0) };
	size_t at = count->sample_count;

	if (at == counting->sample_max && !is_lower(&sample, &count->samples[at - 1]))
		return;
	if (at < counting->sample_max)
		count->sample_count++;
	else
		at--;
	for (; at > 0 && is_lower(&sample, &count->samples[at - 1]); at--)
		count->samples[at] = count->samples[at - 1];
	sample.id = arena_copy(counting->arena, id);
	count->samples[at] = sample;
}

static bool look_at_record(void *context, const struct datum *cells, struct err *err)
{
	struct counting *counting = context;
	const struct json_value *lineage, *list;
	struct json_value record;

	arena_reset(&counting->scratch);
	if (!json_read(cells[1].text, &counting->scratch, &record, err))
		return err_while(err, "record %.*s", SPAN_ARGS(cells[0].text));
	lineage = record.kind == JSON_OBJECT ? json_member(&record, "lineage") : NULL;
	list = lineage && lineage->kind == JSON_OBJECT ? json_member(lineage, "decisions") : NULL;
	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->item_count; i++)
		for (int d = 0; d < counting->entity->decision_count; d++)
			if (span_equal_text(list->items[i].text, counting->entity->decisions[d].id))
				keep_sample(counting, &counting->counts[d], cells[0].text);
	return true;
}

static bool take_samples(struct counting *counting, struct err *err)
{
	static const int columns[] = { FINAL_ID, FINAL_PAYLOAD };
	const struct table *final = final_table(counting->arena, counting->entity);
	struct condition where[] = {
		{ FINAL_PART, IS_EQUAL, datum_text(counting->entity->part) },
		{ FINAL_STATE, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = final,
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = 2 };

	return conn_select(counting->target, &query, look_at_record, counting, err);
}

/* ---- the whole ---- */

static bool count_entity(struct counting *counting, const struct migration_info *migration,
			 struct err *err)
{
	int decision_count = counting->entity->decision_count;

	if (!find_active(counting, migration, err))
		return false;
	for (int d = 0; d < decision_count; d++) {
		struct decision_count *count = &counting->counts[d];

		count->record_count = counting->scope->is_counted ? 0 : -1;
		count->samples = arena_alloc(counting->arena,
					     (counting->sample_max + 1) * sizeof(*count->samples));
	}
	if (!counting->scope->is_counted || decision_count == 0)
		return true;
	return add_chunks(counting, err) &&
	       (counting->sample_max == 0 || take_samples(counting, err));
}

bool move_count_decisions(struct conn *target, const struct migration_info *migration,
			  size_t sample_max, struct arena *arena, struct decision_report *report,
			  struct err *err)
{
	size_t entity_count = (size_t)migration->entity_count;
	bool ok = true;

	report->scopes = arena_zalloc(arena, (entity_count + 1) * sizeof(*report->scopes));
	report->counts = arena_zalloc(arena, (entity_count + 1) * sizeof(*report->counts));
	for (size_t e = 0; e < entity_count && ok; e++) {
		const struct entity_info *entity = &migration->entities[e];
		size_t size = ((size_t)entity->decision_count + 1) * sizeof(**report->counts);
		struct counting counting = { .target = target,
					     .entity = entity,
					     .scope = &report->scopes[e],
					     .counts = arena_zalloc(arena, size),
					     .sample_max = sample_max,
					     .arena = arena };

		report->counts[e] = counting.counts;
		arena_init(&counting.scratch);
		ok = count_entity(&counting, migration, err);
		arena_release(&counting.scratch);
	}
	return ok;
}

bool move_open_kept(struct conn *target, const struct schema *schema, struct arena *arena,
		    struct rule_host **host, struct err *err)
{
	struct move_report last;
	struct kept kept;
	bool has_run;

	*host = NULL;
	if (!move_read_status(target, arena, &has_run, &last, err))
		return false;
	if (!has_run)
		return err_set(err, ERR_DATA, "nothing was moved into this target yet");
	return kept_read(target, last.version, arena_text(arena, last.fingerprint), arena, &kept,
			 err) &&
	       kept_open(&kept, schema, arena, host, err);
}
