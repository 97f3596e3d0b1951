/*
 * command_archive.c: engine archive: legacy's source rows into sealed segments.
 */
#include "engine/base/json.h"
#include "engine/cli/loaded.h"
#include "engine/cli/looking.h"
#include "engine/cli/stopping.h"
#include "engine/cli/text.h"
#include "engine/move/archive.h"

struct archive_work {
	struct cli *cli;
	struct stopping stopping;
	struct looking looking;
	struct loaded loaded;
	struct conn *cold;
	struct archived *archived; /* one an entity of the rule */
	bool *is_done;             /* likewise: it was come to */
};

/* ---- archiving ---- */

static bool goes_on(void *context)
{
	struct archive_work *work = context;

	stopping_beat(&work->stopping);
	return !stopping_is_asked(&work->stopping);
}

static bool on_read(void *context, const char *entity, int64_t rows, size_t bytes, struct err *err)
{
	struct archive_work *work = context;

	if (looking_on_read(&work->looking, entity, rows, bytes, err))
		return true;
	if (err->code != ERR_CANCELLED || !stopping_is_asked(&work->stopping))
		return false;
	/* What was read is to be sealed yet. */
	err_reset(err);
	return true;
}

static bool archive_all(struct archive_work *work, struct err *err)
{
	const struct migration_info *migration = rule_host_migration(work->loaded.host);
	struct archiving archiving = {
		.legacy = work->loaded.legacy,
		.cold = work->cold,
		.migration = migration,
		.on_read = on_read,
		.goes_on = goes_on,
		.context = work,
	};

	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *entity = &migration->entities[i];

		if (!loaded_is_wanted(work->cli, entity) || !goes_on(work))
			continue;
		if (!archive_entity(&archiving, entity, &work->cli->arena, &work->archived[i], err))
			return false;
		work->is_done[i] = true;
	}
	return true;
}

/* A wait of the throttle ends when somebody asks to stop; what was read until then is kept. */
static bool may_wait(void *context, struct err *err)
{
	return goes_on(context) || err_set(err, ERR_CANCELLED, "asked to stop");
}

static bool archive_stoppably(struct archive_work *work, struct err *err)
{
	bool ok;

	if (!stopping_begin(&work->stopping, err))
		return false;
	ok = looking_begin(&work->looking, work->cli, "archiving", work->loaded.legacy, err);
	work->looking.gentle.may_wait = may_wait;
	work->looking.gentle.context = work;
	ok = ok && archive_all(work, err);
	looking_end(&work->looking);
	stopping_end(&work->stopping);
	return ok;
}

/* ---- what is said ---- */

static void put_json(struct buf *buf, const struct archive_work *work)
{
	const struct migration_info *migration = rule_host_migration(work->loaded.host);
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '[');
	for (int i = 0; i < migration->entity_count; i++) {
		const struct archived *archived = &work->archived[i];
		const struct archive_standing *standing = &archived->standing;

		if (!work->is_done[i])
			continue;
		json_open(&json, '{');
		json_key_text(&json, "entity", migration->entities[i].name);
		json_key(&json, "whole");
		json_bool(&json, standing->is_whole);
		json_key(&json, "upper");
		json_raw(&json, standing->upper.data ? standing->upper : SPAN("null"));
		json_key_int(&json, "rows", standing->rows);
		json_key_int(&json, "orphans", standing->orphans);
		json_key_int(&json, "new_rows", standing->rows - archived->found_rows);
		json_key_int(&json, "cut", standing->cut);
		json_key_int(&json, "segments", standing->segments);
		json_key_int(&json, "bytes", standing->bytes);
		json_key_int(&json, "packed_bytes", standing->packed_bytes);
		json_key_text(&json, "seal", standing->seal[0] ? standing->seal : NULL);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	buf_put_char(buf, '\n');
}

static void put_size(struct buf *buf, int64_t bytes)
{
	if (bytes < 1000000)
		buf_print(buf, "%.1f kB", (double)bytes / 1e3);
	else
		buf_print(buf, "%.1f MB", (double)bytes / 1e6);
}

static void put_rows(struct buf *buf, int64_t rows, const char *what)
{
	text_put_number(buf, rows);
	buf_print(buf, " %s%s", what, rows == 1 ? "" : "s");
}

static void put_entity(struct buf *buf, const struct look *look, const char *name,
		       const struct archived *archived)
{
	const struct archive_standing *standing = &archived->standing;

	buf_print(buf, "%s%s%s  ", look->strong, name, look->plain);
	put_rows(buf, standing->rows, "row");
	if (standing->orphans) {
		buf_put_text(buf, " and ");
		put_rows(buf, standing->orphans, "orphan");
	}
	if (archived->was_whole)
		buf_put_text(buf, ", all of them sealed before");
	buf_put_text(buf, "\n  ");
	put_rows(buf, standing->segments, "segment");
	buf_put_text(buf, ", ");
	put_size(buf, standing->packed_bytes);
	buf_put_text(buf, " for ");
	put_size(buf, standing->bytes);
	buf_put_char(buf, '\n');
	if (standing->seal[0])
		buf_print(buf, "  seal %s\n", standing->seal);
	if (!standing->is_whole) {
		buf_print(buf, "  %snot whole%s: it ends behind ", look->notice, look->plain);
		text_put_inert(buf, standing->upper.data ? standing->upper : SPAN("nothing"));
		buf_put_text(buf, "; the same command goes on there\n");
	}
	if (standing->cut) {
		buf_print(buf, "  %s", look->notice);
		put_rows(buf, standing->cut, "value");
		buf_print(buf, "%s above 1 MiB kept only in part: size, hash and the first 4 KiB\n",
			  look->plain);
	}
}

static void put_text(struct buf *buf, const struct archive_work *work)
{
	const struct migration_info *migration = rule_host_migration(work->loaded.host);

	for (int i = 0; i < migration->entity_count; i++)
		if (work->is_done[i])
			put_entity(buf, &work->cli->out, migration->entities[i].name,
				   &work->archived[i]);
}

static bool print(const struct archive_work *work, struct err *err)
{
	const struct options *options = &work->cli->options;
	struct buf out;
	bool ok;

	buf_init(&out);
	if (options->json)
		put_json(&out, work);
	else if (!options->quiet)
		put_text(&out, work);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* What is kept in part was not kept. */
static int status_of(const struct archive_work *work)
{
	const struct migration_info *migration = rule_host_migration(work->loaded.host);
	int status = 0;

	for (int i = 0; i < migration->entity_count; i++) {
		if (!loaded_is_wanted(work->cli, &migration->entities[i]))
			continue;
		if (!work->is_done[i] || !work->archived[i].standing.is_whole)
			return stopping_status(&work->stopping);
		if (work->archived[i].standing.cut)
			status = 1;
	}
	return status;
}

static int archive(struct archive_work *work, struct err *err)
{
	struct cli *cli = work->cli;
	size_t count = (size_t)rule_host_migration(work->loaded.host)->entity_count;

	if (!loaded_check_entity(cli, &work->loaded, err) ||
	    !conn_open(cli->options.cold, CONN_ARCHIVE, &work->cold, err))
		return 0;
	work->archived = arena_zalloc(&cli->arena, count * sizeof(*work->archived) + 1);
	work->is_done = arena_zalloc(&cli->arena, count * sizeof(*work->is_done) + 1);
	return archive_stoppably(work, err) && print(work, err) ? status_of(work) : 0;
}

int command_archive(struct cli *cli, struct err *err)
{
	struct archive_work work = { .cli = cli };
	int status;

	if (!settings_need(cli->options.cold, "--cold", "ENGINE_COLD", err) ||
	    !loaded_open(cli, &work.loaded, err))
		return 0;
	status = archive(&work, err);
	conn_close(work.cold);
	loaded_close(&work.loaded);
	return status;
}
