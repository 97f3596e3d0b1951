/*
 * plan.h: how a proxy shall disturb what goes through it, and the words by which it is told.
 */
#ifndef TESTS_KIT_PLAN_H
#define TESTS_KIT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* From the client to the server, and back. */
enum { FLOW_UP, FLOW_DOWN, FLOWS };

enum fault_kind {
	FAULT_NONE,
	FAULT_CUT,        /* the connection ends */
	FAULT_HOLE,       /* what comes is swallowed, and the connection stays */
	FAULT_HALF_CLOSE, /* the receiver sees the end, what it sends itself still arrives */
};

struct fault {
	enum fault_kind kind;
	bool flows[FLOWS]; /* where it strikes; counted over both when both */
	bool in_messages;  /* else bytes */
	uint64_t at;       /* so many have passed when it strikes */
	bool reset;        /* a cut by RST, not FIN */
	bool once;         /* it strikes one connection and is then forgotten */
	int connection;    /* only the one of this number, counted from 1; 0: any */
};

struct plan {
	struct fault fault;
	int64_t delay_us[FLOWS];
	int64_t bytes_per_second[FLOWS]; /* 0: no limit */
	bool refuse;
};

/* What a command wants done at once, beside what it changed in the plan. */
enum plan_action { PLAN_OK, PLAN_DROP, PLAN_DROP_RESET, PLAN_REPORT, PLAN_RESET, PLAN_BAD };

/* line is cut into its words; *why says what is wrong where it is PLAN_BAD, and the plan is as it was. */
enum plan_action plan_command(struct plan *plan, char *line, const char **why);

#endif
