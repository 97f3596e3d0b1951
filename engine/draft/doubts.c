/*
 * doubts.c: what only people can know about an entity, as decisions that nobody has taken yet.
 */
#include <string.h>

#include "engine/draft/naming.h"
#include "engine/draft/plan.h"

enum { WORDS_MAX = 24 };

/* ---- values of a vocabulary ---- */

const char *doubts_about_value(const struct column_profile *column, int value,
			       const struct value_count **other)
{
	*other = NULL;
	if (value_means_none(&column->values[value]))
		return "kinds-of-null";
	for (int i = 0; i < value; i++) {
		if (!value_is_variant(column->values[i].value, column->values[value].value))
			continue;
		*other = &column->values[i];
		return "spellings";
	}
	return NULL;
}

/* ---- what a finding becomes ---- */

static struct draft_field *find_field(struct draft_source *source, const char *column)
{
	for (int i = 0; i < source->field_count; i++)
		if (strcmp(source->fields[i].column->info->name, column) == 0)
			return &source->fields[i];
	return NULL;
}

/* Findings of which the field's own type, or a value without a mapping, rejects every row. */
static bool is_refused_anyway(const struct draft_field *field, const char *name)
{
	static const char *const refused[] = { "zero-date",    "infinite-date", "before-christ",
					       "partial-date", "no-such-day",   "no-such-time",
					       "mixed-offsets" };
	bool is_typed =
	    field->sense != SENSE_TEXT && field->sense != SENSE_REF && field->sense != SENSE_BYTES;

	if (strcmp(name, "kinds-of-null") == 0 || strcmp(name, "mixed-forms") == 0)
		return is_typed;
	if (strcmp(name, "spellings") == 0)
		return field->sense == SENSE_ENUM;
	if (strcmp(name, "money-as-float") == 0)
		return field->sense == SENSE_DECIMAL;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (strcmp(name, refused[i]) == 0)
			return is_typed;
	return false;
}

static bool is_named(const struct doubt *doubt, const char *finding)
{
	return strcmp(doubt->finding->name, finding) == 0;
}

static bool is_word_of(const struct doubt *doubt, int value)
{
	const struct column_profile *column = doubt->fields[0]->column;
	const struct value_count *other;

	if (is_named(doubt, "kinds-of-null"))
		return value_means_none(&column->values[value]);
	if (is_named(doubt, "spellings")) {
		doubts_about_value(column, value, &other);
		return other != NULL;
	}
	return is_named(doubt, "sentinel-date") &&
	       (column->values[value].oddities & 1u << ODD_SENTINEL_DATE) != 0;
}

/* Letters by which such texts are known. */
static void find_letters(struct doubt *doubt, struct span *words)
{
	if (is_named(doubt, "mojibake"))
		words[doubt->word_count++] = SPAN("\xC3\x83");
	if (is_named(doubt, "lost-letters"))
		words[doubt->word_count++] = SPAN("\xEF\xBF\xBD");
	doubt->is_within = doubt->word_count > 0;
}

/* The values that a function can be given as they stand in legacy. */
static void find_words(struct draft *draft, struct doubt *doubt)
{
	const struct draft_field *field = doubt->fields[0];
	const struct column_profile *column = field->column;
	struct span *words = arena_alloc(draft->arena, sizeof(*words) * WORDS_MAX);

	doubt->words = words;
	if (column_is_secret(column->info->name) ||
	    (field->sense != SENSE_TEXT && field->sense != SENSE_ENUM &&
	     field->sense != SENSE_DATE && field->sense != SENSE_REF))
		return;
	find_letters(doubt, words);
	for (int i = 0; i < column->value_kinds && doubt->word_count < WORDS_MAX; i++) {
		if (!is_word_of(doubt, i))
			continue;
		if (column->values[i].oddities & (1u << ODD_EMPTY | 1u << ODD_BLANK))
			doubt->marks_blanks = true;
		else
			words[doubt->word_count++] = column->values[i].value;
	}
}

/* Can a function compare it with what stands in legacy? */
static bool is_comparable(const struct draft_field *field)
{
	switch (field->sense) {
	case SENSE_INSTANT:
	case SENSE_LOCAL:
	case SENSE_BYTES:
	case SENSE_JSON:
	case SENSE_PHP:
		return false;
	default:
		return !field->is_masked;
	}
}

static void find_pair(struct draft *draft, struct doubt *doubt)
{
	struct span *words = arena_alloc(draft->arena, sizeof(*words) * 2);

	for (int i = 0; i < 2; i++) {
		if (doubt->fields[i] == NULL || !is_comparable(doubt->fields[i]))
			return;
		words[i] = doubt->finding->pair[i].value;
	}
	doubt->words = words;
	doubt->word_count = 2;
	doubt->is_pair = true;
}

static void rest_on(struct draft_field *field, const char *decision)
{
	if (field->decision_count < FIELD_DECISIONS_MAX)
		field->decisions[field->decision_count++] = decision;
}

static const char *decision_name(struct draft *draft, struct names *names,
				 const struct draft_field *field, const char *finding)
{
	char *name = arena_text(draft->arena, finding);

	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return names_take(names, arena_print(draft->arena, "%s_%s", field->name, name).data);
}

/* Taken over as they stand, such rows would say something that nobody has said. */
static bool must_wait(const struct doubt *doubt)
{
	return (doubt->word_count > 0 || doubt->marks_blanks) &&
	       (doubt->is_pair || is_named(doubt, "kinds-of-null") ||
		is_named(doubt, "sentinel-date"));
}

static void say_undecided(struct doubt *doubt)
{
	doubt->is_refused = is_refused_anyway(doubt->fields[0], doubt->finding->name);
	doubt->is_rejected = !doubt->is_refused && must_wait(doubt);
	doubt->undecided = doubt->is_refused || doubt->is_rejected
			       ? "nobody has said yet: such rows are rejected"
			       : "nobody has said yet: taken over as it stands";
}

static void add(struct draft *draft, struct draft_entity *entity, struct names *names,
		struct draft_source *source, const struct finding *finding)
{
	bool is_pair = finding->pair[0].column != NULL;
	const char *column = is_pair ? finding->pair[0].column : finding->column;
	struct doubt *doubt = &entity->doubts[entity->doubt_count];

	*doubt = (struct doubt){ .finding = finding, .source = source };
	doubt->fields[0] = find_field(source, column);
	if (is_pair)
		doubt->fields[1] = find_field(source, finding->pair[1].column);
	if (doubt->fields[0] == NULL || doubt->fields[0]->decision_count == FIELD_DECISIONS_MAX)
		return;
	entity->doubt_count++;
	doubt->name = decision_name(draft, names, doubt->fields[0], finding->name);
	/* Of children a function is given all rows, and none of them by itself. */
	if (source->parent == NULL && is_pair)
		find_pair(draft, doubt);
	else if (source->parent == NULL)
		find_words(draft, doubt);
	say_undecided(doubt);
	rest_on(doubt->fields[0], doubt->name);
	if (doubt->fields[1])
		rest_on(doubt->fields[1], doubt->name);
}

void doubts_find(struct draft *draft, struct draft_entity *entity)
{
	struct names names = { .arena = draft->arena };

	entity->doubts = arena_zalloc(draft->arena, sizeof(*entity->doubts) * DRAFT_DECISIONS_MAX);
	for (int s = 0; s < entity->source_count; s++) {
		struct draft_source *source = &entity->sources[s];
		const struct table_profile *table = source->table;

		for (int i = 0;
		     i < table->finding_count && entity->doubt_count < DRAFT_DECISIONS_MAX; i++) {
			const struct finding *finding = &table->findings[i];

			if (finding->weight == FINDING_DECIDE &&
			    (finding->column || finding->pair[0].column))
				add(draft, entity, &names, source, finding);
		}
	}
}

bool doubts_hold(const struct draft_entity *entity, const struct finding *finding)
{
	for (int i = 0; i < entity->doubt_count; i++)
		if (entity->doubts[i].finding == finding)
			return true;
	return false;
}
