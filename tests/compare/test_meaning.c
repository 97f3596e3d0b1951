/*
 * test_meaning.c: what is said of an edit, and what it is judged to be without a row and with rows.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/compare/fixture.h"

TestSuite(meaning, .init = two_begin, .fini = two_end, .timeout = 60);

static const char head[] =
    "local WORDS = { A = \"one\", B = \"two\" }\nlocal LIST = { \"p\", \"q\" }";
static const char fields[] =
    "x = enum { \"one\", \"two\", from = \"a\", lookup = WORDS }, y = text { from = \"b\", "
    "optional = "
    "true, by = function(b) if b == LIST[1] then return nil end return b end }, z = text { from = "
    "\"b\", optional = true }";
static const char rest[] = "invariants = { short = function(job) return #job.x < 9 end }";

/* The first text with its first `from` replaced. */
static const char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = from[0] ? strstr(text, from) : NULL;

	if (!at)
		return text;
	return arena_print(&two.arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from))
	    .data;
}

struct edit {
	char from[40], to[60];
	char part[40];              /* the only one that is named; empty: none */
	char path[24];              /* of its first entry */
	char before[50], after[50]; /* empty: not there */
	enum category category;
};

static struct edit edits[] = {
	{ "B = \"two\"", "B = \"one\"", "job.fields.x", "lookup.B", "\"two\"", "\"one\"",
	  CATEGORY_BREAKING },
	{ "B = \"two\"", "B = \"two\", [\"C d\"] = \"two\"", "job.fields.x", "lookup[\"C d\"]", "",
	  "\"two\"", CATEGORY_ADDITIVE },
	{ ", B = \"two\"", "", "job.fields.x", "lookup.B", "\"two\"", "", CATEGORY_BREAKING },
	{ "\"one\", \"two\", from", "\"one\", \"two\", \"six\", from", "job.fields.x", "[3]", "",
	  "\"six\"", CATEGORY_ADDITIVE },
	{ "lookup = WORDS", "fold = upper, lookup = WORDS", "job.fields.x", "fold", "", "upper",
	  CATEGORY_BREAKING },
	{ "b == LIST[1]", "b ~= LIST[1]", "job.fields.y", "by",
	  "function(b) if b == LIST[1] then return nil end", "", CATEGORY_BREAKING },
	{ "\"p\", \"q\"", "\"p\", \"r\"", "job.fields.y", "by:LIST[2]", "\"q\"", "\"r\"",
	  CATEGORY_BREAKING },
	{ "z = text", "w = text { from = \"a\", optional = true }, z = text", "job.fields.w", "",
	  "", "text {…}", CATEGORY_ADDITIVE },
	{ "z = text", "w = text { from = \"a\" }, z = text", "job.fields.w", "", "", "text {…}",
	  CATEGORY_BREAKING },
	{ "optional = true }", "optional = true, critical = true }", "job.critical", "z", "",
	  "critical", CATEGORY_IDENTICAL },
	{ "< 9", "< 8", "job.invariants.short", "", "function(job) return #job.x < 9", "",
	  CATEGORY_IDENTICAL },
	{ "local LIST", "-- a note\nlocal   LIST", "", "", "", "", CATEGORY_IDENTICAL },
	/* A list is not a table that reads alike. */
	{ "\"p\", \"q\"", "p = \"q\"", "job.fields.y", "by:LIST.p", "", "\"q\"",
	  CATEGORY_BREAKING },
};

ParameterizedTestParameters(meaning, names_what_an_edit_changed_and_nothing_else)
{
	return cr_make_param_array(struct edit, edits, sizeof(edits) / sizeof(edits[0]));
}

static bool begins(struct span text, const char *with)
{
	if (with[0] == '\0')
		return true;
	return text.data && text.size >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

ParameterizedTest(struct edit *edit, meaning, names_what_an_edit_changed_and_nothing_else,
		  .timeout = 60)
{
	const struct part_change *part;
	const struct entry_change *entry;

	two_load(0, head, fields, rest);
	two_load(1, replaced(head, edit->from, edit->to), replaced(fields, edit->from, edit->to),
		 replaced(rest, edit->from, edit->to));
	two_compare_meaning();
	cr_assert_eq(two.judgement.category, edit->category, "%s: %s", edit->to,
		     category_name(two.judgement.category));
	cr_assert_eq(two.meaning.part_count, edit->part[0] != '\0', "%s", edit->to);
	if (edit->part[0] == '\0')
		return;
	part = two_part(edit->part);
	cr_assert_not_null(part, "%s: %s", edit->to, two.meaning.parts[0].name);
	entry = NULL;
	for (int i = 0; i < part->entry_count && !entry; i++)
		if (span_equal_text(part->entries[i].path, edit->path))
			entry = &part->entries[i];
	cr_assert_not_null(entry, "%s: no entry %s", edit->to, edit->path);
	cr_assert(begins(entry->before, edit->before), "%.*s", SPAN_ARGS(entry->before));
	cr_assert(begins(entry->after, edit->after), "%.*s", SPAN_ARGS(entry->after));
}

static const char decided[] = "x = text { from = \"a\", optional = true, decision = \"d\" }";

static const char *decision(const char *owner, const char *choice)
{
	return arena_print(&two.arena,
			   "decisions = { d = { question = \"?\", options = { a = \"1\", b = \"2\" "
			   "}, choice = \"%s\", because = \"so\", owner = \"%s\", decided = "
			   "\"2026-01-02\" } }",
			   choice, owner)
	    .data;
}

Test(meaning, who_and_why_are_told_apart)
{
	two_load(0, "", decided, decision("ann", "a"));
	two_load(1, "", decided, decision("bob", "a"));
	two_compare_meaning();
	cr_assert_eq(two.meaning.part_count, 0);
	cr_assert_eq(two.meaning.aside_count, 1);
	cr_assert(span_equal_text(two.meaning.asides[0].entries[0].path, "owner"));
	cr_assert(span_equal_text(two.meaning.asides[0].entries[0].after, "\"bob\""));
	cr_assert_eq(two.judgement.category, CATEGORY_IDENTICAL);
	two_load(1, "", decided, decision("ann", "b"));
	two_compare_meaning();
	cr_assert_not_null(two_part("job.decisions.d"));
	cr_assert_eq(two.meaning.aside_count, 0);
}

/* No row shows it: that is proof only where every row was compared. */
Test(meaning, a_sample_without_a_difference_proves_nothing)
{
	for (int i = 1; i <= 50; i++)
		two_row(arena_print(&two.arena, "%d", i).data, "A", "b");
	two_load(0, head, fields, rest);
	two_load(1, head, replaced(fields, "b == LIST[1]", "b == LIST[2]"), rest);
	two_compare(20);
	cr_assert_eq(two_entity()->classes[ROW_IDENTICAL], 20);
	cr_assert_eq(two.judgement.category, CATEGORY_BREAKING);
	cr_assert_str_eq(two.judgement.part, "job.fields.y");
	cr_assert_not(two.judgement.is_proven);
	two_compare(0);
	cr_assert_eq(two.judgement.category, CATEGORY_IDENTICAL);
	cr_assert(two.judgement.is_proven);
}

Test(meaning, a_new_value_that_rejects_is_no_addition)
{
	two_row("1", "A", "b");
	two_row("2", "A", "c");
	two_load(0, head, fields, rest);
	two_load(
	    1, head,
	    replaced(fields, "z = text", "w = integer { from = \"b\", optional = true }, z = text"),
	    rest);
	two_compare(0);
	cr_assert_eq(two_entity()->classes[ROW_NEWLY_REJECTED], 2);
	cr_assert_eq(two.judgement.category, CATEGORY_BREAKING);
}
