/*
 * ctl_parse.c: from a line to an order; the whole language of the control socket.
 */
#include "engine/base/figures.h"
#include "engine/base/utf8_step.h"
#include "engine/move/ctl.h"
#include "engine/move/move.h"

enum takes { TAKES_NOTHING, TAKES_TEXT, TAKES_LIMIT, TAKES_COUNT };

static const struct {
	const char *name, *usage, *summary;
	enum ctl_verb verb;
	enum takes takes;
} verbs[] = {
	{ "pause", "pause [WHY]", "finish the chunks begun, then wait; survives a restart",
	  CTL_PAUSE, TAKES_TEXT },
	{ "resume", "resume", "go on", CTL_RESUME, TAKES_NOTHING },
	{ "rate", "rate N|off", "at most so many source rows a second", CTL_RATE, TAKES_LIMIT },
	{ "bytes", "bytes N|off", "at most so many bytes a second; k, M and G are understood",
	  CTL_BYTES, TAKES_LIMIT },
	{ "workers", "workers N", "how many may work at once", CTL_WORKERS, TAKES_COUNT },
	{ "why", "why", "what it does now, and why it waits", CTL_WHY, TAKES_NOTHING },
	{ "stop", "stop", "finish the chunks begun and end with 143, as for SIGTERM", CTL_STOP,
	  TAKES_NOTHING },
	{ "help", "help", "this", CTL_HELP, TAKES_NOTHING },
};
static const size_t verb_count = sizeof(verbs) / sizeof(verbs[0]);

void ctl_put_help(struct buf *buf, const char *separator)
{
	for (size_t i = 0; i < verb_count; i++)
		buf_print(buf, "%s%s: %s", i > 0 ? separator : "", verbs[i].usage,
			  verbs[i].summary);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span text)
{
	while (text.size > 0 && is_blank(*text.data)) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 &&
	       (is_blank(text.data[text.size - 1]) || text.data[text.size - 1] == '\r'))
		text.size--;
	return text;
}

static struct span take_word(struct span *rest)
{
	struct span word = *rest;

	word.size = 0;
	while (word.size < rest->size && !is_blank(rest->data[word.size]))
		word.size++;
	rest->data += word.size;
	rest->size -= word.size;
	*rest = trim(*rest);
	return word;
}

static bool is_plain(struct span line)
{
	for (size_t at = 0, size; at < line.size; at += size) {
		size = utf8_step(line.data + at, line.size - at);
		if (size == 0 || (line.data[at] != '\t' &&
				  utf8_is_terminal_control(utf8_code_point(line.data + at, size))))
			return false;
	}
	return true;
}

static bool take_number(size_t verb, struct span rest, struct ctl_order *order, struct err *err)
{
	if (verbs[verb].takes == TAKES_LIMIT && span_equal_text(rest, "off")) {
		order->number = 0;
		return true;
	}
	if (!figure_parse_count(rest, order->verb == CTL_BYTES, &order->number))
		return err_set(err, ERR_USAGE, "usage: %s; '%.*s' is no whole number from 1",
			       verbs[verb].usage, SPAN_ARGS(rest));
	if (order->verb == CTL_WORKERS && order->number > MOVE_WORKERS_MAX)
		return err_set(err, ERR_USAGE, "workers takes at most %d", MOVE_WORKERS_MAX);
	return true;
}

static bool take_rest(size_t verb, struct span rest, struct ctl_order *order, struct err *err)
{
	switch (verbs[verb].takes) {
	case TAKES_NOTHING:
		return rest.size == 0 || err_set(err, ERR_USAGE, "%s takes no '%.*s'",
						 verbs[verb].name, SPAN_ARGS(rest));
	case TAKES_TEXT:
		order->why = rest;
		return true;
	case TAKES_LIMIT:
	case TAKES_COUNT:
		return take_number(verb, rest, order, err);
	}
	return false;
}

bool ctl_parse(struct span line, struct ctl_order *order, struct err *err)
{
	struct span rest = trim(line), word;

	*order = (struct ctl_order){ .json = false };
	word = take_word(&rest);
	if (span_equal_text(word, "json") || span_equal_text(word, "--json")) {
		order->json = true;
		word = take_word(&rest);
	}
	if (!is_plain(trim(line)))
		return err_set(err, ERR_USAGE, "a command is one line of plain text");
	for (size_t i = 0; i < verb_count; i++) {
		if (!span_equal_text(word, verbs[i].name))
			continue;
		order->verb = verbs[i].verb;
		return take_rest(i, rest, order, err);
	}
	return err_set(
	    err, ERR_USAGE,
	    "unknown command '%.*s'; known are pause, resume, rate, bytes, workers, why, "
	    "stop, help",
	    SPAN_ARGS(word));
}
