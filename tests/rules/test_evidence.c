/*
 * test_evidence.c: queries and the authority policy are checked for shape, name by name.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

TestSuite(evidence, .init = load_begin, .fini = load_end, .timeout = 60);

struct shape {
	char code[8]; /* "" when it is sound */
	char message[80];
	char text[400];
};

static bool load_shape(const char *format, const char *text)
{
	char rule[2000];

	snprintf(rule, sizeof(rule), format, text);
	return load_text(rule);
}

static void expect_shape(const struct shape *shape, bool loads)
{
	if (!shape->code[0])
		cr_assert(loads, "%s: %s", shape->text, load_faults_text());
	else
		cr_assert(!loads && load_has_fault(shape->code, 2, shape->message),
			  "%s: expected %s %s: %s", shape->text, shape->code, shape->message,
			  load_faults_text());
}

/* ---- authority ---- */

static struct shape policies[] = {
	{ "", "", "{}" },
	{ "", "", "{ history = { balance = true, fresh = '24h', approvals = 2 } }" },
	{ "", "", "{ history = {}, reads = { after = 'history', steps = { 0.1, 5, 100 } } }" },
	{ "E1003", "no option \"histroy\"", "{ histroy = {} }" },
	{ "E1003", "no option \"shadow\"", "{ history = { shadow = {} } }" },
	{ "E1004", "history must be a table", "{ history = true }" },
	{ "E1004", "balance must be a boolean", "{ history = { balance = 1 } }" },
	{ "E1004", "invariants must be \"all\" or \"sampled\"",
	  "{ history = { invariants = 'some' } }" },
	{ "E1004", "digests must be \"all\", not", "{ history = { digests = 'sampled' } }" },
	{ "E1004", "percent must be a number from 0 to 100",
	  "{ history = { sample = { percent = 101 } } }" },
	{ "E1004", "rate = 0 is more than a sample can show",
	  "{ history = { sample = { percent = 1, rate = 0 } } }" },
	{ "E1004", "empty lists names of entities", "{ history = { empty = { 1 } } }" },
	{ "", "", "{ history = { empty = { 'job', 'nobody' }, max_lag = '10m' } }" },
	{ "E1004", "max_lag must be a time like 24h", "{ history = { max_lag = 'soon' } }" },
	{ "E1004", "per_stratum must be a whole",
	  "{ history = { sample = { per_stratum = 1.5 } } }" },
	{ "E1004", "fresh must be a time like 24h", "{ history = { fresh = 'a day' } }" },
	{ "E1004", "approvals must be a whole", "{ history = { approvals = -1 } }" },
	{ "E1007", "no stage \"hist\"", "{ history = {}, reads = { after = 'hist' } }" },
	{ "E1007", "which is not there", "{ writes = { after = 'reads' } }" },
	{ "E1007", "which is not there", "{ writes = { after = 'writes' } }" },
	{ "E1004", "steps are per cent", "{ reads = { steps = { 5, 1, 100 } } }" },
	{ "E1004", "steps are per cent", "{ reads = { steps = { 5, 101 } } }" },
	{ "E1005", "do not end with 100", "{ reads = { steps = { 1, 50 } } }" },
	{ "E1005", "do not end with 100", "{ reads = { steps = {} } }" },
	{ "E1004", "rate must be a number", "{ reads = { shadow = { rate = 2 } } }" },
	{ "E1004", "window must be a time", "{ reads = { shadow = { window = '0h' } } }" },
};

ParameterizedTestParameters(evidence, authority_has_a_shape)
{
	return cr_make_param_array(struct shape, policies, sizeof(policies) / sizeof(policies[0]));
}

ParameterizedTest(struct shape *shape, evidence, authority_has_a_shape)
{
	expect_shape(
	    shape, load_shape("return migration { version = 'v1', system = 's',\n authority = %s,\n"
			      " entity 'a' { source = { root = table 't' { key = 'id' } },"
			      " fields = { i = id { from = 'id' } } } }",
			      shape->text));
}

/* ---- queries ---- */

#define SIDES "legacy = 'select :a', target = 'select :a', params = { a = sample 'x' }, "
#define KEYED "columns = { k = field 'x' { key = true } }"

static struct shape queries[] = {
	{ "", "", SIDES KEYED },
	{ "", "", SIDES "columns = { k = field 'x' }, order = 'declared'" },
	{ "", "",
	  SIDES "columns = { k = field 'kids.y' { key = true }, x = field 'x' { tolerance ="
		" absolute '0.01' { because = 'b', owner = 'o', expires = '2027-01-01' } } }" },
	{ "", "", "legacy = [[select '10:30', a::text]], target = 'select 1', " KEYED },
	{ "E1005", "no column is the key", SIDES "columns = { k = field 'x' }" },
	{ "E1004", "order is", SIDES KEYED ", order = 'sorted'" },
	{ "E1007", "no field \"z\" in kids",
	  SIDES "columns = { k = field 'kids.z' { key = true } }" },
	{ "E1007", "no field \"y\" in x", SIDES "columns = { k = field 'x.y' { key = true } }" },
	{ "E1004", "key must be a boolean", SIDES "columns = { k = field 'x' { key = 1 } }" },
	{ "E1005", "owner is missing",
	  SIDES "columns = { k = field 'x' { key = true, tolerance ="
		" absolute '1' { because = 'b', expires = '2027-01-01' } } }" },
	{ "E1004", "expires must be a day",
	  SIDES "columns = { k = field 'x' { key = true, tolerance ="
		" absolute '1' { because = 'b', owner = 'o', expires = 'soon' } } }" },
	{ "E1004", "absolute \"-1\" is no amount",
	  SIDES
	  "columns = { k = field 'x' { key = true,"
	  " tolerance = absolute '-1' { because = 'b', owner = 'o', expires = '2027-01-01' } } }" },
	{ "", "",
	  "legacy = [[select 'it''s', \"b:c\" -- what's :b\n from t where x = :a]], params = { a = "
	  "sample 'x' },"
	  " target = [[select $$:b$$, e'\\':b', 1::int /* :b ' */ from a where x = :a]], " KEYED },
	{ "E1006", "legacy does not use :a",
	  "legacy = 'select 1 -- :a', target = 'select :a',"
	  " params = { a = sample 'x' }, " KEYED },
	{ "E1007", "legacy asks for :b",
	  "legacy = 'select :a, :b', target = 'select :a',"
	  " params = { a = sample 'x' }, " KEYED },
	{ "E1006", "target does not use :a",
	  "legacy = 'select :a', target = 'select 1',"
	  " params = { a = sample 'x' }, " KEYED },
	{ "E1007", "no field \"nix\"",
	  "legacy = 'select :a', target = 'select :a',"
	  " params = { a = sample 'nix' }, " KEYED },
	{ "E1004", "count must be a whole",
	  "legacy = 'select :a', target = 'select :a',"
	  " params = { a = sample 'x' { count = 0 } }, " KEYED },
};

ParameterizedTestParameters(evidence, queries_have_a_shape)
{
	return cr_make_param_array(struct shape, queries, sizeof(queries) / sizeof(queries[0]));
}

ParameterizedTest(struct shape *shape, evidence, queries_have_a_shape)
{
	expect_shape(
	    shape,
	    load_shape("return migration { version = 'v1', system = 's', entity 'a' {\n queries = "
		       "{ q = { %s } },\n"
		       " source = { root = table 't' { key = 'id' }, kids = children 'k' { parent "
		       "= 'id', key = 'n' } },"
		       " fields = { i = id { from = 'id' }, x = text { from = 'x' },"
		       " kids = list { from = 'kids', each = { y = text { from = 'y' } } } } } }",
		       shape->text));
}
