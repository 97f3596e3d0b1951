/*
 * init_copy.c: copies a rule file and the modules of its own, renamed, and proves that only the names differ.
 */
#include "engine/cli/init_copy.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/cli/loaded.h"
#include "engine/cli/moving.h"
#include "engine/cli/text.h"
#include "engine/rules/rule_copy.h"

enum { MADE_MAX = 256 };

struct version_copy {
	struct cli *cli;
	const char *from_path, *folder; /* "rules/v3.lua", "rules" */
	const char *from, *to;          /* "v3", "v4" */
	const char *to_path;
	const struct migration_info *migration; /* of what is copied */
	struct rule_rename rename;
	bool has_version;
	const char *made[MADE_MAX]; /* files and folders, as they were made */
	int made_count;
};

/* ---- names ---- */

static bool ends_in(const char *text, const char *ending)
{
	size_t size = strlen(text), end = strlen(ending);

	return size > end && strcmp(text + size - end, ending) == 0;
}

static const char *default_folder(struct cli *cli)
{
	return cli->rules ? file_folder_of(&cli->arena, cli->rules) : "rules";
}

static bool find_names(struct version_copy *copy, const char *from, const char *to, struct err *err)
{
	struct arena *arena = &copy->cli->arena;
	const char *ending = ends_in(from, ".lua") ? "" : ".lua", *name;

	copy->from_path =
	    strchr(from, '/') || !*ending
		? arena_print(arena, "%s%s", from, ending).data
		: arena_print(arena, "%s/%s%s", default_folder(copy->cli), from, ending).data;
	copy->folder = file_folder_of(arena, copy->from_path);
	name = strrchr(copy->from_path, '/');
	name = name ? name + 1 : copy->from_path;
	copy->from = arena_print(arena, "%.*s", (int)strlen(name) - 4, name).data;
	copy->to = to;
	copy->to_path = arena_print(arena, "%s/%s.lua", copy->folder, to).data;
	return rule_copy_is_name(to) ||
	       err_set(err, ERR_USAGE,
		       "'%s' cannot name a version and its file: letters, digits, _ and -, the "
		       "first a letter or a digit",
		       to);
}

/* Nothing is written over, not even a link that leads nowhere. */
static bool is_free(const char *path, struct err *err)
{
	struct stat status;

	return (lstat(path, &status) != 0 && errno == ENOENT) ||
	       err_set(err, ERR_USAGE, "%s exists already; nothing was written", path);
}

static bool are_free(const struct version_copy *copy, struct err *err)
{
	return is_free(copy->to_path, err) &&
	       is_free(arena_print(&copy->cli->arena, "%s/%s", copy->folder, copy->to).data, err);
}

/* ---- copying ---- */

/* "v3/job.lua" is a file of its own, "authority.lua" and "shared/job.lua" are others' too. */
static bool is_own(const struct version_copy *copy, const char *path)
{
	size_t size = strlen(copy->from);

	return strncmp(path, copy->from, size) == 0 && path[size] == '/';
}

static bool note_made(struct version_copy *copy, const char *path, struct err *err)
{
	if (copy->made_count == MADE_MAX)
		return err_set(err, ERR_RULE, "a version of more than %d files and folders",
			       MADE_MAX);
	copy->made[copy->made_count++] = path;
	return true;
}

/* Every folder above the file, from the version's own down, with the permissions of the one it stands for. */
static bool make_folders(struct version_copy *copy, const char *rest, struct err *err)
{
	struct arena *arena = &copy->cli->arena;
	struct stat status;

	for (const char *slash = strchr(rest, '/'); slash; slash = strchr(slash + 1, '/')) {
		int size = (int)(slash - rest);
		const char *made =
		    arena_print(arena, "%s/%s%.*s", copy->folder, copy->to, size, rest).data;
		const char *like =
		    arena_print(arena, "%s/%s%.*s", copy->folder, copy->from, size, rest).data;

		if (lstat(made, &status) == 0)
			continue;
		if (stat(like, &status) != 0 || mkdir(made, status.st_mode & 0777) != 0)
			return err_set(err, ERR_IO, "making the folder %s: %s", made,
				       strerror(errno));
		if (!note_made(copy, made, err))
			return false;
	}
	return true;
}

static bool copy_file(struct version_copy *copy, const struct text_info *text, const char *path,
		      struct err *err)
{
	const char *like = arena_print(&copy->cli->arena, "%s/%s", copy->folder, text->path).data;
	struct buf bytes;
	bool ok = true;

	buf_init(&bytes);
	if (ends_in(text->path, ".lua"))
		ok = rule_copy_text(text->text, &copy->rename, &bytes, &copy->has_version, err) ||
		     err_while(err, "%s", like);
	else
		buf_put_span(&bytes, text->text);
	ok = ok && note_made(copy, path, err) && file_write_like(path, like, buf_span(&bytes), err);
	buf_release(&bytes);
	return ok;
}

/* The rule file itself last: as long as it is not there, there is no version. */
static bool copy_files(struct version_copy *copy, struct err *err)
{
	const struct migration_info *migration = copy->migration;

	for (int i = 1; i < migration->text_count; i++) {
		const struct text_info *text = &migration->texts[i];
		const char *rest = text->path + strlen(copy->from);

		if (is_own(copy, text->path) &&
		    (!make_folders(copy, rest, err) ||
		     !copy_file(
			 copy, text,
			 arena_print(&copy->cli->arena, "%s/%s%s", copy->folder, copy->to, rest)
			     .data,
			 err)))
			return false;
	}
	if (!copy_file(copy, &migration->texts[0], copy->to_path, err))
		return false;
	return copy->has_version ||
	       err_set(err, ERR_RULE,
		       "%s: neither it nor a module in %s/ has   migration { version = \"…\" }",
		       copy->from_path, copy->from);
}

static void take_back(const struct version_copy *copy)
{
	for (int i = copy->made_count - 1; i >= 0; i--)
		if (unlink(copy->made[i]) != 0)
			rmdir(copy->made[i]);
}

/* ---- proving ---- */

static bool is_same_part(const struct part_info *a, const struct part_info *b)
{
	return a->is_transform == b->is_transform && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->hash, b->hash) == 0;
}

static bool compare(const struct version_copy *copy, const struct migration_info *made,
		    struct err *err)
{
	const struct migration_info *migration = copy->migration;
	int same = 0;

	while (same < migration->part_count && same < made->part_count &&
	       is_same_part(&migration->parts[same], &made->parts[same]))
		same++;
	if (same < migration->part_count || same < made->part_count)
		return err_set(err, ERR_RULE, "%s would not say the same of %s", copy->to_path,
			       same < migration->part_count ? migration->parts[same].name
							    : made->parts[same].name);
	if (strcmp(made->version, copy->to) != 0 || !made->supersedes ||
	    strcmp(made->supersedes, migration->version) != 0)
		return err_set(err, ERR_RULE, "%s would not be version %s that supersedes %s",
			       copy->to_path, copy->to, migration->version);
	return true;
}

static bool load(struct version_copy *copy, const char *path, struct rule_host **host,
		 struct err *err)
{
	struct fault_list faults, warnings;
	bool ok;

	fault_list_init(&faults, &copy->cli->arena);
	fault_list_init(&warnings, &copy->cli->arena);
	ok = rule_host_open(path, NULL, NULL, host, &faults, &warnings, err);
	moving_say_faults(copy->cli, &faults, &warnings);
	return ok;
}

static bool prove(struct version_copy *copy, struct err *err)
{
	struct rule_host *made;
	bool ok;

	if (!load(copy, copy->to_path, &made, err))
		return false;
	ok = compare(copy, rule_host_migration(made), err);
	rule_host_close(made);
	return ok;
}

/* ---- saying it ---- */

static void put_json(struct buf *out, const struct version_copy *copy)
{
	struct json_writer json;

	json_writer_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "version");
	json_text(&json, copy->to);
	json_key(&json, "supersedes");
	json_text(&json, copy->migration->version);
	json_key(&json, "rules");
	json_text(&json, copy->to_path);
	json_key(&json, "made");
	json_open(&json, '[');
	for (int i = 0; i < copy->made_count; i++)
		json_text(&json, copy->made[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_put_char(out, '\n');
}

static void put_text(struct buf *out, const struct version_copy *copy)
{
	text_put_inert(out, span_of(copy->to_path));
	buf_print(out, " is version %s, which supersedes %s and says the same so far\n", copy->to,
		  copy->migration->version);
	for (int i = 0; i < copy->made_count - 1; i++) {
		buf_put_text(out, "  with ");
		text_put_inert(out, span_of(copy->made[i]));
		buf_put_char(out, '\n');
	}
}

static bool say(const struct version_copy *copy, struct err *err)
{
	struct buf out;
	bool ok;

	buf_init(&out);
	if (copy->cli->options.json)
		put_json(&out, copy);
	else if (!copy->cli->options.quiet)
		put_text(&out, copy);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

static bool copy_version(struct version_copy *copy, struct err *err)
{
	copy->rename =
	    (struct rule_rename){ copy->from, copy->to, copy->to, copy->migration->version };
	if (strcmp(copy->migration->version, copy->to) == 0)
		return err_set(err, ERR_USAGE, "%s is version %s itself", copy->from_path,
			       copy->to);
	if (copy_files(copy, err) && prove(copy, err))
		return true;
	take_back(copy);
	return false;
}

bool init_copy_version(struct cli *cli, const char *from, const char *to, struct err *err)
{
	struct version_copy copy = { .cli = cli };
	struct rule_host *host;
	bool ok;

	if (!find_names(&copy, from, to, err) || !are_free(&copy, err) ||
	    !load(&copy, copy.from_path, &host, err))
		return false;
	copy.migration = rule_host_migration(host);
	ok = copy_version(&copy, err) && say(&copy, err);
	rule_host_close(host);
	return ok;
}
