/*
 * coverage.c: what of a version was used: lines of its functions, entries of its mappings, values, decisions, reasons.
 */
#include "engine/rules/coverage.h"

#include <stdlib.h>
#include <string.h>

struct used_items {
	const void *owner;
	int count;
	bool *used;
};

struct coverage {
	struct arena *arena;      /* of the host */
	struct used_items *items; /* one for each list that has something to use */
	int item_count;
	bool **lines; /* beside host->function_lines: were they run? */
	const struct rule_host *host;
};

/* ---- noting ---- */

void coverage_note_item(struct coverage *coverage, const void *owner, int index)
{
	for (int i = 0; i < coverage->item_count; i++)
		if (coverage->items[i].owner == owner && index < coverage->items[i].count)
			coverage->items[i].used[index] = true;
}

void coverage_note_line(struct coverage *coverage, lua_State *lua, lua_Debug *at)
{
	if (!lua_getinfo(lua, "S", at) || at->source[0] != '@')
		return;
	for (int f = 0; f < coverage->host->function_file_count; f++) {
		const struct function_lines *file = &coverage->host->function_lines[f];

		for (int i = 0; strcmp(file->path, at->source + 1) == 0 && i < file->count; i++)
			if (file->lines[i] == at->currentline)
				coverage->lines[f][i] = true;
	}
}

/* ---- what there is ---- */

static bool is_used(const struct coverage *coverage, const void *owner, int index)
{
	for (int i = 0; i < coverage->item_count; i++)
		if (coverage->items[i].owner == owner)
			return coverage->items[i].used[index];
	return false;
}

/* Walks everything that can be used, to begin with, and to tell. */
struct walk {
	struct coverage *coverage;
	struct arena *arena; /* NULL: lists are only begun */
	struct coverage_part *parts;
	int part_count;
};

static void begin_items(struct walk *walk, const void *owner, int count)
{
	struct coverage *coverage = walk->coverage;

	coverage->items = arena_grow_by_one(coverage->arena, coverage->items, coverage->item_count,
					    sizeof(*coverage->items));
	coverage->items[coverage->item_count++] =
	    (struct used_items){ owner, count, arena_zalloc(coverage->arena, (size_t)count + 1) };
}

static void put_part(struct walk *walk, const struct coverage_part *part)
{
	walk->parts =
	    arena_grow_by_one(walk->arena, walk->parts, walk->part_count, sizeof(*walk->parts));
	walk->parts[walk->part_count++] = *part;
}

/* One item, whose list is begun with its first. */
static void walk_item(struct walk *walk, struct coverage_part part, const void *owner, int index,
		      int count)
{
	if (walk->arena == NULL) {
		if (index == 0)
			begin_items(walk, owner, count);
		return;
	}
	part.is_used = is_used(walk->coverage, owner, index);
	put_part(walk, &part);
}

static void walk_field(struct walk *walk, const char *above, const struct field *field)
{
	struct arena *arena = walk->arena ? walk->arena : walk->coverage->arena;
	struct coverage_part part = {
		.where = arena_print(arena, "%s.%s", above, field->name).data,
		.file = field->file,
		.line = field->line,
	};
	const struct lookup *lookup = field->lookup;

	part.kind = COVERAGE_MAPPING;
	if (lookup && lookup->line > 0)
		part.line = lookup->line;
	/* What stands in a file of data is no part of the rule's text. */
	for (int i = 0; lookup && !lookup->file && i < lookup->entry_count; i++) {
		part.name = lookup->entries[i].from;
		walk_item(walk, part, lookup, i, lookup->entry_count);
	}
	for (int i = 0; field->patterns && i < field->patterns->entry_count; i++) {
		part.name = field->patterns->entries[i].text;
		walk_item(walk, part, field->patterns, i, field->patterns->entry_count);
	}
	part.kind = COVERAGE_VALUE;
	part.line = field->line;
	for (int i = 0; field->type == FIELD_ENUM && i < field->enum_value_count; i++) {
		part.name = span_of(field->enum_values[i]);
		walk_item(walk, part, field->enum_values, i, field->enum_value_count);
	}
	for (int i = 0; i < field->member_count; i++)
		walk_field(walk, part.where, &field->members[i]);
}

static void walk_reasons(struct walk *walk, const char *entity, enum coverage_kind kind,
			 const struct named_expression *reasons, int count)
{
	struct coverage_part part = { .kind = kind, .where = entity };

	for (int i = 0; i < count; i++) {
		part.name = span_of(reasons[i].name);
		part.file = reasons[i].value.file;
		part.line = reasons[i].value.line;
		walk_item(walk, part, reasons, i, count);
	}
}

static void walk_entity(struct walk *walk, const struct entity_plan *plan)
{
	const struct entity_info *info = plan->info;
	struct coverage_part part = { .kind = COVERAGE_DECISION,
				      .where = info->name,
				      .file = info->file };

	for (int i = 0; i < plan->field_count; i++)
		walk_field(walk, info->name, &plan->fields[i]);
	for (int i = 0; i < info->decision_count; i++) {
		part.name = span_of(info->decisions[i].id);
		part.line = info->decisions[i].line;
		walk_item(walk, part, plan->decisions, i, info->decision_count);
	}
	walk_reasons(walk, info->name, COVERAGE_SKIP, plan->skips, plan->skip_count);
	walk_reasons(walk, info->name, COVERAGE_REJECT, plan->rejects, plan->reject_count);
}

static void walk_host(struct walk *walk)
{
	const struct rule_host *host = walk->coverage->host;

	for (int i = 0; i < host->migration.entity_count; i++)
		walk_entity(walk, &host->plans[i]);
}

void rule_host_cover(struct rule_host *host)
{
	struct coverage *coverage = arena_zalloc(&host->arena, sizeof(*coverage));
	struct walk walk = { .coverage = coverage };

	coverage->arena = &host->arena;
	coverage->host = host;
	coverage->lines = arena_alloc(&host->arena, sizeof(*coverage->lines) *
							((size_t)host->function_file_count + 1));
	for (int f = 0; f < host->function_file_count; f++)
		coverage->lines[f] =
		    arena_zalloc(&host->arena, (size_t)host->function_lines[f].count + 1);
	walk_host(&walk);
	host->coverage = coverage;
}

/* ---- telling ---- */

static int compare_parts(const void *one, const void *other)
{
	const struct coverage_part *a = one, *b = other;
	int order = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	if (order == 0)
		order = (a->line > b->line) - (a->line < b->line);
	if (order == 0)
		order = (a->kind > b->kind) - (a->kind < b->kind);
	if (order == 0)
		order = strcmp(a->where, b->where);
	return order ? order : span_compare(a->name, b->name);
}

static void tell_lines(struct walk *walk)
{
	const struct rule_host *host = walk->coverage->host;

	for (int f = 0; f < host->function_file_count; f++)
		for (int i = 0; i < host->function_lines[f].count; i++)
			put_part(walk, &(struct coverage_part){
					   .kind = COVERAGE_LINE,
					   .where = "",
					   .name = SPAN(""),
					   .file = host->function_lines[f].path,
					   .line = host->function_lines[f].lines[i],
					   .is_used = walk->coverage->lines[f][i],
				       });
}

const struct coverage_part *rule_host_coverage(const struct rule_host *host, struct arena *arena,
					       int *count)
{
	struct walk walk = { .coverage = host->coverage, .arena = arena };

	*count = 0;
	if (host->coverage == NULL)
		return NULL;
	walk_host(&walk);
	tell_lines(&walk);
	if (walk.part_count > 0)
		qsort(walk.parts, (size_t)walk.part_count, sizeof(*walk.parts), compare_parts);
	*count = walk.part_count;
	return walk.parts;
}
