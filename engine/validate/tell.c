/*
 * tell.c: differences are counted and told, and what a check found becomes one of three answers.
 */
#include <stdio.h>

#include "engine/validate/checks.h"

void cannot_tell(struct check_result *result, const char *why)
{
	if (!result->why)
		result->why = why;
}

/* Told apart whatever stands in them: each with its size. */
static void add_text(struct digest_stream *stream, struct span text)
{
	char size[32];

	snprintf(size, sizeof(size), "%zu:", text.size);
	digest_stream_add(stream, span_of(size));
	digest_stream_add(stream, text);
}

void difference_identify(struct digest_stream *stream, const struct difference *difference)
{
	char chunk[32];

	snprintf(chunk, sizeof(chunk), "%lld", (long long)difference->chunk_no);
	add_text(stream, span_of(check_name(difference->check)));
	add_text(stream, span_of(difference_name(difference->kind)));
	add_text(stream, span_of(difference->entity));
	add_text(stream, span_of(chunk));
	add_text(stream, difference->id);
	add_text(stream, difference->key);
	add_text(stream, span_of(difference->field ? difference->field : ""));
	if (!difference->query)
		return;
	add_text(stream, span_of(difference->query));
	add_text(stream, difference->asked);
	add_text(stream, difference->row);
}

void note_position(struct validation *validation, struct span position)
{
	if (!position.size)
		return;
	if (validation->position_first.size == 0)
		buf_put_span(&validation->position_first, position);
	buf_reset(&validation->position_last);
	buf_put_span(&validation->position_last, position);
}

bool tell(struct validation *validation, struct difference difference, struct err *err)
{
	const struct validate_options *options = validation->options;

	if (validation->unsaid) {
		++*validation->unsaid;
		return true;
	}
	difference.check = validation->result->kind;
	difference.entity = validation->entity->name;
	validation->result->differences++;
	difference_identify(&validation->details, &difference);
	return !options->on_difference ||
	       options->on_difference(options->difference_context, &difference, err);
}

/* How far legacy may be ahead the policy says; where it says nothing, not at all. */
static void judge_lag(const struct validation *validation, struct check_result *result)
{
	int64_t max_us = validation->options->max_lag_us;

	if (max_us == 0 || result->lag_us == INT64_MAX)
		cannot_tell(result, "legacy has changed since some of its chunks were passed");
	else
		cannot_tell(result,
			    arena_print(validation->arena,
					"legacy has changed since some of its chunks were passed, "
					"which may be %lld s ago, and max_lag is %lld s",
					(long long)(result->lag_us / 1000000),
					(long long)(max_us / 1000000))
				.data);
}

bool is_declared_empty(const struct validation *validation)
{
	const struct history_policy *policy = &validation->migration->history;

	for (int i = 0; i < policy->empty_count; i++)
		if (strcmp(policy->empty[i], validation->entity->name) == 0 ||
		    strcmp(policy->empty[i], validation->entity->record) == 0)
			return true;
	return false;
}

void judge_result(const struct validation *validation, struct check_result *result)
{
	bool may_lag = result->lag_us <= validation->options->max_lag_us;

	if (result->is_lagging && !may_lag)
		judge_lag(validation, result);
	if (result->checked == 0 && !(result->expected == 0 && is_declared_empty(validation)))
		cannot_tell(result, "there was nothing to check");
	if (result->expected != result->checked + (may_lag ? result->lagging : 0))
		cannot_tell(result, "not everything was checked");
	result->verdict = result->differences > 0 ? VERDICT_DIFFERS
			  : result->why           ? VERDICT_UNKNOWN
						  : VERDICT_AGREES;
}
