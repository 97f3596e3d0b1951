/*
 * commands.c: the table of commands and the table of options.
 */
#include "engine/cli/command.h"

#include "engine/cli/text.h"

enum {
	STORES = OPTION_LEGACY | OPTION_TARGET | OPTION_STATE,
	LIMITS = OPTION_LIMITS | OPTION_SPEED,
	SHOWN = OPTION_JSON | OPTION_QUIET | OPTION_ALWAYS,
};

const struct command commands[] = {
	{ "run", "run [RULES]", "move what is due from legacy to the target; resumes by itself",
	  STORES | LIMITS | OPTION_STAGE | SHOWN, 0, true, command_run },
	{ "plan", "plan [RULES]",
	  "what a run would do: chunks, counts, statements, checks; writes nothing",
	  OPTION_LEGACY | OPTION_TARGET | LIMITS | OPTION_STAGE | OPTION_DDL | SHOWN, 0, true,
	  command_plan },
	{ "profile", "profile [TABLE[.COLUMN]…]",
	  "what legacy holds, column by column, and what there is to decide about it",
	  OPTION_LEGACY | OPTION_SPEED | OPTION_SAMPLE | OPTION_HTML | SHOWN, ARGUMENTS_MAX, false,
	  command_profile },
	{ "check", "check [RULES]",
	  "is the rule file sound? with --legacy also against its tables and their values",
	  OPTION_LEGACY | OPTION_OFFLINE | OPTION_SKIP | OPTION_SPEED | OPTION_SAMPLE | SHOWN, 0,
	  true, command_check },
	{ "test", "test [RULES]", "run the examples that stand in the rule file", SHOWN, 0, true,
	  command_test },
	{ "try", "try [RULES] KEY",
	  "show one source row, its record, and where each field comes from",
	  OPTION_LEGACY | OPTION_ENTITY | SHOWN, 1, true, command_try },
	{ "map", "map [RULES] < ROWS > RECORDS",
	  "source rows as JSON lines in, their records as JSON lines out; opens no store", SHOWN, 0,
	  true, command_map },
	{ "status", "status",
	  "how the last run stands, from the target or, without it, from the state folder",
	  OPTION_TARGET | OPTION_STATE | SHOWN, 0, false, command_status },
	{ "ctl", "ctl pause [WHY]|resume|rate N|bytes N|workers N|why|stop",
	  "tell the run that uses a state folder what to do, or ask what it waits for",
	  OPTION_TARGET | OPTION_STATE | OPTION_JSON | OPTION_ALWAYS, ARGUMENTS_MAX, false,
	  command_ctl },
	{ "quarantine", "quarantine list|show KEY|retry [KEY]",
	  "what was not merged and why; take it again",
	  STORES | LIMITS | OPTION_ENTITY | OPTION_CODE | SHOWN, 2, false, command_quarantine },
	{ "ledger", "ledger list|verify",
	  "what was decided and done, and whether anybody changed it since",
	  OPTION_TARGET | OPTION_STATE | SHOWN, 1, false, command_ledger },
	{ "state", "state show|rebuild|accept-timeline",
	  "look at the state folder, make it again from the target; believe a legacy that failed "
	  "over",
	  STORES | SHOWN, 1, false, command_state },
	{ "doctor", "doctor", "check this machine and the stores before trusting them",
	  STORES | SHOWN, 0, false, command_doctor },
	{ "explain", "explain [CODE]",
	  "what a fault's code means, why, what to do, and an example; without CODE all of them",
	  OPTION_JSON | OPTION_ALWAYS, 1, false, command_explain },
	{ "help", "help [COMMAND]", "this, or one command", OPTION_ALWAYS, 1, false, command_help },
};
const int command_count = COUNT_OF(commands);

const struct option option_table[] = {
	{ "--legacy", "URL", "the database being retired: sqlite:PATH or postgres://…",
	  OPTION_LEGACY },
	{ "--target", "URL", "the store taking over, as such a URL", OPTION_TARGET },
	{ "--state", "DIR", "what this machine remembers of the migration", OPTION_STATE },
	{ "--workers", "N",
	  "threads that move (default: one a processor, two with a server, at most 8)",
	  OPTION_LIMITS },
	{ "--rate", "ROWS/S", "at most so many source rows a second", OPTION_SPEED },
	{ "--bytes", "BYTES/S", "at most so many bytes a second; k, M and G are understood",
	  OPTION_SPEED },
	{ "--chunk", "ROWS", "source rows a chunk (default 3000)", OPTION_LIMITS },
	{ "--stage", "durable", "commit records into a table of their own before they are merged",
	  OPTION_STAGE },
	{ "--entity", "NAME", "only this entity", OPTION_ENTITY },
	{ "--code", "CODE", "only rows whose first fault has this code", OPTION_CODE },
	{ "--sample", "ROWS", "look at about so many rows of a table (default 100000)",
	  OPTION_SAMPLE },
	{ "--full", NULL, "look at all of them", OPTION_SAMPLE },
	{ "--html", "FILE", "write the report as a page that needs no network", OPTION_HTML },
	{ "--ddl", NULL, "print the tables of the target instead", OPTION_DDL },
	{ "--skip", "LAYERS", "leave out lint, schema or values; that they were is said",
	  OPTION_SKIP },
	{ "--offline", NULL, "do not look at legacy", OPTION_OFFLINE },
	{ "--json", NULL, "the result as one JSON document on stdout", OPTION_JSON },
	{ "--quiet", NULL, "no progress, no balance sheet: errors only", OPTION_QUIET },
	{ "--color", "WHEN", "auto, always or never", OPTION_ALWAYS },
	{ "--help", NULL, "how to use this command", OPTION_ALWAYS },
	{ "--version", NULL, "the version of the engine", OPTION_ALWAYS },
};
const int option_count = COUNT_OF(option_table);
