/*
 * answers.c: one question, put to one store, and its answer in memory.
 */
#include "engine/validate/answers.h"

#include "engine/model/canonical.h"
#include "engine/model/instant.h"
#include "engine/target/views.h"

/* ---- the queries ---- */

/* "amount", or "history.kind". */
static const struct field_info *field_of(const struct entity_info *entity, const char *path)
{
	const char *dot = strchr(path, '.');
	struct span head = { path, dot ? (size_t)(dot - path) : strlen(path) };
	const struct field_info *field = field_find(entity->fields, entity->field_count, head);

	if (!field || !dot)
		return field;
	return field_find(field->members, field->member_count, span_of(dot + 1));
}

/* The root or the children that point at a source's rows, or are these rows. */
static int pointing_source(const struct source_set *sources, int source)
{
	while (sources->sources[source].kind == SOURCE_REFERENCE)
		source = sources->sources[source].from_source;
	return source;
}

static int group_of(struct asked_query *asked, int source)
{
	for (int i = 0; i < asked->group_count; i++)
		if (asked->groups[i] == source)
			return i;
	asked->groups[asked->group_count] = source;
	return asked->group_count++;
}

static bool prepare_column(struct validation *validation, struct asked_query *asked, int index,
			   struct err *err)
{
	const struct query_column *about = &asked->info->columns[index];
	const struct field_info *field = field_of(validation->entity, about->field);
	int source = pointing_source(&validation->entity->sources, about->source);
	struct asked_column *column = &asked->columns[index];

	if (!field)
		return err_set(err, ERR_BUG, "query %s has a column of no field, %s",
			       asked->info->name, about->field);
	*column = (struct asked_column){ .about = about,
					 .kind = view_kind_of(field->type),
					 .group = group_of(asked, source) };
	column->is_tolerant = about->tolerance.absolute &&
			      decimal_parse(span_of(about->tolerance.absolute), &column->tolerance);
	asked->names[index] = about->name;
	return true;
}

static bool prepare_parameter(struct validation *validation, struct asked_query *asked, int index,
			      struct err *err)
{
	const struct query_parameter *about = &asked->info->parameters[index];
	const struct field_info *field = field_of(validation->entity, about->field);

	if (!field)
		return err_set(err, ERR_BUG, "query %s has a parameter of no field, %s",
			       asked->info->name, about->field);
	asked->is_boolean[index] = view_kind_of(field->type) == VIEW_BOOLEAN;
	return true;
}

static bool prepare(struct validation *validation, struct asked_query *asked, int index,
		    struct err *err)
{
	const struct query_info *info = &validation->entity->queries[index];
	size_t count = (size_t)info->column_count, parameters = (size_t)info->parameter_count;

	*asked = (struct asked_query){
		.info = info,
		.index = index,
		.names = arena_alloc(validation->arena, count * sizeof(*asked->names)),
		.columns = arena_alloc(validation->arena, count * sizeof(*asked->columns)),
		.is_boolean = arena_alloc(validation->arena, parameters * sizeof(bool)),
		.groups = arena_alloc(validation->arena, count * sizeof(*asked->groups)),
		.result = &validation->result->queries[index],
	};
	*asked->result = (struct query_result){ .name = info->name, .purpose = info->why };
	for (int i = 0; i < info->parameter_count; i++)
		if (!prepare_parameter(validation, asked, i, err))
			return false;
	for (int i = 0; i < info->column_count; i++)
		if (!prepare_column(validation, asked, i, err))
			return false;
	return true;
}

bool answers_prepare(struct validation *validation, struct asked_query **queries, struct err *err)
{
	int count = validation->entity->query_count;
	struct check_result *result = validation->result;

	result->query_count = count;
	result->queries = arena_alloc(validation->arena, (size_t)count * sizeof(*result->queries));
	*queries = arena_alloc(validation->arena, (size_t)count * sizeof(**queries));
	for (int i = 0; i < count; i++)
		if (!prepare(validation, &(*queries)[i], i, err))
			return false;
	return true;
}

/* ---- what a value says ---- */

static struct span sense_of_number(struct span text, struct arena *arena)
{
	struct decimal decimal, shorter;
	struct span sense;
	struct buf buf;

	if (!decimal_parse(text, &decimal))
		return text;
	while (decimal.scale > 0 &&
	       decimal_rescale(decimal, (uint8_t)(decimal.scale - 1), DECIMAL_EXACT, &shorter))
		decimal = shorter;
	buf_init(&buf);
	decimal_put(&buf, decimal);
	sense = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return sense;
}

static struct span sense_of_truth(struct span text)
{
	if (span_equal_text(text, "1") || span_equal_text(text, "t"))
		return SPAN("true");
	if (span_equal_text(text, "0") || span_equal_text(text, "f"))
		return SPAN("false");
	return text;
}

/* A moment that says no offset is none. */
static struct span sense_of_instant(struct span text, struct arena *arena)
{
	char canonical[INSTANT_TEXT_SIZE];
	struct local_time time;

	if (local_time_parse(text, &time) != INSTANT_OK || !time.has_offset ||
	    !instant_to_text(local_time_to_us(&time) - time.offset_seconds * INT64_C(1000000),
			     canonical))
		return text;
	return arena_copy(arena, span_of(canonical));
}

static struct span sense_of_json(struct span text, struct arena *arena)
{
	struct err ignored = { ERR_NONE, "" };
	struct json_value value;
	struct span sense = text;
	struct buf buf;

	buf_init(&buf);
	if (json_read(text, arena, &value, &ignored) && canonical_put_value(&value, &buf, &ignored))
		sense = arena_copy(arena, buf_span(&buf));
	buf_release(&buf);
	return sense;
}

struct span answer_sense(enum view_kind kind, struct span text, struct arena *arena)
{
	switch (kind) {
	case VIEW_INTEGER:
	case VIEW_BIGINT:
	case VIEW_DECIMAL:
		return sense_of_number(text, arena);
	case VIEW_BOOLEAN:
		return sense_of_truth(text);
	case VIEW_INSTANT:
		return sense_of_instant(text, arena);
	case VIEW_JSON:
		return sense_of_json(text, arena);
	case VIEW_TEXT:
	case VIEW_DATE:
		break;
	}
	return text;
}

/* ---- rows ---- */

/* Told apart whatever stands in them: each with its kind and its size. */
static void put_part(struct buf *buf, int kind, struct span text)
{
	buf_print(buf, "%d:%zu:", kind, text.size);
	buf_put_span(buf, text);
}

void answer_index_row(const struct asked_query *asked, struct answer_row *row, struct arena *arena)
{
	struct buf key, whole;

	buf_init(&key);
	buf_init(&whole);
	for (int i = 0; i < asked->info->column_count; i++) {
		const struct answer_value *value = &row->values[i];

		if (asked->info->columns[i].is_key)
			put_part(&key, (int)value->kind, value->sense);
		put_part(&whole, (int)value->kind, value->sense);
	}
	row->whole = arena_copy(arena, buf_span(&whole));
	row->key = key.size ? arena_copy(arena, buf_span(&key)) : SPAN_NONE;
	buf_release(&whole);
	buf_release(&key);
}

struct digest row_part(const struct asked_query *asked, int group, const struct cell *const *cells,
		       struct buf *scratch)
{
	buf_reset(scratch);
	buf_print(scratch, "%d %d ", asked->index, group);
	for (int i = 0; i < asked->info->column_count; i++) {
		const struct cell *cell = cells[i];
		bool is_cut = cell && cell->kind == CELL_CUT;
		int kind = cell ? (int)cell->kind : (int)CELL_NULL;

		if (asked->columns[i].group != group)
			continue;
		put_part(scratch, kind, cell ? cell_span(cell) : SPAN_NONE);
		if (is_cut)
			buf_put(scratch, cell->data + CELL_KEPT_BYTES, sizeof(struct digest));
	}
	return digest_of(buf_span(scratch));
}

struct digest row_held(const struct asked_query *asked, const struct digest *parts)
{
	return digest_of(
	    (struct span){ (const char *)parts, (size_t)asked->group_count * sizeof(*parts) });
}

struct asking {
	struct validation *validation;
	const struct asked_query *asked;
	struct arena *arena;
	struct answer *answer;
	size_t begun_at; /* what the arena held before */
	struct buf scratch;
	const struct cell **cells;
	struct field_answer *fields;
};

static struct answer_row *add_row(struct asking *asking)
{
	struct answer *answer = asking->answer;
	size_t count = (size_t)asking->asked->info->column_count;
	struct answer_row *row;

	answer->rows = arena_grow_by_one(asking->arena, answer->rows, (int)answer->row_count,
					 sizeof(*answer->rows));
	row = &answer->rows[answer->row_count++];
	*row = (struct answer_row){
		.values = arena_zalloc(asking->arena, count * sizeof(*row->values)),
	};
	return row;
}

static bool finish_row(struct asking *asking, struct answer_row *row, struct err *err)
{
	answer_index_row(asking->asked, row, asking->arena);
	asking->answer->byte_count = asking->arena->used_bytes - asking->begun_at;
	return asking->answer->byte_count <= ANSWER_BYTES_MAX ||
	       err_set(err, ERR_TOO_LARGE,
		       "the answer takes more than %d MiB: ask for less of it, by a parameter",
		       ANSWER_BYTES_MAX / 1024 / 1024);
}

static void set_value(struct asking *asking, int column, struct answer_value *value,
		      struct span text)
{
	value->kind = ANSWER_TEXT;
	value->text = arena_copy(asking->arena, text);
	value->sense =
	    answer_sense(asking->asked->columns[column].kind, value->text, asking->arena);
}

/* ---- legacy ---- */

/* As a store would write it: texts without their quotes. */
static bool set_from_json(struct asking *asking, int column, struct answer_value *value,
			  struct span json, struct err *err)
{
	struct json_value read;

	if (json.size == 0 || json.data[0] != '"') {
		set_value(asking, column, value, json);
		return true;
	}
	if (!json_read(json, asking->arena, &read, err))
		return false;
	set_value(asking, column, value, read.text);
	return true;
}

/* A join that keeps rows without a partner has nulls instead: of these no field says what they are. */
static bool is_of_nothing(const struct asked_query *asked, const struct cell *cells, int group)
{
	for (int i = 0; i < asked->info->column_count; i++)
		if (asked->columns[i].group == group && cells[i].kind != CELL_NULL)
			return false;
	return true;
}

static bool take_of_legacy(void *context, const struct cell *cells, struct err *err)
{
	struct asking *asking = context;
	struct validation *validation = asking->validation;
	const struct asked_query *asked = asking->asked;
	struct answer_row *row = add_row(asking);

	for (int i = 0; i < asked->info->column_count; i++)
		asking->cells[i] = &cells[i];
	row->parts = arena_alloc(asking->arena, (size_t)asked->group_count * sizeof(*row->parts));
	for (int group = 0; group < asked->group_count; group++)
		row->parts[group] = row_part(asked, group, asking->cells, &asking->scratch);
	if (!rule_host_answer(validation->options->host, validation->entity_index, asked->index,
			      cells, asking->arena, asking->fields, err))
		return false;
	for (int i = 0; i < asked->info->column_count; i++) {
		const struct field_answer *field = &asking->fields[i];

		if (field->kind == FIELD_ANSWER_VALUE &&
		    !set_from_json(asking, i, &row->values[i], field->json, err))
			return false;
		if ((field->kind == FIELD_ANSWER_SKIP || field->kind == FIELD_ANSWER_REJECT) &&
		    !is_of_nothing(asked, cells, asked->columns[i].group))
			row->values[i].kind = ANSWER_REFUSED;
	}
	return finish_row(asking, row, err);
}

/* ---- the target ---- */

static bool take_of_target(void *context, const struct cell *cells, struct err *err)
{
	struct asking *asking = context;
	struct answer_row *row = add_row(asking);

	for (int i = 0; i < asking->asked->info->column_count; i++)
		if (cells[i].kind != CELL_NULL)
			set_value(asking, i, &row->values[i], cell_span(&cells[i]));
	return finish_row(asking, row, err);
}

/* ---- asking ---- */

static bool ask(struct asking *asking, struct conn *conn, struct question *question,
		const struct span *words, answer_function take, struct err *err)
{
	const struct query_info *info = asking->asked->info;
	size_t columns = (size_t)info->column_count, count = (size_t)info->parameter_count;
	struct question_parameter *parameters =
	    arena_alloc(asking->arena, (count + 1) * sizeof(*parameters));
	bool ok;

	for (int i = 0; i < info->parameter_count; i++)
		parameters[i] = (struct question_parameter){
			.name = info->parameters[i].name,
			.value = words[i],
			.is_boolean = question->view_count > 0 && asking->asked->is_boolean[i],
		};
	question->parameters = parameters;
	question->parameter_count = info->parameter_count;
	question->columns = asking->asked->names;
	question->column_count = info->column_count;
	question->seconds = ANSWER_SECONDS_MAX;
	asking->cells = arena_alloc(asking->arena, columns * sizeof(*asking->cells));
	asking->fields = arena_alloc(asking->arena, columns * sizeof(*asking->fields));
	*asking->answer = (struct answer){ .rows = NULL };
	asking->begun_at = asking->arena->used_bytes;
	buf_init(&asking->scratch);
	ok = conn_answer(conn, question, take, asking, err);
	buf_release(&asking->scratch);
	return ok;
}

bool answer_of_legacy(struct validation *validation, const struct asked_query *asked,
		      const struct words *words, struct arena *arena, struct answer *answer,
		      struct err *err)
{
	const struct validate_options *options = validation->options;
	struct asking asking = {
		.validation = validation, .asked = asked, .arena = arena, .answer = answer
	};
	struct question question = { .sql = asked->info->legacy };

	if (!ask(&asking, options->legacy, &question, words->legacy, take_of_legacy, err))
		return err_while(err, "asking legacy");
	return !options->on_read ||
	       options->on_read(options->read_context, validation->entity->name,
				(int64_t)answer->row_count, answer->byte_count, err);
}

bool answer_of_target(struct validation *validation, const struct asked_query *asked,
		      const struct words *words, struct arena *arena, struct answer *answer,
		      struct err *err)
{
	struct asking asking = {
		.validation = validation, .asked = asked, .arena = arena, .answer = answer
	};
	struct question question = { .sql = asked->info->target };
	struct views views;

	if (!views_of(validation->migration, arena, &views, err))
		return false;
	question.views = views.views;
	question.view_count = views.count;
	return ask(&asking, validation->options->target, &question, words->target, take_of_target,
		   err) ||
	       err_while(err, "asking the target");
}
