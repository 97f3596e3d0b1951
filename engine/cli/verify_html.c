/*
 * verify_html.c: what a validation found as a page: the answer, what was checked and what was not, what a check would notice.
 */
#include "engine/cli/html.h"
#include "engine/cli/text.h"
#include "engine/cli/verify_show.h"

static const char *badge_of(enum verdict verdict)
{
	static const char *const classes[] = {
		[VERDICT_AGREES] = "k2", [VERDICT_DIFFERS] = "k3", [VERDICT_UNKNOWN] = "k1"
	};

	return classes[verdict];
}

static void put_badge(struct buf *buf, enum verdict verdict)
{
	buf_print(buf, "<span class=\"badge %s\">%s</span>", badge_of(verdict),
		  verdict == VERDICT_UNKNOWN ? "could not tell" : verdict_name(verdict));
}

static void put_text_cell(struct buf *buf, const char *text)
{
	buf_put_text(buf, "<td class=\"name\">");
	html_put(buf, span_of(text));
	buf_put_text(buf, "</td>");
}

static void put_number_cell(struct buf *buf, int64_t number)
{
	buf_put_text(buf, "<td class=\"number\">");
	text_put_number(buf, number);
	buf_put_text(buf, "</td>");
}

static double share_of(int64_t count, int64_t of)
{
	return of > 0 ? (double)count / (double)of : 0;
}

/* ---- the answer ---- */

static void put_fact(struct buf *buf, const char *name, struct span text)
{
	buf_print(buf, "<p class=\"dim\">%s <code>", name);
	html_put(buf, text);
	buf_put_text(buf, "</code></p>\n");
}

static void put_answer(struct buf *buf, const struct shown_validation *shown)
{
	const struct validate_report *report = shown->report;
	struct buf evidence;

	buf_put_text(buf, "<h1>");
	put_badge(buf, report->verdict);
	buf_put_text(buf, " Do legacy and target mean the same?</h1>\n");
	put_fact(buf, "by rule version", span_of(shown->migration->version));
	put_fact(buf, "fingerprint", span_of(shown->migration->transform));
	if (report->position_last.data)
		put_fact(buf, "legacy stood at", report->position_last);
	buf_init(&evidence);
	if (shown->evidence.entry_no > 0)
		buf_print(&evidence, "entry %lld of the target's ledger, %s",
			  (long long)shown->evidence.entry_no, shown->evidence.hash);
	else
		buf_print(&evidence, "none: %s", shown->no_evidence);
	put_fact(buf, "evidence", buf_span(&evidence));
	buf_release(&evidence);
}

/* ---- checks ---- */

static void put_result(struct buf *buf, const struct check_result *result)
{
	buf_put_text(buf, "<tr>");
	put_text_cell(buf, check_name(result->kind));
	put_text_cell(buf, result->entity);
	buf_put_text(buf, "<td>");
	put_badge(buf, result->verdict);
	buf_put_text(buf, "</td>");
	put_number_cell(buf, result->expected);
	put_number_cell(buf, result->checked);
	buf_put_text(buf, "<td>");
	html_put_bar(buf, share_of(result->checked, result->expected));
	buf_put_text(buf, "</td>");
	put_number_cell(buf, result->skipped);
	put_number_cell(buf, result->differences);
	buf_put_text(buf, "<td>");
	if (result->why)
		html_put(buf, span_of(result->why));
	buf_put_text(buf, "</td></tr>\n");
}

static void put_results(struct buf *buf, const struct shown_validation *shown)
{
	const struct validate_report *report = shown->report;

	buf_put_text(buf, "<h2>What was checked</h2>\n<div class=\"scroll\"><table>\n<tr><th>check"
			  "</th><th>entity</th><th>answer</th><th>expected</th><th>checked</th><th>"
			  "</th><th>skipped</th><th>differences</th><th>why nobody can tell</th>"
			  "</tr>\n");
	for (int i = 0; i < report->result_count; i++)
		put_result(buf, &report->results[i]);
	buf_put_text(buf, "</table></div>\n");
	for (int i = 0; i < CHECK_KINDS; i++)
		if (!(shown->checks >> i & 1))
			buf_print(buf, "<p class=\"warn\">not asked for: %s</p>\n",
				  check_name((enum check_kind)i));
	for (int i = 0; i < report->result_count; i++) {
		double wrong_at_most;

		if (!validate_confidence(&report->results[i], &wrong_at_most))
			continue;
		buf_print(buf, "<p>%s of ", check_name(report->results[i].kind));
		html_put(buf, span_of(report->results[i].entity));
		buf_put_text(buf, ": none of the ");
		text_put_number(buf, report->results[i].chosen_by_share);
		buf_print(buf,
			  " that the share chose is wrong: of all at most %.3g %% are, at %g "
			  "%%.</p>\n",
			  wrong_at_most * 100, CONFIDENCE_LEVEL * 100);
	}
}

/* ---- what a sample looked at ---- */

static void put_strata_of(struct buf *buf, const struct check_result *result, const char *prefix,
			  const char *heading)
{
	size_t size = strlen(prefix);
	int64_t most = 0;

	for (int i = 0; i < result->stratum_count; i++)
		if (strncmp(result->strata[i].name, prefix, size) == 0 &&
		    result->strata[i].row_count > most)
			most = result->strata[i].row_count;
	if (most == 0)
		return;
	buf_print(buf, "<h3>%s</h3>\n<table class=\"values\">\n", heading);
	for (int i = 0; i < result->stratum_count; i++) {
		const struct stratum *stratum = &result->strata[i];

		if (strncmp(stratum->name, prefix, size) != 0)
			continue;
		buf_put_text(buf, "<tr><td>");
		html_put(buf, span_of(stratum->name + size));
		buf_put_text(buf, "</td>");
		put_number_cell(buf, stratum->row_count);
		buf_put_text(buf, "<td>");
		html_put_bar(buf, share_of(stratum->row_count, most));
		buf_print(buf, "</td><td class=\"warn\">%s</td></tr>\n",
			  stratum->is_thin ? "there are more, and which nobody knows now" : "");
	}
	buf_put_text(buf, "</table>\n");
}

static void put_strata(struct buf *buf, const struct validate_report *report)
{
	static const char *const kinds[][2] = {
		{ "enum:", "By state" },
		{ "year:", "By year" },
		{ "decision:", "By decision" },
		{ "skip:", "Skipped, by reason" },
		{ "reject:", "Rejected, by code" },
	};

	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];

		if (result->stratum_count == 0)
			continue;
		buf_put_text(buf, "<h2>Rows of ");
		html_put(buf, span_of(result->entity));
		buf_put_text(buf, " that were derived again and compared</h2>\n");
		for (int kind = 0; kind < COUNT_OF(kinds); kind++)
			put_strata_of(buf, result, kinds[kind][0], kinds[kind][1]);
	}
}

/* ---- what was asked of both ---- */

/* Classes that no row is of are left out, but for those that would be differences. */
static unsigned classes_of(const struct validate_report *report)
{
	unsigned classes = 1U << ROW_SAME | 1U << ROW_MISSING | 1U << ROW_EXTRA | 1U << ROW_VALUE;

	for (int i = 0; i < report->result_count; i++)
		for (int q = 0; q < report->results[i].query_count; q++)
			for (int kind = 0; kind < ROW_CLASSES; kind++)
				if (report->results[i].queries[q].rows[kind] > 0)
					classes |= 1U << kind;
	return classes;
}

static void put_query(struct buf *buf, const char *entity, const struct query_result *query,
		      unsigned classes)
{
	buf_put_text(buf, "<tr><td><b>");
	html_put(buf, span_of(query->name));
	buf_put_text(buf, "</b><br><span class=\"dim\">");
	html_put(buf, span_of(query->purpose ? query->purpose : ""));
	buf_put_text(buf, "</span></td>");
	put_text_cell(buf, entity);
	put_number_cell(buf, query->expected);
	put_number_cell(buf, query->checked);
	for (int i = 0; i < ROW_CLASSES; i++)
		if (classes >> i & 1)
			put_number_cell(buf, query->rows[i]);
	put_number_cell(buf, query->tolerated);
	buf_put_text(buf, "<td>");
	html_put(buf, span_of(query->why ? query->why : ""));
	buf_put_text(buf, "</td></tr>\n");
}

static void put_queries(struct buf *buf, const struct validate_report *report)
{
	unsigned classes = classes_of(report);
	int count = 0;

	for (int i = 0; i < report->result_count; i++)
		count += report->results[i].query_count;
	if (count == 0)
		return;
	buf_put_text(buf, "<h2>What was asked of both stores</h2>\n<p class=\"dim\">Rows of the "
			  "answers, and what became of each; legacy's by the rule.</p>\n<div "
			  "class=\"scroll\"><table>\n<tr><th>query</th><th>entity</th>"
			  "<th>questions</th><th>asked</th>");
	for (int i = 0; i < ROW_CLASSES; i++)
		if (classes >> i & 1)
			buf_print(buf, "<th>%s</th>", answer_class_name((enum row_class)i));
	buf_put_text(buf, "<th>values tolerated</th><th>why nobody can tell</th></tr>\n");
	for (int i = 0; i < report->result_count; i++)
		for (int q = 0; q < report->results[i].query_count; q++)
			put_query(buf, report->results[i].entity, &report->results[i].queries[q],
				  classes);
	buf_put_text(buf, "</table></div>\n");
}

/* ---- would it notice? ---- */

static void put_noticed(struct buf *buf, const struct check_result *result, enum damage_kind kind)
{
	const struct noticed *noticed = &result->noticed[kind];

	if (!check_claims(result->kind, kind))
		buf_put_text(buf, "<td class=\"dim\">no</td>");
	else if (noticed->done == 0)
		buf_put_text(buf, "<td class=\"dim\">not tried</td>");
	else
		buf_print(buf, "<td%s>%s %lld of %lld</td>",
			  noticed->noticed < noticed->done ? " class=\"warn\"" : "",
			  noticed->noticed < noticed->done ? "overlooked some," : "yes,",
			  (long long)noticed->noticed, (long long)noticed->done);
}

static void put_matrix(struct buf *buf, const struct validate_report *report)
{
	buf_put_text(buf, "<h2>Would it notice?</h2>\n<p class=\"dim\">Before each check looked at "
			  "anything, copies of sound records were damaged in memory.</p>\n<div "
			  "class=\"scroll\"><table>\n<tr><th>damage</th>");
	for (int i = 0; i < report->result_count; i++) {
		buf_print(buf, "<th>%s of ", check_name(report->results[i].kind));
		html_put(buf, span_of(report->results[i].entity));
		buf_put_text(buf, "</th>");
	}
	buf_put_text(buf, "</tr>\n");
	for (int kind = 0; kind < DAMAGE_KINDS; kind++) {
		buf_put_text(buf, "<tr>");
		put_text_cell(buf, damage_name((enum damage_kind)kind));
		for (int i = 0; i < report->result_count; i++)
			put_noticed(buf, &report->results[i], (enum damage_kind)kind);
		buf_put_text(buf, "</tr>\n");
	}
	buf_put_text(buf, "</table></div>\n");
}

/* ---- differences ---- */

static void put_value(struct buf *buf, struct span value)
{
	if (!value.data)
		return;
	buf_put_text(buf, "<span class=\"value\">");
	html_put(buf, value);
	buf_put_text(buf, "</span>");
}

static void put_difference(struct buf *buf, const struct difference *difference)
{
	buf_print(buf, "<tr><td class=\"name\">%s <span class=\"dim\">%s</span></td><td>",
		  difference_name(difference->kind), check_name(difference->check));
	html_put(buf, span_of(difference->entity));
	if (difference->chunk_no != CHUNK_UNKNOWN)
		buf_print(buf, " <span class=\"dim\">chunk %lld</span>",
			  (long long)difference->chunk_no);
	buf_put_text(buf, "</td><td><code>");
	html_put(buf, difference->id.data ? difference->id : SPAN(""));
	buf_put_char(buf, ' ');
	html_put(buf, difference->key.data ? difference->key : SPAN(""));
	buf_put_text(buf, "</code></td><td>");
	html_put(buf, span_of(difference->field ? difference->field : ""));
	buf_put_char(buf, ' ');
	html_put(buf, span_of(difference->text));
	if (difference->query) {
		buf_put_text(buf, " <span class=\"dim\">query ");
		html_put(buf, span_of(difference->query));
		buf_put_text(buf, "</span> <code>");
		html_put(buf, difference->asked);
		buf_put_text(buf, "</code> row <code>");
		html_put(buf, difference->row);
		buf_put_text(buf, "</code>");
	}
	buf_put_text(buf, "</td><td>");
	put_value(buf, difference->legacy);
	buf_put_text(buf, "</td><td>");
	put_value(buf, difference->target);
	buf_put_text(buf, "</td></tr>\n");
}

static void put_differences(struct buf *buf, const struct shown_validation *shown)
{
	if (shown->difference_count == 0)
		return;
	buf_put_text(buf, "<h2>Differences</h2>\n<p class=\"dim\">");
	text_put_number(buf, shown->shown_count);
	buf_put_text(buf, " of ");
	text_put_number(buf, shown->difference_count);
	buf_put_text(buf,
		     " are named here.</p>\n<div class=\"scroll\"><table>\n<tr><th>kind</th>"
		     "<th>entity</th><th>id and key</th><th>what</th><th>legacy by the rule</th>"
		     "<th>target</th></tr>\n");
	for (const struct shown_difference *at = shown->first; at; at = at->next)
		put_difference(buf, &at->difference);
	buf_put_text(buf, "</table></div>\n");
}

void verify_put_html(struct buf *buf, const struct shown_validation *shown)
{
	html_begin(buf, "Do legacy and target mean the same?");
	put_answer(buf, shown);
	put_results(buf, shown);
	put_differences(buf, shown);
	put_queries(buf, shown->report);
	verify_put_distributions(buf, shown->report);
	put_strata(buf, shown->report);
	put_matrix(buf, shown->report);
	html_end(buf);
}
