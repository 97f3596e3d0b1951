/*
 * test_fault_groups.c: many faults become few kinds, and none is lost from the counts.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/model/fault_groups.h"

TestSuite(fault_groups, .timeout = 60);

static struct arena arena;
static struct fault_groups groups;

static void setup(void)
{
	arena_init(&arena);
	fault_groups_init(&groups, &arena);
}

static void teardown(void)
{
	arena_release(&arena);
}

static void add(const char *code, const char *file, int line, const char *where, const char *record)
{
	struct fault fault = { .code = code,
			       .file = file,
			       .line = line,
			       .where = span_of(where),
			       .message = span_of(record) };

	fault_groups_add(&groups, &fault, span_of(record));
}

Test(fault_groups, counts_the_same_place_once, .init = setup, .fini = teardown)
{
	add("E2101", "a.lua", 3, "job.state", "1");
	add("E2103", "a.lua", 3, "job.history[1].at", "2");
	add("E2103", "a.lua", 3, "job.history[12].at", "3");
	add("E2103", "a.lua", 3, "job.history[1].kind", "4");
	add("E2103", "b.lua", 3, "job.history[1].at", "5");
	add("E2103", NULL, 3, "job.history[1].at", "6");
	add("E2103", "a.lua", 4, "job.history[1].at", "7");
	add("E2103", "a.lua", 3, "job.history", "8");
	cr_assert_eq(groups.group_count, 7);
	cr_assert_eq(groups.fault_count, 8);
	fault_groups_sort(&groups);
	cr_assert_eq(groups.groups[0].count, 2);
	cr_assert(span_equal_text(groups.groups[0].record, "2"));
	cr_assert(span_equal_text(groups.groups[1].record, "1"), "of equal counts the first seen");
	cr_assert(span_equal_text(groups.groups[6].record, "8"));
}

Test(fault_groups, keeps_copies, .init = setup, .fini = teardown)
{
	char where[] = "job.state", record[] = "job [\"1\"]", file[] = "a.lua";

	add("E2103", file, 3, where, record);
	memset(where, 'x', sizeof(where) - 1);
	memset(record, 'x', sizeof(record) - 1);
	memset(file, 'x', sizeof(file) - 1);
	cr_assert(span_equal_text(groups.groups[0].first.where, "job.state"));
	cr_assert(span_equal_text(groups.groups[0].first.message, "job [\"1\"]"));
	cr_assert(span_equal_text(groups.groups[0].record, "job [\"1\"]"));
	cr_assert_str_eq(groups.groups[0].first.file, "a.lua");
}

Test(fault_groups, is_bounded_and_counts_what_is_beyond, .init = setup, .fini = teardown)
{
	for (int i = 0; i < FAULT_GROUPS_MAX + 10; i++)
		add("E2103", "a.lua", i, "job.state", "1");
	add("E2103", "a.lua", 0, "job.state", "1");
	cr_assert_eq(groups.group_count, FAULT_GROUPS_MAX);
	cr_assert_eq(groups.beyond, 10);
	cr_assert_eq(groups.fault_count, FAULT_GROUPS_MAX + 11);
	cr_assert_eq(groups.groups[0].count, 2);
}
