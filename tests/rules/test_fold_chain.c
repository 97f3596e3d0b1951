/*
 * test_fold_chain.c: functions that only fold a column are done without Lua, and nobody can tell.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "engine/rules/host_internal.h"
#include "tests/rules/derive_fixture.h"

TestSuite(fold_chain, .timeout = 60);

static void open_map(const char *key, const char *value, const char *more)
{
	static char fields[600];

	snprintf(fields, sizeof(fields), "m = map { from = 'meta', key = %s, value = %s }", key,
		 value);
	rule_open(&(struct rule){ .fields = fields, .before = more });
}

static const struct field *map_field(void)
{
	for (int i = 0; i < fx.host->plans[0].field_count; i++)
		if (fx.host->plans[0].fields[i].type == FIELD_MAP)
			return &fx.host->plans[0].fields[i];
	cr_assert_fail("no map");
	return NULL;
}

struct form {
	const char *text;
	int folds; /* −1: no chain */
};

static const struct form forms[] = {
	{ "function(m) return m.k end", 0 },
	{ "function(row) return row.k end", 0 },
	{ "function(m) return m['k'] end", 0 },
	{ "function(m)\n\n return trim(m.k)\n end", 1 },
	{ "function(m) return upper(m.k) end", 1 },
	{ "function(m) return lower(trim(m.k)) end", 2 },
	{ "function(m) return trim(upper(m.k)) end", 2 },
	{ "function(m) return (trim(m.k)) end", -1 },
	{ "function(m) return trim(lower(trim(m.k))) end", -1 },
	{ "function(m) return m.k .. 'x' end", -1 },
	{ "function(m) return 'k' end", -1 },
	{ "function(m) return trim(m.k, m.v) end", -1 },
	{ "function(m) local k = m.k return k end", 0 },
	{ "function(m) local k = m.k return trim(k) end", -1 },
	{ "function(m, n) return m.k end", -1 },
	{ "function(m) return starts(m.k, 'k') and 'k' or 'l' end", -1 },
	{ "function(m) if m.k == 'k' then return m.k end return 'l' end", -1 },
	{ "function(m) return trim(tostring(m.k)) end", -1 },
};

Test(fold_chain, is_recognised_by_what_a_function_does_and_not_by_its_letters)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct fold_chain *chain;

		open_map(forms[i].text, "function(m) return trim(m.v) end", NULL);
		chain = &map_field()->key_chain;
		cr_expect_eq(chain->column >= 0 ? chain->fold_count : -1, forms[i].folds, "%s",
			     forms[i].text);
		cr_expect_geq(map_field()->value_chain.column, 0);
		rule_close();
	}
}

Test(fold_chain, another_function_of_the_same_name_is_not_the_librarys)
{
	open_map("function(m) return trim(m.k) end", "function(m) return m.v end",
		 "local function trim(text) return text .. '!' end");
	cr_assert_eq(map_field()->key_chain.column, -1);
	given("meta", 0, "k", " a ");
	given("meta", 0, "v", "b");
	derive();
	cr_assert(strstr(body(), "\" a !\":\"b\""), "%s", body());
	rule_close();
}

static struct cell text_cell(const char *data, size_t size)
{
	return (struct cell){ data, (uint32_t)size, CELL_TEXT };
}

/* What a row becomes, faults and all. */
static const char *outcome_of(const char *key, const char *value, struct cell k, struct cell v)
{
	static char seen[2][2000];
	static int turn;

	open_map(key, value, NULL);
	given("meta", 0, "k", "fixed");
	given("meta", 0, "v", "fixed");
	given_cell("meta", 1, "k", k);
	given_cell("meta", 1, "v", v);
	derive();
	turn = !turn;
	snprintf(seen[turn], sizeof(seen[turn]), "%s", body());
	rule_close();
	return seen[turn];
}

Test(fold_chain, gives_what_the_function_gives_faults_and_all)
{
	static const char cut[CELL_CUT_SIZE] = "cut";
	const struct cell cells[] = {
		text_cell("Plain", 5),
		text_cell("", 0),
		text_cell("  ", 2),
		text_cell(" \t Two Words\r\n", 14),
		text_cell("\xC3\x84hnlich GRO\xE1\xBA\x9E", 15),
		text_cell("\xC2\xA0x\xC2\xA0", 5),
		text_cell("no \xff text", 9),
		text_cell("nul\0here", 8),
		text_cell("FIXED", 5), /* the key of the other row, once it is folded */
		{ NULL, 0, CELL_NULL },
		{ "\x01\x02", 2, CELL_BYTES },
		{ cut, 2000000, CELL_CUT },
	};
	static const char *const chains[][2] = {
		{ "function(m) return m.%c end", "function(m) if m then return m.%c end end" },
		{ "function(m) return lower(m.%c) end",
		  "function(m) local x = m.%c return lower(x) end" },
		{ "function(m) return upper(trim(m.%c)) end",
		  "function(m) local x = m.%c return upper(trim(x)) end" },
	};
	enum { CELLS = sizeof(cells) / sizeof(*cells), CHAINS = 3 };

	for (int c = 0; c < CHAINS; c++) {
		char fast_key[80], fast_value[80], slow_key[80], slow_value[80];

		snprintf(fast_key, sizeof(fast_key), chains[c][0], 'k');
		snprintf(fast_value, sizeof(fast_value), chains[c][0], 'v');
		snprintf(slow_key, sizeof(slow_key), chains[c][1], 'k');
		snprintf(slow_value, sizeof(slow_value), chains[c][1], 'v');
		for (int i = 0; i < CELLS * CELLS; i++) {
			struct cell k = cells[i / CELLS], v = cells[i % CELLS];
			const char *fast = outcome_of(fast_key, fast_value, k, v);

			cr_expect_str_eq(fast, outcome_of(slow_key, slow_value, k, v),
					 "chain %d, cells %d", c, i);
		}
	}
}
