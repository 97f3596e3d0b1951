/*
 * test_stubs.c: names of legacy in the notation of lua-language-server, which reads some of them for something else.
 *
 * As its parser has it (script/parser/luadoc.lua): behind ---@field the words public, protected, private and package say who may see
 * what follows, where a name in ["…"] is a name; of a line ---| "…" all behind the first # is comment, in quotes, too; \035 is a #.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "engine/draft/draft.h"
#include "engine/profile/profile.h"

TestSuite(stubs, .timeout = 60);

enum { COLUMNS = 8 };

static const char *const names[COLUMNS] = { "private", "public", "package",     "protected",
					    "a#b",     "end",    "say \"x\"\n", "plain" };

static void put_stub(struct buf *buf, struct arena *arena)
{
	struct column_info infos[COLUMNS];
	struct column_profile columns[COLUMNS];
	struct table_info info = { .name = "t#1", .columns = infos, .column_count = COLUMNS };
	struct table_profile table = {
		.name = "t#1", .info = &info, .columns = columns, .column_count = COLUMNS
	};
	struct profile profile = { .tables = &table, .table_count = 1 };

	memset(columns, 0, sizeof(columns));
	for (int i = 0; i < COLUMNS; i++) {
		infos[i] = (struct column_info){ names[i], "TEXT", false };
		columns[i].info = &infos[i];
	}
	draft_put_schema_stub(buf, &profile, arena);
}

static void expect_line(const struct buf *stub, const char *begins)
{
	const char *found = strstr(stub->data, begins);

	cr_expect(found && (found == stub->data || found[-1] == '\n'), "no line begins: %s\n%s",
		  begins, stub->data);
}

Test(stubs, names_are_read_as_names)
{
	struct arena arena;
	struct buf stub;

	arena_init(&arena);
	buf_init(&stub);
	put_stub(&stub, &arena);
	expect_line(&stub, "---@field [\"private\"] string? # ");
	expect_line(&stub, "---@field [\"public\"] string? # ");
	expect_line(&stub, "---@field [\"package\"] string? # ");
	expect_line(&stub, "---@field [\"protected\"] string? # ");
	expect_line(&stub, "---@field [\"a#b\"] string? # ");
	expect_line(&stub, "---@field [\"end\"] string? # ");
	expect_line(&stub, "---@field [\"say \\\"x\\\"\\n\"] string? # ");
	expect_line(&stub, "---@field plain string? # ");
	expect_line(&stub, "---| \"a\\035b\" # ");
	expect_line(&stub, "---| \"t\\0351\" # ");
	expect_line(&stub, "---| \"private\" # ");
	buf_release(&stub);
	arena_release(&arena);
}

/* The first # of every line of choices is that of its comment. */
Test(stubs, choices_are_not_cut_off)
{
	struct arena arena;
	struct buf stub;
	int choices = 0;

	arena_init(&arena);
	buf_init(&stub);
	put_stub(&stub, &arena);
	for (const char *line = strstr(stub.data, "---| "); line; line = strstr(line, "---| ")) {
		const char *sign = strchr(line, '#');

		cr_assert_not_null(sign);
		cr_expect(strncmp(sign - 2, "\" # ", 4) == 0, "%.60s", line);
		line = sign;
		choices++;
	}
	cr_expect_eq(choices, 1 + COLUMNS);
	buf_release(&stub);
	arena_release(&arena);
}
