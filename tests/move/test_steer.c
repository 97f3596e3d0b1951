/*
 * test_steer.c: who may work while a run is paused or held to fewer workers, and what a line at the socket means.
 */
#include <criterion/criterion.h>

#include "engine/move/ctl.h"
#include "engine/move/limit.h"
#include "engine/move/steer.h"

TestSuite(steer, .timeout = 30);
TestSuite(ctl_parse, .timeout = 30);
TestSuite(pause, .timeout = 30);

Test(steer, admits_as_many_as_are_allowed)
{
	struct steer steer = { .workers_allowed = 2 };
	bool first = false, second = false, third = false;

	cr_assert(steer_admit(&steer, &first));
	cr_assert(steer_admit(&steer, &second));
	cr_assert_not(steer_admit(&steer, &third));
	cr_assert(steer_admit(&steer, &first), "one that is admitted stays so");
	cr_assert_eq(steer.workers_admitted, 2);
	steer_leave(&steer, &first);
	steer_leave(&steer, &first);
	cr_assert_eq(steer.workers_admitted, 1, "leaving twice is leaving once");
	cr_assert(steer_admit(&steer, &third));
}

Test(steer, sends_away_no_more_than_are_too_many)
{
	struct steer steer = { .workers_allowed = 3 };
	bool admitted[3] = { false };
	int went_on = 0;

	for (int i = 0; i < 3; i++)
		steer_admit(&steer, &admitted[i]);
	steer.workers_allowed = 1;
	for (int i = 0; i < 3; i++)
		went_on += steer_may_go_on(&steer, &admitted[i]);
	cr_assert_eq(went_on, 1);
	cr_assert_eq(steer.workers_admitted, 1);
}

Test(steer, sends_all_away_while_there_is_any_pause)
{
	struct steer steer = { .workers_allowed = 2, .flagged = { .since_us = 5 } };
	bool worker = false, working = true;

	steer.workers_admitted = 1;
	cr_assert_not(steer_admit(&steer, &worker));
	cr_assert_not(steer_may_go_on(&steer, &working));
	cr_assert_eq(steer.workers_admitted, 0);
	steer.ordered.since_us = 7;
	cr_assert_eq(steer_pause(&steer)->since_us, 7);
	steer.ordered.since_us = 0;
	cr_assert_eq(steer_pause(&steer)->since_us, 5);
	steer.flagged.since_us = 0;
	cr_assert(steer_admit(&steer, &worker));
}

/* ---- the language ---- */

static struct err err;

static bool parses(const char *line, struct ctl_order *order)
{
	err_reset(&err);
	return ctl_parse(span_of(line), order, &err);
}

Test(ctl_parse, understands_every_verb)
{
	struct ctl_order order;

	cr_assert(parses("pause  legacy is slow \r", &order), "%s", err.text);
	cr_assert_eq(order.verb, CTL_PAUSE);
	cr_assert(span_equal_text(order.why, "legacy is slow"));
	cr_assert(parses("json pause", &order), "%s", err.text);
	cr_assert(order.json);
	cr_assert_eq(order.why.size, 0);
	cr_assert(parses(" --json\tresume", &order), "%s", err.text);
	cr_assert_eq(order.verb, CTL_RESUME);
	cr_assert(parses("rate 250", &order), "%s", err.text);
	cr_assert_eq(order.number, 250);
	cr_assert(parses("rate off", &order), "%s", err.text);
	cr_assert_eq(order.number, 0);
	cr_assert(parses("bytes 5M", &order), "%s", err.text);
	cr_assert_eq(order.number, 5000000);
	cr_assert(parses("workers 3", &order), "%s", err.text);
	cr_assert(parses("why", &order) && parses("stop", &order) && parses("help", &order), "%s",
		  err.text);
}

Test(ctl_parse, refuses_everything_else)
{
	static const char *const lines[] = {
		"",
		"json",
		"paus",
		"PAUSE",
		"pausewhy",
		"resume now",
		"rate",
		"rate 0",
		"rate -1",
		"rate 5k",
		"rate 1 2",
		"rate +5",
		"bytes x",
		"bytes 9999999999999999999",
		"workers off",
		"workers 65",
		"workers 0",
		"why not",
		"stop it",
		"pause a\033[2Jb",
		"pause \xff",
		"why\a",
		"pause \xe2\x80\xae",
	};
	struct ctl_order order;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		cr_assert_not(parses(lines[i], &order), "%s", lines[i]);
		cr_assert_eq(err.code, ERR_USAGE, "%s", lines[i]);
	}
	err_reset(&err);
	cr_assert_not(ctl_parse(SPAN("why\0x"), &order, &err));
}

/* ---- a reason ---- */

Test(pause, is_one_harmless_line_of_bounded_size)
{
	char text[2000];
	struct pause pause = { .since_us = 1767323045000000, .who = "ada@host" };
	struct buf words;

	pause_set_why(&pause, SPAN("disk\tfull\n\033[2J\xff \n"));
	cr_assert_str_eq(pause.why, "disk full ?[2J?");
	buf_init(&words);
	pause_put_text(&words, &pause);
	cr_assert_str_eq(words.data,
			 "paused by ada@host since 2026-01-02T03:04:05Z: disk full ?[2J?");
	buf_release(&words);
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	pause_set_why(&pause, (struct span){ text, sizeof(text) });
	cr_assert_eq(strlen(pause.why), sizeof(pause.why) - 2, "cut at a whole character");
}

/* ---- a limit that changes ---- */

Test(steer, a_changed_limit_charges_the_debt_anew)
{
	static const int64_t second_ns = 1000000000;
	struct limit limit;

	limit_init(&limit, 10, 0);
	limit_take(&limit, 1000, 0);
	cr_assert_gt(limit_wait_ns(&limit, 0), 99 * second_ns);
	limit_change(&limit, 1000, 0);
	cr_assert_leq(limit_wait_ns(&limit, 0), second_ns);
	cr_assert_gt(limit_wait_ns(&limit, 0), second_ns / 2);
	limit_change(&limit, 1, 0);
	cr_assert_gt(limit_wait_ns(&limit, 0), 900 * second_ns);
	limit_change(&limit, 0, 0);
	cr_assert_eq(limit_wait_ns(&limit, 0), 0);
	limit_change(&limit, 1, 5 * second_ns);
	cr_assert_eq(limit_wait_ns(&limit, 5 * second_ns), 0, "without a limit there was no debt");
}
