/*
 * record.c: engine test --record: rows of legacy as examples.
 */
#include "engine/cli/record.h"

#include "engine/cli/loaded.h"
#include "engine/cli/text.h"
#include "engine/derive/example_text.h"

enum { INDENT = 6 };

struct recording {
	struct cli *cli;
	struct loaded loaded;
	struct buf out, said;
	const struct entity_info *told; /* of which entity it was said last where entries belong */
	int found, refused;
};

static void say_where(struct recording *recording, const struct entity_info *entity)
{
	if (recording->cli->options.quiet || recording->told == entity)
		return;
	recording->told = entity;
	buf_put_text(&recording->said, "into the examples of entity ");
	text_put_inert(&recording->said, span_of(entity->name));
	buf_put_text(&recording->said, ", in ");
	text_put_inert(&recording->said, span_of(entity->file));
	buf_put_text(&recording->said, ":\n");
	text_to_stderr(&recording->said);
}

static void say_refused(struct recording *recording, struct span key, const char *why)
{
	recording->refused++;
	text_put_inert(&recording->said, key);
	buf_put_text(&recording->said, " is no example: ");
	text_put_inert(&recording->said, span_of(why));
	buf_put_char(&recording->said, '\n');
	text_to_stderr(&recording->said);
}

static bool record_key(struct recording *recording, int index, struct span key, struct err *err)
{
	struct arena *arena = &recording->cli->arena;
	const struct entity_info *entity =
	    &rule_host_migration(recording->loaded.host)->entities[index];
	struct reading reading;

	if (!derive_read_keys(recording->loaded.deriver, index, &key, 1, arena, &reading, err))
		return false;
	for (size_t i = 0; i < reading.joined.row_count; i++) {
		const char *why_not;

		recording->found++;
		if (!example_record(recording->loaded.host, index, &reading.joined, i, SPAN_NONE,
				    INDENT, &recording->out, &why_not, arena, err))
			return false;
		if (why_not)
			say_refused(recording, key, why_not);
		else
			say_where(recording, entity);
	}
	return text_to_stdout(&recording->out, err);
}

static bool record_all(struct recording *recording, struct err *err)
{
	const struct cli *cli = recording->cli;
	const struct migration_info *migration = rule_host_migration(recording->loaded.host);

	for (int k = 0; k < cli->argument_count; k++) {
		int found = recording->found;
		struct span key;

		if (!text_to_key(&recording->cli->arena, cli->arguments[k], &key, err))
			return false;
		for (int e = 0; e < migration->entity_count; e++)
			if (loaded_is_wanted(cli, &migration->entities[e]) &&
			    !record_key(recording, e, key, err))
				return false;
		if (recording->found == found)
			return err_set(err, ERR_DATA, "legacy has no row with the key %.*s",
				       SPAN_ARGS(key));
	}
	return true;
}

int record_rows(struct cli *cli, struct err *err)
{
	struct recording recording = { .cli = cli };
	bool ok;

	if (cli->argument_count == 0) {
		err_set(err, ERR_USAGE, "which keys? usage: engine %s", cli->command->usage);
		return 0;
	}
	if (!loaded_open(cli, &recording.loaded, err))
		return 0;
	buf_init(&recording.out);
	buf_init(&recording.said);
	ok = loaded_check_entity(cli, &recording.loaded, err) && record_all(&recording, err);
	buf_release(&recording.said);
	buf_release(&recording.out);
	loaded_close(&recording.loaded);
	return ok && recording.refused > 0 ? 1 : 0;
}
