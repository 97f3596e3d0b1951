/*
 * survey.c: walks the rows of every entity, derives them, and counts what is rejected.
 */
#include "engine/survey/survey.h"

#include "engine/derive/derive.h"
#include "engine/profile/walk.h"
#include "engine/survey/groups.h"

struct taking {
	const struct survey_options *options;
	int entity_index;
	struct survey_entity *entity;
	struct arena kept;    /* until the entity is done */
	struct arena scratch; /* until the next rows are read */
	struct reader *reader;
	struct walk walk;
	struct groups groups;
};

static bool told(const struct taking *taking, int64_t rows, size_t bytes, struct err *err)
{
	const struct survey_options *options = taking->options;

	return options->on_read == NULL ||
	       options->on_read(options->context, taking->entity->info->name, rows, bytes, err);
}

/* The keys are walked: no row was read, and whoever throttles us may still want us to wait. */
static bool rest(void *context, struct err *err)
{
	return told(context, 0, 0, err);
}

static void note_outcome(struct taking *taking, const struct outcome *outcome, struct span key)
{
	struct survey_entity *entity = taking->entity;
	int64_t row = entity->read_count++;

	if (outcome->kind == OUTCOME_SKIP)
		entity->skipped_count++;
	if (outcome->kind != OUTCOME_REJECT)
		return;
	entity->rejected_count++;
	entity->unlisted_count += outcome->unlisted_count;
	for (size_t i = 0; i < outcome->fault_count; i++)
		groups_note(&taking->groups, &outcome->faults[i], key, row);
}

static void note_giant(struct taking *taking)
{
	const struct source *root = &taking->entity->info->sources.sources[0];
	struct outcome outcome;
	struct fault *fault = derive_reject(&outcome, &taking->scratch, "E2303");

	fault->where = arena_print(&taking->scratch, "%s.source", taking->entity->info->name);
	fault->file = root->file;
	fault->line = root->line;
	fault->message = SPAN("a row and its children take more memory than a run gives one");
	note_outcome(taking, &outcome, SPAN_NONE);
}

static bool derive_rows(struct taking *taking, const struct joined *joined, struct err *err)
{
	struct outcome *outcomes =
	    arena_alloc(&taking->scratch, sizeof(*outcomes) * (joined->row_count + 1));

	if (!derive_joined(taking->options->host, taking->entity_index, joined, 0,
			   joined->row_count, &taking->scratch, outcomes, err))
		return false;
	for (size_t i = 0; i < joined->row_count; i++)
		note_outcome(taking, &outcomes[i], joined->rows[i].key);
	return true;
}

static bool look_at_rows(struct taking *taking, struct err *err)
{
	for (;;) {
		struct batch batch;
		struct joined joined;

		if (!walk_next(&taking->walk, &taking->entity->info->sources, &taking->scratch,
			       &batch, err))
			return false;
		if (batch.rowsets[0].row_count == 0 && !taking->walk.is_giant)
			return true;
		join_batch(&batch, &joined);
		if (!derive_rows(taking, &joined, err))
			return false;
		if (taking->walk.is_giant)
			note_giant(taking);
		if (!told(taking, (int64_t)joined.row_count, joined.byte_count, err))
			return false;
	}
}

/* What the store says of these tables alone is the entity's fault, and the others are looked at. */
static bool is_its_fault(struct taking *taking, struct arena *arena, struct err *err)
{
	if (err->code != ERR_RULE && err->code != ERR_PERMISSION)
		return err_while(err, "looking at %s", taking->entity->info->name);
	taking->entity->fault = arena_text(arena, err->text);
	err_reset(err);
	return true;
}

static bool take_entity(struct taking *taking, struct arena *arena, struct err *err)
{
	const struct survey_options *options = taking->options;
	struct survey_entity *entity = taking->entity;
	bool ok = conn_open_reader(options->legacy, &entity->info->sources, &taking->reader, err);

	if (!ok)
		taking->reader = NULL;
	groups_init(&taking->groups, arena);
	if (ok) {
		taking->walk = (struct walk){ .legacy = options->legacy,
					      .reader = taking->reader,
					      .arena = &taking->kept,
					      .rest = rest,
					      .context = taking,
					      .row_bytes_max = options->row_bytes_max };
		ok = walk_begin(&taking->walk, options->rows_max, err) && look_at_rows(taking, err);
		walk_end(&taking->walk);
	}
	if (!ok)
		entity->row_count = -1;
	else if (taking->walk.row_count < 0)
		entity->row_count = entity->read_count;
	else
		entity->row_count = taking->walk.row_count;
	entity->groups = groups_list(&taking->groups);
	entity->group_count = taking->groups.group_count;
	entity->beyond_count = taking->groups.beyond_count;
	reader_close(options->legacy, taking->reader);
	return ok || is_its_fault(taking, arena, err);
}

bool survey_take(const struct survey_options *options, struct arena *arena, struct survey *survey,
		 struct err *err)
{
	const struct migration_info *migration = rule_host_migration(options->host);
	struct survey_entity *entities =
	    arena_zalloc(arena, sizeof(*entities) * ((size_t)migration->entity_count + 1));
	bool ok = true;

	for (int i = 0; i < migration->entity_count && ok; i++) {
		struct taking taking = { .options = options,
					 .entity_index = i,
					 .entity = &entities[i] };

		entities[i].info = &migration->entities[i];
		arena_init(&taking.kept);
		arena_init(&taking.scratch);
		ok = take_entity(&taking, arena, err);
		arena_release(&taking.scratch);
		arena_release(&taking.kept);
	}
	*survey = (struct survey){ entities, migration->entity_count };
	return ok;
}
