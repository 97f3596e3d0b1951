/*
 * plan.c: reads the commands of a proxy.
 */
#include "tests/kit/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 10 };

struct words {
	char *word[WORDS_MAX + 1];
	int count, next;
};

static bool split(struct words *words, char *line)
{
	char *rest = NULL;

	*words = (struct words){ 0 };
	for (char *word = strtok_r(line, " \t\r\n", &rest); word;
	     word = strtok_r(NULL, " \t\r\n", &rest)) {
		if (words->count == WORDS_MAX)
			return false;
		words->word[words->count++] = word;
	}
	return true;
}

static bool next_is(struct words *words, const char *text)
{
	if (words->next == words->count || strcmp(words->word[words->next], text) != 0)
		return false;
	words->next++;
	return true;
}

static bool next_number(struct words *words, int64_t *number)
{
	char *end = NULL;

	if (words->next == words->count || strspn(words->word[words->next], "0123456789") == 0)
		return false;
	errno = 0;
	*number = strtoll(words->word[words->next++], &end, 10);
	return errno == 0 && *end == '\0';
}

static bool next_flows(struct words *words, bool flows[FLOWS])
{
	bool both = next_is(words, "both");

	flows[FLOW_UP] = both || next_is(words, "up");
	flows[FLOW_DOWN] = both || (!flows[FLOW_UP] && next_is(words, "down"));
	return flows[FLOW_UP] || flows[FLOW_DOWN];
}

static bool read_more(struct words *words, struct fault *fault)
{
	int64_t number;

	while (words->next < words->count) {
		if (next_is(words, "reset") && fault->kind == FAULT_CUT) {
			fault->reset = true;
		} else if (next_is(words, "once")) {
			fault->once = true;
		} else if (next_is(words, "connection") && next_number(words, &number) &&
			   number > 0 && number <= INT32_MAX) {
			fault->connection = (int)number;
		} else {
			return false;
		}
	}
	return true;
}

static const char *read_fault(struct plan *plan, struct words *words, enum fault_kind kind)
{
	struct fault fault = { .kind = kind };
	int64_t at = 0;

	if (!next_flows(words, fault.flows))
		return "the direction is up, down or both";
	fault.in_messages = next_is(words, "messages");
	if (!fault.in_messages && !next_is(words, "bytes"))
		return "what is counted is bytes or messages";
	if (!next_number(words, &at))
		return "how many is a number";
	if (!read_more(words, &fault))
		return "what may follow is reset (of a cut), once, connection K";
	fault.at = (uint64_t)at;
	plan->fault = fault;
	return NULL;
}

static const char *read_pace(struct words *words, int64_t pace[FLOWS], int64_t factor)
{
	bool flows[FLOWS];
	int64_t number;

	if (!next_flows(words, flows))
		return "the direction is up, down or both";
	if (!next_number(words, &number) || number > 1000000000 || words->next < words->count)
		return "a number ends this command";
	for (int i = 0; i < FLOWS; i++) {
		if (flows[i])
			pace[i] = number * factor;
	}
	return NULL;
}

/* Those that say something about how bytes pass. */
static bool read_setting(struct plan *plan, struct words *words, const char **why)
{
	if (next_is(words, "cut"))
		*why = read_fault(plan, words, FAULT_CUT);
	else if (next_is(words, "hole"))
		*why = read_fault(plan, words, FAULT_HOLE);
	else if (next_is(words, "half-close"))
		*why = read_fault(plan, words, FAULT_HALF_CLOSE);
	else if (next_is(words, "delay"))
		*why = read_pace(words, plan->delay_us, 1000);
	else if (next_is(words, "rate"))
		*why = read_pace(words, plan->bytes_per_second, 1);
	else
		return false;
	return true;
}

static enum plan_action read_action(struct plan *plan, struct words *words)
{
	if (next_is(words, "drop"))
		return next_is(words, "reset") ? PLAN_DROP_RESET : PLAN_DROP;
	if (next_is(words, "report"))
		return PLAN_REPORT;
	if (next_is(words, "reset")) {
		*plan = (struct plan){ 0 };
		return PLAN_RESET;
	}
	if (next_is(words, "clear"))
		*plan = (struct plan){ 0 };
	else if (next_is(words, "refuse"))
		plan->refuse = true;
	else if (next_is(words, "accept"))
		plan->refuse = false;
	else
		return PLAN_BAD;
	return PLAN_OK;
}

enum plan_action plan_command(struct plan *plan, char *line, const char **why)
{
	struct plan changed = *plan;
	struct words words;
	enum plan_action action = PLAN_OK;

	*why = NULL;
	if (!split(&words, line)) {
		*why = "too many words";
	} else if (!read_setting(&changed, &words, why)) {
		action = read_action(&changed, &words);
		if (action == PLAN_BAD)
			*why = "no such command";
		else if (words.next < words.count)
			*why = "nothing may follow here";
	}
	if (*why)
		return PLAN_BAD;
	*plan = changed;
	return action;
}
