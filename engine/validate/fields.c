/*
 * fields.c: a record as stored against the one its row makes: which fields differ, and how both read.
 */
#include "engine/target/record.h"
#include "engine/validate/checks.h"

struct telling {
	struct validation *validation;
	struct difference difference; /* what all of them share */
	struct json_value masked_stored, masked_derived;
	int64_t count;
	struct err *err;
};

static void tell_field(void *context, const char *name, const struct json_value *stored,
		       const struct json_value *derived)
{
	struct telling *telling = context;
	struct validation *validation = telling->validation;
	struct difference difference = telling->difference;

	difference.field = name;
	difference.legacy =
	    record_show_member(validation->entity, json_member(&telling->masked_derived, name),
			       derived, &validation->one);
	difference.target =
	    record_show_member(validation->entity, json_member(&telling->masked_stored, name),
			       stored, &validation->one);
	telling->count++;
	if (telling->err->code == ERR_NONE)
		tell(validation, difference, telling->err);
}

bool tell_fields(struct validation *validation, const struct difference *about,
		 const struct stored *stored, const struct json_value *read,
		 const struct outcome *outcome, int64_t *count, struct err *err)
{
	struct telling telling = { .validation = validation, .difference = *about, .err = err };
	struct json_value derived;

	if (!json_read(outcome->body, &validation->one, &derived, err) ||
	    !(record_read_masked(validation->entity, outcome->body, &validation->one,
				 &telling.masked_derived) ||
	      err_set(err, ERR_BUG, "the record that was derived is no JSON")))
		return false;
	if (!record_read_masked(validation->entity, stored->payload, &validation->one,
				&telling.masked_stored))
		telling.masked_stored = (struct json_value){ .kind = JSON_OBJECT };
	record_each_difference(read, &derived, &validation->one, tell_field, &telling);
	*count = telling.count;
	return err->code == ERR_NONE;
}

bool read_stored(struct validation *validation, const struct stored *stored,
		 struct json_value *read)
{
	struct err ignored = { ERR_NONE, "" };

	return json_read(stored->payload, &validation->one, read, &ignored) &&
	       read->kind == JSON_OBJECT;
}
