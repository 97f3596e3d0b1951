/*
 * report.c: every row that was read stands in exactly one column.
 */
#include "engine/cli/report.h"

#include "engine/base/figures.h"
#include "engine/cli/fault_text.h"

static void put_row(struct buf *buf, const char *name, int64_t value)
{
	struct buf number;

	buf_init(&number);
	text_put_number(&number, value);
	buf_print(buf, "  %-12s %15.*s\n", name, SPAN_ARGS(buf_span(&number)));
	buf_release(&number);
}

static void put_entity(struct buf *buf, const struct move_entity_report *entity)
{
	const struct move_counts *counts = &entity->counts;
	char digest[DIGEST_HEX_SIZE];

	digest_to_hex(entity->digest, digest);
	buf_print(buf, "%s\n", entity->entity);
	put_row(buf, "read", counts->read);
	put_row(buf, "= merged", counts->merged);
	put_row(buf, "+ unchanged", counts->unchanged);
	put_row(buf, "+ skipped", counts->skipped);
	put_row(buf, "+ rejected", counts->rejected);
	if (counts->fenced > 0)
		put_row(buf, "+ fenced", counts->fenced);
	if (counts->withdrawn > 0)
		put_row(buf, "withdrawn", counts->withdrawn);
	put_row(buf, "child rows", counts->children);
	if (counts->orphans > 0)
		put_row(buf, "  orphans", counts->orphans);
	put_row(buf, "in target", entity->record_count);
	buf_print(buf, "  digest       %s\n", digest);
}

static void put_pause(struct buf *buf, const struct move_pause *pause)
{
	buf_put_text(buf, "waited ");
	figure_put_duration(buf, pause->seconds);
	buf_put_text(buf, " in ");
	text_put_number(buf, pause->count);
	buf_print(buf, pause->count == 1 ? " pause: %s\n" : " pauses: %s\n", pause->reason);
}

void report_put_text(struct buf *buf, const struct cli *cli, const struct move_report *report,
		     const char *verb)
{
	buf_print(buf, "%s%s%s  run %s, version %s", cli->out.strong, verb, cli->out.plain,
		  report->run, report->version);
	if (report->seconds > 0) {
		buf_put_text(buf, ", ");
		figure_put_duration(buf, report->seconds);
	}
	buf_put_char(buf, '\n');
	for (int i = 0; i < report->entity_count; i++)
		put_entity(buf, &report->entities[i]);
	for (int i = 0; i < report->pause_count; i++)
		put_pause(buf, &report->pauses[i]);
	if (report->kinds.group_count > 0)
		buf_put_char(buf, '\n');
	fault_groups_put_text(buf, &cli->out, &report->kinds, KINDS_SHOWN_MAX, true);
	if (report->quarantined > 0) {
		text_put_number(buf, report->quarantined);
		buf_put_text(buf, " in quarantine: engine quarantine list\n");
	}
}

static void put_entity_json(struct json_writer *json, const struct move_entity_report *entity)
{
	const struct move_counts *counts = &entity->counts;
	struct {
		const char *name;
		int64_t value;
	} members[] = {
		{ "read", counts->read },
		{ "merged", counts->merged },
		{ "unchanged", counts->unchanged },
		{ "skipped", counts->skipped },
		{ "rejected", counts->rejected },
		{ "fenced", counts->fenced },
		{ "withdrawn", counts->withdrawn },
		{ "children", counts->children },
		{ "orphans", counts->orphans },
		{ "chunks", entity->chunks },
		{ "chunks_due", entity->chunks_due },
		{ "count", entity->record_count },
	};
	char digest[DIGEST_HEX_SIZE];

	json_open(json, '{');
	json_key(json, "entity");
	json_text(json, entity->entity);
	for (int i = 0; i < COUNT_OF(members); i++) {
		json_key(json, members[i].name);
		json_int(json, members[i].value);
	}
	digest_to_hex(entity->digest, digest);
	json_key(json, "digest");
	json_text(json, digest);
	json_close(json, '}');
}

void report_put_members(struct json_writer *json, const struct move_report *report,
			const char *status)
{
	json_key(json, "run");
	json_text(json, report->run);
	json_key(json, "version");
	json_text(json, report->version);
	json_key(json, "fingerprint");
	json_text(json, report->fingerprint);
	json_key(json, "status");
	json_text(json, status);
	json_key(json, "entities");
	json_open(json, '[');
	for (int i = 0; i < report->entity_count; i++)
		put_entity_json(json, &report->entities[i]);
	json_close(json, ']');
	json_key(json, "pauses");
	move_put_pauses(json, report->pauses, report->pause_count);
}
