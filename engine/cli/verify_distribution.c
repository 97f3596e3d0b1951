/*
 * verify_distribution.c: how many records of each state, year and decision the rule makes of legacy, and how many the target has: two bars
 * for each, and what share of the one the other is.
 */
#include <stdio.h>

#include "engine/cli/html.h"
#include "engine/cli/text.h"
#include "engine/cli/verify_show.h"

static const char legacy_colour[] = "k0", like_colour[] = "k2", unlike_colour[] = "k3";

static bool is_unlike(const struct stratum_count *stratum)
{
	return stratum->first_unlike != CHUNK_UNKNOWN;
}

int verify_count_unlike(const struct check_result *result)
{
	int count = 0;

	for (int i = 0; i < result->distribution_count; i++)
		count += is_unlike(&result->distribution[i]);
	return count;
}

/* ---- coverage ---- */

/* Only what is all there is 100 %. */
static void put_share(struct buf *buf, int64_t legacy, int64_t target)
{
	double percent = legacy > 0 ? 100.0 * (double)target / (double)legacy : 0;

	if (legacy == target)
		buf_put_text(buf, "100 %");
	else if (legacy == 0)
		buf_put_text(buf, "none in legacy");
	else if (target < legacy)
		buf_print(buf, "%.2f %%", percent > 99.99 ? 99.99 : percent);
	else
		buf_print(buf, "%.2f %%", percent < 100.01 ? 100.01 : percent);
}

static void put_numbers(struct buf *buf, const struct stratum_count *stratum)
{
	int64_t more = stratum->target - stratum->legacy;

	buf_put_text(buf, "<td class=\"number\">");
	text_put_number(buf, stratum->legacy);
	buf_put_text(buf, "</td><td class=\"number\">");
	text_put_number(buf, stratum->target);
	buf_print(buf, "</td><td class=\"number%s\">", is_unlike(stratum) ? " warn" : "");
	put_share(buf, stratum->legacy, stratum->target);
	buf_print(buf, "</td><td class=\"number warn\">%s", more > 0 ? "+" : "");
	if (more != 0)
		text_put_number(buf, more);
	else if (is_unlike(stratum))
		buf_put_text(buf, "in other chunks");
	buf_put_text(buf, "</td>");
}

/* ---- charts ---- */

static double share_of(int64_t count, int64_t of)
{
	return of > 0 ? (double)count / (double)of : 0;
}

static void put_bars(struct buf *buf, const struct stratum_count *stratum, int64_t most)
{
	buf_put_text(buf, "<td class=\"pair\">");
	html_put_bar_in(buf, share_of(stratum->legacy, most), legacy_colour);
	html_put_bar_in(buf, share_of(stratum->target, most),
			is_unlike(stratum) ? unlike_colour : like_colour);
	buf_put_text(buf, "</td>");
}

/* What comes before the value: "enum:state="; of a stratum without one its kind: "decision:". */
static size_t size_of_prefix(const char *name)
{
	size_t kind = strcspn(name, ":") + 1;
	size_t size = strcspn(name, "=") + 1;

	return strncmp(name, "decision:", kind) == 0 || size > strlen(name) ? kind : size;
}

static bool is_of(const struct stratum_count *stratum, const char *prefix, size_t size)
{
	return strncmp(stratum->name, prefix, size) == 0 && size_of_prefix(stratum->name) == size;
}

/* Strata stand by name, so those of a field stand together. */
static int count_chart(const struct stratum_count *strata, int count, size_t prefix, int64_t *most)
{
	int of = 0;

	*most = 0;
	for (; of < count && is_of(&strata[of], strata[0].name, prefix); of++) {
		*most = strata[of].legacy > *most ? strata[of].legacy : *most;
		*most = strata[of].target > *most ? strata[of].target : *most;
	}
	return of;
}

static void put_heading(struct buf *buf, const char *name, size_t prefix)
{
	size_t kind = strcspn(name, ":") + 1;

	buf_put_text(buf, strncmp(name, "year:", kind) == 0 ? "<h3>By year of " : "<h3>By ");
	if (prefix > kind)
		html_put(buf, (struct span){ name + kind, prefix - kind - 1 });
	else
		html_put(buf, (struct span){ name, kind - 1 });
	buf_put_text(buf, "</h3>\n");
}

static int put_chart(struct buf *buf, const struct stratum_count *strata, int count)
{
	size_t prefix = size_of_prefix(strata[0].name);
	int64_t most;
	int of = count_chart(strata, count, prefix, &most);

	put_heading(buf, strata[0].name, prefix);
	buf_put_text(buf, "<div class=\"scroll\"><table class=\"values\">\n<tr><th></th><th></th>"
			  "<th class=\"number\">legacy</th><th class=\"number\">target</th><th "
			  "class=\"number\">coverage</th><th></th></tr>\n");
	for (int i = 0; i < of; i++) {
		buf_put_text(buf, "<tr><td class=\"name\">");
		html_put(buf, span_of(strata[i].name + prefix));
		buf_put_text(buf, "</td>");
		put_bars(buf, &strata[i], most);
		put_numbers(buf, &strata[i]);
		buf_put_text(buf, "</tr>\n");
	}
	buf_put_text(buf, "</table></div>\n");
	return of;
}

static void put_legend(struct buf *buf, const struct check_result *result)
{
	buf_print(buf,
		  "<p class=\"dim\"><span class=\"dot %s\"></span>legacy, by the rule &ensp;<span "
		  "class=\"dot %s\"></span>target, as many of the same chunks &ensp;<span "
		  "class=\"dot %s\"></span>target, not so</p>\n",
		  legacy_colour, like_colour, unlike_colour);
	if (result->distributed == result->expected)
		return;
	buf_put_text(buf, "<p class=\"warn\">Only what could be told is counted here: ");
	text_put_number(buf, result->distributed);
	buf_put_text(buf, " of ");
	text_put_number(buf, result->expected);
	buf_put_text(buf, " rows of legacy.</p>\n");
}

static void put_charts(struct buf *buf, const struct check_result *result, const char *kind)
{
	const struct stratum_count *strata = result->distribution;
	int at = 0;

	while (at < result->distribution_count)
		if (strncmp(strata[at].name, kind, strlen(kind)) == 0)
			at += put_chart(buf, &strata[at], result->distribution_count - at);
		else
			at++;
}

void verify_put_distributions(struct buf *buf, const struct validate_report *report)
{
	static const char *const kinds[] = { "enum:", "year:", "decision:" };

	for (int i = 0; i < report->result_count; i++) {
		const struct check_result *result = &report->results[i];

		if (result->kind != CHECK_BALANCE || result->distribution_count == 0)
			continue;
		buf_put_text(buf, "<h2>Records of ");
		html_put(buf, span_of(result->entity));
		buf_put_text(buf, ", legacy through the rule against the target</h2>\n");
		put_legend(buf, result);
		for (int kind = 0; kind < COUNT_OF(kinds); kind++)
			put_charts(buf, result, kinds[kind]);
	}
}
