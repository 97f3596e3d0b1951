/*
 * verify_json.c: what a validation found, as one JSON document.
 */
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/cli/verify_show.h"

static void put_confidence(struct json_writer *json, const struct check_result *result)
{
	double wrong_at_most;

	json_key(json, "confidence");
	if (!validate_confidence(result, &wrong_at_most)) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key_int(json, "of", result->chosen_by_share);
	json_key(json, "wrong_at_most");
	json_number(json, wrong_at_most);
	json_key(json, "level");
	json_number(json, CONFIDENCE_LEVEL);
	json_close(json, '}');
}

static void put_strata(struct json_writer *json, const struct check_result *result)
{
	json_key(json, "strata");
	json_open(json, '[');
	for (int i = 0; i < result->stratum_count; i++) {
		json_open(json, '{');
		json_key_text(json, "stratum", result->strata[i].name);
		json_key_int(json, "rows", result->strata[i].row_count);
		json_key(json, "is_thin");
		json_bool(json, result->strata[i].is_thin);
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* "order only" -> "order_only" */
static void put_class(struct json_writer *json, enum row_class class, int64_t count)
{
	char name[32];

	snprintf(name, sizeof(name), "%s", answer_class_name(class));
	for (char *at = name; *at; at++)
		if (*at == ' ')
			*at = '_';
	json_key_int(json, name, count);
}

static void put_queries(struct json_writer *json, const struct check_result *result)
{
	json_key(json, "queries");
	json_open(json, '[');
	for (int i = 0; i < result->query_count; i++) {
		const struct query_result *query = &result->queries[i];

		json_open(json, '{');
		json_key_text(json, "query", query->name);
		json_key_text(json, "purpose", query->purpose);
		json_key_int(json, "expected", query->expected);
		json_key_int(json, "checked", query->checked);
		json_key_int(json, "tolerated", query->tolerated);
		json_key_text(json, "why", query->why);
		json_key(json, "rows");
		json_open(json, '{');
		for (int class = 0; class < ROW_CLASSES; class ++)
			put_class(json, (enum row_class) class, query->rows[class]);
		json_close(json, '}');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_distribution(struct json_writer *json, const struct check_result *result)
{
	json_key_int(json, "distributed", result->distributed);
	json_key(json, "distribution");
	json_open(json, '[');
	for (int i = 0; i < result->distribution_count; i++) {
		const struct stratum_count *stratum = &result->distribution[i];

		json_open(json, '{');
		json_key_text(json, "stratum", stratum->name);
		json_key_int(json, "legacy", stratum->legacy);
		json_key_int(json, "target", stratum->target);
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* Damages done to copies of records, and how many of them the check noticed. */
static void put_noticed(struct json_writer *json, const struct check_result *result)
{
	json_key(json, "self_check");
	json_open(json, '[');
	for (int i = 0; i < DAMAGE_KINDS; i++) {
		json_open(json, '{');
		json_key_text(json, "damage", damage_name((enum damage_kind)i));
		json_key(json, "claimed");
		json_bool(json, check_claims(result->kind, (enum damage_kind)i));
		json_key_int(json, "done", result->noticed[i].done);
		json_key_int(json, "noticed", result->noticed[i].noticed);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_result(struct json_writer *json, const struct check_result *result)
{
	json_open(json, '{');
	check_put_members(json, result);
	json_key_text(json, "why", result->why);
	if (result->kind == CHECK_BALANCE) {
		json_key(json, "legacy");
		json_open(json, '{');
		json_key_int(json, "merged", result->merged);
		json_key_int(json, "skipped", result->skipped_by_rule);
		json_key_int(json, "rejected", result->rejected);
		json_key_int(json, "children", result->children);
		json_key_int(json, "orphans", result->orphans);
		json_close(json, '}');
		put_distribution(json, result);
	}
	put_confidence(json, result);
	if (result->kind == CHECK_SAMPLE)
		put_strata(json, result);
	if (result->kind == CHECK_QUERIES)
		put_queries(json, result);
	put_noticed(json, result);
	json_close(json, '}');
}

/* What is absent is left out: null is a value. */
static void put_value(struct json_writer *json, const char *key, struct span value)
{
	if (!value.data)
		return;
	json_key(json, key);
	json_raw(json, value);
}

static void put_difference(struct json_writer *json, const struct difference *difference)
{
	json_open(json, '{');
	json_key_text(json, "check", check_name(difference->check));
	json_key_text(json, "kind", difference_name(difference->kind));
	json_key_text(json, "entity", difference->entity);
	if (difference->chunk_no != CHUNK_UNKNOWN)
		json_key_int(json, "chunk", difference->chunk_no);
	json_key_string(json, "id", difference->id);
	json_key_string(json, "key", difference->key);
	json_key_text(json, "field", difference->field);
	put_value(json, "legacy", difference->legacy);
	put_value(json, "target", difference->target);
	json_key_text(json, "text", difference->text);
	if (difference->query) {
		json_key_text(json, "query", difference->query);
		put_value(json, "asked", difference->asked);
		put_value(json, "row", difference->row);
	}
	json_close(json, '}');
}

static void put_evidence(struct json_writer *json, const struct shown_validation *shown)
{
	if (shown->evidence.entry_no == 0) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key_int(json, "entry", shown->evidence.entry_no);
	json_key_text(json, "hash", shown->evidence.hash);
	json_close(json, '}');
}

void verify_put_json(struct buf *buf, const struct shown_validation *shown)
{
	const struct validate_report *report = shown->report;
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key_text(&json, "verdict", verdict_name(report->verdict));
	json_key_text(&json, "version", shown->migration->version);
	json_key_text(&json, "fingerprint", shown->migration->transform);
	json_key(&json, "checks");
	json_open(&json, '[');
	for (int i = 0; i < report->result_count; i++)
		put_result(&json, &report->results[i]);
	json_close(&json, ']');
	json_key(&json, "evidence");
	put_evidence(&json, shown);
	json_key_text(&json, "no_evidence", shown->no_evidence);
	json_key(&json, "differences");
	json_open(&json, '[');
	for (const struct shown_difference *at = shown->first; at; at = at->next)
		put_difference(&json, &at->difference);
	json_close(&json, ']');
	json_key_int(&json, "untold", shown->difference_count - shown->shown_count);
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
