/*
 * diff_html.c: a comparison as a page: the verdict, a bar of outcomes, then field by field what became what.
 */
#include "engine/cli/diff_show.h"
#include "engine/cli/html.h"
#include "engine/cli/text.h"

enum { ENTRIES_OPEN = 8, TRANSITIONS_SHOWN = 50, TRANSITIONS_OPEN = 5 };

struct page {
	struct buf *buf;
	const struct shown_diff *shown;
};

static void put_value(struct buf *buf, struct span value, const char *style)
{
	buf_print(buf, "<span class=\"value %s\">", style);
	html_put(buf, diff_value(value));
	buf_put_text(buf, "</span>");
}

static void put_words(struct buf *buf, const struct buf *words)
{
	for (struct span rest = buf_span(words); rest.size > 0;) {
		buf_put_text(buf, "<p>");
		html_put(buf, diff_take_line(&rest));
		buf_put_text(buf, "</p>\n");
	}
}

/* ---- meaning ---- */

static void put_entry(struct buf *buf, const struct entry_change *entry)
{
	buf_put_text(buf, "<tr><td><code>");
	html_put(buf, entry->path);
	buf_put_text(buf, "</code></td><td>");
	put_value(buf, entry->before, "old");
	buf_put_text(buf, "</td><td>");
	put_value(buf, entry->after, "new");
	buf_put_text(buf, "</td></tr>\n");
}

static void put_entries(struct buf *buf, const struct part_change *part, int from, int to)
{
	buf_put_text(buf, "<div class=\"scroll\"><table class=\"values\">\n");
	for (int i = from; i < to; i++)
		put_entry(buf, &part->entries[i]);
	buf_put_text(buf, "</table></div>\n");
}

static void put_part(struct buf *buf, const struct part_change *part, const char *note)
{
	static const char *const words[] = { "added", "removed", "changed" };
	int open = part->entry_count < ENTRIES_OPEN ? part->entry_count : ENTRIES_OPEN;

	buf_put_text(buf, "<div class=\"finding\"><p><span class=\"name\">");
	html_put(buf, span_of(part->name));
	buf_print(buf, "</span> <span class=\"dim\">%s%s</span></p>\n",
		  note ? "" : words[part->kind], note ? note : "");
	put_entries(buf, part, 0, open);
	if (open < part->entry_count) {
		buf_print(buf, "<details><summary>%d more</summary>\n", part->entry_count - open);
		put_entries(buf, part, open, part->entry_count);
		buf_put_text(buf, "</details>\n");
	}
	buf_put_text(buf, "</div>\n");
}

static void put_parts(const struct page *page, bool is_transform, const char *heading)
{
	const struct meaning *meaning = page->shown->meaning;
	bool has_any = false;

	for (int i = 0; i < meaning->part_count; i++) {
		const struct part_change *part = &meaning->parts[i];

		if (part->is_transform != is_transform)
			continue;
		if (!has_any)
			buf_print(page->buf, "<h3>%s</h3>\n", heading);
		has_any = true;
		put_part(page->buf, part, NULL);
	}
}

static void put_meaning(const struct page *page)
{
	const struct meaning *meaning = page->shown->meaning;
	struct buf *buf = page->buf;

	buf_put_text(buf, "<h2>What is said differently</h2>\n");
	buf_print(buf, "<p class=\"dim\">%d part%s unchanged, proven by fingerprint</p>\n",
		  meaning->same_count, meaning->same_count == 1 ? "" : "s");
	put_parts(page, true, "What makes a record");
	put_parts(page, false, "What is proven of records");
	for (int i = 0; i < meaning->module_count; i++) {
		buf_put_text(buf, "<p>module <code>");
		html_put(buf, meaning->modules[i].before);
		buf_put_text(buf, "</code> → <code>");
		html_put(buf, meaning->modules[i].after);
		buf_put_text(buf, "</code></p>\n");
	}
	if (meaning->aside_count == 0)
		return;
	buf_put_text(buf, "<details><summary>Who and why, which is no meaning</summary>\n");
	for (int i = 0; i < meaning->aside_count; i++)
		put_part(buf, &meaning->asides[i], "who and why");
	buf_put_text(buf, "</details>\n");
}

/* ---- rows ---- */

static double share_of(int64_t count, int64_t of)
{
	return of > 0 ? (double)count / (double)of : 0;
}

static void put_transition(struct buf *buf, const struct transition *item)
{
	buf_put_text(buf, "<tr><td>");
	put_value(buf, item->before, "old");
	buf_put_text(buf, " → ");
	put_value(buf, item->after, "new");
	buf_put_text(buf, "</td><td class=\"number\">");
	text_put_number(buf, item->count);
	buf_put_text(buf, "</td><td class=\"dim\">");
	for (int i = 0; i < item->example_count; i++) {
		buf_put_text(buf, i ? " " : "e.g. ");
		html_put(buf, item->examples[i].key);
	}
	buf_put_text(buf, "</td></tr>\n");
}

static void put_transitions(struct buf *buf, const struct tally *tally, int from, int to)
{
	buf_put_text(buf, "<table class=\"values\">\n");
	for (int i = from; i < to; i++)
		put_transition(buf, &tally->items[i]);
	buf_put_text(buf, "</table>\n");
}

static void put_tally(struct buf *buf, const struct tally *tally)
{
	int open = diff_shown_count(tally, TRANSITIONS_OPEN);
	int shown = tally->item_count < TRANSITIONS_SHOWN ? tally->item_count : TRANSITIONS_SHOWN;
	int64_t rest = tally->others;

	for (int i = shown; i < tally->item_count; i++)
		rest += tally->items[i].count;
	if (open > 0)
		put_transitions(buf, tally, 0, open);
	if (open < shown) {
		buf_print(buf, "<details><summary>%d more</summary>\n", shown - open);
		put_transitions(buf, tally, open, shown);
		buf_put_text(buf, "</details>\n");
	}
	if (rest > 0) {
		buf_put_text(buf, "<p class=\"dim\">others: ");
		text_put_number(buf, rest);
		buf_put_text(buf, "</p>");
	}
}

static void put_counts(struct buf *buf, const struct entity_comparison *entity, int64_t count)
{
	buf_put_text(buf, "</td><td class=\"number\">");
	text_put_number(buf, count);
	buf_put_text(buf, "</td><td class=\"number\">");
	diff_put_percent(buf, count, entity->compared);
	buf_put_text(buf, "</td><td>");
	html_put_bar(buf, share_of(count, entity->compared));
	buf_put_text(buf, "<br><span class=\"dim\">");
	diff_put_extrapolation(buf, entity, count);
	buf_put_text(buf, "</span></td><td>");
}

static void put_stack(struct buf *buf, const struct entity_comparison *entity)
{
	buf_put_text(buf, "<div class=\"stack\">");
	for (int kind = 0; kind < ROW_CLASSES; kind++) {
		if (entity->classes[kind] == 0)
			continue;
		buf_print(buf, "<span class=\"k%d\" style=\"flex:%lld\" title=\"%s\"></span>", kind,
			  (long long)entity->classes[kind], row_class_name((enum row_class)kind));
	}
	buf_put_text(buf, "</div>\n");
}

static void put_outcomes(struct buf *buf, const struct entity_comparison *entity)
{
	buf_put_text(buf,
		     "<div class=\"scroll\"><table>\n<tr><th>outcome</th><th>rows</th><th>share"
		     "</th><th></th><th>why</th></tr>\n");
	for (int kind = 0; kind < ROW_CLASSES; kind++) {
		if (kind != ROW_IDENTICAL && !diff_is_shown(entity, kind))
			continue;
		buf_print(buf, "<tr><td class=\"name\"><span class=\"dot k%d\"></span>%s", kind,
			  row_class_name((enum row_class)kind));
		put_counts(buf, entity, entity->classes[kind]);
		put_tally(buf, &entity->reasons[kind]);
		if (kind == ROW_NEWLY_MAPPED)
			put_tally(buf, &entity->mapped);
		buf_put_text(buf, "</td></tr>\n");
	}
	buf_put_text(buf, "</table></div>\n");
}

static void put_fields(struct buf *buf, const struct entity_comparison *entity)
{
	if (entity->field_count == 0)
		return;
	buf_put_text(
	    buf, "<h3>Fields, in rows that changed</h3>\n<div class=\"scroll\"><table>\n<tr><th>"
		 "field</th><th>rows</th><th>share</th><th></th><th>what became what</th></tr>\n");
	for (int i = 0; i < entity->field_count; i++) {
		const struct field_tally *field = &entity->fields[i];

		buf_put_text(buf, "<tr><td class=\"name\">");
		html_put(buf, field->path);
		buf_put_text(buf, "<br><span class=\"dim\">");
		diff_put_moves(buf, field);
		buf_put_text(buf, "</span>");
		put_counts(buf, entity, field->rows);
		put_tally(buf, &field->transitions);
		buf_put_text(buf, "</td></tr>\n");
	}
	buf_put_text(buf, "</table></div>\n");
	if (entity->other_fields)
		buf_put_text(buf, "<p class=\"warn\">Yet other fields differ.</p>\n");
}

static void put_unknown(struct buf *buf, const struct entity_comparison *entity)
{
	if (entity->unsettled) {
		buf_put_text(buf, "<p class=\"warn\">");
		text_put_number(buf, entity->unsettled);
		buf_put_text(buf,
			     " rows changed in legacy whenever they were read: not known</p>\n");
	}
	if (entity->gone) {
		buf_put_text(buf, "<p class=\"dim\">");
		text_put_number(buf, entity->gone);
		buf_put_text(buf, " rows were gone when they were to be read</p>\n");
	}
}

static void put_entity(struct buf *buf, const struct entity_comparison *entity)
{
	buf_put_text(buf, "<h2>Rows of ");
	html_put(buf, span_of(entity->name));
	buf_put_text(buf, "</h2>\n<p class=\"dim\">");
	if (entity->why_not) {
		buf_print(buf, "not compared: %s</p>\n", entity->why_not);
		return;
	}
	diff_put_coverage(buf, entity);
	buf_put_text(buf, "</p>\n");
	put_stack(buf, entity);
	put_outcomes(buf, entity);
	put_unknown(buf, entity);
	put_fields(buf, entity);
}

static void put_head(const struct page *page)
{
	static const char *const classes[] = { "k2", "k5", "k3" };
	const struct shown_diff *shown = page->shown;
	struct buf *buf = page->buf;
	struct buf words;

	buf_put_text(buf, "<h1>");
	for (int side = 0; side < 2; side++) {
		html_put(buf, span_of(shown->migrations[side]->version));
		buf_put_text(buf, side ? "" : " → ");
	}
	buf_print(buf, " <span class=\"badge %s\">%s</span></h1>\n",
		  classes[shown->judgement->category], category_name(shown->judgement->category));
	buf_init(&words);
	diff_put_verdict(&words, shown);
	put_words(buf, &words);
	buf_put_text(buf, "<p class=\"dim\">");
	for (int side = 0; side < 2; side++) {
		html_put(buf, span_of(shown->paths[side]));
		buf_print(buf, " (%.12s)%s", shown->migrations[side]->transform, side ? "" : " → ");
	}
	if (shown->source) {
		buf_put_text(buf, "; rows from ");
		html_put(buf, span_of(shown->source));
	}
	buf_put_text(buf, "</p>\n");
	buf_release(&words);
}

static void put_foot(const struct page *page)
{
	const struct shown_diff *shown = page->shown;
	struct buf words;

	if (!shown->comparison)
		return;
	buf_init(&words);
	diff_put_method(&words, shown);
	buf_put_char(&words, '\n');
	diff_put_held(&words, shown);
	put_words(page->buf, &words);
	buf_release(&words);
}

void diff_put_html(struct buf *buf, const struct shown_diff *shown)
{
	struct page page = { buf, shown };

	html_begin(buf, "What changed between two versions");
	put_head(&page);
	for (int i = 0; shown->comparison && i < shown->comparison->entity_count; i++)
		put_entity(buf, &shown->comparison->entities[i]);
	put_foot(&page);
	put_meaning(&page);
	html_end(buf);
}
