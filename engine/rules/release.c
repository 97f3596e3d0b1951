/*
 * release.c: compares a loaded version with what was released under its name, and releases one.
 */
#include "engine/rules/release.h"

#include <string.h>

#include "engine/base/file.h"
#include "engine/base/require.h"
#include "engine/rules/changed.h"
#include "engine/rules/fingerprint.h"
#include "engine/rules/release_file.h"
#include "engine/rules/zone.h"

struct judgement {
	struct release_files *files;
	const struct migration_info *migration;
	const struct release *release;
	const char *rules;
	struct fault_list *faults;
};

/* ---- what was edited ---- */

static const char *zones_kept(const struct judgement *judgement)
{
	const struct release_files *files = judgement->files;

	for (int i = 0; i < files->part_count; i++)
		if (release_part_is_of(&files->parts[i], judgement->migration) &&
		    files->parts[i].kind == RELEASE_DATA &&
		    strcmp(files->parts[i].name, "zones") == 0)
			return files->parts[i].value;
	return "";
}

/* The kept parts of the transform, in order of their names, and whether they are those that were released. */
static struct kept_part *parts_kept(const struct judgement *judgement, size_t *count,
				    bool *is_proven)
{
	const struct release_files *files = judgement->files;
	size_t room = (size_t)files->part_count + 1;
	struct kept_part *kept = arena_alloc(files->arena, room * sizeof(*kept));
	struct hashed_part *hashed = arena_alloc(files->arena, room * sizeof(*hashed));
	char transform[SHA256_HEX_SIZE];

	*count = 0;
	for (int i = 0; i < files->part_count; i++) {
		const struct release_part *part = &files->parts[i];

		if (!release_part_is_of(part, judgement->migration) ||
		    part->kind != RELEASE_TRANSFORM)
			continue;
		hashed[*count] = (struct hashed_part){ part->name, part->value };
		kept[(*count)++] = (struct kept_part){
			part->name, part->value,
			*part->file
			    ? arena_print(files->arena, "%s%s", files->folder, part->file).data
			    : ""
		};
	}
	fingerprint_of(judgement->release->abi, zones_kept(judgement), hashed, *count, files->arena,
		       transform);
	*is_proven = strcmp(transform, judgement->release->transform) == 0;
	return kept;
}

static bool has_file(const struct judgement *judgement, const struct text_info *text)
{
	const struct release_files *files = judgement->files;

	for (int i = 0; i < files->part_count; i++)
		if (files->parts[i].kind == RELEASE_FILE &&
		    release_part_is_of(&files->parts[i], judgement->migration) &&
		    strcmp(files->parts[i].name, text->path) == 0)
			return strcmp(files->parts[i].value, text->hash) == 0;
	return false;
}

/* "v2, v3", or "sakila-2005 v1" where the version is another system's. */
static void put_versions_loading(const struct judgement *judgement, const char *path,
				 struct buf *names)
{
	const struct release_files *files = judgement->files;
	const struct migration_info *migration = judgement->migration;
	const char *before = "";
	bool is_named = false;

	for (int i = 0; i < files->part_count; i++) {
		const struct release_part *part = &files->parts[i];
		bool is_ours = strcmp(part->system, migration->system) == 0;

		if (part->kind != RELEASE_FILE || strcmp(part->name, path) != 0)
			continue;
		buf_print(names, "%s%s%s%s", before, is_ours ? "" : part->system,
			  is_ours ? "" : " ", part->version);
		is_named = is_named || release_part_is_of(part, migration);
		before = ", ";
	}
	if (!is_named)
		buf_print(names, "%s%s", before, migration->version);
}

/* "a released version is fixed; edited since: states.lua (loaded by v2, v3)" */
static const char *why_fixed(const struct judgement *judgement)
{
	const struct migration_info *migration = judgement->migration;
	const char *before = "; edited since: ", *why;
	struct buf text;

	buf_init(&text);
	buf_put_text(&text, "a released version is fixed");
	for (int i = 0; i < migration->text_count; i++) {
		if (has_file(judgement, &migration->texts[i]))
			continue;
		buf_print(&text, "%s%s (loaded by ", before, migration->texts[i].path);
		put_versions_loading(judgement, migration->texts[i].path, &text);
		buf_put_char(&text, ')');
		before = ", ";
	}
	why = arena_copy(judgement->files->arena, buf_span(&text)).data;
	buf_release(&text);
	return why;
}

/* What is no part of the rule file: nobody edited it, and no copy of the file helps. */
static void add_foreign(const struct judgement *judgement, struct span message, const char *why,
			const char *help)
{
	struct fault *fault = fault_add(judgement->faults, "E4003");

	fault->where = arena_print(judgement->faults->arena, "%s", judgement->release->version);
	fault->file = arena_text(judgement->faults->arena, judgement->rules);
	fault->message = arena_copy(judgement->faults->arena, message);
	fault->why = arena_print(judgement->faults->arena, "%s", why);
	fault->help = span_of(help);
}

static void explain_data(const struct judgement *judgement, const struct change_words *words)
{
	const char *zones = zones_kept(judgement);
	struct arena *arena = judgement->files->arena;

	if (strcmp(zones, zone_data_version()) != 0)
		add_foreign(judgement,
			    arena_print(arena,
					"the time zone data of this machine is %s; %s with %s",
					zone_data_version(), words->since, zones),
			    "the same local time may be another instant",
			    "use the data it was released with, or release a new version for it");
	if (judgement->release->abi != RULE_ABI)
		add_foreign(judgement,
			    arena_print(arena, "this engine speaks rule ABI %d; %s for %lld",
					RULE_ABI, words->since, (long long)judgement->release->abi),
			    "the same text may mean something else",
			    "use an engine as old, or release a new version for this one");
}

static bool explain_edit(const struct judgement *judgement, struct err *err)
{
	const struct release *release = judgement->release;
	struct release_files *files = judgement->files;
	struct fault_list *faults = judgement->faults;
	struct change_words words = { .code = "E4003", .rules = judgement->rules };
	size_t first = faults->fault_count, count;
	struct kept_part *kept;
	bool is_proven;

	if (!release_read_parts(files, faults, err))
		return false;
	kept = parts_kept(judgement, &count, &is_proven);
	words.since = arena_print(files->arena, "version %s was released (%s, %s)",
				  release->version, release->date, release->who)
			  .data;
	if (is_proven) {
		words.why = why_fixed(judgement);
		explain_data(judgement, &words);
		changed_add_faults(judgement->migration, kept, count, &words, faults);
		require(faults->fault_count > first);
	} else {
		add_foreign(
		    judgement,
		    arena_print(files->arena,
				"%s and was changed since; rules.parts does not hold what was "
				"released, so nobody can tell what",
				words.since),
		    "a released version is fixed, and others rely on it",
		    "take rules.parts and the rule file from version control");
	}
	return err_set(err, ERR_REFUSED, "%.*s", SPAN_ARGS(faults->faults[first].message));
}

/* ---- judging ---- */

static bool refuse_newer(const char *rules, const struct release *release,
			 struct fault_list *faults, struct err *err)
{
	struct fault *fault = fault_add(faults, "E4005");

	fault->where = arena_print(faults->arena, "%s", release->version);
	fault->file = arena_text(faults->arena, rules);
	fault->message = arena_print(
	    faults->arena,
	    "version %s was released for rule ABI %lld; this engine speaks ABI %d and may "
	    "understand it differently",
	    release->version, (long long)release->abi, RULE_ABI);
	return err_set(err, ERR_REFUSED, "%.*s", SPAN_ARGS(fault->message));
}

/* That the transform is the one that was released. */
static bool judge_transform(const struct judgement *judgement, struct err *err)
{
	const struct release *release = judgement->release;

	if (release->abi > RULE_ABI)
		return refuse_newer(judgement->rules, release, judgement->faults, err);
	return strcmp(release->transform, judgement->migration->transform) == 0 ||
	       explain_edit(judgement, err);
}

static void warn_of_validation(const struct judgement *judgement, struct fault_list *warnings)
{
	const struct release *release = judgement->release;
	struct fault *fault = fault_add(warnings, "E4004");

	fault->where = arena_print(warnings->arena, "%s", release->version);
	fault->file = arena_text(warnings->arena, judgement->rules);
	fault->message = arena_print(
	    warnings->arena, "version %s is validated otherwise than when it was released (%s, %s)",
	    release->version, release->date, release->who);
}

bool release_check(const char *rules, const struct migration_info *migration,
		   struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	size_t first = faults->fault_count, first_warning = warnings->fault_count;
	struct arena arena;
	struct release_files files = { .arena = &arena };
	struct judgement judgement = { &files, migration, NULL, rules, faults };
	bool ok;

	arena_init(&arena);
	ok = release_read_sum(rules, &files, faults, err);
	judgement.release = ok ? release_find(&files, migration) : NULL;
	if (judgement.release) {
		ok = judge_transform(&judgement, err);
		if (ok && strcmp(judgement.release->validation, migration->validation) != 0)
			warn_of_validation(&judgement, warnings);
	}
	fault_list_make_lines(faults, first);
	fault_list_make_lines(warnings, first_warning);
	arena_release(&arena);
	return ok || err_while(err, "%s", rules);
}

/* ---- what cannot even be loaded ---- */

/* Of `migration { system = …, version = … }`, where it is a plain text; no data where it is not. */
static struct span plain_entry(const struct outline *outline, const char *name)
{
	int table = outline_find(outline, "migration", NULL, 0);
	const struct outline_item *item =
	    table < 0 ? NULL : outline_entry(outline, table, span_of(name), 0);
	const struct token *token = item ? &outline->list->tokens[item->first] : NULL;

	return token && item->last == item->first + 1 && token->kind == TOKEN_STRING
		   ? token_span(token)
		   : SPAN_NONE;
}

static const struct release *find_written(const struct release_files *files, struct span text)
{
	struct token_list list;
	struct outline outline;
	struct span system, version;
	int line;

	if (lexer_read(text, files->arena, &list, &line) != LEX_OK ||
	    !outline_read(&list, files->arena, &outline))
		return NULL;
	system = plain_entry(&outline, "system");
	version = plain_entry(&outline, "version");
	for (int i = 0; i < files->release_count; i++)
		if (span_equal_text(system, files->releases[i].system) &&
		    span_equal_text(version, files->releases[i].version))
			return &files->releases[i];
	return NULL;
}

bool release_explains_failure(const char *rules, struct fault_list *faults, size_t first,
			      struct err *err)
{
	struct arena arena;
	struct release_files files = { .arena = &arena };
	struct err ignored = { ERR_NONE, "" };
	struct fault_list unsaid;
	const struct release *release = NULL;
	struct span text;

	arena_init(&arena);
	fault_list_init(&unsaid, &arena);
	if (release_read_sum(rules, &files, &unsaid, &ignored) &&
	    file_read(rules, RULE_FILE_BYTES_MAX, &arena, &text, &ignored))
		release = find_written(&files, text);
	if (release && release->abi > RULE_ABI) {
		faults->fault_count = first;
		faults->untold_count = 0;
		err_reset(err);
		refuse_newer(rules, release, faults, err);
	} else {
		release = NULL;
	}
	arena_release(&arena);
	return release != NULL;
}

/* ---- releasing ---- */

/* As seen from the rules' folder, wherever the engine was started. */
static const char *within_folder(const struct release_files *files, const char *path)
{
	size_t size = strlen(files->folder);

	return strncmp(path, files->folder, size) == 0 ? path + size : path;
}

static void add_part(struct release_files *files, const struct migration_info *migration,
		     enum release_kind kind, const char *name, const char *value, const char *file)
{
	files->parts =
	    arena_grow_by_one(files->arena, files->parts, files->part_count, sizeof(*files->parts));
	files->parts[files->part_count++] = (struct release_part){ .system = migration->system,
								   .version = migration->version,
								   .kind = kind,
								   .name = name,
								   .value = value,
								   .file = file };
}

/* The lines of the version as it is loaded, instead of those it had. */
static void replace_parts(struct release_files *files, const struct migration_info *migration)
{
	int kept = 0;

	for (int i = 0; i < files->part_count; i++)
		if (!release_part_is_of(&files->parts[i], migration))
			files->parts[kept++] = files->parts[i];
	files->part_count = kept;
	add_part(files, migration, RELEASE_DATA, "zones", zone_data_version(), "");
	for (int i = 0; i < migration->text_count; i++)
		add_part(files, migration, RELEASE_FILE, migration->texts[i].path,
			 migration->texts[i].hash, "");
	for (int i = 0; i < migration->part_count; i++) {
		const struct part_info *part = &migration->parts[i];

		add_part(files, migration,
			 part->is_transform ? RELEASE_TRANSFORM : RELEASE_VALIDATION, part->name,
			 part->hash, part->file ? within_folder(files, part->file) : "");
	}
}

static bool write_down(const struct judgement *judgement, const char *date, const char *who,
		       struct release *line, struct err *err)
{
	const struct migration_info *migration = judgement->migration;
	struct release_files *files = judgement->files;

	*line = (struct release){ .system = migration->system,
				  .version = migration->version,
				  .transform = migration->transform,
				  .validation = migration->validation,
				  .abi = RULE_ABI,
				  .date = date,
				  .who = who };
	if (!release_read_parts(files, judgement->faults, err))
		return false;
	replace_parts(files, migration);
	/* In this order: parts without a release are nobody's, a release without parts could not name what was edited. */
	return release_write_parts(files, judgement->rules, err) &&
	       release_write_sum(files, judgement->rules, err);
}

/* The line is there: is it the same, or has it another validation? */
static bool release_again(const struct judgement *judgement, struct release *line, const char *date,
			  const char *who, enum release_outcome *outcome, struct err *err)
{
	*outcome = RELEASE_UNCHANGED;
	if (!judge_transform(judgement, err))
		return false;
	if (strcmp(line->validation, judgement->migration->validation) == 0)
		return true;
	*outcome = RELEASE_VALIDATED;
	return write_down(judgement, date, who, line, err);
}

static bool release_first(const struct judgement *judgement, const char *date, const char *who,
			  enum release_outcome *outcome, struct err *err)
{
	struct release_files *files = judgement->files;

	*outcome = RELEASE_WRITTEN;
	files->releases = arena_grow_by_one(files->arena, files->releases, files->release_count,
					    sizeof(*files->releases));
	return write_down(judgement, date, who, &files->releases[files->release_count++], err);
}

static struct release copy_of(const struct release *line, struct arena *arena)
{
	return (struct release){ .system = arena_text(arena, line->system),
				 .version = arena_text(arena, line->version),
				 .transform = arena_text(arena, line->transform),
				 .validation = arena_text(arena, line->validation),
				 .abi = line->abi,
				 .date = arena_text(arena, line->date),
				 .who = arena_text(arena, line->who),
				 .line = line->line };
}

bool release_write(const char *rules, const struct migration_info *migration, const char *date,
		   const char *who, enum release_outcome *outcome, struct release *release,
		   struct fault_list *faults, struct err *err)
{
	size_t first = faults->fault_count;
	struct arena arena;
	struct release_files files = { .arena = &arena };
	struct judgement judgement = { &files, migration, NULL, rules, faults };
	struct release *line;
	bool ok;

	arena_init(&arena);
	ok = release_read_sum(rules, &files, faults, err);
	line = ok ? release_find(&files, migration) : NULL;
	judgement.release = line;
	if (line)
		ok = release_again(&judgement, line, date, who, outcome, err);
	else if (ok)
		ok = release_first(&judgement, date, who, outcome, err);
	if (ok)
		*release = copy_of(release_find(&files, migration), faults->arena);
	fault_list_make_lines(faults, first);
	arena_release(&arena);
	return ok || err_while(err, "%s", rules);
}
