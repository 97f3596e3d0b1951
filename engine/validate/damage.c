/*
 * damage.c: what can happen to records, done to copies of them in memory.
 */
#include "engine/validate/damage.h"

#include "engine/base/json.h"
#include "engine/model/instant.h"

#define HOUR_US INT64_C(3600000000)

/* The variant-th place, in the order of the record, where the damage can be done. */
struct spot {
	struct arena *arena;
	size_t left; /* places to pass over */
	bool is_done;
};

static bool is_reached(struct spot *spot)
{
	spot->is_done = spot->left == 0;
	if (!spot->is_done)
		spot->left--;
	return spot->is_done;
}

/* ---- one value ---- */

static bool is_scalar(const struct json_value *value)
{
	return value->kind != JSON_ARRAY && value->kind != JSON_OBJECT;
}

static bool has_text(const struct json_value *value)
{
	return value->kind == JSON_STRING || value->kind == JSON_NUMBER;
}

/* What stands last, changed by the function. */
static bool change_last(struct spot *spot, struct json_value *value, char (*change)(char last))
{
	struct span copy;

	if (value->text.size == 0 || !is_reached(spot))
		return true;
	copy = arena_copy(spot->arena, value->text);
	((char *)copy.data)[copy.size - 1] = change(copy.data[copy.size - 1]);
	value->text = copy;
	return true;
}

static char flip_bit(char last)
{
	return (char)(last ^ 1);
}

static char count_on(char last)
{
	return last == '9' ? '0' : (char)(last + 1);
}

static void flip_truth(struct spot *spot, struct json_value *value)
{
	if (is_reached(spot))
		value->kind = value->kind == JSON_TRUE ? JSON_FALSE : JSON_TRUE;
}

static void add_hour(struct spot *spot, struct json_value *value)
{
	char later[INSTANT_TEXT_SIZE];
	int64_t at_us;

	if (value->kind == JSON_STRING && instant_from_text(value->text, &at_us) &&
	    instant_to_text(at_us + HOUR_US, later) && is_reached(spot))
		value->text = arena_copy(spot->arena, span_of(later));
}

static void damage_scalar(enum damage_kind kind, struct spot *spot, struct json_value *value)
{
	bool has_digit = has_text(value) && value->text.size > 0 &&
			 value->text.data[value->text.size - 1] >= '0' &&
			 value->text.data[value->text.size - 1] <= '9';

	if (kind == DAMAGE_BIT && has_text(value))
		change_last(spot, value, flip_bit);
	else if (kind == DAMAGE_BIT && value->kind != JSON_NULL)
		flip_truth(spot, value);
	else if (kind == DAMAGE_LAST_PLACE && has_digit)
		change_last(spot, value, count_on);
	else if (kind == DAMAGE_SPACE && value->kind == JSON_STRING && is_reached(spot))
		value->text = arena_print(spot->arena, "%.*s ", SPAN_ARGS(value->text));
	else if (kind == DAMAGE_HOUR)
		add_hour(spot, value);
	else if (kind == DAMAGE_NULL && value->kind != JSON_NULL && is_reached(spot))
		*value = (struct json_value){ .kind = JSON_NULL, .key = value->key };
}

/* ---- the values of a record ---- */

static void remove_item(struct json_value *holder, size_t at)
{
	for (size_t i = at + 1; i < holder->item_count; i++)
		holder->items[i - 1] = holder->items[i];
	holder->item_count--;
}

static void damage_values(enum damage_kind kind, struct spot *spot, struct json_value *holder)
{
	for (size_t i = 0; i < holder->item_count && !spot->is_done; i++) {
		struct json_value *value = &holder->items[i];

		if (span_equal_text(value->key, "lineage"))
			continue;
		if (kind == DAMAGE_ABSENT && is_reached(spot))
			remove_item(holder, i);
		else if (is_scalar(value))
			damage_scalar(kind, spot, value);
		else
			damage_values(kind, spot, value);
	}
}

/* The last character of a text in front of the next one: both columns together read the same. */
static void move_boundary(struct spot *spot, struct json_value *record)
{
	struct json_value *before = NULL;

	for (size_t i = 0; i < record->item_count && !spot->is_done; i++) {
		struct json_value *value = &record->items[i];

		if (value->kind != JSON_STRING)
			continue;
		if (before && before->text.size > 1 &&
		    (unsigned char)before->text.data[before->text.size - 1] < 0x80 &&
		    is_reached(spot)) {
			value->text = arena_print(spot->arena, "%c%.*s",
						  before->text.data[before->text.size - 1],
						  SPAN_ARGS(value->text));
			before->text.size--;
		}
		before = value;
	}
}

/* A field that the record has not, as an empty text. */
static void add_empty(struct spot *spot, const struct entity_info *entity,
		      struct json_value *record)
{
	for (int i = 0; i < entity->field_count && !spot->is_done; i++) {
		struct json_value *items;

		if (json_member(record, entity->fields[i].name) || !is_reached(spot))
			continue;
		items = arena_alloc(spot->arena, (record->item_count + 1) * sizeof(*items));
		memcpy(items, record->items, record->item_count * sizeof(*items));
		items[record->item_count++] = (struct json_value){
			.kind = JSON_STRING,
			.key = span_of(entity->fields[i].name),
			.text = SPAN(""),
		};
		record->items = items;
	}
}

static struct json_value *member(struct json_value *object, const char *name)
{
	return object ? (struct json_value *)json_member(object, name) : NULL;
}

static void damage_lineage(struct spot *spot, struct json_value *record)
{
	struct json_value *lineage = member(record, "lineage");

	for (size_t i = 0; lineage && i < lineage->item_count && !spot->is_done; i++) {
		if (is_scalar(&lineage->items[i]))
			damage_scalar(DAMAGE_BIT, spot, &lineage->items[i]);
		else if (!span_equal_text(lineage->items[i].key, "decisions"))
			damage_values(DAMAGE_BIT, spot, &lineage->items[i]);
	}
}

static void forget_decision(struct spot *spot, struct json_value *record)
{
	struct json_value *decisions = member(member(record, "lineage"), "decisions");

	for (size_t i = 0; decisions && i < decisions->item_count && !spot->is_done; i++)
		if (is_reached(spot))
			remove_item(decisions, i);
}

/* ---- the columns beside it ---- */

static bool damage_column(size_t variant, struct arena *arena, struct stored *stored)
{
	struct span *texts[] = { &stored->version, &stored->key, &stored->state, &stored->writer };
	enum { TEXTS = sizeof(texts) / sizeof(*texts) };

	if (variant < TEXTS) {
		*texts[variant] = arena_print(arena, "%.*sx", SPAN_ARGS(*texts[variant]));
		return true;
	}
	switch (variant - TEXTS) {
	case 0:
		stored->transformed_at_us++;
		return true;
	case 1:
		stored->bucket++;
		return true;
	case 2:
		stored->is_stamped = !stored->is_stamped;
		return true;
	case 3:
		stored->digest.low++;
		return true;
	case 4:
		stored->source_digest.low++;
		return true;
	default:
		return false;
	}
}

/* ---- records ---- */

bool damage_is_of_record(enum damage_kind kind)
{
	return kind != DAMAGE_DROPPED && kind != DAMAGE_DOUBLED && kind != DAMAGE_SWAPPED;
}

bool damage_record(enum damage_kind kind, size_t variant, const struct entity_info *entity,
		   const struct stored *record, struct arena *arena, struct stored *damaged)
{
	struct spot spot = { .arena = arena, .left = variant };
	struct err ignored = { ERR_NONE, "" };
	struct json_value read;
	struct buf buf;

	*damaged = *record;
	if (kind == DAMAGE_COLUMN)
		return damage_column(variant, arena, damaged);
	if (!json_read(record->payload, arena, &read, &ignored) || read.kind != JSON_OBJECT)
		return false;
	if (kind == DAMAGE_BOUNDARY)
		move_boundary(&spot, &read);
	else if (kind == DAMAGE_EMPTY)
		add_empty(&spot, entity, &read);
	else if (kind == DAMAGE_LINEAGE)
		damage_lineage(&spot, &read);
	else if (kind == DAMAGE_DECISION)
		forget_decision(&spot, &read);
	else
		damage_values(kind, &spot, &read);
	buf_init(&buf);
	json_put_value(&buf, &read);
	damaged->payload = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return spot.is_done;
}

bool damage_holding(enum damage_kind kind, size_t variant, const struct holding *holding,
		    struct arena *arena, struct holding *damaged)
{
	size_t count = holding->record_count;
	struct stored *records = arena_alloc(arena, (count + 1) * sizeof(*records));

	if (variant >= count || (kind == DAMAGE_SWAPPED && variant + 1 >= count))
		return false;
	*damaged = *holding;
	damaged->records = records;
	memcpy(records, holding->records, count * sizeof(*records));
	if (kind == DAMAGE_DROPPED) {
		records[variant] = records[count - 1];
		damaged->record_count--;
	} else if (kind == DAMAGE_DOUBLED) {
		records[count] = records[variant];
		records[count].id = arena_print(arena, "%.*s~2", SPAN_ARGS(records[variant].id));
		damaged->record_count++;
	} else {
		struct span payload = records[variant].payload;

		records[variant].payload = records[variant + 1].payload;
		records[variant + 1].payload = payload;
	}
	return true;
}
