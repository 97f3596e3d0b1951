/*
 * syntax.c: what is wrong with a file that is not Lua, in words of people who do not write Lua all day.
 *
 * LuaJIT names the place where its reading stopped. Often that is not where the mistake is: a comma that is missing
 * is noticed at the next entry, a bracket that is never closed at the end of the file. The tokens know better.
 */
#include <string.h>

#include "engine/rules/loader.h"

struct syntax {
	struct loader *loader;
	const struct rule_text *file;
	struct token_list list;
	struct span message; /* LuaJIT's */
	int line;            /* LuaJIT's */
	int stop;            /* the token it stopped at, list.count for the end of the file */
	struct fault *fault;
};

static bool says(const struct syntax *syntax, const char *words)
{
	return syntax->message.size > 0 &&
	       memmem(syntax->message.data, syntax->message.size, words, strlen(words)) != NULL;
}

static bool is_at(const struct syntax *syntax, int token, enum token_kind kind, const char *text)
{
	return token >= 0 && token < syntax->list.count &&
	       token_is(&syntax->list.tokens[token], kind, text);
}

static bool is_symbol(const struct syntax *syntax, int token, const char *text)
{
	return is_at(syntax, token, TOKEN_SYMBOL, text);
}

static bool tell(const struct syntax *syntax, int line, struct span message, struct span help)
{
	syntax->fault->line = line;
	syntax->fault->message = message;
	syntax->fault->help = help;
	return true;
}

/* What stands behind "near '": a token as it is written. */
static struct span near_text(struct span message)
{
	const char *at = memmem(message.data, message.size, "near '", 6);
	size_t size;

	if (!at)
		return SPAN_NONE;
	size = message.size - (size_t)(at + 6 - message.data);
	return (struct span){ at + 6, size > 0 ? size - 1 : 0 };
}

/* Strings are quoted there and not here. */
static bool is_token(const struct token *token, struct span text)
{
	if (token->kind == TOKEN_STRING)
		return text.size >= 2 &&
		       memmem(text.data, text.size, token->data, token->size) != NULL;
	return span_equal(token_span(token), text);
}

static int find_stop(const struct syntax *syntax)
{
	struct span text = near_text(syntax->message);

	for (int i = 0; text.data && i < syntax->list.count; i++) {
		if ((int)syntax->list.tokens[i].line == syntax->line &&
		    is_token(&syntax->list.tokens[i], text))
			return i;
	}
	return syntax->list.count;
}

static int line_of(const struct syntax *syntax, int token)
{
	return (int)syntax->list.tokens[token].line;
}

/* ---- what other languages write ---- */

static bool explain_symbols(const struct syntax *syntax)
{
	int at = syntax->stop, line = syntax->line;

	if (is_symbol(syntax, at, "!"))
		return tell(syntax, line, SPAN("\"!\" means nothing in a rule"),
			    is_symbol(syntax, at + 1, "=") ? SPAN("\"not equal\" is written ~=")
							   : SPAN("\"not\" is written not"));
	if (is_symbol(syntax, at, "/") &&
	    (is_symbol(syntax, at + 1, "/") || is_symbol(syntax, at + 1, "*")))
		return tell(syntax, line, SPAN("no comment begins like this"),
			    SPAN("a comment begins with --"));
	if (is_symbol(syntax, at, "&") || is_symbol(syntax, at, "|"))
		return tell(syntax, line, SPAN("\"and\" and \"or\" are words here"),
			    SPAN("write and for &&, or for ||"));
	if (is_symbol(syntax, at, "=") && at > 1 &&
	    strchr("+-*/", *syntax->list.tokens[at - 1].data))
		return tell(syntax, line, SPAN("a sum is not assigned like this"),
			    SPAN("write   n = n + 1"));
	if (is_symbol(syntax, at, "=") && !says(syntax, "'}' expected"))
		return tell(syntax, line, SPAN("one = gives a name its value; it does not compare"),
			    SPAN("\"equal\" is written =="));
	return false;
}

static bool explain_names(const struct syntax *syntax)
{
	const struct token *tokens = syntax->list.tokens;
	int at = syntax->stop;
	struct loader *loader = syntax->loader;

	if (at >= 2 && is_symbol(syntax, at - 1, ":") && tokens[at - 2].kind == TOKEN_NAME)
		return tell(syntax, syntax->line, SPAN("a value is given by =, not by a colon"),
			    loader_text(loader, "write   %.*s = …",
					SPAN_ARGS(token_span(&tokens[at - 2]))));
	if (at < syntax->list.count && tokens[at].kind == TOKEN_KEYWORD &&
	    is_symbol(syntax, at + 1, "="))
		return tell(syntax, syntax->line,
			    loader_text(loader, "\"%.*s\" is a word of Lua and no name by itself",
					SPAN_ARGS(token_span(&tokens[at]))),
			    loader_text(loader, "write   [\"%.*s\"] = …",
					SPAN_ARGS(token_span(&tokens[at]))));
	if (says(syntax, "'}' expected") && at >= 1 && at < syntax->list.count &&
	    tokens[at].kind == TOKEN_NAME && tokens[at - 1].kind == TOKEN_NAME &&
	    line_of(syntax, at - 1) == syntax->line && is_symbol(syntax, at + 1, "="))
		return tell(syntax, syntax->line, SPAN("a name has a space in it"),
			    loader_text(loader, "write   [\"%.*s %.*s\"] = …",
					SPAN_ARGS(token_span(&tokens[at - 1])),
					SPAN_ARGS(token_span(&tokens[at]))));
	return false;
}

/* ---- what is opened and never closed ---- */

enum { OPEN_MAX = 1000 };

/* The tokens are gone through once, and the lines beside them. */
struct balance {
	const struct syntax *syntax;
	const char *line_start; /* NULL behind the last */
	int line;
	struct {
		int token, indentation;
	} open[OPEN_MAX];
	int count;
};

/* How far the token's line is indented; tokens are asked for in their order. */
static int indentation(struct balance *balance, int token)
{
	struct span text = balance->syntax->file->text;
	const char *end = text.data + text.size, *at;

	for (; balance->line < line_of(balance->syntax, token) && balance->line_start;
	     balance->line++) {
		at = memchr(balance->line_start, '\n', (size_t)(end - balance->line_start));
		balance->line_start = at ? at + 1 : NULL;
	}
	for (at = balance->line_start; at && at < end && (*at == ' ' || *at == '\t');)
		at++;
	return at ? (int)(at - balance->line_start) : 0;
}

static bool is_first_of_line(const struct syntax *syntax, int token)
{
	return token == 0 || line_of(syntax, token - 1) != line_of(syntax, token);
}

/* What closes what opens here; NULL when it opens nothing. */
static const char *closer_of(const struct token *token)
{
	static const char *const pairs[][2] = { { "{", "}" },         { "(", ")" },
						{ "[", "]" },         { "function", "end" },
						{ "if", "end" },      { "do", "end" },
						{ "repeat", "until" } };

	if (token->kind != TOKEN_SYMBOL && token->kind != TOKEN_KEYWORD)
		return NULL;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (span_equal_text(token_span(token), pairs[i][0]))
			return pairs[i][1];
	}
	return NULL;
}

static bool is_closer(const struct token *token)
{
	return (token->kind == TOKEN_SYMBOL && token->size == 1 && strchr("})]", *token->data)) ||
	       token_is(token, TOKEN_KEYWORD, "end") || token_is(token, TOKEN_KEYWORD, "until");
}

/* Does this close what was opened last? What begins a line closes nothing that is indented further. */
static bool fits(struct balance *balance, int close)
{
	const struct syntax *syntax = balance->syntax;
	const struct token *tokens = syntax->list.tokens;
	int open = balance->open[balance->count - 1].token;

	if (!span_equal_text(token_span(&tokens[close]), closer_of(&tokens[open])))
		return false;
	return line_of(syntax, open) == line_of(syntax, close) ||
	       !is_first_of_line(syntax, close) ||
	       indentation(balance, close) >= balance->open[balance->count - 1].indentation;
}

static bool has_else_if(const struct syntax *syntax, int line)
{
	for (int i = 1; i < syntax->list.count; i++) {
		if (line_of(syntax, i) == line && is_at(syntax, i, TOKEN_KEYWORD, "if") &&
		    is_at(syntax, i - 1, TOKEN_KEYWORD, "else"))
			return true;
	}
	return false;
}

static bool tell_open(const struct balance *balance)
{
	const struct syntax *syntax = balance->syntax;
	int open = balance->open[balance->count - 1].token;
	const struct token *token = &syntax->list.tokens[open];

	return tell(syntax, line_of(syntax, open),
		    loader_text(syntax->loader, "the \"%.*s\" in this line is never closed",
				SPAN_ARGS(token_span(token))),
		    token_is(token, TOKEN_KEYWORD, "if") &&
			    has_else_if(syntax, line_of(syntax, open))
			? SPAN("write elseif in one word, or one more end")
			: loader_text(syntax->loader, "add the \"%s\" that belongs to it",
				      closer_of(token)));
}

static bool tell_closer(const struct syntax *syntax, int close)
{
	return tell(syntax, line_of(syntax, close),
		    loader_text(syntax->loader, "the \"%.*s\" in this line closes nothing",
				SPAN_ARGS(token_span(&syntax->list.tokens[close]))),
		    SPAN("take it out, or add what it closes"));
}

static bool explain_balance(const struct syntax *syntax)
{
	struct balance *balance = arena_zalloc(&syntax->loader->scratch, sizeof(*balance));

	balance->syntax = syntax;
	balance->line_start = syntax->file->text.data;
	balance->line = 1;
	for (int i = 0; i < syntax->list.count; i++) {
		const struct token *token = &syntax->list.tokens[i];

		if (closer_of(token)) {
			if (balance->count == OPEN_MAX)
				return false;
			balance->open[balance->count].token = i;
			balance->open[balance->count++].indentation = indentation(balance, i);
		} else if (is_closer(token)) {
			if (balance->count == 0)
				return tell_closer(syntax, i);
			if (!fits(balance, i))
				return tell_open(balance);
			balance->count--;
		}
	}
	return balance->count > 0 && tell_open(balance);
}

/* ---- the rest ---- */

/* An entry begins where a comma was expected. */
static bool explain_comma(const struct syntax *syntax)
{
	const struct token *tokens = syntax->list.tokens;
	int at = syntax->stop;

	if (!says(syntax, "'}' expected") || at == 0 || at >= syntax->list.count)
		return false;
	return tell(
	    syntax, line_of(syntax, at - 1),
	    loader_text(syntax->loader, "a comma is missing between \"%.*s\" and \"%.*s\"",
			SPAN_ARGS(token_span(&tokens[at - 1])), SPAN_ARGS(token_span(&tokens[at]))),
	    SPAN("entries of a table are parted by commas, and a text ends at its closing quote"));
}

static bool explain_unreadable(const struct syntax *syntax, int line)
{
	if (says(syntax, "unfinished long string"))
		return tell(syntax, line, SPAN("a text is opened with [[ and never closed"),
			    SPAN("close it with ]]"));
	if (says(syntax, "unfinished long comment"))
		return tell(syntax, line, SPAN("a comment is opened with --[[ and never closed"),
			    SPAN("close it with ]]"));
	if (says(syntax, "unfinished string"))
		return tell(syntax, line, SPAN("a text is opened and not closed in its line"),
			    SPAN("close it with the quote it begins with; texts of several lines "
				 "stand in [[ … ]]"));
	return false;
}

void syntax_explain(struct loader *loader, const struct rule_text *file, struct span message,
		    struct fault *fault)
{
	struct syntax syntax = { .loader = loader,
				 .file = file,
				 .message = message,
				 .line = fault->line,
				 .fault = fault };

	if (file->lexed != LEX_OK) {
		explain_unreadable(&syntax, file->unreadable_line);
		return;
	}
	syntax.list = file->list;
	syntax.stop = find_stop(&syntax);
	if (explain_symbols(&syntax) || explain_names(&syntax) || explain_balance(&syntax) ||
	    explain_comma(&syntax))
		return;
	if (says(&syntax, "'then' expected"))
		tell(&syntax, syntax.line, message, SPAN("write   if … then … end"));
}
