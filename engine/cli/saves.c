/*
 * saves.c: waits until somebody saves one of the files a rule version consists of.
 *
 * Looks every few milliseconds. Editors save in many ways (in place, by another file's name, over a network), and what stands
 * under the name is what counts.
 */
#include "engine/cli/saves.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/cli/text.h"

#define LOOK_NS INT64_C(25000000)

struct saved_file {
	const char *path;
	struct timespec changed;
	off_t size;
	ino_t number;
};

void saves_init(struct saves *saves)
{
	*saves = (struct saves){ 0 };
	arena_init(&saves->arena);
}

void saves_release(struct saves *saves)
{
	arena_release(&saves->arena);
}

/* A file that is not there is one, too: it may come. True when it is not what it was. */
static bool look_at(struct saved_file *file)
{
	struct stat now = { 0 };
	bool is_same;

	if (stat(file->path, &now) != 0)
		now = (struct stat){ 0 };
	is_same = now.st_mtim.tv_sec == file->changed.tv_sec &&
		  now.st_mtim.tv_nsec == file->changed.tv_nsec && now.st_size == file->size &&
		  now.st_ino == file->number;
	file->changed = now.st_mtim;
	file->size = now.st_size;
	file->number = now.st_ino;
	return !is_same;
}

static void follow(struct saves *saves, const char *path)
{
	for (int i = 0; i < saves->file_count; i++)
		if (strcmp(saves->files[i].path, path) == 0)
			return;
	saves->files = arena_grow_by_one(&saves->arena, saves->files, saves->file_count,
					 sizeof(*saves->files));
	saves->files[saves->file_count] =
	    (struct saved_file){ .path = arena_text(&saves->arena, path) };
	look_at(&saves->files[saves->file_count++]);
}

void saves_follow(struct saves *saves, const char *rules, const struct migration_info *migration)
{
	const char *folder = file_folder_of(&saves->arena, rules);

	follow(saves, rules);
	for (int i = 0; migration && i < migration->text_count; i++)
		follow(saves,
		       arena_print(&saves->arena, "%s/%s", folder, migration->texts[i].path).data);
}

const char *saves_wait(struct saves *saves)
{
	for (;;) {
		for (int i = 0; i < saves->file_count; i++)
			if (look_at(&saves->files[i]))
				return saves->files[i].path;
		clock_sleep_ns(LOOK_NS);
	}
}

static void say_again(const struct cli *cli, const char *file)
{
	struct buf line;

	buf_init(&line);
	if (isatty(STDERR_FILENO))
		buf_put_text(&line, "\x1b[H\x1b[2J\x1b[3J");
	buf_print(&line, "%ssaved%s ", cli->said.dim, cli->said.plain);
	text_put_inert(&line, span_of(file));
	buf_put_char(&line, '\n');
	text_to_stderr(&line);
	buf_release(&line);
}

static void say_why_not(const struct cli *cli, struct err *err)
{
	struct buf line;

	if (err->code == ERR_NONE)
		return;
	buf_init(&line);
	buf_print(&line, "%sengine:%s ", cli->said.alarm, cli->said.plain);
	text_put_inert(&line, span_of(err->text));
	buf_put_char(&line, '\n');
	text_to_stderr(&line);
	buf_release(&line);
	err_reset(err);
}

bool saves_repeat(struct cli *cli,
		  bool (*once)(struct cli *cli, struct saves *saves, void *context,
			       struct err *err),
		  void *context, struct err *err)
{
	struct saves saves;

	saves_init(&saves);
	saves_follow(&saves, cli->rules, NULL);
	for (;;) {
		struct arena kept = cli->arena;

		arena_init(&cli->arena);
		once(cli, &saves, context, err);
		arena_release(&cli->arena);
		cli->arena = kept;
		if (err->code == ERR_IO)
			break;
		say_why_not(cli, err);
		say_again(cli, saves_wait(&saves));
	}
	saves_release(&saves);
	return false;
}
