/*
 * observed_json.c: which questions legacy was asked, as one JSON document.
 */
#include "engine/base/json.h"
#include "engine/cli/observed.h"

static const char *verdict_word(enum verdict verdict)
{
	if (verdict == VERDICT_AGREES)
		return "covered";
	return verdict == VERDICT_DIFFERS ? "not-covered" : "could-not-tell";
}

static void put_count(struct json_writer *json, const char *key, const char *what,
		      const struct observed_count *counted)
{
	json_key(json, key);
	json_open(json, '{');
	json_key_int(json, what, counted->shapes);
	json_key_int(json, "calls", counted->calls);
	json_close(json, '}');
}

static void put_query(struct json_writer *json, const struct declared_query *query)
{
	if (query == NULL) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key_text(json, "entity", query->entity);
	json_key_text(json, "query", query->info->name);
	json_close(json, '}');
}

static void put_shape(struct json_writer *json, const struct observed_shape *shape)
{
	json_open(json, '{');
	json_key_string(json, "shape", shape->text);
	json_key_int(json, "calls", shape->calls);
	json_key_int(json, "own_calls", shape->own_calls);
	json_key(json, "tables");
	json_open(json, '[');
	for (int i = 0; i < shape->table_count; i++)
		json_text(json, shape->tables[i]);
	json_close(json, ']');
	json_key(json, "is_of_sources");
	json_bool(json, shape->is_ours);
	json_key(json, "covered_by");
	put_query(json, shape->covered_by);
	json_key(json, "nearest");
	put_query(json, shape->nearest);
	json_close(json, '}');
}

static void put_source(struct json_writer *json, const struct shown_observed *shown)
{
	json_key_text(json, "source", shown->source);
	json_key_text(json, "since", shown->log ? shown->log->since : NULL);
	json_key(json, "forgotten");
	if (shown->log && shown->log->forgotten >= 0)
		json_int(json, shown->log->forgotten);
	else
		json_text(json, NULL);
	json_key(json, "why");
	json_open(json, '[');
	for (int i = 0; i < shown->reason_count; i++)
		json_string(json, shown->reasons[i]);
	json_close(json, ']');
}

static void put_counts(struct json_writer *json, const struct observed *observed)
{
	put_count(json, "asked", "shapes", &observed->ours);
	put_count(json, "covered", "shapes", &observed->covered);
	put_count(json, "other_tables", "shapes", &observed->elsewhere);
	put_count(json, "not_covered_and_own", "shapes", &observed->own);
	put_count(json, "not_questions", "statements", &observed->others);
	put_count(json, "hidden", "statements", &observed->hidden);
}

void observed_put_json(struct buf *buf, const struct shown_observed *shown)
{
	const struct observed *observed = shown->observed;
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key_text(&json, "verdict", verdict_word(shown->verdict));
	json_key_text(&json, "version", shown->version);
	put_source(&json, shown);
	put_counts(&json, observed);
	json_key(&json, "questions");
	json_open(&json, '[');
	for (int i = 0; i < observed->shape_count; i++)
		put_shape(&json, &observed->shapes[i]);
	json_close(&json, ']');
	json_key(&json, "unseen");
	json_open(&json, '[');
	for (int q = 0; q < observed->declared_count; q++)
		if (observed->declared[q].calls == observed->declared[q].own_calls)
			put_query(&json, &observed->declared[q]);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
