/*
 * fields.c: where two records of one row differ: member by member, in lists of one length item by item.
 */
#include "engine/compare/fields.h"

#include "engine/base/json.h"
#include "engine/compare/tally.h"
#include "engine/model/canonical.h"
#include "engine/model/decimal.h"
#include "engine/model/mask.h"

/* A map's keys are data, and there may be as many of them as rows. */
enum { FIELDS_MAX = 500, PATH_BYTES_MAX = 200 };

struct differing {
	struct comparison *comparison;
	struct entity_comparison *entity;
	struct span key;
	struct arena *scratch;
	struct buf path;
};

/* What both versions say of an object's members; either may not know them. */
struct members {
	const struct field_info *fields[2];
	int counts[2];
	bool is_masked;
	const char *type; /* of the later version's field, or the earlier's; NULL: of none */
};

static struct members members_of(const struct members *outer, struct span name)
{
	struct members inner = { .is_masked = outer->is_masked };

	for (int side = 0; side < 2; side++)
		for (int i = 0; i < outer->counts[side]; i++) {
			const struct field_info *field = &outer->fields[side][i];

			if (!span_equal_text(name, field->name))
				continue;
			inner.fields[side] = field->members;
			inner.counts[side] = field->member_count;
			inner.is_masked = inner.is_masked || field->is_masked;
			inner.type = field->type;
		}
	return inner;
}

/* ---- what is counted ---- */

static struct field_tally *find_field(struct differing *at, bool is_masked)
{
	struct entity_comparison *entity = at->entity;
	struct span path = buf_span(&at->path);

	if (path.size > PATH_BYTES_MAX)
		path.size = PATH_BYTES_MAX;
	for (int i = 0; i < entity->field_count; i++)
		if (span_equal(entity->fields[i].path, path))
			return &entity->fields[i];
	if (entity->field_count == FIELDS_MAX)
		return NULL;
	entity->fields = arena_grow_by_one(at->comparison->arena, entity->fields,
					   entity->field_count, sizeof(*entity->fields));
	entity->fields[entity->field_count] = (struct field_tally){
		.path = arena_copy(at->comparison->arena, path),
		.is_masked = is_masked,
	};
	return &entity->fields[entity->field_count++];
}

/* A value as people may see it; no data: absent. A list or an object that another stands for is told by its size. */
static struct span shown(struct differing *at, const struct json_value *value, bool is_masked,
			 bool as_size)
{
	struct span text;
	struct buf buf;

	if (value == NULL)
		return SPAN_NONE;
	buf_init(&buf);
	if (as_size && value->kind == JSON_ARRAY)
		buf_print(&buf, "%zu item%s", value->item_count, value->item_count == 1 ? "" : "s");
	else
		json_put_value(&buf, value);
	text = arena_copy(at->scratch, buf_span(&buf));
	if (is_masked) {
		buf_reset(&buf);
		mask_put(&buf, value->kind == JSON_STRING ? value->text : text);
		text = arena_copy(at->scratch, buf_span(&buf));
	}
	buf_release(&buf);
	return text;
}

static bool is_one_of(const char *type, const char *one, const char *other)
{
	return type && (strcmp(type, one) == 0 || strcmp(type, other) == 0);
}

/* Negative where the value fell, positive where it rose, 0 where that says nothing. Canonical times are in order as texts. */
static int direction(const struct json_value *before, const struct json_value *after,
		     const char *type)
{
	struct decimal old, new;

	if (is_one_of(type, "instant", "date"))
		return span_compare(after->text, before->text);
	if (!is_one_of(type, "decimal", "integer") && !is_one_of(type, "bigint", "bigint"))
		return 0;
	if (!decimal_parse(before->text, &old) || !decimal_parse(after->text, &new))
		return 0;
	return decimal_compare(new, old);
}

static void note_direction(struct field_tally *field, const struct json_value *before,
			   const struct json_value *after, const char *type)
{
	bool is_text = before->kind == JSON_STRING && after->kind == JSON_STRING;
	bool is_number = before->kind == JSON_NUMBER && after->kind == JSON_NUMBER;
	int moved = is_text || is_number ? direction(before, after, type) : 0;

	field->fell += moved < 0;
	field->rose += moved > 0;
	field->is_time = is_one_of(type, "instant", "date");
}

static void note(struct differing *at, const struct json_value *before,
		 const struct json_value *after, const struct members *members)
{
	bool is_masked = members->is_masked;
	struct field_tally *field = find_field(at, is_masked);
	bool both_lists =
	    before && after && before->kind == JSON_ARRAY && after->kind == JSON_ARRAY;

	if (!field) {
		at->entity->other_fields++;
		return;
	}
	field->rows += field->last_row != at->comparison->row;
	field->last_row = at->comparison->row;
	field->appeared += before == NULL;
	field->vanished += after == NULL;
	field->changed += before && after;
	if (before && after && !is_masked)
		note_direction(field, before, after, members->type);
	tally_add(&field->transitions, at->comparison, shown(at, before, is_masked, both_lists),
		  shown(at, after, is_masked, both_lists), at->key);
}

/* ---- where they differ ---- */

static bool is_equal(const struct json_value *one, const struct json_value *other)
{
	if (one->kind != other->kind || one->item_count != other->item_count)
		return false;
	if (one->kind == JSON_STRING || one->kind == JSON_NUMBER)
		return span_equal(one->text, other->text);
	for (size_t i = 0; i < one->item_count; i++)
		if (!span_equal(one->items[i].key, other->items[i].key) ||
		    !is_equal(&one->items[i], &other->items[i]))
			return false;
	return true;
}

static void compare_values(struct differing *at, const struct json_value *before,
			   const struct json_value *after, const struct members *members);

static bool is_plain_name(struct span name)
{
	for (size_t i = 0; i < name.size; i++) {
		char c = name.data[i];

		if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		      (c >= 'a' && c <= 'z')))
			return false;
	}
	return name.size > 0;
}

static void compare_member(struct differing *at, struct span name, const struct json_value *before,
			   const struct json_value *after, const struct members *outer)
{
	size_t size = at->path.size;
	struct members inner = members_of(outer, name);

	if (is_plain_name(name)) {
		buf_put_text(&at->path, size ? "." : "");
		buf_put_span(&at->path, name);
	} else {
		buf_put_char(&at->path, '[');
		json_put_lossy(&at->path, name);
		buf_put_char(&at->path, ']');
	}
	if (before && after)
		compare_values(at, before, after, &inner);
	else
		note(at, before, after, &inner);
	at->path.size = size;
}

/* Members stand in canonical order in both. */
static void compare_objects(struct differing *at, const struct json_value *before,
			    const struct json_value *after, const struct members *members)
{
	for (size_t o = 0, n = 0; o < before->item_count || n < after->item_count;) {
		const struct json_value *old = o < before->item_count ? &before->items[o] : NULL;
		const struct json_value *new = n < after->item_count ? &after->items[n] : NULL;
		int order = !old ? 1 : !new ? -1 : canonical_compare_names(old->key, new->key);

		o += order <= 0;
		n += order >= 0;
		compare_member(at, order <= 0 ? old->key : new->key, order <= 0 ? old : NULL,
			       order >= 0 ? new : NULL, members);
	}
}

static void compare_lists(struct differing *at, const struct json_value *before,
			  const struct json_value *after, const struct members *members)
{
	size_t size = at->path.size;

	buf_put_text(&at->path, "[]");
	for (size_t i = 0; i < before->item_count; i++)
		compare_values(at, &before->items[i], &after->items[i], members);
	at->path.size = size;
}

static void compare_values(struct differing *at, const struct json_value *before,
			   const struct json_value *after, const struct members *members)
{
	if (is_equal(before, after))
		return;
	if (before->kind == JSON_OBJECT && after->kind == JSON_OBJECT)
		compare_objects(at, before, after, members);
	else if (before->kind == JSON_ARRAY && after->kind == JSON_ARRAY &&
		 before->item_count == after->item_count)
		compare_lists(at, before, after, members);
	else
		note(at, before, after, members);
}

static struct members members_of_record(const struct comparison *comparison,
					const struct entity_comparison *entity)
{
	const struct entity_info *before = &comparison->migrations[0]->entities[entity->before];
	const struct entity_info *after = &comparison->migrations[1]->entities[entity->after];

	return (struct members){ .fields = { before->fields, after->fields },
				 .counts = { before->field_count, after->field_count } };
}

bool fields_compare(struct comparison *comparison, struct entity_comparison *entity,
		    struct span key, struct span before, struct span after, struct arena *scratch,
		    struct err *err)
{
	struct differing at = { comparison, entity, key, scratch, { 0 } };
	const struct span bodies[] = { before, after };
	struct members members = members_of_record(comparison, entity);
	struct json_value records[2];

	for (int side = 0; side < 2; side++)
		if (!json_read(bodies[side], scratch, &records[side], err))
			return err_while(err, "reading back the record of %.*s", SPAN_ARGS(key));
	buf_init(&at.path);
	compare_values(&at, &records[0], &records[1], &members);
	buf_release(&at.path);
	return true;
}

bool fields_note_mapped(struct comparison *comparison, struct entity_comparison *entity,
			struct span key, const struct outcome *before, struct span body,
			struct arena *scratch, struct err *err)
{
	struct differing at = { comparison, entity, key, scratch, { 0 } };
	struct members members = members_of_record(comparison, entity);
	bool is_masked;
	const struct fault *fault;
	const struct json_value *value;
	struct json_value record;
	struct buf old;

	if (before->fault_count == 0 || before->faults[0].field.data == NULL)
		return true;
	fault = &before->faults[0];
	if (!json_read(body, scratch, &record, err))
		return err_while(err, "reading back the record of %.*s", SPAN_ARGS(key));
	value = json_member(&record, arena_print(scratch, "%.*s", SPAN_ARGS(fault->field)).data);
	buf_init(&old);
	buf_print(&old, "%s %.*s", fault->code, SPAN_ARGS(fault->field));
	is_masked = members_of(&members, fault->field).is_masked;
	if (fault->saw_kind != SAW_NOTHING && !is_masked) {
		buf_put_char(&old, ' ');
		fault_put_saw(&old, fault);
	}
	tally_add(&entity->mapped, comparison, arena_copy(scratch, buf_span(&old)),
		  shown(&at, value, is_masked, false), key);
	buf_release(&old);
	return true;
}
