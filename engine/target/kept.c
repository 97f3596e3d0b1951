/*
 * kept.c: rule versions as the target keeps them, without any file.
 */
#include "engine/target/kept.h"

#include "engine/target/control.h"
#include "engine/target/rows.h"

enum { KEPT_PATH, KEPT_HASH, KEPT_TEXT, KEPT_COLUMNS };

static bool take_text(struct text_info *text, const struct datum *row, struct err *err)
{
	sha256_hex(row[KEPT_TEXT].text, text->hash);
	text->path = row[KEPT_PATH].text.data;
	text->text = row[KEPT_TEXT].text;
	return span_equal_text(row[KEPT_HASH].text, text->hash) ||
	       err_set(err, ERR_DATA,
		       "the text of %s in engine_rule was changed: its hash is %.16s…, not %.16s…",
		       text->path, text->hash, row[KEPT_HASH].text.data);
}

bool kept_read(struct conn *target, const char *version, const char *transform, struct arena *arena,
	       struct kept *kept, struct err *err)
{
	static const int columns[KEPT_COLUMNS] = { RULE_PATH, RULE_TEXT_HASH, RULE_TEXT };
	static const int order[] = { RULE_PATH, RULE_REGISTERED_AT | TABLE_DESCENDING,
				     RULE_TEXT_HASH };
	struct condition where = { RULE_TRANSFORM, IS_EQUAL, datum_text(transform) };
	struct query query = { .table = &table_rule,
			       .columns = columns,
			       .column_count = KEPT_COLUMNS,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 3 };
	struct text_info *texts;
	struct rows rows;
	int count = 0;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	texts = arena_alloc(arena, (rows.row_count + 1) * sizeof(*texts));
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);

		if (count > 0 && span_equal_text(row[KEPT_PATH].text, texts[count - 1].path))
			continue;
		if (!take_text(&texts[count++], row, err))
			return false;
	}
	*kept = (struct kept){ texts, count, version, transform };
	return count > 0 ||
	       err_set(err, ERR_DATA, "engine_rule keeps no text of %s with the fingerprint %.16s…",
		       version, transform);
}

bool kept_transform_of(struct conn *target, const char *version, struct arena *arena,
		       const char **transform, struct err *err)
{
	static const int columns[] = { RULE_TRANSFORM };
	static const int order[] = { RULE_REGISTERED_AT | TABLE_DESCENDING, RULE_TRANSFORM };
	struct condition where = { RULE_VERSION, IS_EQUAL, datum_text(version) };
	struct query query = { .table = &table_rule,
			       .columns = columns,
			       .column_count = 1,
			       .where = &where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 2,
			       .limit = 1 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	if (rows.row_count == 0)
		return err_set(err, ERR_DATA, "engine_rule keeps no text of a version %s", version);
	*transform = rows_row(&rows, 0)[0].text.data;
	return true;
}

/* Which of the texts is the rule file is not written down: modules lie beside it or below. */
static bool may_be_rule_file(const char *path)
{
	size_t size = strlen(path);

	return !strchr(path, '/') && size > 4 && strcmp(path + size - 4, ".lua") == 0;
}

/* NULL: it is not the rule file of that version. why: what was wrong with it, when nothing was yet. */
static struct rule_host *open_as(const struct kept *kept, const char *path,
				 const struct schema *schema, struct arena *arena, struct err *why)
{
	const struct migration_info *migration;
	struct fault_list faults, warnings;
	struct err err = { ERR_NONE, "" };
	struct rule_host *host;

	fault_list_init(&faults, arena);
	fault_list_init(&warnings, arena);
	if (!rule_host_open_kept(path, kept->texts, kept->text_count, schema, &host, &faults,
				 &warnings, &err)) {
		if (why->code == ERR_NONE)
			*why = err;
		return NULL;
	}
	migration = rule_host_migration(host);
	if (strcmp(migration->version, kept->version) == 0 &&
	    strcmp(migration->transform, kept->transform) == 0)
		return host;
	if (strcmp(migration->version, kept->version) == 0) {
		err_reset(why);
		err_set(
		    why, ERR_DATA,
		    "what %s says has the fingerprint %.16s… here, not %.16s…: the time zone data "
		    "or this engine's reading of rules is another",
		    path, migration->transform, kept->transform);
	} else if (why->code == ERR_NONE) {
		err_set(why, ERR_DATA, "%s is of version %s", path, migration->version);
	}
	rule_host_close(host);
	return NULL;
}

bool kept_open(const struct kept *kept, const struct schema *schema, struct arena *arena,
	       struct rule_host **host, struct err *err)
{
	const char *likely = arena_print(arena, "%s.lua", kept->version).data;
	struct err why = { ERR_NONE, "" };
	int at = -1;

	*host = NULL;
	for (int i = 0; i < kept->text_count && at < 0; i++)
		if (strcmp(kept->texts[i].path, likely) == 0)
			at = i;
	if (at >= 0)
		*host = open_as(kept, likely, schema, arena, &why);
	for (int i = 0; i < kept->text_count && !*host; i++)
		if (i != at && may_be_rule_file(kept->texts[i].path))
			*host = open_as(kept, kept->texts[i].path, schema, arena, &why);
	if (*host)
		return true;
	if (why.code == ERR_NONE)
		return err_set(err, ERR_DATA, "engine_rule keeps no rule file of %s",
			       kept->version);
	*err = why;
	return err_while(err, "loading %s from engine_rule", kept->version);
}
