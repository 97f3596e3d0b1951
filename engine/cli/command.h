/*
 * command.h: commands are rows of one table; help, completions and the man page are printed from it.
 */
#ifndef ENGINE_CLI_COMMAND_H
#define ENGINE_CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

enum { ARGUMENTS_MAX = 64, SETS_MAX = 32 };

struct signal_setting;

/* What a command line said, after flags, environment and engine.lua were weighed. */
struct options {
	const char *legacy, *target, *cold, *state; /* NULL when nobody said */
	int64_t workers, rate, bytes, chunk;        /* 0: the default, or no limit */
	int64_t quarantine; /* how many rejects are within the budget; engine.lua alone says so */
	const struct signal_setting *signals; /* likewise: what slows a run down */
	int signal_count;
	bool json, quiet, ddl, offline, help, version;
	bool is_legacy_said, is_cold_said; /* on the command line itself */
	bool is_staged;                    /* --stage=durable */
	const char *color;                 /* auto | always | never */
	const char *entity, *code;
	int64_t named;    /* records that rest on a decision; 0: none */
	int64_t sample;   /* rows of a table; 0: as many as usual */
	const char *html; /* the file that a page is written to */
	bool full;
	const char *zone; /* of times without an offset; "unknown": nobody knows yet */
	bool stubs;       /* only what an editor needs */
	bool tap, coverage, watch, record;
	const char *set[SETS_MAX]; /* --set column=value, as given */
	int set_count;
	const char *from;       /* the version a new one is made of */
	const char *who;        /* who releases */
	unsigned skipped;       /* layers that are left out: bits, 1 << enum check_layer */
	const char *seed;       /* of a sample; NULL: the usual one */
	const char *rows;       /* a file of source rows as JSON lines */
	const char *at_version; /* to derive a record by, instead of its own */
	bool all;               /* name every difference */
	bool apply;             /* do what was found to be done */
	bool unrecorded;        /* leave no evidence in the ledger */
	const char *percent;    /* of the records, for a sample; NULL: what the policy says */
	int64_t per_stratum;    /* likewise; 0 */
	const char *budget;     /* of time, for a watch: "5%" */
	int64_t rounds;         /* of a watch; 0: until it is stopped */
	const char *observed; /* a file of statements that legacy was sent, or pg_stat_statements */
	const char *markdown; /* the file that a comment for a pull request is written to */
};

enum option_bit {
	OPTION_LEGACY = 1 << 0,
	OPTION_TARGET = 1 << 1,
	OPTION_STATE = 1 << 2,
	OPTION_LIMITS = 1 << 3, /* --workers --chunk */
	OPTION_JSON = 1 << 4,
	OPTION_QUIET = 1 << 5,
	OPTION_DDL = 1 << 6,
	OPTION_OFFLINE = 1 << 7,
	OPTION_ENTITY = 1 << 8,
	OPTION_CODE = 1 << 9,
	OPTION_STAGE = 1 << 10,
	OPTION_HTML = 1 << 11,
	OPTION_SAMPLE = 1 << 12, /* --sample --full */
	OPTION_SPEED = 1 << 13,  /* --rate --bytes */
	OPTION_INIT = 1 << 14,   /* --zone --stubs */
	OPTION_TEST = 1 << 15,   /* --tap --coverage --record */
	OPTION_WATCH = 1 << 16,
	OPTION_SET = 1 << 17,
	OPTION_FROM = 1 << 18,
	OPTION_WHO = 1 << 19,
	OPTION_SKIP = 1 << 20,
	OPTION_COMPARE = 1 << 21, /* two rule files, --rows --markdown */
	OPTION_AT_VERSION = 1 << 22,
	OPTION_NAMED = 1 << 23,
	OPTION_PROOF =
	    1 << 25, /* --percent --per-stratum --unrecorded --observed --budget --rounds */
	OPTION_SEED = 1 << 26,
	OPTION_COLD = 1 << 27,
	OPTION_ALL = 1 << 28,
	OPTION_APPLY = 1 << 29,
	OPTION_ALWAYS = 1 << 24, /* --color --help --version: every command takes them */
};

/* What a stream takes. The sequences are "" without colour. */
struct look {
	const char *alarm, *notice, *strong, *dim, *good, *plain;
	int columns; /* of the terminal, 0 where there is none: nothing is wrapped */
};

/* One run of the program. */
struct cli {
	struct arena arena;
	struct options options;
	const struct command *command;
	const char
	    *rules; /* the argument that ends in .lua, else what engine.lua names; may be NULL */
	const char *later_rules; /* the second such argument, of a command that takes two */
	const char *arguments[ARGUMENTS_MAX]; /* the others */
	int argument_count;
	struct look out, said; /* of stdout and of stderr */
};

struct command {
	const char *name;
	const char *usage;   /* "run [RULES]" */
	const char *summary; /* one line */
	unsigned options;    /* enum option_bit */
	int arguments_max;
	bool needs_rules;
	/* The exit status; 0 together with an error in err stands for the error's own status. */
	int (*run)(struct cli *cli, struct err *err);
};

extern const struct command commands[];
extern const int command_count;

struct option {
	const char *name;  /* "--legacy" */
	const char *value; /* "URL", or NULL for a flag */
	const char *summary;
	enum option_bit bit;
};
extern const struct option option_table[];
extern const int option_count;

/* Split the words of a command line into cli. ERR_USAGE with what was meant, where something is near. */
bool command_parse(struct cli *cli, int word_count, char **words, struct err *err);

/* Fill in what the environment and engine.lua say where no flag did. */
bool settings_complete(struct cli *cli, struct err *err);

/* Without colour, and as wide as it is. */
extern const struct look look_plain;

/* The value of an option a command cannot do without, or ERR_USAGE. */
bool settings_need(const char *value, const char *option, const char *variable, struct err *err);

/* ---- one function a command ---- */

int command_run(struct cli *cli, struct err *err);
int command_plan(struct cli *cli, struct err *err);
int command_init(struct cli *cli, struct err *err);
int command_profile(struct cli *cli, struct err *err);
int command_check(struct cli *cli, struct err *err);
int command_test(struct cli *cli, struct err *err);
int command_try(struct cli *cli, struct err *err);
int command_map(struct cli *cli, struct err *err);
int command_diff(struct cli *cli, struct err *err);
int command_ctl(struct cli *cli, struct err *err);
int command_status(struct cli *cli, struct err *err);
int command_quarantine(struct cli *cli, struct err *err);
int command_trace(struct cli *cli, struct err *err);
int command_archive(struct cli *cli, struct err *err);
int command_decisions(struct cli *cli, struct err *err);
int command_verify(struct cli *cli, struct err *err);
int command_reconcile(struct cli *cli, struct err *err);
int command_authority(struct cli *cli, struct err *err);
int command_ledger(struct cli *cli, struct err *err);
int command_state(struct cli *cli, struct err *err);
int command_doctor(struct cli *cli, struct err *err);
int command_explain(struct cli *cli, struct err *err);
int command_release(struct cli *cli, struct err *err);
int command_help(struct cli *cli, struct err *err);
int command_completion(struct cli *cli, struct err *err);

#endif
