/*
 * diff_markdown.c: a comparison as a comment for a pull request.
 */
#include "engine/cli/diff_show.h"
#include "engine/cli/text.h"

enum { ENTRIES_SHOWN = 20, TRANSITIONS_SHOWN = 3, FIELDS_SHOWN = 20 };

/* Whatever could begin a link, a mention, a tag or a column stands as the number of its character. */
static void put_inert(struct buf *buf, struct span text)
{
	struct buf inert;

	buf_init(&inert);
	text_put_inert(&inert, text);
	for (size_t i = 0; i < inert.size; i++) {
		unsigned char c = (unsigned char)inert.data[i];

		if (c >= 0x80 || c == ' ' || c == ',' || c == '-' || (c >= '0' && c <= '9') ||
		    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
			buf_put_char(buf, (char)c);
		else
			buf_print(buf, "&#%d;", c);
	}
	buf_release(&inert);
}

static void put_code(struct buf *buf, struct span text)
{
	if (text.size > 300)
		text.size = 300;
	buf_put_text(buf, "<code>");
	put_inert(buf, diff_value(text));
	buf_put_text(buf, "</code>");
}

static void put_entry(struct buf *buf, const struct entry_change *entry, enum change_kind kind,
		      struct arena *arena)
{
	struct span before = entry->before, after = entry->after;

	diff_focus(arena, &before, &after);
	buf_put_text(buf, "  - ");
	if (entry->path.size) {
		put_code(buf, entry->path);
		buf_put_char(buf, ' ');
	}
	if (kind == CHANGE_CHANGED) {
		put_code(buf, before);
		buf_put_text(buf, " → ");
	}
	put_code(buf, kind == CHANGE_REMOVED ? before : after);
	buf_put_char(buf, '\n');
}

static void put_changes(struct buf *buf, const struct part_change *parts, int count,
			const char *what, struct arena *arena)
{
	static const char *const words[] = { "added", "removed", "changed" };

	for (int i = 0; i < count; i++) {
		buf_put_text(buf, "- ");
		put_code(buf, span_of(parts[i].name));
		buf_print(buf, " %s%s\n", words[parts[i].kind], what);
		for (int e = 0; e < parts[i].entry_count && e < ENTRIES_SHOWN; e++)
			put_entry(buf, &parts[i].entries[e], parts[i].kind, arena);
		if (parts[i].entry_count > ENTRIES_SHOWN)
			buf_print(buf, "  - … and %d more\n", parts[i].entry_count - ENTRIES_SHOWN);
	}
}

static void put_meaning(struct buf *buf, const struct meaning *meaning, struct arena *arena)
{
	buf_put_text(buf, "### Meaning\n\n");
	put_changes(buf, meaning->parts, meaning->part_count, "", arena);
	buf_print(buf, "- %d part%s unchanged, proven by fingerprint\n", meaning->same_count,
		  meaning->same_count == 1 ? "" : "s");
	for (int i = 0; i < meaning->module_count; i++) {
		buf_put_text(buf, "- module ");
		put_code(buf, meaning->modules[i].before);
		buf_put_text(buf, " → ");
		put_code(buf, meaning->modules[i].after);
		buf_put_char(buf, '\n');
	}
	put_changes(buf, meaning->asides, meaning->aside_count,
		    " in who and why, which is no meaning", arena);
}

static void put_number_cells(struct buf *buf, const struct entity_comparison *entity, int64_t count)
{
	buf_put_text(buf, " | ");
	text_put_number(buf, count);
	buf_put_text(buf, " | ");
	diff_put_percent(buf, count, entity->compared);
	buf_put_text(buf, " | ");
	diff_put_extrapolation(buf, entity, count);
}

static void put_tally_cell(struct buf *buf, const struct tally *tally)
{
	int shown = diff_shown_count(tally, TRANSITIONS_SHOWN);

	buf_put_text(buf, " | ");
	for (int i = 0; i < shown; i++) {
		const struct transition *item = &tally->items[i];

		buf_put_text(buf, i ? "<br>" : "");
		put_code(buf, item->before);
		buf_put_text(buf, " → ");
		put_code(buf, item->after);
		buf_put_char(buf, ' ');
		text_put_number(buf, item->count);
		buf_put_text(buf, ", e.g. ");
		put_code(buf, item->examples[0].key);
	}
	if (tally->item_count > shown || tally->others)
		buf_put_text(buf, "<br>…");
	buf_put_text(buf, " |\n");
}

static void put_entity(struct buf *buf, const struct entity_comparison *entity)
{
	buf_put_text(buf, "\n### Rows of ");
	put_inert(buf, span_of(entity->name));
	if (entity->why_not) {
		buf_print(buf, "\n\nnot compared: %s\n", entity->why_not);
		return;
	}
	buf_put_text(buf, ": ");
	diff_put_coverage(buf, entity);
	buf_put_text(buf, "\n\n| | rows | share | of all | such as |\n|---|--:|--:|---|---|\n");
	for (int kind = 0; kind < ROW_CLASSES; kind++) {
		if (kind != ROW_IDENTICAL && !diff_is_shown(entity, kind))
			continue;
		buf_print(buf, "| **%s**", row_class_name((enum row_class)kind));
		put_number_cells(buf, entity, entity->classes[kind]);
		put_tally_cell(buf,
			       kind == ROW_NEWLY_MAPPED ? &entity->mapped : &entity->reasons[kind]);
	}
	for (int i = 0; i < entity->field_count && i < FIELDS_SHOWN; i++) {
		buf_put_text(buf, "| ");
		put_code(buf, entity->fields[i].path);
		put_number_cells(buf, entity, entity->fields[i].rows);
		put_tally_cell(buf, &entity->fields[i].transitions);
	}
	if (entity->field_count > FIELDS_SHOWN || entity->other_fields)
		buf_put_text(buf, "\nMore fields differ.\n");
	if (entity->unsettled) {
		buf_put_char(buf, '\n');
		text_put_number(buf, entity->unsettled);
		buf_put_text(buf, " rows changed in legacy whenever they were read.\n");
	}
}

void diff_put_markdown(struct buf *buf, const struct shown_diff *shown)
{
	struct span rest;
	struct buf words;

	buf_init(&words);
	buf_put_text(buf, "## ");
	for (int side = 0; side < 2; side++) {
		buf_put_text(buf, side ? " → " : "");
		put_inert(buf, span_of(shown->paths[side]));
	}
	buf_print(buf, ": %s\n\n", category_name(shown->judgement->category));
	diff_put_verdict(&words, shown);
	for (rest = buf_span(&words); rest.size > 0;) {
		put_inert(buf, diff_take_line(&rest));
		buf_put_text(buf, rest.size ? "  \n" : "\n\n");
	}
	put_meaning(buf, shown->meaning, shown->arena);
	for (int i = 0; shown->comparison && i < shown->comparison->entity_count; i++)
		put_entity(buf, &shown->comparison->entities[i]);
	buf_reset(&words);
	if (shown->comparison) {
		diff_put_method(&words, shown);
		buf_put_char(&words, '\n');
		diff_put_held(&words, shown);
	}
	for (rest = buf_span(&words); rest.size > 0;) {
		buf_put_char(buf, '\n');
		put_inert(buf, diff_take_line(&rest));
		buf_put_char(buf, '\n');
	}
	buf_release(&words);
}
