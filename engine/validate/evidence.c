/*
 * evidence.c: what a validation found, as an entry of the target's ledger. docs/ledger.md describes its body.
 */
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/model/instant.h"
#include "engine/target/transact.h"
#include "engine/validate/validate.h"

static void put_digest(struct json_writer *json, const char *key, struct digest digest)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	json_key_text(json, key, hex);
}

void check_put_members(struct json_writer *json, const struct check_result *result)
{
	json_key_text(json, "check", check_name(result->kind));
	json_key_text(json, "entity", result->entity);
	json_key_text(json, "verdict", verdict_name(result->verdict));
	json_key_int(json, "expected", result->expected);
	json_key_int(json, "checked", result->checked);
	json_key_int(json, "skipped", result->skipped);
	json_key_int(json, "lagging", result->lagging);
	json_key(json, "lag_s");
	if (result->is_lagging && result->lag_us != INT64_MAX)
		json_int(json, result->lag_us / 1000000);
	else
		json_text(json, NULL);
	json_key_int(json, "differences", result->differences);
	json_key_int(json, "tolerated", result->tolerated);
}

static void put_result(struct json_writer *json, const struct check_result *result)
{
	json_open(json, '{');
	check_put_members(json, result);
	if (result->is_sampled)
		json_key_int(json, "chosen_by_share", result->chosen_by_share);
	json_close(json, '}');
}

static void put_scope(struct json_writer *json, const struct validate_scope *scope)
{
	json_open(json, '{');
	json_key_text(json, "entity", scope->entity);
	json_key_int(json, "epoch", scope->rule_epoch);
	json_key_int(json, "chunks", scope->chunk_count);
	/* Chunks have ids of all buckets, and a validation looks at all chunks. */
	json_key(json, "buckets");
	json_open(json, '[');
	json_int(json, 0);
	json_int(json, BUCKET_COUNT - 1);
	json_close(json, ']');
	json_key_int(json, "passes", scope->pass_count);
	if (scope->passes.data) {
		json_key(json, "chunk_passes");
		json_raw(json, scope->passes);
	}
	json_key_int(json, "records", scope->record_count);
	put_digest(json, "digest", scope->digest);
	json_close(json, '}');
}

/* Numbers that are no integers, and those beyond 2^53, stand as texts. */
static void put_sample(struct json_writer *json, const struct validate_options *options)
{
	char share[32], seed[24];

	snprintf(share, sizeof(share), "%.17g", options->share);
	snprintf(seed, sizeof(seed), "%016llx", (unsigned long long)options->seed);
	json_key(json, "sample");
	json_open(json, '{');
	json_key_text(json, "share", share);
	json_key_int(json, "per_stratum", options->per_stratum);
	json_key_text(json, "seed", seed);
	json_close(json, '}');
}

static bool has_sample(const struct validate_report *report)
{
	for (int i = 0; i < report->result_count; i++)
		if (report->results[i].is_sampled)
			return true;
	return false;
}

static void put_position(struct json_writer *json, const char *key, struct span position)
{
	json_key(json, key);
	json_raw(json, position.data ? position : SPAN("null"));
}

static void put_body(struct buf *body, const struct validate_options *options,
		     const struct validate_report *report)
{
	const struct migration_info *migration = rule_host_migration(options->host);
	char began[INSTANT_TEXT_SIZE];
	struct json_writer json;

	json_writer_init(&json, body);
	json_open(&json, '{');
	json_key_text(&json, "verdict", verdict_name(report->verdict));
	json_key_text(&json, "began", instant_to_text(report->began_us, began) ? began : NULL);
	json_key_text(&json, "version", migration->version);
	json_key_text(&json, "transform", migration->transform);
	json_key_text(&json, "validation", migration->validation);
	json_key(&json, "checks");
	json_open(&json, '[');
	for (int i = 0; i < report->result_count; i++)
		put_result(&json, &report->results[i]);
	json_close(&json, ']');
	json_key(&json, "entities");
	json_open(&json, '[');
	for (int i = 0; i < report->scope_count; i++)
		put_scope(&json, &report->scopes[i]);
	json_close(&json, ']');
	if (has_sample(report))
		put_sample(&json, options);
	put_position(&json, "legacy_first", report->position_first);
	put_position(&json, "legacy_last", report->position_last);
	put_digest(&json, "details", report->details);
	json_close(&json, '}');
}

struct appending {
	struct conn *target;
	struct span body;
	struct ledger_head *head;
};

static bool append(void *context, struct err *err)
{
	const struct appending *appending = context;

	return ledger_append(appending->target, LEDGER_VALIDATED, appending->body, appending->head,
			     err);
}

bool validate_record(struct conn *target, const struct validate_options *options,
		     const struct validate_report *report, struct ledger_head *head,
		     struct err *err)
{
	struct appending appending = { .target = target, .head = head };
	struct buf body;
	bool ok;

	buf_init(&body);
	put_body(&body, options, report);
	appending.body = buf_span(&body);
	ok = target_transact(target, append, &appending, err) ||
	     err_while(err, "writing the evidence into the ledger");
	buf_release(&body);
	return ok;
}
