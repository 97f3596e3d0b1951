/*
 * command_words.c: what one line of the table of commands cannot say.
 */
#include "engine/cli/command_words.h"

#include "engine/cli/text.h"

const struct exit_status exit_statuses[] = {
	{ 0, "done" },
	{ 1, "done, with findings" },
	{ 2, "the command line is wrong" },
	{ 3, "refused by a gate or a fixed version" },
	{ 4, "could not tell" },
	{ 65, "bad data, or a store that is not the same any more" },
	{ 69, "a store is unavailable" },
	{ 70, "a bug in the engine" },
	{ 74, "reading or writing a file failed" },
	{ 75, "try again: resuming is safe" },
	{ 77, "not permitted" },
	{ 78, "invalid rules or configuration" },
	{ 130, "stopped by SIGINT after a clean checkpoint" },
	{ 143, "stopped by SIGTERM after a clean checkpoint" },
};
const int exit_status_count = COUNT_OF(exit_statuses);

static const struct {
	const char *command, *text;
} details[] = {
	{ "map",
	  "A line is one source row as in an example's `given`: {\"root\":{…},\"events\":[{…}]}, "
	  "with\n"
	  "\"entity\":\"job\" where the rule file has several. A value is a string or null; a "
	  "number, "
	  "true or\n"
	  "false is taken by its text as written; binary is {\"base64\":\"…\"}. Children need not "
	  "repeat the\n"
	  "root's key; those below others stand in the rows they belong to. A reference is one "
	  "row, or "
	  "a\n"
	  "list to look rows up in.\n\n"
	  "A record is printed as run would store it, except that its lineage says neither "
	  "transformedAt\n"
	  "nor sourceDigest: no run made it and no store was read. Skipped and rejected rows give "
	  "a "
	  "line\n"
	  "on stderr (with --json: {\"line\",\"entity\",\"key\",\"outcome\",\"reason\" or "
	  "\"faults\"}).\n" },
	{ "ctl", "The state folder is found as status finds it. The run listens at STATE/ctl.sock "
		 "for its own "
		 "user\n"
		 "and root, in plain text: `nc -U STATE/ctl.sock`, then help. pause survives a "
		 "restart and "
		 "keeps who\n"
		 "asked for it and why; limits end with the run. Where nobody answers, pause and "
		 "resume are "
		 "noted for\n"
		 "the next run; where a run is alive and does not answer, the files STATE/pause "
		 "(its text: "
		 "why) and\n"
		 "STATE/stop are heeded within a second, and removing STATE/pause resumes.\n" },
	{ "release", "Beside the rule file, rules.sum gets one line: system, version, both "
		     "fingerprints, rule ABI, day and\n"
		     "who; rules.parts gets one for each part and file of it, so that what is "
		     "edited later can be named.\n"
		     "Both are to be committed with the rule files. Only the transform is fixed; "
		     "of another validation\n"
		     "check warns, and releasing the version again writes it down.\n" },
	{ "init",
	  "Without --from, in the folder that is to hold the rules: rules/v1.lua with what it "
	  "requires, "
	  "engine.lua, and for\n"
	  "editors .luarc.json and types/. TABLE… become entities, with the tables whose rows "
	  "belong to "
	  "them; without any\n"
	  "all do. With --from, VERSION is the name of a rule file in the folder of the one that "
	  "engine.lua names, else in\n"
	  "rules/, or a path. NEW.lua is written beside it, and NEW/ with the modules and tables "
	  "that "
	  "VERSION/ holds. Nothing in\n"
	  "them differs but version, supersedes, and the names of those modules and tables.\n" },
	{ "trace", "The rule is taken from the texts that the target keeps in engine_rule, never "
		   "from files; "
		   "a text that is not what its\n"
		   "hash says, or a rule with another fingerprint than the record's, is not used. "
		   "Legacy's row "
		   "is read again by its key in\n"
		   "one snapshot. What is compared is every field, lineage, and the columns beside "
		   "them; with "
		   "--at-version the fields alone.\n" },
	{ "verify",
	  "Several checks may be named; without any, all are made. RULES is the file "
	  "whose version the target was moved by; without one, and "
	  "where\n"
	  "engine.lua names none, that version is taken from the texts in engine_rule. "
	  "Nothing is written. docs/verify.md says what each "
	  "check proves.\n\n"
	  "With --watch the same checks go chunk by chunk, round after round: chunks that a run "
	  "has "
	  "just passed first, then those\n"
	  "looked at longest ago. After work that took t it waits, so that work is at most "
	  "--budget of the time, beside --rate and\n"
	  "--bytes. Each difference is told when it appears and when it is gone, each round when "
	  "it "
	  "is over; with --json as JSON lines.\n"
	  "When each chunk was last proven stands in engine_proof of the target, and in engine "
	  "status. SIGINT and SIGTERM end it;\n"
	  "the exit status is that of the worse of the last whole round and the one at hand.\n\n"
	  "With --observed, queries asks no store for rows: it says which questions legacy was "
	  "sent, and which\n"
	  "of them no query of the version covers. FILE has JSON lines "
	  "{\"query\":\"…\",\"calls\":n}, or SQL with\n"
	  "semicolons; - is standard input.\n" },
	{ "reconcile",
	  "Asks balance, unchanged and digests of verify, and writes nothing without --apply. With "
	  "it each chunk in\n"
	  "which something differs is derived again from legacy as it is now; it takes RULES, a "
	  "state folder and the\n"
	  "leases of a run. What no pass can make again is left, and says why. The ledger says "
	  "that "
	  "there was a repair.\n"
	  "docs/verify.md says more.\n" },
	{ "archive",
	  "Every column of every table that RULES read is kept, and every row: skipped, rejected "
	  "and "
	  "orphaned ones, too.\n"
	  "DIR gets JSON lines as map takes them, in zstd frames (zstd -dc reads them), with an "
	  "index "
	  "and a seal; nothing sealed is\n"
	  "ever changed. Killed or stopped, the same command goes on behind the last seal. Archive "
	  "a "
	  "legacy that nobody writes to any\n"
	  "more: rows that change behind it are not noticed. docs/cold.md says more.\n" },
	{ "decisions",
	  "Without RULES, and where engine.lua names none, the version of the target's last run is "
	  "taken from the texts in engine_rule.\n"
	  "Records are counted by the passes of that very version; for another one the counts are "
	  "left "
	  "out, and so they are without a\n"
	  "target. Open is what says `undecided`; overdue is what was to be reviewed before today, "
	  "in "
	  "UTC.\n" },
	{ "authority",
	  "It only lists what engine_authority of the target says: for each entity's history, "
	  "reads "
	  "and\n"
	  "writes which buckets of ids are whose. What no row speaks of is legacy's. To pass "
	  "authority will\n"
	  "be a matter of this command, too; today nothing does.\n" },
	{ "completion",
	  "For bash, in ~/.bashrc:   source <(engine completion bash)\n"
	  "For zsh, in a folder that $fpath names:   engine completion zsh > _engine\n" },
};

enum { OWN_STATUSES_MAX = 4 };

static const struct {
	const char *command;
	struct exit_status statuses[OWN_STATUSES_MAX];
} own_statuses[] = {
	{ "run",
	  { { 0, "all is moved; rejects, if any, are within the quarantine budget" },
	    { 1, "all is moved; more rows are in quarantine than the budget allows" },
	    { 3, "the version is fixed and was edited, or does not follow the active one" } } },
	{ "plan",
	  { { 1, "the rule file has warnings" },
	    { 3, "the version is released and was edited" } } },
	{ "profile", { { 4, "a table could not be looked at" } } },
	{ "check",
	  { { 0, "sound" },
	    { 1, "sound, with warnings" },
	    { 3, "the version is released and was edited" },
	    { 78, "the rule file has errors" } } },
	{ "test", { { 0, "every example comes out" }, { 1, "an example does not come out" } } },
	{ "try", { { 1, "the row is rejected" }, { 65, "legacy has no row with that key" } } },
	{ "map",
	  { { 0, "all rows are mapped or skipped" },
	    { 1, "some are rejected" },
	    { 3, "the version is released and was edited" },
	    { 65, "a line is no source row; it stops there" } } },
	{ "release",
	  { { 0, "the version is released as it is, now or before" },
	    { 3, "it was released otherwise" },
	    { 78, "the rule file has errors, or rules.sum has" } } },
	{ "init",
	  { { 2, "there is such a version already, or a zone has to be said; nothing was written" },
	    { 4, "some table could not be looked at; the others are drafted" },
	    { 78, "the version to copy has errors" } } },
	{ "decisions",
	  { { 0, "nothing is open or overdue" },
	    { 1, "something is" },
	    { 4,
	      "the target does not answer; what the rule file says is shown without counts" } } },
	{ "status", { { 4, "the target does not answer; the state folder was asked" } } },
	{ "ctl",
	  { { 0, "the run did it" },
	    { 69, "no run answered; what was written instead is said" },
	    { 77, "this user may not" } } },
	{ "quarantine",
	  { { 1, "after a retry more rows are in quarantine than the budget allows" },
	    { 65, "the key is not in quarantine" } } },
	{ "trace",
	  { { 0, "made again, it is identical" },
	    { 1, "it differs, and in what" },
	    { 4, "it could not be made again, and why; what the target says of it is shown" },
	    { 65, "the target has no such record" } } },
	{ "verify",
	  { { 0, "agrees: everything that was asked for was checked, all of it" },
	    { 1, "differs, and where; or a question was asked that no query covers" },
	    { 4, "could not tell, and why; what was checked agrees" },
	    { 65, "what was observed is no SQL, and in which line" } } },
	{ "reconcile",
	  { { 0, "nothing differs; with --apply: all that differed was moved again" },
	    { 1, "something differs; with --apply: something is left" },
	    { 4, "could not tell of everything, and why; of the rest as with 0" },
	    { 75, "a shard is held by a running engine; what was moved until then stays so" } } },
	{ "archive",
	  { { 0, "all rows are sealed, now or before" },
	    { 1, "all are sealed; values above 1 MiB only in part" },
	    { 65, "what is sealed is damaged, or of another legacy or other tables" },
	    { 75, "another engine is archiving there" } } },
	{ "authority",
	  { { 0, "it is told, whoever is believed" },
	    { 65, "the target says what cannot be meant; nothing of it is believed or told" } } },
	{ "ledger",
	  { { 0, "intact; of evidence: all of it stands, and nothing was written since" },
	    { 1, "somebody changed it" },
	    { 4, "nothing to verify, or nothing to compare it with; evidence that is missing or "
		 "stale, or of records that were written since" } } },
	{ "state", { { 1, "made again, from a target whose ledger is not sound" } } },
	{ "doctor", { { 1, "something is broken" } } },
};

const char *command_details(const struct command *command)
{
	for (int i = 0; i < COUNT_OF(details); i++)
		if (strcmp(details[i].command, command->name) == 0)
			return details[i].text;
	return "";
}

const struct exit_status *command_statuses(const struct command *command, int *count)
{
	*count = 0;
	for (int i = 0; i < COUNT_OF(own_statuses); i++) {
		const struct exit_status *statuses = own_statuses[i].statuses;

		if (strcmp(own_statuses[i].command, command->name) != 0)
			continue;
		while (*count < OWN_STATUSES_MAX && statuses[*count].meaning)
			++*count;
		return statuses;
	}
	return NULL;
}

const struct command *command_named(const char *name)
{
	for (int i = 0; i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Words that are typed as they stand begin small; what stands for something is in capitals or in brackets. */
static bool is_literal(const char *text)
{
	return *text >= 'a' && *text <= 'z';
}

struct span command_verbs(const struct command *command)
{
	const char *rest = strchr(command->usage, ' ');

	return rest && is_literal(rest + 1) ? span_of(rest + 1) : SPAN("");
}

struct span option_words(const struct option *option)
{
	return option->value && is_literal(option->value) ? span_of(option->value) : SPAN("");
}

bool next_alternative(struct span *rest, struct span *word)
{
	const char *bar = rest->size ? memchr(rest->data, '|', rest->size) : NULL;
	struct span whole = { rest->data, bar ? (size_t)(bar - rest->data) : rest->size };
	const char *blank = whole.size ? memchr(whole.data, ' ', whole.size) : NULL;

	if (rest->size == 0)
		return false;
	*word = (struct span){ whole.data, blank ? (size_t)(blank - whole.data) : whole.size };
	rest->data += whole.size + (bar != NULL);
	rest->size -= whole.size + (bar != NULL);
	return true;
}

bool command_takes_rules(const struct command *command)
{
	return command->needs_rules || strstr(command->usage, "RULES") != NULL;
}
