/*
 * entries.c: what a run writes into the ledger: rules registered, the run's beginning and its end.
 *
 * Bodies name counts, fingerprints and names, never values of legacy: what is in the ledger stays there. docs/ledger.md describes
 * them.
 */
#include "engine/base/json.h"
#include "engine/model/instant.h"
#include "engine/move/mover.h"

struct body {
	struct buf text;
	struct json_writer json;
};

static void body_init(struct body *body)
{
	buf_init(&body->text);
	json_writer_init(&body->json, &body->text);
	json_open(&body->json, '{');
}

static void put_text(struct body *body, const char *key, const char *text)
{
	json_key(&body->json, key);
	json_text(&body->json, text);
}

static void put_int(struct body *body, const char *key, int64_t number)
{
	json_key(&body->json, key);
	json_int(&body->json, number);
}

static bool append_to(struct conn *target, const char *kind, struct body *body,
		      struct ledger_head *head, struct err *err)
{
	bool ok;

	json_close(&body->json, '}');
	ok = ledger_append(target, kind, buf_span(&body->text), head, err);
	buf_release(&body->text);
	return ok;
}

static bool append(struct mover *mover, struct conn *target, const char *kind, struct body *body,
		   struct err *err)
{
	return append_to(target, kind, body, &mover->ledger_head, err);
}

bool entries_remember(struct mover *mover, struct err *err)
{
	return state_put_ledger_head(mover->state, &mover->ledger_head, err);
}

static void put_rules(struct body *body, const struct migration_info *migration)
{
	put_text(body, "version", migration->version);
	put_text(body, "transform", migration->transform);
	put_text(body, "validation", migration->validation);
}

/* ---- rules ---- */

bool entries_rule_registered(struct mover *mover, struct conn *target, struct err *err)
{
	const struct migration_info *migration = mover->migration;
	struct body body;

	body_init(&body);
	put_rules(&body, migration);
	put_text(&body, "system", migration->system);
	if (migration->supersedes)
		put_text(&body, "supersedes", migration->supersedes);
	json_key(&body.json, "entities");
	json_open(&body.json, '[');
	for (int i = 0; i < migration->entity_count; i++) {
		json_open(&body.json, '{');
		put_text(&body, "entity", migration->entities[i].name);
		put_int(&body, "epoch", mover->rule_epochs[i]);
		json_close(&body.json, '}');
	}
	json_close(&body.json, ']');
	json_key(&body.json, "files");
	json_open(&body.json, '[');
	for (int i = 0; i < migration->text_count; i++) {
		json_open(&body.json, '{');
		put_text(&body, "path", migration->texts[i].path);
		put_text(&body, "sha256", migration->texts[i].hash);
		json_close(&body.json, '}');
	}
	json_close(&body.json, ']');
	return append(mover, target, LEDGER_RULE_REGISTERED, &body, err);
}

/* ---- histories of legacy ---- */

void move_put_history(struct json_writer *json, const struct history *history)
{
	if (history->system[0] == '\0') {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key(json, "system");
	json_text(json, history->system);
	json_key(json, "timeline");
	json_int(json, history->timeline);
	json_close(json, '}');
}

static void put_history(struct body *body, const char *key, const struct history *history)
{
	json_key(&body->json, key);
	move_put_history(&body->json, history);
}

bool entries_timeline_accepted(struct conn *target, struct move_acceptance *acceptance,
			       struct err *err)
{
	struct body body;

	body_init(&body);
	put_history(&body, "from", &acceptance->from);
	put_history(&body, "to", &acceptance->to);
	put_int(&body, "chunks_due", acceptance->chunks_due);
	return append_to(target, LEDGER_TIMELINE_ACCEPTED, &body, &acceptance->entry, err);
}

/* ---- runs ---- */

bool entries_run_started(struct mover *mover, enum mover_kind kind, bool is_resumed,
			 struct conn *target, struct err *err)
{
	char transformed_at[INSTANT_TEXT_SIZE] = "";
	struct body body;

	instant_to_text(mover->transformed_at_us, transformed_at);
	body_init(&body);
	put_text(&body, "run", mover->run);
	put_text(&body, "kind", mover_kind_name(kind));
	json_key(&body.json, "resumed");
	json_bool(&body.json, is_resumed);
	put_rules(&body, mover->migration);
	put_text(&body, "system", mover->migration->system);
	put_history(&body, "history", &mover->history);
	put_text(&body, "transformed_at", transformed_at);
	put_text(&body, "state", state_owner(mover->state));
	return append(mover, target, LEDGER_RUN_STARTED, &body, err);
}

static void put_entity(struct body *body, const struct move_entity_report *entity)
{
	const struct move_counts *counts = &entity->counts;
	char digest[DIGEST_HEX_SIZE];

	digest_to_hex(entity->digest, digest);
	json_open(&body->json, '{');
	put_text(body, "entity", entity->entity);
	put_int(body, "read", counts->read);
	put_int(body, "merged", counts->merged);
	put_int(body, "unchanged", counts->unchanged);
	put_int(body, "skipped", counts->skipped);
	put_int(body, "rejected", counts->rejected);
	put_int(body, "fenced", counts->fenced);
	put_int(body, "withdrawn", counts->withdrawn);
	put_int(body, "children", counts->children);
	put_int(body, "orphans", counts->orphans);
	put_int(body, "records", entity->record_count);
	put_text(body, "digest", digest);
	json_close(&body->json, '}');
}

bool entries_run_ended(struct mover *mover, enum mover_kind kind, const char *status,
		       const struct move_report *report, struct conn *target, struct err *err)
{
	struct body body;

	body_init(&body);
	put_text(&body, "run", mover->run);
	put_text(&body, "kind", mover_kind_name(kind));
	put_text(&body, "status", status);
	json_key(&body.json, "entities");
	json_open(&body.json, '[');
	for (int i = 0; i < report->entity_count; i++)
		put_entity(&body, &report->entities[i]);
	json_close(&body.json, ']');
	if (kind == MOVER_REPAIR) {
		put_int(&body, "repaired", report->repaired);
		put_int(&body, "left", report->left);
	}
	return append(mover, target, LEDGER_RUN_ENDED, &body, err);
}

bool entries_run_failed(struct mover *mover, enum mover_kind kind, const struct err *failure,
			struct conn *target, struct err *err)
{
	struct body body;

	body_init(&body);
	put_text(&body, "run", mover->run);
	put_text(&body, "kind", mover_kind_name(kind));
	put_text(&body, "status", "failed");
	put_int(&body, "exit_status", err_exit_status(failure->code));
	return append(mover, target, LEDGER_RUN_ENDED, &body, err);
}

bool entries_run_abandoned(struct mover *mover, struct span run, struct conn *target,
			   struct err *err)
{
	struct body body;

	body_init(&body);
	json_key(&body.json, "run");
	json_string(&body.json, run);
	put_text(&body, "kind", mover_kind_name(MOVER_RUN));
	put_text(&body, "status", "abandoned");
	return append(mover, target, LEDGER_RUN_ENDED, &body, err);
}
