/*
 * column.c: counts what stands in one column.
 */
#include "engine/profile/column.h"

#include <stdio.h>
#include <string.h>

#include "engine/model/decimal.h"
#include "engine/model/mask.h"

enum { VALUES_SHOWN_MAX = 20, EXAMPLE_BYTES = 200 };

void column_init(struct column *column, const struct column_info *info, struct arena *arena)
{
	memset(column, 0, sizeof(*column));
	vocabulary_init(&column->vocabulary, arena);
	column->profile = (struct column_profile){ .info = info, .length_min = UINT32_MAX };
}

static struct span short_copy(struct arena *arena, struct span value)
{
	if (value.data == NULL)
		return value;
	return arena_copy(
	    arena,
	    (struct span){ value.data, value.size < EXAMPLE_BYTES ? value.size : EXAMPLE_BYTES });
}

void oddity_note(struct oddity *oddity, const struct row_at *row, struct span value,
		 struct arena *arena)
{
	if (oddity->count++ > 0 && row->hash >= oddity->hash)
		return;
	oddity->hash = row->hash;
	oddity->key = arena_copy(arena, row->key);
	oddity->value = short_copy(arena, value);
}

static void note_number(struct column *column, struct span value)
{
	struct arena *arena = column->vocabulary.arena;
	struct decimal number;

	if (!decimal_parse(value, &number))
		return;
	if (column->least_number == NULL) {
		column->least_number = arena_alloc(arena, sizeof(number));
		column->greatest_number = arena_alloc(arena, sizeof(number));
		*column->least_number = *column->greatest_number = number;
	} else if (decimal_compare(number, *column->least_number) < 0) {
		*column->least_number = number;
	} else if (decimal_compare(number, *column->greatest_number) > 0) {
		*column->greatest_number = number;
	}
}

/* By bytes: what is written in one way is ordered so. */
static void note_time(struct column *column, struct span value)
{
	if (value.size >= TIME_KEPT_SIZE)
		return;
	if (column->least_time[0] == '\0' || span_compare(value, span_of(column->least_time)) < 0)
		snprintf(column->least_time, TIME_KEPT_SIZE, "%.*s", SPAN_ARGS(value));
	if (span_compare(value, span_of(column->greatest_time)) > 0)
		snprintf(column->greatest_time, TIME_KEPT_SIZE, "%.*s", SPAN_ARGS(value));
}

static void note_range(struct column *column, enum value_form form, struct span value)
{
	switch (form) {
	case FORM_INTEGER:
	case FORM_DECIMAL:
	case FORM_FLOAT:
		note_number(column, value);
		break;
	case FORM_DATE:
	case FORM_LOCAL:
	case FORM_INSTANT:
		note_time(column, value);
		break;
	case FORM_EMPTY:
	case FORM_BOOLEAN:
	case FORM_BAD_TIME:
	case FORM_UUID:
	case FORM_JSON:
	case FORM_PHP:
	case FORM_TEXT:
	case FORM_BYTES:
	case FORM_COUNT:
		break;
	}
}

void column_note(struct column *column, const struct cell *cell, const struct row_at *row)
{
	struct column_profile *profile = &column->profile;
	struct traits traits;

	if (cell->kind == CELL_NULL) {
		profile->null_count++;
		return;
	}
	traits = vocabulary_note(&column->vocabulary, cell, row->day);
	profile->value_count++;
	profile->forms[traits.form]++;
	if (traits.length < profile->length_min)
		profile->length_min = traits.length;
	if (traits.length > profile->length_max)
		profile->length_max = traits.length;
	if (traits.scale > profile->scale_max)
		profile->scale_max = traits.scale;
	note_range(column, traits.form, cell_span(cell));
	for (uint32_t left = traits.oddities; left; left &= left - 1)
		oddity_note(&profile->oddities[__builtin_ctz(left)], row, cell_span(cell),
			    column->vocabulary.arena);
}

/* ---- what nobody may see ---- */

bool column_is_secret(const char *name)
{
	static const char *const words[] = { "passw",   "pwd",         "secret", "token",
					     "api_key", "apikey",      "salt",   "private_key",
					     "credent", "card_number", "cvv",    "ssn",
					     "iban" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

static struct span masked(struct arena *arena, struct span value)
{
	struct buf text;
	struct span kept;

	if (value.data == NULL)
		return value;
	buf_init(&text);
	mask_put(&text, value);
	kept = arena_copy(arena, buf_span(&text));
	buf_release(&text);
	return kept;
}

static void mask(struct column_profile *profile, struct value_count *values, struct arena *arena)
{
	for (int i = 0; i < profile->value_kinds; i++)
		values[i].value = masked(arena, values[i].value);
	for (int i = 0; i < profile->sample_count; i++)
		profile->samples[i] = masked(arena, profile->samples[i]);
	for (int i = 0; i < ODD_COUNT; i++)
		profile->oddities[i].value = masked(arena, profile->oddities[i].value);
	profile->least = profile->greatest = SPAN_NONE;
}

/* ---- the end ---- */

int64_t column_meant(const struct column_profile *profile)
{
	return profile->value_count - profile->forms[FORM_EMPTY] -
	       profile->oddities[ODD_NULL_WORD].count;
}

static int64_t count_of(const struct column_profile *profile, unsigned forms)
{
	int64_t count = 0;

	for (int form = 0; form < FORM_COUNT; form++)
		if (forms & 1u << form)
			count += profile->forms[form];
	return count;
}

bool column_is_mostly(const struct column_profile *profile, unsigned forms)
{
	int64_t count = count_of(profile, forms);

	return count > 0 && count * 2 > column_meant(profile);
}

bool column_is_nearly(const struct column_profile *profile, unsigned forms)
{
	int64_t count = count_of(profile, forms);

	return count > 0 && count * 10 > column_meant(profile) * 9;
}

static struct span print_number(struct arena *arena, const struct decimal *number)
{
	struct buf text;
	struct span kept;

	buf_init(&text);
	decimal_put(&text, *number);
	kept = arena_copy(arena, buf_span(&text));
	buf_release(&text);
	return kept;
}

static void end_range(const struct column *column, struct arena *arena,
		      struct column_profile *profile)
{
	const unsigned numbers = 1u << FORM_INTEGER | 1u << FORM_DECIMAL | 1u << FORM_FLOAT;
	const unsigned times =
	    1u << FORM_DATE | 1u << FORM_LOCAL | 1u << FORM_INSTANT | 1u << FORM_BAD_TIME;

	if (column_is_nearly(profile, numbers) && column->least_number) {
		profile->least = print_number(arena, column->least_number);
		profile->greatest = print_number(arena, column->greatest_number);
	} else if (column_is_nearly(profile, times) && column->least_time[0]) {
		profile->least = span_of(arena_text(arena, column->least_time));
		profile->greatest = span_of(arena_text(arena, column->greatest_time));
	}
}

static uint32_t *copy_years(struct arena *arena, const uint32_t *years)
{
	size_t size = sizeof(*years) * PROFILE_YEARS;

	return years ? memcpy(arena_alloc(arena, size), years, size) : NULL;
}

static void end_values(const struct column *column, struct arena *arena,
		       struct column_profile *profile)
{
	const struct vocabulary *vocabulary = &column->vocabulary;
	const struct value_count *values = vocabulary_values(vocabulary);
	int count = vocabulary->is_whole || vocabulary->count < VALUES_SHOWN_MAX ? vocabulary->count
										 : VALUES_SHOWN_MAX;
	struct value_count *kept = arena_alloc(arena, sizeof(*kept) * ((size_t)count + 1));

	for (int i = 0; i < count; i++) {
		kept[i] = values[i];
		kept[i].value = arena_copy(arena, values[i].value);
		kept[i].years = copy_years(arena, values[i].years);
	}
	profile->values = kept;
	profile->value_kinds = count;
	profile->is_vocabulary = vocabulary->is_whole;
	profile->distinct_count = vocabulary_distinct(vocabulary);
	for (int i = 0; i < SAMPLES_MAX && i < vocabulary->lowest_count; i++)
		profile->samples[profile->sample_count++] =
		    arena_copy(arena, vocabulary->samples[i]);
	if (column_is_secret(profile->info->name))
		mask(profile, kept, arena);
}

void column_end(const struct column *column, struct arena *arena, struct column_profile *profile)
{
	*profile = column->profile;
	if (profile->value_count == 0)
		profile->length_min = 0;
	for (int i = 0; i < ODD_COUNT; i++) {
		struct oddity *oddity = &profile->oddities[i];

		if (oddity->count == 0)
			continue;
		oddity->key = arena_copy(arena, oddity->key);
		oddity->value = short_copy(arena, oddity->value);
	}
	end_range(column, arena, profile);
	end_values(column, arena, profile);
}
