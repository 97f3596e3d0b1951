/*
 * diff_json.c: a comparison for programs: everything that was counted.
 */
#include "engine/base/json.h"
#include "engine/cli/authority_text.h"
#include "engine/cli/diff_show.h"

static void put_int(struct json_writer *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_int(json, value);
}

static void put_text(struct json_writer *json, const char *key, const char *text)
{
	json_key(json, key);
	json_text(json, text);
}

static void put_string(struct json_writer *json, const char *key, struct span text)
{
	json_key(json, key);
	json_string(json, text);
}

static void put_flag(struct json_writer *json, const char *key, bool flag)
{
	json_key(json, key);
	json_bool(json, flag);
}

/* ---- meaning ---- */

static void put_changes(struct json_writer *json, const char *key, const struct part_change *parts,
			int count, bool is_aside)
{
	static const char *const kinds[] = { "added", "removed", "changed" };

	json_key(json, key);
	json_open(json, '[');
	for (int i = 0; i < count; i++) {
		json_open(json, '{');
		put_text(json, "part", parts[i].name);
		if (!is_aside) {
			put_text(json, "change", kinds[parts[i].kind]);
			put_text(json, "fingerprint",
				 parts[i].is_transform ? "transform" : "validation");
			put_flag(json, "additive", parts[i].is_additive);
		}
		json_key(json, "entries");
		json_open(json, '[');
		for (int e = 0; e < parts[i].entry_count; e++) {
			json_open(json, '{');
			put_string(json, "path", parts[i].entries[e].path);
			put_string(json, "before", parts[i].entries[e].before);
			put_string(json, "after", parts[i].entries[e].after);
			json_close(json, '}');
		}
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_meaning(struct json_writer *json, const struct meaning *meaning)
{
	json_key(json, "meaning");
	json_open(json, '{');
	put_changes(json, "changed", meaning->parts, meaning->part_count, false);
	put_int(json, "unchanged", meaning->same_count);
	put_changes(json, "whoAndWhy", meaning->asides, meaning->aside_count, true);
	json_key(json, "modules");
	json_open(json, '[');
	for (int i = 0; i < meaning->module_count; i++) {
		json_open(json, '{');
		put_string(json, "before", meaning->modules[i].before);
		put_string(json, "after", meaning->modules[i].after);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

/* ---- rows ---- */

static void put_transitions(struct json_writer *json, const char *key, const struct tally *tally)
{
	json_key(json, key);
	json_open(json, '[');
	for (int i = 0; i < tally->item_count; i++) {
		const struct transition *item = &tally->items[i];

		json_open(json, '{');
		put_string(json, "before", item->before);
		put_string(json, "after", item->after);
		if (item->is_cut)
			put_flag(json, "cut", true);
		put_int(json, "count", item->count);
		json_key(json, "examples");
		json_open(json, '[');
		for (int e = 0; e < item->example_count; e++)
			json_raw(json, item->examples[e].key);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_tally(struct json_writer *json, const struct tally *tally)
{
	put_transitions(json, "transitions", tally);
	put_int(json, "others", tally->others);
}

static void put_estimate(struct json_writer *json, const struct entity_comparison *entity,
			 int64_t count)
{
	struct interval interval;

	put_int(json, "rows", count);
	if (entity->compared == 0)
		return;
	interval =
	    compare_interval(count, entity->compared,
			     entity->compared > entity->total ? entity->compared : entity->total);
	json_key(json, "ofAll");
	json_open(json, '{');
	put_int(json, "low", interval.low);
	put_int(json, "likely", interval.likely);
	put_int(json, "high", interval.high);
	json_close(json, '}');
}

static void put_classes(struct json_writer *json, const struct entity_comparison *entity)
{
	static const char *const names[ROW_CLASSES] = {
		"identical",    "changed",         "newlyMapped",  "newlyRejected",
		"newlySkipped", "noLongerSkipped", "bothRejected", "bothSkipped",
	};

	json_key(json, "outcomes");
	json_open(json, '{');
	for (int kind = 0; kind < ROW_CLASSES; kind++) {
		json_key(json, names[kind]);
		json_open(json, '{');
		put_estimate(json, entity, entity->classes[kind]);
		if (kind != ROW_IDENTICAL && kind != ROW_CHANGED)
			put_tally(json, &entity->reasons[kind]);
		if (kind == ROW_NEWLY_MAPPED) {
			put_transitions(json, "values", &entity->mapped);
			put_int(json, "otherValues", entity->mapped.others);
		}
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void put_fields(struct json_writer *json, const struct entity_comparison *entity)
{
	json_key(json, "fields");
	json_open(json, '[');
	for (int i = 0; i < entity->field_count; i++) {
		const struct field_tally *field = &entity->fields[i];

		json_open(json, '{');
		put_string(json, "field", field->path);
		put_estimate(json, entity, field->rows);
		put_int(json, "appeared", field->appeared);
		put_int(json, "vanished", field->vanished);
		put_int(json, "changed", field->changed);
		put_flag(json, "masked", field->is_masked);
		put_int(json, "fell", field->fell);
		put_int(json, "rose", field->rose);
		put_tally(json, &field->transitions);
		json_close(json, '}');
	}
	json_close(json, ']');
	put_int(json, "otherFields", entity->other_fields);
}

static void put_entity(struct json_writer *json, const struct entity_comparison *entity)
{
	json_open(json, '{');
	put_text(json, "entity", entity->name);
	put_text(json, "notCompared", entity->why_not);
	if (!entity->why_not) {
		put_flag(json, "whole", entity->is_whole);
		put_int(json, "total", entity->total);
		put_int(json, "compared", entity->compared);
		put_int(json, "gone", entity->gone);
		put_int(json, "unsettled", entity->unsettled);
		put_classes(json, entity);
		put_fields(json, entity);
	}
	json_close(json, '}');
}

static void put_rows(struct json_writer *json, const struct shown_diff *shown)
{
	json_key(json, "rows");
	if (!shown->comparison) {
		json_raw(json, SPAN("null"));
		return;
	}
	json_open(json, '{');
	put_text(json, "source", shown->source);
	put_text(json, "seed", shown->seed ? shown->seed : "");
	json_key(json, "entities");
	json_open(json, '[');
	for (int i = 0; i < shown->comparison->entity_count; i++)
		put_entity(json, &shown->comparison->entities[i]);
	json_close(json, ']');
	json_close(json, '}');
}

static void put_held(struct json_writer *json, const struct held *held)
{
	json_key(json, "held");
	if (!held) {
		json_raw(json, SPAN("null"));
		return;
	}
	json_open(json, '{');
	put_int(json, "different", held->asked);
	put_int(json, "notHeld", held->not_held);
	json_key(json, "versions");
	json_open(json, '[');
	for (int i = 0; i < held->version_count; i++) {
		json_open(json, '{');
		put_string(json, "version", held->versions[i].version);
		put_int(json, "live", held->versions[i].live);
		put_int(json, "withdrawn", held->versions[i].withdrawn);
		json_close(json, '}');
	}
	json_close(json, ']');
	put_int(json, "otherVersions", held->others);
	json_close(json, '}');
}

/* Of the kinds compared only: what is said of others changes nothing here. */
static void put_authority_ranges(struct json_writer *json, const struct held *held)
{
	json_key(json, "ranges");
	json_open(json, '[');
	for (size_t i = 0; i < held->believed.authority.range_count; i++) {
		const struct authority_range *range = &held->believed.authority.ranges[i];

		if (held_is_compared(held, range->entity))
			authority_put_range_json(json, range);
	}
	json_close(json, ']');
}

static void put_authority(struct json_writer *json, const struct held *held)
{
	json_key(json, "authority");
	if (!held || held->believed.fault) {
		json_raw(json, SPAN("null"));
		return;
	}
	json_open(json, '{');
	for (int facet = 0; facet < AUTHORITY_FACETS; facet++) {
		json_key(json, authority_facet_name((enum authority_facet)facet));
		json_open(json, '{');
		for (int side = 0; side < AUTHORITY_SIDES; side++)
			put_int(json, authority_side_name((enum authority_side)side),
				held->believed.counts[facet][side]);
		json_close(json, '}');
	}
	put_int(json, "noId", held->believed.no_id);
	put_authority_ranges(json, held);
	json_close(json, '}');
}

static void put_judgement(struct json_writer *json, const struct judgement *judgement)
{
	put_text(json, "category", category_name(judgement->category));
	put_text(json, "because", judgement->because);
	put_text(json, "part", judgement->part);
	put_flag(json, "proven", judgement->is_proven);
	put_text(json, "couldNotTell", judgement->why_not_told);
}

static void put_version(struct json_writer *json, const char *key, const char *path,
			const struct migration_info *migration)
{
	json_key(json, key);
	json_open(json, '{');
	put_text(json, "rules", path);
	put_text(json, "version", migration->version);
	put_text(json, "supersedes", migration->supersedes);
	put_text(json, "transform", migration->transform);
	put_text(json, "validation", migration->validation);
	json_close(json, '}');
}

void diff_put_json(struct buf *buf, const struct shown_diff *shown)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	put_version(&json, "before", shown->paths[0], shown->migrations[0]);
	put_version(&json, "after", shown->paths[1], shown->migrations[1]);
	put_judgement(&json, shown->judgement);
	put_meaning(&json, shown->meaning);
	put_rows(&json, shown);
	put_held(&json, shown->held);
	put_text(&json, "heldFault", shown->held_fault);
	put_authority(&json, shown->held);
	put_text(&json, "authorityFault", shown->held ? shown->held->believed.fault : NULL);
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
