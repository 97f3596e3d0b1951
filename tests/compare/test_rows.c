/*
 * test_rows.c: what becomes of the same rows under two versions: every row stands in one class, every difference in a field.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/compare/tally.h"
#include "tests/compare/fixture.h"

TestSuite(rows, .init = two_begin, .fini = two_end, .timeout = 60);

enum { ROWS = 300 };

static const char *number(int i)
{
	return arena_print(&two.arena, "%d", i).data;
}

/* a: OPEN, SHUT, ODD in turn; b: the row's number, every tenth NULL. */
static void fill(void)
{
	static const char *const words[] = { "OPEN", "SHUT", "ODD" };

	for (int i = 1; i <= ROWS; i++)
		two_row(number(i), words[i % 3], i % 10 ? number(i) : NULL);
}

static const char old_state[] =
    "x = enum { \"open\", \"shut\", from = \"a\", lookup = { OPEN = \"open\", SHUT = \"shut\" } },"
    " b = text { from = \"b\", optional = true }";

static int64_t all_classes(void)
{
	int64_t sum = 0;

	for (int class = 0; class < ROW_CLASSES; class ++)
		sum += two_entity()->classes[class];
	return sum;
}

Test(rows, newly_mapped_by_what_was_seen_and_what_it_became)
{
	const struct transition *mapped;

	fill();
	two_load(0, "", old_state, "");
	two_load(1, "",
		 "x = enum { \"open\", \"shut\", from = \"a\","
		 " lookup = { OPEN = \"open\", SHUT = \"shut\", ODD = \"open\" } },"
		 " b = text { from = \"b\", optional = true }",
		 "");
	two_compare(0);
	cr_assert_eq(two_entity()->compared, ROWS);
	cr_assert_eq(all_classes(), ROWS);
	cr_assert_eq(two_entity()->classes[ROW_IDENTICAL], ROWS * 2 / 3);
	cr_assert_eq(two_entity()->classes[ROW_NEWLY_MAPPED], ROWS / 3);
	mapped = two_transition(&two_entity()->mapped, "E2103 x \"ODD\"", "\"open\"");
	cr_assert_not_null(mapped);
	cr_assert_eq(mapped->count, ROWS / 3);
	cr_assert_eq(mapped->example_count, EXAMPLES_MAX);
	cr_assert_eq(two.judgement.category, CATEGORY_ADDITIVE);
	cr_assert(two.judgement.is_proven);
}

Test(rows, changed_field_by_field_and_value_by_value)
{
	fill();
	two_load(0, "", old_state, "");
	two_load(1, "",
		 "x = enum { \"open\", \"shut\", from = \"a\","
		 " lookup = { OPEN = \"shut\", SHUT = \"shut\" } }",
		 "");
	two_compare(0);
	/* b goes from every record that had one, x changes where a is OPEN: numbers that 3 divides. */
	cr_assert_eq(two_entity()->classes[ROW_CHANGED], 190);
	cr_assert_eq(two_entity()->classes[ROW_IDENTICAL], 10);
	cr_assert_eq(two_entity()->classes[ROW_BOTH_REJECTED], ROWS / 3);
	cr_assert_eq(two_field("x")->rows, ROWS / 3);
	cr_assert_eq(two_transition(&two_field("x")->transitions, "\"open\"", "\"shut\"")->count,
		     ROWS / 3);
	cr_assert_eq(two_field("b")->vanished, 180);
	cr_assert_eq(two_entity()->reasons[ROW_BOTH_REJECTED].item_count, 0);
	cr_assert_eq(two.judgement.category, CATEGORY_BREAKING);
}

Test(rows, rejected_and_skipped_that_were_not_and_no_longer)
{
	static const char fields[] = "b = text { from = { \"a\", \"b\" }, optional = true, by = "
				     "function(a, b) return a .. (b or \"\") end }";

	fill();
	two_load(
	    0, "", fields,
	    "skip_when = { odd = { from = \"a\", by = function(a) return a == \"ODD\" end } }");
	two_load(
	    1, "", fields,
	    "skip_when = { shut = { from = \"a\", by = function(a) return a == \"SHUT\" end } },"
	    "reject_when = { void = { from = \"b\", by = function(b) return b == nil end } }");
	two_compare(0);
	cr_assert_eq(all_classes(), ROWS);
	/* Every tenth has no b: of those a third each is SHUT (skipped first), OPEN and ODD. */
	cr_assert_eq(two_entity()->classes[ROW_NEWLY_SKIPPED], 100);
	cr_assert_eq(two_entity()->classes[ROW_NEWLY_REJECTED], 20);
	cr_assert_eq(two_entity()->classes[ROW_NO_LONGER_SKIPPED], 90);
	cr_assert_eq(two_entity()->classes[ROW_IDENTICAL], 90);
	cr_assert_eq(
	    two_transition(&two_entity()->reasons[ROW_NO_LONGER_SKIPPED], "skipped: odd", "record")
		->count,
	    90);
	cr_assert_eq(two.judgement.category, CATEGORY_BREAKING);
}

Test(rows, masked_values_show_nowhere)
{
	const struct field_tally *field;

	two_row("1", "secret-one", "secret-two");
	two_load(0, "", "x = text { from = \"a\", mask = true }", "");
	two_load(1, "", "x = text { from = \"b\" }", "");
	two_compare(0);
	field = two_field("x");
	cr_assert(field->is_masked);
	cr_assert_eq(field->transitions.item_count, 1);
	cr_assert_null(strstr(field->transitions.items[0].before.data, "secret"));
	cr_assert_null(strstr(field->transitions.items[0].after.data, "secret"));
	cr_assert_not(
	    span_equal(field->transitions.items[0].before, field->transitions.items[0].after));
}

Test(rows, times_and_numbers_say_which_way_they_moved)
{
	two_row("1", "1.50", "2020-01-02");
	two_row("2", "9", "2020-01-02");
	two_load(0, "", "n = decimal { 9, 2, from = \"a\" }, d = date { from = \"b\" }", "");
	two_load(1, "",
		 "n = decimal { 9, 2, from = \"a\", by = function(a) if a == \"9\" then return "
		 "\"10\" end return \"1\" end }, d = date { from = \"b\", by = function() return "
		 "\"2019-12-31\" end }",
		 "");
	two_compare(0);
	cr_assert_eq(two_field("n")->fell, 1);
	cr_assert_eq(two_field("n")->rose, 1); /* 9.00 to 10.00, whatever their first digits */
	cr_assert_eq(two_field("d")->fell, 2);
	cr_assert(two_field("d")->is_time);
}

Test(rows, a_sample_is_of_so_many_and_lies_within_a_larger_one)
{
	static const char fields[] = "b = text { from = \"b\", optional = true }";
	int64_t changed_all, changed;

	fill();
	two_load(0, "", fields, "");
	two_load(1, "", "b = text { from = \"a\", optional = true }", "");
	two_compare(50);
	cr_assert_eq(two_entity()->compared, 50);
	cr_assert_eq(two_entity()->total, ROWS);
	cr_assert_not(two_entity()->is_whole);
	changed = two_entity()->classes[ROW_CHANGED];
	two_compare(100);
	changed_all = two_entity()->classes[ROW_CHANGED];
	cr_assert_eq(two_entity()->compared, 100);
	cr_assert_geq(changed_all, changed);
	two_compare(ROWS);
	cr_assert(two_entity()->is_whole);
}

Test(rows, more_transitions_than_are_told_apart_are_counted)
{
	for (int i = 1; i <= TALLY_ITEMS_MAX + 200; i++)
		two_row(number(i), "same", number(i));
	two_load(0, "", "x = text { from = \"a\" }", "");
	two_load(1, "", "x = text { from = \"b\" }", "");
	two_compare(0);
	cr_assert_eq(two_field("x")->transitions.item_count, TALLY_ITEMS_MAX);
	cr_assert_eq(two_field("x")->transitions.others, 200);
	cr_assert_eq(two_field("x")->rows, TALLY_ITEMS_MAX + 200);
}

/* ---- a legacy that moves while it is read ---- */

static void load_apart(void)
{
	two_load(0, "", "x = text { from = \"a\", optional = true }", "");
	two_load(1, "", "x = text { from = \"b\", optional = true }", "");
}

/* The first of the three readings saw another row than the other two. */
static void change_once(int count)
{
	if (count != 1)
		return;
	two_table();
	two_row("1", "new", "new");
}

Test(rows, one_that_changed_between_both_readings_is_read_again)
{
	two_row("1", "old", "old");
	load_apart();
	two.on_read = change_once;
	two_compare(10);
	cr_assert_gt(two.read_count, 3);
	cr_assert_eq(two_entity()->classes[ROW_IDENTICAL], 1);
	cr_assert_eq(two_entity()->unsettled, 0);
}

static void change_always(int count)
{
	two_table();
	two_row("1", number(count), number(count));
}

Test(rows, one_that_never_stands_still_is_not_known)
{
	two_row("1", "0", "0");
	load_apart();
	two.on_read = change_always;
	two_compare(10);
	cr_assert_eq(two_entity()->compared, 0);
	cr_assert_eq(two_entity()->unsettled, 1);
	cr_assert(two.judgement.could_not_tell);
}

static void empty_it(int count)
{
	if (count == 1)
		two_table();
}

Test(rows, one_that_went_is_gone)
{
	two_row("1", "0", "0");
	load_apart();
	two.on_read = empty_it;
	two_compare(10);
	cr_assert_eq(two_entity()->compared, 0);
	cr_assert_eq(two_entity()->unsettled, 0);
	cr_assert_eq(two_entity()->gone, 1);
	cr_assert(two.judgement.could_not_tell); /* there was a row, and none was compared */
}

Test(rows, a_store_without_rows_gives_none)
{
	load_apart();
	two_compare(10);
	cr_assert_eq(two_entity()->total, 0);
	cr_assert_not(two.judgement.has_rows);
	cr_assert_not(two.judgement.could_not_tell);
	two_compare(0);
	cr_assert_eq(two_entity()->total, 0);
}
