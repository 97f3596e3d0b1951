/*
 * query_trial.c: copies of an answer are damaged, and compared by the very function that compares answers.
 */
#include "engine/validate/query_trial.h"

#include "engine/model/instant.h"

#define HOUR_US INT64_C(3600000000)

/* Of an answer with many rows so many are damaged in each way. */
enum { SUBJECTS_MAX = 3 };

struct trial {
	const struct asked_query *asked;
	const struct answer *legacy, *sound;
	const bool *is_withheld;
	struct arena arena; /* of one damage */
};

/* Is it a value, and not a row, that is damaged? */
static bool is_of_value(enum damage_kind kind)
{
	return kind != DAMAGE_DROPPED && kind != DAMAGE_DOUBLED && kind != DAMAGE_SWAPPED;
}

/* ---- one value ---- */

static bool set_last(struct answer_value *value, struct arena *arena, char last)
{
	struct span copy = arena_copy(arena, value->text);

	((char *)copy.data)[copy.size - 1] = last;
	value->text = copy;
	return true;
}

static bool count_on(struct answer_value *value, struct arena *arena)
{
	char last = value->text.size ? value->text.data[value->text.size - 1] : '\0';

	return last >= '0' && last <= '9' &&
	       set_last(value, arena, last == '9' ? '0' : (char)(last + 1));
}

static bool add_hour(struct answer_value *value, struct arena *arena)
{
	char later[INSTANT_TEXT_SIZE];
	int64_t at_us;

	if (!instant_from_text(value->text, &at_us) || !instant_to_text(at_us + HOUR_US, later))
		return false;
	value->text = arena_copy(arena, span_of(later));
	return true;
}

/* Behind a document a blank says nothing: at the end of the last text in it. */
static bool add_blank(enum view_kind kind, struct answer_value *value, struct arena *arena)
{
	struct span text = value->text;
	size_t at = text.size;

	if (kind == VIEW_JSON)
		while (at > 0 && text.data[at - 1] != '"')
			at--;
	if (kind == VIEW_JSON && at-- == 0)
		return false;
	value->text = arena_print(arena, "%.*s %.*s", (int)at, text.data, (int)(text.size - at),
				  text.data + at);
	return true;
}

/* Empty texts are values, too: they are what absent ones become. False: nothing here can be damaged so. */
static bool damage_value(enum damage_kind kind, enum view_kind type, struct answer_value *value,
			 struct arena *arena)
{
	if (kind == DAMAGE_EMPTY && value->kind == ANSWER_ABSENT) {
		*value = (struct answer_value){ .kind = ANSWER_TEXT, .text = SPAN("") };
		return true;
	}
	if (value->kind != ANSWER_TEXT)
		return false;
	switch (kind) {
	case DAMAGE_BIT:
		return value->text.size > 0 &&
		       set_last(value, arena, (char)(value->text.data[value->text.size - 1] ^ 1));
	case DAMAGE_NULL:
	case DAMAGE_ABSENT:
		*value = (struct answer_value){ .kind = ANSWER_ABSENT };
		return true;
	case DAMAGE_LAST_PLACE:
		return count_on(value, arena);
	case DAMAGE_SPACE:
		return add_blank(type, value, arena);
	case DAMAGE_HOUR:
		return add_hour(value, arena);
	default:
		return false;
	}
}

/* ---- one row ---- */

static void index_row(struct trial *trial, struct answer_row *row)
{
	for (int i = 0; i < trial->asked->info->column_count; i++)
		if (row->values[i].kind == ANSWER_TEXT)
			row->values[i].sense = answer_sense(trial->asked->columns[i].kind,
							    row->values[i].text, &trial->arena);
	answer_index_row(trial->asked, row, &trial->arena);
}

/* The last character of a text in front of the next one. */
static bool move_boundary(struct trial *trial, struct answer_row *row, int column)
{
	const struct asked_query *asked = trial->asked;
	struct answer_value *value = &row->values[column], *next;
	int at = column + 1;

	while (at < asked->info->column_count &&
	       (asked->columns[at].kind != VIEW_TEXT || row->values[at].kind != ANSWER_TEXT))
		at++;
	if (at == asked->info->column_count || asked->columns[column].kind != VIEW_TEXT ||
	    value->kind != ANSWER_TEXT || value->text.size < 2 ||
	    (unsigned char)value->text.data[value->text.size - 1] >= 0x80)
		return false;
	next = &row->values[at];
	next->text = arena_print(&trial->arena, "%c%.*s", value->text.data[value->text.size - 1],
				 SPAN_ARGS(next->text));
	value->text.size--;
	return true;
}

static bool damage_row(struct trial *trial, enum damage_kind kind, struct answer *damaged,
		       size_t subject, int column)
{
	struct answer_row *row = &damaged->rows[subject];
	bool is_done = kind == DAMAGE_BOUNDARY
			   ? move_boundary(trial, row, column)
			   : damage_value(kind, trial->asked->columns[column].kind,
					  &row->values[column], &trial->arena);

	if (is_done)
		index_row(trial, row);
	return is_done;
}

/* ---- the answer ---- */

/* Two rows change all that does not say which they are; where nothing says that, they change places. */
static bool swap_rows(struct trial *trial, struct answer *damaged, size_t subject)
{
	const struct query_info *info = trial->asked->info;
	struct answer_row *one = &damaged->rows[subject], *other = one + 1;
	bool is_other = false;

	if (subject + 1 >= damaged->row_count)
		return false;
	for (int i = 0; i < info->column_count; i++) {
		struct answer_value value = one->values[i];

		if (info->columns[i].is_key)
			continue;
		is_other |= match_values(&trial->asked->columns[i], &one->values[i],
					 &other->values[i]) == ROW_VALUE;
		one->values[i] = other->values[i];
		other->values[i] = value;
	}
	index_row(trial, one);
	index_row(trial, other);
	return is_other && !span_equal(one->key, other->key) == (one->key.data != NULL);
}

static bool drop_row(struct answer *damaged, size_t subject)
{
	for (size_t i = subject + 1; i < damaged->row_count; i++)
		damaged->rows[i - 1] = damaged->rows[i];
	damaged->row_count--;
	return true;
}

static bool double_row(struct answer *damaged, size_t subject)
{
	damaged->rows[damaged->row_count++] = damaged->rows[subject];
	return true;
}

/* Of the rows only those that may be damaged are copies. */
static void copy_sound(struct trial *trial, size_t subject, struct answer *copy)
{
	size_t size = (size_t)trial->asked->info->column_count * sizeof(struct answer_value);
	size_t count = trial->sound->row_count;

	*copy = *trial->sound;
	copy->rows = arena_alloc(&trial->arena, (count + 1) * sizeof(*copy->rows));
	memcpy(copy->rows, trial->sound->rows, count * sizeof(*copy->rows));
	for (size_t i = subject; i < count && i < subject + 2; i++) {
		copy->rows[i].values = arena_alloc(&trial->arena, size);
		memcpy(copy->rows[i].values, trial->sound->rows[i].values, size);
	}
}

/* False: there is no such damage. */
static bool damage(struct trial *trial, enum damage_kind kind, size_t subject, int column,
		   struct answer *damaged)
{
	arena_reset(&trial->arena);
	if (!is_of_value(kind) && column > 0)
		return false;
	copy_sound(trial, subject, damaged);
	if (kind == DAMAGE_DROPPED)
		return drop_row(damaged, subject);
	if (kind == DAMAGE_DOUBLED)
		return double_row(damaged, subject);
	if (kind == DAMAGE_SWAPPED)
		return swap_rows(trial, damaged, subject);
	return damage_row(trial, kind, damaged, subject, column);
}

static void try_one(struct trial *trial, enum damage_kind kind, int column,
		    const struct answer *damaged, struct noticed *noticed)
{
	struct match match;
	bool is_noticed;

	match_answers(trial->asked, trial->legacy, trial->is_withheld, damaged, &trial->arena,
		      &match);
	is_noticed = match.deviating > 0 || match_breaks_order(trial->asked, &match);
	/* Somebody answers for that. */
	if (!is_noticed && is_of_value(kind) && trial->asked->columns[column].is_tolerant &&
	    match.tolerated > 0)
		return;
	noticed->done++;
	noticed->noticed += is_noticed;
}

/* The first rows; but where only what is absent can be damaged, those in which it is. */
static bool is_subject(const struct trial *trial, enum damage_kind kind, size_t row, int column)
{
	return kind != DAMAGE_EMPTY || trial->sound->rows[row].values[column].kind == ANSWER_ABSENT;
}

static void try_kind(struct trial *trial, enum damage_kind kind, int column,
		     struct noticed *noticed)
{
	int subjects = 0;

	for (size_t row = 0; row < trial->sound->row_count && subjects < SUBJECTS_MAX; row++) {
		struct answer damaged;

		if (!is_subject(trial, kind, row, column))
			continue;
		subjects++;
		if (damage(trial, kind, row, column, &damaged))
			try_one(trial, kind, column, &damaged, noticed);
	}
}

void query_try(struct validation *validation, struct asked_query *asked,
	       const struct answer *legacy, const bool *is_withheld, const struct answer *target)
{
	struct trial trial = { asked, legacy, target, is_withheld, { .first = NULL } };

	/* Where the target need not have any of the rows, one that had them all is damaged. */
	if (target->row_count == 0) {
		trial.sound = legacy;
		trial.is_withheld = NULL;
	}
	arena_init(&trial.arena);
	for (int kind = 0; kind < DAMAGE_KINDS; kind++)
		for (int column = 0; column < asked->info->column_count; column++)
			try_kind(&trial, (enum damage_kind)kind, column,
				 &validation->result->noticed[kind]);
	arena_release(&trial.arena);
	asked->is_tried = true;
}
