/*
 * observed_text.c: which questions legacy was asked, to be read: the answer first, then the questions, the most asked first.
 */
#include "engine/cli/observed.h"
#include "engine/cli/text.h"

enum { SHOWN_SHAPES = 20, NUMBER_WIDTH = 13, SHARE_WIDTH = 10, NARROW = 100, WHOLE = 10000 };

static const char *colour_of(const struct look *look, enum verdict verdict)
{
	if (verdict == VERDICT_AGREES)
		return look->good;
	return verdict == VERDICT_DIFFERS ? look->alarm : look->notice;
}

/* "99.98 %", "1.2 %", "100 %": hundredths, without zeros at their end. */
static void put_share(struct buf *buf, int share)
{
	buf_print(buf, "%d", share / 100);
	if (share % 10 != 0)
		buf_print(buf, ".%02d", share % 100);
	else if (share % 100 != 0)
		buf_print(buf, ".%d", share % 100 / 10);
	buf_put_text(buf, " %");
}

static void put_count(struct buf *buf, int64_t count, const char *one, const char *many)
{
	text_put_number(buf, count);
	buf_print(buf, " %s", count == 1 ? one : many);
}

/* ---- the answer ---- */

static void put_answer(struct buf *buf, const struct look *look, const struct shown_observed *shown)
{
	const struct observed *observed = shown->observed;
	const struct observed_count *ours = &observed->ours, *covered = &observed->covered;
	int share = observed_share(covered->calls, ours->calls);

	buf_put_text(buf, colour_of(look, shown->verdict));
	if (shown->verdict == VERDICT_UNKNOWN) {
		buf_print(buf, "could not tell%s: ", look->plain);
		text_put_inert(buf, shown->reasons[0]);
	} else if (shown->verdict == VERDICT_AGREES) {
		buf_print(buf, "covered%s: ", look->plain);
		text_put_number(buf, covered->shapes);
		buf_put_text(buf, " of ");
		put_count(buf, ours->shapes, "shape", "shapes");
		buf_put_text(buf, ", 100 % of calls: each that is asked is a query of ");
		text_put_inert(buf, span_of(shown->version));
	} else {
		buf_print(buf, "not covered%s: ", look->plain);
		text_put_number(buf, ours->shapes - covered->shapes);
		buf_put_text(buf, " of ");
		put_count(buf, ours->shapes, "shape", "shapes");
		buf_put_text(buf, " (");
		put_share(buf, WHOLE - share);
		buf_put_text(buf, " of calls) are asked and no query of ");
		text_put_inert(buf, span_of(shown->version));
		buf_put_text(buf, " covers them");
	}
	buf_put_char(buf, '\n');
}

/* All reasons below an answer that says none of them. */
static void put_reasons(struct buf *buf, const struct shown_observed *shown)
{
	for (int i = shown->verdict == VERDICT_UNKNOWN; i < shown->reason_count; i++) {
		buf_put_text(buf, "could not tell: ");
		text_put_inert(buf, shown->reasons[i]);
		buf_put_char(buf, '\n');
	}
}

static void put_counted(struct buf *buf, const struct observed_count *counted, const char *one,
			const char *many)
{
	if (counted->shapes == 0)
		return;
	buf_put_text(buf, ", ");
	put_count(buf, counted->shapes, one, many);
	buf_put_text(buf, " (");
	put_count(buf, counted->calls, "call", "calls");
	buf_put_char(buf, ')');
}

static void put_scope(struct buf *buf, const struct shown_observed *shown)
{
	const struct observed *observed = shown->observed;
	const struct observed_count *covered = &observed->covered, *ours = &observed->ours;

	buf_put_text(buf, "seen in ");
	text_put_inert(buf, span_of(shown->source));
	if (shown->log && shown->log->since) {
		buf_put_text(buf, " since ");
		text_put_inert(buf, span_of(shown->log->since));
	}
	buf_put_text(buf, ": ");
	text_put_number(buf, covered->shapes);
	buf_put_text(buf, " of ");
	put_count(buf, ours->shapes, "shape", "shapes");
	if (ours->shapes) {
		buf_put_text(buf, ", ");
		put_share(buf, observed_share(covered->calls, ours->calls));
		buf_put_text(buf, " of calls, covered");
	}
	put_counted(buf, &observed->elsewhere, "shape of other tables", "shapes of other tables");
	put_counted(buf, &observed->others, "statement that is no question",
		    "statements that are no questions");
	buf_put_char(buf, '\n');
}

/* ---- questions ---- */

static void put_right(struct buf *buf, struct buf *text, int width)
{
	buf_print(buf, "%*.*s", width, SPAN_ARGS(buf_span(text)));
	buf_reset(text);
}

static void put_left(struct buf *buf, struct span text, size_t width)
{
	size_t begin = buf->size;

	text_put_inert(buf, text);
	while (buf->size - begin < width)
		buf_put_char(buf, ' ');
}

/* As much as fits beside what stands before it; a shape has no line ends. */
static void put_shape(struct buf *buf, const struct look *look, size_t column, struct span text)
{
	size_t width = look->columns ? (size_t)look->columns : 4 * (size_t)NARROW, at = 0;

	width = width > column + 20 ? width - column - 1 : 20;
	for (size_t used = 0; at < text.size && used < width; used++)
		at += text_step(text, at);
	text_put_inert(buf, (struct span){ text.data, at });
	buf_print(buf, "%s\n", at < text.size ? "…" : "");
}

static const char *name_of(const struct observed_shape *shape)
{
	if (shape->covered_by)
		return shape->covered_by->info->name;
	return shape->nearest ? shape->nearest->info->name : "";
}

static size_t name_width(const struct shown_observed *shown)
{
	size_t width = strlen("none");

	for (int i = 0; i < shown->observed->shape_count; i++) {
		size_t size = strlen(name_of(&shown->observed->shapes[i]));

		size += shown->observed->shapes[i].covered_by ? 0 : strlen("none, near ");
		width = size > width ? size : width;
	}
	return width + 2;
}

static void put_row(struct buf *buf, const struct look *look, const struct shown_observed *shown,
		    const struct observed_shape *shape, size_t width)
{
	int share = observed_share(shape->calls, shown->observed->ours.calls);
	struct buf cell;
	struct span name;

	buf_init(&cell);
	text_put_number(&cell, shape->calls);
	put_right(buf, &cell, NUMBER_WIDTH);
	if (shape->is_ours && share > 0)
		put_share(&cell, share);
	else
		buf_put_text(&cell, shape->is_ours ? "< 0.01 %" : "");
	put_right(buf, &cell, SHARE_WIDTH);
	buf_put_text(buf, "  ");
	if (shape->is_ours && !shape->covered_by)
		buf_print(&cell, shape->nearest ? "none, near " : "none");
	buf_put_text(&cell, name_of(shape));
	name = buf_span(&cell);
	put_left(buf, name, shape->is_ours ? width : 0);
	buf_release(&cell);
	put_shape(buf, look, NUMBER_WIDTH + SHARE_WIDTH + 2 + (shape->is_ours ? width : 0),
		  shape->text);
}

/* Questions of the rule's sources or of other tables, uncovered or covered: the first ones, and how many more there are. */
static void put_section(struct buf *buf, const struct look *look,
			const struct shown_observed *shown, const char *head, bool is_ours,
			bool is_covered)
{
	size_t width = name_width(shown);
	int64_t count = 0;

	for (int i = 0; i < shown->observed->shape_count; i++) {
		const struct observed_shape *shape = &shown->observed->shapes[i];

		if (shape->is_ours != is_ours || (shape->covered_by != NULL) != is_covered)
			continue;
		if (count++ == 0)
			buf_print(buf, "\n%s%s%s\n", look->strong, head, look->plain);
		if (count <= SHOWN_SHAPES || shown->all)
			put_row(buf, look, shown, shape, width);
	}
	if (count <= SHOWN_SHAPES || shown->all)
		return;
	buf_put_text(buf, "and ");
	text_put_number(buf, count - SHOWN_SHAPES);
	buf_put_text(buf, " more: --all\n");
}

/* Nobody can tell from a statement who sent it, but for the role. */
static void put_own(struct buf *buf, const struct observed *observed)
{
	if (observed->own.shapes == 0)
		return;
	buf_put_char(buf, '\n');
	text_put_number(buf, observed->own.shapes);
	buf_put_text(
	    buf,
	    " of those not covered were asked by the role that --legacy names alone. Where that "
	    "is the engine's own,\n`alter role … set pg_stat_statements.track = 'none'` "
	    "and pg_stat_statements_reset() leave its questions out.\n");
}

static void put_unseen(struct buf *buf, const struct observed *observed)
{
	bool is_first = true;

	for (int q = 0; q < observed->declared_count; q++) {
		if (observed->declared[q].calls > observed->declared[q].own_calls)
			continue;
		buf_put_text(buf, is_first ? "\ndeclared, and nobody was seen asking: " : ", ");
		text_put_inert(buf, span_of(observed->declared[q].info->name));
		is_first = false;
	}
	if (!is_first)
		buf_put_char(buf, '\n');
}

void observed_put_text(struct buf *buf, const struct look *look, const struct shown_observed *shown)
{
	put_answer(buf, look, shown);
	put_reasons(buf, shown);
	put_scope(buf, shown);
	put_section(buf, look, shown, "calls, share of calls, and the nearest query: not covered",
		    true, false);
	put_section(buf, look, shown, "calls, share of calls, and the query: covered", true, true);
	put_section(buf, look, shown, "calls: other tables", false, false);
	put_own(buf, shown->observed);
	put_unseen(buf, shown->observed);
}
