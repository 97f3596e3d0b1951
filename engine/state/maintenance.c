/*
 * maintenance.c: showing, emptying and setting aside what is stored.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/json.h"
#include "engine/base/memory.h"
#include "engine/state/state_internal.h"

enum { ASIDE_COUNT_MAX = 9999 };

/* ---- showing ---- */

struct show {
	bool (*each)(void *context, const struct state_entry *entry, struct err *err);
	void *context;
	struct buf name, json;
};

/* The seal is not text, and says nothing to people. */
static void show_about(struct span key, struct span payload, struct show *show)
{
	struct json_writer writer;

	buf_put_span(&show->name, key);
	json_writer_init(&writer, &show->json);
	json_string(&writer, payload);
}

static bool show_entry(void *context, enum state_table table, struct span key, struct span payload,
		       struct err *err)
{
	struct show *show = context;
	struct state_entry entry = { .table = entry_table_name(table) };

	if (table == TABLE_ABOUT && span_equal_text(key, "seal"))
		return true;
	buf_reset(&show->name);
	buf_reset(&show->json);
	if (table == TABLE_ABOUT)
		show_about(key, payload, show);
	else if (table == TABLE_CHECKPOINTS) {
		if (!checkpoint_show(key, payload, &show->name, &show->json, err))
			return false;
	} else {
		buf_put_span(&show->name, key);
		buf_put_span(&show->json, payload);
	}
	entry.key = buf_span(&show->name);
	entry.value = buf_span(&show->json);
	return show->each(show->context, &entry, err);
}

bool state_each_entry(struct state *state,
		      bool (*each)(void *context, const struct state_entry *entry, struct err *err),
		      void *context, struct err *err)
{
	struct show show = { .each = each, .context = context };
	bool ok = true;

	buf_init(&show.name);
	buf_init(&show.json);
	for (int i = 0; ok && i < TABLE_COUNT; i++)
		ok = entry_each(state, (enum state_table)i, SPAN_NONE, show_entry, &show, err);
	buf_release(&show.name);
	buf_release(&show.json);
	return ok;
}

/* ---- emptying ---- */

bool state_clear(struct state *state, struct err *err)
{
	struct state_write write;
	int code = 0;

	if (!state_begin_write(state, &write, err))
		return false;
	for (int i = 0; code == 0 && i < TABLE_COUNT; i++) {
		if (i != TABLE_ABOUT)
			code = mdb_drop(write.transaction, state->tables[i], 0);
	}
	if (code != 0) {
		state_roll_back(&write);
		return state_fail(state, code, "emptying it", err);
	}
	write.seal.entry_count = 0;
	write.seal.sum = (struct digest){ 0, 0 };
	return state_commit(&write, err);
}

/* ---- setting aside ---- */

static bool rename_aside(const struct folder *folder, struct err *err)
{
	struct stat status;
	char *aside = NULL;
	bool ok = false;

	for (int i = 1; i <= ASIDE_COUNT_MAX; i++) {
		free(aside);
		if (asprintf(&aside, "%s.broken-%d", folder->path, i) < 0)
			memory_exhausted(strlen(folder->path));
		if (lstat(aside, &status) != 0 && errno == ENOENT)
			break;
	}
	ok = rename(folder->path, aside) == 0;
	if (!ok)
		err_set(err, errno == EACCES || errno == EPERM ? ERR_PERMISSION : ERR_IO,
			"renaming state folder %s to %s: %s", folder->path, aside, strerror(errno));
	free(aside);
	return ok;
}

static bool check_ours(const struct folder *folder, struct err *err)
{
	enum folder_kind kind;
	char why[128];

	if (!folder_look(folder, &kind, why, sizeof(why), err))
		return false;
	return kind != FOLDER_FOREIGN ||
	       err_set(err, ERR_DATA, "%s is no state folder: %s", folder->path, why);
}

bool state_set_aside(const char *folder, struct err *err)
{
	struct folder held;
	bool ok;

	folder_init(&held);
	ok = folder_open(&held, folder, false, err) && check_ours(&held, err) &&
	     folder_lock(&held, err) && rename_aside(&held, err);
	folder_release(&held);
	return ok;
}

bool state_usage(struct state *state, uint64_t *used_bytes, uint64_t *map_bytes, struct err *err)
{
	MDB_envinfo info;
	MDB_stat stat;
	int code = mdb_env_info(state->env, &info);

	if (code == 0)
		code = mdb_env_stat(state->env, &stat);
	if (code != 0)
		return state_fail(state, code, "measuring it", err);
	*used_bytes = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize;
	*map_bytes = info.me_mapsize;
	return true;
}
