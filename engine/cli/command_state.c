/*
 * command_state.c: engine state show|rebuild|accept-timeline: the local mirror, looked at or made again.
 */
#include <sys/stat.h>

#include "engine/cli/accept.h"
#include "engine/cli/ledger_text.h"
#include "engine/cli/moving.h"
#include "engine/state/state.h"

struct showing {
	struct cli *cli;
	struct buf out;
	struct json_writer json;
};

static bool put_entry(void *context, const struct state_entry *entry, struct err *err)
{
	struct showing *showing = context;

	if (showing->cli->options.json) {
		json_open(&showing->json, '{');
		json_key(&showing->json, "table");
		json_text(&showing->json, entry->table);
		json_key(&showing->json, "key");
		json_string(&showing->json, entry->key);
		json_key(&showing->json, "value");
		json_raw(&showing->json, entry->value);
		json_close(&showing->json, '}');
	} else {
		buf_print(&showing->out, "%-12s %-20.*s %.*s\n", entry->table,
			  SPAN_ARGS(entry->key), SPAN_ARGS(entry->value));
	}
	return showing->out.size < 1 << 16 || text_to_stdout(&showing->out, err);
}

static void show(struct cli *cli, struct err *err)
{
	struct showing showing = { .cli = cli };
	struct state *state;

	if (!state_open(cli->options.state, STATE_READ, NULL, &state, err))
		return;
	buf_init(&showing.out);
	json_writer_init(&showing.json, &showing.out);
	if (cli->options.json)
		json_open(&showing.json, '[');
	else
		buf_print(&showing.out, "%s\nbelongs to %s\nowner %s\n", cli->options.state,
			  state_identity(state), state_owner(state));
	if (state_each_entry(state, put_entry, &showing, err)) {
		if (cli->options.json) {
			json_close(&showing.json, ']');
			buf_put_char(&showing.out, '\n');
		}
		text_to_stdout(&showing.out, err);
	}
	buf_release(&showing.out);
	state_close(state);
}

/* Do both identities name the same system? What they name behind it is a target's first run. */
static bool is_same_system(const char *a, const char *b)
{
	const char *a_end = strstr(a, " -> ");
	const char *b_end = strstr(b, " -> ");

	return a_end && b_end && a_end - a == b_end - b && memcmp(a, b, (size_t)(a_end - a)) == 0;
}

/* A folder that is sound but of another system is somebody's memory: it is not touched. */
static bool may_replace(const char *folder, const char *identity, struct err *err)
{
	struct err ignored = { ERR_NONE, "" };
	struct state *other;
	bool same;

	if (!state_open(folder, STATE_READ, NULL, &other, &ignored))
		return true; /* damaged */
	same = is_same_system(state_identity(other), identity);
	if (!same)
		err_set(err, ERR_REFUSED,
			"%s is sound and belongs to '%s', not to '%s'; name another --state",
			folder, state_identity(other), identity);
	state_close(other);
	return same;
}

static bool open_or_replace(struct cli *cli, const char *identity, struct state **state,
			    struct err *err)
{
	struct stat stat_buf;

	if (state_open(cli->options.state, STATE_WRITE, identity, state, err))
		return true;
	if (err->code != ERR_DATA || stat(cli->options.state, &stat_buf) != 0)
		return false;
	/* Kept beside it, never deleted. */
	err_reset(err);
	return may_replace(cli->options.state, identity, err) &&
	       state_set_aside(cli->options.state, err) &&
	       state_open(cli->options.state, STATE_WRITE, identity, state, err);
}

static void put_rebuilt(const struct cli *cli, int64_t chunks, const struct ledger_report *ledger,
			struct buf *out)
{
	struct json_writer json;

	if (cli->options.json) {
		json_writer_init(&json, out);
		json_open(&json, '{');
		json_key(&json, "checkpoints");
		json_int(&json, chunks);
		json_key(&json, "entries");
		json_int(&json, ledger->entry_count);
		ledger_put_breaks_json(&json, ledger);
		json_close(&json, '}');
		buf_put_char(out, '\n');
		return;
	}
	if (!cli->options.quiet)
		buf_print(out,
			  "%s was made again from the target: %lld checkpoints, %lld ledger "
			  "entries\n",
			  cli->options.state, (long long)chunks, (long long)ledger->entry_count);
	if (ledger->break_count == 0)
		return;
	buf_put_text(out, "the ledger is not what was written or seen; from now on this is all "
			  "that is remembered of it\n");
	ledger_put_breaks(out, ledger);
}

/* 1 when the ledger is not what it was. */
static int rebuild(struct cli *cli, struct err *err)
{
	struct ledger_report ledger = { .entry_count = 0 };
	struct conn *target = NULL;
	struct state *state = NULL;
	const char *identity;
	int64_t chunks;
	struct buf out;

	buf_init(&out);
	if (conn_open(cli->options.target, CONN_TARGET_READ, &target, err) &&
	    move_identity(target, &cli->arena, &identity, err)) {
		if (*identity == '\0')
			err_set(err, ERR_DATA,
				"the target has seen no run; there is nothing to rebuild from");
		else if (open_or_replace(cli, identity, &state, err) &&
			 move_rebuild_state(target, state, &chunks, &ledger, err)) {
			put_rebuilt(cli, chunks, &ledger, &out);
			text_to_stdout(&out, err);
		}
	}
	state_close(state);
	conn_close(target);
	buf_release(&out);
	return err->code == ERR_NONE && ledger.break_count > 0 ? 1 : 0;
}

int command_state(struct cli *cli, struct err *err)
{
	const char *verb = cli->argument_count > 0 ? cli->arguments[0] : "";
	bool is_rebuild = strcmp(verb, "rebuild") == 0;
	bool is_accept = strcmp(verb, "accept-timeline") == 0;

	if (!is_rebuild && !is_accept && strcmp(verb, "show") != 0) {
		err_set(err, ERR_USAGE, "usage: engine %s", cli->command->usage);
		return 0;
	}
	if (is_accept && !settings_need(cli->options.legacy, "--legacy", "ENGINE_LEGACY", err))
		return 0;
	if ((is_rebuild || is_accept) &&
	    !settings_need(cli->options.target, "--target", "ENGINE_TARGET", err))
		return 0;
	if (!settings_need(cli->options.state, "--state", "ENGINE_STATE", err))
		return 0;
	if (is_accept)
		return state_accept_timeline(cli, err);
	if (is_rebuild)
		return rebuild(cli, err);
	show(cli, err);
	return 0;
}
