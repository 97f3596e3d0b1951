/*
 * rule_scan.c: what can be said of a rule file before it runs: every literal, key and name in it.
 */
#include <stdlib.h>

#include "engine/rules/bytecode.h"
#include "engine/rules/library.h"
#include "engine/rules/loader.h"
#include "engine/rules/sandbox.h"

static void check_literals(struct loader *loader, const struct rule_text *file)
{
	for (int i = 0; i < file->list.count; i++) {
		const struct token *token = &file->list.tokens[i];
		enum literal_answer answer;
		struct fault *fault;

		if (token->kind != TOKEN_NUMBER)
			continue;
		answer = literal_judge(token_span(token));
		if (answer == LITERAL_OK)
			continue;
		fault = loader_fault(loader, "E1010", file->path, (int)token->line);
		fault->message =
		    loader_text(loader,
				answer == LITERAL_DIGITS
				    ? "the number %.*s loses digits"
				    : "the number %.*s is of a kind that rules do not have",
				SPAN_ARGS(token_span(token)));
		fault->why = SPAN("a Lua number holds 15 digits, integers up to 2^53 - 1");
		fault->help = answer == LITERAL_DIGITS
				  ? SPAN("write it as text, or exact \"0.01\" for a decimal")
				  : SPAN("write an ordinary decimal number, or a text");
	}
}

static void fault_twice(struct loader *loader, const struct rule_text *file,
			const struct outline_item *a, const struct outline_item *b)
{
	int first = a->line < b->line ? a->line : b->line;
	int second = a->line < b->line ? b->line : a->line;
	struct fault *fault = loader_fault(loader, "E1011", file->path, second);

	if (a->key.data) {
		fault->field = loader_text(loader, "%.*s", SPAN_ARGS(a->key));
		fault->message =
		    loader_text(loader, "\"%.*s\" is given twice in one table", SPAN_ARGS(a->key));
	} else {
		fault->message =
		    loader_text(loader, "[%d] is given twice in one table", a->position);
	}
	fault->why =
	    loader_text(loader, "only one of them would count; the first is in line %d", first);
	fault->help = SPAN("keep one of the two");
}

static void check_keys(struct loader *loader, const struct rule_text *file)
{
	const struct outline_item *items = file->outline.items;

	for (int i = 1; i < file->outline.item_count; i++) {
		if (outline_same_key(&items[i - 1], &items[i]))
			fault_twice(loader, file, &items[i - 1], &items[i]);
	}
}

static void check_name(lua_State *lua, const struct rule_text *file, const struct global_use *use)
{
	lua_getfield(lua, LUA_REGISTRYINDEX, SHARED_KEY);
	lua_getfield(lua, -1, "check_name");
	lua_pushlstring(lua, use->name.data, use->name.size);
	lua_pushboolean(lua, use->use == NAME_ASSIGNED);
	lua_pushstring(lua, file->path);
	lua_pushinteger(lua, use->line);
	lua_call(lua, 4, 0);
	lua_pop(lua, 1);
}

/* ---- patterns that are written down ---- */

static bool takes_pattern(const struct token *token)
{
	return token_is(token, TOKEN_NAME, "match") || token_is(token, TOKEN_NAME, "find") ||
	       token_is(token, TOKEN_NAME, "replace");
}

/* The second argument of the call whose name stands at `at`, when it is a text and nothing else. */
static const struct token *second_argument(const struct token_list *list, int at)
{
	const struct token *tokens = list->tokens;
	int depth = 0;

	for (int i = at + 1; i + 2 < list->count; i++) {
		depth += token_bracket_step(&tokens[i]);
		if (depth <= 0)
			return NULL;
		if (depth > 1 || !token_is(&tokens[i], TOKEN_SYMBOL, ","))
			continue;
		return tokens[i + 1].kind == TOKEN_STRING &&
			       (token_is(&tokens[i + 2], TOKEN_SYMBOL, ")") ||
				token_is(&tokens[i + 2], TOKEN_SYMBOL, ","))
			   ? &tokens[i + 1]
			   : NULL;
	}
	return NULL;
}

/* A local of that name may be anything. */
static bool is_global(const struct bytecode_report *report, const struct token *name)
{
	for (int i = 0; i < report->global_count; i++) {
		if (report->globals[i].line == (int)name->line &&
		    span_equal(report->globals[i].name, token_span(name)))
			return true;
	}
	return false;
}

static void check_patterns(lua_State *lua, struct loader *loader, const struct rule_text *file,
			   const struct bytecode_report *report)
{
	const struct token_list *list = &file->list;
	char why[PATTERN_MESSAGE_SIZE];

	for (int i = 0; i < list->count; i++) {
		const struct token *argument =
		    takes_pattern(&list->tokens[i]) ? second_argument(list, i) : NULL;
		struct fault *fault;

		if (!argument || !is_global(report, &list->tokens[i]) ||
		    pattern_compile(library_patterns(lua), token_span(argument), true, why))
			continue;
		fault = loader_fault(loader, "E1019", file->path, (int)argument->line);
		fault->message = loader_text(loader, "\"%.*s\" is no valid pattern: %s",
					     (int)(argument->size < 200 ? argument->size : 200),
					     argument->data, why);
	}
}

static bool check_names(lua_State *lua, struct loader *loader, struct rule_text *file)
{
	struct bytecode_report report;
	struct fault *fault;

	if (bytecode_read(lua, &loader->scratch, &report)) {
		for (int i = 0; i < report.global_count; i++)
			check_name(lua, file, &report.globals[i]);
		check_patterns(lua, loader, file, &report);
		file->function_lines = report.lines;
		file->function_line_count = report.line_count;
		if (!report.has_foreign_constants)
			return true;
	}
	fault = loader_fault(loader, "E1010", file->path, 0);
	fault->message = SPAN("the compiled file holds something that cannot be checked");
	return false;
}

static bool fault_lex(struct loader *loader, const struct rule_text *file, enum lex_answer answer,
		      int line)
{
	struct fault *fault =
	    loader_fault(loader, answer == LEX_TOO_MANY ? "E1012" : "E1001", file->path, line);

	fault->message = answer == LEX_TOO_MANY
			     ? loader_text(loader, "the file has more than %d words", TOKENS_MAX)
			     : SPAN("the file cannot be read from here");
	return false;
}

bool rule_read_tokens(struct loader *loader, struct rule_text *file)
{
	file->lexed = lexer_read(file->text, &loader->scratch, &file->list, &file->unreadable_line);
	return file->lexed != LEX_TOO_MANY ||
	       fault_lex(loader, file, LEX_TOO_MANY, file->unreadable_line);
}

bool rule_scan(lua_State *lua, struct loader *loader, struct rule_text *file)
{
	if (file->lexed != LEX_OK)
		return fault_lex(loader, file, file->lexed, file->unreadable_line);
	if (!outline_read(&file->list, &loader->scratch, &file->outline))
		return fault_lex(loader, file, LEX_UNREADABLE, 0);
	check_literals(loader, file);
	check_keys(loader, file);
	return check_names(lua, loader, file);
}
