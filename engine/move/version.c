/*
 * version.c: which rule version is active, and that a version that wrote records stays what it was.
 */
#include "engine/base/json.h"
#include "engine/move/mover.h"
#include "engine/rules/changed.h"
#include "engine/target/control.h"

struct activation {
	struct mover *mover;
	struct conn *target;
	struct arena *arena;
	struct fault_list *faults;
	bool is_news; /* a text or an epoch that the target did not have */
};

enum {
	ACTIVE_VERSION,
	ACTIVE_TRANSFORM,
	ACTIVE_VALIDATION,
	ACTIVE_EPOCH,
	ACTIVE_FIRST_WRITE,
	ACTIVE_COLUMNS
};
static const int active_columns[ACTIVE_COLUMNS] = {
	ENTITY_VERSION, ENTITY_TRANSFORM, ENTITY_VALIDATION, ENTITY_EPOCH, ENTITY_FIRST_WRITE,
};

/* ---- what changed ---- */

static void put_parts(const struct migration_info *migration, struct buf *buf)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	for (int i = 0; i < migration->part_count; i++) {
		const struct part_info *part = &migration->parts[i];

		if (!part->is_transform)
			continue;
		json_key(&json, part->name);
		json_open(&json, '[');
		json_text(&json, part->hash);
		json_text(&json, part->file ? part->file : "");
		json_close(&json, ']');
	}
	json_close(&json, '}');
}

/* The versions whose registered texts include this module, and the one that is loaded: "v2, v3". A text is registered once for a
 * transform, under the version that came first, so a copy that says the same is not among them. */
static bool put_versions_loading(struct activation *activation, const char *path, struct buf *names,
				 struct err *err)
{
	static const int columns[] = { RULE_VERSION };
	struct condition where = { RULE_PATH, IS_EQUAL, datum_text(path) };
	struct query query = { .table = &table_rule,
			       .columns = columns,
			       .column_count = 1,
			       .where = &where,
			       .where_count = 1,
			       .order_by = columns,
			       .order_count = 1 };
	const char *own = activation->mover->migration->version;
	bool is_own_named = false;
	struct rows rows;

	if (!rows_select(activation->target, &query, activation->arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.row_count; i++) {
		struct span version = rows_row(&rows, i)[0].text;

		if (i > 0 && span_equal(version, rows_row(&rows, i - 1)[0].text))
			continue;
		buf_put_text(names, i ? ", " : "");
		buf_put_span(names, version);
		is_own_named = is_own_named || span_equal_text(version, own);
	}
	if (!is_own_named)
		buf_print(names, "%s%s", rows.row_count ? ", " : "", own);
	return true;
}

static bool is_registered(struct activation *activation, struct span transform,
			  const struct text_info *text, bool *found, struct err *err)
{
	static const int columns[] = { RULE_VERSION };
	struct condition where[] = {
		{ RULE_TRANSFORM, IS_EQUAL, datum_span(transform) },
		{ RULE_PATH, IS_EQUAL, datum_text(text->path) },
		{ RULE_TEXT_HASH, IS_EQUAL, datum_text(text->hash) },
	};
	struct query query = { .table = &table_rule,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 3 };
	struct rows rows;

	if (!rows_select(activation->target, &query, activation->arena, &rows, err))
		return false;
	*found = rows.row_count > 0;
	return true;
}

/* "…; edited since: money.lua (loaded by v2, v3), v3.lua (loaded by v3)" */
static bool put_edited(struct activation *activation, struct span transform, const char **why,
		       struct err *err)
{
	const struct migration_info *migration = activation->mover->migration;
	const char *before = "; edited since: ";
	bool ok = true;
	struct buf text;

	buf_init(&text);
	buf_put_text(&text, "a version that has written is fixed");
	for (int i = 0; i < migration->text_count && ok; i++) {
		const struct text_info *file = &migration->texts[i];
		bool found;

		ok = is_registered(activation, transform, file, &found, err);
		if (!ok || found)
			continue;
		buf_print(&text, "%s%s (loaded by ", before, file->path);
		ok = put_versions_loading(activation, file->path, &text, err);
		buf_put_char(&text, ')');
		before = ", ";
	}
	*why = arena_copy(activation->arena, buf_span(&text)).data;
	buf_release(&text);
	return ok;
}

/* {"job.fields.state":["sha256","rules/v3.lua"],…} */
static bool read_parts(struct span text, struct arena *arena, struct kept_part **parts,
		       size_t *count, struct err *err)
{
	struct json_value object;

	if (!json_read(text, arena, &object, err))
		return err_while(err, "reading the parts of the registered version");
	*parts = arena_alloc(arena, (object.item_count + 1) * sizeof(**parts));
	*count = object.item_count;
	for (size_t i = 0; i < *count; i++) {
		const struct json_value *item = &object.items[i];

		if (item->kind != JSON_ARRAY || item->item_count != 2)
			return err_set(err, ERR_DATA, "engine_rule holds parts that are none");
		(*parts)[i] = (struct kept_part){
			.name = arena_copy(arena, item->key).data,
			.hash = arena_copy(arena, item->items[0].text).data,
			.file = arena_copy(arena, item->items[1].text).data,
		};
	}
	return true;
}

static bool explain_change(struct activation *activation, struct span transform, struct err *err)
{
	static const int columns[] = { RULE_PARTS };
	const struct migration_info *migration = activation->mover->migration;
	struct condition where = { RULE_TRANSFORM, IS_EQUAL, datum_span(transform) };
	struct query query = { .table = &table_rule,
			       .columns = columns,
			       .column_count = 1,
			       .where = &where,
			       .where_count = 1,
			       .limit = 1 };
	struct change_words words = { .code = "E4001", .rules = activation->mover->options->rules };
	struct kept_part *before = NULL;
	struct rows rows;
	size_t count = 0;

	if (!put_edited(activation, transform, &words.why, err) ||
	    !rows_select(activation->target, &query, activation->arena, &rows, err))
		return false;
	words.since =
	    arena_print(activation->arena, "version %s had written records", migration->version)
		.data;
	if (rows.row_count > 0) {
		if (!read_parts(rows_row(&rows, 0)[0].text, activation->arena, &before, &count,
				err))
			return false;
		changed_add_faults(migration, before, count, &words, activation->faults);
	}
	if (activation->faults->fault_count == 0)
		changed_add(migration,
			    "the environment (time zone data or the engine's rule version)", NULL,
			    "was changed", &words, activation->faults);
	return true;
}

/* ---- activating ---- */

static bool insert_entity(struct activation *activation, const char *entity, struct err *err)
{
	const struct mover *mover = activation->mover;
	const struct migration_info *migration = mover->migration;
	struct datum row[ENTITY_COLUMNS] = {
		[ENTITY_NAME] = datum_text(entity),
		[ENTITY_VERSION] = datum_text(migration->version),
		[ENTITY_TRANSFORM] = datum_text(migration->transform),
		[ENTITY_VALIDATION] = datum_text(migration->validation),
		[ENTITY_EPOCH] = datum_int(1),
		[ENTITY_FIRST_WRITE] = datum_text(""),
		[ENTITY_ACTIVATED_AT] = datum_now(0),
		[ENTITY_LEGACY_SYSTEM] = datum_text(mover->history.system),
		[ENTITY_LEGACY_TIMELINE] = datum_int(mover->history.timeline),
		[ENTITY_LEGACY_SINCE] =
		    mover->history_since_us ? datum_instant(mover->history_since_us) : datum_now(0),
	};

	activation->is_news = true;
	return conn_insert(activation->target, &table_entity, row, 1, err);
}

static bool set_active(struct activation *activation, const char *entity, int64_t epoch,
		       bool is_new_epoch, struct err *err)
{
	const struct migration_info *migration = activation->mover->migration;
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(entity) };
	struct assignment set[] = {
		{ ENTITY_VALIDATION, datum_text(migration->validation) },
		{ ENTITY_VERSION, datum_text(migration->version) },
		{ ENTITY_TRANSFORM, datum_text(migration->transform) },
		{ ENTITY_EPOCH, datum_int(epoch) },
		{ ENTITY_FIRST_WRITE, datum_text("") },
		{ ENTITY_ACTIVATED_AT, datum_now(0) },
	};
	int64_t changed;

	activation->is_news = activation->is_news || is_new_epoch;
	return conn_update(activation->target, &table_entity, set, is_new_epoch ? 6 : 1, &where, 1,
			   &changed, err);
}

static bool refuse_successor(struct activation *activation, const char *entity, struct span active)
{
	const struct migration_info *migration = activation->mover->migration;
	struct fault *fault = fault_add(activation->faults, "E4002");

	fault->where = arena_copy(activation->arena, span_of(entity));
	fault->file = activation->mover->options->rules;
	fault->message =
	    arena_print(activation->arena, "version %s of %s does not follow %.*s, which is active",
			migration->version, entity, SPAN_ARGS(active));
	fault->help =
	    arena_print(activation->arena, "if it is meant to follow, say   supersedes = \"%.*s\"",
			SPAN_ARGS(active));
	return true;
}

static bool activate_entity(struct activation *activation, int index, struct err *err)
{
	const struct migration_info *migration = activation->mover->migration;
	const char *entity = migration->entities[index].name;
	int64_t *epoch = &activation->mover->rule_epochs[index];
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(entity) };
	struct query query = { .table = &table_entity,
			       .columns = active_columns,
			       .column_count = ACTIVE_COLUMNS,
			       .where = &where,
			       .where_count = 1 };
	const struct datum *active;
	struct rows rows;

	if (!rows_select(activation->target, &query, activation->arena, &rows, err))
		return false;
	if (rows.row_count == 0) {
		*epoch = 1;
		return insert_entity(activation, entity, err);
	}
	active = rows_row(&rows, 0);
	*epoch = active[ACTIVE_EPOCH].number;
	if (span_equal_text(active[ACTIVE_VERSION].text, migration->version)) {
		if (span_equal_text(active[ACTIVE_TRANSFORM].text, migration->transform))
			return set_active(activation, entity, *epoch, false, err);
		if (active[ACTIVE_FIRST_WRITE].text.size == 0)
			return set_active(activation, entity, ++*epoch, true, err);
		return activation->faults->fault_count > 0 ||
		       explain_change(activation, active[ACTIVE_TRANSFORM].text, err);
	}
	if (migration->supersedes &&
	    span_equal_text(active[ACTIVE_VERSION].text, migration->supersedes))
		return set_active(activation, entity, ++*epoch, true, err);
	return refuse_successor(activation, entity, active[ACTIVE_VERSION].text);
}

/* ---- the texts ---- */

static bool register_text(struct activation *activation, const struct text_info *text,
			  struct span parts, struct err *err)
{
	const struct migration_info *migration = activation->mover->migration;
	struct datum row[RULE_COLUMNS] = {
		[RULE_TRANSFORM] = datum_text(migration->transform),
		[RULE_PATH] = datum_text(text->path),
		[RULE_TEXT_HASH] = datum_text(text->hash),
		[RULE_VALIDATION] = datum_text(migration->validation),
		[RULE_VERSION] = datum_text(migration->version),
		[RULE_PARTS] = datum_span(parts),
		[RULE_TEXT] = datum_span(text->text),
		[RULE_REGISTERED_AT] = datum_now(0),
	};
	bool found;

	if (!is_registered(activation, span_of(migration->transform), text, &found, err))
		return false;
	activation->is_news = activation->is_news || !found;
	return found || conn_insert(activation->target, &table_rule, row, 1, err);
}

static bool register_texts(struct activation *activation, struct err *err)
{
	const struct migration_info *migration = activation->mover->migration;
	bool ok = true;
	struct buf parts;

	buf_init(&parts);
	put_parts(migration, &parts);
	for (int i = 0; i < migration->text_count && ok; i++)
		ok = register_text(activation, &migration->texts[i], buf_span(&parts), err);
	buf_release(&parts);
	return ok;
}

static bool activate(void *context, struct err *err)
{
	struct activation *activation = context;
	struct mover *mover = activation->mover;
	const struct fault_list *faults = activation->faults;

	activation->is_news = false;
	/* Two engines that begin at once on two sides of a failover: the first one's history counts. */
	if (!history_hold_all(mover, activation->target, QUERY_UPDATE, err))
		return false;
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (!activate_entity(activation, i, err))
			return false;
	if (faults->fault_count > 0)
		return err_set(err, ERR_REFUSED, "version %s may not be run: %.*s",
			       mover->migration->version, SPAN_ARGS(faults->faults[0].message));
	return register_texts(activation, err) &&
	       (!activation->is_news || entries_rule_registered(mover, activation->target, err));
}

bool version_activate(struct mover *mover, struct conn *target, struct fault_list *faults,
		      struct err *err)
{
	struct activation activation = { mover, target, mover->arena, faults, false };

	if (target_transact(target, activate, &activation, err) &&
	    (!activation.is_news || entries_remember(mover, err)))
		return true;
	return err_while(err, "%s", mover->options->rules);
}
