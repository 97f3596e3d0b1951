/*
 * trace_json.c: where a record came from, as one JSON document.
 */
#include "engine/base/json.h"
#include "engine/cli/trace_show.h"
#include "engine/derive/origin.h"
#include "engine/model/instant.h"

static void put_moment(struct json_writer *json, const char *key, int64_t at_us)
{
	char text[INSTANT_TEXT_SIZE];

	json_key_text(json, key, at_us != 0 && instant_to_text(at_us, text) ? text : NULL);
}

static void put_raw(struct json_writer *json, const char *key, struct span value)
{
	json_key(json, key);
	json_raw(json, value.data ? value : SPAN("null"));
}

/* What the target holds as text and should be JSON; somebody may have changed it. */
static void put_stored(struct json_writer *json, const char *key, struct span value,
		       struct arena *arena)
{
	struct err ignored = { ERR_NONE, "" };
	struct json_value read;

	if (!value.data || json_read(value, arena, &read, &ignored))
		put_raw(json, key, value);
	else
		json_key_string(json, key, value);
}

static void put_digest(struct json_writer *json, const char *key, struct digest digest)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	json_key_text(json, key, hex);
}

static void put_value(struct json_writer *json, const char *key, const struct json_value *value)
{
	struct buf text;

	buf_init(&text);
	if (value)
		json_put_value(&text, value);
	put_raw(json, key, value ? buf_span(&text) : SPAN_NONE);
	buf_release(&text);
}

/* What the record was made of when it was made, and how that row reads now. */
static void put_source(struct json_writer *json, const struct trace *trace, struct arena *arena)
{
	const struct account *account = &trace->account;
	const struct json_value *lineage = trace->lineage;
	struct buf row;

	json_key(json, "source");
	json_open(json, '{');
	put_stored(json, "key", account->key, arena);
	put_value(json, "system", lineage ? json_member(lineage, "sourceSystem") : NULL);
	put_value(json, "tables", lineage ? json_member(lineage, "sourceTables") : NULL);
	put_value(json, "keys", lineage ? json_member(lineage, "sourcePrimaryKeys") : NULL);
	put_digest(json, "digest", account->source_digest);
	put_stored(json, "position", account->position, arena);
	json_key(json, "changed_since");
	if (trace->row)
		json_bool(json, trace->legacy_changed);
	else
		json_text(json, NULL);
	buf_init(&row);
	if (trace->row)
		source_row_put_json(&row, &trace->entity->sources, trace->row);
	put_raw(json, "row", trace->row ? buf_span(&row) : SPAN_NONE);
	buf_release(&row);
	json_close(json, '}');
}

static void put_decision(struct json_writer *json, const struct trace *trace, struct span id)
{
	const struct decision_info *decision = trace_decision(trace, id);

	json_open(json, '{');
	json_key_string(json, "id", id);
	json_key_text(json, "choice", decision ? decision->choice : NULL);
	json_key_text(json, "question", decision ? decision->question : NULL);
	json_key_text(json, "because", decision ? decision->because : NULL);
	json_key_text(json, "owner", decision ? decision->owner : NULL);
	json_key_text(json, "decided", decision ? decision->decided : NULL);
	json_key_text(json, "review_by", decision ? decision->review_by : NULL);
	json_close(json, '}');
}

static void put_decisions(struct json_writer *json, const struct trace *trace)
{
	const struct json_value *list =
	    trace->lineage ? json_member(trace->lineage, "decisions") : NULL;

	json_key(json, "decisions");
	json_open(json, '[');
	for (size_t i = 0; list && list->kind == JSON_ARRAY && i < list->item_count; i++)
		put_decision(json, trace, list->items[i].text);
	json_close(json, ']');
}

static void put_rule(struct json_writer *json, const struct trace *trace)
{
	json_key(json, "rule");
	json_open(json, '{');
	json_key_text(json, "version", trace->version);
	json_key_text(json, "fingerprint", trace->transform);
	json_key(json, "texts");
	json_open(json, '[');
	for (int i = 0; i < trace->text_count; i++) {
		json_open(json, '{');
		json_key_text(json, "path", trace->texts[i].path);
		json_key_text(json, "hash", trace->texts[i].hash);
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void put_fields(struct json_writer *json, const struct trace *trace, struct arena *arena)
{
	const struct entity_info *entity = trace->entity;

	json_key(json, "fields");
	json_open(json, '[');
	for (int i = 0; entity && i < entity->field_count; i++)
		origin_put_json(json, entity, &entity->fields[i], trace->row, trace->record, arena);
	json_close(json, ']');
}

static void put_differences(struct json_writer *json, const struct trace *trace)
{
	json_key(json, "differences");
	json_open(json, '[');
	for (int i = 0; i < trace->difference_count; i++) {
		json_open(json, '{');
		json_key_text(json, "name", trace->differences[i].name);
		put_raw(json, "target", trace->differences[i].stored);
		put_raw(json, "derived", trace->differences[i].derived);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_pass(struct json_writer *json, const struct account *account)
{
	json_key_text(json, "run", account->run);
	json_key_int(json, "chunk", account->chunk_no);
	json_key(json, "pass");
	if (account->pass_no > 0)
		json_int(json, account->pass_no);
	else
		json_text(json, NULL);
	put_moment(json, "transformed_at", account->transformed_at_us);
	json_key_text(json, "withdrawn", account->state.size ? account->state.data : NULL);
	put_moment(json, "withdrawn_at", account->withdrawn_at_us);
}

void trace_put_json(struct buf *out, const struct trace *trace, struct arena *arena)
{
	const struct account *account = &trace->account;
	struct json_writer json;

	json_writer_init(&json, out);
	json_open(&json, '{');
	json_key_string(&json, "id", account->id);
	json_key_text(&json, "entity", account->entity);
	json_key_string(&json, "version", account->version);
	json_key_text(&json, "fingerprint", account->transform);
	put_source(&json, trace, arena);
	put_fields(&json, trace, arena);
	put_decisions(&json, trace);
	put_pass(&json, account);
	put_rule(&json, trace);
	json_key_text(&json, "reproduced", trace_answer_word(trace));
	json_key_text(&json, "why", trace->why);
	put_digest(&json, "digest", account->digest);
	json_key(&json, "edited");
	json_bool(&json, trace->is_edited);
	put_differences(&json, trace);
	json_key_int(&json, "differences_untold", trace->untold_count);
	json_close(&json, '}');
	buf_put_char(out, '\n');
}
