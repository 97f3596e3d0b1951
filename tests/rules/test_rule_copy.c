/*
 * test_rule_copy.c: a copied rule file differs in its names alone.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/rules/lexer.h"
#include "engine/rules/rule_copy.h"
#include "tests/rules/load_fixture.h"

TestSuite(rule_copy, .init = load_begin, .fini = load_end, .timeout = 60);

static const struct rule_rename onward = { "v3", "v4", "v4", "v3" };
static bool has_version;
static struct err err;

/* The copy, or NULL with err; in the arena. */
static const char *copied(const char *text, const struct rule_rename *rename)
{
	struct buf copy;
	const char *made = NULL;

	buf_init(&copy);
	has_version = false;
	err_reset(&err);
	if (rule_copy_text(span_of(text), rename, &copy, &has_version, &err))
		made = arena_copy(&loaded.arena, buf_span(&copy)).data;
	buf_release(&copy);
	return made;
}

static void gives(const char *text, const char *wanted)
{
	const char *made = copied(text, &onward);

	cr_assert_not_null(made, "%s: %s", text, err.text);
	cr_assert_str_eq(made, wanted);
}

Test(rule_copy, renames_version_and_supersedes)
{
	gives("return migration { version = \"v3\", supersedes = \"v2\", system = \"v3\" }",
	      "return migration { version = \"v4\", supersedes = \"v3\", system = \"v3\" }");
	cr_assert(has_version);
	gives("return migration{supersedes='v2';['version']='v3'}",
	      "return migration{supersedes='v3';['version']='v4'}");
	gives("return migration { version = [[v3]], supersedes = [==[v2]==] }",
	      "return migration { version = \"v4\", supersedes = \"v3\" }");
}

Test(rule_copy, adds_what_is_superseded_where_nothing_was)
{
	gives("return migration { version = \"v3\", system = \"s\" }",
	      "return migration { version = \"v4\", supersedes = \"v3\", system = \"s\" }");
	gives("return migration {\n\t version = \"v3\", -- the third\n\tsystem = \"s\" }",
	      "return migration {\n\t version = \"v4\",\n\t supersedes = \"v3\", -- the "
	      "third\n\tsystem = "
	      "\"s\" }");
	gives("return migration {\r\n  version = 'v3'\r\n}",
	      "return migration {\r\n  version = 'v4',\r\n  supersedes = \"v3\"\r\n}");
}

Test(rule_copy, touches_no_other_version)
{
	static const char *const kept[] = {
		"",
		"return 1",
		"-- version = \"v3\", require \"v3.job\"\nreturn 1",
		"local version = \"v3\" return { version = \"v3\" }",
		"return [[ migration { version = \"v3\" } require \"v3.job\" ]]",
		"return require \"v30.job\", require \"av3.job\", require \"v3\", csv \"v3.csv\" "
		"{}",
		"return other \"v3.job\", csv \"tables/v3/a.csv\" {}, require \"shared.v3.job\"",
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		gives(kept[i], kept[i]);
		cr_assert_not(has_version, "%s", kept[i]);
	}
}

Test(rule_copy, names_modules_and_tables_of_its_own)
{
	gives(
	    "return require \"v3.job\", require('v3.a.b'), require [[v3.c]], csv \"v3/t.csv\" {}",
	    "return require \"v4.job\", require('v4.a.b'), require [[v4.c]], csv \"v4/t.csv\" {}");
	gives("return require(--[[ which? ]] \"v3.job\" --[[ this ]])",
	      "return require(--[[ which? ]] \"v4.job\" --[[ this ]])");
	gives("return require \"\\1183.job\"", "return require \"v4.job\"");
}

Test(rule_copy, refuses_what_is_computed)
{
	cr_assert_null(copied("return migration { version = \"v\" .. 3 }", &onward));
	cr_assert_not_null(strstr(err.text, "line 1: version is not a plain text"), "%s", err.text);
	cr_assert_null(copied("return migration {\nversion = \"v3\", supersedes = V2 }", &onward));
	cr_assert_not_null(strstr(err.text, "line 2: supersedes"), "%s", err.text);
	cr_assert_null(copied("return \"v3", &onward));
	cr_assert_eq(err.code, ERR_RULE);
}

Test(rule_copy, and_back_again_is_the_same_bytes)
{
	static const struct rule_rename back = { "v4", "v3", "v3", "v2" };
	const char *text = load_v3_text();
	const char *there = copied(text, &onward);

	cr_assert_not_null(there, "%s", err.text);
	cr_assert(has_version);
	cr_assert_str_neq(there, text);
	cr_assert_str_eq(copied(there, &back), text);
}

Test(rule_copy, only_some_names_name_files)
{
	static const char *const good[] = { "v4", "4", "pagila-2007", "a_b" };
	static const char *const bad[] = { "",    "-v",  "_v",  "v.4",     "..",
					   "a/b", "v 4", "v\n", "\xc3\xa9" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_assert(rule_copy_is_name(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_not(rule_copy_is_name(bad[i]), "%s", bad[i]);
}

/* ---- what the copy rests on: where tokens stand ---- */

static struct token_list tokens_of(struct span text)
{
	struct token_list list;
	int line;

	cr_assert_eq(lexer_read_places(text, &loaded.arena, &list, &line), LEX_OK, "%.*s",
		     SPAN_ARGS(text));
	return list;
}

/* Each, cut out by itself, is that token; between them there is none. */
static void stands_where_it_says(struct span text)
{
	struct token_list list = tokens_of(text);
	uint32_t end = 0;

	for (int i = 0; i < list.count; i++) {
		const struct token *token = &list.tokens[i];
		struct span gap = { text.data + end, list.places[i].begin - end };
		struct token_list one = tokens_of((struct span){
		    text.data + list.places[i].begin, list.places[i].end - list.places[i].begin });

		cr_assert_geq(list.places[i].begin, end);
		cr_assert_eq(tokens_of(gap).count, 0, "%.*s", SPAN_ARGS(gap));
		cr_assert_eq(one.count, 1, "%.*s", SPAN_ARGS(token_span(token)));
		cr_assert_eq((int)one.tokens[0].kind, (int)token->kind);
		cr_assert(span_equal(token_span(&one.tokens[0]), token_span(token)));
		end = list.places[i].end;
	}
	cr_assert_leq(end, text.size);
	cr_assert_eq(tokens_of((struct span){ text.data + end, text.size - end }).count, 0);
}

Test(rule_copy, tokens_stand_where_they_say)
{
	stands_where_it_says(span_of(load_v3_text()));
	stands_where_it_says(
	    SPAN("\xef\xbb\xbf# first\nlocal a, b='x\\\ny', \"\\z  \\065\\u{e9}\" .. [[\n l\r\n]] "
		 "--[==[ no ]] ]==] x = 0x1p-3 ... [=[]]]=] -- end"));
}
