/*
 * command_init.c: engine init: a first rule version for a legacy store, and what stands beside it; or a copy of a version.
 */
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/lua_text.h"
#include "engine/cli/init_copy.h"
#include "engine/cli/init_examples.h"
#include "engine/cli/looking.h"
#include "engine/cli/moving.h"
#include "engine/cli/text.h"
#include "engine/draft/draft.h"

enum { FINDINGS = 1, COULD_NOT_TELL = 4 };

struct beginning {
	struct cli *cli;
	struct conn *legacy;
	struct profile profile;
	struct draft *draft;
	const char *rules; /* "rules/v1.lua" */
	int example_count, broken_count;
	struct buf said; /* what was written, and what comes next */
};

/* ---- files ---- */

static bool write_file(struct beginning *begun, const char *path, struct span text, struct err *err)
{
	const char *folder = file_folder_of(&begun->cli->arena, path);

	if (strcmp(folder, ".") != 0 && !file_make_folder(folder, err))
		return false;
	return file_write(path, text, err);
}

static void say_written(struct beginning *begun, const char *path, const char *what)
{
	buf_print(&begun->said, "  %-22s %s\n", path, what);
}

/* What somebody has written stays as it is. */
static bool write_if_new(struct beginning *begun, const char *path, struct span text,
			 const char *what, struct err *err)
{
	if (access(path, F_OK) == 0) {
		say_written(begun, path, "was there already and stays as it is");
		return true;
	}
	say_written(begun, path, what);
	return write_file(begun, path, text, err);
}

static void put_setting(struct buf *buf, struct arena *arena, const char *name, const char *url)
{
	if (url == NULL) {
		buf_print(buf, "  -- %s = \"…\",\n", name);
	} else if (strcmp(url, url_for_people(arena, url)) == 0) {
		buf_print(buf, "  %s = ", name);
		lua_put_string(buf, span_of(url));
		buf_put_text(buf, ",\n");
	} else {
		buf_print(buf,
			  "  -- %s = env \"%s_URL\",   -- it has a password, which belongs into "
			  "PGPASSFILE or the environment\n",
			  name, *name == 'l' ? "LEGACY" : "TARGET");
	}
}

static bool write_settings(struct beginning *begun, struct err *err)
{
	struct arena *arena = &begun->cli->arena;
	struct buf text;
	bool ok;

	buf_init(&text);
	buf_print(
	    &text,
	    "-- engine.lua: where everything is. Flags and ENGINE_LEGACY, ENGINE_TARGET … beat "
	    "it; docs/settings.md lists what may stand here.\nreturn {\n  rules  = \"%s\",\n",
	    begun->rules);
	put_setting(&text, arena, "legacy", begun->cli->options.legacy);
	put_setting(&text, arena, "target", begun->cli->options.target);
	buf_put_text(&text, "}\n");
	ok = write_if_new(begun, "engine.lua", buf_span(&text),
			  "where the stores and the rules are", err);
	buf_release(&text);
	return ok;
}

/* The words of rules are globals to the editor, and nothing else is. */
static const char luarc_text[] =
    "{\n"
    "  \"runtime.version\": \"LuaJIT\",\n"
    "  \"runtime.path\": [\"?.lua\", \"rules/?.lua\"],\n"
    "  \"runtime.builtin\": {\n"
    "    \"basic\": \"disable\", \"bit\": \"disable\", \"bit32\": \"disable\", \"coroutine\": "
    "\"disable\", \"debug\": \"disable\",\n"
    "    \"ffi\": \"disable\", \"io\": \"disable\", \"jit\": \"disable\", \"math\": \"disable\", "
    "\"os\": \"disable\",\n"
    "    \"package\": \"disable\", \"string\": \"disable\", \"string.buffer\": \"disable\", "
    "\"table\": \"disable\",\n"
    "    \"table.clear\": \"disable\", \"table.new\": \"disable\", \"utf8\": \"disable\"\n"
    "  },\n"
    "  \"workspace.library\": [\"types\"],\n"
    "  \"workspace.checkThirdParty\": false\n"
    "}\n";

static bool write_stubs(struct beginning *begun, struct err *err)
{
	struct buf text;
	bool ok;

	buf_init(&text);
	draft_put_schema_stub(&text, &begun->profile, &begun->cli->arena);
	ok = write_file(begun, "types/engine.d.lua", draft_language_stub(), err) &&
	     write_file(begun, "types/schema.d.lua", buf_span(&text), err);
	buf_release(&text);
	say_written(begun, "types/",
		    "for lua-language-server: the language, and legacy's columns "
		    "with their values");
	return ok && write_if_new(begun, ".luarc.json", span_of(luarc_text),
				  "for lua-language-server: where to look", err);
}

static bool write_rules(struct beginning *begun, const struct span *examples, struct err *err)
{
	const struct draft_file *files;
	int count;

	draft_files(begun->draft, examples, &files, &count);
	for (int i = 0; i < count; i++) {
		const char *path = arena_print(&begun->cli->arena, "rules/%s", files[i].path).data;

		/* Operations' own file, whoever wrote it first. */
		if (strcmp(files[i].path, "authority.lua") == 0 && access(path, F_OK) == 0)
			continue;
		if (!write_file(begun, path, files[i].text, err))
			return false;
	}
	return true;
}

/* ---- examples ---- */

static bool record_all(struct beginning *begun, struct deriver *deriver, struct rule_host *host,
		       struct span *examples, struct err *err)
{
	for (int i = 0; i < draft_entity_count(begun->draft); i++) {
		struct buf text;
		int count;
		bool ok;

		buf_init(&text);
		ok = init_examples(deriver, host, i, DRAFT_EXAMPLE_INDENT, &text, &count, err);
		examples[i] = arena_copy(&begun->cli->arena, buf_span(&text));
		begun->example_count += count;
		buf_release(&text);
		if (!ok)
			return err_while(err, "recording examples of %s",
					 draft_entity_name(begun->draft, i));
	}
	return true;
}

/* Do they come out as they were recorded? */
static bool run_all(struct beginning *begun, struct rule_host *host, struct err *err)
{
	const struct example_result *results;
	int count;

	if (!rule_host_run_examples(host, &begun->cli->arena, &results, &count, err))
		return false;
	for (int i = 0; i < count; i++)
		begun->broken_count += !results[i].passed;
	return true;
}

/* What is open in a draft is said once, at the end: its faults alone are told here. */
static bool load_draft(struct beginning *begun, struct rule_host **host, struct err *err)
{
	struct cli *cli = begun->cli;
	struct fault_list faults, untold;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&untold, &cli->arena);
	ok = move_load_rules(begun->rules, begun->legacy, &cli->arena, host, &faults, &untold, err);
	fault_list_init(&untold, &cli->arena);
	moving_say_faults(cli, &faults, &untold);
	return ok || err_while(err, "the draft is written, but cannot be used as it stands");
}

static bool record_into_draft(struct beginning *begun, struct rule_host *host, struct err *err)
{
	size_t count = (size_t)draft_entity_count(begun->draft);
	struct span *examples = arena_zalloc(&begun->cli->arena, sizeof(*examples) * (count + 1));
	struct deriver *deriver;
	bool ok;

	if (!deriver_open(begun->legacy, host, &deriver, err))
		return false;
	ok = record_all(begun, deriver, host, examples, err) && write_rules(begun, examples, err);
	deriver_close(deriver);
	return ok;
}

/* Rows of legacy are read by the draft itself, which is written without examples first. */
static bool write_with_examples(struct beginning *begun, struct err *err)
{
	size_t count = (size_t)draft_entity_count(begun->draft);
	struct span *none = arena_zalloc(&begun->cli->arena, sizeof(*none) * (count + 1));
	struct rule_host *host;
	bool ok;

	if (!write_rules(begun, none, err) || !load_draft(begun, &host, err))
		return false;
	ok = record_into_draft(begun, host, err);
	rule_host_close(host);
	if (!ok || !load_draft(begun, &host, err))
		return false;
	ok = run_all(begun, host, err);
	rule_host_close(host);
	return ok;
}

/* ---- the whole ---- */

static const char *system_name(struct arena *arena, const char *url)
{
	const char *slash = strrchr(url, '/'), *colon = strrchr(url, ':');
	const char *from = slash ? slash + 1 : colon ? colon + 1 : url;
	char *name = arena_text(arena, from);
	size_t size = 0;

	for (; from[size] && from[size] != '.' && from[size] != '?'; size++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
			    name[size]))
			name[size] = '-';
	name[size] = '\0';
	return size ? name : "legacy";
}

/* Nobody but its owners knows which clock wrote a time; a draft that guessed would be believed. */
static bool check_zone(struct beginning *begun, struct err *err)
{
	const char *zone = begun->cli->options.zone;
	const char *column = draft_local_times(begun->draft);

	if (column && zone == NULL)
		return err_set(err, ERR_USAGE,
			       "%s holds times without an offset: which clock wrote them? say "
			       "--zone Europe/London, --zone UTC …, or --zone unknown to decide "
			       "later (until then rows with such times are rejected)",
			       column);
	return true;
}

static bool make_draft(struct beginning *begun, struct err *err)
{
	struct cli *cli = begun->cli;
	const char *zone = cli->options.zone;
	struct draft_options options = {
		.profile = &begun->profile,
		.roots = cli->arguments,
		.root_count = cli->argument_count,
		.version = "v1",
		.system = system_name(&cli->arena, cli->options.legacy),
		.zone = zone && strcmp(zone, "unknown") != 0 ? zone : NULL,
	};

	if (options.zone && !rule_zone_exists(options.zone))
		return err_set(err, ERR_USAGE,
			       "'%s' is not a time zone; name one as in --zone Europe/London",
			       options.zone);
	return draft_make(&options, &cli->arena, &begun->draft, err) && check_zone(begun, err);
}

static void say_looked_at(struct beginning *begun)
{
	int64_t rows = 0;

	for (int i = 0; i < begun->profile.table_count; i++)
		rows += begun->profile.tables[i].read_count;
	buf_print(&begun->said, "looked at %d %s, ", begun->profile.table_count,
		  begun->profile.table_count == 1 ? "table" : "tables");
	text_put_number(&begun->said, rows);
	buf_put_text(&begun->said, " rows\n");
}

static void say_faults(struct beginning *begun)
{
	for (int i = 0; i < begun->profile.table_count; i++) {
		const struct table_profile *table = &begun->profile.tables[i];

		if (table->fault == NULL)
			continue;
		buf_put_text(&begun->said, "not looked at, and in no rule: ");
		text_put_inert(&begun->said, span_of(table->name));
		buf_put_text(&begun->said, ": ");
		text_put_inert(&begun->said, span_of(table->fault));
		buf_put_char(&begun->said, '\n');
	}
}

static void say_next(struct beginning *begun)
{
	struct buf *said = &begun->said;
	int undecided = draft_undecided_count(begun->draft);

	say_faults(begun);
	if (begun->broken_count > 0)
		buf_print(said, "%d examples do not come out as they were recorded: engine test\n",
			  begun->broken_count);
	if (undecided > 0)
		buf_print(said,
			  "%d %s open: look for `undecided`; rows that depend on %s are rejected, "
			  "or taken over as they stand, as it says there\n",
			  undecided, undecided == 1 ? "decision is" : "decisions are",
			  undecided == 1 ? "it" : "them");
	buf_put_text(
	    said, "next: engine check    what is open, and which rows it touches\n"
		  "      engine test     do the examples hold?\n"
		  "      engine try KEY  one row, its record, and where each field comes from\n");
}

static bool write_all(struct beginning *begun, struct err *err)
{
	say_looked_at(begun);
	if (begun->cli->options.stubs)
		return write_stubs(begun, err);
	if (!make_draft(begun, err) || !write_with_examples(begun, err))
		return false;
	say_written(begun, begun->rules,
		    arena_print(&begun->cli->arena, "%d %s, %d examples from legacy",
				draft_entity_count(begun->draft),
				draft_entity_count(begun->draft) == 1 ? "entity" : "entities",
				begun->example_count)
			.data);
	say_written(begun, "rules/authority.lua",
		    "what must be proven before the target is believed");
	if (!write_settings(begun, err) || !write_stubs(begun, err))
		return false;
	say_next(begun);
	return true;
}

static int status_of(const struct beginning *begun)
{
	for (int i = 0; i < begun->profile.table_count; i++)
		if (begun->profile.tables[i].fault)
			return COULD_NOT_TELL;
	return begun->broken_count > 0 ? FINDINGS : 0;
}

/* For a store that has no rules yet. */
static int begin_with(struct cli *cli, struct err *err)
{
	const struct profile_options wanted = { .names = cli->arguments,
						.name_count = cli->argument_count,
						.and_below = true };
	struct beginning begun = { .cli = cli, .rules = "rules/v1.lua" };
	bool ok;

	if (!cli->options.stubs && access(begun.rules, F_OK) == 0) {
		err_set(err, ERR_USAGE,
			"%s is there already and is not written over; --stubs writes only what an "
			"editor needs",
			begun.rules);
		return 0;
	}
	if (!settings_need(cli->options.legacy, "--legacy", "ENGINE_LEGACY", err) ||
	    !conn_open(cli->options.legacy, CONN_SOURCE, &begun.legacy, err))
		return 0;
	buf_init(&begun.said);
	ok =
	    looking_take(cli, begun.legacy, &wanted, &begun.profile, err) && write_all(&begun, err);
	conn_close(begun.legacy);
	if (ok && !cli->options.quiet)
		ok = text_to_stdout(&begun.said, err);
	buf_release(&begun.said);
	return ok ? status_of(&begun) : 0;
}

int command_init(struct cli *cli, struct err *err)
{
	if (cli->options.from == NULL)
		return begin_with(cli, err);
	if (cli->argument_count == 1)
		init_copy_version(cli, cli->options.from, cli->arguments[0], err);
	else
		err_set(err, ERR_USAGE, "which new version? engine init --from %s NEW",
			cli->options.from);
	return 0;
}
