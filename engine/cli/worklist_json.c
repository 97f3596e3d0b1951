/*
 * worklist_json.c: what is to be moved again, or was, as one JSON document.
 */
#include "engine/base/json.h"
#include "engine/cli/report.h"
#include "engine/cli/worklist.h"

static void put_place(struct json_writer *json, int64_t chunk_no, struct span id, struct span key)
{
	if (chunk_no != CHUNK_UNKNOWN)
		json_key_int(json, "chunk", chunk_no);
	json_key_string(json, "id", id);
	json_key_string(json, "key", key);
}

static void put_cause(struct json_writer *json, const struct worklist_cause *cause)
{
	json_open(json, '{');
	json_key_text(json, "check", check_name(cause->check));
	json_key_text(json, "entity", cause->entity);
	json_key_text(json, "kind", difference_name(cause->kind));
	json_key_text(json, "field", cause->field);
	json_key_text(json, "text", cause->text);
	json_key_int(json, "count", cause->count);
	json_key(json, "of");
	json_open(json, '[');
	for (int i = 0; i < cause->entry_count; i++) {
		const struct worklist_entry *entry = &cause->entries[i];

		json_open(json, '{');
		put_place(json, entry->chunk_no, entry->id, entry->key);
		if (entry->text)
			json_key_text(json, "text", entry->text);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_key_int(json, "untold", cause->count - cause->entry_count);
	json_close(json, '}');
}

static void put_reasons(struct json_writer *json, const struct validate_report *report)
{
	json_key(json, "could_not_tell");
	json_open(json, '[');
	for (int i = 0; i < report->result_count; i++) {
		if (!report->results[i].why)
			continue;
		json_open(json, '{');
		json_key_text(json, "check", check_name(report->results[i].kind));
		json_key_text(json, "entity", report->results[i].entity);
		json_key_text(json, "why", report->results[i].why);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_left(struct json_writer *json, const struct worklist *worklist)
{
	json_key(json, "left");
	json_open(json, '[');
	for (int i = 0; i < worklist->item_count; i++) {
		const struct move_repair *item = &worklist->items[i];

		if (!item->left)
			continue;
		json_open(json, '{');
		json_key_text(json, "entity", item->entity);
		put_place(json, item->chunk_no, item->id, item->key);
		json_key_text(json, "why", item->left);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_repair(struct json_writer *json, const struct shown_worklist *shown)
{
	json_key(json, "repair");
	if (!shown->repair) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	report_put_members(json, shown->repair, shown->repair->complete ? "complete" : "stopped");
	json_key_int(json, "repaired", shown->repair->repaired);
	put_left(json, shown->worklist);
	json_key(json, "is_evidence");
	json_bool(json, false);
	json_close(json, '}');
}

void worklist_put_json(struct buf *buf, const struct shown_worklist *shown)
{
	const struct worklist *worklist = shown->worklist;
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key_text(&json, "verdict", verdict_name(shown->report->verdict));
	json_key_text(&json, "version", shown->migration->version);
	json_key_text(&json, "fingerprint", shown->migration->transform);
	json_key_int(&json, "differing", worklist->name_count);
	json_key_int(&json, "chunks", worklist->chunk_count);
	json_key(&json, "causes");
	json_open(&json, '[');
	for (int i = 0; i < worklist->cause_count; i++)
		put_cause(&json, &worklist->causes[i]);
	json_close(&json, ']');
	put_reasons(&json, shown->report);
	put_repair(&json, shown);
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
