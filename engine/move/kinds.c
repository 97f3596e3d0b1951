/*
 * kinds.c: what is in quarantine, by the kinds of its faults: a few blocks to read instead of many rows.
 *
 * Rows are counted by their first fault, which is the one `engine quarantine list --code` finds them by. They are
 * read one by one and not held. What quarantine keeps of a fault is what a row had; the hints beside it are the
 * rule's, which is asked again about the first row of each kind that is shown.
 */
#include "engine/base/json.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

enum { KIND_ENTITY, KIND_SOURCE, KIND_KEY, KIND_FAULTS, KIND_COLUMNS };

struct gathering {
	const struct migration_info *migration; /* or NULL: any entity, and no file is known */
	const char *entity;                     /* or a part of it; NULL: all */
	struct fault_groups *kinds;
	struct arena scratch; /* dies with the row */
};

static const struct entity_info *find_entity(const struct migration_info *migration,
					     struct span name)
{
	for (int i = 0; migration && i < migration->entity_count; i++)
		if (span_equal_text(name, migration->entities[i].name))
			return &migration->entities[i];
	return NULL;
}

/* The file in which a field or source stands; what has another name stands where the entity does. */
static const char *file_of(const struct entity_info *entity, struct span name)
{
	int source = source_find(&entity->sources, name);

	for (int i = 0; i < entity->field_count; i++)
		if (span_equal_text(name, entity->fields[i].name))
			return entity->fields[i].file;
	return source >= 0 ? entity->sources.sources[source].file : entity->file;
}

static struct span text_of(const struct json_value *object, const char *name)
{
	const struct json_value *member = json_member(object, name);

	return member && (member->kind == JSON_STRING || member->kind == JSON_NUMBER) ? member->text
										      : SPAN_NONE;
}

static int64_t number_of(const struct json_value *object, const char *name)
{
	struct span digits = text_of(object, name);
	int64_t number = 0;

	for (size_t i = 0; i < digits.size && i < 18; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return 0;
		number = number * 10 + (digits.data[i] - '0');
	}
	return number;
}

/* What fault_put_json() wrote, read back. False for what another release may have written. */
static bool read_fault(struct gathering *gathering, struct span entity,
		       const struct json_value *kept, struct fault *fault)
{
	const struct entity_info *info = find_entity(gathering->migration, entity);
	struct span saw = text_of(kept, "saw");
	int64_t saw_size = number_of(kept, "saw_size");

	*fault = (struct fault){ .code = fault_code_named(text_of(kept, "code")) };
	if (!fault->code)
		return false;
	fault->field = text_of(kept, "field");
	fault->where = arena_print(&gathering->scratch, "%.*s%s%.*s", SPAN_ARGS(entity),
				   fault->field.size ? "." : "", SPAN_ARGS(fault->field));
	fault->file = info ? file_of(info, fault->field) : NULL;
	fault->line = (int)number_of(kept, "rule_line");
	fault->message = text_of(kept, "message");
	fault->saw_kind = saw.data ? SAW_TEXT : SAW_NOTHING;
	fault->saw = saw;
	fault->saw_size = saw_size ? (size_t)saw_size : saw.size;
	return true;
}

static bool gather(void *context, const struct datum *cells, struct err *err)
{
	struct gathering *gathering = context;
	bool is_root = span_equal_text(cells[KIND_SOURCE].text, "root");
	struct json_value faults;
	struct fault fault;
	struct span record;

	if (gathering->migration && !find_entity(gathering->migration, cells[KIND_ENTITY].text))
		return true;
	if (gathering->entity && !is_part_of(cells[KIND_ENTITY].text, gathering->entity))
		return true;
	arena_reset(&gathering->scratch);
	if (!json_read(cells[KIND_FAULTS].text, &gathering->scratch, &faults, err))
		return err_while(err, "the faults of %.*s in quarantine",
				 SPAN_ARGS(cells[KIND_KEY].text));
	record =
	    arena_print(&gathering->scratch, "%.*s%s%.*s %.*s", SPAN_ARGS(cells[KIND_ENTITY].text),
			is_root ? "" : ".", SPAN_ARGS(is_root ? SPAN("") : cells[KIND_SOURCE].text),
			SPAN_ARGS(cells[KIND_KEY].text));
	if (faults.item_count > 0 &&
	    read_fault(gathering, cells[KIND_ENTITY].text, &faults.items[0], &fault)) {
		fault_groups_add(gathering->kinds, &fault, record);
	} else {
		gathering->kinds->fault_count++;
		gathering->kinds->beyond++;
	}
	return true;
}

/* key: of the root, NULL for all. */
static bool gather_kinds(struct conn *target, const struct migration_info *migration,
			 const char *entity, const char *key, struct arena *arena,
			 struct fault_groups *kinds, struct err *err)
{
	static const int columns[KIND_COLUMNS] = { QUARANTINE_ENTITY, QUARANTINE_SOURCE,
						   QUARANTINE_KEY, QUARANTINE_FAULTS };
	static const int order[] = { QUARANTINE_ENTITY, QUARANTINE_SOURCE, QUARANTINE_KEY,
				     QUARANTINE_ORDINAL };
	struct condition where[2] = { { QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") } };
	struct query query = { .table = &table_quarantine,
			       .columns = columns,
			       .column_count = KIND_COLUMNS,
			       .where = where,
			       .where_count = 1,
			       .order_by = order,
			       .order_count = 4 };
	struct gathering gathering = { .migration = migration, .entity = entity, .kinds = kinds };
	bool ok;

	if (key)
		where[query.where_count++] =
		    (struct condition){ QUARANTINE_ROOT_KEY, IS_EQUAL, datum_text(key) };
	fault_groups_init(kinds, arena);
	arena_init(&gathering.scratch);
	ok = conn_select(target, &query, gather, &gathering, err);
	arena_release(&gathering.scratch);
	fault_groups_sort(kinds);
	return ok;
}

bool move_quarantine_kinds(struct conn *target, const char *entity, struct arena *arena,
			   struct fault_groups *kinds, struct err *err)
{
	return gather_kinds(target, NULL, entity, NULL, arena, kinds, err);
}

/* ---- what the rule says of it ---- */

/* Faults among records are not the rule's, and a root that does not fit in memory is not read again. */
static bool is_of_the_rule(const struct fault *fault)
{
	return strncmp(fault->code, "E21", 3) == 0 || strncmp(fault->code, "E22", 3) == 0;
}

/* The kept fault as the rule tells it now, when it is the same: with its place, hints and what it is near. */
static void complete(const struct outcome *outcome, struct arena *arena, struct fault *kept)
{
	for (size_t i = 0; outcome->kind == OUTCOME_REJECT && i < outcome->fault_count; i++) {
		const struct fault *fault = &outcome->faults[i];

		if (strcmp(fault->code, kept->code) == 0 && fault->line == kept->line &&
		    span_equal(fault->message, kept->message)) {
			*kept = fault_copy(arena, fault);
			return;
		}
	}
}

/* record is "job [\"7\"]". */
static void ask_again(struct deriver *deriver, const struct migration_info *migration,
		      struct arena *arena, struct fault_group *kind)
{
	const char *blank = memchr(kind->record.data, ' ', kind->record.size);
	size_t size = blank ? (size_t)(blank - kind->record.data) : 0;
	const struct entity_info *entity =
	    find_entity(migration, (struct span){ kind->record.data, size });
	struct err ignored = { ERR_NONE, "" };
	struct outcome *outcomes;
	struct reading reading;
	struct arena scratch;
	struct span key;

	if (!entity)
		return;
	key = (struct span){ blank + 1, kind->record.size - size - 1 };
	arena_init(&scratch);
	/* Legacy may have moved on or be gone: then what is kept has to do. */
	if (derive_read_keys(deriver, (int)(entity - migration->entities), &key, 1, &scratch,
			     &reading, &ignored) &&
	    derive_outcomes(deriver, (int)(entity - migration->entities), &reading.joined, &scratch,
			    &outcomes, &ignored) &&
	    reading.joined.row_count == 1)
		complete(&outcomes[0], arena, &kind->first);
	arena_release(&scratch);
}

bool kinds_report(struct mover *mover, struct opening *opening, const char *entity, const char *key,
		  struct move_report *report, struct err *err)
{
	struct fault_groups *kinds = &report->kinds;
	struct err ignored = { ERR_NONE, "" };
	struct deriver *deriver = NULL;

	if (!gather_kinds(opening->target, mover->migration, entity, key, mover->arena, kinds, err))
		return false;
	if (kinds->group_count == 0 ||
	    !deriver_open(opening->legacy, opening->host, &deriver, &ignored))
		return true;
	for (size_t i = 0; i < kinds->group_count && i < KINDS_SHOWN_MAX; i++)
		if (is_of_the_rule(&kinds->groups[i].first))
			ask_again(deriver, mover->migration, mover->arena, &kinds->groups[i]);
	deriver_close(deriver);
	return true;
}
