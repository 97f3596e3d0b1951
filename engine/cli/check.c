/*
 * check.c: the layers of engine check, and what is said of a group of values.
 */
#include "engine/cli/check.h"

#include "engine/base/require.h"
#include "engine/cli/text.h"
#include "engine/validate/validate.h"

static const char *const layer_names[LAYER_COUNT] = { "shape", "lint", "schema", "values" };

const char *check_layer_name(enum check_layer layer)
{
	require(layer < LAYER_COUNT);
	return layer_names[layer];
}

int check_layer_named(struct span name)
{
	for (int i = 0; i < LAYER_COUNT; i++)
		if (span_equal_text(name, layer_names[i]))
			return i;
	return -1;
}

/* Whatever a rule may not do is found by loading it, and an error; whatever it had better not by looking at it (E13xx). */
enum check_layer check_layer_of(const char *code)
{
	static const char *const lint[] = { "E1009", "E1010", "E1020" };

	for (int i = 0; i < COUNT_OF(lint); i++)
		if (strcmp(code, lint[i]) == 0)
			return LAYER_LINT;
	if (strncmp(code, "E13", 3) == 0)
		return LAYER_LINT;
	return strncmp(code, "E12", 3) == 0 ? LAYER_SCHEMA : LAYER_SHAPE;
}

void check_sample_rate(struct check *check, const struct migration_info *migration)
{
	const struct history_policy *policy = &migration->history;

	for (int i = 0; i < check->survey.entity_count; i++) {
		const struct survey_entity *entity = &check->survey.entities[i];
		double share = policy_share(policy);
		double rows =
		    sample_size((double)entity->row_count, share, policy_per_stratum(policy));
		struct fault *fault;

		if (policy->sample_rate <= 0 || entity->row_count <= 0 ||
		    rows * policy->sample_rate >= 3)
			continue;
		fault = fault_add(&check->faults, "E1207");
		fault->where = SPAN("authority.history");
		fault->file = policy->file;
		fault->line = policy->line;
		fault->message =
		    arena_print(check->faults.arena,
				"a rate of %g takes a sample of %.0f rows, and of the %lld rows of "
				"%s it would hold "
				"about %.0f",
				policy->sample_rate, 3 / policy->sample_rate,
				(long long)entity->row_count, entity->info->name, rows);
	}
}

int64_t check_finding_count(const struct check *check)
{
	int64_t count = 0;

	for (int i = 0; i < LAYER_COUNT; i++)
		count += check->layers[i].finding_count;
	return count;
}

bool check_is_told(const struct check *check)
{
	for (int i = 0; i < LAYER_COUNT; i++)
		if (check->layers[i].answer == ANSWER_UNTOLD)
			return false;
	return true;
}

struct span check_subject(const struct survey_group *group, struct arena *arena)
{
	const struct fault *first = &group->first;

	if (first->column)
		return arena_print(arena, "%s.%s", first->table, first->column);
	return first->where;
}

static struct span message_of(const struct survey_group *group, const struct survey_entity *entity,
			      struct arena *arena)
{
	struct span message;
	struct buf text;

	buf_init(&text);
	buf_put_span(&text, check_subject(group, arena));
	buf_print(&text, ": %s; ", fault_title(group->first.code));
	if (!group->is_whole)
		buf_put_text(&text, "more than ");
	if (!group->is_whole || group->value_count > 1) {
		text_put_number(&text, group->value_count);
		buf_put_text(&text, " of them, ");
	}
	buf_put_text(&text, "in ");
	text_put_number(&text, group->row_count);
	buf_put_text(&text, " of ");
	text_put_number(&text, entity->read_count);
	buf_put_text(&text, entity->read_count == 1 ? " row" : " rows");
	message = arena_copy(arena, buf_span(&text));
	buf_release(&text);
	return message;
}

struct fault check_group_fault(const struct survey_group *group, const struct survey_entity *entity,
			       struct arena *arena)
{
	/* Of the value that touches most rows. */
	const struct survey_value *value = &group->values[0];
	struct fault fault = group->first;

	require(group->value_count > 0);
	fault.message = message_of(group, entity, arena);
	fault.saw_kind = SAW_NOTHING;
	fault.nearest = value->nearest;
	fault.help = value->help;
	fault.why = SPAN("nothing is guessed: a run keeps such rows in quarantine");
	if (value->saw_kind != SAW_NOTHING)
		fault.why = arena_print(
		    arena, "%.*s; a run guesses nothing and keeps such rows in quarantine",
		    SPAN_ARGS(value->message));
	return fault;
}
