/*
 * profile_text.c: a profile for a terminal: a line a column, then what there is to decide.
 */
#include "engine/cli/profile_show.h"
#include "engine/cli/text.h"
#include "engine/model/utf8.h"

enum {
	NAME_WIDTH_MAX = 24,
	KIND_WIDTH = 44,
	WIDTH = 100, /* where there is no terminal that says */
	VALUES_ON_A_LINE = 40,
	VALUE_WIDTH = 40,
	BAR_WIDTH = 24,
};

struct page {
	struct buf *buf;
	const struct look *look;
	const struct shown_profile *shown;
	int name_width;
};

static int width_of(struct span text)
{
	return (int)utf8_length(text);
}

/* Inert, at most so wide, and padded to that where something follows. */
static void put_cell(struct buf *buf, struct span text, int width, bool is_padded)
{
	struct buf inert;
	struct span shown;

	buf_init(&inert);
	text_put_inert(&inert, text);
	shown = buf_span(&inert);
	if (utf8_first_bad(shown) == shown.size && width_of(shown) > width) {
		shown.size = utf8_offset(shown, (size_t)width - 1);
		buf_put_span(buf, shown);
		buf_put_text(buf, "…");
	} else {
		buf_put_span(buf, shown);
		for (int at = width_of(shown); is_padded && at < width; at++)
			buf_put_char(buf, ' ');
	}
	buf_release(&inert);
}

static void put_percent(struct buf *buf, int64_t count, int64_t of)
{
	double percent = of > 0 ? 100.0 * (double)count / (double)of : 0;

	buf_print(buf, percent < 0.1 ? "<0.1%%" : percent < 9.95 ? "%.1f%%" : "%.0f%%", percent);
}

/* ---- a column on a line ---- */

static void put_values(const struct page *page, const struct column_profile *column)
{
	struct buf *buf = page->buf;
	int room =
	    (page->look->columns ? page->look->columns : WIDTH) - page->name_width - KIND_WIDTH;

	if (room < VALUES_ON_A_LINE)
		room = VALUES_ON_A_LINE;
	if (column->least.data && !(column->is_vocabulary && column->distinct_count <= 2)) {
		put_cell(buf, column->least, VALUE_WIDTH / 2, false);
		buf_put_text(buf, " … ");
		put_cell(buf, column->greatest, VALUE_WIDTH / 2, false);
		return;
	}
	if (!column->is_vocabulary || column->distinct_count > VALUES_ON_A_LINE) {
		buf_put_text(buf, column->is_vocabulary ? "" : "about ");
		text_put_number(buf, column->distinct_count);
		buf_put_text(buf, " different");
		return;
	}
	for (int i = 0, used = 0; i < column->value_kinds && used < room; i++) {
		size_t before = buf->size;

		buf_put_text(buf, i ? ", " : "");
		put_cell(buf, column->values[i].value.size ? column->values[i].value : SPAN("\"\""),
			 VALUE_WIDTH / 2, false);
		buf_put_char(buf, ' ');
		put_percent(buf, column->values[i].count, column->value_count + column->null_count);
		used += (int)(buf->size - before);
		if (used >= room && i + 1 < column->value_kinds)
			buf_print(buf, ", %d more", column->value_kinds - i - 1);
	}
}

static void put_column(const struct page *page, const struct column_profile *column)
{
	struct buf *buf = page->buf;

	buf_put_text(buf, "  ");
	put_cell(buf, span_of(column->info->name), page->name_width, true);
	buf_put_text(buf, "  ");
	put_cell(buf, span_of(profile_kind(page->shown->arena, column)), KIND_WIDTH, true);
	if (column->null_count > 0 && column->value_count > 0) {
		buf_put_text(buf, "  NULL ");
		put_percent(buf, column->null_count, column->null_count + column->value_count);
	}
	if (column->value_count > 0) {
		buf_put_text(buf, "  ");
		put_values(page, column);
	}
	buf_put_char(buf, '\n');
}

/* ---- a column with all its values ---- */

static void put_bar(struct buf *buf, int64_t count, int64_t most)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	int64_t filled = most > 0 ? (count * BAR_WIDTH * 8 + most / 2) / most : 0;

	if (filled == 0 && count > 0)
		filled = 1;
	for (int64_t i = 0; i < filled / 8; i++)
		buf_put_text(buf, "█");
	buf_put_text(buf, eighths[filled % 8]);
	for (int64_t i = (filled + 7) / 8; i < BAR_WIDTH; i++)
		buf_put_char(buf, ' ');
}

static void put_value(const struct page *page, const struct column_profile *column, int index,
		      int width)
{
	const struct value_count *value = &column->values[index];
	struct buf *buf = page->buf;
	struct buf number;

	buf_init(&number);
	text_put_number(&number, value->count);
	buf_put_text(buf, "    ");
	put_cell(buf, value->value.size ? value->value : SPAN("\"\""), width, true);
	buf_print(buf, " %11s  ", number.data);
	put_bar(buf, value->count, column->values[0].count);
	if (value->first_day != DAY_UNKNOWN) {
		buf_put_text(buf, "  ");
		profile_put_day(buf, value->first_day);
		buf_put_text(buf, " … ");
		profile_put_day(buf, value->last_day);
	}
	buf_put_char(buf, '\n');
	buf_release(&number);
}

static void put_all_values(const struct page *page, const struct column_profile *column)
{
	int width = 2;

	for (int i = 0; i < column->value_kinds; i++) {
		int wanted = width_of(column->values[i].value);

		width = wanted > width ? wanted : width;
	}
	width = width > VALUE_WIDTH ? VALUE_WIDTH : width;
	if (!column->is_vocabulary) {
		buf_put_text(page->buf, "    about ");
		text_put_number(page->buf, column->distinct_count);
		buf_put_text(page->buf, " different values, the most frequent of the first:\n");
	}
	for (int i = 0; i < column->value_kinds; i++)
		put_value(page, column, i, width);
}

/* ---- what there is to decide ---- */

static void put_example(const struct page *page, const struct table_profile *table,
			const struct finding *finding)
{
	struct buf *buf = page->buf;
	struct buf key;

	if (finding->key.data == NULL && finding->value.data == NULL)
		return;
	buf_init(&key);
	buf_print(buf, "%s      e.g. ", page->look->dim);
	if (finding->value.data) {
		buf_put_char(buf, '"');
		put_cell(buf, finding->value, VALUE_WIDTH, false);
		buf_put_char(buf, '"');
	}
	if (finding->key.data) {
		profile_put_key(&key, table, finding->key, page->shown->arena);
		buf_put_text(buf, finding->value.data ? "  in  " : "");
		put_cell(buf, buf_span(&key), 2 * VALUE_WIDTH, false);
	}
	buf_print(buf, "%s\n", page->look->plain);
	buf_release(&key);
}

static void put_options(const struct page *page, const struct finding *finding)
{
	struct buf line;

	buf_init(&line);
	profile_put_options(&line, finding);
	buf_put_text(page->buf, "      ");
	text_put_wrapped(page->buf, page->look, 6, 6, buf_span(&line));
	buf_put_char(page->buf, '\n');
	buf_release(&line);
}

static void put_finding(const struct page *page, const struct table_profile *table,
			const struct finding *finding)
{
	struct buf *buf = page->buf;
	const struct look *look = page->look;

	buf_print(buf, "  %s%s%s  ", look->notice, finding->name, look->plain);
	if (finding->column) {
		buf_put_text(buf, look->strong);
		put_cell(buf, span_of(finding->column), NAME_WIDTH_MAX, false);
		buf_print(buf, "%s  ", look->plain);
	}
	if (finding->count > 0) {
		text_put_number(buf, finding->count);
		buf_print(buf, finding->count == 1 ? " row" : " rows");
	}
	buf_put_text(buf, "\n      ");
	text_put_wrapped(buf, look, 6, 6, span_of(finding->text));
	buf_put_char(buf, '\n');
	put_example(page, table, finding);
	buf_put_text(buf, "      ");
	text_put_wrapped(buf, look, 6, 6, span_of(finding->advice));
	buf_put_char(buf, '\n');
	if (finding->options[0].name)
		put_options(page, finding);
}

static void put_head(const struct page *page, const struct table_profile *table)
{
	struct buf *buf = page->buf;

	buf_put_text(buf, page->look->strong);
	text_put_inert(buf, span_of(table->name));
	buf_print(buf, "%s  ", page->look->plain);
	if (table->fault) {
		buf_print(buf, "%snot looked at%s\n  ", page->look->alarm, page->look->plain);
		text_put_wrapped(buf, page->look, 2, 2, span_of(table->fault));
		buf_put_char(buf, '\n');
		return;
	}
	text_put_number(buf, table->row_count);
	buf_put_text(buf, table->row_count == 1 ? " row" : " rows");
	if (table->read_count < table->row_count) {
		buf_put_text(buf, ", ");
		text_put_number(buf, table->read_count);
		buf_put_text(buf, " of them looked at");
	}
	buf_put_text(buf, table->key_count ? "  key " : "  no key");
	for (int i = 0; i < table->key_count; i++) {
		buf_put_text(buf, i ? ", " : "");
		text_put_inert(buf, span_of(table->key[i]));
	}
	if (table->dated_by >= 0) {
		buf_put_text(buf, "  dated by ");
		text_put_inert(buf, span_of(table->info->columns[table->dated_by].name));
	}
	buf_put_char(buf, '\n');
}

static void put_table(struct page *page, const struct table_profile *table)
{
	page->name_width = 1;
	for (int i = 0; i < table->column_count; i++) {
		int width = width_of(span_of(table->columns[i].info->name));

		page->name_width = width > page->name_width ? width : page->name_width;
	}
	if (page->name_width > NAME_WIDTH_MAX)
		page->name_width = NAME_WIDTH_MAX;
	put_head(page, table);
	for (int i = 0; i < table->column_count; i++) {
		put_column(page, &table->columns[i]);
		if (page->shown->is_column)
			put_all_values(page, &table->columns[i]);
	}
	for (int i = 0; i < table->finding_count; i++) {
		const struct finding *finding = &table->findings[i];

		if (i == 0 || finding->weight != finding[-1].weight)
			buf_print(page->buf, "  %s\n", profile_heading(finding->weight));
		put_finding(page, table, finding);
	}
	buf_put_char(page->buf, '\n');
}

static void put_end(const struct page *page)
{
	const struct profile *profile = page->shown->profile;
	int columns = 0, findings = 0, faults = 0;

	for (int i = 0; i < profile->table_count; i++) {
		columns += profile->tables[i].column_count;
		findings += profile->tables[i].finding_count;
		faults += profile->tables[i].fault != NULL;
	}
	buf_print(page->buf, "%d table%s, %d column%s, %d thing%s to decide or to say",
		  profile->table_count, profile->table_count == 1 ? "" : "s", columns,
		  columns == 1 ? "" : "s", findings, findings == 1 ? "" : "s");
	if (faults)
		buf_print(page->buf, "; %d table%s could not be looked at", faults,
			  faults == 1 ? "" : "s");
	buf_put_char(page->buf, '\n');
	if (page->shown->is_sampled)
		buf_put_text(page->buf,
			     "counts are of the rows that were looked at; --full looks at "
			     "all of them\n");
	if (!page->shown->is_column && columns > 0)
		buf_put_text(page->buf,
			     "every value of one column: engine profile TABLE.COLUMN      "
			     "as a page: --html FILE\n");
}

void profile_put_text(struct buf *buf, const struct look *look, const struct shown_profile *shown)
{
	struct page page = { buf, look, shown, 0 };

	for (int i = 0; i < shown->profile->table_count; i++)
		put_table(&page, &shown->profile->tables[i]);
	put_end(&page);
}
