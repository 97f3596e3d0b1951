/*
 * rule_copy.c: replaces single tokens of a rule file, and nothing between them.
 */
#include "engine/rules/rule_copy.h"

#include <string.h>

#include "engine/rules/outline.h"

struct copying {
	struct span text;
	const struct rule_rename *rename;
	struct token_list list;
	struct arena *arena;
	struct buf *copy;
	size_t done; /* bytes of the text that are copied */
};

/* What to put in place of a token, or behind it. No data: nothing. */
struct version_edit {
	int token; /* −1: none */
	bool is_behind;
	struct span replacement;
};

bool rule_copy_is_name(const char *name)
{
	for (const char *at = name; *at; at++) {
		bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
				(*at >= '0' && *at <= '9');

		if (!is_plain && (at == name || (*at != '_' && *at != '-')))
			return false;
	}
	return *name != '\0';
}

/* ---- the version ---- */

static bool is_plain_text(const struct copying *copying, const struct outline_item *item)
{
	return item->last == item->first + 1 &&
	       copying->list.tokens[item->first].kind == TOKEN_STRING;
}

static struct token_place place_of(const struct copying *copying, const struct token *token)
{
	return copying->list.places[token - copying->list.tokens];
}

/* As the token was quoted; names need no escapes. */
static struct span quoted(const struct copying *copying, const struct token *token,
			  const char *name)
{
	char quote = copying->text.data[place_of(copying, token).begin] == '\'' ? '\'' : '"';

	return arena_print(copying->arena, "%c%s%c", quote, name, quote);
}

static size_t line_start(struct span text, size_t at)
{
	while (at > 0 && text.data[at - 1] != '\n')
		at--;
	return at;
}

/* `supersedes = …` behind the version: on a line of its own where the version has one, else on the same. */
static struct span added_supersedes(const struct copying *copying, const struct token *version)
{
	const struct rule_rename *rename = copying->rename;
	struct span text = copying->text;
	size_t at = place_of(copying, version).begin, line = line_start(text, at), indent = line;
	struct span before;
	bool has_return;

	while (text.data[indent] == ' ' || text.data[indent] == '\t')
		indent++;
	before = (struct span){ text.data + indent, at - indent };
	if (memchr(before.data, '{', before.size) || memchr(before.data, ',', before.size) ||
	    memchr(before.data, ';', before.size))
		return arena_print(copying->arena, ", supersedes = \"%s\"", rename->supersedes);
	has_return = line > 1 && text.data[line - 2] == '\r';
	return arena_print(copying->arena, ",%s\n%.*ssupersedes = \"%s\"", has_return ? "\r" : "",
			   (int)(indent - line), text.data + line, rename->supersedes);
}

static bool refuse_computed(const struct copying *copying, const struct outline_item *item,
			    const char *name, struct err *err)
{
	return err_set(err, ERR_RULE,
		       "line %d: %s is not a plain text, so it cannot be replaced: copy by hand",
		       (int)copying->list.tokens[item->first].line, name);
}

static bool plan_version(const struct copying *copying, struct version_edit edits[2],
			 bool *has_version, struct err *err)
{
	const struct outline_item *version, *supersedes;
	const struct token *token;
	struct outline outline;
	int table;

	edits[0].token = edits[1].token = -1;
	if (!outline_read(&copying->list, copying->arena, &outline))
		return err_set(err, ERR_RULE, "its blocks do not match");
	table = outline_find(&outline, "migration", NULL, 0);
	version = table < 0 ? NULL : outline_entry(&outline, table, SPAN("version"), 0);
	if (!version)
		return true;
	supersedes = outline_entry(&outline, table, SPAN("supersedes"), 0);
	if (!is_plain_text(copying, version))
		return refuse_computed(copying, version, "version", err);
	if (supersedes && !is_plain_text(copying, supersedes))
		return refuse_computed(copying, supersedes, "supersedes", err);
	token = &copying->list.tokens[version->first];
	edits[0] = (struct version_edit){ version->first, false,
					  quoted(copying, token, copying->rename->version) };
	if (supersedes)
		edits[1] =
		    (struct version_edit){ supersedes->first, false,
					   quoted(copying, &copying->list.tokens[supersedes->first],
						  copying->rename->supersedes) };
	else
		edits[1] =
		    (struct version_edit){ version->first, true, added_supersedes(copying, token) };
	*has_version = true;
	return true;
}

/* ---- names of modules and tables ---- */

/* The text behind `require` or `csv`, in parentheses or not, when it lies in the version's folder. */
static bool is_own_file(const struct copying *copying, int index)
{
	const struct token *tokens = copying->list.tokens, *token = &tokens[index];
	const char *from = copying->rename->from;
	size_t size = strlen(from);
	int word = index - 1;
	char separator;

	if (token->kind != TOKEN_STRING || token->size <= size ||
	    memcmp(token->data, from, size) != 0)
		return false;
	if (word > 0 && token_is(&tokens[word], TOKEN_SYMBOL, "("))
		word--;
	if (word < 0)
		return false;
	separator = token_is(&tokens[word], TOKEN_NAME, "require") ? '.'
		    : token_is(&tokens[word], TOKEN_NAME, "csv")   ? '/'
								   : '\0';
	return separator && token->data[size] == separator;
}

static void copy_until(struct copying *copying, size_t end)
{
	buf_put(copying->copy, copying->text.data + copying->done, end - copying->done);
	copying->done = end;
}

/* Only the name of the folder, where it stands as it is meant; a text with escapes is written anew. */
static void put_renamed(struct copying *copying, const struct token *token)
{
	const struct rule_rename *rename = copying->rename;
	size_t size = strlen(rename->from);
	struct token_place place = place_of(copying, token);
	struct span raw = { copying->text.data + place.begin, place.end - place.begin };
	const char *found = memmem(raw.data, raw.size, token->data, token->size);

	if (found) {
		copy_until(copying, (size_t)(found - copying->text.data));
		buf_put_text(copying->copy, rename->to);
		copying->done += size;
		return;
	}
	copy_until(copying, place.begin);
	buf_print(copying->copy, "\"%s%.*s\"", rename->to, (int)(token->size - size),
		  token->data + size);
	copying->done = place.end;
}

static void put_edit(struct copying *copying, const struct version_edit *edit)
{
	struct token_place place = copying->list.places[edit->token];

	copy_until(copying, edit->is_behind ? place.end : place.begin);
	buf_put_span(copying->copy, edit->replacement);
	copying->done = place.end;
}

bool rule_copy_text(struct span text, const struct rule_rename *rename, struct buf *copy,
		    bool *has_version, struct err *err)
{
	struct arena arena;
	struct copying copying = { .text = text, .rename = rename, .arena = &arena, .copy = copy };
	struct version_edit edits[2];
	int line = 0;
	bool ok;

	arena_init(&arena);
	ok = lexer_read_places(text, &arena, &copying.list, &line) == LEX_OK ||
	     err_set(err, ERR_RULE, "line %d cannot be read", line);
	ok = ok && plan_version(&copying, edits, has_version, err);
	for (int i = 0; ok && i < copying.list.count; i++) {
		for (int e = 0; e < 2; e++)
			if (edits[e].token == i)
				put_edit(&copying, &edits[e]);
		if (is_own_file(&copying, i))
			put_renamed(&copying, &copying.list.tokens[i]);
	}
	if (ok)
		copy_until(&copying, text.size);
	arena_release(&arena);
	return ok;
}
