/*
 * command_ledger.c: engine ledger list|verify|evidence: what was decided and done, whether anybody changed it since, and which evidence
 * stands.
 */
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/cli/ledger_text.h"
#include "engine/cli/standing_text.h"
#include "engine/model/instant.h"
#include "engine/move/decisions.h"
#include "engine/move/move.h"

enum { STATUS_BROKEN = 1, COULD_NOT_TELL = 4, OUTPUT_BYTES = 1 << 16 };

/* ---- list ---- */

struct listing {
	struct cli *cli;
	struct buf out;
	struct json_writer json;
	struct arena scratch;
	int64_t shown;
};

static bool put_entry(void *context, const struct ledger_entry *entry, struct err *err)
{
	struct listing *listing = context;

	listing->shown++;
	if (listing->cli->options.json)
		ledger_put_json(&listing->json, entry, &listing->scratch);
	else
		ledger_put_line(&listing->out, &listing->cli->out, entry, &listing->scratch);
	return listing->out.size < OUTPUT_BYTES || text_to_stdout(&listing->out, err);
}

static void list(struct cli *cli, struct conn *target, struct err *err)
{
	struct listing listing = { .cli = cli };

	buf_init(&listing.out);
	arena_init(&listing.scratch);
	json_writer_init(&listing.json, &listing.out);
	if (cli->options.json)
		json_open(&listing.json, '[');
	if (ledger_each(target, INT64_MIN, put_entry, &listing, err)) {
		if (cli->options.json) {
			json_close(&listing.json, ']');
			buf_put_char(&listing.out, '\n');
		} else if (listing.shown == 0) {
			buf_put_text(&listing.out, "the ledger is empty\n");
		}
		text_to_stdout(&listing.out, err);
	}
	arena_release(&listing.scratch);
	buf_release(&listing.out);
}

/* ---- verify ---- */

struct memory {
	struct ledger_head head;
	bool has_head;
	const char *why_not; /* it could not be asked; NULL when it could, or when there is none */
};

/* A folder that exists but gives no answer leaves open what it has seen. */
static void recall(struct cli *cli, struct conn *target, struct memory *memory)
{
	struct err err = { ERR_NONE, "" };
	struct state *state = NULL;
	const char *identity;

	*memory = (struct memory){ .has_head = false };
	if (!cli->options.state || access(cli->options.state, F_OK) != 0)
		return;
	/* A target without any run has no name: then whatever the folder has seen is missing. */
	if (!move_identity(target, &cli->arena, &identity, &err) ||
	    !state_open(cli->options.state, STATE_READ, *identity ? identity : NULL, &state,
			&err) ||
	    !state_get_ledger_head(state, &memory->head, &memory->has_head, &err))
		memory->why_not = arena_text(&cli->arena, err.text);
	state_close(state);
}

static const char *result_of(const struct ledger_report *report, const struct memory *memory)
{
	if (report->break_count > 0)
		return "broken";
	if (memory->why_not)
		return "unknown";
	return report->entry_count > 0 ? "intact" : "nothing";
}

static void put_head(struct json_writer *json, const char *key, const struct ledger_head *head)
{
	json_key(json, key);
	if (head->entry_no == 0) {
		json_text(json, NULL);
		return;
	}
	json_open(json, '{');
	json_key(json, "entry");
	json_int(json, head->entry_no);
	json_key(json, "hash");
	json_text(json, head->hash);
	json_close(json, '}');
}

static void put_json(struct buf *out, const struct ledger_report *report,
		     const struct memory *memory)
{
	struct json_writer json;

	json_writer_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "result");
	json_text(&json, result_of(report, memory));
	json_key(&json, "entries");
	json_int(&json, report->entry_count);
	put_head(&json, "head", &report->head);
	put_head(&json, "remembered", &memory->head);
	json_key(&json, "reason");
	json_text(&json, memory->why_not);
	ledger_put_breaks_json(&json, report);
	json_close(&json, '}');
	buf_put_char(out, '\n');
}

static void put_memory(struct buf *out, const struct cli *cli, const struct ledger_report *report,
		       const struct memory *memory)
{
	if (memory->why_not) {
		buf_put_text(out, "what this machine remembers of it could not be compared: ");
		text_put_inert(out, span_of(memory->why_not));
		buf_put_char(out, '\n');
	} else if (memory->has_head && report->break_count == 0) {
		buf_print(out,
			  "entry %lld, the last that %s has seen, is the one that it has seen\n",
			  (long long)memory->head.entry_no, cli->options.state);
	} else if (!memory->has_head && report->entry_count > 0) {
		buf_put_text(out, "no state folder remembers it: entries that were cut off at its "
				  "end, or a ledger made anew, would look the same\n");
	}
}

static void put_text(struct buf *out, const struct cli *cli, const struct ledger_report *report,
		     const struct memory *memory)
{
	const char *result = result_of(report, memory);
	bool is_intact = strcmp(result, "intact") == 0;

	if (is_intact && cli->options.quiet)
		return;
	if (strcmp(result, "nothing") == 0) {
		buf_put_text(out, "there is nothing to verify: the ledger is empty\n");
		return;
	}
	buf_print(out, "%s%s%s  ", is_intact ? cli->out.good : cli->out.alarm, result,
		  cli->out.plain);
	text_put_number(out, report->entry_count);
	buf_print(out, " %s", report->entry_count == 1 ? "entry" : "entries");
	if (report->head.hash[0])
		buf_print(out, ", the last with the hash %s", report->head.hash);
	buf_put_char(out, '\n');
	ledger_put_breaks(out, report);
	put_memory(out, cli, report, memory);
}

static int verify(struct cli *cli, struct conn *target, struct err *err)
{
	struct ledger_report report;
	struct memory memory;
	struct buf out;

	/* First what was seen, then the ledger: it only grows meanwhile. */
	recall(cli, target, &memory);
	if (!ledger_verify(target, memory.has_head ? &memory.head : NULL, &report, err))
		return 0;
	buf_init(&out);
	if (cli->options.json)
		put_json(&out, &report, &memory);
	else
		put_text(&out, cli, &report, &memory);
	text_to_stdout(&out, err);
	buf_release(&out);
	if (report.break_count > 0)
		return STATUS_BROKEN;
	return memory.why_not || report.entry_count == 0 ? COULD_NOT_TELL : 0;
}

/* ---- evidence ---- */

/* What a broken chain holds is nobody's word. */
static bool is_sound(struct conn *target, struct err *err)
{
	struct ledger_report report;

	if (!ledger_verify(target, NULL, &report, err))
		return false;
	return report.break_count == 0 ||
	       err_set(err, ERR_DATA,
		       "the ledger is broken: what it says was proven is nobody's word; `engine "
		       "ledger verify` says where");
}

static bool say_evidence(struct cli *cli, const struct standing *list, int count, struct err *err)
{
	struct buf out;
	bool ok;

	buf_init(&out);
	if (cli->options.json)
		standing_put_json(&out, list, count);
	else if (!cli->options.quiet)
		standing_put_text(&out, &cli->out, list, count);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* By the version that the target was moved by, from the texts it keeps. */
static int evidence(struct cli *cli, struct conn *target, struct err *err)
{
	struct rule_host *host = NULL;
	struct standing *list;
	char now[INSTANT_TEXT_SIZE];
	int count, status = 0;

	require(instant_to_text(clock_wall_us(), now));
	if (is_sound(target, err) && move_open_kept(target, NULL, &cli->arena, &host, err) &&
	    standing_list(target, rule_host_migration(host), now, cli->options.json, &cli->arena,
			  &list, &count, err) &&
	    say_evidence(cli, list, count, err))
		status = standing_is_whole(list, count) ? 0 : COULD_NOT_TELL;
	rule_host_close(host);
	return status;
}

int command_ledger(struct cli *cli, struct err *err)
{
	const char *verb = cli->argument_count > 0 ? cli->arguments[0] : "";
	bool is_verify = strcmp(verb, "verify") == 0, is_evidence = strcmp(verb, "evidence") == 0;
	struct conn *target;
	int status = 0;

	if (!is_verify && !is_evidence && strcmp(verb, "list") != 0) {
		err_set(err, ERR_USAGE, "usage: engine %s", cli->command->usage);
		return 0;
	}
	if (!settings_need(cli->options.target, "--target", "ENGINE_TARGET", err) ||
	    !conn_open(cli->options.target, CONN_TARGET_READ, &target, err))
		return 0;
	if (is_verify)
		status = verify(cli, target, err);
	else if (is_evidence)
		status = evidence(cli, target, err);
	else
		list(cli, target, err);
	conn_close(target);
	return status;
}
