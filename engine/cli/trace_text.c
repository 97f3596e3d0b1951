/*
 * trace_text.c: where a record came from, the answer first.
 */
#include "engine/base/json.h"
#include "engine/cli/origin_text.h"
#include "engine/cli/text.h"
#include "engine/cli/trace_show.h"
#include "engine/model/instant.h"

const char *trace_answer_word(const struct trace *trace)
{
	static const char *const words[] = { [TRACE_UNKNOWN] = "could not tell",
					     [TRACE_IDENTICAL] = "identical",
					     [TRACE_DIFFERS] = "differs" };

	return words[trace->answer];
}

const struct decision_info *trace_decision(const struct trace *trace, struct span id)
{
	const struct entity_info *entity = trace->entity;

	for (int i = 0; entity && i < entity->decision_count; i++)
		if (span_equal_text(id, entity->decisions[i].id))
			return &entity->decisions[i];
	return NULL;
}

/* tsk_7: reproduced identical, written by v3 in run 0a1b2c3d4e5f chunk 12 */
static void put_answer(struct buf *out, const struct cli *cli, const struct trace *trace)
{
	const struct account *account = &trace->account;
	bool is_other = trace->version && account->run_version &&
			strcmp(trace->version, account->run_version) != 0;

	buf_put_text(out, trace->answer == TRACE_IDENTICAL ? cli->out.good : cli->out.alarm);
	text_put_inert(out, account->id);
	buf_print(out, ": %s%s%s", trace->answer == TRACE_UNKNOWN ? "" : "reproduced ",
		  trace_answer_word(trace), cli->out.plain);
	if (is_other) {
		buf_put_text(out, " by ");
		text_put_inert(out, span_of(trace->version));
	}
	buf_put_text(out, ", written by ");
	text_put_inert(out, account->version);
	if (account->run) {
		buf_put_text(out, " in run ");
		text_put_inert(out, span_of(account->run));
	} else {
		buf_put_text(out, " in a run that engine_run does not have,");
	}
	buf_print(out, " chunk %lld\n", (long long)account->chunk_no);
}

static void put_moment(struct buf *out, int64_t at_us)
{
	char text[INSTANT_TEXT_SIZE];

	buf_put_text(out, instant_to_text(at_us, text) ? text : "at no moment there is");
}

/* What keeps the answer from being all there is to say. */
static void put_notes(struct buf *out, const struct trace *trace)
{
	const struct account *account = &trace->account;

	if (trace->why) {
		buf_put_text(out, "why       ");
		text_put_inert(out, span_of(trace->why));
		buf_put_char(out, '\n');
	}
	if (account->state.size) {
		buf_put_text(out, "withdrawn ");
		text_put_inert(out, account->state);
		buf_put_text(out, ", ");
		put_moment(out, account->withdrawn_at_us);
		buf_put_text(out, "; normal reads do not see it\n");
	}
	if (trace->legacy_changed)
		buf_print(out, "legacy    has changed since it was merged: %s\n",
			  trace->answer == TRACE_IDENTICAL ? "in nothing that this record rests on"
							   : "what differs may be that");
	if (trace->is_edited)
		buf_put_text(out,
			     "edited    payload_json is not what was merged: its digest in the "
			     "target is another\n");
}

static void put_difference(struct buf *out, const struct trace_difference *difference)
{
	buf_put_text(out, "differs   ");
	text_put_inert(out, span_of(difference->name));
	buf_put_text(out, ": target ");
	text_put_inert(out, difference->stored.data ? difference->stored : SPAN("(absent)"));
	buf_put_text(out, ", derived ");
	text_put_inert(out, difference->derived.data ? difference->derived : SPAN("(absent)"));
	buf_put_char(out, '\n');
}

static void put_rule(struct buf *out, const struct trace *trace)
{
	if (!trace->version)
		return;
	buf_put_text(out, "rule      ");
	text_put_inert(out, span_of(trace->version));
	buf_put_char(out, ' ');
	text_put_inert(out, span_of(trace->transform));
	buf_put_text(out, ", from engine_rule:");
	if (trace->text_count == 0)
		buf_put_text(out, " not loaded");
	for (int i = 0; i < trace->text_count; i++) {
		buf_put_text(out, i ? ", " : " ");
		text_put_inert(out, span_of(trace->texts[i].path));
		buf_print(out, " (%.12s)", trace->texts[i].hash);
	}
	buf_put_char(out, '\n');
}

static void put_source(struct buf *out, const struct trace *trace)
{
	const struct account *account = &trace->account;
	struct buf json;

	buf_put_text(out, "record    ");
	text_put_inert(out, span_of(account->entity));
	buf_put_char(out, ' ');
	text_put_inert(out, account->key);
	buf_put_text(out, ", made ");
	put_moment(out, account->transformed_at_us);
	if (account->pass_no > 0) {
		buf_print(out, ", pass %lld, legacy at ", (long long)account->pass_no);
		text_put_inert(out, account->position);
	}
	buf_put_char(out, '\n');
	if (!trace->row)
		return;
	buf_init(&json);
	source_row_put_json(&json, &trace->entity->sources, trace->row);
	buf_put_text(out, "source    ");
	text_put_inert(out, buf_span(&json));
	buf_put_char(out, '\n');
	buf_release(&json);
}

static void put_decisions(struct buf *out, const struct trace *trace)
{
	const struct json_value *list =
	    trace->lineage ? json_member(trace->lineage, "decisions") : NULL;

	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->item_count; i++) {
		const struct decision_info *decision = trace_decision(trace, list->items[i].text);

		buf_put_text(out, "decision  ");
		text_put_inert(out, list->items[i].text);
		if (decision) {
			buf_put_text(out, ": ");
			text_put_inert(out, span_of(decision->choice));
			buf_put_text(out, "; ");
			text_put_inert(out, span_of(decision->question));
			buf_put_text(out, decision->owner ? " Owner " : "");
			text_put_inert(out, span_of(decision->owner ? decision->owner : ""));
		}
		buf_put_char(out, '\n');
	}
}

void trace_put_text(struct buf *out, const struct cli *cli, const struct trace *trace,
		    struct arena *arena)
{
	put_answer(out, cli, trace);
	put_notes(out, trace);
	for (int i = 0; i < trace->difference_count; i++)
		put_difference(out, &trace->differences[i]);
	if (trace->untold_count > 0)
		buf_print(out, "differs   in %d more\n", trace->untold_count);
	put_rule(out, trace);
	put_source(out, trace);
	put_decisions(out, trace);
	for (int i = 0; trace->entity && i < trace->entity->field_count; i++)
		origin_put_text(out, trace->entity, &trace->entity->fields[i], trace->row,
				trace->record, arena);
}
