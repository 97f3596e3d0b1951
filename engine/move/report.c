/*
 * report.c: what was counted, by kind of record: the parts of an entity are one.
 */
#include "engine/base/json.h"
#include "engine/move/mover.h"

static struct move_entity_report *entry_of(struct move_report *report, struct arena *arena,
					   struct span record)
{
	for (int i = 0; i < report->entity_count; i++)
		if (span_equal_text(record, report->entities[i].entity))
			return &report->entities[i];
	report->entities[report->entity_count] =
	    (struct move_entity_report){ .entity =
					     arena_print(arena, "%.*s", SPAN_ARGS(record)).data };
	return &report->entities[report->entity_count++];
}

void report_add(struct move_report *report, struct arena *arena,
		const struct move_entity_report *part)
{
	/* "account/members" is part of "account". */
	struct span record = { part->entity, strcspn(part->entity, "/") };
	struct move_entity_report *sum = entry_of(report, arena, record);

	counts_add(&sum->counts, &part->counts);
	sum->chunks += part->chunks;
	sum->chunks_due += part->chunks_due;
	sum->record_count += part->record_count;
	digest_add(&sum->digest, part->digest);
	report->quarantined += part->counts.rejected + part->counts.orphans;
}

void move_put_pauses(struct json_writer *json, const struct move_pause *pauses, int count)
{
	json_open(json, '[');
	for (int i = 0; i < count; i++) {
		json_open(json, '{');
		json_key(json, "reason");
		json_text(json, pauses[i].reason);
		json_key(json, "count");
		json_int(json, pauses[i].count);
		json_key(json, "seconds");
		json_number(json, pauses[i].seconds);
		json_close(json, '}');
	}
	json_close(json, ']');
}
