/*
 * traits.c: what one value of a column looks like, whatever its column says it is.
 */
#include "engine/profile/traits.h"

#include <string.h>
#include <strings.h>

#include "engine/model/decimal.h"
#include "engine/model/instant.h"
#include "engine/model/utf8.h"

#define BIT(kind) (UINT32_C(1) << (kind))

enum { SAFE_DIGITS = 16, NOISE_SCALE = 6, UUID_SIZE = 36 };

const char *value_form_text(enum value_form form)
{
	static const char *const texts[FORM_COUNT] = {
		[FORM_EMPTY] = "empty texts",
		[FORM_INTEGER] = "integers",
		[FORM_DECIMAL] = "decimals",
		[FORM_FLOAT] = "floating point",
		[FORM_BOOLEAN] = "booleans",
		[FORM_DATE] = "dates",
		[FORM_LOCAL] = "moments without an offset",
		[FORM_INSTANT] = "moments",
		[FORM_BAD_TIME] = "dates that are none",
		[FORM_UUID] = "UUIDs",
		[FORM_JSON] = "JSON",
		[FORM_PHP] = "serialized PHP",
		[FORM_TEXT] = "text",
		[FORM_BYTES] = "bytes",
	};

	return texts[form];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span without_first(struct span text)
{
	return (struct span){ text.data + 1, text.size - 1 };
}

static bool is_one_of(struct span text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text.size == strlen(words[i]) &&
		    strncasecmp(text.data, words[i], text.size) == 0)
			return true;
	return false;
}
#define IS_ONE_OF(text, words) is_one_of(text, words, sizeof(words) / sizeof(*(words)))

/* ---- numbers ---- */

/* The next run of digits, and its length. */
static size_t digits(struct span text, size_t at)
{
	size_t from = at;

	while (at < text.size && is_digit(text.data[at]))
		at++;
	return at - from;
}

static bool is_unsafe(struct span magnitude)
{
	static const char safe[] = "9007199254740991";

	while (magnitude.size > 0 && magnitude.data[0] == '0')
		magnitude = without_first(magnitude);
	return magnitude.size > SAFE_DIGITS ||
	       (magnitude.size == SAFE_DIGITS && memcmp(magnitude.data, safe, SAFE_DIGITS) > 0);
}

static bool look_at_number(struct span text, struct traits *traits)
{
	size_t at = text.data[0] == '-' || text.data[0] == '+';
	size_t whole = digits(text, at);
	size_t fraction = 0, exponent;
	struct span magnitude = { text.data + at, whole };

	at += whole;
	if (at < text.size && text.data[at] == '.') {
		fraction = digits(text, at + 1);
		at += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	traits->form =
	    at > (size_t)(magnitude.data - text.data) + whole ? FORM_DECIMAL : FORM_INTEGER;
	if (at < text.size && (text.data[at] == 'e' || text.data[at] == 'E')) {
		at++;
		at += at < text.size && (text.data[at] == '-' || text.data[at] == '+');
		exponent = digits(text, at);
		if (exponent == 0)
			return false;
		at += exponent;
		traits->form = FORM_FLOAT;
	}
	if (at != text.size)
		return false;
	traits->scale = (uint32_t)fraction;
	if (traits->form == FORM_INTEGER && is_unsafe(magnitude))
		traits->oddities |= BIT(ODD_UNSAFE_INTEGER);
	if (whole > 1 && magnitude.data[0] == '0')
		traits->oddities |= BIT(ODD_ZEROS_IN_FRONT);
	if (fraction > NOISE_SCALE)
		traits->oddities |= BIT(ODD_FLOAT_NOISE);
	return true;
}

/* ---- times ---- */

static void note_sentinel(const struct local_time *time, struct traits *traits)
{
	static const int32_t days[][3] = {
		{ 1, 1, 1 },      { 1753, 1, 1 },   { 1800, 1, 1 },   { 1899, 12, 30 },
		{ 1899, 12, 31 }, { 1900, 1, 1 },   { 1970, 1, 1 },   { 2038, 1, 19 },
		{ 2099, 12, 31 }, { 2999, 12, 31 }, { 9999, 12, 31 }, { 9999, 1, 1 },
		{ 3000, 1, 1 },
	};

	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++)
		if (time->year == days[i][0] && time->month == days[i][1] &&
		    time->day == days[i][2])
			traits->oddities |= BIT(ODD_SENTINEL_DATE);
}

static uint32_t oddity_of(enum instant_fault fault)
{
	switch (fault) {
	case INSTANT_INFINITE:
		return BIT(ODD_INFINITE);
	case INSTANT_BEFORE_CHRIST:
		return BIT(ODD_BEFORE_CHRIST);
	case INSTANT_ZERO_DATE:
		return BIT(ODD_ZERO_DATE);
	case INSTANT_PARTIAL_DATE:
		return BIT(ODD_PARTIAL_DATE);
	case INSTANT_NO_SUCH_DAY:
	case INSTANT_OUT_OF_RANGE:
		return BIT(ODD_NO_SUCH_DAY);
	case INSTANT_NO_SUCH_TIME:
	case INSTANT_LEAP_SECOND:
		return BIT(ODD_NO_SUCH_TIME);
	case INSTANT_TOO_PRECISE:
		return BIT(ODD_TOO_PRECISE);
	case INSTANT_OK:
	case INSTANT_NOT_A_TIME:
	case INSTANT_NOT_A_DATE:
	case INSTANT_DATE_ALONE:
		break;
	}
	return 0;
}

static bool look_at_time(struct span text, struct traits *traits)
{
	struct local_time time;
	enum instant_fault fault = local_time_parse(text, &time);

	if (fault == INSTANT_DATE_ALONE) {
		traits->form = FORM_DATE;
		fault = date_parse(text, &time);
	} else {
		traits->form = time.has_offset ? FORM_INSTANT : FORM_LOCAL;
	}
	if (fault == INSTANT_NOT_A_TIME || fault == INSTANT_NOT_A_DATE)
		return false;
	if (fault == INSTANT_OK)
		note_sentinel(&time, traits);
	else
		traits->form = FORM_BAD_TIME;
	traits->oddities |= oddity_of(fault);
	return true;
}

/* ---- texts ---- */

static bool has(struct span text, const char *bytes)
{
	return memmem(text.data, text.size, bytes, strlen(bytes)) != NULL;
}

static bool is_uuid(struct span text)
{
	if (text.size != UUID_SIZE)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
		char c = text.data[i];

		if (is_hyphen ? c != '-'
			      : !(is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return false;
	}
	return true;
}

static bool is_enclosed(struct span text, char open, char close)
{
	return text.size > 1 && text.data[0] == open && text.data[text.size - 1] == close;
}

/* By how it begins and ends, as below; an array of PostgreSQL, {a,b}, is none. */
static bool is_json(struct span text)
{
	if (is_enclosed(text, '{', '}'))
		return text.size == 2 || has(text, "\":") || has(text, "\" :");
	return is_enclosed(text, '[', ']') && strchr("]{[\"-0123456789tfn \n", text.data[1]);
}

/* By how it begins and ends: whether a rule can read it, the rule's run will say. */
static bool is_php(struct span text)
{
	return text.size > 3 && text.data[1] == ':' && is_digit(text.data[2]) &&
	       ((text.data[0] == 'a' && text.data[text.size - 1] == '}') ||
		(text.data[0] == 's' && text.data[text.size - 1] == ';'));
}

static bool is_null_word(struct span text)
{
	static const char *const words[] = { "null", "(null)", "nil",     "none",     "n/a", "na",
					     "#n/a", "nan",    "-",       "--",       "?",   ".",
					     "\\N",  "tbd",    "unknown", "undefined" };

	return IS_ONE_OF(text, words);
}

static bool is_boolean(struct span text)
{
	static const char *const words[] = { "t", "f", "true", "false" };

	return IS_ONE_OF(text, words);
}

/* Every letter beyond ASCII that was written twice begins with one of these. */
static bool is_mojibake(struct span text)
{
	for (size_t i = 0; i + 3 < text.size; i++)
		if ((unsigned char)text.data[i] == 0xc3 &&
		    ((unsigned char)text.data[i + 1] == 0x83 ||
		     (unsigned char)text.data[i + 1] == 0x82) &&
		    (unsigned char)text.data[i + 2] == 0xc2 &&
		    (unsigned char)text.data[i + 3] >= 0x80)
			return true;
	return has(text, "\xc3\xa2\xe2\x82\xac"); /* a quotation mark that was */
}

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return true;
	}
	/* What has no width, and what turns the direction of writing. */
	return has(text, "\xe2\x80\x8b") || has(text, "\xe2\x80\x8e") ||
	       has(text, "\xe2\x80\x8f") || has(text, "\xe2\x80\xae") || has(text, "\xef\xbb\xbf");
}

static void look_at_letters(struct span text, struct traits *traits)
{
	traits->length = (uint32_t)utf8_length(text);
	if (has_control(text))
		traits->oddities |= BIT(ODD_CONTROL);
	if (traits->length == text.size)
		return;
	if (is_mojibake(text))
		traits->oddities |= BIT(ODD_MOJIBAKE);
	if (has(text, "\xef\xbf\xbd"))
		traits->oddities |= BIT(ODD_LOST_LETTER);
}

static struct span trim(struct span text)
{
	while (text.size > 0 && is_blank(text.data[0]))
		text = without_first(text);
	while (text.size > 0 && is_blank(text.data[text.size - 1]))
		text.size--;
	return text;
}

static enum value_form form_of_text(struct span text)
{
	if (is_boolean(text))
		return FORM_BOOLEAN;
	if (is_uuid(text))
		return FORM_UUID;
	if (is_json(text))
		return FORM_JSON;
	return is_php(text) ? FORM_PHP : FORM_TEXT;
}

static void look_at_text(struct span whole, struct traits *traits)
{
	struct span text = trim(whole);

	look_at_letters(whole, traits);
	if (text.size == 0) {
		traits->form = FORM_EMPTY;
		traits->oddities |= BIT(whole.size == 0 ? ODD_EMPTY : ODD_BLANK);
		return;
	}
	if (text.size != whole.size)
		traits->oddities |= BIT(ODD_PADDED);
	if (is_null_word(text))
		traits->oddities |= BIT(ODD_NULL_WORD);
	if (!look_at_number(text, traits) && !look_at_time(text, traits))
		traits->form = form_of_text(text);
}

struct traits traits_of(const struct cell *cell)
{
	struct traits traits = { .form = FORM_BYTES, .length = cell->size };
	struct span text = cell_span(cell);

	if (cell->kind == CELL_CUT) {
		traits.oddities = BIT(ODD_HUGE);
		traits.form = FORM_TEXT;
	} else if (cell->kind == CELL_TEXT && utf8_first_bad(text) == text.size) {
		look_at_text(text, &traits);
	} else if (cell->kind == CELL_TEXT) {
		traits.oddities = BIT(ODD_BAD_TEXT);
	}
	return traits;
}
