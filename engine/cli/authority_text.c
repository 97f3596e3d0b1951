/*
 * authority_text.c: who is believed for which buckets, for people and as JSON.
 */
#include "engine/cli/authority_text.h"

#include "engine/cli/text.h"
#include "engine/model/instant.h"

enum { FACET_WIDTH = 9, BUCKETS_WIDTH = 11, SIDE_WIDTH = 8 };

/* ---- as text ---- */

/* Whose the buckets of the kind are: bits, 1 << enum authority_side. */
static unsigned sides_of(const struct authority *authority, struct span kind, bool *has_rows)
{
	struct authority_range range;
	unsigned sides = 0;

	*has_rows = false;
	for (int facet = 0; facet < AUTHORITY_FACETS; facet++)
		for (uint32_t bucket = 0; authority_next(
			 authority, kind, (enum authority_facet)facet, &bucket, &range);) {
			sides |= 1u << range.holder;
			*has_rows = *has_rows || range.entry_no > 0;
		}
	return sides;
}

static void put_blanks(struct buf *buf, int count)
{
	buf_print(buf, "%*s", count > 0 ? count : 0, "");
}

static void put_buckets(struct buf *buf, const struct authority_range *range)
{
	char first[12], last[12];
	int first_width = snprintf(first, sizeof(first), "%u", range->bucket_first);
	int last_width = snprintf(last, sizeof(last), "%u", range->bucket_last);

	buf_put_text(buf, first);
	if (range->bucket_first != range->bucket_last)
		buf_print(buf, "–%s", last);
	else
		last_width = -1;
	put_blanks(buf, BUCKETS_WIDTH - first_width - last_width - 1);
}

static void put_range(struct buf *buf, const struct look *look, const struct authority_range *range)
{
	char since[INSTANT_TEXT_SIZE];

	buf_print(buf, "  %-*s", FACET_WIDTH,
		  range->bucket_first == 0 ? authority_facet_name(range->facet) : "");
	put_buckets(buf, range);
	buf_print(buf, "%s%s%s", range->holder == AUTHORITY_TARGET ? look->notice : "",
		  authority_side_name(range->holder), look->plain);
	/* Microseconds stay in the JSON. */
	if (range->entry_no > 0 && instant_to_text(range->since_us, since)) {
		put_blanks(buf, SIDE_WIDTH - (int)strlen(authority_side_name(range->holder)));
		buf_print(buf, "since %.19sZ, entry %lld of the ledger", since,
			  (long long)range->entry_no);
	}
	buf_put_char(buf, '\n');
}

static void put_kind(struct buf *buf, const struct look *look, const struct authority_shown *shown,
		     const struct authority_kind *kind)
{
	struct authority_range range;
	bool has_rows;

	sides_of(&shown->authority, kind->name, &has_rows);
	buf_put_text(buf, look->strong);
	text_put_inert(buf, kind->name);
	buf_put_text(buf, look->plain);
	if (!has_rows) {
		buf_put_text(buf, ": legacy, for all of it\n");
		return;
	}
	buf_put_text(buf, kind->is_moved ? "\n" : ": nothing of it was moved into this target\n");
	for (int facet = 0; facet < AUTHORITY_FACETS; facet++)
		for (uint32_t bucket = 0;
		     authority_next(&shown->authority, kind->name, (enum authority_facet)facet,
				    &bucket, &range);)
			put_range(buf, look, &range);
}

static void put_answer(struct buf *buf, const struct authority_shown *shown)
{
	unsigned sides = 0;
	bool has_rows;

	for (size_t i = 0; i < shown->kind_count; i++)
		sides |= sides_of(&shown->authority, shown->kinds[i].name, &has_rows);
	if (sides == 0)
		buf_put_text(buf, "nothing was moved into this target yet: ");
	if (!(sides >> AUTHORITY_TARGET & 1))
		buf_put_text(buf, "legacy is believed for everything\n");
	else if (sides >> AUTHORITY_LEGACY & 1)
		buf_put_text(buf, "the target is believed for some of it\n");
	else
		buf_put_text(buf, "the target is believed for everything\n");
}

void authority_put_text(struct buf *buf, const struct look *look,
			const struct authority_shown *shown)
{
	put_answer(buf, shown);
	for (size_t i = 0; i < shown->kind_count; i++)
		put_kind(buf, look, shown, &shown->kinds[i]);
}

/* ---- as JSON ---- */

void authority_put_range_json(struct json_writer *json, const struct authority_range *range)
{
	char since[INSTANT_TEXT_SIZE];
	bool has_row = range->entry_no > 0;

	json_open(json, '{');
	json_key_string(json, "entity", range->entity);
	json_key_text(json, "facet", authority_facet_name(range->facet));
	json_key_int(json, "bucketFirst", range->bucket_first);
	json_key_int(json, "bucketLast", range->bucket_last);
	json_key_text(json, "holder", authority_side_name(range->holder));
	json_key_text(json, "since",
		      has_row && instant_to_text(range->since_us, since) ? since : NULL);
	json_key(json, "entry");
	if (has_row)
		json_int(json, range->entry_no);
	else
		json_text(json, NULL);
	json_close(json, '}');
}

static void put_ranges_json(struct json_writer *json, const struct authority *authority,
			    struct span kind)
{
	struct authority_range range;

	for (int facet = 0; facet < AUTHORITY_FACETS; facet++)
		for (uint32_t bucket = 0;
		     authority_next(authority, kind, (enum authority_facet)facet, &bucket, &range);)
			authority_put_range_json(json, &range);
}

void authority_put_json(struct buf *buf, const struct authority_shown *shown)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key(&json, "entities");
	json_open(&json, '[');
	for (size_t i = 0; i < shown->kind_count; i++) {
		json_open(&json, '{');
		json_key_string(&json, "entity", shown->kinds[i].name);
		json_key(&json, "moved");
		json_bool(&json, shown->kinds[i].is_moved);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_key(&json, "ranges");
	json_open(&json, '[');
	for (size_t i = 0; i < shown->kind_count; i++)
		put_ranges_json(&json, &shown->authority, shown->kinds[i].name);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}
