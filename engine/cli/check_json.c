/*
 * check_json.c: what engine check found, as one JSON document.
 */
#include "engine/base/json.h"
#include "engine/cli/check.h"
#include "engine/cli/fault_json.h"

static void put_faults(struct json_writer *json, const char *kind, const struct fault_list *faults)
{
	for (size_t i = 0; i < faults->fault_count; i++) {
		const struct fault *fault = &faults->faults[i];

		json_open(json, '{');
		fault_put_members(json, kind, fault);
		json_key_text(json, "layer", check_layer_name(check_layer_of(fault->code)));
		json_close(json, '}');
	}
}

static void put_values(struct json_writer *json, const struct survey_group *group)
{
	json_key(json, "values");
	json_open(json, '[');
	for (int i = 0; i < group->value_count; i++) {
		const struct survey_value *value = &group->values[i];
		const struct fault shown = { .saw_kind = value->saw_kind,
					     .saw = value->saw,
					     .saw_size = value->saw_size };

		json_open(json, '{');
		fault_put_json_saw(json, &shown);
		json_key_int(json, "rows", value->row_count);
		json_key_string(json, "nearest", value->nearest);
		json_key_string(json, "message", value->message);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_places(struct json_writer *json, const struct survey_group *group)
{
	json_key(json, "alsoAt");
	json_open(json, '[');
	for (int i = 0; i < group->other_count; i++) {
		json_open(json, '{');
		json_key_string(json, "where", group->others[i].where);
		json_key_text(json, "file", group->others[i].file);
		json_key_int(json, "line", group->others[i].line);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_group(struct json_writer *json, const struct survey_group *group,
		      const struct survey_entity *entity, struct arena *arena)
{
	struct fault shown = check_group_fault(group, entity, arena);

	json_open(json, '{');
	fault_put_members(json, "warning", &shown);
	json_key_text(json, "layer", check_layer_name(LAYER_VALUES));
	json_key_text(json, "entity", entity->info->name);
	json_key_text(json, "table", shown.table);
	json_key_text(json, "column", shown.column);
	json_key_int(json, "rows", group->row_count);
	json_key_int(json, "of", entity->read_count);
	json_key_string(json, "key", group->key);
	put_values(json, group);
	json_key(json, "valuesAreAll");
	json_bool(json, group->is_whole);
	put_places(json, group);
	json_close(json, '}');
}

static void put_survey_faults(struct json_writer *json, const struct survey *survey,
			      struct arena *arena)
{
	for (int i = 0; i < survey->entity_count; i++)
		for (int g = 0; g < survey->entities[i].group_count; g++)
			put_group(json, &survey->entities[i].groups[g], &survey->entities[i],
				  arena);
}

static void put_layers(struct json_writer *json, const struct check *check)
{
	static const char *const answers[] = { "passed", "findings", "skipped", "untold" };

	json_key(json, "layers");
	json_open(json, '[');
	for (int i = 0; i < LAYER_COUNT; i++) {
		const struct layer *layer = &check->layers[i];

		json_open(json, '{');
		json_key_text(json, "layer", check_layer_name((enum check_layer)i));
		json_key_text(json, "answer", answers[layer->answer]);
		json_key_int(json, "errors", layer->error_count);
		json_key_int(json, "findings", layer->finding_count);
		json_key_text(json, "why", layer->why);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_entities(struct json_writer *json, const struct survey *survey)
{
	json_key(json, "looked");
	json_open(json, '[');
	for (int i = 0; i < survey->entity_count; i++) {
		const struct survey_entity *entity = &survey->entities[i];

		json_open(json, '{');
		json_key_text(json, "entity", entity->info->name);
		json_key(json, "rows");
		if (entity->row_count < 0)
			json_text(json, NULL);
		else
			json_int(json, entity->row_count);
		json_key_int(json, "read", entity->read_count);
		json_key_int(json, "skipped", entity->skipped_count);
		json_key_int(json, "rejected", entity->rejected_count);
		json_key_int(json, "untold",
			     entity->beyond_count + (int64_t)entity->unlisted_count);
		json_key_text(json, "fault", entity->fault);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void check_put_json(struct buf *buf, const struct check *check, struct arena *arena)
{
	const struct migration_info *migration = check->migration;
	size_t untold =
	    check->faults.untold_count + check->warnings.untold_count + check->lint.untold_count;
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key_text(&json, "version", migration ? migration->version : NULL);
	json_key_text(&json, "transform", migration ? migration->transform : NULL);
	json_key_text(&json, "validation", migration ? migration->validation : NULL);
	put_layers(&json, check);
	json_key(&json, "faults");
	json_open(&json, '[');
	put_faults(&json, "error", &check->faults);
	put_faults(&json, "warning", &check->lint);
	put_faults(&json, "warning", &check->warnings);
	put_survey_faults(&json, &check->survey, arena);
	json_close(&json, ']');
	put_entities(&json, &check->survey);
	if (untold > 0)
		json_key_int(&json, "untold", (int64_t)untold);
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
