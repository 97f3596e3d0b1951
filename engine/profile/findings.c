/*
 * findings.c: what of a table has to be decided, or said in a rule file.
 */
#include "engine/profile/findings.h"

#include <string.h>
#include <strings.h>

#include "engine/profile/finding_kinds.h"

#define FORMS(form) (1u << (form))

enum {
	NUMBERS = FORMS(FORM_INTEGER) | FORMS(FORM_DECIMAL) | FORMS(FORM_FLOAT),
	TIMES = FORMS(FORM_DATE) | FORMS(FORM_LOCAL) | FORMS(FORM_INSTANT) | FORMS(FORM_BAD_TIME),
	WORDS_SHOWN_MAX = 6,
};

struct list {
	struct arena *arena;
	struct finding *findings;
	int count;
};

static struct finding *add(struct list *list, const char *name, const char *column, int64_t count)
{
	const struct finding_kind *kind = finding_kind(name);
	struct finding *finding;

	list->findings =
	    arena_grow_by_one(list->arena, list->findings, list->count, sizeof(*list->findings));
	finding = &list->findings[list->count++];
	*finding = (struct finding){
		.weight = kind->weight, .name = name, .column = column, .count = count
	};
	memcpy(finding->options, kind->options, sizeof(finding->options));
	return finding;
}

static void show(struct finding *finding, const struct oddity *oddity)
{
	finding->key = oddity->key;
	finding->value = oddity->value;
}

static const char *text_of(struct list *list, struct buf *buf)
{
	const char *text = arena_copy(list->arena, buf_span(buf)).data;

	buf_release(buf);
	return text;
}

/* ---- what stands for nothing ---- */

bool value_means_none(const struct value_count *value)
{
	return (value->oddities & (1u << ODD_EMPTY | 1u << ODD_BLANK | 1u << ODD_NULL_WORD)) != 0;
}

/* "", "N/A" */
static void put_words(struct buf *buf, const struct column_profile *column)
{
	int shown = 0;

	for (int i = 0; i < column->value_kinds; i++) {
		if (!value_means_none(&column->values[i]))
			continue;
		if (shown++ == WORDS_SHOWN_MAX) {
			buf_put_text(buf, ", …");
			return;
		}
		buf_print(buf, "%s\"%.*s\"", shown > 1 ? ", " : "",
			  SPAN_ARGS(column->values[i].value));
	}
}

static void look_for_none(struct list *list, const struct column_profile *column)
{
	int64_t count = column->forms[FORM_EMPTY] + column->oddities[ODD_NULL_WORD].count;
	struct buf text, advice;
	struct finding *finding;

	if (count == 0)
		return;
	buf_init(&text);
	buf_init(&advice);
	finding = add(list, "kinds-of-null", column->info->name, count);
	show(finding, &column->oddities[column->oddities[ODD_NULL_WORD].count ? ODD_NULL_WORD
					: column->oddities[ODD_EMPTY].count   ? ODD_EMPTY
									      : ODD_BLANK]);
	buf_put_text(&text, "texts that may mean there is no value: ");
	put_words(&text, column);
	buf_print(&text, "; NULL stands in %lld", (long long)column->null_count);
	buf_put_text(&advice, "where they do:  null = { ");
	put_words(&advice, column);
	buf_put_text(&advice, " }");
	finding->text = text_of(list, &text);
	finding->advice = text_of(list, &advice);
}

/* ---- letters ---- */

struct plain_finding {
	enum oddity_kind kind;
	const char *name, *text, *advice;
};

static void look_for(struct list *list, const struct column_profile *column,
		     const struct plain_finding *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct oddity *oddity = &column->oddities[kinds[i].kind];
		struct finding *finding;

		if (oddity->count == 0)
			continue;
		finding = add(list, kinds[i].name, column->info->name, oddity->count);
		finding->text = kinds[i].text;
		finding->advice = kinds[i].advice;
		show(finding, oddity);
	}
}
#define LOOK_FOR(list, column, kinds) \
	look_for(list, column, kinds, sizeof(kinds) / sizeof(*(kinds)))

static void look_at_letters(struct list *list, const struct column_profile *column)
{
	static const struct plain_finding kinds[] = {
		{ ODD_PADDED, "padding", "blanks in front or behind",
		  "fold = trim  in the field, or they are part of the value" },
		{ ODD_BAD_TEXT, "encoding", "no UTF-8, or a NUL within",
		  "each is rejected; a column of bytes is  types = { … = bytes }" },
		{ ODD_MOJIBAKE, "mojibake",
		  "looks like UTF-8 that was read as Latin-1 and written again",
		  "mend it in legacy, or take it over as it is: a rule cannot tell" },
		{ ODD_LOST_LETTER, "lost-letters", "holds U+FFFD: a letter was lost before",
		  "nothing brings it back; decide whether the record may carry it" },
		{ ODD_CONTROL, "invisible", "holds characters that do not show",
		  "replace them in the field, or they are part of the value" },
		{ ODD_HUGE, "huge", "larger than a record may hold",
		  "each is rejected; leave the column out with  ignore" },
	};

	LOOK_FOR(list, column, kinds);
}

bool value_is_variant(struct span one, struct span other)
{
	while (one.size > 0 && one.data[one.size - 1] == ' ')
		one.size--;
	while (other.size > 0 && other.data[other.size - 1] == ' ')
		other.size--;
	return one.size == other.size && strncasecmp(one.data, other.data, one.size) == 0;
}

static void look_for_variants(struct list *list, const struct column_profile *column)
{
	int64_t count = 0;
	const struct value_count *first = NULL, *second = NULL;
	struct finding *finding;

	if (!column->is_vocabulary || column->distinct_count > ERA_VALUES_MAX ||
	    !column_is_mostly(column, FORMS(FORM_TEXT)))
		return;
	for (int i = 0; i < column->value_kinds; i++)
		for (int k = 0; k < i; k++) {
			if (!value_is_variant(column->values[i].value, column->values[k].value))
				continue;
			count += column->values[i].count;
			if (second == NULL) {
				first = &column->values[k];
				second = &column->values[i];
			}
			break;
		}
	if (count == 0)
		return;
	finding = add(list, "spellings", column->info->name, count);
	finding->text =
	    arena_print(list->arena,
			"values that differ only in case or blanks: \"%.*s\" (%lld) and "
			"\"%.*s\" (%lld)",
			SPAN_ARGS(first->value), (long long)first->count, SPAN_ARGS(second->value),
			(long long)second->count)
		.data;
	finding->advice = "where they are one:  fold = upper  (or  { trim, upper })";
	finding->value = second->value;
}

/* ---- numbers ---- */

static bool is_float(const struct column_info *info)
{
	return strcasestr(info->type, "real") || strcasestr(info->type, "float") ||
	       strcasestr(info->type, "double");
}

static bool is_called_money(const char *name)
{
	static const char *const words[] = { "amount",  "price",  "cost", "fee",    "total",
					     "balance", "salary", "tax",  "charge", "discount",
					     "rate",    "sum",    "paid", "value" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

static void look_at_floats(struct list *list, const struct column_profile *column)
{
	const struct oddity *noise = &column->oddities[ODD_FLOAT_NOISE];
	struct finding *finding;

	if (!is_float(column->info) || column_meant(column) == 0)
		return;
	finding = add(list, is_called_money(column->info->name) ? "money-as-float" : "float",
		      column->info->name, noise->count ? noise->count : column->value_count);
	finding->text = noise->count
			    ? "binary floating point, and these are not the numbers that were meant"
			    : "binary floating point: sums of it depend on their order";
	finding->advice = "decimal { 12, 2, round = \"half_even\" }  is a decision: somebody has "
			  "to own the cents";
	if (noise->count)
		show(finding, noise);
}

static void look_at_numbers(struct list *list, const struct column_profile *column)
{
	static const struct plain_finding kinds[] = {
		{ ODD_UNSAFE_INTEGER, "beyond-2^53", "integers that no JSON number holds",
		  "bigint  (or id, or text), never  integer" },
		{ ODD_ZEROS_IN_FRONT, "zeros-in-front",
		  "digits with zeros in front: a code, no number",
		  "text: as a number they lose their zeros" },
	};

	look_at_floats(list, column);
	if (column_is_mostly(column, NUMBERS))
		LOOK_FOR(list, column, kinds);
}

/* ---- times ---- */

static void look_at_zones(struct list *list, const struct column_profile *column)
{
	int64_t local = column->forms[FORM_LOCAL], instant = column->forms[FORM_INSTANT];
	struct finding *finding;

	if (local == 0)
		return;
	finding = add(list, instant ? "mixed-offsets" : "no-offset", column->info->name, local);
	finding->text =
	    instant
		? arena_print(list->arena, "moments without an offset, beside %lld that have one",
			      (long long)instant)
		      .data
		: "moments without an offset: which ones they are, only a zone says";
	finding->advice = arena_print(list->arena, "types = { %s = instant { zone = \"…\" } }",
				      column->info->name)
			      .data;
}

static void look_at_times(struct list *list, const struct column_profile *column)
{
	static const struct plain_finding kinds[] = {
		{ ODD_ZERO_DATE, "zero-date", "0000-00-00",
		  "each is rejected; where it means none, say so with  null" },
		{ ODD_INFINITE, "infinite-date", "infinity",
		  "each is rejected; where it means none, say so with  null" },
		{ ODD_BEFORE_CHRIST, "before-christ", "before the year 1", "each is rejected" },
		{ ODD_PARTIAL_DATE, "partial-date", "dates of which a part is missing",
		  "each is rejected; keep the column as text, or decide what is meant" },
		{ ODD_NO_SUCH_DAY, "no-such-day", "days that no calendar has", "each is rejected" },
		{ ODD_NO_SUCH_TIME, "no-such-time", "times that no day has (24:00, :60)",
		  "each is rejected" },
		{ ODD_TOO_PRECISE, "too-precise", "more digits than microseconds",
		  "each is rejected: nothing is rounded unasked" },
		{ ODD_SENTINEL_DATE, "sentinel-date", "a day that rather means there is none",
		  "where it does, say so with  null , or decide" },
	};

	if (!column_is_mostly(column, TIMES))
		return;
	look_at_zones(list, column);
	LOOK_FOR(list, column, kinds);
}

/* ---- the column as a whole ---- */

static enum value_form main_form(const struct column_profile *column)
{
	enum value_form best = FORM_TEXT;

	for (int form = 0; form < FORM_COUNT; form++)
		if (form != FORM_EMPTY && column->forms[form] > column->forms[best])
			best = (enum value_form)form;
	return best;
}

/* Forms that may stand in one column beside each other. */
static unsigned family_of(enum value_form form)
{
	if (FORMS(form) & NUMBERS)
		return NUMBERS;
	if (FORMS(form) & TIMES)
		return TIMES;
	return FORMS(form);
}

static void look_for_mixture(struct list *list, const struct column_profile *column)
{
	enum value_form form = main_form(column);
	unsigned family = family_of(form);
	int64_t other = column_meant(column);
	const struct value_count *example = NULL;
	struct finding *finding;

	for (int i = 0; i < FORM_COUNT; i++)
		if (family & FORMS(i))
			other -= column->forms[i];
	if (form == FORM_TEXT || other <= 0 || other * 10 > column_meant(column))
		return;
	finding = add(list, "mixed-forms", column->info->name, other);
	finding->text =
	    arena_print(list->arena, "other than the %s that nearly all are", value_form_text(form))
		.data;
	finding->advice =
	    "each is rejected when the field has that type; map it, or mend it in legacy";
	for (int i = 0; i < column->value_kinds && example == NULL; i++)
		if (!(family & FORMS(column->values[i].form)) &&
		    !value_means_none(&column->values[i]))
			example = &column->values[i];
	if (example)
		finding->value = example->value;
}

static void look_for_constant(struct list *list, const struct table_profile *table,
			      const struct column_profile *column)
{
	struct finding *finding;

	if (table->read_count < 2 || !column->is_vocabulary || column->distinct_count > 1 ||
	    (column->distinct_count == 1 && (column->null_count > 0 || column_meant(column) == 0)))
		return;
	finding = add(list, "constant", column->info->name, table->read_count);
	finding->text = column->distinct_count ? "the same in every row" : "NULL in every row";
	finding->advice =
	    arena_print(list->arena, "unless it says something:  ignore = { %s = \"why\" }",
			column->info->name)
		.data;
	if (column->distinct_count)
		finding->value = column->values[0].value;
}

static void put_values(struct buf *buf, const struct column_profile *column, const int *values,
		       int count)
{
	for (int i = 0; i < count && i < WORDS_SHOWN_MAX; i++)
		buf_print(buf, "%s\"%.*s\"", i ? ", " : "",
			  SPAN_ARGS(column->values[values[i]].value));
	if (count > WORDS_SHOWN_MAX)
		buf_put_text(buf, ", …");
}

static void look_at_eras(struct list *list, const struct column_profile *column,
			 const struct era *eras, int count)
{
	struct finding *finding;
	struct buf text;

	if (count == 0)
		return;
	buf_init(&text);
	buf_put_text(&text, "its values changed:");
	for (int i = 1; i < count; i++) {
		const struct era *era = &eras[i];

		buf_print(&text, "%s from %d on", i > 1 ? ";" : "", era->first_year);
		if (era->begun_count)
			buf_put_text(&text, " also ");
		put_values(&text, column, era->begun, era->begun_count);
		if (era->ended_count)
			buf_put_text(&text, era->begun_count ? ", no longer " : " no longer ");
		put_values(&text, column, era->ended, era->ended_count);
	}
	finding = add(list, "eras", column->info->name, 0);
	finding->text = text_of(list, &text);
	finding->advice = "ask who was there whether a value meant the same before and after";
}

/* ---- the table ---- */

static void put_columns(struct buf *buf, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		buf_print(buf, "%s%s", i ? ", " : "", names[i]);
}

static void look_at_relation(struct list *list, const struct relation *relation)
{
	const struct foreign_key *key = relation->key;
	struct buf text;
	struct finding *finding;

	if (relation->lost.count == 0 && relation->fault == NULL)
		return;
	buf_init(&text);
	finding = add(list, relation->fault ? "unchecked-relation" : "lost-rows", NULL,
		      relation->lost.count);
	put_columns(&text, key->columns, key->column_count);
	buf_print(&text, " names a row of %s", key->above);
	if (relation->fault)
		buf_print(&text, "; could not be checked: %s", relation->fault);
	else
		buf_put_text(&text, " that is not there");
	finding->text = text_of(list, &text);
	finding->advice = relation->fault
			      ? "without an index no chunk can be joined either"
			      : "as children they are quarantined; as a reference it is  "
				"optional = true , or a reject";
	show(finding, &relation->lost);
}

static void look_at_twins(struct list *list, const struct twins *twins)
{
	struct finding *finding;

	if (twins->found.count == 0)
		return;
	finding = add(list, "twin-keys", NULL, twins_count(twins));
	finding->text = "keys that differ from another only in case or blanks";
	finding->advice = "an id that is folded makes one of two: leave it as it is";
	show(finding, &twins->found);
}

static void put_quoted(struct buf *buf, struct span value)
{
	if (value.data)
		buf_print(buf, "\"%.*s\"", SPAN_ARGS(value));
	else
		buf_put_text(buf, "NULL");
}

static struct finding_option says(struct list *list, const char *column)
{
	return (struct finding_option){ column,
					arena_print(list->arena, "what %s says", column).data };
}

static void look_at_disagreement(struct list *list, const struct table_profile *table,
				 const struct disagreement *found)
{
	struct finding *finding = add(list, "disagreement", NULL, found->count);
	struct buf text;

	buf_init(&text);
	buf_print(&text, "%s is ", table->info->columns[found->one].name);
	put_quoted(&text, found->one_value);
	buf_print(&text, " while %s is ", table->info->columns[found->other].name);
	put_quoted(&text, found->other_value);
	if (found->usual.data) {
		buf_put_text(&text, ", not ");
		put_quoted(&text, found->usual);
		buf_put_text(&text, " as nearly always");
	}
	finding->text = text_of(list, &text);
	finding->advice = "which of the two is right is a decision";
	finding->pair[0] =
	    (struct finding_value){ table->info->columns[found->one].name, found->one_value };
	finding->pair[1] =
	    (struct finding_value){ table->info->columns[found->other].name, found->other_value };
	finding->options[0] = says(list, table->info->columns[found->one].name);
	finding->options[1] = says(list, table->info->columns[found->other].name);
	finding->key = found->key;
}

static void look_at_table(struct list *list, const struct table_profile *table,
			  const struct table_facts *facts)
{
	struct finding *finding;

	if (table->key_count == 0) {
		finding = add(list, "no-key", NULL, table->row_count);
		finding->text = "nothing is unique and never NULL";
		finding->advice = "key = \"*\"  tells rows apart by all they hold";
	}
	if (facts->copies > 0) {
		finding = add(list, "equal-rows", NULL, facts->copies);
		finding->text = "rows that are equal to another";
		finding->advice = "with  key = \"*\"  they are one, with a column  copies";
	}
	look_at_twins(list, facts->twins);
	for (int i = 0; i < facts->relation_count; i++)
		look_at_relation(list, &facts->relations[i]);
	for (int i = 0; i < facts->disagreement_count; i++)
		look_at_disagreement(list, table, &facts->disagreements[i]);
}

static void keep_span(const struct list *list, struct span *span)
{
	if (span->data)
		*span = arena_copy(list->arena, *span);
}

/* By weight; and what was kept while reading goes with the reading. */
static void keep(const struct list *list, struct table_profile *table)
{
	struct finding *kept = arena_alloc(list->arena, sizeof(*kept) * ((size_t)list->count + 1));

	table->finding_count = 0;
	for (int weight = 0; weight < FINDING_WEIGHTS; weight++)
		for (int i = 0; i < list->count; i++) {
			struct finding *finding = &kept[table->finding_count];

			if (list->findings[i].weight != (enum finding_weight)weight)
				continue;
			*finding = list->findings[i];
			keep_span(list, &finding->key);
			keep_span(list, &finding->value);
			keep_span(list, &finding->pair[0].value);
			keep_span(list, &finding->pair[1].value);
			table->finding_count++;
		}
	table->findings = kept;
}

void findings_list(struct table_profile *table, const struct table_facts *facts,
		   struct arena *arena)
{
	struct list list = { .arena = arena };

	for (int i = 0; i < table->column_count; i++) {
		const struct column_profile *column = &table->columns[i];

		look_for_none(&list, column);
		look_at_letters(&list, column);
		look_for_variants(&list, column);
		look_at_numbers(&list, column);
		look_at_times(&list, column);
		look_for_mixture(&list, column);
		look_for_constant(&list, table, column);
		look_at_eras(&list, column, table->eras[i], table->era_counts[i]);
	}
	look_at_table(&list, table, facts);
	keep(&list, table);
}
