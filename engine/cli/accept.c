/*
 * accept.c: engine state accept-timeline: legacy has failed over, and is to be believed.
 */
#include "engine/cli/accept.h"

#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/model/instant.h"
#include "engine/move/move.h"

static void put_history_json(struct json_writer *json, const char *name,
			     const struct history *history)
{
	json_key(json, name);
	move_put_history(json, history);
}

static void put_history(struct buf *out, const struct history *history)
{
	if (history->system[0])
		buf_print(out, "system %s, timeline %lld", history->system,
			  (long long)history->timeline);
	else
		buf_put_text(out, "a store that tells no history");
}

static void put_json(struct buf *out, const struct move_acceptance *acceptance)
{
	char since[INSTANT_TEXT_SIZE] = "";
	struct json_writer json;

	json_writer_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "changed");
	json_bool(&json, acceptance->is_change);
	put_history_json(&json, "from", &acceptance->from);
	put_history_json(&json, "to", &acceptance->to);
	json_key(&json, "since");
	json_text(&json, instant_to_text(acceptance->since_us, since) ? since : NULL);
	json_key(&json, "chunks_due");
	json_int(&json, acceptance->chunks_due);
	json_key(&json, "entry");
	if (acceptance->is_change)
		json_int(&json, acceptance->entry.entry_no);
	else
		json_text(&json, NULL);
	json_close(&json, '}');
	buf_put_char(out, '\n');
}

static void put_text(struct buf *out, const struct move_acceptance *acceptance)
{
	char since[INSTANT_TEXT_SIZE] = "?";

	instant_to_text(acceptance->since_us, since);
	if (!acceptance->is_change) {
		buf_put_text(out, "legacy is what it was: ");
		put_history(out, &acceptance->to);
		buf_print(out, ", accepted since %s; nothing was changed\n", since);
		return;
	}
	buf_put_text(out, "legacy was ");
	put_history(out, &acceptance->from);
	buf_print(out, ", accepted since %s\n   it is now ", since);
	put_history(out, &acceptance->to);
	buf_put_text(out, ", which is accepted\n");
	text_put_number(out, acceptance->chunks_due);
	buf_print(out, " %s due again; the next run heals what differs (ledger entry %lld)\n",
		  acceptance->chunks_due == 1 ? "chunk is" : "chunks are",
		  (long long)acceptance->entry.entry_no);
}

/* A target that is only read is not made where it is missing. */
static bool open_stores(struct cli *cli, struct conn **legacy, struct conn **target,
			struct state **state, struct err *err)
{
	const char *identity;

	if (!conn_open(cli->options.legacy, CONN_SOURCE, legacy, err) ||
	    !conn_open(cli->options.target, CONN_TARGET_READ, target, err) ||
	    !move_identity(*target, &cli->arena, &identity, err))
		return false;
	if (*identity == '\0')
		return err_set(
		    err, ERR_DATA,
		    "the target has seen no run; the first one accepts the legacy it finds");
	conn_close(*target);
	*target = NULL;
	return conn_open(cli->options.target, CONN_TARGET, target, err) &&
	       state_open(cli->options.state, STATE_WRITE, identity, state, err);
}

int state_accept_timeline(struct cli *cli, struct err *err)
{
	struct conn *legacy = NULL, *target = NULL;
	struct move_acceptance acceptance;
	struct state *state = NULL;
	struct buf out;

	buf_init(&out);
	if (open_stores(cli, &legacy, &target, &state, err) &&
	    move_accept_timeline(legacy, target, state, &cli->arena, &acceptance, err)) {
		if (cli->options.json)
			put_json(&out, &acceptance);
		else if (!cli->options.quiet)
			put_text(&out, &acceptance);
		text_to_stdout(&out, err);
	}
	buf_release(&out);
	state_close(state);
	conn_close(target);
	conn_close(legacy);
	return 0;
}
