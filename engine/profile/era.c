/*
 * era.c: when a row came to be, and in which years which values of a column were in use.
 */
#include "engine/profile/era.h"

#include <string.h>

#include "engine/model/instant.h"

/* ---- the column ---- */

/* Names of columns that say when a row began to be, and of those that say something else. */
static int score_of(const char *name)
{
	static const char *const begins[] = { "creat", "insert", "regist", "placed", "opened",
					      "added", "start",  "order",  "since",  "date" };
	static const char *const other[] = { "updat", "modif", "chang",  "last",   "due",
					     "birth", "end",   "clos",   "return", "expir",
					     "delet", "valid", "import", "load" };
	int score = 0;

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (strcasestr(name, begins[i]))
			score = 1;
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		if (strcasestr(name, other[i]))
			score = -1;
	return score;
}

/* Nearly all that stands in it is a day, and it stands in most rows. */
static bool tells_days(const struct rowset *rows, int column)
{
	size_t null_count = 0, day_count = 0;

	for (size_t i = 0; i < rows->row_count; i++) {
		const struct cell *cell = &rowset_row(rows, i)[column];

		if (cell->kind == CELL_NULL)
			null_count++;
		else if (era_day(cell) != DAY_UNKNOWN)
			day_count++;
	}
	return day_count > 0 && null_count * 2 <= rows->row_count &&
	       day_count * 10 >= (rows->row_count - null_count) * 9;
}

int era_choose(const struct table_info *info, const struct rowset *rows)
{
	int best = -1, best_score = 0;

	for (int i = 0; i < info->column_count; i++) {
		int score = score_of(info->columns[i].name);

		if ((best < 0 || score > best_score) && tells_days(rows, i)) {
			best = i;
			best_score = score;
		}
	}
	return best;
}

int32_t era_day(const struct cell *cell)
{
	struct span text = cell_span(cell);
	struct local_time time;
	enum instant_fault fault;

	if (cell->kind != CELL_TEXT)
		return DAY_UNKNOWN;
	fault = local_time_parse(text, &time);
	if (fault == INSTANT_DATE_ALONE)
		fault = date_parse(text, &time);
	if (fault != INSTANT_OK || time.year < PROFILE_FIRST_YEAR ||
	    time.year >= PROFILE_FIRST_YEAR + PROFILE_YEARS)
		return DAY_UNKNOWN;
	return (int32_t)days_from_civil(time.year, time.month, time.day);
}

/* ---- the eras ---- */

/* Years in which a value was in use, as indexes; and whether that it began, or ended, is no chance. */
struct life {
	int first, last;
	bool begins, ends;
};

/* A value seen so often, and that would have been seen so often if it had been as frequent in the other years as it was in its own:
 * that it was never is a chance of one in e^5. */
enum { SEEN_MIN = 5, EXPECTED_MIN = 5 };

static bool is_no_chance(int64_t count, int64_t own_rows, int64_t other_rows)
{
	return count >= SEEN_MIN && own_rows > 0 &&
	       (double)count * (double)other_rows / (double)own_rows >= EXPECTED_MIN;
}

static int64_t sum(const int64_t *years, int from, int to)
{
	int64_t rows = 0;

	for (int i = from; i < to; i++)
		rows += years[i];
	return rows;
}

static struct life life_of(const struct value_count *value, const int64_t *rows)
{
	struct life life = { .first = PROFILE_YEARS, .last = -1 };
	int64_t count = 0;

	for (int i = 0; i < PROFILE_YEARS; i++) {
		if (value->years[i] == 0)
			continue;
		if (life.last < 0)
			life.first = i;
		life.last = i;
		count += value->years[i];
	}
	if (life.last < 0)
		return life;
	life.begins =
	    is_no_chance(count, sum(rows, life.first, PROFILE_YEARS), sum(rows, 0, life.first));
	life.ends = is_no_chance(count, sum(rows, 0, life.last + 1),
				 sum(rows, life.last + 1, PROFILE_YEARS));
	return life;
}

static const int *list(const struct life *lives, int count, int year, bool ended,
		       struct arena *arena, int *found)
{
	int *indexes = arena_alloc(arena, sizeof(*indexes) * ((size_t)count + 1));

	*found = 0;
	for (int i = 0; i < count; i++)
		if (ended ? lives[i].ends && lives[i].last + 1 == year
			  : lives[i].begins && lives[i].first == year)
			indexes[(*found)++] = i;
	return indexes;
}

static int last_year_of(const int64_t *rows)
{
	int last = PROFILE_YEARS - 1;

	while (last > 0 && rows[last] == 0)
		last--;
	return last;
}

const struct era *era_list(const struct value_count *values, int value_count, struct arena *arena,
			   int *era_count)
{
	int64_t rows[PROFILE_YEARS] = { 0 };
	struct life lives[ERA_VALUES_MAX];
	struct era *eras = arena_zalloc(arena, sizeof(*eras) * PROFILE_YEARS);
	int count = 0;

	*era_count = 0;
	if (value_count < 2 || value_count > ERA_VALUES_MAX)
		return NULL;
	for (int i = 0; i < value_count; i++)
		for (int y = 0; values[i].years && y < PROFILE_YEARS; y++)
			rows[y] += values[i].years[y];
	for (int i = 0; i < value_count; i++)
		lives[i] =
		    values[i].years ? life_of(&values[i], rows) : (struct life){ .last = -1 };
	for (int y = 0; y <= last_year_of(rows); y++) {
		struct era era = { .first_year = PROFILE_FIRST_YEAR + y };

		if (rows[y] == 0 && count == 0)
			continue;
		era.begun = list(lives, value_count, y, false, arena, &era.begun_count);
		era.ended = list(lives, value_count, y, true, arena, &era.ended_count);
		if (count == 0 || era.begun_count + era.ended_count > 0)
			eras[count++] = era;
		eras[count - 1].last_year = PROFILE_FIRST_YEAR + y;
	}
	*era_count = count > 1 ? count : 0;
	return eras;
}
