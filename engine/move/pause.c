/*
 * pause.c: a pause somebody asked for, in the state folder or as a file beside the socket.
 */
#include "engine/move/pause.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/utf8_step.h"
#include "engine/model/instant.h"

#define FACT_NAME "pause"
#define FLAG_NEW_NAME "flag.new"

/* ---- words ---- */

/* Copy as one line, cut at a whole character; what is no plain text becomes a blank or a question mark. */
static void copy_plain(char *to, size_t to_size, struct span text)
{
	size_t used = 0;

	while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]))
		text.size--;
	for (size_t at = 0, size; at < text.size; at += size) {
		size_t step = utf8_step(text.data + at, text.size - at);
		char stand_in = text.data[at] == '\n' || text.data[at] == '\t' ? ' ' : '?';
		bool is_plain =
		    step > 0 && !utf8_is_terminal_control(utf8_code_point(text.data + at, step));

		size = step > 0 ? step : 1;
		if (used + (is_plain ? size : 1) >= to_size)
			break;
		if (is_plain)
			memcpy(to + used, text.data + at, size);
		else
			to[used] = stand_in;
		used += is_plain ? size : 1;
	}
	to[used] = '\0';
}

void pause_set_why(struct pause *pause, struct span why)
{
	copy_plain(pause->why, sizeof(pause->why), why);
}

void pause_name_user(uid_t uid, char who[PAUSE_WHO_SIZE])
{
	char host[64], text[PAUSE_WHO_SIZE], room[4096];
	struct passwd entry, *found = NULL;

	if (gethostname(host, sizeof(host)) != 0)
		snprintf(host, sizeof(host), "this machine");
	host[sizeof(host) - 1] = '\0';
	if (getpwuid_r(uid, &entry, room, sizeof(room), &found) == 0 && found)
		snprintf(text, sizeof(text), "%.80s@%s", entry.pw_name, host);
	else
		snprintf(text, sizeof(text), "uid %lu@%s", (unsigned long)uid, host);
	copy_plain(who, PAUSE_WHO_SIZE, span_of(text));
}

void pause_put_text(struct buf *buf, const struct pause *pause)
{
	char since[INSTANT_TEXT_SIZE];

	buf_print(buf, "paused by %s", pause->who);
	/* Nobody asks for the microsecond. */
	if (instant_to_text(pause->since_us, since))
		buf_print(buf, " since %.19sZ", since);
	if (pause->why[0])
		buf_print(buf, ": %s", pause->why);
}

/* ---- in the state folder ---- */

bool pause_save(struct state *state, const struct pause *pause, struct err *err)
{
	struct json_writer json;
	struct buf text;
	bool ok;

	if (!pause)
		return state_put_fact(state, FACT_NAME, SPAN("null"), err);
	buf_init(&text);
	json_writer_init(&json, &text);
	json_open(&json, '{');
	json_key(&json, "who");
	json_text(&json, pause->who);
	json_key(&json, "why");
	json_text(&json, pause->why);
	json_key(&json, "since_us");
	json_int(&json, pause->since_us);
	json_close(&json, '}');
	ok = state_put_fact(state, FACT_NAME, buf_span(&text), err);
	buf_release(&text);
	return ok;
}

bool pause_load(struct state *state, struct arena *arena, struct pause *pause, struct err *err)
{
	const struct json_value *who, *why, *since;
	struct json_value fact;
	struct span text;

	*pause = (struct pause){ .since_us = 0 };
	if (!state_get_fact(state, FACT_NAME, arena, &text, err))
		return false;
	if (!text.data)
		return true;
	if (!json_read(text, arena, &fact, err))
		return err_while(err, "the pause in the state folder");
	if (fact.kind == JSON_NULL)
		return true;
	who = json_member(&fact, "who");
	why = json_member(&fact, "why");
	since = json_member(&fact, "since_us");
	if (!who || who->kind != JSON_STRING || !why || why->kind != JSON_STRING || !since ||
	    since->kind != JSON_NUMBER)
		return err_set(err, ERR_DATA,
			       "the pause in the state folder is none that this engine wrote");
	copy_plain(pause->who, sizeof(pause->who), who->text);
	copy_plain(pause->why, sizeof(pause->why), why->text);
	pause->since_us = strtoll(since->text.data, NULL, 10);
	if (pause->since_us <= 0)
		pause->since_us = 1; /* it is one, whatever the clock showed */
	return true;
}

/* ---- as a file ---- */

static void read_why(int folder_fd, const char *name, struct pause *pause)
{
	int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char text[2 * PAUSE_WHY_SIZE];
	struct stat status;
	ssize_t size = 0;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		size = read(fd, text, sizeof(text));
	if (size > 0)
		pause_set_why(pause, (struct span){ text, (size_t)size });
	close(fd);
}

void pause_read_flag(int folder_fd, const char *name, struct pause *pause)
{
	struct stat status;

	*pause = (struct pause){ .since_us = 0 };
	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	pause->since_us =
	    (int64_t)status.st_mtim.tv_sec * 1000000 + (int64_t)status.st_mtim.tv_nsec / 1000;
	if (pause->since_us <= 0)
		pause->since_us = 1;
	pause_name_user(status.st_uid, pause->who);
	read_why(folder_fd, name, pause);
}

static bool fail(const char *name, const char *doing, struct err *err)
{
	enum err_code code =
	    errno == EACCES || errno == EPERM || errno == EROFS ? ERR_PERMISSION : ERR_IO;

	return err_set(err, code, "%s the file \"%s\" in the state folder: %s", doing, name,
		       strerror(errno));
}

bool pause_write_flag(int folder_fd, const char *name, struct span why, struct err *err)
{
	struct stat status;
	ssize_t written;
	bool ok;
	int fd;

	if (fstatat(folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (unlinkat(folder_fd, FLAG_NEW_NAME, 0) != 0 && errno != ENOENT)
		return fail(name, "making", err);
	fd = openat(folder_fd, FLAG_NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return fail(name, "making", err);
	/* The name alone is what is asked for: on a full disk it says nothing of why. */
	written = write(fd, why.data ? why.data : "", why.size);
	(void)written;
	ok = fsync(fd) == 0 || errno == EINVAL || errno == ENOSPC;
	close(fd);
	ok = ok && renameat(folder_fd, FLAG_NEW_NAME, folder_fd, name) == 0;
	return ok || fail(name, "making", err);
}

bool pause_remove_flag(int folder_fd, const char *name, struct err *err)
{
	return unlinkat(folder_fd, name, 0) == 0 || errno == ENOENT || fail(name, "removing", err);
}

bool pause_find(struct state *state, int folder_fd, struct arena *arena, struct pause *pause,
		struct err *err)
{
	if (!pause_load(state, arena, pause, err))
		return false;
	if (pause->since_us == 0)
		pause_read_flag(folder_fd, PAUSE_FLAG_NAME, pause);
	return true;
}
