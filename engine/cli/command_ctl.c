/*
 * command_ctl.c: engine ctl: tells a run what to do over its socket, or leaves word where it, or the next one, finds it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/move/ctl.h"

enum { NOBODY_ANSWERS = 69 };

/* What became of an order that no run answered. */
struct left {
	bool is_alive;       /* some engine holds the folder */
	const char *written; /* where word was left: "state", "pause", "stop"; NULL: nowhere */
	struct buf words;
};

/* ---- what was asked ---- */

/* The words of the command line as one line; blanks for what a line cannot hold. */
static struct span line_of(struct cli *cli)
{
	struct buf line;
	struct span copy;

	buf_init(&line);
	for (int i = 0; i < cli->argument_count; i++)
		buf_print(&line, "%s%s", i > 0 ? " " : "", cli->arguments[i]);
	for (size_t i = 0; i < line.size; i++)
		if (line.data[i] == '\n' || line.data[i] == '\r' || line.data[i] == '\t')
			line.data[i] = ' ';
	copy = arena_copy(&cli->arena, buf_span(&line));
	buf_release(&line);
	return copy;
}

static bool take_order(struct cli *cli, struct span *line, struct ctl_order *order, struct err *err)
{
	if (cli->argument_count == 0)
		return err_set(err, ERR_USAGE, "usage: engine %s", cli->command->usage);
	*line = line_of(cli);
	if (!ctl_parse(*line, order, err))
		return false;
	if (line->size + sizeof("json ") > CTL_LINE_BYTES_MAX)
		return err_set(err, ERR_USAGE, "a command is at most %d bytes long",
			       CTL_LINE_BYTES_MAX - (int)sizeof("json "));
	return order->verb == CTL_HELP ||
	       settings_need(cli->options.state, "--state", "ENGINE_STATE", err);
}

/* ---- an answer ---- */

static int status_member(const struct json_value *answer)
{
	const struct json_value *status = json_member(answer, "status");

	if (!status || status->kind != JSON_NUMBER || status->text.size > 3)
		return -1;
	return (int)strtol(status->text.data, NULL, 10);
}

/* A line of JSON, whoever wrote it: its words for people, all of it for programs. */
static int say_answer(struct cli *cli, struct span answer, struct err *err)
{
	struct err ignored = { ERR_NONE, "" };
	const struct json_value *words;
	struct json_value value;
	struct buf out;
	int status;

	if (!json_read(answer, &cli->arena, &value, &ignored) || value.kind != JSON_OBJECT ||
	    !(words = json_member(&value, "answer")) || words->kind != JSON_STRING ||
	    (status = status_member(&value)) < 0) {
		err_set(err, ERR_DATA, "what answers at the socket is no engine of this version");
		return 0;
	}
	buf_init(&out);
	if (cli->options.json)
		buf_put_span(&out, answer);
	else if (status == 0)
		text_put_inert(&out, words->text);
	else
		buf_print(&out, "error: %.*s", SPAN_ARGS(words->text));
	if (out.size > 0)
		buf_put_char(&out, '\n');
	if (status == 0 || cli->options.json)
		text_to_stdout(&out, err);
	else
		text_to_stderr(&out);
	buf_release(&out);
	return status;
}

/* ---- nobody answers ---- */

static bool leave_pause(struct state *state, const struct ctl_order *order, struct cli *cli,
			struct left *left, struct err *err)
{
	struct pause pause;

	if (!pause_load(state, &cli->arena, &pause, err))
		return false;
	if (pause.since_us == 0) {
		pause_name_user(geteuid(), pause.who);
		pause_set_why(&pause, order->why);
		pause.since_us = clock_wall_us();
		if (!pause_save(state, &pause, err))
			return false;
	}
	left->written = "state";
	buf_put_text(&left->words, "the next one begins ");
	pause_put_text(&left->words, &pause);
	return true;
}

/* The folder is ours: no run is alive. */
static bool leave_in_state(struct state *state, int folder_fd, const struct ctl_order *order,
			   struct cli *cli, struct left *left, struct err *err)
{
	struct pause pause;

	if (order->verb == CTL_PAUSE)
		return leave_pause(state, order, cli, left, err);
	if (!pause_find(state, folder_fd, &cli->arena, &pause, err))
		return false;
	if (order->verb == CTL_RESUME) {
		if (!pause_save(state, NULL, err) ||
		    !pause_remove_flag(folder_fd, PAUSE_FLAG_NAME, err))
			return false;
		left->written = "state";
		buf_put_text(&left->words, "the next one begins unpaused");
	} else if (pause.since_us != 0) {
		buf_put_text(&left->words, "the next one begins ");
		pause_put_text(&left->words, &pause);
	} else {
		buf_put_text(&left->words, "nothing was done");
	}
	return true;
}

/* Some engine holds the folder and does not answer: files need nobody who listens. */
static bool leave_flag(int folder_fd, const struct ctl_order *order, struct left *left,
		       struct err *err)
{
	const char *name = order->verb == CTL_STOP ? STOP_FLAG_NAME : PAUSE_FLAG_NAME;

	if (order->verb == CTL_PAUSE || order->verb == CTL_STOP) {
		left->written = name;
		buf_print(&left->words,
			  "the file \"%s\" is in its state folder now, and heeded within a second "
			  "by a run that can",
			  name);
		return pause_write_flag(folder_fd, name, order->why, err);
	}
	if (order->verb != CTL_RESUME) {
		buf_put_text(&left->words, "nothing was done; engine status may know more");
		return true;
	}
	left->written = PAUSE_FLAG_NAME;
	buf_put_text(&left->words,
		     "the file \"pause\" is not in its state folder any more; a pause "
		     "that was asked for over the socket stays");
	return pause_remove_flag(folder_fd, PAUSE_FLAG_NAME, err);
}

static bool leave_word(struct cli *cli, const struct ctl_address *address,
		       const struct ctl_order *order, struct left *left, struct err *err)
{
	const char *folder = cli->options.state;
	struct state *state;
	bool ok;

	/* To look makes no folder one of ours. */
	if (!state_open(folder, STATE_READ, NULL, &state, err))
		return false;
	state_close(state);
	if (state_open(folder, STATE_WRITE, NULL, &state, err)) {
		buf_print(&left->words, "no run is alive in %s; ", folder);
		ok = leave_in_state(state, address->folder_fd, order, cli, left, err);
		state_close(state);
		return ok;
	}
	if (err->code != ERR_TRANSIENT)
		return false;
	left->is_alive = true;
	buf_print(&left->words, "nobody answers (%s); ", err->text);
	err_reset(err);
	return leave_flag(address->folder_fd, order, left, err);
}

static int say_left(struct cli *cli, const struct left *left, struct err *err)
{
	struct json_writer json;
	struct buf out;

	buf_init(&out);
	if (cli->options.json) {
		json_writer_init(&json, &out);
		json_open(&json, '{');
		json_key(&json, "ok");
		json_bool(&json, false);
		json_key(&json, "status");
		json_int(&json, NOBODY_ANSWERS);
		json_key(&json, "answer");
		json_string(&json, buf_span(&left->words));
		json_key(&json, "alive");
		json_bool(&json, left->is_alive);
		json_key(&json, "written");
		json_text(&json, left->written);
		json_close(&json, '}');
	} else {
		text_put_inert(&out, buf_span(&left->words));
	}
	buf_put_char(&out, '\n');
	text_to_stdout(&out, err);
	buf_release(&out);
	return NOBODY_ANSWERS;
}

/* ---- the command ---- */

static int say_help(struct err *err)
{
	struct buf out;

	buf_init(&out);
	ctl_put_help(&out, "\n");
	buf_put_char(&out, '\n');
	text_to_stdout(&out, err);
	buf_release(&out);
	return 0;
}

static int ask(struct cli *cli, const struct ctl_address *address, struct span line,
	       const struct ctl_order *order, struct err *err)
{
	struct left left = { .is_alive = false };
	struct span answer;
	int status = 0;

	if (!ctl_ask(address, arena_print(&cli->arena, "json %.*s", SPAN_ARGS(line)), &cli->arena,
		     &answer, err))
		return 0;
	if (answer.data)
		return say_answer(cli, answer, err);
	buf_init(&left.words);
	if (leave_word(cli, address, order, &left, err))
		status = say_left(cli, &left, err);
	buf_release(&left.words);
	return status;
}

int command_ctl(struct cli *cli, struct err *err)
{
	struct ctl_address address;
	struct ctl_order order;
	struct span line;
	int status;

	if (!take_order(cli, &line, &order, err))
		return 0;
	if (order.verb == CTL_HELP)
		return say_help(err);
	if (!ctl_address_open(&address, cli->options.state, err)) {
		if (err->code == ERR_UNAVAILABLE)
			err_while(err, "no run was ever started there");
		return 0;
	}
	status = ask(cli, &address, line, &order, err);
	ctl_address_close(&address);
	return status;
}
