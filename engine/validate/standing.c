/*
 * standing.c: evidence of the ledger against what has happened since.
 */
#include "engine/validate/standing.h"

#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/model/instant.h"
#include "engine/target/control.h"
#include "engine/target/final.h"
#include "engine/target/rows.h"

const char *standing_name(enum standing_kind kind)
{
	static const char *const names[] = { "stands", "stale", "none" };

	return names[kind];
}

/* From this chunk on, this pass was looked at. */
struct stretch {
	int64_t chunk_no, pass_no;
};

/* What the last agreeing entry of a check says of its entity. */
struct evidence {
	int64_t entry_no, epoch, chunk_count, pass_count;
	int64_t at_us, began_us;
	const char *at, *transform, *validation;
	bool is_whole; /* it says all of that */
	const struct stretch *stretches;
	size_t stretch_count;
};

struct looking {
	struct conn *target;
	const struct migration_info *migration;
	struct arena *arena;
	struct arena scratch;      /* of one entry */
	struct evidence *evidence; /* by entity and check */
	int64_t
	    *differing; /* by entity: the last entry in which any check has found a difference */
	int64_t repaired, restored; /* the last entries of their kind */
};

static struct evidence *evidence_of(const struct looking *looking, int entity, int check)
{
	return &looking->evidence[entity * CHECK_KINDS + check];
}

/* ---- the ledger ---- */

static int64_t number_of(const struct json_value *object, const char *name)
{
	const struct json_value *value = json_member(object, name);

	return value && value->kind == JSON_NUMBER ? strtoll(value->text.data, NULL, 10) : -1;
}

static struct span text_of(const struct json_value *object, const char *name)
{
	const struct json_value *value = json_member(object, name);

	return value && value->kind == JSON_STRING ? value->text : SPAN("");
}

static int entity_named(const struct looking *looking, struct span name)
{
	for (int i = 0; i < looking->migration->entity_count; i++)
		if (span_equal_text(name, looking->migration->entities[i].name))
			return i;
	return -1;
}

static int check_named(struct span name)
{
	for (int i = 0; i < CHECK_KINDS; i++)
		if (span_equal_text(name, check_name((enum check_kind)i)))
			return i;
	return -1;
}

static const struct json_value *scope_of(const struct json_value *body, const char *entity)
{
	const struct json_value *scopes = json_member(body, "entities");

	for (size_t i = 0; scopes && i < scopes->item_count; i++)
		if (span_equal_text(text_of(&scopes->items[i], "entity"), entity))
			return &scopes->items[i];
	return NULL;
}

static const char *keep(const struct looking *looking, struct span text)
{
	return arena_copy(looking->arena, text).data;
}

static void take_stretches(const struct looking *looking, const struct json_value *scope,
			   struct evidence *evidence)
{
	const struct json_value *passes = json_member(scope, "chunk_passes");
	struct stretch *stretches;

	if (!passes || passes->kind != JSON_ARRAY)
		return;
	stretches = arena_zalloc(looking->arena, (passes->item_count + 1) * sizeof(*stretches));
	for (size_t i = 0; i < passes->item_count; i++) {
		const struct json_value *pair = &passes->items[i];

		if (pair->kind != JSON_ARRAY || pair->item_count != 2 ||
		    pair->items[0].kind != JSON_NUMBER || pair->items[1].kind != JSON_NUMBER)
			return;
		stretches[i].chunk_no = strtoll(pair->items[0].text.data, NULL, 10);
		stretches[i].pass_no = strtoll(pair->items[1].text.data, NULL, 10);
	}
	evidence->stretches = stretches;
	evidence->stretch_count = passes->item_count;
}

/* Which pass of the chunk was proven: 0 where none was, or nobody says. */
static int64_t proven_pass(const struct evidence *evidence, int64_t chunk_no)
{
	int64_t pass_no = 0;

	/* Chunks are numbered as they come: this one came later. */
	if (chunk_no >= evidence->chunk_count)
		return 0;
	for (size_t i = 0;
	     i < evidence->stretch_count && evidence->stretches[i].chunk_no <= chunk_no; i++)
		pass_no = evidence->stretches[i].pass_no;
	return pass_no;
}

static void take_agreement(struct looking *looking, const struct ledger_entry *entry,
			   const struct json_value *body, int entity, int check)
{
	const struct json_value *scope = scope_of(body, looking->migration->entities[entity].name);
	struct evidence *evidence = evidence_of(looking, entity, check);

	*evidence = (struct evidence){ .entry_no = entry->no,
				       .epoch = number_of(scope, "epoch"),
				       .chunk_count = number_of(scope, "chunks"),
				       .pass_count = number_of(scope, "passes"),
				       .at = keep(looking, entry->at),
				       .transform = keep(looking, text_of(body, "transform")),
				       .validation = keep(looking, text_of(body, "validation")) };
	if (scope)
		take_stretches(looking, scope, evidence);
	evidence->is_whole = scope && instant_from_text(entry->at, &evidence->at_us) &&
			     instant_from_text(text_of(body, "began"), &evidence->began_us);
}

static void take_validated(struct looking *looking, const struct ledger_entry *entry,
			   const struct json_value *body)
{
	const struct json_value *checks = json_member(body, "checks");

	for (size_t i = 0; checks && i < checks->item_count; i++) {
		int entity = entity_named(looking, text_of(&checks->items[i], "entity"));
		int check = check_named(text_of(&checks->items[i], "check"));
		struct span verdict = text_of(&checks->items[i], "verdict");

		if (entity < 0 || check < 0)
			continue;
		if (span_equal_text(verdict, verdict_name(VERDICT_AGREES)))
			take_agreement(looking, entry, body, entity, check);
		else if (span_equal_text(verdict, verdict_name(VERDICT_DIFFERS)))
			looking->differing[entity] = entry->no;
	}
}

static bool take_entry(void *context, const struct ledger_entry *entry, struct err *err)
{
	struct looking *looking = context;
	struct err ignored = { ERR_NONE, "" };
	struct json_value body;

	(void)err;
	arena_reset(&looking->scratch);
	if (!json_read(entry->body, &looking->scratch, &body, &ignored) || body.kind != JSON_OBJECT)
		return true;
	if (span_equal_text(entry->kind, LEDGER_VALIDATED))
		take_validated(looking, entry, &body);
	else if (span_equal_text(entry->kind, LEDGER_TIMELINE_ACCEPTED))
		looking->restored = entry->no;
	else if (span_equal_text(entry->kind, LEDGER_RUN_STARTED) &&
		 span_equal_text(text_of(&body, "kind"), "repair"))
		looking->repaired = entry->no;
	return true;
}

/* ---- what is so now ---- */

struct present {
	int64_t epoch;
	const char *transform, *validation;
	int64_t pass_count, unpassed;
};

static bool add_chunk(void *context, const struct datum *cells, struct err *err)
{
	struct present *present = context;

	(void)err;
	present->pass_count += cells[0].number;
	present->unpassed += cells[0].number == 0;
	return true;
}

static bool read_present(const struct looking *looking, const char *entity, struct present *present,
			 struct err *err)
{
	static const int columns[] = { ENTITY_EPOCH, ENTITY_TRANSFORM, ENTITY_VALIDATION };
	static const int chunk_columns[] = { CHUNK_PASS_NO };
	struct condition named = { ENTITY_NAME, IS_EQUAL, datum_text(entity) };
	struct condition of = { CHUNK_ENTITY, IS_EQUAL, datum_text(entity) };
	struct query query = { .table = &table_entity,
			       .columns = columns,
			       .column_count = 3,
			       .where = &named,
			       .where_count = 1 };
	struct query chunks = { .table = &table_chunk,
				.columns = chunk_columns,
				.column_count = 1,
				.where = &of,
				.where_count = 1 };
	struct rows rows;

	*present = (struct present){ .epoch = -1, .transform = "", .validation = "" };
	if (!rows_select(looking->target, &query, looking->arena, &rows, err))
		return false;
	if (rows.row_count > 0) {
		present->epoch = rows_row(&rows, 0)[0].number;
		present->transform = rows_row(&rows, 0)[1].text.data;
		present->validation = rows_row(&rows, 0)[2].text.data;
	}
	return conn_select(looking->target, &chunks, add_chunk, present, err);
}

/* ---- does it stand? ---- */

/* Why it does not; NULL when it does. */
static const char *reason(const struct looking *looking, int entity,
			  const struct evidence *evidence, const struct present *present,
			  int64_t now_us)
{
	const struct history_policy *policy = &looking->migration->history;
	struct arena *arena = looking->arena;

	if (!evidence->is_whole)
		return "the entry does not say what was proven, and when that began";
	if (looking->differing[entity] > evidence->entry_no)
		return arena_print(arena, "entry %lld has found differences since",
				   (long long)looking->differing[entity])
		    .data;
	if (looking->repaired > evidence->entry_no)
		return arena_print(arena, "a repair is no proof, and entry %lld began one since",
				   (long long)looking->repaired)
		    .data;
	if (looking->restored > evidence->entry_no)
		return arena_print(arena, "legacy is another one since entry %lld",
				   (long long)looking->restored)
		    .data;
	if (evidence->epoch != present->epoch ||
	    strcmp(evidence->transform, present->transform) != 0)
		return arena_print(arena, "it is of rule epoch %lld, and the target's is %lld",
				   (long long)evidence->epoch, (long long)present->epoch)
		    .data;
	if (strcmp(evidence->validation, present->validation) != 0 ||
	    strcmp(evidence->validation, looking->migration->validation) != 0)
		return "the rule asks for something else since: invariants, queries, tolerances or "
		       "the policy";
	if (present->unpassed > 0)
		return arena_print(arena, "%lld chunks that nobody has passed have come since",
				   (long long)present->unpassed)
		    .data;
	if (policy->fresh_seconds > 0 &&
	    now_us - evidence->at_us > policy->fresh_seconds * INT64_C(1000000))
		return arena_print(arena, "it is older than %s", policy->fresh).data;
	return NULL;
}

/* ---- what was written since ---- */

/* A pass is dated when its transaction began; no transaction of a pass takes longer. Earlier ones need not be read. */
#define TRANSACTION_US_MAX INT64_C(60000000)

struct writing {
	struct looking *looking;
	const struct table *final;
	const char *part;
	struct standing *standing;
	int id_count;
	bool with_ids;
};

static bool take_written(void *context, const struct datum *cells, struct err *err)
{
	struct writing *writing = context;
	struct standing *standing = writing->standing;
	struct arena *arena = writing->looking->arena;
	struct span *ids = (struct span *)standing->ids;

	(void)err;
	standing->written++;
	if (!writing->with_ids)
		return true;
	ids = arena_grow_by_one(arena, ids, writing->id_count, sizeof(*ids));
	ids[writing->id_count++] = arena_copy(arena, cells[0].text);
	standing->ids = ids;
	return true;
}

static bool add_written(struct writing *writing, int64_t chunk_no, struct span run, struct err *err)
{
	static const int columns[] = { FINAL_ID };
	struct condition where[] = {
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(chunk_no) },
		{ FINAL_WRITER, IS_EQUAL, datum_span(run) },
		{ FINAL_PART, IS_EQUAL, datum_text(writing->part) },
	};
	struct query query = { .table = writing->final,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 3,
			       .order_by = columns,
			       .order_count = 1 };

	return conn_select(writing->looking->target, &query, take_written, writing, err);
}

/* Passes since it began that wrote anything: each chunk and run once. What such a run has written there before counts too: which of
 * its passes wrote a record nobody keeps. */
static bool find_written(struct looking *looking, const struct entity_info *entity,
			 const struct evidence *evidence, bool with_ids, struct standing *standing,
			 struct err *err)
{
	static const int columns[] = { PASS_CHUNK_NO, PASS_RUN, PASS_MERGED, PASS_WITHDRAWN,
				       PASS_NO };
	static const int order[] = { PASS_CHUNK_NO, PASS_RUN };
	struct condition where[] = {
		{ PASS_ENTITY, IS_EQUAL, datum_text(entity->name) },
		{ PASS_ENDED_AT, IS_GREATER,
		  datum_instant(evidence->began_us - TRANSACTION_US_MAX) },
	};
	struct query query = { .table = &table_pass,
			       .columns = columns,
			       .column_count = 5,
			       .where = where,
			       .where_count = 2,
			       .order_by = order,
			       .order_count = 2 };
	struct writing writing = { .looking = looking,
				   .final = final_table(looking->arena, entity),
				   .part = entity->part,
				   .standing = standing,
				   .with_ids = with_ids };
	const struct datum *told = NULL;
	struct rows rows;

	if (!rows_select(looking->target, &query, looking->arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);

		if (row[2].number + row[3].number == 0 ||
		    row[4].number <= proven_pass(evidence, row[0].number) ||
		    (told && told[0].number == row[0].number &&
		     span_equal(told[1].text, row[1].text)))
			continue;
		told = row;
		if (!add_written(&writing, row[0].number, row[1].text, err))
			return false;
	}
	return true;
}

/* ---- all of them ---- */

static bool judge(struct looking *looking, int entity, int check, const struct present *present,
		  int64_t now_us, bool with_ids, struct standing *standing, struct err *err)
{
	const struct entity_info *info = &looking->migration->entities[entity];
	const struct evidence *evidence = evidence_of(looking, entity, check);

	*standing = (struct standing){ .entity = info->name,
				       .check = (enum check_kind)check,
				       .kind = STANDING_NONE,
				       .entry_no = evidence->entry_no,
				       .at = evidence->at };
	if (evidence->entry_no == 0)
		return true;
	standing->why = reason(looking, entity, evidence, present, now_us);
	standing->kind = standing->why ? STANDING_STALE : STANDING_STANDS;
	/* As many passes as then: none came since. */
	return standing->why || evidence->pass_count == present->pass_count ||
	       find_written(looking, info, evidence, with_ids, standing, err);
}

static bool judge_all(struct looking *looking, int64_t now_us, bool with_ids, struct standing *list,
		      int *count, struct err *err)
{
	*count = 0;
	for (int e = 0; e < looking->migration->entity_count; e++) {
		const struct entity_info *entity = &looking->migration->entities[e];
		struct present present;

		if (!read_present(looking, entity->name, &present, err))
			return false;
		for (int check = 0; check < CHECK_KINDS; check++)
			if (!validate_is_undeclared(entity, (enum check_kind)check) &&
			    !judge(looking, e, check, &present, now_us, with_ids, &list[(*count)++],
				   err))
				return false;
	}
	return true;
}

bool standing_list(struct conn *target, const struct migration_info *migration, const char *now,
		   bool with_ids, struct arena *arena, struct standing **list, int *count,
		   struct err *err)
{
	size_t entities = (size_t)migration->entity_count;
	struct looking looking = {
		.target = target,
		.migration = migration,
		.arena = arena,
		.evidence = arena_zalloc(arena, entities * CHECK_KINDS * sizeof(*looking.evidence)),
		.differing = arena_zalloc(arena, entities * sizeof(*looking.differing)),
	};
	int64_t now_us;
	bool ok;

	if (!instant_from_text(span_of(now), &now_us))
		return err_set(err, ERR_BUG, "%s is no moment", now);
	*list = arena_alloc(arena, entities * CHECK_KINDS * sizeof(**list));
	arena_init(&looking.scratch);
	ok = ledger_each(target, INT64_MIN, take_entry, &looking, err) &&
	     judge_all(&looking, now_us, with_ids, *list, count, err);
	arena_release(&looking.scratch);
	return ok;
}
