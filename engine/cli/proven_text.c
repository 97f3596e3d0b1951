/*
 * proven_text.c: how many chunks are proven, since when, and how many differ.
 */
#include "engine/cli/proven_text.h"

#include "engine/base/clock.h"
#include "engine/base/figures.h"
#include "engine/cli/text.h"
#include "engine/model/instant.h"

/* "proven    job: 37 of 40 chunks, the oldest 31 s ago; 1 differs: engine verify" */
void proven_put_text(struct buf *out, const struct proof_summary *summaries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct proof_summary *summary = &summaries[i];

		buf_put_text(out, "proven    ");
		text_put_inert(out, span_of(summary->entity));
		buf_put_text(out, ": ");
		text_put_number(out, summary->proven_count);
		buf_put_text(out, " of ");
		text_put_number(out, summary->chunk_count);
		buf_print(out, " %s", summary->chunk_count == 1 ? "chunk" : "chunks");
		if (summary->oldest_us > 0) {
			buf_put_text(out, ", the oldest ");
			figure_put_duration(out,
					    (double)(clock_wall_us() - summary->oldest_us) / 1e6);
			buf_put_text(out, " ago");
		}
		if (summary->differing_count > 0) {
			buf_put_text(out, "; ");
			text_put_number(out, summary->differing_count);
			buf_print(out, " %s: engine verify",
				  summary->differing_count == 1 ? "differs" : "differ");
		}
		if (summary->differs_in_whole)
			buf_put_text(out, "; what is asked of all chunks together differs: engine "
					  "verify");
		buf_put_char(out, '\n');
	}
}

static void put_summary(struct json_writer *json, const struct proof_summary *summary)
{
	char oldest[INSTANT_TEXT_SIZE];

	json_open(json, '{');
	json_key_text(json, "entity", summary->entity);
	json_key_int(json, "chunks", summary->chunk_count);
	json_key_int(json, "proven", summary->proven_count);
	json_key_int(json, "differing", summary->differing_count);
	json_key(json, "whole_differs");
	json_bool(json, summary->differs_in_whole);
	if (summary->oldest_us > 0)
		instant_to_text(summary->oldest_us, oldest);
	json_key_text(json, "oldest_proof", summary->oldest_us > 0 ? oldest : NULL);
	json_close(json, '}');
}

void proven_put_json(struct json_writer *json, const struct proof_summary *summaries, size_t count)
{
	json_key(json, "proven");
	if (count == 0) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '[');
	for (size_t i = 0; i < count; i++)
		put_summary(json, &summaries[i]);
	json_close(json, ']');
}
