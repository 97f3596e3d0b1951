/*
 * diff_text.c: a comparison for a terminal: what is said differently, what that does to rows, what follows.
 */
#include "engine/cli/diff_show.h"
#include "engine/cli/text.h"
#include "engine/model/utf8.h"

enum { ENTRIES_SHOWN = 12, TRANSITIONS_SHOWN = 5, FIELDS_SHOWN = 20, VALUE_WIDTH = 60 };

struct page {
	struct buf *buf;
	const struct look *look;
	const struct shown_diff *shown;
};

/* Inert, and no longer than fits beside another. */
static void put_value(struct buf *buf, struct span value)
{
	struct buf inert;
	struct span text;

	buf_init(&inert);
	text_put_inert(&inert, diff_value(value));
	text = buf_span(&inert);
	if (utf8_first_bad(text) == text.size && utf8_length(text) > VALUE_WIDTH) {
		text.size = utf8_offset(text, VALUE_WIDTH - 1);
		buf_put_span(buf, text);
		buf_put_text(buf, "…");
	} else {
		buf_put_span(buf, text);
	}
	buf_release(&inert);
}

static void put_inert(struct buf *buf, const char *text)
{
	text_put_inert(buf, span_of(text));
}

static void put_heading(const struct page *page, const char *heading)
{
	buf_print(page->buf, "\n%s%s%s\n", page->look->strong, heading, page->look->plain);
}

/* ---- meaning ---- */

static void put_entry(const struct page *page, const struct entry_change *entry,
		      enum change_kind kind)
{
	struct buf *buf = page->buf;
	struct span before = entry->before, after = entry->after;

	diff_focus(page->shown->arena, &before, &after);
	buf_put_text(buf, "      ");
	if (entry->path.size) {
		text_put_inert(buf, entry->path);
		buf_put_text(buf, ": ");
	}
	if (kind == CHANGE_CHANGED) {
		put_value(buf, before);
		buf_put_text(buf, " → ");
	}
	put_value(buf, kind == CHANGE_REMOVED ? before : after);
	buf_put_char(buf, '\n');
}

static void put_part(const struct page *page, const struct part_change *part)
{
	struct buf *buf = page->buf;

	buf_print(buf, "  %s ", diff_sign(part->kind));
	put_inert(buf, part->name);
	buf_print(buf, "%s\n", part->is_transform ? "" : "   (validation)");
	for (int i = 0; i < part->entry_count && i < ENTRIES_SHOWN; i++)
		put_entry(page, &part->entries[i], part->kind);
	if (part->entry_count > ENTRIES_SHOWN)
		buf_print(buf, "      … and %d more; --json has them all\n",
			  part->entry_count - ENTRIES_SHOWN);
}

static void put_meaning(const struct page *page)
{
	const struct meaning *meaning = page->shown->meaning;
	struct buf *buf = page->buf;

	put_heading(page, "MEANING");
	for (int i = 0; i < meaning->part_count; i++)
		put_part(page, &meaning->parts[i]);
	buf_print(buf, "  = %d part%s unchanged, proven by fingerprint\n", meaning->same_count,
		  meaning->same_count == 1 ? "" : "s");
	for (int i = 0; i < meaning->module_count; i++) {
		buf_put_text(buf, "  module ");
		text_put_inert(buf, meaning->modules[i].before);
		buf_put_text(buf, " → ");
		text_put_inert(buf, meaning->modules[i].after);
		buf_put_char(buf, '\n');
	}
	if (meaning->aside_count == 0)
		return;
	buf_put_text(buf, "  who and why, which is no meaning:\n");
	for (int i = 0; i < meaning->aside_count; i++) {
		buf_put_text(buf, "    ");
		put_inert(buf, meaning->asides[i].name);
		buf_put_char(buf, '\n');
		for (int e = 0; e < meaning->asides[i].entry_count; e++)
			put_entry(page, &meaning->asides[i].entries[e], CHANGE_CHANGED);
	}
}

/* ---- rows ---- */

static void put_examples(const struct page *page, const struct transition *item)
{
	struct buf *buf = page->buf;

	buf_print(buf, "  %se.g.", page->look->dim);
	for (int i = 0; i < item->example_count; i++) {
		buf_put_char(buf, ' ');
		text_put_inert(buf, item->examples[i].key);
	}
	buf_print(buf, "%s\n", page->look->plain);
}

static void put_tally(const struct page *page, const struct tally *tally)
{
	struct buf *buf = page->buf;
	int64_t rest = tally->others;
	int shown = diff_shown_count(tally, TRANSITIONS_SHOWN);

	for (int i = 0; i < tally->item_count; i++) {
		const struct transition *item = &tally->items[i];

		if (i >= shown) {
			rest += item->count;
			continue;
		}
		buf_put_text(buf, "        ");
		put_value(buf, item->before);
		buf_put_text(buf, " → ");
		put_value(buf, item->after);
		buf_put_text(buf, "   ");
		text_put_number(buf, item->count);
		put_examples(page, item);
	}
	if (rest > 0) {
		buf_put_text(buf, "        others   ");
		text_put_number(buf, rest);
		buf_put_char(buf, '\n');
	}
}

static void put_count(const struct page *page, const struct entity_comparison *entity,
		      int64_t count)
{
	struct buf *buf = page->buf;
	struct buf estimate;

	text_put_number(buf, count);
	buf_put_text(buf, "   ");
	diff_put_percent(buf, count, entity->compared);
	buf_init(&estimate);
	diff_put_extrapolation(&estimate, entity, count);
	if (estimate.size)
		buf_print(buf, "   %.*s", SPAN_ARGS(buf_span(&estimate)));
	buf_release(&estimate);
	buf_put_char(buf, '\n');
}

static void put_class(const struct page *page, const struct entity_comparison *entity, int kind)
{
	buf_print(page->buf, "  %-18s ", row_class_name((enum row_class)kind));
	put_count(page, entity, entity->classes[kind]);
	put_tally(page, &entity->reasons[kind]);
	if (kind == ROW_NEWLY_MAPPED)
		put_tally(page, &entity->mapped);
}

static void put_fields(const struct page *page, const struct entity_comparison *entity)
{
	struct buf *buf = page->buf;

	if (entity->field_count == 0)
		return;
	buf_put_text(buf, "  by field, in rows that changed\n");
	for (int i = 0; i < entity->field_count && i < FIELDS_SHOWN; i++) {
		const struct field_tally *field = &entity->fields[i];

		buf_put_text(buf, "    ");
		text_put_inert(buf, field->path);
		buf_put_text(buf, "   ");
		put_count(page, entity, field->rows);
		buf_put_text(buf, "        ");
		diff_put_moves(buf, field);
		buf_put_char(buf, '\n');
		put_tally(page, &field->transitions);
	}
	if (entity->field_count > FIELDS_SHOWN)
		buf_print(buf, "    … and %d more fields; --json has them all\n",
			  entity->field_count - FIELDS_SHOWN);
	if (entity->other_fields) {
		buf_put_text(buf, "    differences in yet other fields: ");
		text_put_number(buf, entity->other_fields);
		buf_put_char(buf, '\n');
	}
}

static void put_unknown(const struct page *page, const struct entity_comparison *entity)
{
	struct buf *buf = page->buf;

	if (entity->gone) {
		buf_put_text(buf, "  gone               ");
		text_put_number(buf, entity->gone);
		buf_put_text(buf, "   whose keys were there a moment before\n");
	}
	if (entity->unsettled) {
		buf_put_text(buf, "  not known          ");
		text_put_number(buf, entity->unsettled);
		buf_put_text(buf, "   that changed in legacy whenever they were read\n");
	}
}

static void put_entity(const struct page *page, const struct entity_comparison *entity)
{
	struct buf *buf = page->buf;

	buf_print(buf, "\n%sROWS%s of ", page->look->strong, page->look->plain);
	put_inert(buf, entity->name);
	if (entity->why_not) {
		buf_print(buf, ": not compared, %s\n", entity->why_not);
		return;
	}
	buf_put_text(buf, ": ");
	diff_put_coverage(buf, entity);
	buf_put_char(buf, '\n');
	for (int kind = 0; kind < ROW_CLASSES; kind++)
		if (kind == ROW_IDENTICAL || diff_is_shown(entity, kind))
			put_class(page, entity, kind);
	put_unknown(page, entity);
	put_fields(page, entity);
}

static void put_lines(const struct page *page, const struct buf *lines)
{
	struct span rest = buf_span(lines);

	while (rest.size > 0) {
		text_put_wrapped(page->buf, page->look, 0, 0, diff_take_line(&rest));
		buf_put_char(page->buf, '\n');
	}
}

static void put_rows(const struct page *page)
{
	const struct shown_diff *shown = page->shown;
	struct buf words;

	if (!shown->comparison)
		return;
	for (int i = 0; i < shown->comparison->entity_count; i++)
		put_entity(page, &shown->comparison->entities[i]);
	buf_put_char(page->buf, '\n');
	buf_init(&words);
	diff_put_method(&words, shown);
	buf_put_char(&words, '\n');
	diff_put_held(&words, shown);
	put_lines(page, &words);
	buf_release(&words);
}

void diff_put_text(struct buf *buf, const struct look *look, const struct shown_diff *shown)
{
	struct page page = { buf, look, shown };
	struct buf verdict;

	for (int side = 0; side < 2; side++) {
		buf_put_text(buf, side ? " → " : "");
		put_inert(buf, shown->paths[side]);
		buf_print(buf, " %s (%.12s)", shown->migrations[side]->version,
			  shown->migrations[side]->transform);
	}
	if (shown->source) {
		buf_put_text(buf, "\nrows from ");
		put_inert(buf, shown->source);
	}
	buf_put_char(buf, '\n');
	put_meaning(&page);
	put_rows(&page);
	buf_init(&verdict);
	diff_put_verdict(&verdict, shown);
	buf_put_char(buf, '\n');
	put_lines(&page, &verdict);
	buf_release(&verdict);
}
