/*
 * test_child_order.c: integers by value where all are integers, else bytes; duplicates are noticed.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/derive/child_order.h"

TestSuite(child_order, .timeout = 30);

static const int key_columns[] = { 0, 1 };
static struct source one_column = { .key_columns = key_columns, .key_count = 1 };
static struct source two_columns = { .key_columns = key_columns, .key_count = 2 };

static struct cell text(const char *value)
{
	if (!value)
		return (struct cell){ .kind = CELL_NULL };
	return (struct cell){ value, (uint32_t)strlen(value), CELL_TEXT };
}

/* Order the values and return them joined by blanks. */
static const char *ordered(const char **values, size_t count, bool *duplicate)
{
	static char joined[1024];
	struct cell cells[64];
	const struct cell *rows[64];

	for (size_t i = 0; i < count; i++) {
		cells[i] = text(values[i]);
		rows[i] = &cells[i];
	}
	*duplicate = child_order(&one_column, rows, count);
	joined[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(joined);

		snprintf(joined + used, sizeof(joined) - used, "%s%.*s", i ? " " : "",
			 (int)rows[i]->size, rows[i]->kind == CELL_NULL ? "" : rows[i]->data);
	}
	return joined;
}

#define ORDERED(duplicate, ...)                  \
	ordered((const char *[]){ __VA_ARGS__ }, \
		sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), duplicate)

Test(child_order, compares_integers_by_value)
{
	bool duplicate;

	cr_assert_str_eq(ORDERED(&duplicate, "10", "9", "-1", "0", "-20", "100"),
			 "-20 -1 0 9 10 100");
	cr_assert_not(duplicate);
}

Test(child_order, compares_integers_beyond_64_bits)
{
	bool duplicate;

	cr_assert_str_eq(ORDERED(&duplicate, "100000000000000000000000000001",
				 "99999999999999999999999999999", "2"),
			 "2 99999999999999999999999999999 100000000000000000000000000001");
}

Test(child_order, compares_bytes_as_soon_as_one_is_no_integer)
{
	bool duplicate;

	cr_assert_str_eq(ORDERED(&duplicate, "10", "9", "a", "B"), "10 9 B a");
	cr_assert_str_eq(ORDERED(&duplicate, "10", "9", "+1"), "+1 10 9");
	cr_assert_str_eq(ORDERED(&duplicate, "10", "9", "-"), "- 10 9");
}

Test(child_order, notices_equal_keys_wherever_they_stand)
{
	bool duplicate;

	ORDERED(&duplicate, "1", "2", "1");
	cr_assert(duplicate);
	ORDERED(&duplicate, "1", "1");
	cr_assert(duplicate);
	ORDERED(&duplicate, "1", "01");
	cr_assert_not(duplicate, "1 and 01 are two keys");
}

Test(child_order, puts_null_first_and_calls_two_of_them_equal)
{
	struct cell cells[3] = { text("b"), text(NULL), text(NULL) };
	const struct cell *rows[3] = { &cells[0], &cells[1], &cells[2] };

	cr_assert(child_order(&one_column, rows, 3));
	cr_assert_eq(rows[0]->kind, CELL_NULL);
	cr_assert_eq(rows[2]->kind, CELL_TEXT);
}

Test(child_order, compares_composite_keys_part_by_part)
{
	struct cell a[2] = { text("2"), text("x") };
	struct cell b[2] = { text("10"), text("a") };
	struct cell c[2] = { text("2"), text("b") };
	const struct cell *rows[3] = { a, b, c };

	cr_assert_not(child_order(&two_columns, rows, 3));
	cr_assert_eq(rows[0], c);
	cr_assert_eq(rows[1], a);
	cr_assert_eq(rows[2], b);
}

Test(child_order, does_not_depend_on_the_order_it_is_given)
{
	struct cell cells[40];
	const struct cell *first[40];
	const struct cell *rows[40];
	char names[40][8];

	srand(7);
	for (int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "%d", i * 37 % 101);
		cells[i] = text(names[i]);
		first[i] = &cells[i];
	}
	cr_assert_not(child_order(&one_column, first, 40));
	for (int round = 0; round < 50; round++) {
		memcpy(rows, first, sizeof(rows));
		for (int i = 39; i > 0; i--) {
			int j = rand() % (i + 1);
			const struct cell *swap = rows[i];

			rows[i] = rows[j];
			rows[j] = swap;
		}
		cr_assert_not(child_order(&one_column, rows, 40));
		cr_assert_arr_eq(rows, first, sizeof(rows));
	}
}
