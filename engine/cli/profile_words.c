/*
 * profile_words.c: what a profile says in words, wherever it is shown.
 */
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/cli/profile_show.h"
#include "engine/model/instant.h"

enum { FORMS_NAMED_MAX = 2 };

static bool is_number(enum value_form form)
{
	return form == FORM_DECIMAL || form == FORM_FLOAT;
}

/* The most frequent of those that were not named yet. */
static enum value_form next_form(const struct column_profile *column, const bool *named)
{
	enum value_form best = FORM_COUNT;

	for (int form = 0; form < FORM_COUNT; form++)
		if (column->forms[form] > 0 && !named[form] && form != FORM_EMPTY &&
		    (best == FORM_COUNT || column->forms[form] > column->forms[best]))
			best = (enum value_form)form;
	return best;
}

static void put_detail(struct buf *buf, const struct column_profile *column, enum value_form form)
{
	if (is_number(form) && column->scale_max > 0)
		buf_print(buf, ", up to %u digit%s behind the point", column->scale_max,
			  column->scale_max == 1 ? "" : "s");
	if (form == FORM_TEXT && column->length_max > 0) {
		if (column->length_min == column->length_max)
			buf_print(buf, " of %u character%s", column->length_max,
				  column->length_max == 1 ? "" : "s");
		else
			buf_print(buf, " of %u to %u characters", column->length_min,
				  column->length_max);
	}
}

const char *profile_kind(struct arena *arena, const struct column_profile *column)
{
	bool named[FORM_COUNT] = { false };
	const char *text;
	struct buf buf;

	if (column->value_count == 0)
		return column->null_count ? "nothing: NULL in every row" : "no rows";
	buf_init(&buf);
	for (int i = 0; i < FORMS_NAMED_MAX; i++) {
		enum value_form form = next_form(column, named);

		if (form == FORM_COUNT)
			break;
		buf_print(&buf, "%s%s", i ? " and " : "", value_form_text(form));
		named[form] = true;
		if (i == 0)
			put_detail(&buf, column, form);
	}
	if (buf.size == 0)
		buf_put_text(&buf, value_form_text(FORM_EMPTY));
	text = arena_copy(arena, buf_span(&buf)).data;
	buf_release(&buf);
	return text;
}

const char *profile_heading(enum finding_weight weight)
{
	static const char *const headings[FINDING_WEIGHTS] = {
		[FINDING_DECIDE] = "to decide",
		[FINDING_SAY] = "to say in the rule",
		[FINDING_NOTE] = "worth knowing",
	};

	return headings[weight];
}

void profile_put_options(struct buf *buf, const struct finding *finding)
{
	buf_put_text(buf, "options: ");
	for (int i = 0; i < FINDING_OPTIONS_MAX && finding->options[i].name; i++)
		buf_print(buf, "%s (%s), ", finding->options[i].name, finding->options[i].text);
	buf_put_text(buf, "or such rows are rejected");
}

void profile_put_day(struct buf *buf, int32_t day)
{
	static const int64_t day_us = INT64_C(86400000000);
	char text[INSTANT_TEXT_SIZE];

	if (instant_to_text(day * day_us, text))
		buf_print(buf, "%.10s", text);
}

void profile_put_key(struct buf *buf, const struct table_profile *table, struct span key,
		     struct arena *arena)
{
	struct err ignored = { ERR_NONE, "" };
	struct json_value parts;

	if (table->key_count == 0 || !json_read(key, arena, &parts, &ignored) ||
	    parts.item_count != (size_t)table->key_count) {
		buf_put_span(buf, key);
		return;
	}
	for (int i = 0; i < table->key_count; i++)
		buf_print(buf, "%s%s %.*s", i ? ", " : "", table->key[i],
			  SPAN_ARGS(parts.items[i].text));
}
