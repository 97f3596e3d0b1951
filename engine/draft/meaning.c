/*
 * meaning.c: what the values of a column look like, as a field of a rule file says it.
 */
#include <string.h>
#include <strings.h>

#include "engine/draft/naming.h"
#include "engine/draft/plan.h"
#include "engine/model/row_key.h"

#define FORMS(form) (1u << (form))

enum {
	MAPPED_VALUES_MAX = 24, /* more words than this are no vocabulary that somebody maps */
	MAPPED_VALUE_BYTES = 60,
	ROWS_A_VALUE = 8, /* fewer rows for each value are no vocabulary either */
	DIGITS_MAX = 38,
	DIGITS_USUAL = 12,
	SCALE_MAX = 12,
	CENTS = 2,
};

/* ---- what a name says ---- */

static bool says(const char *name, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(name, *words))
			return true;
	return false;
}

bool column_is_personal(const char *name)
{
	static const char *const words[] = { "mail",       "phone",     "mobile",    "fax",
					     "first_name", "last_name", "firstname", "lastname",
					     "surname",    "fullname",  "full_name", "birth",
					     "passport",   "street",    "address",   NULL };

	return says(name, words) || column_is_secret(name);
}

/* Digits that nobody adds up: a number would lose the zeros that the next one may begin with. */
static bool is_code(const char *name)
{
	static const char *const words[] = { "code", "zip",        "postal", "isbn",
					     "ean",  "account_no", NULL };

	return says(name, words) || column_is_personal(name);
}

static bool has_finding(const struct table_profile *table, const char *column, const char *name)
{
	for (int i = 0; i < table->finding_count; i++)
		if (table->findings[i].column && strcmp(table->findings[i].column, column) == 0 &&
		    strcmp(table->findings[i].name, name) == 0)
			return true;
	return false;
}

/* ---- what the values say ---- */

/* The texts that a column of that type takes for true and false. */
static bool reads_as_boolean(const struct column_profile *column)
{
	static const char *const words[] = { "t", "f", "true", "false", "1", "0" };
	bool is_declared = strcasestr(column->info->type, "bool") != NULL;

	if (!column->is_vocabulary || column->value_kinds == 0 || column->value_kinds > 2 ||
	    (!is_declared && !column_is_nearly(column, FORMS(FORM_BOOLEAN))))
		return false;
	for (int i = 0; i < column->value_kinds; i++) {
		bool known = false;

		for (size_t w = 0; w < sizeof(words) / sizeof(*words); w++)
			known = known || span_equal_text(column->values[i].value, words[w]);
		if (!known)
			return false;
	}
	return true;
}

/* "{a,b}": several values in one. */
static bool holds_lists(const struct column_profile *column)
{
	for (int i = 0; i < column->value_kinds; i++) {
		struct span value = column->values[i].value;

		if (value.size > 1 && (value.data[0] == '{' || value.data[0] == '['))
			return true;
	}
	return false;
}

bool column_is_mapped(const struct column_profile *column)
{
	return column->is_vocabulary && column->distinct_count > 1 &&
	       column->distinct_count <= MAPPED_VALUES_MAX &&
	       column->length_max <= MAPPED_VALUE_BYTES &&
	       column->value_count >= column->distinct_count * ROWS_A_VALUE &&
	       column_is_mostly(column, FORMS(FORM_TEXT)) &&
	       !column_is_personal(column->info->name) && !holds_lists(column);
}

static int integer_digits(struct span number)
{
	int count = 0;

	for (size_t i = 0; i < number.size && number.data[i] != '.'; i++)
		count += number.data[i] >= '0' && number.data[i] <= '9';
	return count;
}

static bool read_as_decimal(const struct table_profile *table, struct draft_field *field)
{
	const struct column_profile *column = field->column;
	int least = integer_digits(column->least), greatest = integer_digits(column->greatest);
	bool is_money = has_finding(table, column->info->name, "money-as-float");

	if (column->forms[FORM_FLOAT] > 0 || column->oddities[ODD_ZEROS_IN_FRONT].count > 0 ||
	    (!is_money &&
	     (column->scale_max > SCALE_MAX || has_finding(table, column->info->name, "float"))))
		return false;
	field->scale = is_money ? CENTS : (int)column->scale_max;
	field->digits = (least > greatest ? least : greatest) + field->scale;
	if (field->digits < DIGITS_USUAL)
		field->digits = DIGITS_USUAL;
	return field->digits <= DIGITS_MAX;
}

static enum sense sense_of_number(const struct table_profile *table, struct draft_field *field)
{
	const struct column_profile *column = field->column;

	if (column_is_nearly(column, FORMS(FORM_INTEGER)) && column->forms[FORM_DECIMAL] == 0 &&
	    column->forms[FORM_FLOAT] == 0) {
		if (column->oddities[ODD_ZEROS_IN_FRONT].count > 0 || is_code(column->info->name))
			return SENSE_TEXT;
		return column->oddities[ODD_UNSAFE_INTEGER].count ? SENSE_BIGINT : SENSE_INTEGER;
	}
	return read_as_decimal(table, field) ? SENSE_DECIMAL : SENSE_TEXT;
}

static enum sense sense_of_time(const struct column_profile *column)
{
	if (column->forms[FORM_LOCAL] > 0)
		return SENSE_LOCAL;
	return column->forms[FORM_INSTANT] > 0 ? SENSE_INSTANT : SENSE_DATE;
}

static enum sense sense_of(const struct table_profile *table, struct draft_field *field)
{
	static const unsigned numbers =
	    FORMS(FORM_INTEGER) | FORMS(FORM_DECIMAL) | FORMS(FORM_FLOAT);
	static const unsigned times = FORMS(FORM_DATE) | FORMS(FORM_LOCAL) | FORMS(FORM_INSTANT);
	const struct column_profile *column = field->column;

	if (column_is_secret(column->info->name) || column_meant(column) == 0)
		return SENSE_TEXT;
	if (reads_as_boolean(column))
		return SENSE_BOOLEAN;
	if (column_is_nearly(column, numbers))
		return sense_of_number(table, field);
	if (column_is_nearly(column, times))
		return sense_of_time(column);
	if (column_is_nearly(column, FORMS(FORM_BYTES)))
		return SENSE_BYTES;
	if (column_is_nearly(column, FORMS(FORM_JSON)))
		return SENSE_JSON;
	if (column_is_nearly(column, FORMS(FORM_PHP)))
		return SENSE_PHP;
	return column_is_mapped(column) ? SENSE_ENUM : SENSE_TEXT;
}

/* ---- what a column names ---- */

static const char *entity_named(const struct draft *draft, const struct table_profile *table,
				const char *column)
{
	for (int i = 0; i < table->relation_count; i++) {
		const struct foreign_key *key = table->relations[i].key;
		const struct draft_entity *entity = family_entity_of(draft, key->above);
		const struct table_profile *root = entity ? entity->sources[0].table : NULL;

		if (root && key->column_count == 1 && strcmp(key->columns[0], column) == 0 &&
		    root->key_count == 1 && strcmp(root->key[0], key->above_columns[0]) == 0)
			return entity->name;
	}
	return NULL;
}

/* ---- fields ---- */

/* `from` reads a point as "source.column", and two names are the engine's own. */
static bool is_sayable(const struct draft_source *source, const char *column)
{
	bool is_own = source->key == NULL && (strcmp(column, ROW_KEY_COLUMN) == 0 ||
					      strcmp(column, ROW_COPIES_COLUMN) == 0);

	return *column && strchr(column, '.') == NULL && !is_own;
}

/* What says which row it is, and nothing more. */
static bool is_place(const struct draft_source *source, const char *column)
{
	if (source->parent == NULL)
		return source->key_count == 1 && strcmp(source->key[0], column) == 0;
	for (int i = 0; i < source->parent_count; i++)
		if (strcmp(source->parent[i], column) == 0)
			return true;
	return false;
}

static void fill(struct draft *draft, const struct draft_source *source, struct draft_field *field)
{
	const struct column_info *info = field->column->info;
	bool is_sampled = source->table->read_count < source->table->row_count;

	field->ref = entity_named(draft, source->table, info->name);
	field->sense = field->ref ? SENSE_REF : sense_of(source->table, field);
	field->is_optional = field->column->null_count > 0 || field->column->value_count == 0 ||
			     (is_sampled && !info->not_null);
	field->is_masked = column_is_personal(info->name) && field->sense != SENSE_REF;
}

static const char *id_name(struct arena *arena, const struct draft_entity *entity)
{
	static const char *const common[] = { "id", "key", "no", "nr", "code", "uuid" };
	const struct draft_source *root = &entity->sources[0];
	const char *name;

	if (root->key_count != 1)
		return arena_print(arena, "%sId", entity->name).data;
	name = name_in_camel_case(arena, root->key[0], "id");
	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		if (strcmp(name, common[i]) == 0)
			return arena_print(arena, "%sId", entity->name).data;
	return name;
}

static void find_fields(struct draft *draft, struct draft_source *source, struct names *names,
			struct names *tables)
{
	const struct table_profile *table = source->table;
	size_t count = (size_t)table->column_count + 1;
	const char **unsayable = arena_alloc(draft->arena, sizeof(*unsayable) * count);

	source->fields = arena_zalloc(draft->arena, sizeof(*source->fields) * count);
	source->unsayable = unsayable;
	for (int i = 0; i < table->column_count; i++) {
		const char *column = table->columns[i].info->name;
		struct draft_field *field = &source->fields[source->field_count];

		if (is_place(source, column))
			continue;
		if (!is_sayable(source, column)) {
			unsayable[source->unsayable_count++] = column;
			continue;
		}
		source->field_count++;
		field->column = &table->columns[i];
		field->name = names_take(names, name_in_camel_case(draft->arena, column, "field"));
		fill(draft, source, field);
		if (field->sense == SENSE_ENUM)
			field->table =
			    names_take(tables, name_in_capitals(draft->arena, column, "VALUES"));
	}
}

void meaning_find(struct draft *draft, struct draft_entity *entity)
{
	struct names names = { .arena = draft->arena }, tables = { .arena = draft->arena };

	names_take(&names, "lineage"); /* the engine's own */
	names_take(&tables, "LOCAL_TIME");
	entity->id = names_take(&names, id_name(draft->arena, entity));
	if (entity->sources[0].key == NULL)
		entity->copies = names_take(&names, ROW_COPIES_COLUMN);
	for (int s = 0; s < entity->source_count; s++) {
		struct draft_source *source = &entity->sources[s];
		struct names inner = { .arena = draft->arena };

		if (s > 0)
			source->list = names_take(&names, source->name);
		find_fields(draft, source, s > 0 ? &inner : &names, &tables);
	}
}
