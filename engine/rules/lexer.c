/*
 * lexer.c: cuts a rule file into tokens the way LuaJIT does.
 */
#include "engine/rules/lexer.h"

#include <string.h>

enum { BYTES_A_TOKEN = 4, LINE_MASK = (1 << 28) - 1, KIND_MASK = 15 };

struct lexer {
	const char *source, *at, *end;
	const char *begin; /* of the token being read */
	uint32_t line;
	struct arena *arena;
	struct token_list *list;
	int capacity;
	bool has_places;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static char lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static char peek(const struct lexer *lexer, size_t ahead)
{
	return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

/* Of the token that was added last. */
static void add_place(struct lexer *lexer)
{
	struct token_list *list = lexer->list;

	list->places =
	    arena_grow_by_one(lexer->arena, list->places, list->count - 1, sizeof(*list->places));
	list->places[list->count - 1] =
	    (struct token_place){ .begin = (uint32_t)(lexer->begin - lexer->source),
				  .end = (uint32_t)(lexer->at - lexer->source) };
}

static bool add(struct lexer *lexer, enum token_kind kind, struct span text, uint32_t line)
{
	struct token_list *list = lexer->list;

	if (list->count == TOKENS_MAX)
		return false;
	if (list->count == lexer->capacity) {
		/* Room for all of most files at once: what the arena has given it does not take back. */
		int guess = (int)(lexer->end - lexer->at) / BYTES_A_TOKEN + 256;
		int capacity = lexer->capacity ? lexer->capacity * 2 : guess;

		list->tokens = arena_grow(lexer->arena, list->tokens,
					  (size_t)lexer->capacity * sizeof(*list->tokens),
					  (size_t)capacity * sizeof(*list->tokens));
		lexer->capacity = capacity;
	}
	list->tokens[list->count++] = (struct token){ .data = text.data,
						      .size = (uint32_t)text.size,
						      .line = line & LINE_MASK,
						      .kind = (uint32_t)kind & KIND_MASK };
	if (lexer->has_places)
		add_place(lexer);
	return true;
}

/* \r\n and \n\r are one line break. */
static void skip_line_break(struct lexer *lexer)
{
	char first = *lexer->at++;

	if (lexer->at < lexer->end && (*lexer->at == '\n' || *lexer->at == '\r') &&
	    *lexer->at != first)
		lexer->at++;
	lexer->line++;
}

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* The level of [[ or [=[ at the position, or −1. */
static int long_bracket_level(const struct lexer *lexer)
{
	size_t count = 0;

	while (peek(lexer, 1 + count) == '=')
		count++;
	return peek(lexer, 1 + count) == '[' ? (int)count : -1;
}

static bool closes_long(const struct lexer *lexer, int level)
{
	size_t count = 0;

	while (peek(lexer, 1 + count) == '=')
		count++;
	return (int)count == level && peek(lexer, 1 + count) == ']';
}

/* The inside of a long bracket, without its first line break. */
static bool read_long(struct lexer *lexer, int level, struct span *text)
{
	char *copy;
	size_t size = 0;

	lexer->at += level + 2;
	if (lexer->at < lexer->end && is_break(*lexer->at))
		skip_line_break(lexer);
	copy = (char *)(uintptr_t)lexer->at;
	while (lexer->at < lexer->end) {
		if (*lexer->at == ']' && closes_long(lexer, level)) {
			*text = (struct span){ copy, size };
			lexer->at += level + 2;
			return true;
		}
		if (is_break(*lexer->at)) {
			const char *start = lexer->at;

			skip_line_break(lexer);
			size += (size_t)(lexer->at - start);
			continue;
		}
		lexer->at++;
		size++;
	}
	return false;
}

static bool skip_comment(struct lexer *lexer)
{
	struct span inside;

	lexer->at += 2;
	if (peek(lexer, 0) == '[') {
		int level = long_bracket_level(lexer);

		if (level >= 0)
			return read_long(lexer, level, &inside);
	}
	while (lexer->at < lexer->end && !is_break(*lexer->at))
		lexer->at++;
	return true;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = lower_char(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | (code >> 6));
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | (code >> 12));
		out[1] = (char)(0x80 | ((code >> 6) & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | ((code >> 18) & 0x07));
	out[1] = (char)(0x80 | ((code >> 12) & 0x3f));
	out[2] = (char)(0x80 | ((code >> 6) & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* \u{…}: never longer decoded than written. */
static size_t read_unicode_escape(struct lexer *lexer, char *out)
{
	uint32_t code = 0;

	if (peek(lexer, 0) == '{')
		lexer->at++;
	while (lexer->at < lexer->end && hex_digit(*lexer->at) >= 0 && code < 0x110000)
		code = code * 16 + (uint32_t)hex_digit(*lexer->at++);
	if (peek(lexer, 0) == '}')
		lexer->at++;
	return code < 0x110000 ? put_utf8(out, code) : 0;
}

static size_t read_decimal_escape(struct lexer *lexer, char *out)
{
	int code = 0;

	for (int i = 0; i < 3 && is_digit(peek(lexer, 0)); i++)
		code = code * 10 + (*lexer->at++ - '0');
	out[0] = (char)code;
	return 1;
}

static size_t read_hex_escape(struct lexer *lexer, char *out)
{
	int high = hex_digit(peek(lexer, 0)), low = hex_digit(peek(lexer, 1));

	if (high < 0 || low < 0)
		return 0;
	lexer->at += 2;
	out[0] = (char)(high * 16 + low);
	return 1;
}

static void skip_white(struct lexer *lexer)
{
	while (lexer->at < lexer->end && strchr(" \t\v\f\r\n", *lexer->at) && *lexer->at) {
		if (is_break(*lexer->at))
			skip_line_break(lexer);
		else
			lexer->at++;
	}
}

/* Behind a backslash. Returns how many bytes it means. */
static size_t read_escape(struct lexer *lexer, char *out)
{
	static const char names[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
	char c = peek(lexer, 0);
	const char *name = c ? strchr(names, c) : NULL;

	if (is_digit(c))
		return read_decimal_escape(lexer, out);
	if (is_break(c)) {
		skip_line_break(lexer);
		out[0] = '\n';
		return 1;
	}
	if (lexer->at < lexer->end)
		lexer->at++;
	if (c == 'x')
		return read_hex_escape(lexer, out);
	if (c == 'u')
		return read_unicode_escape(lexer, out);
	if (c == 'z') {
		skip_white(lexer);
		return 0;
	}
	out[0] = name ? meanings[name - names] : c;
	return 1;
}

/* The size of a quoted string up to its closing quote, for the copy; 0 at the end of the file. */
static size_t quoted_size(const struct lexer *lexer, char quote)
{
	size_t size = 0;

	while (lexer->at + size < lexer->end && lexer->at[size] != quote)
		size += lexer->at[size] == '\\' ? 2 : 1;
	return size;
}

static bool read_quoted(struct lexer *lexer)
{
	char quote = *lexer->at++;
	uint32_t line = lexer->line;
	char *out = arena_alloc(lexer->arena, quoted_size(lexer, quote) + 4);
	size_t size = 0;

	while (lexer->at < lexer->end && *lexer->at != quote) {
		if (is_break(*lexer->at))
			return false;
		if (*lexer->at != '\\') {
			out[size++] = *lexer->at++;
			continue;
		}
		lexer->at++;
		size += read_escape(lexer, out + size);
	}
	if (lexer->at >= lexer->end)
		return false;
	lexer->at++;
	return add(lexer, TOKEN_STRING, (struct span){ out, size }, line);
}

/* As greedy as LuaJIT: letters and points, and a sign behind an exponent. */
static bool read_number(struct lexer *lexer)
{
	const char *start = lexer->at;
	char exponent = 'e', last = *lexer->at++;

	if (last == '0' && lower_char(peek(lexer, 0)) == 'x')
		exponent = 'p';
	while (lexer->at < lexer->end) {
		char c = *lexer->at;
		bool sign = (c == '+' || c == '-') && lower_char(last) == exponent;

		if (!is_name_char(c) && c != '.' && !sign)
			break;
		last = c;
		lexer->at++;
	}
	return add(lexer, TOKEN_NUMBER, (struct span){ start, (size_t)(lexer->at - start) },
		   lexer->line);
}

static bool is_keyword(struct span name)
{
	static const char *const keywords[] = { "and",    "break",  "do",   "else",     "elseif",
						"end",    "false",  "for",  "function", "if",
						"in",     "local",  "nil",  "not",      "or",
						"repeat", "return", "then", "true",     "until",
						"while" };

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (span_equal_text(name, keywords[i]))
			return true;
	}
	return false;
}

static bool read_name(struct lexer *lexer)
{
	const char *start = lexer->at;
	struct span name;

	while (lexer->at < lexer->end && is_name_char(*lexer->at))
		lexer->at++;
	name = (struct span){ start, (size_t)(lexer->at - start) };
	return add(lexer, is_keyword(name) ? TOKEN_KEYWORD : TOKEN_NAME, name, lexer->line);
}

static bool read_symbol(struct lexer *lexer)
{
	static const char *const longer[] = { "...", "..", "==", "~=", "<=", ">=", "::" };
	size_t size = 1;
	struct span text;

	for (size_t i = 0; i < sizeof(longer) / sizeof(longer[0]); i++) {
		size_t length = strlen(longer[i]);

		if ((size_t)(lexer->end - lexer->at) >= length &&
		    memcmp(lexer->at, longer[i], length) == 0) {
			size = length;
			break;
		}
	}
	text = (struct span){ lexer->at, size };
	lexer->at += size;
	return add(lexer, TOKEN_SYMBOL, text, lexer->line);
}

static bool read_long_string(struct lexer *lexer, int level)
{
	struct span text;

	return read_long(lexer, level, &text) && add(lexer, TOKEN_STRING, text, lexer->line);
}

static bool read_token(struct lexer *lexer)
{
	char c = *lexer->at;

	lexer->begin = lexer->at;
	if (c == '-' && peek(lexer, 1) == '-')
		return skip_comment(lexer);
	if (c == '"' || c == '\'')
		return read_quoted(lexer);
	if (c == '[') {
		int level = long_bracket_level(lexer);

		if (level >= 0)
			return read_long_string(lexer, level);
	}
	if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
		return read_number(lexer);
	if (is_name_char(c))
		return read_name(lexer);
	return read_symbol(lexer);
}

/* LuaJIT passes over a byte order mark and a first line that begins with '#'. */
static void skip_head(struct lexer *lexer)
{
	if ((size_t)(lexer->end - lexer->at) >= 3 && memcmp(lexer->at, "\xef\xbb\xbf", 3) == 0)
		lexer->at += 3;
	if (peek(lexer, 0) == '#') {
		while (lexer->at < lexer->end && !is_break(*lexer->at))
			lexer->at++;
	}
}

static enum lex_answer read_all(struct span source, struct arena *arena, bool has_places,
				struct token_list *list, int *line)
{
	struct lexer lexer = { .source = source.data,
			       .at = source.data,
			       .end = source.data + source.size,
			       .line = 1,
			       .arena = arena,
			       .list = list,
			       .has_places = has_places };

	*list = (struct token_list){ 0 };
	skip_head(&lexer);
	for (skip_white(&lexer); lexer.at < lexer.end; skip_white(&lexer)) {
		int began = (int)lexer.line;

		if (read_token(&lexer))
			continue;
		*line = began;
		return list->count == TOKENS_MAX ? LEX_TOO_MANY : LEX_UNREADABLE;
	}
	return LEX_OK;
}

enum lex_answer lexer_read(struct span source, struct arena *arena, struct token_list *list,
			   int *line)
{
	return read_all(source, arena, false, list, line);
}

enum lex_answer lexer_read_places(struct span source, struct arena *arena, struct token_list *list,
				  int *line)
{
	return read_all(source, arena, true, list, line);
}
