/*
 * draft.c: a first rule version out of what a profile found: the files it consists of.
 */
#include "engine/draft/draft.h"

#include <string.h>

#include "engine/base/lua_text.h"
#include "engine/draft/plan.h"

bool draft_make(const struct draft_options *options, struct arena *arena, struct draft **draft,
		struct err *err)
{
	struct draft *made = arena_zalloc(arena, sizeof(*made));

	made->options = *options;
	made->arena = arena;
	*draft = made;
	if (!family_find(made, err))
		return false;
	for (int i = 0; i < made->entity_count; i++)
		meaning_find(made, &made->entities[i]);
	for (int i = 0; i < made->entity_count; i++)
		doubts_find(made, &made->entities[i]);
	return true;
}

int draft_entity_count(const struct draft *draft)
{
	return draft->entity_count;
}

const char *draft_entity_name(const struct draft *draft, int entity)
{
	return draft->entities[entity].name;
}

int draft_undecided_count(const struct draft *draft)
{
	int count = 0;

	for (int i = 0; i < draft->entity_count; i++)
		count += draft->entities[i].doubt_count;
	return count;
}

const char *draft_local_times(const struct draft *draft)
{
	for (int e = 0; e < draft->entity_count; e++)
		for (int s = 0; s < draft->entities[e].source_count; s++) {
			const struct draft_source *source = &draft->entities[e].sources[s];

			for (int i = 0; i < source->field_count; i++)
				if (source->fields[i].sense == SENSE_LOCAL)
					return arena_print(draft->arena, "%s.%s",
							   source->table->name,
							   source->fields[i].column->info->name)
					    .data;
		}
	return NULL;
}

/* ---- files ---- */

static const char authority_text[] =
    "-- authority.lua: what must be proven before the target is believed. Kept by operations, one "
    "file for all versions.\n"
    "return {\n"
    "  history = { balance = true, invariants = \"all\", digests = \"all\", sample = { percent = "
    "1, per_stratum = 300 },\n"
    "              queries = \"all\", fresh = \"24h\", approvals = 1 },\n"
    "  reads   = { after = \"history\", shadow = { reads = 10000, window = \"1h\", rate = 0.00001 "
    "}, steps = { 1, 5, 25, 50, 100 } },\n"
    "  writes  = { after = \"reads\", steps = { 1, 5, 25, 50, 100 } },\n"
    "}\n";

struct writing {
	struct draft *draft;
	const struct span *examples;
	struct draft_file *files;
	int file_count;
	struct buf text; /* of the file being written */
};

static void end_file(struct writing *writing, const char *path)
{
	struct arena *arena = writing->draft->arena;

	writing->files[writing->file_count++] =
	    (struct draft_file){ path, arena_copy(arena, buf_span(&writing->text)) };
	buf_reset(&writing->text);
}

static void put_clock(struct buf *buf, const char *zone)
{
	if (zone) {
		buf_put_text(buf, "instant { zone = ");
		lua_put_string(buf, span_of(zone));
		buf_put_text(buf, " }");
	} else {
		buf_put_text(buf, "instant   -- UNDECIDED: instant { zone = \"…\" }; until then "
				  "every such time is rejected");
	}
}

static const char clock_comment[] =
    "Legacy's times without an offset: the zone of the clock that wrote them.";

static void put_header(struct buf *buf, const char *name, const char *what)
{
	buf_print(buf, "-- %s: ", name);
	lua_put_comment(buf, span_of(what));
	buf_put_text(buf, "\n-- Drafted by engine init from what legacy holds: every line is yours "
			  "to change. What only you can know says `undecided`.\n\n");
}

static void put_migration_begin(struct buf *buf, const struct draft_options *options)
{
	buf_put_text(buf, "return migration {\n  version   = ");
	lua_put_string(buf, span_of(options->version));
	buf_put_text(buf, ",\n  system    = ");
	lua_put_string(buf, span_of(options->system));
	buf_put_text(buf, ",\n  authority = require \"authority\",\n\n");
}

/* One entity: one file. */
static void write_single(struct writing *writing)
{
	struct draft *draft = writing->draft;
	const struct draft_entity *entity = &draft->entities[0];
	const char *path = arena_print(draft->arena, "%s.lua", draft->options.version).data;

	put_header(
	    &writing->text, path,
	    arena_print(draft->arena, "what a row of %s means.", entity->sources[0].table->name)
		.data);
	if (entity_has_local_times(entity)) {
		buf_print(&writing->text, "-- %s\nlocal LOCAL_TIME = ", clock_comment);
		put_clock(&writing->text, draft->options.zone);
		buf_put_text(&writing->text, "\n\n");
	}
	entity_put_mappings(&writing->text, entity);
	doubts_put_functions(&writing->text, draft, entity);
	put_migration_begin(&writing->text, &draft->options);
	buf_put_text(&writing->text, "  ");
	entity_put(&writing->text, entity, writing->examples[0]);
	buf_put_text(&writing->text, ",\n}\n");
	end_file(writing, path);
}

/* Without the two blanks in front that its lines have inside a migration. No text in it runs over a line's end. */
static void put_module(struct buf *buf, const struct draft_entity *entity, struct span examples)
{
	struct buf text;
	const char *at, *end;

	buf_init(&text);
	entity_put(&text, entity, examples);
	for (at = text.data; *at; at = end) {
		end = strchr(at, '\n');
		end = end ? end + 1 : at + strlen(at);
		at += strncmp(at, "  ", 2) == 0 ? 2 : 0;
		buf_put(buf, at, (size_t)(end - at));
	}
	buf_release(&text);
}

static void write_module(struct writing *writing, int index)
{
	struct draft *draft = writing->draft;
	const struct draft_entity *entity = &draft->entities[index];
	const char *path =
	    arena_print(draft->arena, "%s/%s.lua", draft->options.version, entity->name).data;

	put_header(
	    &writing->text, path,
	    arena_print(draft->arena, "what a row of %s means.", entity->sources[0].table->name)
		.data);
	if (entity_has_local_times(entity))
		buf_print(&writing->text, "local LOCAL_TIME = require \"%s.local_time\"\n\n",
			  draft->options.version);
	entity_put_mappings(&writing->text, entity);
	doubts_put_functions(&writing->text, draft, entity);
	buf_put_text(&writing->text, "return ");
	put_module(&writing->text, entity, writing->examples[index]);
	buf_put_char(&writing->text, '\n');
	end_file(writing, path);
}

/* Several: a module each, and one place for what they share. */
static void write_modules(struct writing *writing)
{
	const struct draft *draft = writing->draft;
	const struct draft_options *options = &draft->options;
	const char *path = arena_print(draft->arena, "%s.lua", options->version).data;

	put_header(&writing->text, path,
		   arena_print(draft->arena,
			       "what legacy's tables mean; each has its module in %s/.",
			       options->version)
		       .data);
	put_migration_begin(&writing->text, options);
	for (int i = 0; i < draft->entity_count; i++)
		buf_print(&writing->text, "  require \"%s.%s\",\n", options->version,
			  draft->entities[i].name);
	buf_put_text(&writing->text, "}\n");
	end_file(writing, path);
	if (draft_local_times(draft)) {
		buf_print(&writing->text, "-- local_time.lua: %s\nreturn ", clock_comment);
		put_clock(&writing->text, options->zone);
		buf_put_char(&writing->text, '\n');
		end_file(writing,
			 arena_print(draft->arena, "%s/local_time.lua", options->version).data);
	}
	for (int i = 0; i < draft->entity_count; i++)
		write_module(writing, i);
}

void draft_files(struct draft *draft, const struct span *examples, const struct draft_file **files,
		 int *file_count)
{
	struct writing writing = { .draft = draft, .examples = examples };

	writing.files =
	    arena_alloc(draft->arena, sizeof(*writing.files) * (size_t)(draft->entity_count + 3));
	buf_init(&writing.text);
	if (draft->entity_count == 1)
		write_single(&writing);
	else
		write_modules(&writing);
	buf_put_text(&writing.text, authority_text);
	end_file(&writing, "authority.lua");
	buf_release(&writing.text);
	*files = writing.files;
	*file_count = writing.file_count;
}
