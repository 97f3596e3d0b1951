/*
 * test_parts.c: an entity given in parts: several legacy tables, one kind of record.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

TestSuite(parts, .init = load_begin, .fini = load_end, .timeout = 60);

static char text[4096];

/* Two parts of "account" with these fields besides the id, and what else the migration holds. */
static const char *with_parts(const char *first, const char *second, const char *rest)
{
	snprintf(text, sizeof(text),
		 "return migration { version = 'v1', system = 's',\n"
		 "entity 'account' { part = 'users', source = { root = table 'users' { key = 'uid' "
		 "} },\n"
		 "fields = { accountId = id { from = 'uid', prefix = 'acc_' },\n"
		 "%s\n} },\n"
		 "entity 'account' { part = 'members', source = { root = table 'members' { key = "
		 "'no' } },\n"
		 "fields = { accountId = id { from = 'no', prefix = 'mem_' },\n"
		 "%s\n} },\n"
		 "%s }",
		 first, second, rest);
	return text;
}

static const struct entity_info *part(int index)
{
	return &rule_host_migration(loaded.host)->entities[index];
}

Test(parts, each_is_moved_by_itself_and_makes_the_same_kind_of_record)
{
	cr_assert(load_text(with_parts("login = text { from = 'name' }",
				       "login = text { from = 'nick' }", "")),
		  "%s", load_faults_text());
	cr_assert_eq(rule_host_migration(loaded.host)->entity_count, 2);
	for (int i = 0; i < 2; i++) {
		cr_assert_str_eq(part(i)->record, "account");
		cr_assert_eq(part(i)->first_part, 0);
	}
	cr_assert_str_eq(part(0)->name, "account/users");
	cr_assert_str_eq(part(1)->name, "account/members");
	cr_assert_str_eq(part(1)->part, "members");
}

Test(parts, an_entity_without_parts_is_its_own_kind)
{
	cr_assert(
	    load_text(
		"return migration { version = 'v1', system = 's', entity 'a' { source = {"
		" root = table 't' { key = 'id' } }, fields = { i = id { from = 'id' } } } }"),
	    "%s", load_faults_text());
	cr_assert_str_eq(part(0)->name, "a");
	cr_assert_str_eq(part(0)->record, "a");
	cr_assert_str_eq(part(0)->part, "");
}

Test(parts, a_ref_means_the_part_it_names)
{
	cr_assert(
	    load_text(with_parts("", "",
				 "entity 'o' { source = { root = table 'o' { key = 'k' } },"
				 " fields = { i = id { from = 'k' },"
				 " a = ref 'account' { from = 'owner', part = 'members' } } }")),
	    "%s", load_faults_text());
}

struct part_mistake {
	char code[8];
	int line;
	char message[64];
	char first[120], second[120], rest[240];
};

ParameterizedTestParameters(parts, must_fit_each_other)
{
	static struct part_mistake mistakes[] = {
		{ "E1005", 6, "field login of part users is missing",
		  "login = text { from = 'name' }", "", "" },
		{ "E1004", 8, "part users has no field login", "", "login = text { from = 'nick' }",
		  "" },
		{ "E1004", 8, "integer here, text in part users", "login = text { from = 'name' }",
		  "login = integer { from = 'nick' }", "" },
		{ "E1004", 8, "decimal { 8, 2 } here, decimal { 8, 3 }",
		  "sum = decimal { 8, 3, from = 's' }", "sum = decimal { 8, 2, from = 's' }", "" },
		{ "E1004", 8, "enum { \"A\", \"C\" } here, enum { \"A\", \"B\" }",
		  "e = enum { 'B', 'A', from = 'e' }", "e = enum { 'A', 'C', from = 'e' }", "" },
		{ "E1011", 10, "has the part \"users\" twice", "", "",
		  "entity 'account' { part = 'Users', source = { root = table 'x' { key = 'k' } },"
		  " fields = { accountId = id { from = 'k' } } }" },
		{ "E1011", 10, "given twice", "", "",
		  "entity 'account' { source = { root = table 'x' { key = 'k' } },"
		  " fields = { accountId = id { from = 'k' } } }" },
		{ "E1005", 10, "which one is meant", "", "",
		  "entity 'o' { source = { root = table 'o' { key = 'k' } },"
		  " fields = { i = id { from = 'k' }, a = ref 'account' { from = 'owner' } } }" },
		{ "E1007", 10, "has no part \"member\"", "", "",
		  "entity 'o' { source = { root = table 'o' { key = 'k' } }, fields = {"
		  " i = id { from = 'k' }, a = ref 'account' { from = 'owner', part = 'member' } } "
		  "}" },
	};

	return cr_make_param_array(struct part_mistake, mistakes,
				   sizeof(mistakes) / sizeof(mistakes[0]));
}

ParameterizedTest(struct part_mistake *mistake, parts, must_fit_each_other)
{
	cr_assert_not(load_text(with_parts(mistake->first, mistake->second, mistake->rest)),
		      "%s was accepted", text);
	cr_assert(load_has_fault(mistake->code, mistake->line, mistake->message),
		  "expected %s in line %d: %s", mistake->code, mistake->line, load_faults_text());
}
