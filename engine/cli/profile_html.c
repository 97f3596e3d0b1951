/*
 * profile_html.c: a profile as a page: what there is to decide first, then a line with its charts for each column.
 */
#include "engine/cli/html.h"
#include "engine/cli/profile_show.h"
#include "engine/cli/text.h"

enum { VALUES_OPEN = 8 };

struct page {
	struct buf *buf;
	const struct shown_profile *shown;
	const struct table_profile *table;
	int first_year, year_count; /* that any row of the table lies in */
};

static void put_number(struct buf *buf, int64_t number)
{
	text_put_number(buf, number);
}

static void put_value(struct buf *buf, struct span value)
{
	buf_put_text(buf, "<span class=\"value\">");
	if (value.size)
		html_put(buf, value);
	else
		buf_put_text(buf, "&quot;&quot;");
	buf_put_text(buf, "</span>");
}

/* ---- what there is to decide ---- */

static void put_finding(struct page *page, const struct finding *finding)
{
	struct buf *buf = page->buf;
	struct buf key; /* and what else is put together */

	buf_init(&key);
	buf_put_text(buf, "<div class=\"finding\"><p><span class=\"warn\">");
	html_put(buf, span_of(finding->name));
	buf_put_text(buf, "</span> ");
	if (finding->column) {
		buf_put_text(buf, "<span class=\"name\">");
		html_put(buf, span_of(finding->column));
		buf_put_text(buf, "</span> ");
	}
	if (finding->count > 0) {
		buf_put_text(buf, "<span class=\"dim\">");
		put_number(buf, finding->count);
		buf_print(buf, " row%s</span>", finding->count == 1 ? "" : "s");
	}
	buf_put_text(buf, "</p><p>");
	html_put(buf, span_of(finding->text));
	buf_put_text(buf, "</p>");
	if (finding->value.data || finding->key.data) {
		buf_put_text(buf, "<p class=\"dim\">e.g. ");
		if (finding->value.data)
			put_value(buf, finding->value);
		if (finding->key.data) {
			profile_put_key(&key, page->table, finding->key, page->shown->arena);
			buf_put_text(buf, finding->value.data ? " in " : "");
			html_put(buf, buf_span(&key));
		}
		buf_put_text(buf, "</p>");
	}
	buf_put_text(buf, "<p><code>");
	html_put(buf, span_of(finding->advice));
	buf_put_text(buf, "</code></p>");
	if (finding->options[0].name) {
		buf_reset(&key);
		profile_put_options(&key, finding);
		buf_put_text(buf, "<p>");
		html_put(buf, buf_span(&key));
		buf_put_text(buf, "</p>");
	}
	buf_release(&key);
	buf_put_text(buf, "</div>\n");
}

/* ---- columns ---- */

static void put_value_row(struct page *page, const struct column_profile *column,
			  const struct value_count *value)
{
	struct buf *buf = page->buf;
	int64_t rows = column->value_count + column->null_count;

	buf_put_text(buf, "<tr><td>");
	put_value(buf, value->value);
	buf_put_text(buf, "</td><td class=\"number\">");
	put_number(buf, value->count);
	buf_put_text(buf, "</td><td>");
	html_put_bar(buf, rows ? (double)value->count / (double)rows : 0);
	buf_put_text(buf, "</td><td>");
	if (value->years && page->year_count > 1)
		html_put_years(buf, value->years + page->first_year - PROFILE_FIRST_YEAR,
			       page->first_year, page->year_count);
	buf_put_text(buf, "</td><td class=\"dim\">");
	if (value->first_day != DAY_UNKNOWN) {
		profile_put_day(buf, value->first_day);
		buf_put_text(buf, " … ");
		profile_put_day(buf, value->last_day);
	}
	buf_put_text(buf, "</td></tr>\n");
}

static void put_rows(struct page *page, const struct column_profile *column, int from, int to)
{
	buf_put_text(page->buf, "<table class=\"values\">\n");
	for (int i = from; i < to; i++)
		put_value_row(page, column, &column->values[i]);
	buf_put_text(page->buf, "</table>\n");
}

static void put_values(struct page *page, const struct column_profile *column)
{
	struct buf *buf = page->buf;
	int open = column->value_kinds < VALUES_OPEN ? column->value_kinds : VALUES_OPEN;

	if (!column->is_vocabulary) {
		buf_put_text(buf, "<p>about ");
		put_number(buf, column->distinct_count);
		buf_put_text(buf, " different, such as ");
		for (int i = 0; i < column->sample_count; i++) {
			buf_put_text(buf, i ? " " : "");
			put_value(buf, column->samples[i]);
		}
		buf_put_text(buf, "</p>");
		return;
	}
	put_rows(page, column, 0, open);
	if (open == column->value_kinds)
		return;
	buf_print(buf, "<details><summary>%d more</summary>\n", column->value_kinds - open);
	put_rows(page, column, open, column->value_kinds);
	buf_put_text(buf, "</details>\n");
}

static void put_column(struct page *page, const struct column_profile *column)
{
	struct buf *buf = page->buf;
	int64_t rows = column->value_count + column->null_count;

	buf_put_text(buf, "<tr><td class=\"name\">");
	html_put(buf, span_of(column->info->name));
	buf_put_text(buf, "<br><span class=\"dim\">");
	html_put(buf, span_of(column->info->type));
	buf_put_text(buf, "</span></td><td>");
	html_put(buf, span_of(profile_kind(page->shown->arena, column)));
	if (column->least.data) {
		buf_put_text(buf, "<br>");
		put_value(buf, column->least);
		buf_put_text(buf, " … ");
		put_value(buf, column->greatest);
	}
	buf_put_text(buf, "</td><td>");
	html_put_bar(buf, rows ? (double)column->null_count / (double)rows : 0);
	buf_put_text(buf, "<br><span class=\"dim\">");
	put_number(buf, column->null_count);
	buf_put_text(buf, "</span></td><td>");
	put_values(page, column);
	buf_put_text(buf, "</td></tr>\n");
}

/* ---- a table ---- */

static void find_years(struct page *page)
{
	int first = PROFILE_YEARS, last = -1;

	for (int c = 0; c < page->table->column_count; c++)
		for (int v = 0; v < page->table->columns[c].value_kinds; v++) {
			const uint32_t *years = page->table->columns[c].values[v].years;

			for (int y = 0; years && y < PROFILE_YEARS; y++) {
				if (years[y] == 0)
					continue;
				first = y < first ? y : first;
				last = y > last ? y : last;
			}
		}
	page->first_year = PROFILE_FIRST_YEAR + first;
	page->year_count = last - first + 1;
}

static void put_facts(struct page *page)
{
	const struct table_profile *table = page->table;
	struct buf *buf = page->buf;

	buf_put_text(buf, "<p class=\"dim\">");
	put_number(buf, table->row_count);
	buf_print(buf, " row%s", table->row_count == 1 ? "" : "s");
	if (table->read_count < table->row_count) {
		buf_put_text(buf, ", ");
		put_number(buf, table->read_count);
		buf_put_text(buf, " of them looked at");
	}
	buf_put_text(buf, table->key_count ? "; key " : "; no key");
	for (int i = 0; i < table->key_count; i++) {
		buf_put_text(buf, i ? ", " : "");
		html_put(buf, span_of(table->key[i]));
	}
	if (table->dated_by >= 0) {
		buf_put_text(buf, "; dated by ");
		html_put(buf, span_of(table->info->columns[table->dated_by].name));
	}
	buf_put_text(buf, "</p>\n");
}

static void put_table(struct page *page, int number)
{
	const struct table_profile *table = page->table;
	struct buf *buf = page->buf;

	buf_print(buf, "<h2 id=\"t%d\">", number);
	html_put(buf, span_of(table->name));
	buf_put_text(buf, "</h2>\n");
	if (table->fault) {
		buf_put_text(buf, "<p class=\"warn\">not looked at: ");
		html_put(buf, span_of(table->fault));
		buf_put_text(buf, "</p>\n");
		return;
	}
	find_years(page);
	put_facts(page);
	for (int i = 0; i < table->finding_count; i++) {
		const struct finding *finding = &table->findings[i];

		if (i == 0 || finding->weight != finding[-1].weight)
			buf_print(buf, "<h3>%s</h3>\n", profile_heading(finding->weight));
		put_finding(page, finding);
	}
	buf_put_text(buf, "<div class=\"scroll\"><table>\n<tr><th>column</th><th>holds</th><th>"
			  "NULL</th><th>values</th></tr>\n");
	for (int i = 0; i < table->column_count; i++)
		put_column(page, &table->columns[i]);
	buf_put_text(buf, "</table></div>\n");
}

static void put_contents(struct page *page)
{
	const struct profile *profile = page->shown->profile;
	struct buf *buf = page->buf;

	buf_put_text(buf, "<nav>\n");
	for (int i = 0; i < profile->table_count; i++) {
		const struct table_profile *table = &profile->tables[i];

		buf_print(buf, "<a href=\"#t%d\">", i);
		html_put(buf, span_of(table->name));
		buf_put_text(buf, " <span class=\"dim\">");
		put_number(buf, table->row_count);
		buf_put_text(buf, "</span>");
		if (table->finding_count)
			buf_print(buf, " <span class=\"warn\">%d</span>", table->finding_count);
		buf_put_text(buf, "</a>\n");
	}
	buf_put_text(buf, "</nav>\n");
}

void profile_put_html(struct buf *buf, const struct shown_profile *shown)
{
	struct page page = { .buf = buf, .shown = shown };

	html_begin(buf, "What legacy holds");
	buf_put_text(buf, "<h1>What legacy holds</h1>\n<p class=\"dim\">");
	html_put(buf, span_of(shown->legacy));
	buf_put_text(buf, "</p>\n");
	if (shown->is_sampled)
		buf_put_text(buf,
			     "<p>Large tables were looked at in blocks spread evenly over their "
			     "keys; counts are of the rows that were looked at.</p>\n");
	put_contents(&page);
	for (int i = 0; i < shown->profile->table_count; i++) {
		page.table = &shown->profile->tables[i];
		put_table(&page, i);
	}
	html_end(buf);
}
