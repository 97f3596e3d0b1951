/*
 * test_lua_text.c: what comes from outside stays inside the quotes, the key, or the comment it was put into.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/base/lua_text.h"

static struct buf text;

static void begin(void)
{
	buf_init(&text);
}

static void end(void)
{
	buf_release(&text);
}

TestSuite(lua_text, .init = begin, .fini = end);

Test(lua_text, strings)
{
	const struct {
		struct span text;
		const char *written;
	} cases[] = {
		{ SPAN("open"), "\"open\"" },
		{ SPAN(""), "\"\"" },
		{ SPAN("say \"no\"\\"), "\"say \\\"no\\\"\\\\\"" },
		{ SPAN("two\nlines\t"), "\"two\\nlines\\t\"" },
		{ SPAN("Zürich €"), "\"Zürich €\"" },
		{ SPAN("\xFF\x00\x1B"), "\"\\255\\000\\027\"" },
		{ SPAN("\xE2\x80\xAEtxt"), "\"\\226\\128\\174txt\"" }, /* turns the direction */
		{ SPAN("1\x01"
		       "2"),
		  "\"1\\0012\"" }, /* a digit behind an escape belongs to the text */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_reset(&text);
		lua_put_string(&text, cases[i].text);
		cr_expect_str_eq(text.data, cases[i].written);
	}
}

Test(lua_text, keys)
{
	static const struct {
		const char *key, *written;
	} cases[] = {
		{ "status", "status" },
		{ "_1", "_1" },
		{ "1st", "[\"1st\"]" },
		{ "end", "[\"end\"]" },
		{ "goto", "[\"goto\"]" },
		{ "", "[\"\"]" },
		{ "PICKED UP", "[\"PICKED UP\"]" },
		{ "größe", "[\"größe\"]" },
		{ "a\"]", "[\"a\\\"]\"]" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_reset(&text);
		lua_put_key(&text, span_of(cases[i].key));
		cr_expect_str_eq(text.data, cases[i].written);
	}
}

Test(lua_text, comments_stay_on_their_line)
{
	lua_put_comment(&text, SPAN("a \"b\"\nos.exit()\r\x1b[31m"));
	cr_expect_str_eq(text.data, "a \"b\"\\nos.exit()\\013\\027[31m");
}

Test(lua_text, tables)
{
	struct lua_table table = lua_table_open(&text);

	lua_table_close(&table);
	cr_expect_str_eq(text.data, "{}");
	buf_reset(&text);
	table = lua_table_open(&text);
	lua_table_put(&table, SPAN("a b"), SPAN("1"));
	lua_table_put_plain(&table, SPAN("c"), SPAN("true"));
	lua_table_close(&table);
	cr_expect_str_eq(text.data, "{ [\"a b\"] = \"1\", c = true }");
}

Test(lua_text, no_line_is_longer_than_people_read)
{
	struct lua_table table;
	int column = 0;

	buf_put_text(&text, "  expect = ");
	table = lua_table_open(&text);
	for (int i = 0; i < 100; i++)
		lua_table_put(&table, SPAN("name"), SPAN("Zürich"));
	lua_table_close(&table);
	for (size_t i = 0; i < text.size; i++) {
		column = text.data[i] == '\n' ? 0 : column + ((text.data[i] & 0xC0) != 0x80);
		cr_assert_leq(column, LUA_LINE_COLUMNS);
	}
	cr_expect(strstr(text.data, ",\n             name = "), "entries stand below the first");
}
