/*
 * command_status.c: engine status: from the target what was moved, from the state folder how it goes.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/figures.h"
#include "engine/cli/decisions.h"
#include "engine/cli/holders_text.h"
#include "engine/cli/proven_text.h"
#include "engine/cli/report.h"
#include "engine/move/ctl.h"
#include "engine/move/decisions.h"
#include "engine/state/state.h"

enum { DIGITS_SIZE = 64 };

/* What the state folder says of the run that uses it, or used it last. */
struct live {
	bool known;
	const char *run, *version, *fingerprint, *status, *phase, *reason;
	int64_t workers, rate, rows_done, rows_total, rejected, pid;
	struct move_pause pauses[MOVE_PAUSES_MAX];
	int pause_count;
	int64_t checkpoint_us; /* wall clock of the newest, 0 when there is none */
	struct pause pause;    /* that holds it, or the next one */
};

static const char *text_member(struct arena *arena, const struct json_value *fact, const char *name)
{
	const struct json_value *member = json_member(fact, name);

	if (!member || member->kind != JSON_STRING)
		return NULL;
	return arena_print(arena, "%.*s", SPAN_ARGS(member->text)).data;
}

/* A number as it is written; "0" where there is none. */
static void digits_of(const struct json_value *fact, const char *name, char digits[DIGITS_SIZE])
{
	const struct json_value *member = json_member(fact, name);
	struct span text = SPAN("0");

	if (member && member->kind == JSON_NUMBER && member->text.size < DIGITS_SIZE)
		text = member->text;
	memcpy(digits, text.data, text.size);
	digits[text.size] = '\0';
}

static int64_t number_member(const struct json_value *fact, const char *name)
{
	char digits[DIGITS_SIZE];

	digits_of(fact, name, digits);
	return strtoll(digits, NULL, 10);
}

static double seconds_member(const struct json_value *fact, const char *name)
{
	char digits[DIGITS_SIZE];

	digits_of(fact, name, digits);
	return strtod(digits, NULL);
}

static void take_pauses(struct arena *arena, const struct json_value *fact, struct live *live)
{
	const struct json_value *list = json_member(fact, "pauses");

	if (!list || list->kind != JSON_ARRAY)
		return;
	for (size_t i = 0; i < list->item_count && live->pause_count < MOVE_PAUSES_MAX; i++) {
		const struct json_value *item = &list->items[i];
		const char *reason =
		    item->kind == JSON_OBJECT ? text_member(arena, item, "reason") : NULL;

		if (reason)
			live->pauses[live->pause_count++] =
			    (struct move_pause){ reason, number_member(item, "count"),
						 seconds_member(item, "seconds") };
	}
}

static void take_fact(struct arena *arena, const struct json_value *fact, struct live *live)
{
	live->known = true;
	live->run = text_member(arena, fact, "run");
	live->version = text_member(arena, fact, "version");
	live->fingerprint = text_member(arena, fact, "fingerprint");
	live->status = text_member(arena, fact, "status");
	live->phase = text_member(arena, fact, "phase");
	live->reason = text_member(arena, fact, "reason");
	live->workers = number_member(fact, "workers");
	live->rate = number_member(fact, "rate");
	live->rows_done = number_member(fact, "rows_done");
	live->rows_total = number_member(fact, "rows_total");
	live->rejected = number_member(fact, "rejected");
	live->pid = number_member(fact, "pid");
	take_pauses(arena, fact, live);
	/* A process that is gone cannot say so itself. One that may not be sent a signal is there. */
	if (live->status && strcmp(live->status, "running") == 0 &&
	    kill((pid_t)live->pid, 0) != 0 && errno == ESRCH) {
		live->status = "stopped";
		live->phase = "interrupted";
		live->reason = "the process is gone; run again to resume";
	}
}

static bool read_pause(struct cli *cli, struct state *state, struct live *live, struct err *err)
{
	struct ctl_address address;
	bool ok;

	if (!ctl_address_open(&address, cli->options.state, err))
		return false;
	ok = pause_find(state, address.folder_fd, &cli->arena, &live->pause, err);
	ctl_address_close(&address);
	return ok;
}

static bool read_live(struct cli *cli, struct live *live, struct err *err)
{
	struct checkpoint newest;
	struct state *state;
	struct json_value fact;
	struct span text;
	bool found, ok;

	if (!cli->options.state || access(cli->options.state, F_OK) != 0)
		return true;
	if (!state_open(cli->options.state, STATE_READ, NULL, &state, err))
		return false;
	ok = read_pause(cli, state, live, err) &&
	     state_newest_checkpoint(state, &newest, &found, err) &&
	     state_get_fact(state, "run", &cli->arena, &text, err);
	if (ok && text.data) {
		ok = json_read(text, &cli->arena, &fact, err);
		if (ok)
			take_fact(&cli->arena, &fact, live);
	}
	if (ok && found)
		live->checkpoint_us = newest.at_us;
	state_close(state);
	return ok;
}

/* What the target says of its last run, and who is at work. */
struct shown {
	bool has_run;
	struct move_report report;
	struct move_holder *holders;
	size_t holder_count;
	bool has_decisions; /* its rule could be loaded from what the target keeps */
	struct decisions_due decisions;
	struct proof_summary *proven;
	size_t proven_count;
};

/* Of the version of the last run. */
static void read_decisions(struct cli *cli, struct conn *target, struct shown *shown)
{
	struct err ignored = { ERR_NONE, "" };
	char day[DATE_TEXT_SIZE];
	struct rule_host *host;

	if (!shown->has_run || !move_open_kept(target, NULL, &cli->arena, &host, &ignored))
		return;
	decisions_today(day);
	shown->has_decisions = true;
	shown->decisions = decisions_due(rule_host_migration(host), day);
	rule_host_close(host);
}

static void put_decisions(struct buf *out, const struct shown *shown)
{
	const struct decisions_due *due = &shown->decisions;

	if (!shown->has_run)
		return;
	if (!shown->has_decisions)
		buf_put_text(out,
			     "decisions unknown: the rule cannot be loaded from the target; engine "
			     "decisions RULES\n");
	else if (due->all > 0)
		buf_print(out, "decisions %d open, %d overdue: engine decisions\n", due->open,
			  due->overdue);
}

static void put_decisions_json(struct json_writer *json, const struct shown *shown)
{
	json_key(json, "decisions");
	if (!shown->has_decisions) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key_int(json, "all", shown->decisions.all);
	json_key_int(json, "open", shown->decisions.open);
	json_key_int(json, "overdue", shown->decisions.overdue);
	json_close(json, '}');
}

/* Whoever watched made the table; a role that may not read it learns nothing of it, and all else. */
static bool read_proven(struct cli *cli, struct conn *target, struct shown *shown, struct err *err)
{
	if (proofs_summarize(target, &cli->arena, &shown->proven, &shown->proven_count, err))
		return true;
	if (err->code != ERR_PERMISSION)
		return false;
	shown->proven_count = 0;
	err_reset(err);
	return true;
}

static bool read_target(struct cli *cli, struct shown *shown, struct err *err)
{
	struct conn *target;
	bool ok;

	if (!cli->options.target)
		return true;
	if (!conn_open(cli->options.target, CONN_TARGET_READ, &target, err))
		return false;
	ok = move_read_status(target, &cli->arena, &shown->has_run, &shown->report, err) &&
	     (!shown->has_run ||
	      (move_read_holders(target, &cli->arena, &shown->holders, &shown->holder_count, err) &&
	       read_proven(cli, target, shown, err)));
	if (ok)
		read_decisions(cli, target, shown);
	conn_close(target);
	return ok;
}

static double checkpoint_age_s(const struct live *live)
{
	if (live->checkpoint_us == 0)
		return -1;
	return (double)(clock_wall_us() - live->checkpoint_us) / 1e6;
}

static bool is_same_run(const struct live *live, const struct move_report *report)
{
	return live->known && live->run && strcmp(live->run, report->run) == 0;
}

static const char *status_of(const struct live *live, const struct move_report *report)
{
	if (is_same_run(live, report) && live->status)
		return live->status;
	return report->complete ? "complete" : "stopped";
}

static void put_pause_json(struct json_writer *json, const struct pause *pause)
{
	json_key(json, "pause");
	if (pause->since_us == 0) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key(json, "who");
	json_text(json, pause->who);
	json_key(json, "why");
	json_text(json, pause->why);
	json_key(json, "since_us");
	json_int(json, pause->since_us);
	json_close(json, '}');
}

/* A run that was complete, before another history of legacy was accepted. */
static void put_due(struct buf *out, const struct move_report *report)
{
	int64_t due = 0;

	for (int i = 0; i < report->entity_count; i++)
		due += report->entities[i].chunks_due;
	if (!report->complete || due == 0)
		return;
	text_put_number(out, due);
	buf_print(out, " %s due again: another history of legacy was accepted since; run again\n",
		  due == 1 ? "chunk is" : "chunks are");
}

static void put_json(struct buf *out, const struct live *live, const struct shown *shown,
		     bool target_answers)
{
	const struct move_report *report = &shown->report;
	struct json_writer json;
	double age = checkpoint_age_s(live);

	json_writer_init(&json, out);
	json_open(&json, '{');
	report_put_members(&json, report, status_of(live, report));
	json_key(&json, "target_answers");
	json_bool(&json, target_answers);
	json_key(&json, "seconds");
	json_number(&json, report->seconds);
	json_key(&json, "phase");
	json_text(&json, live->phase);
	json_key(&json, "reason");
	json_text(&json, live->reason);
	json_key(&json, "workers");
	json_int(&json, live->workers);
	json_key(&json, "rate");
	json_int(&json, live->rate);
	put_pause_json(&json, &live->pause);
	holders_put_json(&json, shown->holders, shown->holder_count);
	put_decisions_json(&json, shown);
	proven_put_json(&json, shown->proven, shown->proven_count);
	json_key(&json, "checkpoint_age_s");
	if (age < 0)
		json_text(&json, NULL);
	else
		json_number(&json, age);
	json_close(&json, '}');
	buf_put_char(out, '\n');
}

static void put_text(struct buf *out, const struct cli *cli, const struct live *live,
		     const struct shown *shown)
{
	const struct move_report *report = &shown->report;
	double age = checkpoint_age_s(live);

	report_put_text(out, cli, report, status_of(live, report));
	put_due(out, report);
	put_decisions(out, shown);
	proven_put_text(out, shown->proven, shown->proven_count);
	holders_put_text(out, shown->holders, shown->holder_count);
	if (live->phase)
		buf_print(out, "phase %s", live->phase);
	if (live->reason)
		buf_print(out, " because: %s", live->reason);
	if (live->phase)
		buf_print(out, "; %lld workers, %lld rows/s\n", (long long)live->workers,
			  (long long)live->rate);
	if (live->pause.since_us != 0 && strcmp(status_of(live, report), "running") != 0) {
		buf_put_text(out, "the next run begins ");
		pause_put_text(out, &live->pause);
		buf_put_text(out, "; `engine ctl resume` ends the pause\n");
	}
	if (age >= 0) {
		buf_put_text(out, "last checkpoint ");
		figure_put_duration(out, age);
		buf_put_text(out, " ago\n");
	}
}

/* Without the target, what the state folder remembers is still an answer, but to another question. */
enum { COULD_NOT_TELL = 4 };

static void report_from_live(const struct live *live, struct move_report *report)
{
	*report = (struct move_report){ .version = live->version ? live->version : "" };
	if (live->run)
		strncpy(report->run, live->run, sizeof(report->run) - 1);
	if (live->fingerprint)
		strncpy(report->fingerprint, live->fingerprint, sizeof(report->fingerprint) - 1);
	report->complete = live->status && strcmp(live->status, "complete") == 0;
}

int command_status(struct cli *cli, struct err *err)
{
	struct live live = { .known = false };
	struct shown shown = { .has_run = false };
	struct move_report *report = &shown.report;
	struct err target_err = { ERR_NONE, "" };
	bool target_answers;
	struct buf out;

	if (!cli->options.target &&
	    !settings_need(cli->options.state, "--target", "ENGINE_TARGET", err))
		return 0;
	if (!read_live(cli, &live, err))
		return 0;
	target_answers = read_target(cli, &shown, &target_err);
	if (!target_answers && !live.known) {
		*err = target_err;
		return 0;
	}
	if (!shown.has_run && live.known)
		report_from_live(&live, report);
	if (is_same_run(&live, report)) {
		memcpy(report->pauses, live.pauses, sizeof(report->pauses));
		report->pause_count = live.pause_count;
	}
	buf_init(&out);
	if (!shown.has_run && !live.known)
		buf_put_text(&out, cli->options.json ? "{\"run\":null}\n"
						     : "nothing was moved into this target yet\n");
	else if (cli->options.json)
		put_json(&out, &live, &shown, target_answers);
	else
		put_text(&out, cli, &live, &shown);
	text_to_stdout(&out, err);
	if (!target_answers && err->code == ERR_NONE) {
		buf_print(
		    &out,
		    "the target does not answer (%s); this is what the state folder remembers\n",
		    target_err.text);
		text_to_stderr(&out);
	}
	buf_release(&out);
	return target_answers ? 0 : COULD_NOT_TELL;
}
