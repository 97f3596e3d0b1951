/*
 * check_text.c: what engine check found, for people.
 */
#include "engine/base/require.h"
#include "engine/cli/check.h"
#include "engine/cli/fault_text.h"

enum { VALUES_SHOWN = 10 };

/* ---- what was found ---- */

static void put_rows(struct buf *buf, int64_t count)
{
	text_put_number(buf, count);
	buf_put_text(buf, count == 1 ? " row" : " rows");
}

/* Where there is no value, what the rule said. */
static void put_value(struct buf *buf, const struct survey_value *value)
{
	const struct fault shown = { .saw_kind = value->saw_kind,
				     .saw = value->saw,
				     .saw_size = value->saw_size };

	if (value->saw_kind == SAW_NOTHING)
		buf_put_span(buf, value->message);
	else
		fault_put_saw(buf, &shown);
}

/* `"PICKED UP"   400 rows, nearest "PICKED_UP"`, a line each. */
static void put_values(struct buf *lines, const struct survey_group *group)
{
	int shown = group->value_count < VALUES_SHOWN ? group->value_count : VALUES_SHOWN;

	for (int i = 0; i < shown; i++) {
		const struct survey_value *value = &group->values[i];

		put_value(lines, value);
		buf_put_text(lines, "   ");
		put_rows(lines, value->row_count);
		if (value->nearest.size > 0)
			buf_print(lines, ", nearest \"%.*s\"", SPAN_ARGS(value->nearest));
		buf_put_char(lines, '\n');
	}
	if (shown < group->value_count)
		buf_print(lines, "and %s%d more; --json lists %s\n",
			  group->is_whole ? "" : "more than ", group->value_count - shown,
			  group->is_whole ? "them" : "the first");
}

static void put_places(struct buf *lines, const struct survey_group *group)
{
	for (int i = 0; i < group->other_count; i++) {
		const struct survey_place *place = &group->others[i];

		text_put_inert(lines, place->where);
		if (place->file)
			buf_print(lines, "   %s:%d", place->file, place->line);
		buf_put_char(lines, '\n');
	}
}

static void put_group(struct buf *buf, const struct look *look, const struct survey_group *group,
		      const struct survey_entity *entity, struct arena *arena)
{
	struct fault shown = check_group_fault(group, entity, arena);
	struct fault_setting setting = { .kind = "warning", .count = 1 };
	struct buf lines, places, record;

	buf_init(&lines);
	buf_init(&places);
	buf_init(&record);
	put_values(&lines, group);
	put_places(&places, group);
	if (group->key.data)
		buf_print(&record, "%s %.*s", entity->info->name, SPAN_ARGS(group->key));
	setting.seen = buf_span(&lines);
	setting.also = buf_span(&places);
	setting.record = buf_span(&record);
	shown.nearest = SPAN_NONE;
	fault_put_text(buf, look, &shown, &setting);
	buf_put_char(buf, '\n');
	buf_release(&record);
	buf_release(&places);
	buf_release(&lines);
}

static void put_untold(struct buf *buf, const struct survey_entity *entity)
{
	int64_t count = entity->beyond_count + (int64_t)entity->unlisted_count;

	if (count == 0)
		return;
	buf_put_text(buf, "and ");
	text_put_number(buf, count);
	buf_print(buf, " more faults of %s; mend these first\n\n", entity->info->name);
}

void check_put_findings(struct buf *buf, const struct look *look, const struct check *check,
			struct arena *arena)
{
	faults_put_text(buf, look, "warning", &check->lint);
	faults_put_text(buf, look, "warning", &check->warnings);
	/* The most rows last, next to the summary. */
	for (int i = 0; i < check->survey.entity_count; i++) {
		const struct survey_entity *entity = &check->survey.entities[i];

		for (int g = entity->group_count - 1; g >= 0; g--)
			put_group(buf, look, &entity->groups[g], entity, arena);
		put_untold(buf, entity);
	}
}

/* ---- the summary ---- */

static void put_version(struct buf *buf, const struct migration_info *migration)
{
	buf_print(buf, "version %s of system %s\n", migration->version, migration->system);
	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *entity = &migration->entities[i];

		buf_print(buf, "  %s: %d fields from %d sources, %d decisions, %d examples\n",
			  entity->name, entity->field_count, entity->sources.source_count,
			  entity->decision_count, entity->example_count);
	}
	buf_print(buf, "  transform  %.16s…\n  validation %.16s…\n", migration->transform,
		  migration->validation);
}

static void put_count(struct buf *buf, int64_t count, const char *one, const char *many)
{
	text_put_number(buf, count);
	buf_print(buf, " %s", count == 1 ? one : many);
}

static void put_found(struct buf *buf, const struct look *look, const struct layer *layer)
{
	buf_put_text(buf, layer->error_count ? look->alarm : look->notice);
	if (layer->error_count)
		put_count(buf, layer->error_count, "error", "errors");
	if (layer->error_count && layer->finding_count)
		buf_put_text(buf, ", ");
	if (layer->finding_count)
		put_count(buf, layer->finding_count, "finding", "findings");
	buf_put_text(buf, look->plain);
}

static void put_layer(struct buf *buf, const struct look *look, const struct check *check,
		      enum check_layer which)
{
	const struct layer *layer = &check->layers[which];

	buf_print(buf, "%-7s ", check_layer_name(which));
	switch (layer->answer) {
	case ANSWER_PASSED:
		buf_print(buf, "%spassed%s", look->good, look->plain);
		break;
	case ANSWER_FOUND:
		put_found(buf, look, layer);
		break;
	case ANSWER_SKIPPED:
		buf_print(buf, "skipped: %s", layer->why);
		break;
	case ANSWER_UNTOLD:
		buf_print(buf, "%scould not tell%s: ", look->alarm, look->plain);
		text_put_wrapped(buf, look, 24, 8, span_of(layer->why));
		if (layer->finding_count) {
			buf_put_text(buf, "; ");
			put_found(buf, look, layer);
		}
		break;
	}
	buf_put_char(buf, '\n');
}

/* What was looked at, and what became of it. */
static void put_entity(struct buf *buf, const struct look *look, const struct survey_entity *entity)
{
	buf_print(buf, "        %s: ", entity->info->name);
	if (entity->fault) {
		buf_print(buf, "%scould not tell%s: ", look->alarm, look->plain);
		text_put_wrapped(buf, look, 26 + (int)strlen(entity->info->name), 10,
				 span_of(entity->fault));
		buf_put_text(buf, "\n          before that: ");
	}
	if (entity->read_count < entity->row_count) {
		text_put_number(buf, entity->read_count);
		buf_put_text(buf, " of ");
	}
	put_rows(buf, entity->fault ? entity->read_count : entity->row_count);
	buf_put_text(buf, ", ");
	text_put_number(buf, entity->rejected_count);
	buf_put_text(buf, " rejected, ");
	text_put_number(buf, entity->skipped_count);
	buf_put_text(buf, " skipped\n");
}

static void put_findings(struct buf *buf, const struct check *check)
{
	int64_t count = check_finding_count(check);

	if (count > 0) {
		buf_put_text(buf, "sound, with ");
		put_count(buf, count, "finding", "findings");
	} else if (check->layers[LAYER_VALUES].answer == ANSWER_PASSED) {
		buf_put_text(buf, "sound: every table and column is there, and no row that was "
				  "looked at is rejected");
	} else {
		buf_put_text(buf, "sound, and every table and column is there");
	}
}

static void put_answer(struct buf *buf, const struct look *look, const struct check *check,
		       const struct options *options)
{
	bool is_alone = check->layers[LAYER_SCHEMA].answer == ANSWER_SKIPPED;

	buf_put_text(buf, look->strong);
	if (!check_is_told(check))
		buf_put_text(buf, "not everything could be told");
	else if (is_alone && check_finding_count(check) == 0)
		buf_put_text(buf, "sound by itself");
	else
		put_findings(buf, check);
	if (is_alone && options->legacy == NULL)
		buf_put_text(buf, "; --legacy URL checks it against the tables");
	buf_print(buf, "%s\n", look->plain);
}

void check_put_summary(struct buf *buf, const struct look *look, const struct check *check,
		       const struct options *options)
{
	if (check->migration)
		put_version(buf, check->migration);
	for (int i = 0; i < LAYER_COUNT; i++)
		put_layer(buf, look, check, (enum check_layer)i);
	for (int i = 0; i < check->survey.entity_count; i++)
		put_entity(buf, look, &check->survey.entities[i]);
	if (check->migration)
		put_answer(buf, look, check, options);
}
