/*
 * diff_authority.c: for how many of the rows that come out differently the target is believed already, in words.
 */
#include "engine/cli/diff_show.h"
#include "engine/cli/text.h"

enum { RANGES_SHOWN = 5 };

static void put_range(struct buf *buf, const struct held *held, const struct authority_range *range)
{
	buf_print(buf, "%u", range->bucket_first);
	if (range->bucket_last != range->bucket_first)
		buf_print(buf, "–%u", range->bucket_last);
	if (held_kind_count(held) > 1)
		buf_print(buf, " of %.*s", SPAN_ARGS(range->entity));
}

/* "reads: buckets 0–4999, 6000"; false where the target has none. */
static bool put_ranges(struct buf *buf, const struct held *held, enum authority_facet facet)
{
	struct authority_range range;
	size_t at = 0;
	int count = 0;

	while (held_next_range(held, facet, &at, &range)) {
		if (count == 0)
			buf_print(buf, "%s: buckets ", authority_facet_name(facet));
		else if (count < RANGES_SHOWN)
			buf_put_text(buf, ", ");
		if (count++ < RANGES_SHOWN)
			put_range(buf, held, &range);
	}
	if (count > RANGES_SHOWN)
		buf_print(buf, " and %d more", count - RANGES_SHOWN);
	return count > 0;
}

/* What has passed, facet by facet; the bits of the others, whose buckets are all legacy's. */
static unsigned put_passed(struct buf *buf, const struct held *held)
{
	static const char *const what[AUTHORITY_FACETS] = {
		[AUTHORITY_HISTORY] = "are believed as they stand in the target already",
		[AUTHORITY_READS] = "are answered by the target already",
		[AUTHORITY_WRITES] = "are written to the target already",
	};
	unsigned left = 0;
	bool is_first = true;

	for (int facet = 0; facet < AUTHORITY_FACETS; facet++) {
		struct buf ranges;

		buf_init(&ranges);
		if (!put_ranges(&ranges, held, (enum authority_facet)facet)) {
			left |= 1u << facet;
		} else {
			buf_put_text(buf, is_first ? "" : "; ");
			text_put_number(buf, held->believed.counts[facet][AUTHORITY_TARGET]);
			if (is_first) {
				buf_put_text(buf, " of the ");
				text_put_number(buf, held->asked);
				buf_put_text(buf, " rows that come out differently");
			}
			buf_print(buf, " %s (%.*s)", what[facet], SPAN_ARGS(buf_span(&ranges)));
			is_first = false;
		}
		buf_release(&ranges);
	}
	return left;
}

static void put_left(struct buf *buf, unsigned left)
{
	const char *between = "";

	buf_put_text(buf, "Legacy is still believed for ");
	for (int facet = 0; facet < AUTHORITY_FACETS; facet++) {
		if (!(left >> facet & 1))
			continue;
		buf_print(buf, "%sthe %s", between,
			  authority_facet_name((enum authority_facet)facet));
		between = " and ";
	}
	buf_put_text(buf, " of all of them.");
}

void diff_put_authority(struct buf *buf, const struct held *held)
{
	enum { NONE_PASSED = (1 << AUTHORITY_FACETS) - 1 };
	const struct held_authority *believed = &held->believed;
	unsigned left;

	if (believed->fault) {
		buf_put_text(buf, "\nIt is not known who is believed: ");
		text_put_inert(buf, span_of(believed->fault));
	}
	if (believed->fault || held->asked == 0)
		return;
	buf_put_char(buf, '\n');
	left = put_passed(buf, held);
	if (left == NONE_PASSED)
		buf_put_text(buf, "Legacy is still believed for all of them.");
	else
		buf_put_text(buf, left ? ". " : ".");
	if (left && left != NONE_PASSED)
		put_left(buf, left);
	if (believed->no_id == 0)
		return;
	buf_put_char(buf, ' ');
	text_put_number(buf, believed->no_id);
	buf_print(buf, " of them %s no id, as neither version makes a record of %s.",
		  believed->no_id == 1 ? "has" : "have", believed->no_id == 1 ? "it" : "them");
}
