/*
 * diff_words.c: the sentences that a comparison is told in, whatever it is told on.
 */
#include "engine/cli/diff_show.h"
#include "engine/cli/text.h"

enum { ALIKE = 18, BEFORE_FOCUS = 12 };

const char *diff_sign(enum change_kind kind)
{
	static const char *const signs[] = { "+", "-", "~" };

	return signs[kind];
}

struct span diff_value(struct span value)
{
	return value.data ? value : SPAN("–");
}

struct span diff_take_line(struct span *rest)
{
	const char *end = memchr(rest->data, '\n', rest->size);
	struct span line = { rest->data, end ? (size_t)(end - rest->data) : rest->size };
	size_t taken = line.size + (end != NULL);

	*rest = (struct span){ rest->data + taken, rest->size - taken };
	return line;
}

void diff_focus(struct arena *arena, struct span *before, struct span *after)
{
	size_t same = 0;

	if (!before->data || !after->data)
		return;
	while (same < before->size && same < after->size && before->data[same] == after->data[same])
		same++;
	if (same < ALIKE)
		return;
	same -= BEFORE_FOCUS;
	while (same > 0 && ((unsigned char)before->data[same] & 0xC0) == 0x80)
		same--;
	*before = arena_print(arena, "…%.*s", (int)(before->size - same), before->data + same);
	*after = arena_print(arena, "…%.*s", (int)(after->size - same), after->data + same);
}

int diff_shown_count(const struct tally *tally, int most)
{
	int count = 0;

	while (count < tally->item_count && count < most &&
	       (count < EXAMPLES_MAX || tally->items[count].count > 1))
		count++;
	return count;
}

static void put_some(struct buf *buf, int64_t count, const char *what, const char **between)
{
	if (count == 0)
		return;
	buf_put_text(buf, *between);
	text_put_number(buf, count);
	buf_print(buf, " %s", what);
	*between = ", ";
}

void diff_put_moves(struct buf *buf, const struct field_tally *field)
{
	const char *between = "";

	put_some(buf, field->fell, field->is_time ? "earlier" : "less", &between);
	put_some(buf, field->rose, field->is_time ? "later" : "more", &between);
	put_some(buf, field->changed - field->fell - field->rose, "changed", &between);
	put_some(buf, field->appeared, "appeared", &between);
	put_some(buf, field->vanished, "vanished", &between);
}

bool diff_is_shown(const struct entity_comparison *entity, int kind)
{
	return kind != ROW_IDENTICAL && entity->classes[kind] > 0;
}

/* In whole hundredths of a percent: no locale, and the same everywhere. */
void diff_put_percent(struct buf *buf, int64_t count, int64_t of)
{
	int64_t hundredths = of > 0 ? (int64_t)((double)count * 10000.0 / (double)of + 0.5) : 0;

	if (count > 0 && hundredths == 0) {
		buf_put_text(buf, "<0.01 %");
		return;
	}
	/* All of them, or not quite. */
	if (count < of && hundredths == 10000)
		hundredths = 9999;
	buf_print(buf, "%lld.%02lld %%", (long long)(hundredths / 100),
		  (long long)(hundredths % 100));
}

void diff_put_coverage(struct buf *buf, const struct entity_comparison *entity)
{
	if (entity->compared == entity->total) {
		buf_put_text(buf, entity->total == 1 ? "the only row" : "all ");
		if (entity->total != 1) {
			text_put_number(buf, entity->total);
			buf_put_text(buf, " rows");
		}
		return;
	}
	text_put_number(buf, entity->compared);
	buf_put_text(buf, " of ");
	text_put_number(buf, entity->total);
	buf_put_text(buf, " rows");
}

void diff_put_extrapolation(struct buf *buf, const struct entity_comparison *entity, int64_t count)
{
	struct interval interval;

	if (entity->compared == 0 || entity->compared >= entity->total)
		return;
	interval = compare_interval(count, entity->compared, entity->total);
	buf_put_text(buf, "about ");
	text_put_number(buf, interval.likely);
	buf_put_text(buf, " of all (");
	text_put_number(buf, interval.low);
	buf_put_text(buf, " to ");
	text_put_number(buf, interval.high);
	buf_put_char(buf, ')');
}

void diff_put_method(struct buf *buf, const struct shown_diff *shown)
{
	const struct comparison *comparison = shown->comparison;
	bool is_sampled = false;

	for (int i = 0; i < comparison->entity_count; i++)
		is_sampled = is_sampled || (!comparison->entities[i].why_not &&
					    !comparison->entities[i].is_whole);
	if (shown->is_given)
		buf_put_text(buf, "Every row that was given.");
	else if (!is_sampled)
		buf_put_text(buf, shown->is_cold ? "Every row that was archived"
						 : "Every row of legacy");
	else
		buf_put_text(buf, "The rows whose keys have the lowest hashes");
	if (shown->is_given)
		return;
	if (is_sampled && shown->seed)
		buf_print(buf, " under the seed \"%s\"", shown->seed);
	else if (is_sampled)
		buf_put_text(buf, " (--seed TEXT takes others)");
	if (shown->is_cold)
		buf_put_text(buf, ", as sealed.");
	else
		buf_put_text(buf, "; what is read at once is one snapshot of legacy, and a row "
				  "that moved between both versions' reads was read again.");
	if (is_sampled)
		buf_put_text(buf,
			     " Numbers of all rows are estimates, with the interval that holds "
			     "them in 95 of 100 samples (Wilson).");
}

void diff_put_held(struct buf *buf, const struct shown_diff *shown)
{
	const struct held *held = shown->held;

	/* Made inert here already: whoever shows it takes it line by line, and nobody else is to begin one. */
	if (shown->held_fault) {
		buf_put_text(buf, "It is not known what the target holds: ");
		text_put_inert(buf, span_of(shown->held_fault));
	}
	if (!held)
		return;
	text_put_number(buf, held->asked - held->not_held);
	buf_put_text(buf, " of the ");
	text_put_number(buf, held->asked);
	buf_put_text(buf, " rows that come out differently are held by the target now");
	for (int i = 0; i < held->version_count; i++) {
		const struct held_version *version = &held->versions[i];

		buf_put_text(buf, i ? ", " : ": ");
		text_put_number(buf, version->live + version->withdrawn);
		buf_put_text(buf, " written by ");
		text_put_inert(buf, version->version);
		if (version->withdrawn) {
			buf_put_text(buf, " (");
			text_put_number(buf, version->withdrawn);
			buf_put_text(buf, " of them withdrawn)");
		}
	}
	if (held->others) {
		buf_put_text(buf, ", ");
		text_put_number(buf, held->others);
		buf_put_text(buf, " by other versions");
	}
	buf_put_char(buf, '.');
	diff_put_authority(buf, held);
}

/* Three in so many is what a sample without one leaves open. */
static void put_bound(struct buf *buf, const struct shown_diff *shown)
{
	if (shown->is_given)
		buf_put_text(buf, "\nThe rows that were given prove nothing of others.");
	for (int i = 0; i < shown->comparison->entity_count && !shown->is_given; i++) {
		const struct entity_comparison *entity = &shown->comparison->entities[i];
		int64_t same = entity->classes[ROW_IDENTICAL] + entity->classes[ROW_BOTH_REJECTED] +
			       entity->classes[ROW_BOTH_SKIPPED];

		if (entity->is_whole || entity->compared < 3 || same < entity->compared)
			continue;
		buf_print(buf, "\nOf %s no difference was seen, in the sample: up to ",
			  entity->name);
		diff_put_percent(buf, 3, entity->compared);
		buf_put_text(buf,
			     " of its rows may still differ (rule of three, 95 %); --full reads "
			     "them all.");
	}
}

void diff_put_verdict(struct buf *buf, const struct shown_diff *shown)
{
	const struct judgement *judgement = shown->judgement;
	const struct meaning *meaning = shown->meaning;

	if (judgement->could_not_tell)
		buf_print(buf, "could not tell: %s\n", judgement->why_not_told);
	buf_print(buf, "%s: %s", category_name(judgement->category), judgement->because);
	if (judgement->part)
		buf_print(buf, " (%s)", judgement->part);
	if (meaning->is_transform_same && !meaning->is_validation_same)
		buf_put_text(buf, "\nWhat is proven of records changed: evidence gathered under "
				  "the earlier version no longer counts.");
	else if (meaning->is_transform_same)
		return;
	else if (!shown->comparison)
		buf_put_text(buf, "\nJudged by what the rules say alone: no rows were compared; "
				  "--legacy, --cold or --rows names them.");
	else if (!judgement->has_rows)
		buf_put_text(
		    buf, "\nJudged by what the rules say alone: there were no rows to compare.");
	else if (judgement->category != CATEGORY_BREAKING || judgement->part)
		put_bound(buf, shown);
	if (shown->comparison && judgement->has_rows && !judgement->is_proven && !judgement->part)
		buf_put_text(buf, "\nJudged by what the rules say and by the sample together.");
}
